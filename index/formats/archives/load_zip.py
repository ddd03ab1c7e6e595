"""ZIP archives, and the documents that are ZIP files, checked before anything is unpacked.

Refused are tables of contents that would fill the memory, and members that share their bytes, which
is how a small archive unpacks without end.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast
from zipfile import ZipFile, ZipInfo

from index.errors import ArticleFormatError
from index.formats.archives.unpacking import (
    SkippedMembers,
    budget_of,
    is_hidden,
    is_loadable,
    name_in,
    read_member,
)
from index.formats.damage import DAMAGE, describe_damage
from index.formats.files import Place, SourceFile, make_member, open_document
from index.formats.limits import (
    MAX_COLLECTION_BYTES,
    MAX_DIRECTORY_BYTES,
    MAX_DOCUMENT_BYTES,
    MAX_XML_BYTES,
    Budget,
    check_ratio,
)
from index.types import Skip

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
    """Open a document that is a ZIP file of parts, after checking its size and ratio as a whole.

    Raises:
        ArticleFormatError: If it is not such a document, encrypted, or a bomb.
    """
    with open_document(file, MAX_DOCUMENT_BYTES) as stream:
        if stream.read(len(_OLE)) == _OLE:
            reason = (
                "protected by a password, or in the format of Office before 2007;"
                " save it without a password and in a current format"
            )
            raise ArticleFormatError(file.name, reason)
        with _open_zip(stream, name=file.name) as package:
            budget = Budget()
            for info in package.infolist():
                budget.take_bytes(info.file_size, name=file.name)
                check_ratio(info.compress_size, info.file_size, name=file.name)
            if any(info.flag_bits & _IS_ENCRYPTED for info in package.infolist()):
                raise ArticleFormatError(file.name, "encrypted")
            yield package


@contextmanager
def _open_zip(stream: BinaryIO, *, name: str) -> Iterator[zipfile.ZipFile]:
    """Open a seekable ZIP file.

    Raises:
        ArticleFormatError: If it is not a ZIP file, damaged, or its members overlap.
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
    """Tell whether a document has a part with this name."""
    return part in package.NameToInfo


def read_part(package: zipfile.ZipFile, part: str, *, name: str) -> bytes:
    """Return a part of a document.

    Raises:
        ArticleFormatError: If it is missing, damaged, or too large.
    """
    if not has_part(package, part):
        raise ArticleFormatError(name, f"its part '{part}' is missing")
    info = package.getinfo(part)
    if info.file_size > MAX_XML_BYTES:
        reason = (
            f"{info.file_size:,} bytes of XML, over the limit of {MAX_XML_BYTES:,} for one part"
        )
        raise ArticleFormatError(name, reason)
    try:
        with package.open(info) as stream:
            return read_member(
                cast("BinaryIO", stream), name=name, budget=Budget(), n_packed=info.compress_size
            )
    except DAMAGE as error:
        raise ArticleFormatError(name, describe_damage(error)) from None


def _name_of(info: zipfile.ZipInfo) -> str:
    """Return a member's name, decoded as UTF-8 even if it is not marked as such."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _check_directory(stream: BinaryIO, name: str) -> None:
    """Refuse a table of contents that is too large."""
    n_bytes = stream.seek(0, os.SEEK_END)
    start = max(0, n_bytes - _END_BYTES - _MAX_COMMENT_BYTES)
    stream.seek(start)
    tail = stream.read()
    stream.seek(0)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_BYTES:
        raise ArticleFormatError(name, "damaged or not a ZIP file (no table of contents)")
    (size,) = struct.unpack_from("<L", tail, at + 12)
    if size == _UNKNOWN and at >= _LOCATOR_BYTES:
        size = _large_size(stream, tail[at - _LOCATOR_BYTES : at], name)
    if size > MAX_DIRECTORY_BYTES:
        reason = f"a table of contents of {size:,} bytes, over the limit of {MAX_DIRECTORY_BYTES:,}"
        raise ArticleFormatError(name, reason)


def _large_size(stream: BinaryIO, locator: bytes, name: str) -> int:
    """Return the size of the table of contents of an archive beyond four gigabytes."""
    if not locator.startswith(_LOCATOR):
        raise ArticleFormatError(name, "damaged (its table of contents cannot be found)")
    (offset,) = struct.unpack_from("<Q", locator, 8)
    try:
        stream.seek(offset)
        record = stream.read(_LARGE_END_BYTES)
    except (OSError, OverflowError, ValueError):
        record = b""
    stream.seek(0)
    if len(record) < _LARGE_END_BYTES or not record.startswith(_LARGE_END):
        raise ArticleFormatError(name, "damaged (its table of contents cannot be found)")
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
        raise ArticleFormatError(name, "its members overlap, as in a ZIP bomb")


def load_zip(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the members of an archive; they are read into memory one by one, never extracted.

    Links and encrypted members are counted in one skip each; a damaged member costs one skip.
    """
    del max_bytes  # the loaders of the members check their articles
    file, budget = budget_of(file)
    skipped = SkippedMembers()
    with (
        open_document(file, MAX_COLLECTION_BYTES) as stream,
        _open_zip(stream, name=file.name) as archive,
    ):
        for info in archive.infolist():
            budget.take_member(name=file.name)
            name = _name_of(info)
            if info.is_dir() or is_hidden(name):
                continue
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
                skipped.add(name, "skipped (a link or a device)")
            elif info.flag_bits & _IS_ENCRYPTED:
                skipped.add(name, "skipped (encrypted)")
            else:
                place = Place(name_in(file, name))
                try:
                    yield place, _member(file, archive, info, budget)
                except ArticleFormatError as error:
                    yield place, Skip(place.file, error.reason)
                    if budget.bytes_left < 0:
                        break
        yield from skipped.report(file)
        if not archive.infolist():
            yield Place(file.name), Skip(file.name, "an empty archive")


def _member(file: SourceFile, archive: ZipFile, info: ZipInfo, budget: Budget) -> SourceFile:
    name = _name_of(info)
    if not is_loadable(file, name):
        return make_member(file, name, b"")
    try:
        with archive.open(info) as stream:
            content = read_member(
                cast("BinaryIO", stream),
                name=file.name,
                budget=budget,
                n_packed=info.compress_size,
            )
    except DAMAGE as error:
        raise ArticleFormatError(file.name, describe_damage(error)) from None
    return make_member(file, name, content)
