"""The ``watch`` command: a library that follows a folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.exits import exit_status, note_stop, recover_signal
from ui.cli.options import (
    EncoderOption,
    JsonOption,
    LibraryOption,
    NameCommand,
    name_commands,
    name_plainly,
    read_settings,
)
from ui.cli.output import print_json, print_note, print_text
from ui.messages import describe_error

if TYPE_CHECKING:
    from index import Library
    from index.watch import SyncReport

SKIPS_SHOWN = 20

watch_app = typer.Typer()


@watch_app.command(
    short_help="Keep the library in step with a folder.",
    epilog="\b\nExamples:\n  onrecord watch articles/\n  onrecord watch articles/ --once --json",
)
def watch(
    ctx: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Its files are added, changed and removed."),
    ],
    *,
    once: Annotated[bool, typer.Option("--once", help="Bring it into step, and end.")] = False,
    empty: Annotated[
        bool, typer.Option("--empty", help="Remove all its articles where no file is left.")
    ] = False,
    every: Annotated[
        float | None,
        typer.Option(
            min=1,
            metavar="SECONDS",
            help="Look again so often, for disks that tell of no changes.",
        ),
    ] = None,
    encoder: EncoderOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Keep the library in step with a folder; what goes can be restored. Ctrl-C ends it."""
    from index import Library

    settings = read_settings(ctx, library, encoder=encoder)
    with Library.open_to_fill(settings.library, encoder=settings.encoder or None) as opened:
        try:
            named = name_commands(ctx, library)
            _step(opened, folder, named, may_empty=empty, as_json=json, is_first=True)
            if once:
                return
            print_note(f"Watching '{folder}'. Press Ctrl-C to stop.")
            for _ in _changes(folder, every):
                _step_or_say_why(opened, folder, named, may_empty=empty, as_json=json)
        except KeyboardInterrupt:
            note_stop("Stopped.")
            raise typer.Exit(exit_status()) from None


def _changes(folder: Path, every: float | None) -> Iterator[int]:
    from index.watch import wait_for_changes

    stop = threading.Event()
    if every is None:
        yield from wait_for_changes(folder, stop)
        return
    while not stop.wait(every):
        yield 1


def _step_or_say_why(
    library: Library, folder: Path, named: NameCommand, *, may_empty: bool, as_json: bool
) -> None:
    """Bring the library into step; what keeps it from that may have gone at the next change."""
    from index.errors import OnRecordError

    try:
        with recover_signal():
            _step(library, folder, named, may_empty=may_empty, as_json=as_json)
    except OnRecordError as error:
        if as_json:
            print_json({"error": describe_error(error), "at": _now()})
        else:
            print_note(f"Error: {describe_error(error)}")


def _step(
    library: Library,
    folder: Path,
    named: NameCommand,
    *,
    may_empty: bool,
    as_json: bool,
    is_first: bool = False,
) -> None:
    from index.watch import synchronise
    from ui.cli.progress import track_progress

    if is_first:
        with track_progress() as progress:
            report = synchronise(library, folder, may_empty=may_empty, progress=progress)
    else:
        report = synchronise(library, folder, may_empty=may_empty)
    if as_json:
        print_json(report_to_dict(report))
    elif report or is_first:
        for line in describe_step(report, named):
            print_text(line)


def report_to_dict(report: SyncReport) -> dict[str, object]:
    """Return a step as plain data."""
    return {
        "at": _now(),
        "added": list(report.added),
        "replaced": list(report.replaced),
        "removed": list(report.removed),
        "unchanged": report.unchanged,
        "skipped": [{"source": skip.source, "reason": skip.reason} for skip in report.skipped],
        "seconds": round(report.seconds, 3),
    }


def describe_step(report: SyncReport, named: NameCommand = name_plainly) -> list[str]:
    """Return a step as lines: what changed, what was skipped and why, and how to undo it."""
    counts = (
        (len(report.added), "added"),
        (len(report.replaced), "changed"),
        (len(report.removed), "removed"),
        (report.unchanged, "unchanged"),
        (len(report.skipped), "skipped"),
    )
    told = ", ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing there"
    lines = [f"{datetime.now().astimezone():%H:%M:%S}  {told}"]
    lines += [f"  skipped {skip.source}: {skip.reason}" for skip in report.skipped[:SKIPS_SHOWN]]
    if len(report.skipped) > SKIPS_SHOWN:
        lines.append(f"  and {len(report.skipped) - SKIPS_SHOWN:,} more; --json lists all")
    if report.removed:
        lines.append(f"  to put back what was removed, run {named('restore')}")
    return lines


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
