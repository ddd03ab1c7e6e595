"""Connections to a record: few for many threads, and reading where nothing can be written."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from index.errors import LibraryDamagedError, LibraryStorageError, LibraryVersionError
from index.record import connection_pool as connections
from index.record.connection_pool import MAX_READERS, RECORD_FILE
from index.record.database import Database
from onrecord import Article, HashEmbedder, Library

ROOT = Path(__file__).resolve().parents[3]
FERRY = Article("ferry", "Second ferry", "A second ferry takes 90 passengers.")


@pytest.fixture
def library(folder: Path) -> Path:
    with Library.create(folder, embedder=HashEmbedder()) as made:
        made.add([FERRY])
    return folder


def count_files(library: Path) -> int:
    """Return how many of this process's open files are of the record."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found += str(entry.readlink()).startswith(str(library / RECORD_FILE))
        except OSError:
            continue
    return found


def test_many_threads_share_few_connections(library: Path) -> None:
    with closing(Database(library)) as database:
        most = [0]

        def read() -> None:
            for _ in range(3):
                with database.reading() as reader:
                    most[0] = max(most[0], count_files(library))
                    assert reader.article("ferry") is not None

        threads = [threading.Thread(target=read) for _ in range(200)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most[0] <= 3 * MAX_READERS
        assert count_files(library) <= 3 * MAX_READERS
        with database.reading():
            pass
        assert count_files(library) <= 3 * MAX_READERS


def test_one_thread_may_read_as_often_as_it_likes_at_once(library: Path) -> None:
    with closing(Database(library)) as database, ExitStack() as stack:
        readers = [stack.enter_context(database.reading()) for _ in range(2 * MAX_READERS)]
        assert all(reader.article("ferry") for reader in readers)


def test_readers_that_keep_their_places_shut_out_nobody(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    with closing(Database(library)) as database:
        ready, done = threading.Barrier(MAX_READERS + 1), threading.Event()

        def keep() -> None:
            with database.reading():
                ready.wait()
                done.wait()

        threads = [threading.Thread(target=keep) for _ in range(MAX_READERS)]
        for thread in threads:
            thread.start()
        ready.wait()
        with database.reading() as reader:
            assert reader.article("ferry")
        done.set()
        for thread in threads:
            thread.join()


def test_too_few_files_are_named(library: Path) -> None:
    database = Database(library)
    database.close()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 2, hard))
    held = []
    try:
        with pytest.raises(LibraryStorageError, match="too many files are open"):  # noqa: PT012
            while True:
                try:
                    held.append(os.open(os.devnull, os.O_RDONLY))
                except OSError:
                    break
            Database(library)
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    Database(library).close()  # and it goes on where there are enough again


@pytest.mark.parametrize("length", [520, 3800])
def test_a_long_path_is_named(tmp_path: Path, length: int) -> None:
    folder = tmp_path
    while len(str(folder)) < length:
        folder /= "d" * min(200, max(1, length - len(str(folder)) - 1))
    with pytest.raises(LibraryStorageError, match=r"its path has [\d,]+ bytes.*choose a shorter"):
        Library.create(folder, embedder=HashEmbedder())


def test_a_newer_record_names_nobody_elses_package(library: Path) -> None:
    with closing(sqlite3.connect(library / RECORD_FILE)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryVersionError, match="newer OnRecord") as caught:
        Library.open(library)
    assert "pip" not in str(caught.value)


def test_every_bit_of_the_schema_may_flip(library: Path) -> None:
    record = library / RECORD_FILE
    sound = record.read_bytes()
    text = sound.index(b"CREATE TABLE articles")
    for place in range(text, text + 200, 3):
        for bit in (0, 5, 7):
            damaged = bytearray(sound)
            damaged[place] ^= 1 << bit
            record.write_bytes(damaged)
            try:
                with Library.open(library, embedder=HashEmbedder()) as opened:
                    assert opened.get("ferry").text == FERRY.text
            except LibraryDamagedError:
                pass
    record.write_bytes(sound)


FULL = textwrap.dedent(
    """
    import resource, signal, sys
    from pathlib import Path
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from onrecord import HashEmbedder, Library
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # every write fails, as on a full disk
    with Library.open(sys.argv[1], embedder=HashEmbedder()) as library:
        for _ in range(3):
            print(library.get("ferry").text, len(library.search("ferry", 3)))
    """
)


@pytest.mark.parametrize("has_log", [False, True])
def test_a_full_disk_can_be_read(library: Path, tmp_path: Path, *, has_log: bool) -> None:
    copy = tmp_path / "copy"
    with closing(Database(library)) as database:
        if has_log:
            with database.writing() as writer:
                writer.put_meta("later", "1")
        shutil.copytree(library, copy)
        (copy / f"{RECORD_FILE}-shm").unlink(missing_ok=True)
        if not has_log:
            (copy / f"{RECORD_FILE}-wal").unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(copy)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, f"{FERRY.text} 1\n" * 3), done.stderr
    assert "Traceback" not in done.stderr
