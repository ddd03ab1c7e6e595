"""A file with the words of some passages, written once: which passages hold a word, how often.

    magic · format · library · generation · token · sizes · SHA-256 of the directory · of this
    directory: ids · keys · lengths · words · their ends · ends of their rows · checksums
    rows · counts

Numbers are little-endian, parts begin at multiples of eight bytes. The directory is checked when a
file is opened, and the rows of a word when it is looked for: no question reads the whole file.
"""

from __future__ import annotations

import os
import secrets
import struct
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.record.database import sync_folder
from index.record.rows import Generation
from index.record.tokens import Phrase, Postings

SEGMENT_FILES = "terms.*.segment"

_MAGIC = b"ONRECTM\n"
_FORMAT = 1
_HEADER = struct.Struct("<8sI16sQ16sQQQQ32s")
_DIGEST_BYTES = 32
_ALIGNMENT = 8


class DamagedSegmentError(Exception):
    """A file is not what was written; the message says in what way."""


class Segment:
    """The words of some passages, as a file or in memory; never changed.

    Attributes:
        file: Where it is; None for one in memory.
        ids: The passages, int64, shape (n,), rising.
        keys: Their articles' keys, int64, shape (n,).
        lengths: How many words each has, int32, shape (n,).
        generation: The state of the record when it was made.
    """

    def __init__(
        self,
        parts: Sequence[npt.NDArray[Any]],
        *,
        library: bytes,
        generation: Generation,
        file: Path | None = None,
    ) -> None:
        self.file = file
        self.library = library
        self.generation = generation
        self._parts = parts
        self.ids, self.keys, self.lengths, self._words, self._word_ends, *rest = parts
        self._ends, self._checksums, self._rows, self._counts = rest

    @classmethod
    def make(cls, found: Postings, *, library: bytes, generation: Generation) -> Segment:
        """Return a segment in memory."""
        checksums = [
            _checksum(found.rows[first:last], found.counts[first:last])
            for first, last in pairwise([0, *found.ends.tolist()])
        ]
        parts = (
            *(found.ids, found.keys, found.lengths),
            np.frombuffer(b"".join(found.words), dtype=np.uint8),
            np.cumsum([len(word) for word in found.words], dtype=np.int64),
            found.ends.astype(np.int64),
            np.array(checksums, dtype=np.uint32),
            *(found.rows, found.counts),
        )
        return cls(parts, library=library, generation=generation)

    @classmethod
    def open(cls, file: Path) -> Segment:
        """Open a file, which stays on the disk until what it holds is asked for.

        Raises:
            DamagedSegmentError: If it is damaged or something else.
            OSError: If it cannot be read.
        """
        try:
            # A plain array over the map: to cut a piece from it takes a fifth of the time.
            data = np.memmap(file, dtype=np.uint8, mode="r").view(np.ndarray)
        except ValueError as error:
            raise DamagedSegmentError("it is empty") from error
        head = data[: _HEADER.size].tobytes()
        if len(head) < _HEADER.size or not head.startswith(_MAGIC):
            raise DamagedSegmentError("it is truncated or something else")
        _, version, library, number, token, *sizes, digest = _HEADER.unpack(head)
        if version != _FORMAT:
            raise DamagedSegmentError(f"it has format {version}, not {_FORMAT}")
        at = _HEADER.size + _DIGEST_BYTES
        if sha256(head).digest() != data[_HEADER.size : at].tobytes():
            raise DamagedSegmentError("its header does not match its checksum")
        parts: list[npt.NDArray[Any]] = []
        for count, kind in _layout(*sizes):
            at += -at % _ALIGNMENT
            end = at + count * np.dtype(kind).itemsize
            parts.append(data[at:end].view(kind))
            at = end
        if len(data) != at:
            raise DamagedSegmentError("it has another length than was written")
        if _digest(parts) != digest:
            raise DamagedSegmentError("its directory does not match its checksum")
        return cls(parts, library=library, generation=Generation(number, token), file=file)

    def write(self, folder: Path) -> Segment:
        """Write it into a library's folder, durably, and return it as the file that it is now.

        Raises:
            DamagedSegmentError: If what was written does not read back intact.
            OSError: If it cannot be written.
        """
        name = f"terms.{int(self.ids[0])}-{int(self.ids[-1])}.{secrets.token_hex(4)}"
        part = folder / f"{name}.part"
        head = _HEADER.pack(
            *(_MAGIC, _FORMAT, self.library, self.generation.number, self.generation.token),
            *(len(self.ids), len(self._word_ends), len(self._words), len(self._rows)),
            _digest(self._parts),
        )
        try:
            with part.open("xb") as stream:
                stream.write(head + sha256(head).digest())
                for values in self._parts:
                    stream.write(bytes(-stream.tell() % _ALIGNMENT))
                    stream.write(np.ascontiguousarray(values).data)
                stream.flush()
                os.fsync(stream.fileno())
            Segment.open(part).check()
            target = folder / f"{name}.segment"
            part.replace(target)
            sync_folder(folder)
        except BaseException:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        return Segment.open(target)

    def check(self) -> None:
        """Check the rows of every word.

        Raises:
            DamagedSegmentError: If some are not what was written.
        """
        for place in range(len(self._word_ends)):
            self._rows_of(place)

    def find(self, phrase: Phrase) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        """Return which rows hold a word, or words with a beginning, and how often each does.

        Raises:
            DamagedSegmentError: If they are not what was written.
        """
        word, is_beginning = phrase
        places = range(len(self._word_ends))
        first = bisect_left(places, word, key=self._word)
        last = first
        if is_beginning:  # no byte of UTF-8 is 0xFF
            last = bisect_left(places, word + b"\xff", first, key=self._word)
        elif first < len(places) and self._word(first) == word:
            last = first + 1
        found = [self._rows_of(place) for place in range(first, last)]
        if len(found) == 1:
            return found[0]
        if not found:
            return self._rows[:0], self._counts[:0]
        rows, places_of = np.unique(np.concatenate([r for r, _ in found]), return_inverse=True)
        counts = np.bincount(places_of, np.concatenate([c for _, c in found]))
        return rows, counts.astype(np.uint16)

    def postings(self) -> Postings:
        """Return everything, for a merge."""
        words = [self._word(place) for place in range(len(self._word_ends))]
        return Postings(
            self.ids, self.keys, self.lengths, words, self._ends, self._rows, self._counts
        )

    def _word(self, place: int) -> bytes:
        first = self._word_ends[place - 1] if place else 0
        return self._words[first : self._word_ends[place]].tobytes()

    def _rows_of(self, place: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]:
        first = self._ends[place - 1] if place else 0
        rows, counts = (part[first : self._ends[place]] for part in (self._rows, self._counts))
        if _checksum(rows, counts) != self._checksums[place]:
            raise DamagedSegmentError("the passages of a word do not match their checksum")
        return rows, counts


