"""What articles set against claims: corrections, and the answers of the accused; pure."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Article
from rag.answering import corrections
from rag.answering.conflicts import add_conflicts
from rag.answering.denials import add_denials
from rag.types import Citation, Claim, Evidence

__all__ = ["add_conflicts", "add_corrections"]


def add_corrections(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    articles: Sequence[Article],
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Return claims and citations with what corrects them, and with the accused's answers.

    Args:
        claims: In reading order.
        citations: All citations that the claims rest on.
        evidence: What was retrieved, best first.
        articles: The retrieved articles, each once.
    """
    return add_denials(
        *corrections.add_corrections(claims, citations, evidence, articles), articles
    )
