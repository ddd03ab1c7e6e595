"""Bytes of unknown encoding -> text.

UTF-8 and byte-order marks are certain. Other encodings are judged by the misspellings that they
would produce, and those of web pages also by what the page declares. What was decoded wrongly
before it reached us, as ``cafÃ©`` for ``café``, is repaired by ftfy.
"""

from __future__ import annotations

import codecs
import html
import re
import tomllib
from importlib.resources import files

import ftfy
from ftfy.badness import is_bad

from index.errors import ArticleFormatError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"{\\rtf", "an RTF document"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3\x00", "an SQLite database"),
)
_CONTROL_BYTES = bytes(set(range(0x20)) - set(b"\t\n\x0b\x0c\r\x1b\x08")) + b"\x7f"

_HIGH_BYTES = bytes(range(0x80, 0x100))
_MOST_HIGH_IN_LATIN = 0.3

# Enough to detect an encoding, and quick even for the largest file.
_SAMPLE_BYTES = 100_000
_LATIN_ENCODINGS = ("cp1252", "mac_roman", "cp1250", "cp850")
# A symbol inside a word, or a capital after a small letter: signs of the wrong Latin encoding.
_MISREAD = re.compile(
    r"[^\W\d_][^\w\s'’‘.,:;!?/()\"“”–—…&@*+=|~-][^\W\d_]|[a-zß-ÿ][À-ÖØ-ÞŠŒŽŸ]|[^\W\d_][²³¹¼½¾][^\W\d_]"
)
_ESCAPED_BYTE = re.compile("[\udc80-\udcff]")

_LONGEST_REPAIRED = 100_000
# fix_encoding only: whatever else a text holds is what its author wrote.
_REPAIRS = ftfy.TextFixerConfig(
    unescape_html=False,
    remove_terminal_escapes=False,
    restore_byte_a0=True,
    replace_lossy_sequences=True,
    decode_inconsistent_utf8=True,
    fix_c1_controls=False,
    explain=False,
)


def decode(data: bytes, *, name: str) -> str:
    """Return the text that some bytes encode.

    UTF-8 and byte-order marks are certain. Other text with few non-ASCII bytes is read in the Latin
    encoding that yields the fewest misspellings, in a tie code page 1252; charset-normalizer
    handles other scripts.

    Args:
        data: The bytes of a whole file or line.
        name: Their name for error messages.

    Raises:
        ArticleFormatError: If they are not text.
    """
    mark, encoding = _find_mark(data)
    if mark:
        return data[len(mark) :].decode(encoding, "replace")
    _refuse_signatures(data, name)
    if utf16 := _utf16_without_mark(data):
        return data.decode(utf16, "replace")
    try:
        text, most_controls = data.decode("utf-8"), 0.3
    except UnicodeDecodeError:
        text, most_controls = _decode_legacy(data), 0.05
    if _share(data, _CONTROL_BYTES) > most_controls:
        raise ArticleFormatError(name, "binary data, not text")
    return text


