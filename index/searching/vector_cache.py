"""The search structure of a library: loaded, kept in step with the record, and written to its file.

    magic · format · library · generation · token · encoder · length · SHA-256 of the payload
    count · newest passage · SHA-256 of the above
    payload

Numbers are little-endian. A file is written beside the published one, made durable, read back
and renamed, so that a reader finds either the old file or the new one. A flipped bit anywhere, a
truncation or an appended byte is detected before the payload is parsed.

A library has one ``VectorCache``. It loads the published structure, brings it to the state that a
reader sees, and publishes it again, unless so little is missing that whoever loads it can as well
take that from the record. A fault in the file costs time, never an answer: the record holds
everything.
"""

from __future__ import annotations

import logging
import os
import secrets
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

import numpy as np

from index.errors import LibraryBusyError, LibraryStorageError
from index.record.database import sync_folder
from index.record.rows import Generation
from index.record.write_lock import hold_write_lock, is_write_locked
from index.searching.faiss_index import FLAT_LIMIT, FaissIndex
from index.types import EncoderIdentity

if TYPE_CHECKING:
    from index.record.database import Database
    from index.record.reads import ReadTransaction
    from index.record.rows import IdVector
    from index.types import FloatMatrix


VECTORS_FILE = "vectors.faiss"
FORMAT = 2

LAG_SHARE = 20
"""A published structure may lack, or have too many, one passage of this many."""

_PARTS = f"{VECTORS_FILE}.*.part", "terms.*.part"
_MAGIC = b"ONRECFX\n"
_HEADER = struct.Struct("<8sI16sQ16s32sQ32sQQ")
_DIGEST_BYTES = 32
_BLOCK_BYTES = 1 << 20

T = TypeVar("T")


class PublishedFileError(Exception):
    """The file is not what was published; the message says in what way."""


class OlderFileError(PublishedFileError):
    """An older program published the file."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a search structure comes from.

    Attributes:
        library: The library's identity, 16 bytes.
        generation: The state of the record that it shows.
        encoder: Digest of the encoder's identity, 32 bytes.
    """

    library: bytes
    generation: Generation
    encoder: bytes


