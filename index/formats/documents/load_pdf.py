"""PDF: the text layer and the start of each page in it; scanned pages are read or reported."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from index.formats.damage import DAMAGE
from index.formats.databases.load_export import find_export, load_export
from index.formats.documents import pdf_ocr
from index.formats.documents.pdf_layout import Layout, find_issue_date, lay_out, plain_lines
from index.formats.documents.pdf_pages import PdfPage, is_unreadable, read_page
from index.formats.documents.properties import document_metadata, make_document, useful_title
from index.formats.files import Place, SourceFile, read_file
from index.formats.left_out import describe_left_out
from index.formats.limits import (
    MAX_DOCUMENT_BYTES,
    MAX_OCR_SECONDS,
    MAX_PAGES,
    PDF_MEMORY_BYTES,
    PDF_MEMORY_RATIO,
)
from index.formats.memory import allow_memory
from index.formats.metadata import Metadata
from index.language.words import word_ranks
from index.text.dates import parse_date
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

# While the text is cleaned, each page begins with a private-use character, so that the start of
# the page in the cleaned text is known exactly. Its code is the page's number plus this.
FIRST_MARK = 0xF0000
_MARK = re.compile("[\U000f0000-\U000ffffd]")
_PDF_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")
_WORD = re.compile(r"[^\W\d_]{3,}")
_SHOWN_RANGES = 12


def load_pdf(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article in a PDF, and skips for the pages that could not be read.

    Running titles and page numbers are left out, columns are read one after another, and words
    broken at line ends are mended. ``Article.pages`` holds the start of each page in the text.
    """
    data = read_file(file, max_bytes=MAX_DOCUMENT_BYTES)
    import pypdfium2

    place = Place(file.name)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        yield place, Skip(file.name, _why_closed(error))
        return
    with document:
        metadata = _metadata(document)
        n_pages = len(document)
        with allow_memory(PDF_MEMORY_BYTES + PDF_MEMORY_RATIO * len(data)):
            pages, unread = _read_pages(document, min(n_pages, MAX_PAGES))
        is_ocr = any(page.is_scanned for page in pages) and pdf_ocr.is_available()
        if is_ocr:
            pages = pdf_ocr.read_pictures(document, pages)
    layout = lay_out(pages, word_ranks())
    if export := find_export(plain_lines(pages, layout.removed)):
        yield from load_export(file, export, max_bytes)
        yield from ((place, skip) for skip in _reports(file, pages, unread, n_pages, is_ocr=is_ocr))
        return
    article = _article(file, pages, layout, metadata, max_bytes)
    if isinstance(article, Article):
        yield place, article
        if note := describe_left_out(("running titles", line) for line in layout.removed):
            yield place, Skip(file.name, note, is_note=True)
    skips = list(_reports(file, pages, unread, n_pages, is_ocr=is_ocr))
    if isinstance(article, Skip) and not any(page.is_scanned for page in pages):
        skips.insert(0, article)
    yield from ((place, skip) for skip in skips)


def _why_closed(error: Exception) -> str:
    words = str(error).lower()
    if "password" in words or "security" in words:
        return "encrypted with a password; save it without one"
    return "damaged or not a PDF"


def _read_pages(document: PdfDocument, n_pages: int) -> tuple[list[PdfPage], list[int]]:
    """Return the pages, and the numbers, from 1, of those that cannot be parsed."""
    from pypdfium2 import PdfiumError

    pages = []
    unread = []
    for number in range(n_pages):
        try:
            page = document[number]
            try:
                pages.append(read_page(page))
            finally:
                page.close()
        except (PdfiumError, *DAMAGE):
            pages.append(PdfPage((), 0.0, 0.0))
            unread.append(number + 1)
    return pages, unread


def _metadata(document: PdfDocument) -> Metadata:
    said = document.get_metadata_dict(skip_empty=True)
    made = _PDF_DATE.match(said.get("CreationDate", ""))
    return document_metadata(
        title=said.get("Title", ""),
        author=said.get("Author", ""),
        created="-".join(made.groups()) if made else None,
    )


