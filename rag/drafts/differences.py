"""Where the nearest sentence of an article has another figure or day than a draft; pure.

Verification reports a figure that a text lacks, since it cannot know that the text speaks of the
same thing. Beside the sentence that says the rest, another figure of the same thing is another
answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rag.asking.terms import stem_word
from rag.verification.moments import agrees, contradicts, find_moments
from rag.verification.quantities import Quantity, are_comparable, backs, find_quantities
from rag.verification.text_pair import Reason, ReasonKind, differs

_NEXT_WORD = re.compile(r"\W{0,3}(?:(?:of|the|a|an|other|more|new)\s)?([^\W\d_]+)")


def sharpen(reason: Reason, claim: str, told: str, published: date | None) -> Reason:
    """Return a reason as a contradiction, if the nearest sentence has another figure or day.

    Examples:
        >>> lack = Reason(ReasonKind.NUMBER, "the cited text does not mention 40", (0, 2))
        >>> sharpen(lack, "40 houses burned down.", "Fire took nine houses.", None).text
        'the article says nine, the claim says 40'

    Args:
        reason: Why the article does not bear the claim out.
        claim: The claim.
        told: The sentence of the article that says most of it.
        published: The day of the article.
    """
    if reason.contradicts or reason.span is None:
        return reason
    if reason.kind is ReasonKind.NUMBER:
        return next(_other_figures(reason.span, claim, told), reason)
    if reason.kind is ReasonKind.DATE:
        return next(_other_days(reason.span, claim, told, published), reason)
    return reason


def _other_figures(span: tuple[int, int], claim: str, told: str) -> Iterator[Reason]:
    ours, theirs = _figures_of(claim), _figures_of(told)
    for figure in ours:
        if figure.start != span[0]:
            continue
        for other in theirs:
            is_free = not any(backs(other, own) for own in ours)
            if is_free and _count_alike(claim, figure, told, other):
                yield differs(ReasonKind.NUMBER, figure, other)


def _figures_of(text: str) -> tuple[Quantity, ...]:
    return find_quantities(text, besides=[(m.start, m.end) for m in find_moments(text)])


def _count_alike(claim: str, figure: Quantity, told: str, other: Quantity) -> bool:
    if figure.kind is not other.kind or not are_comparable(other, figure):
        return False
    if figure.unit or figure.currency:
        return True
    return _counted(claim, figure) == _counted(told, other)


def _counted(text: str, figure: Quantity) -> str:
    """Return the stem of the word after a figure: what it counts."""
    match = _NEXT_WORD.match(text, figure.unit_end or figure.end)
    return stem_word(match[1].casefold()) if match else ""


def _other_days(
    span: tuple[int, int], claim: str, told: str, published: date | None
) -> Iterator[Reason]:
    ours, theirs = find_moments(claim), find_moments(told)
    resolved = find_moments(told, published=published)
    for day in ours:
        if day.start != span[0] or any(agrees(other, day) for other in (*theirs, *resolved)):
            continue
        for other in theirs:
            is_free = not any(agrees(other, own) for own in ours)
            if is_free and contradicts(other, day):
                yield differs(ReasonKind.DATE, day, other)
