"""Who may use a chat that others can reach: a file of names and hashed passwords.

A line is ``name:hash`` with an Argon2id hash. Passwords are never stored or logged, comparing them
takes the same time whether or not they match. Users who are removed from the file, or get another
password there, are logged out at once.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import argon2

from index.remedies import to_shell_word
from rag.errors import SettingsError

MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 1024
MAX_USERS = 10_000
MAX_FILE_BYTES = 4 * 1024 * 1024
SESSION_SECONDS = 7 * 24 * 3600.0
MAX_SESSIONS = 4096

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_HASHER = argon2.PasswordHasher()


class _Asked(Protocol):
    """What is read of a Gradio request."""

    username: str | None
    session_hash: str | None


def owner_of(request: _Asked | None) -> str:
    """Return the name of the user who sent a request, or ``""`` where there is no login."""
    return (getattr(request, "username", None) or "") if request is not None else ""


def turn_key(request: _Asked | None) -> str:
    """Return who waits in the queue: the user, or without a login the browser's session."""
    session = getattr(request, "session_hash", None) if request is not None else None
    return owner_of(request) or f"session {session or ''}"


def check_name(name: str) -> str:
    """Return a user's name as it is.

    Raises:
        SettingsError: If it is not 1 to 64 letters, digits or ``._@-``, a letter or digit first.
    """
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"a user cannot be called '{name}'; use letters, digits and ._@- (at most 64)"
        )
    return name


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and its parameters.

    Raises:
        SettingsError: If the password is too short or too long.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise SettingsError(
            f"a password has {MIN_PASSWORD_CHARS} to {MAX_PASSWORD_CHARS:,} characters;"
            " choose another"
        )
    return _HASHER.hash(password)


def read_users(path: Path) -> dict[str, str]:
    """Return the hashes of a password file by user name.

    Raises:
        SettingsError: If the file is missing, is not a file of this kind, or is open to others.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise SettingsError(
            f"cannot read the password file '{path}' ({error.strerror});"
            f" run 'onrecord user add NAME --auth {to_shell_word(path)}' to make one"
        ) from error
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            raise SettingsError(
                f"'{path}' is not a password file; name another, or make one with"
                " 'onrecord user add NAME --auth FILE'"
            )
        if status.st_mode & 0o077:
            raise SettingsError(
                f"the password file '{path}' is open to other users of this machine;"
                f" run 'chmod 600 {path}'"
            )
        if status.st_uid not in {os.getuid(), 0}:
            raise SettingsError(
                f"the password file '{path}' belongs to another user; name one of your own"
            )
        with os.fdopen(os.dup(descriptor), encoding="utf-8", errors="replace") as file:
            return dict(_parse(path, file.read()))
    finally:
        os.close(descriptor)


def write_users(path: Path, users: Mapping[str, str]) -> None:
    """Write a password file, readable by its owner only; it replaces the old one when complete.

    Raises:
        SettingsError: If there are too many users, or the file cannot be written.
    """
    if len(users) > MAX_USERS:
        raise SettingsError(f"a password file holds at most {MAX_USERS:,} users")
    text = "".join(f"{check_name(name)}:{users[name]}\n" for name in sorted(users))
    draft: Path | None = None
    try:
        # Made with mode 600 beside the file, so that a rename replaces it in one step.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        draft = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        if draft is not None:
            draft.unlink(missing_ok=True)
        raise SettingsError(
            f"cannot write the password file '{path}' ({error.strerror}); name another"
        ) from error


class Login:
    """Checks names and passwords against a file, which is read again when it changes.

    Args:
        path: The password file.

    Raises:
        SettingsError: If the file cannot be used, or names nobody.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._version: tuple[int, ...] | None = None
        self._users: dict[str, str] = {}
        # Checked if no user has the name, so that it takes as long.
        self._nobody = _HASHER.hash(secrets.token_urlsafe())
        if not self.users():
            raise SettingsError(
                f"the password file '{path}' names nobody;"
                f" run 'onrecord user add NAME --auth {to_shell_word(path)}'"
            )

    def users(self) -> Mapping[str, str]:
        """Return the hashes by user name, as the file has them now.

        Raises:
            SettingsError: If the file cannot be used any more.
        """
        with self._lock:
            version = _version(self._path)
            if version is None or version != self._version:
                self._users = read_users(self._path)
                self._version = version
            return self._users

    def check(self, name: str, password: str) -> bool:
        """Return whether a password is that of a user.

        It takes a tenth of a second and 64 MiB, on purpose: run few at a time.
        """
        try:
            users = self.users()
        except SettingsError:
            return False
        if len(password) > MAX_PASSWORD_CHARS:
            return False
        try:
            _HASHER.verify(users.get(name, self._nobody), password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
        return name in users


@dataclass(frozen=True, slots=True)
class _Session:
    """A login that still holds: whose it is, by which hash, until when (monotonic seconds)."""

    name: str
    password_hash: str
    ends: float


class Sessions(MutableMapping[str, str]):
    """The logins that hold: token -> user name, as Gradio keeps them, but with an end.

    A token stops to count after a week, when its user leaves the password file or has another
    password there, and when newer ones need the room.

    Args:
        login: Knows who is a user.
        lifetime_seconds: How long a login holds.
        capacity: Logins that are kept; the oldest one goes first.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        login: Login,
        lifetime_seconds: float = SESSION_SECONDS,
        capacity: int = MAX_SESSIONS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._login = login
        self._lifetime_seconds = lifetime_seconds
        self._capacity = capacity
        self._clock = clock
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._lock = threading.Lock()

    def __getitem__(self, token: str) -> str:
        """Return whose token it is."""
        with self._lock:
            session = self._sessions[token]
        try:
            current = self._login.users().get(session.name)
        except SettingsError:
            current = None
        if session.ends <= self._clock() or current != session.password_hash:
            with self._lock:
                self._sessions.pop(token, None)
            raise KeyError(token)
        return session.name

    def __setitem__(self, token: str, name: str) -> None:
        """Note that a user has logged in."""
        session = _Session(name, self._login.users()[name], self._clock() + self._lifetime_seconds)
        with self._lock:
            self._sessions[token] = session
            while len(self._sessions) > self._capacity:
                self._sessions.popitem(last=False)

    def __delitem__(self, token: str) -> None:
        """Log out."""
        with self._lock:
            del self._sessions[token]

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tokens, those that have ended left out."""
        with self._lock:
            tokens = list(self._sessions)
        return (token for token in tokens if token in self)

    def __len__(self) -> int:
        """Return how many logins hold."""
        return sum(1 for _ in self)


def _parse(path: Path, text: str) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        name, _, password_hash = line.strip().partition(":")
        if not name or name.startswith("#"):
            continue
        if not _NAME.fullmatch(name) or not password_hash.startswith("$argon2id$"):
            raise SettingsError(
                f"line {number} of the password file '{path}' is not NAME:HASH; take it out and"
                f" run 'onrecord user add NAME --auth {to_shell_word(path)}'"
            )
        yield name, password_hash


def _version(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size
