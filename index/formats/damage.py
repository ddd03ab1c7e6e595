"""What parsers raise on files that are not what they claim to be, as one line for the user."""

from __future__ import annotations

import functools
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import TypeAlias

from index.errors import ArticleFormatError
from index.formats.files import Place, SourceFile, printable
from index.types import Loaded, Skip

_Loader: TypeAlias = "Callable[[SourceFile, int], Iterator[tuple[Place, Loaded | SourceFile]]]"

_MAX_REASON_CHARS = 200

DAMAGE: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,  # with NotImplementedError and RecursionError
    SyntaxError,  # what lxml raises
    TypeError,
    ValueError,
    lzma.LZMAError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading hostile data may raise, in the standard library and in the parsers used here."""


def reporting(loader: _Loader) -> _Loader:
    """Make a loader report what is wrong with a file as a skip, after what it could read."""

    @functools.wraps(loader)
    def load(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Loaded | SourceFile]]:
        try:
            yield from loader(file, max_bytes)
        except ArticleFormatError as error:
            yield Place(file.name), Skip(file.name, error.reason)
        except DAMAGE as error:
            yield Place(file.name), Skip(file.name, describe_damage(error))

    return load


def describe_damage(error: Exception) -> str:
    """Return why something could not be read, as one printable line."""
    if isinstance(error, MemoryError):
        return "it takes more memory to read than it may have"
    if isinstance(error, RecursionError):
        return "damaged (nested too deeply)"
    if isinstance(error, EOFError):
        return "damaged (it ends too early)"
    words = " ".join(str(getattr(error, "strerror", None) or error).split())
    if not words or isinstance(error, AttributeError | LookupError | TypeError):
        words = type(error).__name__  # the words would speak of the parser's insides
    if len(words) > _MAX_REASON_CHARS:
        words = f"{words[: _MAX_REASON_CHARS - 1]}…"
    return f"damaged ({printable(words)})"
