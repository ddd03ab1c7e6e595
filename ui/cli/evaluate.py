"""``onrecord eval``: run a set, or read a run again; show, compare, draw."""

from __future__ import annotations

from pathlib import Path

from index.errors import OnRecordError
from index.remedies import to_shell_word
from rag.evaluation.evaluate import Report, evaluate_set, read_report
from rag.evaluation.measures import compare_outcomes
from rag.settings import Settings
from ui.cli.output import print_json, print_note, print_text
from ui.cli.show import count_progress
from ui.eval_report import format_comparison, format_report, render_report


def run_evaluation(
    target: Path,
    *,
    library: Path | None,
    settings: Settings,
    limit: int | None,
    compare: Path | None,
    html: Path | None,
    as_json: bool,
) -> None:
    """Write a run's measures to standard output and, if asked, a page to a file.

    Args:
        target: A set's folder, which is run, or a report that an earlier run wrote as JSON.
        library: Where the set's library is kept; nowhere when None.
        settings: How to answer.
        limit: Questions to ask; all when None.
        compare: A report of an earlier run.
        html: Where the page goes.
        as_json: Print the report as JSON.

    Raises:
        OnRecordError: If a file is not of the shape, or the page cannot be written.
    """
    earlier = read_report_file(compare) if compare else None  # before hours of questions
    if html and html.is_dir():
        raise OnRecordError(f"cannot write '{html}': it is a folder; name a file")
    if html and not html.parent.is_dir():
        folder = to_shell_word(html.parent)
        raise OnRecordError(f"cannot write '{html}': no such folder; run 'mkdir -p {folder}'")
    report = read_report_file(target) if target.is_file() else None
    if report is None:
        with count_progress("questions") as progress:
            report = evaluate_set(
                target, library=library, settings=settings, limit=limit, progress=progress
            )
    differences = compare_outcomes(earlier.outcomes, report.outcomes) if earlier else {}
    if as_json:
        row = report.to_dict()
        if earlier:
            row["differences"] = {name: d.to_dict() for name, d in differences.items()}
        print_json(row)
    else:
        print_text("\n".join(format_report(report)))
        if earlier:
            print_text("\n".join(["", *format_comparison(differences)]))
    if html:
        write_page(html, render_report(report, differences))
        print_note(f"Wrote {html}.")


def read_report_file(file: Path) -> Report:
    """Return a report that was written as JSON.

    Raises:
        OnRecordError: If the file cannot be read or is not one.
    """
    try:
        return read_report(file)
    except OSError as error:
        raise OnRecordError(
            f"cannot read '{file}' ({error.strerror}); make a report with"
            " 'onrecord eval SET --json > REPORT.json'"
        ) from error


def write_page(file: Path, page: str) -> None:
    """Write a page.

    Raises:
        OnRecordError: If it cannot be written.
    """
    try:
        file.write_text(page, encoding="utf-8")
    except OSError as error:
        raise OnRecordError(
            f"cannot write '{file}' ({error.strerror}); name another place with --html"
        ) from error
