"""Tables in a text, and their rows written out, so that each figure stands by its label; pure.

A table has rows with the same number of cells, divided by bars, tabs, commas, semicolons or runs of
spaces, below a row of headers. Written out, "Meadow Party | 5,118" below "Party | Votes 2021" is
"Party: Meadow Party; Votes 2021: 5,118.", and what the header says of units stands by the figure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

LEAST_CELLS = 2
MAX_CELLS = 40
MAX_CELL_CHARS = 120
MAX_HEADER_CHARS = 60
MAX_ROWS = 2000
LEAST_NUMERIC_SHARE = 0.5

_NUMBER = re.compile(
    r"[~≈<>]?\s?[-+−]?(?:[A-Z]{1,3})?[$€£¥]?\s?\d[\d,.\s]*\s?(?:%|[^\W\d_°]{1,3}|°[CF])?"
)
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:[-–/]\d\d(?:\d\d)?)?")
_RULE = re.compile(r"[\s|:+=_-]*")
_SPACES = re.compile(r"\t|\s{2,}")
_UNIT = re.compile(
    r"\s*(?:\((?P<bracketed>[^()]{1,30})\)|\[(?P<squared>[^\[\]]{1,30})\]"
    r"|,\s?(?P<after>%|[$€£¥]\s?\w*|[^\W\d]{1,4})|\sin\s(?P<phrase>[\w\s%$€£¥’']{1,30}))\s*$"
)
_SCALE = re.compile(
    r"(?:in\s)?(?P<sign>(?:[A-Z]{1,2})?[$€£¥])?\s?(?P<scale>thousands?|[’']?000s?|k|millions?|mn?|billions?|bn)?"
    r"(?:\sof)?(?:\s(?P<counted>[^\d]+))?",
    re.IGNORECASE,
)
_SCALES = {"t": "thousand", "k": "thousand", "0": "thousand", "m": "million", "b": "billion"}
_MEASURED = re.compile(
    r"\b(?:height|length|depth|width|distance|altitude|elevation|level|rise|diameter|long|high|tall"
    r"|deep|wide)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a text.

    Attributes:
        start: First code point in the text.
        end: One past the last.
        headers: Of each column, without units.
        rows: Their cells, as many as headers; numbers with the units of their headers.
    """

    start: int
    end: int
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def write_out(self) -> str:
        """Return the rows, one a line, each figure after its header."""
        lines = []
        for row in self.rows:
            pairs = zip(self.headers, row, strict=True)
            cells = [f"{header}: {cell}" if header else cell for header, cell in pairs if cell]
            lines.append("; ".join(cells) + ".")
        return "\n".join(lines)


def write_out_tables(text: str, tables: Sequence[Table]) -> str:
    """Return a text with its tables written out."""
    return _replace(text, tables, [table.write_out() for table in tables])


def blank_tables(text: str, tables: Sequence[Table]) -> str:
    """Return a text without its tables."""
    return _replace(text, tables, [""] * len(tables))


def _replace(text: str, tables: Sequence[Table], by: Sequence[str]) -> str:
    pieces, last = [], 0
    for table, instead in zip(tables, by, strict=True):
        pieces += [text[last : table.start], instead]
        last = table.end
    return "".join([*pieces, text[last:]])


def find_tables(text: str) -> tuple[Table, ...]:
    """Return the tables of a text, in order."""
    if not any(mark in text for mark in ("|", "\t", ",", ";", "  ")) or "\n" not in text:
        return ()
    return tuple(_find_tables(text))


def _find_tables(text: str) -> Iterator[Table]:
    lines, start = [], 0
    for line in text.splitlines(keepends=True):
        lines.append((start, line.rstrip("\r\n")))
        start += len(line)
    place = 0
    while place < len(lines):
        line = lines[place][1]
        following = lines[place + 1][1] if place + 1 < len(lines) else ""
        is_ruled = _RULE.fullmatch(following) is not None
        splits = [
            split
            for mark, split in _SPLITS.items()
            if mark in line and following and (mark in following or is_ruled)
        ]
        if not splits:
            place += 1
            continue
        found = max((_read_run(lines, place, split) for split in splits), key=len)
        table = _read_table(found)
        if table is None:
            place += 1
            continue
        yield table
        place += len(found)


