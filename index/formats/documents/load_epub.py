"""EPUB: one article for each document of a book or a magazine.

Readers expect that of a news magazine, whose articles are separate documents, and it gives the
chapters of a book. A document without a heading that the table of contents does not name continues
the one before, since converters cut long ones into pieces. The cover, the table of contents and
short pages before the first article are not articles.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote
from zipfile import ZipFile

from index.errors import ArticleFormatError
from index.formats.archives.load_zip import has_part, open_package, read_part
from index.formats.documents.paragraphs import Paragraphs
from index.formats.documents.properties import document_metadata, useful_title
from index.formats.element_tables import label_tables
from index.formats.files import Place, SourceFile, clip_name
from index.formats.left_out import describe_missing
from index.formats.limits import MAX_PAGES
from index.formats.metadata import Metadata, make_article
from index.formats.xml import attribute, find_child, local_name, parse_xml, walk_through
from index.text.dates import parse_date
from index.text.encodings import decode
from index.types import Loaded, Skip

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSEEN = frozenset(
    "script style nav svg math head template noscript audio video iframe object rt rp".split()
)
_CODE = frozenset({"script", "style", "svg", "math", "head"})
_BLOCKS = frozenset(
    """
    address article aside blockquote body caption center dd details div dl dt fieldset figcaption
    figure footer form h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section summary table
    tbody tfoot thead tr ul
    """.split()
)
_GAPS = {"br": "\n", "td": " ", "th": " "}
_HEADINGS = frozenset({"h1", "h2", "h3"})
_UNSEEN_TYPES = re.compile(r"\b(?:pagebreak|noteref|toc|landmarks|cover|titlepage)\b")
_XML_DECLARATION = re.compile(rb"^\s*<\?xml[^>]{0,200}\?>")
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})")
_MIN_FRONT_CHARS = 300
_TOOLS = re.compile(r"calibre|sigil|unknown|n/?a", re.IGNORECASE)
_FONT_SCRAMBLING = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


@dataclass(slots=True)
class _Chapter:
    """An article that is being put together; ``path`` is its first document in the book.

    The label is its title in the table of contents, the heading its first one; both may be empty.
    """

    path: str
    label: str
    heading: str
    texts: list[str] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


def load_epub(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles or chapters of an e-book, each with the place ``file!document``."""
    with open_package(file) as package:
        locked = _locked_parts(package, file.name)
        book_path = _book_path(package, file.name)
        book = parse_xml(read_part(package, book_path, name=file.name), name=file.name)
        metadata, book_title = _metadata(book)
        labels, spine = _contents(package, book, book_path, file.name)
        skips: list[Skip] = []
        chapters = list(_chapters(package, file, spine, labels, locked, skips))
    short = [("short front matter", "\n".join(c.texts)) for c in chapters if not _is_article(c)]
    left_out = [*short, *(part for chapter in chapters for part in chapter.left_out)]
    chapters = [chapter for chapter in chapters if _is_article(chapter)]
    if note := describe_missing(left_out, ["\n".join(c.texts) for c in chapters]):
        skips.append(Skip(file.name, note, is_note=bool(chapters)))
    for number, chapter in enumerate(chapters, start=1):
        fallback = book_title if len(chapters) == 1 else f"{book_title or file.stem}, part {number}"
        place = Place(f"{file.name}!{clip_name(chapter.path)}")
        yield place, _article(file, chapter, metadata, max_bytes, fallback)
    if not chapters and not skips:
        skips.append(Skip(file.name, "no text in it"))
    yield from ((Place(skip.source), skip) for skip in skips)


def _article(
    file: SourceFile, chapter: _Chapter, metadata: Metadata, max_bytes: int, fallback: str
) -> Loaded:
    inside = f"!{clip_name(chapter.path)}"
    text = "\n\n".join(chapter.texts)
    if len(text) > max_bytes:
        reason = f"more than {max_bytes:,} bytes of text, the limit for one article"
        return Skip(f"{file.name}{inside}", reason)
    title = useful_title(chapter.label) or useful_title(chapter.heading)
    identity = file.key + b"\0" + chapter.path.encode("utf-8", "surrogatepass")
    try:
        return make_article(
            text,
            replace(metadata, title=title),
            article_id=hashlib.sha256(identity).hexdigest()[:12],
            source=f"{file.location}{inside}",
            origin=file.location,
            fallback_title=fallback,
        )
    except ArticleFormatError as error:
        return Skip(f"{file.name}{inside}", error.reason)


