"""Articles as rows: what is stored comes back, and what cannot be stored is named."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LibraryDamagedError
from index.record.connection_pool import RECORD_FILE
from index.record.rows import DETAILS, details_of, find_detail_fault, language_of, to_article
from index.types import DATE_BASES
from onrecord import Article, HashEmbedder, Library

TEXT = "The ferry left Quill at dawn. It came back empty.\nNobody said why."
FULL = Article(
    article_id="a",
    title="Ferry empty",
    text=TEXT,
    source="a.pdf",
    published=date(2024, 10, 21),
    outlet="Corvane Wire",
    origin="a.pdf",
    author="Ann Reed, Tom Holm",
    language="en",
    url="https://news.example/ferry?id=3",
    canonical_url="https://news.example/ferry",
    published_at=datetime(2024, 10, 21, 9, 30, tzinfo=timezone(timedelta(hours=9))),
    updated_at=datetime(2024, 10, 22, 0, 0, 5, tzinfo=UTC),
    date_basis="page",
    pages=(0, 30, 50),
)

_TEXTS = st.text(st.characters(exclude_categories=("C", "Z")), max_size=20)
_ZONES = st.sampled_from(
    [None, UTC, timezone(timedelta(minutes=330)), timezone(-timedelta(hours=11))]
)
_MOMENTS = st.datetimes(datetime(1600, 1, 1), timezones=_ZONES)  # type: ignore[arg-type]


@given(
    author=_TEXTS,
    url=_TEXTS,
    language=st.from_regex(r"([a-z]{2,3})?", fullmatch=True),
    published=st.none() | st.dates(),
    published_at=st.none() | _MOMENTS,
    updated_at=st.none() | _MOMENTS,
    date_basis=st.sampled_from(["", *DATE_BASES]),
    pages=st.lists(st.integers(0, len(TEXT)), max_size=5),
)
def test_what_is_written_is_read(
    published: date | None,
    published_at: datetime | None,
    pages: list[int],
    **fields: Any,  # noqa: ANN401
) -> None:
    article = replace(
        FULL,
        published=published_at.date() if published_at else published,
        published_at=published_at,
        pages=tuple(sorted(pages)),
        **fields,
    )
    assert find_detail_fault(article) == ""
    row = (
        article.article_id,
        article.title,
        article.text,
        article.origin,
        b"",
        *details_of(article),
        1,
    )
    read = to_article(row)
    assert read == article
    for moment, other in ((read.published_at, published_at), (read.updated_at, article.updated_at)):
        assert (moment and moment.utcoffset()) == (other and other.utcoffset())
    assert len(details_of(article)) == len(DETAILS)
    assert language_of(details_of(article)) == article.language


def test_all_fields_stay_through_everything(folder: Path, library: Library) -> None:
    assert library.add([FULL]).added == ("a",)
    assert library.get("a") == FULL
    (summary,) = library.articles()
    for name in DETAILS:
        if name != "pages":
            assert getattr(summary, name) == getattr(FULL, name)
    assert library.browse().articles == (summary,)
    assert library.add([FULL]).unchanged == ("a",)
    library.remove("a")
    library.restore()
    assert library.get("a") == FULL
    library.reencode(HashEmbedder(dim=64))
    assert library.get("a") == FULL
    assert library.search("ferry")[0].article == FULL
    library.remove("a")
    library.reencode(HashEmbedder())  # now it has to be encoded to be put back
    assert library.restore().added == ("a",)
    assert library.get("a") == FULL
    with Library.open(folder, embedder=HashEmbedder(), read_only=True) as again:
        assert again.get("a") == FULL


@pytest.mark.parametrize(
    "changed",
    [
        {"author": "Ada Holt"},
        {"language": "de"},
        {"url": ""},
        {"canonical_url": "https://news.example/other"},
        {"published_at": None},
        {"published_at": FULL.published_at.astimezone(UTC)},  # type: ignore[union-attr]
        {"updated_at": None},
        {"date_basis": "feed"},
        {"pages": (0, 30)},
    ],
)
def test_details_change_without_encoding(library: Library, changed: dict[str, Any]) -> None:
    library.add([FULL])
    fresh = replace(FULL, **changed)
    report = library.add([fresh])
    assert (report.replaced, report.passages) == (("a",), 0)
    assert details_of(library.get("a")) == details_of(fresh)
    assert library.add([fresh]).unchanged == ("a",)


def test_another_language_splits_anew_where_that_matters(library: Library) -> None:
    text = "Am 3. Oktober feierte die Stadt. Viele kamen."
    german = Article("g", "Fest", text)
    library.add([german])
    assert len(library.sentences("g")) == 3
    assert library.add([replace(german, language="en")]).passages == 0
    assert library.add([replace(german, language="de")]).passages == 1
    assert [s.text for s in library.sentences("g")] == [
        "Am 3. Oktober feierte die Stadt.",
        "Viele kamen.",
    ]
    assert len(library.versions("g")) == 1
    library.edit("g", language="en")
    assert len(library.sentences("g")) == 3
    library.undo_edit("g")
    assert len(library.sentences("g")) == 2
    assert library.add([replace(german, language="de")]).unchanged == ("g",)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"author": "Ann\nReed"}, "author holds a line break"),
        ({"author": "x" * 1001}, "author is longer"),
        ({"url": "https://x.example/\x00"}, "url holds"),
        ({"canonical_url": "\ud800"}, "canonical_url holds"),
        ({"url": "x" * 2001}, "url is longer"),
        ({"language": "EN"}, "language is not a code"),
        ({"language": "english"}, "language is not a code"),
        ({"date_basis": "guessed"}, "date_basis is not one of stated, page"),
        ({"published": date(2024, 10, 20)}, "moment of publication is not on its date"),
        ({"published": None}, "moment of publication is not on its date"),
        ({"pages": (0, 50, 30)}, "pages are not in order"),
        ({"pages": (-1, 3)}, "outside its text"),
        ({"pages": (0, 500)}, "outside its text"),
        ({"pages": (0,) * 100_001}, "more than 100,000 pages"),
    ],
)
def test_what_cannot_be_stored_is_skipped(
    library: Library, changed: dict[str, Any], says: str
) -> None:
    (skip,) = library.add([replace(FULL, **changed)]).skipped
    assert says in skip.reason
    assert library.statistics().articles == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"author": None},
        {"language": 3},
        {"url": b"x"},
        {"published_at": "2024-10-21"},
        {"updated_at": date(2024, 10, 21)},
        {"pages": [0, 30]},
        {"pages": (0, True)},
        {"date_basis": None},
    ],
)
def test_a_field_of_another_type_is_a_mistake_of_the_caller(
    library: Library, changed: dict[str, Any]
) -> None:
    with pytest.raises(TypeError, match="an article's"):
        library.add([replace(FULL, **changed)])


@pytest.mark.parametrize(
    ("column", "value"),
    [("pages", "[0"), ("pages", '{"a": 1}'), ("pages", "[0.5]"), ("updated_at", "soon")],
)
def test_a_damaged_detail_is_named(folder: Path, library: Library, column: str, value: str) -> None:
    library.add([FULL])
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute(f"UPDATE articles SET {column} = ?", (value,))  # noqa: S608
        connection.commit()
    with pytest.raises(LibraryDamagedError, match="run 'onrecord doctor"):
        library.get("a")


def test_the_page_of_a_place() -> None:
    assert [FULL.page_at(place) for place in (0, 29, 30, 49, 50, 66)] == [1, 1, 2, 2, 3, 3]
    assert replace(FULL, pages=()).page_at(3) is None
    assert replace(FULL, pages=(5, 9)).page_at(0) == 1