def guess_encoding(sample: bytes, *, name: str) -> str:
    """Return the encoding of a text that starts with some bytes, ``utf-8`` if that is possible.

    Args:
        sample: About the first 100,000 bytes.
        name: Their name for error messages.

    Raises:
        ArticleFormatError: If they are not text.
    """
    mark, encoding = _find_mark(sample)
    if mark:
        return encoding
    _refuse_signatures(sample, name)
    if utf16 := _utf16_without_mark(sample[: len(sample) // 2 * 2]):
        return utf16
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
        encoding, most_controls = "utf-8", 0.3
    except UnicodeDecodeError:
        is_mended = _mostly_utf8(sample.decode("utf-8", "surrogateescape"))
        encoding = "utf-8" if is_mended else _legacy_encoding(sample)
        most_controls = 0.05
    if _share(sample, _CONTROL_BYTES) > most_controls:
        raise ArticleFormatError(name, "binary data, not text")
    return encoding


_ENTITY = re.compile(
    r"(?<=[^\W\d_])&(?:amp;)?[a-zA-Z]{1,2}(?:acute|grave|uml|cedil|circ|tilde|slash|ring|lig|caron);"
)


def repair_encoding(text: str) -> str:
    """Return a text whose lines are decoded rightly, each judged for itself.

    A line that does not look wrong stays as it is. So do entities, unless one stands in a word.
    """
    text = _ENTITY.sub(lambda match: html.unescape(html.unescape(match[0])), text)
    if text.isascii():
        return text
    return "\n".join(
        ftfy.fix_encoding(line, _REPAIRS)
        if len(line) <= _LONGEST_REPAIRED and is_bad(line)
        else line
        for line in text.split("\n")
    )


def mark_length(head: bytes) -> int:
    """Return the length of the byte-order mark at the start of a stream, 0 if there is none."""
    return len(_find_mark(head)[0])


def starting_encoding(head: bytes) -> str:
    """Return the encoding that the first four bytes of a stream announce, UTF-8 if none."""
    return _find_mark(head)[1]


def _find_mark(head: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark and the encoding that it announces, UTF-8 without one."""
    found = (entry for entry in _BYTE_ORDER_MARKS if head.startswith(entry[0]))
    return next(found, (b"", "utf-8"))


def _refuse_signatures(head: bytes, name: str) -> None:
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            raise ArticleFormatError(name, f"{kind}, not text")


def _utf16_without_mark(data: bytes) -> str | None:
    """Return the byte order of UTF-16 if alternate bytes are mostly zero, as in Latin text."""
    sample = data[: _SAMPLE_BYTES // 2 * 2]
    half = len(sample) // 2
    if not half or len(data) % 2:
        return None
    zeros = sample[0::2].count(0), sample[1::2].count(0)
    if max(zeros) < 0.6 * half or min(zeros) > 0.1 * half:
        return None
    return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"


def _decode_legacy(data: bytes) -> str:
    mended = data.decode("utf-8", "surrogateescape")
    if _mostly_utf8(mended):
        return _ESCAPED_BYTE.sub(_read_as_1252, mended)
    return data.decode(_legacy_encoding(data[:_SAMPLE_BYTES]), "replace")


def _mostly_utf8(mended: str) -> bool:
    """Return whether a text has far more valid than invalid (escaped) non-ASCII characters."""
    n_broken = len(_ESCAPED_BYTE.findall(mended))
    n_sound = sum(char > "\x7f" for char in mended) - n_broken
    return n_sound > 2 * n_broken


def _legacy_encoding(sample: bytes) -> str:
    if _share(sample, _HIGH_BYTES) < _MOST_HIGH_IN_LATIN:
        return min(_LATIN_ENCODINGS, key=lambda encoding: _n_misread(sample, encoding))
    from charset_normalizer import from_bytes

    best = from_bytes(sample).best()
    return best.encoding if best else "cp1252"


def _n_misread(data: bytes, encoding: str) -> int:
    text = data.decode(encoding, "replace")
    return len(_MISREAD.findall(text)) + text.count("\ufffd")


def _read_as_1252(match: re.Match[str]) -> str:
    return bytes([ord(match[0]) - 0xDC00]).decode("cp1252", "replace")


def _mend(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


MEND = "onrecord.mend"
"""Decoding error handler: bytes that are invalid UTF-8 are read as code page 1252."""
codecs.register_error(MEND, _mend)


def _share(data: bytes, wanted: bytes) -> float:
    return 1.0 - len(data.translate(None, wanted)) / max(len(data), 1)


_HEAD_BYTES = 4_096

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']?(?P<xml>[\w.:-]{1,40})
    |<meta[^>]{0,300}?charset\s*=\s*["']?\s*(?P<meta>[\w.:-]{1,40})""",
    re.IGNORECASE | re.VERBOSE,
)

_TABLES: dict[str, dict[str, str]] = tomllib.loads(
    files(__package__).joinpath("encodings.toml").read_text("utf-8")
)
_READ_AS, _LABELS = (
    {name: codec for codec, names in _TABLES[table].items() for name in names.split()}
    for table in ("read_as", "labels")
)
_STATEFUL = "iso2022_jp"  # its bytes are ASCII and therefore valid UTF-8 as well

# A page that declares its encoding correctly has almost no invalid bytes.
_MOST_UNREADABLE = 0.002


def decode_page(data: bytes, *, name: str, charset: str = "") -> str:
    """Return the text of a web page or a feed.

    A byte-order mark counts first, then valid UTF-8, then the declared encoding if the bytes fit
    it, and then a guess from the bytes.

    Args:
        data: The whole page.
        name: Its name for error messages.
        charset: The encoding declared in transit, as by a mail header; it takes precedence over
            the one that the page declares.

    Raises:
        ArticleFormatError: If the bytes are not text.
    """
    for label in (charset, _declared_in(data)):
        encoding = _encoding_of(label)
        if not encoding or (encoding != _STATEFUL and _is_unicode(data)):
            continue
        text = data.decode(encoding, "replace")
        if text.count("\ufffd") <= _MOST_UNREADABLE * len(text):
            return text
    return decode(data, name=name)


def _declared_in(data: bytes) -> str:
    found = _DECLARED.search(data, 0, _HEAD_BYTES)
    return (found["xml"] or found["meta"]).decode("ascii", "replace") if found else ""


def _encoding_of(label: str) -> str:
    """Return the codec for a declared encoding; empty for UTF-8 or an unknown one."""
    label = label.strip().lower()
    try:
        return _LABELS.get(label) or _READ_AS.get(codecs.lookup(label).name, "")
    except (LookupError, ValueError):
        return ""


def _is_unicode(data: bytes) -> bool:
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
