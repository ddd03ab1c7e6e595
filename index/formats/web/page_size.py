"""Pages that are made to be slow: refused before the parsers see what they are slow on. Pure.

Real pages stay far below: of 545 pages of news sites the largest has 6,754 elements. A page that is
written so that these counts miss it meets the deadline of the process that parses it.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.limits import MAX_ATTRIBUTES, MAX_ELEMENTS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_VALUE = r"""=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)?+"""
_ATTRIBUTE = re.compile(rf"[^\s/>=][^\s/>=]*+\s*+(?:{_VALUE})?+")
# A start tag, or what hides tags from a parser; an end that is missing is the end of the page.
_NEXT = re.compile(
    r"<(?:!--|(?P<hidden>script|style|textarea|title|xmp|noembed|noframes)(?=[\s/>])"
    r"|[a-zA-Z][^\s/>]*+)"
    rf"(?P<attributes>(?:{_VALUE}|[^>=]++)*+)",
    re.IGNORECASE,
)
_LONG_TAG = 2 * MAX_ATTRIBUTES
"""The shortest tag that can have more attributes than one may."""


def check_attributes(html: str, *, name: str) -> None:
    """Refuse a page one of whose tags has more attributes than any has use for.

    Parsers compare each attribute of a tag with each.

    Args:
        html: The page.
        name: What it is called in an error.

    Raises:
        ArticleFormatError: If there is such a tag.
    """
    position = 0
    while found := _NEXT.search(html, position):
        position = found.end()
        if found[0].startswith("<!--"):
            position = _find_end(html, "-->", found.start() + 2)
            continue
        attributes = found["attributes"]
        if len(attributes) >= _LONG_TAG:
            counted = islice(_ATTRIBUTE.finditer(attributes), MAX_ATTRIBUTES + 1)
            if sum(1 for _ in counted) > MAX_ATTRIBUTES:
                reason = f"a tag with more than the {MAX_ATTRIBUTES:,} attributes that one may have"
                raise ArticleFormatError(name, reason)
        if found["hidden"]:
            closing = re.compile(f"</{found['hidden']}", re.IGNORECASE).search(html, position)
            position = closing.start() if closing else len(html)


def check_elements(tree: HtmlElement, *, name: str) -> None:
    """Refuse a page with more elements than an article has use for.

    What finds the main text among them compares lists of them.

    Raises:
        ArticleFormatError: If it is one.
    """
    if sum(1 for _ in islice(tree.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        reason = f"more than the {MAX_ELEMENTS:,} elements that a page may have"
        raise ArticleFormatError(name, reason)


def _find_end(html: str, closing: str, start: int) -> int:
    end = html.find(closing, start)
    return len(html) if end < 0 else end + len(closing)
