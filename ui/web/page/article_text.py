"""The text of an article in lines that look like what they are: headings, items, rows, quotations.

Nothing is added to the text and nothing is left out of it: joined, the pieces are the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import cycle

_ITEM = re.compile(r"\s*(?:[-*•‣◦▪–—]|\d{1,3}[.)])\s+\S")
_QUOTATION = re.compile(r"\s*(?:>\s.*|[“„«\"‘][^“”„«»\"]{20,}[”“»\"’]\W{0,2}\s*)")
_SEPARATOR = re.compile(r"( \| |\t)")


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line.

    Attributes:
        kind: ``text``, ``cell`` of a table, or ``unseen`` between two cells and at the end.
        pieces: Its text as it is in the article, and whether that is in the cited place.
    """

    kind: str
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A line with the line break that ends it.

    Attributes:
        kind: ``text``, ``heading``, ``item``, ``row``, ``quotation``, or ``gap`` for a blank one.
        spans: In order.
    """

    kind: str
    spans: tuple[Span, ...]


def lay_out_text(
    text: str, shown: tuple[int, int], place: tuple[int, int], headings: Collection[int]
) -> Iterator[Line]:
    """Yield the lines of an article.

    Args:
        text: The article's.
        shown: First code point that is shown, and one past the last.
        place: The same of what is marked; equal numbers for nothing.
        headings: Where lines begin that are headings.
    """
    at, last = shown
    while at < last:
        end = text.find("\n", at, last) + 1 or last
        line = text[at:end]
        kind = _find_kind(line, at + len(line) - len(line.lstrip()) in headings)
        yield Line(kind, tuple(_cut(line, at, place, is_row=kind == "row")))
        at = end


def _find_kind(line: str, is_heading: bool) -> str:  # noqa: FBT001
    if not line.strip():
        return "gap"
    if is_heading:
        return "heading"
    if _SEPARATOR.search(line.strip()):
        return "row"
    if _ITEM.match(line):
        return "item"
    return "quotation" if _QUOTATION.fullmatch(line.rstrip()) else "text"


def _cut(line: str, at: int, place: tuple[int, int], *, is_row: bool) -> Iterator[Span]:
    """Yield the parts of a line, in pieces where the marked place begins and ends."""
    body = line.rstrip("\n")
    parts = _SEPARATOR.split(body) if is_row else [body]
    kinds = ("cell", "unseen") if is_row else ("text",)
    for part, kind in [*zip(parts, cycle(kinds)), (line[len(body) :], "unseen")]:
        first, end = (min(max(edge - at, 0), len(part)) for edge in place)
        cut = ((part[:first], False), (part[first:end], True), (part[end:], False))
        if part:
            yield Span(kind, tuple((text, is_marked) for text, is_marked in cut if text))
        at += len(part)
