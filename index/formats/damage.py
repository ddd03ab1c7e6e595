"""What parsers raise on files that are not what they claim to be, as one line for the user."""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib

from index.errors import ArticleFormatError
from index.formats.files import printable, reason_of

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

LOADING_ERRORS: tuple[type[Exception], ...] = (ArticleFormatError, *DAMAGE)
"""The same, and the errors that our own code raises with a reason."""


def describe_damage(error: Exception) -> str:
    """Return why something could not be read, as one printable line."""
    if isinstance(error, ArticleFormatError):
        return error.reason
    if isinstance(error, MemoryError):
        return "reading it takes more memory than allowed"
    if isinstance(error, RecursionError):
        return "damaged (nested too deeply)"
    if isinstance(error, EOFError):
        return "damaged (it ends too early)"
    if isinstance(error, OSError) and error.strerror:
        return reason_of(error)  # the system could not read it, whatever it holds
    words = " ".join(str(error).split())
    if not words or isinstance(error, AttributeError | LookupError | TypeError):
        words = type(error).__name__  # the message would be about the parser's own code
    if len(words) > _MAX_REASON_CHARS:
        words = f"{words[: _MAX_REASON_CHARS - 1]}…"
    return f"damaged ({printable(words)})"
