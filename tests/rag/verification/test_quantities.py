"""Quantities, and whether a text supports them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.parsed_text import (
    SMALL_NUMBERS,
)
from rag.verification.quantities import QuantityKind, backs, find_quantities


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("1,234,567 people", 1_234_567, "plain"),
        ("1.2 million", 1_200_000, "plain"),
        ("$3bn", 3_000_000_000, "money"),
        ("300 euros", 300, "money"),
        ("12 %", 12, "percent"),
        ("12 percent", 12, "percent"),
        ("half", 50, "percent"),
        ("the 21st", 21, "ordinal"),
        ("the third", 3, "ordinal"),
        ("twenty-one", 21, "plain"),
        ("two hundred and fifty thousand", 250_000, "plain"),
        ("two dozen", 24, "plain"),
    ],
)
def test_quantities_are_read(text: str, value: float, kind: str) -> None:
    (quantity,) = find_quantities(f"It was {text}.")

    assert (quantity.value, quantity.kind) == (value, QuantityKind(kind))


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        ("about 1.2 million", "1,234,567", True),
        ("1.2 million", "1,234,567", True),
        ("1.2 million", "1,334,567", False),
        ("1,234,567", "1.2 million", False),
        ("twelve", "12", True),
        ("12", "21", False),
        ("12 percent", "12 people", False),
        ("$5 million", "€5 million", False),
        ("5 million", "$5 million", True),
        ("more than 300", "312", True),
        ("more than 300", "299", False),
        ("more than 300", "900", False),
        ("fewer than 300", "280", True),
        ("about 300", "297", True),
        ("300", "297", False),
        ("2 million", "1.6 million", False),
        ("over 300", "about 300", False),
        ("over 300", "more than 300", True),
        ("over 300", "300", True),
        ("under 300", "nearly 300", False),
        ("about 300", "over 300", True),
        ("more than the 300", "312", False),
        ("1,400 metres", "1.4 km", True),
        ("1,400 metres", "14 km", False),
        ("1,437 metres", "1.4 km", False),
        ("1.4 kilometres", "1,437 m", True),
        ("14 km", "14", True),
        ("14 km", "14 days", False),
        ("90 minutes", "1.5 hours", True),
        ("90 minutes", "an hour and a half", True),
        ("90-minute", "one and a half hours", True),
        ("90 minutes", "1 hour and 30 minutes", True),
        ("60 minutes", "an hour", True),
        ("30 minutes", "half an hour", True),
        ("5 hours", "150 minutes", False),
        ("18 months", "a year and a half", True),
        ("two weeks", "14 days", True),
        ("2 t", "2,000 kg", True),
        ("2 tonnes", "200 kg", False),
        ("30 miles", "50 km", True),
        ("30 miles", "30 km", False),
        ("6 ft 2 in", "6 ft 4 in", False),
        ("1.88 m", "6 foot 2 inches", True),
        ("100 hectares", "1 sq km", True),
        ("100 km/h", "62 mph", True),
        ("1,500 MW", "1.5 gigawatts", True),
        ("20 °C", "68 degrees Fahrenheit", True),
        ("1.2m people", "1,200,000 people", True),
        ("1.2 m people", "1,200,000", True),
        ("1.2 million people", "1.2m tall", False),
        ("185 cm", "1.85m tall", True),
        ("half a million", "500,000", True),
        ("2.5 million", "two and a half million", True),
        ("1.5 million", "1½ million", True),
        ("75 %", "three quarters of", True),
        ("33.3 %", "a third of", True),
        ("25 per cent", "25 pct", True),
        ("0.25 percentage points", "25 basis points", True),
        ("$5 million", "USD 5m", True),
        ("5 million euros", "EUR 5m", True),
        ("£0.50", "50p", True),
        ("£0.50", "50 pence", True),
        ("£5", "5 km", False),
        ("200 pounds", "200 lbs", True),
        ("300 roubles", "300 rubles", True),
    ],
)
def test_a_figure_is_backed_as_exactly_as_it_is_said(
    claim: str, evidence: str, expected: bool
) -> None:
    (ours,) = find_quantities(f"They saw {claim}.")
    (theirs,) = find_quantities(f"It: {evidence} .", with_single=True)

    assert backs(theirs, ours) is expected


@given(st.integers(0, 10**15))
def test_a_number_backs_itself_however_it_is_grouped(number: int) -> None:
    (plain,), (grouped,) = find_quantities(f"x {number} y"), find_quantities(f"x {number:,} y")

    assert plain.value == grouped.value == number
    assert backs(plain, grouped)


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
def test_every_number_in_words_is_found(case: Callable[[str], str]) -> None:
    units = [word for word in SMALL_NUMBERS if word != "one"]
    scales = [f"{a} {b}" for a in ("a", "two") for b in ("hundred", "million", "billion", "dozen")]
    ordinals = "first second third fourth fifth sixth seventh eighth ninth tenth twelfth".split()

    for number in [*units, *scales, *ordinals, "half", "a\nthousand", "a\xa0trillion"]:
        (found,) = find_quantities(f"But {case(number)}, they say.")
        assert found.text == case(number)


@given(st.integers(1, 10**6), st.sampled_from([("km", 1000, "metres"), ("t", 1000, "kg")]))
def test_a_quantity_backs_itself_in_another_unit(number: int, units: tuple[str, int, str]) -> None:
    large, factor, small = units
    (one,) = find_quantities(f"It was {number} {large} in all.")
    (other,) = find_quantities(f"It was {number * factor:,} {small} in all.")

    assert backs(one, other)
    assert backs(other, one)
    (more,) = find_quantities(f"It was {number * factor * 10:,} {small} in all.")
    assert not backs(one, more)


@pytest.mark.parametrize(
    "text", ["One day it closed.", "For an hour it rained.", "There were 12 teams that won."]
)
def test_what_may_be_vague_and_what_is_no_money(text: str) -> None:
    assert all(q.kind is QuantityKind.PLAIN and q.value == 12 for q in find_quantities(text))


def test_a_range_has_one_unit() -> None:
    first, last = find_quantities("It is 50-70 % feldspar.")
    assert (first.value, first.kind, last.kind) == (50, QuantityKind.PERCENT, QuantityKind.PERCENT)
    first, last = find_quantities("It took 2 to 3 months.")
    assert first.unit == last.unit is not None


def test_what_is_measured_in_two_units_is_one_quantity() -> None:
    (quantity,) = find_quantities("Light takes 8 minutes and 20 seconds to get here.")
    assert quantity.text == "8 minutes and 20"
    assert quantity.value == pytest.approx(8 + 1 / 3)
