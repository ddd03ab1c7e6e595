"""Bodies of requests while they arrive: counted, timed, and the slowest gives way to a new one."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ui.web.access.requests import Message, Receive

SECONDS_TO_BEGIN = 10.0
MIN_BYTES_PER_SECOND = 8 * 1024
"""A body has ten seconds, and as many more as it would take at this rate."""

_HEAD_START = 1024 * 1024


class BodyTooLargeError(Exception):
    """A body is longer than its route allows, whatever its headers say."""


class BodyTooSlowError(Exception):
    """A body did not arrive in time, or had to give way to a faster one."""


@dataclass(eq=False)
class _Arrival:
    """A body on its way; ``began`` is in the loop's seconds."""

    owner: str
    deadline: asyncio.Timeout
    began: float
    n_bytes: int = 0
    is_too_large: bool = False

    def rate(self, now: float) -> float:
        # A new one counts as fast until it has had the time to show it.
        return (self.n_bytes + _HEAD_START) / (now - self.began + 1)

    def stop(self, now: float) -> None:
        if not self.deadline.expired():
            self.deadline.reschedule(now)


async def read_body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        BodyTooSlowError: If the client went away before its end.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise BodyTooSlowError
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return bytes(body)


class Bodies:
    """The bodies that are on their way.

    Args:
        at_once: How many. For a further one the slowest is dropped, of those of the client that
            has the most.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._arrivals: set[_Arrival] = set()

    def __len__(self) -> int:
        """Return how many are on their way."""
        return len(self._arrivals)

    @asynccontextmanager
    async def receiving(
        self,
        receive: Receive,
        max_bytes: int,
        *,
        owner: str = "",
        fits: Callable[[int], bool] = lambda _: True,
    ) -> AsyncIterator[Receive]:
        """Yield a source of messages like ``receive`` that is cut off at a limit or a deadline.

        The block is cancelled then. Once the body is complete, it may take as long as it likes.

        Args:
            receive: The request's.
            max_bytes: The longest body.
            owner: Whose it is.
            fits: Whether there is room for the bytes received so far.

        Raises:
            BodyTooLargeError: If it is longer, or no longer fits.
            BodyTooSlowError: If it did not arrive in time.
        """
        loop = asyncio.get_running_loop()
        now = loop.time()
        while len(self._arrivals) >= self._at_once:
            ((busiest, _),) = Counter(one.owner for one in self._arrivals).most_common(1)
            slowest = min(
                (one for one in self._arrivals if one.owner == busiest),
                key=lambda one: one.rate(now),
            )
            self._arrivals.discard(slowest)
            slowest.stop(now)
        arrival = _Arrival(owner, asyncio.timeout(SECONDS_TO_BEGIN), now)
        self._arrivals.add(arrival)

        async def counting() -> Message:
            message = await receive()
            if arrival not in self._arrivals:
                return message
            arrival.n_bytes += len(message.get("body", b""))
            if arrival.n_bytes > max_bytes or not fits(arrival.n_bytes):
                arrival.is_too_large = True
                arrival.stop(loop.time())
                await asyncio.Future()  # until the block is cancelled
            if message.get("more_body", False):
                allowed = SECONDS_TO_BEGIN + arrival.n_bytes / MIN_BYTES_PER_SECOND
                arrival.deadline.reschedule(arrival.began + allowed)
            else:
                self._arrivals.discard(arrival)
                arrival.deadline.reschedule(None)
            return message

        try:
            async with arrival.deadline:
                yield counting
        except TimeoutError:
            if not arrival.deadline.expired():
                raise
            raise (BodyTooLargeError if arrival.is_too_large else BodyTooSlowError) from None
        finally:
            self._arrivals.discard(arrival)
