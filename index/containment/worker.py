"""The process that parses foreign formats; ``isolated_loader`` starts and watches it.

It takes requests from a socket that is its standard input, each with its file or the descriptor of
it, and answers with one message for each article and skip, as ``messages`` writes them. Before the
first request it gives up every right that a parser does not need, see ``sandbox``, and says what it
can reach all the same. It ends when its standard input ends or its parent is killed.
"""

from __future__ import annotations

import argparse
import math
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO, NamedTuple, Protocol

from index.containment.messages import (
    MAX_TEXT_BYTES,
    OUT_OF_MEMORY,
    describe_loaded,
    pack,
    read_file_request,
    read_header,
)
from index.containment.probe import describe_refusal, find_reach
from index.containment.sandbox import Alarm, confine, end_with_parent, seal
from index.errors import ArticleFormatError, OnRecordError, describe_failure
from index.formats.files import Place, SourceFile
from index.formats.memory import read_memory, watch_memory
from index.formats.registry import is_binary
from index.types import Loaded, Skip


class LoadFile(Protocol):
    """Loads a file; see ``index.formats.load.load_file``.

    If its module has a function ``warm_up``, that is called before any right is given up.
    """

    def __call__(
        self, file: SourceFile, max_file_bytes: int, *, entering: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[Place, Loaded]]:
        """Yield the articles and skips of a file."""


class Request(NamedTuple):
    """A request, as it arrives.

    Attributes:
        message: See ``messages.describe_file``.
        content: The content of a file in memory.
        descriptor: What a file on disk is open as; None for a file in memory.
    """

    message: Mapping[str, object]
    content: bytes = b""
    descriptor: int | None = None


