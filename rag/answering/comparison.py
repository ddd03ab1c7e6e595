"""Who asserts, denies or has not confirmed something, and which figures are given for it.

Nothing is chosen: every statement and every figure in sentences about the topic is set beside the
others, by speaker and by what is counted. Copies of a text are one source.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from index.types import Filter
from rag.asking.terms import stem_text, stem_word
from rag.verification.moments import find_moments
from rag.verification.quantities import Quantity, QuantityKind, find_quantities

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.ledger.said import Coverage, FoundStatement, StatementPlace
    from index.library import Library

MOST_STATEMENTS = 2_000
"""Statements about one topic that are compared."""

_COUNTED_WORDS = 4
_LEAST_FIGURES = 2
_LEAST_SHARED = 2
_LEAST_CHARS = 3
_HEDGE = re.compile(
    r"\b(?:about|around|roughly|approximately|some|nearly|almost|up to|as many as|more than|over"
    r"|at least|less than|fewer than|under|at most|no more than|an estimated)\s(?:the\s)?$",
    re.IGNORECASE,
)
_NUMBER_AT = re.compile(
    r"\b(?:number|total)s?\b(?:\sof\s(?P<of>[^.,;:]{1,60}?))?"
    r"(?:\s(?:in|on|at)\s[^.,;:]{1,40}?|\s(?:will|would|could|may|might|had|has|have|to|now))*"
    r"\s(?:at|to|is|was|were|be|reach(?:ed|es)?|hit|r[io]se(?:n|s)?\sto|fell\sto)\s$",
    re.IGNORECASE,
)
"""What stands before a figure that says what it counts: "the number of soldiers … at about"."""
_THE_NUMBER = frozenset({"\0the", "\0number"})
_OF_THEM = re.compile(r"\s(?:of\s(?:them|these|those|whom)|who|whom)\b")
_LETTERS = re.compile(r"[^\W\d_]+")
_NEXT_WORD = re.compile(r"[\s-]*([^\W\d_]+)")
_SAME = (
    "soldiers troops forces personnel servicemen",
    "dead killed deaths fatalities dying died lives",
    "injured hurt wounded",
    "people persons residents participants",
)
_MEANINGS = {stem_word(word): words.split()[0] for words in _SAME for word in words.split()}
_STOPS = frozenset(
    "of the and or in at on to by for with from that who which were was are is".split()
)


_Figures: TypeAlias = "dict[tuple[str, str], list[tuple[StatementPlace, str, float]]]"
"""Figure as written and who gives it -> where it stands, the sentence, the value."""


class Side(StrEnum):
    """What somebody does about a topic."""

    ASSERTS = "asserts"
    DENIES = "denies"
    UNCONFIRMED = "has not confirmed"


@dataclass(frozen=True, slots=True)
class Position:
    """What one speaker says about a topic.

    Attributes:
        speaker: Who.
        side: Whether it is asserted, denied, or not confirmed.
        statements: The statements, the newest first.
    """

    speaker: str
    side: Side
    statements: tuple[FoundStatement, ...]


@dataclass(frozen=True, slots=True)
class GivenFigure:
    """A figure that articles give.

    Attributes:
        text: As written, with "about" or "up to": "up to 12,000".
        value: Its value.
        given_by: Who gives it; the outlet if it is no statement.
        place: Where it stands first.
        sentence: The sentence.
        n_sources: How many independent texts give it so; copies are not counted.
    """

    text: str
    value: float
    given_by: str
    place: StatementPlace
    sentence: str
    n_sources: int


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """Figures that count the same.

    Attributes:
        counted: What they count: "soldiers", "dollar", "percent".
        figures: Each value of each giver once, the earliest first.
    """

    counted: str
    figures: tuple[GivenFigure, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What articles say about a topic, side by side.

    Attributes:
        topic: The words.
        positions: By side, then by speaker; the speakers with most statements first.
        figures: What is counted more than once.
        n_statements: How many statements there are.
        n_sources: How many independent articles they come from.
        coverage: How much was read.
    """

    topic: str
    positions: tuple[Position, ...]
    figures: tuple[FigureGroup, ...]
    n_statements: int
    n_sources: int
    coverage: Coverage


