"""Web pages, fetched or saved: one article a page."""

from __future__ import annotations

from collections.abc import Iterator

from index.formats.damage import reporting
from index.formats.files import Place, SourceFile, read_file
from index.formats.load_text import file_id
from index.formats.metadata import make_article
from index.formats.page_encoding import decode_page
from index.formats.web.page import read_page
from index.types import Article, Loaded


@reporting
def load_html(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the article on a web page, with the file's name.

    Args:
        file: The page. Its ``url``, where it was fetched from, goes before what the page says.
        max_bytes: A larger page is skipped.
    """
    html = decode_page(read_file(file, max_bytes=max_bytes), name=file.name)
    yield Place(file.name), make_page_article(file, html, url=file.url)


def make_page_article(file: SourceFile, html: str, *, url: str) -> Article:
    """Return the article on a page that was read from a file.

    Args:
        file: Where it was read from.
        html: The page.
        url: Where it was fetched from; empty if not known.

    Raises:
        ArticleFormatError: If there is none.
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
