"""XML from strangers: parsed without entities, external files, networks or endless depth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.files import printable
from index.formats.limits import MAX_XML_BYTES

if TYPE_CHECKING:
    from lxml.etree import _Element


def parse_xml(data: bytes, *, name: str) -> _Element:
    """Return the root of an XML document, without comments and processing instructions.

    Args:
        data: The document, at most ``MAX_XML_BYTES``.
        name: What it is called in an error.

    Raises:
        ArticleFormatError: If it is too large, too deep, not well-formed, or declares entities.
    """
    from lxml import etree

    if len(data) > MAX_XML_BYTES:
        reason = (
            f"{len(data):,} bytes of XML, more than the {MAX_XML_BYTES:,} that one part may have"
        )
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
        raise ArticleFormatError(name, f"XML that cannot be read ({words})") from None
    if root is None:
        raise ArticleFormatError(name, "XML without an element")
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and next(internal.iterentities(), None) is not None:
        raise ArticleFormatError(name, "XML that declares entities of its own")
    return root
