"""PDF -> the lines on each page with their positions, read by PDFium."""

from __future__ import annotations

import ctypes
import re
import sys
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.formats.limits import MAX_PAGE_CHARS
from index.text.tables import label_rows

if TYPE_CHECKING:
    from pypdfium2 import PdfPage as RawPage

_WORD = re.compile(r"\S+")
# PDFium writes a special character, and no line break, for a hyphen at the end of a line.
_ROW = re.compile("[^\r\n\x02\ufffe]*[\x02\ufffe]|[^\r\n\x02\ufffe]+")
_HYPHENS = re.compile("[\x02\xad\ufffe]$")
_INVISIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_UNREADABLE = re.compile("[\ufffd\ue000-\uf8ff\x01-\x08\x0e-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_GAP = 1.2
"""The narrowest gap in a line that may separate two columns, in line heights."""
_MIN_ROWS = 3
_MIN_COLUMN_CHARS = 20
_FEW_LETTERS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page, or the part of it in one column.

    Attributes:
        text: Without line breaks; a final hyphen may break a word or belong to it.
        left: Left edge of its first character, in points from the left of the page.
        right: Right edge of its last character, likewise.
        bottom: In points from the bottom of the page.
        top: Likewise.
        is_row: Whether it is a row of a table, and so a paragraph of its own.
        is_apart: Whether it does not continue the line before it.
    """

    text: str
    left: float
    right: float
    bottom: float
    top: float
    is_row: bool = False
    is_apart: bool = False

    @property
    def height(self) -> float:
        """Return the height of its font in points."""
        return self.top - self.bottom


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page of a PDF.

    Attributes:
        lines: In reading order.
        width: In points.
        height: In points.
        is_scanned: True if it is a picture without text.
        is_cut: True if it has more characters than are read.
    """

    lines: tuple[Line, ...]
    width: float
    height: float
    is_scanned: bool = False
    is_cut: bool = False


def read_page(page: RawPage) -> PdfPage:
    """Return the lines of a page.

    They are in the order in which the PDF draws them, almost always the reading order. Only lines
    drawn straight across columns are split.
    """
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    text_page = page.get_textpage()
    try:
        n_chars = pdfium.FPDFText_CountChars(text_page)
        n_read = min(max(n_chars, 0), MAX_PAGE_CHARS)
        text = _read_text(text_page, n_read)
        boxes = _Boxes(text_page)
        rows = [_segments(match, boxes) for match in _ROW.finditer(text)]
    finally:
        text_page.close()
    lines = tuple(_in_columns([row for row in rows if row]))
    n_letters = sum(map(str.isalnum, text[:1_000]))
    is_scanned = n_letters < _FEW_LETTERS and _has_picture(page)
    return PdfPage(lines, width, height, is_scanned=is_scanned, is_cut=n_chars > n_read)


def is_unreadable(text: str) -> bool:
    """Tell whether a text consists of codes of a font that does not map them to letters."""
    sample = text[:20_000]
    n_chars = len(sample) - sum(map(str.isspace, sample))
    return len(_UNREADABLE.findall(sample)) > 0.3 * n_chars > 0


def _read_text(text_page: object, n_chars: int) -> str:
    """Return exactly one character for each that PDFium counts, so that positions match."""
    import pypdfium2.raw as pdfium

    units = (ctypes.c_ushort * (n_chars + 1))()
    pdfium.FPDFText_GetText(text_page, 0, n_chars, units)
    text = bytes(units)[: 2 * n_chars].decode("utf-16-le", "replace")
    if len(text) == n_chars and "\0" not in text and "\ufffd" not in text:
        return text
    codes = (pdfium.FPDFText_GetUnicode(text_page, number) for number in range(n_chars))
    shown = (chr(code) if 0 < code <= sys.maxunicode else "\ufffd" for code in codes)
    return _SURROGATE.sub("\ufffd", "".join(shown))


class _Boxes:
    def __init__(self, text_page: object) -> None:
        import pypdfium2.raw as pdfium

        self._rect = pdfium.FS_RECTF()
        self._read = pdfium.FPDFText_GetLooseCharBox
        self._text_page = text_page
        self._reference = ctypes.byref(self._rect)

    def left(self, number: int) -> float:
        self._read(self._text_page, number, self._reference)
        return float(self._rect.left)

    def right(self, number: int) -> float:
        self._read(self._text_page, number, self._reference)
        return float(self._rect.right)

    def last_height(self) -> tuple[float, float]:
        """Return the bottom and top of the last character whose edge was read."""
        return float(self._rect.bottom), float(self._rect.top)


def _segments(match: re.Match[str], boxes: _Boxes) -> list[Line]:
    lines: list[Line] = []
    words: list[str] = []
    left = right = bottom = top = 0.0
    for word in _WORD.finditer(match[0]):
        start = boxes.left(match.start() + word.start())
        if words and start - right > _GAP * max(top - bottom, 1.0):
            lines.append(_make_line(words, left, right, bottom, top))
            words = []
        if not words:
            left = start
            bottom, top = boxes.last_height()
        words.append(word[0])
        right = boxes.right(match.start() + word.end() - 1)
    if words:
        lines.append(_make_line(words, left, right, bottom, top))
    return [line for line in lines if line.text]


def _make_line(words: list[str], left: float, right: float, bottom: float, top: float) -> Line:
    text = _HYPHENS.sub("-", " ".join(words))
    return Line(_INVISIBLE.sub("", text).strip(), left, right, bottom, top)


def _in_columns(rows: list[list[Line]]) -> list[Line]:
    """Return the lines of rows, column by column where running text is side by side."""
    lines: list[Line] = []
    run: list[list[Line]] = []
    for found in [*rows, []]:
        row = _fill_gaps(found, run[0]) if run and len(found) > 1 else found
        if run and (len(row) != len(run[0]) or not _is_below(run[-1], row)):
            lines += _columns_of(run)
            run = []
        if len(row) > 1:
            run.append(row)
        else:
            lines += row
    return lines


def _fill_gaps(row: list[Line], first: list[Line]) -> list[Line]:
    """Return a row with an empty cell in each column that it leaves out, if it fits the columns."""
    filled: list[Line] = []
    waiting = list(row)
    for column in first if len(row) < len(first) else ():
        is_here = bool(waiting) and abs(waiting[0].left - column.left) < 2 * max(column.height, 1.0)
        empty = replace(column, text="", bottom=row[0].bottom, top=row[0].top)
        filled.append(waiting.pop(0) if is_here else empty)
    return filled if filled and not waiting else row


def _is_below(above: list[Line], row: list[Line]) -> bool:
    tolerance = 2 * max(above[0].height, 1.0)
    return all(abs(a.left - b.left) < tolerance for a, b in zip(above, row, strict=True))


def _columns_of(run: list[list[Line]]) -> list[Line]:
    n_chars = sum(len(line.text) for row in run for line in row) / sum(map(len, run))
    if n_chars >= _MIN_COLUMN_CHARS:
        # Where only a few lines stand side by side, they may be captions, or parts of columns.
        is_apart = len(run) < _MIN_ROWS
        return [
            replace(row[number], is_apart=is_apart and not n and number > 0)
            for number in range(len(run[0]))
            for n, row in enumerate(run)
            if row[number].text
        ]
    if len(run) >= _MIN_ROWS:
        texts = label_rows([[line.text for line in row] for row in run])
        return [
            replace(row[0], text=text, right=row[-1].right, is_row=True)
            for row, text in zip(run, texts, strict=True)
        ]
    # In a heading with its date, the parts of a row belong together.
    return [
        replace(
            row[0], text=" ".join(filter(None, (line.text for line in row))), right=row[-1].right
        )
        for row in run
    ]


def _has_picture(page: RawPage) -> bool:
    import pypdfium2.raw as pdfium

    pictures = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3)
    return next(iter(pictures), None) is not None
