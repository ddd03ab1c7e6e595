"""What a server says about a body -> the suffix that chooses its loader, and text in UTF-8."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath
from types import MappingProxyType

from index.errors import ArticleFormatError
from index.formats.page_encoding import decode_page

_SUFFIXES = MappingProxyType(
    {
        "text/html": ".html",
        "application/xhtml+xml": ".html",
        "application/pdf": ".pdf",
        "application/x-pdf": ".pdf",
        "application/rss+xml": ".xml",
        "application/atom+xml": ".xml",
        "application/rdf+xml": ".xml",
        "application/xml": ".xml",
        "text/xml": ".xml",
        "text/plain": ".txt",
        "text/markdown": ".md",
        "text/x-markdown": ".md",
        "application/json": ".json",
        "application/ld+json": ".json",
        "application/x-ndjson": ".jsonl",
        "application/jsonl": ".jsonl",
        "application/x-jsonlines": ".jsonl",
    }
)
"""Media types that are read."""

_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_TEXTS = frozenset({".txt", ".md", ".markdown", ".json", ".jsonl", ".xml", ".rss", ".atom"})
_FILES = _TEXTS | {".html", ".htm", ".xhtml", ".pdf"}
_TRANSCODED = frozenset({".html", ".txt", ".md"})

_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)

ACCEPTED = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5"
"""The ``Accept`` header that goes with these."""


def choose_suffix(content_type: str, path: str) -> str:
    """Return the suffix of the loader that reads a body, empty where none does.

    Args:
        content_type: The ``Content-Type`` header; empty where there is none.
        path: The address's path; it decides where the header says no more than "bytes", and which
            kind of plain text it is.
    """
    # Where a server sends the header twice, the last one counts.
    media_type = content_type.rpartition(",")[2].partition(";")[0].strip().lower()
    ending = PurePosixPath(path.partition("?")[0]).suffix.lower()
    if media_type in _UNTOLD:
        return ending if ending in _FILES else ""
    if media_type == "text/plain" and ending in _TEXTS:
        return ending
    return _SUFFIXES.get(media_type, "")


def to_utf8(body: bytes, content_type: str, suffix: str) -> bytes:
    """Return a body as UTF-8 where only the header says in which encoding it is.

    A file has no header, so what it says would be lost; a byte-order mark takes its place. Bytes
    that are UTF-8 anyway stay as they are, and so does XML, which names its own encoding.

    Args:
        body: What was received.
        content_type: The ``Content-Type`` header.
        suffix: As ``choose_suffix`` gave it.
    """
    named = _CHARSET.search(content_type)
    if named is None or suffix not in _TRANSCODED:
        return body
    try:
        text = decode_page(body, name="", charset=named[1])
    except ArticleFormatError:  # the loader finds that as well, and says so
        return body
    encoded = text.encode("utf-8", "replace")
    return body if encoded == body else codecs.BOM_UTF8 + encoded
