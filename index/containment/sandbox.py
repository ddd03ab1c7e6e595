"""The rights that a parser's process gives up before it reads what strangers wrote.

On Linux the kernel enforces this, even against native code that has been taken over: see
``kernel_rules``. Limits on memory, time and processes hold on every Unix, and an audit hook refuses
to Python code the same everywhere. What a process can reach all the same, ``probe`` finds out.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from index.containment.kernel_rules import (
    load_bindings,
    make_file_rules,
    restrict_files,
    restrict_system_calls,
)

if TYPE_CHECKING:
    from landlockpy import Ruleset

OPEN_FILES = 128
NICENESS = 3

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SIGNAL_OF_PARENT, _DROP_CAPABILITY = 1, 24  # PR_SET_PDEATHSIG, PR_CAPBSET_DROP
_CAPABILITIES = 64  # more than there are; a kernel refuses those that it does not know
_CAPABILITY_VERSION = 0x20080522

_REFUSED = tuple(
    """
    ftplib. http.client. imaplib. os.chflags os.chmod os.chown os.exec os.fork os.kill os.link
    os.mkdir os.posix_spawn os.remove os.removexattr os.rename os.rmdir os.setxattr os.spawn
    os.startfile os.symlink os.system os.truncate os.utime poplib. pty. shutil. smtplib. socket.
    sqlite3. subprocess. tempfile. urllib.Request webbrowser.
    """.split()
)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; end it if that has happened.

    Args:
        parent: The parent's id.
    """
    if _is_linux():
        ctypes.CDLL(None).prctl(_SIGNAL_OF_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


class Cell:
    """What the processes that this one forks are confined by, prepared once for all of them.

    Memory, the size of files and the like are limited for this process too.

    Args:
        loader: The module that loads files.
        memory_bytes: Most address space.

    Raises:
        RuntimeError: If there are other threads, which a fork would leave behind.
    """

    def __init__(self, loader: Path, memory_bytes: int) -> None:
        if _is_linux() and len(os.listdir("/proc/self/task")) > 1:  # noqa: PTH208 - names will do
            raise RuntimeError("a library has started a thread, so this process cannot be forked")
        with suppress(OSError):
            os.nice(NICENESS)
        _limit("RLIMIT_CORE", 0)
        _limit("RLIMIT_FSIZE", 0)
        _limit("RLIMIT_MEMLOCK", 0)
        _limit("RLIMIT_MSGQUEUE", 0)
        _limit("RLIMIT_NOFILE", OPEN_FILES)
        _limit("RLIMIT_AS", memory_bytes)
        self._rules: Ruleset | None = None
        if _is_linux():
            _give_up(load_bindings)
            _give_up(lambda: self._prepare(loader))
            _give_up(_drop_capabilities)
        sys.dont_write_bytecode = True

    def confine(self, processor_seconds: float, start_threads: Callable[[], object]) -> None:
        """Give up files, the network, other processes, and time beyond a limit, for good.

        What this system cannot refuse remains; see ``probe.find_reach``.

        Args:
            processor_seconds: Most processor time, all in all.
            start_threads: Starts the threads that this process needs; later it can start none.
        """
        _limit("RLIMIT_CPU", math.ceil(processor_seconds))
        if self._rules is not None:
            rules = self._rules
            _give_up(lambda: restrict_files(rules))
        start_threads()
        _limit("RLIMIT_NPROC", 0)
        if _is_linux():
            _give_up(restrict_system_calls)
        sys.addaudithook(refuse)

    def _prepare(self, loader: Path) -> None:
        self._rules = make_file_rules(loader)


def refuse(event: str, args: tuple[object, ...]) -> None:
    """Refuse what a parser does not need; an audit hook.

    It keeps honest code from doing harm by mistake. Code that has taken over the process is only
    held back by the limits of the kernel.

    Raises:
        PermissionError: If the event is the network, another program, or a change to files.
    """
    if event == "open":
        is_path = not isinstance(args[0], int)
        if is_path and isinstance(args[2], int) and args[2] & _WRITES:
            raise PermissionError("a parser may not write files")
    elif event.startswith(_REFUSED):
        raise PermissionError(f"a parser may not use {event}")


def _is_linux() -> bool:
    return sys.platform.startswith("linux")


def _give_up(right: Callable[[], object]) -> None:
    """Give up a right, or keep it if this kernel cannot take it; the probe then finds it."""
    with suppress(OSError, AttributeError):
        right()


def _limit(name: str, value: int) -> None:
    with suppress(ImportError, AttributeError, OSError, ValueError):  # no Unix has every one
        import resource

        resource.setrlimit(getattr(resource, name), (value, value))


def _drop_capabilities() -> None:
    """Lose what root may do beyond others, and any way to get it back.

    By ``ctypes``, since the bindings of prctl and libcap are no longer kept or need a compiler.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(_CAPABILITIES):
        libc.prctl(_DROP_CAPABILITY, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    libc.capset(header, nothing)


class Alarm:
    """Ends this process when a parser hangs, even inside native code and with no parent left.

    Args:
        seconds: Wall time, and processor time, between two answers.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def set(self) -> None:
        """Start counting anew."""
        with suppress(ImportError, AttributeError, OSError, ValueError):
            import resource

            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            limit = math.ceil(time.process_time() + self._seconds)
            if hard != resource.RLIM_INFINITY:
                limit = min(limit, hard)
            resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def clear(self) -> None:
        """Stop counting."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
