"""A tree of HTML, or of trafilatura's result, -> lines of text. Pure.

Paragraphs, headings and quotations are separated by blank lines; list items and table rows are
lines without blank lines between them. So the cleaning of the text has nothing left to guess.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.element_tables import CELLS, ROWS, is_data_row, label_tables

if TYPE_CHECKING:
    from lxml.etree import _Element

# The names of HTML and, where they differ, those in trafilatura's result.
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption "
    "figure footer form h1 h2 h3 h4 h5 h6 head header hr html legend list main nav ol p pre quote "
    "section summary table ul".split()
)
_ITEMS = frozenset({"li", "item"})
_BREAKS = frozenset({"br", "lb"})
_VERBATIM = frozenset({"pre", "code"})
_UNSEEN = frozenset(
    "applet audio button canvas datalist embed iframe input link map math meta noframes object "
    "option script select source style svg template textarea title track video".split()
)

_SPACE = re.compile(r"\s+")
_BULLET = re.compile(r"[-–—•·‣▪●◦*]\s|\(?\d{1,3}[.)]\s")

# The distances between two pieces of text; of several, the widest counts.
_SPACE_BETWEEN = " "
_CELL_BETWEEN = " | "
_LINE_BETWEEN = "\n"
_BLANK_BETWEEN = "\n\n"
_WIDTHS = {"": 0, _SPACE_BETWEEN: 1, _CELL_BETWEEN: 2, _LINE_BETWEEN: 3, _BLANK_BETWEEN: 4}


def render_text(tree: _Element) -> str:
    """Return the text of a tree, which is not changed.

    Returns:
        Lines without surrounding white space; at most one blank line in a row. The cells of a
        row are on one line, unless the table is only layout.
    """
    writer = _LineWriter()
    tables = label_tables(tree)
    # An explicit stack: pages can be nested far deeper than Python's call stack.
    stack: list[tuple[_Element, str]] = [(tree, "")]
    while stack:
        element, kind = stack.pop()
        if not kind and element in tables:
            writer.write_rows(tables[element])
        elif not kind and isinstance(element.tag, str) and element.tag not in _UNSEEN:
            kind = _kind_of(element)
            writer.enter(kind)
            writer.write(element.text)
            stack.append((element, kind))
            stack.extend((child, "") for child in reversed(element))
            continue
        if kind:
            writer.leave(kind)
        if element is not tree:
            writer.write(element.tail)
    return writer.text()


def _kind_of(element: _Element) -> str:
    """Return how an element affects the lines: one of the kinds that ``_LineWriter`` knows."""
    tag = element.tag
    if tag in _VERBATIM:
        return "verbatim block" if tag == "pre" else "verbatim"
    if tag in ROWS:
        return "row" if is_data_row(element) else "block"
    for kind, tags in (("block", _BLOCKS), ("item", _ITEMS), ("cell", CELLS), ("break", _BREAKS)):
        if tag in tags:
            return kind
    return "inline"


class _LineWriter:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._pending = ""
        self._n_rows = 0  # open ones, as below
        self._n_items = 0
        self._n_verbatim = 0
        self._wants_bullet = False

    def enter(self, kind: str) -> None:
        if kind == "item" and not self._n_rows:
            self._separate(_LINE_BETWEEN)
            self._n_items += 1
            self._wants_bullet = True
        else:
            self._change(kind, 1)

    def leave(self, kind: str) -> None:
        if kind == "item" and not self._n_rows:
            self._separate(_LINE_BETWEEN)
            self._n_items -= 1
            self._wants_bullet = False
        else:
            self._change(kind, -1)

    def _change(self, kind: str, step: int) -> None:
        if kind.startswith("verbatim"):
            self._n_verbatim += step
        if kind == "row":
            self._separate(_LINE_BETWEEN)
            self._n_rows += step
        elif self._n_rows:
            if kind == "cell":
                self._separate(_CELL_BETWEEN)
            elif kind != "inline":
                self._separate(_SPACE_BETWEEN)
        elif kind == "break" or (self._n_items and kind.endswith(("block", "cell"))):
            self._separate(_LINE_BETWEEN)
        elif kind.endswith(("block", "cell")):
            self._separate(_BLANK_BETWEEN)

    def _separate(self, between: str) -> None:
        # The first block of an item is on the item's own line.
        if not self._wants_bullet and _WIDTHS[between] > _WIDTHS[self._pending]:
            self._pending = between

    def write(self, text: str | None) -> None:
        if not text:
            return
        lines = text.split("\n") if self._n_verbatim else [_SPACE.sub(" ", text)]
        for number, line in enumerate(lines):
            if number:
                self._separate(_LINE_BETWEEN)
            self._append(line)

    def write_rows(self, rows: list[str]) -> None:
        """Write the rows of a table, a line each."""
        self._separate(_LINE_BETWEEN if self._n_items else _BLANK_BETWEEN)
        for row in rows:
            self._append(row)
            self._separate(_LINE_BETWEEN)
        self._separate(_LINE_BETWEEN if self._n_items else _BLANK_BETWEEN)

    def _append(self, line: str) -> None:
        if not line.strip():
            if line:
                self._separate(_SPACE_BETWEEN)
            return
        if line[0].isspace():
            self._separate(_SPACE_BETWEEN)
        stripped = line.strip()
        if self._pieces:
            self._pieces.append(self._pending)
        self._pending = " " if line[-1].isspace() else ""
        if self._wants_bullet:
            self._wants_bullet = False
            self._pieces.append("" if _BULLET.match(stripped) else "- ")
        self._pieces.append(stripped)

    def text(self) -> str:
        return "".join(self._pieces)
