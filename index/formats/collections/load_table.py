"""Tables: CSV, TSV and Excel exports with one article per row."""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, TextIO, TypeAlias, cast

from index.errors import ArticleFormatError
from index.formats.archives.load_zip import open_package
from index.formats.collections.records import (
    load_record,
    match_columns,
    read_row,
    settle_order,
)
from index.formats.files import Place, SourceFile, make_member, open_text
from index.formats.left_out import describe_left_out
from index.formats.limits import MAX_COLUMNS, MAX_ROWS, MAX_SHEET_ROWS
from index.text.dates import find_order
from index.types import Loaded, Skip

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_SAMPLE_ROWS = 200
"""How many rows show whether the day or the month comes first in a column of dates."""

_MOST_HIDDEN_ROWS = 1_000
_SAMPLE_CHARS = 200_000


def load_csv(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of a table in a text file, read row by row, with places ``file:line``.

    The delimiter (comma, semicolon, tab or bar) is detected, and columns are recognised by their
    names in the first row; see ``column_names``. A row without an article becomes a skip.
    """
    with open_text(file) as text:
        lines = _Lines(text, max_bytes, file.name)
        sample = list(islice(lines.read(), _SAMPLE_LINES))
        if sample and sample[0].lower().startswith("sep="):  # a hint that Excel writes for itself
            sample[0] = "\n"
        # A cell can be as long as an article; the standard library's limit is 131,072 characters.
        csv.field_size_limit(max(max_bytes, csv.field_size_limit()))
        dialect = _find_dialect(sample)
        rows = csv.reader(lines.count(chain(sample, lines.read()), dialect), dialect)
        yield from _load_rows(file, _numbered(rows, lines, file.name), max_bytes)


def load_xlsx(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles of the visible sheets of a workbook, with places ``file!sheet:row``.

    Formulas are not evaluated: their last computed values are read.
    """
    from openpyxl import load_workbook

    with open_package(file) as package:
        stream = cast("IO[bytes]", package.fp)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and forms
            book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        n_articles = 0
        skips = []
        hidden: list[tuple[str, str]] = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                hidden += _prose_of(sheet)
                continue
            part = make_member(file, sheet.title, b"", suffix=file.suffix)
            try:
                for place, loaded in _load_rows(part, _sheet_rows(sheet, part.name), max_bytes):
                    n_articles += 1
                    yield place, loaded
            except ArticleFormatError as error:
                skips.append((Place(part.name), Skip(part.name, error.reason)))
        if note := describe_left_out(hidden):
            yield Place(file.name), Skip(file.name, note, is_note=n_articles > 0)
        if skips or not n_articles:
            yield from skips or [(Place(file.name), Skip(file.name, "empty file"))]


_Rows: TypeAlias = "Iterable[tuple[int, Sequence[object]]]"


def _look_ahead(rows: _Rows) -> tuple[list[tuple[int, Sequence[object]]], _Rows]:
    """Return the first rows of a table, and all of them."""
    waiting = iter(rows)
    first: list[tuple[int, Sequence[object]]] = []
    failed: list[ArticleFormatError] = []
    n_chars = 0
    try:
        for row in islice(waiting, _SAMPLE_ROWS):
            first.append(row)
            n_chars += sum(len(cell) for cell in row[1] if isinstance(cell, str))
            if n_chars > _SAMPLE_CHARS:
                break
    except ArticleFormatError as error:
        failed.append(error)

    def every() -> Iterator[tuple[int, Sequence[object]]]:
        yield from first
        if failed:
            raise failed[0]
        yield from waiting

    return first, every()


def _prose_of(sheet: ReadOnlyWorksheet) -> list[tuple[str, str]]:
    """Return the prose on a hidden sheet, to be named."""
    rows = islice(_sheet_rows(sheet, sheet.title), _MOST_HIDDEN_ROWS)
    cells = (cell for _, row in rows for cell in row[:MAX_COLUMNS] if isinstance(cell, str))
    return [("hidden sheets", cell) for cell in cells]


def _load_rows(
    file: SourceFile, rows: Iterable[tuple[int, Sequence[object]]], max_bytes: int
) -> Iterator[tuple[Place, Loaded]]:
    matched = None
    day_first: bool | None = None
    first, rows = _look_ahead(rows)
    for number, cells in rows:
        if not any(cell is not None and str(cell).strip() for cell in cells):
            continue
        place = Place(file.name, number)
        if matched is None:
            header = ["" if cell is None else str(cell).strip() for cell in cells]
            matched = match_columns(header, file.columns, place=file.name)
            dates = matched.get("date", ())[:1]
            day_first = find_order(row[n] for _, row in first for n in dates if n < len(row))
            continue
        if len(cells) > MAX_COLUMNS:
            reason = f"{len(cells):,} cells, over the limit of {MAX_COLUMNS:,} for a row"
            yield place, Skip(str(place), reason)
            continue
        fields = settle_order(read_row(cells, matched), day_first=day_first)
        if isinstance(given := fields.get("id"), float) and given.is_integer():
            fields["id"] = int(given)  # Excel only has floating-point numbers
        title = f"{file.stem}, row {number}"
        loaded = load_record(
            file, fields, place, max_bytes=max_bytes, title=title, has_local_numbers=True
        )
        yield place, loaded
    if matched is None:
        raise ArticleFormatError(file.name, "empty file")


class _Lines:
    """The lines of a table, and the quotation marks since the last row."""

    def __init__(self, text: TextIO, max_chars: int, name: str) -> None:
        self._text = text
        self._max_chars = max_chars
        self._name = name
        self.n_marks = 0
        self.n_lines = 0

    def read(self) -> Iterator[str]:
        while line := self._text.readline(self._max_chars + 1):
            if len(line) > self._max_chars:
                reason = f"a line of more than {self._max_chars:,} characters; reading ends there"
                raise ArticleFormatError(self._name, reason)
            yield line.replace("\0", "")

    def count(self, lines: Iterable[str], dialect: type[csv.Dialect]) -> Iterator[str]:
        for line in lines:
            self.n_lines += 1
            self.n_marks += line.count('"') - (line.count('\\"') if dialect.escapechar else 0)
            yield line


def _numbered(
    rows: Iterator[list[str]], lines: _Lines, name: str
) -> Iterator[tuple[int, Sequence[object]]]:
    """Yield the rows with the lines that they start on."""
    start = 1
    n_rows = 0
    while True:
        lines.n_marks = 0
        try:
            cells = next(rows, None)
        except csv.Error:
            cells = []
            is_open = True
        else:
            is_open = lines.n_lines > start and lines.n_marks % 2 == 1
        if cells is None:
            return
        if is_open:
            # The unclosed cell has swallowed what follows, so no later row can be trusted.
            reason = f"the row on line {start:,} has an unclosed quotation mark; reading ends there"
            raise ArticleFormatError(name, reason)
        n_rows += 1
        _check_rows(n_rows, name, MAX_ROWS)
        yield start, cells
        start = lines.n_lines + 1


def _find_dialect(sample: Sequence[str]) -> type[csv.Dialect]:
    """Return the dialect of a table, with the delimiter that splits its lines most evenly."""
    cut = "".join(sample)[:_SAMPLE_CHARS].splitlines(keepends=True)
    best = max(_DELIMITERS, key=lambda delimiter: _evenness(cut, delimiter))
    is_escaped = '\\"' in "".join(cut) and '""' not in "".join(cut)

    class Dialect(csv.excel):
        delimiter = best
        escapechar = "\\" if is_escaped else None

    return Dialect


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[bool, float, int]:
    """Rate a delimiter: known columns, share of rows as wide as the header, number of columns."""
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:
        return False, 0.0, 0
    if not rows:
        return False, 0.0, 0
    try:
        match_columns(rows[0], place="")
        is_known = len(rows[0]) > 1
    except ArticleFormatError:
        is_known = False
    width = len(rows[0])
    even = sum(len(row) == width for row in rows) / len(rows)
    return is_known, even if width > 1 else 0.0, width


def _sheet_rows(sheet: ReadOnlyWorksheet, name: str) -> Iterator[tuple[int, Sequence[object]]]:
    sheet.reset_dimensions()  # a workbook may claim a million columns
    rows = sheet.iter_rows(values_only=True)
    number = 0
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cells = next(rows, None)
        if cells is None:
            return
        number += 1
        _check_rows(number, name, MAX_SHEET_ROWS)
        yield number, cells


def _check_rows(n_rows: int, name: str, max_rows: int) -> None:
    if n_rows > max_rows:
        raise ArticleFormatError(name, f"more than {max_rows:,} rows, the limit for a table")
