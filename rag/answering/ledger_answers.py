"""Answers about all articles, from the ledger: counts, speakers, statements and timelines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from index.errors import ArticleNotFoundError
from index.language.nations import find_nations
from index.language.spoken_days import describe_days
from index.types import Filter
from rag.answering.corrections import add_corrections
from rag.answering.denials import add_denials
from rag.answering.reading_order import CitedClaims
from rag.asking.plan import Part, Wanted
from rag.types import Citation, Claim, Support

if TYPE_CHECKING:
    from collections.abc import Sequence

    from index.ledger.counts import CountedArticle
    from index.ledger.dated import DatedEntry
    from index.ledger.said import FoundStatement, StatementPage
    from index.library import Library
    from index.types import Article

Place = TypeVar("Place", "FoundStatement", "DatedEntry")

MOST_CITED = 100
"""Articles or people that are cited for one answer."""

MOST_STATEMENTS = 1_000
"""Statements that are looked through for who makes them."""

MOST_NAMED = 10_000
"""Names of one kind, people or organisations, that are known for one answer."""

MOST_ENTRIES = 30
"""Entries of a timeline, or statements of one speaker, in one answer."""

_PRONOUN = re.compile(
    r"(?:he|she|it|they|who|which|that|we|i|you|his|her|their|its)", re.IGNORECASE
)
_OPENING_WORD = re.compile(
    r"^(?:The|An?|Some|Several|Many|Both|All|Other|Two|Three|Four|Five|Six|Seven|Eight|Nine|Ten)"
    r"(?=\s)"
)
_BESIDE_NATIONS = re.compile(r"(?:the|and|both|,|&|\s)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LedgerAnswer:
    """The articles that mention something, people and their statements, or events by their days.

    Attributes:
        cited: What is counted or listed, with a citation for each, and with what corrects or
            denies a statement.
        count: How many there are.
        remark: How many articles were read, and what was left out, in one line.
    """

    cited: CitedClaims
    count: int
    remark: str


def answer_from_ledger(library: Library, part: Part, only: Filter) -> LedgerAnswer | None:
    """Return what the ledger counts or lists; None if a part of a question wants neither.

    It is also None if it has no such stance, event or speaker: articles may tell of them in other
    words.
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
    places = _find_places(library, list(first.values())[:MOST_CITED])
    remark = _describe_read(page)
    if part.stance and not part.subject:
        remark += " Statements on any subject are listed."
    if len(first) > MOST_CITED:
        remark += f" The first {MOST_CITED} of {len(first):,} are listed."
    if not places:
        return LedgerAnswer(CitedClaims(), 0, remark)
    first_name, *others = [statement.speaker for statement, _ in places]
    listed = _join_names([first_name, *(_OPENING_WORD.sub(_lower, name) for name in others)])
    summary = f"{listed} {'are' if others else 'is'} quoted."
    if part.stance:
        summary = f"The articles report such statements by {_OPENING_WORD.sub(_lower, listed)}."
    return _quote_all(places, remark, summary)


def list_statements(library: Library, part: Part, only: Filter) -> LedgerAnswer:
    """Return every statement of somebody, the newest first."""
    page = library.statements(by=part.by, near=part.subject, only=only, limit=MOST_ENTRIES)
    # Two statements of one sentence are one quotation.
    distinct = {(s.place.article_id, s.place.start): s for s in page.statements}
    noun = "statement is" if page.total == 1 else "statements are"
    remark = f"{_describe_read(page)} {page.total:,} {noun} reported."
    if page.total > MOST_ENTRIES:
        remark += f" The newest {MOST_ENTRIES} are listed."
    return _quote_all(_find_places(library, distinct.values()), remark)


def list_events(library: Library, topic: str, only: Filter) -> LedgerAnswer:
    """Return what happened when: sentences with the days that they name, the earliest first."""
    page = library.timeline(topic, only=only, limit=MOST_ENTRIES)
    places = _find_places(library, page.entries)
    citations = _cite_places(places)
    claims = [
        Claim(
            f"{'about ' if entry.is_rough else ''}{describe_days(entry.first, entry.last)}:"
            f" {entry.text}",
            Support.SUPPORTED,
            (citation.number,),
        )
        for (entry, _), citation in zip(places, citations, strict=True)
    ]
    read = page.coverage
    remark = f"{read.read:,} of {read.articles:,} articles were read for it."
    if page.undated:
        remark += f" {page.undated:,} have no date, so that “on Tuesday” in them is no day."
    if page.total > MOST_ENTRIES:
        remark += f" The first {MOST_ENTRIES} of {page.total:,} entries are listed."
    articles = [article for _, article in places]
    return LedgerAnswer(_complete(claims, citations, articles), len(claims), remark)


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


def _find_places(library: Library, found: Iterable[Place]) -> list[tuple[Place, Article]]:
    """Return statements or entries with their articles, without those that were removed since."""
    articles = ((item, _get(library, item.place.article_id)) for item in found)
    return [(item, article) for item, article in articles if article is not None]


def _cite_places(places: Sequence[tuple[Place, Article]]) -> list[Citation]:
    return [
        Citation.of_place(article, item.place.start, item.place.end, number)
        for number, (item, article) in enumerate(places, 1)
    ]


def _quote_all(
    places: Sequence[tuple[FoundStatement, Article]], remark: str, summary: str = ""
) -> LedgerAnswer:
    """Return quotations one by one, below a summary that rests on all of them."""
    citations = _cite_places(places)
    claims = [Claim(c.quote, Support.SUPPORTED, (c.number,)) for c in citations]
    cited = _complete(claims, citations, [article for _, article in places])
    if summary:
        numbers = tuple(citation.number for citation in citations)
        cited = replace(cited, claims=(Claim(summary, Support.SUPPORTED, numbers), *cited.claims))
    return LedgerAnswer(cited, len(citations), remark)


def _complete(
    claims: Sequence[Claim], citations: Sequence[Citation], articles: Iterable[Article]
) -> CitedClaims:
    """Return claims with what their articles, the newest first, correct and deny of them."""
    known = {article.article_id: article for article in articles}
    newest = sorted(known.values(), key=lambda a: a.published or date.min, reverse=True)
    claims, citations = add_corrections(claims, citations, (), newest)
    return CitedClaims(*add_denials(claims, citations, newest))


def _join_names(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


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
