"""DOCX and ODT: the text of a document of Word or LibreOffice as it would be printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from zipfile import ZipFile

from index.errors import ArticleFormatError
from index.formats.archives.load_zip import has_part, open_package, read_part
from index.formats.documents.paragraphs import Paragraphs
from index.formats.documents.properties import document_metadata, load_document
from index.formats.files import Place, SourceFile
from index.formats.left_out import describe_missing
from index.formats.xml import attribute, find_child, local_name, parse_xml, walk_through
from index.types import Loaded, Skip

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deleted and moved text, the fallback of a drawing, and properties.
_UNSEEN_IN_DOCX = frozenset(
    {"del", "moveFrom", "Fallback", "instrText", "delText", "rPr", "sectPr", "tblPr"}
)
_BREAKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NO = frozenset({"0", "false", "off"})
_PARTS = re.compile(r"(?P<kind>comments|header|footer)\d{0,4}\.xml")
_KINDS = {"comments": "comments", "header": "headers", "footer": "footers"}
_MOST_PARTS = 2_000
_TITLE_STYLE = re.compile(r"title|titel|titre|título|titolo|заголовок", re.IGNORECASE)
_HEADING_STYLE = re.compile(r"(?:heading|berschrift|titre|título|titolo)\s?1", re.IGNORECASE)


def load_docx(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article in a Word document.

    Tracked insertions count and deletions do not; text boxes and notes are read, comments,
    headers, footers and hidden text are not.
    """
    with open_package(file) as package:
        main = _main_part(package, file.name)
        paragraphs, title = _read_docx(
            parse_xml(read_part(package, main, name=file.name), name=file.name)
        )
        folder = main.rpartition("/")[0]
        for notes in ("footnotes", "endnotes"):
            part = f"{folder}/{notes}.xml"
            if has_part(package, part):
                root = parse_xml(read_part(package, part, name=file.name), name=file.name)
                paragraphs.notes += _read_docx(root)[0].blocks
        said = _properties(package, "docProps/core.xml", file.name)
        left_out = list(_unprinted_in_docx(package, main, file.name))
    metadata = document_metadata(
        title=said.get("title", ""),
        author=said.get("creator", ""),
        created=said.get("created", ""),
        language=said.get("language", ""),
    )
    text = paragraphs.text()
    yield from load_document(file, text, metadata, title=title, max_bytes=max_bytes)
    if note := describe_missing(left_out, [text]):
        yield Place(file.name), Skip(file.name, note, is_note=True)


