"""Checks a library from the disk up and mends what is derived. No article is ever deleted."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.containment.isolated_loader import IsolatedLoader
from index.containment.parser_process import ParserError
from index.containment.probe import describe_reach, find_reach
from index.encoding.device import describe_way
from index.encoding.encode import encode_missing
from index.encoding.encoders import PROCESSOR_ONLY, load_embedder
from index.encoding.graph_cache import describe_cache
from index.encoding.model_info import DEFAULT_ENCODER
from index.encoding.question_graph import load_graph
from index.errors import (
    EncoderError,
    EncoderMismatchError,
    LibraryBusyError,
    LibraryDamagedError,
    LibraryNotFoundError,
    LibraryStorageError,
    OnRecordError,
)
from index.ledger.store import Ledger
from index.open_library import GRAPH_FOLDER, check_finished, open_vectors
from index.record import checks
from index.record.database import (
    AnyDatabase,
    Database,
    find_new_records,
    has_record,
    open_database,
    to_place,
)
from index.record.faults import to_storage_error
from index.record.file_states import forget_files
from index.record.schema import CHECKSUMS_VERSION
from index.record.stories import count_ungrouped, delete_all_texts
from index.record.versions import find_damaged_versions
from index.record.write_lock import hold_write_lock
from index.remedies import Remedy
from index.searching.term_index import TermCache
from index.searching.vector_cache import VECTORS_FILE, find_parts
from index.stories.grouping import group_ungrouped

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.types import EncoderIdentity, LibraryPlace

RESTORE = (
    "run 'onrecord restore-backup' if there is a backup, or move the folder away"
    " and add the articles again"
)

_SPARE_BYTES = 64 << 20
_SHOWN = 3


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    MENDED = "mended"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        subject: What was checked.
        state: ``ok``, ``mended`` or ``bad``.
        detail: One line.
        remedy: What to do about it; empty if there is nothing to do.
    """

    subject: str
    state: State
    detail: str
    remedy: str = ""


def check_library(
    path: str | LibraryPlace,
    *,
    mend: bool = True,
    read_data: bool = False,
    embedder: Embedder | None = None,
    device: str = "auto",
) -> tuple[Finding, ...]:
    """Check a library, and mend what can be rebuilt from the record.

    Args:
        path: Its folder, or the address of its database.
        mend: Whether to mend anything; nothing is changed while another process writes.
        read_data: Whether to read every row of every table as well, and compare it with its
            checksum.
        embedder: The encoder, for passages whose vectors are damaged; by default the one that
            the record names.
        device: What that one encodes articles on; see ``load_embedder``.

    Returns:
        At least one finding for each check. A library is sound if none is ``bad``.

    Raises:
        LibraryNotFoundError: If there is no library.
    """
    place = to_place(path)
    if not has_record(place):
        raise LibraryNotFoundError(place)
    with ExitStack() as stack:
        findings = [*([_check_space(place)] if isinstance(place, Path) else []), _check_sandbox()]
        is_writer = False
        try:
            stack.enter_context(hold_write_lock(place, wait_seconds=0))
            detail, is_writer = "nobody else is writing", True
        except LibraryBusyError as error:
            detail = f"{error.holder} is writing, so nothing is mended now"
        except LibraryStorageError as error:
            detail = f"the library cannot be written ({error.reason}), so nothing is mended"
        findings.append(Finding("write lock", State.OK, detail))
        try:
            database = stack.enter_context(_open(place, read_only=not is_writer))
        except OnRecordError as error:
            findings.append(_report_broken(error))
            return tuple(findings)
        examination = _Examination(
            database, embedder, device, is_writer=is_writer, mend=mend and is_writer
        )
        for check in examination.checks(read_data=read_data):
            try:
                findings.extend(check())
            except LibraryStorageError as error:  # of a full disk; what only reads may still work
                if _report_broken(error) not in findings:
                    findings.append(_report_broken(error))
            except OSError as error:
                findings.append(_report_broken(to_storage_error(Path(place), error)))
            except OnRecordError as error:
                findings.append(_report_broken(error))
                break
    return tuple(findings)


