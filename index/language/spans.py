"""Stretches of a text: half-open ranges of code points. Pure."""

from __future__ import annotations

from typing import Protocol


class Span(Protocol):
    """Anything that has a place in a text."""

    @property
    def start(self) -> int:
        """First code point."""

    @property
    def end(self) -> int:
        """One past the last code point."""


def overlap(one: Span, other: Span) -> bool:
    """Return whether two stretches of the same text share a code point."""
    return one.start < other.end and other.start < one.end
