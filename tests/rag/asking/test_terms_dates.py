"""Whether a day matters to an answer, and how old articles are beside one another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.asking.terms import QuestionTerms, analyze_question, find_ages, find_as_of, is_about_recent
from rag.evidence.sentences import rank_sentences
from rag.types import Citation

MakeHit = Callable[..., Hit]
TODAY = date(2024, 11, 1)


def date_hit(hit: Hit, published: date | None) -> Hit:
    return replace(hit, article=replace(hit.article, published=published))


def make_dated(name: str) -> Hit:
    (passage,) = split_passages("A ferry sank.")
    return Hit(Article(name, "Title", "A ferry sank."), passage, 1.0, 0.3, 1.0, 0.3, (0.3,))


def ask(question: str) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


def test_the_day_is_said_where_it_matters() -> None:
    old = Citation(1, "a", "T", "", "", date(2024, 10, 21), 0, 1, "x")
    newer = replace(old, number=2, published=date(2024, 10, 25))
    today = date(2025, 6, 1)
    assert find_as_of("Who is the mayor now?", [old], today) == date(2024, 10, 21)
    assert find_as_of("Who closed the bridge?", [old], today) is None
    assert find_as_of("Who closed the bridge?", [old, newer], today) == date(2024, 10, 25)
    assert find_as_of("Who is the mayor?", [old], date(2024, 10, 22)) is None
    assert find_as_of("Who is the mayor?", [replace(old, published=None)], today) is None


@pytest.mark.parametrize(
    "question",
    [
        "Which bridge was closed this week?",
        "What is the latest on the ferry?",
        "Who is currently the mayor?",
        "What did the mayor say yesterday?",
    ],
)
def test_a_question_can_mean_the_newest(question: str) -> None:
    assert is_about_recent(question)


@pytest.mark.parametrize(
    "question",
    [
        "Which bridge was closed?",
        "Who was mayor in this week of 1998?",
        "What is known about the ferry?",
        "How is this weekly printed?",
    ],
)
def test_other_questions_do_not(question: str) -> None:
    assert not is_about_recent(question)


def test_ages_are_counted_from_the_newest_found(make_hit: MakeHit) -> None:
    days = {"a": 0, "b": 365, "c": 3 * 365}
    hits = [
        date_hit(make_hit("A ferry sank.", article_id=name), TODAY - timedelta(days=behind))
        for name, behind in days.items()
    ]
    assert find_ages(hits) == {"a": 0.0, "b": 0.5, "c": 0.75}


def test_an_article_of_unknown_date_is_as_old_as_others_usually_are(make_hit: MakeHit) -> None:
    known = [
        date_hit(make_hit("A ferry sank.", article_id=f"{n}"), TODAY - timedelta(days=365 * n))
        for n in range(3)
    ]
    unknown = make_hit("A ferry sank.", article_id="unknown")
    assert find_ages([*known, unknown])["unknown"] == 0.5
    assert find_ages([unknown]) == {"unknown": 0.0}
    assert find_ages([]) == {}


@given(st.lists(st.none() | st.dates(), max_size=8))
def test_ages_lie_in_range_and_fall_with_the_day(days: list[date | None]) -> None:
    hits = [date_hit(make_dated(f"{n}"), day) for n, day in enumerate(days)]
    ages = find_ages(hits)
    assert all(0.0 <= age < 1.0 for age in ages.values())
    dated = sorted((day, ages[f"{n}"]) for n, day in enumerate(days) if day)
    assert [age for _, age in dated] == sorted((age for _, age in dated), reverse=True)


OLD = "The Alba bridge was closed for repairs after cracks were found."
NEW = "Cracks were found in the Calder bridge, and it was closed for repairs."


def test_the_newest_is_preferred_only_where_it_is_meant(make_hit: MakeHit) -> None:
    old = date_hit(make_hit(OLD, article_id="old", cosine=0.4), date(2016, 3, 1))
    new = date_hit(make_hit(NEW, article_id="new", cosine=0.36), TODAY)

    def first(question: str) -> str:
        return rank_sentences([old, new], ask(question))[0].hit.article.article_id

    assert first("Which bridge was closed for repairs?") == "old"
    assert first("Which bridge was closed for repairs this week?") == "new"
