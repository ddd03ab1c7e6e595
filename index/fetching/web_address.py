"""Web addresses: how one is read, and whether its host may be reached at all.

An address comes from a user, a feed or a redirect, and the machine that fetches it may stand
inside a network that the author of the feed cannot reach. So nothing but ``http`` and ``https``
is read, in one spelling only, and every address of a host must be public. What was checked here is
what ``index.fetching.connect`` connects to: a host's name is looked up once for each request.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from queue import Empty, SimpleQueue
from typing import TypeAlias
from urllib.parse import quote, urljoin

from index.errors import AddressRefusedError, FetchError
from index.formats.files import printable

IpAddress: TypeAlias = IPv4Address | IPv6Address

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""From a host's name and a port to all its IP addresses, as text; raises OSError."""

MAX_ADDRESS_CHARS = 2_000
_MAX_SHOWN_CHARS = 300
_LOOK_UP_SECONDS = 15.0

_PORTS = {"http": 80, "https": 443}
_LEAST_FREE_PORT = 1_024
_SERVICE_PORTS = frozenset(
    (
        *(1080, 1433, 1521, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3128, 3268, 3306, 3389),
        *(3659, 4045, 4190, 4369, 5060, 5061, 5432, 5672, 5900, 5984, 5985, 5986, 6379, 6443),
        *range(6000, 6064),
        *range(6665, 6670),
        *(6697, 7000, 7001, 8500, 9042, 9092, 9100, 9200, 9300, 10250, 10255, 11211, 15672),
        *(25565, 27017, 27018, 50000, 50070, 61616),
    )
)
"""Ports of databases, brokers, remote desktops and control planes: no page is ever there.

Below 1,024 only 80 and 443 are let through."""

