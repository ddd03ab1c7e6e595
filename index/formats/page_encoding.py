"""Bytes of a web page or a feed -> text, whatever encoding they declare or really have. Pure."""

from __future__ import annotations

import codecs
import re

from index.text.encodings import decode

_HEAD_BYTES = 4_096

_DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']?(?P<xml>[\w.:-]{1,40})
    |<meta[^>]{0,300}?charset\s*=\s*["']?\s*(?P<meta>[\w.:-]{1,40})""",
    re.IGNORECASE | re.VERBOSE,
)

# What browsers read in place of what a page declares: the code page that extends it. Not in this
# list is what can hide markup from whoever looks at the bytes (UTF-7), and UTF-16 and UTF-32,
# which cannot be declared in ASCII.
_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "cp1252": "cp1252",
    "iso8859-9": "cp1254",
    "cp1254": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "cp874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "euc_kr": "cp949",
    "cp949": "cp949",
    "johab": "johab",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp",
    "koi8-r": "koi8-r",
    "koi8-u": "koi8-u",
    "mac-roman": "mac-roman",
    "mac-cyrillic": "mac-cyrillic",
    "cp866": "cp866",
    **{f"cp125{digit}": f"cp125{digit}" for digit in (0, 1, 3, 5, 6, 7, 8)},
    **{f"iso8859-{part}": f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
}
_LABELS = {
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
}
_STATEFUL = "iso2022_jp"  # its bytes are ASCII, and so are valid UTF-8 too

# A page that is really in the encoding that it declares has next to no byte that is not.
_MOST_UNREADABLE = 0.002


def decode_page(data: bytes, *, name: str, charset: str = "") -> str:
    """Return the text of a page.

    A byte-order mark decides, then whether the bytes are valid UTF-8, then the encoding that the
    page declares if the bytes fit it, and at last what the bytes look like.

    Args:
        data: The whole page.
        name: What it is called in an error.
        charset: The encoding that its transport declared, such as a mail's header; it goes before
            the page's own.

    Raises:
        ArticleFormatError: If the bytes are no text.
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
    """Return the codec to read a declared encoding with, empty for none or UTF-8."""
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
