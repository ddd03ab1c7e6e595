"""Raw text -> the text that is stored, searched and quoted. Pure.

The stages, each in its own file: characters and white space (here), left-over markup, page
furniture, and line breaks inside sentences. Offsets of sentences and passages refer to the result.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from index.text.boilerplate import remove_boilerplate
from index.text.markup import strip_markup
from index.text.unwrap import join_broken_lines

_NO_RANKS: Mapping[str, int] = MappingProxyType({})

# One stage can uncover work for another (an entity that spells a tag). Ordinary articles settle in
# two rounds; the bound is for texts that are nested on purpose.
_MAX_ROUNDS = 8

_INVISIBLE_RANGES = (
    (0x0000, 0x0008),  # controls, NUL among them
    (0x000E, 0x001F),
    (0x007F, 0x007F),
    (0x00AD, 0x00AD),  # soft hyphen
    (0x061C, 0x061C),  # Arabic letter mark
    (0x180E, 0x180E),  # Mongolian vowel separator
    (0x200B, 0x200B),  # zero-width space; the joiners at 200C and 200D carry meaning and stay
    (0x200E, 0x200F),  # bidirectional marks
    (0x202A, 0x202E),  # bidirectional embeddings and overrides
    (0x2060, 0x2064),  # word joiner, invisible operators
    (0x2066, 0x206F),  # bidirectional isolates, deprecated format characters
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte-order mark
    (0xFFF9, 0xFFFB),  # annotation marks
    (0xFFFE, 0xFFFF),
)
_ODD_SPACES = "\t\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LINE_BREAKS = "\x0b\x0c\r\x85\u2028\u2029"

_TAG_CHARACTER = re.compile("[\U000e0000-\U000e007f]+")  # a second text that nobody sees
_SURROGATE = re.compile("[\ud800-\udfff]")
_TERMINAL_ESCAPE = re.compile(r"\x1b\[[0-9;?]*+[A-Za-z]")


def _replacements() -> Iterator[tuple[str, str]]:
    for first, last in _INVISIBLE_RANGES:
        for code in range(first, last + 1):
            yield chr(code), ""
    # Text of code page 1252 that was read as Latin-1 keeps its quotes and dashes down here.
    for code in range(0x80, 0xA0):
        yield chr(code), bytes([code]).decode("cp1252", "ignore")
    for space in _ODD_SPACES:
        yield space, " "
    for line_break in _LINE_BREAKS:
        yield line_break, "\n"


_REPLACEMENTS = dict(_replacements())
# Several times as fast as str.translate; a wider character among them would undo that.
_REPLACED = re.compile(f"[{''.join(map(re.escape, _REPLACEMENTS))}]")


def clean_text(
    raw: str, *, word_ranks: Mapping[str, int] = _NO_RANKS, has_markup: bool = True
) -> str:
    """Return an article's text without what is not the article.

    Characters are normalised (NFC, plain spaces and line feeds, nothing invisible but the joiners),
    markup is reduced to its text, page furniture is taken out, and a line break inside a sentence
    or a word is mended. Paragraphs, headings and list items keep their lines. Cleaning a cleaned
    text changes nothing, unless markup was nested in itself many times over.

    Args:
        raw: Any string, lone surrogates included.
        word_ranks: Lower-case word -> frequency rank, smaller is more common; tells a broken word
            from two words. Without it only words that the text itself repeats are mended.
        has_markup: False for a text that was taken out of its markup already, where ``<b>`` and
            ``__init__`` are what the author wrote.

    Returns:
        The cleaned text; empty if nothing of it is an article.
    """
    text = raw
    for _ in range(_MAX_ROUNDS):
        text = tidied = tidy_lines(normalise_characters(text))
        if has_markup and (bare := strip_markup(text)) != text:
            text = tidy_lines(normalise_characters(bare))
        text = remove_boilerplate(text)
        text = join_broken_lines(text, word_ranks)
        if text == tidied:  # tidying it again would change nothing, and so would the rest
            break
    return text


def clean_line(raw: str, *, max_chars: int) -> str:
    """Return a title or a name as one clean line.

    Args:
        raw: Any string.
        max_chars: Longest result; a longer one is cut at a word and ends in ``…``.
    """
    # Far more than is kept, and little enough to clean a title of any length at once.
    text = strip_markup(normalise_characters(raw[: 20 * max_chars]))
    return shorten(" ".join(normalise_characters(text).split()), max_chars)


def shorten(line: str, max_chars: int) -> str:
    """Return a line cut at a word to at most ``max_chars`` characters, ``…`` included."""
    if len(line) <= max_chars:
        return line
    head, _, _ = line[:max_chars].rpartition(" ")
    return (head or line[: max_chars - 1]).rstrip(" ,;:-–—") + "…"


def normalise_characters(text: str) -> str:
    """Return the text in NFC, without invisible characters, its lines broken by line feeds only."""
    if _SURROGATE.search(text):
        # Pairs that were decoded one by one become the character they mean.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if "\x1b" in text:
        text = _TERMINAL_ESCAPE.sub("", text)
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n")
    text = _REPLACED.sub(lambda match: _REPLACEMENTS[match[0]], text)
    return unicodedata.normalize("NFC", _TAG_CHARACTER.sub("", text))


def tidy_lines(text: str) -> str:
    """Return the text with single spaces, stripped lines and at most one blank line in a row."""
    if "  " in text:
        text = re.sub(" {2,}", " ", text)
    text = "\n".join(line.strip(" ") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n")
