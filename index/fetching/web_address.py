"""Web addresses: how they are read, and whether their hosts may be reached.

An address comes from a user, a feed or a redirect, and the machine that fetches it may be inside a
network that the author of the feed cannot reach. So only ``http`` and ``https`` are accepted, in
one spelling, and every IP address of a host must be public. ``connect`` connects to the very
addresses that were checked here: a host's name is looked up once for each request.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from queue import Empty, SimpleQueue
from typing import TypeAlias
from urllib.parse import quote, urljoin

from index.errors import AddressRefusedError, FetchError
from index.formats.files import printable

IpAddress: TypeAlias = IPv4Address | IPv6Address

Resolver: TypeAlias = Callable[[str, int], Sequence[str]]
"""Returns all IP addresses of a host's name and port as text, or raises OSError."""

MAX_ADDRESS_CHARS = 2_000
_MAX_SHOWN_CHARS = 300
LOOK_UP_SECONDS = 15.0
"""How long a name server may take; more is not waited for."""


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
"""Ports of databases, brokers, remote desktops and control planes, which never serve pages.

Below 1,024, only 80 and 443 are allowed."""

_PARTS = re.compile(r"(?i:(https?))://([^/?#]*)([^#]*)(?:#.*)?", re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::([0-9]{0,5}))?")
_NAMED = re.compile(r"([^:\[\]]+)(?::([0-9]{0,5}))?")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
_CREDENTIALS = re.compile(r"//[^/?#]*@")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SAFE = "/?%:@!$&'()*+,;=~-._[]|"

_LOCAL_NAMES = ("localhost", "localdomain", "local", "internal", "intranet", "lan", "home.arpa")
"""Ends of names of local machines and networks, whatever a name server says."""


# Addresses at which clouds give keys to their machines: they are never allowed.
_METADATA = frozenset(
    (
        *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200"),
        *("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"),
    )
)
# Local networks, which a user can allow.
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
_SHARED = ("100.64.0.0/10", "198.18.0.0/15")  # of carriers, and for benchmarks
# Networks without pages for which ``is_global`` is True, at least in part, in Python 3.11 to 3.13.
_NOT_PUBLIC = (
    "192.0.0.0/24",  # protocol assignments: refused as a whole from 3.12.4 on, but for two hosts
    "192.88.99.0/24",  # the retired relay of 6to4
    "2001::/23",  # protocol assignments, Teredo among them: later versions call parts of it global
    "2002::/16",  # 6to4, which leads to any IPv4 address: refused from 3.12.4 on
    "3fff::/20",  # documentation, since 2024
)
_PUBLIC_V6 = IPv6Network("2000::/3")  # ``is_global`` is also True for what nobody has been given

# IPv6 addresses that lead to the IPv4 address in their last 32 bits (the second is NAT64).
_EMBEDDING = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A web address in its normal spelling.

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
        """Return the host as in a ``Host`` header: with the port unless it is the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Return scheme, host and port, as ``https://news.example``."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        """Return the whole address."""
        return f"{self.origin}{self.target}"


def read_address(text: str, *, base: WebAddress | None = None) -> WebAddress:
    """Read a web address.

    Args:
        text: The address; surrounding white space and a fragment are dropped.
        base: The base of a relative address; without it, only absolute addresses are read.

    Raises:
        AddressRefusedError: If it is neither ``http`` nor ``https``, names a user, or spells its
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
        raise AddressRefusedError(shown, "its address contains a control character")
    parts = _PARTS.fullmatch(whole)
    if parts is None:
        raise AddressRefusedError(shown, "only http:// and https:// addresses are fetched")
    scheme, authority, target = parts[1].lower(), parts[2], parts[3]
    if "@" in authority:
        raise AddressRefusedError(shown, "its address contains a user name or a password")
    found = _BRACKETED.fullmatch(authority) or _NAMED.fullmatch(authority)
    if found is None:
        raise AddressRefusedError(shown, "its address has no valid host")
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
    """Return an address for a message: printable, short, and without a password."""
    shown = printable(_CREDENTIALS.sub("//…@", text[:MAX_ADDRESS_CHARS]))
    return shown if len(shown) <= _MAX_SHOWN_CHARS else f"{shown[: _MAX_SHOWN_CHARS - 1]}…"


def _read_ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except ValueError:
        return ""


