"""From where the chat may be reached, and how its users show who they are."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

_LOOPBACK_NAME = re.compile(r"localhost(?::\d{1,5})?", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]{2,45})\]|(\d{1,3}(?:\.\d{1,3}){3}))(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Reach:
    """From where the chat may be reached.

    Attributes:
        public_url: Its address behind a reverse proxy, without a slash at the end; or empty.
        open_to_others: It listens on more than the loopback interface.
    """

    public_url: str = ""
    open_to_others: bool = False

    @property
    def secure(self) -> bool:
        """Whether browsers come by HTTPS."""
        return self.public_url.startswith("https://")

    @property
    def path(self) -> str:
        """Where on the public host the chat is; empty at the top."""
        return urlsplit(self.public_url).path

    @property
    def origin(self) -> str:
        """The public address without its path; empty when there is none."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}" if self.public_url else ""

    def has_host(self, host: str) -> bool:
        """Return whether a request's ``Host`` names this server.

        A rebound DNS name is a name: addresses in figures cannot be that.
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
class Door:
    """How users show who they are, where there is a login.

    Attributes:
        find_user: Tells whose login token it is that a cookie holds, or None.
        check_password: Tells whether a name and a password go together, for clients that send
            both with each request.
        may_try: Counts a login from an address and tells whether it may be tried.
        take_back: Is told the address of a login that was right.
        remember: Keeps a key and a user's name for ``find_user``, so that a client that sends its
            password with each request has it checked once.
        cookie_seconds: How long a login lasts in the browser.
    """

    find_user: Callable[[str], str | None]
    check_password: Callable[[str, str], Awaitable[bool]]
    may_try: Callable[[str], bool] = lambda _address: True
    take_back: Callable[[str], None] = lambda _address: None
    remember: Callable[[str, str], None] = lambda _key, _name: None
    cookie_seconds: int = 0
