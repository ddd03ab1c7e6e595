"""The process that parses foreign formats; ``index.containment.contain`` starts and watches it.

It takes requests from standard input and answers with a message for each article and skip, as in
``index.containment.wire``. Before the first one it gives up what a parser has no business with, see
``index.containment.confine``. When its standard input ends, as when its parent is killed, it ends.
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

from index.containment.confine import Alarm, confine
from index.containment.wire import (
    MAX_HEADER_BYTES,
    MAX_TEXT_BYTES,
    OUT_OF_MEMORY,
    describe_loaded,
    pack,
    read_file_request,
    read_header,
)
from index.errors import ArticleFormatError, OnRecordError, describe_failure
from index.formats.files import Place, SourceFile
from index.formats.memory import watch_memory
from index.types import Loaded, Skip


class Load(Protocol):
    """Loads a file; see ``index.adding.load.load_file``."""

    def __call__(
        self, file: SourceFile, max_file_bytes: int, *, entering: Callable[[SourceFile], bool]
    ) -> Iterator[tuple[Place, Loaded]]:
        """Yield what a file holds."""


Request: TypeAlias = tuple[dict[str, object], bytes]

# The process outlives its parent's deadline by this much where the parent is gone.
_GRACE_SECONDS = 10.0
_RETIRING_SHARE = 3  # a process that has held this part of its memory is replaced


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--memory", type=int, required=True)
    arguments = parser.parse_args()
    output = _take_output()
    module, _, name = arguments.load.partition(":")
    load: Load = getattr(import_module(module), name)
    _warm_up()
    confine(arguments.memory)
    alarm = Alarm(arguments.seconds + _GRACE_SECONDS)
    server = Server(output, load, alarm, memory_bytes=arguments.memory)
    watch_memory(server.give_up)
    server.run(sys.stdin.buffer)


def _warm_up() -> None:
    """Load what cannot be loaded later: loaders, and a language model that unpacks into a file."""
    from index.formats.registry import import_loaders
    from index.language.detection import detect_language

    import_loaders()
    detect_language("The harbour of the town was closed on Monday because of the ice.")


def _take_output() -> BinaryIO:
    """Return standard output, and leave nothing in its place: parsers print."""
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
        load: The loader.
        alarm: Set while a file is parsed, not while the parent takes its time with an answer.
        memory_bytes: What the process may have; one that had a good part of it retires.
    """

    def __init__(self, output: BinaryIO, load: Load, alarm: Alarm, *, memory_bytes: int) -> None:
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
        file, max_bytes, left_out = read_file_request(request, content)
        failure = ""

        def enter(member: SourceFile) -> bool:
            if member.name in left_out:
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
        is_last = failure == OUT_OF_MEMORY or self._has_grown()
        self._send({"done": failure, "last": is_last})

    def give_up(self, allowed_bytes: int) -> None:
        """End the process while a parser is at work that takes more memory than it may have.

        Args:
            allowed_bytes: What it may have.
        """
        self._send({"done": OUT_OF_MEMORY, "allowed": allowed_bytes, "last": True})
        os._exit(0)

    def _send(self, message: Mapping[str, object], payload: bytes = b"") -> None:
        data = memoryview(pack(message, payload))
        while data:
            data = data[self._output.write(data) or 0 :]

    def _has_grown(self) -> bool:
        return _peak_bytes() > self._memory_bytes // _RETIRING_SHARE


def _peak_bytes() -> int:
    """Return the most memory that this process has held, 0 where that cannot be told.

    On Linux not by ``getrusage``: its figure outlives an ``exec``, so that it is at least what the
    parent held, which may be a whole encoder.
    """
    try:
        with open("/proc/self/status", "rb") as status:  # noqa: PTH123 - nothing is to be loaded
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
    """Return a message that the parent accepts."""
    message, payload = describe_loaded(place, loaded)
    if len(payload) > MAX_TEXT_BYTES:
        reason = f"its text has {len(payload):,} bytes, more than {MAX_TEXT_BYTES:,}"
        return describe_loaded(place, Skip(str(place), reason))
    return message, payload


def _receive(requests: BinaryIO, waiting: SimpleQueue[Request]) -> None:
    """Take requests, so that the end of them is noticed while a parser is at work."""
    while line := requests.readline(MAX_HEADER_BYTES):
        message, n_bytes = read_header(line)
        waiting.put((message, requests.read(n_bytes)))
    os._exit(0)  # whatever the parser is doing: nobody waits for it


if __name__ == "__main__":
    main()
