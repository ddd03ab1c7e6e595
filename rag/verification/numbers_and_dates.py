"""Quantities and dates in a text, and whether another text supports them; pure.

"About 1.2 million", "1,234,567", "twelve", "12 %", "$3bn" and "2nd" are read as values with a kind
and the precision in which they are written. "21 October 2024", "Oct. 21", "2024", "the 1990s" and
"Monday" each become a ``Moment`` that leaves open what the text leaves open; the day on which an
article appeared fills in some of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from index.language.calendar_words import (
    MONTH,
    MONTHS_BY_NAME,
    SHORT_MONTH,
    WEEKDAY,
    WEEKDAYS_BY_NAME,
)
from rag.verification.parsed_text import SMALL_NUMBERS

MAX_DIGITS = 18
HEDGED_TOLERANCE = 0.05
BOUND_TOLERANCE = 0.3

_SCALES = {
    "hundred": 1e2,
    "dozen": 12.0,
    "dozens": 12.0,
    "thousand": 1e3,
    "k": 1e3,
    "lakh": 1e5,
    "million": 1e6,
    "mn": 1e6,
    "m": 1e6,
    "crore": 1e7,
    "billion": 1e9,
    "bn": 1e9,
    "b": 1e9,
    "trillion": 1e12,
    "tn": 1e12,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        start=1,
    )
}
_UNITS = "|".join(sorted(SMALL_NUMBERS, key=len, reverse=True))
_WRITTEN_SCALES = "hundred|thousand|million|billion|trillion"
_CURRENCY_SIGNS = {"$": "dollar", "€": "euro", "£": "pound", "¥": "yen", "₩": "won", "₹": "rupee"}
_CURRENCY_WORDS = (
    r"dollars?|bucks|euros?|pounds?|yen|won|rupees?|rubles?|roubles?|yuan|francs?|kronor|crowns?"
    r"|pesos?"
)


def _openings(words: Iterable[str]) -> str:
    """Return an expression for the first two letters of some words."""
    seconds: dict[str, set[str]] = {}
    for word in words:
        seconds.setdefault(word[0], set()).add(word[1])
    openings = (f"{first}[{''.join(sorted(seconds[first]))}]" for first in sorted(seconds))
    return "|".join(openings).replace(" ", r"\s")


_WRITTEN = (*SMALL_NUMBERS, *_ORDINALS, *_WRITTEN_SCALES.split("|"), "dozen", "half", "a ", "an")
_NUMBER = re.compile(
    # The beginning of a word is enough to rule out most.
    rf"(?<![\w.,])(?=[\d.$€£¥₩₹]|[A-Z]{{1,3}}[$€£¥₩₹]|{_openings(_WRITTEN)})"
    r"(?P<sign>(?:[A-Z]{1,3})?[$€£¥₩₹]\s?)?"
    r"(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"(?P<scale>(?:[\s-]?(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)"
    r"|\s?(?:bn|mn|tn)|[kmb])\b)?"
    r"|(?P<dozens>(?:an?\s|two\s|three\s|four\s)?dozens?)"
    rf"|(?P<words>(?:(?:{_UNITS})(?:-(?:{_UNITS})\b)?(?:[\s-](?:{_WRITTEN_SCALES})\b)*"
    rf"|(?:an?\s)?(?:{_WRITTEN_SCALES}))"
    rf"(?:\s(?:and\s)?(?:{_UNITS})(?:-(?:{_UNITS}))?(?:[\s-](?:{_WRITTEN_SCALES})\b)*)*)"
    rf"|(?P<ordinal_word>{'|'.join(_ORDINALS)})"
    r"|(?P<half>half)"
    r")(?=$|[\W_])"
    r"(?P<unit>\s?%|[\s-]per\s?cent(?:age)?\b|\s?percentage\spoints?\b"
    rf"|\s(?:US\s|U\.S\.\s|\w+\s)?(?:{_CURRENCY_WORDS})\b)?",
    re.IGNORECASE,
)
_WRITTEN_PART = re.compile(r"[a-z]+", re.IGNORECASE)
_HEDGE = re.compile(
    r"\b(?:(?P<about>about|around|roughly|approximately|some|nearly|almost|close to|an estimated"
    r"|estimated|circa|approx\.?|up to|as many as|as much as)(?:\sthe)?"
    r"|(?P<more>more than|over|at least|above|exceeding|in excess of|upwards? of|no fewer than)"
    r"|(?P<less>less than|fewer than|under|below|at most|no more than))\s(?:a\s|[$€£]\s?)?$",
    re.IGNORECASE,
)
_HEDGE_CHARS = 24
_BOUNDS = frozenset({"more", "less"})


MAX_DAYS_APART = 14
"""Days between articles that may be about one time."""


class QuantityKind(StrEnum):
    """What a number counts."""

    PLAIN = "plain"
    PERCENT = "percent"
    MONEY = "money"
    ORDINAL = "ordinal"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of a text.

    Attributes:
        value: Its value; ordinals count from 1.
        kind: What it counts.
        start: First code point in the text.
        end: One past the last.
        text: As written.
        tolerance: Half a unit of the last digit, if the number is written rounded; otherwise 0.
        hedge: ``about``, ``more``, ``less`` or an empty string.
        currency: Name of the currency, or an empty string.
        is_word: Whether it is written in words.
    """

    value: float
    kind: QuantityKind
    start: int
    end: int
    text: str
    tolerance: float = 0.0
    hedge: str = ""
    currency: str = ""
    is_word: bool = False


