"""The rights that a parser's process gives up before it reads what strangers wrote.

Where it can, the kernel enforces the limits, even against native code that has been taken over: no
network, no changes to files, limited memory and time. An audit hook refuses the same to Python
code on every system.
"""

from __future__ import annotations

import ctypes
import math
import os
import signal
import sys
from contextlib import suppress

OPEN_FILES = 128
NICENESS = 3

_NEW_NETWORK, _NEW_USER = 0x40000000, 0x10000000  # CLONE_NEWNET, CLONE_NEWUSER
_NO_NEW_PRIVILEGES = 38  # PR_SET_NO_NEW_PRIVS
_CREATE_RULESET, _RESTRICT_SELF = 444, 446  # landlock_*, the same numbers on every machine
# Every right of Landlock 1 except reading files and folders: to execute, write, remove, create.
_CHANGES = 0b1_1111_1111_0011
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_REFUSED = tuple(
    """
    ftplib. http.client. imaplib. os.chflags os.chmod os.chown os.exec os.fork os.kill os.link
    os.mkdir os.posix_spawn os.remove os.removexattr os.rename os.rmdir os.setxattr os.spawn
    os.startfile os.symlink os.system os.truncate os.utime poplib. pty. shutil. smtplib. socket.
    sqlite3. subprocess. tempfile. urllib.Request webbrowser.
    """.split()
)


def confine(memory_bytes: int) -> None:
    """Give up the network, other programs, writing, and memory beyond a limit, for good."""
    with suppress(OSError):
        os.nice(NICENESS)
    if sys.platform.startswith("linux"):
        _leave_network()
        _leave_files()
    with suppress(ImportError):  # not a Unix
        import resource

        for name, value in (
            ("RLIMIT_CORE", 0),
            ("RLIMIT_FSIZE", 0),
            ("RLIMIT_NOFILE", OPEN_FILES),
            ("RLIMIT_AS", memory_bytes),
        ):
            with suppress(AttributeError, OSError, ValueError):  # not every Unix has every one
                resource.setrlimit(getattr(resource, name), (value, value))
    sys.dont_write_bytecode = True
    sys.addaudithook(refuse)


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


def _leave_network() -> None:
    """Leave the network, even the loopback, if this kernel allows it."""
    with suppress(OSError, AttributeError):
        # Anyone may do so in a user namespace; root needs none and would lose access to files.
        flags = _NEW_NETWORK if os.geteuid() == 0 else _NEW_NETWORK | _NEW_USER
        ctypes.CDLL(None).unshare(flags)


def _leave_files() -> None:
    """Have the kernel refuse all changes to files and starts of programs (Landlock)."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        handled = ctypes.c_uint64(_CHANGES)
        rules = library.syscall(_CREATE_RULESET, ctypes.byref(handled), ctypes.sizeof(handled), 0)
        if rules >= 0:
            library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
            library.syscall(_RESTRICT_SELF, rules, 0)
            os.close(rules)


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

            usage = resource.getrusage(resource.RUSAGE_SELF)
            limit = math.ceil(usage.ru_utime + usage.ru_stime + self._seconds)
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def clear(self) -> None:
        """Stop counting."""
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
