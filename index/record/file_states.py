"""The state of each file when it was read, so that an unchanged one is not read again.

A file counts as unchanged if its inode, its size and the two times of its last change are the same;
the second time is set by the system alone, whatever the first is set to. If they differ, or are so
recent that a further change could have gone unnoticed, the content is compared.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from index.errors import ArticleFormatError
from index.formats.files import SourceFile, open_file
from index.record.reads import ReadTransaction
from index.record.rows import PIPELINE, now_as_stored
from index.record.writes import WriteTransaction
from index.types import Skip

LOADING = "3"
"""Version of the loaders. Raise it when one of ours reads the same file in another way."""

MAX_SKIPS = 1_000
"""Skips that are stored of a file; one with more is read again every time."""

_PARSERS = (
    *("feedparser", "ftfy", "htmldate", "ijson", "justext", "lxml", "openpyxl", "py3langid"),
    *("pypdfium2", "striprtf", "trafilatura", "warcio"),
)
SETTLED_NS = 3_000_000_000  # the coarsest clock of a file system counts in steps of two seconds
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as it was when it was read.

    Attributes:
        identity: What identifies it; see ``SourceFile.key``.
        stamp: What changes with the file; empty if its content must be compared.
        content_sha256: Digest of its content.
        loader: How it was read; another loader may read other articles from the same file.
        article_ids: The articles that it held.
        skips: What was skipped in it.
    """

    identity: bytes
    stamp: str
    content_sha256: bytes
    loader: str
    article_ids: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()


@dataclass(frozen=True, slots=True)
class UnchangedFile:
    """A file that need not be read again.

    Attributes:
        name: What the user calls it.
        state: Its state now; the stamp may be newer than the stored one.
        digests: For each of its articles, the digest of what the library holds.
        is_stored: Whether exactly this state is stored.
    """

    name: str
    state: FileState
    digests: tuple[bytes, ...]
    is_stored: bool


def _stamp_of(file: SourceFile) -> str:
    """Return what changes with a file on disk; empty for other files, or if that is unknown."""
    if file.content is not None or file.opener is not None:
        return ""
    try:
        status = file.path.stat()
    except OSError:
        return ""
    if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < SETTLED_NS:
        return ""
    numbers = status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
    return json.dumps(numbers, separators=(",", ":"))


def read_file_state(file: SourceFile, *, is_foreign: bool) -> FileState | None:
    """Return the state of a file before it is read; None if it cannot be read.

    ``is_foreign`` says whether parsers of others read it.
    """
    try:
        stamp, digest = _stamp_of(file), digest_of(file)
    except (ArticleFormatError, OSError):
        return None
    return FileState(file.key, stamp, digest, _loader_of(file, is_foreign=is_foreign))


def digest_of(file: SourceFile) -> bytes:
    """Return the SHA-256 of what a file holds.

    Raises:
        ArticleFormatError: If it cannot be opened.
        OSError: If it cannot be read.
    """
    digest = hashlib.sha256()
    with open_file(file) as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.digest()


