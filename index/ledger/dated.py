"""What happened when, as articles have it: sentences with the days that they name."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from index.ledger.said import Coverage, StatementPlace, read_coverage
from index.ledger.topics import Topic, group_by_article
from index.record.reads import filter_to_sql
from index.record.rows import read_date

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from index.record.reads import ReadTransaction
    from index.record.rows import PassagePlace
    from index.types import Filter

LONGEST_DAYS = 366
"""A stretch of more days says nothing about when something happened."""

_LEAST_FOLDED = 6
_OPENING_PASSAGES = 2
"""The first may be headings alone."""
_WORD = re.compile(r"[^\W_]+")


class DayBasis(StrEnum):
    """How the day of an entry is known."""

    STATED = "stated"
    """The sentence gives it in full."""
    COUNTED = "counted"
    """The sentence says "on Tuesday", counted from the day of publication."""
    PUBLISHED = "published"
    """The sentence opens an article and names no day; the article's own is given."""


@dataclass(frozen=True, slots=True)
class DatedEntry:
    """A sentence with a day.

    Attributes:
        first: The first day.
        last: The last; the same unless a stretch of days is named.
        basis: How it is known.
        is_rough: Whether the days are about right only, as after "two weeks ago".
        spoken: The words for the day, such as "on Tuesday"; empty for a day of publication.
        text: The sentence.
        place: Where it stands: in the first article that has it.
        copies: Where other articles have the same sentence.
    """

    first: date
    last: date
    basis: DayBasis
    is_rough: bool
    spoken: str
    text: str
    place: StatementPlace
    copies: tuple[StatementPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class DatedPage:
    """A page of dated entries.

    Attributes:
        total: How many there are in all, each counted once.
        entries: Those of the page, the earliest day first.
        coverage: How much was read.
        undated: How many articles have no date, so that "on Tuesday" in them is no day.
    """

    total: int
    entries: tuple[DatedEntry, ...]
    coverage: Coverage
    undated: int


def find_dated(
    connection: sqlite3.Connection,
    reader: ReadTransaction,
    *,
    topic: str = "",
    only: Filter,
    offset: int = 0,
    limit: int = 100,
) -> DatedPage:
    """Return dated sentences, by their days.

    Args:
        connection: The ledger.
        reader: The record in the same state.
        topic: Words that passage and title must have together; blank for everything.
        only: What the articles must satisfy.
        offset: How many to skip.
        limit: How many to return at most.
    """
    coverage = read_coverage(connection, only)
    undated = _count_undated(connection, only)
    if not topic.strip():
        # Everything is too much to be compared: copies are folded within a page.
        total = _read_days(connection, only, columns="count(*)")[0][0]
        rows = _read_days(connection, only, page=(limit, offset))
        texts = _read_texts(reader, {row[0] for row in rows})
        return DatedPage(total, tuple(_fold(rows, texts)), coverage, undated)
    about = Topic(topic)
    passages = about.find_passages(reader)
    rows = _read_days(connection, only, passages=passages)
    rows += _read_openings(connection, reader, only, rows, group_by_article(passages))
    texts = _read_texts(reader, {row[0] for row in rows})
    rows = [row for row in rows if about.is_met_by(texts[row[0]][row[7] : row[8]], row[10])]
    rows.sort(key=lambda row: (row[3], row[4], row[12] or "9999", row[0], row[1]))
    entries = tuple(_fold(rows, texts))
    return DatedPage(len(entries), entries[offset : offset + limit], coverage, undated)


def _count_undated(connection: sqlite3.Connection, only: Filter) -> int:
    where, values = filter_to_sql(only)
    (count,) = connection.execute(
        f"SELECT count(*) FROM read_articles a WHERE {where} AND a.published IS NULL", values
    ).fetchone()
    return int(count)


_COLUMNS = (
    "t.article_key, t.start, t.end, t.first_day, t.last_day, t.is_exact, t.is_rough,"
    " t.sentence_start, t.sentence_end, a.article_id, a.title, a.outlet, a.published"
)


def _read_days(
    connection: sqlite3.Connection,
    only: Filter,
    *,
    passages: Sequence[PassagePlace] | None = None,
    columns: str = _COLUMNS,
    page: tuple[int, int] | None = None,
) -> list[tuple[Any, ...]]:
    where, values = filter_to_sql(only)
    checked = "checked_" if columns == _COLUMNS else ""
    source = f"{checked}times t"
    if passages is not None:
        source = (
            f"json_each(?) AS j JOIN {source} ON t.article_key = json_extract(j.value, '$[0]')"
            " AND t.start >= json_extract(j.value, '$[1]')"
            " AND t.start < json_extract(j.value, '$[2]')"
        )
        values.insert(0, json.dumps([(p.article_key, p.start, p.end) for p in passages]))
    order = ""
    if page is not None:
        order = " ORDER BY t.first_day, t.last_day, t.article_key, t.start LIMIT ? OFFSET ?"
        values += page
    return connection.execute(
        f"SELECT {columns} FROM {source} JOIN {checked}read_articles a USING (article_key)"
        f" WHERE {where} AND julianday(t.last_day) - julianday(t.first_day) < {LONGEST_DAYS}"
        f"{order}",
        values,
    ).fetchall()


def _read_openings(
    connection: sqlite3.Connection,
    reader: ReadTransaction,
    only: Filter,
    rows: Iterable[tuple[Any, ...]],
    by_article: Mapping[int, Sequence[PassagePlace]],
) -> list[tuple[Any, ...]]:
    """Return the first sentences of articles on a topic, if they name no day."""
    dated = {(row[0], row[7]) for row in rows}
    where, values = filter_to_sql(only)
    articles = connection.execute(
        "SELECT a.article_key, a.article_id, a.title, a.outlet, a.published"
        f" FROM checked_read_articles a WHERE {where} AND a.published IS NOT NULL"
        " AND a.article_key IN (SELECT value FROM json_each(?))",
        (*values, json.dumps(list(by_article))),
    ).fetchall()
    found = []
    for key, article_id, title, outlet, published in articles:
        opening = _find_opening(reader, key, by_article[key])
        if opening is not None and (key, opening[0]) not in dated:
            place = (key, opening[0], opening[0], published, published, None, 0, *opening)
            found.append((*place, article_id, title, outlet, published))
    return found


def _find_opening(
    reader: ReadTransaction, key: int, passages: Sequence[PassagePlace]
) -> tuple[int, int] | None:
    """Return an article's first sentence that is no heading, if its passage is on the topic."""
    first = reader.places_in(key, limit=_OPENING_PASSAGES)
    if not any(place in passages for place in first):
        return None
    for place in first:
        for sentence in reader.passage(place, "").sentences:
            if not sentence.is_heading:
                return (sentence.start, sentence.end) if place in passages else None
    return None


def _read_texts(reader: ReadTransaction, keys: set[int]) -> dict[int, str]:
    found = reader.articles_by_key(sorted(keys))
    return {key: article.text for key, article in found}


def _fold(rows: Sequence[tuple[Any, ...]], texts: dict[int, str]) -> Iterable[DatedEntry]:
    """Yield the entries, a sentence that others print too once."""
    groups: dict[object, list[tuple[Any, ...]]] = {}
    for row in rows:
        words = tuple(_WORD.findall(texts[row[0]][row[7] : row[8]].casefold()))
        key = (row[3], row[4], words) if len(words) >= _LEAST_FOLDED else row[:2]
        groups.setdefault(key, []).append(row)
    for group in groups.values():
        first = group[0]
        text = texts[first[0]]
        places = {row[9]: _to_place(row) for row in group[1:] if row[9] != first[9]}
        basis = DayBasis.STATED if first[5] else DayBasis.COUNTED
        yield DatedEntry(
            first=date.fromisoformat(first[3]),
            last=date.fromisoformat(first[4]),
            basis=DayBasis.PUBLISHED if first[5] is None else basis,
            is_rough=bool(first[6]),
            spoken=text[first[1] : first[2]],
            text=text[first[7] : first[8]],
            place=_to_place(first),
            copies=tuple(places.values()),
        )


def _to_place(row: tuple[Any, ...]) -> StatementPlace:
    return StatementPlace(row[9], row[10], row[11], read_date(row[12]), row[7], row[8])
