"""Keeping a library in step with a folder: added, changed, renamed and deleted files.

Every step scans the whole folder and makes the library hold what a new one would; a notification
of a change only says when to scan. ``Library.restore`` puts back what was removed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import FolderError
from index.formats.files import SourceFile, find_files, printable
from index.remedies import Remedy
from index.types import AddProgress, Skip

if TYPE_CHECKING:
    from index.library import Library
    from index.record.rows import ArticleSummary

WAIT_SECONDS = 60.0
"""How long a step waits for another writer."""

LOOK_AGAIN_MS = 500
"""How long the watcher waits before it looks whether it is to stop."""

DEBOUNCE_MS = 1_500
"""Changes that follow one another this closely are handled together."""


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one step did.

    Attributes:
        added: Ids of new articles.
        replaced: Ids of articles that had changed.
        removed: Ids of articles that are no longer in any file.
        unchanged: Number of articles that have not changed.
        skipped: What was left out, each with its reason.
        seconds: Wall time.
        reach: See ``AddReport``.
    """

    added: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    skipped: tuple[Skip, ...] = ()
    seconds: float = 0.0
    reach: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Return whether the library has changed."""
        return bool(self.added or self.replaced or self.removed)


def synchronise(
    library: Library,
    folder: Path | str,
    *,
    may_empty: bool = False,
    progress: Callable[[AddProgress], None] | None = None,
    wait_seconds: float = WAIT_SECONDS,
    unconfined: bool = False,
) -> SyncReport:
    """Make a library hold what a new one made from a folder would; articles from elsewhere stay.

    Args:
        library: The library.
        folder: The folder.
        may_empty: Whether to remove everything if no file is left. Otherwise that is an error,
            since an unmounted disk looks the same.
        progress: See ``Library.add``.
        wait_seconds: How long to wait for another writer.
        unconfined: See ``Library.add``.

    Returns:
        What changed.

    Raises:
        FolderError: If there is no such folder, or no file is left in it and ``may_empty`` is
            false; nothing is changed then.
        OnRecordError: If ``Library.add`` raises it.
    """
    root = Path(folder).resolve()
    if not root.is_dir():
        fault = "it is not a folder" if root.exists() else "there is no such folder"
        raise FolderError(printable(root), fault, "name the folder to watch")
    if not (may_empty or _holds_files(root)) and _find_inside(library, root):
        raise FolderError(
            printable(root),
            "no file is left in it, so its articles are kept",
            Remedy("watch", library.path, (folder, "--once", "--empty"), purpose="to remove them"),
        )
    add = partial(
        library.add, [root], replace=root, wait_seconds=wait_seconds, unconfined=unconfined
    )
    report = add(progress=progress)
    # The whole folder was read: articles that did not turn up are no longer in it.
    read = {*report.added, *report.replaced, *report.unchanged}
    inside = _find_inside(library, root)
    gone = [article.article_id for article in inside if article.article_id not in read]
    added = report.added
    if gone:
        library.remove(gone, wait_seconds=wait_seconds)
        if any(article.versions for article in inside if article.article_id in gone):
            # An earlier version, from another file, is now the latest one.
            added += add().added
    return SyncReport(
        added=added,
        replaced=report.replaced,
        removed=tuple(gone),
        unchanged=len(report.unchanged),
        skipped=report.skipped,
        seconds=report.seconds,
        reach=report.reach,
    )


def wait_for_changes(folder: Path | str, stop: threading.Event) -> Iterator[int]:
    """Yield whenever something in a folder has changed, after a moment of quiet.

    It yields 0 once the folder is watched, unless something changes at once: what changed before
    has to be looked for.

    Args:
        folder: The folder, watched with its subfolders.
        stop: Ends the waiting when set.

    Yields:
        How many paths have changed.

    Raises:
        FolderError: If the folder cannot be watched.
    """
    from watchfiles import watch

    is_first = True
    try:
        for changes in watch(
            folder,
            watch_filter=None,
            debounce=DEBOUNCE_MS,
            stop_event=stop,
            rust_timeout=LOOK_AGAIN_MS,
            yield_on_timeout=True,
            raise_interrupt=True,
            ignore_permission_denied=True,
        ):
            if changes or is_first:
                yield len(changes)
            is_first = False
    except (OSError, RuntimeError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise FolderError(
            printable(Path(folder)), f"it cannot be watched ({reason})", "use --every SECONDS"
        ) from error


def _holds_files(root: Path) -> bool:
    return any(isinstance(found, SourceFile) for found in find_files([root]))


def _find_inside(library: Library, root: Path) -> list[ArticleSummary]:
    prefix = f"{printable(root)}/"
    return [article for article in library.articles() if article.origin.startswith(prefix)]
