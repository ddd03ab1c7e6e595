"""WARC, the format of web crawlers and archiving browsers: pages with their addresses."""

from __future__ import annotations

import contextlib
import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit

from index.errors import ArticleFormatError
from index.formats.archives.unpacking import (
    SkippedMembers,
    Unpacking,
    budget_of,
    name_in,
    read_member,
    unpack,
)
from index.formats.damage import LOADING_ERRORS, describe_damage
from index.formats.files import Place, SourceFile, make_member
from index.formats.limits import MAX_HEADER_BYTES, MAX_MEMBER_BYTES, Budget, check_ratio
from index.formats.media_types import choose_suffix, to_utf8
from index.types import Skip

if TYPE_CHECKING:
    from warcio.archiveiterator import ArchiveIterator
    from warcio.recordloader import ArcWarcRecord

_PAGES = frozenset({".html", ".pdf", ".txt", ".md", ".xml"})
_BODIES = frozenset({"response", "resource", "conversion"})
_UNSHOWN = frozenset({"request", "metadata", "warcinfo", "continuation"})
_OK = "200"
_MAX_URL_CHARS = 2_000
_BLOCK_BYTES = 1 << 20
_READ_BYTES = 1 << 16


def load_warc(file: SourceFile, max_bytes: int) -> Iterator[tuple[Place, Skip | SourceFile]]:
    """Yield the pages of an archive, each with its address; it is read record by record.

    It may be packed by record, as a whole, or not at all. Pictures, scripts and other records
    without an article are counted in one skip each, as are responses other than success.
    Everything before a damaged place is read.
    """
    del max_bytes  # the loaders of the members check their articles
    from warcio.archiveiterator import ArchiveIterator

    file, budget = budget_of(file)
    skipped = SkippedMembers()
    seen: set[int] = set()
    is_empty = True
    damage: Skip | None = None
    with unpack(file, budget) as raw:
        records = ArchiveIterator(raw, block_size=_READ_BYTES)
        raw.allowance = MAX_HEADER_BYTES
        while True:
            record = _next(records, file)
            if isinstance(record, Skip):
                damage = record
                break
            if record is None:
                break
            is_empty = False
            budget.take_member(name=file.name)
            raw.allowance = None
            found = _load(file, record, budget, skipped, seen)
            if found is not None:
                yield found
            _allow_rest(raw, record)
    yield from skipped.report(file)
    if damage is not None:
        yield Place(file.name), damage
    elif is_empty:
        yield Place(file.name), Skip(file.name, "empty file")


def _next(records: ArchiveIterator, file: SourceFile) -> ArcWarcRecord | Skip | None:
    """Return the next record, None at the end, or a skip if the archive is damaged."""
    from warcio.exceptions import ArchiveLoadFailed
    from warcio.statusandheaders import StatusAndHeadersParserException

    try:
        # warcio prints a complaint about a record's length.
        with contextlib.redirect_stderr(io.StringIO()):
            return next(records, None)
    except (ArchiveLoadFailed, StatusAndHeadersParserException):
        return Skip(file.name, "damaged or not a WARC (no record where one should start)")
    except LOADING_ERRORS as error:
        return Skip(file.name, describe_damage(error))


def _allow_rest(raw: Unpacking, record: ArcWarcRecord) -> None:
    length = record.length if isinstance(record.length, int) else 0
    raw.allowance = max(0, length) + MAX_HEADER_BYTES


def _load(
    file: SourceFile,
    record: ArcWarcRecord,
    budget: Budget,
    skipped: SkippedMembers,
    seen: set[int],
) -> tuple[Place, Skip | SourceFile] | None:
    """Return the page in a record, a skip, or None if the record holds no page."""
    if record.rec_type in _UNSHOWN:
        return None
    url = (record.rec_headers.get_header("WARC-Target-URI") or "").strip("<> \t")
    headers = record.http_headers
    content_type = (headers or record.rec_headers).get_header("Content-Type") or ""
    suffix = choose_suffix(content_type, _path_of(url))
    if why := _why_skipped(record, url, suffix):
        skipped.add(url, f"skipped ({why})")
        return None
    # A page that was fetched again is another version rather than the same file.
    name = url[:_MAX_URL_CHARS]
    if hash(name) in seen:
        name = f"{name} {record.rec_headers.get_header('WARC-Date') or ''}".strip()
    seen.add(hash(name))
    place = Place(name_in(file, name))
    try:
        body = _body(record, file, budget)
    except LOADING_ERRORS as error:
        return place, Skip(place.file, describe_damage(error))
    content = to_utf8(body, content_type, suffix)
    return place, make_member(file, name, content, url=url if _is_web(url) else "", suffix=suffix)


def _why_skipped(record: ArcWarcRecord, url: str, suffix: str) -> str:
    if record.rec_type not in _BODIES:
        return "unchanged since an earlier fetch"
    headers = record.http_headers
    if headers and headers.get_statuscode() != _OK:
        return "no successful response"
    if suffix not in _PAGES or _path_of(url) == "/robots.txt":
        return "neither a page nor a text"
    return ""


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_named = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
    return is_named and len(url) <= _MAX_URL_CHARS and url.isprintable()


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def _body(record: ArcWarcRecord, file: SourceFile, budget: Budget) -> bytes:
    """Return the unpacked body of a record, within limits."""
    # The stream beneath counts towards the budget already; this one only caps the size.
    body = read_member(cast("BinaryIO", record.raw_stream), name=file.name, budget=Budget())
    headers = record.http_headers
    if headers is None:
        return body
    if "chunked" in (headers.get_header("Transfer-Encoding") or "").lower():
        from warcio.bufferedreaders import ChunkedDataReader

        chunked = ChunkedDataReader(io.BytesIO(body))
        body = read_member(cast("BinaryIO", chunked), name=file.name, budget=Budget())
    encoding = (headers.get_header("Content-Encoding") or "").strip().lower()
    if encoding in {"", "identity"} or (encoding == "gzip" and not body.startswith(b"\x1f\x8b")):
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise ArticleFormatError(file.name, f"packed as '{encoding[:20]}', which is not supported")
    return _inflate(body, file, budget)


def _inflate(body: bytes, file: SourceFile, budget: Budget) -> bytes:
    """Unpack gzip, or deflate with or without its header, within limits."""
    for window in (32 + zlib.MAX_WBITS, -zlib.MAX_WBITS):
        unpacker = zlib.decompressobj(window)
        blocks = []
        n_bytes = 0
        data = body
        try:
            while data and not unpacker.eof:
                block = unpacker.decompress(data, _BLOCK_BYTES)
                data = unpacker.unconsumed_tail
                n_bytes += len(block)
                blocks.append(block)
                budget.take_bytes(len(block), name=file.name)
                check_ratio(len(body), n_bytes, name=file.name)
                if n_bytes > MAX_MEMBER_BYTES:
                    reason = f"more than {MAX_MEMBER_BYTES:,} bytes, the limit for one member"
                    raise ArticleFormatError(file.name, reason)
        except zlib.error:
            if n_bytes:
                raise
            continue
        return b"".join(blocks)
    raise ArticleFormatError(file.name, "damaged (not packed as its header says)")
