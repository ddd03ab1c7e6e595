"""Quantities in a text, and whether another text supports them; pure.

"About 1.2 million", "1,234,567", "twelve", "12 %", "$3bn", "half an hour" and "2nd" are read as
values with a kind, a unit of measurement if one follows, and the precision in which they are
written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files

from rag.verification.parsed_text import SMALL_NUMBERS
from rag.verification.units import Unit, find_unit, is_in_metres

MAX_DIGITS = 18
HEDGED_TOLERANCE = 0.05
BOUND_TOLERANCE = 0.3
CONVERTED_TOLERANCE = 0.04
MAX_CONVERTED_TOLERANCE = 0.1
"""How far rounding may put figures apart of which one was converted: 30 miles, 50 km."""

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
_CURRENCIES = {
    written: names[0]
    for row in files("rag.verification").joinpath("currencies.txt").read_text("utf-8").splitlines()
    if (names := row.partition("#")[0].split())
    for written in names
}
_CODE = rf"(?-i:{'|'.join(filter(str.isupper, _CURRENCIES))})"
_CURRENCY_WORDS = rf"(?:{'|'.join(filter(str.islower, _CURRENCIES))})(?:\ssterling)?|{_CODE}"
_COINS = {"pence": "pound", "p": "pound", "penny": "pound", "cent": "", "cents": ""}
_FRACTIONS = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}


def _openings(words: Iterable[str]) -> str:
    """Return an expression for the first two letters of some words."""
    seconds: dict[str, set[str]] = {}
    for word in words:
        seconds.setdefault(word[0], set()).add(word[1])
    openings = (f"{first}[{''.join(sorted(seconds[first]))}]" for first in sorted(seconds))
    return "|".join(openings).replace(" ", r"\s")


_WRITTEN = (*SMALL_NUMBERS, *_ORDINALS, *_WRITTEN_SCALES.split("|"), "dozen", "half", "a ", "an")
_GLYPHS = {"½": 0.5, "¼": 0.25, "¾": 0.75}
_NUMBER = re.compile(
    # The beginning of a word is enough to rule out most.
    rf"(?<![\w.,])(?=[\d.$€£¥₩₹½¼¾]|[A-Z]{{1,3}}[$€£¥₩₹]|{_CODE}\s?\d|{_openings(_WRITTEN)})"
    rf"(?P<sign>(?:[A-Z]{{1,3}})?[$€£¥₩₹]\s?|{_CODE}\s?(?=\d))?"
    r"(?:(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"(?P<scale>(?:[\s-]?(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)"
    r"|\s?(?:bn|mn|tn)|[kmb]"
    # "1.2 m people"; "1,400 m across" is a length.
    r"|\sm(?=\s(?:people|(?!across|towards|hurdles|this|as)[a-z]{3,}s)\b))\b)?"
    r"(?P<coin>p\b)?"
    r"|(?P<part>half(?:\san?\b)?(?:[\s-](?P<half_scale>dozen|hundred|thousand|million|billion)\b)?"
    r"|(?:an?|one|two|three|four)[\s-](?:thirds?|quarters?|fifths?|tenths?)\sof\b(?:\san?\b)?"
    r"|[½¼¾])"
    r"|(?P<dozens>(?:an?\s|two\s|three\s|four\s)?dozens?)"
    rf"|(?P<words>(?:(?:{_UNITS})(?:-(?:{_UNITS})\b)?(?:[\s-](?:{_WRITTEN_SCALES})\b)*"
    rf"|(?:an?\s)?(?:{_WRITTEN_SCALES}))"
    rf"(?:\s(?:and\s)?(?:{_UNITS})(?:-(?:{_UNITS}))?(?:[\s-](?:{_WRITTEN_SCALES})\b)*)*)"
    rf"|(?P<ordinal_word>{'|'.join(_ORDINALS)})"
    r"|(?P<single>an?|one)(?=[\s-]))"
    # "two and a half hours", "1½ million"
    rf"(?P<more>\s?[½¼¾]|\sand\sa\s(?:half|quarter)\b)?(?P<more_scale>[\s-](?:{_WRITTEN_SCALES})\b)?"
    r"(?=$|[\W_])"
    r"(?P<unit>\s?%|[\s-]per\s?cent(?:age)?\b|\s?p\.c\.|\spct\b|[\s-]?percentage[\s-]points?\b"
    r"|\sbasis\spoints?\b|\s?pence\b|\scents?\b"
    rf"|[\s-](?:US\s|U\.S\.\s|(?-i:(?:[A-Z]\w+\s){{1,2}}))?(?:{_CURRENCY_WORDS})\b)?",
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
        unit: The unit of measurement that follows it, or None. "1 hour 30 minutes" is one quantity.
        unit_end: One past the last code point of the unit; ``end`` without one.
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
    unit: Unit | None = None
    unit_end: int = 0


def find_quantities(
    text: str, *, besides: Sequence[tuple[int, int]] = (), with_single: bool = False
) -> tuple[Quantity, ...]:
    """Return the quantities of a text, in order.

    Args:
        text: Any text.
        besides: Stretches, in order, whose numbers are not quantities, such as those in dates.
        with_single: Whether "an hour" and "one mile" are quantities, which may be meant vaguely.
    """
    found: list[Quantity] = []
    place = last = 0
    for match in _NUMBER.finditer(text):
        while place < len(besides) and besides[place][1] <= match.start():
            place += 1
        is_beside = place < len(besides) and besides[place][0] < match.end()
        if is_beside or match.start() < last:
            continue
        quantity = _read_match(text, match, with_single=with_single)
        if quantity is not None:
            last = quantity.unit_end
            _append(found, quantity, text)
    return tuple(found)


def _read_match(text: str, match: re.Match[str], *, with_single: bool) -> Quantity | None:
    """Return the quantity that a number is with the unit that follows it."""
    in_metres = _is_in_metres(text, match)
    measured = find_unit(text, match.start("scale") if in_metres else match.end())
    unit, end = measured or (None, match.end())
    more = _AND_PART.match(text, end) if unit else None
    if _is_single(match) and not more and not (unit and with_single):
        return None
    quantity = _read_quantity(text, match, unit, in_metres=in_metres)
    if quantity is None or more is None:
        return replace(quantity, unit_end=end) if quantity else None
    value = quantity.value + _FRACTIONS[more["part"].lower()]
    end = more.end()
    return replace(quantity, value=value, end=end, text=text[match.start() : end], unit_end=end)


def _append(found: list[Quantity], quantity: Quantity, text: str) -> None:
    """Add a quantity, or complete the last one with it."""
    if found:
        joined = _join(found[-1], quantity, text)
        if joined:
            found[-1] = joined
            return
        if text[found[-1].unit_end : quantity.start] in _RANGE:
            found[-1] = _complete_range(found[-1], quantity)
    found.append(quantity)


def _is_in_metres(text: str, match: re.Match[str]) -> bool:
    """Whether what looks like millions are metres: "1.85m tall"."""
    return match["scale"] == "m" and not match["sign"] and is_in_metres(text, match.end("scale"))


def _is_single(match: re.Match[str]) -> bool:
    if match["single"]:
        return not match["more"]
    is_one = (match["words"] or "").lower() == "one"
    return is_one and not (match["unit"] or match["more"] or match["more_scale"])


_AND_PART = re.compile(r"\sand\sa\s(?P<part>half|quarter)\b", re.IGNORECASE)
_JOINTS = frozenset({"", " ", ", ", " and ", ", and "})
_RANGE = frozenset({"-", "–", "—", " - ", " – ", " to ", " or "})
_INCH = Unit("length", 0.0254, is_imperial=True)
_FOOT = 0.3048
_INCHES = 12


def _join(one: Quantity, other: Quantity, text: str) -> Quantity | None:
    """Return what two quantities come to together: "5 ft 10", "1 hour and 30 minutes"."""
    gap = text[one.unit_end : other.start]
    if one.unit is None or gap not in _JOINTS:
        return None
    unit = other.unit
    if unit is None and one.unit.factor == _FOOT and gap.isspace() and other.value < _INCHES:
        unit = _INCH
    if unit is None or unit.dimension != one.unit.dimension or unit.factor >= one.unit.factor:
        return None
    value = one.value + other.value * unit.factor / one.unit.factor
    whole = text[one.start : other.end]
    return replace(one, value=value, end=other.end, text=whole, unit_end=other.unit_end)


def _complete_range(first: Quantity, last: Quantity) -> Quantity:
    """Return the first figure of a range with what the last one says of both: "50-70 %"."""
    if first.kind is not QuantityKind.PLAIN or first.unit is not None:
        return first
    return replace(first, kind=last.kind, currency=last.currency, unit=last.unit)


def _read_quantity(
    text: str, match: re.Match[str], measured: Unit | None, *, in_metres: bool
) -> Quantity | None:
    amount = (
        _read_digits(match, in_metres=in_metres)
        if match["digits"]
        else _read_words(match, measured)
    )
    if amount is None:
        return None
    value, kind, tolerance = amount
    if match["more"]:
        part = match["more"].strip()
        value += _GLYPHS.get(part) or _FRACTIONS[part.lower().split()[-1]]
    value *= _SCALES.get((match["more_scale"] or "").strip(" -\u00a0").lower(), 1.0)
    unit = (match["coin"] or match["unit"] or "").strip().lstrip("-").lower()
    currency = ""
    if match["sign"]:
        sign = match["sign"].strip()
        currency = _CURRENCIES.get(sign) or _CURRENCY_SIGNS[sign[-1]]
    elif unit in _COINS:
        kind, currency = QuantityKind.MONEY, _COINS[unit]
        value /= 100.0
    elif unit.startswith(("%", "per", "p.c", "pct", "basis")):
        kind = QuantityKind.PERCENT
        value /= 100.0 if unit.startswith("basis") else 1.0
    elif unit:
        word = unit.split()[-1]
        currency = _CURRENCIES.get(word) or _CURRENCIES[word.upper()]
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
        unit=measured if kind is QuantityKind.PLAIN and not unit else None,
    )


def _read_digits(
    match: re.Match[str], *, in_metres: bool
) -> tuple[float, QuantityKind, float] | None:
    plain = match["digits"].replace(",", "")
    if len(plain) > MAX_DIGITS:
        return None
    decimals = len(plain.partition(".")[2])
    written = "" if in_metres else (match["scale"] or "").strip(" -\u00a0").lower()
    scale = _SCALES.get(written, 1.0)
    is_rounded = scale > 1.0 or decimals
    tolerance = 0.5 * scale * 10.0**-decimals if is_rounded else 0.0
    kind = QuantityKind.ORDINAL if match["ordinal"] else QuantityKind.PLAIN
    return float(plain) * scale, kind, tolerance


def _read_words(
    match: re.Match[str], measured: Unit | None
) -> tuple[float, QuantityKind, float] | None:
    """Return the value of a number in words; None for "dozens", which is vague."""
    if match["words"]:
        return _read_written(match["words"]), QuantityKind.PLAIN, 0.0
    if match["dozens"]:
        count, *dozen = match["dozens"].lower().split()
        if not dozen and count.endswith("s"):
            return None
        return 12.0 * SMALL_NUMBERS.get(count, 1), QuantityKind.PLAIN, 0.0
    if match["ordinal_word"]:
        return float(_ORDINALS[match["ordinal_word"].lower()]), QuantityKind.ORDINAL, 0.0
    share = _read_part(match["part"].lower()) if match["part"] else 1.0
    scale = _SCALES.get((match["half_scale"] or "").lower(), 1.0)
    if measured or scale > 1.0:
        return share * scale, QuantityKind.PLAIN, 0.0
    tolerance = 0.5 if share % 0.05 else 0.0
    return 100.0 * share, QuantityKind.PERCENT, tolerance


def _read_part(words: str) -> float:
    """Return the value of "half", "two-thirds of" and "¾"."""
    if words in _GLYPHS:
        return _GLYPHS[words]
    first, *rest = _WRITTEN_PART.findall(words)
    if first in _FRACTIONS:
        return _FRACTIONS[first]
    return SMALL_NUMBERS.get(first, 1) * _FRACTIONS[rest[0].removesuffix("s")]


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
    not by "about 300" or "fewer than 300". 1,400 metres are 1.4 km, and about 0.87 miles.
    """
    if not are_comparable(evidence, claim):
        return False
    told = evidence.value
    size = max(abs(claim.value), 1e-9)
    rounded = min(claim.tolerance * 1.0001, HEDGED_TOLERANCE * size)
    if evidence.unit and claim.unit and evidence.unit != claim.unit:
        told = claim.unit.revert(evidence.unit.convert(evidence.value))
        if evidence.unit.is_imperial != claim.unit.is_imperial:
            theirs = (evidence.tolerance or 0.5) * evidence.unit.factor / claim.unit.factor
            half_units = max(claim.tolerance or 0.5, theirs)
            rounded = max(
                min(half_units, MAX_CONVERTED_TOLERANCE * size), CONVERTED_TOLERANCE * size
            )
    apart = abs(told - claim.value)
    if apart <= max(1e-9 * size, rounded):
        return claim.hedge not in _BOUNDS or evidence.hedge in {"", claim.hedge}
    if claim.hedge == "more":
        return claim.value < told <= claim.value * (1.0 + BOUND_TOLERANCE)
    if claim.hedge == "less":
        return claim.value > told >= claim.value * (1.0 - BOUND_TOLERANCE)
    # A hedge allows for rounding of an exact figure, not of another rounded one.
    return (
        claim.hedge == "about"
        and not evidence.hedge
        and apart <= HEDGED_TOLERANCE * size
        and _significant(told) > _significant(claim.value)
    )


def _significant(value: float) -> int:
    return len(f"{value:.15g}".replace(".", "").strip("0").partition("e")[0])


def are_comparable(one: Quantity, other: Quantity) -> bool:
    """Return whether two quantities may count the same: of one currency, kind and dimension."""
    if one.currency and other.currency and one.currency != other.currency:
        return False
    if one.unit and other.unit and one.unit.dimension != other.unit.dimension:
        return False
    kinds = {one.kind, other.kind}
    if QuantityKind.MONEY in kinds and (one.unit or other.unit):
        unit = one.unit or other.unit
        is_pound = "pound" in {one.currency, other.currency}
        return is_pound and unit is not None and unit.dimension == "mass"
    if len(kinds) == 1 or kinds == {QuantityKind.PLAIN, QuantityKind.ORDINAL}:
        return True
    return kinds == {QuantityKind.PLAIN, QuantityKind.MONEY}
