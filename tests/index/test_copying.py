"""Copies between a folder and PostgreSQL: everything, either way, and nothing that differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from index import copying
from index.backup import COLLECTIONS_FILE
from index.copying import copy_library
from index.errors import (
    BackupError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryStorageError,
)
from index.record.copied_rows import COPIED, count_rows, put_rows
from index.record.database import has_record, open_database, to_place
from index.record.feedback import Feedback, Rating
from index.record.fetched_pages import Validators, put_validators
from index.record.write_lock import hold_write_lock
from index.types import LibraryPlace
from onrecord import Article, Filter, HashEmbedder, Library, check_library

MakeArticles = Callable[..., list[Article]]

ROWS = 3
"""Those of a batch, in the copies that are interrupted in the second batch of a table."""


@pytest.fixture
def full(folder: LibraryPlace, make_articles: MakeArticles, tmp_path: Path) -> LibraryPlace:
    """Return the place of a library with something in every table."""
    articles = make_articles(20)
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(articles)
        library.add(
            [Article("港口", "新渡轮", "新渡轮周一抵达港口。", language="zh", outlet="Straße")]
        )
        files = [tmp_path / f"{number}.txt" for number in range(4)]
        for file in files:
            file.write_text(f"The ferry of pier {file.stem} left the harbour on Monday.", "utf-8")
        library.add(files)
        pages = [
            replace(article, url=f"https://news.example/{article.article_id}")
            for article in articles[10:14]
        ]
        library.add(pages)
        library.add([replace(page, text=f"{page.text} The ferry sails again.") for page in pages])
        library.add(make_articles(4, first=100))
        for number, page in enumerate(pages):
            library.edit(page.article_id, outlet="The Wire")
            library.remove(make_articles(1, first=100 + number)[0].article_id)
            library.subscriptions().add(f"{page.url}.rss", wait_seconds=1)
            library.feedback.put(Feedback(f"Who left {number}?", Rating.UP))
        copied = articles[3]
        library.add([Article("copy", copied.title, copied.text, outlet="Another")])
        longer = [f"{copied.text} The mayor of pier {number} agreed." for number in range(2)]
        library.add([Article(text[-9:], copied.title, text) for text in longer])
        library.edit(articles[0].article_id, title="A corrected title", outlet="The Wire")
        library.remove([articles[1].article_id, articles[2].article_id])
        library.remove(articles[4].article_id)
        library.restore()
    with closing(open_database(folder, read_only=False)) as database:
        with database.writing() as writer:
            for page in pages:
                put_validators(writer, page.url, Validators(page.url, '"etag"'))
        with database.reading() as reader:
            few = [table for table in COPIED if count_rows(reader, table) <= ROWS]
            assert few == ["encoders"]
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
    expected: list[Any] = list(describe(full))
    assert copy_library(full, other) == len(expected[0])
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
    last = 1 if table == "encoders" else 2

    def put_two_batches(writer: object, name: str, rows: list[object]) -> None:
        put_rows(writer, name, rows)  # type: ignore[arg-type]
        batches.append(name)
        if batches.count(table) == last:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("index.record.copied_rows.ROWS", ROWS)
        patch.setattr(copying, "put_rows", put_two_batches)
        with pytest.raises(KeyboardInterrupt):
            copy_library(full, other)
    told: list[tuple[int, int]] = []
    copy_library(full, other, progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
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
    copy_library(full, other)
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

    def change_and_compare(source: object, target: object, counted: object) -> None:
        with target.writing() as writer:  # type: ignore[attr-defined]
            writer.connection.execute("DELETE FROM removed_articles")
        compare(source, target, counted)  # type: ignore[arg-type]

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
        pytest.raises(LibraryBusyError),
    ):
        copy_library(tmp_path / "library", database, wait_seconds=0.1)


def test_an_id_that_postgresql_cannot_index_is_named(database: str, tmp_path: Path) -> None:
    name = "".join(chr(0x4E00 + n) for n in range(900))  # nothing that repeats is compressed
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.add([Article(name, "Old", "An old ferry."), Article("b", "B", "It left.")])
    with pytest.raises(BackupError, match=r"2,000 bytes.*run 'onrecord remove .*--for-good") as one:
        copy_library(tmp_path / "library", database)
    assert "\n" not in str(one.value)
    assert not has_record(to_place(database))
    with Library.open(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.remove(name)
    with pytest.raises(BackupError, match=r"run 'onrecord restore --forget"):
        copy_library(tmp_path / "library", database)
    assert not has_record(to_place(database))
    with Library.open(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.forget_removals()
    assert copy_library(tmp_path / "library", database) == 1


def test_an_address_that_postgresql_cannot_index_is_one_line(database: str) -> None:
    Library.create(database, embedder=HashEmbedder()).close()
    url = "https://news.example/" + "".join(chr(0x4E00 + n) for n in range(1900))
    with (
        closing(open_database(to_place(database))) as record,
        pytest.raises(LibraryStorageError, match="longer than its indexes hold"),
        record.writing() as writer,
    ):
        put_validators(writer, url, Validators(url, "x"))
