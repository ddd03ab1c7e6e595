"""One web page at a time, fetched safely and politely.

``address`` judges where a request may go, ``connect`` makes it, ``robots`` and ``pace`` keep the
manners; here they come together, once for every redirect.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from index.errors import AddressRefusedError, FetchError
from index.fetching.connect import read_body, send_request
from index.fetching.fetch_record import Validators
from index.fetching.pace import Pace
from index.fetching.robots import MAX_ROBOTS_BYTES, Robots
from index.fetching.web_address import (
    Resolver,
    WebAddress,
    find_ip_addresses,
    look_up,
    read_address,
    show_address,
)
from index.formats.media_types import ACCEPTED, choose_suffix, to_utf8

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

_OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAUSES = frozenset({429, 503})
_REASONS = {
    401: "the page asks for a password (HTTP 401)",
    402: "the page asks for money (HTTP 402)",
    403: "the server does not give it out (HTTP 403)",
    404: "there is no such page (HTTP 404)",
    410: "the page is gone (HTTP 410)",
    451: "the page is withheld for legal reasons (HTTP 451)",
}
_MAX_VALIDATOR_CHARS = 500


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What fetching may take; every limit that is hit is named in the skip.

    Attributes:
        page_bytes: Of one page, decompressed.
        request_seconds: For one request, from the connection to the last byte.
        redirects: That are followed from one address.
        delay_seconds: Between two requests to one host.
        max_wait_seconds: That a host may ask to wait, in its ``robots.txt`` or when it is busy.
        repeats: Of a request to a busy host.
        busy_seconds: To wait for a busy host that does not say how long; doubled each time.
    """

    page_bytes: int = 20_000_000
    request_seconds: float = 60.0
    redirects: int = 5
    delay_seconds: float = 1.0
    max_wait_seconds: float = 60.0
    repeats: int = 2
    busy_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was fetched.

    Attributes:
        url: Its address, after redirects.
        content: What it holds, decompressed; text without an encoding of its own is UTF-8.
        suffix: Chooses its loader, as ``.html``; after its media type, not its address.
        validators: To ask with whether it has changed.
    """

    url: str
    content: bytes
    suffix: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class NotModified:
    """A page that is as it was when its articles were added.

    Attributes:
        url: Its address after redirects, the ``origin`` of its articles.
    """

    url: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one request gave; the body is empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    suffix: str = ""


class Fetcher:
    """Fetches pages, one at a time.

    Args:
        allow_private: Also fetch from this machine and its network, and from any port.
        limits: What fetching may take.
        resolve: Looks a host's name up; asked once for each request.
        tls: How TLS is spoken; by the system's roots when None.
        clock: Tells the time in seconds, for the pauses between requests.
        sleep: Waits through them.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: FetchLimits | None = None,
        resolve: Resolver = look_up,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.limits = limits or FetchLimits()
        self._allow_private = allow_private
        self._resolve = resolve
        self._tls = tls
        self._pace = Pace(
            self.limits.delay_seconds, self.limits.max_wait_seconds, clock=clock, sleep=sleep
        )
        self._robots = Robots(self._fetch_robots)

    def get(self, url: str, *, known: Validators | None = None) -> Page | NotModified:
        """Fetch a page.

        Args:
            url: Its address.
            known: What its server gave the last time, if it need not send the same page again.

        Raises:
            FetchError: If it is refused, cannot be reached, is not wanted to be fetched, too large
                or of a kind that is not read.
        """
        first = address = read_address(url)
        try:
            for _ in range(self.limits.redirects + 1):
                headers = {"Accept": ACCEPTED}
                if known and known.url == str(address):
                    headers |= _conditions(known)
                answer = self._ask_politely(address, headers)
                if answer.status == _NOT_MODIFIED and len(headers) > 1:
                    return NotModified(str(address))
                if answer.status not in _REDIRECTS:
                    return _to_page(address, answer)
                address = _follow(address, answer)
        except FetchError as error:
            if address == first:
                raise
            reason = f"it redirects to {error.source}: {error.reason}"
            raise type(error)(show_address(str(first)), reason) from error
        raise FetchError(show_address(str(first)), f"more than {self.limits.redirects} redirects")

    def _ask_politely(self, address: WebAddress, headers: Mapping[str, str]) -> _Answer:
        """Send a request when the host is ready for it, and again if it turns out busy."""
        self._pace.slow_down(address.host, self._robots.check(address))
        for repeat in range(self.limits.repeats + 1):
            self._pace.wait(address)
            try:
                answer = self._ask(address, headers)
            finally:
                self._pace.has_asked(address.host)
            if answer.status not in _PAUSES:
                return answer
            seconds = _read_retry_after(answer.headers)
            if seconds is None:
                seconds = self.limits.busy_seconds * 2**repeat
            self._pace.hold(address.host, seconds)
        raise FetchError(show_address(str(address)), f"the host is busy (HTTP {answer.status})")

    def _ask(
        self, address: WebAddress, headers: Mapping[str, str], *, is_page: bool = True
    ) -> _Answer:
        """Send one request to a host that is checked now, and read what it says.

        Args:
            address: What to ask for.
            headers: See ``send_request``.
            is_page: Whether the answer must be of a kind that is read, and whole; else up to
                ``MAX_ROBOTS_BYTES`` of any are returned.
        """
        ips = find_ip_addresses(address, resolve=self._resolve, allow_private=self._allow_private)
        with send_request(
            address, ips, headers=headers, seconds=self.limits.request_seconds, tls=self._tls
        ) as response:
            if response.status != _OK:
                return _Answer(response.status, response.headers)
            suffix = self._judge(address, response) if is_page else ""
            limit = self.limits.page_bytes if is_page else MAX_ROBOTS_BYTES
            body, has_more = read_body(response, limit)
            if is_page and has_more:
                raise self._too_large(address)
            return _Answer(response.status, response.headers, body, suffix)

    def _judge(self, address: WebAddress, response: HTTPResponse) -> str:
        """Return the suffix for a page whose body has not been read yet, if it is to be read.

        Raises:
            FetchError: If it is not.
        """
        content_type = response.headers.get("Content-Type", "")
        suffix = choose_suffix(content_type, address.target)
        if not suffix:
            kind = show_address(content_type.partition(";")[0].strip()[:60]) or "unknown"
            raise FetchError(show_address(str(address)), f"its type is {kind}, which is not read")
        for encoding in response.headers.get("Content-Encoding", "").split(","):
            if encoding.strip().lower() not in {"", "identity", *response.CONTENT_DECODERS}:
                reason = "it is compressed in a way that was not asked for"
                raise FetchError(show_address(str(address)), reason)
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self.limits.page_bytes:
            raise self._too_large(address)
        return suffix

    def _too_large(self, address: WebAddress) -> FetchError:
        reason = f"more than the {self.limits.page_bytes:,} bytes that one page may have"
        return FetchError(show_address(str(address)), reason)

    def _fetch_robots(self, place: WebAddress) -> tuple[int, bytes]:
        address = place
        for _ in range(self.limits.redirects + 1):
            answer = self._ask(address, {}, is_page=False)
            if answer.status not in _REDIRECTS:
                return answer.status, answer.body
            address = _follow(address, answer)
        reason = f"its robots.txt has more than {self.limits.redirects} redirects"
        raise FetchError(show_address(str(place)), reason)


