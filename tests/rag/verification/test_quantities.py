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
    ],
)
def test_a_figure_is_backed_as_exactly_as_it_is_said(
    claim: str, evidence: str, expected: bool
) -> None:
    (ours,), (theirs,) = find_quantities(f"They saw {claim}."), find_quantities(f"It: {evidence}.")

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
