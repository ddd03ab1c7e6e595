"""Which loader reads which file: a table of suffixes, and the loader for a file.

A new format is a new module with a loader, and one line in ``LOADERS``. Loaders are named here and
imported when they are needed, so that an archive can ask whether one of its members has a loader.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeAlias, cast

from index.errors import ArticleFormatError
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import Place, SourceFile
from index.types import Loaded, Skip

Contents: TypeAlias = "Loaded | SourceFile"
"""What a file may hold: articles, skips and, in an archive, further files (``make_member``)."""

Loader: TypeAlias = Callable[[SourceFile, int], Iterator[tuple[Place, Contents]]]
"""From a file and the most bytes one article may have, what it holds, with the places.

A loader may raise ``ArticleFormatError`` or any of ``DAMAGE``, also after its first articles:
``find_loader`` gives loaders that turn these into skips.
"""

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
        ".mhtml": "index.formats.web.load_html:load_mhtml",
        ".mht": "index.formats.web.load_html:load_mhtml",
        ".eml": "index.formats.load_mail:load_eml",
        ".mbox": "index.formats.load_mail:load_mbox",
        ".rss": "index.formats.web.load_feed:load_feed",
        ".atom": "index.formats.web.load_feed:load_feed",
        ".xml": "index.formats.web.load_feed:load_feed",
        ".ndjson": "index.formats.collections.load_jsonl:load_jsonl",
        ".json": "index.formats.collections.load_json:load_json",
        ".csv": "index.formats.collections.load_table:load_csv",
        ".tsv": "index.formats.collections.load_table:load_csv",
        ".xlsx": "index.formats.collections.load_table:load_xlsx",
        ".pdf": "index.formats.documents.load_pdf:load_pdf",
        ".docx": "index.formats.documents.load_office:load_docx",
        ".odt": "index.formats.documents.load_office:load_odt",
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
        ".gz": "index.formats.archives.unpacking:load_compressed",
        ".bz2": "index.formats.archives.unpacking:load_compressed",
        ".xz": "index.formats.archives.unpacking:load_compressed",
    }
)
"""Suffix, or the last two of them -> ``module:function`` of its loader."""

OWN_FORMATS = frozenset({".txt", ".text", ".md", ".markdown", ".jsonl"})
"""Formats read in this process; all others are parsed apart, see ``index.containment``."""


def is_supported(file: SourceFile) -> bool:
    """Return whether there is a loader for a file."""
    return _loader_name(file) is not None


def is_foreign(file: SourceFile) -> bool:
    """Return whether the parser of a file's format is not ours, or runs native code."""
    return file.suffix not in OWN_FORMATS and is_supported(file)


def find_loader(file: SourceFile) -> Loader | None:
    """Return what loads a file, or None if nothing does.

    The last two suffixes of its name count before the last one, unless a server or an archive has
    stated what the file is. What is wrong with a file is reported as a skip, after whatever could
    be read.
    """
    name = _loader_name(file)
    return None if name is None else _import_loader(name)


def describe_unsupported(suffix: str) -> str:
    """Return why a file with this suffix is skipped, and what would not be."""
    known = " ".join(LOADERS)
    return f"format '{suffix}' is not supported ({known})" if suffix else f"no suffix ({known})"


def import_loaders() -> None:
    """Import every loader, for a process that will soon be confined."""
    for name in LOADERS.values():
        _import_loader(name)


def _loader_name(file: SourceFile) -> str | None:
    suffixes = PurePosixPath(file.name.lower()).suffixes[-2:]
    double = "".join(suffixes)
    if len(suffixes) > 1 and suffixes[-1] == file.suffix and double in LOADERS:
        return LOADERS[double]
    return LOADERS.get(file.suffix)


@functools.cache
def _import_loader(name: str) -> Loader:
    module, _, function = name.partition(":")
    return _report_damage(cast("Loader", getattr(import_module(module), function)))


def _report_damage(loader: Loader) -> Loader:
    @functools.wraps(loader)
    def load(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Contents]]:
        try:
            yield from loader(file, max_bytes)
        except ArticleFormatError as error:
            yield Place(file.name), Skip(file.name, error.reason)
        except DAMAGE as error:
            yield Place(file.name), Skip(file.name, describe_damage(error))

    return load
