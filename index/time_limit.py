"""A time limit for what a thread is doing: reading the record ends when the time is up."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from index.errors import TimeLimitError

_LIMIT: ContextVar[tuple[float, float] | None] = ContextVar("onrecord_time_limit", default=None)
"""When the time is up, in monotonic seconds, and how many seconds there were."""


@contextmanager
def limit_time(seconds: float, *, since: float) -> Iterator[None]:
    """Limit the time of a block.

    Args:
        seconds: How long it may take, more than 0.
        since: When it began, in monotonic seconds; a block may be entered several times.
    """
    token = _LIMIT.set((since + seconds, seconds))
    try:
        yield
    finally:
        _LIMIT.reset(token)


def is_limited() -> bool:
    """Return whether there is a limit."""
    return _LIMIT.get() is not None


def remaining_seconds() -> float | None:
    """Return how much time is left, never less than 0; None without a limit."""
    limit = _LIMIT.get()
    return None if limit is None else max(0.0, limit[0] - time.monotonic())


def is_time_up() -> bool:
    """Return whether there is a limit and the time is up."""
    limit = _LIMIT.get()
    return limit is not None and time.monotonic() >= limit[0]


def check_time() -> None:
    """Go on only if there is time.

    Raises:
        TimeLimitError: If the time is up.
    """
    limit = _LIMIT.get()
    if limit is not None and is_time_up():
        raise TimeLimitError(limit[1])
