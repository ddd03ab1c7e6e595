"""The statements of a library: by whom, about what, with which stance, each once and cited."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from index.language.names import NameKind
from index.language.words import space_out
from index.ledger.people import find_entities, find_similar
from index.ledger.topics import Topic, group_by_article, keys_of
from index.record.reads import filter_to_sql, quote_term
from index.record.rows import read_date

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from datetime import date

    from index.language.stance import Stance
    from index.record.reads import ReadTransaction
    from index.types import Filter

MOST_COPIES = 50
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class StatementPlace:
    """Where a statement stands.

    Attributes:
        article_id: The article.
        title: Its title.
        outlet: Its outlet; empty if unknown.
        published: Its date, or None.
        start: First code point of the sentences that hold it.
        end: One past the last.
    """

    article_id: str
    title: str
    outlet: str
    published: date | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class FoundStatement:
    """A statement of the library.

    Attributes:
        speaker: Who makes it: a name, or as the article has it if it names nobody.
        named_as: The speaker in the article's words there.
        is_named: Whether the article names the speaker.
        cue: The words of saying.
        stance: What the words are to the speaker, such as ``denies``.
        is_negated: Whether the words of saying are negated: "did not confirm".
        kind: ``direct``, ``mixed`` or ``indirect``.
        text: The words said, several stretches joined by " … ".
        contents: Their first code points, and one past their last, in the article's text.
        sentence: The whole sentences.
        place: Where they stand: in the first article that has them.
        copies: Where other articles have the same words.
    """

    speaker: str
    named_as: str
    is_named: bool
    cue: str
    stance: str
    is_negated: bool
    kind: str
    text: str
    contents: tuple[tuple[int, int], ...]
    sentence: str
    place: StatementPlace
    copies: tuple[StatementPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was read to find something.

    Attributes:
        articles: Articles that pass the filter.
        read: Those that were read for it.
        unread: Those in other languages, which the rules do not know.
    """

    articles: int
    read: int
    unread: int


@dataclass(frozen=True, slots=True)
class StatementPage:
    """A page of statements.

    Attributes:
        total: How many there are in all, each counted once.
        statements: Those of the page, the newest first.
        coverage: How much was read.
        similar: Names that resemble the one asked for; empty unless nobody has it.
    """

    total: int
    statements: tuple[FoundStatement, ...]
    coverage: Coverage
    similar: tuple[str, ...] = ()


