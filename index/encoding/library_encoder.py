"""The encoder of an open library: loaded when first needed, and held to what made the vectors."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index.encoding.encoders import load_embedder
from index.encoding.weights import DEFAULT_ENCODER
from index.errors import EncoderError, EncoderMismatchError
from index.record.database import ENCODER_NAME

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.record.database import Database
    from index.types import EncoderIdentity, FloatVector

GRAPH_FOLDER = "encoder"
"""Where in a library's folder the encoder keeps what makes its questions fast; derived."""

_log = logging.getLogger("onrecord")


class EncoderHolder:
    """Holds the encoder of one library, for all of its threads.

    Args:
        database: The record, which says what made the vectors.
        embedder: The encoder, or None.
        encoder: Its name or folder, instead of ``embedder``; with neither, the record says it.
    """

    def __init__(
        self, database: Database, *, embedder: Embedder | None, encoder: str | None
    ) -> None:
        self._database = database
        self._name = encoder
        self._embedder = embedder
        self._is_chosen = embedder is not None or encoder is not None
        self._lock = threading.Lock()

    @property
    def identity(self) -> EncoderIdentity | None:
        """The encoder that made the vectors; None while nothing was added."""
        with self._database.reading() as reader:
            active = reader.encoder()
        return None if active is None else active[1]

    def check(self) -> None:
        """Check an encoder that was given, which costs no loading.

        Raises:
            EncoderMismatchError: If it did not make the vectors.
        """
        active = self.identity
        if self._embedder is not None and active is not None:
            self._check_identity(active, self._embedder)

    def get(self, active: EncoderIdentity | None) -> Embedder:
        """Return the encoder that made the vectors, following another process's reencode.

        Args:
            active: What the record says made them.

        Raises:
            EncoderError: If it cannot be loaded.
            EncoderMismatchError: If the one that was chosen is another.
        """
        with self._lock:
            if self._embedder is None:
                self._embedder = self.load(self._name or self._stored_name(active))
            elif active is not None and not self._is_chosen and self._embedder.identity != active:
                self._embedder = self.load(active.name)
            if active is not None:
                self._check_identity(active, self._embedder)
            return self._embedder

    def load(self, name: str) -> Embedder:
        """Load an encoder, which may keep its question graph in the library.

        Raises:
            EncoderError: If it cannot be loaded.
        """
        return load_embedder(name, graph_folder=self._database.folder / GRAPH_FOLDER)

    def use(self, embedder: Embedder, *, is_named: bool) -> None:
        """Use another encoder from now on, one that has made the vectors meanwhile.

        Args:
            embedder: The encoder.
            is_named: Whether it was loaded by its name, and may be followed by another.
        """
        with self._lock:
            self._embedder, self._is_chosen, self._name = embedder, not is_named, None

    def embed_query(self, active: EncoderIdentity, text: str) -> FloatVector:
        """Return the vector of a question, float32, shape (dim,).

        Raises:
            EncoderError: If the encoder cannot be loaded, is not the one that made the vectors,
                or gives what is no vector.
        """
        embedder = self.get(active)
        vector = np.asarray(embedder.embed_query(text), dtype=np.float32)
        if vector.shape != (embedder.identity.dim,) or not np.isfinite(vector).all():
            raise EncoderError(
                f"encoder {embedder.identity} gave no usable vector for the question;"
                " choose another with --encoder"
            )
        return vector

    def export_graph(self) -> None:
        """Let an encoder that can keep what makes its questions fast."""
        export = getattr(self._embedder, "export_graph", None)
        if export is None:
            return
        try:
            export()
        except ValueError:
            _log.debug("the encoder was given no folder to keep its question graph in")
        except OSError as error:
            _log.warning(
                "the question graph was not saved (%s), so asking is slower", error.strerror
            )

    def _stored_name(self, active: EncoderIdentity | None) -> str:
        if active is not None:
            return active.name
        with self._database.reading() as reader:
            return reader.meta(ENCODER_NAME) or DEFAULT_ENCODER

    def _check_identity(self, active: EncoderIdentity, embedder: Embedder) -> None:
        if embedder.identity != active:
            folder: Path = self._database.folder
            raise EncoderMismatchError(folder, str(active), str(embedder.identity))


def check_one_encoder(embedder: Embedder | None, encoder: str | None) -> None:
    """Refuse an encoder that is given twice.

    Raises:
        ValueError: If it is, as itself and by its name.
    """
    if embedder is not None and encoder is not None:
        raise ValueError("give an embedder or the name of an encoder, not both")
