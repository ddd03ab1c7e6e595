"""BM25 over segments of words: full-text search for libraries of many passages.

SQLite's full-text search scores every passage that holds any word of a question, one by one. Here
the rows of a word are a few arrays, and of what they add up to only the best are looked at. The
words and the scores are the same; which of the two searches is used depends on the size alone, see
``TERM_LIMIT``.

The segments are derived from the record: made when passages have been added, merged so that there
are few, and made anew where one is missing or damaged. An id of a passage is never used again, so
that a segment is right for ever, but for passages that have gone.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.errors import LibraryBusyError, LibraryStorageError
from index.record.tokens import Phrase, read_phrases, read_postings
from index.record.write_lock import hold_write_lock
from index.searching.term_segment import (
    SEGMENT_FILES,
    DamagedSegmentError,
    Segment,
    merge,
)

if TYPE_CHECKING:
    from pathlib import Path

    from index.record.database import Database
    from index.record.reads import ReadTransaction
    from index.record.rows import Generation, IdVector
    from index.types import Filter

Rows = npt.NDArray[np.bool_]
"""Some rows of a segment."""

SEGMENT_PASSAGES = 1 << 16
"""Most passages of one segment: as many as are made or merged with some hundred MB of memory."""

MOST_IN_MEMORY = 1000
"""Most passages whose words are read for one process alone."""

_K1, _B, _LEAST_IDF = 1.2, 0.75, 1e-6  # those of SQLite

_log = logging.getLogger("onrecord")


class TermIndex:
    """The words of one state of a library.

    Args:
        segments: By rising ids.
        ids: The passages of that state, rising.
    """

    def __init__(self, segments: Sequence[Segment], ids: IdVector) -> None:
        self.segments = segments
        self.n_passages = len(ids)
        self.live = [_find_members(segment.ids, ids) for segment in segments]
        n_words = sum(
            int(segment.lengths[live].sum())
            for segment, live in zip(segments, self.live, strict=True)
        )
        mean = n_words / max(1, len(ids))
        self._norms = [
            _K1 * (1 - _B + _B * segment.lengths / (mean or 1.0)) for segment in segments
        ]

    def count(self, phrases: Sequence[Phrase]) -> int:
        """Return how many passages hold one of some phrases."""
        total = 0
        for segment, live in zip(self.segments, self.live, strict=True):
            holds = np.zeros(len(live), dtype=bool)
            for phrase in phrases:
                holds[segment.find(phrase)[0]] = True
            total += int(np.count_nonzero(holds & live))
        return total

    def find_passing(self, keys: IdVector) -> tuple[IdVector, list[Rows]]:
        """Return the ids of the passages of some articles, rising, and their rows by segment."""
        rows = [
            live & _find_members(segment.keys, keys)
            for segment, live in zip(self.segments, self.live, strict=True)
        ]
        ids = [segment.ids[own] for segment, own in zip(self.segments, rows, strict=True)]
        return np.concatenate([*ids, np.zeros(0, dtype=np.int64)]), rows

    def match(
        self,
        phrases: Sequence[Phrase],
        *,
        limit: int,
        also: IdVector,
        allowed: Sequence[Rows] | None = None,
    ) -> dict[int, float]:
        """Return BM25 scores, higher is better, of passages that hold any of some phrases.

        Args:
            phrases: See ``index.record.tokens.read_phrases``.
            limit: How many of the best to return.
            also: Further passages whose scores are wanted, if they match at all.
            allowed: Which rows of each segment to choose from, as ``find_passing`` gives them;
                None for all.
        """
        found = [[segment.find(phrase) for segment in self.segments] for phrase in phrases]
        weights = [
            _K1_PLUS_1 * _idf(sum(map(self._count_live, range(len(parts)), parts)), self.n_passages)
            for parts in found
        ]
        scored: dict[int, float] = {}
        best: list[tuple[float, int]] = []
        for place, segment in enumerate(self.segments):
            scores = np.zeros(len(segment.ids))
            norms = self._norms[place]
            for weight, parts in zip(weights, found, strict=True):
                rows, counts = parts[place]
                scores[rows] += weight * counts / (counts + norms[rows])
            scores[~(self.live if allowed is None else allowed)[place]] = 0.0
            near = np.minimum(np.searchsorted(segment.ids, also), len(scores) - 1)
            near = near[(segment.ids[near] == also) & (scores[near] > 0)]
            scored.update(zip(segment.ids[near].tolist(), scores[near].tolist(), strict=True))
            least = best[-1][0] if best and len(best) == limit else 0.0
            places = np.flatnonzero(scores > 0 if least == 0.0 else scores >= -least)
            if len(places) > limit:
                edge = np.partition(scores[places], -limit)[-limit]
                places = places[scores[places] >= edge]
            own = zip((-scores[places]).tolist(), segment.ids[places].tolist(), strict=True)
            best = sorted([*best, *own])[:limit]
        return scored | {passage_id: -score for score, passage_id in best}

    def _count_live(
        self, place: int, part: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16]]
    ) -> int:
        return int(np.count_nonzero(self.live[place][part[0]]))


_K1_PLUS_1 = _K1 + 1.0


def _idf(n_holding: int, n_passages: int) -> float:
    return max(_LEAST_IDF, math.log((n_passages - n_holding + 0.5) / (n_holding + 0.5)))


def _find_members(values: IdVector, of: IdVector) -> Rows:
    """Return which values, any, are among some that rise."""
    if not len(values):
        return np.zeros(0, dtype=bool)
    least, most = int(values.min()), int(values.max())
    first, last = np.searchsorted(of, (least, most + 1))
    table = np.zeros(most - least + 1, dtype=bool)
    table[of[first:last] - least] = True
    found: Rows = table[values - least]
    return found


class FullText:
    """Looks for words in one state of a library, as ``ReadTransaction`` does."""

    def __init__(self, reader: ReadTransaction, index: TermIndex, cache: TermCache) -> None:
        self._reader = reader
        self._index = index
        self._cache = cache
        self._passing: tuple[IdVector, list[Rows]] | None = None

    def passing_ids(self, only: Filter) -> IdVector:
        """Return the ids of the passages whose article passes a filter, rising."""
        self._passing = self._index.find_passing(self._reader.passing_keys(only))
        return self._passing[0]

    def match(
        self, terms: Sequence[str], *, limit: int, also: IdVector, allowed: IdVector | None = None
    ) -> dict[int, float]:
        """Return BM25 scores; see ``ReadTransaction.match``.

        Args:
            terms: Words.
            limit: How many of the best to return.
            also: Further passages whose scores are wanted.
            allowed: What ``passing_ids`` returned; None for all.
        """
        phrases = read_phrases(tuple(terms))
        if phrases is not None:
            every = [phrase for found in phrases for phrase in found]
            rows = None if allowed is None or self._passing is None else self._passing[1]
            try:
                return self._index.match(every, limit=limit, also=also, allowed=rows)
            except DamagedSegmentError as error:
                self._cache.drop_damaged(error)
        return self._reader.match(terms, limit=limit, also=also, allowed=allowed)

    def document_frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """Return for each term the number of passages that hold it or an inflection of it."""
        phrases = read_phrases(tuple(terms))
        if phrases is not None:
            try:
                return dict(zip(terms, map(self._index.count, phrases), strict=True))
            except DamagedSegmentError as error:
                self._cache.drop_damaged(error)
        return self._reader.document_frequencies(terms)


class TermCache:
    """The segments of one library, shared by its threads.

    Args:
        database: The record.
        read_only: Never write.
    """

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        self._database = database
        self._read_only = read_only
        self._lock = threading.Lock()
        self._index: TermIndex | None = None
        self._generation: Generation | None = None

    def read(self, reader: ReadTransaction, ids: Callable[[], IdVector]) -> FullText | None:
        """Return the words of the state that a reader sees.

        Args:
            reader: The state.
            ids: Returns its passages, rising; asked only if something has changed.

        Returns:
            None if many are missing and cannot be written now.
        """
        with self._lock:
            if self._index is None or self._generation != reader.generation():
                segments, there = self._load(reader), ids()
                missing = there
                for segment in segments:
                    missing = missing[~_find_members(missing, segment.ids)]
                if len(missing):
                    segments = self._add_missing(reader, segments, missing)
                if not segments:
                    return None
                self._index, self._generation = TermIndex(segments, there), reader.generation()
            return FullText(reader, self._index, self)

    def follow(self, reader: ReadTransaction) -> None:
        """Write the words of what has been added; the caller holds the write lock.

        What was committed is safe without it, so a failure is only a warning.
        """
        folder = self._database.folder
        try:
            with self._lock:
                segments = self._load(reader)
                last = int(segments[-1].ids[-1]) if segments else 0
                made = _make_segments(reader, segments, reader.passage_ids(after=last))
                if made:
                    self._write([*segments, *made], reader)
        except (OSError, DamagedSegmentError) as error:
            _log.warning(
                "the words of the library at '%s' were not saved (%s);"
                " searching works, its first start is slower",
                folder,
                getattr(error, "strerror", None) or error,
            )

    def drop_damaged(self, error: DamagedSegmentError) -> None:
        """Forget what was read and delete the files that are damaged, with one warning."""
        self._warn_of_damage(error)
        with self._lock:
            self._index = None
            for file in self._files():
                if not self._read_only and _find_fault(file):
                    file.unlink(missing_ok=True)

    def find_fault(self) -> str:
        """Return what is wrong with the files, or an empty string."""
        faults = map(_find_fault, self._files())
        return next((f"has damaged words ({fault})" for fault in faults if fault), "")

    def discard(self) -> None:
        """Delete all files; they are made again when they are needed."""
        with self._lock:
            self._index = None
            for file in self._files():
                file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        return sorted(self._database.folder.glob(SEGMENT_FILES))

    def _load(self, reader: ReadTransaction) -> list[Segment]:
        """Return the segments on the disk that belong to this library, by rising ids."""
        known = {segment.file: segment for segment in self._index.segments} if self._index else {}
        found: list[Segment] = []
        for file in self._files():
            try:
                segment = known.get(file) or Segment.open(file)
            except FileNotFoundError:
                continue  # merged meanwhile
            except (OSError, DamagedSegmentError) as error:
                self._warn_of_damage(error)
                continue
            is_ours = segment.library == reader.library_id()
            if is_ours and reader.has_generation(segment.generation):
                found.append(segment)
        # One that was merged into a larger one may still be there.
        kept: list[Segment] = []
        for segment in sorted(found, key=lambda each: -len(each.ids)):
            if not any(_find_members(segment.ids, other.ids).any() for other in kept):
                kept.append(segment)
        return _by_id(kept)

    def _write(self, segments: Sequence[Segment], reader: ReadTransaction) -> list[Segment]:
        """Merge what is small, write what is new, and delete the files that are of no more use.

        Each segment is at least twice as large as the next, so there are few, and a passage is
        written anew only as often as the library has doubled.
        """
        runs: list[list[Segment]] = []
        for segment in segments:
            run, size = [segment], len(segment.ids)
            while runs and runs[-1][-1].ids[-1] < run[0].ids[0]:
                before = _count(runs[-1])
                if before >= 2 * size or before + size > SEGMENT_PASSAGES:
                    break
                run = [*runs.pop(), *run]
                size += before
            runs.append(run)
        written: list[Segment] = []
        for run in runs:
            merged = run[0]
            if len(run) > 1:
                there = reader.passage_ids(after=int(run[0].ids[0]) - 1, until=int(run[-1].ids[-1]))
                found = merge([(each, _find_members(each.ids, there)) for each in run])
                if not len(found.ids):
                    continue
                merged = Segment.make(found, library=merged.library, generation=reader.generation())
            written.append(merged if merged.file else merged.write(self._database.folder))
        for file in set(self._files()) - {segment.file for segment in written}:
            file.unlink(missing_ok=True)
        return written

    def _add_missing(
        self, reader: ReadTransaction, segments: list[Segment], missing: IdVector
    ) -> list[Segment]:
        """Return the segments with those of some passages, written unless somebody else writes.

        Many are only made if they can be written: to make them for one question is no help.
        """
        made = []
        if len(missing) <= MOST_IN_MEMORY:
            made = _make_segments(reader, segments, missing)
        if not self._read_only:
            try:
                with (
                    hold_write_lock(self._database.folder, wait_seconds=0),
                    self._database.reading() as newest,
                ):
                    if newest.generation() == reader.generation():
                        made = made or _make_segments(newest, segments, missing)
                        return self._write(_by_id([*segments, *made]), newest)
            except (LibraryBusyError, LibraryStorageError, OSError, DamagedSegmentError) as error:
                _log.debug("the words were not saved: %s", error)
        return _by_id([*segments, *made]) if made else []

    def _warn_of_damage(self, error: Exception) -> None:
        _log.warning(
            "the words of the library at '%s' are damaged (%s); rebuilding them from the record",
            self._database.folder,
            getattr(error, "strerror", None) or error,
        )


def _find_fault(file: Path) -> str:
    try:
        Segment.open(file).check()
    except FileNotFoundError:
        return ""
    except (OSError, DamagedSegmentError) as error:
        return str(getattr(error, "strerror", None) or error)
    return ""


def _make_segments(
    reader: ReadTransaction, segments: Sequence[Segment], missing: IdVector
) -> list[Segment]:
    """Return segments of some passages, none of which reaches over one that is there."""
    gaps = np.searchsorted([segment.ids[0] for segment in segments], missing)
    return [
        Segment.make(
            read_postings(reader, own[first : first + SEGMENT_PASSAGES]),
            library=reader.library_id(),
            generation=reader.generation(),
        )
        for own in (missing[gaps == gap] for gap in np.unique(gaps).tolist())
        for first in range(0, len(own), SEGMENT_PASSAGES)
    ]


def _count(segments: Sequence[Segment]) -> int:
    return sum(len(segment.ids) for segment in segments)


def _by_id(segments: Sequence[Segment]) -> list[Segment]:
    return sorted(segments, key=lambda segment: int(segment.ids[0]))
