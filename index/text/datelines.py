"""The day and the agency that the lines around an article state. Pure.

A line with nothing but a date, a dateline before the first paragraph (``LIMA, Oct. 21, 2024 (Wire)
—``, ``МОСКВА, 21 окт — ТАСС.``, ``新华社北京10月21日电``), or the day of such a dateline with the
year of another date in the same text.
"""

# Marks and letters of many scripts are looked for.
# ruff: noqa: RUF001, RUF002, RUF003

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from itertools import takewhile
from typing import NamedTuple

from index.language.date_words import MONTH_NAME
from index.text.clock import believable_now
from index.text.dates import (
    DAY_MONTH,
    LONGEST_DATE_LINE,
    MONTH_DAY,
    StatedDay,
    cut_dates,
    date_in,
    date_of_line,
    dates_in,
    find_date,
    month_number,
    remove_dates,
)

_FIRST_LINES = 6
_LAST_LINES = 5
_MOST_PLACE_WORDS = 6
_LONGEST_DELAY = timedelta(days=92)
"""The longest time between the day of a dateline and a date that gives it its year."""

_CORRECTION = re.compile(r"\W*(?:correction|clarification|editor['’]s note)", re.IGNORECASE)
_UPPER = "(?![a-zß-öø-ÿа-яёіїєґ])[^\\W\\d_]"
_UPPERS = rf"{_UPPER}(?:(?![a-zß-öø-ÿа-яёіїєґ])[\w.'’ -]){{2,40}}?"

# SEOUL, Oct. 21, 2024 (Wire) — …
_DATELINE = re.compile(r"(?P<head>[^—–\n]{4,110}?)(?:\s*[—–]|[\s.]-{1,2}\s|:\s|(?<=/)\.\s)")
_AGENCY = re.compile(r"[(/][^()/]{0,40}[)/]")
_PLACE = re.compile(rf"{_UPPERS}|{_UPPER}[\w.'’ -]+,")

_DAY = rf"(?i:{MONTH_NAME}\s*\d{{1,2}}|\d{{1,2}}\.?\s*(?:de\s)?{MONTH_NAME})(?:,?\s+\d{{4}})?"
_PLACE_LINE = re.compile(
    rf"{_UPPER}[\w'’-]*(?:[ -]{_UPPER}[\w'’-]*){{0,3}},\s(?:(?:the|le|den|am|el|il)\s)?"
    rf"[^,]{{0,12}}{_DAY}\.?"
)
# SEOUL, Oct. 21 (Wire) — … and SEOUL (Wire) — …; the year is often left out.
_WIRED = re.compile(
    rf"""(?:{_UPPERS}(?:,\ {_UPPER}[\w.'’ -]{{2,30}}?)??|{_UPPER}[\w.'’ -]{{2,40}}?(?=[,.]\ *\w))
        (?P<day>[,.]?\s+{_DAY})?
        [,.]?\s*(?:\((?P<wire>[^()\n]{{2,60}})\)|/(?P<other_wire>[^/\n]{{2,60}})/)
        \s*(?:[.]?\s?[—–:]|[.]?-{{1,2}}\s|(?<=/)\.\s)""",
    re.VERBOSE,
)
# (WIRE) - ROMA, 21 OTT - …, as if the agency stood behind the day
_WIRE_FIRST = re.compile(
    rf"\((?P<wire>[^()\n]{{2,40}})\)\s*[—–-]\s*(?P<place>{_UPPERS},?\s{_DAY})\s*[—–-]\s"
)
# МОСКВА, 21 окт — РИА Новости. …
_SLAVIC = re.compile(
    rf"{_UPPERS}[,.]\s(?P<day>{_DAY})\.?,?\s?(?:[—–-]\s?|/)"
    r"(?P<wire>[А-ЯЁІЇЄҐA-Z][\w «».-]{1,30}?)[./]\s"
)
# 新华社北京10月21日电, （東京＝共同）, (서울=연합뉴스)
_HAN = re.compile(
    r"[【（(]?(?P<wire>[\u4e00-\u9fff]{2,6}[社网網通])[\u4e00-\u9fff·]{2,12}?"
    r"(?P<month>\d{1,2})月(?P<number>\d{1,2})日[电電讯訊]"
)
_EQUAL = re.compile(
    r"[【（(\[](?P<place>[^=＝\]】)）\n]{1,20})[=＝](?P<wire>[^=＝\]】)）\n]{2,20})[\]】)）]"
)
_BARE = re.compile(r"[（(](?P<wire>[A-Za-z]{2,12})[)）]\s*[—–-]\s")
_WIRE_NAME = re.compile(
    r"(?:dpa|efe|[^\W\d_a-z])[\w.&'’-]*(?: (?:[A-Z][\w.&'’-]*|of|de|the|and|&)){0,5}"
)
# Without a day before it, a name in brackets counts as an agency's only if it is a known one.
_WIRES = frozenset(
    "AAP AFP ANI ANSA AP APA Belga Bloomberg CNA CP DPA EFE IANS IRNA Interfax Kyodo Lusa MTI"
    " PA PAP PTI RIA Reuters TASS UPI Ukrinform Xinhua Yonhap رويترز ТАСС Укрінформ УНІАН"
    "".casefold().split()
) | {"أ ف ب", "د ب أ", "риа новости", "europa press"}

_PARTIAL = re.compile(rf"(?:{DAY_MONTH}|{MONTH_DAY})", re.IGNORECASE | re.VERBOSE)
_RIGHTS = re.compile(r"(?:©|\(c\)|copyright)\D{0,60}((?:19|20)\d\d)(?!\d)", re.IGNORECASE)


