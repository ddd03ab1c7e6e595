"""How much of a claim its evidence contains, by the encoder's vector of each word; pure.

The same as ``rag.verification.alignment`` with the cosine of two vectors in place of equal stems,
so that "fell" matches "dropped".
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.types import FloatMatrix
from rag.verification.parsed_text import ParsedText

WEAKEST_SHARE = 0.25
ALIKE_COSINE = 0.55

TOKEN_FEATURES = (
    "sentence_alignment",
    "window_alignment",
    "whole_alignment",
    "weakest_words",
    "weakest_name",
    "sentence_cosine",
    "window_cosine",
    "whole_cosine",
    "weighted_cosine",
    "top_cosines",
    "mean_cosine",
    "reverse_alignment",
    "matched_share",
)


def align_tokens(
    claim: ParsedText,
    claim_vectors: FloatMatrix,
    evidence: ParsedText,
    evidence_vectors: FloatMatrix,
    sentences: Sequence[int],
) -> dict[str, float]:
    """Compare a claim with its evidence by the encoder's vector of each word.

    Args:
        claim: The claim.
        claim_vectors: float32, shape (n_claim_words, dim): mean token vector of each word.
        evidence: What it rests on.
        evidence_vectors: float32, shape (n_evidence_words, dim); zero rows where not encoded.
        sentences: Numbers of the evidence sentences that were encoded, ascending.

    Returns:
        The figures by name; all 0 if there is nothing to compare.
    """
    ours = [i for i, heft in enumerate(claim.weights) if heft]
    ranges = [evidence.word_ranges[n] for n in sentences]
    ranges = [(first, last) for first, last in ranges if last > first]
    if not ours or not ranges:
        return dict.fromkeys(TOKEN_FEATURES, 0.0)
    weight = np.array([claim.weights[i] for i in ours], dtype=np.float32)
    weight /= weight.sum()
    rows = np.concatenate([np.arange(first, last) for first, last in ranges])
    starts = np.cumsum([0, *(last - first for first, last in ranges)])
    theirs = evidence_vectors[rows]
    cosines = _unit(claim_vectors[ours]) @ _unit(theirs).T
    per_sentence = np.maximum.reduceat(cosines, starts[:-1], axis=1)
    windows = per_sentence.copy()
    windows[:, 1:] = np.maximum(windows[:, 1:], per_sentence[:, :-1])
    windows[:, :-1] = np.maximum(windows[:, :-1], per_sentence[:, 1:])
    aligned = weight @ windows
    best = windows[:, int(np.argmax(aligned))]
    order = np.sort(best)
    n_weakest = max(1, math.ceil(WEAKEST_SHARE * len(order)))
    heavy = weight >= np.median(weight)
    sums = np.add.reduceat(theirs, starts[:-1], axis=0)
    wide = sums.copy()
    wide[1:] += sums[:-1]
    wide[:-1] += sums[1:]
    their_weight = np.array(
        [heft for first, last in ranges for heft in evidence.weights[first:last]],
        dtype=np.float32,
    )
    at = int(np.argmax(weight @ per_sentence))
    inside = slice(starts[at], starts[at + 1])
    back = cosines[:, inside].max(axis=0)
    heft = their_weight[inside]
    heavy_sums = np.add.reduceat(theirs * their_weight[:, None], starts[:-1], axis=0)
    heavy_claim = _unit((claim_vectors[ours] * weight[:, None]).sum(axis=0, keepdims=True))[0]
    whole_claim = _unit(claim_vectors.sum(axis=0, keepdims=True))[0]
    by_sentence = np.sort(_unit(sums) @ whole_claim)[::-1]
    return {
        "weighted_cosine": float((_unit(heavy_sums) @ heavy_claim).max()),
        "top_cosines": float(by_sentence[:3].mean()),
        "mean_cosine": float(by_sentence.mean()),
        "reverse_alignment": float(back @ heft / (heft.sum() or 1.0)),
        "matched_share": float(weight[best > ALIKE_COSINE].sum()),
        "sentence_alignment": float((weight @ per_sentence).max()),
        "window_alignment": float(aligned.max()),
        "whole_alignment": float(weight @ per_sentence.max(axis=1)),
        "weakest_words": float(order[:n_weakest].mean()),
        "weakest_name": float(best[heavy].min()),
        "sentence_cosine": float((_unit(sums) @ whole_claim).max()),
        "window_cosine": float((_unit(wide) @ whole_claim).max()),
        "whole_cosine": float((_unit(sums.sum(axis=0, keepdims=True)) @ whole_claim)[0]),
    }


def _unit(rows: FloatMatrix) -> FloatMatrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    units: FloatMatrix = (rows / np.where(norms == 0.0, 1.0, norms)).astype(np.float32)
    return units


def pool_words(text: ParsedText, spans: npt.NDArray[np.int64], vectors: FloatMatrix) -> FloatMatrix:
    """Return the mean vector of each word's tokens, float32; zero rows for words without any.

    Args:
        text: The text whose words they are.
        spans: int64, shape (n_tokens, 2): code points of each token, ascending.
        vectors: float32, shape (n_tokens, dim).
    """
    n_words = len(text.texts)
    pooled = np.zeros((n_words, vectors.shape[1]), dtype=np.float32)
    if not n_words or not len(spans):
        return pooled
    ends, begins = np.array(text.ends), np.array(text.starts)
    owner = np.searchsorted(ends, spans[:, 0], side="right")
    inside = (owner < n_words) & (spans[:, 1] > spans[:, 0])
    inside[inside] &= begins[owner[inside]] < spans[inside, 1]
    np.add.at(pooled, owner[inside], vectors[inside])
    counts = np.bincount(owner[inside], minlength=n_words).astype(np.float32)
    pooled /= np.maximum(counts, 1.0)[:, None]
    return pooled