def _article(
    file: SourceFile,
    pages: Sequence[PdfPage],
    layout: Layout,
    metadata: Metadata,
    max_bytes: int,
) -> Article | Skip:
    text = _mark_pages(layout)
    if not _MARK.sub("", text).strip():
        return Skip(file.name, "no text in it")
    if is_unreadable(_MARK.sub("", text)):
        return Skip(file.name, "its fonts do not map to letters; OCR would be needed")
    if issue_date := find_issue_date(layout.removed):
        metadata = replace(metadata, published=parse_date(issue_date), date_basis="dateline")
    metadata = replace(metadata, title=_title(metadata.title, layout))
    marked = make_document(file, text, metadata, title="", max_bytes=max_bytes)
    return take_out_marks(marked, len(pages)) if isinstance(marked, Article) else marked


def _title(stated: str, layout: Layout) -> str:
    """Return the stated title if it is printed or there is no headline, else the headline."""
    headline = useful_title(layout.headline)
    if not stated or not headline:
        return stated or headline
    printed = set(_WORD.findall(" ".join(p for page in layout.pages[:2] for p in page).casefold()))
    words = _WORD.findall(stated.casefold())
    is_printed = bool(words) and sum(word in printed for word in words) >= 0.8 * len(words)
    return stated if is_printed else headline


def _mark_pages(layout: Layout) -> str:
    """Return the text of all pages, with a mark before each page except the first."""
    pieces: list[str] = []
    for number, (paragraphs, glue) in enumerate(zip(layout.pages, layout.continues, strict=True)):
        if not paragraphs:
            continue
        if pieces:
            pieces.append("\n\n" if glue is None else glue)
        if number:
            pieces.append(chr(FIRST_MARK + number))
        pieces.append("\n\n".join(_MARK.sub("", paragraph) for paragraph in paragraphs))
    return "".join(pieces)


def take_out_marks(article: Article, n_pages: int) -> Article:
    """Return an article without marks and with the starts of its pages instead.

    A page without a mark, because none of its text is left, starts where the next one does.
    """
    starts: dict[int, int] = {0: 0}
    for n_before, mark in enumerate(_MARK.finditer(article.text)):
        starts.setdefault(ord(mark[0]) - FIRST_MARK, mark.start() - n_before)
    text = _MARK.sub("", article.text)
    pages = []
    following = len(text)
    for number in reversed(range(n_pages)):
        following = min(following, starts.get(number, following))
        pages.append(following)
    title = " ".join(_MARK.sub("", article.title).split()) or "Untitled"
    return replace(article, text=text, title=title, pages=tuple(reversed(pages)))


def _reports(
    file: SourceFile,
    pages: Sequence[PdfPage],
    unread: Sequence[int],
    n_pages: int,
    *,
    is_ocr: bool,
) -> Iterator[Skip]:
    scanned = [number for number, page in enumerate(pages, start=1) if page.is_scanned]
    if scanned:
        reason = f"{name_pages(scanned)} of {n_pages}: pictures without a text layer (scanned)"
        remedy = (
            f"without text, or not read within {MAX_OCR_SECONDS:.0f} seconds of OCR; 'ocrmypdf'"
            " adds a text layer"
            if is_ocr
            else "run \"pip install 'onrecord[ocr]'\" and add it again"
        )
        yield Skip(file.name, f"{reason}; {remedy}")
    if unread:
        yield Skip(file.name, f"{name_pages(unread)} of {n_pages}: damaged")
    cut = [number for number, page in enumerate(pages, start=1) if page.is_cut]
    if cut:
        yield Skip(file.name, f"{name_pages(cut)}: too many characters, cut off")
    if n_pages > MAX_PAGES:
        reason = f"{n_pages:,} pages, over the limit of {MAX_PAGES:,}"
        yield Skip(file.name, f"{reason}; the others are skipped")


def name_pages(numbers: Sequence[int]) -> str:
    """Return page numbers in words, such as ``pages 1–3 and 7``."""
    runs = []
    for _, group in groupby(enumerate(numbers), key=lambda item: item[1] - item[0]):
        members = [number for _, number in group]
        runs.append(f"{members[0]}" if len(members) == 1 else f"{members[0]}–{members[-1]}")
    noun = "page" if len(numbers) == 1 else "pages"
    if len(runs) > _SHOWN_RANGES:
        runs = [*runs[:_SHOWN_RANGES], f"{len(runs) - _SHOWN_RANGES} more"]
    return f"{noun} {', '.join(runs[:-1])} and {runs[-1]}" if len(runs) > 1 else f"{noun} {runs[0]}"
