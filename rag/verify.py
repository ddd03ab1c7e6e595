"""Claims against the text they cite; pure.

A quoting claim is supported when it is its citation's stretch of the article, to the letter.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Hit
from rag.types import Citation, Claim, Support


def verify_quotes(
    claims: Sequence[Claim], citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[Claim, ...]:
    """Return the claims with the support that comparing them with the articles found.

    Args:
        claims: Each with the numbers of its citations.
        citations: All that the claims name.
        hits: Where the articles are.
    """
    texts = {hit.article.article_id: hit.article.text for hit in hits}
    by_number = {citation.number: citation for citation in citations}
    return tuple(
        claim
        if any(_stands_in(claim.text, by_number.get(n), texts) for n in claim.citations)
        else Claim(claim.text, Support.UNSUPPORTED, claim.citations, "the article does not say so")
        for claim in claims
    )


def _stands_in(text: str, citation: Citation | None, texts: dict[str, str]) -> bool:
    if citation is None:
        return False
    article = texts.get(citation.article_id, "")
    return article[citation.start : citation.end] == citation.quote == text
