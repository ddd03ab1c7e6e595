"""Works on a library until it is killed or its disk fails; ``test_crashes.py`` starts it.

It reads tasks from standard input, one JSON object a line, and forks a child for each, which
makes a task cheap. What the child does it writes into a journal first, and again once it is
done, so that the test knows what must be there afterwards.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from index.errors import OnRecordError
from index.searching.vector_cache import VECTORS_FILE
from onrecord import AddProgress, Article, HashEmbedder, Library

DIMS = (16, 24)
STORIES = 40

Story = tuple[int, int]
"""Number and edition of a made-up article; an edition is its text."""


def make_article(story: Story) -> Article:
    number, version = story
    chance = random.Random(f"{number}/{version}")  # noqa: S311
    words = [f"word{chance.randrange(200)}" for _ in range(chance.choice((8, 20, 80)))]
    text = " ".join(f"{word.title()} met {word} again." for word in words)
    return Article(f"{number}", f"Story {number}, edition {version}", f"{text}\nThe end.")


def open_library(folder: Path) -> Library:
    with Library.open(folder) as library:
        encoder = library.encoder
    return Library.open(folder, embedder=HashEmbedder(encoder.dim if encoder else DIMS[0]))


class Journal:
    """What a child has begun and finished; each line is written at once."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, **entry: object) -> None:
        os.write(self._descriptor, (json.dumps(entry) + "\n").encode())

    def add(self, library: Library, stories: list[Story]) -> None:
        self.note(begin="add", stories=stories)

        def acknowledge(progress: AddProgress) -> None:
            self.note(committed=progress.articles)

        library.add(map(make_article, stories), progress=acknowledge, batch_passages=3)
        self.note(end=True)

    def remove(self, library: Library, numbers: Iterable[int]) -> None:
        ids = [str(number) for number in numbers]
        self.note(begin="remove", numbers=[int(i) for i in ids])
        library.delete(ids)
        self.note(end=True)

    def rebuild(self, folder: Path) -> None:
        self.note(begin="rebuild")
        (folder / VECTORS_FILE).unlink(missing_ok=True)
        with open_library(folder) as library:
            library.search("word7 met word8")
        self.note(end=True)

    def reencode(self, library: Library) -> None:
        self.note(begin="reencode")
        dim = library.embedder.identity.dim
        library.reencode(HashEmbedder(sum(DIMS) - dim), batch_passages=8)
        self.note(end=True)


def churn(task: dict[str, Any]) -> None:
    """Add, remove, rebuild and reencode at random until killed."""
    folder, journal = Path(task["folder"]), Journal(Path(task["journal"]))
    chance = random.Random(task["seed"])  # noqa: S311
    with open_library(folder) as library:
        while True:
            present = [int(summary.article_id) for summary in library.articles()]
            what = chance.random()
            if what < 0.6 or not present:
                numbers = chance.sample(range(STORIES), chance.randint(1, 8))
                journal.add(library, [(number, chance.randrange(1000)) for number in numbers])
            elif what < 0.8:
                journal.remove(library, chance.sample(present, min(len(present), 3)))
            elif what < 0.9:
                journal.rebuild(folder)
            else:
                journal.reencode(library)


def suffer(task: dict[str, Any]) -> None:
    """Do a fixed series of things on a disk that fails at the n-th call."""
    folder, journal = Path(task["folder"]), Journal(Path(task["journal"]))
    shim = ctypes.CDLL(None)
    shim.fail_disk(os.fsencode(folder), task["nth"], task["code"], task["manner"])
    libraries: list[Library] = []

    def attempt(act: Callable[[], object]) -> None:
        try:
            act()
        except OnRecordError as error:
            journal.note(error=type(error).__name__, message=str(error))
        except Exception:  # noqa: BLE001 - reported to the test, which fails
            journal.note(broken=traceback.format_exc())

    def begin() -> None:
        libraries.append(
            Library.create(folder, embedder=HashEmbedder(DIMS[0]))
            if task["is_new"]
            else open_library(folder)
        )

    attempt(begin)
    for library in libraries:
        attempt(lambda: journal.add(library, [(1, 7), (2, 7), (31, 7)]))  # noqa: B023
        attempt(lambda: journal.remove(library, [1]))  # noqa: B023
        if not task["is_new"]:
            attempt(lambda: journal.reencode(library))  # noqa: B023
    journal.note(calls=shim.count_calls())
    shim.fail_disk(b"", -1, 0, 0)
    for library in libraries:
        attempt(lambda: journal.note(found=len(library.search("word7 met word8", k=500))))  # noqa: B023
        library.close()


def warm_up() -> None:
    """Import now what is imported late, rather than in every child."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Library.create(folder, embedder=HashEmbedder(DIMS[0])) as library,
    ):
        library.add(make_article((1, 1)))
        library.search("word")


def main() -> None:
    warm_up()
    for line in sys.stdin:
        task = json.loads(line)
        child = os.fork()
        if not child:
            try:
                {"churn": churn, "suffer": suffer}[task["do"]](task)
                os._exit(0)
            except BaseException:  # noqa: BLE001 - the child must not return into the loop
                traceback.print_exc()
                os._exit(1)
        print(child, flush=True)  # noqa: T201
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
