"""Rows of tables as evidence: of several, those whose label the question names. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.text.tables import row_label
from rag.types import Evidence

_WORD = re.compile(r"[^\W_]+")
_LEAST_NAMED = 0.5


def bind_rows(evidence: Sequence[Evidence], question: str) -> tuple[Evidence, ...]:
    """Return evidence without the rows of a table that are about something else.

    A row carries the headers of its columns and reads much like the next one; only its label says
    which of them is asked about. If the question names no label, all rows stay.

    Args:
        evidence: Best first.
        question: Standalone.
    """
    asked = frozenset(_WORD.findall(question.casefold()))
    named = [_share_named(item.text, asked) for item in evidence]
    best: dict[str, float] = {}
    for item, share in zip(evidence, named, strict=True):
        name = item.hit.article.article_id
        best[name] = max(best.get(name, 0.0), share)
    return tuple(
        item
        for item, share in zip(evidence, named, strict=True)
        if not row_label(item.text)
        or best[item.hit.article.article_id] < _LEAST_NAMED
        or share == best[item.hit.article.article_id]
    )


def _share_named(text: str, asked: frozenset[str]) -> float:
    """Return the share of the words in a row's label that a question has; 0 for other text."""
    words = _WORD.findall(row_label(text).casefold())
    return sum(word in asked for word in words) / len(words) if words else 0.0
