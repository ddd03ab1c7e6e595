"""The paragraphs of an office document or an e-book, collected while reading its XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from index.text.tables import label_rows

_SHORT_CELL = 80
_MOST_COLUMNS = 50


def _join(cells: list[str]) -> str:
    kept = [cell for n, cell in enumerate(cells) if cell and (not n or cell != cells[n - 1])]
    return " | ".join(kept)


@dataclass(slots=True)
class _Unfinished:
    prefix: str
    parts: list[str] = field(default_factory=list)


class Paragraphs:
    """Collects paragraphs; one inside another, as in a text box, comes after it.

    Attributes:
        blocks: The paragraphs so far.
        notes: Those of footnotes and endnotes, which come after the text.
    """

    def __init__(self) -> None:
        self.blocks: list[str] = []
        self.notes: list[str] = []
        self._open: list[_Unfinished] = []
        self._inner: list[str] = []
        self._rows: list[tuple[int, list[tuple[int, int]]]] = []
        self._n_notes = 0
        self._tables: list[list[tuple[int, list[str]]]] = []

    def start(self, prefix: str = "") -> None:
        """Begin a paragraph; ``prefix`` marks a list item."""
        self._open.append(_Unfinished(prefix))

    def write(self, text: str | None) -> None:
        """Add text to the current paragraph; text outside any paragraph is dropped."""
        if text and self._open:
            self._open[-1].parts.append(text)

    def end(self) -> str:
        """End the paragraph and return it, empty if it has no text."""
        if not self._open:
            return ""
        ended = self._open.pop()
        text = "".join(ended.parts).strip()
        if text:
            inner = self._open and not self._n_notes
            target = self.notes if self._n_notes else self._inner if inner else self.blocks
            target.append(f"{ended.prefix}{text}")
        if not self._open:
            self.blocks += self._inner
            self._inner = []
        return text

    def start_note(self) -> None:
        """Begin a footnote."""
        self._n_notes += 1

    def end_note(self) -> None:
        """End a footnote."""
        self._n_notes = max(0, self._n_notes - 1)

    def start_table(self) -> None:
        """Begin a table."""
        self._tables.append([])

    def end_table(self, n_headers: int = 0) -> None:
        """End a table of data: its rows get the headers of their columns.

        Args:
            n_headers: How many rows at its top are marked as headers.
        """
        rows = self._tables.pop() if self._tables else []
        is_whole = all(n < len(self.blocks) and self.blocks[n] == _join(cells) for n, cells in rows)
        if len(rows) > 1 and is_whole:
            given = n_headers if 0 < n_headers < len(rows) else None
            lines = label_rows([cells for _, cells in rows], n_headers=given)
            for (number, _), line in zip(rows, lines, strict=True):
                self.blocks[number] = line

    def start_row(self) -> None:
        """Begin a row of a table."""
        self._rows.append((len(self.blocks), []))

    def end_cell(self, n_columns: int = 1) -> None:
        """End a cell of a row that spans some columns."""
        if self._rows:
            self._rows[-1][1].append((len(self.blocks), n_columns))

    def end_row(self) -> None:
        """End a row: short cells become one line, longer ones stay paragraphs."""
        if not self._rows:
            return
        start, cells = self._rows.pop()
        bounds = [start, *(end for end, _ in cells)]
        is_plain = all(b - a <= 1 for a, b in pairwise(bounds)) and bounds[-1] == len(self.blocks)
        texts = [
            text
            for (first, last), (_, n_columns) in zip(pairwise(bounds), cells, strict=True)
            for text in [" ".join(self.blocks[first:last])] * min(n_columns, _MOST_COLUMNS)
        ]
        filled = self.blocks[start:]
        if len(filled) > 1 and is_plain and all(len(cell) < _SHORT_CELL for cell in filled):
            self.blocks[start:] = [_join(texts)]
            if self._tables:
                self._tables[-1].append((start, texts))

    def text(self) -> str:
        """Return the whole text, with blank lines between paragraphs."""
        return "\n\n".join([*self.blocks, *self._inner, *self.notes])
