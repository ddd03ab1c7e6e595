"""Publication dates, from a field that holds one or from the lines around an article. Pure.

Only a complete date counts: day, month and year, in an unambiguous form. ``03/04/2024`` may be in
March or in April and therefore counts as unknown, which is better than wrong: filters and answers
rely on the date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from itertools import takewhile
from typing import NamedTuple

from index.language.calendar_words import MONTHS_BY_NAME
from index.text.clock import believable_now

_EARLIEST_YEAR = 1600
_FIRST_LINES = 6
_LAST_LINES = 5
_LONGEST_DATE_LINE = 120
_MOST_PLACE_WORDS = 6

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DATE = re.compile(
    rf"""(?<![\w/.-])(?:
        (?P<iso_year>\d{{4}})(?P<separator>[-/.])(?P<iso_month>\d{{1,2}})(?P=separator)(?P<iso_day>\d{{1,2}})
            (?=T\d|(?![\w/-]|\.\d))
        |(?P<basic>(?:1[6-9]|20)\d{{6}})(?![\w/.-])
        |(?P<month_first>{_MONTH})\s*(?P<day_second>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year_1>\d{{4}})(?!\w)
        |(?P<day_first>\d{{1,2}})(?:st|nd|rd|th)?[\s-]+(?:of\s+)?(?P<month_second>{_MONTH})[,\s-]+(?P<year_2>\d{{4}})(?!\w)
        |(?P<a>\d{{1,2}})(?P<dot>[/.-])(?P<b>\d{{1,2}})(?P=dot)(?P<year_3>\d{{4}})(?![\w/-])
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_TIME = re.compile(
    r"T?(?<!\d)(?:\d{1,2}[:.]\d{2}(?::\d{2})?(?:[.,]\d{1,9})?\s*(?:[ap]\.?m\b\.?)?|\d{1,2}\s*[ap]\.?m\b\.?)"
    r"\s*(?:Z\b|\(?(?-i:[A-Z]{2,5})\b\)?|(?:GMT|UTC)?[+-]\d{2}:?\d{2}\b)?",
    re.IGNORECASE,
)
# The parts of a time that follows a date in a field.
_CLOCK = re.compile(
    r"(?<![\d.:])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d{1,9})?)?"
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

_LABEL = re.compile(
    r"\b(?:this|article|story|was|first|originally|last|published|posted|updated|modified|revised"
    r"|created|issued|released|filed|appeared|date|dated|time|local|on|at"
    r"|mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b",
    re.IGNORECASE,
)
_REVISION = re.compile(r"\b(?:updated|modified|revised)\b", re.IGNORECASE)
_CORRECTION = re.compile(r"\W*(?:correction|clarification|editor['’]s note)", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?:^|(?<=[|•·—–-] ))[Bb][Yy](?: (?:[^\W\d_a-z][\w.'’-]*|and|de|van|von|bin|al),?){1,7}"
)
_PUNCTUATION = " ,.:;|•·()[]/—–-"

# SEOUL, Oct. 21, 2024 (Wire) — …
_DATELINE = re.compile(r"(?P<head>[^—–\n]{4,110}?)(?:\s*[—–]|\s-{1,2}\s|:\s)")
_AGENCY = re.compile(r"[(/][^()/]{0,40}[)/]")
# SEOUL, Oct. 21 (Wire) — … and SEOUL (Wire) — …; the year is often left out.
_WIRED = re.compile(
    rf"""(?:[A-Z][A-Z.'’ -]{{2,40}}?(?:,\ [A-Z][\w.'’ -]{{2,30}}?)??
        |[A-Z][\w.'’ -]{{2,40}}?(?=,\ *\w))
        (?P<day>,?\s+(?i:{_MONTH}\s*\d{{1,2}}|\d{{1,2}}\s+{_MONTH})(?:,?\s+\d{{4}})?)?
        ,?\s*(?:\((?P<wire>[^()\n]{{2,60}})\)|/(?P<other_wire>[^/\n]{{2,60}})/)
        \s*(?:[—–:]|-{{1,2}}\s)""",
    re.VERBOSE,
)
_WIRE_NAME = re.compile(r"(?:dpa|[A-Z])[\w.&'’-]*(?: (?:[A-Z][\w.&'’-]*|of|de|the|and|&)){0,5}")
# Without a day before it, a name in brackets counts as an agency's only if it is a known one.
_WIRES = frozenset(
    "AAP AFP ANI ANSA AP APA Belga Bloomberg CNA CP DPA EFE IANS IRNA Interfax Kyodo Lusa MTI"
    " PA PAP PTI RIA Reuters TASS UPI Ukrinform Xinhua Yonhap".casefold().split()
)
_PLACE = re.compile(r"[A-Z][A-Z.'’ -]{2,}|[A-Z][\w.'’ -]+,")


class _Stated(NamedTuple):
    day: date
    is_update: bool


def parse_date(value: object) -> date | None:
    """Return the date that a field of metadata holds.

    Args:
        value: A date, a datetime, or a string of one date with or without a weekday and a time,
            such as ``2024-10-21T09:30:00Z`` or ``Monday, Oct. 21, 2024``.

    Returns:
        The date as written, in whatever time zone that is; None if the value is anything else, is
        incomplete or ambiguous, or lies before 1600 or after next year.
    """
    if isinstance(value, date):  # a datetime is also a date
        return _plausible(value.year, value.month, value.day)
    stated = _date_of_line(value) if isinstance(value, str) else None
    return stated.day if stated else None


def parse_moment(value: object) -> datetime | None:
    """Return the moment that a field of metadata holds.

    Args:
        value: A datetime, or a string of one complete date with one time of day, such as
            ``2024-10-21T09:30:00+09:00`` or ``Mon, 21 Oct 2024 09:30:00 GMT``.

    Returns:
        The moment in its own zone, or without one if none is stated or its name is ambiguous;
        None for anything else, a mere date included. Its date is that of ``parse_date``.
    """
    if isinstance(value, datetime):
        return value if _plausible(value.year, value.month, value.day) else None
    if not isinstance(value, str) or len(_DATE.findall(value[:_LONGEST_DATE_LINE])) != 1:
        return None
    day = parse_date(value)
    clocks = [
        match
        for match in _CLOCK.finditer(_DATE.sub(" ", value))
        if match["minute"] or match["half"]
    ]
    if day is None or len(clocks) != 1:
        return None
    return _at(day, clocks[0])


def find_wire(lines: Sequence[str]) -> str:
    """Return the news agency that the dateline of a first paragraph names.

    Args:
        lines: The article's lines, without blank ones.

    Returns:
        The name in brackets after place and day, as in ``SEOUL, Oct. 21 (Wire) — …``; usually
        empty.
    """
    for line in lines[:_FIRST_LINES]:
        match = _WIRED.match(line)
        if match is None:
            continue
        wire = _DATE.sub(" ", match["wire"] or match["other_wire"]).strip(_PUNCTUATION)
        is_dated = bool(match["day"] or _DATE.search(match["wire"] or match["other_wire"]))
        if _WIRE_NAME.fullmatch(wire) and (is_dated or wire.casefold() in _WIRES):
            return wire
    return ""


def find_dateline(lines: Sequence[str]) -> date | None:
    """Return the publication date that an article states about itself.

    It may be a line that holds nothing but a date (with a label, a time or a byline) among the
    first and the last lines, or a dateline such as ``LIMA, Oct. 21, 2024 (Wire) —`` before a first
    paragraph. A publication date takes precedence over the date of an update.

    Args:
        lines: The article's lines, without blank ones.
    """
    first = lines[:_FIRST_LINES]
    outer = [*first, *_closing_lines(lines[_FIRST_LINES:])]
    alone = [stated for line in outer if (stated := _date_of_line(line))]
    opening = [stated for line in first if (stated := _date_of_opening(line))]
    best = min([*alone, *opening], key=lambda stated: stated.is_update, default=None)
    return best.day if best else None


def is_date_line(line: str) -> bool:
    """Return whether a line holds dates, times or a byline and nothing else."""
    if len(line) > _LONGEST_DATE_LINE or _rest_of(line):
        return False
    return any(pattern.search(line) for pattern in (_DATE, _TIME, _BYLINE))


def _closing_lines(lines: Sequence[str]) -> list[str]:
    """Return the short lines at the end of a text, none below the date of a correction."""
    last = lines[-_LAST_LINES:]
    if any(_CORRECTION.match(line) for line in last):
        return []
    return list(takewhile(lambda line: len(line) <= _LONGEST_DATE_LINE, reversed(last)))


def _date_of_line(line: str) -> _Stated | None:
    if len(line) > _LONGEST_DATE_LINE or _rest_of(line):
        return None
    return _date_in(line)


def _rest_of(line: str) -> str:
    """Return what a line holds besides dates, times, their labels and a byline."""
    line = _BYLINE.sub(" ", _TIME.sub(" ", _DATE.sub(" ", line)))
    return _LABEL.sub(" ", line).strip(_PUNCTUATION)


def _date_of_opening(line: str) -> _Stated | None:
    """Return the date in the dateline that a paragraph starts with."""
    match = _DATELINE.match(line)
    day = _DATE.search(match["head"]) if match else None
    if match is None or day is None or not _PLACE.match(match["head"], 0, day.start()):
        return None
    place = _AGENCY.sub(" ", _TIME.sub(" ", _DATE.sub(" ", match["head"]))).strip(_PUNCTUATION)
    names = place.split()
    if len(names) > _MOST_PLACE_WORDS or any(name[0].islower() for name in names):
        return None
    return _date_in(match["head"])


def _date_in(text: str) -> _Stated | None:
    """Return the first date of a text that is not marked as an update, else the first."""
    start = 0
    dates = []
    for match in _DATE.finditer(text):
        if found := _read(match):
            dates.append(_Stated(found, bool(_REVISION.search(text, start, match.start()))))
        start = match.end()
    return min(dates, key=lambda stated: stated.is_update, default=None)


def _read(match: re.Match[str]) -> date | None:
    """Return the date that a match stands for; None if it is ambiguous or impossible."""
    if match["iso_year"]:
        return _plausible(match["iso_year"], match["iso_month"], match["iso_day"])
    if digits := match["basic"]:
        return _plausible(digits[:4], digits[4:6], digits[6:])
    if month := match["month_first"]:
        return _plausible(match["year_1"], MONTHS_BY_NAME[month[:3].lower()], match["day_second"])
    if month := match["month_second"]:
        return _plausible(match["year_2"], MONTHS_BY_NAME[month[:3].lower()], match["day_first"])
    day_first = _plausible(match["year_3"], match["b"], match["a"])
    month_first = _plausible(match["year_3"], match["a"], match["b"])
    if day_first and month_first and day_first != month_first:
        return None
    return day_first or month_first


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
