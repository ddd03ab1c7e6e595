"""Kills, full disks, dying disks and flipped bits: what was committed is there, and is found."""

from __future__ import annotations

import errno
import functools
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crash_worker import DIMS, STORIES, make_article, open_library
from index.errors import LibraryDamagedError
from index.record.connection_pool import RECORD_FILE
from index.searching.vector_cache import VECTORS_FILE
from index.types import EncoderInput, Passage, PassageVectors
from onrecord import HashEmbedder, Library, check_library

KILLS = 200

State = dict[int, int]
"""Number -> edition of the articles that a library holds."""


class Worker:
    """A running ``crash_worker.py``."""

    def __init__(self, preload: Path | None = None) -> None:
        here = Path(__file__)
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(here.parent.parent)}
        if preload is not None:
            environment["LD_PRELOAD"] = str(preload)
        self._process = subprocess.Popen(
            [sys.executable, str(here.with_name("crash_worker.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def run(self, *, kill_after: float | None = None, **task: object) -> int:
        """Run a task in a child, kill it after some seconds, and return its exit status."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(task) + "\n")
        stdin.flush()
        child = int(stdout.readline())
        if kill_after is not None:
            time.sleep(kill_after)
            os.kill(child, signal.SIGKILL)
        return int(stdout.readline())

    def close(self) -> None:
        self._process.communicate(timeout=60)


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    """Yield a folder in memory where there is one; hundreds of libraries are synced into it."""
    memory = Path("/dev/shm")  # noqa: S108
    if not os.access(memory, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def failing_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    compiler = shutil.which("cc")
    assert compiler, "these tests need a C compiler: install gcc or clang"
    shim = tmp_path_factory.mktemp("shim") / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-Wall", "-Werror", "-o", shim, source, "-ldl"], check=True
    )
    worker = Worker(preload=shim)
    yield worker
    worker.close()


def read_journal(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def possible_states(before: State, journal: Sequence[dict[str, Any]]) -> list[State]:
    """Return what a library may hold after a journal.

    That is one state, but for operations that were cut off: of the batches of an ``add``, which
    commit in order, the acknowledged ones are there and the next ones may be; a ``remove`` has
    happened or has not.
    """
    states = [before]
    begins = [i for i, entry in enumerate(journal) if "begin" in entry]
    for first, last in itertools.pairwise([*begins, len(journal)]):
        operation = journal[first]
        course = journal[first + 1 : last]
        is_done = any("end" in entry for entry in course)
        if operation["begin"] == "add":
            stories = operation["stories"]
            committed = max((entry.get("committed", 0) for entry in course), default=0)
            counts = [len(stories)] if is_done else range(committed, len(stories) + 1)
            states = [state | dict(stories[:n]) for state in states for n in counts]
        elif operation["begin"] == "remove":
            gone = set(operation["numbers"])
            left = [{n: e for n, e in state.items() if n not in gone} for state in states]
            states = left if is_done else states + left
    return states


def examine(folder: Path, states: Sequence[State]) -> State:
    """Check that a library is sound, holds one of some states, and answers; return which."""
    with open_library(folder) as library:
        articles = [library.get(summary.article_id) for summary in library.articles()]
        state = {int(a.article_id): int(a.title.rpartition(" ")[2]) for a in articles}
        assert state in states
        assert articles == [
            make_article((int(a.article_id), state[int(a.article_id)])) for a in articles
        ]
        assert_answers(library)
    for finding in check_library(folder):
        assert finding.state != "bad", finding
    return state


@functools.cache
def embed(dim: int, title: str, passage: Passage) -> PassageVectors:
    spans = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
    (vectors,) = HashEmbedder(dim).embed_passages([EncoderInput(passage.text, spans, title)])
    return vectors


def assert_answers(library: Library) -> None:
    """Compare a search that returns everything with vectors made anew."""
    query = "word7 met word8"
    hits = library.search(query, k=500)
    assert sum(1 + len(hit.copies) for hit in hits) == library.statistics().passages
    embedder = library.embedder
    vector = embedder.embed_query(query)
    for hit in hits:
        own = embed(embedder.identity.dim, hit.article.title, hit.passage)
        assert hit.dense == pytest.approx(float(own.passage @ vector), abs=2e-3)
        assert np.allclose(hit.sentence_cosines, own.sentences @ vector, atol=2e-3)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.slow
def test_kills_lose_nothing_that_was_committed(worker: Worker, scratch: Path) -> None:
    chance = random.Random(4)  # noqa: S311
    folder = scratch / "library"
    Library.create(folder, embedder=HashEmbedder(DIMS[0])).close()
    state: State = {}
    cut_off: dict[str, int] = {}
    for number in range(KILLS):
        journal = scratch / f"journal-{number}"
        status = worker.run(
            do="churn",
            folder=str(folder),
            journal=str(journal),
            seed=number,
            kill_after=chance.uniform(0.01, 0.15),
        )
        assert status == -signal.SIGKILL
        entries = read_journal(journal) if journal.exists() else []
        if entries and "end" not in entries[-1]:
            name = next(e["begin"] for e in reversed(entries) if "begin" in e)
            cut_off[name] = cut_off.get(name, 0) + 1
        state = examine(folder, possible_states(state, entries))
    # The kills hit all there is to hit.
    assert set(cut_off) == {"add", "remove", "rebuild", "reencode"}


ONCE, FROM_THEN_ON, SHORT_WRITE_FIRST = range(3)


@pytest.mark.slow
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "existing"])
@pytest.mark.parametrize(
    ("code", "manner"),
    [
        (errno.EIO, ONCE),
        (errno.ENOSPC, FROM_THEN_ON),
        (errno.ENOSPC, SHORT_WRITE_FIRST),
    ],
    ids=["io-error", "full", "full-halfway"],
)
def test_every_failing_call_leaves_a_sound_library(
    failing_worker: Worker, scratch: Path, is_new: bool, code: int, manner: int
) -> None:
    template = scratch / "template"
    before: State = {}
    if not is_new:
        before = {1: 5, 2: 6, 3: 7}
        with Library.create(template, embedder=HashEmbedder(DIMS[0])) as library:
            library.add(map(make_article, before.items()))

    def suffer(nth: int) -> None:
        if not is_new:
            shutil.copytree(template, scratch / f"{nth}")
        failing_worker.run(
            do="suffer",
            folder=str(scratch / f"{nth}"),
            journal=str(scratch / f"journal-{nth}"),
            is_new=is_new,
            nth=nth,
            code=code,
            manner=manner,
        )

    with ThreadPoolExecutor(1) as other:  # the next one suffers while this one is looked at
        suffering = other.submit(suffer, 1)
        for nth in itertools.count(1):
            suffering.result()
            suffering = other.submit(suffer, nth + 1)
            entries = read_journal(scratch / f"journal-{nth}")
            assert_named(entries)
            examine_left(scratch / f"{nth}", possible_states(before, entries))
            if next(entry["calls"] for entry in entries if "calls" in entry) < nth:
                assert not any("error" in entry for entry in entries)
                break
    assert nth > 100


def assert_named(entries: Sequence[dict[str, Any]]) -> None:
    """Assert that whatever failed was named in one line."""
    assert [entry["broken"] for entry in entries if "broken" in entry] == []
    for entry in entries:
        if "error" in entry:
            # A removal finds nothing where the adding before it has failed.
            assert entry["error"] in {"LibraryStorageError", "ArticleNotFoundError"}, entry
            assert "\n" not in entry["message"]


def examine_left(folder: Path, states: Sequence[State]) -> None:
    """Check a library after a failure, and delete it; it may not have come into being."""
    if not (folder / RECORD_FILE).exists():
        assert states == [{}]
        Library.create(folder).close()
    examine(folder, states)
    shutil.rmtree(folder)


def fill(folder: Path) -> dict[str, Any]:
    """Make a library and return what a few searches of it give."""
    with Library.create(folder, embedder=HashEmbedder(DIMS[0])) as library:
        library.add(make_article((number, 1)) for number in range(STORIES))
        return search_all(library)


def search_all(library: Library) -> dict[str, Any]:
    return {query: library.search(query, k=200) for query in ("word7 met word8", "word1", "end")}


HEADER_PLACES = {
    "magic": 0,
    "format": 8,
    "library": 12,
    "generation": 28,
    "token": 36,
    "encoder": 52,
    "length": 84,
    "payload digest": 92,
    "count": 124,
    "newest passage": 132,
    "header digest": 140,
    "payload": 172,
}


def test_flipped_bits_of_the_search_structure_change_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = fill(tmp_path)
    file = tmp_path / VECTORS_FILE
    whole = file.read_bytes()
    places = [*HEADER_PLACES.values(), 176, len(whole) // 2, len(whole) - 400, len(whole) - 1]
    for place, bit in itertools.product(places, (0, 7)):
        flipped = bytearray(whole)
        flipped[place] ^= 1 << bit
        file.write_bytes(flipped)
        caplog.clear()
        with open_library(tmp_path) as library:
            assert search_all(library) == expected
        (message,) = caplog.messages
        assert "is damaged" in message
        assert file.read_bytes() == whole


def test_truncations_of_the_search_structure_change_no_answer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    expected = fill(tmp_path)
    file = tmp_path / VECTORS_FILE
    whole = file.read_bytes()
    for length in (0, *HEADER_PLACES.values(), 200, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        caplog.clear()
        with open_library(tmp_path) as library:
            assert search_all(library) == expected
        (message,) = caplog.messages
        assert "is damaged" in message


NOISE = random.Random(1).randbytes(8192)  # noqa: S311


@pytest.mark.parametrize("rubbish", [bytes(8192), NOISE], ids=["zeros", "noise"])
def test_overwritten_page_of_the_record_is_named_and_never_quoted(
    tmp_path: Path, rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    expected = fill(tmp_path / "sound")
    pages = (tmp_path / "sound" / RECORD_FILE).stat().st_size // len(rubbish)
    named = 0
    for page in range(pages):
        folder = tmp_path / f"{page}"
        shutil.copytree(tmp_path / "sound", folder)
        with (folder / RECORD_FILE).open("r+b") as stream:
            stream.seek(page * len(rubbish))
            stream.write(rubbish)
        found: dict[str, Any] = {}
        with suppress(LibraryDamagedError), open_library(folder) as library:
            found = search_all(library)
        for query, hits in found.items():
            # The full-text index may have suffered, which scores differently.
            assert {hit.passage for hit in hits} == {hit.passage for hit in expected[query]}
        named += not found
        findings = check_library(folder, mend=False)
        assert any(finding.state == "bad" for finding in findings), page
    assert named > pages / 2
