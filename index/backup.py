"""Backups of a library: consistent while others write, incremental, verified.

A backup is a copy of the record, from which everything else is rebuilt, and of the collections that
the chat keeps beside it. It is stored in parts under their digests, so that a further backup to the
same folder adds only the parts that are new:

    DIR/parts/ab/abcdef…           256 KiB of a record, named after its SHA-256
    DIR/backups/2026-11-30T….json  a backup: its parts in order, and what they amount to
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from index.errors import BackupError, LibraryDamagedError
from index.ledger.store import Ledger
from index.record.checks import examine_copy
from index.record.connection_pool import RECORD_FILE
from index.record.database import (
    Database,
    has_record,
    open_database,
    replace_record,
    sync_folder,
)
from index.record.faults import to_storage_error, translate_all_errors
from index.record.write_lock import hold_write_lock
from index.remedies import Remedy
from index.searching.vector_cache import VectorCache
from index.types import LibraryPlace

PART_BYTES = 256 * 1024
WAIT_SECONDS = 10.0

COLLECTIONS_FILE = "collections.json"
"""Where the chat keeps named folders of articles, in the library; the file is replaced whole."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is stored.

    Attributes:
        backup_id: The moment when it was made, in UTC; they rise.
        library_id: Of which library.
        generation: Of which state of it.
        articles: How many articles it holds.
        size: Bytes of the record.
        sha256: Its digest, hexadecimal.
        parts: The digests of the record's parts, in order.
        collections: Those of the collections' parts; empty if there were none.
        format: Version of this description.
    """

    backup_id: str
    library_id: str
    generation: int
    articles: int
    size: int
    sha256: str
    parts: tuple[str, ...]
    collections: tuple[str, ...] = ()
    format: int = _FORMAT


def make_backup(
    library: LibraryPlace, folder: Path, *, keep: int | None = None
) -> tuple[Backup, int]:
    """Store a backup; others may read and write the library meanwhile.

    Args:
        library: The library's folder; PostgreSQL has means of its own.
        folder: Where backups are stored; made if missing.
        keep: How many backups to keep, the newest; all if None.

    Returns:
        The backup, and how many of its parts were new.

    Raises:
        LibraryNotFoundError: If there is no library.
        LibraryDamagedError: If the library is not sound; nothing is stored then.
        LibraryStorageError: If a folder cannot be read or written.
        LibraryBusyError: If another process is making a backup there.
        ValueError: If ``keep`` is less than one.
    """
    if keep is not None and keep < 1:
        raise ValueError(f"at least one backup is kept, not {keep}")
    with translate_all_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with hold_write_lock(folder, wait_seconds=WAIT_SECONDS), _draft(folder) as copy:
            with closing(open_database(library, read_only=True)) as database:
                database.copy_to(copy)
            faults, found = examine_copy(copy)
            if faults:
                raise LibraryDamagedError(library, faults[0])
            parts, n_new, digest = _store_parts(copy, folder)
            collections, n_more = _store_collections(library, folder)
            backup = Backup(
                datetime.now(UTC).isoformat(timespec="microseconds").partition("+")[0],
                *found,
                copy.stat().st_size,
                digest,
                parts,
                collections,
            )
            write_durably(
                _backup_file(folder, backup.backup_id), json.dumps(asdict(backup)).encode()
            )
            if keep is not None:
                _prune(folder, keep)
    return backup, n_new + n_more


def find_backups(folder: Path) -> tuple[Backup, ...]:
    """Return the backups in a folder, the oldest first.

    Raises:
        BackupError: If there are none, or one cannot be read.
    """
    files = sorted((folder / "backups").glob("*.json"))
    if not files:
        raise BackupError(f"no backups in '{folder}'", "name a folder that 'onrecord backup' made")
    return tuple(map(_read_backup, files))


def restore_backup(
    folder: Path, library: LibraryPlace, *, backup_id: str | None = None, replace: bool = False
) -> Backup:
    """Put the library of a backup into a folder.

    Args:
        folder: Where backups are stored.
        library: The folder for the library; made if missing.
        backup_id: Which backup; the newest if None.
        replace: Whether to replace a library that is there.

    Returns:
        The backup.

    Raises:
        BackupError: If there is no such backup, it is damaged, or there is a library already.
        LibraryStorageError: If a folder cannot be read or written.
        LibraryBusyError: If another process is writing to the library.
    """
    backups = {backup.backup_id: backup for backup in find_backups(folder)}
    chosen = backups.get(backup_id or max(backups))
    if chosen is None:
        raise BackupError(
            f"no backup '{backup_id}' in '{folder}'",
            Remedy("restore-backup", None, (folder, "--list"), purpose="to see which"),
        )
    if not isinstance(library, Path):
        raise BackupError(
            f"a backup cannot be put into '{library}'", "name a folder with --library"
        )
    if has_record(library) and not replace:
        raise BackupError(
            f"there is a library at '{library}' already",
            "name another folder with --library, or replace it with --replace",
        )
    with translate_all_errors(library):
        library.mkdir(parents=True, exist_ok=True)
        with hold_write_lock(library, wait_seconds=WAIT_SECONDS), _draft(library) as copy:
            _join_parts(folder, chosen, copy)
            faults, _ = examine_copy(copy)
            if faults:
                raise BackupError(f"the backup '{chosen.backup_id}' is damaged ({faults[0]})")
            collections = b"".join(_read_parts(folder, chosen, chosen.collections))
            replace_record(library, copy)
            if collections:
                write_durably(library / COLLECTIONS_FILE, collections)
            else:
                (library / COLLECTIONS_FILE).unlink(missing_ok=True)
            with (
                closing(Database(library)) as database,
                closing(Ledger(database, read_only=False)) as ledger,
            ):
                VectorCache(database).rebuild()
                ledger.rebuild()
    return chosen


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """Yield the name of a new record, which is deleted in the end unless it was renamed."""
    copy = folder / f"{RECORD_FILE}.{secrets.token_hex(4)}.new"
    try:
        yield copy
    finally:
        for ending in ("", "-wal", "-shm", "-journal"):
            with suppress(OSError):
                copy.with_name(copy.name + ending).unlink(missing_ok=True)


def _store_parts(copy: Path, folder: Path) -> tuple[tuple[str, ...], int, str]:
    """Store what is not stored yet; return the parts, how many are new, and the whole's digest."""
    names: list[str] = []
    n_new, whole = 0, sha256()
    with copy.open("rb") as file:
        while part := file.read(PART_BYTES):
            whole.update(part)
            name = sha256(part).hexdigest()
            names.append(name)
            # One that was stored earlier is read again: the disk may have damaged it.
            if _read_part(folder, name) is None:
                write_durably(_part_file(folder, name), part)
                n_new += 1
                if _read_part(folder, name) is None:
                    raise OSError(None, "what was written cannot be read back")
    return tuple(names), n_new, whole.hexdigest()


