"""Which loader reads which file: a table of suffixes, and the loader for a file.

A new format is a new module with a loader, and one line in ``_SUFFIXES``. Loaders are named here
and imported when they are needed, so that an archive can ask whether a member has a loader.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TypeAlias, cast

from index.formats.damage import LOADING_ERRORS, describe_damage
from index.formats.files import Place, SourceFile
from index.types import Loaded, Skip

Contents: TypeAlias = "Loaded | SourceFile"
"""What a file may hold: articles, skips and, in an archive, further files (``make_member``)."""

Loader: TypeAlias = Callable[[SourceFile, int], Iterator[tuple[Place, Contents]]]
"""From a file and the most bytes one article may have, what it holds, with the places.

A loader may raise any of ``LOADING_ERRORS``, also after its first articles:
``find_loader`` gives loaders that turn these into skips.
"""

_SUFFIXES = (
    ("load_text:load_text", ".txt .text"),
    ("load_text:load_markdown", ".md .markdown"),
    ("collections.load_jsonl:load_jsonl", ".jsonl"),
    ("web.load_html:load_html", ".html .htm .xhtml"),
    ("web.load_html:load_mhtml", ".mhtml .mht"),
    ("load_mail:load_eml", ".eml"),
    ("load_mail:load_mbox", ".mbox"),
    ("blogs.load_xml:load_xml", ".rss .atom .xml .enex"),
    ("collections.load_jsonl:load_jsonl", ".ndjson"),
    ("blogs.load_ghost:load_json", ".json"),
    ("collections.load_table:load_csv", ".csv .tsv"),
    ("collections.load_table:load_xlsx", ".xlsx"),
    ("documents.load_pdf:load_pdf", ".pdf"),
    ("documents.load_office:load_docx", ".docx"),
    ("documents.load_office:load_odt", ".odt"),
    ("documents.load_rtf:load_rtf", ".rtf .doc"),
    ("documents.load_epub:load_epub", ".epub"),
    ("archives.load_warc:load_warc", ".warc .warc.gz"),
    ("archives.load_zip:load_zip", ".zip"),
    ("archives.load_tar:load_tar", ".tar .tar.gz .tgz .tar.bz2 .tbz2 .tar.xz .txz"),
    ("archives.unpacking:load_compressed", ".gz .bz2 .xz"),
)
LOADERS: Mapping[str, str] = MappingProxyType(
    {suffix: f"index.formats.{name}" for name, suffixes in _SUFFIXES for suffix in suffixes.split()}
)
"""Suffix, or the last two of them -> ``module:function`` of its loader."""

OWN_FORMATS = frozenset({".txt", ".text", ".md", ".markdown", ".jsonl"})
"""Formats read in this process; all others are parsed apart, see ``index.containment``."""

TEXT_FORMATS = frozenset(
    (
        *(".html", ".htm", ".xhtml", ".mhtml", ".mht", ".eml", ".mbox", ".rss", ".atom", ".xml"),
        *(".ndjson", ".json", ".csv", ".tsv"),
    )
)
"""Foreign formats that are text; the parsers of the others, which are binary, are riskier."""


def is_supported(file: SourceFile) -> bool:
    """Return whether there is a loader for a file."""
    return _loader_name(file) is not None


def is_foreign(file: SourceFile) -> bool:
    """Return whether the parser of a file's format is not ours, or runs native code."""
    return file.suffix not in OWN_FORMATS and is_supported(file)


def is_binary(file: SourceFile) -> bool:
    """Return whether a file is of a foreign format that is not text."""
    return is_foreign(file) and file.suffix not in TEXT_FORMATS


def find_loader(file: SourceFile) -> Loader | None:
    """Return what loads a file, or None if nothing does.

    The last two suffixes of its name count before the last one, unless a server or an archive has
    stated what the file is. What is wrong with a file is reported as a skip, after whatever could
    be read.
    """
    name = _loader_name(file)
    return None if name is None else _import_loader(name)


def describe_unsupported(suffix: str) -> str:
    """Return why a file with this suffix is skipped."""
    return f"format '{suffix}' is not supported" if suffix else "no suffix that names a format"


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
        except LOADING_ERRORS as error:
            yield Place(file.name), Skip(file.name, describe_damage(error))

    return load
