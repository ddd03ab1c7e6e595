"""Mutations of fuzzing inputs that packed formats survive: unpacked, changed, repacked. Pure."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress

MAX_MEMBER_BYTES = 1_000_000

_TOKENS = (
    *(
        b"<",
        b">",
        b"/>",
        b"</",
        b"<!--",
        b"<![CDATA[",
        b"<?",
        b"&amp;",
        b"&#x0;",
        b"&#xD800;",
        b'"',
    ),
    *(
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xe2\x80\xae",
        b"\x1b[2J",
        b"-1",
        b"99999999999",
        b"1e999",
    ),
    *(b"../", b"/etc/passwd", b"http://", b"2024-13-45", b"\r\n\r\n", b"\n", b"\t", b"[", b"{"),
)
_PACKED = (".xlsx", ".docx", ".odt", ".epub", ".zip")
_STREAMS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    ".gz": (gzip.decompress, lambda data: gzip.compress(data, 1, mtime=0)),
    ".bz2": (bz2.decompress, lambda data: bz2.compress(data, 1)),
    ".xz": (lzma.decompress, lambda data: lzma.compress(data, preset=0)),
}
"""Last suffix -> how to unpack and to pack."""


def is_packed(suffix: str) -> bool:
    """Return whether a format is packed, so that changing its bytes can only break it."""
    return suffix in _PACKED or suffix.endswith(tuple(_STREAMS))


def change_packed(suffix: str, data: bytes, seed: int) -> bytes:
    """Return another input of a packed format: unpacked, changed, and packed again.

    Args:
        suffix: Its format.
        data: An input.
        seed: Decides what is changed.
    """
    chance = random.Random(seed)  # noqa: S311
    if chance.random() < 0.1:
        return change_bytes(data, chance)
    broken = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)
    with suppress(*broken, ValueError, RuntimeError):
        if suffix in _PACKED:
            return _change_member(data, chance)
        unpack, pack = _STREAMS[f".{suffix.rpartition('.')[2]}"]
        return pack(change_bytes(unpack(data), chance))
    return change_bytes(data, chance)


def change_bytes(data: bytes, chance: random.Random) -> bytes:
    """Return bytes with a few changes: bits, tokens, pieces left out, repeated or moved."""
    changed = bytearray(data)
    for _ in range(1 << chance.randrange(4)):
        start = chance.randrange(len(changed) + 1)
        piece = changed[start : start + (1 << chance.randrange(9))]
        way = chance.randrange(6)
        if way == 0 and piece:
            changed[start] ^= 1 << chance.randrange(8)
        elif way == 1:
            changed[start:start] = chance.choice(_TOKENS)
        elif way == 2:
            del changed[start : start + len(piece)]
        elif way == 3:
            changed[start:start] = bytes(piece) * chance.choice((1, 2, 30))
        elif way == 4:
            target = chance.randrange(len(changed) + 1)
            changed[target:target] = piece
        else:
            changed[start : start + len(piece)] = chance.randbytes(len(piece))
    return bytes(changed)


def _change_member(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [
            (info.filename, archive.read(info))
            for info in archive.infolist()[:50]
            if info.file_size < MAX_MEMBER_BYTES
        ]
    if not members:
        raise ValueError("nothing inside")
    number = chance.randrange(len(members))
    name, content = members[number]
    members[number] = name, change_bytes(content, chance)
    buffer = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")  # two members with the same name are a case to try
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
