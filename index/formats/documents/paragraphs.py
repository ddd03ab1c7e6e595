"""The paragraphs of an office document or an e-book, collected while reading its XML."""

from __future__ import annotations

from dataclasses import dataclass, field

_SHORT_CELL = 80


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
        self._rows: list[tuple[int, list[int]]] = []
        self._n_notes = 0

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

    def start_row(self) -> None:
        """Begin a row of a table."""
        self._rows.append((len(self.blocks), []))

    def end_cell(self) -> None:
        """End a cell of a row."""
        if self._rows:
            self._rows[-1][1].append(len(self.blocks))

    def end_row(self) -> None:
        """End a row: short cells become one line, longer ones stay paragraphs."""
        if not self._rows:
            return
        start, ends = self._rows.pop()
        cells = self.blocks[start:]
        bounds = [start, *ends]
        is_plain = all(b - a <= 1 for a, b in zip(bounds, ends, strict=False))
        if len(cells) > 1 and is_plain and all(len(cell) < _SHORT_CELL for cell in cells):
            self.blocks[start:] = [" | ".join(cells)]

    def text(self) -> str:
        """Return the whole text, with blank lines between paragraphs."""
        return "\n\n".join([*self.blocks, *self._inner, *self.notes])
