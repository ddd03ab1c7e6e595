"""What stands in a table belongs to its row and its column."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification.verdict import verify

VOTES = [
    ["Party", "Votes 2021", "Votes 2025"],
    ["Harbour List", "6,204", "9,871"],
    ["Meadow Party", "5,118", "7,436"],
    ["Workers’ Union", "2,001", "3,027"],
]
RENTS = "Town|Rent in crowns|Change (%)\nOstrand|985|2.1\nAlm|760|4"
STYLES: dict[str, Callable[[Sequence[str]], str]] = {
    "bars": " | ".join,
    "tabs": "\t".join,
    "quoted": lambda cells: ",".join(f'"{cell}"' for cell in cells),
    "columns": lambda cells: "".join(cell.ljust(18) for cell in cells),
}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("The Meadow Party got 5,118 votes in 2021.", "supported"),
        ("The Meadow Party got 6,204 votes in 2021.", "unsupported"),
        ("The Meadow Party got 7,436 votes in 2021.", "unsupported"),
        ("In 2025 the Harbour List received 9,871 votes.", "supported"),
        ("In 2025 the Harbour List received 3,027 votes.", "unsupported"),
        ("The Meadow Party rose from 5,118 votes in 2021 to 7,436 in 2025.", "supported"),
        ("The Meadow Party rose from 7,436 votes in 2021 to 5,118 in 2025.", "unsupported"),
        ("The Harbour List got 9,871 votes in 2025, the Meadow Party 7,436.", "supported"),
        ("The Harbour List got 7,436 votes in 2025, the Meadow Party 9,871.", "unsupported"),
    ],
)
def test_a_figure_is_bound_to_its_row_and_column(style: str, claim: str, support: str) -> None:
    table = "\n".join(STYLES[style](row) for row in VOTES)

    assert (
        verify(claim, f"The result is as follows.\n\n{table}\n\nIt was close.").support == support
    )


@pytest.mark.parametrize(
    ("claim", "table", "support"),
    [
        ("The Reck tunnel is 1,400 metres long.", "Tunnel|Length (km)\nAlm|14\nReck|1.4", True),
        ("The Reck tunnel is 14 km long.", "Tunnel|Length (km)\nAlm|14\nReck|1.4", False),
        ("The Alm tunnel cost £14 million.", "Tunnel|Cost (£m)\nAlm|14\nReck|8", True),
        ("The Alm tunnel cost £14.", "Tunnel|Cost (£m)\nAlm|14\nReck|8", False),
        ("Alm has a population of 48,000.", "Town|Population (thousands)\nAlm|48\nTor|12", True),
        ("Alm has a population of 48.", "Town|Population (thousands)\nAlm|48\nTor|12", False),
        ("Ada Moe leads the North region.", "Region|Leader\nNorth|Ada Moe\nSouth|Jon Pell", True),
        ("Jon Pell leads the North region.", "Region|Leader\nNorth|Ada Moe\nSouth|Jon Pell", False),
        ("In Ostrand the rent has risen by 2.1 per cent.", RENTS, True),
        ("In Ostrand the rent has risen by 4 per cent.", RENTS, False),
    ],
)
def test_headers_say_what_a_figure_is(claim: str, table: str, support: bool) -> None:
    expected = "supported" if support else "unsupported"
    assert verify(claim, table).support == expected


@given(
    st.lists(st.integers(100, 999), min_size=4, max_size=4, unique=True),
    st.sampled_from(sorted(STYLES)),
)
@settings(max_examples=30, deadline=None)
def test_no_figure_may_change_places(figures: list[int], style: str) -> None:
    a, b, c, d = map(str, figures)
    rows = [["Town", "Goats 1990", "Goats 2010"], ["Ostrand", a, b], ["Quenby", c, d]]
    table = "\n".join(STYLES[style](row) for row in rows)

    def is_refuted(figure: str) -> bool:
        return bool(verify(f"In 1990 there were {figure} goats in Ostrand.", table).reasons)

    assert not is_refuted(a)
    assert all(is_refuted(figure) for figure in (b, c, d))
