"""ODT: the text of a LibreOffice document as it would be printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from zipfile import ZipFile

from index.errors import ArticleFormatError
from index.formats.archives.zipped import has_part, open_package, read_part
from index.formats.damage import reporting
from index.formats.documents.load_docx import (
    attribute,
    core_properties,
    make_document,
    walk_through,
)
from index.formats.documents.paragraphs import Paragraphs
from index.formats.documents.properties import document_metadata
from index.formats.files import Place, SourceFile
from index.formats.metadata import Metadata
from index.formats.xml import parse_xml
from index.types import Loaded

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSEEN = frozenset(
    """
    tracked-changes annotation annotation-end note-citation hidden-text hidden-paragraph title desc
    scripts font-face-decls automatic-styles forms sequence-decls variable-decls
    """.split()
)
_SPACES = frozenset({"s", "tab", "line-break"})
_STARTS = {"note-body": Paragraphs.start_note, "table-row": Paragraphs.start_row}
_ENDS = {
    "note-body": Paragraphs.end_note,
    "table-cell": Paragraphs.end_cell,
    "table-row": Paragraphs.end_row,
}
_MOST_SPACES = 100


@reporting
def load_odt(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the article that an OpenDocument text holds.

    Text boxes and notes are read; comments, deleted text, headers and footers are not.

    Args:
        file: The document.
        max_bytes: A text that is longer is skipped.
    """
    name = file.name
    with open_package(file) as package:
        if has_part(package, "META-INF/manifest.xml") and b"encryption-data" in read_part(
            package, "META-INF/manifest.xml", name=name
        ):
            reason = "encrypted: it opens with a password only; save it without one"
            raise ArticleFormatError(name, reason)
        if not has_part(package, "content.xml"):
            raise ArticleFormatError(name, "not an OpenDocument text")
        root = parse_xml(read_part(package, "content.xml", name=name), name=name)
        paragraphs, title = _read(root)
        metadata = _metadata(package, name)
    loaded = make_document(file, paragraphs.text(), metadata, title=title, max_bytes=max_bytes)
    yield Place(file.name), loaded


def _read(root: _Element) -> tuple[Paragraphs, str]:
    """Return the paragraphs and the first heading."""
    reader = _Reader()
    walk_through(root, reader)
    return reader.paragraphs, reader.title


class _Reader:
    """Collects the paragraphs of a text, and its first title or heading."""

    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.title = ""
        self._n_lists = 0

    def start(self, element: _Element, name: str) -> bool:
        if name in _UNSEEN:
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
            if not self.title and (name == "h" or _is_title(element)):
                self.title = text
        elif name in _ENDS:
            _ENDS[name](self.paragraphs)
        else:
            self._n_lists -= name == "list"
        self.paragraphs.write(_words(element.tail))


def _words(text: str | None) -> str | None:
    """Return text, or nothing for the indentation between elements."""
    return text if text and (text.strip() or "\n" not in text) else None


def _space(element: _Element, name: str) -> str:
    if name == "line-break":
        return "\n"
    count = attribute(element, "c") if name == "s" else ""
    return " " * min(int(count), _MOST_SPACES) if count.isdecimal() else " "


def _is_title(element: _Element) -> bool:
    return attribute(element, "style-name").lower() == "title"


def _metadata(package: ZipFile, name: str) -> Metadata:
    if not has_part(package, "meta.xml"):
        return Metadata()
    try:
        root = parse_xml(read_part(package, "meta.xml", name=name), name=name)
    except ArticleFormatError:
        return Metadata()
    said = core_properties(root)
    return document_metadata(
        title=said.get("title", ""),
        author=said.get("initial-creator", "") or said.get("creator", ""),
        created=said.get("creation-date", "") or said.get("date", ""),
        language=said.get("language", ""),
    )
