"""How many articles mention something: each that has the words is read, none is guessed."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.language.names import NameKind
from index.ledger.people import find_entities, find_similar
from index.ledger.said import StatementPlace
from index.ledger.topics import Topic, group_by_article, stems_of
from index.record.reads import filter_to_sql

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from index.record.reads import ReadTransaction
    from index.record.rows import PassagePlace
    from index.types import Article, Filter

_DETERMINER = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$")


@dataclass(frozen=True, slots=True)
class CountedArticle:
    """An article that mentions what was counted.

    Attributes:
        place: The first sentence that does.
        text: That sentence; the title if only that does.
        is_clear: Whether it has the words side by side, or the very person; otherwise it has them
            in another form, apart in one sentence, or names a namesake.
    """

    place: StatementPlace
    text: str
    is_clear: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many articles mention something.

    Attributes:
        subject: What was counted.
        articles: How many mention it.
        stories: How many those are, copies of one text counted once.
        outlets: How many known outlets printed them.
        unclear: How many more may mention it.
        read: How many articles were read for it.
        listed: Those of the page, clear ones first, the newest first.
        similar: Names that resemble the subject; empty unless nothing was found.
    """

    subject: str
    articles: int
    stories: int
    outlets: int
    unclear: int
    read: int
    listed: tuple[CountedArticle, ...]
    similar: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    key: int
    start: int
    is_clear: bool


def count_articles(
    connection: sqlite3.Connection,
    reader: ReadTransaction,
    *,
    subject: str,
    only: Filter,
    offset: int = 0,
    limit: int = 50,
) -> Count:
    """Count the articles that mention something.

    Case, hyphens and a possessive ending make no difference; a person is found in all spellings.

    Args:
        connection: The ledger.
        reader: The record in the same state.
        subject: A name or other words.
        only: What the articles must satisfy.
        offset: How many to skip of those that are listed.
        limit: How many to list at most.
    """
    subject = _DETERMINER.sub("", subject.strip())
    where, values = filter_to_sql(only)
    rows = connection.execute(
        "SELECT a.article_key, a.article_id, a.title, a.outlet, a.published, a.story"
        f" FROM read_articles a WHERE {where}",
        values,
    ).fetchall()
    passing = {row[0]: row for row in rows}
    found = _find_words(reader, subject, passing.keys())
    for entity in _find_named(connection, subject, passing.keys()):
        known = found.get(entity.key)
        if known is None or (entity.is_clear and not known.is_clear):
            found[entity.key] = entity
    clear = [f for f in found.values() if f.is_clear]
    ordered = sorted(
        found.values(), key=lambda f: (f.is_clear, passing[f.key][4] or "", f.key), reverse=True
    )
    page = ordered[offset : offset + limit]
    texts = dict(reader.articles_by_key([f.key for f in page]))
    return Count(
        subject=subject,
        articles=len(clear),
        stories=len({passing[f.key][5] or -f.key for f in clear}),
        outlets=len({passing[f.key][3].casefold() for f in clear} - {""}),
        unclear=len(found) - len(clear),
        read=len(passing),
        listed=tuple(_to_counted(reader, f, texts[f.key]) for f in page),
        similar=() if found else find_similar(connection, subject),
    )


def _find_words(reader: ReadTransaction, subject: str, keys: Iterable[int]) -> dict[int, _Found]:
    """Return the articles that have all words in one passage: side by side, or in one sentence."""
    topic = Topic(subject)
    words = [_POSSESSIVE.sub("", word) for word in _WORD.findall(subject)]
    if not words:
        return {}
    phrase = re.compile(
        r"(?<!\w)" + r"[\W_]{1,3}".join(map(re.escape, words)) + r"(?:['’]s)?(?!\w)", re.IGNORECASE
    )
    passages = topic.find_passages(reader)
    wanted = set(keys)
    found: dict[int, _Found] = {}
    by_article = group_by_article(passages)
    candidates = [key for key in by_article if key in wanted]
    for key, article in reader.articles_by_key(candidates, verify=False):
        within = by_article[key]
        match = _search(phrase, article.text, within)
        if match is not None:
            found[key] = _Found(key, match.start(), is_clear=True)
        elif phrase.search(article.title):
            found[key] = _Found(key, -1, is_clear=True)
        else:
            place = _find_apart(reader, article, within, topic)
            if place is not None:
                found[key] = _Found(key, place, is_clear=False)
    return found


def _search(
    phrase: re.Pattern[str], text: str, passages: Sequence[PassagePlace]
) -> re.Match[str] | None:
    """Return the first match, sought in some passages before the rest of a text, as is quicker."""
    within = (phrase.search(text, passage.start, passage.end) for passage in passages)
    return next(filter(None, within), None) or phrase.search(text)


def _find_apart(
    reader: ReadTransaction, article: Article, passages: Sequence[PassagePlace], topic: Topic
) -> int | None:
    """Return the first sentence that has all words, in whatever form and order."""
    for passage in passages:
        for sentence in reader.passage(passage, article.text).sentences:
            if topic.stems <= stems_of(sentence.text):
                return sentence.start
    return None


def _find_named(connection: sqlite3.Connection, subject: str, keys: Iterable[int]) -> list[_Found]:
    """Return the articles that name a person, and those that name a namesake or a nation's seat."""
    entities = find_entities(connection, subject)
    rows = connection.execute(
        "SELECT entity, kind, family FROM checked_entities"
        " WHERE entity IN (SELECT value FROM json_each(?))",
        (json.dumps(entities),),
    ).fetchall()
    people = [row for row in rows if row[1] == NameKind.PERSON]
    places = [row for row in rows if row[1] == NameKind.PLACE]
    wanted = set(keys)
    found: list[_Found] = []
    if len(people) == 1:
        entity, _, family = people[0]
        found += _mentions(connection, "n.entity = ?", [entity], wanted, is_clear=True)
        found += _mentions(
            connection,
            "n.family = ? AND n.entity != ? AND instr(n.name, ' ') = 0",
            [family, entity],
            wanted,
            is_clear=False,
        )
    elif places and not people:
        found += _mentions(connection, "n.entity = ?", [places[0][0]], wanted, is_clear=False)
    seen: dict[int, _Found] = {}
    for item in found:
        seen.setdefault(item.key, item)
    return list(seen.values())


def _mentions(
    connection: sqlite3.Connection,
    condition: str,
    values: Sequence[object],
    wanted: set[int],
    *,
    is_clear: bool,
) -> list[_Found]:
    rows = connection.execute(
        "SELECT m.article_key, min(m.start) FROM checked_mentions m"
        " JOIN checked_names n USING (name_key)"
        f" WHERE {condition} GROUP BY m.article_key",
        values,
    )
    return [_Found(key, start, is_clear) for key, start in rows if key in wanted]


def _to_counted(reader: ReadTransaction, found: _Found, article: Article) -> CountedArticle:
    holds = (
        s for s in reader.sentences_of(found.key, article.text) if s.start <= found.start < s.end
    )
    sentence = next(holds, None)
    start, end = (sentence.start, sentence.end) if sentence else (0, 0)
    text = article.text[start:end] or article.title
    place = StatementPlace(
        article.article_id, article.title, article.outlet, article.published, start, end
    )
    return CountedArticle(place, text, found.is_clear)
