"""Quotations of a text, and whether another text contains their words; pure.

Words are compared, but not marks, case or spaces. An ellipsis or a bracketed insertion stands for
omitted words, and the article may name the speaker in the middle of a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEAST_RUN_WORDS = 3
MAX_GAP_WORDS = 14
MAX_STARTS = 16
LEAST_TITLE_CHARS = 4
MAX_PIECES = 16
MAX_LEFT_OUT_WORDS = 2000

_MARKED = re.compile(
    r"“([^“”]{1,4000})”|«([^«»]{1,4000})»|„([^„“”]{1,4000})[“”]|「([^「」]{1,4000})」"
    r"|(?<!\w)\"([^\"]{1,4000})\"(?!\w)"
    r"|(?<!\w)‘((?:[^‘’\n]|’(?=\w)){1,400})’(?!\w)"
    r"|(?<!\w)'((?:[^'\n]|'(?=\w)){1,400})'(?!\w)"
)
_QUOTED = re.compile(r"“[^“”\"]{1,6000}[”\"]?|(?<!\w)\"[^\"]{1,6000}\"")
_WORD = re.compile(r"[^\W_]+")
_LEFT_OUT = re.compile(r"\.\s?\.\s?\.|…|\[[^\[\]]{0,200}\]|—\s?—")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch between quotation marks.

    Attributes:
        start: First code point inside the marks.
        end: One past the last inside them.
        text: What stands between.
    """

    start: int
    end: int
    text: str


def find_quotations(text: str) -> tuple[Quotation, ...]:
    """Return the outermost quotations of a text, in order."""
    found = []
    for match in _MARKED.finditer(text):
        group = match.lastindex or 0
        if _WORD.search(match[group]):
            found.append(Quotation(match.start(group), match.end(group), match[group]))
    return tuple(found)


def find_quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of a text's quotations, marks included; an unclosed one runs to the end."""
    return tuple(match.span() for match in _QUOTED.finditer(text))


def blank_spans(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text of the same length with blanks for some stretches of it."""
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text


def is_title(quotation: str) -> bool:
    """Return whether a quotation is likely the title of a work: all long words capitalized."""
    words = [word for word in quotation.split() if _WORD.search(word)]
    long = [word for word in words if len(word) >= LEAST_TITLE_CHARS]
    capitals = sum(word.lstrip("“‘'\"")[:1].isupper() for word in long)
    return bool(long) and capitals == len(long)


def fold_words(text: str) -> list[str]:
    """Return a text's words as they are compared: case-folded, apostrophes dropped."""
    plain = text.replace("’", "").replace("'", "").replace("‘", "")
    return [word.casefold() for word in _WORD.findall(plain)]


class QuotedText:
    """A text in which quotations are looked for."""

    def __init__(self, text: str) -> None:
        self._words = fold_words(text)
        self._places: dict[str, list[int]] = {}
        for place, word in enumerate(self._words):
            self._places.setdefault(word, []).append(place)

    def has(self, quotation: str) -> bool:
        """Return whether all words of a quotation stand here, in order and in long runs."""
        pieces = [words for part in _LEFT_OUT.split(quotation) if (words := fold_words(part))]
        if not pieces:
            return True
        if len(pieces) > MAX_PIECES:
            return False
        starts = self._places.get(pieces[0][0], ())
        return any(self._has_from(pieces, start) for start in self._best_starts(pieces[0], starts))

    def _best_starts(self, words: list[str], starts: Sequence[int]) -> list[int]:
        second = words[1] if len(words) > 1 else None
        kept = [
            start
            for start in starts
            if second is None or (start + 1 < len(self._words) and self._words[start + 1] == second)
        ]
        return kept[:MAX_STARTS]

    def _has_from(self, pieces: list[list[str]], start: int) -> bool:
        place = start
        for number, piece in enumerate(pieces):
            if number:
                found = self._find_run(piece, place, place + MAX_LEFT_OUT_WORDS)
                if found is None:
                    return False
                place = found
            end = self._match_piece(piece, place)
            if end is None:
                return False
            place = end
        return True

    def _match_piece(self, piece: list[str], place: int) -> int | None:
        """Return where a piece that begins at a place ends, or None if it is not there."""
        matched = 0
        while matched < len(piece):
            run = 0
            while (
                matched + run < len(piece)
                and place + run < len(self._words)
                and self._words[place + run] == piece[matched + run]
            ):
                run += 1
            matched += run
            place += run
            if matched == len(piece):
                return place
            # Interrupted by "X said" and the like, between two long runs.
            if run < LEAST_RUN_WORDS:
                return None
            following = self._find_run(piece[matched:], place, place + MAX_GAP_WORDS + 1)
            if following is None:
                return None
            place = following
        return place

    def _find_run(self, words: list[str], first: int, last: int) -> int | None:
        head = words[:LEAST_RUN_WORDS]
        for place in range(first, min(last, len(self._words) - len(head) + 1)):
            if self._words[place : place + len(head)] == head:
                return place
        return None


def missing_quotations(claim: str, evidence: str | Sequence[str]) -> tuple[Quotation, ...]:
    """Return the quotations of a claim whose words the evidence does not have, in order."""
    texts = [evidence] if isinstance(evidence, str) else list(evidence)
    sources = [QuotedText(text) for text in texts]
    return tuple(
        quotation
        for quotation in find_quotations(claim)
        if not any(source.has(quotation.text) for source in sources)
    )
