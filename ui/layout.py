"""How an answer is laid out, whatever shows it: its marks, their days, its sources; pure.

An ``Answer`` and the ``Exchange`` that the chat keeps of it are laid out alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from rag.types import AnswerPart, Citation, Claim, Section

MARKS_SHOWN = 6
"""Citation marks after a claim that are shown at once; the rest are folded."""

SOURCES_SHOWN = 10
"""Sources that are shown at once where there are many; the rest are folded."""

HIGH_CONFIDENCE = 0.8
"""Least probability of an answer that is called high."""

MEDIUM_CONFIDENCE = 0.5
"""Least probability of an answer that is called medium; below it is low."""


T = TypeVar("T")


class Answerlike(Protocol):
    """What an answer and its exchange have in common."""

    @property
    def refused(self) -> bool:
        """Whether the articles do not say."""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """Of all parts, in reading order."""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """In the order of their numbers."""

    @property
    def parts(self) -> tuple[AnswerPart, ...]:
        """Of the question."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What was asked and the articles do not say."""

    @property
    def probability(self) -> float | None:
        """Probability that the articles contain an answer; None if it is not known."""

    def sections(self) -> list[Section]:
        """Return the answer part by part."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A citation mark after a claim.

    Attributes:
        citation: What it names.
        day: Is said after the mark; None if there is nothing to say.
    """

    citation: Citation
    day: date | None = None


def fold(items: Sequence[T], n_shown: int) -> tuple[Sequence[T], Sequence[T]]:
    """Return the items to show at once, and the rest; a single one is not worth folding."""
    if len(items) <= n_shown + 1:
        return items, ()
    return items[:n_shown], items[n_shown:]


def mark_claims(answer: Answerlike) -> dict[Claim, tuple[Mark, ...]]:
    """Return the marks of every claim.

    In a part whose cited articles are of different days, each mark has its day, once for marks of
    the same day that follow each other. A claim with more marks than are shown at once has none.
    """
    by_number = {citation.number: citation for citation in answer.citations}
    cited = {
        claim: tuple(by_number[number] for number in claim.citations if number in by_number)
        for claim in answer.claims
    }
    days: dict[int, set[date]] = {}
    for claim, found in cited.items():
        days.setdefault(claim.part, set()).update(c.published for c in found if c.published)
    return {
        claim: _date_marks(found)
        if len(days[claim.part]) > 1 and not fold(found, MARKS_SHOWN)[1]
        else tuple(map(Mark, found))
        for claim, found in cited.items()
    }


def _date_marks(citations: Sequence[Citation]) -> tuple[Mark, ...]:
    days = [citation.published for citation in citations]
    return tuple(
        Mark(citation, None if citation.published == next_day else citation.published)
        for citation, next_day in zip(citations, [*days[1:], None], strict=False)
    )


def group_sources(citations: Sequence[Citation]) -> list[tuple[Citation, ...]]:
    """Return citations by article, in the order in which the articles are first cited."""
    articles: dict[str, list[Citation]] = {}
    for citation in citations:
        articles.setdefault(citation.article_id, []).append(citation)
    return [tuple(places) for places in articles.values()]


def find_counted(answer: Answerlike) -> frozenset[int]:
    """Return the numbers of citations that are only there to be counted."""
    counts = {place for place, part in enumerate(answer.parts) if part.wanted == "count"}
    counted = _numbers(claim for claim in answer.claims if claim.part in counts)
    return counted - _numbers(claim for claim in answer.claims if claim.part not in counts)


def find_unmarked(answer: Answerlike) -> frozenset[int]:
    """Return the numbers of citations that do not answer, in which no words are set off."""
    if answer.refused:
        return frozenset(citation.number for citation in answer.citations)
    context = _numbers(claim for claim in answer.claims if claim.context)
    return context - _numbers(claim for claim in answer.claims if not claim.context)


def _numbers(claims: Iterable[Claim]) -> frozenset[int]:
    return frozenset(number for claim in claims for number in claim.citations)


def describe_confidence(answer: Answerlike) -> str:
    """Return how sure the answer is, in words; empty if nothing is answered or it is not known."""
    probability = answer.probability
    is_answered = not answer.refused and not all(claim.context for claim in answer.claims)
    if probability is None or not is_answered:
        return ""
    if probability >= HIGH_CONFIDENCE:
        return "Confidence: high"
    return "Confidence: medium" if probability >= MEDIUM_CONFIDENCE else "Confidence: low"
