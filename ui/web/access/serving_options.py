"""Where the chat listens, which names it answers to, and how its users log in."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from rag.errors import SettingsError
from ui.web.access.attempts import Attempts

_LOOPBACK_NAME = re.compile(r"localhost(?::\d{1,5})?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The names by which the chat may be reached.

    Attributes:
        public_url: Its address behind a reverse proxy, without a slash at the end; or empty.
        open_to_others: Whether it listens on more than the loopback interface.
    """

    public_url: str = ""
    open_to_others: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers come by HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def path(self) -> str:
        """Path of the chat on the public host; empty at the top."""
        return urlsplit(self.public_url).path

    @property
    def origin(self) -> str:
        """The public address without its path; empty when there is none."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}" if self.public_url else ""

    def has_host(self, host: str) -> bool:
        """Return whether a request's ``Host`` names this server.

        A numeric address cannot be a rebound DNS name.
        """
        if _LOOPBACK_NAME.fullmatch(host):
            return True
        if self.public_url and host.lower() == urlsplit(self.public_url).netloc.lower():
            return True
        match = _ADDRESS.fullmatch(host)
        try:
            address = ipaddress.ip_address((match[1] or match[2]) if match else "")
        except ValueError:
            return False
        return address.is_loopback or self.open_to_others

    def has_origin(self, origin: str, host: str) -> bool:
        """Return whether a page of ``origin`` is one of ours, in a request to ``host``."""
        return origin.lower() in {f"http://{host}".lower(), self.origin.lower()} - {""}


@dataclass(frozen=True, slots=True)
class Authentication:
    """How users prove who they are.

    Attributes:
        find_user: Returns whose login token a cookie holds, or None.
        check_password: Returns whether a name and a password match, for clients that send both
            with each request.
        attempts: Counts wrong passwords.
        remember: Keeps a key and a user's name for ``find_user``, so that the password of a client
            that sends it with each request is checked once.
        cookie_seconds: How long a login lasts in the browser.
    """

    find_user: Callable[[str], str | None]
    check_password: Callable[[str, str], Awaitable[bool]]
    attempts: Attempts = field(default_factory=Attempts)
    remember: Callable[[str, str], None] = lambda _key, _name: None
    cookie_seconds: int = 0


SECONDS_TO_FINISH = 20.0


@dataclass(frozen=True, slots=True)
class Serving:
    """How the chat is served.

    Attributes:
        host: Address to listen on, or ``localhost``.
        port: Port; 0 for any that is free.
        auth: Password file, as ``onrecord user add`` makes it; None for no login.
        public_url: Its address behind a reverse proxy; empty without one.
        trusted_proxies: Addresses whose ``X-Forwarded-For`` is believed, separated by commas.
        seconds_to_finish: How long a stop waits for answers in progress.
        watch: Folders that the library follows while the chat is served.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    auth: Path | None = None
    public_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    seconds_to_finish: float = SECONDS_TO_FINISH
    watch: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        """Check the settings, as far as that needs no socket or file.

        Raises:
            SettingsError: If others could use the chat without a password, or a value is invalid.
        """
        if not self.is_loopback and self.auth is None:
            raise SettingsError(
                f"on '{self.host}' others can reach the chat, so it needs a login; run"
                " 'onrecord user add NAME --auth FILE', then 'onrecord serve' with --auth FILE"
            )
        if self.public_url and self.auth is None:
            raise SettingsError(
                "with --public-url others can reach the chat, so it needs a login; run"
                " 'onrecord user add NAME --auth FILE', then 'onrecord serve' with --auth FILE"
            )
        for folder in self.watch:
            if not folder.is_dir():
                raise SettingsError(f"'{folder}' is no folder that could be watched; name another")
        if self.public_url and not _is_plain_url(self.public_url):
            raise SettingsError(
                f"'{self.public_url}' cannot be the address of a chat; write --public-url as"
                " https://news.example.org or https://example.org/news"
            )

    @property
    def address(self) -> str:
        """The host as a numeric address."""
        return "127.0.0.1" if self.host == "localhost" else self.host.strip("[]")

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the chat.

        Raises:
            SettingsError: If the host is no address.
        """
        try:
            return ipaddress.ip_address(self.address).is_loopback
        except ValueError:
            raise SettingsError(
                f"'{self.host}' is not an address to listen on; write a numeric one, as in"
                " --host 192.0.2.7, or 0.0.0.0 for all addresses of this machine"
            ) from None

    @property
    def hosts(self) -> AllowedHosts:
        """The names by which it may be reached."""
        return AllowedHosts(self.public_url.rstrip("/"), not self.is_loopback)


@contextmanager
def listen(serving: Serving) -> Iterator[socket.socket]:
    """Yield a socket that listens.

    Raises:
        SettingsError: If it cannot.
    """
    name = serving.address
    listener = socket.socket(socket.AF_INET6 if ":" in name else socket.AF_INET)
    try:
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((name, serving.port))
            listener.listen()  # now, so that the address that is announced can be opened at once
        except OSError as error:
            raise SettingsError(
                f"cannot listen on {name} port {serving.port} ({error.strerror});"
                " run 'onrecord serve --port 0' for any that is free"
            ) from error
        yield listener
    finally:
        listener.close()


def name_listener(listener: socket.socket) -> str:
    """Return the address and port of a socket as a URL has them."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _is_plain_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    del port
    return (
        parts.scheme in {"http", "https"}
        and bool(parts.hostname)
        and "@" not in parts.netloc
        and not (parts.query or parts.fragment)
        and ".." not in parts.path
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )
