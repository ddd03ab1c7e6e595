"""What a confined process can still do, found by trying.

Each attempt is made natively, since that is what code that has taken over a parser would do, and is
chosen so that it does no harm where it is not refused.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

Attempt: TypeAlias = Callable[[ctypes.CDLL], int]
"""Tries something; -1, with the error in ``errno``, if it failed."""

_REFUSED = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS})
_NOWHERE = b"/nonexistent/of-onrecord"
_IMPOSSIBLE_CHILD = 0x800  # CLONE_SIGHAND, which no kernel grants without CLONE_VM
_IMPOSSIBLE_THREAD = 0x10100  # CLONE_THREAD and CLONE_VM, nor these without CLONE_SIGHAND
_ATTACH = 16  # PTRACE_ATTACH


def _open(path: bytes, flags: int) -> Attempt:
    return lambda libc: libc.open(path, flags)


def _call(name: str, *args: int) -> Attempt:
    """Return an attempt of a call that the C library has no function for."""

    def attempt(libc: ctypes.CDLL) -> int:
        from seccompy import syscall_nr

        return int(libc.syscall(syscall_nr(name), *args))

    return attempt


def _socket(family: str, kind: int) -> Attempt:
    return lambda libc: libc.socket(getattr(socket, family, 0), kind, 0)


_ATTEMPTS: Mapping[str, tuple[Attempt, ...]] = MappingProxyType(
    {
        "other files": (
            _open(b"/etc/passwd", os.O_RDONLY),
            _open(b"/", os.O_RDONLY),
            lambda libc: libc.open(b"/proc/%d/environ" % os.getppid(), os.O_RDONLY),
        ),
        "changes to files": (
            _open(b"/dev/null", os.O_WRONLY),
            lambda libc: libc.truncate(_NOWHERE, 0),
            lambda libc: libc.chmod(_NOWHERE, 0),
            lambda libc: libc.unlink(_NOWHERE),
            lambda libc: libc.rename(_NOWHERE, _NOWHERE),
            lambda libc: libc.mkdir(_NOWHERE, 0),
        ),
        "the network": (
            _socket("AF_INET", socket.SOCK_STREAM),
            _socket("AF_INET6", socket.SOCK_DGRAM),
        ),
        "local sockets": (
            _socket("AF_UNIX", socket.SOCK_STREAM),
            _socket("AF_NETLINK", socket.SOCK_RAW),
        ),
        "new processes": (
            _call("clone", _IMPOSSIBLE_CHILD, 0, 0, 0, 0),
            _call("clone", _IMPOSSIBLE_THREAD, 0, 0, 0, 0),
            lambda libc: libc.execve(_NOWHERE, None, None),
        ),
        "other processes": (
            lambda libc: libc.kill(os.getppid(), 0),
            lambda libc: libc.ptrace(_ATTACH, -1, 0, 0),
            _call("process_vm_readv", 0, 0, 0, 0, 0, -1),
        ),
        "the kernel's other services": (
            _call("io_uring_setup", 0, 0),
            _call("keyctl", 0, 0, 0, 0, 0),
            _call("bpf", 0, 0, 0),
            _call("userfaultfd", -1),
            _call("perf_event_open", 0, 0, 0, 0, 0),
            lambda libc: libc.unshare(0),
            lambda libc: libc.memfd_create(b"", -1),
        ),
    }
)

REACHES = tuple(_ATTEMPTS)
"""Everything that a parser must not reach."""


def find_reach() -> tuple[str, ...]:
    """Return those of ``REACHES`` that this process does reach, as far as is known.

    Where the kernel offers no confinement that is known here, that is all of them.
    """
    if not sys.platform.startswith("linux"):
        return REACHES
    libc = ctypes.CDLL(None, use_errno=True)
    return tuple(name for name, attempts in _ATTEMPTS.items() if not _are_refused(libc, attempts))


def _are_refused(libc: ctypes.CDLL, attempts: Iterable[Attempt]) -> bool:
    for attempt in attempts:
        ctypes.set_errno(0)
        try:
            result = attempt(libc)
        except (AttributeError, OSError, ValueError):  # there is no such call here
            continue
        if result != -1 or ctypes.get_errno() not in _REFUSED:
            return False
    return True


def describe_reach(reach: Sequence[str]) -> str:
    """Return what a parser can reach, in words.

    Examples:
        >>> describe_reach(("other files", "the network"))
        'other files and the network'
    """
    return " and ".join(filter(None, (", ".join(reach[:-1]), reach[-1])))


def describe_refusal(reach: Sequence[str]) -> str:
    """Return why a file of a binary format is not read where its parser could reach something."""
    return (
        f"not read, since a parser that it takes over could reach {describe_reach(reach)} on this"
        " system; --unconfined reads it all the same"
    )
