from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from rag.asking.terms import (
    AnswerType,
    QuestionTerms,
    analyze_question,
    find_language,
    nation_stem,
    stem_text,
    stem_word,
)


def analyze(question: str, n_passages: int = 0, **frequencies: int) -> QuestionTerms:
    return analyze_question(
        question,
        document_frequencies=frequencies,
        n_passages=n_passages,
        word_ranks=word_ranks(),
    )


@pytest.mark.parametrize(
    ("question", "answer_type"),
    [
        ("How many ferries sank?", AnswerType.NUMBER),
        ("what percentage of voters stayed away", AnswerType.NUMBER),
        ("When was the bridge closed?", AnswerType.TIME),
        ("In what year did the quarry open?", AnswerType.TIME),
        ("Who closed the bridge?", AnswerType.PERSON),
        ("Which company built the mast?", AnswerType.PERSON),
        ("Where did the ferry sink?", AnswerType.PLACE),
        ("which country left the treaty", AnswerType.PLACE),
        ("Why was the bridge closed?", AnswerType.CAUSE),
        ("What did the mayor say?", AnswerType.STATEMENT),
        ("Describe the bridge.", AnswerType.ANYTHING),
        # A clause that begins with a question word is not what is asked.
        ("Why was the ferry full when it sank?", AnswerType.CAUSE),
        ("Was the ferry full when it sank?", AnswerType.ANYTHING),
        ("When the ferry sank, could the crew swim?", AnswerType.ANYTHING),
        ("What happens to members who no longer pay?", AnswerType.ANYTHING),
        ("Could you tell me when the ferry sank", AnswerType.TIME),
        ("the day after the storm, who led the rescue?", AnswerType.ANYTHING),
        ("and who led the rescue?", AnswerType.PERSON),
        ("Who is Tom Reck?", AnswerType.ANYTHING),
        ("Who is Tom Reck's lawyer?", AnswerType.PERSON),
        ("what's the reason given for the closure", AnswerType.CAUSE),
    ],
)
def test_the_type_of_answer(question: str, answer_type: AnswerType) -> None:
    assert analyze(question).answer_type is answer_type


def test_rare_words_weigh_more_than_common_ones() -> None:
    weights = analyze("Did the schooner leave the city last year?").weights
    assert weights[stem_word("schooner")] > weights[stem_word("city")] > 0
    assert "the" not in weights


def test_the_library_overrules_ordinary_english_as_it_grows() -> None:
    small = analyze("ferry timetable", 10, ferry=10, timetable=0).weights
    large = analyze("ferry timetable", 100_000, ferry=100_000, timetable=0).weights
    assert small["ferri"] > 3.0
    assert large["ferri"] < 0.1 < large["timet"]


def test_coverage_is_the_weighted_share_of_terms() -> None:
    terms = analyze("Which schooner left Dunhollow in 1987?")
    everything = stem_text("The schooner that left Dunhollow in 1987")
    assert terms.coverage(everything) == pytest.approx(1.0)
    assert terms.coverage(frozenset()) == 0.0
    one = terms.coverage(stem_text("a schooner"))
    assert one == pytest.approx(terms.weights["schooner"] / sum(terms.weights.values()))


def test_names_and_numbers_count_as_names() -> None:
    terms = analyze("Which schooner left Dunhollow in 1987?")
    assert terms.names == {stem_word("dunhollow"), "1987"}
    assert terms.name_coverage(stem_text("Dunhollow")) < 1.0
    assert terms.name_coverage(stem_text("1987 in Dunhollow")) == pytest.approx(1.0)
    assert analyze("why did it sink?").name_coverage(frozenset()) == 1.0


def test_a_nation_that_is_written_like_a_common_word_is_a_term() -> None:
    terms = analyze("How did the US respond?")
    assert nation_stem("United States") in terms.names
    assert "us" not in terms.weights


def test_a_nation_is_one_term_under_all_its_names() -> None:
    terms = analyze("what did south korea demand?")
    stem = nation_stem("South Korea")
    assert stem in terms.weights
    assert stem in terms.names
    for text in ("Seoul demanded it.", "South Korean officials", "the Republic of Korea"):
        assert stem in stem_text(text)
    assert stem not in stem_text("North Korean officials in Pyongyang")


@pytest.mark.parametrize(
    ("question", "sentence", "offered"),
    [
        ("How many ferries sank in 1987?", "In 1987 three ferries sank.", True),
        ("How many ferries sank in 1987?", "In 1987 ferries sank.", False),
        ("Who closed the bridge?", "It was closed by Tom Reck.", True),
        ("Who closed the bridge?", "It was closed by somebody.", False),
        ("When was it closed?", "It was closed on Friday.", True),
        ("When was it closed?", "It was closed by force.", False),
        ("When was it closed?", "It was closed two weeks before.", True),
        ("How many left?", "Thousands left.", True),
        ("Why did it close?", "Auditors, citing rust, closed it.", True),
        ("What did the mayor say?", "The mayor said no.", True),
        ("Why did it fall?", "It fell because of rust.", True),
    ],
)
def test_has_answer_type(question: str, sentence: str, *, offered: bool) -> None:
    assert analyze(question).has_answer_type(sentence) is offered


@given(st.text(max_size=200), st.text(max_size=200), st.integers(0, 10**6))
def test_any_question_gives_shares_between_zero_and_one(
    question: str, text: str, n_passages: int
) -> None:
    terms = analyze(question, n_passages)
    stems = stem_text(text)
    assert all(weight > 0 for weight in terms.weights.values())
    assert 0.0 <= terms.coverage(stems) <= 1.0 + 1e-9
    assert 0.0 <= terms.name_coverage(stems) <= 1.0 + 1e-9
    assert terms.has_answer_type(text) in {True, False}


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Let threads take turns after every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("hasty_threads")
def test_threads_do_not_stem_each_others_words() -> None:
    endings = ("ational", "fulness", "iveness", "ization", "ingly", "ations")
    words = [f"{stem}{ending}" for stem in ("rel", "hop", "form", "gard") for ending in endings]
    expected = [stem_word.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as pool:
        rounds = pool.map(lambda _: list(map(stem_word.__wrapped__, words)), range(60))
        assert all(found == expected for found in rounds)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Who closed the bridge over the Tollen?", "en"),
        ("bridge closure Tollen", "en"),
        ("Tollen Bridge Friday cracks engineers report", "en"),
        ("", "en"),
        ("Wann wurde die Brücke gesperrt?", "de"),
        ("Cây cầu bắc qua sông bị đóng cửa khi nào?", "vi"),
        ("Köprü neden kapatıldı?", "tr"),
        ("Πότε έκλεισε η γέφυρα;", "el"),
        ("पुल कब बंद हुआ?", "hi"),
        ("متى أغلق الجسر؟", "ar"),
        ("橋はいつ閉鎖されましたか", "ja"),
    ],
)
def test_the_language_of_a_question(question: str, language: str) -> None:
    assert find_language(question) == language
