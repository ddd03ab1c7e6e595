"""The order of passages after a reader has read the first of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.types import FloatMatrix, Hit
from rag.evidence import ReadSentences
from rag.reader_features import best_of_passages
from rag.terms import QuestionTerms
from rag.timing import find_ages
from rag.weights import passage_weights

PASSAGE_FEATURES = (
    "retrieval",
    "reader_here",
    "reader_evidence",
    "reader_agreement",
    "age",
)
"""What a passage that was read is placed by; the order is that of ``passage_features``."""


def passage_features(
    hits: Sequence[Hit], read: ReadSentences, terms: QuestionTerms
) -> tuple[list[int], FloatMatrix]:
    """Return the positions of the passages that were read, and their features.

    Args:
        hits: Best first.
        read: What the reader found in the first of them.
        terms: What the question asks for.

    Returns:
        Positions, and float32 of shape (n_read, len(PASSAGE_FEATURES)).
    """
    best = best_of_passages(hits, dict(read))
    positions = [i for i, found in enumerate(best) if found is not None]
    ages = find_ages(hits) if terms.about_recent else {}
    rows = [
        [
            hits[i].score - hits[0].score,
            found.here,
            found.evidence,
            found.agreement,
            ages.get(hits[i].article.article_id, 0.0),
        ]
        for i, found in enumerate(best)
        if found is not None
    ]
    return positions, np.array(rows, dtype=np.float32).reshape(-1, len(PASSAGE_FEATURES))


def order_hits(hits: Sequence[Hit], read: ReadSentences, terms: QuestionTerms) -> tuple[Hit, ...]:
    """Return the passages in the order of retrieval and reader together.

    The score of a passage that was read becomes what it is placed by. Those that were not read
    follow, at most as good as the last that was.

    Args:
        hits: Best first.
        read: What the reader found in the first of them.
        terms: What the question asks for.
    """
    positions, features = passage_features(hits, read, terms)
    if not positions:
        return tuple(hits)
    scores = features @ np.array(passage_weights()["coefficients"], dtype=np.float32)
    placed = [
        replace(hits[positions[i]], score=float(scores[i]))
        for i in np.argsort(-scores, kind="stable").tolist()
    ]
    floor = placed[-1].score
    known = frozenset(positions)
    rest = [hit for i, hit in enumerate(hits) if i not in known]
    highest = rest[0].score if rest else 0.0
    placed += [replace(hit, score=floor + hit.score - highest) for hit in rest]
    return tuple(placed)
