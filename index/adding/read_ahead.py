"""Working ahead: what one thread makes is ready when another one wants it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

_T = TypeVar("_T")

AHEAD_ITEMS = 256
AHEAD_CHARS = 8_000_000
STOP_SECONDS = 5.0
"""How long to wait for a thread that is told to stop."""


def run_ahead(
    items: Iterable[_T],
    *,
    weigh: Callable[[_T], int] = lambda _: 0,
    max_items: int = AHEAD_ITEMS,
    max_weight: int = AHEAD_CHARS,
    stop: Callable[[], None] = lambda: None,
) -> Generator[_T]:
    """Yield what an iterable gives, which is taken from it in another thread, ahead of time.

    Args:
        items: Taken from in that thread alone, and closed there if it is a generator.
        weigh: What an item counts towards ``max_weight``.
        max_items: How many items may be ready, at least 1.
        max_weight: What they may weigh together; one may always be ready.
        stop: Called when nobody wants more while the thread is at work; cuts that work short.

    Yields:
        The items, in order.

    Raises:
        Exception: What the iterable raises, once what came before it was yielded.
    """
    work = _Work(iter(items), weigh, max_items, max_weight)
    thread = threading.Thread(target=work.run, name="onrecord-ahead", daemon=True)
    thread.start()
    try:
        yield from work.results()
    finally:
        if not work.is_over:
            work.cancel()
            stop()
        thread.join(STOP_SECONDS)  # a thread that waits for the network dies with the process


class _Work(Generic[_T]):
    """What is shared by the two threads."""

    def __init__(
        self,
        items: Iterator[_T],
        weigh: Callable[[_T], int],
        max_items: int,
        max_weight: int,
    ) -> None:
        self.is_over = False
        self._items = items
        self._weigh = weigh
        self._max_items = max_items
        self._max_weight = max_weight
        self._ready: deque[tuple[_T, int]] = deque()
        self._weight = 0
        self._error: BaseException | None = None
        self._is_cancelled = False
        self._changed = threading.Condition()

    def run(self) -> None:
        """Take the items, as long as there is room for them."""
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            self._error = error
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                with suppress(Exception):  # what it was doing is not wanted any more
                    close()
            with self._changed:
                self.is_over = True
                self._changed.notify_all()

    def results(self) -> Iterator[_T]:
        """Yield the items as they become ready."""
        while True:
            with self._changed:
                while not self._ready and not self.is_over:
                    self._changed.wait()
                if not self._ready:
                    break
                item, weight = self._ready.popleft()
                self._weight -= weight
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Let the thread end after the item that it is at."""
        with self._changed:
            self._is_cancelled = True
            self._changed.notify_all()

    def _put(self, item: _T) -> bool:
        weight = self._weigh(item)
        with self._changed:
            while not self._is_cancelled and not self._has_room(weight):
                self._changed.wait()
            if self._is_cancelled:
                return False
            self._ready.append((item, weight))
            self._weight += weight
            self._changed.notify_all()
        return True

    def _has_room(self, weight: int) -> bool:
        if not self._ready:
            return True
        return len(self._ready) < self._max_items and self._weight + weight <= self._max_weight