def _read_host(text: str) -> str:
    """Return a host in ASCII, or an empty string if its spelling is ambiguous.

    Letters and digits of other alphabets and widths are normalised first. A host that ends in a
    number must be an IPv4 address of four decimal numbers.
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


def look_up(host: str, port: int, *, seconds: float = LOOK_UP_SECONDS) -> Sequence[str]:
    """Return all IP addresses of a host, as the operating system knows them.

    Raises:
        OSError: If there are none, or they are not known within ``seconds``.
    """
    answer: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answer.put(error if isinstance(error, OSError) else OSError(str(error)))

    # In a thread, because nothing else can end the look-up of a slow name server.
    threading.Thread(target=ask, name="onrecord-look-up", daemon=True).start()
    try:
        found = answer.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer for {host}") from None
    if isinstance(found, OSError):
        raise found
    return found


def find_ip_addresses(
    address: WebAddress, *, resolve: Resolver = look_up, allow_private: bool = False
) -> tuple[IpAddress, ...]:
    """Return the IP addresses of a host if all of them may be connected to.

    One forbidden address is enough to refuse the host: its name server would choose which one a
    connection gets.

    Args:
        address: The address of the page.
        resolve: Looks up the host's name, once, unless it is an IP address.
        allow_private: Also allow local addresses and names, and any port.

    Raises:
        AddressRefusedError: If the host or the port is forbidden.
        FetchError: If the host is unknown.
    """
    shown = show_address(str(address))
    if not allow_private:
        if not _is_allowed_port(address.port):
            reason = f"port {address.port} is not used for pages; see --allow-private"
            raise AddressRefusedError(shown, reason)
        if _is_local_name(address.host):
            reason = f"{address.host} is a name on this network; see --allow-private"
            raise AddressRefusedError(shown, reason)
    try:
        texts = [address.host] if _is_ip(address.host) else resolve(address.host, address.port)
    except (OSError, UnicodeError) as error:
        raise FetchError(shown, f"the host '{address.host}' is not known") from error
    try:
        found = tuple(dict.fromkeys(ipaddress.ip_address(text) for text in texts))
    except ValueError as error:
        raise AddressRefusedError(shown, "its host has an invalid IP address") from error
    if not found:
        raise FetchError(shown, f"the host '{address.host}' is not known")
    for ip in found:
        kind, is_local = classify(ip)
        if kind and not (is_local and allow_private):
            leads = "is" if str(ip) == address.host else f"leads to {ip},"
            remedy = "; see --allow-private" if is_local else ""
            raise AddressRefusedError(shown, f"{address.host} {leads} {kind}{remedy}")
    return found


def classify(ip: IpAddress) -> tuple[str, bool]:
    """Return the kind of an IP address, and whether it is local.

    Returns:
        ``("", False)`` for a public address; else the kind, such as ``a loopback address``, and
        whether a user may allow it.
    """
    if isinstance(ip, IPv6Address) and any(ip in network for network in _EMBEDDING):
        return classify(IPv4Address(int(ip) & 0xFFFF_FFFF))
    if str(ip) in _METADATA:
        return "a cloud metadata address", False
    if kind := _local_kind(ip):
        return kind, True
    if isinstance(ip, IPv6Address):
        if (int(ip) >> 32) & 0xFFFF_FFFF in _ISATAP:
            return "an ISATAP address", False
        is_public = ip.is_global and ip in _PUBLIC_V6
    else:
        is_public = ip.is_global
    if not is_public or ip.is_multicast or _is_in(ip, _NOT_PUBLIC):
        return "a reserved address", False
    return "", False


def _local_kind(ip: IpAddress) -> str:
    """Return the kind of a local IP address, empty for any other."""
    if ip.is_loopback:
        return "a loopback address"
    if ip.is_link_local or (isinstance(ip, IPv6Address) and ip.is_site_local):
        return "a link-local address"
    if _is_in(ip, _PRIVATE):
        return "a private address"
    return "an address of a shared network" if _is_in(ip, _SHARED) else ""


@cache
def _network(text: str) -> IPv4Network | IPv6Network:
    return ipaddress.ip_network(text)


def _is_in(ip: IpAddress, networks: Iterable[str]) -> bool:
    return any(ip in _network(text) for text in networks)


def _is_ip(host: str) -> bool:
    return ":" in host or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None


def _is_local_name(host: str) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def _is_allowed_port(port: int) -> bool:
    if port < _LEAST_FREE_PORT:
        return port in _PORTS.values()
    return port not in _SERVICE_PORTS
