"""Tables of data in trees of HTML, or of trafilatura's result, as labelled rows. Pure."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import TYPE_CHECKING

from index.text.tables import label_rows

if TYPE_CHECKING:
    from lxml.etree import _Element

ROWS = frozenset({"tr", "row"})
CELLS = frozenset({"td", "th", "cell"})
"""The names of HTML and, where they differ, those in trafilatura's result."""

_SPACE = re.compile(r"\s+")
_FEWEST_ROWS = 2
_MOST_ROWS = 2_000
_MOST_SPANNED = 50
# A row with any of these is layout, not data.
_LAYOUT = frozenset("blockquote h1 h2 h3 h4 h5 h6 head list ol quote table ul".split())
_LONGEST_CELL = 300


def label_tables(tree: _Element) -> dict[_Element, list[str]]:
    """Return the tables of data in a tree, as the lines of their rows."""
    found = {}
    for table in tree.iter("table"):
        rows = list(table.iter(*ROWS))
        if len(rows) < _FEWEST_ROWS or len(rows) > _MOST_ROWS or not all(map(is_data_row, rows)):
            continue
        if any(outer.tag == "table" for outer in table.iterancestors()):
            continue
        outside = [c for c in table.iter("caption") if "".join(c.itertext()).strip()]
        cells = [[cell for cell in row if cell.tag in CELLS] for row in rows]
        n_headers = next(
            (n for n, row in enumerate(cells) if not all(map(_is_header, row))), len(cells)
        )
        texts = [
            [_SPACE.sub(" ", " ".join(cell.itertext())).strip() for cell in row]
            for row in _spread_cells(deepcopy(cells))
        ]
        captions = [" ".join("".join(caption.itertext()).split()) for caption in outside]
        lines = label_rows(texts, n_headers=n_headers if 0 < n_headers < len(cells) else None)
        found[table] = [*captions, *lines]
    return found


def _is_header(cell: _Element) -> bool:
    return bool(cell.tag == "th" or cell.get("role") == "head")


_ROLES = {
    "table": "table", "grid": "table", "row": "tr", "cell": "td", "gridcell": "td",
    "columnheader": "th", "rowheader": "th",
}  # fmt: skip


def name_tables(tree: _Element) -> None:
    """Give the parts of tables that only their roles name the elements of tables."""
    within = "ancestor::*[@role='table' or @role='grid']"
    for table in tree.xpath(f"//*[@role='table' or @role='grid'][not({within})]"):
        for part in table.iter("*"):
            part.tag = _ROLES.get(part.get("role") or "", part.tag)


def expand_spans(tree: _Element) -> None:
    """Repeat the cells of tables that span several columns or rows in each of these.

    What looks for the main text of a page forgets how far a cell reaches.
    """
    for table in tree.iter("table"):
        rows = list(table.iter("tr"))
        if len(rows) > _MOST_ROWS or not table.xpath(".//*[@colspan or @rowspan]"):
            continue
        if not all(map(is_data_row, rows)):
            continue
        for row, cells in zip(rows, _spread_cells([list(row) for row in rows]), strict=True):
            for cell in list(row):
                row.remove(cell)
            row.extend(cells)


def _spread_cells(rows: list[list[_Element]]) -> list[list[_Element]]:
    below: dict[int, tuple[int, _Element]] = {}
    spread = []
    for row in rows:
        cells: list[_Element] = []
        waiting = iter(row)
        while True:
            if len(cells) in below:
                left, above = below.pop(len(cells))
                if left > 1:
                    below[len(cells)] = left - 1, above
                cells.append(deepcopy(above))
                continue
            cell = next(waiting, None)
            if cell is None:
                break
            n_columns, n_rows = _span(cell, "colspan"), _span(cell, "rowspan")
            for name in ("colspan", "rowspan"):
                cell.attrib.pop(name, None)
            for n in range(n_columns):
                if n_rows > 1:
                    below[len(cells)] = n_rows - 1, cell
                cells.append(deepcopy(cell) if n else cell)
        spread.append(cells)
    return spread


def _span(cell: _Element, name: str) -> int:
    value = cell.get(name) or (cell.get("span") if name == "colspan" else None) or "1"
    return min(max(int(value), 1), _MOST_SPANNED) if value.isdecimal() else 1


def is_data_row(row: _Element) -> bool:
    """Return whether a row holds data, and is not only layout."""
    cells = [child for child in row if child.tag in CELLS]
    if len(cells) == 1 or not cells:
        return False
    if any(inner.tag in _LAYOUT for inner in row.iterdescendants()):
        return False
    return all(len("".join(cell.itertext())) <= _LONGEST_CELL for cell in cells)
