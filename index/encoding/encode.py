"""Encoding passages into the bytes that the record stores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from index.errors import EncoderError
from index.record.rows import AT_REST, has_unit_rows
from index.types import EncoderIdentity, EncoderInput, Passage, PassageVectors

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.record.database import AnyDatabase

BATCH_PASSAGES = 512
"""Passages that are encoded and committed together."""

_UNIT_TOLERANCE = 1e-3


def encode_passages(
    embedder: Embedder, passages: Sequence[tuple[str, Passage]], *, batch_passages: int
) -> list[tuple[bytes, bytes]]:
    """Encode passages and their sentences.

    Args:
        embedder: The encoder.
        passages: Each with its article's title.
        batch_passages: How many to hold as float32 at a time.

    Returns:
        For each passage, its vector and those of its sentences, as little-endian float16.

    Raises:
        EncoderError: If a vector's dimension is not what the encoder states, or its length not one.
    """
    encoded: list[tuple[bytes, bytes]] = []
    for first in range(0, len(passages), batch_passages):
        batch = passages[first : first + batch_passages]
        given = embedder.embed_passages([_to_input(title, passage) for title, passage in batch])
        if len(given) != len(batch):
            raise EncoderError(
                f"encoder {embedder.identity} gave {len(given)} of {len(batch)} vectors"
            )
        for (_, passage), vectors in zip(batch, given, strict=True):
            encoded.append(_to_bytes(vectors, len(passage.sentences), embedder.identity))
    return encoded


def encode_missing(
    database: AnyDatabase,
    embedder: Embedder,
    encoder_id: int,
    *,
    batch_passages: int = BATCH_PASSAGES,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Encode every passage that lacks vectors of an encoder, batch by batch.

    Each batch is committed, so that the next call resumes where an interrupted one stopped.

    Args:
        database: The record; the caller holds the write lock.
        embedder: The encoder.
        encoder_id: Its key in the record.
        batch_passages: Passages per batch.
        progress: Called after each batch with the passages done and expected.

    Returns:
        How many passages were encoded.
    """
    with database.reading() as reader:
        total = reader.count_unencoded(encoder_id)
    done = last = 0
    while True:
        with database.reading() as reader:
            ids = reader.unencoded(encoder_id, after=last, limit=batch_passages)
            passages = reader.titled_passages(ids)
        if not ids:
            return done
        encoded = encode_passages(embedder, passages, batch_passages=batch_passages)
        with database.writing() as writer:
            for passage_id, vectors in zip(ids, encoded, strict=True):
                writer.put_vectors(encoder_id, passage_id, *vectors)
        last = ids[-1]
        done += len(ids)
        if progress is not None:
            progress(done, total)


def _to_input(title: str, passage: Passage) -> EncoderInput:
    spans = [(s.start - passage.start, s.end - passage.start) for s in passage.sentences]
    return EncoderInput(passage.text, spans, title)


def _to_bytes(
    vectors: PassageVectors, n_sentences: int, identity: EncoderIdentity
) -> tuple[bytes, bytes]:
    passage = np.asarray(vectors.passage, dtype=np.float32).reshape(1, -1)
    sentences = np.asarray(vectors.sentences, dtype=np.float32)
    for matrix, shape in ((passage, (1, identity.dim)), (sentences, (n_sentences, identity.dim))):
        if matrix.shape != shape:
            raise EncoderError(
                f"encoder {identity} gave vectors of shape {matrix.shape}, not {shape};"
                " choose another with --encoder"
            )
        if not has_unit_rows(matrix, tolerance=_UNIT_TOLERANCE):
            raise EncoderError(
                f"encoder {identity} gave a vector that is not of length one;"
                " choose another with --encoder"
            )
    return passage.astype(AT_REST).tobytes(), sentences.astype(AT_REST).tobytes()
