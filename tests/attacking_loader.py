"""A parser that has been taken over: it tries everything that a process can do to others.

All of it is done natively, past Python's audit hook. What succeeded, or was refused only because
the arguments made no sense, becomes a skip with the evidence; so nothing is as it should be.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from seccompy import syscall_nr

from index.formats.files import Place, SourceFile, read_file
from index.types import Loaded, Skip

LIBC = ctypes.CDLL(None, use_errno=True)
REFUSALS = frozenset({errno.EPERM, errno.EACCES, errno.ENOSYS})
HERE = -100  # AT_FDCWD
X32 = 0x40000000
ROOM = ctypes.create_string_buffer(4096)
HUGE = (1 << 64) - 1
O_NOATIME = 0o1000000
Target = dict[str, Any]


def sys(name: str, *args: object) -> int:
    """Make a system call of this kind of processor, or of the older ones that it still takes."""
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in args]
    return int(LIBC.syscall(ctypes.c_long(syscall_nr(name)), *values))


def number(value: int, *args: object) -> int:
    return int(LIBC.syscall(ctypes.c_long(value), *args))


def path(target: Target, name: str) -> bytes:
    return os.fsencode(Path(target["folder"]) / name)


def opens(name: str, flags: int) -> Callable[[Target], int]:
    return lambda target: sys("openat", HERE, path(target, name), flags, 0o600)


def reads(name: str) -> Callable[[Target], int]:
    def attempt(_: Target) -> int:
        result = sys("openat", HERE, name.encode(), os.O_RDONLY, 0)
        if ctypes.get_errno() in {errno.ENOENT, errno.ENXIO}:  # this machine has no such thing
            ctypes.set_errno(errno.EACCES)
        return result

    return attempt


def of_parent(name: str) -> Callable[[Target], int]:
    return lambda t: sys("openat", HERE, f"/proc/{t['parent']}/{name}".encode(), os.O_RDONLY, 0)


def sockets(family: int, kind: int, protocol: int = 0) -> Callable[[Target], int]:
    return lambda _: sys("socket", family, kind, protocol)


def reopens(target: Target) -> int:
    """Open a file that may be named but not opened by way of its descriptor."""
    handle = sys("openat", HERE, path(target, "key"), os.O_PATH, 0)
    return sys("openat", HERE, b"/proc/self/fd/%d" % handle, os.O_RDONLY, 0)


def links_in(target: Target) -> int:
    return sys("linkat", HERE, path(target, "key"), HERE, path(target, "link"), 0)


def asks_kernel_to_signal(_: Target) -> int:
    return sys("fcntl", 0, 8, os.getppid())  # F_SETOWN: whom to tell of input


def maps_for_writing(_: Target) -> int:
    """Map its own article so that changes go to the disk."""
    LIBC.mmap.restype = ctypes.c_long
    return int(LIBC.mmap(None, 4096, 3, 1, own_file(), 0))


def climbs_out(target: Target) -> int:
    """Go up from a folder that may be read."""
    libraries = sys("openat", HERE, os.fsencode(Path(os.__file__).parent), os.O_DIRECTORY, 0)
    return sys("openat", libraries, b"../" * 16 + path(target, "key"), os.O_RDONLY, 0)


def climbs_from_name(target: Target) -> int:
    root = sys("openat", HERE, b"/", os.O_PATH | os.O_DIRECTORY, 0)
    return sys("openat", root, path(target, "key")[1:], os.O_RDONLY, 0)


def names_of(link: Callable[[Target], str]) -> Callable[[Target], int]:
    return lambda target: sys("readlinkat", HERE, link(target).encode(), ROOM, 4096)


def maps_then_writes(_: Target) -> int:
    LIBC.mmap.restype = ctypes.c_void_p
    mapped = LIBC.mmap(None, 4096, 1, 1, own_file(), 0)
    return int(LIBC.mprotect(ctypes.c_void_p(mapped), 4096, 3))


def own_file() -> int:
    """Return the descriptor of the article that it was given; those of ``/proc`` have no size."""
    regular = 8
    return next(n for n in range(3, 128) if holds(n) == regular and os.fstat(n).st_size)


def holds(handle: int) -> int:
    try:
        return os.fstat(handle).st_mode >> 12
    except OSError:
        return 0


def reopens_own(flags: int) -> Callable[[Target], int]:
    return lambda _: sys("openat", HERE, b"/proc/self/fd/%d" % own_file(), flags, 0)


def of_template(name: str, flags: int = os.O_RDONLY) -> Callable[[Target], int]:
    """Open something of the process that forks this one and those of the next files."""
    return lambda _: sys("openat", HERE, f"/proc/{os.getppid()}/{name}".encode(), flags, 0)


def talks_for_the_template(_: Target) -> int:
    """Find the socket that orders come from, beside the one that it was given."""
    ctypes.set_errno(errno.EPERM)
    socket_kind = 12
    return 0 if any(holds(n) == socket_kind for n in range(1, 128)) else -1


def locks(_: Target) -> int:
    return sys("fcntl", own_file(), 6, struct.pack("hhqqi", 0, 0, 0, 0, 0))  # F_SETLK, to read


def forks(name: str) -> Callable[[Target], int]:
    def attempt(_: Target) -> int:
        child = int(getattr(LIBC, name)())
        if child == 0:
            LIBC.pause()
        return child

    return attempt


def clones(flags: int) -> Callable[[Target], int]:
    def attempt(_: Target) -> int:
        child = sys("clone", flags | 17, 0, 0, 0, 0)  # SIGCHLD
        if child == 0:
            LIBC.pause()
        return child

    return attempt


def clones_newly(_: Target) -> int:
    given = (ctypes.c_uint64 * 11)()
    given[4] = 17
    child = sys("clone3", ctypes.byref(given), ctypes.sizeof(given))
    if child == 0:
        LIBC.pause()
    return child


def starts_threads(_: Target) -> int:
    handle = ctypes.c_ulong()
    run = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda _: None)
    failure = int(LIBC.pthread_create(ctypes.byref(handle), None, run, None))
    ctypes.set_errno(errno.EPERM if failure in {errno.EPERM, errno.EAGAIN} else failure)
    return -1 if failure else 0


def executes(how: str) -> Callable[[Target], int]:
    arguments = (ctypes.c_char_p * 2)(b"/bin/true", None)
    nothing = (ctypes.c_char_p * 1)(None)
    if how == "execve":
        return lambda _: sys("execve", b"/bin/true", arguments, nothing)
    return lambda _: sys("execveat", HERE, b"/bin/true", arguments, nothing, 0)


def raises_limit(name: str) -> Callable[[Target], int]:
    def attempt(_: Target) -> int:
        wanted = struct.pack("QQ", 1 << 40, 1 << 40)
        return sys("prlimit64", 0, getattr(resource, name), wanted, 0)

    return attempt


def sees(_: Target) -> int:
    """Find variables that the parent has."""
    ctypes.set_errno(errno.EPERM)
    return 0 if os.environ.keys() & {"OPENAI_API_KEY", "HOME", "PATH", "PYTHONPATH"} else -1


def holds_descriptors(_: Target) -> int:
    """Find a descriptor that leads anywhere but to its own work."""
    ctypes.set_errno(errno.EPERM)
    kinds = set()
    for handle in range(3, 128):
        try:
            kinds.add(os.fstat(handle).st_mode >> 12)
        except OSError:
            continue
    return -1 if kinds <= {1, 8, 12} else 0  # a pipe, the file, the socket of requests


ATTACKS: dict[str, Callable[[Target], int]] = {
    # to read files
    "read a private key": opens("key", os.O_RDONLY),
    "read a private key, older call": lambda t: sys("open", path(t, "key"), os.O_RDONLY, 0),
    "read a private key, newer call": lambda t: sys("openat2", HERE, path(t, "key"), bytes(24), 24),
    "read by way of a descriptor": reopens,
    "read by way of the root": lambda t: sys(
        "openat", HERE, b"/proc/self/root" + path(t, "key"), os.O_RDONLY, 0
    ),
    "read by handle": lambda _: sys("open_by_handle_at", HERE, bytes(128), 0),
    "list a folder": opens("", os.O_RDONLY | os.O_DIRECTORY),
    "list the root": reads("/"),
    "read the passwords": reads("/etc/shadow"),
    "read the users": reads("/etc/passwd"),
    "read a disk": reads("/dev/vda"),
    "read the memory": reads("/dev/mem"),
    "read the kernel's log": reads("/dev/kmsg"),
    "read the terminal": reads("/dev/tty"),
    "read its own environment": reads("/proc/self/environ"),
    "read its own mappings": reads("/proc/self/maps"),
    "read the first process": reads("/proc/1/environ"),
    "read the parent's environment": of_parent("environ"),
    "read the parent's memory": of_parent("mem"),
    "read the parent's arguments": of_parent("cmdline"),
    "read the parent's files": of_parent("fd/0"),
    "list processes": reads("/proc"),
    "find its environment": sees,
    "find descriptors": holds_descriptors,
    "watch files": lambda _: sys("inotify_init1", 0),
    "watch all files": lambda _: sys("fanotify_init", 0, 0),
    # to change files
    "write over a file": opens("file", os.O_WRONLY),
    "append to a file": opens("file", os.O_WRONLY | os.O_APPEND),
    "read and write a file": opens("file", os.O_RDWR),
    "open and empty a file": opens("file", os.O_RDONLY | os.O_TRUNC),
    "create a file": opens("new", os.O_WRONLY | os.O_CREAT),
    "create a file for reading": opens("new", os.O_RDONLY | os.O_CREAT),
    "create a file without a name": opens("", os.O_TMPFILE | os.O_RDWR),
    "create a file, older call": lambda t: sys("creat", path(t, "new"), 0o600),
    "empty a file": lambda t: sys("truncate", path(t, "file"), 0),
    "change a mode": lambda t: sys("fchmodat", HERE, path(t, "file"), 0o777),
    "change a mode, newer call": lambda t: sys("fchmodat2", HERE, path(t, "file"), 0o777, 0),
    "change an owner": lambda t: sys("fchownat", HERE, path(t, "file"), 1, 1, 0),
    "change a time": lambda t: sys("utimensat", HERE, path(t, "file"), None, 0),
    "change an attribute": lambda t: sys("setxattr", path(t, "file"), b"user.x", b"y", 1, 0),
    "delete a file": lambda t: sys("unlinkat", HERE, path(t, "file"), 0),
    "delete a folder": lambda t: sys("unlinkat", HERE, path(t, "empty"), 0x200),
    "rename a file": lambda t: sys("renameat2", HERE, path(t, "file"), HERE, path(t, "n"), 0),
    "make a folder": lambda t: sys("mkdirat", HERE, path(t, "made"), 0o700),
    "make a link": links_in,
    "make a symbolic link": lambda t: sys("symlinkat", b"key", HERE, path(t, "made")),
    "make a device": lambda t: sys("mknodat", HERE, path(t, "made"), 0o20666, 0x103),
    "make a pipe with a name": lambda t: sys("mknodat", HERE, path(t, "made"), 0o10666, 0),
    "change its root": lambda t: sys("chroot", path(t, "")),
    "change its folder": lambda t: sys("chdir", path(t, "")),
    "empty the input's file": lambda _: sys("ftruncate", 3, 0),
    "lock a file": lambda _: sys("flock", 0, 2),
    "flush all disks": lambda _: sys("sync"),
    # to reach others
    "TCP": sockets(socket.AF_INET, socket.SOCK_STREAM),
    "TCP 6": sockets(socket.AF_INET6, socket.SOCK_STREAM),
    "MPTCP": sockets(socket.AF_INET, socket.SOCK_STREAM, 262),
    "UDP": sockets(socket.AF_INET, socket.SOCK_DGRAM),
    "ICMP": sockets(socket.AF_INET, socket.SOCK_DGRAM, 1),
    "raw packets": sockets(socket.AF_INET, socket.SOCK_RAW, 255),
    "raw frames": sockets(17, socket.SOCK_RAW, 0x300),
    "netlink": sockets(16, socket.SOCK_RAW),
    "virtual machines' sockets": sockets(40, socket.SOCK_STREAM),
    "the kernel's ciphers": sockets(38, socket.SOCK_SEQPACKET),
    "a local socket": sockets(socket.AF_UNIX, socket.SOCK_STREAM),
    "local datagrams": sockets(socket.AF_UNIX, socket.SOCK_DGRAM),
    "a pair of sockets": lambda _: sys("socketpair", 1, 1, 0, ROOM),
    "connect its input": lambda t: sys(
        "connect", 0, struct.pack("H", 1) + path(t, "socket") + b"\0", 110
    ),
    "connect its input, abstract": lambda t: sys(
        "connect", 0, struct.pack("H", 1) + b"\0" + t["abstract"].encode(), 3 + len(t["abstract"])
    ),
    "send a datagram by its input": lambda t: sys(
        "sendto", 0, b"x", 1, 0, struct.pack("H", 1) + path(t, "socket") + b"\0", 110
    ),
    "pass a descriptor on": lambda _: sys("sendmsg", 0, bytes(56), 0),
    # to start and to harm processes
    "fork": forks("fork"),
    "fork, sharing memory": forks("vfork"),
    "clone": clones(0),
    "clone into a new world": clones(0x10000000 | 0x20000000 | 0x40000000),
    "clone, newer call": clones_newly,
    "start a thread": starts_threads,
    "run a program": executes("execve"),
    "run a program, newer call": executes("execveat"),
    "a program in memory": lambda _: sys("memfd_create", b"x", 0),
    "a secret memory": lambda _: sys("memfd_secret", 0),
    "signal a bystander": lambda t: sys("kill", t["bystander"], 9),
    "signal its group": lambda _: sys("kill", 0, 0),
    "signal everyone": lambda _: sys("kill", -1, 0),
    "signal the parent": lambda t: sys("kill", t["parent"], 0),
    "signal a thread of the parent": lambda t: sys("tgkill", t["parent"], t["parent"], 0),
    "signal a thread, older call": lambda t: sys("tkill", t["parent"], 0),
    "queue a signal": lambda t: sys("rt_sigqueueinfo", t["bystander"], 9, bytes(128)),
    "have the kernel signal": asks_kernel_to_signal,
    "a handle of a process": lambda t: sys("pidfd_open", t["parent"], 0),
    "signal by a handle": lambda _: sys("pidfd_send_signal", 0, 9, 0, 0),
    "take a descriptor": lambda _: sys("pidfd_getfd", 0, 0, 0),
    "trace a process": lambda t: sys("ptrace", 16, t["bystander"], 0, 0),
    "trace a process, newer call": lambda t: sys("ptrace", 0x4206, t["parent"], 0, 0),
    "be traced": lambda _: sys("ptrace", 0, 0, 0, 0),
    "read another's memory": lambda t: sys("process_vm_readv", t["parent"], ROOM, 1, ROOM, 1, 0),
    "write another's memory": lambda t: sys("process_vm_writev", t["parent"], ROOM, 1, ROOM, 1, 0),
    "compare processes": lambda t: sys("kcmp", t["parent"], os.getpid(), 0, 0, 0),
    "slow the parent down": lambda t: sys("setpriority", 0, t["parent"], 19),
    "limit the parent": lambda t: sys("prlimit64", t["parent"], 7, bytes(16), 0),
    "see the parent's limits": lambda t: sys("prlimit64", t["parent"], 7, 0, ROOM),
    "bind the parent to a core": lambda t: sys("sched_setaffinity", t["parent"], 8, bytes(8)),
    "leave its session": lambda _: sys("setsid"),
    "join another group": lambda t: sys("setpgid", 0, 0),
    "outlive the parent": lambda _: sys("prctl", 1, 0, 0, 0, 0),
    "be reaper": lambda _: sys("prctl", 36, 1, 0, 0, 0),
    "more memory": raises_limit("RLIMIT_AS"),
    "more descriptors": raises_limit("RLIMIT_NOFILE"),
    "more processes": raises_limit("RLIMIT_NPROC"),
    "larger files": raises_limit("RLIMIT_FSIZE"),
    "more time": raises_limit("RLIMIT_CPU"),
    # to gain rights
    "become root": lambda _: sys("setresuid", 0, 0, 0),
    "become a group": lambda _: sys("setresgid", 0, 0, 0),
    "take capabilities": lambda _: sys("capset", struct.pack("II", 0x20080522, 0), b"\xff" * 24),
    "keep capabilities": lambda _: sys("prctl", 8, 1, 0, 0, 0),
    "new namespaces": lambda _: sys("unshare", 0x10000000),
    "a new network": lambda _: sys("unshare", 0x40000000),
    "enter a namespace": lambda _: sys("setns", 0, 0),
    "mount": lambda t: sys("mount", b"x", path(t, "empty"), b"tmpfs", 0, 0),
    "mount, newer call": lambda _: sys("fsopen", b"tmpfs", 0),
    "open a tree": lambda _: sys("open_tree", HERE, b"/", 1),
    "move a mount": lambda t: sys("move_mount", HERE, b"/", HERE, path(t, "empty"), 0),
    "unmount": lambda t: sys("umount2", path(t, "empty"), 0),
    "exchange roots": lambda t: sys("pivot_root", path(t, ""), path(t, "empty")),
    # to use what the kernel shares
    "set the time": lambda _: sys("clock_settime", 0, struct.pack("qq", 1, -1)),
    "set the time, older call": lambda _: sys("settimeofday", struct.pack("qq", 1, -1), 0),
    "adjust the clock": lambda _: sys("adjtimex", bytes(208)),
    "name the machine": lambda _: sys("sethostname", b"x", -1),
    "restart the machine": lambda _: sys("reboot", 0, 0, 0, 0),
    "load a module": lambda _: sys("init_module", b"x", 1, b""),
    "load a module, newer call": lambda _: sys("finit_module", 0, b"", 0),
    "load a kernel": lambda _: sys("kexec_load", 0, 0, 0, 0),
    "swap": lambda _: sys("swapon", b"/nowhere", 0),
    "keep accounts": lambda _: sys("acct", 0),
    "the kernel's log": lambda _: sys("syslog", 10, 0, 0),
    "a ring": lambda _: sys("io_uring_setup", 1, bytes(120)),
    "enter a ring": lambda _: sys("io_uring_enter", 0, 0, 0, 0, 0, 0),
    "asynchronous input": lambda _: sys("io_setup", 1, ROOM),
    "a program of the kernel": lambda _: sys("bpf", 0, bytes(128), 128),
    "count events": lambda _: sys("perf_event_open", bytes(128), 0, -1, -1, 0),
    "handle faults": lambda _: sys("userfaultfd", 0),
    "a key": lambda _: sys("add_key", b"user", b"x", b"y", 1, -2),
    "ask for a key": lambda _: sys("request_key", b"user", b"x", 0, 0),
    "the keyring": lambda _: sys("keyctl", 0, -3, 0, 0, 0),
    "shared memory": lambda _: sys("shmget", 0, 4096, 0o1600),
    "a queue of messages": lambda _: sys("msgget", 0, 0o1600),
    "a queue, newer call": lambda _: sys("mq_open", b"/x", os.O_CREAT | os.O_RDWR, 0o600, 0),
    "semaphores": lambda _: sys("semget", 0, 1, 0o1600),
    "a personality": lambda _: sys("personality", 0x0040000),
    "ports of the machine": lambda _: sys("ioperm", 0x80, 1, 1),
    "rules of its own": lambda _: sys("seccomp", 1, 0, bytes(16)),
    "rules for files": lambda _: sys("landlock_create_ruleset", 0, 0, 1),
    "type into a terminal": lambda _: sys("ioctl", 0, 0x5412, b"x"),
    "control a device": lambda _: sys("ioctl", 0, 0xC0045877, ROOM),
    # the process that forks it, and the files that come after its own
    "signal the template": lambda _: sys("kill", os.getppid(), 0),
    "signal a thread of the template": lambda _: sys("tgkill", os.getppid(), os.getppid(), 0),
    "trace the template": lambda _: sys("ptrace", 0x4206, os.getppid(), 0, 0),
    "read the template's memory": of_template("mem"),
    "write the template's memory": of_template("mem", os.O_RDWR),
    "reach the template's socket": of_template("fd/3", os.O_RDWR),
    "read the template's mappings": of_template("maps"),
    "write to the template": lambda _: sys("process_vm_writev", os.getppid(), ROOM, 1, ROOM, 1, 0),
    "take the template's socket": lambda _: sys("pidfd_open", os.getppid(), 0),
    "limit the template": lambda _: sys("prlimit64", os.getppid(), 7, bytes(16), 0),
    "slow the template down": lambda _: sys("setpriority", 0, os.getppid(), 19),
    "leave a thread's marks in it": lambda _: sys("get_robust_list", os.getppid(), ROOM, ROOM),
    "move the template's pages": lambda _: sys("move_pages", os.getppid(), 1, ROOM, 0, ROOM, 2),
    "schedule the template": lambda _: sys("sched_setscheduler", os.getppid(), 0, bytes(4)),
    "hold the orders' socket": talks_for_the_template,
    "join the next file's memory": lambda _: sys("shmat", 0, 0, 0),
    "wait for others": lambda _: sys("waitid", 0, 0, ROOM, 5, 0),
    # its own article's file, and what leads to it
    "map the article for writing": maps_for_writing,
    "open the article for writing": reopens_own(os.O_RDWR),
    "open the article emptied": reopens_own(os.O_RDONLY | os.O_TRUNC),
    "empty the article": lambda _: sys("ftruncate", own_file(), 0),
    "make room in the article": lambda _: sys("fallocate", own_file(), 0, 0, 1 << 20),
    "change the article's mode": lambda _: sys("fchmod", own_file(), 0o777),
    "change the article's owner": lambda _: sys("fchown", own_file(), 1, 1),
    "date the article back": lambda _: sys("utimensat", own_file(), None, bytes(32), 0),
    "mark the article": lambda _: sys("fsetxattr", own_file(), b"user.x", b"y", 1, 0),
    "read the article's marks": lambda _: sys("flistxattr", own_file(), ROOM, 4096),
    "lock the article": locks,
    "lease the article": lambda _: sys("fcntl", own_file(), 1024, 0),
    "be told of the article": lambda _: sys("fcntl", own_file(), 1026, 1),
    "copy the article": lambda _: sys("copy_file_range", own_file(), 0, 1, 0, 4096, 0),
    "splice the article": lambda _: sys("splice", own_file(), 0, 1, 0, 4096, 0),
    "send the article": lambda _: sys("sendfile", 0, own_file(), 0, 4096),
    "flush the article's disk": lambda _: sys("syncfs", own_file()),
    "change to the article's folder": lambda _: sys("fchdir", own_file()),
    "a handle of the article": lambda _: sys("name_to_handle_at", HERE, b"/", ROOM, ROOM, 0),
    "flags of the article": lambda _: sys("ioctl", own_file(), 0x40086602, ROOM),
    "clone the article": lambda _: sys("ioctl", 1, 0x40049409, own_file()),
    # what lies further off
    "list network devices": lambda _: sys("ioctl", 0, 0x8912, ROOM),
    "the containers' socket": lambda _: sys("connect", 0, struct.pack("H", 1) + b"/run/x\0", 9),
    "a virtual machine": reads("/dev/kvm"),
    "a tunnel": reads("/dev/net/tun"),
    "a terminal of its own": reads("/dev/ptmx"),
    "shared memory by name": reads("/dev/shm"),  # noqa: S108
    "faults by a device": reads("/dev/userfaultfd"),
    "the machine's keys": reads("/proc/keys"),
    "the kernel's symbols": reads("/proc/kallsyms"),
    "mounts": reads("/proc/self/mountinfo"),
    "connections": reads("/proc/net/tcp"),
    "the machine's name": reads("/etc/hostname"),
    "what the memory holds": lambda _: sys("mincore", 0, 4096, ROOM),
    "what the cache holds": lambda _: sys("cachestat", own_file(), ROOM, ROOM, 0),
    "list mounts": lambda _: sys("listmount", ROOM, ROOM, 1, 0),
    "change a mount": lambda _: sys("mount_setattr", HERE, b"/", 0, bytes(32), 32),
    "ask for quotas": lambda _: sys("quotactl", 0x80000700, b"/dev/vda", 0, ROOM),
    "the modules of security": lambda _: sys("lsm_list_modules", ROOM, ROOM, 0),
    "a timer that signals": lambda _: sys("timer_create", 0, 0, ROOM),
    "a timer to wait for": lambda _: sys("timerfd_create", 0, 0),
    "signals to read": lambda _: sys("signalfd4", -1, bytes(8), 8, 0),
    "events": lambda _: sys("eventfd2", 0, 0),
    "a pipe": lambda _: sys("pipe2", ROOM, 0),
    "poll in the kernel": lambda _: sys("epoll_create1", 0),
    "lock memory": lambda _: sys("mlockall", 1),
    "protect memory by keys": lambda _: sys("pkey_alloc", 0, 0),
    "a real-time share": lambda _: sys("sched_setattr", 0, bytes(48), 0),
    "first at the disk": lambda _: sys("ioprio_set", 1, 0, 1 << 13),
    "a new group": lambda _: sys("setgroups", 0, 0),
    "another user for files": lambda _: sys("setfsuid", 1),
    "hang up the terminal": lambda _: sys("vhangup"),
    "forget its limits": lambda _: sys("prctl", 4, 1, 0, 0, 0),
    "keep its parent from tracing": lambda _: sys("prctl", 0x59616D61, -1, 0, 0, 0),
    # other ways to the same
    "climb out of the libraries": climbs_out,
    "climb from a folder that may only be named": climbs_from_name,
    "read a key with flags that do no harm": lambda t: sys(
        "openat", HERE, path(t, "key"), os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | O_NOATIME, 0
    ),
    "open neither to read nor to write": lambda t: sys("openat", HERE, path(t, "file"), 3, 0),
    "write with a flag beyond 32 bits": lambda t: sys(
        "openat", HERE, path(t, "file"), 1 << 32 | os.O_WRONLY, 0
    ),
    "signals by a number beyond 32 bits": lambda _: sys("fcntl", 0, 1 << 32 | 8, os.getppid()),
    "type by a number beyond 32 bits": lambda _: sys("ioctl", 0, 1 << 32 | 0x5412, b"x"),
    "limits by a number beyond 32 bits": lambda t: sys(
        "prlimit64", 1 << 32 | t["parent"], 7, 0, ROOM
    ),
    "where the parent is": names_of(lambda t: f"/proc/{t['parent']}/cwd"),
    "which files the parent has": names_of(lambda t: f"/proc/{t['parent']}/fd/1"),
    "which files the template has": names_of(lambda _: f"/proc/{os.getppid()}/fd/3"),
    "where a bystander is": names_of(lambda t: f"/proc/{t['bystander']}/cwd"),
    "which cores the parent has": lambda t: sys("sched_getaffinity", t["parent"], 8, ROOM),
    "the parent's priority": lambda t: sys("getpriority", 0, t["parent"]),
    "the parent's session": lambda t: sys("getsid", t["parent"]),
    "the parent's capabilities": lambda t: sys(
        "capget", struct.pack("II", 0x20080522, t["parent"]), ROOM
    ),
    "read its own memory as a file": reads("/proc/self/mem"),
    "read its own pages": reads("/proc/self/pagemap"),
    "its own marks of security": reads("/proc/self/attr/current"),
    "map the article, then make it writable": maps_then_writes,
    "who is at the other end": lambda _: sys("getsockopt", 0, 1, 17, ROOM, ROOM),
    "listen on its input": lambda _: sys("listen", 0, 1),
    "close the other's end": lambda _: sys("shutdown", 0, 2),
    "pages that are poisoned in another": lambda _: sys("process_madvise", 0, ROOM, 1, 4, 0),
    "read system calls itself": lambda _: sys("prctl", 59, 1, 0, 0, 0),
    "another table of segments": lambda _: sys("modify_ldt", 1, ROOM, 16),
    "a call of another size": lambda _: number(X32 | syscall_nr("socket"), 2, 1, 0),
    "a call that none knows": lambda _: number(900, 0, 0, 0),
}


def load(
    file: SourceFile, max_file_bytes: int, *, entering: Callable[[SourceFile], bool]
) -> Iterator[tuple[Place, Loaded]]:
    """Yield a skip for everything that a parser must not do and does."""
    del entering
    target = json.loads(read_file(file, max_bytes=max_file_bytes))
    for name, attack in ATTACKS.items():
        ctypes.set_errno(0)
        try:
            result = attack(target)
        except ValueError as error:
            if "unknown syscall" in str(error):  # this kind of processor has none of that name
                continue
            raise
        found = ctypes.get_errno()
        if result != -1:
            yield Place(file.name), Skip(name, f"it succeeded ({result})")
        elif found not in REFUSALS:
            yield Place(file.name), Skip(name, f"not refused ({errno.errorcode[found]})")
