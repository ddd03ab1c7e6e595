"""Lists and tables, which articles set line by line; pure.

The items of a list belong together, with the line before; of the rows of a table, those belong to
the answer whose label the question names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.text.tables import row_label
from index.types import overlap
from rag.types import Evidence

MAX_LIST_CHARS = 1000
LEAST_ITEMS = 2
"""Fewest items of what is a list."""

LIST_MARKER = re.compile(r"(?:[•‣▪*–—-]|\(?(?:\d{1,2}|[a-z])[.)])\s+(?=\S)")

_SENTENCE_ENDS = (".", "!", "?", ".”", ".’", '."')
_WORD = re.compile(r"[^\W_]+")
_LEAST_NAMED = 0.5


def unite_lists(
    evidence: Sequence[Evidence], *, introduced_only: bool = False
) -> tuple[Evidence, ...]:
    """Return the evidence with every list in place of its items and of the line before it.

    Args:
        evidence: Best first.
        introduced_only: Whether to leave lists without such a line: their items may be words of
            different people.
    """
    united: list[Evidence] = []
    for item in evidence:
        widened = widen_to_list(item, introduced_only=introduced_only)
        is_known = any(
            other.hit.article.article_id == item.hit.article.article_id and overlap(other, item)
            for other in united
        )
        if not is_known:
            united.append(widened)
    return tuple(united)


def is_list(text: str) -> bool:
    """Return whether a text has two list items or more."""
    return sum(LIST_MARKER.match(line) is not None for line in text.splitlines()) >= LEAST_ITEMS


def widen_to_list(evidence: Evidence, *, introduced_only: bool = False) -> Evidence:
    """Return the list that a sentence introduces or is an item of, with the line before it.

    The sentence itself is returned if it is in no list of two items or more, or if the list is
    longer than a quotation may be.
    """
    sentences = evidence.hit.passage.sentences
    place = next(i for i, s in enumerate(sentences) if s.start == evidence.start)
    introduces = sentences[place].text.rstrip().endswith(":")
    if not introduces and not LIST_MARKER.match(sentences[place].text):
        return evidence
    first = last = place + introduces
    while last < len(sentences) and LIST_MARKER.match(sentences[last].text):
        last += 1
    while first > 0 and LIST_MARKER.match(sentences[first - 1].text):
        first -= 1
    if last - first < LEAST_ITEMS:
        return evidence
    if first > 0 and sentences[first - 1].text.rstrip().endswith(":"):
        first -= 1
    elif introduced_only or all(s.text.endswith(_SENTENCE_ENDS) for s in sentences[first:last]):
        return evidence  # sentences that stand one below the other, each for itself
    start, end = sentences[first].start, sentences[last - 1].end
    if end - start > MAX_LIST_CHARS:
        return evidence
    return replace(evidence, start=start, end=end, text=evidence.hit.article.text[start:end])


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
