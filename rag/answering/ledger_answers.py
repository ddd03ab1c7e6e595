"""Answers about all articles, from the ledger: counts, speakers, statements and timelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.errors import ArticleNotFoundError
from index.language.nations import find_nations
from index.types import Filter
from rag.answering.reading_order import CitedClaims
from rag.asking.plan import Part, Wanted
from rag.types import Citation, Claim, Support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.ledger.counts import CountedArticle
    from index.ledger.said import FoundStatement, StatementPage
    from index.library import Library
    from index.types import Article

MOST_CITED = 100
"""Articles or people that are cited for one answer."""

MOST_STATEMENTS = 1_000
"""Statements that are looked through for who makes them."""


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """The articles that mention something, people and their statements, or events by their days.

    Attributes:
        cited: What is counted or listed, with a citation for each.
        count: How many there are.
        remark: How many articles were read, and what was left out, in one line.
    """

    cited: CitedClaims
    count: int
    remark: str


def answer_from_ledger(library: Library, part: Part, only: Filter) -> LedgerAnswer | None:
    """Return what the ledger counts or lists; None if a part of a question wants neither.

    It is also None if a stance, an event or a speaker is asked for and the ledger has none of it:
    articles may tell it in other words.
    """
    if part.wanted is Wanted.COUNT:
        return count_mentions(library, part.subject, only)
    if part.wanted is Wanted.QUOTED:
        found = list_speakers(library, part, only)
        return found if found.count or not part.stance else None
    if part.wanted is Wanted.SAID:
        found = list_statements(library, part, only)
    elif part.wanted is Wanted.TIMELINE:
        found = list_events(library, part.subject, only)
    else:
        return None
    return found if found.count else None


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

MOST_ENTRIES = 30
"""Entries of a timeline, or statements of one speaker, in one answer."""

_PRONOUN = re.compile(
    r"(?:he|she|it|they|who|which|that|we|i|you|his|her|their|its)", re.IGNORECASE
)
_ARTICLE = re.compile(r"^(?:The|An?)(?=\s)")
_BESIDE_NATIONS = re.compile(r"(?:the|and|both|,|&|\s)*", re.IGNORECASE)


def list_speakers(library: Library, part: Part, only: Filter) -> LedgerAnswer:
    """Return everybody whose words the articles give, with a statement of each.

    If any statement will do, those are listed who are named; if a stance is asked for, all.

    Args:
        library: An open library.
        part: What is asked, with its subject, nation, kind and stance.
        only: What the articles must satisfy.
    """
    from index.ledger.topics import Topic

    page = library.statements(
        by=part.nation,
        near=part.subject,
        stance=part.stance or None,
        only=only,
        limit=MOST_STATEMENTS,
    )
    of_kind = _find_names(library, part.kind)
    about = Topic(part.subject)
    first: dict[str, FoundStatement] = {}
    for statement in page.statements:
        # A denial in an article that has the words in its title may be of something else.
        is_meant = not part.stance or (
            not statement.is_negated and about.is_met_by(statement.sentence, "")
        )
        if is_meant and _is_asked(statement, part, of_kind):
            first.setdefault(statement.speaker, statement)
    cited = list(_cite_statements(library, list(first.values())[:MOST_CITED]))
    remark = _describe_read(page)
    if len(first) > MOST_CITED:
        remark += f" The first {MOST_CITED} of {len(first):,} are listed."
    if not cited:
        return LedgerAnswer(CitedClaims(), 0, remark)
    names = [cited[0][0].speaker, *(_ARTICLE.sub(_lower, s.speaker) for s, _ in cited[1:])]
    listed = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    summary = f"{listed} {'is' if len(names) == 1 else 'are'} quoted."
    if part.stance:
        summary = f"Reported to have done so: {listed}."
    return _list_quotes([citation for _, citation in cited], remark, summary)


def list_statements(library: Library, part: Part, only: Filter) -> LedgerAnswer:
    """Return every statement of somebody, the newest first."""
    page = library.statements(by=part.by, near=part.subject, only=only, limit=MOST_ENTRIES)
    # Two statements of one sentence are one quotation.
    places = {(s.place.article_id, s.place.start): s for s in page.statements}
    citations = [citation for _, citation in _cite_statements(library, places.values())]
    remark = f"{_describe_read(page)} There are {page.total:,} statements."
    if page.total > MOST_ENTRIES:
        remark += f" The newest {MOST_ENTRIES} are listed."
    return _list_quotes(citations, remark)


def list_events(library: Library, topic: str, only: Filter) -> LedgerAnswer:
    """Return what happened when: sentences with the days that they name, the earliest first."""
    page = library.timeline(topic, only=only, limit=MOST_ENTRIES)
    claims: list[Claim] = []
    citations: list[Citation] = []
    for entry in page.entries:
        article = _get(library, entry.place.article_id)
        if article is None:
            continue
        number = len(citations) + 1
        place = entry.place
        citations.append(Citation.of_place(article, place.start, place.end, number))
        days = str(entry.first) if entry.first == entry.last else f"{entry.first} to {entry.last}"
        about = "about " if entry.is_rough else ""
        claims.append(Claim(f"{about}{days}: {entry.text}", Support.SUPPORTED, (number,)))
    read = page.coverage
    remark = f"{read.read:,} of {read.articles:,} articles were read for it."
    if page.undated:
        remark += f" {page.undated:,} have no date, so that “on Tuesday” in them is no day."
    if page.total > MOST_ENTRIES:
        remark += f" The first {MOST_ENTRIES} of {page.total:,} entries are listed."
    return LedgerAnswer(CitedClaims(tuple(claims), tuple(citations)), len(claims), remark)


def _find_names(library: Library, kind: str) -> set[str] | None:
    """Return all spellings of people or organisations; None if anybody will do."""
    if kind in {"", "nation"}:
        return None
    named = library.people(kind=kind, limit=MOST_NAMED).entities
    return {spelling for entity in named for spelling in (entity.name, *entity.spellings)}


def _is_asked(statement: FoundStatement, part: Part, names: set[str] | None) -> bool:
    """Return whether a speaker is of the kind that is asked for.

    Who is quoted is told by name; who denied something may be "two officials".
    """
    speaker = statement.speaker
    if part.kind == "nation":
        return _is_nation(speaker)
    if statement.is_named:
        return names is None or speaker in names
    is_somebody = names is None or not _is_nation(speaker)
    return bool(part.stance) and is_somebody and not _PRONOUN.fullmatch(speaker)


def _lower(match: re.Match[str]) -> str:
    return match.group().lower()


def _is_nation(speaker: str) -> bool:
    """Return whether a speaker is a nation, or several: no official, ministry or leader of one."""
    nations = find_nations(speaker)
    rest = speaker
    for nation in reversed(nations):
        rest = rest[: nation.start] + rest[nation.end :]
    return bool(nations) and _BESIDE_NATIONS.fullmatch(rest) is not None


def _describe_read(page: StatementPage) -> str:
    read = page.coverage
    remark = f"{read.read:,} of {read.articles:,} articles were read for it."
    if page.total > MOST_STATEMENTS:
        remark += f" Only the newest {MOST_STATEMENTS:,} of {page.total:,} statements were read."
    return remark


def _cite_statements(
    library: Library, statements: Iterable[FoundStatement]
) -> Iterator[tuple[FoundStatement, Citation]]:
    number = 0
    for statement in statements:
        place = statement.place
        article = _get(library, place.article_id)
        if article is not None:
            number += 1
            yield statement, Citation.of_place(article, place.start, place.end, number)


def _list_quotes(citations: Sequence[Citation], remark: str, summary: str = "") -> LedgerAnswer:
    """Return quotations one by one, below a summary that rests on all of them."""
    claims = [Claim(c.quote, Support.SUPPORTED, (c.number,)) for c in citations]
    if summary:
        numbers = tuple(citation.number for citation in citations)
        claims.insert(0, Claim(summary, Support.SUPPORTED, numbers))
    return LedgerAnswer(CitedClaims(tuple(claims), tuple(citations)), len(citations), remark)


def _get(library: Library, article_id: str) -> Article | None:
    """Return an article; None if another process has removed it since it was found."""
    try:
        return library.get(article_id)
    except ArticleNotFoundError:
        return None


def _cite(library: Library, listed: list[CountedArticle]) -> Iterator[Citation]:
    for number, item in enumerate(listed, 1):
        article = _get(library, item.place.article_id)
        if article is None:
            continue
        start, end = item.place.start, item.place.end
        if start == end:  # only the title has the words
            opening = library.sentences(article.article_id)[0]
            start, end = opening.start, opening.end
        yield Citation.of_place(article, start, end, number)
