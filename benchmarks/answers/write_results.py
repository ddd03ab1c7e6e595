"""Writes the part of docs/benchmarks.md that ``onrecord eval`` measures.

    onrecord eval DATA/xquad --json > xquad.json
    onrecord eval DATA/xquad --reader none --json > xquad_none.json
    python -m benchmarks.answers.write_results xquad.json xquad_none.json …

Reports of one set become one table, one column each, with 95 % bootstrap intervals over the
questions; the first is compared with each of the others, question by question. Only the text
between the two marks in the document is replaced.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from benchmarks.report import format_table
from rag.evaluation.evaluate import Report, read_report
from rag.evaluation.measures import Measure, compare_outcomes

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN = "<!-- onrecord eval: written by benchmarks/answers/write_results.py -->"
END = "<!-- end of onrecord eval -->"
USUAL = {"reader": "default", "encoder": ""}
"""Settings that a column is named after only if they differ from these."""


def main() -> None:
    """Replace the part of the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+", metavar="REPORT.json")
    parser.add_argument("--out", type=Path, default=DOCUMENT, help="default: docs/benchmarks.md")
    arguments = parser.parse_args()
    lines = format_results([read_report(file) for file in arguments.reports])
    text = arguments.out.read_text("utf-8")
    try:
        arguments.out.write_text(replace_part(text, lines), "utf-8")
    except ValueError as error:
        parser.error(f"{arguments.out.name}: {error}")


def replace_part(text: str, lines: Sequence[str]) -> str:
    """Return a document with the lines between its two marks.

    Raises:
        ValueError: If it does not have each mark once, in order.
    """
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended or BEGIN in rest or END in after:
        raise ValueError(f"it needs one line '{BEGIN}' and after it one '{END}'")
    return "\n".join([f"{before}{BEGIN}", "", *lines, "", f"{END}{after}"])


def format_results(reports: Sequence[Report]) -> list[str]:
    """Return reports as Markdown, one part per set, in the order of their names."""
    lines: list[str] = []
    for name, found in groupby(sorted(reports, key=lambda r: r.name), key=lambda r: r.name):
        lines += ["", *_format_set(name, list(found))]
    return lines[1:]


def _format_set(name: str, runs: Sequence[Report]) -> list[str]:
    names = list(dict.fromkeys(measure for run in runs for measure in run.measures))
    rows = [["", *(_name_run(run) for run in runs)]]
    rows += [[measure, *(_format(run.measures.get(measure)) for run in runs)] for measure in names]
    asked = " or ".join(f"{n:,}" for n in dict.fromkeys(len(run.outcomes) for run in runs))
    lines = [
        f"**{name}**: {runs[0].articles:,} articles, {asked} questions.",
        "",
        *format_table(rows),
    ]
    for other in runs[1:]:
        differences = compare_outcomes(other.outcomes, runs[0].outcomes)
        beyond = [
            f"{measure} {d.after - d.before:+.3f}"
            for measure, d in differences.items()
            if d.is_beyond_noise and not measure.startswith("seconds")
        ]
        compared = f"{_name_run(runs[0])} against {_name_run(other)}, question by question"
        lines += ["", f"Beyond noise, {compared}: {', '.join(beyond) or 'nothing'}."]
    return lines


def _name_run(run: Report) -> str:
    named = [
        f"{key} {value}"
        for key, value in run.settings.items()
        if key in USUAL and value != USUAL[key]
    ]
    return ", ".join(named) or "as shipped"


def _format(measure: Measure | None) -> str:
    if measure is None:
        return ""
    return f"{measure.value:.3f} ({measure.low:.3f} to {measure.high:.3f})"


if __name__ == "__main__":
    main()