@contextmanager
def _open(place: LibraryPlace, *, read_only: bool) -> Iterator[AnyDatabase]:
    with closing(open_database(place, read_only=read_only)) as database:
        if not database.is_unreadable:
            check_finished(database)
        yield database


class _Examination:
    """The checks of one library whose record could be opened."""

    def __init__(
        self,
        database: AnyDatabase,
        embedder: Embedder | None,
        device: str,
        *,
        is_writer: bool,
        mend: bool,
    ) -> None:
        self._database = database
        self._folder = database.folder
        self._is_writer = is_writer
        self._mend = mend
        self._embedder = embedder
        self._device = device
        self._vectors = open_vectors(database, read_only=True)
        self._command = str(Remedy("doctor", database.place))

    def checks(self, *, read_data: bool) -> tuple[Callable[[], Iterator[Finding]], ...]:
        """Return the checks in order; a later one may depend on what an earlier one mended."""
        return (
            self._check_version,
            *((self._check_schema, self._check_rows) if read_data else ()),
            self._check_terms,
            self._check_pages,
            self._check_articles,
            self._check_stories,
            self._check_vectors,
            self._check_reencoding,
            self._check_structure,
            self._check_ledger,
            self._check_device,
            self._check_graph,
            self._check_leftovers,
        )

    def _report(self, subject: str, fault: str, sound: str, act: Callable[[], object]) -> Finding:
        """Return a finding about something derived, which ``act`` rebuilds."""
        if not fault:
            return Finding(subject, State.OK, sound)
        if not self._mend:
            return Finding(subject, State.BAD, fault, self._command)
        try:
            act()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            return Finding(subject, State.BAD, f"{fault}; {reason}", "free some space, then repeat")
        return Finding(subject, State.MENDED, f"{fault}; made anew")

    def _check_version(self) -> Iterator[Finding]:
        fault = "an older program made it" if self._database.is_unreadable else ""
        yield self._report("schema", fault, "one that can be read", self._database.upgrade)

    def _check_schema(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            changed = reader.find_changed_schema()
        if changed:
            detail = f"the definition of {_list(changed)} is not what it should be"
            yield Finding("tables", State.BAD, detail, RESTORE)

    def _check_rows(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            if reader.version < CHECKSUMS_VERSION:
                detail = "an older program made them, without checksums"
                yield Finding("rows", State.OK, detail, str(Remedy("add", self._database.place)))
                return
            damaged = checks.find_damaged_tables(reader)
        faults = {table: f"{n:,} damaged rows of '{table}'" for table, n in damaged.items()}
        for tables, mend in _DERIVED_ROWS:
            fault = "; ".join(faults.pop(table) for table in tables if table in faults)
            if fault:
                yield self._report("rows", fault, "", partial(mend, self._database))
        # Those of articles and vectors are named, or mended, by the checks that follow.
        others = [fault for table, fault in faults.items() if table not in _CHECKED_LATER]
        if others:
            yield Finding("rows", State.BAD, "; ".join(others), RESTORE)
        elif not damaged:
            yield Finding("rows", State.OK, "every one is what was written")

    def _check_terms(self) -> Iterator[Finding]:
        if not self._is_writer:
            yield Finding("full-text index", State.OK, "not looked at without the write lock")
            return
        fault = ""
        try:
            with self._database.writing() as writer:
                writer.check_terms()
        except LibraryDamagedError:
            fault = "it does not match the articles"
        rebuild = partial(_rebuild_terms, self._database)
        yield self._report("full-text index", fault, "matches the articles", rebuild)

    def _check_pages(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            faults = reader.find_page_faults()
        if faults:
            yield Finding("record", State.BAD, "; ".join(faults[:_SHOWN]), RESTORE)
        else:
            yield Finding("record", State.OK, "every page and every reference is sound")

    def _check_articles(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            count = reader.statistics().articles
            damaged, misplaced = checks.find_damaged_articles(reader)
            earlier = find_damaged_versions(reader)
        again = "remove them and add them again"
        if damaged:
            detail = f"text or details of {_list(damaged)} are not what was stored"
            yield Finding("articles", State.BAD, detail, again)
        if misplaced:
            detail = f"passages of {_list(misplaced)} do not fit the text"
            yield Finding("articles", State.BAD, detail, again)
        if earlier:
            detail = f"an earlier version of {_list(earlier)} is not what was added"
            yield Finding("articles", State.BAD, detail, RESTORE)
        if not (damaged or misplaced or earlier):
            yield Finding("articles", State.OK, f"{count:,}, with sound text and passages")

    def _check_stories(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            missing = count_ungrouped(reader)
        fault = f"{missing:,} articles were not compared yet" if missing else ""
        yield self._report("stories", fault, "every article was compared", self._fill_stories)

    def _fill_stories(self) -> None:
        if self._database.is_outdated:
            self._database.upgrade()
        group_ungrouped(self._database)

    def _check_vectors(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            active, count = reader.encoder(), reader.statistics().passages
            faulty = checks.find_faulty_vectors(reader, *active) if active else []
        if active is None:
            yield Finding("vectors", State.OK, "none yet")
        elif faulty:
            yield self._mend_vectors(active, faulty)
        else:
            yield Finding("vectors", State.OK, f"{count:,} passages, encoded by {active[1]}")

    def _mend_vectors(self, active: tuple[int, EncoderIdentity], faulty: list[int]) -> Finding:
        encoder_id, identity = active
        fault = f"{len(faulty):,} passages have missing or damaged vectors"
        if not self._mend:
            return Finding("vectors", State.BAD, fault, self._command)
        try:
            embedder = self._load_embedder(identity)
        except EncoderError as error:
            return Finding("vectors", State.BAD, fault, str(error))
        with self._database.writing() as writer:
            writer.delete_vectors(encoder_id, faulty)
        encode_missing(self._database, embedder, encoder_id)
        with self._database.writing() as writer:
            writer.has_changed = True
        self._vectors.rebuild()
        return Finding("vectors", State.MENDED, f"{fault}; encoded again")

    def _load_embedder(self, identity: EncoderIdentity) -> Embedder:
        embedder = self._embedder or load_embedder(
            identity.name, graph_folder=self._folder / GRAPH_FOLDER, device=self._device
        )
        if embedder.identity != identity:
            raise EncoderMismatchError(self._database.place, str(identity), str(embedder.identity))
        return embedder

    def _check_reencoding(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            unfinished = checks.count_inactive_vectors(reader)
        for identity, count in unfinished:
            yield Finding(
                "reencoding",
                State.OK,
                f"unfinished, {count:,} passages are encoded by {identity} so far",
                str(Remedy("reencode", self._database.place, purpose="to finish it")),
            )

    def _check_structure(self) -> Iterator[Finding]:
        fault, act = self._vectors.find_fault(), self._vectors.rebuild
        if not fault and isinstance(self._database, Database):
            words = TermCache(self._database)
            fault, act = words.find_fault(), words.discard
        yield self._report("search structure", fault, "shows the record", act)

    def _check_ledger(self) -> Iterator[Finding]:
        with closing(Ledger(self._database, read_only=False)) as ledger:
            fault = ledger.find_fault()
            if self._mend and not fault:
                ledger.update()
            yield self._report("ledger", fault, "follows the record", ledger.rebuild)

    def _check_device(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            active = reader.encoder()
        if active is None or PROCESSOR_ONLY.fullmatch(active[1].name):
            return
        try:
            yield Finding("device", State.OK, describe_way(self._device))
        except EncoderError as error:
            yield Finding("device", State.BAD, str(error))

    def _check_graph(self) -> Iterator[Finding]:
        with self._database.reading() as reader:
            active = reader.encoder()
        if active is None or active[1].name == DEFAULT_ENCODER:
            return  # of the default one an older program kept a graph, which nothing reads any more
        if load_graph(self._folder / GRAPH_FOLDER, name=active[1].name) is not None:
            yield Finding("question graph", State.OK, "matches its checksum")
            yield Finding("graph cache", State.OK, describe_cache())
            return
        try:
            export = getattr(self._load_embedder(active[1]), "export_graph", None)
        except EncoderError as error:
            yield Finding("encoder", State.BAD, str(error))
            return
        if export is not None:
            yield self._report("question graph", "it is missing or damaged", "", export)
            yield Finding("graph cache", State.OK, describe_cache())

    def _check_leftovers(self) -> Iterator[Finding]:
        if not self._is_writer:  # another process may be writing them
            return
        found = find_parts(self._folder) + find_new_records(self._folder)
        fault = f"{len(found)} unfinished files" if found else ""
        yield self._report("leftovers", fault, "none", lambda: _delete(found))


def _group_anew(database: AnyDatabase) -> None:
    with database.writing() as writer:
        delete_all_texts(writer)
    group_ungrouped(database)


def _forget_files(database: AnyDatabase) -> None:
    with database.writing() as writer:
        forget_files(writer)


def _rebuild_terms(database: AnyDatabase) -> None:
    with database.writing() as writer:
        writer.rebuild_terms()


_DERIVED_ROWS: tuple[tuple[tuple[str, ...], Callable[[AnyDatabase], None]], ...] = (
    (("fingerprints", "fingerprinted", "anchors", "near_copies"), _group_anew),
    (("sources", "source_articles", "fetches"), _forget_files),
    (("spaced_passages",), _rebuild_terms),
)
"""Tables whose rows follow from others, or only save work, and how they are made anew."""

_CHECKED_LATER = {"articles", "passages", "sentences", "passage_vectors", "sentence_vectors"} | {
    "editions"
}


def _check_space(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    try:
        needed = 2 * (folder / VECTORS_FILE).stat().st_size + _SPARE_BYTES
    except OSError:
        needed = _SPARE_BYTES
    detail = f"{free / (1 << 30):,.1f} GiB free"
    if free < needed:
        return Finding("disk", State.BAD, detail, "free some space before adding articles")
    return Finding("disk", State.OK, detail)


@cache
def _check_sandbox() -> Finding:
    """Try out what a parser of foreign formats could reach on this system.

    It takes a process of its own, and does not change while this one lives.
    """
    try:
        # Any module will do as the one that loads, since nothing is loaded.
        with IsolatedLoader(loader=f"{find_reach.__module__}:{find_reach.__name__}") as loader:
            reach = loader.find_reach()
    except ParserError as error:
        return Finding("parsers", State.OK, f"no foreign format can be read here ({error})")
    if not reach:
        return Finding("parsers", State.OK, "confined: they reach nothing but the file they read")
    return Finding(
        "parsers",
        State.OK,
        f"not fully confined: one that a file takes over could reach {describe_reach(reach)}, so"
        " binary formats are not read",
        "'onrecord add … --unconfined' reads them all the same",
    )


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _report_broken(error: OnRecordError) -> Finding:
    reason = getattr(error, "reason", None) or error.problem
    remedy = RESTORE if isinstance(error, LibraryDamagedError) else str(error.remedy)
    subject = "record"
    if isinstance(error, LibraryStorageError):
        subject = "disk" if isinstance(error.path, Path) else "server"
    return Finding(subject, State.BAD, reason, remedy)


def _list(article_ids: Sequence[str]) -> str:
    shown = ", ".join(f"'{article_id}'" for article_id in article_ids[:_SHOWN])
    more = len(article_ids) - _SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
