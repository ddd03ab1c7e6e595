"""Publication dates as a field or a line states them, in twelve languages. Pure.

Only a complete date counts: day, month and year, in an unambiguous form. ``03/04/2024`` may be in
March or in April and therefore counts as unknown, unless the caller knows which comes first; that
is better than wrong: filters and answers rely on the date.
"""

# Digits and marks of many scripts are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from index.language.date_words import BYLINE, LABEL, MONTH_NAME, MONTH_NUMBERS, UPDATE
from index.text.clock import believable_now

_EARLIEST_YEAR = 1600
_MONTHS = 12
LONGEST_DATE_LINE = 120
"""A longer line is no line with a date."""

_OF = r"(?:(?:of|de|del|di|do)\s+|d['’])?"
_HAN_DIGITS = "〇零一二三四五六七八九"
_HAN_NUMBER = rf"(?:\d{{1,2}}|[{_HAN_DIGITS}十]{{1,3}})"
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
DAY_MONTH = rf"""(?P<day_first>\d{{1,2}})(?:st|nd|rd|th|er|º|ª|°|\.|-?(?:го|е|ое))?[\s-]*{_OF}
    (?P<month_second>{MONTH_NAME}(?:\s?[/(-]\s?{MONTH_NAME}\)?)?)"""
MONTH_DAY = rf"(?P<month_first>{MONTH_NAME})\s*(?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"""(?<![\w/.-])(?:
        (?P<iso_year>\d{{4}})(?P<separator>[-/.]|\.\ )(?P<iso_month>\d{{1,2}})
            (?P=separator)(?P<iso_day>\d{{1,2}})
            (?:(?<=\d)\.(?!\d)|(?=T\d|(?![\w/-]|\.\d)))
        |(?P<basic>(?:1[6-9]|20)\d{{6}})(?![\w/.-])
        |{MONTH_DAY},?\s+{_OF}(?P<year_1>\d{{4}})(?!\w)
        |{DAY_MONTH}[,\s-]+{_OF}(?P<year_2>\d{{4}})(?!\w)(?:\s?(?:года|г\.|г(?!\w)|року|р\.|р(?!\w)|م(?!\w)))?
        |(?P<a>\d{{1,2}})(?P<dot>[/.-])(?P<b>\d{{1,2}})(?P=dot)(?P<year_3>\d{{4}})(?![\w/-])
    )
    |(?<!\d)(?:(?P<wide_year>\d{{4}}|[{_HAN_DIGITS}]{{4}})|(?P<era>{"|".join(_ERAS)})(?P<era_year>元|\d{{1,2}}))\s?[年년]
        \s?(?P<wide_month>{_HAN_NUMBER})\s?[月월]\s?(?P<wide_day>{_HAN_NUMBER})\s?[日号號일]
        (?:\s?[(（]\s?\w\s?[)）])?""",
    re.IGNORECASE | re.VERBOSE,
)
_TIME = re.compile(
    r"T?(?<!\d)(?:\d{1,2}[:.]\d{2}(?::\d{2})?(?:[.,]\d{1,9})?\s*(?:[ap]\.?m\b\.?)?|\d{1,2}\s*[ap]\.?m\b\.?"
    r"|\d{1,2}\s?h(?:\s?\d{2})?(?!\w)|\d{1,2}\s?[時时点點시](?:\s?\d{1,2}\s?[分분])?)"
    r"\s*(?:Z\b|\(?(?-i:[A-Z]{2,5})\b\)?|(?:GMT|UTC)?[+-]\d{2}:?\d{2}\b)?",
    re.IGNORECASE,
)
# The parts of a time that follows a date in a field.
_CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?m\b\.?)?"
    r"\s*\(?(?P<zone>Z\b|(?-i:[A-Z]{2,5})\b(?![+-]\d)|(?:GMT|UTC)?(?P<offset>[+-]\d{2}:?\d{2})\b)?",
    re.IGNORECASE,
)
_ZONES = {
    "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6, "CDT": -5, "EST": -5, "EDT": -4,
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "JST": 9, "KST": 9,
}  # fmt: skip
"""Hours ahead of UTC. Names shared by several zones are left out, except those that mail uses."""

_LABEL = re.compile(LABEL, re.IGNORECASE)
_REVISION = re.compile(UPDATE, re.IGNORECASE)
_BYLINE = re.compile(rf"(?:^|(?<=[|•·—–-] )){BYLINE}", re.IGNORECASE)
_SOURCE = re.compile(r"(?:来源|來源|出典)\s?[:：]\s?\S{1,20}")
_PUNCTUATION = " ,.:;|•·()[]/—–-（）：、【】"


class StatedDay(NamedTuple):
    """A day that a text states, and whether it is that of a change."""

    day: date
    is_update: bool


def parse_date(value: object, *, day_first: bool | None = None) -> date | None:
    """Return the date that a field of metadata holds.

    Args:
        value: A date, a datetime, or a string of one date with or without a weekday and a time,
            such as ``2024-10-21T09:30:00Z``, ``Monday, Oct. 21, 2024`` or ``14 mars 2024``.
        day_first: Whether ``03/04/2024`` is in April; None if that is not known.

    Returns:
        The date as written, in whatever time zone that is; None if the value is anything else, is
        incomplete or ambiguous, or lies before 1600 or after next year.
    """
    if isinstance(value, date):  # a datetime is also a date
        return _plausible(value.year, value.month, value.day)
    stated = date_of_line(value, day_first=day_first) if isinstance(value, str) else None
    return stated.day if stated else None


def is_ambiguous(value: object) -> bool:
    """Return whether a field holds a date of which the day or the month may come first."""
    return (
        isinstance(value, str)
        and parse_date(value) is None
        and parse_date(value, day_first=True) is not None
    )


def find_order(values: Iterable[object]) -> bool | None:
    """Return whether dates such as ``23/04/2024`` have the day first, from several of one source.

    Returns:
        None if none of them says so, or they contradict each other.
    """
    orders = set()
    for value in values:
        found = _DATE.search(value[:LONGEST_DATE_LINE]) if isinstance(value, str) else None
        if found and found["a"]:
            first, second = int(found["a"]), int(found["b"])
            if (first > _MONTHS) != (second > _MONTHS):
                orders.add(first > _MONTHS)
    return orders.pop() if len(orders) == 1 else None


def parse_moment(value: object, *, day_first: bool | None = None) -> datetime | None:
    """Return the moment that a field of metadata holds.

    Args:
        value: A datetime, or a string of one complete date with one time of day, such as
            ``2024-10-21T09:30:00+09:00`` or ``Mon, 21 Oct 2024 09:30:00 GMT``.
        day_first: See ``parse_date``.

    Returns:
        The moment in its own zone, or without one if none is stated or its name is ambiguous;
        None for anything else, a mere date included. Its date is that of ``parse_date``.
    """
    if isinstance(value, datetime):
        return value if _plausible(value.year, value.month, value.day) else None
    if not isinstance(value, str) or len(_DATE.findall(value[:LONGEST_DATE_LINE])) != 1:
        return None
    day = parse_date(value, day_first=day_first)
    clocks = [
        match
        for match in _CLOCK.finditer(_DATE.sub(" ", value))
        if match["minute"] or match["half"]
    ]
    if day is None or len(clocks) != 1:
        return None
    return _at(day, clocks[0])


def date_of_line(line: str, *, day_first: bool | None = None) -> StatedDay | None:
    """Return the date of a line that holds dates, times and their labels and nothing else."""
    if len(line) > LONGEST_DATE_LINE or remove_dates(line):
        return None
    return date_in(line, day_first=day_first)


def date_in(text: str, *, day_first: bool | None = None) -> StatedDay | None:
    """Return the first date of a text that is not marked as an update, else the first."""
    return min(
        dates_in(text, day_first=day_first), key=lambda stated: stated.is_update, default=None
    )


def dates_in(text: str, *, day_first: bool | None = None) -> list[StatedDay]:
    """Return all complete dates of a text, in order."""
    start = 0
    dates = []
    for match in _DATE.finditer(text):
        if found := _read(match, day_first):
            dates.append(StatedDay(found, bool(_REVISION.search(text, start, match.start()))))
        start = match.end()
    return dates


def find_date(text: str, end: int = -1) -> re.Match[str] | None:
    """Return where the first date of a text stands, before ``end``."""
    return _DATE.search(text, 0, len(text) if end < 0 else end)


def cut_dates(line: str) -> str:
    """Return a line without its complete dates."""
    return _DATE.sub(" ", line).strip(_PUNCTUATION)


def remove_dates(line: str) -> str:
    """Return what a line holds besides dates, times, their labels, marks and a byline."""
    line = _SOURCE.sub(" ", line)
    line = _BYLINE.sub(" ", _TIME.sub(" ", _DATE.sub(" ", line)))
    return _LABEL.sub(" ", line).strip(_PUNCTUATION)


def is_date_line(line: str) -> bool:
    """Return whether a line holds dates, times or a byline and nothing else."""
    if len(line) > LONGEST_DATE_LINE or remove_dates(line):
        return False
    return any(pattern.search(line) for pattern in (_DATE, _TIME, _BYLINE))


def find_byline(line: str) -> str:
    """Return the byline in a line that holds nothing but it and perhaps a date; else nothing."""
    found = _BYLINE.search(line) if is_date_line(line) else None
    return found[0] if found else ""


def month_number(name: str) -> int:
    """Return the number of a month by a match of ``MONTH_NAME``; of two names, the first counts."""
    first = re.split(r"\s?[/(-]\s?", name.casefold(), maxsplit=1)[0]
    return MONTH_NUMBERS[first.rstrip(".")]


def _read(match: re.Match[str], day_first: bool | None) -> date | None:  # noqa: FBT001
    """Return the date that a match stands for; None if it is ambiguous or impossible."""
    if match["iso_year"]:
        return _plausible(match["iso_year"], match["iso_month"], match["iso_day"])
    if digits := match["basic"]:
        return _plausible(digits[:4], digits[4:6], digits[6:])
    if month := match["month_first"] or match["month_second"]:
        year, day = match["year_1"] or match["year_2"], match["day_second"] or match["day_first"]
        return _plausible(year, month_number(month), day)
    if match["wide_month"]:
        return _plausible(
            _wide_year(match), _han_number(match["wide_month"]), _han_number(match["wide_day"])
        )
    return _read_numeric(match["year_3"], match["a"], match["b"], day_first=day_first)


def _read_numeric(year: str, one: str, other: str, *, day_first: bool | None) -> date | None:
    first, second = _plausible(year, other, one), _plausible(year, one, other)
    if first and second and first != second:
        return None if day_first is None else first if day_first else second
    return first or second


def _wide_year(match: re.Match[str]) -> int:
    if era := match["era"]:
        return _ERAS[era] + (1 if match["era_year"] == "元" else int(match["era_year"]))
    year = match["wide_year"]
    return int(year) if year.isdecimal() else int("".join(map(_han_digit, year)))


def _han_digit(char: str) -> str:
    return str(max(0, _HAN_DIGITS.index(char) - 1))


def _han_number(text: str) -> int:
    """Return a number up to 99 in decimal digits or in Chinese ones, such as 二十一."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    digits = [int("".join(map(_han_digit, part)) or 0) for part in (tens, ones)]
    return (digits[0] or 1) * 10 + digits[1] if ten else digits[1]


def _at(day: date, clock: re.Match[str]) -> datetime | None:
    """Return a day at a time; None if the clock has no such time."""
    hour, minute, second = (int(clock[name] or 0) for name in ("hour", "minute", "second"))
    if half := (clock["half"] or "").lower():
        if not 1 <= hour <= 12:  # noqa: PLR2004 - of a clock
            return None
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    try:
        zone = _read_zone(clock)
        return datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
    except ValueError:
        return None


def _read_zone(clock: re.Match[str]) -> timezone | None:
    if offset := clock["offset"]:
        minutes = 60 * int(offset[1:3]) + int(offset[-2:])
        return timezone(timedelta(minutes=-minutes if offset[0] == "-" else minutes))
    hours = _ZONES.get((clock["zone"] or "").upper())
    return None if hours is None else timezone(timedelta(hours=hours))


def _plausible(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return found if _EARLIEST_YEAR <= found.year <= believable_now().year + 1 else None
