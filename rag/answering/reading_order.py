"""The order in which an answer is read, and the numbers of its citations, which rise with it; pure.

What answers best comes first, and what else the same article says follows in the article's order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.types import Citation, Claim, Conflict


@dataclass(frozen=True, slots=True)
class CitedClaims:
    """Claims in reading order, the citations that they rest on, and where those disagree."""

    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def order_for_reading(citations: Sequence[Citation]) -> list[Citation]:
    """Return citations as their quotes are read.

    Args:
        citations: Best first.

    Returns:
        The best, then the others of its article in the article's order, then the next article in
        the same way.
    """
    articles: dict[str, list[Citation]] = {}
    for citation in citations:
        articles.setdefault(citation.article_id, []).append(citation)
    ordered: list[Citation] = []
    for first, *others in articles.values():
        ordered += [first, *sorted(others, key=lambda citation: citation.start)]
    return ordered


def leave_out_said(quoted: CitedClaims, earlier: Sequence[CitedClaims]) -> CitedClaims:
    """Return the answer to a part without what the parts before it have said.

    Its first claim stays in any case, so that every part stands under its own heading with what
    answers it.

    Args:
        quoted: The answer to the part; each claim has one citation.
        earlier: The answers to the parts before it.
    """
    said = {claim.text for part in earlier for claim in part.claims if not claim.context}
    first, others = quoted.claims[:1], quoted.claims[1:]
    claims = (*first, *(claim for claim in others if claim.text not in said))
    cited = {number for claim in claims for number in claim.citations}
    citations = tuple(c for c in quoted.citations if c.number in cited)
    return replace(quoted, claims=claims, citations=citations)


def join_parts(parts: Sequence[CitedClaims]) -> CitedClaims:
    """Return the answers to the parts of a question as one; a place cited twice is one citation.

    Args:
        parts: Each with citations numbered by itself.
    """
    claims: list[Claim] = []
    citations: dict[tuple[str, int, int], Citation] = {}
    conflicts: list[Conflict] = []
    for place, part in enumerate(parts):
        number_of: dict[int, int] = {}
        for citation in part.citations:
            key = (citation.article_id, citation.start, citation.end)
            known = citations.setdefault(key, replace(citation, number=len(citations) + 1))
            number_of[citation.number] = known.number
        claims += [
            replace(claim, citations=_renumber(claim.citations, number_of), part=place)
            for claim in part.claims
        ]
        conflicts += [
            replace(conflict, citations=tuple(number_of[n] for n in conflict.citations))
            for conflict in part.conflicts
        ]
    return CitedClaims(tuple(claims), tuple(citations.values()), tuple(conflicts))


def number_citations(cited: CitedClaims) -> CitedClaims:
    """Return claims whose citations are numbered from 1 in the order of reading.

    Citations that only a conflict names follow, and those that nothing names come last.
    """
    read = [number for claim in cited.claims for number in claim.citations]
    read += [number for conflict in cited.conflicts for number in conflict.citations]
    read += [citation.number for citation in cited.citations]
    number_of = {number: place for place, number in enumerate(dict.fromkeys(read), 1)}
    renumbered = (replace(c, number=number_of[c.number]) for c in cited.citations)
    return CitedClaims(
        tuple(replace(c, citations=_renumber(c.citations, number_of)) for c in cited.claims),
        tuple(sorted(renumbered, key=lambda citation: citation.number)),
        tuple(
            replace(c, citations=tuple(number_of[n] for n in c.citations)) for c in cited.conflicts
        ),
    )


def _renumber(numbers: Sequence[int], number_of: dict[int, int]) -> tuple[int, ...]:
    return tuple(sorted({number_of[number] for number in numbers}))
