"""Quantities in a text, and whether another text supports them; pure.

"About 1.2 million", "1,234,567", "twelve", "12 %", "$3bn" and "2nd" are read as values with a kind
and the precision in which they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

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
