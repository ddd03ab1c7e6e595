"""The process that a parser runs in: started, talked to within time limits, and killed.

It is told little and its answers are not trusted. If it does not answer, the reason is given in
words for a skip.
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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.containment.messages import MAX_HEADER_BYTES, GarbledError, read_header
from index.formats.limits import MAX_FILE_SECONDS, MAX_MEMORY_BYTES, MAX_STEP_SECONDS

START_SECONDS = 60.0
"""How long a process may take to start; seconds even on a busy machine."""

_MODULE = "index.containment.worker"
_READ_BYTES = 1 << 20
_EXIT_SECONDS = 5.0
_KEPT_ENVIRONMENT = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TZ")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one file may cost.

    Attributes:
        step_seconds: Wall time until the next article of a file.
        file_seconds: Wall time for the whole of a file, however many articles it gives.
        memory_bytes: Address space of the process.
        excluded_members: How many members of one archive may stop the parser before the rest of
            the archive is skipped.
    """

    step_seconds: float = MAX_STEP_SECONDS
    file_seconds: float = MAX_FILE_SECONDS
    memory_bytes: int = MAX_MEMORY_BYTES
    excluded_members: int = 20


class ParserError(Exception):
    """The process failed; the message is the reason, for a skip."""


class ParserProcess:
    """A process that parses, and the pipes to it.

    Args:
        loader: What it loads files with, as ``module:function``.
        bounds: What one file may cost.

    Raises:
        ParserError: If it cannot be started.
    """

    def __init__(self, loader: str, bounds: Bounds) -> None:
        self._limit = START_SECONDS
        command = [sys.executable, "-P", "-s", "-m", _MODULE, "--load", loader]
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
        """The id of the process."""
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
            late: The limit to name if it does not come, if not ``seconds``.

        Raises:
            ParserError: If it does not come in time, or the process has ended.
            GarbledError: If it is not a message.
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
        """Kill the process, and wait until it is gone."""
        with self._kill_lock:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Kill the process and close its pipes."""
        self.kill()
        self._input.close()
        self._output.close()

    def _read(self, deadline: float) -> None:
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
        try:
            status = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            return "its parser stopped answering"
        if -status in {signal.SIGALRM, signal.SIGXCPU}:
            return self._describe_lateness()
        if -status == signal.SIGKILL:
            return "its parser was killed, as happens where memory runs out"
        if status >= 0:
            return f"its parser ended without an answer (status {status})"
        with suppress(ValueError):
            return f"its parser crashed ({signal.Signals(-status).name})"
        return f"its parser crashed (signal {-status})"


def _environment() -> dict[str, str]:
    """Return the few variables that the process gets, and where its modules are."""
    home = str(Path(__file__).resolve().parents[2])
    paths = [home, *(path for path in sys.path if Path(path).is_absolute())]
    return {
        **{name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ},
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "ORT_DISABLE_TELEMETRY": "1",  # it has no network; so it need not try
        # One thread is enough, and each takes address space.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
