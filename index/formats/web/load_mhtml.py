"""Web pages saved as one file with their pictures (MHTML): the page in it is the article."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.damage import reporting
from index.formats.files import Place, SourceFile, read_file
from index.formats.limits import MAX_DOCUMENT_BYTES
from index.formats.page_encoding import decode_page
from index.formats.web.load_html import make_page_article
from index.formats.web.page_metadata import absolute_address
from index.types import Loaded

if TYPE_CHECKING:
    from email.message import Message

_PAGES = frozenset({"text/html", "application/xhtml+xml"})


@reporting
def load_mhtml(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article on a page saved with its pictures, with the file's name.

    Args:
        file: The saved page.
        max_bytes: A file whose page alone is larger is skipped.
    """
    from index.formats.mime import charset_of, content_of, parse_message, raw_header_of

    # Pictures make it larger than any article; they are not looked at.
    data = read_file(file, max_bytes=max(max_bytes, MAX_DOCUMENT_BYTES))
    message = parse_message(data, name=file.name)
    root = _root_of(message)
    if root is None:
        raise ArticleFormatError(file.name, "no web page in it")
    content = content_of(root)
    if len(content) > max_bytes:
        reason = f"a page of {len(content):,} bytes, more than the {max_bytes:,} that it may have"
        raise ArticleFormatError(file.name, reason)
    if not content.strip():
        raise ArticleFormatError(file.name, "the web page in it is empty")
    named = (raw_header_of(root, "Content-Location"), raw_header_of(message, "Content-Location"))
    saved = raw_header_of(message, "Snapshot-Content-Location")
    urls = map(absolute_address, (file.url, *named, saved))
    html = decode_page(content, name=file.name, charset=charset_of(root))
    yield Place(file.name), make_page_article(file, html, url=next(filter(None, urls), ""))


def _root_of(message: Message) -> Message | None:
    """Return the part that is the page: the one that the message starts from, else the first."""
    from index.formats.mime import leaf_parts

    pages = [part for part in leaf_parts(message) if part.get_content_type() in _PAGES]
    start = message.get_param("start")
    named = [part for part in pages if start and part.get("Content-ID") == start]
    return next(iter(named or pages), None)
