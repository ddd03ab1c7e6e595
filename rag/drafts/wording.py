"""What an article has in place of words that a draft quotes; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

LEAST_ALIKE = 0.6
"""Share of words in common below which it is another sentence."""

MOST_LONGER = 0.4
"""By what share of its words the article's wording may be longer."""

MAX_QUOTED_WORDS = 400

_TOKEN = re.compile(r"\S+")
_NOT_WORD = re.compile(r"[\W_]+")


class Piece(StrEnum):
    """Where a stretch of words stands."""

    BOTH = "both"
    DRAFT = "draft"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Wording:
    """How an article words what a draft quotes.

    Attributes:
        start: First code point in the article's text.
        end: One past the last.
        likeness: Share of the words that both have, in [0, 1].
        pieces: Draft and article word by word, in order: where each stretch stands, and its words.
    """

    start: int
    end: int
    likeness: float
    pieces: tuple[tuple[Piece, str], ...]


def find_wording(quotation: str, text: str) -> Wording | None:
    """Return the stretch of a text that is nearest to a quotation; None if none is near.

    Examples:
        >>> found = find_wording("we will pay it all", "Lind said: we will never pay it all.")
        >>> [(kind.value, words) for kind, words in found.pieces]
        [('both', 'we will'), ('article', 'never'), ('both', 'pay it all.')]
    """
    ours = _TOKEN.findall(quotation)[:MAX_QUOTED_WORDS]
    theirs = list(_TOKEN.finditer(text))
    wanted = [_fold(word) for word in ours]
    told = [_fold(match.group()) for match in theirs]
    longest = SequenceMatcher(None, wanted, told, autojunk=False).find_longest_match()
    if not longest.size:
        return None
    slack = 1 + int(MOST_LONGER * len(ours))
    first = max(0, longest.b - longest.a - slack)
    last = min(len(told), longest.b + len(ours) - longest.a + slack)
    blocks = [
        block
        for block in SequenceMatcher(
            None, wanted, told[first:last], autojunk=False
        ).get_matching_blocks()
        if block.size
    ]
    # A word changed at either end is shown beside the word that the article has there.
    start = max(0, blocks[0].b - blocks[0].a) + first
    end = min(last, first + blocks[-1].b + len(ours) - blocks[-1].a)
    matcher = SequenceMatcher(None, wanted, told[start:end], autojunk=False)
    if matcher.ratio() < LEAST_ALIKE:
        return None
    shown = [match.group() for match in theirs[start:end]]
    pieces = tuple(_pieces(matcher, ours, shown))
    return Wording(theirs[start].start(), theirs[end - 1].end(), matcher.ratio(), pieces)


def _pieces(
    matcher: SequenceMatcher[str], ours: Sequence[str], theirs: Sequence[str]
) -> list[tuple[Piece, str]]:
    pieces = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append((Piece.BOTH, " ".join(theirs[c:d])))
            continue
        if a < b:
            pieces.append((Piece.DRAFT, " ".join(ours[a:b])))
        if c < d:
            pieces.append((Piece.ARTICLE, " ".join(theirs[c:d])))
    return pieces


def _fold(word: str) -> str:
    return _NOT_WORD.sub("", word).casefold() or word
