"""What is said of a question in another language than its articles or its encoder."""

from index.encoding.model_info import DEFAULT_ENCODER, MULTILINGUAL_ENCODER
from rag.answering.languages import describe_languages, describe_unknown_question


def test_a_question_that_the_encoder_does_not_know_is_named() -> None:
    line = describe_unknown_question("uk", DEFAULT_ENCODER)
    assert line.startswith("The question is in Ukrainian, but")
    assert "ask in English" in line
    assert describe_unknown_question("en", DEFAULT_ENCODER) == ""
    assert describe_unknown_question("", DEFAULT_ENCODER) == ""
    assert describe_unknown_question("uk", "somebody/model-of-theirs") == ""
    assert describe_unknown_question("uk", "") == ""
    assert describe_languages("uk", DEFAULT_ENCODER, ["en"], refused=False) == line
    assert describe_languages("uk", DEFAULT_ENCODER, ["en"], refused=True) == ""


def test_an_answer_from_another_language_is_told() -> None:
    def describe(articles: list[str], *, refused: bool = False) -> str:
        return describe_languages("de", MULTILINGUAL_ENCODER, articles, refused=refused)

    line = describe(["en", "fr", "en"])
    assert line == "The question is in German, the articles that answer it in English and French."
    assert describe(["en", "de"]) == ""
    assert describe(["en", ""]) == ""
    assert describe([]) == ""
    assert "in English only." in describe([], refused=True)
    assert describe_languages("en", MULTILINGUAL_ENCODER, [], refused=True) == ""
