"""Articles that are uploaded by a browser and added to the library.

Gradio keeps an uploaded file in a folder of its own until it is read. The paths that a page names
are not trusted: only files in that folder are taken, and each of them is deleted in the end,
whether or not it could be added.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

from pydantic import Field

from index.adding.uploads import MAX_ARTICLES, Upload, clean_name, load_uploads
from index.errors import OnRecordError
from index.types import AddProgress, AddReport, Loaded, Skip
from ui.web.page.templates import render
from ui.web.sources.listing import render_note
from ui.web.wire import Fields, Reply, Request, ShortText, Text

if TYPE_CHECKING:
    from ui.web.chat.service import ChatService

_TEMPLATE = "sources/uploads.html"

MAX_UPLOAD_BYTES = 20_000_000
"""The largest file that is read."""
MAX_FILES = 200
SKIPS_SHOWN = 100
TITLES_SHOWN = 5

MAX_PATH_CHARS = 4096

Step: TypeAlias = "AddProgress | AddReport | OnRecordError"
"""How far an addition is; at the end its report, or why it failed."""


class UploadedFile(Fields):
    """A file that a page says it has uploaded; the path is empty if that failed."""

    path: Annotated[Text, Field(max_length=MAX_PATH_CHARS)]
    name: ShortText


class AddRequest(Request):
    """Add uploaded files to the library."""

    files: Annotated[list[UploadedFile], Field(max_length=2 * MAX_FILES)]


def add_and_report(service: ChatService, request: AddRequest, folder: Path) -> Iterator[Reply]:
    """Add uploaded files; yield what the page is told, the last reply marked as done.

    Args:
        service: Gives the library, which is made if there is none.
        request: Names the files.
        folder: Where the server keeps uploads.
    """
    uploads, skips = read_uploads(request.files, folder)
    n_files = len(uploads) + len(skips)
    yield {"slots": {"sources-report": render(_TEMPLATE, "render_start", n_files)}}
    for step in add_uploads(service, uploads, skips):
        titles = _find_titles(service, step) if isinstance(step, AddReport) else ()
        shown = render_step(step, files=n_files, titles=titles)
        reply: Reply = {"slots": {"sources-report": shown}}
        if not isinstance(step, AddProgress):
            reply["done"] = True
        yield reply


def read_uploads(files: Sequence[UploadedFile], folder: Path) -> tuple[list[Upload], list[Skip]]:
    """Return the files that a page names, and those that are not taken, with the reason.

    Args:
        files: As the page names them.
        folder: Where the server keeps uploads; nothing outside of it is taken.
    """
    root = folder.resolve()
    uploads: dict[Path, Upload] = {}
    skips: list[Skip] = []
    for file in files:
        found = _find_upload(file.path, root)
        if found is None:
            reason = "the upload did not arrive; try it again"
            skips.append(Skip(clean_name(file.name), reason))
        elif len(uploads) >= MAX_FILES:
            reason = f"more than {MAX_FILES:,} files at once; add it again"
            skips.append(Skip(clean_name(file.name), reason))
            delete_upload(found)
        else:
            uploads.setdefault(found, Upload(found, file.name))
    return list(uploads.values()), skips


def _find_upload(given: str, root: Path) -> Path | None:
    """Return the file if it is a regular one in the folder of uploads."""
    with suppress(OSError, ValueError, RuntimeError):
        path = Path(given).resolve(strict=True)
        # Below the root there is a folder for each content, and the file in it.
        if path.parent.parent == root and path.is_file() and not Path(given).is_symlink():
            return path
    return None


def delete_upload(path: Path) -> None:
    """Delete an uploaded file.

    Its folder stays, because another upload of the same content may be about to go into it. The
    guard removes it at the next upload.
    """
    with suppress(OSError):
        path.unlink(missing_ok=True)


def add_uploads(
    service: ChatService, uploads: Sequence[Upload], skips: Sequence[Skip] = ()
) -> Iterator[Step]:
    """Add uploaded files to the library in a thread of its own; yield how far it is.

    The addition goes on even if nobody listens any more, as when the page is closed. The files are
    deleted in the end.

    Args:
        service: Gives the library, which is made if there is none.
        uploads: The files.
        skips: What was left out already; the report names it as well.

    Yields:
        Progress, then the report or the error.
    """
    steps: queue.SimpleQueue[Step] = queue.SimpleQueue()
    worker = threading.Thread(
        target=_add, args=(service, uploads, skips, steps.put), name="onrecord-add", daemon=True
    )
    worker.start()
    while True:
        step = steps.get()
        yield step
        if not isinstance(step, AddProgress):
            return


def _add(
    service: ChatService,
    uploads: Sequence[Upload],
    skips: Sequence[Skip],
    tell: Callable[[Step], None],
) -> None:
    last: Step
    try:
        library = service.library_to_fill()
        loaded = load_uploads(
            uploads,
            max_file_bytes=MAX_UPLOAD_BYTES,
            max_articles=MAX_ARTICLES,
            unconfined=service.settings.unconfined,
        )
        items: Iterator[Loaded] = chain(skips, loaded)
        report = library.add(items, progress=tell, wait_seconds=service.settings.wait_seconds)
        last = report
    except Exception as error:  # noqa: BLE001 - the page goes on after a bug
        last = OnRecordError(service.describe_error(error))
    finally:
        for upload in uploads:
            delete_upload(upload.path)
    tell(last)


def _find_titles(service: ChatService, report: AddReport) -> Sequence[tuple[str, str]]:
    """Return ids and titles of the first articles that were added."""
    try:
        library = service.library()
        ids = (report.added + report.replaced)[:TITLES_SHOWN]
        return [(name, library.get(name).title) for name in ids]
    except OnRecordError:
        return []


def render_step(step: Step, *, files: int, titles: Sequence[tuple[str, str]] = ()) -> str:
    """Return how far an addition is, as safe HTML.

    Args:
        step: Progress, the report, or the error.
        files: Files that were given.
        titles: Id and title of articles that were added, to be opened.
    """
    if isinstance(step, AddProgress):
        return render(_TEMPLATE, "render_progress", step, files)
    if isinstance(step, OnRecordError):
        return render_note(str(step), is_error=True)
    return _render_report(step, titles)


def _render_report(report: AddReport, titles: Sequence[tuple[str, str]]) -> str:
    counts = [
        (len(report.added), "added"),
        (len(report.replaced), "replaced"),
        (len(report.unchanged), "already there"),
        (len(report.superseded), "kept as earlier versions"),
        (len(report.copies), "on a story that other articles cover too"),
        (len(report.skipped), "skipped"),
    ]
    summary = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing to add"
    skips = [
        # Without advice for the command line, which a page has not.
        (skip.source, skip.reason.replace("; --replace replaces it", "; remove that one first"))
        for skip in report.skipped[:SKIPS_SHOWN]
    ]
    return render(
        _TEMPLATE,
        "render_report",
        f"{summary[:1].upper()}{summary[1:]}",
        titles[:TITLES_SHOWN],
        skips,
        len(report.skipped) - SKIPS_SHOWN,
    )
