"""How much memory one step of a parser may use, and what happens if it uses more.

The process as a whole has a limit on its address space that is high enough for large documents.
Native code does not survive hitting that limit and takes long to get there, so a small file that
grows is stopped much earlier.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

_POLL_SECONDS = 0.05

_changed = threading.Condition()
_allowed = 0  # bytes for the current block, 0 for no limit
_limit = 0  # bytes of the process until the block ends


@contextmanager
def allow_memory(n_bytes: int) -> Iterator[None]:
    """Allow the block this much more memory than the process holds now.

    Without ``watch_memory``, as outside the parser's process, this has no effect.
    """
    _set(n_bytes, read_memory() + n_bytes)
    try:
        yield
    finally:
        _set(0, 0)


def watch_memory(on_excess: Callable[[int], None]) -> None:
    """Watch the memory of this process from now on, in a thread.

    If it may open no files any more, ``read_memory`` must have been called before.

    Args:
        on_excess: Called with the allowed bytes when a block uses more; no other block can begin
            before it returns.
    """
    threading.Thread(target=_watch, args=(on_excess,), daemon=True, name="memory").start()


def read_memory() -> int:
    """Return the memory of this process in bytes, 0 if it is unknown."""
    try:
        counts = os.pread(_open_counts(), 1_000, 0)
        return int(counts.split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError, IndexError):
        return 0


@cache
def _open_counts() -> int:
    """Return what this process's counts of pages are open as: later it may open nothing."""
    return os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)


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
