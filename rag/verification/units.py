"""Units of measurement behind a number: 1,400 metres are 1.4 km, 90 minutes 1.5 hours; pure.

``units.txt`` is short on purpose: what articles measure in. A library that knows all units reads
none of their spellings in news ("a 90-minute film", "1.4m people" but "1.4m tall") and takes half
a second to start.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_IMPERIAL = "imperial "
_LEAST_NAME_CHARS = 3
_FAHRENHEIT_ZERO = 32.0


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measurement.

    Attributes:
        dimension: What it measures; quantities of one dimension can be compared.
        factor: How many of the dimension's base units it is.
        is_imperial: Whether it belongs to the system in which figures are rounded anew.
    """

    dimension: str
    factor: float
    is_imperial: bool = False

    def convert(self, value: float) -> float:
        """Return how many base units a number of this unit is."""
        if self.dimension == "temperature" and self.is_imperial:
            value -= _FAHRENHEIT_ZERO
        return value * self.factor

    def revert(self, value: float) -> float:
        """Return how many of this unit a number of base units is."""
        value /= self.factor
        is_fahrenheit = self.dimension == "temperature" and self.is_imperial
        return value + _FAHRENHEIT_ZERO if is_fahrenheit else value


@cache
def _units() -> Mapping[str, Unit]:
    """Return each unit by its symbols and names, which have a space for each hyphen."""
    found: dict[str, Unit] = {}
    table = files("rag.verification").joinpath("units.txt").read_text("utf-8")
    for row in table.splitlines():
        if row.startswith("#"):
            continue
        dimension, factor, names = (part.strip() for part in row.split("|"))
        unit = Unit(
            dimension.removeprefix(_IMPERIAL), float(factor), dimension.startswith(_IMPERIAL)
        )
        for name in names.split():
            key = name.replace("-", " ")
            found[key] = unit
            if (len(name) >= _LEAST_NAME_CHARS and name.isalpha()) or "-" in name:
                found[key.casefold()] = found[f"{key.casefold()}s"] = unit
    return found


# The words after a number that may name its unit; the longest name counts.
_AFTER = re.compile(
    r"[\s-]?(?P<unit>°?[^\W\d_]+(?:/[^\W\d_]+|[²³23])?(?:[\s-][^\W\d_]+){0,2})(?![\w/²³])"
)
_LAST_WORD = re.compile(r"[\s-][^\W\d_]+$")
_SQUARED = re.compile(r"\s?(?:sq\.?|square)\s(?P<unit>km|mi|m|ft)\b(?!/)")
_SQUARES = {"km": "km²", "m": "m²", "mi": "square mile", "ft": "square foot"}
# "1.85m tall" and "the 100m race" are lengths, "1.2m" alone is a million.
_MEASURED = re.compile(
    r"[\s-](?:tall|long|high|wide|deep|thick|above|below|away|apart|in\s(?:height|length|width|depth"
    r"|diameter)|across|race|sprint|hurdles|relay|freestyle|butterfly|backstroke|breaststroke|pool"
    r"|tower|mast|wall|tunnel|bridge|yacht|boat|ship|vessel|statue|crane|drop|fall|waves?)\b"
)


def find_unit(text: str, end: int) -> tuple[Unit, int] | None:
    """Return the unit that follows a number and where it ends; None if none does.

    Args:
        text: Any text.
        end: One past the number's last code point.
    """
    squared = _SQUARED.match(text, end)
    if squared:
        return _units()[_SQUARES[squared["unit"]]], squared.end()
    match = _AFTER.match(text, end)
    name = match["unit"] if match else ""
    while match and name:
        spaced = re.sub(r"[\s-]", " ", name)
        unit = _units().get(spaced)
        if unit is None and len(name) >= _LEAST_NAME_CHARS:
            unit = _units().get(spaced.casefold())
        if unit is not None:
            return unit, match.start("unit") + len(name)
        shorter = _LAST_WORD.sub("", name)
        name = shorter if shorter != name else ""
    return None


def is_in_metres(text: str, end: int) -> bool:
    """Return whether the "m" before a place, attached to a number, means metres, not millions."""
    return _MEASURED.match(text, end) is not None
