"""Time and outlet in a question -> a filter, and the question without them. Pure.

"What has happened at the refinery since March 2025?" searches the articles since March 2025; "what
did the Bay Wire write about the tram?" searches the Bay Wire's. A year in a question is usually
part of its subject ("the 2018 World Cup"), so a period is a filter only after "since", and in
questions about what happened or was said.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.language.calendar_words import MONTH, MONTHS_BY_NAME
from index.types import Filter

MAX_OUTLET_CHARS = 100
DAY_AFTER = timedelta(days=1)
"""Yesterday's events are reported in today's paper."""

_MONTH = rf"(?P<month>{MONTH})"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MOMENTS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR})?\b",
        rf"{_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?\b(?!\s*(?:19|20)\d\d)",
        rf"{_MONTH}(?:\s+(?:of\s+)?{_YEAR})?\b",
        rf"{_YEAR}\b",
        r"(?P<last>last\s+(?:week|month|year)|yesterday)\b",
    )
)
_PREPOSITION = re.compile(
    r"\b(?P<word>since|after|from|before|until|till|up\s+to|in|during|on|between)\s+", re.IGNORECASE
)
_LAST = re.compile(r"\b(?=last\s+(?:week|month|year)\b|yesterday\b)", re.IGNORECASE)
_AND = re.compile(r"\s+(?:and|to|until|till)\s+", re.IGNORECASE)
_AFTER_EVENTS = re.compile(
    r"\W*(?:(?:and|so|but)\s+)?(?:what(?:\s+else)?(?:\s+(?:has|have|had))?"
    r"\s+(?:happened|changed|occurred|gone\s+on"
    r"|been\s+(?:said|reported|written|announced|going\s+on))"
    r"|what(?:['’]s|\s+is|\s+was|\s+were)\s+(?:new|the\s+(?:latest|news)|reported|said|announced)"
    r"|what\s+(?:did|do|does|has|have)\s+.{2,80}?\s"
    r"(?:say|said|write|written|report|reported|announce|announced|publish|published|print)\b"
    r"|which\s+(?:articles|stories)|(?:any|is\s+there\s+any)\s+news)",
    re.IGNORECASE,
)
_SAYING = (
    r"(?:say|said|write|wrote|written|report|reported|publish|published|print|printed|tell|told)"
)

_SAYS = re.compile(rf"\b(?:{_SAYING}|according)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FilteredQuestion:
    """A question, and the articles to search for it.

    Attributes:
        text: The question without the words that became a filter.
        only: The filter; empty if the question names none.
    """

    text: str
    only: Filter


def find_filter(
    question: str, outlets: Collection[str], find_newest: Callable[[], date | None]
) -> FilteredQuestion:
    """Return the filter that a question names in words, and the question without it.

    Args:
        question: Standalone.
        outlets: Names of the outlets in the library.
        find_newest: Returns the day of the newest article, from which "last week" and a month
            without a year are counted back; None if no article has a date. Called only if needed.

    Examples:
        >>> found = find_filter("What has happened in Quill since March 2025?", (), lambda: None)
        >>> found.text, found.only.since
        ('What has happened in Quill?', datetime.date(2025, 3, 1))
    """
    text, names = _find_outlet(question, outlets)
    text, since, until = _find_period(text, find_newest)
    return FilteredQuestion(text, Filter(outlets=names, since=since, until=until))


def may_name_filter(question: str) -> bool:
    """Return whether ``find_filter`` may find anything, without knowing the library."""
    return bool(_PREPOSITION.search(question) or _LAST.search(question) or _SAYS.search(question))


def describe_filter(only: Filter) -> str:
    """Return the articles that a filter of ``find_filter`` admits, in words.

    Examples:
        >>> describe_filter(Filter(outlets=("Bay Wire",), since=date(2025, 3, 1)))
        'articles from Bay Wire since 1 March 2025'
    """
    words = ["articles"]
    if only.outlets:
        words.append(f"from {' and '.join(only.outlets)}")
    since, until = (f"{day.day} {day:%B %Y}" if day else "" for day in (only.since, only.until))
    if since and until:
        words.append(f"from {since} to {until}")
    elif since or until:
        words.append(f"since {since}" if since else f"up to {until}")
    return " ".join(words)


def narrow_filter(only: Filter, found: Filter) -> Filter:
    """Return a filter as strict as both together; an outlet that was chosen stays chosen."""
    since = max((day for day in (only.since, found.since) if day), default=None)
    until = min((day for day in (only.until, found.until) if day), default=None)
    return replace(only, since=since, until=until, outlets=only.outlets or found.outlets)


def _find_outlet(question: str, outlets: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return the question about what an outlet wrote without the outlet, and its name."""
    for name in sorted(filter(None, outlets), key=len, reverse=True):
        if len(name) > MAX_OUTLET_CHARS:
            continue
        outlet = rf"(?:the\s+)?{re.escape(name.removeprefix('The '))}"
        wrote = re.compile(
            rf"^\W*what\s+(?:did|does|do|has|have|had)\s+{outlet}\s+{_SAYING}\s*"
            r"(?P<topic>(?:about|on|of|regarding)\s.+)?$",
            re.IGNORECASE,
        )
        if found := wrote.match(question):
            topic = found["topic"]
            return (f"What is said {topic}" if topic else question), (name,)
        source = re.compile(
            rf"(?:^|,?\s+)(?:according\s+to|as\s+reported\s+by|in|by)\s+{outlet}(?=\s*[,?.]|\s*$),?\s*",
            re.IGNORECASE,
        )
        if (found := source.search(question)) and _is_source(found[0], question):
            rest = f"{question[: found.start()]} {question[found.end() :]}".strip()
            rest = re.sub(r"\s+([?.,])", r"\1", rest)
            return rest[:1].upper() + rest[1:], (name,)
    return question, ()


