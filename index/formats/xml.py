"""XML from strangers, parsed without entities, external files, networks or unlimited depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from index.errors import ArticleFormatError
from index.formats.files import printable
from index.formats.limits import MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_xml(data: bytes, *, name: str) -> _Element:
    """Return the root of an XML document, without comments and processing instructions.

    Raises:
        ArticleFormatError: If it is too large, too deep, not well-formed, or declares entities.
    """
    from lxml import etree

    if len(data) > MAX_XML_BYTES:
        reason = f"{len(data):,} bytes of XML, over the limit of {MAX_XML_BYTES:,} for one part"
        raise ArticleFormatError(name, reason)
    parser = etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        words = printable(" ".join(str(error).split())[:150])
        raise ArticleFormatError(name, f"invalid XML ({words})") from None
    if root is None:
        raise ArticleFormatError(name, "XML without an element")
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and next(internal.iterentities(), None) is not None:
        raise ArticleFormatError(name, "XML that declares its own entities")
    return root


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


class ElementReader(Protocol):
    """Reads the elements of a document, in order."""

    def start(self, element: _Element, name: str) -> bool:
        """Read the start of an element; return False to skip its content."""
        ...

    def end(self, element: _Element, name: str) -> None:
        """Read the end of an element, even if its content was skipped."""
        ...


def walk_through(root: _Element, reader: ElementReader) -> None:
    """Let a reader read every element under a root, however deep, with its local name."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        name = local_name(element)
        if event == "end":
            reader.end(element, name)
        elif not reader.start(element, name):
            walk.skip_subtree()
