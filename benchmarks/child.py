"""Runs each side of a comparison in its own process, so that neither pays for the other."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def run_in_child(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function in a fresh interpreter and return what it returns.

    The child imports everything afresh. The kernel counts what the parent held at the start towards
    the child's peak, so a parent that compares memory imports nothing heavy.

    Args:
        function: A module-level function.
        args: Its arguments.
        kwargs: Its named arguments.
    """
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as executor:
        return executor.submit(function, *args, **kwargs).result()


def read_peak_memory() -> int:
    """Return the most memory that this process has held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def read_memory(pid: int | str = "self") -> int:
    """Return the memory that a process holds now, this one by default, in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize()


def measure_folder(folder: Path) -> dict[str, int]:
    """Return the size of each file under a folder by its relative name, in bytes."""
    return {
        str(file.relative_to(folder)): file.stat().st_size
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
