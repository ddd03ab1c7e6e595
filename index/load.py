"""Paths -> articles. What is not one is reported as a skip, never dropped in silence.

A new format is a new file with a loader, and one line in ``LOADERS``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from index.files import Place, SourceFile, find_files
from index.load_jsonl import count_lines, load_jsonl
from index.load_text import load_markdown, load_text
from index.types import Article, Loaded, Skip

Found: TypeAlias = "Loaded | SourceFile"
"""What a file may hold: articles, skips and, in an archive, further files (``make_member``)."""

Loader: TypeAlias = Callable[[SourceFile, int], Iterator[tuple[Place, Found]]]
"""From a file and the most bytes an article may have, what it holds, with the places."""

LOADERS: Mapping[str, Loader] = MappingProxyType(
    {
        ".txt": load_text,
        ".text": load_text,
        ".md": load_markdown,
        ".markdown": load_markdown,
        ".jsonl": load_jsonl,
    }
)
"""Suffix -> loader."""

MAX_FILE_BYTES = 20_000_000
"""What one article may have, in a file of its own or on a line."""


MAX_DEPTH = 3
"""Archives that a file may lie in."""


def load_articles(
    paths: Iterable[Path | str], *, max_file_bytes: int = MAX_FILE_BYTES
) -> Iterator[Loaded]:
    """Yield the articles of some files and folders, one at a time.

    Args:
        paths: Files and folders. A folder stands for every visible file in it, by name.
        max_file_bytes: A larger file, or a longer line of a collection, is skipped.

    Yields:
        Articles, and skips for what is missing, unreadable, unsupported, empty or given twice.
    """
    seen: dict[str, tuple[Place, bytes]] = {}
    for found in find_files(paths):
        if isinstance(found, Skip):
            yield found
            continue
        for place, loaded in load_file(found, max_file_bytes):
            yield _unless_seen(place, loaded, seen)


def load_file(
    file: SourceFile, max_file_bytes: int = MAX_FILE_BYTES, *, depth: int = 0
) -> Iterator[tuple[Place, Loaded]]:
    """Yield what a file holds, and what the files inside it hold.

    Args:
        file: The file.
        max_file_bytes: See ``load_articles``.
        depth: How many archives it lies in.
    """
    loader = LOADERS.get(file.suffix)
    if loader is None:
        yield Place(file.name), Skip(file.name, describe_unsupported(file.suffix))
        return
    for place, found in loader(file, max_file_bytes):
        if not isinstance(found, SourceFile):
            yield place, found
        elif depth == MAX_DEPTH:
            yield place, Skip(found.name, f"it lies in more than {MAX_DEPTH} archives")
        else:
            yield from load_file(found, max_file_bytes, depth=depth + 1)


def count_articles(paths: Iterable[Path | str]) -> int:
    """Return about how many articles and skips ``load_articles`` yields, for a progress bar."""
    return sum(
        count_lines(found) if isinstance(found, SourceFile) and found.suffix == ".jsonl" else 1
        for found in find_files(paths)
    )


def describe_unsupported(suffix: str) -> str:
    """Return why a file with this suffix is skipped, and what would not be."""
    known = " ".join(LOADERS)
    return f"format '{suffix}' is not supported ({known})" if suffix else f"no suffix ({known})"


def _unless_seen(place: Place, loaded: Loaded, seen: dict[str, tuple[Place, bytes]]) -> Loaded:
    """Return an article, or a skip if its id was met before; remember where it was met."""
    if not isinstance(loaded, Article):
        return loaded
    content = hashlib.sha256(loaded.text.encode("utf-8")).digest()[:8]
    if loaded.article_id not in seen:
        seen[loaded.article_id] = place, content
        return loaded
    first, first_content = seen[loaded.article_id]
    if place.line is None:
        return Skip(str(place), f"already read as '{first}'")
    where = f"on line {first.line}" if first.file == place.file else f"at '{first}'"
    repetition = ", with the same content" if content == first_content else ""
    return Skip(str(place), f"id '{loaded.article_id}' already used {where}{repetition}")
