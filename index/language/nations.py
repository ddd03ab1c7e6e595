"""The nations that a text mentions, by any of their names, their people or their government's seat.

"Russia", "the Russians", "Moscow" and "the Kremlin" are one party in a news story, which no stemmer
knows. ``nations.txt``, compiled by hand, lists such forms for the members of the United Nations, a
few territories and nations without a seat there, and the unions that act as parties. Pure.

A form that may mean either of two nations ("Korea", "Congolese", "Dominican") stands for none here,
and nor does a longer term that merely contains a nation's name ("New Mexico", "Paris Agreement").
People are not distinguished from nations: "Jordan" and "Chad" are always the country.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick import Automaton


class MentionKind(StrEnum):
    """How a form stands for its nation."""

    NAME = "name"
    """The name, a former or shorter one, or an abbreviation: "Russian Federation", "UAE"."""
    DEMONYM = "demonym"
    """The adjective and the words for its people: "British", "Britons"."""
    SEAT = "seat"
    """The seat of its government, standing for it: "Moscow", "the White House"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that stands for a nation.

    Attributes:
        nation: The canonical name, the first of its forms in the table.
        start: First code point in the text.
        end: One past the last; a possessive's apostrophe is not part of it.
        kind: Whether it names the nation, its people or its seat.
    """

    nation: str
    start: int
    end: int
    kind: MentionKind


def listed_forms() -> Iterator[tuple[str, str, MentionKind]]:
    """Yield every form with its nation and kind, in the table's order: a canonical name first."""
    for row in _table():
        if row.startswith(("none:", "cased:")):
            continue
        nation = row.partition("|")[0].partition(";")[0].strip()
        for kind, cell in zip(MentionKind, row.split("|"), strict=True):
            for form in _expand(cell):
                yield form, nation, kind


def find_nations(text: str, *, ignore_case: bool = False) -> tuple[Mention, ...]:
    """Find the nations that a text speaks of, in time linear in its length.

    Forms match as whole words, the longest first ("Guinea-Bissau" is not Guinea); any single white
    space character matches a space, and a curly apostrophe a straight one.

    Args:
        text: An article's text, or a question.
        ignore_case: Accept a form in any case, as people type questions, unless in lower case it
            is a common word ("us", "poles"); such a form still needs its capitals.

    Returns:
        Mentions in order of their start; they do not overlap.

    Examples:
        >>> [m.nation for m in find_nations("Moscow’s envoy told US diplomats to trust us.")]
        ['Russia', 'United States']
        >>> [m.nation for m in find_nations("what did the kremlin tell us", ignore_case=True)]
        ['Russia']
    """
    plain = _SPACE.sub(" ", text).replace("’", "'")
    compared = _fold(plain) if ignore_case else plain
    found: dict[int, int] = {}  # the end of the longest form that begins at a place
    for last, length in _automaton(ignore_case=ignore_case).iter(compared):
        start, end = last + 1 - length, last + 1
        if _is_whole_word(compared, start, end):
            found[start] = max(end, found.get(start, 0))
    mentions: list[Mention] = []
    position = 0
    for start in sorted(found):
        if start < position:
            continue
        position = found[start]
        form = plain[start:position]
        meaning = _forms().get(form)
        if meaning is None and ignore_case:
            meaning = _folded_forms().get(form.casefold())
        if meaning is not None:
            mentions.append(Mention(meaning[0], start, position, meaning[1]))
    return tuple(mentions)


_SPACE = re.compile(r"[^\S ]")


def _fold(text: str) -> str:
    """Return a text in lower case, at the same length."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(small if len(small := char.lower()) == 1 else char for char in text)


def _is_whole_word(text: str, start: int, end: int) -> bool:
    """Return whether a stretch is not part of a longer word, nor of "US$", which is money."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (_is_of_word(before) or _is_of_word(after) or after == "$")


def _is_of_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _expand(cell: str) -> Iterator[str]:
    """Yield the forms in one cell of the table; ``Russian+`` is "Russian" and "Russians"."""
    for form in filter(None, map(str.strip, cell.split(";"))):
        yield form.removesuffix("+")
        if form.endswith("+"):
            yield f"{form[:-1]}s"


@cache
def _table() -> tuple[str, ...]:
    table = files("index.language").joinpath("nations.txt").read_text("utf-8")
    return tuple(row for row in table.splitlines() if not row.startswith("#"))


def _marked(mark: str) -> Iterator[str]:
    for row in _table():
        if row.startswith(mark):
            yield from _expand(row.removeprefix(mark))


@cache
def _forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return what every form stands for; None for a term that stands for no nation."""
    forms: dict[str, tuple[str, MentionKind] | None] = {
        form: (nation, kind) for form, nation, kind in listed_forms()
    }
    return forms | dict.fromkeys(_marked("none:"))


@cache
def _folded_forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return the same for forms in any case, without those that would then be common words."""
    cased = frozenset(_marked("cased:"))
    return {form.casefold(): meaning for form, meaning in _forms().items() if form not in cased}


@cache
def _automaton(*, ignore_case: bool) -> Automaton:
    """Return an automaton that finds every form, and its length, in one pass over a text."""
    from ahocorasick import Automaton

    automaton = Automaton()
    for form in _forms():
        automaton.add_word(form.casefold() if ignore_case else form, len(form))
    automaton.make_automaton()
    return automaton