_Line = tuple[int, str, tuple[str, ...]]


def _read_run(
    lines: Sequence[tuple[int, str]], first: int, split: Callable[[str], tuple[str, ...]]
) -> list[_Line]:
    """Return the lines from one on that are rows of one table; rules are rows without cells."""
    run: list[_Line] = []
    n_cells = 0
    for start, line in lines[first : first + MAX_ROWS]:
        if run and line.strip() and _RULE.fullmatch(line):
            run.append((start, line, ()))
            continue
        cells = split(line)
        if not LEAST_CELLS <= len(cells) <= MAX_CELLS or len(cells) != (n_cells or len(cells)):
            break
        if any(len(cell) > MAX_CELL_CHARS for cell in cells):
            break
        n_cells = len(cells)
        run.append((start, line, cells))
    return run


def _read_table(run: Sequence[_Line]) -> Table | None:
    rows = [cells for _, _, cells in run if cells]
    if len(rows) < LEAST_CELLS:
        return None
    head, *body = rows
    n_numeric = sum(any(map(_is_number, row[1:])) or _is_number(row[0]) for row in body)
    is_barred = "|" in run[0][1] or "\t" in run[0][1]
    if not is_barred and n_numeric < LEAST_NUMERIC_SHARE * len(body):
        return None
    if any(len(cell) > MAX_HEADER_CHARS for cell in head) or not _is_head(head, body):
        return None
    units = [_UNIT.search(cell) for cell in head]
    headers = tuple(
        cell[: unit.start()].strip() if unit and cell[: unit.start()].strip() else cell
        for cell, unit in zip(head, units, strict=True)
    )
    written = [next(filter(None, unit.groups()), "") if unit else "" for unit in units]
    filled = tuple(
        tuple(
            _add_unit(cell, unit, header)
            for cell, unit, header in zip(row, written, headers, strict=True)
        )
        for row in body
    )
    start, (last, line, _) = run[0][0], run[-1]
    return Table(start, last + len(line), headers, filled)


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_head(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Whether a first row has headers: no number but years, above other numbers than years."""
    if any(_is_number(cell) and not _YEAR.fullmatch(cell) for cell in head):
        return False
    years = [place for place, cell in enumerate(head) if _YEAR.fullmatch(cell)]
    return not years or not all(_YEAR.fullmatch(row[place]) for place in years for row in body)


def _add_unit(cell: str, unit: str, header: str) -> str:
    """Return a number with the unit in its header: 14 below "Length (km)" is "14 km"."""
    if not unit or not re.fullmatch(r"[-+−]?\d[\d,.\s]*", cell):
        return cell
    match = _SCALE.fullmatch(unit.strip())
    if match is None or (unit.strip() == "m" and _MEASURED.search(header)):
        return f"{cell} {unit.strip()}"
    scale = _SCALES[match["scale"].strip("’'")[0].lower()] if match["scale"] else ""
    return " ".join(filter(None, [f"{match['sign'] or ''}{cell}", scale, match["counted"]]))


def _split_bars(line: str) -> tuple[str, ...]:
    if "|" not in line:
        return ()
    return tuple(cell.strip(" *_") for cell in line.strip().strip("|").split("|"))


def _split_tabs(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.split("\t")) if "\t" in line else ()


def _split_spaces(line: str) -> tuple[str, ...]:
    return tuple(_SPACES.split(line.strip())) if "  " in line.strip() else ()


def _split_at(mark: str) -> Callable[[str], tuple[str, ...]]:
    def split(line: str) -> tuple[str, ...]:
        is_prose = mark == "," and line.endswith((".", "!", "?", "”"))
        if mark not in line or is_prose or len(line) > MAX_CELL_CHARS * (line.count(mark) + 1):
            return ()
        try:
            cells = next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])
        except csv.Error:
            return ()
        return tuple(cell.strip() for cell in cells)

    return split


_SPLITS = {
    "|": _split_bars,
    "\t": _split_tabs,
    ";": _split_at(";"),
    ",": _split_at(","),
    "  ": _split_spaces,
}
