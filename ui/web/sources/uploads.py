"""Articles that are uploaded by a browser and added to the library.

Gradio keeps an uploaded file in a folder of its own until it is read. The paths that a page names
are not trusted: only files in that folder are taken. They are deleted once they are added, and
those of which something was skipped once that will not be tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from markupsafe import Markup
from pydantic import Field

from index.adding.uploads import MAX_ARTICLES, Upload, clean_name, load_uploads
from index.errors import OnRecordError
from index.types import AddProgress, AddReport, Loaded, Skip
from index.watch import SyncReport
from ui.messages import count_of
from ui.places import hide_folders
from ui.web.chat.jobs import Job, Report, Step
from ui.web.page.templates import render
from ui.web.wire import Fields, Reply, Request, ShortText, Text

if TYPE_CHECKING:
    from ui.web.chat.service import ChatService

_TEMPLATE = "sources/uploads.html"
MAX_UPLOAD_BYTES = 20_000_000
"""The largest file that is read."""
MAX_FILES = 200
MAX_KEPT_BYTES = 8_000_000
"""Files that are kept while something of them can be tried again; larger ones are deleted."""
SKIPS_SHOWN = 100
TITLES_SHOWN = 5

MAX_PATH_CHARS = 4096


class UploadedFile(Fields):
    """A file that a page says it has uploaded; the path is empty if that failed."""

    path: Annotated[Text, Field(max_length=MAX_PATH_CHARS)]
    name: ShortText


class AddRequest(Request):
    """Add uploaded files to the library."""

    files: Annotated[list[UploadedFile], Field(max_length=2 * MAX_FILES)]


def add_and_report(
    service: ChatService, owner: str, request: AddRequest, folder: Path
) -> Iterator[Reply]:
    """Add uploaded files; yield what the page is told, the last reply marked as done.

    The addition goes on even if nobody listens any more, as when the page is closed.

    Args:
        service: Gives the library, which is made if there is none.
        owner: Whose addition it is.
        request: Names the files.
        folder: Where the server keeps uploads.
    """
    uploads, skips = read_uploads(request.files, folder)
    job = start_upload(service, owner, uploads, skips)
    step: Step | None = None
    while True:
        is_over = not job.is_under_way  # before it is shown, so that the end is shown as well
        yield {"slots": {"sources-report": render_jobs(service, service.jobs.find_all(owner))}}
        if is_over:
            break
        step = job.wait(step)
    yield {"slots": {}, "done": True}


def start_upload(
    service: ChatService, owner: str, uploads: Sequence[Upload], skips: Sequence[Skip] = ()
) -> Job:
    """Begin to add uploaded files to the library.

    Args:
        service: Gives the library, which is made if there is none.
        owner: Whose addition it is.
        uploads: The files; they are deleted once they will not be tried again.
        skips: What was left out already; the report names it as well.
    """

    def discard() -> None:
        for upload in uploads:
            delete_upload(upload.path)

    def work(job: Job) -> AddReport:
        return _add(service, uploads, skips, job)

    name = count_of(len(uploads) + len(skips), "file")
    is_small = sum(upload.path.stat().st_size for upload in uploads) <= MAX_KEPT_BYTES
    try:
        return service.jobs.start(owner, name, work, discard=discard, is_retriable=is_small)
    except OnRecordError:
        discard()
        raise


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


def _add(
    service: ChatService, uploads: Sequence[Upload], skips: Sequence[Skip], job: Job
) -> AddReport:
    if not all(upload.path.is_file() for upload in uploads):
        raise OnRecordError("the files are not kept any more; add them again")
    library = service.library_to_fill()
    loaded = load_uploads(
        uploads,
        max_file_bytes=MAX_UPLOAD_BYTES,
        max_articles=MAX_ARTICLES,
        unconfined=service.settings.unconfined,
    )
    items: Iterator[Loaded] = chain(skips, loaded)
    return library.add(items, progress=job.tell, wait_seconds=service.settings.wait_seconds)


def render_jobs(service: ChatService, jobs: Sequence[Job]) -> str:
    """Return additions, each with how far it is or what came of it; nothing for none."""
    shown = []
    for job in (one.snapshot() for one in jobs):
        step = job.step
        titles: Sequence[tuple[str, str]] = ()
        if isinstance(step, AddReport | SyncReport):
            titles = _find_titles(service, step)
        shown.append((job, render_step(step, titles=titles, describe=service.describe)))
    return render(_TEMPLATE, "render_jobs", shown)


def _find_titles(service: ChatService, report: Report) -> Sequence[tuple[str, str]]:
    """Return ids and titles of the first articles that were added."""
    try:
        library = service.library()
        ids = (report.added + report.replaced)[:TITLES_SHOWN]
        return [(name, library.get(name).title) for name in ids]
    except OnRecordError:
        return []


def render_step(
    step: Step | None,
    *,
    titles: Sequence[tuple[str, str]] = (),
    describe: Callable[[str], str] = str,
) -> Markup:
    """Return how far an addition is, as safe HTML.

    Args:
        step: Progress, the report, or the error; None before the first.
        titles: Id and title of articles that were added, to be opened.
        describe: Takes out of a reason what users of the page are not told.
    """
    if step is None:
        return Markup(render(_TEMPLATE, "render_start"))
    if isinstance(step, AddProgress):
        return Markup(render(_TEMPLATE, "render_progress", step))
    if isinstance(step, OnRecordError):
        return Markup(render(_TEMPLATE, "render_error", str(step)))
    return _render_report(step, titles, describe)


def _render_report(
    report: Report, titles: Sequence[tuple[str, str]], describe: Callable[[str], str]
) -> Markup:
    if isinstance(report, SyncReport):
        more = [(report.unchanged, "already there"), (len(report.removed), "removed")]
    else:
        more = [
            (len(report.unchanged), "already there"),
            (len(report.superseded), "kept as earlier versions"),
            (len(report.copies), "on a story that other articles cover too"),
        ]
    counts = [
        (len(report.added), "added"),
        (len(report.replaced), "replaced"),
        *more,
        (len(report.skipped), "skipped"),
    ]
    summary = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing to add"
    skips = [
        (hide_folders(skip.source), describe(skip.reason)) for skip in report.skipped[:SKIPS_SHOWN]
    ]
    said = f"{summary[:1].upper()}{summary[1:]}"
    n_more = len(report.skipped) - SKIPS_SHOWN
    return Markup(render(_TEMPLATE, "render_report", said, titles[:TITLES_SHOWN], skips, n_more))
