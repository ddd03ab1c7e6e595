"""Dates in a text, and whether another text supports them; pure.

"21 October 2024", "Oct. 21", "2024", "the 1990s" and "Monday" each become a ``Moment`` that leaves
open what the text leaves open; the day on which an article appeared fills in some of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.language.calendar_words import (
    MONTH,
    MONTHS_BY_NAME,
    SHORT_MONTH,
    WEEKDAY,
    WEEKDAYS_BY_NAME,
)

MAX_DAYS_APART = 14
"""Days between articles that may be about one time."""

_YEAR = r"(?:1[0-9]\d\d|20\d\d)"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_MOMENT = re.compile(
    rf"(?<![\w.,$€£/-])(?=[\dADFJMNOSTWYty])(?:"
    rf"(?P<year1>{_YEAR})-(?P<number1>0[1-9]|1[0-2])-(?P<day1>[0-3]\d)(?!\d)"
    rf"|(?P<day2>{_DAY})(?:st|nd|rd|th)?\s(?:of\s)?(?P<month2>{MONTH}|{SHORT_MONTH})(?:,?\s(?P<year2>{_YEAR})\b)?"
    rf"|(?P<month3>{MONTH}|{SHORT_MONTH})\s(?P<day3>{_DAY})(?:st|nd|rd|th)?\b(?![\d:]|,\d)(?:,?\s(?P<year3>{_YEAR})\b)?"
    rf"|(?P<month4>{MONTH}|{SHORT_MONTH})(?:\sof)?,?\s(?P<year4>{_YEAR})\b"
    rf"|(?P<month5>{MONTH}|{SHORT_MONTH})(?![\w’'])"
    rf"|(?P<decade>1\d\d0|20\d0)[’']?s\b"
    rf"|(?P<year6>{_YEAR})(?:[–-](?:\d\d)?\d\d\b)?(?![\w%]|[.,]\d|\s?(?:percent|per\scent|million|billion|people|dollars|euros|km|miles)\b)"
    rf"|(?P<weekday>{WEEKDAY})s?\b"
    r"|(?P<relative>[Yy]esterday|[Tt]oday|[Tt]omorrow|[Tt]onight)\b"
    r")"
)
_RELATIVE_DAYS = {"yesterday": -1, "today": 0, "tonight": 0, "tomorrow": 1}
_MONTH_BEFORE = re.compile(r"\b(?:in|of|since|until|by|last|next|this|from|to)\s$")
_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class Moment:
    """A date, as precise as the text gives it.

    Attributes:
        start: First code point in the text.
        end: One past the last.
        text: As written.
        year: Or None.
        month: 1 to 12, or None.
        day: Of the month, or None.
        weekday: 0 for Monday, or None.
        decade: First year of a decade, or None.
        days_ago: Days from the day of writing, or None.
    """

    start: int
    end: int
    text: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None
    decade: int | None = None
    days_ago: int | None = None


def find_moments(text: str, *, published: date | None = None) -> tuple[Moment, ...]:
    """Return the dates of a text, in order.

    Args:
        text: Any text.
        published: The day it was written: "Monday" is then that day or the last Monday before it.
    """
    found = [_read_moment(text, match) for match in _MOMENT.finditer(text)]
    moments = [moment for moment in found if moment is not None]
    if published is None:
        return tuple(moments)
    return tuple(_close(moment, published) for moment in moments)


def _read_moment(text: str, match: re.Match[str]) -> Moment | None:
    groups = {name: value for name, value in match.groupdict().items() if value}
    start, end = match.span()
    year = next((int(groups[n]) for n in groups if n.startswith("year")), None)
    day = next((int(groups[n]) for n in groups if n.startswith("day")), None)
    name = next((groups[n] for n in groups if n.startswith("month")), "")
    month = MONTHS_BY_NAME.get(name.lower().rstrip(".")) if name else None
    if "number1" in groups:
        month = int(groups["number1"])
    is_name_or_modal = name in {"May", "March"} and not (year or day)
    if is_name_or_modal and not _MONTH_BEFORE.search(text, max(0, start - 12), start):
        return None
    if "decade" in groups:
        return Moment(start, end, match.group(), decade=int(groups["decade"]))
    if "weekday" in groups:
        weekday = WEEKDAYS_BY_NAME[groups["weekday"].lower()]
        return Moment(start, end, match.group(), weekday=weekday)
    if "relative" in groups:
        days = _RELATIVE_DAYS[groups["relative"].lower()]
        return Moment(start, end, match.group(), days_ago=-days)
    return Moment(start, end, match.group(), year=year, month=month, day=day)


def _close(moment: Moment, published: date) -> Moment:
    """Fill in what the day of writing says about a moment."""
    day: date | None = None
    try:
        if moment.days_ago is not None:
            day = published - timedelta(days=moment.days_ago)
        elif moment.weekday is not None:
            back = (published.weekday() - moment.weekday) % _DAYS_A_WEEK
            day = published - timedelta(days=back)
        elif moment.month and moment.day and moment.year is None:
            return replace(moment, year=_nearest_year(moment.month, published))
    except OverflowError:
        return moment
    if day is None:
        return moment
    return replace(moment, year=day.year, month=day.month, day=day.day, weekday=day.weekday())


def _nearest_year(month: int, published: date) -> int:
    """Return the year that puts a month without one nearest to a day."""
    apart = (month - published.month + 6) % 12 - 6
    return published.year + (published.month - 1 + apart) // 12


def agrees(evidence: Moment, claim: Moment) -> bool:
    """Return whether the evidence confirms everything that the claim says about a date.

    A year missing from the evidence does not count against the claim if month and day agree.
    """
    if claim.days_ago is not None and claim.year is None:
        return evidence.days_ago == claim.days_ago
    if claim.decade is not None:
        decade = evidence.decade or (evidence.year - evidence.year % 10 if evidence.year else None)
        return decade == claim.decade
    if claim.weekday is not None and claim.day is None:
        return evidence.weekday == claim.weekday
    has_day = claim.day is None or evidence.day == claim.day
    has_month = claim.month is None or evidence.month == claim.month
    if claim.year is None or evidence.year is not None:
        return has_day and has_month and claim.year in {None, evidence.year}
    return has_day and has_month and claim.day is not None


def contradicts(evidence: Moment, claim: Moment) -> bool:
    """Return whether both give the same unit of a date and differ in it."""
    pairs = (
        (evidence.year, claim.year),
        (evidence.month, claim.month),
        (evidence.day, claim.day),
        (evidence.weekday, claim.weekday),
        (evidence.decade, claim.decade),
    )
    return any(one is not None and two is not None and one != two for one, two in pairs)


def are_of_one_time(one: date | None, other: date | None) -> bool:
    """Return whether articles of two days may be about one time: one is unknown, or both near."""
    return one is None or other is None or abs((one - other).days) <= MAX_DAYS_APART
