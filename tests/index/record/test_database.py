from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from index.errors import (
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    LibraryVersionError,
)
from index.record import connection_pool as connections_module
from index.record import schema
from index.record.connection_pool import RECORD_FILE
from index.record.database import Database
from index.record.schema import current_version, expected_names
from index.record.write_lock import LOCK_FILE, is_write_locked
from index.text.passages import split_passages
from old_libraries import make_old_version
from onrecord import Article, Filter, HashEmbedder, Library

TEXT = "The ferry left Quill at dawn. It came back empty.\nNobody said why."


def make_database(folder: Path) -> Database:
    folder.mkdir(parents=True, exist_ok=True)
    Database.create(folder, encoder_name="hash")
    return Database(folder)


def put(database: Database, article_id: str, text: str = TEXT) -> list[int]:
    article = Article(article_id, f"Title of {article_id}", text, published=date(2024, 5, 1))
    with database.writing() as writer:
        return writer.put_article(article, split_passages(text))[1]


def test_new_record_is_marked_and_keeps_a_log(folder: Path) -> None:
    with closing(make_database(folder)):
        pass
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        values = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version", "journal_mode")
        ]
    assert values == [schema.APPLICATION_ID, current_version(), "wal"]
    assert [file.name for file in folder.iterdir()] == [RECORD_FILE]


@pytest.mark.parametrize("name", ["what? #1", "100%25 é 記録", "a&mode=ro", "-dash ' \""])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    with closing(make_database(tmp_path / name)) as database:
        put(database, "a")
        with database.reading() as reader:
            assert reader.article_state("a") is not None
    assert [file.name for file in (tmp_path / name).iterdir()] == [RECORD_FILE]


def test_article_comes_back_as_it_was(folder: Path) -> None:
    text = "Zoë said: “no.” 🚢 left.\nThe résumé — 12 % — stayed.\n\nEnd."
    article = Article("id/1", "Títle", text, "src", date(999, 3, 2), "Öutlet", "file.txt")
    passages = split_passages(text, target_chars=20, max_chars=40)
    with closing(make_database(folder)) as database:
        with database.writing() as writer:
            writer.put_article(article, passages)
        with database.reading() as reader:
            assert reader.article("id/1") == article
            assert reader.passages(article) == passages
            assert reader.article("unknown") is None


