"""What a loader leaves out of an article, as a line of the report. Pure.

Text that reads like an article is kept or named, with its size and the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHOWN_PARTS = 6
_SHOWN_CHARS = 60
_MIN_CHARS = 40
_MOST_COMPARED = 2_000_000
_BETWEEN = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")  # noqa: RUF001
_NO_LETTER = re.compile(r"[\W_]+")
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


def describe_missing(parts: Iterable[tuple[str, str]], kept: Iterable[str]) -> str:
    """Return a line that names the parts that none of the kept texts has; empty if none.

    Args:
        parts: See ``describe_left_out``; each is compared without spaces and punctuation.
        kept: Titles and texts.
    """
    whole = "\0".join(map(_letters_of, kept))
    if len(whole) > _MOST_COMPARED:
        return ""
    seen: set[str] = set()
    missing = []
    for kind, text in parts:
        if not reads_like_text(text):
            continue
        if _letters_of(text) in whole:
            continue
        # Of a block that was kept in part, only the sentences that are missing are named.
        pieces = [piece for piece in _BETWEEN.split(text) if _letters_of(piece) not in whole]
        rest = " ".join(pieces)
        if (letters := _letters_of(rest)) not in seen:
            seen.add(letters)
            missing.append((kind, rest))
    return describe_left_out(missing)


def _letters_of(text: str) -> str:
    return _NO_LETTER.sub("", text)


def _begin(texts: list[str]) -> str:
    """Return how the first of some texts begin."""
    shown = "” “".join(
        text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…" for text in texts[:3]
    )
    return shown.replace("\0", "")
