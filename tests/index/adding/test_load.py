"""Loading: paths -> articles, or skips that say why."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.adding.load import load_articles
from index.types import Article, Skip
from text_files import only_skip, write


@pytest.mark.parametrize("name", ["a.ppt", "a.TXT.bak", "Makefile", "a.\x1b[2J"])
def test_unsupported_formats_are_named(tmp_path: Path, name: str) -> None:
    skip = only_skip(write(tmp_path / name))
    assert "not supported" in skip.reason or "no suffix" in skip.reason


def test_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "quay.txt")
    first, second = load_articles([path, tmp_path])
    assert isinstance(first, Article)
    assert second == Skip(str(path), f"already read as '{path}'")


def test_articles_come_one_at_a_time(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    loaded = load_articles([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert isinstance(next(loaded), Article)
    write(tmp_path / "b.txt")
    assert isinstance(next(loaded), Article)
