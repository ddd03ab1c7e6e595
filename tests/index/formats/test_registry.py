"""Which loader reads which file."""

from __future__ import annotations

from inspect import unwrap
from pathlib import Path

import pytest

from index.formats.archives.load_tar import load_tar
from index.formats.archives.unpacking import load_compressed
from index.formats.collections.load_jsonl import load_jsonl
from index.formats.files import SourceFile
from index.formats.registry import find_loader
from index.formats.web.load_html import load_html


@pytest.mark.parametrize(
    ("name", "suffix", "loader"),
    [
        ("a.tar.gz", ".gz", load_tar),
        ("a.b.Tar.GZ", ".gz", load_tar),
        ("a.jsonl.gz", ".gz", load_compressed),
        ("a.gz", ".gz", load_compressed),
        ("a.tar.jsonl", ".jsonl", load_jsonl),
        ("https://a.example/a.tar.gz", ".html", load_html),
    ],
)
def test_double_suffixes(tmp_path: Path, name: str, suffix: str, loader: object) -> None:
    found = find_loader(SourceFile(tmp_path, name, suffix))
    assert found is not None
    assert unwrap(found) is loader