def _unprinted_in_docx(package: ZipFile, main: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs of a document that are no part of its text, with what they are."""
    folder = main.rpartition("/")[0]
    for part in package.namelist()[:_MOST_PARTS]:
        kind = _PARTS.fullmatch(part.removeprefix(f"{folder}/"))
        if kind is None and part != main:
            continue
        with suppress(ArticleFormatError):
            root = parse_xml(read_part(package, part, name=name), name=name)
            for element in root.iter():
                tag = local_name(element)
                if kind is not None and tag == "p":
                    yield _KINDS[kind["kind"]], _all_text(element)
                elif tag in {"del", "moveFrom"}:
                    yield "deleted text", _all_text(element)
                elif tag == "r" and _is_hidden(element):
                    yield "hidden text", _all_text(element)


def _all_text(element: _Element) -> str:
    return "".join(e.text or "" for e in element.iter() if local_name(e) in {"t", "delText"})


def _properties(package: ZipFile, part: str, name: str) -> dict[str, str]:
    """Return the texts of a part with properties by local name, the first of each."""
    said: dict[str, str] = {}
    with suppress(ArticleFormatError):
        if has_part(package, part):
            for element in parse_xml(read_part(package, part, name=name), name=name).iter():
                said.setdefault(local_name(element), " ".join((element.text or "").split()))
    return said


def _main_part(package: ZipFile, name: str) -> str:
    if has_part(package, "word/document.xml"):
        return "word/document.xml"
    if has_part(package, "_rels/.rels"):
        root = parse_xml(read_part(package, "_rels/.rels", name=name), name=name)
        for relation in root:
            target = attribute(relation, "Target").lstrip("/")
            if attribute(relation, "Type").endswith("/officeDocument") and has_part(
                package, target
            ):
                return target
    raise ArticleFormatError(name, "not a Word document")


def _read_docx(root: _Element) -> tuple[Paragraphs, str]:
    reader = _DocxReader()
    walk_through(root, reader)
    titles = reader.titles
    return reader.paragraphs, titles.get(True) or titles.get(False) or ""


class _DocxReader:
    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.titles: dict[bool, str] = {}
        self._kinds: list[bool | None] = []
        self._n_headers = [0]  # of each open table

    def start(self, element: _Element, name: str) -> bool:
        if (
            name in _UNSEEN_IN_DOCX
            or (name == "r" and _is_hidden(element))
            or _is_separator(element)
        ):
            return False
        if name == "p":
            prefix, kind = _style(element)
            self.paragraphs.start(prefix)
            self._kinds.append(kind)
        elif name == "t":
            self.paragraphs.write(element.text)
        elif name in _BREAKS and _is_in_run(element):
            self.paragraphs.write(_BREAKS[name])
        elif name == "tr":
            self.paragraphs.start_row()
            self._n_headers[-1] += find_child(element, "trPr", "tblHeader") is not None
        elif name == "tbl":
            self.paragraphs.start_table()
            self._n_headers.append(0)
        return True

    def end(self, element: _Element, name: str) -> None:
        if name == "p":
            text = self.paragraphs.end()
            kind = self._kinds.pop()
            if kind is not None and text:
                self.titles.setdefault(kind, text)
        elif name == "tc":
            span = find_child(element, "tcPr", "gridSpan")
            self.paragraphs.end_cell(_count(attribute(span, "val") if span is not None else ""))
        elif name == "tr":
            self.paragraphs.end_row()
        elif name == "tbl":
            n_headers = self._n_headers.pop() if len(self._n_headers) > 1 else 0
            self.paragraphs.end_table(n_headers)


def _count(value: str) -> int:
    return max(1, int(value)) if value.isdecimal() and len(value) <= 3 else 1  # noqa: PLR2004


def _is_in_run(element: _Element) -> bool:
    parent = element.getparent()  # a tab can also be a mark on a ruler
    return parent is not None and local_name(parent) == "r"


def _style(paragraph: _Element) -> tuple[str, bool | None]:
    """Return the prefix of a paragraph, and True for a title, False for a first-level heading."""
    properties = find_child(paragraph, "pPr")
    if properties is None:
        return "", None
    style = find_child(properties, "pStyle")
    named = attribute(style, "val") if style is not None else ""
    if _HEADING_STYLE.search(named):
        return "", False
    if _TITLE_STYLE.fullmatch(named):
        return "", True
    number = find_child(properties, "numPr", "numId")
    is_item = number is not None and attribute(number, "val") != "0"
    return ("- " if is_item else ""), None


def _is_hidden(run: _Element) -> bool:
    vanish = find_child(run, "rPr", "vanish")
    return vanish is not None and attribute(vanish, "val").lower() not in _NO


def _is_separator(element: _Element) -> bool:
    """Tell whether a note is only the separator line above the notes."""
    is_note = local_name(element) in {"footnote", "endnote"}
    return is_note and attribute(element, "type") not in {"", "normal"}


_UNSEEN_IN_ODT = frozenset(
    """
    tracked-changes annotation annotation-end note-citation hidden-text hidden-paragraph title desc
    scripts font-face-decls automatic-styles forms sequence-decls variable-decls
    """.split()
)
_NAMES_IN_ODT = {
    "tracked-changes": "deleted text",
    "annotation": "comments",
    "hidden-text": "hidden text",
    "hidden-paragraph": "hidden text",
}
_SPACES = frozenset({"s", "tab", "line-break"})
_STARTS = {
    "note-body": Paragraphs.start_note,
    "table": Paragraphs.start_table,
    "table-row": Paragraphs.start_row,
}
_ENDS = {
    "note-body": Paragraphs.end_note,
    "table": Paragraphs.end_table,
    "table-cell": Paragraphs.end_cell,
    "table-row": Paragraphs.end_row,
}
_MOST_SPACES = 100


def load_odt(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article in an OpenDocument text.

    Text boxes and notes are read; comments, deleted text, headers and footers are not.
    """
    name = file.name
    with open_package(file) as package:
        if has_part(package, "META-INF/manifest.xml") and b"encryption-data" in read_part(
            package, "META-INF/manifest.xml", name=name
        ):
            reason = "encrypted with a password; save it without one"
            raise ArticleFormatError(name, reason)
        if not has_part(package, "content.xml"):
            raise ArticleFormatError(name, "not an OpenDocument text")
        root = parse_xml(read_part(package, "content.xml", name=name), name=name)
        said = _properties(package, "meta.xml", name)
    metadata = document_metadata(
        title=said.get("title", ""),
        author=said.get("initial-creator", "") or said.get("creator", ""),
        created=said.get("creation-date", "") or said.get("date", ""),
        language=said.get("language", ""),
    )
    reader = _OdtReader()
    walk_through(root, reader)
    text = reader.paragraphs.text()
    yield from load_document(file, text, metadata, title=reader.title, max_bytes=max_bytes)
    if note := describe_missing(reader.left_out, [text]):
        yield Place(file.name), Skip(file.name, note, is_note=True)


class _OdtReader:
    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.title = ""
        self.left_out: list[tuple[str, str]] = []
        self._n_lists = 0

    def start(self, element: _Element, name: str) -> bool:
        if name in _UNSEEN_IN_ODT:
            self.left_out.append((_NAMES_IN_ODT.get(name, name), "".join(element.itertext())))
            return False
        if name in {"p", "h"}:
            self.paragraphs.start("- " if self._n_lists and name == "p" else "")
            self.paragraphs.write(element.text)
        elif name in _SPACES:
            self.paragraphs.write(_space(element, name))
        elif name in _STARTS:
            _STARTS[name](self.paragraphs)
        else:
            self._n_lists += name == "list"
            self.paragraphs.write(_words(element.text))
        return True

    def end(self, element: _Element, name: str) -> None:
        if name in {"p", "h"}:
            text = self.paragraphs.end()
            if not self.title and (
                name == "h" or attribute(element, "style-name").lower() == "title"
            ):
                self.title = text
        elif name in _ENDS:
            _ENDS[name](self.paragraphs)
        else:
            self._n_lists -= name == "list"
        self.paragraphs.write(_words(element.tail))


def _words(text: str | None) -> str | None:
    """Return text, or None for the indentation between elements."""
    return text if text and (text.strip() or "\n" not in text) else None


def _space(element: _Element, name: str) -> str:
    if name == "line-break":
        return "\n"
    count = attribute(element, "c") if name == "s" else ""
    return " " * min(int(count), _MOST_SPACES) if count.isdecimal() else " "
