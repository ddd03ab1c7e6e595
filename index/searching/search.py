"""From a question to ranked passages: candidates, their features, fusion, folding of copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index.record.rows import InconsistentRecordError
from index.searching.ranking import fold_copies, fuse_scores, query_terms, spread_articles
from index.stories.hits import StoryHits
from index.types import Copy, Filter, FloatVector, Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.record.reads import ReadTransaction
    from index.record.rows import IdVector, PassagePlace
    from index.searching.vectors import VectorStructure
    from index.types import Article

CANDIDATES = 100
"""Passages that each of the two ways, dense and full-text, may propose."""

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
    structure: VectorStructure,
    encoder_id: int,
    query: str,
    vector: FloatVector,
    *,
    k: int,
    only: Filter,
) -> tuple[Hit, ...]:
    """Return the passages that speak most to a question, best first.

    Args:
        reader: One state of the record.
        structure: The search structure of that state.
        encoder_id: The active encoder.
        query: The question.
        vector: Its vector, float32, shape (dim,).
        k: How many passages.
        only: What their articles must satisfy.

    Returns:
        At most ``k`` hits; fewer where there are fewer passages that are not copies.
    """
    allowed = reader.passing_ids(only) if only else None
    total = structure.size if allowed is None else len(allowed)
    limit = min(max(CANDIDATES, k), total)
    stories = StoryHits(reader, encoder_id, vector, only)
    wanted = k
    found = _gather(reader, structure, encoder_id, query, vector, limit, allowed)
    while True:
        owners = [place.article_key for place in found.places]
        folded = fold_copies(_read_texts(reader, found.places), owners, wanted)
        if len(folded) < wanted and limit < total:
            limit = min(4 * limit, total)
            found = _gather(reader, structure, encoder_id, query, vector, limit, allowed)
            continue
        hits = stories.settle(_to_hits(reader, found, folded))
        if len(hits) >= k or len(folded) < wanted:
            return tuple(stories.complete(hits[:k]))
        wanted *= 2


def _gather(
    reader: ReadTransaction,
    structure: VectorStructure,
    encoder_id: int,
    query: str,
    vector: FloatVector,
    limit: int,
    allowed: IdVector | None,
) -> _Candidates:
    near, _ = structure.search(vector, limit, allowed=allowed)
    matched = reader.match(query_terms(query)[:MAX_TERMS], limit=limit, also=near, allowed=allowed)
    places = reader.places(np.union1d(near, np.fromiter(matched, dtype=np.int64)))
    ids = np.array([place.passage_id for place in places], dtype=np.int64)
    # Cosines come from the stored vectors for all, so that both ways are measured alike.
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
    """Yield the text of each passage; an article is read when the first of its own is wanted."""
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
