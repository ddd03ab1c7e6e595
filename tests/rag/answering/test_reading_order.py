"""Numbers rise as one reads, whatever order the parts and citations come in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rag.answering.reading_order import (
    CitedClaims,
    join_parts,
    leave_out_said,
    number_citations,
    order_for_reading,
)
from rag.types import Citation, Claim, Conflict, Support

PLACE = Citation(1, "a", "Title", "Wire", "a.md", date(2024, 5, 3), 0, 10, "It opened.")


def cite(number: int, article: str = "a", start: int = 0) -> Citation:
    return replace(PLACE, number=number, article_id=article, start=start, end=start + 10)


def claim(*numbers: int) -> Claim:
    return Claim(f"claim {numbers}", Support.SUPPORTED, numbers)


def test_the_best_comes_first_and_its_article_goes_on_in_its_own_order() -> None:
    best_first = [cite(1, "a", 50), cite(2, "b", 9), cite(3, "a", 70), cite(4, "a", 20)]
    assert [c.number for c in order_for_reading(best_first)] == [1, 4, 3, 2]


def test_a_later_part_does_not_repeat_but_keeps_what_answers_it() -> None:
    earlier = CitedClaims((claim(1), claim(2)), (cite(1, "a"), cite(2, "b")))
    later = CitedClaims((claim(1), claim(2), claim(3)), (cite(1, "a"), cite(2, "b"), cite(3, "c")))
    kept = leave_out_said(later, [earlier])
    assert kept.claims == (claim(1), claim(3))
    assert [citation.number for citation in kept.citations] == [1, 3]
    assert leave_out_said(later, []) == later


def test_a_place_that_two_parts_cite_is_one_citation() -> None:
    one = CitedClaims((claim(1),), (cite(1, "a", 5),))
    other = CitedClaims(
        (claim(1), claim(2)),
        (cite(1, "b"), cite(2, "a", 5)),
        (Conflict("number", ("3", "4"), (1, 2)),),
    )
    joined = join_parts([one, other])
    assert [c.citations for c in joined.claims] == [(1,), (2,), (1,)]
    assert [c.part for c in joined.claims] == [0, 1, 1]
    assert [(c.number, c.article_id) for c in joined.citations] == [(1, "a"), (2, "b")]
    assert joined.conflicts[0].citations == (2, 1)


@given(st.data())
def test_numbers_rise_and_still_name_the_same_places(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 8))
    numbers = data.draw(st.permutations(range(1, count + 1)))
    citations = tuple(cite(number, f"article {number}") for number in numbers)
    uses = data.draw(st.lists(st.sets(st.sampled_from(numbers), min_size=1), max_size=5))
    claims = tuple(claim(*sorted(used)) for used in uses)
    ordered = number_citations(CitedClaims(claims, citations))
    names = {c.number: c.article_id for c in ordered.citations}
    assert [c.number for c in ordered.citations] == list(range(1, count + 1))
    seen = [number for c in ordered.claims for number in c.citations]
    firsts = list(dict.fromkeys(seen))
    assert firsts == sorted(firsts)
    for before, after in zip(claims, ordered.claims, strict=True):
        assert {names[n] for n in after.citations} == {f"article {n}" for n in before.citations}
