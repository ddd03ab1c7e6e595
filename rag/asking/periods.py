"""The period that a question names, and the question without it; pure.

"What has happened at the refinery since March 2025?", "who resigned last month?", "on 4 March". A
year in a question is often part of its subject ("the 2018 World Cup"), so a period narrows the
search after "since" and in questions about what happened or was said; in others about the past only
if the library has articles of that time.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from index.language.calendar_words import MONTH, MONTHS_BY_NAME, WEEKDAY, WEEKDAYS_BY_NAME
from index.language.spoken_days import WEEK_DAYS, month_of, week_of, year_of

DAY = timedelta(days=1)
SEASON_MONTHS = 3

FindSpan = Callable[[], tuple[date | None, date | None]]
"""Returns the days of the oldest and the newest article; both None if none is dated."""

_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
}
_PART = (
    r"(?:(?:the\s+)?(?:very\s+)?(?:beginning|start|end|middle|course|month|year)\s+of\s+"
    r"|early\s+(?:in\s+)?|mid[\s-]+|late\s+(?:in\s+)?)?"
)
_MONTH = rf"(?P<month>{MONTH})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MOMENTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:the\s+)?(?:{WEEKDAY},?\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?\b",
        rf"(?:{WEEKDAY},?\s+)?{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?\b(?!\s*(?:19|20)\d\d)",
        r"(?P<iso>(?:19|20)\d\d-\d\d-\d\d)\b",
        rf"{_PART}{_MONTH}(?:,?\s+(?:of\s+)?{_YEAR})?\b",
        rf"(?:the\s+)?(?P<season>{'|'.join(_SEASONS)})\s+(?:of\s+)?{_YEAR}\b",
        rf"{_PART}(?:the\s+year\s+)?{_YEAR}\b",
        rf"{_PART}(?P<last>(?:last|this|the\s+past)\s+(?:week(?:end)?|month|year)|yesterday)\b",
        rf"(?:the\s+)?(?:last|past)\s+(?P<count>\d{{1,3}}|{'|'.join(_NUMBERS)})\s+"
        r"(?P<unit>days|weeks|months|years)\b",
        rf"last\s+(?P<weekday>{WEEKDAY})\b",
    )
)
_BARE_DAY = re.compile(_DAY + r"(?=\s+(?:and|to|until|till)\s)", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"\b(?P<word>since|after|from|before|until|till|up\s+to|in|during|on|between|throughout"
    r"|within|over)\s+",
    re.IGNORECASE,
)
_LAST = re.compile(
    rf"\b(?=(?:last|this)\s+(?:week(?:end)?|month|year)\b|yesterday\b|last\s+(?:{WEEKDAY})\b)",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+(?:and|to|until|till|-|–)\s+", re.IGNORECASE)
_AFTER_EVENTS = re.compile(
    r"\W*(?:(?:and|so|but)\s+)?(?:what(?:\s+else)?(?:\s+(?:has|have|had))?"
    r"\s+(?:happened|changed|occurred|took\s+place|taken\s+place|gone\s+on"
    r"|been\s+(?:said|reported|written|announced|going\s+on))"
    r"|what(?:['’]s|\s+is|\s+was|\s+were)\s+(?:new|the\s+(?:latest|news)|reported|said|announced"
    r"|written|published)"
    r"|what\s+(?:did|do|does|has|have)\s+.{2,80}?\s"
    r"(?:say|said|write|written|report|reported|announce|announced|publish|published|print)\b"
    r"|which\s+(?:articles|stories|events)|what\s+events|(?:any|is\s+there\s+any)\s+news)",
    re.IGNORECASE,
)
_OF_PUBLICATION = re.compile(
    r"\b(?:report(?:ed|s)?|articles?|stories|published?|printed?|wrote|write|written)\b",
    re.IGNORECASE,
)
_NOT_PAST = re.compile(
    r"\b(?:will|would|may|might|can|could|should|shall|plan(?:s|ned|ning)?|going\s+to|is|are|next"
    r"|want(?:s|ed)?|due|scheduled|expect(?:s|ed)?)\b",
    re.IGNORECASE,
)
_AS_NOW = re.compile(
    rf"(?:this\s+(?:week(?:end)?|month)|last\s+(?:weekend|{WEEKDAY}))\b", re.IGNORECASE
)
_DURING = frozenset({"over", "within", "during", "throughout"})
_OF_ANOTHER_CLAUSE = re.compile(
    r"\W*\w+\W.*(?:\b(?:since|after|before|when|while|until|once|who|which|that|whose)\b|,\s+\w+\s*$"
    r"|\b(?:first|last|only)\s+time\s*$)",
    re.IGNORECASE | re.DOTALL,
)
_JOINED = re.compile(r"\b(?:and|or|then|to|than|but)\s*$", re.IGNORECASE)
"""Before a second period that a question sets beside the first."""
_JOINT = re.compile(
    r"\s+(?:in|at|with|to|near|about|on|regarding|concerning|around|for)\s", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class PeriodQuestion:
    """A question, and the period that it names.

    Attributes:
        text: The question without the period.
        since: Its first day, or None.
        until: Its last day, or None.
        is_of_publication: Whether the day of publication is meant, not that of the event: "what
            was reported on 4 March?".
    """

    text: str
    since: date | None = None
    until: date | None = None
    is_of_publication: bool = False


def may_name_period(question: str) -> bool:
    """Return whether ``find_period`` may find anything, without knowing the library."""
    return bool(_PREPOSITION.search(question) or _LAST.search(question))


def find_period(question: str, find_span: FindSpan) -> PeriodQuestion:
    """Return the question without its period, and the period's first and last day.

    Args:
        question: Standalone.
        find_span: Days of the oldest and the newest article. "Last week" and a month without a year
            are counted back from the newest. Called only if needed.

    Examples:
        >>> found = find_period("What happened in Quill on 4 March 2025?", lambda: (None, None))
        >>> found.text, found.since == found.until == date(2025, 3, 4)
        ('What happened in Quill?', True)
    """
    asks_after_events = bool(_AFTER_EVENTS.match(question))
    may_be_subject = not asks_after_events
    starts = [
        (m.start(), m.end(), " ".join(m["word"].lower().split()))
        for m in _PREPOSITION.finditer(question)
    ]
    starts += [(m.start(), m.end(), "in") for m in _LAST.finditer(question)]
    for start, at, word in starts:
        if word == "since":
            may_be_subject = False
        elif may_be_subject and _may_be_subject(question, word, at):
            continue
        if _OF_ANOTHER_CLAUSE.match(question[:start]):
            continue
        found = _read_period(question, word, at, find_span)
        if found is None:
            continue
        since, until, end = found
        if not _stands_apart(question, start, end, is_sure=not may_be_subject):
            continue
        if may_be_subject and not _is_within(since, until, find_span()):
            continue
        rest = f"{question[:start].rstrip(' ,')}{question[end:]}".strip(" ,")
        is_of_publication = asks_after_events and bool(_OF_PUBLICATION.search(question))
        return PeriodQuestion(rest[:1].upper() + rest[1:], since, until, is_of_publication)
    return PeriodQuestion(question)


def _may_be_subject(question: str, word: str, at: int) -> bool:
    """Return whether a period in a question after a fact is likely to be part of the fact.

    "This week" and "last Monday" are of whoever asks, and say only that the newest is meant; "over
    the past year" says how long something took.
    """
    return bool(
        _NOT_PAST.search(question)
        or _AS_NOW.match(question, at)
        or (word in _DURING and re.match(r"the\s+(?:last|past)", question[at:], re.IGNORECASE))
    )


def _read_period(
    question: str, word: str, at: int, find_span: FindSpan
) -> tuple[date | None, date | None, int] | None:
    """Return the first and last day of the period after a preposition, and where it ends."""
    is_between = word in {"between", "from"}
    if is_between and (bare := _BARE_DAY.match(question, at)):
        joint = _AND.match(question, bare.end())
        other = _read_moment(question, joint.end(), find_span) if joint else None
        if other is None:
            return None
        day = int(bare["day"])
        if not 1 <= day <= other[0].day:
            return None
        return other[0].replace(day=day), other[1], other[2]
    found = _read_moment(question, at, find_span)
    if found is None:
        return None
    first, last, end = found
    since, until = _to_period(word, first, last)
    if is_between and (joint := _AND.match(question, end)):
        other = _read_moment(question, joint.end(), find_span)
        if other is not None:
            until, end = other[1], other[2]
            if since and since > other[1]:  # "between March and May 2025", asked in April
                since = since.replace(year=since.year - 1)
            elif (
                since
                and since.year < other[1].year
                and not re.search(r"\d{4}", question[at : end - 4])
            ):
                since = _same_year(since, other[1])
    if word == "between" and until is None:
        return None
    return since, until, end


def _same_year(since: date, until: date) -> date:
    """Return the first day of a period in the year of its last, if it is then still before it."""
    moved = since.replace(year=until.year)
    return moved if moved <= until else since


def _to_period(word: str, first: date, last: date) -> tuple[date | None, date | None]:
    """Return the first and last day that a preposition with a moment allows."""
    if word in {"since", "from", "between"}:
        return first, None
    if word == "after":
        return last + DAY, None
    if word == "before":
        return None, first - DAY
    if word in {"until", "till", "up to"}:
        return None, last
    return first, last


def _read_moment(question: str, at: int, find_span: FindSpan) -> tuple[date, date, int] | None:
    """Return the first and last day of the date, month or year at a place, and where it ends."""
    for pattern in _MOMENTS:
        if (found := pattern.match(question, at)) is None:
            continue
        groups = {name: value for name, value in found.groupdict().items() if value}
        try:
            days = _read_groups(groups, find_span)
        except (ValueError, OverflowError):
            days = None
        if days is not None:
            return (*days, found.end())
    return None


def _read_groups(groups: dict[str, str], find_span: FindSpan) -> tuple[date, date] | None:
    """Return the first and last day of what was read; None if the library has no dates.

    Raises:
        ValueError: If there is no such day.
    """
    if "iso" in groups:
        day = date.fromisoformat(groups["iso"])
        return day, day
    if "season" in groups:
        first = date(int(groups["year"]), _SEASONS[groups["season"].lower()], 1)
        return first, month_of(first, SEASON_MONTHS - 1)[1]
    year, month, number = (int(groups.get(n) or 0) for n in ("year", "", "day"))
    month = MONTHS_BY_NAME[groups["month"].lower()] if "month" in groups else 0
    newest = None if year else find_span()[1]
    if not year:
        if newest is None:
            return None
        if not month:
            return _count_back(groups, newest)
        # The latest one that the articles can have reported.
        is_past = (month, number) <= (newest.month, newest.day if number else 1)
        year = newest.year if is_past else newest.year - 1
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    last = number or monthrange(year, month)[1]
    return date(year, month, number or 1), date(year, month, last)


def _count_back(groups: dict[str, str], newest: date) -> tuple[date, date]:
    """Return the days of "yesterday", "last week", "the past three months" or "last Monday"."""
    if "weekday" in groups:
        back = (newest.weekday() - WEEKDAYS_BY_NAME[groups["weekday"].lower()]) % WEEK_DAYS
        day = newest - (back or WEEK_DAYS) * DAY
        return day, day
    if "count" in groups:
        count = _NUMBERS.get(groups["count"].lower()) or int(groups["count"])
        return _go_back(newest, count, groups["unit"].lower().removesuffix("s")), newest
    side, unit = (
        ("", "day") if groups["last"].lower() == "yesterday" else groups["last"].rsplit(maxsplit=1)
    )
    if side.lower().startswith("the"):
        return _go_back(newest, 1, unit.lower()), newest
    steps = 0 if side.lower() == "this" else -1
    spans = {"week": week_of, "month": month_of, "year": year_of, "weekend": week_of}
    span = spans.get(unit.lower())
    if span is None:
        return newest - DAY, newest - DAY
    first, last = span(newest, steps)
    return (last - DAY, last) if unit.lower() == "weekend" else (first, last)


def _go_back(day: date, count: int, unit: str) -> date:
    """Return the day so many days, weeks, months or years before another."""
    if unit in {"month", "year"}:
        first, last = month_of(day, -count * (12 if unit == "year" else 1))
        return min(first + (day.day - 1) * DAY, last)
    return day - count * (1 if unit == "day" else WEEK_DAYS) * DAY


def _stands_apart(question: str, start: int, end: int, *, is_sure: bool) -> bool:
    """Return whether a period applies to all of a question, and not to one of its nouns.

    It does at the beginning and at the end; in a question about events also before "in", "at" and
    the like.
    """
    if _JOINED.search(question[:start]):
        return False
    if not question[end:].strip(" ?.!,") or not question[:start].strip(" ,"):
        return True
    return is_sure and bool(_JOINT.match(question, end))


def _is_within(
    since: date | None, until: date | None, span: tuple[date | None, date | None]
) -> bool:
    """Return whether the library has articles from before the end and after the beginning."""
    oldest, newest = span
    if oldest is None or newest is None:
        return False
    return (since is None or since <= newest) and (until is None or until >= oldest)