def _store_collections(library: LibraryPlace, folder: Path) -> tuple[tuple[str, ...], int]:
    try:
        return _store_parts(Path(library) / COLLECTIONS_FILE, folder)[:2]
    except FileNotFoundError:
        return (), 0


def _read_parts(folder: Path, backup: Backup, names: Iterable[str]) -> Iterator[bytes]:
    for name in names:
        part = _read_part(folder, name)
        if part is None:
            raise BackupError(
                f"part {name[:12]} of the backup '{backup.backup_id}' is missing or damaged",
                Remedy("restore-backup", None, (folder, "--list"), purpose="for others"),
            )
        yield part


def _join_parts(folder: Path, backup: Backup, copy: Path) -> None:
    whole = sha256()
    with copy.open("xb") as file:
        for part in _read_parts(folder, backup, backup.parts):
            whole.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    if whole.hexdigest() != backup.sha256 or copy.stat().st_size != backup.size:
        raise BackupError(f"the backup '{backup.backup_id}' is damaged", "choose another")


def _prune(folder: Path, keep: int) -> None:
    backups = find_backups(folder)
    for backup in backups[:-keep]:
        _backup_file(folder, backup.backup_id).unlink()
    sync_folder(folder / "backups")
    wanted = {name for backup in backups[-keep:] for name in (*backup.parts, *backup.collections)}
    for file in (folder / "parts").glob("*/*"):
        if file.name not in wanted:
            file.unlink()


def _read_backup(file: Path) -> Backup:
    try:
        fields = json.loads(file.read_bytes())
        lists = {"parts": fields["parts"], "collections": fields.get("collections", ())}
        backup = Backup(**fields | {name: tuple(parts) for name, parts in lists.items()})
        digests = (*backup.parts, *backup.collections)
        is_ours = backup.format == _FORMAT and all(map(_is_digest, digests))
    except OSError as error:
        raise to_storage_error(file.parent, error) from error
    except (ValueError, TypeError, KeyError, RecursionError):
        is_ours = False
    if not is_ours:
        raise BackupError(f"'{file}' describes no backup", "move it away, then repeat")
    return backup


def _is_digest(name: object) -> bool:
    return isinstance(name, str) and len(name) == 64 and set(name) <= set("0123456789abcdef")  # noqa: PLR2004


def _read_part(folder: Path, name: str) -> bytes | None:
    try:
        part = _part_file(folder, name).read_bytes()
    except FileNotFoundError:
        return None
    return part if sha256(part).hexdigest() == name else None


def _part_file(folder: Path, name: str) -> Path:
    return folder / "parts" / name[:2] / name


def _backup_file(folder: Path, backup_id: str) -> Path:
    return folder / "backups" / f"{backup_id.replace(':', '')}.json"


def write_durably(file: Path, content: bytes) -> None:
    """Write a file that is there whole, and durably, or not at all."""
    if not file.parent.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        sync_folder(file.parent.parent)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
    try:
        with draft.open("xb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(file.parent)
