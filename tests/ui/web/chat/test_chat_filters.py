"""The filter: as JSON, in words, and what is no filter."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Filter
from ui.web.chat.filters import describe_filter, filter_to_dict, read_filter

DAYS = st.none() | st.dates()


FILTERS = st.builds(
    Filter,
    outlets=st.lists(
        st.text(st.characters(exclude_categories=["Cs"]), max_size=20), unique=True, max_size=5
    ).map(tuple),
    languages=st.lists(st.sampled_from(["en", "de", "xx", ""]), unique=True).map(tuple),
    since=DAYS,
    until=DAYS,
)


@given(FILTERS)
def test_a_filter_is_read_as_it_was_written(only: Filter) -> None:
    if only.since and only.until and only.since > only.until:
        only = replace(only, since=only.until, until=only.since)
    assert read_filter(json.loads(json.dumps(filter_to_dict(only)))) == only
    assert bool(describe_filter(only)) == bool(only)


@pytest.mark.parametrize(
    "value",
    [
        7,
        "all",
        [],
        {"outlets": "Bay Post"},
        {"outlets": [7]},
        {"outlets": ["x" * 1001]},
        {"outlets": ["x"] * 51},
        {"languages": ["x" * 21]},
        {"since": 20240501},
        {"since": "2024-5-1"},
        {"since": "2024-02-30"},
        {"cities": ["Quill"]},
    ],
)
def test_what_is_no_filter_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message names the field
        read_filter(value)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(), ""),
        (Filter(outlets=("Bay Post", "")), "Bay Post or outlet unknown"),
        (Filter(outlets=tuple("abcde")), "a or b or c or 2 more"),
        (Filter(languages=("de", "")), "German or language unknown"),
        (Filter(outlets=("A",), languages=("uk",)), "A, Ukrainian"),
        (Filter(since=date(2024, 5, 1)), "since 1 May 2024"),
        (Filter(outlets=("A",), until=date(2024, 5, 1)), "A, until 1 May 2024"),
        (Filter(since=date(2024, 5, 1), until=date(2024, 5, 1)), "1 May 2024"),
        (Filter(since=date(2024, 5, 1), until=date(2024, 6, 1)), "1 May 2024 to 1 June 2024"),
    ],
)
def test_a_filter_in_words(only: Filter, expected: str) -> None:
    assert describe_filter(only) == expected


def test_dates_in_the_wrong_order_are_put_right() -> None:
    only = read_filter({"since": "2024-06-01", "until": "2024-05-01"})
    assert (only.since, only.until) == (date(2024, 5, 1), date(2024, 6, 1))
