"""From a question to ranked passages: candidates, their scores, fusion, folding of copies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import numpy.typing as npt

from index.language.words import STOP_WORDS_BY_LANGUAGE, guess_language, split_words
from index.record.rows import InconsistentRecordError
from index.stories.facts import differ_in_facts
from index.stories.stories import StoryHits, find_figures, shingle
from index.types import Copy, Filter, FloatVector, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.record.reads import ReadTransaction
    from index.record.rows import IdVector, PassagePlace
    from index.searching.faiss_index import FaissIndex
    from index.searching.server_vectors import ServerStructure
    from index.searching.term_index import FullText
    from index.types import Article

_Owner = TypeVar("_Owner", bound=Hashable)

CANDIDATES = 100
"""Passages that each of the two searches, by vectors and by words, may propose."""

MAX_TERMS = 64
"""Terms of a question that full-text search looks for; a longer one is a pasted article."""


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Passages and their features, row by row, best first."""

    places: list[PassagePlace]
    scores: FloatVector
    dense: FloatVector
    bm25: FloatVector
    sentence_cosines: list[FloatVector]


def search_passages(
    reader: ReadTransaction,
    words: ReadTransaction | FullText,
    structure: FaissIndex | ServerStructure,
    encoder_id: int,
    query: str,
    vector: FloatVector,
    *,
    k: int,
    only: Filter,
) -> tuple[Hit, ...]:
    """Return the passages most relevant to a question, best first.

    Args:
        reader: One state of the record.
        words: What finds the words of that state.
        structure: The search structure of that state.
        encoder_id: The active encoder.
        query: The question.
        vector: Its vector, float32, shape (dim,).
        k: How many passages.
        only: What their articles must satisfy.

    Returns:
        At most ``k`` hits; fewer if fewer passages are not copies.
    """
    allowed = words.passing_ids(only) if only else None
    total = structure.size if allowed is None else len(allowed)
    limit = min(max(CANDIDATES, k), total)
    stories = StoryHits(reader, encoder_id, vector, only)
    wanted = k
    found = _gather(reader, words, structure, encoder_id, query, vector, limit, allowed)
    while True:
        owners = [place.article_key for place in found.places]
        folded = fold_copies(
            _read_texts(reader, found.places), owners, wanted, _OtherReports(reader).differ
        )
        if len(folded) < wanted and limit < total:
            limit = min(4 * limit, total)
            found = _gather(reader, words, structure, encoder_id, query, vector, limit, allowed)
            continue
        hits = stories.merge_copies(_to_hits(reader, found, folded))
        if len(hits) >= k or len(folded) < wanted:
            return tuple(stories.add_copies(hits[:k]))
        wanted *= 2


def _gather(
    reader: ReadTransaction,
    words: ReadTransaction | FullText,
    structure: FaissIndex | ServerStructure,
    encoder_id: int,
    query: str,
    vector: FloatVector,
    limit: int,
    allowed: IdVector | None,
) -> _Candidates:
    near, _ = structure.search(vector, limit, allowed=allowed)
    matched = words.match(query_terms(query)[:MAX_TERMS], limit=limit, also=near, allowed=allowed)
    places = reader.places(np.union1d(near, np.fromiter(matched, dtype=np.int64)))
    ids = np.array([place.passage_id for place in places], dtype=np.int64)
    # All cosines come from the stored vectors, so that both searches are measured alike.
    passages, sentences = reader.vectors(encoder_id, structure.dim, ids)
    dense = passages @ vector
    bm25 = np.array([matched.get(i, 0.0) for i in ids.tolist()], dtype=np.float32)
    cosines = [rows @ vector for rows in sentences]
    best = np.array([c.max(initial=-1.0) for c in cosines], dtype=np.float32)
    scores = spread_articles(
        fuse_scores(dense, bm25, best), [place.article_key for place in places]
    )
    order = np.lexsort((ids, -scores)).tolist()
    return _Candidates(
        places=[places[i] for i in order],
        scores=scores[order],
        dense=dense[order],
        bm25=bm25[order],
        sentence_cosines=[cosines[i] for i in order],
    )


def _read_texts(reader: ReadTransaction, places: list[PassagePlace]) -> Iterator[str]:
    """Yield the text of each passage; an article is read when its first passage is wanted."""
    by_key: dict[int, list[PassagePlace]] = {}
    for place in places:
        by_key.setdefault(place.article_key, []).append(place)
    texts: dict[int, str] = {}
    for place in places:
        if place.passage_id not in texts:
            _, article = next(reader.articles_by_key([place.article_key], verify=False))
            for part in by_key[place.article_key]:
                texts[part.passage_id] = article.text[part.start : part.end]
        yield texts[place.passage_id]


