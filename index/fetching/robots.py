"""What a site's ``robots.txt`` allows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from index.errors import FetchError
from index.fetching.web_address import WebAddress, show_address

if TYPE_CHECKING:
    from protego import Protego

ROBOTS_NAME = "OnRecord"
"""What a site calls us in its ``robots.txt``."""

MAX_ROBOTS_BYTES = 512_000
"""More than that is not read of one."""

_OK = 200
_GONE = range(400, 500)
_BUSY = 429


class Robots:
    """The rules of the sites that were asked, each read once.

    As RFC 9309 has it, a site that has no such file, or keeps it from us, allows everything; one
    whose server is at fault, or cannot be reached, allows nothing for now.

    Args:
        fetch: From the address of a ``robots.txt`` to the status and the start of the body,
            redirects followed.
    """

    def __init__(self, fetch: Callable[[WebAddress], tuple[int, bytes]]) -> None:
        self._fetch = fetch
        self._rules: dict[str, Protego | FetchError | None] = {}

    def check(self, address: WebAddress) -> float:
        """Return the pause that a site wants between requests, in seconds, 0 for none named.

        Raises:
            FetchError: If it does not want this page to be fetched, or if that cannot be known.
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
            raise FetchError(shown, "the site's robots.txt does not want it to be fetched")
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
