"""The time that an answer may take; a call gets what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Deadline:
    """A point in time by which something has to be done.

    Args:
        seconds: From now; at least 0.
        clock: Seconds that only grow; another one in tests.
    """

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    def remaining(self, reserve_seconds: float = 0.0) -> float:
        """Return the seconds that are left beyond a reserve; 0 when there are none."""
        return max(0.0, self._end - self._clock() - reserve_seconds)
