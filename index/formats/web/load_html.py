"""Web pages, fetched or saved, also with their pictures (MHTML): one article per page."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile, read_file
from index.formats.limits import MAX_DOCUMENT_BYTES
from index.formats.load_text import file_id
from index.formats.metadata import make_article
from index.formats.mime import charset_of, content_of, leaf_parts, parse_message, raw_header_of
from index.formats.web.page import read_page
from index.text.addresses import absolute_address
from index.text.encodings import decode_page
from index.types import Article, Loaded


def load_html(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article on a web page; ``file.url`` counts before the address that it states."""
    html = decode_page(read_file(file, max_bytes=max_bytes), name=file.name)
    yield Place(file.name), make_page_article(file, html, url=file.url)


def make_page_article(file: SourceFile, html: str, *, url: str) -> Article:
    """Return the article on a page from a file; ``url`` is empty if unknown.

    Raises:
        ArticleFormatError: If the page holds no article.
    """
    page = read_page(html, name=file.name, url=url)
    return make_article(
        page.text,
        page.metadata,
        article_id=file_id(file),
        source=page.metadata.url or file.location,
        origin=file.location,
        fallback_title=file.stem,
        has_markup=False,
    )


_PAGES = frozenset({"text/html", "application/xhtml+xml"})


def load_mhtml(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article on a page saved with its pictures (MHTML)."""
    # Its pictures, which are not read, make it larger than any article.
    data = read_file(file, max_bytes=max(max_bytes, MAX_DOCUMENT_BYTES))
    message = parse_message(data, name=file.name)
    root = _root_of(message)
    if root is None:
        raise ArticleFormatError(file.name, "no web page in it")
    content = content_of(root)
    if len(content) > max_bytes:
        reason = f"a page of {len(content):,} bytes, over the limit of {max_bytes:,}"
        raise ArticleFormatError(file.name, reason)
    if not content.strip():
        raise ArticleFormatError(file.name, "the web page in it is empty")
    named = (raw_header_of(root, "Content-Location"), raw_header_of(message, "Content-Location"))
    saved = raw_header_of(message, "Snapshot-Content-Location")
    urls = map(absolute_address, (file.url, *named, saved))
    html = decode_page(content, name=file.name, charset=charset_of(root))
    yield Place(file.name), make_page_article(file, html, url=next(filter(None, urls), ""))


def _root_of(message: Message) -> Message | None:
    """Return the part with the page: the start of the message, else its first page."""
    pages = [part for part in leaf_parts(message) if part.get_content_type() in _PAGES]
    start = message.get_param("start")
    named = [part for part in pages if start and part.get("Content-ID") == start]
    return next(iter(named or pages), None)
