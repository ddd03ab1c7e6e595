"""Tables as lines: each row with the headers of its columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.tables import is_number, is_row, label_rows, label_tables, row_label

SEATS = [["Party", "Seats 2020", "Seats 2024"], ["Mill List", "12", "19"], ["Moor Party", "8", "3"]]


def test_every_value_carries_its_header() -> None:
    assert label_rows(SEATS) == [
        "Party | Seats 2020 | Seats 2024",
        "Party: Mill List | Seats 2020: 12 | Seats 2024: 19",
        "Party: Moor Party | Seats 2020: 8 | Seats 2024: 3",
    ]


def test_headers_of_several_rows_are_joined() -> None:
    rows = [["", "Rent", "Rent"], ["Town", "2023", "2024"], ["Tarn", "900", "950"]]
    assert label_rows(rows, n_headers=2)[-1] == "Town: Tarn | Rent 2023: 900 | Rent 2024: 950"


def test_a_table_of_words_has_a_header_only_if_it_says_so() -> None:
    rows = [["Pier", "Open"], ["Quay", "Closed"]]
    assert label_rows(rows) == ["Pier | Open", "Quay | Closed"]
    assert label_rows(rows, n_headers=1) == ["Pier | Open", "Pier: Quay | Open: Closed"]


def test_gaps_and_headings_inside() -> None:
    rows = [["Town", "Rent"], ["North", ""], ["Tarn", "900"], ["Moor", ""], ["", ""]]
    assert label_rows(rows) == ["Town | Rent", "North", "Town: Tarn | Rent: 900", "Moor"]


@pytest.mark.parametrize("mark", [" | ", "\t", ";", ",", "     "])
def test_tables_inside_a_text(mark: str) -> None:
    table = "\n".join(mark.join(row) for row in SEATS)
    text = f"The seats, as counted:\n\n{table}\n\nThe rest, they say, is silence."
    lines = label_tables(text).split("\n")
    assert "Party: Moor Party | Seats 2020: 8 | Seats 2024: 3" in lines
    assert lines[0] == "The seats, as counted:"
    assert label_tables("\n".join(lines)) == "\n".join(lines)


@pytest.mark.parametrize(
    ("row", "labelled"),
    [
        ("Greens\t\t1,120\t+1", "Party: Greens | Votes: 1,120 | Change: +1"),
        ("\t4\t1,121\t+2", "Seats: 4 | Votes: 1,121 | Change: +2"),
        ("Moor\t5\t1,122\t", "Party: Moor | Seats: 5 | Votes: 1,122"),
        ("Quay\t\t\t-1", "Party: Quay | Change: -1"),
    ],
)
def test_an_empty_cell_between_tabs_keeps_its_column(row: str, labelled: str) -> None:
    table = f"Party\tSeats\tVotes\tChange\nHarbour\t12\t4,210\t+3\n{row}\nLast\t1\t2\t3"
    assert label_tables(table).split("\n")[2] == labelled


def test_several_tabs_may_be_one_gap() -> None:
    table = "Party\t\tSeats\tVotes\nHarbour\t\t12\t4,210\nThe Greens\t3\t1,120\nLast\t \t1\t2"
    assert label_tables(table).split("\n")[2] == "Party: The Greens | Seats: 3 | Votes: 1,120"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday, he said, it rained.\nOn Tuesday, she said, it did not.\nThen, at 3, it snowed.",
        "a;b\nc;d\ne;f",
        "Who | What\nOne line | 7",
        "One, two\nthree, 4\nfive, 6",
    ],
)
def test_prose_is_no_table(text: str) -> None:
    assert label_tables(text) == text


@pytest.mark.parametrize("cell", ["1,140", "+7.5", "-1.4 %", "€ 3.20", "12:30", "2.4 km", "n/a"])
def test_numbers(cell: str) -> None:
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "Quay 7 east", "Harbour List", "first of May"])
def test_what_is_no_number(cell: str) -> None:
    assert not is_number(cell)


def test_rows_are_recognised_by_their_form() -> None:
    row = label_rows(SEATS)[1]
    assert (is_row(row), row_label(row)) == (True, "Mill List")
    for line in ("Party | Seats", "He said: no", "Open: yes", "", "a | b: c"):
        assert row_label(line) == ""


@given(
    st.lists(st.lists(st.text(max_size=20), max_size=5), max_size=6), st.integers(0, 3) | st.none()
)
def test_any_table(rows: list[list[str]], n_headers: int | None) -> None:
    lines = label_rows(rows, n_headers=n_headers)
    assert len(lines) == sum(any(cell.split() for cell in row) for row in rows)
    assert not any("\n" in line for line in lines)


def test_a_table_drawn_with_signs() -> None:
    frame = "+-------+------+"
    drawn = [frame, "| Town  | Rent |", frame, "| Tarn  |  900 |", "| Moor  |  810 |", frame]
    assert label_tables("\n".join([*drawn, "After."])).split("\n") == [
        *("Town | Rent", "Town: Tarn | Rent: 900", "Town: Moor | Rent: 810", "After."),
    ]


def test_wide_gaps_in_prose_are_no_table() -> None:
    text = "He said   that 14 of them\ncame   by boat in 2014\nand left   again"
    assert label_tables(text) == text
