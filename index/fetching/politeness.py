"""Politeness towards sites: what their ``robots.txt`` allows, and a pause between requests."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import FetchError
from index.fetching.web_address import WebAddress, show_address

if TYPE_CHECKING:
    from protego import Protego


class Pace:
    """Keeps track of when each host may receive the next request.

    Args:
        delay_seconds: From the end of a request to the start of the next to the same host.
        max_wait_seconds: The longest pause requested by a host that is waited for.
        clock: Returns the time in seconds, as ``time.monotonic``.
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
        """Make the pause between requests to a host at least this long."""
        self._delays[host] = max(self._delay_seconds, delay_seconds)

    def hold(self, host: str, seconds: float) -> None:
        """Send a host no requests for some seconds from now."""
        self._free_at[host] = max(self._free_at.get(host, 0.0), self._clock() + seconds)

    def wait(self, address: WebAddress) -> None:
        """Wait until a host may receive a request.

        Raises:
            FetchError: If that would take too long.
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
        """Record that a request to a host has ended."""
        self.hold(host, self._delays.get(host, self._delay_seconds))


ROBOTS_NAME = "OnRecord"
"""The name of OnRecord in a ``robots.txt``."""

MAX_ROBOTS_BYTES = 512_000
"""The part of a ``robots.txt`` that is read."""

_OK = 200
_GONE = range(400, 500)
_BUSY = 429


class Robots:
    """The rules of sites, each read once.

    By RFC 9309, a site without such a file, or that denies access to it, allows everything; a site
    whose server fails or cannot be reached allows nothing for now.

    Args:
        fetch: Returns the status and the start of the body of a ``robots.txt``, after redirects.
    """

    def __init__(self, fetch: Callable[[WebAddress], tuple[int, bytes]]) -> None:
        self._fetch = fetch
        self._rules: dict[str, Protego | FetchError | None] = {}

    def check(self, address: WebAddress) -> float:
        """Return the pause in seconds that a site requests, 0 if it requests none.

        Raises:
            FetchError: If it disallows the page, or its rules cannot be read.
        """
        if address.origin not in self._rules:
            self._rules[address.origin] = self._read(address)
        rules = self._rules[address.origin]
        if rules is None:
            return 0.0
        shown = show_address(str(address))
        if isinstance(rules, FetchError):
            raise type(rules)(shown, rules.reason)
        if not rules.can_fetch(str(address), ROBOTS_NAME):
            raise FetchError(shown, "the site's robots.txt disallows it")
        rate = rules.request_rate(ROBOTS_NAME)
        between = rate.seconds / rate.requests if rate and rate.requests > 0 else 0.0
        delay = rules.crawl_delay(ROBOTS_NAME) or 0.0
        return max(0.0, between, 0.0 if math.isnan(delay) else delay)

    def _read(self, address: WebAddress) -> Protego | FetchError | None:
        from protego import Protego

        place = replace(address, target="/robots.txt")
        try:
            status, body = self._fetch(place)
        except FetchError as error:
            return error
        if status == _OK:
            return Protego.parse(body.decode("utf-8", "replace"))
        if status in _GONE and status != _BUSY:
            return None
        return FetchError(show_address(str(place)), f"its robots.txt cannot be read: HTTP {status}")
