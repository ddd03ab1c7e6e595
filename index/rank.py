"""From candidate scores to a ranking: query terms, score fusion, folding of copies. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from index.types import FloatVector

DENSE_WEIGHT = 0.4
BM25_WEIGHT = 0.6
BEST_SENTENCE_WEIGHT = 0.2
REPEATED_ARTICLE_PENALTY = 0.5
SHINGLE_WORDS = 4
COPY_CONTAINMENT = 0.7
COPY_DEPTH = 3

STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between
    both but by can could did do does doing down during each few for from further had has have
    having he her here hers herself him himself his how i if in into is it its itself just many
    me more most much my myself no nor not now of off on once only or other our ours ourselves
    out over own same say says she should so some such tell than that the their theirs them
    themselves then there these they this those through to too under until up us very was we
    were what when where which while who whom whose why will with would you your yours yourself
    yourselves
    """.split()
)

_WORD = re.compile(r"\w+", re.UNICODE)


def query_terms(text: str) -> tuple[str, ...]:
    """Return the words of a question that are worth looking for, each once, in order.

    Question words and other stop words are dropped, unless nothing else is left. Terms are
    case-folded and hold word characters only, so that they can carry no query syntax.
    """
    words = dict.fromkeys(_WORD.findall(unicodedata.normalize("NFC", text).casefold()))
    terms = tuple(word for word in words if word not in STOP_WORDS and word != "s")
    return terms or tuple(words)


def standardize(scores: npt.ArrayLike) -> FloatVector:
    """Return z-scores, all zero where the scores do not differ.

    Args:
        scores: Finite numbers, shape (n,).

    Returns:
        float32, shape (n,), mean 0 and standard deviation 1, or zeros.
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.size == 0:
        return np.zeros(0, dtype=np.float32)
    deviation = float(values.std())
    if deviation <= 1e-9 * max(1.0, float(np.abs(values).max())):
        return np.zeros(values.shape, dtype=np.float32)
    scaled: FloatVector = ((values - values.mean()) / deviation).astype(np.float32)
    return scaled


def fuse_scores(
    dense: npt.ArrayLike, bm25: npt.ArrayLike, best_sentence: npt.ArrayLike
) -> FloatVector:
    """Return one score per candidate passage: a weighted sum of z-scores.

    Score fusion of this kind beats reciprocal rank fusion here, see ``docs/design.md``.

    Args:
        dense: Cosines of question and passage, shape (n,).
        bm25: BM25 scores, higher is better, 0 where no term occurs, shape (n,).
        best_sentence: Highest sentence cosine of each passage, shape (n,).

    Returns:
        float32, shape (n,). A feature that is equal for all candidates counts nothing.
    """
    fused: FloatVector = (
        np.float32(DENSE_WEIGHT) * standardize(dense)
        + np.float32(BM25_WEIGHT) * standardize(bm25)
        + np.float32(BEST_SENTENCE_WEIGHT) * standardize(best_sentence)
    )
    return fused


def spread_articles(scores: FloatVector, owners: Sequence[object]) -> FloatVector:
    """Return the scores with each further passage of one article set back a little.

    The n-th best passage of an article loses half a point for each that is better, so that the
    first places are not all of one article while another has nearly as much to say.

    Args:
        scores: Fused scores, shape (n,).
        owners: The article of each.

    Returns:
        float32, shape (n,).
    """
    spread = np.array(scores, dtype=np.float32)
    better: dict[object, int] = {}
    for position in np.argsort(-spread, kind="stable").tolist():
        owner = owners[position]
        spread[position] -= np.float32(REPEATED_ARTICLE_PENALTY * better.get(owner, 0))
        better[owner] = better.get(owner, 0) + 1
    return spread


def shingle(text: str) -> frozenset[tuple[str, ...]]:
    """Return the word n-grams of a text, case-folded; a short text is one n-gram."""
    words = _WORD.findall(text.casefold())
    if len(words) <= SHINGLE_WORDS:
        return frozenset({tuple(words)}) if words else frozenset()
    return frozenset(
        tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
    )


def fold_copies(
    texts: Sequence[str], owners: Sequence[object], k: int
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Keep the first of near-identical passages and list the others with it.

    A passage is a copy when at least 70 % of its word 4-grams occur in the passages kept from
    one other owner, so that copies with shifted boundaries or another agency tag are found.

    Args:
        texts: Passages, best first.
        owners: The article of each.
        k: Passages to keep; what follows the k-th is looked at only for copies of them, and
            no further than three times as many.

    Returns:
        At most ``k`` pairs of a kept position and the positions of its copies, best first.
    """
    kept: list[tuple[int, list[int]]] = []
    shingles: dict[int, frozenset[tuple[str, ...]]] = {}
    by_owner: dict[object, set[tuple[str, ...]]] = {}
    for position, (text, owner) in enumerate(zip(texts, owners, strict=True)):
        if len(kept) == k and position >= COPY_DEPTH * k:
            break
        own = shingle(text)
        original = _find_original(own, owner, kept, shingles, by_owner, owners)
        if original is not None:
            kept[original][1].append(position)
        elif len(kept) < k:
            kept.append((position, []))
            shingles[position] = own
            by_owner.setdefault(owner, set()).update(own)
    return tuple((position, tuple(copies)) for position, copies in kept)


def _find_original(
    own: frozenset[tuple[str, ...]],
    owner: object,
    kept: Sequence[tuple[int, list[int]]],
    shingles: dict[int, frozenset[tuple[str, ...]]],
    by_owner: dict[object, set[tuple[str, ...]]],
    owners: Sequence[object],
) -> int | None:
    if not own:
        return None
    for other, known in by_owner.items():
        if other != owner and len(own & known) >= COPY_CONTAINMENT * len(own):
            places = [i for i, (position, _) in enumerate(kept) if owners[position] == other]
            return max(places, key=lambda i: len(own & shingles[kept[i][0]]))
    return None
