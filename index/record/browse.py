"""Browsing a library: pages of articles, and counts of articles by outlet and period."""

# ruff: noqa: S608 - statements are put together from literals of this file, values are bound

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from index.record.reads import ReadTransaction, filter_to_sql
from index.record.rows import ArticleSummary, check_sound, summary_columns, to_summary
from index.types import Filter

MAX_WORDS = 12

_WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_NEWEST_FIRST = "ORDER BY a.published IS NULL, a.published DESC, a.article_key DESC"


class Period(IntEnum):
    """Length of a period that articles are counted by, in characters of a date ``2024-10-21``."""

    YEAR = 4
    MONTH = 7
    DAY = 10


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the articles that were found.

    Attributes:
        articles: The newest first, undated ones last.
        total: How many were found in all.
        undated: How many of these have no date.
        earliest: The first date of any, or None.
        latest: The last date of any, or None.
    """

    articles: tuple[ArticleSummary, ...]
    total: int
    undated: int
    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many articles an outlet published in a period.

    Attributes:
        outlet: Its name; empty for articles whose outlet is not known.
        period: The start of an ISO date, of the requested length; empty for undated articles.
        articles: How many.
    """

    outlet: str
    period: str
    articles: int


def check_page(offset: int, limit: int) -> None:
    """Refuse a page that cannot be.

    Raises:
        ValueError: If ``offset`` or ``limit`` is negative.
    """
    if offset < 0 or limit < 0:
        raise ValueError(f"offset and limit must not be negative, got {offset} and {limit}")


def browse_articles(
    reader: ReadTransaction, only: Filter, words: str, *, offset: int, limit: int
) -> Page:
    """Return a page of articles; see ``Catalogue.browse``.

    The words must all occur, or an inflection of them, in title or text; the last one may be
    unfinished.
    """
    where, values = _condition(reader, only, words)
    total, undated = reader.connection.execute(
        f"SELECT count(*), count(*) - count(a.published) FROM articles a WHERE {where}",
        values,
    ).fetchone()
    earliest, latest = reader.first_and_last_day(where, values)
    columns = summary_columns(reader.version)
    rows = reader.connection.execute(
        f"SELECT {columns} FROM articles a WHERE {where} {_NEWEST_FIRST} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    )
    articles = tuple(map(to_summary, rows))
    return Page(articles, total, undated, earliest, latest)


def tally_articles(
    reader: ReadTransaction, only: Filter, words: str, *, period: Period
) -> list[Tally]:
    """Count articles, undated ones too, by outlet and period, in the order of the periods.

    Spellings of an outlet that differ only in case count as one.
    """
    where, values = _condition(reader, only, words)
    rows = reader.connection.execute(
        f"SELECT min(a.outlet), coalesce(substr(a.published, 1, {int(period)}), '') AS period,"
        f" count(*), {reader.sound_of_extreme('articles', 'a')} FROM articles a WHERE {where}"
        " GROUP BY folded(a.outlet), period ORDER BY period, folded(a.outlet)",
        values,
    ).fetchall()
    for row in rows:
        check_sound(row[3], "the details of an article")
    return [Tally(*row[:3]) for row in rows]


def newest_articles(reader: ReadTransaction, only: Filter, *, limit: int) -> list[int]:
    """Return the keys of the newest articles that pass a filter, undated ones last."""
    where, values = filter_to_sql(only, has_details=reader.has_details)
    rows = reader.connection.execute(
        f"SELECT a.article_key FROM articles a WHERE {where} {_NEWEST_FIRST} LIMIT ?",
        [*values, limit],
    )
    return [row[0] for row in rows]


def find_words(text: str) -> list[str]:
    """Return the words that are looked for, the first ``MAX_WORDS``."""
    return _WORD.findall(text)[:MAX_WORDS]


def _condition(reader: ReadTransaction, only: Filter, words: str) -> tuple[str, list[object]]:
    where, values = filter_to_sql(only, has_details=reader.has_details)
    found = find_words(words)
    if words.strip() and not found:
        return "FALSE", []
    for place, word in enumerate(found, 1):
        is_begun = place == len(found) and not words[-1].isspace()
        query, more = reader.passages_with([word], is_last_begun=is_begun)
        where += (
            " AND a.article_key IN (SELECT article_key FROM passages"
            f" WHERE passage_id IN ({query}))"
        )
        values += more
    return where, values
