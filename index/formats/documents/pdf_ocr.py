"""Scanned pages -> lines, by a small model on this machine if it is installed.

``pip install 'onrecord[ocr]'`` brings RapidOCR with its models; nothing is downloaded at run time.
A page takes seconds, so a document gets a limited time, and the remaining pages are reported.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

from index.formats.documents.pdf_pages import Line, PdfPage
from index.formats.limits import MAX_OCR_SECONDS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from pypdfium2 import PdfDocument

    Picture: TypeAlias = npt.NDArray[np.uint8]

Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom of a line, in pixels from the upper left."""

ReadPicture: TypeAlias = "Callable[[Picture], list[tuple[str, Box]]]"
"""From a picture, uint8 of shape (height, width, 3), the lines on it."""

_DOTS_PER_POINT = 200 / 72
_MAX_SIDE = 3_000  # pixels
_LEAST_SCORE = 0.5
_THREADS = 1  # a confined process can start no others
_BEGIN = time.monotonic()


def is_available() -> bool:
    """Tell whether OCR is installed."""
    return importlib.util.find_spec("rapidocr") is not None


def read_pictures(
    document: PdfDocument,
    pages: Sequence[PdfPage],
    *,
    read: ReadPicture | None = None,
    max_seconds: float = MAX_OCR_SECONDS,
) -> list[PdfPage]:
    """Return the pages of a document, with the lines on those that are scanned.

    Args:
        document: The document.
        pages: Its pages as read without OCR.
        read: Reads a picture; the model by default.
        max_seconds: A page is not begun if it would probably end later.

    Returns:
        The pages in order. Those that were read are no longer marked as scanned.
    """
    read = read or load_ocr()
    started = _spent()
    longest = 0.0
    found = list(pages)
    for number, page in enumerate(pages):
        begun = _spent()
        if not page.is_scanned or begun - started + longest > max_seconds:
            continue
        lines = _read_page(document, number, page, read)
        longest = max(longest, _spent() - begun)
        if lines:
            found[number] = replace(page, lines=lines, is_scanned=False)
    return found


def _spent() -> float:
    """Return the seconds spent so far: of the clock, or of all processors if that is more."""
    return max(time.monotonic() - _BEGIN, time.process_time())


def _order_lines(lines: Sequence[Line]) -> Iterator[Line]:
    """Yield lines in reading order: column by column, after what spans the columns."""
    if len(lines) <= 1:
        yield from lines
        return
    columns = _split(lines, lambda line: (line.left, line.right), gap=0.5)
    if len(columns) > 1:
        for column in columns:
            yield from _order_lines(column)
        return
    rows = _split(lines, lambda line: (-line.top, -line.bottom), gap=0.0)
    if len(rows) == 1:
        yield from sorted(lines, key=lambda line: (-line.top, line.left))
        return
    # Cut at the widest gap, as between a headline and the columns below it.
    rooms = [
        min(line.bottom for line in above) - max(line.top for line in below)
        for above, below in pairwise(rows)
    ]
    cut = rooms.index(max(rooms)) + 1
    yield from _order_lines([line for row in rows[:cut] for line in row])
    yield from _order_lines([line for row in rows[cut:] for line in row])


def _split(
    lines: Sequence[Line], span: Callable[[Line], tuple[float, float]], *, gap: float
) -> list[list[Line]]:
    """Return lines in groups, separated by gaps measured in line heights."""
    groups: list[list[Line]] = []
    end = float("-inf")
    for line in sorted(lines, key=span):
        first, last = span(line)
        if not groups or first - end > gap * line.height:
            groups.append([])
        groups[-1].append(line)
        end = max(end, last)
    return groups


def _read_page(
    document: PdfDocument, number: int, page: PdfPage, read: ReadPicture
) -> tuple[Line, ...]:
    import numpy as np

    scale = min(_DOTS_PER_POINT, _MAX_SIDE / max(page.width, page.height, 1.0))
    opened = document[number]
    try:
        bitmap = opened.render(scale=scale)
        picture = np.array(bitmap.to_numpy()[:, :, ::-1][:, :, -3:])
        bitmap.close()
    finally:
        opened.close()
    lines = [
        Line(
            text,
            left / scale,
            right / scale,
            page.height - bottom / scale,
            page.height - top / scale,
        )
        for text, (left, top, right, bottom) in read(picture)
        if text.strip()
    ]
    return tuple(_order_lines(lines))


def load_ocr() -> ReadPicture:
    """Return what reads pictures, with its models loaded."""
    from rapidocr import RapidOCR

    options = {
        "Global.log_level": "critical",
        "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
    }
    engine: Any = RapidOCR(params=options)

    def read(picture: Picture) -> list[tuple[str, Box]]:
        result = engine(picture, use_cls=False)
        if result.txts is None:
            return []
        lines = []
        for text, score, box in zip(result.txts, result.scores, result.boxes, strict=True):
            if score >= _LEAST_SCORE:
                (left, top), (right, bottom) = box.min(axis=0), box.max(axis=0)
                lines.append((str(text), (float(left), float(top), float(right), float(bottom))))
        return lines

    return read