_PARTS = re.compile(r"(?i:(https?))://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_WEB_ADDRESS = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]*://")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{0,5}))?")
_NAMED = re.compile(r"([^:\[\]]+)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
_CREDENTIALS = re.compile(r"//[^/?#]*@")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "/?%:@!$&'()*+,;=~-._[]|"

_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")
"""Ends of names that mean a machine or a network of one's own, whatever a name server says."""


@dataclass(frozen=True, slots=True)
class _Block:
    """A range of addresses where no public page is.

    Attributes:
        network: The range.
        kind: What it is, for a message.
        is_local: Whether a network of one's own may use it, so that a user can admit it.
    """

    network: IPv4Network | IPv6Network
    kind: str
    is_local: bool = False


def _block(network: str, kind: str, *, is_local: bool = False) -> _Block:
    return _Block(ipaddress.ip_network(network), kind, is_local)


# After the registries of special-purpose addresses, the most particular range first. Those of
# cloud metadata hand out keys, and no articles: nothing admits them.
_BLOCKS = (
    *(
        _block(address, "a cloud metadata address")
        for address in (
            *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200"),
            *("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"),
        )
    ),
    _block("0.0.0.0/8", "an unspecified address"),
    _block("10.0.0.0/8", "a private address", is_local=True),
    _block("100.64.0.0/10", "a carrier's private address", is_local=True),
    _block("127.0.0.0/8", "a loopback address", is_local=True),
    _block("169.254.0.0/16", "a link-local address", is_local=True),
    _block("172.16.0.0/12", "a private address", is_local=True),
    _block("192.0.0.0/24", "a reserved address"),
    _block("192.0.2.0/24", "an address for documentation"),
    _block("192.88.99.0/24", "an address of a retired relay"),
    _block("192.168.0.0/16", "a private address", is_local=True),
    _block("198.18.0.0/15", "an address for benchmarks", is_local=True),
    _block("198.51.100.0/24", "an address for documentation"),
    _block("203.0.113.0/24", "an address for documentation"),
    _block("224.0.0.0/4", "a multicast address"),
    _block("240.0.0.0/4", "a reserved address"),
    _block("::/128", "an unspecified address"),
    _block("::1/128", "a loopback address", is_local=True),
    _block("fc00::/7", "a unique-local address", is_local=True),
    _block("fe80::/10", "a link-local address", is_local=True),
    _block("fec0::/10", "a site-local address", is_local=True),
    _block("ff00::/8", "a multicast address"),
    _block("2001::/32", "a Teredo address"),
    _block("2001::/23", "a reserved address"),
    _block("2001:db8::/32", "an address for documentation"),
    _block("2002::/16", "a 6to4 address"),
    _block("3fff::/20", "an address for documentation"),
)
_PUBLIC_V6 = IPv6Network("2000::/3")

# IPv6 forms that lead to the IPv4 address in their last 32 bits.
_EMBEDDING = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An address that was read, in its one spelling.

    Attributes:
        scheme: ``http`` or ``https``.
        host: A name in ASCII and lower case, or an IP address without brackets.
        port: From 1 to 65,535.
        target: Path and query, percent-encoded; begins with a slash.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Return the host as a ``Host`` header names it: with the port unless it is the usual."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Return scheme, host and port, as ``https://news.example``."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        """Return the whole address."""
        return f"{self.origin}{self.target}"


def is_web_address(text: str) -> bool:
    """Return whether a text is an address and not a path.

    Any scheme counts: ``ftp://`` is to be refused as an address, not looked for as a file.
    """
    return _WEB_ADDRESS.match(text) is not None


def read_address(text: str, *, base: WebAddress | None = None) -> WebAddress:
    """Read a web address.

    Args:
        text: The address; white space around it and a fragment are dropped.
        base: What a relative address is relative to; without it, only a whole one is read.

    Raises:
        AddressRefusedError: If it is not one of ``http`` or ``https``, names a user, or spells its
            host or port in a way that programs read differently.
    """
    text = text.strip()
    try:
        whole = urljoin(str(base), text) if base else text
    except ValueError as error:
        raise AddressRefusedError(show_address(text), "its address is malformed") from error
    shown = show_address(whole)
    if len(whole) > MAX_ADDRESS_CHARS:
        raise AddressRefusedError(
            shown, f"its address is longer than {MAX_ADDRESS_CHARS:,} characters"
        )
    if _FORBIDDEN.search(whole):
        raise AddressRefusedError(shown, "its address holds a control character")
    parts = _PARTS.fullmatch(whole)
    if parts is None:
        raise AddressRefusedError(shown, "only http:// and https:// addresses are fetched")
    scheme, authority, target = parts[1].lower(), parts[2], parts[3]
    if "@" in authority:
        raise AddressRefusedError(shown, "its address holds a user name or a password")
    found = _BRACKETED.fullmatch(authority) or _NAMED.fullmatch(authority)
    if found is None:
        raise AddressRefusedError(shown, "its address has no host that can be read")
    host = _read_ipv6(found[1]) if authority.startswith("[") else _read_host(found[1])
    if not host:
        raise AddressRefusedError(
            shown, "its host is neither a name nor a plainly written IP address"
        )
    port = int(found[2]) if found[2] else _PORTS[scheme]
    if not 0 < port < 2**16:
        raise AddressRefusedError(shown, f"there is no port {port}")
    target = target if target.startswith("/") else f"/{target}"
    return WebAddress(scheme, host, port, quote(target, safe=_SAFE, errors="replace"))


def show_address(text: str) -> str:
    """Return an address for a message: printable, not long, and without a password."""
    shown = printable(_CREDENTIALS.sub("//…@", text[:MAX_ADDRESS_CHARS]))
    return shown if len(shown) <= _MAX_SHOWN_CHARS else f"{shown[: _MAX_SHOWN_CHARS - 1]}…"


def _read_ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        return ""


def _read_host(text: str) -> str:
    """Return a host in ASCII, or an empty string for one that is spelled ambiguously.

    Letters and digits of other alphabets and widths become what they stand for before anything is
    judged, and what ends in a number is an IPv4 address of four decimal numbers or nothing.
    """
    host = text.lower()
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True, std3_rules=True).decode("ascii").lower()
        except (idna.IDNAError, UnicodeError):
            return ""
    host = host.removesuffix(".")
    if not _NAME.fullmatch(host):
        return ""
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError:
            return ""
    return host


