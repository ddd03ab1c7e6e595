from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onrecord import Article, Filter, Library, Period

if TYPE_CHECKING:
    from conftest import MakeArticles

pytestmark = pytest.mark.both_records

ARTICLES = (
    Article("a", "Ferry opens", "Crossings began at dawn.", "", date(2024, 5, 1), "Bay Wire"),
    Article("b", "Bridge shut", "The ferry is late, twice.", "", date(2024, 5, 9), "bay wire"),
    Article("c", "Mayor speaks", "No boat was named.\n\nThe tram was.", published=date(2023, 1, 2)),
    Article("d", "Tram opens", "Nothing about water.", outlet="Bay"),
)  # fmt: skip


@pytest.fixture
def shelf(library: Library) -> Library:
    library.add(ARTICLES)
    return library


def ids(library: Library, only: Filter = Filter(), words: str = "") -> list[str]:  # noqa: B008
    return [article.article_id for article in library.browse(only, words).articles]


def test_the_newest_come_first_and_the_undated_last(shelf: Library) -> None:
    assert ids(shelf) == ["b", "a", "c", "d"]
    page = shelf.browse(offset=1, limit=2)
    assert [article.article_id for article in page.articles] == ["a", "c"]
    assert (page.total, page.undated) == (4, 1)
    assert (page.earliest, page.latest) == (date(2023, 1, 2), date(2024, 5, 9))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", "bacd"),
        ("ferry", "ba"),
        ("FERRIES ", "ba"),
        ("opens ferry", "a"),
        ("ferr", "ba"),
        ("speaks tram", "c"),
        ("tra", "cd"),
        ("zeppelin", ""),
        ("...", ""),
        ('" OR 1', ""),
        ("NEAR(ferry", ""),
        ("title:ferry", ""),
    ],
)
def test_words_are_looked_for_in_title_and_text(shelf: Library, words: str, expected: str) -> None:
    assert ids(shelf, words=words) == list(expected)


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (Filter(outlets=("BAY WIRE",)), "ba"),
        (Filter(outlets=("Bay",)), "d"),
        (Filter(sources=("Bay",)), "bad"),
        (Filter(outlets=("",)), "c"),
        (Filter(outlets=("", "Bay")), "cd"),
        (Filter(outlets=("Bay wire",), since=date(2024, 5, 2)), "b"),
        (Filter(outlets=("nobody",)), ""),
    ],
)
def test_outlets_are_whole_names(shelf: Library, only: Filter, expected: str) -> None:
    assert only
    assert ids(shelf, only) == list(expected)
    assert {hit.article.article_id for hit in shelf.search("ferry", only=only)} == set(expected)


def test_outlets_are_counted_whatever_their_case(shelf: Library) -> None:
    assert [(name.casefold(), count) for name, count in shelf.outlets()] == [
        ("bay wire", 2),
        ("bay", 1),
        ("", 1),
    ]


def test_outlets_follow_every_change_of_the_library(shelf: Library) -> None:
    before = shelf.outlets()
    before.clear()  # a caller's list is the caller's
    assert len(shelf.outlets()) == 3
    shelf.add([Article("e", "Quarry", "The quarry is open.", outlet="Quill Post")])
    assert ("Quill Post", 1) in shelf.outlets()
    shelf.edit("e", outlet="Quill Gazette")
    assert ("Quill Gazette", 1) in shelf.outlets()
    assert ("Quill Post", 1) not in shelf.outlets()
    shelf.remove("e")
    assert ("Quill Gazette", 1) not in shelf.outlets()


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        (Period.YEAR, [("", "bay", 1), ("2023", "", 1), ("2024", "bay wire", 2)]),
        (Period.MONTH, [("", "bay", 1), ("2023-01", "", 1), ("2024-05", "bay wire", 2)]),
    ],
)
def test_articles_are_counted_by_period(
    shelf: Library, period: Period, expected: list[tuple[str, str, int]]
) -> None:
    found = [(t.period, t.outlet.casefold(), t.articles) for t in shelf.tally(period=period)]
    assert found == expected


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    since=st.dates(date(2023, 12, 1), date(2024, 2, 20)), outlet=st.sampled_from(["", "Bay Wire"])
)
def test_pages_and_counts_agree_with_a_plain_count(
    stocked: Library, make_articles: MakeArticles, since: date, outlet: str
) -> None:
    expected = [
        a for a in make_articles(30) if a.published and a.published >= since and a.outlet == outlet
    ]
    only = Filter(outlets=(outlet,), since=since)
    seen = [
        article.article_id
        for offset in range(0, 30, 4)
        for article in stocked.browse(only, offset=offset, limit=4).articles
    ]
    expected.sort(key=lambda a: a.published or date.min, reverse=True)
    assert seen == [a.article_id for a in expected]
    assert stocked.browse(only).total == len(expected)
    tallies = Counter({t.period: t.articles for t in stocked.tally(only, period=Period.DAY)})
    assert tallies == Counter(a.published.isoformat() for a in expected if a.published)


def test_a_page_that_cannot_be_is_an_error(shelf: Library) -> None:
    with pytest.raises(ValueError, match="negative"):
        shelf.browse(offset=-1)
