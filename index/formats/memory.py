"""How much memory a piece of a parser's work may take, and what happens where it takes more.

The limit of the address space holds for the process as a whole, so that a large document can be
read. Native code does not survive it, and gets there slowly: what a small file makes of itself is
to be noticed long before.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_POLL_SECONDS = 0.05

_changed = threading.Condition()
_allowed = 0  # bytes for the work at hand, 0 for no limit
_limit = 0  # bytes that the process may hold until it is done


@contextmanager
def allow_memory(n_bytes: int) -> Iterator[None]:
    """Let a piece of work have this much more memory than the process holds now.

    Where nobody watches, as outside of the process that parses, nothing comes of it.

    Args:
        n_bytes: What it may have.
    """
    _set(n_bytes, read_memory() + n_bytes)
    try:
        yield
    finally:
        _set(0, 0)


def watch_memory(on_excess: Callable[[int], None]) -> None:
    """Watch over the memory of this process from now on, in a thread.

    Args:
        on_excess: Called with the bytes that were allowed when a piece of work takes more; the
            work cannot go on before it returns.
    """
    threading.Thread(target=_watch, args=(on_excess,), daemon=True, name="memory").start()


def read_memory() -> int:
    """Return the bytes of memory that this process holds, 0 where that cannot be told."""
    try:
        with open("/proc/self/statm", "rb") as counts:  # noqa: PTH123 - nothing is to be loaded
            return int(counts.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def _set(allowed: int, limit: int) -> None:
    global _allowed, _limit
    with _changed:
        _allowed, _limit = allowed, limit
        _changed.notify_all()


def _watch(on_excess: Callable[[int], None]) -> None:
    while True:
        with _changed:
            _changed.wait_for(lambda: _limit > 0)
            if read_memory() > _limit:
                on_excess(_allowed)
                return
        time.sleep(_POLL_SECONDS)
