"""Tables as text: each row carries the headers of its columns, so that it says what it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[^\w]{0,4}(?:\d[\d.,\s'’/:%–-]*|n/?a)\W{0,4}(?:[^\W\d_]{1,4}\.?)?%?", re.I)
_LONGEST_HEADER = 60
_MARK = re.compile(r"[:：]\s*$")  # noqa: RUF001


def label_rows(rows: Sequence[Sequence[str]], *, n_headers: int | None = None) -> list[str]:
    """Return the rows of a table as lines, each value with the header of its column.

    Args:
        rows: The cells of each row; empty for none.
        n_headers: How many rows at the top are headers; None if the table does not say. Then the
            first one is, if it has no number and the columns below it have some.

    Returns:
        The header as it is, then lines such as ``Party: Meadow Party | Votes 2021: 5,118``;
        without a header, the cells of each row.
    """
    table = [[" ".join(cell.split()) for cell in row] for row in rows]
    table = [row for row in table if any(row)]
    if n_headers is None:
        n_headers = int(_has_header(table))
    if n_headers and len(table) > n_headers + 1 and len(set(table[0])) < len(table[0]):
        n_headers = max(n_headers, 2)  # one header over several columns, each with its own below
    headers = _join_headers(table[:n_headers])
    lines = [_join(row) for row in table[:n_headers]]
    for row in table[n_headers:]:
        if not headers or sum(map(bool, row)) == 1:
            lines.append(_join(row))  # a heading inside the table
            continue
        cells = zip(row, [*headers, *[""] * len(row)], strict=False)
        lines.append(" | ".join(_label(header, cell) for cell, header in cells if cell))
    return lines


def is_number(cell: str) -> bool:
    """Return whether a cell holds a number, perhaps with its unit."""
    return len(cell) <= _LONGEST_HEADER and _NUMBER.fullmatch(cell) is not None


def _has_header(table: Sequence[Sequence[str]]) -> bool:
    if len(table) < 2:  # noqa: PLR2004 - a header and a row
        return False
    first, rest = table[0], table[1:]
    is_plain = all(len(cell) <= _LONGEST_HEADER and not is_number(cell) for cell in first)
    filled = [cell for cell in first[1:] if cell]
    if not is_plain or len(filled) < len(first) - 1 or len(first) < 2:  # noqa: PLR2004
        return False
    values = [row[1:] for row in rest if len(row) == len(first)]
    numbers = sum(any(map(is_number, row)) for row in values)
    return numbers >= max(1, len(rest) // 2)


def _join_headers(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one header for each column, from one row or several."""
    width = max(map(len, rows), default=0)
    columns = [[row[n] for row in rows if n < len(row)] for n in range(width)]
    return [" ".join(dict.fromkeys(filter(None, column))) for column in columns]


def _label(header: str, cell: str) -> str:
    header = _MARK.sub("", header)
    return f"{header}: {cell}" if header and header != cell else cell


def _join(row: Sequence[str]) -> str:
    return " | ".join(filter(None, row))


_ROW = re.compile(r"[^|\n:：]{1,60}[:：] [^|\n]+(?: \| (?:[^|\n:：]{1,60}[:：] )?[^|\n]+)+")  # noqa: RUF001


def is_row(line: str) -> bool:
    """Return whether a line is a row as ``label_rows`` makes it, with its headers."""
    return _ROW.fullmatch(line) is not None


def row_label(line: str) -> str:
    """Return what a row is about, the value in its first cell; empty for any other line."""
    if not is_row(line):
        return ""
    return re.split(r"[:：] ", line.partition(" | ")[0], maxsplit=1)[-1]  # noqa: RUF001


_WIDE = "   "
_DELIMITERS = ("\t", "|", ";", _WIDE, ",")
_GAP = re.compile(r"[ \t]{3,}|[ \t]*\t[ \t]*")
_FRAME = re.compile(r"^ *\+(?:[-=]{2,}\+)+ *\n", re.MULTILINE)
_FEWEST_LINES = 3


def label_tables(text: str) -> str:
    """Return a text whose tables, lines with bars, tabs, wide gaps or commas, carry their headers.

    Only lines with as many cells each, below a header without numbers, are a table.
    """
    if not any(mark in text for mark in _DELIMITERS):
        return text
    lines = _FRAME.sub("", text).split("\n")
    labelled: list[str] = []
    start = 0
    while start < len(lines):
        mark = next((m for m in _DELIMITERS if m in lines[start].strip()), "")
        run, rows = _find_table(lines, start, mark)
        if mark == "\t" and not rows:  # several tabs in a row may stand for one gap
            run, rows = _find_table(lines, start, _WIDE)
        labelled += label_rows(rows, n_headers=1) if rows else run
        start += len(run)
    return "\n".join(labelled)


def _find_table(lines: Sequence[str], start: int, mark: str) -> tuple[list[str], list[list[str]]]:
    """Return the lines with as many cells as the first, and their cells if they are a table."""
    n_cells = _cells(lines[start], mark)
    end = start + 1
    while n_cells and end < len(lines) and _cells(lines[end], mark) == n_cells:
        end += 1
    run = list(lines[start:end])
    if len(run) < _FEWEST_LINES or any(map(is_row, run)):
        return run, []
    rows = [_split(line, mark) for line in run]
    return run, rows if _has_header(rows) else []


def _cells(line: str, mark: str) -> int:
    """Return how many cells a line has; 0 if it is prose."""
    if mark == _WIDE:
        n_cells = len(_GAP.split(line.strip()))
        return n_cells if n_cells > 1 else 0
    if not mark or mark not in line or (mark == "," and ", " in line):
        return 0
    return line.strip("|" if mark == "|" else "").count(mark) + 1


def _split(line: str, mark: str) -> list[str]:
    inner = line.strip().strip("|") if mark == "|" else line
    cells = _GAP.split(line.strip()) if mark == _WIDE else inner.split(mark)
    return [" ".join(cell.split()) for cell in cells]
