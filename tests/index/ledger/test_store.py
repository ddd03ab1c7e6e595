from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from index.backup import make_backup, restore_backup
from index.copying import copy_library
from index.errors import LibraryDamagedError, LibraryStorageError, TimeLimitError
from index.ledger import store
from index.ledger.store import LEDGER_FILE, Ledger, _open
from index.record.database import Database
from index.time_limit import limit_time
from index.types import Article, Filter
from onrecord import HashEmbedder, Library, check_library

TEXTS = {
    "one": "Mayor Ada Holm said on Tuesday that the bridge is safe. Holm denied the claims.",
    "two": "The ferry is late, Ada Holm said. Tomas Reck, the treasurer, disputed the figure.",
}


def make(name: str, day: int = 6) -> Article:
    return Article(name, f"On {name}", TEXTS[name], outlet="Post", published=date(2025, 3, day))


@pytest.fixture
def shelf(folder: Path, embedder: HashEmbedder) -> Library:
    with Library.create(folder, embedder=embedder) as library:
        library.add([make("one")])
    return Library.open(folder, embedder=embedder)


def speakers(library: Library) -> list[str]:
    return sorted(statement.speaker for statement in library.statements().statements)


def test_it_follows_every_change(shelf: Library) -> None:
    assert speakers(shelf) == ["Ada Holm", "Ada Holm"]
    shelf.add([make("two")])
    assert speakers(shelf) == ["Ada Holm"] * 3 + ["Tomas Reck"]
    shelf.remove("one")
    assert speakers(shelf) == ["Ada Holm", "Tomas Reck"]
    shelf.restore()
    assert len(speakers(shelf)) == 4
    shelf.edit("two", published="2025-01-01", outlet="Gazette")
    assert shelf.statements(only=Filter(outlets=("Gazette",))).total == 2
    shelf.delete(["one", "two"])
    assert speakers(shelf) == []
    assert shelf.people().total == 0


def test_every_offset_gives_the_words_of_the_article(shelf: Library) -> None:
    text = shelf.get("one").text
    for statement in shelf.statements().statements:
        assert statement.text == " … ".join(text[a:b] for a, b in statement.contents)
        place = statement.place
        assert text[place.start : place.end] == statement.sentence


def test_a_library_without_one_gets_it_on_first_use(folder: Path, shelf: Library) -> None:
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    steps: list[tuple[int, int]] = []
    assert shelf.statements(progress=lambda done, total: steps.append((done, total))).total == 2
    assert steps[-1] == (1, 1)
    assert (folder / LEDGER_FILE).exists()
    assert shelf.statements(progress=lambda *_: pytest.fail("read again")).total == 2


@pytest.mark.parametrize("damage", [b"", b"no database at all" * 999])
def test_a_damaged_one_is_made_anew(folder: Path, shelf: Library, damage: bytes) -> None:
    for file in folder.glob(f"{LEDGER_FILE}-*"):
        file.unlink()
    (folder / LEDGER_FILE).write_bytes(damage)
    assert shelf.statements().total == 2


def test_damage_deep_inside_is_named_and_mended_by_doctor(folder: Path, shelf: Library) -> None:
    from index.doctor import State, check_library

    file = folder / LEDGER_FILE
    for log in folder.glob(f"{LEDGER_FILE}-*"):
        log.unlink()
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'statements'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    file.write_bytes(content)
    with pytest.raises(LibraryDamagedError, match=LEDGER_FILE):
        shelf.statements()
    finding = next(f for f in check_library(folder) if f.subject == "ledger")
    assert finding.state is State.MENDED
    assert shelf.statements().total == 2
    finding = next(f for f in check_library(folder) if f.subject == "ledger")
    assert finding.state is State.OK


def test_no_time_left_is_no_damage(folder: Path, shelf: Library) -> None:
    shelf.statements()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with (
        closing(Database(folder)) as database,
        pytest.raises(TimeLimitError),
        limit_time(0.2, since=time.monotonic()),
        Ledger(database, read_only=False).reading() as (_, reader),
    ):
        reader.connection.execute(endless).fetchone()


def test_one_of_another_library_is_read_anew(
    folder: Path, shelf: Library, tmp_path: Path, embedder: HashEmbedder
) -> None:
    other = tmp_path / "other"
    with Library.create(other, embedder=embedder) as library:
        library.add([make("two")])
        shutil.copy(folder / LEDGER_FILE, other / LEDGER_FILE)
        assert speakers(library) == ["Ada Holm", "Tomas Reck"]


def test_a_library_that_is_opened_to_be_read_is_not_written(folder: Path, shelf: Library) -> None:
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    with Library.open(folder, read_only=True) as library:
        assert library.statements().total == 2
        assert library.statements().total == 2
    assert not (folder / LEDGER_FILE).exists()


