"""Parsers of foreign formats, kept in a process of their own.

A parser of PDF or HTML reads what strangers wrote, in native code. Here it may crash, hang, eat
memory or be taken over, and that costs one skipped file: the process is killed, and the next file
gets a new one. What the file had given before is kept.
"""

from __future__ import annotations

import math
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

import index
from index.containment.wire import (
    MAX_HEADER_BYTES,
    OUT_OF_MEMORY,
    GarbledError,
    describe_file,
    pack,
    read_header,
    read_line,
    read_loaded,
)
from index.files import Place, SourceFile
from index.formats.limits import MAX_FILE_SECONDS, MAX_MEMORY_BYTES, MAX_STEP_SECONDS
from index.types import Article, Loaded, Skip

LOADER = "index.load:load_file"

START_SECONDS = 60.0
"""How long a process may take to start; seconds even on a busy machine."""

_WORKER = "index.containment.contain_worker"
_READ_BYTES = 1 << 20
_FAREWELL_SECONDS = 5.0
_STARTS = 3  # that may fail in a row
_MOST_LEFT_OUT = 20  # files of one archive
_KEPT_ENVIRONMENT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost.

    Attributes:
        step_seconds: Wall time until the next article of a file.
        file_seconds: Wall time for the whole of a file, however many articles it gives.
        memory_bytes: Address space of the process.
    """

    step_seconds: float = MAX_STEP_SECONDS
    file_seconds: float = MAX_FILE_SECONDS
    memory_bytes: int = MAX_MEMORY_BYTES


class ParserError(Exception):
    """The process did not do its work; the message is the reason, for a skip."""


class Container:
    """Loads files in a process that is started when it is first needed.

    One file at a time, by one thread at a time. A context manager.

    Args:
        bounds: What one file may cost.
        loader: What the process loads files with, as ``module:function``; in tests, a bad one.

    Attributes:
        has_failed: Whether the parser of the last file was stopped, which the next time it may
            not be: time and memory are not the file's alone.
    """

    def __init__(self, bounds: Bounds | None = None, *, loader: str = LOADER) -> None:
        self.has_failed = False
        self._bounds = bounds or Bounds()
        self._loader = loader
        self._worker: _Worker | None = None
        self._lock = threading.Lock()
        self._failed_starts = 0
        self._is_stopped = False
        self._at = ""  # the file inside the one that is loaded

    def __enter__(self) -> Container:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process, if there is one."""
        worker = self._worker
        return None if worker is None else worker.pid

    def load(self, file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
        """Yield what a file holds, each with its place.

        Args:
            file: The file.
            max_bytes: The most bytes that one article may have.

        Yields:
            Articles and skips as they come. Where the parser was stopped, a skip names the file,
            or the one inside it that was being read; the rest of an archive is then read without
            that one.
        """
        self.has_failed = False
        left_out: list[str] = []
        given: set[tuple[Place, str]] = set()
        is_over = False
        try:
            while not is_over:
                try:
                    for place, loaded in self._load(file, max_bytes, left_out):
                        key = place, _key(loaded)
                        if not left_out or key not in given:
                            given.add(key)
                            yield place, loaded
                    is_over = True
                except (ParserError, GarbledError) as error:
                    self.has_failed = True
                    self._discard()
                    name = self._at or file.name
                    yield Place(name), Skip(name, _describe(error))
                    # What is left of an archive is read without the file that was too much.
                    is_over = not self._at or len(left_out) == _MOST_LEFT_OUT
                    left_out.append(name)
        finally:
            if not is_over:
                self._discard()

    def stop(self) -> None:
        """Cut off what is being loaded, for good; may be called from another thread."""
        with self._lock:
            self._is_stopped = True
            if self._worker is not None:
                self._worker.kill()

    def close(self) -> None:
        """End the process."""
        self._discard()

    def _load(
        self, file: SourceFile, max_bytes: int, left_out: Collection[str]
    ) -> Iterator[tuple[Place, Loaded]]:
        self._at = ""
        worker = self._send(pack(*describe_file(file, max_bytes, left_out)))
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
        if message.get("last") is True:
            self._discard()
        failure = read_line(message["done"])
        if failure == OUT_OF_MEMORY:
            allowed = message.get("allowed", self._bounds.memory_bytes)
            raise ParserError(f"its parser needed more than {_show_bytes(allowed)} of memory")
        if failure:
            name = self._at or file.name
            yield Place(name), Skip(name, failure)

    def _send(self, request: bytes) -> _Worker:
        """Send a request to the process, to a new one if need be."""
        if self._worker is not None:
            with suppress(ParserError):  # it may have ended since the last file
                self._worker.send(request, self._bounds.step_seconds)
                return self._worker
            self._discard()
        worker = self._start()
        worker.send(request, self._bounds.step_seconds)
        return worker

    def _start(self) -> _Worker:
        if self._failed_starts >= _STARTS:
            raise ParserError(
                "the process that reads this format does not start;"
                f" '{Path(sys.executable).name} -m index.containment.contain_worker' says why"
            )
        with self._lock:
            if self._is_stopped:
                raise ParserError("stopped")
            self._failed_starts += 1
            worker = self._worker = _Worker(self._loader, self._bounds)
        try:
            worker.receive(START_SECONDS)
        except (ParserError, GarbledError) as error:
            raise ParserError(
                f"the process that reads this format did not start ({error})"
            ) from error
        self._failed_starts = 0
        return worker

    def _discard(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.close()


class _Worker:
    """A running process."""

    def __init__(self, loader: str, bounds: Bounds) -> None:
        self._limit = START_SECONDS
        command = [sys.executable, "-P", "-s", "-m", _WORKER, "--load", loader]
        command += ["--seconds", str(bounds.step_seconds), "--memory", str(bounds.memory_bytes)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                cwd="/",
                env=_environment(),
                close_fds=True,
                start_new_session=True,  # Ctrl-C is for the parent to act on
            )
        except OSError as error:
            raise ParserError(f"its parser could not be started ({error.strerror})") from error
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("a process that was started with pipes has none")
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        self._received = bytearray()
        for pipe in (self._input, self._output):
            os.set_blocking(pipe.fileno(), False)
        self._kill_lock = threading.Lock()

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: bytes, seconds: float) -> None:
        """Send a request.

        Raises:
            ParserError: If the process has ended, or does not listen.
        """
        deadline = time.monotonic() + seconds
        self._limit = seconds
        rest = memoryview(request)
        while rest:
            self._await(self._input, select.POLLOUT, deadline)
            try:
                rest = rest[os.write(self._input.fileno(), rest[:_READ_BYTES]) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError) as error:
                raise ParserError(self._describe_end()) from error

    def receive(
        self, seconds: float, *, late: float | None = None
    ) -> tuple[dict[str, object], bytes]:
        """Return the next message and what follows it.

        Args:
            seconds: How long to wait.
            late: The limit to name if it does not come, where that is another one.

        Raises:
            ParserError: If it does not come in time, or the process has ended.
            GarbledError: If it is none.
        """
        deadline = time.monotonic() + seconds
        self._limit = seconds if late is None else late
        searched = 0
        while (end := self._received.find(b"\n", searched)) < 0:
            searched = len(self._received)
            if searched > MAX_HEADER_BYTES:
                raise GarbledError("a message without end")
            self._read(deadline)
        message, n_bytes = read_header(bytes(self._received[:end]))
        while len(self._received) < end + 1 + n_bytes:
            self._read(deadline)
        payload = bytes(self._received[end + 1 : end + 1 + n_bytes])
        del self._received[: end + 1 + n_bytes]
        return message, payload

    def kill(self) -> None:
        """End the process at once, and wait until it is gone."""
        with self._kill_lock:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """End the process, and let go of its pipes."""
        self.kill()
        self._input.close()
        self._output.close()

    def _read(self, deadline: float) -> None:
        """Receive some more bytes."""
        self._await(self._output, select.POLLIN, deadline)
        try:
            received = os.read(self._output.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise ParserError(self._describe_end()) from error
        if not received:
            raise ParserError(self._describe_end())
        self._received += received

    def _await(self, pipe: IO[bytes], event: int, deadline: float) -> None:
        """Wait until a pipe is ready, or the process has ended."""
        poll = select.poll()
        poll.register(pipe.fileno(), event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(math.ceil(left * 1000)):
            raise ParserError(self._describe_lateness())

    def _describe_lateness(self) -> str:
        return f"its parser took longer than {self._limit:g} s"

    def _describe_end(self) -> str:
        """Return what became of the process."""
        try:
            status = self._process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            return "its parser stopped to answer"
        if -status in {signal.SIGALRM, signal.SIGXCPU}:
            return self._describe_lateness()
        if -status == signal.SIGKILL:
            return "its parser was killed, as happens where memory runs out"
        if status >= 0:
            return f"its parser ended without an answer (status {status})"
        with suppress(ValueError):
            return f"its parser crashed ({signal.Signals(-status).name})"
        return f"its parser crashed (signal {-status})"


def _key(loaded: Loaded) -> str:
    return loaded.article_id if isinstance(loaded, Article) else loaded.reason


def _describe(error: Exception) -> str:
    if isinstance(error, GarbledError):
        return f"its parser gave what cannot be read ({error})"
    return str(error)


def _environment() -> dict[str, str]:
    """Return the little that the process is told, and where its modules are."""
    home = str(Path(index.__file__).resolve().parent.parent)
    paths = [home, *(path for path in sys.path if Path(path).is_absolute())]
    return {
        **{name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        # One thread is enough, and each takes address space.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _check_origin(loaded: Loaded, file: SourceFile) -> None:
    """Refuse an article that claims to come from another file.

    Raises:
        GarbledError: If it does.
    """
    if isinstance(loaded, Article):
        inside, rest = loaded.origin[: len(file.location)], loaded.origin[len(file.location) :]
        if inside != file.location or (rest and not rest.startswith("!")):
            raise GarbledError("it claims to come from another file")


def _show_bytes(n_bytes: object) -> str:
    if type(n_bytes) is not int or n_bytes < 1:
        raise GarbledError("not a number of bytes")
    return f"{n_bytes / (1 << 30):.3g} GB" if n_bytes >= 1 << 30 else f"{n_bytes >> 20} MB"