def _is_article(chapter: _Chapter) -> bool:
    n_chars = sum(map(len, chapter.texts))
    return n_chars > 0 and bool(chapter.label or n_chars >= _MIN_FRONT_CHARS)


def _chapters(
    package: ZipFile,
    file: SourceFile,
    spine: list[str],
    labels: Mapping[str, str],
    locked: frozenset[str],
    skips: list[Skip],
) -> Iterator[_Chapter]:
    chapter: _Chapter | None = None
    if len(spine) > MAX_PAGES:
        reason = f"{len(spine):,} documents, over the limit of {MAX_PAGES:,}"
        skips.append(Skip(file.name, f"{reason}; the others are skipped"))
    for path in spine[:MAX_PAGES]:
        name = f"{file.name}!{clip_name(path)}"
        if path in locked:
            skips.append(Skip(name, "encrypted (protected by a shop's copy protection)"))
            continue
        try:
            text, heading, left_out = _read(read_part(package, path, name=name), name)
        except ArticleFormatError as error:
            skips.append(Skip(name, error.reason))
            continue
        label = labels.get(path, "")
        if chapter is not None and chapter.texts and labels and not label and not heading:
            chapter.texts.append(text)
            chapter.left_out += left_out
            continue
        if chapter is not None:
            yield chapter
        chapter = _Chapter(path, label, heading, [text] if text else [], left_out)
    if chapter is not None:
        yield chapter


def _book_path(package: ZipFile, name: str) -> str:
    """Return the path of the part that describes the book."""
    if not has_part(package, "META-INF/container.xml"):
        raise ArticleFormatError(name, "not an EPUB")
    root = parse_xml(read_part(package, "META-INF/container.xml", name=name), name=name)
    for element in root.iter():
        path = attribute(element, "full-path") if local_name(element) == "rootfile" else ""
        if path and has_part(package, path):
            return path
    raise ArticleFormatError(name, "not an EPUB (it contains no book)")


def _locked_parts(package: ZipFile, name: str) -> frozenset[str]:
    """Return the encrypted parts, apart from scrambled fonts."""
    part = "META-INF/encryption.xml"
    if not has_part(package, part):
        return frozenset()
    root = parse_xml(read_part(package, part, name=name), name=name)
    locked = set()
    for data in root.iter():
        if local_name(data) != "EncryptedData":
            continue
        method = find_child(data, "EncryptionMethod")
        reference = find_child(data, "CipherData", "CipherReference")
        if reference is None or (
            method is not None and attribute(method, "Algorithm").startswith(_FONT_SCRAMBLING)
        ):
            continue
        locked.add(unquote(attribute(reference, "URI")).lstrip("/"))
    return frozenset(locked)


def _metadata(book: _Element) -> tuple[Metadata, str]:
    """Return the metadata shared by all articles of a book, and the book's title."""
    block = find_child(book, "metadata")
    said: dict[str, list[str]] = {}
    for element in block.iter() if block is not None else ():
        text = " ".join((element.text or "").split())
        if text and attribute(element, "event") in {"", "publication"}:
            said.setdefault(local_name(element), []).append(text)

    def first(name: str) -> str:
        return next(iter(said.get(name, ())), "")

    title = useful_title(first("title"))
    publisher = "" if _TOOLS.match(first("publisher")) else first("publisher")
    metadata = document_metadata(
        author=", ".join(said.get("creator", ())[:5]),
        language=first("language"),
        outlet=publisher or title,
    )
    # Unlike the day on which a file was made, a book states when it was published.
    published = parse_date(first("date")[:10])
    basis = "stated" if published else ""
    return replace(metadata, published=published, date_basis=basis), title


