"""How fast one host is asked: a request at a time, with a pause between."""

from __future__ import annotations

import time
from collections.abc import Callable

from index.errors import FetchError
from index.fetching.web_address import WebAddress, show_address


class Pace:
    """Keeps track of when each host may be asked again.

    Args:
        delay_seconds: From the end of one request to the start of the next of the same host.
        max_wait_seconds: A longer wait, asked for by a host, is not waited for.
        clock: Tells the time in seconds, as ``time.monotonic``.
        sleep: Waits, as ``time.sleep``.
    """

    def __init__(
        self,
        delay_seconds: float,
        max_wait_seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._delay_seconds = delay_seconds
        self._max_wait_seconds = max_wait_seconds
        self._clock = clock
        self._sleep = sleep
        self._delays: dict[str, float] = {}
        self._free_at: dict[str, float] = {}

    def slow_down(self, host: str, delay_seconds: float) -> None:
        """Leave at least this pause between requests to a host."""
        self._delays[host] = max(self._delay_seconds, delay_seconds)

    def hold(self, host: str, seconds: float) -> None:
        """Ask a host nothing for some time from now."""
        self._free_at[host] = max(self._free_at.get(host, 0.0), self._clock() + seconds)

    def wait(self, address: WebAddress) -> None:
        """Wait until a host may be asked.

        Raises:
            FetchError: If that is later than anybody wants to wait.
        """
        left = self._free_at.get(address.host, 0.0) - self._clock()
        if left > self._max_wait_seconds:
            raise FetchError(
                show_address(str(address)),
                f"its host asks for a pause of {left:,.0f} s; add it again after that",
            )
        if left > 0:
            self._sleep(left)

    def has_asked(self, host: str) -> None:
        """Take note that a request to a host has ended."""
        self.hold(host, self._delays.get(host, self._delay_seconds))
