"""Loaders that misbehave, run in the process that ``IsolatedLoader`` watches.

The words of a file say what its loader does, in order.
"""

from __future__ import annotations

import builtins
import ctypes
import mmap
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from index.formats.files import Place, SourceFile, make_member, read_file
from index.formats.memory import allow_memory
from index.formats.metadata import Metadata, make_article
from index.types import Loaded, Skip

_KEPT: list[bytes] = []

GARBAGE = (b"\xff\xfe garbage\n", b"[]\n", b'{"place": 1}\n', b'{"bytes": -1}\n', b"[" * 100_000)


def load(
    file: SourceFile, max_file_bytes: int, *, entering: Callable[[SourceFile], bool]
) -> Iterator[tuple[Place, Loaded]]:
    """Yield an article for each word that says so, and misbehave as the others say."""
    place = Place(file.name)
    is_left_out = False
    for number, word in enumerate(read_file(file, max_bytes=max_file_bytes).decode().split(), 1):
        if word.startswith("enter:"):
            is_left_out = not entering(make_member(file, word.partition(":")[2], b""))
        elif word == "leave":
            entering(file)
            is_left_out = False
        if is_left_out or word.startswith(("enter:", "leave")):
            continue
        if word == "article":
            yield (
                Place(file.name, number),
                make_article(
                    f"The harbour of Port Elin closed for the {number}th time this year.",
                    Metadata(title=f"Harbour {number}", language="en"),
                    article_id=f"{file.stem}-{number}",
                    source=file.location,
                    origin=file.location,
                    fallback_title="",
                ),
            )
        elif word.startswith("forge"):
            article = make_article(
                "Somebody else's words stand here.",
                Metadata(title="Forged", language="en"),
                article_id="forged",
                source="",
                origin=word.partition(":")[2],
                fallback_title="",
            )
            yield place, article
        elif word == "skip":
            yield place, Skip(file.name, "as it says")
        else:
            _misbehave(word)


def _write_everywhere(data: bytes) -> None:
    for descriptor in range(20):
        try:
            os.write(descriptor, data)
        except OSError:
            continue


def _spin() -> None:
    while True:
        pass


def _eat() -> None:
    hoard = [bytearray(1 << 20)]
    while True:
        hoard.append(bytearray(1 << 20))


def _hoard() -> None:
    with allow_memory(64 << 20):
        library = ctypes.CDLL(None)
        library.malloc.restype = ctypes.c_void_p
        for _ in range(10_000):
            time.sleep(0.001)
            ctypes.memset(library.malloc(1 << 20), 1, 1 << 20)


def _work(seconds: float) -> None:
    with allow_memory(64 << 20):
        time.sleep(seconds)


def _raise() -> None:
    raise RuntimeError("a mistake\nin the parser")


def _recurse() -> None:
    _recurse()


def _flood() -> None:
    while True:
        _write_everywhere(b"x" * (1 << 20))


def _infect() -> None:
    """Leave something behind in every place that the next file's parser looks at."""
    _KEPT.append(b"infected")
    os.environ["INFECTED"] = "yes"
    builtins.infected = True  # type: ignore[attr-defined]
    SourceFile.infected = True  # type: ignore[attr-defined]


def _recall() -> None:
    marks = (b"infected" in _KEPT, "INFECTED" in os.environ, hasattr(builtins, "infected"))
    if any(marks) or hasattr(SourceFile, "infected"):
        raise RuntimeError("infected")


def _linger() -> None:
    """Say that the file is done, and go on talking."""
    _write_everywhere(b'{"done":"","refused":false}\n')
    line = b'{"place":["x",null],"skip":["x","of the file before"]}\n'
    while True:
        _write_everywhere(line)


def _linger_natively() -> None:
    _write_everywhere(b'{"done":"","refused":false}\n')
    re.match(r"(a|a)*$", "a" * 60 + "b")


def _call_as_of_32_bits() -> None:
    """Open a socket by a call of the older processor, which rules for the newer one overlook."""
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    # mov eax, 359 (socket); mov ebx, 2; mov ecx, 1; xor edx, edx; int 0x80; ret
    page.write(bytes.fromhex("b867010000bb02000000b90100000031d2cd80c3"))
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    ctypes.CFUNCTYPE(ctypes.c_int)(address)()


def _tell_who() -> None:
    raise RuntimeError(str(os.getpid()))


def _print() -> None:
    print("Parsers print.", flush=True)  # noqa: T201
    print("Parsers warn.", file=sys.stderr, flush=True)  # noqa: T201


WAYS: dict[str, Callable[[], object]] = {
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(0),
    "spin": _spin,
    "sleep": lambda: time.sleep(3600),
    # Holds the interpreter, so that no thread of it can act.
    "backtrack": lambda: re.match(r"(a|a)*$", "a" * 60 + "b"),
    "eat": _eat,
    "hoard": _hoard,
    "frugal": lambda: _work(0.2),
    "take": lambda: _KEPT.append(b"x" * (96 << 20)),
    "raise": _raise,
    "recurse": _recurse,
    "flood": _flood,
    "print": _print,
    "infect": _infect,
    "recall": _recall,
    "linger": _linger,
    "linger-natively": _linger_natively,
    "who": _tell_who,
    "older": _call_as_of_32_bits,
    **{f"garbage{number}": partial(_write_everywhere, data) for number, data in enumerate(GARBAGE)},
}


def _misbehave(word: str) -> None:
    if word in WAYS:
        WAYS[word]()
    else:
        way, target = word.split(":", 1)
        ESCAPES[way](target)


def _write_natively(target: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    handle = library.open(target.encode(), os.O_WRONLY | os.O_CREAT, 0o600)
    if library.write(handle, b"written", 7) != 7:
        raise OSError(ctypes.get_errno(), "not written")


def _connect_natively(port: str) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    handle = library.socket(socket.AF_INET, socket.SOCK_STREAM, 0)
    family = int(socket.AF_INET).to_bytes(2, sys.byteorder)
    address = family + int(port).to_bytes(2, "big") + bytes([127, 0, 0, 1]) + bytes(8)
    if library.connect(handle, address, 16):
        raise OSError(ctypes.get_errno(), "not connected")


def _look_up(name: str) -> None:
    if name in os.environ:
        raise RuntimeError(f"{name} is there")


# What a parser is not allowed to do, each with what it does it to.
ESCAPES: dict[str, Callable[[str], object]] = {
    "tell": lambda message: _write_everywhere(bytes.fromhex(message) + b"\n"),
    "write": lambda target: Path(target).write_text("written", encoding="utf-8"),
    "native-write": _write_natively,
    "delete": lambda target: Path(target).unlink(),
    "run": lambda target: subprocess.run(["touch", target], check=True),
    "shell": lambda target: os.system(f"touch {target}"),  # noqa: S605
    "connect": lambda port: socket.create_connection(("127.0.0.1", int(port)), timeout=5).close(),
    "native-connect": _connect_natively,
    "environment": _look_up,
}
