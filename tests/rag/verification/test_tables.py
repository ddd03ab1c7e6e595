"""Tables in a text, and their rows written out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification.tables import blank_tables, find_tables, write_out_tables

CELLS = st.text("abcdefg", min_size=2, max_size=8)
FIGURES = st.integers(0, 9_999)
STYLES: dict[str, Callable[[Sequence[str]], str]] = {
    "bars": " | ".join,
    "outer bars": lambda cells: f"| {' | '.join(cells)} |",
    "tabs": "\t".join,
    "commas": ",".join,
    "semicolons": ";".join,
    "columns": lambda cells: "".join(cell.ljust(12) for cell in cells).rstrip(),
}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (
            "So:\nParty | Votes 2021\nHarbour List | 6,204\nThe end.",
            "So:\nParty: Harbour List; Votes 2021: 6,204.\nThe end.",
        ),
        ("| Town | Rent in crowns |\n|---|--:|\n| Alm | 985 |", "Town: Alm; Rent: 985 crowns."),
        ("Tunnel\tLength (km)\nAlm\t14", "Tunnel: Alm; Length: 14 km."),
        ("Tunnel\tCost (£m)\nAlm\t14", "Tunnel: Alm; Cost: £14 million."),
        ("Town;People (thousands)\nAlm;48.5", "Town: Alm; People: 48.5 thousand."),
        ("Peak;Height (m)\nAlm;998", "Peak: Alm; Height: 998 m."),
        ("Town;People (m)\nAlm;1.2", "Town: Alm; People: 1.2 million."),
        ('Year,"Turnout, %"\n2021,48.2', "Year: 2021; Turnout: 48.2 %."),
        ("Party    2021   2025\nList     6,204  9,871", "Party: List; 2021: 6,204; 2025: 9,871."),
    ],
)
def test_rows_are_written_out_with_their_headers_and_units(text: str, written: str) -> None:
    assert write_out_tables(text, find_tables(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "He came, he saw.\nShe left, he stayed.",
        "It rained;  the  quay\nwas closed;  the mill",
        "In Alm, 12 closed.\nIn Tor, 14 did, and 3 in Reck.",
    ],
)
def test_prose_is_no_table(text: str) -> None:
    assert find_tables(text) == ()


@given(
    st.sampled_from(sorted(STYLES)),
    st.lists(CELLS, min_size=3, max_size=3, unique=True),
    st.lists(st.tuples(CELLS, FIGURES, FIGURES), min_size=1, max_size=6),
)
def test_every_cell_stands_by_its_header(
    style: str, headers: list[str], rows: list[tuple[str, int, int]]
) -> None:
    write = STYLES[style]
    text = "\n".join(write([str(cell) for cell in row]) for row in [headers, *rows])

    (table,) = find_tables(text)

    assert table.headers == tuple(headers)
    assert table.rows == tuple(tuple(str(cell) for cell in row) for row in rows)
    assert (table.start, table.end) == (0, len(text))


@given(st.text("ab12|,;\t \n-", max_size=120))
@settings(deadline=None)
def test_tables_do_not_overlap(text: str) -> None:
    tables = find_tables(text)

    bounds = [bound for table in tables for bound in (table.start, table.end)]
    assert bounds == sorted(bounds)
    assert len(blank_tables(text, tables)) == len(text) - sum(t.end - t.start for t in tables)
