"""Text of articles as HTML, character by character.

An article's text is shown as it is, with two exceptions: characters that are invisible or turn the
reading direction stay in the text but are not displayed, and those that no page can hold (NUL, lone
surrogates) become replacement characters.
"""

from __future__ import annotations

import re
import unicodedata

from rag.types import FILLERS
from ui.escape import escape_html

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


def to_attribute(text: str) -> str:
    """Return text as the value of an attribute, to the character where a page can hold it."""
    return escape_html(text.encode("utf-8", "replace").decode()).replace("\r", "&#13;")
