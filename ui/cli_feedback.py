"""The commands that look after what readers did: their verdicts, and removals to undo."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from index.errors import to_shell_word
from ui.cli_context import NameCommand, name_plainly
from ui.cli_output import format_table, print_json, print_note, print_text
from ui.escape import clean_line

if TYPE_CHECKING:
    from index import Feedback, Library

_QUESTION_CHARS = 60


def print_feedback(library: Library, *, as_json: bool, named: NameCommand = name_plainly) -> None:
    """Write the verdicts to standard output, the oldest first.

    Args:
        library: Whose.
        as_json: Write them as JSON.
        named: Names the command that opens the chat.
    """
    verdicts = library.feedback.all()
    if as_json:
        print_json([verdict.to_dict() for verdict in verdicts])
        return
    for line in format_table([_feedback_cells(verdict) for verdict in verdicts]):
        print_text(line)
    if not verdicts:
        print_note(f"Nobody has judged an answer yet; the thumbs are in {named('serve')}.")


def write_feedback_set(library: Library, folder: Path, *, as_json: bool) -> None:
    """Write the verdicts as a question set, and what came of it to standard output."""
    from rag.feedback_set import export_feedback

    report = export_feedback(library, folder)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "articles": report.articles,
                "questions": report.questions,
                "answerable": report.answerable,
                "rejected": report.rejected,
            }
        )
        return
    print_text(
        f"{report.questions:,} questions ({report.answerable:,} with an answer) about"
        f" {report.articles:,} articles; {report.rejected:,} for a person to label, in"
        " rejected.jsonl"
    )
    if report.questions:
        print_text(f"to score it: onrecord eval {to_shell_word(folder)}")


def clear_feedback(library: Library, *, yes: bool, as_json: bool) -> None:
    """Delete all verdicts, after a question where somebody can answer it."""
    verdicts = library.feedback.all()
    if verdicts and not (yes or as_json) and sys.stdin.isatty():
        typer.confirm(f"Delete {len(verdicts):,} verdicts?", abort=True, err=True)
    removed = sum(library.feedback.remove(verdict.feedback_id) for verdict in verdicts)
    if as_json:
        print_json({"removed": removed})
    else:
        print_text(f"{removed:,} verdicts deleted")


def print_removals(library: Library, *, as_json: bool) -> None:
    """Write what can be put back to standard output, the newest removal first."""
    removals = library.removals()
    if as_json:
        print_json(
            [
                {
                    "removal": removal.removal_id,
                    "removed_at": removal.removed_at.isoformat(),
                    "articles": [
                        {"article_id": name, "title": title} for name, title in removal.articles
                    ],
                }
                for removal in removals
            ]
        )
        return
    rows = [
        (
            str(removal.removal_id),
            removal.removed_at.strftime("%Y-%m-%d %H:%M UTC"),
            clean_line(name),
            clean_line(title),
        )
        for removal in removals
        for name, title in removal.articles
    ]
    for line in format_table(rows):
        print_text(line)
    if not rows:
        print_note("Nothing was removed that could be put back.")


def restore_articles(
    library: Library, removal_id: int | None, *, wait_seconds: float, as_json: bool
) -> None:
    """Put the articles of a removal back, and say which."""
    report = library.restore(removal_id, wait_seconds=wait_seconds)
    if as_json:
        print_json(
            {
                "restored": list(report.added),
                "skipped": [{"source": s.source, "reason": s.reason} for s in report.skipped],
            }
        )
        return
    print_text(f"{len(report.added):,} put back, {len(report.skipped):,} skipped")
    for skip in report.skipped:
        print_text(f"  skipped {clean_line(skip.source)}: {clean_line(skip.reason)}")


def _feedback_cells(feedback: Feedback) -> tuple[str, ...]:
    question = clean_line(feedback.question)
    if len(question) > _QUESTION_CHARS:
        question = f"{question[: _QUESTION_CHARS - 1]}…"
    return (
        feedback.given_at.strftime("%Y-%m-%d"),
        feedback.verdict.value,
        "refused" if feedback.refused else "answered",
        clean_line(feedback.person) or "-",
        question,
        clean_line(feedback.note),
    )
