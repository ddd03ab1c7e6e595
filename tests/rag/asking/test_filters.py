from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Filter
from rag.asking.filters import (
    FilteredQuestion,
    FilterPart,
    Holdings,
    describe_filter,
    describe_parts,
    find_filter,
    narrow_filter,
)

OLDEST, NEWEST = date(2023, 10, 2), date(2025, 6, 18)  # a Wednesday
OUTLETS = ("Bay Wire", "The Elin Gazette", "Wire")
AUTHORS = ("Jane Doe", "Omar van Pell")


def find(
    question: str,
    span: tuple[date | None, date | None] = (OLDEST, NEWEST),
    without: tuple[FilterPart, ...] = (),
) -> FilteredQuestion:
    holdings = Holdings(lambda: OUTLETS, lambda: span, AUTHORS.__contains__)
    return find_filter(question, holdings, without)


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
            date(2025, 3, 4),
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
        ("What happened yesterday?", "What happened?", date(2025, 6, 17), date(2025, 6, 17)),
        ("What happened last Tuesday?", "What happened?", date(2025, 6, 17), date(2025, 6, 17)),
        ("Who resigned last year?", "Who resigned?", date(2024, 1, 1), date(2024, 12, 31)),
        (
            "What has happened this month?",
            "What has happened?",
            date(2025, 6, 1),
            date(2025, 6, 30),
        ),
        ("Who resigned in March 2025?", "Who resigned?", date(2025, 3, 1), date(2025, 3, 31)),
        (
            "What was closed in the summer of 2024?",
            "What was closed?",
            date(2024, 6, 1),
            date(2024, 8, 31),
        ),
        (
            "What happened between 3 and 9 March 2025?",
            "What happened?",
            date(2025, 3, 3),
            date(2025, 3, 9),
        ),
        (
            "What happened on 4 March 2025 in Mill Street?",
            "What happened in Mill Street?",
            date(2025, 3, 4),
            date(2025, 3, 4),
        ),
        (
            "What has happened over the last two weeks?",
            "What has happened?",
            date(2025, 6, 4),
            date(2025, 6, 18),
        ),
        ("What happened after 3 March 2025?", "What happened?", date(2025, 3, 4), None),
        (
            "What has happened since the beginning of March?",
            "What has happened?",
            date(2025, 3, 1),
            None,
        ),
    ],
)
def test_a_period_becomes_a_filter(
    question: str, text: str, since: date | None, until: date | None
) -> None:
    found = find(question)
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
        "Who resigned before the election?",
        "Who won the race in 2022?",
        "What was the 2024 budget of the town?",
        "Which bridge is closed this week?",
        "Which bridge was closed this week?",
        "How much have prices risen over the past year?",
        "What happened to the man who was arrested in March 2025?",
        "What has happened to Griner since she was sentenced in March 2025?",
        "What was the highest price, set in March 2025?",
        "How did Quill and Saltmere compare in visitors in 2024 and in 2025?",
        "How did the price of bread move in February and then in March 2025?",
        "Was the tram fuller in January or in March 2025?",
    ],
)
def test_a_time_that_is_part_of_what_is_asked_stays(question: str) -> None:
    assert find(question).only == Filter()
    assert find(question).text == question


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
        ("What does the Bay Wire say happened?", "What happened?", "Bay Wire"),
        (
            "How many people does the Bay Wire say were hurt?",
            "How many people were hurt?",
            "Bay Wire",
        ),
        ("Did the Bay Wire report on the fire?", "What is said on the fire?", "Bay Wire"),
        (
            "What does the Gazette say about the fire?",
            "What is said about the fire?",
            "The Elin Gazette",
        ),
        ("What does the Bay Wire's report say about it?", "What is said about it?", "Bay Wire"),
        ("What did the Bay Wire report?", "What is the news?", "Bay Wire"),
    ],
)
def test_an_outlet_becomes_a_filter(question: str, text: str, outlet: str) -> None:
    found = find(question)
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
    found = find(question)
    assert found.text == question
    assert not found.only