def _is_source(words: str, question: str) -> bool:
    """Return whether "in X" or "by X" says where something was published."""
    if re.match(r"\W*(?:according|as)\b", words, re.IGNORECASE):
        return True
    return bool(re.search(rf"\b{_SAYING}\b", question, re.IGNORECASE))


def _find_period(
    question: str, find_newest: Callable[[], date | None]
) -> tuple[str, date | None, date | None]:
    """Return the question without its period, and the period's first and last day."""
    asks_after_events = bool(_AFTER_EVENTS.match(question))
    starts = [(m.start(), m.end(), " ".join(m["word"].lower().split()))
              for m in _PREPOSITION.finditer(question)]  # fmt: skip
    if asks_after_events:
        starts += [(m.start(), m.end(), "in") for m in _LAST.finditer(question)]
    for start, at, word in starts:
        if word != "since" and not asks_after_events:
            continue
        found = _read_moment(question, at, find_newest)
        if found is None:
            continue
        first, last, end = found
        since, until = _to_period(word, first, last)
        if word in {"between", "from"} and (joint := _AND.match(question, end)):
            other = _read_moment(question, joint.end(), find_newest)
            if other is not None:
                until, end = other[1], other[2]
        if word == "between" and until is None:
            continue
        if not _ends_clause(question, start, end):
            continue
        rest = f"{question[:start].rstrip(' ,')}{question[end:]}".strip(" ,")
        return rest[:1].upper() + rest[1:], since, until
    return question, None, None


def _to_period(word: str, first: date, last: date) -> tuple[date | None, date | None]:
    """Return the first and last day that a preposition with a moment allows."""
    if word in {"since", "from", "between"}:
        return first, None
    if word == "after":
        return last, None
    if word == "before":
        return None, first - DAY_AFTER
    if word in {"until", "till", "up to"}:
        return None, last
    return first, last + DAY_AFTER if first == last else last


def _read_moment(
    question: str, at: int, find_newest: Callable[[], date | None]
) -> tuple[date, date, int] | None:
    """Return the first and last day of the date, month or year at a place, and where it ends."""
    for pattern in _MOMENTS:
        if (found := pattern.match(question, at)) is None:
            continue
        groups = found.groupdict()
        if groups.get("last"):
            days = _read_last(groups["last"].lower(), find_newest())
        else:
            days = _read_day(groups, find_newest)
        if days is not None:
            return (*days, found.end())
    return None


def _read_day(
    groups: dict[str, str], find_newest: Callable[[], date | None]
) -> tuple[date, date] | None:
    month = MONTHS_BY_NAME[groups["month"].lower()] if groups.get("month") else 0
    day = int(groups.get("day") or 0)
    if groups.get("year"):
        year = int(groups["year"])
    elif (newest := find_newest()) is None or newest.year == date.min.year:
        return None
    else:
        # The latest one that the articles can have reported.
        year = newest.year if (month, day) <= (newest.month, newest.day or 1) else newest.year - 1
    if not month:
        return date(year, 1, 1), date(year, 12, 31)
    days = monthrange(year, month)[1]
    if day > days:
        return None
    return date(year, month, day or 1), date(year, month, day or days)


def _read_last(words: str, newest: date | None) -> tuple[date, date] | None:
    """Return the days of "yesterday", "last week", "last month" or "last year"."""
    if newest is None or newest.year == date.min.year:
        return None
    if words == "yesterday":
        return newest - DAY_AFTER, newest - DAY_AFTER
    if words.endswith("week"):
        monday = newest - timedelta(days=newest.weekday() + 7)
        return monday, monday + timedelta(days=6)
    if words.endswith("month"):
        last = newest.replace(day=1) - DAY_AFTER
        return last.replace(day=1), last
    return date(newest.year - 1, 1, 1), date(newest.year - 1, 12, 31)


def _ends_clause(question: str, start: int, end: int) -> bool:
    """Return whether a period opens or closes a question, and so applies to all of it."""
    return not question[end:].strip(" ?.!,") or not question[:start].strip(" ,")
