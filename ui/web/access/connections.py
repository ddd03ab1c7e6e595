"""Connections of the chat's server: deadlines for the silent ones, and always room for another.

uvicorn closes a connection that is idle after a response, and no other: one that never finishes its
request would stay for ever. Bodies have deadlines of their own in ``ui.web.access.bodies``.
"""

from __future__ import annotations

import asyncio
import resource
from contextlib import suppress
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

if TYPE_CHECKING:
    from uvicorn.server import ServerState

MAX_CONNECTIONS = 1024
SECONDS_FOR_HEADERS = 10.0
"""From the first moment of a connection, or the end of a response, to the end of the next request's
headers."""
SECONDS_FOR_READING = 30.0
"""A client that has not read a full buffer (64 KiB) in this time is no longer there."""


_OTHER_FILES = 512  # the record's, uploads, the program's own


def allow_for_connections() -> None:
    """Let the process open as many files as its connections may need, if the system allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + _OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def max_connections() -> int:
    """Return how many connections there may be, as far as the limit of open files allows."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return min(MAX_CONNECTIONS, max(soft - _OTHER_FILES, soft // 2))


class WaitingConnections:
    """The connections of a server on which no request is being answered, by their clients."""

    def __init__(self) -> None:
        self._by_address: dict[str, dict[Connection, None]] = {}

    def add(self, connection: Connection) -> None:
        """Note that a connection waits, from now on."""
        self._by_address.setdefault(connection.address, {})[connection] = None

    def discard(self, connection: Connection) -> None:
        """Note that it no longer does."""
        others = self._by_address.get(connection.address, {})
        others.pop(connection, None)
        if not others:
            self._by_address.pop(connection.address, None)

    def drop_one(self) -> None:
        """Close the oldest connection of the client that has the most, unless it has just one."""
        busiest = max(self._by_address.values(), key=len, default={})
        if len(busiest) > 1:
            oldest = next(iter(busiest))
            self.discard(oldest)
            oldest.connections.discard(oldest)
            oldest.transport.abort()


_WAITING: WeakKeyDictionary[ServerState, WaitingConnections] = WeakKeyDictionary()


class Connection(H11Protocol):
    """A connection with deadlines.

    When there are too many, the client with the most that wait for a request loses its oldest: one
    that has just been made is kept.
    """

    _waiting: WaitingConnections
    _deadline: asyncio.TimerHandle | None = None
    _reading_deadline: asyncio.TimerHandle | None = None
    _unread = 0

    @property
    def is_waiting(self) -> bool:
        """Whether no request of it is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    @property
    def address(self) -> str:
        """Where it comes from."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, if need be in the place of another connection."""
        super().connection_made(transport)
        self._waiting = _WAITING.setdefault(self.server_state, WaitingConnections())
        self._watch()
        if len(self.connections) > max_connections():
            self._waiting.drop_one()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        super().connection_lost(exc)
        self._waiting.discard(self)
        for deadline in (self._deadline, self._reading_deadline):
            if deadline is not None:
                deadline.cancel()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived; only a whole request ends the waiting."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Give the client a time to read in."""
        super().pause_writing()
        self._reading_deadline = self.loop.call_later(SECONDS_FOR_READING, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on writing."""
        super().resume_writing()
        if self._reading_deadline is not None:
            self._reading_deadline.cancel()
            self._reading_deadline = None

    def _watch(self) -> None:
        if not self.is_waiting:
            self._waiting.discard(self)
            if self._deadline is not None:
                self._deadline.cancel()
                self._deadline = None
        elif self._deadline is None:
            self._waiting.add(self)
            self._unread = self.transport.get_write_buffer_size()
            self._deadline = self.loop.call_later(SECONDS_FOR_HEADERS, self._give_up)

    def _give_up(self) -> None:
        self._deadline = None
        unread = self.transport.get_write_buffer_size()
        if unread and unread < self._unread:  # still reading the last response
            self._watch()
        else:
            self.transport.abort()
