"""Corrections by a person: laid over what is read, kept, and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.curation.edits import MAX_EDITS, apply_changes, read_changes
from index.doctor import check_library
from index.encoding.encode import encode_passages
from index.errors import ArticleNotFoundError, EditError, LibraryBusyError
from index.record.write_lock import hold_write_lock
from index.types import EncoderInput, PassageVectors
from onrecord import Article, Filter, HashEmbedder, Library

pytestmark = pytest.mark.both_records

TEXT = (
    "The harbour board of Saltmere has closed the old quay. It will be mended in the spring.\n"
    "A ferry will call at the new pier until then. Nobody knows who will pay."
)
READ = Article(
    article_id="quay",
    title="Old quay closed",
    text=TEXT,
    source="quay.md",
    published=date(2024, 10, 20),
    outlet="news.example",
    origin="quay.md",
    author="Ann Reed",
    language="en",
    url="https://news.example/quay",
    canonical_url="https://news.example/2024/quay",
    published_at=datetime(2024, 10, 20, 9, 30, tzinfo=UTC),
    updated_at=datetime(2024, 10, 21, 8, 0, tzinfo=UTC),
    date_basis="page",
    pages=(0, 55),
)
OTHER = Article("mill", "Mill sold", "The mill of Dunhollow was sold to a schooner owner.")


@pytest.fixture
def shelved(library: Library) -> Library:
    library.add([READ, OTHER])
    return library


def test_fields_are_corrected_and_the_rest_stays(shelved: Library) -> None:
    zone = timezone(timedelta(hours=2))
    edited = shelved.edit(
        "quay", outlet="Corvane Wire", published="2024-10-21T09:30+02:00", author="", language="DE"
    )
    assert edited == replace(
        READ,
        outlet="Corvane Wire",
        published=date(2024, 10, 21),
        published_at=datetime(2024, 10, 21, 9, 30, tzinfo=zone),
        author="",
        language="de",
        date_basis="edited",
    )
    assert shelved.get("quay") == edited
    (edit,) = shelved.edits("quay")
    assert edit.changes == {
        "outlet": "Corvane Wire",
        "published": "2024-10-21T09:30:00+02:00",
        "author": "",
        "language": "de",
    }
    assert datetime.now(UTC) - edit.edited_at < timedelta(minutes=5)
    assert shelved.get("mill") == OTHER


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"published": ""}, {"published": None, "published_at": None, "date_basis": ""}),
        ({"published": date(2023, 1, 2)}, {"published": date(2023, 1, 2), "published_at": None}),
        ({"published": "21 October 2023"}, {"published": date(2023, 10, 21), "published_at": None}),
        ({"updated": ""}, {"updated_at": None}),
        ({"updated": "2024-10-22"}, {"updated_at": datetime(2024, 10, 22)}),
        (
            {"updated": datetime(2024, 10, 22, 7, tzinfo=UTC)},
            {"updated_at": datetime(2024, 10, 22, 7, tzinfo=UTC)},
        ),
        ({"url": ""}, {"url": "", "canonical_url": ""}),
        ({"url": "https://bay.example/q?id=4"}, {"url": "https://bay.example/q?id=4"}),
        ({"language": "German"}, {"language": "de"}),
        ({"author": "  Tom \n Holm "}, {"author": "Tom Holm"}),
    ],
)
def test_what_a_field_becomes(
    shelved: Library, fields: dict[str, Any], changed: dict[str, Any]
) -> None:
    expected = replace(READ, **changed)
    if "url" in fields:
        expected = replace(expected, canonical_url="")
    if expected.published and "published" in fields:
        expected = replace(expected, date_basis="edited")
    assert shelved.edit("quay", **fields) == expected
    assert shelved.get("quay") == expected
    assert shelved.undo_edit("quay") == READ


def test_edits_are_taken_back_one_by_one(shelved: Library) -> None:
    first = shelved.edit("quay", outlet="Corvane Wire", author="Tom Holm")
    second = shelved.edit("quay", author="Ada Holt", published="2024-10-19")
    assert second == replace(
        first,
        author="Ada Holt",
        published=date(2024, 10, 19),
        published_at=None,
        date_basis="edited",
    )
    assert shelved.undo_edit("quay") == first == shelved.get("quay")
    assert shelved.undo_edit("quay") == READ == shelved.get("quay")
    assert shelved.edits("quay") == ()
    with pytest.raises(EditError, match="no edit of 'quay' to undo"):
        shelved.undo_edit("quay")
    with pytest.raises(EditError):
        shelved.undo_edit("mill")


def test_adding_the_same_again_keeps_what_was_corrected(shelved: Library) -> None:
    edited = shelved.edit("quay", title="Quay in Saltmere closed", published="2024-10-21")
    report = shelved.add([READ, OTHER])
    assert (report.unchanged, report.passages) == (("quay", "mill"), 0)
    assert shelved.get("quay") == edited


def test_what_is_read_anew_is_what_an_undo_goes_back_to(shelved: Library) -> None:
    shelved.edit("quay", author="Ada Holt")
    fresh = replace(READ, author="Reed and Holm", outlet="Bay Wire")
    assert shelved.add([fresh]).replaced == ("quay",)
    assert shelved.get("quay") == replace(fresh, author="Ada Holt")
    assert shelved.add([fresh]).unchanged == ("quay",)
    assert shelved.undo_edit("quay") == fresh


def test_an_edited_field_that_is_read_otherwise_changes_only_what_is_kept(
    shelved: Library,
) -> None:
    shelved.edit("quay", author="Ada Holt")
    fresh = replace(READ, author="Somebody Else")
    assert shelved.add([fresh]).passages == 0
    assert shelved.get("quay").author == "Ada Holt"
    assert shelved.undo_edit("quay") == fresh


def test_edits_survive_another_text(shelved: Library) -> None:
    shelved.edit("quay", title="Quay in Saltmere closed", outlet="Bay Wire")
    fresh = replace(READ, title="Quay shut", text=f"{TEXT} The mayor is angry.")
    assert shelved.add([fresh]).replaced == ("quay",)
    edited = replace(fresh, title="Quay in Saltmere closed", outlet="Bay Wire")
    assert shelved.get("quay") == edited
    assert shelved.undo_edit("quay") == fresh


@pytest.mark.parametrize("for_good", [True, False])
def test_edits_survive_a_removal(shelved: Library, for_good: bool) -> None:
    edited = shelved.edit("quay", published="2024-10-21", title="Quay shut")
    (shelved.delete if for_good else shelved.remove)("quay")
    with pytest.raises(ArticleNotFoundError):
        shelved.edit("quay", author="x")
    with pytest.raises(ArticleNotFoundError):
        shelved.undo_edit("quay")
    if for_good:
        assert shelved.add([READ]).added == ("quay",)
    else:
        assert shelved.restore().added == ("quay",)
    assert shelved.get("quay") == edited
    assert shelved.undo_edit("quay") == READ


def test_another_title_is_found_and_encoded(
    folder: Path, shelved: Library, embedder: HashEmbedder
) -> None:
    before, order = shelved.passages("quay"), [a.article_id for a in shelved.articles()]
    added = {a.article_id: a.added_at for a in shelved.articles()}
    assert shelved.document_frequencies(["lighthouse", "old"]) == {"lighthouse": 0, "old": 1}
    shelved.edit("quay", title="Lighthouse quay shut")
    assert shelved.document_frequencies(["lighthouse", "shut"]) == {"lighthouse": 1, "shut": 1}
    assert shelved.passages("quay") == before
    assert [a.article_id for a in shelved.articles()] == order
    assert {a.article_id: a.added_at for a in shelved.articles()} == added
    (hit, *_) = shelved.search("lighthouse")
    assert hit.article.title == "Lighthouse quay shut"
    question = embedder.embed_query("lighthouse")
    encoded = encode_passages(embedder, [("Lighthouse quay shut", hit.passage)], batch_passages=8)
    vector = np.frombuffer(encoded[0][0], dtype="<f2").astype(np.float32)
    assert hit.dense == pytest.approx(float(vector @ question), abs=1e-3)
    bad = [f for f in check_library(folder, embedder=embedder) if f.state != "ok"]
    assert bad == []
    shelved.undo_edit("quay")
    assert shelved.document_frequencies(["lighthouse", "old"]) == {"lighthouse": 0, "old": 1}


def test_details_cost_no_encoding(folder: Path, shelved: Library) -> None:
    class Silent(HashEmbedder):
        def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
            raise AssertionError("nothing is to be encoded")

    shelved.close()
    with Library.open(folder, embedder=Silent()) as library:
        library.edit("quay", outlet="Bay Wire", author="x", published="2024-10-21", url="")
        library.undo_edit("quay")
        assert library.get("quay") == READ


def test_edited_fields_are_filtered_by(shelved: Library) -> None:
    shelved.edit("quay", published="2023-05-01", author="Ada Holt", language="fr")
    for only in (
        Filter(until=date(2023, 12, 31)),
        Filter(authors=("HOLT",)),
        Filter(languages=("fr",)),
    ):
        assert [a.article_id for a in shelved.articles(only)] == ["quay"]
        assert {hit.article.article_id for hit in shelved.search("quay mill", only=only)} == {
            "quay"
        }
    assert shelved.languages() == [("fr", 1), ("", 1)]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "nothing to change"),
        ({"title": "   "}, "title cannot be empty"),
        ({"title": "\u200b"}, "is not a title"),
        ({"published": "soon"}, "'soon' is not a date; write it as 2024-10-21"),
        ({"published": "03/04/2024"}, "is not a date"),
        ({"published": "2024-10-21T25:00"}, "is not a date"),
        ({"updated": "9999-01-01"}, "is not a date"),
        ({"language": "klingonian"}, "is not the code of a language"),
        ({"url": "javascript:alert(1)"}, "is not a web address"),
        ({"url": "https://x.example/a\nb"}, "is not a web address"),
        ({"url": "quay.html"}, "is not a web address"),
        ({"url": f"https://x.example/{'a' * 3000}"}, "is not a web address"),
        ({"published": "\x1b[31m" * 50}, "is not a date"),
    ],
)
def test_a_wrong_value_is_one_line_and_nothing_is_written(
    shelved: Library, fields: dict[str, Any], says: str
) -> None:
    before = shelved.statistics()
    with pytest.raises(EditError) as caught:
        shelved.edit("quay", outlet="Bay Wire" if fields else None, **fields)
    assert says in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 250
    assert shelved.get("quay") == READ
    assert shelved.edits("quay") == ()
    assert shelved.statistics() == before


def test_an_unknown_article_cannot_be_edited(shelved: Library) -> None:
    with pytest.raises(ArticleNotFoundError):
        shelved.edit("nosuch", author="x")
    with pytest.raises(ArticleNotFoundError):
        shelved.undo_edit("nosuch")
    assert shelved.edits("nosuch") == ()


def test_an_edit_waits_for_another_writer(folder: Path, shelved: Library) -> None:
    with hold_write_lock(folder, wait_seconds=1), pytest.raises(LibraryBusyError):
        shelved.edit("quay", author="x", wait_seconds=0)
    assert shelved.get("quay") == READ


def test_the_oldest_edits_become_what_was_read(
    shelved: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_EDITS >= 100
    monkeypatch.setattr("index.curation.edits.MAX_EDITS", 3)
    for number in range(5):
        shelved.edit("quay", author=f"Author {number}")
    assert [e.changes["author"] for e in shelved.edits("quay")] == [
        "Author 2",
        "Author 3",
        "Author 4",
    ]
    for number in (3, 2, 1):
        assert shelved.undo_edit("quay").author == f"Author {number}"
    with pytest.raises(EditError):
        shelved.undo_edit("quay")


def test_edits_survive_another_encoder(folder: Path, shelved: Library) -> None:
    edited = shelved.edit("quay", title="Lighthouse quay shut", published="2024-10-21")
    shelved.reencode(HashEmbedder(dim=64))
    assert shelved.get("quay") == edited
    assert shelved.undo_edit("quay") == READ
    assert shelved.search("old quay")[0].article == READ
    bad = [f for f in check_library(folder, embedder=HashEmbedder(dim=64)) if f.state != "ok"]
    assert bad == []


_WORDS = st.text(st.characters(categories=("L", "N", "Zs")), min_size=1, max_size=30)
_DAYS = st.dates(date(1700, 1, 1), date(2025, 12, 31))
_MOMENTS = st.datetimes(
    datetime(1700, 1, 1),
    datetime(2025, 12, 31),
    timezones=st.sampled_from([None, UTC, timezone(timedelta(minutes=-210))]),
).map(lambda moment: moment.replace(microsecond=0))


@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "outlet": st.just("") | _WORDS,
                "author": st.just("") | _WORDS,
                "published": st.just("") | _DAYS | _MOMENTS,
                "updated": st.just("") | _DAYS | _MOMENTS,
                "language": st.sampled_from(["", "en", "ukr", "zh"]),
            },
        ),
        max_size=5,
    )
)
def test_the_last_value_of_each_field_counts(edits: list[dict[str, str | date | None]]) -> None:
    article, last = READ, dict[str, Any]()
    for fields in edits:
        try:
            changes = read_changes(fields)
        except EditError:
            continue
        article = apply_changes(article, changes)
        last |= changes
    assert article.text == READ.text
    if "published" in last:
        value = str(last["published"])
        assert article.published == (date.fromisoformat(value[:10]) if value else None)
        moment = datetime.fromisoformat(value) if "T" in value else None
        assert article.published_at == moment
        assert article.date_basis == ("edited" if value else "")
    else:
        assert article.published_at == READ.published_at
    for name in ("outlet", "author", "language"):
        assert getattr(article, name) == last.get(name, getattr(READ, name))
