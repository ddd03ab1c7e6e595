"""From candidate scores to a ranking: query terms, score fusion, folding of copies. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.language.words import STOP_WORDS_BY_LANGUAGE, guess_language, split_words
from index.stories.fingerprints import find_figures, shingle
from index.types import FloatVector

DENSE_WEIGHT = 0.4
BM25_WEIGHT = 0.6
BEST_SENTENCE_WEIGHT = 0.2
REPEATED_ARTICLE_PENALTY = 0.5
COPY_CONTAINMENT = 0.7
COPY_DEPTH = 3

_UNSPACED_IN = ("zh", "ja")

_WORD = re.compile(r"\w+", re.UNICODE)
# What ends a Korean word: its part in the sentence (subject, object, where, with whom), or the
# form of a verb that something is asked with.
_PARTICLE = re.compile(
    r"(?<=[\uac00-\ud7a3]{2})(?:(?:하|되)?(?:였|었)?(?:습니까|나요|나|는가|는지)"
    r"|(?:했|됐|합|됩|한|된|하|되)(?:습니까|니까|나요|나|는가|는지|다고|다)|(?:이었|였|입|인)(?:니까|나요|가요|가)"
    r"|에서는|에게서|으로는|이라고|에서|에게|으로|부터|까지|보다|처럼|라고|에는"
    r"|은|는|이|가|을|를|에|의|로|으로|와|과|도|만)$"
)


def query_terms(text: str) -> tuple[str, ...]:
    """Return the words of a question that are worth looking for, each once, in order.

    Question words and other stop words of its language are dropped, unless nothing else is left.
    Terms are case-folded and hold word characters only, so that they can carry no query syntax.
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    language = guess_language(folded)
    stop_words = STOP_WORDS_BY_LANGUAGE[language]
    kept = folded
    if language in _UNSPACED_IN:
        kept = _unspaced_stop_words(language).sub(" ", folded)
    elif language == "ko":
        asked = (word for word in _WORD.findall(folded) if word not in stop_words)
        kept = " ".join(_PARTICLE.sub("", word) for word in asked)
    words = dict.fromkeys(split_words(folded))
    terms = dict.fromkeys(split_words(kept))
    found = tuple(word for word in terms if word not in stop_words and word != "s")
    return found or tuple(words)


@lru_cache
def _unspaced_stop_words(language: str) -> re.Pattern[str]:
    longest_first = sorted(STOP_WORDS_BY_LANGUAGE[language], key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


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


def fold_copies(
    texts: Iterable[str], owners: Sequence[object], k: int
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Keep the first of near-identical passages and list the others with it.

    A passage is a copy when at least 70 % of its word 4-grams and all of its figures occur in the
    passages kept from one other owner, so that copies with shifted boundaries or another agency
    tag are found, and the later of two death tolls is not lost.

    Args:
        texts: Passages, best first; no more of them are taken than are looked at.
        owners: The article of each.
        k: Passages to keep; what follows the k-th is looked at only for copies of them, and
            no further than three times as many.

    Returns:
        At most ``k`` pairs of a kept position and the positions of its copies, best first.
    """
    kept: list[tuple[int, list[int]]] = []
    shingles: dict[int, frozenset[tuple[str, ...]]] = {}
    by_owner: dict[object, set[tuple[str, ...]]] = {}
    figures: dict[object, set[str]] = {}
    for position, (text, owner) in enumerate(zip(texts, owners, strict=True)):
        if len(kept) == k and position >= COPY_DEPTH * k:
            break
        own = shingle(text)
        numbers = find_figures(text)
        rivals = [other for other in by_owner if other != owner and numbers <= figures[other]]
        original = _find_original(own, rivals, kept, shingles, by_owner, owners)
        if original is not None:
            kept[original][1].append(position)
        elif len(kept) < k:
            kept.append((position, []))
            shingles[position] = own
            by_owner.setdefault(owner, set()).update(own)
            figures.setdefault(owner, set()).update(numbers)
    return tuple((position, tuple(copies)) for position, copies in kept)


def _find_original(
    own: frozenset[tuple[str, ...]],
    rivals: Sequence[object],
    kept: Sequence[tuple[int, list[int]]],
    shingles: dict[int, frozenset[tuple[str, ...]]],
    by_owner: dict[object, set[tuple[str, ...]]],
    owners: Sequence[object],
) -> int | None:
    if not own:
        return None
    for other in rivals:
        if len(own & by_owner[other]) >= COPY_CONTAINMENT * len(own):
            places = [i for i, (position, _) in enumerate(kept) if owners[position] == other]
            return max(places, key=lambda i: len(own & shingles[kept[i][0]]))
    return None