def _loader_of(file: SourceFile, *, is_foreign: bool) -> str:
    """Return how a file is read: our version, the parsers', and what was said about it."""
    hint = ""
    if file.columns or file.url or file.published or file.drafts:
        hints = repr((file.columns, file.url, file.published, *([True] if file.drafts else [])))
        hint = hashlib.sha256(hints.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{LOADING} {_parser_versions() if is_foreign else ''} {hint}".strip()


def find_unchanged(
    reader: ReadTransaction, file: SourceFile, *, is_foreign: bool
) -> UnchangedFile | None:
    """Return a file that need not be read: unchanged, and all of its articles in the library."""
    row = reader.connection.execute(
        "SELECT source_id, stamp, content_sha256, loader, skips FROM sources WHERE identity = ?",
        (file.key,),
    ).fetchone()
    if row is None or row[3] != _loader_of(file, is_foreign=is_foreign):
        return None
    stamp = _stamp_of(file)
    is_current = bool(stamp) and stamp == row[1]
    if not is_current:
        try:
            if digest_of(file) != row[2]:
                return None
        except (ArticleFormatError, OSError):
            return None
    articles = _find_articles(reader, row[0], file.location)
    if articles is None:
        return None
    state = FileState(
        identity=file.key,
        stamp=stamp,
        content_sha256=row[2],
        loader=row[3],
        article_ids=tuple(article_id for article_id, _ in articles),
        skips=_read_skips(row[4], file.name),
    )
    digests = tuple(digest for _, digest in articles)
    return UnchangedFile(file.name, state, digests, is_current or stamp == row[1])


def find_articles_of(reader: ReadTransaction, file: SourceFile) -> tuple[str, ...]:
    """Return the articles that a file held when it was last read and that are still its own."""
    rows = reader.connection.execute(
        "SELECT article_id, origin FROM sources JOIN source_articles USING (source_id)"
        " JOIN articles USING (article_id) WHERE identity = ? ORDER BY article_id",
        (file.key,),
    )
    return tuple(article_id for article_id, origin in rows if _is_inside(origin, file.location))


def put_file_state(writer: WriteTransaction, state: FileState, *, name: str) -> None:
    """Store the state of a file, by its name in its skips; its articles are committed by then."""
    (source_id,) = writer.connection.execute(
        "INSERT INTO sources (identity, stamp, content_sha256, loader, skips, read_at)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (identity) DO UPDATE SET stamp = excluded.stamp,"
        " content_sha256 = excluded.content_sha256, loader = excluded.loader,"
        " skips = excluded.skips, read_at = excluded.read_at RETURNING source_id",
        (
            state.identity,
            state.stamp,
            state.content_sha256,
            state.loader,
            _write_skips(state.skips, name),
            now_as_stored(),
        ),
    ).fetchone()
    writer.connection.execute("DELETE FROM source_articles WHERE source_id = ?", (source_id,))
    writer.connection.executemany(
        "INSERT INTO source_articles (source_id, article_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
        ((source_id, article_id) for article_id in state.article_ids),
    )


def find_articles_from(reader: ReadTransaction, origin: str) -> list[tuple[str, bytes]]:
    """Return id and digest of the articles that came from an address."""
    return reader.connection.execute(
        "SELECT article_id, content_sha256 FROM articles WHERE origin = ?", (origin,)
    ).fetchall()


def has_file_states(reader: ReadTransaction) -> bool:
    """Return whether the record has a table of files; one of an older version has not."""
    return reader.has_table("sources")


def _write_skips(skips: Sequence[Skip], name: str) -> str:
    """Return skips as JSON; those in the file without its name, which may change."""
    return json.dumps(
        [
            [True, skip.source.removeprefix(name), skip.reason, skip.is_note]
            if skip.source.startswith(name)
            else [False, skip.source, skip.reason, skip.is_note]
            for skip in skips
        ]
    )


def _read_skips(text: str, name: str) -> tuple[Skip, ...]:
    return tuple(
        Skip(name + source if is_inside else source, reason, *is_note)
        for is_inside, source, reason, *is_note in json.loads(text)
    )


def _find_articles(
    reader: ReadTransaction, source_id: int, location: str
) -> tuple[tuple[str, bytes], ...] | None:
    """Return the articles of a file with their digests, or None if the file must be read again.

    That is so if one was removed, now belongs to another file, or was split by an older program.
    """
    rows = reader.connection.execute(
        "SELECT s.article_id, a.content_sha256, a.pipeline, a.origin FROM source_articles s"
        " LEFT JOIN articles a USING (article_id) WHERE s.source_id = ? ORDER BY s.article_id",
        (source_id,),
    )
    found = []
    for article_id, digest, pipeline, origin in rows.fetchall():
        if digest is None:
            # An article that a later version of its page has replaced counts as well.
            former = reader.connection.execute(
                "SELECT content_sha256, origin FROM editions WHERE former_id = ?"
                " AND article_id IN (SELECT article_id FROM articles) LIMIT 1",
                (article_id,),
            ).fetchone()
            if former is None or not _is_inside(former[1], location):
                return None
            found.append((article_id, former[0]))
        elif pipeline != PIPELINE or not _is_inside(origin, location):
            return None
        else:
            found.append((article_id, digest))
    return tuple(found)


def _is_inside(origin: str, location: str) -> bool:
    """Return whether an article comes from a file, or from a member of it."""
    return origin == location or origin.startswith(f"{location}!")


@cache
def _parser_versions() -> str:
    return " ".join(f"{name}={_version(name)}" for name in _PARSERS)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "-"


def forget_files(writer: WriteTransaction) -> None:
    """Delete what is known of all files and pages, so that each is read again."""
    for table in ("source_articles", "sources", "fetches"):
        writer.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - names of ours
