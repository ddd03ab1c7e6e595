"""Files of text and collections on disk, and what is loaded from them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from index.adding.load import load_articles
from index.types import Article, Skip

TEXT = "Quay closed after storm\n\nThe harbour board of Saltmere has closed the old quay.\n"


def write(path: Path, content: str | bytes = TEXT) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def collection(path: Path, records: Iterable[object]) -> Path:
    return write(path, "".join(json.dumps(record) + "\n" for record in records))


def only_article(*paths: Path) -> Article:
    (loaded,) = load_articles(paths)
    assert isinstance(loaded, Article), loaded
    return loaded


def only_skip(*paths: Path | str, max_file_bytes: int = 20_000_000) -> Skip:
    (loaded,) = load_articles(paths, max_file_bytes=max_file_bytes)
    assert isinstance(loaded, Skip), loaded
    assert "\n" not in loaded.reason
    assert loaded.source.isprintable()
    assert loaded.reason.isprintable()
    return loaded