# An orphaned process outlives its parent's deadline by this much.
_GRACE_SECONDS = 10.0
_RETIRING_SHARE = 3  # a process that has used a third of its memory is replaced
_RECEIVED_BYTES = 1 << 20


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    parser.add_argument("--step-seconds", type=float, required=True)
    parser.add_argument("--file-seconds", type=float, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--unconfined", action="store_true")
    arguments = parser.parse_args()
    end_with_parent(arguments.parent)
    output, requests = _take_output(), socket.socket(fileno=0)
    module, _, name = arguments.load.partition(":")
    loader = import_module(module)
    load: LoadFile = getattr(loader, name)
    warm_up: Callable[[], None] | None = getattr(loader, "warm_up", None)
    if warm_up is not None:
        warm_up()
    server = Server(
        output,
        load,
        Alarm(arguments.step_seconds + _GRACE_SECONDS),
        memory_bytes=arguments.memory,
        processor_seconds=arguments.file_seconds,
    )
    read_memory()
    # Twice what one file may take: a process is replaced once it has used that.
    confine(Path(loader.__file__ or ""), arguments.memory, 2 * arguments.file_seconds)
    watch_memory(server.give_up)
    server.listen(requests)
    seal()
    server.run(find_reach(), is_unconfined=arguments.unconfined)


def _take_output() -> BinaryIO:
    """Return standard output and replace it by the null device: parsers print."""
    output = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return os.fdopen(output, "wb", buffering=0)


class Server:
    """Answers requests, one after the other.

    Args:
        output: Where the answers go.
        load: Loads a file.
        alarm: Runs while a file is parsed, not while the parent handles an answer.
        memory_bytes: Memory limit of the process; one that has used much of it retires.
        processor_seconds: Processor time after which it retires.
    """

    def __init__(
        self,
        output: BinaryIO,
        load: LoadFile,
        alarm: Alarm,
        *,
        memory_bytes: int,
        processor_seconds: float = math.inf,
    ) -> None:
        self._output = output
        self._load = load
        self._alarm = alarm
        self._memory_bytes = memory_bytes
        self._processor_seconds = processor_seconds
        self._status = _open_status()
        self._waiting: SimpleQueue[Request] = SimpleQueue()
        self._refusal = ""
        self._has_refused = False

    def listen(self, requests: socket.socket) -> None:
        """Take requests from now on, in a thread."""
        threading.Thread(target=_receive, args=(requests, self._waiting), daemon=True).start()

    def run(self, reach: Sequence[str], *, is_unconfined: bool) -> None:
        """Answer until there are no more requests.

        Args:
            reach: What this process can reach, and should not.
            is_unconfined: Whether binary files are parsed all the same.
        """
        if reach and not is_unconfined:
            self._refusal = describe_refusal(reach)
        self._send({"ready": True, "reach": list(reach)})
        while True:
            self.answer(self._waiting.get())

    def answer(self, request: Request) -> None:
        """Answer a request with a message for each article and skip, and one at the end."""
        file, max_bytes, excluded = read_file_request(*request)
        self._has_refused = self._refuses(file)
        failure = self._refusal if self._has_refused else self._parse(file, max_bytes, excluded)
        if request.descriptor is not None:
            os.close(request.descriptor)
        is_last = failure == OUT_OF_MEMORY or self._is_worn()
        self._send({"done": failure, "last": is_last, "refused": self._has_refused})

    def _parse(self, file: SourceFile, max_bytes: int, excluded: Collection[str]) -> str:
        """Send what a file holds; return why it was not read to its end, if so."""

        def enter(member: SourceFile) -> bool:
            if member.name in excluded:
                return False
            if self._refuses(member):
                self._has_refused = True
                self._send(*describe_loaded(Place(member.name), Skip(member.name, self._refusal)))
                return False
            self._send({"at": member.name})
            return True

        self._alarm.set()
        try:
            for place, loaded in self._load(file, max_bytes, entering=enter):
                self._alarm.clear()
                self._send(*_fit(place, loaded))
                self._alarm.set()
        except MemoryError:
            return OUT_OF_MEMORY
        except ArticleFormatError as error:
            return error.reason
        except OnRecordError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 - a parser may raise anything
            return f"its parser failed ({describe_failure(error)})"
        finally:
            self._alarm.clear()
        return ""

    def _refuses(self, file: SourceFile) -> bool:
        return bool(self._refusal) and is_binary(file)

    def _is_worn(self) -> bool:
        """Tell whether this process has used so much that the next file should get a new one."""
        return (
            _peak_bytes(self._status) > self._memory_bytes // _RETIRING_SHARE
            or time.process_time() > self._processor_seconds
        )

    def give_up(self, allowed_bytes: int) -> None:
        """End the process while a parser is using more memory than allowed."""
        self._send({"done": OUT_OF_MEMORY, "allowed": allowed_bytes, "last": True})
        os._exit(0)

    def _send(self, message: Mapping[str, object], payload: bytes = b"") -> None:
        data = memoryview(pack(message, payload))
        while data:
            data = data[self._output.write(data) or 0 :]


def _open_status() -> int | None:
    try:
        return os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _peak_bytes(status: int | None) -> int:
    """Return the peak memory of this process, 0 if it is unknown.

    Not from ``getrusage`` on Linux: its figure survives an ``exec``, so it would be at least what
    the parent held, which may be a whole encoder.

    Args:
        status: What the process's own entry in ``/proc`` is open as.
    """
    if status is not None:
        lines = os.pread(status, _RECEIVED_BYTES, 0).splitlines()
        peaks = (int(line.split()[1]) for line in lines if line.startswith(b"VmHWM:"))
        return 1024 * next(peaks, 0)
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _fit(place: Place, loaded: Loaded) -> tuple[dict[str, object], bytes]:
    """Return a message within the limits that the parent accepts."""
    message, payload = describe_loaded(place, loaded)
    if len(payload) > MAX_TEXT_BYTES:
        reason = f"its text has {len(payload):,} bytes, more than {MAX_TEXT_BYTES:,}"
        return describe_loaded(place, Skip(str(place), reason))
    return message, payload


def _receive(requests: socket.socket, waiting: SimpleQueue[Request]) -> None:
    """Read requests in a thread, so that their end is noticed while a parser is at work."""
    received = bytearray()
    descriptors: list[int] = []
    while True:
        data, given, _, _ = socket.recv_fds(requests, _RECEIVED_BYTES, 1)
        descriptors += given
        received += data
        if not data:
            os._exit(0)  # whatever the parser is doing, nobody waits for it
        end = received.find(b"\n")
        if end < 0:
            continue
        message, n_bytes = read_header(bytes(received[:end]))
        if len(received) < end + 1 + n_bytes:
            continue
        content = bytes(received[end + 1 : end + 1 + n_bytes])
        del received[: end + 1 + n_bytes]
        waiting.put(Request(message, content, None if message["in_memory"] else descriptors.pop()))


if __name__ == "__main__":
    main()
