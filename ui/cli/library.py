"""The commands about a library as a whole: ``doctor``, ``reencode``, ``feedback``, ``eval``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.console import (
    find_library,
    name_command,
    open_library,
    print_json,
    print_note,
    print_result,
    print_text,
    read_settings,
)
from ui.cli.options import (
    BaseUrlOption,
    DeadlineOption,
    DeviceOption,
    JsonOption,
    LibraryOption,
    ModelOption,
    ReaderOption,
    SetLibraryOption,
    WaitOption,
    YesOption,
)
from ui.cli.progress import count_progress
from ui.messages import count_of, format_table

if TYPE_CHECKING:
    from index.doctor import Finding
    from index.library import Library
    from index.record.feedback import Feedback
    from rag.evaluation.evaluate import Report

QUESTION_CHARS = 60

library_app = typer.Typer()


@library_app.command(short_help="Check the library or a chat model, and mend what can be.")
def doctor(
    ctx: typer.Context,
    *,
    fix: Annotated[bool, typer.Option("--fix/--no-fix", help="Mend what can be mended.")] = True,
    read_data: Annotated[
        bool, typer.Option("--read-data", help="Read every row and compare it with its checksum.")
    ] = False,
    model: ModelOption = None,
    base_url: BaseUrlOption = None,
    deadline: DeadlineOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check the library and rebuild what can be rebuilt; with --model, check a chat model."""
    settings = read_settings(
        ctx, library, model=model, base_url=base_url, deadline_seconds=deadline
    )
    if model is not None:
        from rag.chat.model_check import check_model

        findings = check_model(settings)
    else:
        from index.doctor import check_library

        findings = check_library(
            settings.library, mend=fix, read_data=read_data, device=settings.device
        )
    _print_findings(findings, as_json=json)
    if n_bad := sum(finding.state == "bad" for finding in findings):
        if model is None:
            need = "fault needs" if n_bad == 1 else "faults need"
            print_note(
                f"Error: {n_bad} {need} your attention in the library at '{settings.library}'"
            )
        raise typer.Exit(1)


def _print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    from ui.escape import clean_line

    fields = {
        "sound": all(finding.state != "bad" for finding in findings),
        "findings": list(map(asdict, findings)),
    }
    rows = [
        (
            finding.state.value,
            finding.subject,
            "; ".join(filter(None, map(clean_line, (finding.detail, finding.remedy)))),
        )
        for finding in findings
    ]
    print_result(fields, format_table(rows), as_json=as_json)


@library_app.command()
def reencode(
    ctx: typer.Context,
    *,
    encoder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A model's name or folder (default: all-MiniLM-L6-v2)."),
    ] = None,
    device: DeviceOption = None,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Encode all passages again, with another or a newer encoder."""
    from index.encoding.model_info import DEFAULT_ENCODER
    from index.library import Library

    settings = read_settings(ctx, library, encoder=encoder, device=device, wait_seconds=wait)
    with (
        Library.open(settings.library, device=settings.device) as opened,
        count_progress("passages") as progress,
    ):
        encoded = opened.reencode(
            settings.encoder or DEFAULT_ENCODER,
            progress=progress,
            wait_seconds=settings.wait_seconds,
        )
        used = opened.encoder
    name = used.name if used else None
    lines = f"{count_of(encoded, 'passage')} encoded with {name or 'nothing'}"
    print_result({"passages": encoded, "encoder": name}, lines, as_json=json)


@library_app.command(
    epilog="\b\nExamples:\n  onrecord feedback --json\n  onrecord feedback --export my-set\n"
    "  onrecord eval my-set"
)
def feedback(
    ctx: typer.Context,
    *,
    export: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a question set for 'onrecord eval' there."),
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Delete all verdicts.")] = False,
    yes: YesOption = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show how readers judged answers, or make a question set of it."""
    with open_library(read_settings(ctx, library)) as opened:
        if export is not None:
            _export_feedback(opened, export, as_json=json)
            return
        verdicts = opened.feedback.all()
        if clear:
            if verdicts and not (yes or json) and sys.stdin.isatty():
                question = f"Delete {count_of(len(verdicts), 'verdict')}?"
                typer.confirm(question, abort=True, err=True)
            removed = sum(opened.feedback.remove(verdict.feedback_id) for verdict in verdicts)
            lines = f"{count_of(removed, 'verdict')} deleted"
            print_result({"removed": removed}, lines, as_json=json)
            return
    fields = [verdict.to_dict() for verdict in verdicts]
    print_result(fields, format_table(map(_cells, verdicts)), as_json=json)
    if not (verdicts or json):
        command = name_command("serve", find_library(ctx, library))
        print_note(f"Nobody has judged an answer yet; the thumbs are in {command}.")


