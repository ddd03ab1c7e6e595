"""What Linux is asked to refuse a parser's process: Landlock for files, seccomp for system calls.

Rights are given up for good, and native code has lost them too. Landlock says which files may be
read; seccomp lists the few system calls that parsing needs, so that whatever a later kernel adds is
refused as well. Their bindings are pure Python and can be imported on every system.
"""

from __future__ import annotations

import errno
import mimetypes
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import landlockpy
import seccompy
from landlockpy import AccessFS, Ruleset, Scope
from seccompy import Action, CmpOp, Filter, FilterFlag

_ALLOWED = """
    brk madvise mmap mprotect mremap munmap
    access close close_range dup faccessat faccessat2 fadvise64 fstat getcwd getdents64 lseek lstat
    newfstatat pread64 preadv read readlink readlinkat readv recvmsg stat statx write writev
    clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep restart_syscall time
    futex poll ppoll pselect6 sched_yield select
    rt_sigaction rt_sigprocmask rt_sigreturn setitimer sigaltstack
    exit exit_group getegid geteuid getgid getpid getppid getrandom getrusage gettid getuid
    membarrier rseq set_robust_list sysinfo times uname
""".split()

_CHANGING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | 0o20000000  # as O_TMPFILE has it
_DESCRIPTORS = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
_STREAMS = (0x5401, 0x541B, 0x5450, 0x5451)  # TCGETS, FIONREAD, FIONCLEX, FIOCLEX

_SYSTEM_FILES = (
    *("/dev/null", "/dev/urandom", "/etc/ld.so.cache", "/sys/devices/system/cpu"),
    *("/etc/localtime", "/etc/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/zoneinfo"),
    *mimetypes.knownfiles,
)


def load_bindings() -> None:
    """Have the bindings look for the C library, for which they start a program, while they may.

    Raises:
        OSError: If the kernel answers neither yes nor no.
    """
    landlockpy.supported()
    seccompy.supported()


def make_file_rules(loader: Path) -> Ruleset:
    """Return rules that refuse all files but those of the interpreter and of libraries.

    Also TCP, signals and abstract sockets beyond whoever is restricted by them, and the controls of
    devices, where this kernel's Landlock knows them.

    Args:
        loader: The module that loads files.

    Raises:
        OSError: If there is no Landlock.
    """
    rules = Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
    for path in {loader, *_find_readable()}:
        with suppress(OSError):  # what is not there, or not for this user
            is_folder = stat.S_ISDIR(path.stat().st_mode)
            also = AccessFS.READ_DIR if is_folder else AccessFS.NONE
            rules.allow_path(path, AccessFS.READ_FILE | also)
    return rules


def restrict_files(rules: Ruleset) -> None:
    """Have the kernel enforce rules for files, on this thread and those that it will start.

    Raises:
        OSError: If the kernel refuses.
    """
    rules.restrict()
    rules.close()


def _find_readable() -> Iterator[Path]:
    """Yield what imports read; a folder that only stands on the path may hold anything else."""
    yield Path(__file__).resolve().parents[1]
    yield from (Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib"))
    for entry in map(Path, sys.path):
        with suppress(OSError):
            if entry.suffix == ".zip" or any(
                item.suffix == ".dist-info" for item in entry.iterdir()
            ):
                yield entry
    yield from _find_library_folders(Path("/proc/self/maps").read_text("utf-8").splitlines())
    yield from map(Path, _SYSTEM_FILES)


def _find_library_folders(mappings: Iterable[str]) -> Iterator[Path]:
    """Yield the folders of the shared libraries that are loaded; others may need their siblings."""
    for line in mappings:
        file = Path(f"/{line.partition('/')[2]}")
        if ".so" in file.suffixes:
            yield file.parent


def restrict_system_calls() -> None:
    """Have the kernel refuse all system calls but those that parsing needs, to every thread.

    Further threads and processes are refused too, and further rules.

    Raises:
        OSError: If there is no seccomp, or this kind of processor is not known.
    """
    # The error of what a kernel does not know: libraries then take an older way.
    rules = Filter(default=Action.ERRNO | errno.ENOSYS, flags=FilterFlag.TSYNC)
    for name in _ALLOWED:
        _allow(rules, name)
    _allow(rules, "openat", (2, CmpOp.MASKED_EQ, 0, _CHANGING))
    _allow(rules, "open", (1, CmpOp.MASKED_EQ, 0, _CHANGING))
    for command in _DESCRIPTORS:
        _allow(rules, "fcntl", (1, CmpOp.EQ, command))
    for command in _STREAMS:
        _allow(rules, "ioctl", (1, CmpOp.EQ, command))
    _allow(rules, "tgkill", (0, CmpOp.EQ, os.getpid()))  # how a process aborts itself
    _allow(rules, "prlimit64", (0, CmpOp.EQ, 0))  # its own limits, which can only be lowered
    _allow(rules, "sched_getaffinity", (0, CmpOp.EQ, 0))
    rules.load()


def _allow(
    rules: Filter, name: str, *conditions: tuple[int, int, int] | tuple[int, int, int, int]
) -> None:
    try:
        rules.allow(name, args=conditions)
    except ValueError:  # an older call, which this kind of processor never had
        return
