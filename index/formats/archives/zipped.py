"""ZIP files, and the documents that are ZIP files, opened after a look at what they would do.

Refused are tables of contents that would fill the memory, and entries that share their bytes,
which is how a small archive unpacks without end.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from index.errors import ArticleFormatError
from index.formats.archives.members import read_member
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import SourceFile
from index.formats.limits import (
    MAX_DIRECTORY_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_XML_BYTES,
    Budget,
    check_ratio,
)
from index.formats.streams import open_document

_END = b"PK\x05\x06"
_END_BYTES = 22
_MAX_COMMENT_BYTES = 0xFFFF
_LOCATOR = b"PK\x06\x07"
_LOCATOR_BYTES = 20
_LARGE_END = b"PK\x06\x06"
_LARGE_END_BYTES = 56
_LOCAL_HEADER_BYTES = 30
_UNKNOWN = 0xFFFFFFFF
_IS_ENCRYPTED = 0x1 | 0x40
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@contextmanager
def open_package(file: SourceFile) -> Iterator[zipfile.ZipFile]:
    """Open a document that is a ZIP file of parts, its size and its ratio checked as a whole.

    Raises:
        ArticleFormatError: If it is no such document, encrypted, or a bomb.
    """
    with open_document(file, MAX_DOCUMENT_BYTES) as stream:
        if stream.read(len(_OLE)) == _OLE:
            reason = (
                "protected by a password, or in the format of Office before 2007;"
                " save it without a password and in today's format"
            )
            raise ArticleFormatError(file.name, reason)
        with open_zip(stream, name=file.name) as package:
            budget = Budget()
            for info in package.infolist():
                budget.take_bytes(info.file_size, name=file.name)
                check_ratio(info.compress_size, info.file_size, name=file.name)
            if any(info.flag_bits & _IS_ENCRYPTED for info in package.infolist()):
                raise ArticleFormatError(file.name, "encrypted")
            yield package


@contextmanager
def open_zip(stream: BinaryIO, *, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a ZIP file.

    Args:
        stream: It, seekable.
        name: What it is called in an error.

    Raises:
        ArticleFormatError: If it is none, damaged, or its entries overlap.
    """
    _check_directory(stream, name)
    try:
        archive = zipfile.ZipFile(stream)
    except DAMAGE as error:
        raise ArticleFormatError(name, describe_damage(error)) from None
    with archive:
        _check_overlap(archive, name)
        yield archive


def has_part(package: zipfile.ZipFile, part: str) -> bool:
    """Tell whether a document has a part of a name."""
    return part in package.NameToInfo


def read_part(package: zipfile.ZipFile, part: str, *, name: str) -> bytes:
    """Return a part of a document.

    Raises:
        ArticleFormatError: If it is missing, damaged, or larger than XML may be.
    """
    if not has_part(package, part):
        raise ArticleFormatError(name, f"its part '{part}' is missing")
    info = package.getinfo(part)
    if info.file_size > MAX_XML_BYTES:
        reason = f"{info.file_size:,} bytes of XML, more than the {MAX_XML_BYTES:,} a part may have"
        raise ArticleFormatError(name, reason)
    try:
        with package.open(info) as stream:
            return read_member(
                cast("BinaryIO", stream), name=name, budget=Budget(), n_packed=info.compress_size
            )
    except DAMAGE as error:
        raise ArticleFormatError(name, describe_damage(error)) from None


def is_encrypted(info: zipfile.ZipInfo) -> bool:
    """Tell whether a member needs a password."""
    return bool(info.flag_bits & _IS_ENCRYPTED)


def is_link(info: zipfile.ZipInfo) -> bool:
    """Tell whether a member is a symbolic link, or something else that is no file."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    return kind not in {0, stat.S_IFREG, stat.S_IFDIR}


def name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name; UTF-8 that does not say so is read as what it is."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _check_directory(stream: BinaryIO, name: str) -> None:
    """Refuse a table of contents that is too large to read."""
    n_bytes = stream.seek(0, os.SEEK_END)
    start = max(0, n_bytes - _END_BYTES - _MAX_COMMENT_BYTES)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ArticleFormatError(name, "damaged or no ZIP file (no table of contents)")
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size == _UNKNOWN and at >= _LOCATOR_BYTES:
        size = _large_size(stream, tail[at - _LOCATOR_BYTES : at], name)
    if size > MAX_DIRECTORY_BYTES:
        reason = f"a table of contents of {size:,} bytes, more than {MAX_DIRECTORY_BYTES:,}"
        raise ArticleFormatError(name, reason)


def _large_size(stream: BinaryIO, locator: bytes, name: str) -> int:
    """Return the size of the table of contents of an archive beyond four gigabytes."""
    if not locator.startswith(_LOCATOR):
        raise ArticleFormatError(name, "damaged (its table of contents is not to be found)")
    (offset,) = struct.unpack_from("<Q", locator, 8)
    try:
        stream.seek(offset)
        record = stream.read(_LARGE_END_BYTES)
    except (OSError, OverflowError, ValueError):
        record = b""
    stream.seek(0)
    if len(record) < _LARGE_END_BYTES or not record.startswith(_LARGE_END):
        raise ArticleFormatError(name, "damaged (its table of contents is not to be found)")
    (size,) = struct.unpack_from("<Q", record, 40)
    return int(size)


def _check_overlap(archive: zipfile.ZipFile, name: str) -> None:
    ends = [0]
    starts = []
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        starts.append(info.header_offset)
        ends.append(info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size)
    starts.append(archive.start_dir)
    if any(end > start for end, start in zip(ends, starts, strict=True)):
        raise ArticleFormatError(name, "its members overlap, as in an archive made to explode")
