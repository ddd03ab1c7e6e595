"""DOCX: the text of a Word document as it would be printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol
from zipfile import ZipFile

from index.errors import ArticleFormatError
from index.formats.archives.zipped import has_part, open_package, read_part
from index.formats.damage import reporting
from index.formats.documents.paragraphs import Paragraphs
from index.formats.documents.properties import document_metadata
from index.formats.files import Place, SourceFile
from index.formats.load_text import file_id
from index.formats.metadata import Metadata, make_article
from index.formats.xml import parse_xml
from index.types import Loaded, Skip

if TYPE_CHECKING:
    from lxml.etree import _Element

# Deleted and moved text, the second form of a drawing, and what is in no line of the document.
_UNSEEN = frozenset(
    {"del", "moveFrom", "Fallback", "instrText", "delText", "rPr", "sectPr", "tblPr"}
)
_BREAKS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NO = frozenset({"0", "false", "off"})
_TITLE_STYLE = re.compile(r"title|titel|titre|título|titolo|заголовок", re.IGNORECASE)
_HEADING_STYLE = re.compile(r"(?:heading|berschrift|titre|título|titolo)\s?1", re.IGNORECASE)


@reporting
def load_docx(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article that a Word document holds.

    Tracked insertions count and deletions do not; text boxes and notes are read, comments,
    headers, footers and hidden text are not.

    Args:
        file: The document.
        max_bytes: A text that is longer is skipped.
    """
    with open_package(file) as package:
        main = _main_part(package, file.name)
        paragraphs, title = _read(
            parse_xml(read_part(package, main, name=file.name), name=file.name)
        )
        folder = main.rpartition("/")[0]
        for notes in ("footnotes", "endnotes"):
            part = f"{folder}/{notes}.xml"
            if has_part(package, part):
                root = parse_xml(read_part(package, part, name=file.name), name=file.name)
                paragraphs.notes += _read(root)[0].blocks
        metadata = _metadata(package, file.name)
    loaded = make_document(file, paragraphs.text(), metadata, title=title, max_bytes=max_bytes)
    yield Place(file.name), loaded


def make_document(
    file: SourceFile, text: str, metadata: Metadata, *, title: str, max_bytes: int
) -> Loaded:
    """Return the article of a document that is one, or a skip.

    Args:
        file: The document.
        text: All of it.
        metadata: What its properties say.
        title: Its first title or heading, used if the properties name none.
        max_bytes: A text that is longer is skipped.
    """
    if len(text) > max_bytes:
        reason = f"more than the {max_bytes:,} bytes of text that one article may have"
        return Skip(file.name, reason)
    if not text.strip():
        return Skip(file.name, "no text in it")
    if not metadata.title and title:
        metadata = replace(metadata, title=document_metadata(title=title).title)
    try:
        return make_article(
            text,
            metadata,
            article_id=file_id(file),
            source=file.url or file.location,
            origin=file.location,
            fallback_title=re.sub(r"[\s_-]+", " ", file.stem),
        )
    except ArticleFormatError as error:
        return Skip(file.name, error.reason)


def local_name(element: _Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: _Element, name: str) -> str:
    """Return an attribute whatever its namespace, empty if there is none."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2] == name:
            return str(value)
    return ""


def find_child(element: _Element, *path: str) -> _Element | None:
    """Return a descendant by the local names that lead to it."""
    found: _Element | None = element
    for name in path:
        if found is None:
            return None
        found = next((child for child in found if local_name(child) == name), None)
    return found


def core_properties(root: _Element) -> dict[str, str]:
    """Return the elements of a block of properties by local name, the first of each."""
    said: dict[str, str] = {}
    for element in root.iter():
        said.setdefault(local_name(element), " ".join((element.text or "").split()))
    return said


def _main_part(package: ZipFile, name: str) -> str:
    """Return the part that the document's text is in."""
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


def _read(root: _Element) -> tuple[Paragraphs, str]:
    """Return the paragraphs of a part and its first title."""
    reader = _Reader()
    walk_through(root, reader)
    titles = reader.titles
    return reader.paragraphs, titles.get(True) or titles.get(False) or ""


class Reader(Protocol):
    """What takes the elements of a document, in order."""

    def start(self, element: _Element, name: str) -> bool:
        """Take the start of an element; return False to pass over what is in it."""
        ...

    def end(self, element: _Element, name: str) -> None:
        """Take the end of an element, also of one that was passed over."""
        ...


def walk_through(root: _Element, reader: Reader) -> None:
    """Give a reader every element under a root, however deep, with its local name."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local_name(element)
        if event == "end":
            reader.end(element, name)
        elif not reader.start(element, name):
            walk.skip_subtree()


class _Reader:
    """Collects the paragraphs of a part, and its first title and first heading."""

    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.titles: dict[bool, str] = {}
        self._kinds: list[bool | None] = []

    def start(self, element: _Element, name: str) -> bool:
        if name in _UNSEEN or (name == "r" and _is_hidden(element)) or _is_separator(element):
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
        return True

    def end(self, _: _Element, name: str) -> None:
        if name == "p":
            text = self.paragraphs.end()
            kind = self._kinds.pop()
            if kind is not None and text:
                self.titles.setdefault(kind, text)
        elif name == "tc":
            self.paragraphs.end_cell()
        elif name == "tr":
            self.paragraphs.end_row()


def _is_in_run(element: _Element) -> bool:
    parent = element.getparent()  # a tab is also what is set in a ruler
    return parent is not None and local_name(parent) == "r"


def _style(paragraph: _Element) -> tuple[str, bool | None]:
    """Return what a paragraph starts with, and True for a title, False for a first heading."""
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
    """Tell whether a note is only the line above the notes."""
    is_note = local_name(element) in {"footnote", "endnote"}
    return is_note and attribute(element, "type") not in {"", "normal"}


def _metadata(package: ZipFile, name: str) -> Metadata:
    if not has_part(package, "docProps/core.xml"):
        return Metadata()
    try:
        root = parse_xml(read_part(package, "docProps/core.xml", name=name), name=name)
    except ArticleFormatError:
        return Metadata()
    said = core_properties(root)
    return document_metadata(
        title=said.get("title", ""),
        author=said.get("creator", ""),
        created=said.get("created", ""),
        language=said.get("language", ""),
    )
