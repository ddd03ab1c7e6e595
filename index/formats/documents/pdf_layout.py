"""Lines of pages -> paragraphs, without running titles at head and foot. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from index.formats.documents.pdf_pages import Line, PdfPage
from index.text.dates import parse_date

_EDGE = 0.12
"""The part of a page's height at its head and at its foot where running titles are."""
_EDGE_ROWS = 4
_SAME_ROW = 3.0
_MOST_RUNNING_WORDS = 6
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p|seite|s|page no|pagina|página|стр|第)?\W*(?:\d{1,4}|[ivxlc]{1,6})"
    r"(?:\s*(?:/|of|von|de|sur|di|из|\uff0d|-)\s*\d{1,4})?\s*(?:頁|页|페이지)?\W*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
_SENTENCE_END = re.compile("[.!?…。\uff01\uff1f؟][\"'”’»)\\]」』]*$")
_BULLET = re.compile(r"(?:[-–—•·‣▪●◦*►➤✓■□]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_HEAD = re.compile(r"([^\W\d_]+)-$")
_TAIL = re.compile(r"([^\W\d_]+)")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_PARTS = re.compile(r"\s{2,}|\s[|·•—–-]\s|\s*[|•·]\s*")
_CLOSE = 0.6
_MIN_WORD = 3
_LONGEST_WORD = 80
_LONGEST_NUMBER = 40
_LONGEST_TITLE = 300


@dataclass(frozen=True, slots=True)
class Layout:
    """The text of a document, put together from its lines.

    Attributes:
        pages: The paragraphs of each page.
        continues: For each page, what joins its first paragraph to the last one of the page before:
            a space, an empty string within a word, or None for separate paragraphs.
        headline: The largest print near the top of the first page; empty if none stands out.
        removed: The lines of running titles, without repetitions.
    """

    pages: tuple[tuple[str, ...], ...]
    continues: tuple[str | None, ...]
    headline: str
    removed: tuple[str, ...]


def lay_out(pages: Sequence[PdfPage], word_ranks: Mapping[str, int]) -> Layout:
    """Return the paragraphs of pages.

    Args:
        pages: Of one document, in order.
        word_ranks: Lower-case word -> frequency rank; distinguishes broken words from compounds.
    """
    running = _find_running(pages)
    removed: dict[str, None] = {}
    kept = []
    for page in pages:
        taken = frozenset(_running_lines(page, running))
        removed |= dict.fromkeys(line.text for line in page.lines if line in taken)
        kept.append(replace(page, lines=tuple(line for line in page.lines if line not in taken)))
    hyphens = _Hyphens((line.text for page in kept for line in page.lines), word_ranks)
    texts = [tuple(_paragraphs(page, hyphens)) for page in kept]
    continues: list[str | None] = []
    last = ""
    for number, paragraphs in enumerate(texts):
        glue = None
        if last and paragraphs and _continues(last, paragraphs[0]):
            whole, glue = hyphens.join(last, paragraphs[0])
            if whole != last:
                texts[number - 1] = (*texts[number - 1][:-1], whole)
        continues.append(glue)
        # A page without text separates what is before and after it.
        last = paragraphs[-1] if paragraphs else ""
    return Layout(tuple(texts), tuple(continues), _headline(kept), tuple(removed))


def plain_lines(pages: Sequence[PdfPage], removed: Iterable[str]) -> str:
    """Return the lines of pages as they are printed, without running titles.

    A blank line stands for a wide gap, another size of print, and the end of a page.
    """
    left_out = frozenset(removed)
    printed: list[str] = []
    for page in pages:
        lines = [line for line in page.lines if line.text not in left_out]
        leading = _leading(lines) if lines else 0.0
        for above, line in zip([None, *lines], lines, strict=False):
            if above is not None:
                step = above.bottom - line.bottom
                is_other = abs(above.height - line.height) > 0.12 * max(line.height, 1.0)
                if is_other or not 0 < step <= 1.35 * max(leading, line.height * 0.8):
                    printed.append("")
            printed.append(line.text)
        printed.append("")
    return "\n".join(printed)


def find_issue_date(removed: Iterable[str]) -> str:
    """Return the part of a running title that is a date, empty if there is none."""
    short = (line for line in removed if len(line) <= _LONGEST_TITLE)
    parts = (part for line in short for part in (line, *_PARTS.split(line), *_tails(line)))
    return next((part for part in parts if parse_date(part)), "")


def _tails(line: str) -> Iterator[str]:
    """Yield the beginnings and ends of a line, where a date may be."""
    words = line.split()
    for n_words in range(1, min(6, len(words))):
        yield " ".join(words[-n_words:])
        yield " ".join(words[:n_words])


def _edge_rows(page: PdfPage) -> tuple[list[list[Line]], list[list[Line]]]:
    """Return the rows at the head and at the foot of a page, from the edge inwards."""
    rows: list[list[Line]] = []
    for line in sorted(page.lines, key=lambda line: -line.bottom):
        if rows and abs(rows[-1][0].bottom - line.bottom) <= _SAME_ROW:
            rows[-1].append(line)
        else:
            rows.append([line])
    head = [row for row in rows[:_EDGE_ROWS] if row[0].top > (1 - _EDGE) * page.height]
    foot = [row for row in rows[: -_EDGE_ROWS - 1 : -1] if row[0].bottom < _EDGE * page.height]
    return head, foot


def _find_running(pages: Sequence[PdfPage]) -> frozenset[tuple[str, bool]]:
    """Return what is at the head or foot of most pages, or of most left or right pages."""
    counts = Counter(
        key
        for page in pages
        for key in {
            _running_key(line, page) for rows in _edge_rows(page) for row in rows for line in row
        }
    )
    n_pages = sum(bool(page.lines) for page in pages)
    least = max(2, round(0.4 * n_pages))
    return frozenset(key for key, count in counts.items() if count >= least)


def _running_key(line: Line, page: PdfPage) -> tuple[str, bool]:
    text = _DIGITS.sub("#", " ".join(line.text.casefold().split()))
    return text, line.bottom > page.height / 2


def _running_lines(page: PdfPage, running: frozenset[tuple[str, bool]]) -> Iterator[Line]:
    """Yield the lines of running titles, from the edge inwards to the first line of text."""
    for rows in _edge_rows(page):
        for row in rows:
            is_running = any(
                _running_key(line, page) in running or _is_page_number(line.text) for line in row
            )
            if not is_running or _is_prose(" ".join(line.text for line in row)):
                break
            yield from row


def _is_page_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and bool(_PAGE_NUMBER.fullmatch(text))


def _is_prose(text: str) -> bool:
    """Tell whether a row is running text, however often it is repeated."""
    return sum(word[0].islower() for word in text.split()) > _MOST_RUNNING_WORDS


def _paragraphs(page: PdfPage, hyphens: _Hyphens) -> Iterator[str]:
    lines = page.lines
    if not lines:
        return
    leading = _leading(lines)
    widths = _widths(lines)
    text = lines[0].text
    for above, line in pairwise(lines):
        is_apart = line.is_row or above.is_row or line.is_apart
        if _starts_paragraph(above, line, leading, widths) and (
            is_apart or not _is_broken(above, line)
        ):
            yield text
            text = line.text
        else:
            text, glue = hyphens.join(text, line.text)
            text = f"{text}{glue}{line.text}"
    yield text


def _leading(lines: Sequence[Line]) -> float:
    """Return the usual distance between two lines of a paragraph, in points."""
    steps = [above.bottom - line.bottom for above, line in pairwise(lines)]
    near = [
        step
        for step, line in zip(steps, lines, strict=False)
        if 0 < step < 2.5 * max(line.height, 1)
    ]
    return median(near) if near else 1.2 * max(lines[0].height, 1)


def _widths(lines: Sequence[Line]) -> dict[int, tuple[float, float]]:
    """Return the left and right edges of the columns, by their left edge in steps of 36 points."""
    columns: dict[int, list[Line]] = {}
    for line in lines:
        columns.setdefault(_column(line), []).append(line)
    edges = {}
    for number, members in columns.items():
        near = [*columns.get(number - 1, ()), *members, *columns.get(number + 1, ())]
        rights = sorted(line.right for line in near)
        edges[number] = min(line.left for line in members), rights[int(0.9 * (len(rights) - 1))]
    return edges


def _column(line: Line) -> int:
    return int(line.left // 36)


def _starts_paragraph(
    above: Line, line: Line, leading: float, widths: Mapping[int, tuple[float, float]]
) -> bool:
    if line.is_row or above.is_row or line.is_apart:
        return True
    height = max(min(above.height, line.height), 1.0)
    if abs(above.height - line.height) > 0.12 * height or _BULLET.match(line.text):
        return True
    step = above.bottom - line.bottom
    _, right = widths[_column(above)]
    is_short = above.right + _first_word(line) + 0.3 * height < right
    is_ended = bool(_SENTENCE_END.search(above.text))
    if step <= 0:  # on to the next column
        return is_ended or not line.text[:1].islower()
    if step > 1.35 * max(leading, height * 0.8):
        return True
    if line.left - above.left > _CLOSE * height and not _BULLET.match(above.text):
        return True
    width = max(right - above.left, 1.0)
    is_far_short = above.right - above.left < 0.6 * width
    return is_short and (is_ended or (is_far_short and not line.text[:1].islower()))


def _first_word(line: Line) -> float:
    """Return the approximate width of a line's first word, which the line above lacks room for."""
    share = len(line.text.split(" ", 1)[0]) / len(line.text)
    return share * (line.right - line.left)


def _is_broken(above: Line, line: Line) -> bool:
    """Tell whether a word continues on the next line, wherever that is."""
    return bool(_HEAD.search(above.text[-_LONGEST_WORD:])) and line.text[:1].islower()


def _continues(last: str, first: str) -> bool:
    if _SENTENCE_END.search(last[-_LONGEST_WORD:]) or _BULLET.match(first):
        return False
    return first[:1].islower() or bool(_WIDE.match(first) and _WIDE.match(last[-1]))


class _Hyphens:
    """Decides which hyphens at line ends belong to a word, by the language and the document."""

    def __init__(self, lines: Iterable[str], ranks: Mapping[str, int]) -> None:
        self._ranks = ranks
        self._counts: Counter[str] = Counter()
        for line in lines:
            words = _WORD.findall(line.casefold())
            self._counts.update(words[:-1] if line.endswith("-") else words)

    def join(self, before: str, after: str) -> tuple[str, str]:
        """Return a text, perhaps without its final hyphen, and what joins it to what follows."""
        head = _HEAD.search(before[-_LONGEST_WORD:])
        tail = _TAIL.match(after)
        if head and tail:
            return (before[:-1] if self._is_broken(head[1], tail[1]) else before), ""
        if before.endswith("-") and len(before) > 1 and not before[-2].isspace():
            return before, ""
        is_wide = _WIDE.match(before[-1:]) and _WIDE.match(after)
        return before, "" if is_wide else " "

    def _is_broken(self, head: str, tail: str) -> bool:
        if not tail[0].islower():
            return False
        whole, compound = (head + tail).casefold(), f"{head}-{tail}".casefold()
        if self._counts[whole] or self._counts[compound]:
            return self._counts[whole] >= self._counts[compound]
        if whole in self._ranks:
            return True
        pieces = (head.casefold(), tail)
        return not all(piece in self._ranks and len(piece) >= _MIN_WORD for piece in pieces)


def _headline(pages: Sequence[PdfPage]) -> str:
    """Return the largest print on the first page with text, if it is a headline."""
    page = next((page for page in pages if page.lines), None)
    if page is None:
        return ""
    usual = median([line.height for page in pages for line in page.lines])
    upper = [line for line in page.lines if line.bottom > 0.35 * page.height]
    if not upper:
        return ""
    largest = max(line.height for line in upper)
    if largest < 1.25 * usual:
        return ""
    first = next(number for number, line in enumerate(upper) if line.height > 0.95 * largest)
    parts = []
    for line in upper[first:]:
        if line.height < 0.95 * largest:
            break
        parts.append(line.text)
    headline = " ".join(parts)
    return headline if any(map(str.isalpha, headline)) else ""
