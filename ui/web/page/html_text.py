"""Text of articles as HTML, character by character, and small parts that the page shares.

An article's text is shown as it is, with two exceptions: characters that are invisible or turn the
reading direction stay in the text but are not displayed, and those that no page can hold (NUL, lone
surrogates) become replacement characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from index.types import Copy
from rag.types import FILLERS
from ui.escape import escape_html, quote_line
from ui.render import describe_credit

MAX_COPIES_SHOWN = 5
"""Other articles with the same words that are shown at once; the rest are folded."""

_JOINERS = "\u200c\u200d"
_PLAIN = re.compile(r"[\t\n -~\u00a1-\u00ac\u00ae-\u02ff\u0400-\u052f\u2010-\u2027\u2030-\u205e]+")


def show_exactly(text: str) -> str:
    """Return text of an article as HTML whose text content is that text, to the character."""
    parts: list[str] = []
    place = 0
    for plain in _PLAIN.finditer(text):
        parts.extend(map(_show_character, text[place : plain.start()]))
        parts.append(escape_html(plain[0]))
        place = plain.end()
    parts.extend(map(_show_character, text[place:]))
    return "".join(parts)


def _show_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or character == "\0":
        return "\N{REPLACEMENT CHARACTER}"
    if character == "\r":
        return '<span class="unseen">&#13;</span>'
    if category in {"Cc", "Cf", "Zl", "Zp"} or character in FILLERS:
        if character in _JOINERS or character in "\n\t":
            return character
        return f'<span class="unseen">{character}</span>'
    return escape_html(character)


def show_title(title: str) -> str:
    """Return a title as HTML, as one safe line."""
    return escape_html(quote_line(title)) or "untitled"


def to_attribute(text: str) -> str:
    """Return text as the value of an attribute, to the character where a page can hold it."""
    return escape_html(text.encode("utf-8", "replace").decode()).replace("\r", "&#13;")


def hide_visually(text: str) -> str:
    """Return HTML for screen readers only."""
    return f'<span class="visually-hidden">{text}</span>'


def render_copies(copies: Sequence[Copy]) -> str:
    """Return links to other articles with the same words; empty if there are none.

    Args:
        copies: Places in other articles; an empty place stands for the whole article.
    """
    if not copies:
        return ""
    links = [_copy_link(copy) for copy in copies]
    shown = ", ".join(links[:MAX_COPIES_SHOWN])
    more = ""
    if rest := links[MAX_COPIES_SHOWN:]:
        items = "".join(f"<li>{link}</li>" for link in rest)
        more = f"<details><summary>and {len(rest):,} more</summary><ul>{items}</ul></details>"
    return f'<p class="copies" dir="auto">Also in {shown}</p>{more}'


def _copy_link(copy: Copy) -> str:
    name = quote_line(copy.outlet) or quote_line(copy.title) or "untitled"
    return (
        f'<button type="button" class="link" data-open-article="{to_attribute(copy.article_id)}"'
        f' data-start="{copy.start}" data-end="{copy.end}">'
        f"{escape_html(describe_credit(name, copy.published))}</button>"
    )
