"""What is new in a library: the first passages of its newest articles, a story once."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

from dataclasses import replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from index.record.browse import NEWEST_FIRST
from index.record.reads import filter_to_sql
from index.record.rows import PassagePlace
from index.stories.hits import StoryHits
from index.types import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.record.reads import ReadTransaction
    from index.types import Article, Filter

MOST_ARTICLES = 200
"""Articles that are looked at; where these are copies of a few stories, there are fewer hits."""


def find_latest(reader: ReadTransaction, only: Filter, *, k: int) -> tuple[Hit, ...]:
    """Return the first passage of each of the newest articles, then the second of each, and so on.

    Copies of a story are one article here: the one that the story is shown by, at the place of
    the newest of them.

    Args:
        reader: One state of the record.
        only: What the articles must satisfy.
        k: How many passages, at least 1; of at most as many articles.

    Returns:
        Undated articles last, among these what was added last first. The scores only say that
        order, and the cosines are 0: no question was compared with anything.
    """
    encoder = reader.encoder()
    if encoder is None:
        return ()
    encoder_id, identity = encoder
    stories = StoryHits(reader, encoder_id, np.zeros(identity.dim, dtype=np.float32), only)
    chosen: dict[str, list[Hit]] = {}
    for key in _newest(reader, only):
        (_, article), *_ = reader.articles_by_key([key])
        hits = _passages_of(reader, article, k)
        shown = next(iter(stories.settle([(key, hit) for hit in hits[:1]])), None)
        if shown is None or (shown.story or article.article_id) in chosen:
            continue
        if shown.article.article_id != article.article_id:
            hits = _passages_of(reader, shown.article, k)
        told = [replace(hit, story=shown.story) for hit in hits]
        chosen[shown.story or article.article_id] = list(stories.complete(told))
        if len(chosen) == k:
            break
    rows = zip_longest(*chosen.values())
    found = islice((hit for row in rows for hit in row if hit is not None), k)
    return tuple(replace(hit, score=float(k - place)) for place, hit in enumerate(found))


def _newest(reader: ReadTransaction, only: Filter) -> Iterator[int]:
    where, values = filter_to_sql(only, has_details=reader.has_details)
    rows = reader.connection.execute(
        f"SELECT a.article_key FROM articles a WHERE {where} {NEWEST_FIRST} LIMIT ?",
        [*values, MOST_ARTICLES],
    ).fetchall()
    return (row[0] for row in rows)


def _passages_of(reader: ReadTransaction, article: Article, k: int) -> list[Hit]:
    """Return the first passages of an article as hits."""
    rows = reader.connection.execute(
        "SELECT p.passage_id, p.article_key, p.start, p.end FROM passages p"
        " JOIN articles a USING (article_key) WHERE a.article_id = ? ORDER BY p.ordinal LIMIT ?",
        (article.article_id, k),
    ).fetchall()
    passages = [reader.passage(PassagePlace(*row), article.text) for row in rows]
    return [
        Hit(article, passage, 0.0, 0.0, 0.0, 0.0, (0.0,) * len(passage.sentences))
        for passage in passages
    ]