def find_statements(  # noqa: PLR0913 - all but two are named
    connection: sqlite3.Connection,
    reader: ReadTransaction,
    *,
    by: str = "",
    about: str = "",
    near: str = "",
    stance: Stance | None = None,
    only: Filter,
    offset: int = 0,
    limit: int = 50,
) -> StatementPage:
    """Return statements, each once however many articles print it.

    Args:
        connection: The ledger.
        reader: The record in the same state.
        by: Who speaks: a name in any spelling, or words for the speaker.
        about: Words that what is said must have.
        near: Words that the passage around must have, and sentence or title enough of.
        stance: What the words must be to the speaker.
        only: What the articles must satisfy.
        offset: How many to skip.
        limit: How many to return at most.
    """
    where, values = filter_to_sql(only)
    coverage = read_coverage(connection, only)
    conditions = [where]
    if by:
        condition, more = _speaks(connection, by)
        conditions.append(condition)
        values += more
    if about and (query := _match("words", about)):
        conditions.append(
            "s.statement_key IN (SELECT rowid FROM statement_words WHERE statement_words MATCH ?)"
        )
        values.append(query)
    if near:
        conditions.append("s.statement_key IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(_find_near(connection, reader, Topic(near))))
    if stance is not None:
        conditions.append("s.stance = ?")
        values.append(stance.value)
    wanted = f"USING (article_key) WHERE {' AND '.join(conditions)}"
    source = f"FROM statements s JOIN read_articles a {wanted}"
    (total,) = connection.execute(f"SELECT count(DISTINCT s.copy_key) {source}", values).fetchone()
    ordered: dict[int, None] = {}
    for (copy_key,) in connection.execute(
        f"SELECT s.copy_key {source} ORDER BY a.published DESC, a.article_key DESC, s.start", values
    ):
        if len(ordered) >= offset + limit:
            break
        ordered[copy_key] = None
    found = _read_statements(connection, reader, list(ordered)[offset:], wanted, values)
    similar = find_similar(connection, by) if by and not total else ()
    return StatementPage(total, found, coverage, similar)


def read_coverage(connection: sqlite3.Connection, only: Filter) -> Coverage:
    """Return how many articles pass a filter, and how many of them were read."""
    from index.ledger.rows import LANGUAGES

    where, values = filter_to_sql(only)
    marks = ", ".join("?" * len(LANGUAGES))
    articles, read = connection.execute(
        f"SELECT count(*), coalesce(sum(a.language IN ({marks})), 0) FROM read_articles a"
        f" WHERE {where}",
        (*LANGUAGES, *values),
    ).fetchone()
    return Coverage(articles, read, articles - read)


def find_sentences(
    connection: sqlite3.Connection, reader: ReadTransaction, topic: str, only: Filter
) -> tuple[tuple[StatementPlace, str], ...]:
    """Return every sentence about a topic, headings left out, each with its place."""
    about = Topic(topic)
    passages = about.find_passages(reader)
    where, values = filter_to_sql(only)
    rows = connection.execute(
        "SELECT a.article_key, a.article_id, a.title, a.outlet, a.published"
        f" FROM checked_read_articles a WHERE {where}"
        " AND a.article_key IN (SELECT value FROM json_each(?))",
        (*values, json.dumps(keys_of(passages))),
    ).fetchall()
    found = []
    by_article = group_by_article(passages)
    texts = dict(reader.articles_by_key([row[0] for row in rows]))
    for key, article_id, title, outlet, published in rows:
        text, day = texts[key].text, read_date(published)
        for passage in by_article[key]:
            for sentence in reader.passage(passage, text).sentences:
                if not sentence.is_heading and about.is_met_by(sentence.text, title):
                    span = sentence.start, sentence.end
                    place = StatementPlace(article_id, title, outlet, day, *span)
                    found.append((place, sentence.text))
    return tuple(dict.fromkeys(found))


def _speaks(connection: sqlite3.Connection, by: str) -> tuple[str, list[object]]:
    """Return the condition that somebody speaks, and its values."""
    entities = find_entities(connection, by)
    kinds = {
        row[0]
        for row in connection.execute(
            "SELECT kind FROM entities WHERE entity IN (SELECT value FROM json_each(?))",
            (json.dumps(entities),),
        )
    }
    named = (
        "s.name_key IN (SELECT name_key FROM names"
        " WHERE entity IN (SELECT value FROM json_each(?)))"
    )
    query = _match("speaker", by)
    # "An aide to Putin" is not Putin, but "a South Korean official" speaks for South Korea.
    if kinds == {NameKind.PERSON} or not query:
        return named, [json.dumps(entities)]
    described = (
        "s.statement_key IN (SELECT rowid FROM statement_words WHERE statement_words MATCH ?)"
    )
    return f"({named} OR {described})", [json.dumps(entities), query]


def _find_near(connection: sqlite3.Connection, reader: ReadTransaction, topic: Topic) -> list[int]:
    """Return the keys of the statements in sentences about a topic."""
    passages = topic.find_passages(reader)
    articles = reader.articles_by_key(keys_of(passages), verify=False)
    texts = {key: article.text for key, article in articles}
    rows = connection.execute(
        "SELECT s.statement_key, s.article_key, s.start, s.end, a.title FROM json_each(?) AS j"
        " JOIN statements s ON s.article_key = json_extract(j.value, '$[0]')"
        " AND s.start >= json_extract(j.value, '$[1]') AND s.start < json_extract(j.value, '$[2]')"
        " JOIN read_articles a USING (article_key)",
        (json.dumps([(p.article_key, p.start, p.end) for p in passages]),),
    )
    return [
        key
        for key, article_key, start, end, title in rows
        if topic.is_met_by(texts[article_key][start:end], title)
    ]


def _match(column: str, words: str) -> str:
    """Return what has all of some words, in the full-text search's language."""
    terms = list(dict.fromkeys(_WORD.findall(space_out(words) or words)))
    return f"{column} : ({' AND '.join(map(quote_term, terms))})" if terms else ""


def _read_statements(
    connection: sqlite3.Connection,
    reader: ReadTransaction,
    copy_keys: Sequence[int],
    wanted: str,
    values: Sequence[object],
) -> tuple[FoundStatement, ...]:
    rows = connection.execute(
        "SELECT s.copy_key, s.article_key, s.start, s.end, s.speaker_start, s.speaker_end,"
        " s.cue_start, s.cue_end, s.contents, s.kind, s.stance, s.negated, s.name_key,"
        " a.article_id, a.title, a.outlet, a.published"
        f" FROM checked_statements s JOIN checked_read_articles a {wanted}"
        " AND s.copy_key IN (SELECT value FROM json_each(?))"
        " ORDER BY a.published IS NULL, a.published, a.article_key, s.start",
        (*values, json.dumps(copy_keys)),
    ).fetchall()
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row)
    firsts = [groups[key][0] for key in copy_keys if key in groups]
    texts = {
        key: article.text
        for key, article in reader.articles_by_key(dict.fromkeys(row[1] for row in firsts))
    }
    names = _read_names(connection, [row[12] for row in firsts if row[12] is not None])
    return tuple(_to_statement(groups[row[0]], texts[row[1]], names) for row in firsts)


def _read_names(connection: sqlite3.Connection, keys: Sequence[int]) -> dict[int, str]:
    """Return key -> the name that most articles use for the entity, in full where there is one."""
    from index.ledger.people import read_name

    return {key: read_name(connection, key) for key in dict.fromkeys(keys)}


def _to_statement(
    rows: Sequence[tuple[Any, ...]], text: str, names: dict[int, str]
) -> FoundStatement:
    first = rows[0]
    contents = tuple((start, end) for start, end in json.loads(first[8]))
    named_as = text[first[4] : first[5]]
    speaker = names.get(first[12], "") or _as_speaker(named_as)
    places = {row[13]: _to_place(row) for row in reversed(rows)}
    del places[first[13]]
    return FoundStatement(
        speaker=speaker,
        named_as=named_as,
        is_named=first[12] in names,
        cue=text[first[6] : first[7]],
        stance=first[10],
        is_negated=bool(first[11]),
        kind=first[9],
        text=" … ".join(text[start:end] for start, end in contents),
        contents=contents,
        sentence=text[first[2] : first[3]],
        place=_to_place(first),
        copies=tuple(reversed(places.values()))[:MOST_COPIES],
    )


def _to_place(row: tuple[Any, ...]) -> StatementPlace:
    return StatementPlace(row[13], row[14], row[15], read_date(row[16]), row[2], row[3])


def _as_speaker(phrase: str) -> str:
    """Return a noun phrase as the name of a speaker: no apposition, a capital first."""
    head = re.split(r",\s", phrase, maxsplit=1)[0].strip()
    return head[:1].upper() + head[1:]