def _contents(
    package: ZipFile, book: _Element, book_path: str, name: str
) -> tuple[dict[str, str], list[str]]:
    """Return the titles in the table of contents by document, and the documents in order."""
    items: dict[str, tuple[str, str, str]] = {}
    manifest = find_child(book, "manifest")
    for item in manifest if manifest is not None else ():
        path = _resolve(book_path, attribute(item, "href"))
        items[attribute(item, "id")] = (
            path,
            attribute(item, "media-type"),
            attribute(item, "properties"),
        )
    spine_element = find_child(book, "spine")
    entries = list(spine_element) if spine_element is not None else []
    navigation = [path for path, _, properties in items.values() if "nav" in properties.split()]
    old = items.get(attribute(spine_element, "toc")) if spine_element is not None else None
    spine: list[str] = []
    for entry in entries:
        path, kind, _ = items.get(attribute(entry, "idref"), ("", "", ""))
        is_text = "html" in kind or path.lower().endswith((".html", ".xhtml", ".htm"))
        if is_text and path not in {*navigation, *spine} and attribute(entry, "linear") != "no":
            spine.append(path)
    if not spine:
        raise ArticleFormatError(name, "an EPUB without documents")
    labels: dict[str, str] = {}
    for path in [*navigation, *([old[0]] if old else [])]:
        if not labels and has_part(package, path):
            labels = _labels(read_part(package, path, name=name), path, name)
    return labels, spine


def _labels(data: bytes, path: str, name: str) -> dict[str, str]:
    """Return the titles of documents in a table of contents of EPUB 2 or 3."""
    try:
        root = _parse_html(data, name) if b"navPoint" not in data else parse_xml(data, name=name)
    except ArticleFormatError:
        return {}
    labels: dict[str, str] = {}
    for element in root.iter():
        tag = local_name(element)
        if tag == "navPoint":
            content, text = find_child(element, "content"), find_child(element, "navLabel", "text")
            target = attribute(content, "src") if content is not None else ""
            label = (text.text or "") if text is not None else ""
        elif tag == "a":
            target, label = attribute(element, "href"), "".join(element.itertext())
        else:
            continue
        if target and label.strip():
            labels.setdefault(_resolve(path, target), " ".join(label.split()))
    return labels


def _resolve(base: str, reference: str) -> str:
    """Return the name of the part that a reference leads to; it is never used as a path on disk."""
    path = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), path)).lstrip("/")


def _parse_html(data: bytes, name: str) -> _Element:
    from lxml import etree

    declared = _XML_DECLARATION.match(data)
    encoding = _ENCODING.search(declared[0]) if declared else None
    try:
        text = data.decode(encoding[1].decode("ascii") if encoding else "utf-8")
    except (LookupError, ValueError):
        text = decode(data, name=name)
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=False
    )
    text = text.removeprefix("\ufeff").replace("\0", "")
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise ArticleFormatError(name, "no text in it")
    return root


def _read(data: bytes, name: str) -> tuple[str, str, list[tuple[str, str]]]:
    if not data.strip():
        return "", "", []
    reader = _EpubReader()
    walk_through(_parse_html(data, name), reader)
    reader.paragraphs.end()
    heading = " ".join("".join(reader.heading).split())
    return reader.paragraphs.text(), heading, reader.left_out


class _EpubReader:
    def __init__(self) -> None:
        self.paragraphs = Paragraphs()
        self.heading: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self._in_heading = False
        self._is_item = False
        self.paragraphs.start()

    def start(self, element: _Element, tag: str) -> bool:
        kind = element.get("epub:type") or ""
        if tag in _UNSEEN or element.get("hidden") is not None or _UNSEEN_TYPES.search(kind):
            if tag not in _CODE:
                self.left_out.append((f"in <{tag}>", "".join(element.itertext())))
            return False
        if tag == "table" and (rows := label_tables(element).get(element)):
            self.paragraphs.end()
            for row in rows:
                self.paragraphs.start()
                self.paragraphs.write(row)
                self.paragraphs.end()
            return False
        if tag in _BLOCKS:
            has_text = bool(self.paragraphs.end())
            self._is_item = tag == "li" or (self._is_item and not has_text)
            self.paragraphs.start("- " if self._is_item else "")
        elif tag in _GAPS:
            self.paragraphs.write(_GAPS[tag])
        self._in_heading = self._in_heading or (tag in _HEADINGS and not self.heading)
        self._write(element.text)
        return True

    def end(self, element: _Element, tag: str) -> None:
        if tag in _BLOCKS:
            self.paragraphs.end()
            self.paragraphs.start()
            self._is_item = False
        if tag in _HEADINGS:
            self._in_heading = False
        self._write(element.tail)

    def _write(self, text: str | None) -> None:
        """Write text, with line breaks as spaces as in HTML."""
        flow = re.sub(r"\s+", " ", text or "")
        self.paragraphs.write(flow)
        if self._in_heading:
            self.heading.append(flow)
