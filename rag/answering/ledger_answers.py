"""Answers about all articles, from the ledger: how many mention something, and who is quoted."""

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
    from index.ledger.said import FoundStatement
    from index.library import Library

MOST_CITED = 100
"""Articles or people that are cited for one answer."""

MOST_STATEMENTS = 1_000
"""Statements that are looked through for who makes them."""


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """The articles that mention something, or the people whose words they give.

    Attributes:
        cited: One claim with the count, and a citation for each, the newest first.
        count: How many there are.
        remark: How many articles were read, and what was left out, in one line.
    """

    cited: CitedClaims
    count: int
    remark: str


def count_mentions(library: Library, subject: str, only: Filter) -> LedgerAnswer:
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
    return LedgerAnswer(
        CitedClaims((claim,), citations) if citations else CitedClaims(), found.articles, remark
    )


MOST_NAMED = 10_000
"""Names of one kind, people or organisations, that are known for one answer."""


def list_quoted(
    library: Library, about: str, nation: str, only: Filter, kind: str = ""
) -> LedgerAnswer:
    """Return everybody by name whose words the articles give, with a statement of each.

    Args:
        library: An open library.
        about: What the statements have to be about; empty for anything.
        nation: Whose people are asked for; empty for anybody's.
        only: What the articles must satisfy.
        kind: ``person`` or ``organisation`` if only those are asked for.
    """
    of_kind = None
    if kind:
        named = library.people(kind=kind, limit=MOST_NAMED).entities
        of_kind = {spelling for entity in named for spelling in (entity.name, *entity.spellings)}
    page = library.statements(by=nation, near=about, only=only, limit=MOST_STATEMENTS)
    first: dict[str, FoundStatement] = {}
    for statement in page.statements:
        if statement.is_named and (of_kind is None or statement.speaker in of_kind):
            first.setdefault(statement.speaker, statement)
    names: list[str] = []
    citations: list[Citation] = []
    for name, statement in list(first.items())[:MOST_CITED]:
        place = statement.place
        try:
            article = library.get(place.article_id)
        except ArticleNotFoundError:  # removed by another process since it was found
            continue
        names.append(name)
        citations.append(Citation.of_place(article, place.start, place.end, len(names)))
    read = page.coverage
    remark = f"{read.read:,} of {read.articles:,} articles were read for it."
    if page.total > MOST_STATEMENTS:
        remark += f" Only the newest {MOST_STATEMENTS:,} of {page.total:,} statements were read."
    if len(first) > MOST_CITED:
        remark += f" The first {MOST_CITED} of {len(first):,} names are listed."
    if not names:
        return LedgerAnswer(CitedClaims(), 0, remark)
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    verb = "is" if len(names) == 1 else "are"
    claims = [
        Claim(f"{listed} {verb} quoted.", Support.SUPPORTED, tuple(c.number for c in citations))
    ]
    claims += [Claim(c.quote, Support.SUPPORTED, (c.number,)) for c in citations]
    return LedgerAnswer(CitedClaims(tuple(claims), tuple(citations)), len(names), remark)


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