def compare(
    library: Library,
    topic: str,
    only: Filter | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Set side by side what articles say about a topic.

    Args:
        library: An open library.
        topic: Words for it.
        only: What the articles must satisfy.
        progress: See ``Library.statements``.
    """
    only = only or Filter()
    page = library.statements(near=topic, only=only, limit=MOST_STATEMENTS, progress=progress)
    positions: dict[tuple[Side, str], list[FoundStatement]] = {}
    for statement in page.statements:
        positions.setdefault((_side_of(statement), statement.speaker), []).append(statement)
    order = list(Side)
    ranked = sorted(positions.items(), key=lambda item: (order.index(item[0][0]), -len(item[1])))
    return Comparison(
        topic=topic,
        positions=tuple(Position(who, side, tuple(said)) for (side, who), said in ranked),
        figures=_group_figures(library, topic, only, page.statements),
        n_statements=page.total,
        n_sources=len({s.place.article_id for s in page.statements}),
        coverage=page.coverage,
    )


def _side_of(statement: FoundStatement) -> Side:
    if statement.stance == "denies":
        return Side.ASSERTS if statement.is_negated else Side.DENIES
    if statement.stance == "declines":
        return Side.UNCONFIRMED
    if statement.is_negated:
        return Side.UNCONFIRMED if statement.stance == "confirms" else Side.DENIES
    return Side.ASSERTS


def _group_figures(
    library: Library, topic: str, only: Filter, statements: Sequence[FoundStatement]
) -> tuple[FigureGroup, ...]:
    speakers: dict[str, list[tuple[int, int, str]]] = {}
    for statement in statements:
        speakers.setdefault(statement.place.article_id, []).extend(
            (start, end, statement.speaker) for start, end in statement.contents
        )
    groups: dict[str, _Figures] = {}
    for place, sentence in library.sentences_about(topic, only=only):
        moments = [(m.start, m.end) for m in find_moments(sentence)]
        for quantity in find_quantities(sentence, besides=moments):
            counted = _counted(sentence, quantity) or _counted_before(sentence, quantity, topic)
            if not counted:
                continue
            at = place.start + quantity.start
            giver = next(
                (who for a, b, who in speakers.get(place.article_id, ()) if a <= at < b),
                place.outlet or place.title,
            )
            key = (_written(sentence, quantity), giver)
            found = (place, sentence, quantity.value)
            groups.setdefault(counted, {}).setdefault(key, []).append(found)
    known = stem_text(topic)
    result = [
        FigureGroup(counted, _order_figures(cluster))
        for counted, by_figure in groups.items()
        for cluster in _divide(by_figure, known)
        if len(cluster) >= _LEAST_FIGURES
    ]
    asked = {_MEANINGS.get(stem, stem) for stem in known} | known
    return tuple(
        sorted(
            result,
            key=lambda g: (not asked & {g.counted, stem_word(g.counted)}, -len(g.figures)),
        )
    )


def _divide(found: _Figures, known: frozenset[str]) -> list[_Figures]:
    """Return the figures in groups whose sentences have words in common, beside the topic's.

    Two numbers of people may count two things; "signed" and "petition" in both say that they do
    not.
    """
    clusters: list[tuple[set[str], _Figures]] = []
    for key, places in found.items():
        words = {
            stem
            for _, sentence, _ in places
            for stem in stem_text(sentence) - known - _STOPS
            if len(stem) >= _LEAST_CHARS and stem.isalpha()
        }
        if any(_is_the_number(sentence, key[0]) for _, sentence, _ in places):
            words |= _THE_NUMBER  # what the topic itself amounts to
        alike = [c for c in clusters if len(c[0] & words) >= _LEAST_SHARED]
        merged: tuple[set[str], _Figures] = (words, {key: places})
        for cluster in alike:
            merged = (merged[0] | cluster[0], {**cluster[1], **merged[1]})
            clusters.remove(cluster)
        clusters.append(merged)
    return [figures for _, figures in clusters]


def _is_the_number(sentence: str, figure: str) -> bool:
    """Return whether a figure is given as the number of something: "the number at about 45"."""
    place = " ".join(sentence.split()).casefold().find(figure)
    return place > 0 and _NUMBER_AT.search(" ".join(sentence.split())[:place]) is not None


def _order_figures(found: _Figures) -> tuple[GivenFigure, ...]:
    figures = []
    for (text, giver), places in found.items():
        place, sentence, value = min(places, key=lambda item: str(item[0].published or "9999"))
        sources = {" ".join(other.split()).casefold() for _, other, _ in places}
        figures.append(GivenFigure(text, value, giver, place, sentence, len(sources)))
    return tuple(sorted(figures, key=lambda f: (str(f.place.published or "9999"), f.value)))


def _written(sentence: str, quantity: Quantity) -> str:
    """Return a figure as written, with what hedges it."""
    lead = _HEDGE.search(sentence, 0, quantity.start)
    start = lead.start() if lead else quantity.start
    return " ".join(sentence[start : quantity.end].split()).casefold()


def _counted_before(sentence: str, quantity: Quantity, topic: str) -> str:
    """Return what a figure counts whose noun stands before it; the topic's for "1,500 of them"."""
    lead = _HEDGE.search(sentence, 0, quantity.start)
    number = _NUMBER_AT.search(sentence[: lead.start() if lead else quantity.start])
    if quantity.kind is not QuantityKind.PLAIN or quantity.unit is not None:
        return ""
    named = _plural_of(str(number["of"] or "")) if number is not None else ""
    if named:
        return named
    is_open = number is not None or _OF_THEM.match(sentence, quantity.end)
    return _plural_of(topic) if is_open else ""


def _plural_of(words: str) -> str:
    """Return the first noun in the plural; empty without one."""
    for match in _LETTERS.finditer(words):
        word = match.group()
        if stem_word(word.casefold()) in _MEANINGS:
            return _MEANINGS[stem_word(word.casefold())]
        if word[0].islower() and word.endswith("s") and not word.endswith("ss"):
            return word
    return ""


def _counted(sentence: str, quantity: Quantity) -> str:
    """Return what a figure counts; empty if that cannot be told."""
    if quantity.kind is QuantityKind.MONEY:
        return quantity.currency
    if quantity.kind is not QuantityKind.PLAIN or quantity.unit is not None:
        return "percent" if quantity.kind is QuantityKind.PERCENT else ""
    place = quantity.end
    for _ in range(_COUNTED_WORDS):
        word = _NEXT_WORD.match(sentence, place)
        if word is None or word[1].casefold() in _STOPS:
            return ""
        place = word.end()
        stem = stem_word(word[1].casefold())
        if stem in _MEANINGS:
            return _MEANINGS[stem]
        if word[1].islower() and word[1].endswith("s") and not word[1].endswith("ss"):
            return word[1].casefold()
    return ""
