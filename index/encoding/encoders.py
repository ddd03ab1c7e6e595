"""Encoders: text in, unit vectors out.

``Embedder`` is the whole boundary. ``load_embedder`` returns the default encoder, the multilingual
one, any other sentence-transformers model, or the weightless ``HashEmbedder``. The default
and the multilingual encoder run in ONNX Runtime, any other in ``index.encoding.torch_encoder``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from index.encoding.model_info import DEFAULT_ENCODER, MULTILINGUAL_ENCODER, find_model_folder
from index.errors import EncoderError
from index.types import (
    EncoderIdentity,
    EncoderInput,
    FloatVector,
    PassageVectors,
    TokenVectors,
)

HASH_DIM = 64
LEAST_HASH_DIM = 8


class HashEmbedder:
    """A deterministic bag-of-words encoder without weights, for tests and experiments.

    Every word is hashed to a signed component, so texts that share words usually have a positive
    cosine; words that collide in one component blur it, more often in few dimensions. It knows
    nothing about meaning.

    Args:
        dim: Components of a vector, at least 8.
    """

    def __init__(self, dim: int = HASH_DIM) -> None:
        if dim < LEAST_HASH_DIM:
            raise ValueError(f"dim must be at least {LEAST_HASH_DIM}, got {dim}")
        self._dim = dim

    @property
    def identity(self) -> EncoderIdentity:
        """Return the name by which ``load_embedder`` knows it, and the dimension."""
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


@runtime_checkable
class Embedder(Protocol):
    """Turns passages and questions into unit vectors of one space."""

    @property
    def identity(self) -> EncoderIdentity:
        """Return which encoder this is."""
        ...

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode passages and, in the same pass, their sentences.

        Args:
            inputs: Passages; may be empty. A long one is encoded in full.

        Returns:
            One entry per input, in the order of the inputs.
        """
        ...

    def embed_query(self, text: str) -> FloatVector:
        """Encode a question.

        Returns:
            float32, shape (dim,), a unit vector.
        """
        ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """Gives a vector for every token of a text, for comparing texts word by word."""

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token.

        Args:
            texts: May be empty. Only the beginning of a text longer than the encoder reads counts.

        Returns:
            One entry per text, in order; without special tokens.
        """
        ...


def _load_multilingual_embedder(_name: str, graph_folder: Path | None, _device: str) -> Embedder:
    """Return the multilingual encoder.

    Raises:
        EncoderError: If neither its package nor a graph of it is there.
    """
    from index.encoding.multilingual import MultilingualEmbedder

    return MultilingualEmbedder(graph_folder)


def _load_default_embedder(_name: str, _graph_folder: Path | None, device: str) -> Embedder:
    """Return the default encoder; the device is looked for when many passages are encoded.

    Raises:
        EncoderError: If its package is missing, or there is no such device anywhere.
    """
    from index.encoding.onnx_encoder import EmbedPassages, MiniLmEmbedder

    folder = find_model_folder(DEFAULT_ENCODER)
    if device not in {"auto", "cpu"}:
        from index.encoding.device import check_device_name

        check_device_name(device)

    def accelerate() -> EmbedPassages | None:
        from index.encoding.device import Way, choose_way, may_gain

        if not may_gain(device) or choose_way(device) == Way():
            return None
        from index.encoding.torch_encoder import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(DEFAULT_ENCODER, folder, device=device).embed_passages

    return MiniLmEmbedder(folder, accelerate=accelerate)


def _load_hash_embedder(name: str, _graph_folder: Path | None, _device: str) -> HashEmbedder:
    """Return the weightless encoder ``hash`` or ``hash-DIM``.

    Raises:
        EncoderError: If ``DIM`` is less than 8.
    """
    _, _, dim = name.partition("-")
    try:
        return HashEmbedder(int(dim or HASH_DIM))
    except ValueError as error:
        raise EncoderError(f"there is no encoder '{name}': {error}; try 'hash'") from error


PROCESSOR_ONLY = re.compile(rf"hash(?:-\d+)?|{MULTILINGUAL_ENCODER}")
"""Names of the encoders that no device makes quicker."""

ENCODERS: Mapping[str, Callable[[str, Path | None, str], Embedder]] = {
    r"hash(?:-\d{1,4})?": _load_hash_embedder,
    MULTILINGUAL_ENCODER: _load_multilingual_embedder,
    rf"(?:sentence-transformers/)?{re.escape(DEFAULT_ENCODER)}": _load_default_embedder,
}
"""Regular expression for a name -> what loads the encoder, from name, graph folder and device.

Any other name is that of a sentence-transformers model.
"""


def load_embedder(
    name: str = DEFAULT_ENCODER, *, graph_folder: Path | None = None, device: str = "auto"
) -> Embedder:
    """Return an encoder by name; its heavy parts are loaded when first used.

    Args:
        name: ``all-MiniLM-L6-v2`` (default), ``multilingual``, ``hash`` or ``hash-DIM`` for the
            weightless one, or the hub name or folder of a sentence-transformers model.
        graph_folder: Where the library keeps the exported question graph.
        device: What articles are encoded on: ``cpu``, ``cuda``, ``mps``, or ``auto`` for the
            quickest; ``multilingual`` and ``hash`` know the processor only.

    Raises:
        EncoderError: If the model is not on this machine, there is no such device, or ``DIM`` is
            less than 8. A device that is not on this machine is refused when it is first used.
    """
    for form, load in ENCODERS.items():
        if re.fullmatch(form, name):
            return load(name, graph_folder, device)
    from index.encoding.torch_encoder import SentenceTransformerEmbedder

    folder = find_model_folder(name)
    if Path(name).expanduser().is_dir():
        name = str(folder)  # the library will look for it from other folders too
    return SentenceTransformerEmbedder(name, folder, graph_folder=graph_folder, device=device)
