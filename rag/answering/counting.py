"""How many articles mention something, as an answer: what ``index.ledger`` counts, cited."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import ArticleNotFoundError
from index.types import Filter
from rag.answering.reading_order import CitedClaims
from rag.types import Citation, Claim, Support

if TYPE_CHECKING:
    from index.ledger.counts import CountedArticle
    from index.library import Library

MOST_CITED = 100
"""Articles that are cited for one count."""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The articles that mention something.

    Attributes:
        cited: One claim with the count, and a citation for each article, the newest first.
        count: How many articles mention it.
        remark: How many articles were read, and what was left out, in one line.
    """

    cited: CitedClaims
    count: int
    remark: str


def count_mentions(library: Library, subject: str, only: Filter) -> Mentions:
    """Return the articles that mention something.

    Args:
        library: An open library.
        subject: A name or other words.
        only: What the articles must satisfy.
    """
    found = library.count(subject, only=only, limit=MOST_CITED)
    citations = tuple(_cite(library, [item for item in found.listed if item.is_clear]))
    noun, verb = ("article", "mentions") if found.articles == 1 else ("articles", "mention")
    claim = Claim(
        f"{found.articles:,} {noun} {verb} “{found.subject}”.",
        Support.SUPPORTED,
        tuple(citation.number for citation in citations),
    )
    remark = f"All of {found.read:,} articles were searched for it."
    if found.unclear:
        remark += f" {found.unclear:,} more may: other forms of the words, or a namesake."
    if found.articles > MOST_CITED:
        remark += f" The newest {MOST_CITED} are cited."
    return Mentions(
        CitedClaims((claim,), citations) if citations else CitedClaims(), found.articles, remark
    )


def _cite(library: Library, listed: list[CountedArticle]) -> Iterator[Citation]:
    for number, item in enumerate(listed, 1):
        try:
            article = library.get(item.place.article_id)
        except ArticleNotFoundError:  # removed by another process since it was found
            continue
        start, end = item.place.start, item.place.end
        if start == end:  # only the title has the words
            opening = library.sentences(article.article_id)[0]
            start, end = opening.start, opening.end
        yield Citation.of_place(article, start, end, number)
