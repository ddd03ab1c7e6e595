"""Vectors as the record stores them: float16 at rest, float32 unit rows in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from index.rows import InconsistentRecordError
from index.types import FloatMatrix

IdVector: TypeAlias = npt.NDArray[np.int64]
"""int64, shape (n,): passage ids."""

AT_REST = np.dtype("<f2")
"""How vectors are stored: float16, little-endian."""

_UNIT_TOLERANCE = 2e-3  # the encoder's and what float16 adds to it


def decode_vectors(blobs: Sequence[bytes], dim: int) -> FloatMatrix:
    """Return stored vectors as float32, shape (n, dim), unit rows.

    Raises:
        InconsistentRecordError: If a blob is not a whole number of unit vectors.
    """
    if any(len(blob) % (dim * AT_REST.itemsize) for blob in blobs):
        raise InconsistentRecordError("a vector has the wrong length")
    matrix = np.frombuffer(b"".join(blobs), dtype=AT_REST).reshape(-1, dim).astype(np.float32)
    if not has_unit_rows(matrix, tolerance=_UNIT_TOLERANCE):
        raise InconsistentRecordError("a vector is not of length one")
    return matrix


def has_unit_rows(matrix: FloatMatrix, *, tolerance: float) -> bool:
    """Return whether every row has length one; one that is not finite has not."""
    with np.errstate(invalid="ignore", over="ignore"):
        norms = np.linalg.norm(matrix, axis=1)
    return bool(np.all(np.abs(norms - 1.0) <= tolerance))


def to_columns(rows: Sequence[tuple[int, bytes]], dim: int) -> tuple[IdVector, FloatMatrix]:
    """Return rows of passage ids and stored vectors as arrays: shapes (n,) and (n, dim).

    Raises:
        InconsistentRecordError: If a row does not hold one unit vector.
    """
    ids = np.fromiter((row[0] for row in rows), dtype=np.int64, count=len(rows))
    matrix = decode_vectors([row[1] for row in rows], dim)
    if len(matrix) != len(ids):
        raise InconsistentRecordError("a vector has the wrong length")
    return ids, matrix
