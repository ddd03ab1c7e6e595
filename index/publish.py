"""The file of the search structure: written whole, checked before it is believed.

    magic · format · library · generation · token · encoder · length · SHA-256 of the payload
    SHA-256 of the above
    payload

Numbers are little-endian. A file is written beside the published one, made durable, read back
and renamed, so that a reader finds the old file or the new one. A flipped bit anywhere, a
truncation or an appended byte is found before the payload is parsed.
"""

from __future__ import annotations

import os
import secrets
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, TypeVar

from index.archive import sync_folder
from index.rows import Stamp
from index.types import EncoderIdentity

VECTORS_FILE = "vectors.faiss"
FORMAT = 1

_PARTS = f"{VECTORS_FILE}.*.part"
_MAGIC = b"ONRECFX\n"
_HEADER = struct.Struct("<8sI16sQ16s32sQ32s")
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20

T = TypeVar("T")


class PublishedFileError(Exception):
    """The file is not what was published; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a search structure comes from.

    Attributes:
        library: The library's identity, 16 bytes.
        stamp: The state of the record that it shows.
        encoder: Digest of the encoder's identity, 32 bytes.
    """

    library: bytes
    stamp: Stamp
    encoder: bytes


def digest_encoder(identity: EncoderIdentity) -> bytes:
    """Return a fixed-length stand-in for an encoder's identity."""
    parts = (identity.name, identity.revision, str(identity.dim))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def publish_file(
    folder: Path, provenance: Provenance, write: Callable[[Callable[[bytes], int]], None]
) -> None:
    """Write a new file and put it in the place of the published one.

    The caller holds the write lock, so whatever a killed writer left is swept on the way.

    Args:
        folder: The library.
        provenance: What the payload shows.
        write: Writes the payload through the function that it is given.

    Raises:
        OSError: If it cannot be written; the published file is as it was.
        PublishedFileError: If what was written does not read back.
    """
    for left in find_parts(folder):
        left.unlink(missing_ok=True)
    part = folder / f"{VECTORS_FILE}.{secrets.token_hex(4)}.part"
    try:
        with part.open("xb") as stream:
            _write(stream, provenance, write)
            stream.flush()
            os.fsync(stream.fileno())
        with part.open("rb") as stream:
            _verify(stream, expected=provenance)
        part.replace(folder / VECTORS_FILE)
        sync_folder(folder)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def read_file(folder: Path, parse: Callable[[Callable[[int], bytes]], T]) -> tuple[Provenance, T]:
    """Verify the published file, then parse its payload.

    Args:
        folder: The library.
        parse: Reads the payload through the function that it is given.

    Returns:
        What the payload shows, and what ``parse`` made of it.

    Raises:
        FileNotFoundError: If there is none.
        OSError: If it cannot be read.
        PublishedFileError: If it is damaged or foreign.
        ValueError: What ``parse`` raised.
    """
    with (folder / VECTORS_FILE).open("rb") as stream:
        provenance = _verify(stream)
        stream.seek(_HEADER.size + _DIGEST_BYTES)
        return provenance, parse(stream.read)


def find_parts(folder: Path) -> list[Path]:
    """Return what killed writers left; a file that is being written is among them."""
    return sorted(folder.glob(_PARTS))


def _write(
    stream: BinaryIO, provenance: Provenance, write: Callable[[Callable[[bytes], int]], None]
) -> None:
    stream.write(bytes(_HEADER.size + _DIGEST_BYTES))
    digest, length = sha256(), 0

    def write_piece(piece: bytes) -> int:
        nonlocal length
        digest.update(piece)
        length += len(piece)
        return stream.write(piece)

    write(write_piece)
    header = _HEADER.pack(
        _MAGIC,
        FORMAT,
        provenance.library,
        provenance.stamp.generation,
        provenance.stamp.token,
        provenance.encoder,
        length,
        digest.digest(),
    )
    stream.seek(0)
    stream.write(header + sha256(header).digest())


def _verify(stream: BinaryIO, *, expected: Provenance | None = None) -> Provenance:
    header = stream.read(_HEADER.size)
    checksum = stream.read(_DIGEST_BYTES)
    if len(checksum) < _DIGEST_BYTES:
        raise PublishedFileError("it is truncated")
    if not header.startswith(_MAGIC):
        raise PublishedFileError("it is not a search structure of OnRecord")
    if sha256(header).digest() != checksum:
        raise PublishedFileError("its header does not match its checksum")
    _, version, library, generation, token, encoder, length, checksum = _HEADER.unpack(header)
    if version != FORMAT:
        raise PublishedFileError(f"it has format {version}, not {FORMAT}")
    provenance = Provenance(library, Stamp(generation, token), encoder)
    if expected not in {None, provenance}:
        raise PublishedFileError("it is not what was written")
    digest, found = sha256(), 0
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
        found += len(block)
    if found != length:
        raise PublishedFileError("it is truncated" if found < length else "it has bytes appended")
    if digest.digest() != checksum:
        raise PublishedFileError("its content does not match its checksum")
    return provenance