def test_without_a_dated_article_only_full_dates_count() -> None:
    undated = (None, None)
    assert find("What has happened since May?", undated).only == Filter()
    assert find("What has happened since May 2024?", undated).only.since == date(2024, 5, 1)
    assert find("Who resigned in May 2024?", undated).only == Filter()


@pytest.mark.parametrize(
    ("question", "text", "author"),
    [
        ("What did Jane Doe write about the tram?", "What is said about the tram?", "Jane Doe"),
        (
            "What do the articles by Omar van Pell say about the tram?",
            "What is said about the tram?",
            "Omar van Pell",
        ),
        (
            "What was written about the tram by Jane Doe?",
            "What was written about the tram?",
            "Jane Doe",
        ),
        ("What does Jane Doe's article say about it?", "What is said about it?", "Jane Doe"),
    ],
)
def test_an_author_becomes_a_filter(question: str, text: str, author: str) -> None:
    found = find(question)
    assert (found.text, found.only.authors) == (text, (author,))


@pytest.mark.parametrize(
    "question",
    [
        "What did Jane Doe say about the tram?",
        "Who was hit by Jane Doe?",
        "What did Ada Holt write about the tram?",
    ],
)
def test_a_person_who_is_asked_about_stays(question: str) -> None:
    assert find(question) == FilteredQuestion(question, Filter())


def test_each_part_can_be_taken_back_by_itself() -> None:
    question = "What did the Bay Wire report about the tram in March 2025?"
    assert set(describe_parts(find(question).only)) == {FilterPart.OUTLET, FilterPart.PERIOD}
    only = find(question, without=(FilterPart.PERIOD,)).only
    assert (only.since, only.outlets) == (None, ("Bay Wire",))
    only = find(question, without=(FilterPart.OUTLET,)).only
    assert (only.since, only.outlets) == (date(2025, 3, 1), ())
    assert find(question, without=tuple(FilterPart)) == FilteredQuestion(question, Filter())


def test_what_was_published_is_told_from_what_happened() -> None:
    assert find("What was reported on 4 March 2025?").is_of_publication
    assert find("What did the Bay Wire write in March 2025?").is_of_publication
    assert not find("What happened on 4 March 2025?").is_of_publication
    assert not find("What did the mayor say on 4 March 2025?").is_of_publication


def test_a_filter_is_named_in_words() -> None:
    day = date(2025, 3, 4)
    assert describe_filter(Filter(outlets=("Bay Wire",), since=day, until=day)) == (
        "articles from Bay Wire of 4 March 2025"
    )
    assert describe_filter(Filter(authors=("Jane Doe",), until=day)) == (
        "articles by Jane Doe up to 4 March 2025"
    )


def test_a_single_day_admits_the_next_days_paper() -> None:
    day = date(2025, 3, 4)
    assert narrow_filter(Filter(), Filter(since=day, until=day)) == Filter(
        since=day, until=date(2025, 3, 5)
    )


def test_a_filter_that_was_chosen_is_never_widened() -> None:
    chosen = Filter(outlets=("Wire",), since=date(2025, 4, 1), languages=("en",))
    found = Filter(outlets=("Bay Wire",), since=date(2025, 3, 1), until=date(2025, 5, 1))
    assert narrow_filter(chosen, found) == Filter(
        outlets=("Wire",), since=date(2025, 4, 1), until=date(2025, 5, 1), languages=("en",)
    )


@given(st.text(max_size=200), st.lists(st.text(max_size=12), max_size=4), st.dates())
def test_any_text_is_read(question: str, outlets: list[str], newest: date) -> None:
    holdings = Holdings(lambda: outlets, lambda: (newest, newest), lambda name: True)
    found = find_filter(question, holdings)
    assert set(found.only.outlets) <= set(outlets)
    if not found.only:
        assert found.text == question


def test_what_a_source_wrote_about_is_known_as_a_topic() -> None:
    assert find("What did the Bay Wire write about the tram?").topic == "the tram"
    assert find("Who resigned, according to the Bay Wire?").topic == ""
    assert find("What is said about the tram?").topic == ""