def look_up(host: str, port: int) -> Sequence[str]:
    """Return all addresses of a host, as the operating system knows them.

    Raises:
        OSError: If there are none, or it does not learn them in time.
    """
    answer: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    # In a thread, because nothing else ends a look-up whose name server drags it out.
    threading.Thread(target=ask, name="onrecord-look-up", daemon=True).start()
    try:
        found = answer.get(timeout=_LOOK_UP_SECONDS)
    except Empty:
        raise TimeoutError(f"no answer for {host}") from None
    if isinstance(found, OSError):
        raise found
    return found


def find_ip_addresses(
    address: WebAddress, *, resolve: Resolver = look_up, allow_private: bool = False
) -> tuple[IpAddress, ...]:
    """Return the IP addresses of a host, if every one of them may be connected to.

    One bad address among good ones refuses the host: which one a connection gets would be
    up to whoever answers for its name.

    Args:
        address: Where a request is to go.
        resolve: Looks the host's name up; called once, and not for an IP address.
        allow_private: Admit addresses and names of a network of one's own, and any port.

    Raises:
        AddressRefusedError: If nothing is fetched from there.
        FetchError: If the host is not known.
    """
    if not allow_private:
        if not _is_admitted_port(address.port):
            raise AddressRefusedError(
                show_address(str(address)),
                f"port {address.port} is not one where pages are; see --allow-private",
            )
        if _is_local_name(address.host):
            raise AddressRefusedError(
                show_address(str(address)), _refusal(address.host, "a name on this network")
            )
    try:
        texts = [address.host] if _is_ip(address.host) else resolve(address.host, address.port)
    except (OSError, UnicodeError) as error:
        raise FetchError(
            show_address(str(address)), f"the host '{address.host}' is not known"
        ) from error
    try:
        found = tuple(dict.fromkeys(ipaddress.ip_address(text) for text in texts))
    except ValueError as error:
        raise AddressRefusedError(
            show_address(str(address)), "its host has an address that is none"
        ) from error
    if not found:
        raise FetchError(show_address(str(address)), f"the host '{address.host}' is not known")
    for ip in found:
        kind, is_local = classify(ip)
        if kind and not (is_local and allow_private):
            shown = f"{address.host} is {kind}"
            if str(ip) != address.host:
                shown = f"{address.host} leads to {ip}, {kind}"
            remedy = "; see --allow-private" if is_local else ""
            raise AddressRefusedError(show_address(str(address)), f"{shown}{remedy}")
    return found


def classify(ip: IpAddress) -> tuple[str, bool]:
    """Return what kind of address one is, and whether it belongs to a network of one's own.

    Returns:
        ``("", False)`` for a public address; else the kind, as ``a loopback address``, and
        whether a user may admit it.
    """
    if isinstance(ip, IPv6Address):
        if any(ip in network for network in _EMBEDDING):
            return classify(IPv4Address(int(ip) & 0xFFFF_FFFF))
        if (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP:
            return "an ISATAP address", False
    for block in _BLOCKS:
        if ip.version == block.network.version and ip in block.network:
            return block.kind, block.is_local
    if isinstance(ip, IPv6Address) and ip not in _PUBLIC_V6:
        return "a reserved address", False
    return "", False


def _is_ip(host: str) -> bool:
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _is_local_name(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def _is_admitted_port(port: int) -> bool:
    if port < _LEAST_FREE_PORT:
        return port in _PORTS.values()
    return port not in _SERVICE_PORTS


def _refusal(host: str, kind: str) -> str:
    return f"{host} is {kind}; see --allow-private"
