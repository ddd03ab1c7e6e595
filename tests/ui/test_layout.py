"""How an answer is laid out: its marks, their days, its sources, and how sure it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rag.types import Answer, Claim, Support
from sample_answers import ANSWER, IN_PARTS, NEAR_MISS, REFUSED, make_count
from ui.layout import (
    MARKS_SHOWN,
    describe_confidence,
    find_counted,
    find_unmarked,
    fold,
    group_sources,
    mark_claims,
)


def days_of(answer: Answer) -> list[list[date | None]]:
    """Return the days that are said after the marks of each claim."""
    marks = mark_claims(answer)
    return [[mark.day for mark in marks[claim]] for claim in answer.claims]


def test_marks_have_days_in_parts_whose_sources_differ_in_time() -> None:
    early, late = date(2025, 3, 4), date(2025, 3, 20)
    assert days_of(IN_PARTS) == [[None], [early], [early, late], [None]]
    assert days_of(ANSWER) == [[None], [None, None]]


def test_marks_of_one_day_that_follow_each_other_have_it_once() -> None:
    fourth, other = date(2025, 3, 4), date(2025, 3, 5)
    citations = tuple(
        replace(ANSWER.citations[0], number=number, published=day)
        for number, day in enumerate((fourth, fourth, other, None), 1)
    )
    claims = (Claim("It goes.", Support.SUPPORTED, (1, 2, 3, 4)),)
    answer = replace(ANSWER, claims=claims, citations=citations)
    assert days_of(answer) == [[None, fourth, other, None]]


def test_a_claim_that_cites_nothing_has_no_marks() -> None:
    bare = Claim("It goes.", Support.UNSUPPORTED, (), part=1)
    assert days_of(replace(IN_PARTS, claims=(*IN_PARTS.claims, bare)))[-1] == []


def test_folded_marks_have_no_days() -> None:
    assert days_of(make_count(MARKS_SHOWN + 2)) == [[None] * (MARKS_SHOWN + 2)]
    assert None not in days_of(make_count(MARKS_SHOWN + 1))[0]


def test_a_number_that_names_nothing_has_no_mark() -> None:
    answer = replace(ANSWER, citations=ANSWER.citations[:1])
    assert [[mark.citation.number for mark in found] for found in mark_claims(answer).values()] == [
        [1],
        [1],
    ]


def test_a_single_item_is_not_folded() -> None:
    assert fold("abc", 2) == ("abc", ())
    assert fold("abcd", 2) == ("ab", "cd")


def test_citations_of_one_article_are_one_source() -> None:
    grouped = [[c.number for c in places] for places in group_sources(IN_PARTS.citations)]
    assert grouped == [[1], [2, 3], [4]]


def test_what_is_only_counted_is_known() -> None:
    count = make_count(3)
    assert find_counted(count) == {1, 2, 3}
    assert find_counted(IN_PARTS) == frozenset()
    used = Claim("It goes.", Support.SUPPORTED, (2,), part=1)
    both = replace(count, claims=(*count.claims, used), parts=(*count.parts, IN_PARTS.parts[0]))
    assert find_counted(both) == {1, 3}


def test_no_words_are_set_off_in_what_does_not_answer() -> None:
    assert find_unmarked(IN_PARTS) == {4}
    assert find_unmarked(ANSWER) == frozenset()
    assert find_unmarked(REFUSED) == {1, 2}


@pytest.mark.parametrize(
    ("probability", "expected"),
    [(1.0, "high"), (0.8, "high"), (0.79, "medium"), (0.5, "medium"), (0.49, "low"), (0.0, "low")],
)
def test_confidence_is_a_word(probability: float, expected: str) -> None:
    answer = replace(ANSWER, probability=probability)
    assert describe_confidence(answer) == f"Confidence: {expected}"


@pytest.mark.parametrize("answer", [REFUSED, NEAR_MISS, replace(ANSWER, claims=())])
def test_where_nothing_is_answered_there_is_no_confidence(answer: Answer) -> None:
    assert describe_confidence(replace(answer, probability=0.9)) == ""