def _to_hits(
    reader: ReadTransaction, found: _Candidates, folded: tuple[tuple[int, tuple[int, ...]], ...]
) -> list[tuple[int, Hit]]:
    """Return hits, each with the key of its article."""
    rows = [row for kept, copies in folded for row in (kept, *copies)]
    keys = dict.fromkeys(found.places[row].article_key for row in rows)
    articles = dict(reader.articles_by_key(keys))
    hits = []
    for kept, copies in folded:
        place, cosines = found.places[kept], found.sentence_cosines[kept]
        article = articles[place.article_key]
        passage = reader.passage(place, article.text)
        if len(passage.sentences) != len(cosines):
            raise InconsistentRecordError("a sentence has no vector")
        hit = Hit(
            article=article,
            passage=passage,
            score=float(found.scores[kept]),
            dense=float(found.dense[kept]),
            bm25=float(found.bm25[kept]),
            best_sentence=float(cosines.max(initial=-1.0)),
            sentence_cosines=tuple(cosines.tolist()),
            copies=tuple(
                _to_copy(articles[found.places[row].article_key], found.places[row])
                for row in copies
            ),
        )
        hits.append((place.article_key, hit))
    return hits


def _to_copy(article: Article, place: PassagePlace) -> Copy:
    return Copy(
        article.article_id,
        article.title,
        article.outlet,
        article.published,
        place.start,
        place.end,
    )


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
        float32, shape (n,). A score that is equal for all candidates has no effect.
    """
    fused: FloatVector = (
        np.float32(DENSE_WEIGHT) * standardize(dense)
        + np.float32(BM25_WEIGHT) * standardize(bm25)
        + np.float32(BEST_SENTENCE_WEIGHT) * standardize(best_sentence)
    )
    return fused


def spread_articles(scores: FloatVector, owners: Sequence[object]) -> FloatVector:
    """Return the scores, lowered a little for each further passage of the same article.

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


class _OtherReports:
    """Compares whole articles, each read at most once: one form filled in twice is no copy."""

    def __init__(self, reader: ReadTransaction) -> None:
        self._reader = reader
        self._texts: dict[int, str] = {}

    def differ(self, one: int, other: int) -> bool:
        """Return whether the articles with these keys report different things."""
        return differ_in_facts(self._read(one), self._read(other))

    def _read(self, key: int) -> str:
        if key not in self._texts:
            _, article = next(self._reader.articles_by_key([key], verify=False))
            self._texts[key] = article.text
        return self._texts[key]


def fold_copies(
    texts: Iterable[str],
    owners: Sequence[_Owner],
    k: int,
    differ: Callable[[_Owner, _Owner], bool] = lambda one, other: False,
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Keep the first of near-identical passages and list the others with it.

    A passage is a copy when at least 70 % of its word 4-grams and all of its figures occur in the
    passages kept from one other owner, so that copies with shifted boundaries or another agency
    tag are found, and the later of two death tolls is not lost.

    Args:
        texts: Passages, best first; taken one by one, and no more than are needed.
        owners: The article of each.
        k: Passages to keep; what follows the k-th is only searched for copies of them, up to
            three times as many passages.
        differ: Returns whether two articles report different things in the same words, so that
            none of their passages are copies; asked only if passages look alike.

    Returns:
        At most ``k`` pairs of a kept position and the positions of its copies, best first.
    """
    kept: list[tuple[int, list[int]]] = []
    shingles: dict[int, frozenset[tuple[str, ...]]] = {}
    by_owner: dict[_Owner, set[tuple[str, ...]]] = {}
    figures: dict[_Owner, set[str]] = {}
    for position, (text, owner) in enumerate(zip(texts, owners, strict=True)):
        if len(kept) == k and position >= COPY_DEPTH * k:
            break
        own = shingle(text)
        numbers = find_figures(text)
        rivals = [other for other in by_owner if other != owner and numbers <= figures[other]]
        original = _find_original(
            own, rivals, kept, shingles, by_owner, owners, partial(differ, owner)
        )
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
    rivals: Sequence[_Owner],
    kept: Sequence[tuple[int, list[int]]],
    shingles: dict[int, frozenset[tuple[str, ...]]],
    by_owner: dict[_Owner, set[tuple[str, ...]]],
    owners: Sequence[_Owner],
    differs: Callable[[_Owner], bool],
) -> int | None:
    if not own:
        return None
    for other in rivals:
        is_repeated = len(own & by_owner[other]) >= COPY_CONTAINMENT * len(own)
        if is_repeated and not differs(other):
            places = [i for i, (position, _) in enumerate(kept) if owners[position] == other]
            return max(places, key=lambda i: len(own & shingles[kept[i][0]]))
    return None
