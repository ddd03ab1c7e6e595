from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Filter
from rag.asking.filters import find_filter, narrow_filter

NEWEST = date(2025, 6, 18)  # a Wednesday
OUTLETS = ("Bay Wire", "The Elin Gazette", "Wire")


@pytest.mark.parametrize(
    ("question", "text", "since", "until"),
    [
        (
            "What has happened at the quarry since March 2025?",
            "What has happened at the quarry?",
            date(2025, 3, 1),
            None,
        ),
        (
            "What has happened at the quarry since May?",
            "What has happened at the quarry?",
            date(2025, 5, 1),
            None,
        ),
        ("What has happened since August?", "What has happened?", date(2024, 8, 1), None),
        ("Who has resigned since 3 April 2025?", "Who has resigned?", date(2025, 4, 3), None),
        ("Since April 3, 2025, who has resigned?", "Who has resigned?", date(2025, 4, 3), None),
        (
            "What happened at the quarry in January 2025?",
            "What happened at the quarry?",
            date(2025, 1, 1),
            date(2025, 1, 31),
        ),
        (
            "What happened in Quill in 2024?",
            "What happened in Quill?",
            date(2024, 1, 1),
            date(2024, 12, 31),
        ),
        (
            "What happened on the ferry on 4 March 2025?",
            "What happened on the ferry?",
            date(2025, 3, 4),
            date(2025, 3, 5),
        ),
        (
            "What did the mayor say before June 2025?",
            "What did the mayor say?",
            None,
            date(2025, 5, 31),
        ),
        (
            "What was said between March and May 2025?",
            "What was said?",
            date(2025, 3, 1),
            date(2025, 5, 31),
        ),
        ("What happened last week?", "What happened?", date(2025, 6, 9), date(2025, 6, 15)),
        (
            "What did the council announce last month?",
            "What did the council announce?",
            date(2025, 5, 1),
            date(2025, 5, 31),
        ),
        ("What happened yesterday?", "What happened?", date(2025, 6, 17), date(2025, 6, 18)),
    ],
)
def test_a_period_becomes_a_filter(
    question: str, text: str, since: date | None, until: date | None
) -> None:
    found = find_filter(question, OUTLETS, lambda: NEWEST)
    assert (found.text, found.only.since, found.only.until) == (text, since, until)


@pytest.mark.parametrize(
    "question",
    [
        "Who won the World Cup in 2018?",
        "Which airline is slashing flights during November?",
        "What was the price of oil in March of 1974?",
        "What happened after the strike of 2024 was over?",
        "How many people may vote in May 2025?",
        "What did Japan lift in March 1974 after the embargo?",
        "What happened to the May Queen?",
        "What happened on 31 February 2025?",
        "Which two supermarkets plan to merge in 2024?",
    ],
)
def test_a_time_that_is_part_of_what_is_asked_stays(question: str) -> None:
    assert find_filter(question, OUTLETS, lambda: NEWEST).only == Filter()
    assert find_filter(question, OUTLETS, lambda: NEWEST).text == question


@pytest.mark.parametrize(
    ("question", "text", "outlet"),
    [
        ("What did the Bay Wire write about the tram?", "What is said about the tram?", "Bay Wire"),
        (
            "What does the Elin Gazette say on the strike?",
            "What is said on the strike?",
            "The Elin Gazette",
        ),
        ("Who resigned, according to the Bay Wire?", "Who resigned?", "Bay Wire"),
        ("According to Bay Wire, who resigned?", "Who resigned?", "Bay Wire"),
        (
            "What was reported about the ferry in the Bay Wire?",
            "What was reported about the ferry?",
            "Bay Wire",
        ),
    ],
)
def test_an_outlet_becomes_a_filter(question: str, text: str, outlet: str) -> None:
    found = find_filter(question, OUTLETS, lambda: NEWEST)
    assert (found.text, found.only.outlets) == (text, (outlet,))


@pytest.mark.parametrize(
    "question",
    [
        "Who owns the Bay Wire?",
        "What did the editor of the Bay Wire say?",
        "How many people work in the Bay Wire?",
        "What did the Evening Star write about the tram?",
    ],
)
def test_an_outlet_that_is_asked_about_stays(question: str) -> None:
    found = find_filter(question, OUTLETS, lambda: NEWEST)
    assert found.text == question
    assert not found.only


def test_without_a_dated_article_only_full_dates_count() -> None:
    assert find_filter("What has happened since May?", (), lambda: None).only == Filter()
    assert find_filter("What has happened since May 2024?", (), lambda: None).only.since == date(
        2024, 5, 1
    )


def test_a_filter_that_was_chosen_is_never_widened() -> None:
    chosen = Filter(outlets=("Wire",), since=date(2025, 4, 1), languages=("en",))
    found = Filter(outlets=("Bay Wire",), since=date(2025, 3, 1), until=date(2025, 5, 1))
    assert narrow_filter(chosen, found) == Filter(
        outlets=("Wire",), since=date(2025, 4, 1), until=date(2025, 5, 1), languages=("en",)
    )


@given(st.text(max_size=200), st.lists(st.text(max_size=12), max_size=4), st.dates())
def test_any_text_is_read(question: str, outlets: list[str], newest: date) -> None:
    found = find_filter(question, outlets, lambda: newest)
    assert set(found.only.outlets) <= set(outlets)
    if not found.only:
        assert found.text == question
