"""Keeps the search structure in step with the record.

A library has one ``Shelf``. It loads the published structure, brings it to the state that a
reader sees, and publishes it again. Whatever is wrong with the file costs time, never an
answer: the record has it all.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.errors import LibraryBusyError, LibraryStorageError
from index.lock import hold_write_lock, is_write_locked
from index.publish import (
    VECTORS_FILE,
    Provenance,
    PublishedFileError,
    digest_encoder,
    publish_file,
    read_file,
)
from index.vectors import FLAT_LIMIT, VectorStructure

if TYPE_CHECKING:
    from index.archive import Archive
    from index.reader import Reader
    from index.types import EncoderIdentity, FloatMatrix
    from index.vector_rows import IdVector

_MISSING = "is missing"
_BEHIND = "is behind the record"

_log = logging.getLogger("onrecord")


@dataclass(frozen=True, slots=True)
class _Held:
    provenance: Provenance
    structure: VectorStructure


class Shelf:
    """The search structure of one library, shared by its threads.

    Args:
        archive: The record.
        read_only: Never publish.
        flat_limit: Most passages that are compared one by one; see ``index.vectors``.
    """

    def __init__(
        self, archive: Archive, *, read_only: bool = False, flat_limit: int = FLAT_LIMIT
    ) -> None:
        self._archive = archive
        self._read_only = read_only
        self._flat_limit = flat_limit
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._published: Provenance | None = None

    def structure_for(self, reader: Reader) -> VectorStructure | None:
        """Return the structure that shows what a reader sees, to be searched, not changed.

        A reader whose state is older than the structure is renewed. What is wrong with the
        published file is mended, with one warning.

        Returns:
            The structure; None while the library has no encoder, and so no vectors.
        """
        with self._lock:
            was_held = self._held is not None
            if self._held and reader.stamp().generation < self._held.provenance.stamp.generation:
                reader.renew()
            held = self._advance(reader, is_writer=False)
        if held is None:
            return None
        if not was_held and not self._read_only and self._published != held.provenance:
            self._publish_unless_busy(held)
        return held.structure

    def publish(self) -> None:
        """Publish the structure of the newest state; the caller holds the write lock.

        What was committed is safe without it, so a failure is a warning.
        """
        with self._archive.reading() as reader, self._lock:
            held = self._advance(reader, is_writer=True)
        if held is not None and self._published != held.provenance:
            try:
                self._publish(held)
            except (OSError, PublishedFileError) as error:
                _log.warning(
                    "the search structure of the library at '%s' was not saved (%s);"
                    " searching works, its first start is slower",
                    self._archive.folder,
                    getattr(error, "strerror", None) or error,
                )

    def find_fault(self) -> str:
        """Return what is wrong with the published file, or an empty string."""
        with self._archive.reading() as reader, self._lock:
            encoder = reader.encoder()
            if encoder is None:
                return ""
            wanted = _provenance(reader, encoder[1])
            return self._inspect(reader, wanted, reader.vector_ids(encoder[0]))[1]

    def rebuild(self) -> None:
        """Publish anew from the record alone; the caller holds the write lock.

        Raises:
            OSError: If it cannot be written.
        """
        (self._archive.folder / VECTORS_FILE).unlink(missing_ok=True)
        with self._lock:
            self._held = None
        self.publish()

    def _advance(self, reader: Reader, *, is_writer: bool) -> _Held | None:
        encoder = reader.encoder()
        if encoder is None:
            return None
        encoder_id, identity = encoder
        wanted = _provenance(reader, identity)
        if self._held is not None and self._held.provenance == wanted:
            return self._held
        ids = reader.vector_ids(encoder_id)
        base, is_shared = self._held, True
        if base is None:
            base, is_shared = self._load(reader, wanted, ids, is_writer=is_writer), False

        def batches(some: IdVector | None = None) -> Iterable[tuple[IdVector, FloatMatrix]]:
            return reader.stream_vectors(encoder_id, identity.dim, some)

        if (
            base is None
            or (is_shared and _find_difference(base.provenance, wanted, reader))
            or not base.structure.suits(len(ids), flat_limit=self._flat_limit)
        ):
            structure = VectorStructure.build(
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
        self._held = _Held(wanted, structure)
        return self._held

    def _load(
        self, reader: Reader, wanted: Provenance, ids: IdVector, *, is_writer: bool
    ) -> _Held | None:
        """Read the published file; one warning line says what is wrong with it, if anything."""
        folder = self._archive.folder
        held, fault = self._inspect(reader, wanted, ids)
        # No wonder while someone is writing.
        is_expected = fault in {_MISSING, _BEHIND} and (is_writer or is_write_locked(folder))
        if fault and not is_expected:
            _log.warning(
                "the search structure of the library at '%s' %s; %s the record",
                folder,
                fault,
                "rebuilding it from" if held is None else "bringing it up to date with",
            )
        return held

    def _inspect(
        self, reader: Reader, wanted: Provenance, ids: IdVector
    ) -> tuple[_Held | None, str]:
        """Return the published structure if it is of use, and what is wrong with the file."""
        self._published = None
        try:
            held = _Held(*read_file(self._archive.folder, VectorStructure.read))
        except FileNotFoundError:
            return None, _MISSING if len(ids) else ""
        except (OSError, PublishedFileError, ValueError) as error:
            return None, f"is damaged ({getattr(error, 'strerror', None) or error})"
        self._published = held.provenance
        difference = _find_difference(held.provenance, wanted, reader)
        if difference:
            return None, difference
        if held.provenance != wanted:
            return held, _BEHIND
        if not np.array_equal(held.structure.ids(), ids):
            return None, "does not show the record"
        return held, ""

    def _publish_unless_busy(self, held: _Held) -> None:
        try:
            with (
                hold_write_lock(self._archive.folder, wait_seconds=0),
                self._archive.reading() as reader,
            ):
                if reader.stamp() == held.provenance.stamp:
                    self._publish(held)
        except (LibraryBusyError, LibraryStorageError, OSError, PublishedFileError) as error:
            _log.debug("not published: %s", error)

    def _publish(self, held: _Held) -> None:
        publish_file(self._archive.folder, held.provenance, held.structure.write)
        self._published = held.provenance


def _provenance(reader: Reader, identity: EncoderIdentity) -> Provenance:
    return Provenance(reader.library_id(), reader.stamp(), digest_encoder(identity))


def _find_difference(found: Provenance, wanted: Provenance, reader: Reader) -> str:
    """Return why a structure cannot be brought to a state, or an empty string."""
    if found.library != wanted.library:
        return "belongs to another library"
    if found.encoder != wanted.encoder:
        return "was made with another encoder"
    if not reader.has_been(found.stamp):
        return "belongs to another state of this library"
    return ""