def digest_encoder(identity: EncoderIdentity) -> bytes:
    """Return a fixed-length stand-in for an encoder's identity."""
    parts = (identity.name, identity.revision, str(identity.dim))
    return sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def publish_file(
    folder: Path,
    provenance: Provenance,
    write: Callable[[Callable[[bytes], int]], None],
    *,
    extent: tuple[int, int] = (0, 0),
) -> None:
    """Write a new file and put it in place of the published one.

    The caller holds the write lock, so whatever a killed writer left is swept away as well.

    Args:
        folder: The library.
        provenance: Where the payload comes from.
        write: Writes the payload through the function that it is passed.
        extent: How many passages it holds, and the newest id of any.

    Raises:
        OSError: If it cannot be written; the published file is then unchanged.
        PublishedFileError: If what was written does not read back intact.
    """
    for left in find_parts(folder):
        left.unlink(missing_ok=True)
    part = folder / f"{VECTORS_FILE}.{secrets.token_hex(4)}.part"
    try:
        with part.open("xb") as stream:
            _write(stream, provenance, write, extent)
            stream.flush()
            os.fsync(stream.fileno())
        with part.open("rb") as stream:
            _verify(stream, provenance)
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
        parse: Reads the payload through the function that it is passed.

    Returns:
        Where the payload comes from, and what ``parse`` returned.

    Raises:
        FileNotFoundError: If there is none.
        OSError: If it cannot be read.
        PublishedFileError: If it is damaged or foreign.
        ValueError: If ``parse`` raises it.
    """
    with (folder / VECTORS_FILE).open("rb") as stream:
        provenance = _verify(stream)
        stream.seek(_HEADER.size + _DIGEST_BYTES)
        return provenance, parse(stream.read)


def read_header(folder: Path) -> tuple[Provenance, tuple[int, int]]:
    """Return where the payload of the published file comes from, unread, and its extent.

    Raises:
        OSError: If it cannot be read, or there is none.
        PublishedFileError: If its header is damaged or foreign.
    """
    with (folder / VECTORS_FILE).open("rb") as stream:
        provenance, _, _, extent = _read_header(stream)
    return provenance, extent


def find_parts(folder: Path) -> list[Path]:
    """Return the files left by killed writers; one still being written is among them."""
    return sorted(file for pattern in _PARTS for file in folder.glob(pattern))


def _write(
    stream: BinaryIO,
    provenance: Provenance,
    write: Callable[[Callable[[bytes], int]], None],
    extent: tuple[int, int],
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
        provenance.generation.number,
        provenance.generation.token,
        provenance.encoder,
        length,
        digest.digest(),
        *extent,
    )
    stream.seek(0)
    stream.write(header + sha256(header).digest())


def _read_header(stream: BinaryIO) -> tuple[Provenance, int, bytes, tuple[int, int]]:
    """Return where the payload comes from, its length, its checksum and its extent."""
    header = stream.read(_HEADER.size)
    checksum = stream.read(_DIGEST_BYTES)
    if header.startswith(_MAGIC + b"\1\0\0\0"):
        raise OlderFileError("an older version of OnRecord made it")
    if len(checksum) < _DIGEST_BYTES:
        raise PublishedFileError("it is truncated")
    if not header.startswith(_MAGIC):
        raise PublishedFileError("it is not a search structure of OnRecord")
    if sha256(header).digest() != checksum:
        raise PublishedFileError("its header does not match its checksum")
    _, version, library, generation, token, encoder, length, checksum, *extent = _HEADER.unpack(
        header
    )
    if version != FORMAT:
        raise PublishedFileError(f"it has format {version}, not {FORMAT}")
    count, newest = extent
    return (
        Provenance(library, Generation(generation, token), encoder),
        length,
        checksum,
        (
            count,
            newest,
        ),
    )


def _verify(stream: BinaryIO, expected: Provenance | None = None) -> Provenance:
    provenance, length, checksum, _ = _read_header(stream)
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


_MISSING = "is missing"
_BEHIND = "is behind the record"
_OLDER = "was made by an older version"

_log = logging.getLogger("onrecord")


@dataclass(frozen=True, slots=True)
class _Loaded:
    provenance: Provenance
    structure: FaissIndex


class VectorCache:
    """The search structure of one library, shared by its threads.

    Args:
        database: The record.
        read_only: Never publish.
        flat_limit: Largest number of passages for which every vector is compared.
    """

    def __init__(
        self, database: Database, *, read_only: bool = False, flat_limit: int = FLAT_LIMIT
    ) -> None:
        self._database = database
        self._read_only = read_only
        self._flat_limit = flat_limit
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        self._published: Provenance | None = None

    def get_structure(self, reader: ReadTransaction) -> FaissIndex | None:
        """Return the structure for the state that a reader sees, to be searched but not changed.

        A reader whose state is older than the structure is refreshed. A fault in the published
        file is mended, with one warning.

        Returns:
            The structure; None if the library has no encoder yet, and thus no vectors.
        """
        with self._lock:
            was_loaded = self._loaded is not None
            if (
                self._loaded
                and reader.generation().number < self._loaded.provenance.generation.number
            ):
                reader.refresh()
            current = self._advance(reader, is_writer=False)
        if current is None:
            return None
        if not was_loaded and not self._read_only and self._published != current.provenance:
            self._publish_unless_busy(current)
        return current.structure

    def publish(self, *, anew: bool = False) -> None:
        """Publish the structure of the newest state; the caller holds the write lock.

        What was committed is safe without it, so a failure is only a warning.

        Args:
            anew: Whether no vector of what was removed may be left.
        """
        try:
            if anew:
                self.rebuild()
            else:
                self._publish_newest()
        except (OSError, PublishedFileError) as error:
            _log.warning(
                "the search structure of the library at '%s' was not saved (%s);"
                " searching works, its first start is slower",
                self._database.folder,
                getattr(error, "strerror", None) or error,
            )

    def find_fault(self) -> str:
        """Return what is wrong with the published file, or an empty string."""
        with self._database.reading() as reader, self._lock:
            encoder = reader.encoder()
            if encoder is None:
                return ""
            wanted = _provenance(reader, encoder[1])
            return self._inspect(reader, wanted, reader.vector_ids(encoder[0]))[1]

    def rebuild(self) -> None:
        """Publish again, from the record alone; the caller holds the write lock.

        Raises:
            OSError: If it cannot be written.
        """
        (self._database.folder / VECTORS_FILE).unlink(missing_ok=True)
        with self._lock:
            self._loaded = None
        try:
            self._publish_newest()
        except PublishedFileError as error:
            raise OSError(str(error)) from error

    def _publish_newest(self) -> None:
        with self._database.reading() as reader, self._lock:
            if self._lags_little(reader):
                return
            current = self._advance(reader, is_writer=True)
        if current is not None and self._published != current.provenance:
            self._publish(current)

    def _lags_little(self, reader: ReadTransaction) -> bool:
        """Return whether the published file, unread, lacks so little that it can stay."""
        encoder = reader.encoder()
        try:
            provenance, (count, newest) = read_header(self._database.folder)
        except (OSError, PublishedFileError):
            return False
        if encoder is None or _find_difference(provenance, _provenance(reader, encoder[1]), reader):
            return False
        new = len(reader.passage_ids(after=newest))
        gone = count + new - reader.count_passages()
        return LAG_SHARE * (new + gone) <= count

    def _advance(self, reader: ReadTransaction, *, is_writer: bool) -> _Loaded | None:
        encoder = reader.encoder()
        if encoder is None:
            return None
        encoder_id, identity = encoder
        wanted = _provenance(reader, identity)
        if self._loaded is not None and self._loaded.provenance == wanted:
            return self._loaded
        ids = reader.vector_ids(encoder_id)
        base, is_shared = self._loaded, True
        if base is None:
            base, is_shared = self._load(reader, wanted, ids, is_writer=is_writer), False

        def batches(some: IdVector | None = None) -> Iterable[tuple[IdVector, FloatMatrix]]:
            return reader.stream_vectors(encoder_id, identity.dim, some)

        if (
            base is None
            or (is_shared and _find_difference(base.provenance, wanted, reader))
            or not base.structure.suits(len(ids), flat_limit=self._flat_limit)
        ):
            self._published = None
            structure = FaissIndex.build(
                identity.dim, len(ids), batches, flat_limit=self._flat_limit
            )
        else:
            known = base.structure.ids()
            gone, new = np.setdiff1d(known, ids), np.setdiff1d(ids, known)
            changes = len(gone) or len(new)
            structure = base.structure.copy() if is_shared and changes else base.structure
            structure.remove(gone)
            for some, vectors in batches(new):
                structure.add(some, vectors)
        self._loaded = _Loaded(wanted, structure)
        return self._loaded

    def _load(
        self, reader: ReadTransaction, wanted: Provenance, ids: IdVector, *, is_writer: bool
    ) -> _Loaded | None:
        """Read the published file; one warning says what is wrong with it, if anything."""
        folder = self._database.folder
        current, fault = self._inspect(reader, wanted, ids)
        # To be expected while someone is writing.
        is_expected = fault == _OLDER or (
            fault in {_MISSING, _BEHIND} and (is_writer or is_write_locked(folder))
        )
        if fault and not is_expected:
            _log.warning(
                "the search structure of the library at '%s' %s; %s the record",
                folder,
                fault,
                "rebuilding it from" if current is None else "bringing it up to date with",
            )
        return current

    def _inspect(
        self, reader: ReadTransaction, wanted: Provenance, ids: IdVector
    ) -> tuple[_Loaded | None, str]:
        """Return the published structure if it is usable, and what is wrong with the file."""
        self._published = None
        try:
            current = _Loaded(*read_file(self._database.folder, FaissIndex.read))
        except FileNotFoundError:
            return None, _MISSING if len(ids) else ""
        except OlderFileError:
            return None, _OLDER
        except (OSError, PublishedFileError, ValueError) as error:
            return None, f"is damaged ({getattr(error, 'strerror', None) or error})"
        return self._compare(current, reader, wanted, ids)

    def _compare(
        self, current: _Loaded, reader: ReadTransaction, wanted: Provenance, ids: IdVector
    ) -> tuple[_Loaded | None, str]:
        self._published = current.provenance
        difference = _find_difference(current.provenance, wanted, reader)
        if difference:
            return None, difference
        known = current.structure.ids()
        lag = len(np.setxor1d(known, ids, assume_unique=True))
        if lag and current.provenance == wanted:
            return None, "does not show the record"
        if LAG_SHARE * lag > len(known):
            return current, _BEHIND
        # An id is never used again, so the vectors are those of the record's newest state too; the
        # few that are missing are read from it.
        self._published = wanted
        return current, ""

    def _publish_unless_busy(self, current: _Loaded) -> None:
        try:
            with (
                hold_write_lock(self._database.folder, wait_seconds=0),
                self._database.reading() as reader,
            ):
                if reader.generation() == current.provenance.generation:
                    self._publish(current)
        except (LibraryBusyError, LibraryStorageError, OSError, PublishedFileError) as error:
            _log.debug("not published: %s", error)

    def _publish(self, current: _Loaded) -> None:
        ids = current.structure.ids()
        publish_file(
            self._database.folder,
            current.provenance,
            current.structure.write,
            extent=(len(ids), int(ids[-1]) if len(ids) else 0),
        )
        self._published = current.provenance


def _provenance(reader: ReadTransaction, identity: EncoderIdentity) -> Provenance:
    return Provenance(reader.library_id(), reader.generation(), digest_encoder(identity))


def _find_difference(found: Provenance, wanted: Provenance, reader: ReadTransaction) -> str:
    """Return why a structure cannot be brought up to a state, or an empty string."""
    if found.library != wanted.library:
        return "belongs to another library"
    if found.encoder != wanted.encoder:
        return "was made with another encoder"
    if not reader.has_generation(found.generation):
        return "belongs to another state of this library"
    return ""
