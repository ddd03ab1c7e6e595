"""Web pages, fetched or saved, also with their pictures (MHTML): one article per page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from email.message import Message
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.databases.export import Export
from index.formats.databases.load_export import find_export, load_export
from index.formats.files import Place, SourceFile, read_file
from index.formats.left_out import describe_missing
from index.formats.limits import MAX_DOCUMENT_BYTES
from index.formats.load_text import file_id
from index.formats.metadata import MAX_NAME_CHARS, Metadata, make_article
from index.formats.mime import charset_of, content_of, leaf_parts, parse_message, raw_header_of
from index.formats.web.europresse_page import read_europresse_page
from index.formats.web.page import WebPage, parse_page, read_tree, strip_comments
from index.formats.web.page_head import read_head
from index.formats.web.page_metadata import read_metadata, saved_from
from index.formats.web.page_parts import (
    LIVE,
    PagePart,
    remove_parts,
    split_articles,
    split_live_blog,
)
from index.formats.web.page_prose import collect_prose
from index.formats.web.page_text import render_text
from index.text.addresses import absolute_address, unwrap_address
from index.text.clean import clean_line
from index.text.encodings import decode_page
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def load_html(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article on a web page; ``file.url`` counts before the address that it states.

    A blog in full, a live blog and a page saved from a press database hold several.
    """
    html = decode_page(read_file(file, max_bytes=max_bytes), name=file.name)
    yield from _load_page(file, html, url=file.url, max_bytes=max_bytes)


def _load_page(
    file: SourceFile, html: str, *, url: str, max_bytes: int
) -> Iterator[tuple[Place, Loaded]]:
    """Yield the articles on a page from a file; ``url`` is empty if unknown.

    Raises:
        ArticleFormatError: If the page holds no article.
    """
    tree = parse_page(html, name=file.name)
    if _EXPORTED.search(html) and (export := _find_export(tree)):
        yield from load_export(file, export, max_bytes)
        return
    if _LINKS.search(html, 0, _HEAD_CHARS):
        yield from _name_links(file, tree)
        return
    url = unwrap_address(url or saved_from(html))
    if (_SEVERAL.search(html) or LIVE.search(html)) and (found := _find_parts(tree, url)):
        parts, metadata, is_live = found
        yield from _load_parts(file, tree, parts, metadata, is_live=is_live)
        return
    yield Place(file.name), _make_article(file, read_tree(tree, name=file.name, url=url))


def _make_article(file: SourceFile, page: WebPage) -> Article:
    article = make_article(
        page.text,
        page.metadata,
        article_id=file_id(file),
        source=page.metadata.url or file.location,
        origin=file.location,
        fallback_title=file.stem,
        has_markup=False,
    )
    left_out = (page.left_out,) if page.left_out else ()
    return replace(article, notes=(*article.notes, *left_out))


# What pages of press databases hold, and pages with several articles; all others are spared the
# search.
_EXPORTED = re.compile(
    r"DocPublicationName|articleParagraph|LXNComment|<DOCFULL>|GBI-Genios|ProQuest|news·\d{8}"
    r"|\bdo[ck]ument\w{0,2}\s(?:\d{1,5}\s(?:of|von|de|di|sur)\s\d|[A-Z0-9]{12})"
    r"|\d\s(?:of|von|de|di)\s\d{1,5}\sdo[ck]ument"
    r"|(?:end of|ende des|fin d[eu]l?|fine|fim do|einde van) (?:del )?do[ck]ument",
    re.IGNORECASE,
)
_SEVERAL = re.compile(
    r"<article\b.*<article\b|liveBlogUpdate"
    r"|(?:class|id)=[\"'][^\"']*\b(?:byline|author|dateline)\b.*\b(?:byline|author|dateline)\b",
    re.IGNORECASE | re.DOTALL,
)


# Links that somebody kept, as Pocket, Instapaper and browsers export them.
_LINKS = re.compile(
    r"<!doctype netscape-bookmark|<title>\s*(?:pocket export|instapaper:? export)", re.IGNORECASE
)
_HEAD_CHARS = 2_000


