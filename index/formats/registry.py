"""Which loader reads which file: a table of suffixes, and the loader for a file.

A new format is a new file with a loader, and one line in ``LOADERS``. Loaders are named and not
imported, so that one of them can ask what a file inside of an archive would be read by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeAlias, cast

from index.formats.files import Place, SourceFile
from index.types import Loaded

Found: TypeAlias = "Loaded | SourceFile"
"""What a file may hold: articles, skips and, in an archive, further files (``make_member``)."""

Loader: TypeAlias = Callable[[SourceFile, int], Iterator[tuple[Place, Found]]]
"""From a file and the most bytes an article may have, what it holds, with the places."""

LOADERS: Mapping[str, str] = MappingProxyType(
    {
        ".txt": "index.formats.load_text:load_text",
        ".text": "index.formats.load_text:load_text",
        ".md": "index.formats.load_text:load_markdown",
        ".markdown": "index.formats.load_text:load_markdown",
        ".jsonl": "index.formats.collections.load_jsonl:load_jsonl",
        ".html": "index.formats.web.load_html:load_html",
        ".htm": "index.formats.web.load_html:load_html",
        ".xhtml": "index.formats.web.load_html:load_html",
        ".mhtml": "index.formats.web.load_mhtml:load_mhtml",
        ".mht": "index.formats.web.load_mhtml:load_mhtml",
        ".eml": "index.formats.mail.load_mail:load_eml",
        ".mbox": "index.formats.mail.load_mail:load_mbox",
        ".rss": "index.formats.web.load_feed:load_feed",
        ".atom": "index.formats.web.load_feed:load_feed",
        ".xml": "index.formats.web.load_feed:load_feed",
        ".ndjson": "index.formats.collections.load_jsonl:load_jsonl",
        ".json": "index.formats.collections.load_json:load_json",
        ".csv": "index.formats.collections.load_table:load_csv",
        ".tsv": "index.formats.collections.load_table:load_csv",
        ".xlsx": "index.formats.collections.load_table:load_xlsx",
        ".pdf": "index.formats.documents.load_pdf:load_pdf",
        ".docx": "index.formats.documents.load_docx:load_docx",
        ".odt": "index.formats.documents.load_odt:load_odt",
        ".epub": "index.formats.documents.load_epub:load_epub",
        ".warc": "index.formats.archives.load_warc:load_warc",
        ".warc.gz": "index.formats.archives.load_warc:load_warc",
        ".zip": "index.formats.archives.load_zip:load_zip",
        ".tar": "index.formats.archives.load_tar:load_tar",
        ".tar.gz": "index.formats.archives.load_tar:load_tar",
        ".tgz": "index.formats.archives.load_tar:load_tar",
        ".tar.bz2": "index.formats.archives.load_tar:load_tar",
        ".tbz2": "index.formats.archives.load_tar:load_tar",
        ".tar.xz": "index.formats.archives.load_tar:load_tar",
        ".txz": "index.formats.archives.load_tar:load_tar",
        ".gz": "index.formats.archives.load_compressed:load_compressed",
        ".bz2": "index.formats.archives.load_compressed:load_compressed",
        ".xz": "index.formats.archives.load_compressed:load_compressed",
    }
)
"""Suffix, or the last two of them -> ``module:function`` of its loader."""

OWN = frozenset({".txt", ".text", ".md", ".markdown", ".jsonl"})
"""What is read in this process; other formats have one of their own, see ``index.containment``."""


def is_supported(file: SourceFile) -> bool:
    """Return whether there is a loader for a file."""
    return _find_name(file) is not None


def is_foreign(file: SourceFile) -> bool:
    """Return whether a file is of a format whose parser is not ours, or runs native code."""
    return file.suffix not in OWN and is_supported(file)


def find_loader(file: SourceFile) -> Loader | None:
    """Return what loads a file, or None if nothing does.

    The last two suffixes of its name go before the last, unless what a server or an archive says
    about it chose another.
    """
    name = _find_name(file)
    return None if name is None else _import_loader(name)


def describe_unsupported(suffix: str) -> str:
    """Return why a file with this suffix is skipped, and what would not be."""
    known = " ".join(LOADERS)
    return f"format '{suffix}' is not supported ({known})" if suffix else f"no suffix ({known})"


def _find_name(file: SourceFile) -> str | None:
    suffixes = PurePosixPath(file.name.lower()).suffixes[-2:]
    double = "".join(suffixes)
    if len(suffixes) > 1 and suffixes[-1] == file.suffix and double in LOADERS:
        return LOADERS[double]
    return LOADERS.get(file.suffix)


def import_loaders() -> None:
    """Import every loader, for a process that can open no file later."""
    for name in LOADERS.values():
        _import_loader(name)


@cache
def _import_loader(name: str) -> Loader:
    module, _, function = name.partition(":")
    return cast("Loader", getattr(import_module(module), function))
