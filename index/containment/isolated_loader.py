"""Files of foreign formats, loaded in a separate process.

Parsers of PDF or HTML read what strangers wrote, in native code. Here a parser may crash, hang, run
out of memory or be taken over at the cost of one skipped file: each file has a process of its own,
of which nothing is left for the next one. Whatever the file had yielded before is kept.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from index.containment.messages import (
    OUT_OF_MEMORY,
    GarbledError,
    describe_file,
    pack,
    read_line,
    read_loaded,
    read_reach,
)
from index.containment.parser_process import START_SECONDS, Bounds, ParserError, ParserProcess
from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile, open_file
from index.types import Article, Loaded, Skip

LOADER = "index.formats.load:load_file"
_STARTS = 3  # that may fail in a row


class IsolatedLoader:
    """Loads files in processes that are forked from one, which is started when it is first needed.

    A context manager.

    It loads one file at a time, for one thread at a time.

    Args:
        bounds: What one file may cost.
        loader: What the process loads files with, as ``module:function``.
        unconfined: Whether binary formats are parsed even where the process cannot be confined.

    Attributes:
        has_failed: Whether the parser of the last file was stopped, or it was refused. It may
            succeed another time, since time and memory also depend on what else the machine is
            doing.
        reach: What the process can reach although it should not, of ``probe.REACHES``; empty if it
            is confined, or was not needed so far.
    """

    def __init__(
        self, bounds: Bounds | None = None, *, loader: str = LOADER, unconfined: bool = False
    ) -> None:
        self.has_failed = False
        self.reach: tuple[str, ...] = ()
        self._unconfined = unconfined
        self._bounds = bounds or Bounds()
        self._loader = loader
        self._worker: ParserProcess | None = None
        self._lock = threading.Lock()
        self._failed_starts = 0
        self._is_stopped = False
        self._at = ""  # the member that is being read, in an archive

    def __enter__(self) -> IsolatedLoader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The id of the process that the others are forked from, if there is one."""
        worker = self._worker
        return None if worker is None else worker.pid

    def find_reach(self) -> tuple[str, ...]:
        """Return what a process can reach, see ``reach``.

        Raises:
            ParserError: If it does not start.
        """
        self._begin()
        return self.reach

    def load(self, file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
        """Yield what a file holds, articles and skips as they come, each with its place.

        If the parser is stopped, a skip names the file or, in an archive, the member that was being
        read; the archive is then read again without that member.
        """
        self.has_failed = False
        excluded: list[str] = []
        given: set[tuple[Place, str]] = set()
        is_over = False
        try:
            while not is_over:
                try:
                    for place, loaded in self._load(file, max_bytes, excluded):
                        key = place, _key(loaded)
                        if not excluded or key not in given:
                            given.add(key)
                            yield place, loaded
                    is_over = True
                except (ParserError, GarbledError) as error:
                    self.has_failed = True
                    name = self._at or file.name
                    yield Place(name), Skip(name, _describe(error))
                    is_over = not self._at or len(excluded) == self._bounds.excluded_members
                    excluded.append(name)
        finally:
            worker = self._worker
            if worker is not None:
                worker.end()

    def stop(self) -> None:
        """Stop loading for good; may be called from another thread."""
        with self._lock:
            self._is_stopped = True
            if self._worker is not None:
                self._worker.kill()

    def close(self) -> None:
        """End the process."""
        self._discard()

    def _load(
        self, file: SourceFile, max_bytes: int, excluded: Collection[str]
    ) -> Iterator[tuple[Place, Loaded]]:
        self._at = ""
        worker = self._begin()
        request = pack(*describe_file(file, max_bytes, excluded))
        if file.content is not None:
            worker.send(request, self._bounds.step_seconds)
        else:
            # The process may open nothing itself.
            try:
                with open_file(file) as stream:
                    worker.send(request, self._bounds.step_seconds, descriptor=stream.fileno())
            except ArticleFormatError as error:
                yield Place(file.name), Skip(file.name, error.reason)
                return
        spent = 0.0
        while True:
            started = time.monotonic()
            left = self._bounds.file_seconds - spent
            if left < self._bounds.step_seconds:
                message, payload = worker.receive(left, late=self._bounds.file_seconds)
            else:
                message, payload = worker.receive(self._bounds.step_seconds)
            spent += time.monotonic() - started
            if "done" in message:
                break
            if "at" in message:
                name = read_line(message["at"])
                self._at = name if name.startswith(f"{file.name}!") else ""
                continue
            place, loaded = read_loaded(message, payload)
            _check_origin(loaded, file)
            yield place, loaded
        self.has_failed |= message.get("refused") is True
        failure = read_line(message["done"])
        if failure == OUT_OF_MEMORY:
            allowed = message.get("allowed", self._bounds.memory_bytes)
            raise ParserError(f"its parser needed more than {_show_bytes(allowed)} of memory")
        if failure:
            name = self._at or file.name
            yield Place(name), Skip(name, failure)

    def _begin(self) -> ParserProcess:
        """Return the process that forks, a new one if it has ended; one for a file is ready."""
        if self._worker is not None:
            with suppress(ParserError):  # it may have ended since the last file
                return self._await_ready(self._worker)
            self._discard()
        if self._failed_starts >= _STARTS:
            raise ParserError(
                "the process that reads this format does not start;"
                f" '{Path(sys.executable).name} -m index.containment.worker' says why"
            )
        with self._lock:
            if self._is_stopped:
                raise ParserError("stopped")
            self._failed_starts += 1
            worker = self._worker = ParserProcess(
                self._loader, self._bounds, is_unconfined=self._unconfined
            )
        try:
            self._await_ready(worker)
        except (ParserError, GarbledError) as error:
            self._discard()
            raise ParserError(
                f"the process that reads this format did not start ({error})"
            ) from error
        self._failed_starts = 0
        return worker

    def _await_ready(self, worker: ParserProcess) -> ParserProcess:
        worker.begin()
        ready, _ = worker.receive(START_SECONDS)
        self.reach = read_reach(ready)
        return worker

    def _discard(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


def _key(loaded: Loaded) -> str:
    return loaded.article_id if isinstance(loaded, Article) else loaded.reason


def _describe(error: Exception) -> str:
    if isinstance(error, GarbledError):
        return f"its parser returned an invalid answer ({error})"
    return str(error)


def _check_origin(loaded: Loaded, file: SourceFile) -> None:
    """Refuse an article that claims to come from another file."""
    if isinstance(loaded, Article):
        inside, rest = loaded.origin[: len(file.location)], loaded.origin[len(file.location) :]
        if inside != file.location or (rest and not rest.startswith("!")):
            raise GarbledError("it claims to come from another file")


def _show_bytes(n_bytes: object) -> str:
    if type(n_bytes) is not int or n_bytes < 1:
        raise GarbledError("not a number of bytes")
    return f"{n_bytes / (1 << 30):.3g} GB" if n_bytes >= 1 << 30 else f"{n_bytes >> 20} MB"
