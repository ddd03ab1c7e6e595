"""What the exports of press databases have in common. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from index.text.dates import date_in, dates_in, parse_moment, remove_dates

_LONGEST_DAY_LINE = 100
_LONGEST_NAME = 80
_BYLINE_START = re.compile(r"(?:by|von|par|por|di)\s", re.IGNORECASE)
_SMALL_WORDS = frozenset("and und et y e da de del der den di dos la le van von bin al of".split())


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article as a database exports it; what it does not say is empty.

    Attributes:
        title: On one line.
        text: Its paragraphs.
        outlet: The publication.
        published: The day of publication.
        published_at: The moment, if a time is stated.
        author: As stated.
        section: Section and page, as stated.
        document: The number that the database gave it.
        url: Its address.
        language: As stated, in whatever form.
        words: How many words it has, as stated; 0 if it is not.
        missing: Why it has no text; empty if it has.
        below: What stands below the text and is none of these, such as captions.
    """

    title: str
    text: str
    outlet: str = ""
    published: date | None = None
    published_at: datetime | None = None
    author: str = ""
    section: str = ""
    document: str = ""
    url: str = ""
    language: str = ""
    words: int = 0
    missing: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """The articles of a file from a database.

    Attributes:
        database: Its name.
        articles: In order.
        announced: How many the file says that it holds; 0 if it does not.
        around: What is in the file besides them, such as a list of titles.
    """

    database: str
    articles: tuple[ExportedArticle, ...]
    announced: int = 0
    around: str = ""


ReadExport: TypeAlias = Callable[[Sequence[str]], "Export | None"]
"""From the lines of a file, without surrounding white space, to its articles; None if the file is
no export of the database."""


def join_lines(lines: Iterable[str]) -> str:
    """Return lines as a text, with at most one blank line in a row."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def join_title(lines: Iterable[str]) -> str:
    """Return the lines of a headline as one."""
    return " ".join(" ".join(lines).split())


def split_blocks(lines: Sequence[str]) -> list[list[str]]:
    """Return lines in blocks that blank lines separate."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line:
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def is_day_line(line: str) -> bool:
    """Return whether a line holds a date and little else, such as an edition or a page."""
    if len(line) > _LONGEST_DAY_LINE or not dates_in(line):
        return False
    return len(remove_dates(line)) <= len(line) // 2


def read_day(line: str, *, day_first: bool | None = None) -> tuple[date | None, datetime | None]:
    """Return the day in a line, and its moment if the line has a time; see ``parse_date``."""
    stated = date_in(line[:_LONGEST_DAY_LINE], day_first=day_first)
    if stated is None:
        return None, None
    moment = parse_moment(line)
    return stated.day, moment if moment and moment.date() == stated.day else None


def read_count(text: str) -> int:
    """Return the first number in a text, whatever separates its thousands; 0 if it has none."""
    found = re.search(r"\d[\d.,\s]*", text[:40])
    return int(re.sub(r"\D", "", found[0])[:9]) if found else 0


def is_name(line: str) -> bool:
    """Return whether a line may name people: a byline, or words that all begin with a capital."""
    if _BYLINE_START.match(line):
        return len(line) <= 2 * _LONGEST_NAME
    words = [word for word in re.split(r"[\s,;&/]+", line) if word]
    if not 1 < len(words) <= 10 or len(line) > _LONGEST_NAME or line[-1] in "?!:":  # noqa: PLR2004
        return False
    return all(word[0].isupper() or word in _SMALL_WORDS for word in words)