def find_quantities(text: str, *, besides: Sequence[tuple[int, int]] = ()) -> tuple[Quantity, ...]:
    """Return the quantities of a text, in order.

    Args:
        text: Any text.
        besides: Stretches, in order, whose numbers are not quantities, such as those in dates.
    """
    found: list[Quantity] = []
    place = 0
    for match in _NUMBER.finditer(text):
        while place < len(besides) and besides[place][1] <= match.start():
            place += 1
        if place < len(besides) and besides[place][0] < match.end():
            continue
        quantity = _read_quantity(text, match)
        if quantity is not None:
            found.append(quantity)
    return tuple(found)


def _read_quantity(text: str, match: re.Match[str]) -> Quantity | None:
    amount = _read_digits(match) if match["digits"] else _read_words(match)
    if amount is None:
        return None
    value, kind, tolerance = amount
    unit = (match["unit"] or "").strip().lower()
    currency = ""
    if match["sign"]:
        currency = _CURRENCY_SIGNS[match["sign"].strip()[-1]]
    elif unit and unit != "%" and not unit.startswith(("-per", "per")):
        currency = unit.split()[-1].rstrip("s")
    elif unit:
        kind = QuantityKind.PERCENT
    if currency:
        kind = QuantityKind.MONEY
    hedge = _HEDGE.search(text, max(0, match.start() - _HEDGE_CHARS), match.start())
    return Quantity(
        value=value,
        kind=kind,
        start=match.start(),
        end=match.end(),
        text=match.group().strip(),
        tolerance=tolerance,
        hedge=str(hedge.lastgroup) if hedge else "",
        currency=currency,
        is_word=not match["digits"],
    )


def _read_digits(match: re.Match[str]) -> tuple[float, QuantityKind, float] | None:
    plain = match["digits"].replace(",", "")
    if len(plain) > MAX_DIGITS:
        return None
    decimals = len(plain.partition(".")[2])
    scale = _SCALES.get((match["scale"] or "").strip(" -\u00a0").lower(), 1.0)
    is_rounded = scale > 1.0 or decimals
    tolerance = 0.5 * scale * 10.0**-decimals if is_rounded else 0.0
    kind = QuantityKind.ORDINAL if match["ordinal"] else QuantityKind.PLAIN
    return float(plain) * scale, kind, tolerance


def _read_words(match: re.Match[str]) -> tuple[float, QuantityKind, float] | None:
    """Return the value of a number in words; None for "one" and "dozens", which may be vague."""
    if match["words"]:
        is_vague = match["words"].lower() == "one" and not match["unit"]
        return None if is_vague else (_read_written(match["words"]), QuantityKind.PLAIN, 0.0)
    if match["dozens"]:
        count, *dozen = match["dozens"].lower().split()
        if not dozen and count.endswith("s"):
            return None
        return 12.0 * SMALL_NUMBERS.get(count, 1), QuantityKind.PLAIN, 0.0
    if match["ordinal_word"]:
        return float(_ORDINALS[match["ordinal_word"].lower()]), QuantityKind.ORDINAL, 0.0
    return 50.0, QuantityKind.PERCENT, 0.0


def _read_written(words: str) -> float:
    """Return the value of "two hundred and fifty thousand" and the like."""
    total = group = 0.0
    for word in _WRITTEN_PART.findall(words.lower()):
        if word in SMALL_NUMBERS:
            group += SMALL_NUMBERS[word]
        elif word == "hundred":
            group = (group or 1.0) * 100.0
        elif word in _SCALES:
            total += (group or 1.0) * _SCALES[word]
            group = 0.0
    return total + group


def backs(evidence: Quantity, claim: Quantity) -> bool:
    """Return whether a quantity of the evidence supports the claim's, at the claim's precision.

    "More than 300" is supported by 312, by "more than 300" and by a bare 300, which may be rounded;
    not by "about 300" or "fewer than 300".
    """
    if not _comparable(evidence, claim):
        return False
    apart = abs(evidence.value - claim.value)
    size = max(abs(claim.value), 1e-9)
    rounded = min(claim.tolerance * 1.0001, HEDGED_TOLERANCE * size)
    if apart <= max(1e-9 * size, rounded):
        return claim.hedge not in _BOUNDS or evidence.hedge in {"", claim.hedge}
    if claim.hedge == "more":
        return claim.value < evidence.value <= claim.value * (1.0 + BOUND_TOLERANCE)
    if claim.hedge == "less":
        return claim.value > evidence.value >= claim.value * (1.0 - BOUND_TOLERANCE)
    # A hedge allows for rounding of an exact figure, not of another rounded one.
    return (
        claim.hedge == "about"
        and not evidence.hedge
        and apart <= HEDGED_TOLERANCE * size
        and _significant(evidence.value) > _significant(claim.value)
    )


def _significant(value: float) -> int:
    return len(f"{value:.15g}".replace(".", "").strip("0").partition("e")[0])


def _comparable(one: Quantity, other: Quantity) -> bool:
    if one.currency and other.currency and one.currency != other.currency:
        return False
    kinds = {one.kind, other.kind}
    if len(kinds) == 1 or kinds == {QuantityKind.PLAIN, QuantityKind.ORDINAL}:
        return True
    return kinds == {QuantityKind.PLAIN, QuantityKind.MONEY}


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
