"""XML: feeds, and the exports of blogs and notebooks, told apart by how they begin."""

from __future__ import annotations

from collections.abc import Iterator

from index.formats.blogs.load_blog import (
    IS_BLOGGER,
    IS_WORDPRESS,
    load_blogger,
    load_evernote,
    load_wordpress,
)
from index.formats.files import Place, SourceFile, open_file
from index.formats.web.load_feed import load_feed
from index.types import Loaded

_HEAD_BYTES = 50_000


def load_xml(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
    """Yield the articles in a feed or in an export of WordPress, Blogger or Evernote."""
    with open_file(file) as stream:
        head = stream.read(_HEAD_BYTES)
    if IS_WORDPRESS.search(head):
        yield from load_wordpress(file, max_bytes)
    elif b"<en-export" in head:
        yield from load_evernote(file, max_bytes)
    elif IS_BLOGGER.search(head):
        yield from load_blogger(file, max_bytes)
    else:
        yield from load_feed(file, max_bytes)
