"""The ``Content-Type`` of a response -> the suffix that chooses its loader, and text in UTF-8."""

from __future__ import annotations

import codecs
import re
from pathlib import PurePosixPath

from index.errors import ArticleFormatError
from index.text.encodings import decode_page

_MEDIA_TYPES = {
    ".html": "text/html application/xhtml+xml",
    ".pdf": "application/pdf application/x-pdf",
    ".xml": "application/rss+xml application/atom+xml application/rdf+xml application/xml text/xml",
    ".txt": "text/plain",
    ".md": "text/markdown text/x-markdown",
    ".json": "application/json application/ld+json",
    ".jsonl": "application/x-ndjson application/jsonl application/x-jsonlines",
}
_SUFFIXES = {media: suffix for suffix, listed in _MEDIA_TYPES.items() for media in listed.split()}
"""The media types that are read."""

_UNSPECIFIC = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_TEXTS = frozenset({".txt", ".md", ".markdown", ".json", ".jsonl", ".xml", ".rss", ".atom"})
_FILES = _TEXTS | {".html", ".htm", ".xhtml", ".pdf"}
_TRANSCODED = frozenset({".html", ".txt", ".md"})

_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)

ACCEPTED = "text/html, application/xhtml+xml, application/pdf;q=0.9, */*;q=0.5"
"""The ``Accept`` header for these media types."""


def choose_suffix(content_type: str, path: str) -> str:
    """Return the suffix of the loader that reads a body, empty if none does.

    Args:
        content_type: The ``Content-Type`` header; empty if there is none.
        path: The path of the address; it decides if the header only says "bytes", and which kind of
            plain text it is.
    """
    # If a server sends the header twice, the last one counts.
    media_type = content_type.rpartition(",")[2].partition(";")[0].strip().lower()
    ending = PurePosixPath(path.partition("?")[0]).suffix.lower()
    if media_type in _UNSPECIFIC:
        return ending if ending in _FILES else ""
    if media_type == "text/plain" and ending in _TEXTS:
        return ending
    return _SUFFIXES.get(media_type, "")


def to_utf8(body: bytes, content_type: str, suffix: str) -> bytes:
    """Return a body as UTF-8 if only the header ``content_type`` states its encoding.

    A file has no header, so the encoding would be lost; a byte-order mark takes its place. UTF-8
    stays unchanged, and so does XML, which states its own encoding.
    """
    named = _CHARSET.search(content_type)
    if named is None or suffix not in _TRANSCODED:
        return body
    try:
        text = decode_page(body, name="", charset=named[1])
    except ArticleFormatError:  # its loader will report that
        return body
    encoded = text.encode("utf-8", "replace")
    return body if encoded == body else codecs.BOM_UTF8 + encoded
