"""An encoder that keeps what it has encoded on disk, for measurements that reuse articles."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.encoding.encoders import Embedder
from index.types import EncoderIdentity, EncoderInput, FloatVector, PassageVectors


class CachedEmbedder:
    """Wraps an encoder; passages that it has encoded before come from a file.

    Args:
        embedder: Encodes what is not known yet.
        file: An ``.npz`` file, read now if it exists and written by ``save``.
    """

    def __init__(self, embedder: Embedder, file: Path) -> None:
        self._embedder = embedder
        self._file = file
        self._known: dict[bytes, PassageVectors] = {}
        self._saved = 0
        if file.exists():
            with np.load(file) as stored:
                keys, bounds = stored["keys"], stored["bounds"]
                passages, sentences = stored["passages"], stored["sentences"]
            for row in range(len(keys)):
                self._known[keys[row].tobytes()] = PassageVectors(
                    passages[row].astype(np.float32),
                    sentences[bounds[row] : bounds[row + 1]].astype(np.float32),
                )
            self._saved = len(keys)

    @property
    def identity(self) -> EncoderIdentity:
        """Return the wrapped encoder's identity."""
        return self._embedder.identity

    def embed_query(self, text: str) -> FloatVector:
        """Encode a question, without remembering it."""
        return self._embedder.embed_query(text)

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode what is new and return the vectors of all passages."""
        keys = [_key(item) for item in inputs]
        fresh = [i for i, key in enumerate(keys) if key not in self._known]
        vectors = self._embedder.embed_passages([inputs[i] for i in fresh])
        self._known.update(zip((keys[i] for i in fresh), vectors, strict=True))
        return [self._known[key] for key in keys]

    def save(self) -> None:
        """Write everything known to the file, if anything is new."""
        if len(self._known) == self._saved:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        values = list(self._known.values())
        np.savez(
            self._file,
            keys=np.stack([np.frombuffer(key, dtype=np.uint8) for key in self._known]),
            bounds=np.cumsum([0, *(len(v.sentences) for v in values)]),
            passages=np.stack([v.passage for v in values]).astype(np.float16),
            sentences=np.concatenate([v.sentences for v in values]).astype(np.float16),
        )
        self._saved = len(self._known)


def _key(item: EncoderInput) -> bytes:
    return hashlib.sha256(repr((item.title, item.text, list(item.spans))).encode()).digest()
