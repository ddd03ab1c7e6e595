"""A bounded, fair queue in which questions wait for their answers.

The page, the API and the tool server share it, so that all of them say in the same line that the
server is busy. Owners are served in rotation: one who asks twenty times holds up nobody else.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from index.errors import OnRecordError

ANSWERS_AT_ONCE = max(1, min(4, os.cpu_count() or 1))
MAX_WAITING = 24
MAX_PER_OWNER = 4
MAX_WAIT_SECONDS = 60.0
MAX_TURN_SECONDS = 300.0
MAX_WAITING_EVENTS = 64
"""Events of pages that may wait in Gradio's own queue; it refuses further ones itself."""

_SECONDS_BETWEEN_LOOKS = 1.0


class ServerBusyError(OnRecordError):
    """The server cannot take another question now."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"busy: {reason}", "try again in a moment")


class _Ticket:
    """A place in the queue, and then a turn.

    Attributes:
        owner: Whose it is.
        started: When the turn began, on the monotonic clock; None while waiting.
    """

    __slots__ = ("owner", "started")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.started: float | None = None


class AnswerQueue:
    """Lets a few answers be made at a time; the next ones wait.

    Args:
        at_once: Turns at the same time, at least 1.
        max_waiting: Questions that may wait; further ones are refused as busy.
        max_per_owner: Questions of one owner that may wait or be answered.
        max_wait_seconds: How long a question waits before it is refused as well.
        max_turn_seconds: When a turn counts as lost and the next one starts.
        clock: Seconds that only grow.

    Raises:
        ValueError: If a limit leaves room for nothing.
    """

    def __init__(
        self,
        *,
        at_once: int = ANSWERS_AT_ONCE,
        max_waiting: int = MAX_WAITING,
        max_per_owner: int = MAX_PER_OWNER,
        max_wait_seconds: float = MAX_WAIT_SECONDS,
        max_turn_seconds: float = MAX_TURN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if at_once < 1 or max_waiting < 0 or max_per_owner < 1:
            raise ValueError("a queue needs room for at least one turn")
        self._at_once = at_once
        self._max_waiting = max_waiting
        self._max_per_owner = max_per_owner
        self._max_wait_seconds = max_wait_seconds
        self._max_turn_seconds = max_turn_seconds
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: OrderedDict[str, deque[_Ticket]] = OrderedDict()
        self._running: set[_Ticket] = set()

    @contextmanager
    def turn(self, owner: str) -> Iterator[None]:
        """Wait for a turn, and hold it for the length of the block.

        Args:
            owner: Who asks: a user's name, or without a login a browser's session.

        Raises:
            ServerBusyError: If too many are waiting, or the wait is too long.
        """
        ticket = self._enter(owner)
        try:
            self._wait(ticket)
            yield
        finally:
            with self._changed:
                self._drop(ticket)
                self._admit()

    def count(self) -> tuple[int, int]:
        """Return how many turns are in progress, and how many questions wait."""
        with self._changed:
            return len(self._running), self._n_waiting()

    def _enter(self, owner: str) -> _Ticket:
        with self._changed:
            self._admit()
            held = len(self._waiting.get(owner, ())) + sum(
                ticket.owner == owner for ticket in self._running
            )
            if held >= self._max_per_owner:
                noun = "question is" if held == 1 else "questions are"
                raise ServerBusyError(f"{held} of your {noun} still being answered")
            must_wait = len(self._running) >= self._at_once
            if must_wait and self._n_waiting() >= self._max_waiting:
                raise ServerBusyError(f"{self._n_waiting()} questions are waiting already")
            ticket = _Ticket(owner)
            self._waiting.setdefault(owner, deque()).append(ticket)
            self._admit()
            return ticket

    def _wait(self, ticket: _Ticket) -> None:
        give_up = self._clock() + self._max_wait_seconds
        with self._changed:
            while ticket.started is None:
                left = give_up - self._clock()
                if left <= 0:
                    raise ServerBusyError(
                        f"no answer could be started within {self._max_wait_seconds:g} seconds"
                    )
                self._changed.wait(min(left, _SECONDS_BETWEEN_LOOKS))
                self._admit()

    def _admit(self) -> None:
        """Give the free turns to the owners that are next; the lock is held."""
        now = self._clock()
        oldest = now - self._max_turn_seconds
        self._running = {ticket for ticket in self._running if (ticket.started or now) >= oldest}
        while self._waiting and len(self._running) < self._at_once:
            owner, tickets = next(iter(self._waiting.items()))
            ticket = tickets.popleft()
            if tickets:
                self._waiting.move_to_end(owner)
            else:
                del self._waiting[owner]
            ticket.started = now
            self._running.add(ticket)
            self._changed.notify_all()

    def _drop(self, ticket: _Ticket) -> None:
        self._running.discard(ticket)
        tickets = self._waiting.get(ticket.owner)
        if tickets and ticket in tickets:
            tickets.remove(ticket)
            if not tickets:
                del self._waiting[ticket.owner]

    def _n_waiting(self) -> int:
        return sum(map(len, self._waiting.values()))
