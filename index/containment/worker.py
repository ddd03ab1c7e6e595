"""The processes that parse foreign formats; ``parser_process`` starts and watches them.

The first one, the template, loads the parsers and reads no file. For each file it is sent a socket
and forks a process, so that nothing of one file reaches the next. That process gives up every right
that a parser does not need, see ``sandbox``, and says what it can reach all the same; then it takes
one request from the socket, with the file or the descriptor of it, and answers with one message for
each article and skip, as ``messages`` writes them. All end when the template's standard input ends
or its parent is killed.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import socket
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from index.containment.messages import (
    MAX_TEXT_BYTES,
    OUT_OF_MEMORY,
    describe_loaded,
    pack,
    read_file_request,
    read_header,
)
from index.containment.parser_process import BEGIN, TELL
from index.containment.probe import describe_refusal, find_reach
from index.containment.sandbox import Alarm, Cell, end_with_parent
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
_RECEIVED_BYTES = 1 << 20


def main() -> None:
    """Fork a process for each file until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--load", required=True)
    parser.add_argument("--step-seconds", type=float, required=True)
    parser.add_argument("--file-seconds", type=float, required=True)
    parser.add_argument("--memory", type=int, required=True)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--unconfined", action="store_true")
    arguments = parser.parse_args()
    end_with_parent(arguments.parent)
    orders = _take_input()
    module, _, name = arguments.load.partition(":")
    loader = import_module(module)
    load: LoadFile = getattr(loader, name)
    warm_up: Callable[[], None] | None = getattr(loader, "warm_up", None)
    if warm_up is not None:
        warm_up()
    cell = Cell(Path(loader.__file__ or ""), arguments.memory)
    alarm = Alarm(arguments.step_seconds + _GRACE_SECONDS)
    gc.freeze()  # what is never looked through stays shared with the processes that are forked

    def serve(channel: int) -> None:
        os.dup2(channel, 0)
        os.close(channel)
        requests = socket.socket(fileno=0)
        server = Server(os.fdopen(0, "wb", buffering=0, closefd=False), load, alarm)
        read_memory()  # opens what it reads while that can be opened
        cell.confine(arguments.file_seconds + _GRACE_SECONDS, lambda: watch_memory(server.give_up))
        server.run(requests, find_reach(), is_unconfined=arguments.unconfined)

    _fork_for_each(orders, serve)


def _take_input() -> socket.socket:
    """Return standard input and replace all three streams by the null device: parsers print."""
    orders = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.close(nothing)
    return orders


def _fork_for_each(orders: socket.socket, serve: Callable[[int], None]) -> None:
    """Fork a process for each socket that is sent, one at a time, until there are no more orders.

    Args:
        orders: Where they come from: ``BEGIN`` with a socket, ``TELL``, or anything else. Each ends
            the process before, if there is one; ``TELL`` is answered with how that ended, as
            ``os.waitstatus_to_exitcode`` has it, in four bytes.
        serve: What the process does, given its socket.
    """
    template = os.getpid()
    child = status = 0
    while True:
        order, given, _, _ = socket.recv_fds(orders, 1, 1)
        if child:
            os.kill(child, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            child = 0
        if order == BEGIN:
            (channel,) = given
            child = os.fork()
            if not child:
                orders.close()
                try:
                    end_with_parent(template)
                    serve(channel)
                finally:
                    os._exit(1)
            os.close(channel)
        elif order == TELL:
            orders.sendall(status.to_bytes(4, "big", signed=True))
        elif not order:
            os._exit(0)


class Server:
    """Answers a request.

    Args:
        output: Where the answers go.
        load: Loads a file.
        alarm: Runs while a file is parsed, not while the parent handles an answer.
    """

    def __init__(self, output: BinaryIO, load: LoadFile, alarm: Alarm) -> None:
        self._output = output
        self._load = load
        self._alarm = alarm
        self._refusal = ""
        self._has_refused = False

    def run(self, requests: socket.socket, reach: Sequence[str], *, is_unconfined: bool) -> None:
        """Answer one request, and end the process.

        Args:
            requests: Where the request comes from.
            reach: What this process can reach, and should not.
            is_unconfined: Whether binary files are parsed all the same.
        """
        if reach and not is_unconfined:
            self._refusal = describe_refusal(reach)
        self._send({"ready": True, "reach": list(reach)})
        request = _receive(requests)
        if request is not None:
            self.answer(request)
        os._exit(0)

    def answer(self, request: Request) -> None:
        """Answer a request with a message for each article and skip, and one at the end."""
        file, max_bytes, excluded = read_file_request(*request)
        self._has_refused = self._refuses(file)
        failure = self._refusal if self._has_refused else self._parse(file, max_bytes, excluded)
        self._send({"done": failure, "refused": self._has_refused})

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

    def give_up(self, allowed_bytes: int) -> None:
        """End the process while a parser is using more memory than allowed."""
        self._send({"done": OUT_OF_MEMORY, "allowed": allowed_bytes})
        os._exit(0)

    def _send(self, message: Mapping[str, object], payload: bytes = b"") -> None:
        data = memoryview(pack(message, payload))
        while data:
            data = data[self._output.write(data) or 0 :]


def _fit(place: Place, loaded: Loaded) -> tuple[dict[str, object], bytes]:
    """Return a message within the limits that the parent accepts."""
    message, payload = describe_loaded(place, loaded)
    if len(payload) > MAX_TEXT_BYTES:
        reason = f"its text has {len(payload):,} bytes, more than {MAX_TEXT_BYTES:,}"
        return describe_loaded(place, Skip(str(place), reason))
    return message, payload


def _receive(requests: socket.socket) -> Request | None:
    """Return the request; None if there will be none."""
    received = bytearray()
    descriptors: list[int] = []
    header: tuple[dict[str, object], int] | None = None
    end = -1
    while header is None or len(received) < end + 1 + header[1]:
        data, given, _, _ = socket.recv_fds(requests, _RECEIVED_BYTES, 1)
        if not data:
            return None
        descriptors += given
        received += data
        if header is None and (end := received.find(b"\n")) >= 0:
            header = read_header(bytes(received[:end]))
    message, n_bytes = header
    content = bytes(received[end + 1 : end + 1 + n_bytes])
    return Request(message, content, None if message["in_memory"] else descriptors.pop())


if __name__ == "__main__":
    main()
