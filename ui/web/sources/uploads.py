"""Articles that come through the browser: into the library, and nowhere else.

Gradio keeps an uploaded file in a folder of its own until it is read. What the page names is
hostile, so only a file of that folder is taken, and every one that was named is deleted,
whatever came of it.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from index.adding.uploads import MAX_ARTICLES, Upload, clean_name, load_uploads
from index.errors import LibraryBusyError, OnRecordError
from index.types import AddProgress, AddReport, Loaded, Skip
from ui.escape import escape_html, quote_line
from ui.messages import describe_error

if TYPE_CHECKING:
    from ui.web.chat.service import ChatService

_log = logging.getLogger("onrecord")

MAX_UPLOAD_BYTES = 20_000_000
"""What one file may have."""
MAX_FILES = 200
SKIPS_SHOWN = 100
TITLES_SHOWN = 5

Step: TypeAlias = "AddProgress | AddReport | OnRecordError"
"""Where an addition stands, what it did, or why it did not."""


def read_uploads(payload: object, folder: Path) -> tuple[list[Upload], list[Skip]]:
    """Return the files that a page names, and those that are not taken, with the reason.

    Args:
        payload: ``{"files": [{"path": …, "name": …}, …]}``, or anything.
        folder: Where the server keeps uploads; nothing outside of it is taken.
    """
    files = payload.get("files") if isinstance(payload, Mapping) else None
    if not isinstance(files, list | tuple):
        return [], []
    root = folder.resolve()
    uploads: dict[Path, Upload] = {}
    skips: list[Skip] = []
    for file in files:
        given = file if isinstance(file, Mapping) else {}
        name, path = given.get("name"), given.get("path")
        shown = name if isinstance(name, str) else "unnamed"
        found = _find_upload(path, root) if isinstance(path, str) else None
        if found is None:
            skips.append(Skip(clean_name(shown), "the upload did not arrive; try it again"))
        elif len(uploads) >= MAX_FILES:
            skips.append(
                Skip(clean_name(shown), f"more than {MAX_FILES:,} files; drop it once more")
            )
            delete_upload(found)
        else:
            uploads.setdefault(found, Upload(found, shown))
    return list(uploads.values()), skips


def _find_upload(given: str, root: Path) -> Path | None:
    """Return the file, if it is a regular one where uploads are kept."""
    with suppress(OSError, ValueError, RuntimeError):
        path = Path(given).resolve(strict=True)
        # Below the root there is a folder for each content, and the file in it.
        if path.parent.parent == root and path.is_file() and not Path(given).is_symlink():
            return path
    return None


def delete_upload(path: Path) -> None:
    """Delete an uploaded file.

    Its folder stays: another upload of the same content may be about to be put into it. The guard
    removes it with the next upload.
    """
    with suppress(OSError):
        path.unlink(missing_ok=True)


def add_uploads(
    desk: ChatService, uploads: Sequence[Upload], skips: Sequence[Skip] = ()
) -> Iterator[Step]:
    """Add uploaded files to the library, in a thread of its own; yield how it goes.

    The addition goes on when nobody asks for the rest, as when the page is closed. The files are
    deleted in the end.

    Args:
        desk: Gives the library, which is made if there is none.
        uploads: The files.
        skips: What was left out already; it stands in the report as well.

    Yields:
        Progress, as often as there is some; last the report, or the error.
    """
    steps: queue.SimpleQueue[Step] = queue.SimpleQueue()
    worker = threading.Thread(
        target=_add, args=(desk, uploads, skips, steps.put), name="onrecord-add", daemon=True
    )
    worker.start()
    while True:
        step = steps.get()
        yield step
        if not isinstance(step, AddProgress):
            return


def _add(
    desk: ChatService,
    uploads: Sequence[Upload],
    skips: Sequence[Skip],
    tell: Callable[[Step], None],
) -> None:
    last: Step
    try:
        library = desk.library_to_fill()
        items = _chain(skips, uploads)
        report = library.add(items, progress=tell, wait_seconds=desk.settings.wait_seconds)
        desk.refresh()
        last = report
    except LibraryBusyError as error:
        last = error
    except Exception as error:  # noqa: BLE001 - the page goes on after a bug
        if not isinstance(error, OnRecordError):
            _log.error("%s", describe_error(error))
        last = OnRecordError(desk.describe_error(error))
    finally:
        for upload in uploads:
            delete_upload(upload.path)
    tell(last)


def _chain(skips: Sequence[Skip], uploads: Sequence[Upload]) -> Iterator[Loaded]:
    yield from skips
    yield from load_uploads(uploads, max_file_bytes=MAX_UPLOAD_BYTES, max_articles=MAX_ARTICLES)


def render_step(step: Step, *, files: int, titles: Sequence[tuple[str, str]] = ()) -> str:
    """Return where an addition stands as safe HTML.

    Args:
        step: Progress, the report, or the error.
        files: Files that were given.
        titles: Id and title of articles that were added, to be opened.
    """
    if isinstance(step, AddProgress):
        return _render_progress(step, files)
    if isinstance(step, LibraryBusyError):
        text = "Somebody else is adding or removing articles just now. Try again in a moment."
        return f'<p class="trouble" role="alert">{text}</p>'
    if isinstance(step, OnRecordError):
        return f'<p class="trouble" role="alert">{escape_html(quote_line(str(step)))}</p>'
    return _render_report(step, titles)


def render_start(files: int) -> str:
    """Return that an addition has begun."""
    noun = "file" if files == 1 else "files"
    return (
        f'<p role="status">Reading {files:,} {noun}; the first articles after a start take a few'
        ' seconds longer.</p><progress aria-label="Adding articles"></progress>'
    )


def _render_progress(step: AddProgress, files: int) -> str:
    done = f"{step.articles:,} articles, {step.passages:,} passages"
    value = f' value="{min(step.articles, files)}" max="{files}"' if step.total else ""
    return f'<p>Adding: {done} so far.</p><progress aria-label="Adding articles"{value}></progress>'


def _render_report(report: AddReport, titles: Sequence[tuple[str, str]]) -> str:
    counts = [
        (len(report.added), "added"),
        (len(report.replaced), "replaced"),
        (len(report.unchanged), "already there"),
        (len(report.superseded), "kept as earlier versions"),
        (len(report.copies), "of a story that others tell too"),
        (len(report.skipped), "skipped"),
    ]
    summary = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing to add"
    parts = [f'<p role="status"><strong>{summary[:1].upper()}{summary[1:]}.</strong></p>']
    if titles:
        items = "".join(
            f'<li><button type="button" class="title" dir="auto"'
            f' data-open-article="{escape_html(article_id)}">'
            f"{escape_html(quote_line(title)) or 'untitled'}</button></li>"
            for article_id, title in titles[:TITLES_SHOWN]
        )
        parts.append(f'<ul class="added">{items}</ul>')
    if report.skipped:
        items = "".join(
            f'<li dir="auto"><strong>{escape_html(quote_line(skip.source))}</strong>: '
            f"{escape_html(_explain(skip.reason))}</li>"
            for skip in report.skipped[:SKIPS_SHOWN]
        )
        left = len(report.skipped) - SKIPS_SHOWN
        more = f'<p class="soft">… and {left:,} more.</p>' if left > 0 else ""
        parts.append(
            "<details open><summary>What was skipped, and why</summary>"
            f'<ul class="skips">{items}</ul>{more}</details>'
        )
    return "".join(parts)


def _explain(reason: str) -> str:
    """Return a reason in the words of a page: it has no command line."""
    return quote_line(reason.replace("; --replace replaces it", "; remove that one first"))
