"""Working ahead: one thread makes items while another one uses those that are ready."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import suppress
from typing import Generic, TypeVar

AHEAD_ITEMS = 256
AHEAD_CHARS = 8_000_000
STOP_SECONDS = 5.0
"""How long to wait for the thread to stop."""
_T = TypeVar("_T")


def run_ahead(
    items: Iterable[_T],
    *,
    weigh: Callable[[_T], int] = lambda _: 0,
    max_items: int = AHEAD_ITEMS,
    max_weight: int = AHEAD_CHARS,
    stop: Callable[[], None] = lambda: None,
) -> Generator[_T]:
    """Yield the items of an iterable, which another thread takes from it ahead of time.

    Args:
        items: Used only in that thread, and closed there if it is a generator.
        weigh: Returns the weight of an item.
        max_items: How many items may be ready, at least 1.
        max_weight: Their greatest total weight; one item may be ready whatever its weight.
        stop: Called if no more is wanted while the thread is at work; cuts its work short.

    Yields:
        The items, in order.

    Raises:
        Exception: What the iterable raises, after the items before it.
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
        thread.join(STOP_SECONDS)  # a thread that waits for the network ends with the process


class _Work(Generic[_T]):
    """Items on their way from one thread to the other."""

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
        """Take the items, waiting whenever there is no room."""
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised in the other thread
            self._error = error
        finally:
            close = getattr(self._items, "close", None)
            if close is not None:
                with suppress(Exception):  # its work is no longer wanted
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
        """Let the thread end after the current item."""
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