def test_deleting_an_article_leaves_nothing_of_it(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        ids = put(database, "a") + put(database, "b")
        with database.writing() as writer:
            encoder = writer.put_encoder(HashEmbedder().identity)
            for passage_id in ids:
                writer.put_vectors(encoder, passage_id, b"\0" * 128, b"\0" * 384)
            assert writer.delete_article("a")
            assert not writer.delete_article("a")
        with database.reading() as reader:
            for statement in (
                "SELECT passage_id FROM passages",
                "SELECT passage_id FROM passage_vectors",
                "SELECT passage_id FROM sentence_vectors",
            ):
                assert reader.connection.execute(statement).fetchall() == [(ids[-1],)]
            assert list(reader.match(["ferry"], limit=9, also=np.array(ids))) == [ids[-1]]


def test_passage_ids_are_never_used_twice(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        first = put(database, "a")
        with database.writing() as writer:
            writer.delete_article("a")
        assert min(put(database, "a")) > max(first)


def test_exception_takes_back_the_whole_transaction(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "a")

        def interrupt() -> None:
            with database.writing() as writer:
                writer.delete_article("a")
                writer.put_article(Article("b", "B", TEXT), split_passages(TEXT))
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupt()
        with database.reading() as reader:
            assert reader.article_state("a") is not None
            assert reader.article_state("b") is None


def test_reader_keeps_its_state_while_another_commits(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "a")
        with database.reading() as reader:
            before = reader.generation()
            put(database, "b")
            assert reader.generation() == before
            assert reader.article_state("b") is None
            reader.refresh()
            assert reader.generation().number == before.number + 1
            assert reader.article_state("b") is not None
            assert reader.has_generation(before)


def test_transaction_that_changes_nothing_is_no_new_generation(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        with database.reading() as reader:
            before = reader.generation()
        with database.writing() as writer:
            writer.delete_article("unknown")
        with database.reading() as reader:
            assert reader.generation() == before


def test_threads_read_side_by_side(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "a")
        everyone_reads = threading.Barrier(8)

        def read(_: int) -> bool:
            with database.reading() as reader:
                everyone_reads.wait(timeout=30)
                return reader.article_state("a") is not None

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(read, range(64)))


def test_closed_archive_refuses(folder: Path) -> None:
    database = make_database(folder)
    with database.reading() as reader:
        database.close()
        assert reader.generation().number == 1
    with pytest.raises(ValueError, match="closed"), database.reading():
        pass
    with pytest.raises(ValueError, match="closed"), database.writing():
        pass


def test_no_record_is_not_found(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "nowhere" / "below"):
        with pytest.raises(LibraryNotFoundError):
            Database(folder)
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(LibraryStorageError, match="not a folder"):
        Database(tmp_path / "file")


def make_foreign(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")


def make_partial(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("CREATE TABLE meta (key TEXT)")


@pytest.mark.parametrize(
    "make",
    [
        lambda file: file.write_bytes(b""),
        lambda file: file.write_bytes(b"no database at all, but long enough to be one" * 99),
        lambda file: file.write_bytes(bytes(65536)),
        make_foreign,
        make_partial,
    ],
    ids=["empty", "text", "zeros", "foreign", "partial"],
)
def test_foreign_record_is_named(folder: Path, make: Callable[[Path], object]) -> None:
    folder.mkdir()
    make(folder / RECORD_FILE)
    with pytest.raises(LibraryDamagedError) as caught:
        Library.open(folder)
    assert "onrecord doctor" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folder_in_place_of_the_record_is_named(folder: Path) -> None:
    (folder / RECORD_FILE).mkdir(parents=True)
    with pytest.raises(LibraryStorageError):
        Library.open(folder)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_truncated_record_is_named(folder: Path, stocked: Library, share: float) -> None:
    stocked.close()
    file = folder / RECORD_FILE
    os.truncate(file, int(file.stat().st_size * share))
    with pytest.raises(LibraryDamagedError):
        Library.open(folder)


def test_record_of_a_newer_program_is_named(folder: Path) -> None:
    make_database(folder).close()
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(
        LibraryVersionError, match=f"version 99, this program knows {current_version()};"
    ):
        Library.open(folder)


def test_record_of_an_older_program_is_brought_up_to_date(
    folder: Path, stocked: Library, embedder: HashEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stocked.close()
    expected_names.cache_clear()
    step = ("CREATE TABLE notes (note TEXT) STRICT",)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, step))
    monkeypatch.setattr(schema, "OLDEST_READABLE", current_version())
    with pytest.raises(LibraryStorageError, match="opened read-only"):
        Library.open(folder, read_only=True)
    with Library.open(folder, embedder=embedder) as library:
        assert library.statistics().articles == 30
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()
        assert version == (current_version(),)
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    expected_names.cache_clear()


def read_version(folder: Path) -> int:
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


OLD_VERSIONS = range(schema.OLDEST_READABLE, current_version())


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_an_old_record_is_read_as_it_is_and_upgraded_by_a_write(
    folder: Path, stocked: Library, embedder: HashEmbedder, version: int
) -> None:
    before = stocked.search("harbour ferry council")
    listed, article = list(stocked.articles()), stocked.get("article-4")
    counted = stocked.statistics()
    stocked.close()
    make_old_version(folder, version)
    with Library.open(folder, embedder=embedder) as library:
        assert library.search("harbour ferry council") == before
        assert list(library.articles()) == listed
        assert library.get("article-4") == article
        assert library.statistics() == counted
        assert library.browse(limit=4).articles[0].published == listed[29].published
        assert library.removals() == ()
        assert library.feedback.all() == ()
        assert library.feedback.count() == 0
        assert library.languages() == [("", 30)]
        assert library.edits("article-4") == ()
        assert library.find_version("article-4") is None
        (only,) = library.versions("article-4")
        assert (only.number, only.article, only.is_latest) == (1, article, True)
        assert list(library.articles(Filter(languages=("en",)))) == []
        assert list(library.articles(Filter(authors=("holt",)))) == []
        assert library.search("harbour", only=Filter(languages=("",)))
        assert read_version(folder) == version
        library.remove("article-3")
        assert read_version(folder) == current_version()
        assert library.restore().added == ("article-3",)
        assert list(library.articles()) == listed
    with Library.open(folder, embedder=embedder, read_only=True) as library:
        assert library.statistics().articles == 30
        assert library.search("harbour ferry council") == before


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_an_old_record_takes_edits_and_changed_articles(
    folder: Path, stocked: Library, embedder: HashEmbedder, version: int
) -> None:
    article = stocked.get("article-4")
    stocked.close()
    make_old_version(folder, version)
    with Library.open(folder, embedder=embedder) as library:
        assert library.edit("article-4", author="Ada Holt").author == "Ada Holt"
        changed = replace(article, text=f"{article.text} The ferry sails again.")
        assert library.add([changed]).replaced == ("article-4",)
        assert [e.article.text for e in library.versions("article-4")] == [
            article.text,
            changed.text,
        ]
        assert library.get("article-4") == replace(changed, author="Ada Holt")


@pytest.mark.parametrize("version", OLD_VERSIONS)
def test_an_old_record_can_be_read_where_nothing_can_be_written(
    folder: Path, stocked: Library, embedder: HashEmbedder, version: int
) -> None:
    stocked.close()
    make_old_version(folder, version)
    with Library.open(folder, embedder=embedder, read_only=True) as library:
        assert len(library.search("harbour ferry council")) == 10
        with pytest.raises(LibraryStorageError, match="opened read-only"):
            library.feedback.remove("x")
        with pytest.raises(LibraryStorageError, match="opened read-only"):
            library.edit("article-4", author="Ada Holt")
    assert read_version(folder) == version


@pytest.mark.parametrize("name", ["loop", "x" * 300])
def test_path_that_cannot_be_looked_at_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for make in (Library.open, Library.create):
        with pytest.raises(LibraryStorageError, match="cannot use the library"):
            make(tmp_path / name / "library")


def test_lock_that_cannot_be_had_is_named(folder: Path, stocked: Library) -> None:
    (folder / LOCK_FILE).unlink()
    (folder / LOCK_FILE).mkdir()
    with pytest.raises(LibraryStorageError, match="--library"):
        stocked.add([])
    assert not is_write_locked(folder)
    assert len(stocked.search("harbour")) == 10


def test_text_that_is_no_unicode_is_named(folder: Path, stocked: Library) -> None:
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute("UPDATE articles SET text = CAST(x'ff' AS TEXT) WHERE article_key = 4")
        connection.commit()
    with pytest.raises(LibraryDamagedError, match="not UTF-8"):
        stocked.get("article-3")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE articles SET published = '2024-13-01'",
        "DELETE FROM generations",
        "DELETE FROM meta",
        "UPDATE meta SET value = 'none' WHERE key = 'library_id'",
        "DELETE FROM articles",
    ],
)
def test_contradiction_in_the_record_is_named(
    folder: Path, stocked: Library, statement: str
) -> None:
    stocked.close()
    with closing(sqlite3.connect(folder / RECORD_FILE, isolation_level=None)) as connection:
        connection.execute(statement)
    with (
        Library.open(folder, embedder=HashEmbedder()) as library,
        pytest.raises(LibraryDamagedError, match="onrecord doctor"),
    ):
        library.search("harbour ferry council", k=50)


def test_log_that_outlived_its_record_is_not_replayed(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "old")
        for suffix in ("-wal", "-shm"):
            shutil.copy(folder / f"{RECORD_FILE}{suffix}", folder / f"kept{suffix}")
    (folder / RECORD_FILE).unlink()
    for suffix in ("-wal", "-shm"):
        (folder / f"kept{suffix}").rename(folder / f"{RECORD_FILE}{suffix}")
    with closing(make_database(folder)) as database, database.reading() as reader:
        assert reader.article_state("old") is None
        assert reader.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_record_put_back_from_a_backup_is_noticed(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "a")
    shutil.copy(folder / RECORD_FILE, folder / "backup")
    with closing(Database(folder)) as database:
        put(database, "b")
        with database.reading() as reader:
            assert reader.article_state("b") is not None
        for suffix in ("-wal", "-shm"):
            (folder / f"{RECORD_FILE}{suffix}").unlink(missing_ok=True)
        (folder / "backup").replace(folder / RECORD_FILE)
        with database.reading() as reader:
            assert reader.article_state("b") is None


def test_foreign_lock_on_the_record_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections_module, "BUSY_SECONDS", 0.05)
    with (
        closing(make_database(folder)) as database,
        closing(sqlite3.connect(folder / RECORD_FILE, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusyError, match="another program"), database.writing():
            pass
        with database.reading() as reader:
            assert reader.generation().number == 1


def test_full_disk_is_named_and_nothing_is_half_written(folder: Path) -> None:
    with closing(make_database(folder)) as database:
        put(database, "a")

        def fill_the_disk() -> None:
            with database.writing() as writer:
                pages = writer.connection.execute("PRAGMA page_count").fetchone()[0]
                writer.connection.execute(f"PRAGMA max_page_count = {pages}")
                writer.put_article(Article("b", "B", TEXT * 5000), split_passages(TEXT * 5000))

        with pytest.raises(LibraryStorageError, match="the disk is full"):
            fill_the_disk()
        with database.reading() as reader:
            assert reader.article_state("a") is not None
            assert reader.article_state("b") is None


READ_AS_NOBODY = textwrap.dedent("""
    import os, sys, tempfile
    from pathlib import Path
    from onrecord import Article, HashEmbedder, Library
    from index.errors import LibraryStorageError

    folder = Path(sys.argv[1])
    # What is imported late is imported now: nobody may be kept from the interpreter's folder.
    with tempfile.TemporaryDirectory() as other:
        with Library.create(other, embedder=HashEmbedder()) as library:
            library.add(Article("new", "New", "A new sentence."))
            library.search("new")
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    with Library.open(folder, embedder=HashEmbedder()) as library:
        print(library.statistics().articles, len(library.search("ferry", k=5)))
        try:
            library.add(Article("new", "New", "A new sentence."))
        except LibraryStorageError as error:
            print(error)
""")


def test_folder_that_may_not_be_written_can_be_searched(
    tmp_path_factory: pytest.TempPathFactory, make_articles: Callable[[int], list[Article]]
) -> None:
    # The superuser may write anywhere, so the reading is done as nobody, who must get there.
    base = tmp_path_factory.mktemp("shared")
    # Where tests run side by side there is one folder more above it, one for each process.
    for above in (base, *base.parents[:3]):
        if above.stat().st_uid == os.geteuid() and above != Path(tempfile.gettempdir()):
            above.chmod(0o755)
    folder = base / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(make_articles(30))
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    folder.chmod(0o555)
    try:
        result = subprocess.run(
            [sys.executable, "-W", "error", "-c", READ_AS_NOBODY, str(folder)],
            capture_output=True,
            text=True,
            check=False,
            cwd=Path(__file__).resolve().parents[3],
        )
    finally:
        folder.chmod(0o755)
    assert result.stderr == ""
    counts, refusal = result.stdout.splitlines()
    assert counts == "30 5"
    assert "cannot use the library" in refusal
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before
