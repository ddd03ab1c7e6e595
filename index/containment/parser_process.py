"""The processes that parsers run in: started, talked to within time limits, and killed.

One process loads the parsers and is never given a file; it forks another one for each file, see
``worker``. That is told little and its answers are not trusted. If it does not answer, the reason
is given in words for a skip.
"""

from __future__ import annotations

import json
import math
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from index.containment.messages import MAX_HEADER_BYTES, GarbledError, read_header
from index.formats.limits import MAX_FILE_SECONDS, MAX_MEMORY_BYTES, MAX_STEP_SECONDS

BEGIN, TELL, END = b"b", b"t", b"e"
"""What the first process is sent: to fork another; to end that and tell how it ended; to end it."""

START_SECONDS = 60.0
"""How long a process may take to start; seconds even on a busy machine."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1));"
    " from index.containment.worker import main; main()"
)
_READ_BYTES = 1 << 20
_EXIT_SECONDS = 5.0
# One thread is enough: each takes address space, and after a while none can be started.
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # it has no network; so it need not try
}
# Where its libraries and the scratch file of one of them lie; nothing else is passed on.
_PASSED_ON = ("LD_LIBRARY_PATH", "TMPDIR")


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
    """A process that forks one for each file, and the socket to the latest of these.

    Args:
        loader: What files are loaded with, as ``module:function``.
        bounds: What one file may cost.
        is_unconfined: Whether binary formats are parsed even if this system cannot confine it.

    Raises:
        ParserError: If it cannot be started.
    """

    def __init__(self, loader: str, bounds: Bounds, *, is_unconfined: bool = False) -> None:
        self._limit = START_SECONDS
        command = [sys.executable, "-I", "-B", "-X", "utf8", "-c", _START, _module_paths()]
        command += ["--load", loader, "--parent", str(os.getpid())]
        command += ["--step-seconds", str(bounds.step_seconds)]
        command += ["--file-seconds", str(bounds.file_seconds)]
        command += ["--memory", str(bounds.memory_bytes)]
        command += ["--unconfined"] * is_unconfined
        self._orders, its_end = _make_sockets()
        self._is_over = threading.Event()
        started: Future[subprocess.Popen[bytes]] = Future()
        # Linux kills a process that asks to die with its parent when the thread ends that started
        # it; and whoever needs a parser may be a thread that soon ends.
        self._keeper = threading.Thread(
            target=_keep, args=(command, its_end, started, self._is_over), daemon=True
        )
        self._keeper.start()
        try:
            self._process = started.result()
        except OSError as error:
            self._orders.close()
            raise ParserError(f"its parser could not be started ({error.strerror})") from error
        self._orders.settimeout(_EXIT_SECONDS)
        self._channel: socket.socket | None = None
        self._received = bytearray()
        self._kill_lock = threading.Lock()
        self._is_gone = False

    @property
    def pid(self) -> int:
        """The id of the process that forks."""
        return self._process.pid

    def begin(self) -> None:
        """Have a process forked, for one file; the one before has ended then.

        Raises:
            ParserError: If the process that forks has ended, or does not listen.
        """
        self._close_channel()
        self._channel, its_end = _make_sockets()
        self._channel.setblocking(False)  # noqa: FBT003 - as the standard library has it
        with its_end:
            try:
                socket.send_fds(self._orders, [BEGIN], [its_end.fileno()])
            except OSError as error:
                raise ParserError(self._describe_end()) from error

    def end(self) -> None:
        """Have the process of the file killed, if it has not ended."""
        self._close_channel()
        with suppress(OSError):  # then there is no process left
            self._orders.sendall(END)

    def send(self, request: bytes, seconds: float, *, descriptor: int | None = None) -> None:
        """Send a request, and what its file is open as.

        Raises:
            ParserError: If the process has ended, or does not listen.
        """
        deadline = time.monotonic() + seconds
        self._limit = seconds
        given = [] if descriptor is None else [descriptor]
        rest = memoryview(request)
        while rest:
            channel = self._await(select.POLLOUT, deadline)
            try:
                rest = rest[socket.send_fds(channel, [rest[:_READ_BYTES]], given) :]
            except BlockingIOError:
                continue
            except (OSError, ValueError) as error:
                raise ParserError(self._describe_end()) from error
            given = []

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
        """Kill the process and all that it may have started, and wait until it is gone."""
        with self._kill_lock:
            if self._is_gone:
                return
            if self._process.poll() is None:
                with suppress(ProcessLookupError, PermissionError):  # nobody is left
                    os.killpg(self.pid, signal.SIGKILL)
                self._process.wait()
            self._is_gone = True
            self._is_over.set()
            self._keeper.join()

    def close(self) -> None:
        """End the process, and the one of a file before it, and close what leads to them."""
        self._close_channel()
        self._orders.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_SECONDS)
        self.kill()

    def _close_channel(self) -> None:
        self._received.clear()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _read(self, deadline: float) -> None:
        channel = self._await(select.POLLIN, deadline)
        try:
            received = channel.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            raise ParserError(self._describe_end()) from error
        if not received:
            raise ParserError(self._describe_end())
        self._received += received

    def _await(self, event: int, deadline: float) -> socket.socket:
        """Return the socket to the process as soon as it is ready, or that process has ended."""
        if self._channel is None:
            raise ParserError("its parser was not begun")
        poll = select.poll()
        poll.register(self._channel.fileno(), event)
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(math.ceil(left * 1000)):
            raise ParserError(self._describe_lateness())
        return self._channel

    def _describe_lateness(self) -> str:
        return f"its parser took longer than {self._limit:g} s"

    def _describe_end(self) -> str:
        try:
            status = self._read_status()
        except (OSError, subprocess.TimeoutExpired):
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

    def _read_status(self) -> int:
        """Return how the process of the file ended, or the one that forks if it has ended too."""
        with suppress(ConnectionError):
            self._orders.sendall(TELL)
            told = self._orders.recv(4)
            if len(told) == 4:  # noqa: PLR2004
                return int.from_bytes(told, "big", signed=True)
        return self._process.wait(_EXIT_SECONDS)


def _make_sockets() -> tuple[socket.socket, socket.socket]:
    try:
        return socket.socketpair()
    except OSError as error:
        raise ParserError(f"its parser could not be started ({error.strerror})") from error


def _keep(
    command: Sequence[str],
    orders: socket.socket,
    started: Future[subprocess.Popen[bytes]],
    is_over: threading.Event,
) -> None:
    """Start a process that takes orders from a socket, and wait until it is over."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    try:
        with orders:
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=orders.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
                env=_ENVIRONMENT | passed_on,
                close_fds=True,
                start_new_session=True,  # so that all of it can be killed, and by us alone
            )
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        started.set_exception(error)
        return
    started.set_result(process)
    is_over.wait()


def _module_paths() -> str:
    """Return where the process finds its modules, as JSON: where this one does."""
    home = str(Path(__file__).resolve().parents[2])
    paths = [path for path in sys.path if Path(path).is_absolute()]
    return json.dumps(paths if home in paths else [home, *paths])
