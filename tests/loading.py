"""What the tests of loaders share: files on disk in, articles and skips out, in this process."""

from __future__ import annotations

from pathlib import Path

from index.formats.files import SourceFile, find_files
from index.formats.load import load_file
from index.types import Article, Loaded, Skip


def source_file(path: Path, columns: tuple[tuple[str, str], ...] = ()) -> SourceFile:
    (found,) = find_files([path])
    assert isinstance(found, SourceFile), found
    return SourceFile(found.path, found.name, found.suffix, columns=columns)


def load(
    path: Path, *, max_bytes: int = 20_000_000, columns: tuple[tuple[str, str], ...] = ()
) -> list[Loaded]:
    loaded = [found for _, found in load_file(source_file(path, columns), max_bytes)]
    for item in loaded:
        if isinstance(item, Skip):
            assert "\n" not in item.reason
            assert item.reason.isprintable()
            assert item.source.isprintable()
    return loaded


def articles(loaded: list[Loaded]) -> list[Article]:
    return [item for item in loaded if isinstance(item, Article)]


def reasons(loaded: list[Loaded]) -> list[str]:
    return [item.reason for item in loaded if isinstance(item, Skip)]


def only_article(loaded: list[Loaded]) -> Article:
    (article,) = loaded
    assert isinstance(article, Article), article
    return article


def only_reason(loaded: list[Loaded]) -> str:
    (skip,) = loaded
    assert isinstance(skip, Skip), skip
    return skip.reason
