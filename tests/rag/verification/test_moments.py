"""Dates, and whether a text supports them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.moments import agrees, find_moments


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_a_date_is_read_however_it_is_written(day: date) -> None:
    month = day.strftime("%B")
    forms = [
        f"On {day.day} {month} {day.year}.",
        f"On {month} {day.day}, {day.year}.",
        f"On {day.isoformat()}.",
    ]

    read = [find_moments(form)[0] for form in forms]

    assert {(m.year, m.month, m.day) for m in read} == {(day.year, day.month, day.day)}


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 6))
def test_a_weekday_is_the_last_one_before_the_day_of_writing(published: date, back: int) -> None:
    day = published - timedelta(days=back)

    (moment,) = find_moments(f"It closed on {day.strftime('%A')}.", published=published)

    assert date(moment.year or 1, moment.month or 1, moment.day or 1) == day


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("in October 2024", "on 21 October 2024", True),
        ("on 21 October 2024", "in October 2024", False),
        ("on 21 October 2024", "on Oct. 21", True),
        ("in 2024", "on 21 October 2024", True),
        ("in 2023", "on 21 October 2024", False),
        ("in the 1990s", "in 1994", True),
        ("in the 1980s", "in 1994", False),
        ("on Monday", "on Tuesday", False),
    ],
)
def test_dates_agree_as_far_as_they_are_said(claim: str, evidence: str, expected: bool) -> None:
    (ours,), (theirs,) = find_moments(claim), find_moments(evidence)

    assert agrees(theirs, ours) is expected


def test_a_modal_verb_is_no_month_and_a_range_of_years_is_one_date() -> None:
    assert find_moments("May it close? They may march on.") == ()
    assert [m.text for m in find_moments("The season of 2018–19 began in May.")] == [
        "2018–19",
        "May",
    ]
