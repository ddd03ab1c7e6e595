"""One file -> its articles, and those of the files inside it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from index.errors import ArticleFormatError, describe_failure
from index.formats.files import Place, SourceFile, printable
from index.formats.limits import MAX_DEPTH, MAX_FILE_BYTES
from index.formats.registry import describe_unsupported, find_loader, import_loaders
from index.types import Loaded, Skip

_LIBRARIES = (
    *("charset_normalizer", "feedparser", "ijson", "openpyxl", "pypdfium2.raw", "trafilatura"),
    *("trafilatura.metadata", "warcio.archiveiterator"),
)
"""What loaders import once they need it."""

_JOINERS = "\u200c\u200d"  # within a word of Persian or of an Indic script, they are spelling

_PAGE = b"""<html lang="en"><head><title>Ice closes the harbour</title>
<meta property="article:published_time" content="2024-01-15T08:00:00Z"></head><body>
<nav><ul><li><a href="/">Home</a></li></ul></nav><article><h1>Ice closes the harbour</h1>
<p>By Ada Holm, 15 January 2024</p><p>The harbour of the town was closed on Monday because of the
ice on the river, and it will stay closed until the ice has gone, the harbour master said.</p>
<h2>No ferry</h2><p>No ferry left on Tuesday either. &ldquo;Nobody drowned,&rdquo; she
said.</p><table><tr><th>Day</th><th>Ferries</th></tr><tr><td>Monday</td><td>0</td></tr></table>
</article><footer>All rights reserved</footer></body></html>"""


def warm_up() -> None:
    """Load what each process that is forked for a file would have to load again, or cannot load.

    Once a process is confined, the language model could not even be unpacked.
    """
    import_loaders()
    for name in _LIBRARIES:
        import_module(name)
    page = SourceFile(Path("page.html"), "page.html", ".html", content=_PAGE)
    for _ in load_file(page):
        pass


def load_file(
    file: SourceFile,
    max_file_bytes: int = MAX_FILE_BYTES,
    *,
    entering: Callable[[SourceFile], bool] = lambda _: True,
    depth: int = 0,
) -> Iterator[tuple[Place, Loaded]]:
    """Yield what a file holds, and what the files inside it hold.

    Args:
        file: The file.
        max_file_bytes: See ``load_articles``.
        entering: Called with a file inside it before that is loaded, which is left out if this
            returns false; and with the outer file again afterwards.
        depth: Number of archives around it.
    """
    loader = find_loader(file)
    if loader is None:
        yield Place(file.name), Skip(file.name, describe_unsupported(file.suffix))
        return
    is_empty = True
    for place, found in loader(file, max_file_bytes):
        is_empty = False
        if not isinstance(found, SourceFile):
            yield place, _make_printable(found)
        elif depth == MAX_DEPTH:
            yield place, Skip(found.name, f"it lies in more than {MAX_DEPTH} archives")
        elif entering(found):
            yield from _load_member(found, max_file_bytes, entering, depth + 1)
            entering(file)
    if is_empty:
        yield Place(file.name), Skip(file.name, "it holds no article")


def _load_member(
    file: SourceFile, max_file_bytes: int, entering: Callable[[SourceFile], bool], depth: int
) -> Iterator[tuple[Place, Loaded]]:
    """Yield what a file inside another one holds; a failure of its parser spares the outer one."""
    try:
        yield from load_file(file, max_file_bytes, entering=entering, depth=depth)
    except MemoryError:
        raise
    except ArticleFormatError as error:
        yield Place(file.name), Skip(file.name, error.reason)
    except Exception as error:  # noqa: BLE001 - a parser may raise anything
        yield Place(file.name), Skip(file.name, f"its parser failed ({describe_failure(error)})")


def _make_printable(found: Loaded) -> Loaded:
    """Return a skip, or an article with notes, with all that these quote made printable."""
    if isinstance(found, Skip):
        return replace(found, reason=_printable_line(found.reason))
    return replace(found, notes=tuple(map(_printable_line, found.notes))) if found.notes else found


def _printable_line(text: str) -> str:
    if text.isprintable():
        return text
    line = " ".join(text.split())
    return "".join(
        char
        if char in _JOINERS and _joins(line[i - 1 : i], line[i + 1 : i + 2])
        else printable(char)
        for i, char in enumerate(line)
    )


def _joins(before: str, after: str) -> bool:
    """Return whether both are a letter or a mark on one, as a virama is."""
    return all(char and unicodedata.category(char)[0] in "LM" for char in (before, after))