def test_the_order_of_adding_makes_no_difference(tmp_path: Path, embedder: HashEmbedder) -> None:
    found = []
    for order in (["one", "two"], ["two", "one"]):
        with Library.create(tmp_path / order[0], embedder=embedder) as library:
            for name in order:
                library.add([make(name)])
            people = library.people().entities
            found.append({(e.name, e.spellings, e.articles, e.statements) for e in people})
    assert found[0] == found[1]


def test_other_languages_are_counted_and_not_read(folder: Path, shelf: Library) -> None:
    shelf.add(
        [Article("de", "Titel", "Der Sprecher Max Lind sagte, es sei sicher.", language="de")]
    )
    coverage = shelf.statements().coverage
    assert (coverage.articles, coverage.read, coverage.unread) == (2, 1, 1)


def test_two_may_read_the_same_articles_at_once(folder: Path, shelf: Library) -> None:
    shelf.add([make("two")])
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    ledgers = [Ledger(Database(folder), read_only=False) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda ledger: ledger.update(), ledgers))
    assert len(speakers(shelf)) == 4
    assert not ledgers[0].find_fault()


def test_an_article_that_was_read_meanwhile_is_put_once(folder: Path, shelf: Library) -> None:
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection, connection:
        # As if this process had seen an empty ledger, and another one has filled it since.
        connection.execute("UPDATE read_articles SET stamp = x'00'")
        connection.execute("DELETE FROM state WHERE key = 'shows'")
    assert speakers(shelf) == ["Ada Holm", "Ada Holm"]
    assert shelf.people("Ada Holm").entities[0].articles == 1


def test_what_was_interrupted_is_finished(folder: Path, embedder: HashEmbedder) -> None:
    with Library.create(folder, embedder=embedder) as library:
        library.add([make("one"), make("two")])
        for file in folder.glob(f"{LEDGER_FILE}*"):
            file.unlink()

        def stop(done: int, total: int) -> None:
            raise KeyboardInterrupt

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("index.ledger.store.BATCH_ARTICLES", 1)
            with pytest.raises(KeyboardInterrupt):
                library.statements(progress=stop)
        assert {e.name for e in library.people().entities} == {"Ada Holm", "Tomas Reck"}
        assert library.people("Holm").entities[0].articles == 2


def test_what_cannot_be_written_can_be_checked(
    shelf: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shelf.statements().total
    shelf.close()
    monkeypatch.setattr(
        "index.ledger.store._open", lambda uri: _open(uri.replace("mode=rwc", "mode=ro"))
    )
    ledger = Ledger(Database(folder), read_only=False)
    assert ledger.find_fault() == ""
    with closing(sqlite3.connect(folder / LEDGER_FILE)) as connection:
        connection.execute("UPDATE statements SET cue_start = cue_start + 1")
        connection.commit()
    assert ledger.find_fault() == "is damaged"


@pytest.fixture
def left_open(monkeypatch: pytest.MonkeyPatch) -> set[sqlite3.Connection]:
    """Return the connections to the ledger that nobody has closed yet."""
    found: set[sqlite3.Connection] = set()
    connect = sqlite3.connect

    class Watched(sqlite3.Connection):
        def close(self) -> None:
            found.discard(self)
            super().close()

    def watch(place: str | Path, **options: object) -> sqlite3.Connection:
        if "ledger" not in str(place) and place != "file::memory:":
            return connect(place, **options)  # type: ignore[call-overload, no-any-return]
        connection: Watched = connect(place, factory=Watched, **options)  # type: ignore[call-overload]
        found.add(connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", watch)
    return found


def restore(library: Path, other: Path) -> None:
    make_backup(library, other / "backups")
    restore_backup(other / "backups", other / "restored")


@pytest.mark.on_disk
@pytest.mark.parametrize(
    "act",
    [
        restore,
        lambda library, other: copy_library(library, other / "copy"),
        lambda library, _: check_library(library, mend=True),
    ],
    ids=["restore", "copy", "check"],
)
def test_nothing_stays_open_on_a_full_disk(
    shelf: Library,
    tmp_path: Path,
    left_open: set[sqlite3.Connection],
    monkeypatch: pytest.MonkeyPatch,
    act: Callable[[Path, Path], object],
) -> None:
    shelf.close()
    monkeypatch.setattr(Ledger, "_open_file", lambda _: None)
    act(Path(shelf.path), tmp_path)
    assert left_open == set()


@pytest.mark.on_disk
@pytest.mark.parametrize("step", ["add_functions", "_prepare"])
def test_a_ledger_that_cannot_be_opened_is_closed(
    shelf: Library,
    left_open: set[sqlite3.Connection],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    def fail(_: object) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(store, step, fail)
    with closing(Database(Path(shelf.path))) as database:
        with pytest.raises(LibraryStorageError, match="is full"):
            Ledger(database, read_only=False).update()
        assert left_open == set()
