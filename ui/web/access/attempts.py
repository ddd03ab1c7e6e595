"""Wrong passwords: who has tried too often has to wait, longer each time, and nobody else does.

Tries are counted for a name from an address, so that guessing a name from one place locks out
neither its owner elsewhere nor others there, and for an address under any name.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

TRIES_BY_NAME = 5
TRIES_BY_ADDRESS = 30
"""Wrong passwords from one address, whatever the names, before it has to wait; an office may share
one."""
TRIES_AT_ONCE = 4
"""Tries from one address that are being checked; a further one has to wait."""
FIRST_DELAY_SECONDS = 4.0
"""It doubles with each further wrong try."""
MAX_DELAY_SECONDS = 300.0
SECONDS_TO_FORGET = 900.0

_Key = tuple[str, ...]


class Attempts:
    """Counts wrong tries, and says how long the next one has to wait.

    Args:
        clock: Seconds that only grow.
    """

    MAX_KEYS = 20_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[_Key, tuple[int, float]] = OrderedDict()
        self._pending: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, name: str, address: str) -> float:
        """Count a try, unless it has to wait.

        It is counted as wrong before it is known to be, so that many at once gain nothing.

        Args:
            name: The user's.
            address: Where it comes from, an IP address or whatever tells origins apart.

        Returns:
            0 if it may be made, which ``end`` then closes; otherwise seconds to wait.
        """
        place, now = _place_of(address), self._clock()
        with self._lock:
            if self._pending[place] >= TRIES_AT_ONCE:
                return 1.0
            keys = {(place, name): TRIES_BY_NAME, (place,): TRIES_BY_ADDRESS}
            wait = max(self._wait(key, free, now) for key, free in keys.items())
            if wait <= 0:
                self._pending[place] += 1
                for key in keys:
                    self._wrong[key] = (self._count(key, now) + 1, now)
                    self._wrong.move_to_end(key)
                while len(self._wrong) > self.MAX_KEYS:
                    self._wrong.popitem(last=False)
            return max(wait, 0.0)

    def end(self, name: str, address: str, *, is_right: bool) -> None:
        """Close a try: a right one clears the name there, and is taken off the address."""
        place = _place_of(address)
        with self._lock:
            self._pending[place] -= 1
            if self._pending[place] <= 0:
                del self._pending[place]
            if is_right:
                self._wrong.pop((place, name), None)
                count, last = self._wrong.get((place,), (0, 0.0))
                if count:
                    self._wrong[(place,)] = (count - 1, last)

    def _count(self, key: _Key, now: float) -> int:
        count, last = self._wrong.get(key, (0, now))
        return count if now - last < SECONDS_TO_FORGET else 0

    def _wait(self, key: _Key, free: int, now: float) -> float:
        count, last = self._wrong.get(key, (0, now))
        if self._count(key, now) < free:
            return 0.0
        delay = min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(count - free, 10))
        return last + delay - now


def _place_of(address: str) -> str:
    """Return an address, of IPv6 the network: whoever has one address there has them all."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address
    if number.version == 4:  # noqa: PLR2004
        return str(number)
    return str(ipaddress.ip_network((number, 64), strict=False))
