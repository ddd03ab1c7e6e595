"""Days of cited sentences are counted out, and what languages keep from an answer is told."""

from __future__ import annotations

from datetime import date

from index.encoding.model_info import DEFAULT_ENCODER, MULTILINGUAL_ENCODER
from rag.answering.notes import describe_languages, describe_unknown_question, explain_days
from rag.types import Citation


def cite(number: int, quote: str, published: date | None) -> Citation:
    return Citation(number, "a", "A title", "", "", published, 0, len(quote), quote)


def test_only_days_of_cited_sentences_that_have_to_be_counted_are_explained() -> None:
    citations = [
        cite(1, "It burst on Tuesday.", date(2025, 3, 5)),
        cite(2, "It was mended on 6 March 2025.", date(2025, 3, 7)),
        cite(3, "It burst on Monday.", date(2025, 3, 5)),
        cite(4, "It closed two weeks ago.", date(2025, 3, 5)),
        cite(5, "It closed on Monday.", None),
    ]
    assert explain_days(citations, {1, 2, 4, 5}) == (
        "In the article of 5 March 2025, “Tuesday” is 4 March 2025."
        " In the article of 5 March 2025, “two weeks ago” is about 19 February 2025."
    )


def test_a_date_is_explained_only_if_its_year_is_not_the_article_s() -> None:
    citations = [
        cite(1, "It closes on 6 May, and it opened in March.", date(2025, 3, 5)),
        cite(2, "It closed on 6 December.", date(2025, 1, 9)),
    ]
    assert explain_days(citations, {1, 2}) == (
        "In the article of 9 January 2025, “6 December” is 6 December 2024."
    )


def test_without_such_days_nothing_is_said() -> None:
    assert explain_days([cite(1, "Nothing happened.", date(2025, 3, 5))], {1}) == ""


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
