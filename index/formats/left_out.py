"""What a loader leaves out of an article, as a line of the report. Pure.

Text that reads like an article is kept or named, with its size and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHOWN_PARTS = 6
_SHOWN_CHARS = 60
_MIN_CHARS = 40
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_STOP = re.compile(r"[.!?…。！？।؟][\"'”’»)\]」』]*(?:\s|$)")  # noqa: RUF001


def reads_like_text(text: str) -> bool:
    """Return whether a text holds a sentence, so that leaving it out has to be said."""
    width = len(text) + 2 * len(_WIDE.findall(text))
    return width >= _MIN_CHARS and _STOP.search(text) is not None


def describe_left_out(parts: Iterable[tuple[str, str]]) -> str:
    """Return a line that names what was left out.

    Args:
        parts: Pairs of what it is, and its text.

    Returns:
        Such as ``left out: comments (312 characters: “Is that so? …”)``; empty if no part
        reads like text.
    """
    by_kind: dict[str, list[str]] = {}
    for kind, text in parts:
        if reads_like_text(text):
            by_kind.setdefault(kind, []).append(" ".join(text.split()))
    named = [
        f"{kind} ({sum(map(len, texts)):,} characters: “{_begin(texts)}”)"
        for kind, texts in by_kind.items()
    ]
    more = f"; {len(named) - _SHOWN_PARTS} more kinds" if len(named) > _SHOWN_PARTS else ""
    return f"left out: {', '.join(named[:_SHOWN_PARTS])}{more}" if named else ""


def _begin(texts: list[str]) -> str:
    """Return how the first of some texts begin."""
    shown = "” “".join(
        text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…" for text in texts[:3]
    )
    return shown.replace("\0", "")
