"""What a reader finds in a passage, and what a reader is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.types import Hit

UNREAD = -1e9
"""Score of a sentence of which no token was read; below every score that a reader gives."""


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What a reader finds in one sentence.

    Attributes:
        evidence: How surely the sentence answers; higher is better, comparable within a question.
        span: How surely the words from ``start`` to ``end`` are the answer, likewise.
        start: First code point, in the article's text, of its best answering words.
        end: One past the last; ``start == end`` where no words were told apart.
    """

    evidence: float
    span: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What a reader finds in one passage.

    Attributes:
        here: How surely the passage answers; comparable within a question and, for a calibrated
            reader, log-odds that mean the same for every question.
        sentences: One entry per sentence of the passage, in its order.
    """

    here: float
    sentences: tuple[SentenceReading, ...]


@runtime_checkable
class Reader(Protocol):
    """Reads retrieved passages for a question."""

    @property
    def name(self) -> str:
        """Return what the user calls it."""
        ...

    @property
    def is_calibrated(self) -> bool:
        """Return whether the fitted weights were fitted on its own scores."""
        ...

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Return what is found in each passage, in the order of the hits.

        Args:
            question: Standing alone, not blank.
            hits: Retrieved passages; may be empty.
        """
        ...


LONGEST_ANSWER_TOKENS = 40


def best_span(
    starts: npt.NDArray[np.float32], ends: npt.NDArray[np.float32]
) -> tuple[int, int, float]:
    """Return the first and last token of the best span, and its score.

    Args:
        starts: Score of each token as the first of an answer, shape (n_tokens,), n at least 1.
        ends: Score of each as the last.

    Returns:
        Positions with ``first <= last < first + 40``, and the sum of their two scores.
    """
    sums = starts[:, None] + ends[None, :]
    n = len(starts)
    places = np.arange(n)
    lengths = places[None, :] - places[:, None]
    sums = np.where((lengths >= 0) & (lengths < LONGEST_ANSWER_TOKENS), sums, -np.inf)
    first, last = divmod(int(np.argmax(sums)), n)
    return first, last, float(sums[first, last])
