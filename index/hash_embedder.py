"""A weightless encoder, for tests and for trying."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from index.types import EncoderIdentity, EncoderInput, FloatVector, PassageVectors

HASH_DIM = 64
LEAST_HASH_DIM = 8


class HashEmbedder:
    """A deterministic bag-of-words encoder without weights, for tests and for trying.

    Every word is hashed to a signed component, so texts that share words have a positive
    cosine, as a rule: words that meet in one component blur it, in few dimensions more often.
    It knows nothing about meaning.

    Args:
        dim: Components of a vector, at least 8.
    """

    def __init__(self, dim: int = HASH_DIM) -> None:
        if dim < LEAST_HASH_DIM:
            raise ValueError(f"dim must be at least {LEAST_HASH_DIM}, got {dim}")
        self._dim = dim

    @property
    def identity(self) -> EncoderIdentity:
        """Return the name that ``load_embedder`` knows it by, and the dimension."""
        name = "hash" if self._dim == HASH_DIM else f"hash-{self._dim}"
        return EncoderIdentity(name=name, revision="1", dim=self._dim)

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode passages and their sentences; see ``Embedder``."""
        return [
            PassageVectors(
                passage=self.embed_query(f"{item.title} {item.text}"),
                sentences=np.stack([self.embed_query(item.text[a:b]) for a, b in item.spans])
                if item.spans
                else np.zeros((0, self._dim), dtype=np.float32),
            )
            for item in inputs
        ]

    def embed_query(self, text: str) -> FloatVector:
        """Encode one text; see ``Embedder``."""
        vector = np.zeros(self._dim, dtype=np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest()
            sign = 1.0 if digest[7] & 1 else -1.0
            vector[int.from_bytes(digest[:6], "little") % self._dim] += sign
        norm = float(np.linalg.norm(vector))
        if norm == 0.0:
            vector[0] = 1.0
            return vector
        return vector / np.float32(norm)