class Dateline(NamedTuple):
    """What the dateline of a first paragraph names; either may be missing.

    Attributes:
        wire: The agency; empty if none is named.
        month: Of the day, which has no year of its own; 0 without one.
        number: Of the day; 0 without one.
    """

    wire: str = ""
    month: int = 0
    number: int = 0


def find_wire(lines: Sequence[str]) -> str:
    """Return the news agency that the dateline of a first paragraph names.

    Args:
        lines: The article's lines, without blank ones.

    Returns:
        The name in brackets after place and day, as in ``SEOUL, Oct. 21 (Wire) — …``; usually
        empty.
    """
    return next(
        (found.wire for line in lines[:_FIRST_LINES] if (found := _read_dateline(line)).wire), ""
    )


def find_dateline(
    lines: Sequence[str],
    *,
    known: Iterable[date] = (),
    day_first: bool | None = None,
) -> date | None:
    """Return the publication date that an article states about itself.

    It may be a line that holds nothing but a date (with a label, a time or a byline) among the
    first and the last lines, or a dateline such as ``LIMA, Oct. 21, 2024 (Wire) —`` before a first
    paragraph. A publication date takes precedence over the date of an update. A dateline without a
    year gets that of another date of the article, if it is less than a quarter older.

    Args:
        lines: The article's lines, without blank ones.
        known: Other dates of the article, such as that of its last change.
        day_first: See ``parse_date``.
    """
    first = lines[:_FIRST_LINES]
    outer = [*first, *_closing_lines(lines[_FIRST_LINES:])]
    alone = [stated for line in outer if (stated := date_of_line(line, day_first=day_first))]
    opening = [stated for line in first if (stated := _date_of_opening(line))]
    best = min([*alone, *opening], key=lambda stated: stated.is_update, default=None)
    if best and not best.is_update:
        return best.day
    return _complete(lines, [*known, *([best.day] if best else [])]) or (best.day if best else None)


def _complete(lines: Sequence[str], known: list[date]) -> date | None:
    """Return the day of a dateline, with the year that other dates of the article give it."""
    found = next(
        (found for line in lines[:_FIRST_LINES] if (found := _read_dateline(line)).month), None
    )
    if found is None:
        return None
    for line in [*lines[:_FIRST_LINES], *lines[-_LAST_LINES:]]:
        known += [stated.day for stated in dates_in(line[:LONGEST_DATE_LINE])]
        # All that a year says is that the day is in it.
        known += [date(int(year), 12, 31) for year in _RIGHTS.findall(line[:LONGEST_DATE_LINE])]
    for latest in known:
        is_year = (latest.month, latest.day) == (12, 31)
        for year in (latest.year, latest.year - 1):
            with suppress(ValueError):  # 29 February
                day = date(year, found.month, found.number)
                if day <= min(latest, believable_now().date()) and (
                    is_year or latest - day <= _LONGEST_DELAY
                ):
                    return day
    return None


def _read_dateline(line: str) -> Dateline:
    """Return what the dateline at the start of a paragraph names."""
    line = _WIRE_FIRST.sub(r"\g<place> (\g<wire>) — ", line, count=1)
    if match := _WIRED.match(line):
        named = match["wire"] or match["other_wire"]
        wire = cut_dates(named)
        is_dated = bool(match["day"] or find_date(named))
        if _WIRE_NAME.fullmatch(wire) and (is_dated or wire.casefold() in _WIRES):
            return Dateline(wire, *_partial_day(match["day"] or named))
    if match := _SLAVIC.match(line):
        return Dateline(match["wire"].strip(" «»"), *_partial_day(match["day"]))
    if match := _HAN.match(line):
        return Dateline(match["wire"], int(match["month"]), int(match["number"]))
    if match := _EQUAL.match(line):
        return Dateline(match["wire"].strip())
    if (match := _BARE.match(line)) and match["wire"].casefold() in _WIRES:
        return Dateline(match["wire"])
    return Dateline()


def _partial_day(text: str) -> tuple[int, int]:
    """Return the month and the number of a day that is stated without a year, else zeros."""
    match = _PARTIAL.search(text)
    if match is None or find_date(text):
        return 0, 0
    number = int(match["day_first"] or match["day_second"])
    return month_number(match["month_second"] or match["month_first"]), number


def _closing_lines(lines: Sequence[str]) -> list[str]:
    """Return the short lines at the end of a text, none below the date of a correction."""
    last = lines[-_LAST_LINES:]
    if any(_CORRECTION.match(line) for line in last):
        return []
    return list(takewhile(lambda line: len(line) <= LONGEST_DATE_LINE, reversed(last)))


def _date_of_opening(line: str) -> StatedDay | None:
    """Return the date in the dateline that a paragraph starts with."""
    if _PLACE_LINE.fullmatch(line[: LONGEST_DATE_LINE + 1]):
        return date_in(line)  # "Lyon, 14 mars 2024" on a line of its own
    line = _WIRE_FIRST.sub(r"\g<place> (\g<wire>) — ", line, count=1)
    match = _DATELINE.match(line)
    day = find_date(match["head"]) if match else None
    if match is None or day is None or not _PLACE.match(match["head"], 0, day.start()):
        return None
    names = remove_dates(_AGENCY.sub(" ", match["head"])).split()
    if len(names) > _MOST_PLACE_WORDS or any(name[0].islower() for name in names):
        return None
    return date_in(match["head"])
