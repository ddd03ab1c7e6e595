"""A claim beside its evidence, as the checks are given it, and what they report. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from rag.verification.alignment import Alignment
from rag.verification.gaps import Gap, find_gaps
from rag.verification.moments import Moment, find_moments
from rag.verification.names import Name
from rag.verification.parsed_text import ParsedText
from rag.verification.quantities import Quantity
from rag.verification.tables import Table

CLOSELY_ALIGNED = 0.6
MAX_SHOWN_CHARS = 60
MAX_COMPARED = 48

Found = TypeVar("Found", Quantity, Moment, Name)


class ReasonKind(StrEnum):
    """What kind of error a reason reports."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    QUOTATION = "quotation"
    SPEAKER = "speaker"
    DENIAL = "denial"
    ATTRIBUTION = "attribution"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim is not supported.

    Attributes:
        kind: The kind of error.
        text: One line for the reader.
        span: The words of the claim concerned, as code points; None for all of it.
        contradicts: Whether the text says something else, and not only does not say this.
    """

    kind: ReasonKind
    text: str
    span: tuple[int, int] | None = None
    contradicts: bool = False


@dataclass(frozen=True, slots=True)
class Checks:
    """What checks found.

    Attributes:
        reasons: Each sufficient to refuse support, the gravest first.
        features: Some or all of ``CHECK_FEATURES`` by name, for the probability of support.
    """

    reasons: tuple[Reason, ...]
    features: dict[str, float]


@dataclass(frozen=True)
class TextPair:
    """A claim beside its evidence.

    Attributes:
        claim: The claim.
        evidence: The cited text.
        alignment: How their words correspond.
        published: When the evidence appeared, for "on Monday"; None if unknown.
        tables: Those of the evidence as it was before they were written out.
        outside_tables: What of it is in no table.
    """

    claim: ParsedText
    evidence: ParsedText
    alignment: Alignment
    published: date | None = None
    tables: tuple[Table, ...] = ()
    outside_tables: str = ""

    @cached_property
    def is_close(self) -> bool:
        """Whether a sentence of the evidence follows the claim so closely that gaps are telling."""
        return self.alignment.best >= 0 and self.alignment.best_coverage >= CLOSELY_ALIGNED

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where the claim says something else in the same place as the closest sentence."""
        if not self.is_close:
            return ()
        return tuple(find_gaps(self.claim.words, self.evidence.words_of(self.alignment.best)))

    @cached_property
    def dates(self) -> tuple[Moment, ...]:
        """The claim's dates; it may be of another day than the article: its "Monday" stays open."""
        return find_moments(self.claim.text)[:MAX_COMPARED]


def lacks(kind: ReasonKind, ours: Quantity | Moment | Name) -> Reason:
    """Return the reason that the evidence does not have a thing of the claim."""
    text = f"the cited text does not mention {ours.text}"
    return Reason(kind, text, (ours.start, ours.end))


def differs(kind: ReasonKind, ours: Found, theirs: Found, verb: str = "says") -> Reason:
    """Return the reason that the evidence has one thing where the claim has another."""
    text = f"the article {verb} {theirs.text}, the claim {verb} {ours.text}"
    return Reason(kind, text, (ours.start, ours.end), contradicts=True)


def show(text: str) -> str:
    """Return a text in quotation marks, on one line of at most ``MAX_SHOWN_CHARS``."""
    line = " ".join(text.split())
    return f"“{line if len(line) <= MAX_SHOWN_CHARS else line[: MAX_SHOWN_CHARS - 1] + '…'}”"


def in_gaps(
    gaps: tuple[Gap, ...], ours: tuple[Found, ...], theirs: tuple[Found, ...]
) -> Iterator[tuple[Found, Found]]:
    """Yield what stands in the same place, where each side has one thing of the kind there."""
    for gap in gaps:
        here = [x for x in ours if gap.ours[0] <= x.start and x.end <= gap.ours[1]]
        there = [x for x in theirs if gap.theirs[0] <= x.start and x.end <= gap.theirs[1]]
        if len(here) == 1 and len(there) == 1:
            yield here[0], there[0]
