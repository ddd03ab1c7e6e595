"""How measurements are summarised and printed."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

MEGABYTE = 1 << 20


def make_parser(doc: str | None, *, takes_set: bool = True) -> argparse.ArgumentParser:
    """Return a parser with the arguments of most measurements: DATA, if wanted, and ``--json``."""
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if takes_set:
        parser.add_argument(
            "data",
            type=_question_set,
            metavar="DATA",
            help="folder with corpus.jsonl and queries.jsonl, as 'onrecord eval' takes it",
        )
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    return parser


def positive(text: str) -> int:
    """Parse an integer of at least 1, for ``argparse``.

    Raises:
        argparse.ArgumentTypeError: If it is not one.
    """
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(text)


def harmonic_mean(precision: float, recall: float) -> float:
    """Return F1; 0 if both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def take_turns(sides: Iterable[str], rounds: int) -> Iterator[str]:
    """Yield all sides once a round, reversed every other round, so that none is always first."""
    order = list(sides)
    for number in range(rounds):
        yield from order if number % 2 == 0 else reversed(order)


def summarize(values: Sequence[float]) -> dict[str, float]:
    """Return median and range."""
    return {"median": statistics.median(values), "low": min(values), "high": max(values)}


def format_range(summary: Mapping[str, float], *, unit: float = 1.0, digits: int = 1) -> str:
    """Return ``median (low to high)``, each divided by ``unit``."""
    median, low, high = (
        f"{summary[name] / unit:,.{digits}f}" for name in ("median", "low", "high")
    )
    return f"{median} ({low} to {high})"


def print_report(report: Mapping[str, object], lines: Sequence[str], *, as_json: bool) -> None:
    """Print a report as JSON, or its lines."""
    print(json.dumps(report, indent=1) if as_json else "\n".join(lines))


def format_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines of a Markdown table; the first row is its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _question_set(text: str) -> Path:
    folder = Path(text).resolve()
    for name in ("corpus.jsonl", "queries.jsonl"):
        if not (folder / name).is_file():
            raise argparse.ArgumentTypeError(f"'{folder / name}' is missing")
    return folder
