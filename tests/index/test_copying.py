"""Copies between a folder and PostgreSQL: everything, either way, and nothing that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from index import copying
from index.backup import COLLECTIONS_FILE
from index.copying import copy_library
from index.errors import BackupError, LibraryBusyError, LibraryDamagedError
from index.record.copied_rows import COPIED, put_rows
from index.record.database import open_database, to_place
from index.record.write_lock import hold_write_lock
from index.types import LibraryPlace
from onrecord import Article, Filter, HashEmbedder, Library, check_library

MakeArticles = Callable[..., list[Article]]


@pytest.fixture
def full(folder: LibraryPlace, make_articles: MakeArticles) -> LibraryPlace:
    """Return the place of a library with something in every table."""
    articles = make_articles(20)
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(articles)
        library.add(
            [Article("港口", "新渡轮", "新渡轮周一抵达港口。", language="zh", outlet="Straße")]
        )
        copied = articles[3]
        library.add([Article("copy", copied.title, copied.text, outlet="Another")])
        library.edit(articles[0].article_id, title="A corrected title", outlet="The Wire")
        library.remove([articles[1].article_id, articles[2].article_id])
        library.remove(articles[4].article_id)
        library.restore()
    return folder


@pytest.fixture
def other(full: LibraryPlace, tmp_path: Path, request: pytest.FixtureRequest) -> LibraryPlace:
    """Return a place of the other kind, where nothing is."""
    if isinstance(full, Path):
        return to_place(request.getfixturevalue("database"))
    return tmp_path / "copy"


def describe(place: LibraryPlace) -> Iterator[object]:
    """Yield what a library gives its users."""
    with Library.open(place, embedder=HashEmbedder()) as library:
        yield list(library.articles())
        yield library.outlets()
        for words in ("harbour council", "港口", "ferry"):
            yield {
                (hit.article, hit.passage.start, round(hit.bm25, 6))
                for hit in library.search(words)
            }
        yield [summary.article_id for summary in library.articles(Filter(outlets=("straSSe",)))]


@pytest.mark.both_records
def test_everything_is_copied_and_can_be_changed(full: LibraryPlace, other: LibraryPlace) -> None:
    expected = list(describe(full))
    assert copy_library(full, other) == 20
    assert list(describe(other)) == expected
    assert {f.state.value for f in check_library(other, read_data=True)} == {"ok"}
    with Library.open(other, embedder=HashEmbedder()) as library:
        assert len(library.restore().added) == 2
        library.add([Article("new", "New", "A new ferry left the harbour.")])
        library.edit("new", title="Newer")
        assert library.search("new ferry", 1)[0].article.article_id == "new"
        library.remove("new")
    assert {f.state.value for f in check_library(other, read_data=True)} == {"ok"}


@pytest.mark.both_records
@pytest.mark.parametrize("table", COPIED)
def test_an_interrupted_copy_goes_on(
    full: LibraryPlace, other: LibraryPlace, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    batches: list[str] = []

    def put_two_batches(writer: object, name: str, rows: list[object]) -> None:
        put_rows(writer, name, rows)  # type: ignore[arg-type]
        batches.append(name)
        if name == table and batches.count(name) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("index.record.copied_rows.ROWS", 3)
    with monkeypatch.context() as patch:
        patch.setattr(copying, "put_rows", put_two_batches)
        try:
            copy_library(full, other)
        except KeyboardInterrupt:
            copy_library(full, other)
    assert list(describe(other)) == list(describe(full))


@pytest.mark.both_records
def test_an_unfinished_copy_is_not_opened(
    full: LibraryPlace, other: LibraryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(copying, "_copy_collections", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            copy_library(full, other)
    with pytest.raises(BackupError, match=r"is an unfinished copy.*onrecord copy"):
        Library.open(other)
    (*_, finding) = check_library(other)
    assert (finding.state.value, "unfinished copy" in finding.detail) == ("bad", True)
    assert copy_library(full, other) == 20
    assert list(describe(other)) == list(describe(full))


@pytest.mark.both_records
def test_a_text_that_is_not_what_was_written_is_not_copied(
    full: LibraryPlace, other: LibraryPlace
) -> None:
    with closing(open_database(full, read_only=False)) as database, database.writing() as writer:
        writer.connection.execute("UPDATE removed_articles SET text = text || '!'")
    with pytest.raises(LibraryDamagedError, match="removed_articles"):
        copy_library(full, other)


@pytest.mark.both_records
def test_the_collections_of_the_chat_are_copied(full: LibraryPlace, other: LibraryPlace) -> None:
    file = open_place(full) / COLLECTIONS_FILE
    file.write_text("{}", "utf-8")
    copy_library(full, other)
    assert (open_place(other) / COLLECTIONS_FILE).read_text("utf-8") == "{}"


def open_place(place: LibraryPlace) -> Path:
    with closing(open_database(place, read_only=True)) as database:
        return database.folder


@pytest.mark.both_records
def test_another_state_is_not_mixed_in(
    full: LibraryPlace, other: LibraryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(copying, "_compare", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            copy_library(full, other)
    with Library.open(full, embedder=HashEmbedder()) as library:
        library.add([Article("late", "Late", "It came later.")])
    with pytest.raises(BackupError, match=r"unfinished copy of another.*delete it first"):
        copy_library(full, other)


@pytest.mark.both_records
def test_a_library_that_is_there_is_left_alone(full: LibraryPlace, other: LibraryPlace) -> None:
    with Library.create(other, embedder=HashEmbedder()) as library:
        library.add([Article("mine", "Mine", "It is mine.")])
    with pytest.raises(BackupError, match="is a library already"):
        copy_library(full, other)
    with pytest.raises(BackupError, match="onto itself"):
        copy_library(full, full)
    with Library.open(other) as library:
        assert [summary.article_id for summary in library.articles()] == ["mine"]


@pytest.mark.both_records
def test_a_copy_that_differs_is_found(
    full: LibraryPlace, other: LibraryPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    compare = copying._compare  # noqa: SLF001

    def change_and_compare(source: object, target: object) -> None:
        with target.writing() as writer:  # type: ignore[attr-defined]
            writer.connection.execute("DELETE FROM removed_articles")
        compare(source, target)  # type: ignore[arg-type]

    monkeypatch.setattr(copying, "_compare", change_and_compare)
    with pytest.raises(BackupError, match="differs in 'removed_articles'"):
        copy_library(full, other)


def test_a_damaged_row_is_not_copied(
    database: str, tmp_path: Path, make_articles: MakeArticles
) -> None:
    with Library.create(database, embedder=HashEmbedder()) as library:
        library.add(make_articles(3))
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute("ALTER TABLE onrecord.sentences DISABLE TRIGGER USER")
        admin.execute('UPDATE onrecord.sentences SET "end" = "end" - 1')
        admin.execute("ALTER TABLE onrecord.sentences ENABLE TRIGGER USER")
    with pytest.raises(LibraryDamagedError, match="sentences"):
        copy_library(database, tmp_path / "copy")


def test_nobody_writes_meanwhile(database: str, tmp_path: Path) -> None:
    Library.create(tmp_path / "library", embedder=HashEmbedder()).close()
    with (
        closing(open_database(tmp_path / "library")),
        hold_write_lock(tmp_path / "library", wait_seconds=0),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(copying, "WAIT_SECONDS", 0.1)
        with pytest.raises(LibraryBusyError):
            copy_library(tmp_path / "library", database)
