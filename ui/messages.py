"""What is said to users in the same words everywhere: errors, counts, tables."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_PACKAGES = frozenset({"index", "rag", "ui"})


def describe_error(error: Exception) -> str:
    """Return an error as one line: ours as it is, another as the bug that it shows."""
    from index.errors import OnRecordError

    if isinstance(error, OnRecordError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    ours = [(place, frame.lineno) for frame in frames if (place := _find_room(frame.filename))]
    place = " at {}:{}".format(*ours[-1]) if ours else ""
    return (
        f"unexpected {type(error).__name__}{place}: {error};"
        " this is a bug in OnRecord; run 'python -X dev -m onrecord …' for the full traceback"
    )


def _find_room(filename: str) -> str:
    """Return a file of ours as ``room/file.py``; empty for a file that is not ours."""
    file = Path(filename)
    if not file.is_relative_to(_ROOT):
        return ""
    place = file.relative_to(_ROOT)
    return place.as_posix() if place.parts[0] in _PACKAGES else ""


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 article``, ``2,169 articles``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_table(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Return rows as lines with aligned columns; the last one is ragged.

    Args:
        rows: Clean cells, the same number in every row.
    """
    rows = list(rows)
    if not rows:
        return []
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True))]).rstrip()
        for row in rows
    ]
