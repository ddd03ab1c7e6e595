"""What is known about an article: fields of records, and what the text says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.adding.decisions import find_fault
from index.formats.metadata import Metadata, make_article, read_author
from index.types import DATE_BASES, Article

DAY = date(2024, 10, 21)
KST = timezone(timedelta(hours=9))
MOMENT = datetime(2024, 10, 21, 9, 30, tzinfo=KST)
BODY = (
    "The harbour board of Saltmere has closed the old quay, officials said on Monday.\n"
    "It will be mended in the spring, and nobody knows yet who is going to pay for it."
)


def make(raw: str = BODY, metadata: Metadata | None = None, **fields: object) -> Article:
    return make_article(
        raw,
        metadata or Metadata.from_mapping(fields),
        article_id="a",
        source="a.txt",
        origin="a.txt",
        fallback_title="a",
    )


@pytest.mark.parametrize(
    "name",
    [
        *("date", "Date", "published", "published_at", "publishedAt", "pubDate", "Published at"),
        *("date-published", "datePublished", "publication_date", "article:published_time"),
        *("dc.date", "dcterms.issued", "issued"),
    ],
)
def test_every_name_of_the_date(name: str) -> None:
    read = Metadata.from_mapping({name: "2024-10-21T09:30:00+09:00"})
    assert (read.published, read.published_at, read.date_basis) == (DAY, MOMENT, "stated")


@pytest.mark.parametrize(
    ("value", "published", "moment"),
    [
        ("2024-10-21", DAY, None),
        (DAY, DAY, None),
        (MOMENT, DAY, MOMENT),
        ("Mon, 21 Oct 2024 09:30:00 +0900", DAY, MOMENT),
        ("2024-10-21T00:30:00Z", DAY, datetime(2024, 10, 21, 0, 30, tzinfo=UTC)),
        # The day is that of the zone that is stated, not that of UTC.
        ("2024-10-21T01:30:00+09:00", DAY, datetime(2024, 10, 21, 1, 30, tzinfo=KST)),
        ("2024-10-21T09:30", DAY, datetime(2024, 10, 21, 9, 30)),
        ("soon", None, None),
        (17, None, None),
        ("", None, None),
    ],
)
def test_days_and_moments(value: object, published: date | None, moment: datetime | None) -> None:
    read = Metadata.from_mapping({"date": value})
    assert (read.published, read.published_at) == (published, moment)
    assert read.date_basis == ("stated" if published else "")
    if moment is not None:
        assert read.published_at is not None
        assert read.published_at.utcoffset() == moment.utcoffset()


def test_a_moment_goes_with_its_own_day_only() -> None:
    read = Metadata.from_mapping({"date": "2024-10-21", "published_at": "2024-10-21T09:30+09:00"})
    assert (read.published, read.published_at) == (DAY, MOMENT)
    read = Metadata.from_mapping({"date": "2024-10-20", "published_at": "2024-10-21T09:30+09:00"})
    assert (read.published, read.published_at) == (date(2024, 10, 20), None)


@pytest.mark.parametrize("name", ["updated", "modified", "lastmod", "dateModified", "last_updated"])
def test_updates(name: str) -> None:
    read = Metadata.from_mapping({name: "2024-10-21T09:30:00+09:00"})
    assert read.updated_at == (None if name == "lastmod" else MOMENT)
    assert read.published is None
    read = Metadata.from_mapping({name: "2024-10-21"})
    assert read.updated_at == (None if name == "lastmod" else datetime(2024, 10, 21))


@pytest.mark.parametrize(
    ("value", "author"),
    [
        ("Ann Reed", "Ann Reed"),
        ("By Ann Reed", "Ann Reed"),
        ("BY: Ann Reed and Tom Holm", "Ann Reed and Tom Holm"),
        ("Byron Holm", "Byron Holm"),
        (["Ann Reed", "Tom Holm", "Ann Reed", "", None, 3], "Ann Reed, Tom Holm, 3"),
        ([{"@type": "Person", "name": "Ann Reed"}, {"name": "Tom Holm"}], "Ann Reed, Tom Holm"),
        ({"name": "Ann Reed"}, "Ann Reed"),
        ({"name": ["Ann Reed"]}, ""),
        ("  Ann\n Reed \x00", "Ann Reed"),
        (None, ""),
        (True, ""),
        ([["Ann"]], ""),
    ],
)
def test_authors(value: object, author: str) -> None:
    assert read_author(value) == author
    for name in ("author", "authors", "byline", "Creator"):
        assert Metadata.from_mapping({name: value}).author == author


def test_addresses() -> None:
    read = Metadata.from_mapping(
        {"link": "https://www.news.example/quay?x=1", "canonical": "https://news.example/quay"}
    )
    assert read.url == "https://www.news.example/quay?x=1"
    assert read.canonical_url == "https://news.example/quay"
    assert read.outlet == "news.example"
    assert Metadata.from_mapping({"canonical": "https://news.example/quay"}).url == (
        "https://news.example/quay"
    )
    made = make(url="javascript:alert(1)", canonical="quay.html")
    assert (made.url, made.canonical_url) == ("", "")


@pytest.mark.parametrize(
    ("value", "language"),
    [
        *(("en", "en"), ("en-GB", "en"), ("de_DE.UTF-8", "de"), ("eng", "en"), ("German", "de")),
        *(("zh-Hant-TW", "zh"), ("ukr", "uk"), ("und", ""), ("x", ""), ("no such tongue", "")),
        *((None, ""), (3, ""), (["en"], "")),
    ],
)
def test_languages(value: object, language: str) -> None:
    assert Metadata.from_mapping({"lang": value}).language == language


def test_a_stated_language_counts_for_more_than_the_text() -> None:
    assert make(language="fr").language == "fr"
    assert make().language == "en"
    assert make("Kurz.").language == ""


def test_everything_is_passed_on() -> None:
    made = make(
        title="Old quay closed",
        author="Ann Reed",
        date="2024-10-21T09:30:00+09:00",
        updated="2024-10-22T10:00:00Z",
        language="en-GB",
        url="https://news.example/quay?utm_source=mail",
        canonical_url="https://news.example/quay",
        publisher={"name": "The Elin Gazette"},
    )
    assert made == Article(
        article_id="a",
        title="Old quay closed",
        text=BODY,
        source="a.txt",
        published=DAY,
        outlet="The Elin Gazette",
        origin="a.txt",
        author="Ann Reed",
        language="en",
        url="https://news.example/quay?utm_source=mail",
        canonical_url="https://news.example/quay",
        published_at=MOMENT,
        updated_at=datetime(2024, 10, 22, 10, tzinfo=UTC),
        date_basis="stated",
    )


def test_a_dateline_is_read_where_nothing_is_stated() -> None:
    dated = f"SALTMERE, Oct. 21, 2024 (Corvane Wire) — {BODY}"
    made = make(dated)
    assert (made.published, made.date_basis, made.outlet) == (DAY, "dateline", "Corvane Wire")
    made = make(dated, date="2024-10-22", outlet="Bay Wire")
    assert (made.published, made.date_basis, made.outlet) == (
        date(2024, 10, 22),
        "stated",
        "Bay Wire",
    )
    assert make().date_basis == ""


def test_a_dateline_counts_for_more_than_the_properties_of_a_document() -> None:
    weak = Metadata(made=date(2025, 3, 1))
    dated = f"SALTMERE, Oct. 21, 2024 (Corvane Wire) — {BODY}"
    assert (make(dated, weak).published, make(dated, weak).date_basis) == (DAY, "dateline")
    assert (make(BODY, weak).published, make(BODY, weak).date_basis) == (None, "")
    assert "its file was made on 2025-03-01" in make(BODY, weak).notes[0]
    strong = Metadata(published=date(2025, 3, 1), date_basis="page")
    assert (make(dated, strong).published, make(dated, strong).date_basis) == (
        date(2025, 3, 1),
        "page",
    )


def test_a_loaders_moment_without_its_day_is_dropped() -> None:
    odd = Metadata(published=DAY, published_at=datetime(2024, 10, 23, tzinfo=UTC))
    assert make(BODY, odd).published_at is None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=5,
)
_NAMES = st.sampled_from(
    "title date pubDate updated author authors byline language lang url link canonical outlet"
    " publisher source".split()
)


@given(st.dictionaries(_NAMES | st.text(max_size=10), _VALUES, max_size=8))
def test_any_record_gives_what_can_be_stored(fields: dict[str, object]) -> None:
    made = make(BODY, Metadata.from_mapping(fields))
    assert find_fault(made) == ""
    assert made.date_basis in {"", *DATE_BASES}
    assert bool(made.date_basis) == (made.published is not None)
