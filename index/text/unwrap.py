"""Mend line breaks inside sentences and words. Pure.

Three kinds of text come in: one paragraph a line (nothing to do), paragraphs wrapped at a column
(every full line joins the next), and a stray break in the middle of a sentence or a word. Headings,
list items and verse keep their lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise

_NARROWEST_COLUMN = 50
_WIDEST_COLUMN = 100
# A comma ends a line of prose this long in mid-sentence; a shorter one may be an item or a verse.
_PROSE_LINE = 40
_MIN_VERSE_LINES = 3
_MIN_SHARE_IN_MID_SENTENCE = 0.4

_SENTENCE_END = re.compile(r"[.!?…:;][\"'”’»)\]]*$")
_LIST_ITEM = re.compile(r"(?:[-–—•·‣▪●◦*+►➤✓]\s|\(?\d{1,3}[.)]\s|\(?[a-z][.)]\s|\(?[A-Z]\)\s)")
_ADDRESS = re.compile(r"(?:https?://|www\.|pic\.twitter|[@#])", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[\"'“‘(\[]*([^\W_]+)")
_TITLE = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Capt|Prof|Rev|St|vs)\.$")
_ABBREVIATION = re.compile(r"(?<![\w.])(?:[A-Za-z]\.){2,}$")
_UNFINISHED = re.compile(
    r"(?<![\w’'-])(?:a|an|the|of|and|or|to|in|on|at|by|for|from|with|as|that|than|its|his|her|their)$"
)
_HEAD_PIECE = re.compile(r"(?:^|\s)[\"'“‘(]*([^\W\d_]+)$")
_TAIL_PIECE = re.compile(r"([^\W\d_]+)(?!\w)")
_HYPHENATED = re.compile(r"(?<![^\W\d_])([^\W\d_]+)[-\u2010]$")
_WORD = re.compile(r"[^\W\d_]+")


def join_broken_lines(text: str, word_ranks: Mapping[str, int]) -> str:
    """Return the text with line breaks inside sentences taken out.

    Args:
        text: Normalised text; paragraphs and headings are set off by one blank line or by a line
            break alone.
        word_ranks: Lower-case word -> frequency rank, smaller is more common; may be empty.
    """
    blocks = [block.split("\n") for block in text.split("\n\n")]
    if all(len(lines) == 1 for lines in blocks):
        return text
    column = _wrap_column(blocks)
    words = _Words(text, word_ranks)
    joined = [lines if _is_verse(lines) else _join_lines(lines, column, words) for lines in blocks]
    return "\n\n".join("\n".join(lines) for lines in joined)


class _Words:
    """What the language and the article itself say about which strings are words."""

    def __init__(self, text: str, ranks: Mapping[str, int]) -> None:
        self._text = text
        self._ranks = ranks

    @cached_property
    def _counts(self) -> Counter[str]:
        return Counter(_WORD.findall(self._text.lower()))

    def is_word(self, word: str) -> bool:
        """Tell whether a word is known English or stands in the article."""
        return word in self._ranks or self._counts[word] > 0

    def are_halves(self, head: str, tail: str, *, is_wrapped: bool) -> bool:
        """Tell whether two pieces are one broken word.

        Wrapped text breaks between words, and at every line, so there one of the pieces must be
        unknown; at a stray break it is enough that the whole is commoner than the rarer piece.
        """
        whole = head + tail
        unknown = [piece for piece in (head, tail) if piece not in self._ranks]
        if whole in self._ranks:
            if unknown or is_wrapped:
                return bool(unknown)
            return self._ranks[whole] < max(self._ranks[head], self._ranks[tail])
        return any(self._counts[piece] == 1 for piece in unknown) and self._counts[whole] > 0


def _join_lines(lines: Sequence[str], column: int | None, words: _Words) -> list[str]:
    pieces = [lines[0]]
    for before, after in pairwise(lines):
        if _continues(before, after) or (column and _is_full(before, after, column)):
            pieces[-1], glue = _seam(before, after, words, is_wrapped=bool(column))
            pieces += [glue, after]
        else:
            pieces += ["\n", after]
    return "".join(pieces).split("\n")


def _seam(before: str, after: str, words: _Words, *, is_wrapped: bool) -> tuple[str, str]:
    """Return a line as it stands before a mended break, and what stands between it and the next."""
    tail = _TAIL_PIECE.match(after)
    if tail is None or not tail[1].islower():
        return before, " "
    if hyphenated := _HYPHENATED.search(before):
        is_broken = words.is_word((hyphenated[1] + tail[1]).lower())
        return (before[:-1] if is_broken else before), ""
    head = _HEAD_PIECE.search(before)
    if head and words.are_halves(head[1].lower(), tail[1], is_wrapped=is_wrapped):
        return before, ""
    return before, " "


def _continues(before: str, after: str) -> bool:
    """Tell whether a line goes on in the next, by the end of the one and the start of the other."""
    first = _FIRST_WORD.match(after)
    if first is None or _LIST_ITEM.match(after) or _ADDRESS.match(after):
        return False
    is_lower = first[1].islower()
    if _SENTENCE_END.search(before):
        return bool(_TITLE.search(before) or (is_lower and _ABBREVIATION.search(before)))
    if is_lower:
        return True
    is_prose = len(before) >= _PROSE_LINE
    return is_prose and (before.endswith(",") or bool(_UNFINISHED.search(before)))


def _is_full(before: str, after: str, column: int) -> bool:
    """Tell whether a line was broken because the next word would not have fitted."""
    if _LIST_ITEM.match(after):
        is_dash = after[0] in "–—" and not (_SENTENCE_END.search(before) or before[0] in "–—")
        if not is_dash:
            return False
    return len(before) + 1 + len(after.split(" ", 1)[0]) > column


def _wrap_column(blocks: Sequence[Sequence[str]]) -> int | None:
    """Return the column that a text is wrapped at, None if it is not."""
    pairs = [
        pair
        for lines in blocks
        if len(lines) > 1 and not _is_verse(lines)
        for pair in pairwise(lines)
    ]
    if not pairs:
        return None
    lengths = sorted(len(before) for before, _ in pairs)
    column = lengths[int(0.95 * (len(lengths) - 1))]
    if not _NARROWEST_COLUMN <= column <= _WIDEST_COLUMN:
        return None
    full = [pair for pair in pairs if _is_full(*pair, column)]
    in_mid_sentence = sum(_continues(*pair) for pair in full)
    # Running text breaks before a lower-case word most of the time; lines that happen to be of
    # one length do not. After joining no such pair is left, so a second pass joins nothing more.
    is_wrapped = len(full) > 1 and in_mid_sentence >= _MIN_SHARE_IN_MID_SENTENCE * len(full)
    return column if is_wrapped else None


def _is_verse(lines: Sequence[str]) -> bool:
    """Tell whether a block is verse or another list of short lines, mostly no sentences."""
    if len(lines) < _MIN_VERSE_LINES or any(len(line) > _NARROWEST_COLUMN for line in lines):
        return False
    return 2 * sum(bool(_SENTENCE_END.search(line)) for line in lines) <= len(lines)