def _follow(address: WebAddress, answer: _Answer) -> WebAddress:
    """Return where a redirect leads.

    Raises:
        FetchError: If that is nowhere, or from an encrypted page to one that is not: what came
            back could be anybody's.
    """
    shown = show_address(str(address))
    location = answer.headers.get("Location", "")
    if not location:
        raise FetchError(shown, f"it redirects to nowhere (HTTP {answer.status})")
    with suppress(UnicodeError):  # headers are read as Latin-1, whatever was sent
        location = location.encode("latin-1").decode("utf-8")
    try:
        target = read_address(location, base=address)
    except AddressRefusedError as error:
        reason = f"it redirects to {error.source}: {error.reason}"
        raise AddressRefusedError(shown, reason) from error
    if address.scheme == "https" and target.scheme == "http":
        raise AddressRefusedError(shown, "it redirects from https to http")
    return target


def _to_page(address: WebAddress, answer: _Answer) -> Page:
    shown = show_address(str(address))
    if answer.status != _OK:
        raise FetchError(
            shown, _REASONS.get(answer.status, f"the server answered HTTP {answer.status}")
        )
    if not answer.body.strip():
        raise FetchError(shown, "the page is empty")
    content = to_utf8(answer.body, answer.headers.get("Content-Type", ""), answer.suffix)
    validators = Validators(
        str(address),
        _read_validator(answer.headers.get("ETag", "")),
        _read_validator(answer.headers.get("Last-Modified", "")),
    )
    return Page(str(address), content, answer.suffix, validators)


def _read_validator(value: str) -> str:
    """Return a header that can be sent back as it is, else an empty string."""
    is_usable = value.isascii() and value.isprintable() and len(value) <= _MAX_VALIDATOR_CHARS
    return value if is_usable else ""


def _conditions(known: Validators) -> dict[str, str]:
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}


def _read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a busy host asks for, or None where it does not say."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:10])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
