"""The news of a library: the first passages of its newest articles, each story once."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

import numpy as np

from index.record.browse import newest_articles
from index.stories.stories import StoryHits
from index.types import Hit

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.types import Article, Filter

MOST_ARTICLES = 200
"""Articles that are considered; if these are copies of a few stories, there are fewer hits."""


def find_latest(reader: ReadTransaction, only: Filter, *, k: int) -> tuple[Hit, ...]:
    """Return the first passage of each of the newest articles, then the second of each, and so on.

    Copies of a story count as one article: the one that stands for the story, at the place of the
    newest of them.

    Args:
        reader: One state of the record.
        only: What the articles must satisfy.
        k: How many passages, at least 1; of at most as many articles.

    Returns:
        Hits, those of undated articles last, and of these the last added first. The scores only
        state that order, and the cosines are 0, since there is no question to compare with.
    """
    encoder = reader.encoder()
    if encoder is None:
        return ()
    encoder_id, identity = encoder
    stories = StoryHits(reader, encoder_id, np.zeros(identity.dim, dtype=np.float32), only)
    chosen: dict[str, list[Hit]] = {}
    for key in newest_articles(reader, only, limit=MOST_ARTICLES):
        (_, article), *_ = reader.articles_by_key([key])
        hits = _passages_of(reader, article, k)
        shown = next(iter(stories.merge_copies([(key, hit) for hit in hits[:1]])), None)
        if shown is None or (shown.story or article.article_id) in chosen:
            continue
        if shown.article.article_id != article.article_id:
            hits = _passages_of(reader, shown.article, k)
        hits = [replace(hit, story=shown.story) for hit in hits]
        chosen[shown.story or article.article_id] = list(stories.add_copies(hits))
        if len(chosen) == k:
            break
    rows = zip_longest(*chosen.values())
    found = islice((hit for row in rows for hit in row if hit is not None), k)
    return tuple(replace(hit, score=float(k - place)) for place, hit in enumerate(found))


def _passages_of(reader: ReadTransaction, article: Article, k: int) -> list[Hit]:
    """Return the first passages of an article as hits."""
    return [
        Hit(article, passage, 0.0, 0.0, 0.0, 0.0, (0.0,) * len(passage.sentences))
        for passage in reader.passages(article, limit=k)
    ]