def _cells(feedback: Feedback) -> tuple[str, ...]:
    from ui.escape import clean_line

    question = clean_line(feedback.question)
    if len(question) > QUESTION_CHARS:
        question = f"{question[: QUESTION_CHARS - 1]}…"
    return (
        f"{feedback.given_at:%Y-%m-%d}",
        feedback.verdict.value,
        "refused" if feedback.refused else "answered",
        clean_line(feedback.person) or "-",
        question,
        clean_line(feedback.note),
    )


def _export_feedback(library: Library, folder: Path, *, as_json: bool) -> None:
    from rag.evaluation.feedback_set import export_feedback

    report = export_feedback(library, folder)
    fields = {
        "folder": folder,
        "articles": report.articles,
        "questions": report.questions,
        "answerable": report.answerable,
        "rejected": report.rejected,
    }
    lines = [
        f"{count_of(report.questions, 'question')} ({report.answerable:,} with an answer) about"
        f" {count_of(report.articles, 'article')}; {report.rejected:,} for a person to label, in"
        " rejected.jsonl"
    ]
    if report.questions:
        lines.append(f"to score it, run {name_command('eval', None, str(folder))}")
    print_result(fields, lines, as_json=as_json)


@library_app.command("eval", short_help="Score the answers to a question set; compare two runs.")
def evaluate(
    ctx: typer.Context,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="SET",
            help="Folder with corpus.jsonl and queries.jsonl, or the saved JSON of an earlier run.",
        ),
    ],
    *,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Ask only the first N questions.")
    ] = None,
    reader: ReaderOption = None,
    device: DeviceOption = None,
    library: SetLibraryOption = None,
    compare: Annotated[
        Path | None,
        typer.Option(metavar="REPORT", help="Show what changed since this saved JSON."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with plots to this file.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Score the answers to a question set, with intervals; compare two runs.

    Save a run with 'onrecord eval SET --json > run.json'. A line of queries.jsonl is a question
    and what is known of its answer: {"id", "question", "answers", "answerable", "gold_doc_ids",
    "gold_spans": [[id, start, end]], "history"}; all but "question" may be missing.
    """
    from index.errors import OnRecordError
    from rag.evaluation.evaluate import evaluate_set
    from rag.evaluation.measures import compare_outcomes
    from ui.eval_report import format_comparison, format_report, render_report

    settings = read_settings(ctx, library, reader=reader, device=device)
    earlier = _read_report(compare) if compare else None  # before hours of questions
    if html:
        _check_place(html)
    if target.is_file():
        report = _read_report(target)
    else:
        kept = find_library(ctx, library)
        with count_progress("questions") as progress:
            report = evaluate_set(
                target, library=kept, settings=settings, limit=limit, progress=progress
            )
    differences = compare_outcomes(earlier.outcomes, report.outcomes) if earlier else {}
    if json:
        fields = report.to_dict()
        if earlier:
            fields["differences"] = {name: d.to_dict() for name, d in differences.items()}
        print_json(fields)
    else:
        compared = ["", *format_comparison(differences)] if earlier else []
        print_text("\n".join([*format_report(report), *compared]))
    if html:
        try:
            html.write_text(render_report(report, differences), encoding="utf-8")
        except OSError as error:
            raise OnRecordError(
                f"cannot write '{html}' ({error.strerror})", "name another place with --html"
            ) from error
        print_note(f"Wrote {html}.")


def _read_report(file: Path) -> Report:
    from index.errors import OnRecordError
    from rag.evaluation.evaluate import read_report

    try:
        return read_report(file)
    except OSError as error:
        raise OnRecordError(
            f"cannot read '{file}' ({error.strerror})",
            "make a report with 'onrecord eval SET --json > REPORT.json'",
        ) from error


def _check_place(page: Path) -> None:
    """Raise ``OnRecordError`` if a page cannot be written to a file."""
    from index.errors import OnRecordError
    from index.remedies import to_shell_word

    if page.is_dir():
        raise OnRecordError(f"cannot write '{page}': it is a folder", "name a file")
    if not page.parent.is_dir():
        raise OnRecordError(
            f"cannot write '{page}': no such folder",
            f"run 'mkdir -p {to_shell_word(page.parent)}'",
        )
