"""The process that parses foreign formats; ``isolated_loader`` starts and watches it.

It takes requests from standard input and answers with one message for each article and skip, as
``messages`` writes them. Before the first request it gives up every right that a parser does not
need, see ``sandbox``. It ends when its standard input ends, as it does when its parent is killed.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from queue import SimpleQueue
from typing import BinaryIO, Protocol, TypeAlias

from index.containment.messages import (
    MAX_HEADER_BYTES,
    MAX_TEXT_BYTES,
    OUT_OF_MEMORY,
    describe_loaded,
    pack,
    read_file_request,
    read_header,
)
from index.containment.sandbox import Alarm, confine
from index.errors import ArticleFormatError, OnRecordError, describe_failure
from index.formats.files import Place, SourceFile
from index.formats.memory import watch_memory
from index.types import Loaded, Skip


class LoadFile(Protocol):
    """Loads a file; see ``index.formats.load.load_file``.

    If its module has a function ``warm_up``, that is called before any right is given up.
    """

    def __call__(
        self, file: SourceFile, max_file_bytes: int, *, entering: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[Place, Loaded]]:
        """Yield the articles and skips of a file."""


Request: TypeAlias = tuple[dict[str, object], bytes]

# An orphaned process outlives its parent's deadline by this much.
_GRACE_SECONDS = 10.0
_RETIRING_SHARE = 3  # a process that has used a third of its memory is replaced


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--memory", type=int, required=True)
    arguments = parser.parse_args()
    output = _take_output()
    module, _, name = arguments.load.partition(":")
    loader = import_module(module)
    load: LoadFile = getattr(loader, name)
    warm_up: Callable[[], None] | None = getattr(loader, "warm_up", None)
    if warm_up is not None:
        warm_up()
    confine(arguments.memory)
    alarm = Alarm(arguments.seconds + _GRACE_SECONDS)
    server = Server(output, load, alarm, memory_bytes=arguments.memory)
    watch_memory(server.give_up)
    server.run(sys.stdin.buffer)


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
    """

    def __init__(
        self, output: BinaryIO, load: LoadFile, alarm: Alarm, *, memory_bytes: int
    ) -> None:
        self._output = output
        self._load = load
        self._alarm = alarm
        self._memory_bytes = memory_bytes

    def run(self, requests: BinaryIO) -> None:
        """Serve until there are no more requests."""
        waiting: SimpleQueue[Request] = SimpleQueue()
        threading.Thread(target=_receive, args=(requests, waiting), daemon=True).start()
        self._send({"ready": True})
        while True:
            self.answer(*waiting.get())

    def answer(self, request: Mapping[str, object], content: bytes = b"") -> None:
        """Answer a request with a message for each article and skip, and one at the end."""
        file, max_bytes, excluded = read_file_request(request, content)
        failure = ""

        def enter(member: SourceFile) -> bool:
            if member.name in excluded:
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
            failure = OUT_OF_MEMORY
        except ArticleFormatError as error:
            failure = error.reason
        except OnRecordError as error:
            failure = str(error)
        except Exception as error:  # noqa: BLE001 - a parser may raise anything
            failure = f"its parser failed ({describe_failure(error)})"
        self._alarm.clear()
        has_grown = _peak_bytes() > self._memory_bytes // _RETIRING_SHARE
        self._send({"done": failure, "last": failure == OUT_OF_MEMORY or has_grown})

    def give_up(self, allowed_bytes: int) -> None:
        """End the process while a parser is using more memory than allowed."""
        self._send({"done": OUT_OF_MEMORY, "allowed": allowed_bytes, "last": True})
        os._exit(0)

    def _send(self, message: Mapping[str, object], payload: bytes = b"") -> None:
        data = memoryview(pack(message, payload))
        while data:
            data = data[self._output.write(data) or 0 :]


def _peak_bytes() -> int:
    """Return the peak memory of this process, 0 if it is unknown.

    Not from ``getrusage`` on Linux: its figure survives an ``exec``, so it would be at least what
    the parent held, which may be a whole encoder.
    """
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - a confined process imports nothing
            return next(
                (int(line.split()[1]) * 1024 for line in status if line.startswith(b"VmHWM:")), 0
            )
    except OSError:
        pass
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


def _receive(requests: BinaryIO, waiting: SimpleQueue[Request]) -> None:
    """Read requests in a thread, so that their end is noticed while a parser is at work."""
    while line := requests.readline(MAX_HEADER_BYTES):
        message, n_bytes = read_header(line)
        waiting.put((message, requests.read(n_bytes)))
    os._exit(0)  # whatever the parser is doing, nobody waits for it


if __name__ == "__main__":
    main()
