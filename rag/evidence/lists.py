"""Lists that articles set line by line: their items belong together, with the line before; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.types import overlap
from rag.types import Evidence

MAX_LIST_CHARS = 1000
LEAST_ITEMS = 2
"""Fewest items of what is a list."""

LIST_MARKER = re.compile(r"(?:[•‣▪*–—-]|\(?(?:\d{1,2}|[a-z])[.)])\s+(?=\S)")


def unite_lists(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence with every list in place of its items and of the line before it.

    Args:
        evidence: Best first.
    """
    united: list[Evidence] = []
    for item in evidence:
        widened = widen_to_list(item)
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


def widen_to_list(evidence: Evidence) -> Evidence:
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
    start, end = sentences[first].start, sentences[last - 1].end
    if end - start > MAX_LIST_CHARS:
        return evidence
    return replace(evidence, start=start, end=end, text=evidence.hit.article.text[start:end])