def _name_links(file: SourceFile, tree: HtmlElement) -> Iterator[tuple[Place, Skip]]:
    """Yield what the report says of each link of a list: how to fetch its page."""
    links = {absolute_address(link.get("href") or ""): link for link in tree.iter("a")}
    for number, (url, link) in enumerate(links.items(), start=1):
        place = Place(f"{file.name}#{number}")
        title = clean_line(str(link.xpath("string()")), max_chars=80)
        reason = f"only a link; 'onrecord add {url}' fetches the page"
        if url:
            yield place, Skip(str(place), f"“{title}”: {reason}" if title else reason)


def _find_export(tree: HtmlElement) -> Export | None:
    return read_europresse_page(tree) or find_export(render_text(tree))


def _find_parts(tree: HtmlElement, url: str) -> tuple[list[PagePart], Metadata, bool] | None:
    """Return the articles of a page with several, what it says of all, and whether it is live."""
    head = read_head(tree)
    metadata = read_metadata(tree, head, url=url)
    strip_comments(tree)
    day = metadata.published
    if not metadata.outlet:  # the name of a blog is also the title of its page
        outlet = clean_line(head.meta("og:site_name"), max_chars=MAX_NAME_CHARS)
        metadata = replace(metadata, outlet=outlet)
    if live := split_live_blog(tree, head, title=metadata.title, day=day, url=metadata.url):
        return live, metadata, True
    parts = split_articles(tree, head, metadata.url)
    return (parts, metadata, False) if parts else None


def _load_parts(
    file: SourceFile, tree: HtmlElement, parts: list[PagePart], metadata: Metadata, *, is_live: bool
) -> Iterator[tuple[Place, Loaded]]:
    for number, part in enumerate(parts, start=1):
        place = Place(f"{file.name}#{number}")
        text = "\0".join((part.title, str(part.published_at), part.text))
        key = file.key + b"\0" + text.encode("utf-8", "surrogatepass")
        said = replace(
            metadata,
            title=_part_title(part, metadata.title) if is_live else part.title,
            published=part.published or (metadata.published if is_live else None),
            published_at=part.published_at,
            updated_at=None,
            author=part.author or (metadata.author if is_live else ""),
            url=part.url or metadata.url,
            canonical_url="",
            date_basis="page",
        )
        try:
            yield (
                place,
                make_article(
                    part.text,
                    said,
                    article_id=hashlib.sha256(key).hexdigest()[:12],
                    source=said.url or f"{file.location}#{number}",
                    origin=file.location,
                    fallback_title=metadata.title or file.stem,
                    has_markup=False,
                ),
            )
        except ArticleFormatError as error:
            yield place, Skip(str(place), error.reason)
    if not is_live:
        titles = [metadata.title, *(part.title for part in parts)]
        kept = [*titles, *(part.text for part in parts)]
        if left_out := describe_missing(collect_prose(tree), kept):
            yield Place(file.name), Skip(file.name, left_out, is_note=True)
        return
    remove_parts(tree, parts)
    with suppress(ArticleFormatError):  # the text above the entries, if there is one
        above = read_tree(tree, name=file.name, url=metadata.url)
        yield Place(file.name), _make_article(file, above)


def _part_title(part: PagePart, page_title: str) -> str:
    """Return the title of an entry: that of the page, its time and its heading."""
    clock = f", {part.published_at:%H:%M}" if part.published_at else ""
    return f"{page_title}{clock}{': ' if part.title else ''}{part.title}"


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
    yield from _load_page(file, html, url=next(filter(None, urls), ""), max_bytes=max_bytes)


def _root_of(message: Message) -> Message | None:
    """Return the part with the page: the start of the message, else its first page."""
    pages = [part for part in leaf_parts(message) if part.get_content_type() in _PAGES]
    start = message.get_param("start")
    named = [part for part in pages if start and part.get("Content-ID") == start]
    return next(iter(named or pages), None)
