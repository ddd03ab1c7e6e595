"""Vectors that the record has already, of another article with the same title and text.

A file that was renamed gives an article of another id, and a copy of an article is one too: neither
needs the encoder again.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.record.reads import ReadTransaction
from index.record.rows import digest_content
from index.record.writes import PIPELINE
from index.types import Article, Passage


def find_vectors(
    reader: ReadTransaction, article: Article, passages: Sequence[Passage]
) -> list[tuple[bytes, bytes]] | None:
    """Return the vectors of an article's passages, if another article has the same ones.

    Args:
        reader: The record.
        article: What is to be written.
        passages: Its passages, in order.

    Returns:
        For each passage its vector and those of its sentences, as ``encode_passages`` gives them,
        of the active encoder; None where any is missing.
    """
    active = reader.encoder()
    if active is None or not passages:
        return None
    rows = reader.connection.execute(
        "SELECT p.start, p.end, v.vector, s.vectors FROM passages p"
        " JOIN passage_vectors v ON v.passage_id = p.passage_id AND v.encoder_id = ?1"
        " JOIN sentence_vectors s ON s.passage_id = p.passage_id AND s.encoder_id = ?1"
        " WHERE p.article_key = (SELECT article_key FROM articles"
        "  WHERE content_sha256 = ?2 AND pipeline = ?3 AND language = ?4 LIMIT 1)"
        " ORDER BY p.ordinal",
        (active[0], digest_content(article), PIPELINE, article.language),
    ).fetchall()
    spans = [(start, end) for start, end, _, _ in rows]
    if spans != [(passage.start, passage.end) for passage in passages]:
        return None
    return [(vector, vectors) for _, _, vector, vectors in rows]