def merge(segments: Sequence[tuple[Segment, npt.NDArray[np.bool_]]]) -> Postings:
    """Return the words of several segments as one, for those passages that are still there.

    Args:
        segments: By rising ids, each with what it is to keep of its rows.
    """
    parts = [(segment.postings(), kept) for segment, kept in segments]
    words = sorted(set().union(*(part.words for part, _ in parts)))
    place_of = {word: place for place, word in enumerate(words)}
    rows, counts, word_of, shift = [], [], [], 0
    for part, kept in parts:
        renumbered = np.cumsum(kept) - 1 + shift
        own = np.array([place_of[word] for word in part.words], dtype=np.int64)
        own = np.repeat(own, np.diff(part.ends, prepend=0))
        stays = kept[part.rows]
        rows.append(renumbered[part.rows[stays]].astype(np.uint32))
        counts.append(part.counts[stays])
        word_of.append(own[stays])
        shift += int(kept.sum())
    owners = np.concatenate(word_of)
    order = np.argsort(owners, kind="stable")
    sizes = np.bincount(owners, minlength=len(words))
    used = np.flatnonzero(sizes)

    def joined(of: Callable[[Postings], npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return np.concatenate([of(part)[kept] for part, kept in parts])

    return Postings(
        ids=joined(lambda part: part.ids),
        keys=joined(lambda part: part.keys),
        lengths=joined(lambda part: part.lengths),
        words=[words[place] for place in used.tolist()],
        ends=np.cumsum(sizes[used]),
        rows=np.concatenate(rows)[order],
        counts=np.concatenate(counts)[order],
    )


def _layout(n: int, n_words: int, n_bytes: int, n_rows: int) -> Iterator[tuple[int, str]]:
    """Yield how many numbers of which kind each part has."""
    yield from ((n, "<i8"), (n, "<i8"), (n, "<i4"), (n_bytes, "u1"), (n_words, "<i8"))
    yield from ((n_words, "<i8"), (n_words, "<u4"), (n_rows, "<u4"), (n_rows, "<u2"))


def _digest(parts: Sequence[npt.NDArray[Any]]) -> bytes:
    digest = sha256()
    for values in parts[:-2]:
        digest.update(np.ascontiguousarray(values).data)
    return digest.digest()


def _checksum(rows: npt.NDArray[np.uint32], counts: npt.NDArray[np.uint16]) -> int:
    return zlib.crc32(counts.data, zlib.crc32(rows.data))
