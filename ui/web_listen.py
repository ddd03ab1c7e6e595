"""Where the chat is served, and for whom: checked before anything is opened."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import SettingsError
from ui.web_reach import Reach

SECONDS_TO_FINISH = 20.0


@dataclass(frozen=True, slots=True)
class Serving:
    """How the chat is served.

    Attributes:
        host: Address to listen on, or ``localhost``.
        port: Port; 0 for any that is free.
        auth: Password file, as ``onrecord user add`` makes it; None for no login.
        public_url: Where users reach it through a reverse proxy; empty when they do not.
        trusted_proxies: Addresses whose ``X-Forwarded-For`` is believed, with commas between.
        seconds_to_finish: How long a stop waits for the answers that are under way.
    """

    host: str = "127.0.0.1"
    port: int = 7860
    auth: Path | None = None
    public_url: str = ""
    trusted_proxies: str = "127.0.0.1"
    seconds_to_finish: float = SECONDS_TO_FINISH

    def __post_init__(self) -> None:
        """Check what can be checked without opening anything.

        Raises:
            SettingsError: If others could use the chat without a password, or a value makes no
                sense.
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
        if self.public_url and not _is_plain_url(self.public_url):
            raise SettingsError(
                f"'{self.public_url}' is not where a chat can be; write --public-url as"
                " https://news.example.org or https://example.org/news"
            )

    @property
    def address(self) -> str:
        """The host as an address in figures."""
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
                f"'{self.host}' is not an address to listen on; write it in figures, as in"
                " --host 192.0.2.7, or 0.0.0.0 for all of this machine's"
            ) from None

    @property
    def reach(self) -> Reach:
        """The same for the guard."""
        return Reach(self.public_url.rstrip("/"), not self.is_loopback)


@contextmanager
def listen(serving: Serving) -> Iterator[socket.socket]:
    """Yield a socket that listens where it should.

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
    """Return the address and port of a socket as they stand in a URL."""
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
