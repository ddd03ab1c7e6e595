"""From files uploaded through a browser to articles.

The name that the browser gives a file is shown but never opened. An article is identified by the
content of its file, so that the same file is the same article under any name; a collection is
identified by its name, and its articles by their own ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from index.adding.load import read_source
from index.containment.isolated_loader import IsolatedLoader
from index.errors import ArticleFormatError
from index.formats.files import SourceFile, find_files, printable
from index.formats.limits import MAX_FILE_BYTES
from index.formats.registry import describe_unsupported, find_loader
from index.record.file_states import digest_of
from index.types import Article, Loaded, Skip

MAX_ARTICLES = 5_000
"""Most articles taken from one collection."""
MAX_NAME_CHARS = 150

ORIGIN = "upload:"
"""Prefix of the origin of an uploaded article; the file's name follows."""

# Files of one article each; everything else is a collection.
_SINGLE = frozenset(
    (
        *(".txt", ".text", ".md", ".markdown", ".html", ".htm", ".xhtml", ".mhtml", ".mht"),
        *(".eml", ".pdf", ".docx", ".odt"),
    )
)
_FOLDERS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file uploaded through a browser.

    Attributes:
        path: Where the server keeps it for now.
        name: What the browser called it; may be anything.
    """

    path: Path
    name: str


def load_uploads(
    uploads: Iterable[Upload],
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
    max_articles: int = MAX_ARTICLES,
    unconfined: bool = False,
) -> Iterator[Loaded]:
    """Yield the articles of uploaded files, one at a time.

    Args:
        uploads: The files; each is read when its turn comes.
        max_file_bytes: A larger article is skipped.
        max_articles: Most articles of one collection; a skip says that the rest were left out.
        unconfined: See ``IsolatedLoader``.

    Yields:
        Articles, and skips for what is not one, by the names that the browser gave.
    """
    with IsolatedLoader(unconfined=unconfined) as container:
        for upload in uploads:
            yield from _load(upload, max_file_bytes, max_articles, container)


def _load(
    upload: Upload, max_file_bytes: int, max_articles: int, container: IsolatedLoader
) -> Iterator[Loaded]:
    name = clean_name(upload.name)
    found = next(find_files([upload.path]))
    if isinstance(found, Skip):
        yield Skip(name, "the upload did not arrive; try it again")
        return
    suffix = Path(name).suffix.lower()
    file = SourceFile(found.path, name, suffix, label=f"{ORIGIN}{name}")
    if find_loader(file) is None:
        yield Skip(name, describe_unsupported(suffix))
        return
    try:
        known_by = digest_of(found) if suffix in _SINGLE else name.encode("utf-8", "replace")
    except (ArticleFormatError, OSError):
        yield Skip(name, "the upload cannot be read; try it again")
        return
    file = replace(file, identity=b"upload\0" + known_by)
    loaded = (item for _, item in read_source(file, max_file_bytes, container))
    with closing(loaded):
        for item in islice(loaded, max_articles):
            yield _name_source(item)
        if next(loaded, None) is not None:
            yield Skip(
                name,
                f"only its first {max_articles:,} articles were read; put it on the server and"
                " run 'onrecord add' for all of them",
            )


def clean_name(name: str) -> str:
    """Return a file's name without folders, printable and of a sensible length."""
    last = _FOLDERS.split(name)[-1]
    shown = printable(last.encode("utf-8", "replace").decode("utf-8")).strip() or "unnamed"
    if len(shown) <= MAX_NAME_CHARS:
        return shown
    suffix = Path(shown).suffix[:16]
    return f"{shown[: MAX_NAME_CHARS - len(suffix) - 1]}…{suffix}"


def _name_source(item: Loaded) -> Loaded:
    """Return an article with the bare name of its file as its source if it states no other."""
    if not isinstance(item, Article) or not item.source.startswith(ORIGIN):
        return item
    return replace(item, source=item.source.removeprefix(ORIGIN))
