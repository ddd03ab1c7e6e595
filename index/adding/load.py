"""From paths to articles; anything else is reported as a skip, never dropped silently."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import describe_failure
from index.formats.collections.load_jsonl import count_lines
from index.formats.files import Place, SourceFile, find_files, reason_of
from index.formats.limits import MAX_FILE_BYTES
from index.formats.load import load_file
from index.formats.registry import is_foreign
from index.types import Article, Loaded, Skip

if TYPE_CHECKING:
    from index.containment.isolated_loader import IsolatedLoader

_log = logging.getLogger("onrecord")


def load_articles(
    paths: Iterable[Path | str],
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
    columns: tuple[tuple[str, str], ...] = (),
    unconfined: bool = False,
) -> Iterator[Loaded]:
    """Yield the articles of some files and folders, one at a time.

    Args:
        paths: Files and folders. A folder stands for every visible file in it, in order of name.
        max_file_bytes: A larger file, or a longer line of a collection, is skipped.
        columns: See ``SourceFile``.
        unconfined: See ``IsolatedLoader``.

    Yields:
        Articles, and skips for what is missing, unreadable, unsupported, empty or given twice.
    """
    from index.containment.isolated_loader import IsolatedLoader

    seen = SeenArticles()
    with IsolatedLoader(unconfined=unconfined) as container:
        for found in find_files(paths):
            if isinstance(found, Skip):
                yield found
                continue
            file = replace(found, columns=columns) if columns else found
            for place, loaded in read_source(file, max_file_bytes, container):
                checked = seen.check(place, loaded) if isinstance(loaded, Article) else loaded
                yield checked
                yield from read_notes(place, checked)


def read_source(
    file: SourceFile, max_file_bytes: int, container: IsolatedLoader
) -> Iterator[tuple[Place, Loaded]]:
    """Yield what a file holds, whatever its parser does.

    Args:
        file: The file.
        max_file_bytes: See ``load_articles``.
        container: Where foreign formats are parsed.
    """
    if is_foreign(file):
        yield from container.load(file, max_file_bytes)
        return
    try:
        yield from load_file(file, max_file_bytes)
    except OSError as error:
        yield Place(file.name), Skip(file.name, reason_of(error))
    except (ArithmeticError, LookupError, MemoryError, RecursionError, ValueError) as error:
        # A bug of ours costs one file, not all those after it.
        _log.debug("%s could not be read", file.name, exc_info=True)
        yield Place(file.name), Skip(file.name, f"its parser failed ({describe_failure(error)})")


def read_notes(place: Place, loaded: Loaded) -> tuple[Skip, ...]:
    """Return what the loader of an article says of it, for the report."""
    notes = loaded.notes if isinstance(loaded, Article) else ()
    return tuple(Skip(str(place), note, is_note=True) for note in notes)


def count_articles(paths: Iterable[Path | str]) -> int:
    """Return roughly how many articles and skips ``load_articles`` yields, for a progress bar."""
    return sum(
        count_lines(found) if isinstance(found, SourceFile) and found.suffix == ".jsonl" else 1
        for found in find_files(paths)
    )


class SeenArticles:
    """The articles found in one run, by id."""

    def __init__(self) -> None:
        self._places: dict[str, tuple[Place, bytes]] = {}

    def check(self, place: Place, article: Article) -> Loaded:
        """Return an article, or a skip if its id was found before; remember where it was found."""
        content = hashlib.sha256(article.text.encode("utf-8", "replace")).digest()[:8]
        if article.article_id not in self._places:
            self._places[article.article_id] = place, content
            return article
        first, first_content = self._places[article.article_id]
        if place.line is None:
            return Skip(str(place), f"already read as '{first}'")
        where = f"on line {first.line}" if first.file == place.file else f"at '{first}'"
        repetition = ", with the same content" if content == first_content else ""
        return Skip(str(place), f"id '{article.article_id}' already used {where}{repetition}")

    def note(self, place: Place, article_ids: Collection[str]) -> bool:
        """Note the articles of a file that is not read; return whether all of them are new."""
        if any(article_id in self._places for article_id in article_ids):
            return False
        self._places.update((article_id, (place, b"")) for article_id in article_ids)
        return True
