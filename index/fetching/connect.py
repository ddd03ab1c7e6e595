"""One HTTP request to an address that has been checked.

The connection is made here, to the very IP address that was checked, and handed to urllib3, which
speaks HTTP over it and opens none of its own: between check and connection the host's name is not
looked up again. The TLS certificate must match the host's name. Proxies of the environment,
cookies, credentials and referrers are never used.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

from index.errors import FetchError
from index.fetching.web_address import IpAddress, WebAddress, show_address

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

_CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 65_536
_NO_TIME = "it took longer than {:,g} s"


class _TimedSocket(socket.socket):
    """A socket whose waits all end at one moment, however slowly the server sends."""

    ends_at = 0.0

    def recv_into(
        self,
        buffer: Any,  # noqa: ANN401 - writable buffers have no type before Python 3.12
        nbytes: int = 0,
        flags: int = 0,
    ) -> int:
        self.settimeout(_seconds_until(self.ends_at))
        return super().recv_into(buffer, nbytes, flags)


class _TimedTlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    ends_at = 0.0

    def recv_into(
        self,
        buffer: Any,  # noqa: ANN401 - as above
        nbytes: int | None = None,
        flags: int = 0,
    ) -> int:
        self.settimeout(_seconds_until(self.ends_at))
        return super().recv_into(buffer, nbytes, flags)


@cache
def user_agent() -> str:
    """Return the ``User-Agent`` header of OnRecord."""
    try:
        return f"OnRecord/{version('onrecord')}"
    except PackageNotFoundError:
        return "OnRecord"


@cache
def default_tls() -> ssl.SSLContext:
    """Return the TLS settings: certificates and names are checked against the system's roots."""
    return ssl.create_default_context()


@contextmanager
def send_request(
    address: WebAddress,
    ips: tuple[IpAddress, ...],
    *,
    headers: Mapping[str, str],
    seconds: float,
    tls: ssl.SSLContext | None = None,
) -> Iterator[HTTPResponse]:
    """Send a GET request, and yield the response while its connection is open.

    Redirects are not followed, the body is not read, and an error status raises nothing.

    Args:
        address: The address of the page.
        ips: The host's IP addresses, all of them checked; the first that answers is used.
        headers: Sent in addition to ``Host``, ``User-Agent`` and ``Accept-Encoding``.
        seconds: For the whole request, including reading the body.
        tls: The TLS settings; None for ``default_tls``.

    Raises:
        FetchError: If the host does not answer, its certificate is invalid for it, or its answer is
            not HTTP; also while the body is read.
    """
    from urllib3.connection import HTTPConnection
    from urllib3.exceptions import HTTPError
    from urllib3.util import make_headers

    ends_at = time.monotonic() + seconds
    connection = HTTPConnection(address.host, address.port)
    connection.auto_open = 0  # never reconnect
    connected: socket.socket | None = None
    try:
        connection.sock = connected = _connect(address, ips, ends_at, tls or default_tls())
        connection.timeout = _seconds_until(ends_at)
        sent = {
            "Host": address.authority,
            "User-Agent": user_agent(),
            **make_headers(accept_encoding=True),
            "Connection": "close",
            **headers,
        }
        connection.request("GET", address.target, headers=sent, preload_content=False)
        response = connection.getresponse()
        with closing(response):
            yield response
    except (OSError, HTTPException, HTTPError, ValueError) as error:
        timed_out = time.monotonic() >= ends_at
        reason = _NO_TIME.format(seconds) if timed_out else _reason_of(error)
        raise FetchError(show_address(str(address)), reason) from error
    finally:
        connection.close()
        _hang_up(connected)


def read_body(response: HTTPResponse, max_bytes: int) -> tuple[bytes, bool]:
    """Return the start of a response's body, decompressed, and whether there is more.

    At most one buffer more than ``max_bytes`` is decompressed. The block of ``send_request`` must
    still be open.
    """
    parts, n_bytes = [], 0
    while n_bytes <= max_bytes:
        part = response.read(min(_CHUNK_BYTES, max_bytes + 1 - n_bytes), decode_content=True)
        if not part:
            break
        parts.append(part)
        n_bytes += len(part)
    body = b"".join(parts)
    return body[:max_bytes], n_bytes > max_bytes


def _connect(
    address: WebAddress, ips: tuple[IpAddress, ...], ends_at: float, tls: ssl.SSLContext
) -> socket.socket:
    """Return a connection to the first IP address that accepts one.

    Raises:
        OSError: The error of the last one.
    """
    last: OSError | None = None
    for ip in ips:
        family = socket.AF_INET if isinstance(ip, IPv4Address) else socket.AF_INET6
        raw = _TimedSocket(family, socket.SOCK_STREAM)
        raw.ends_at = ends_at
        try:
            raw.settimeout(min(_CONNECT_SECONDS, _seconds_until(ends_at)))
            raw.connect((str(ip), address.port))
            raw.settimeout(_seconds_until(ends_at))
            return _wrap(raw, address, tls) if address.scheme == "https" else raw
        except BaseException as error:
            raw.close()
            if not isinstance(error, OSError) or isinstance(error, ssl.SSLCertVerificationError):
                raise
            last = error
    raise last or OSError("it has no address")


def _hang_up(connected: socket.socket | None) -> None:
    """Close a connection, even if an unfinished response still holds on to it."""
    if connected is not None and (descriptor := connected.detach()) >= 0:
        socket.close(descriptor)


def _wrap(raw: _TimedSocket, address: WebAddress, tls: ssl.SSLContext) -> ssl.SSLSocket:
    tls.sslsocket_class = _TimedTlsSocket
    wrapped = tls.wrap_socket(raw, server_hostname=address.host)
    if isinstance(wrapped, _TimedTlsSocket):
        wrapped.ends_at = raw.ends_at
    return wrapped


def _seconds_until(moment: float) -> float:
    """Return the seconds left until a moment.

    Raises:
        TimeoutError: If it has passed.
    """
    left = moment - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _reason_of(error: Exception) -> str:
    """Return the reason on one line, without anything that the server sent."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return "no TLS connection could be established"
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be reached ({error.strerror.lower()})"
    name = type(error).__name__
    return {
        "IncompleteRead": "the connection was lost before the end",
        "ProtocolError": "the connection was lost before the end",
        "RemoteDisconnected": "it closed the connection without an answer",
        "DecodeError": "its compression is damaged",
        "InvalidChunkLength": "the connection was lost before the end",
    }.get(name, f"it does not speak HTTP as expected ({name})")
