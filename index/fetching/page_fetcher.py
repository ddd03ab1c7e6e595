"""One web page at a time, fetched safely and politely.

``web_address`` decides where a request may go, ``connect`` sends it, and ``politeness`` keeps the
pauses and the rules of the site; here they come together, once for every redirect.
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
from index.fetching.politeness import MAX_ROBOTS_BYTES, Pace, Robots
from index.fetching.web_address import (
    Resolver,
    WebAddress,
    find_ip_addresses,
    look_up,
    read_address,
    show_address,
)
from index.formats.media_types import ACCEPTED, choose_suffix, to_utf8
from index.record.fetched_pages import Validators

if TYPE_CHECKING:
    from urllib3.response import HTTPResponse

_OK = 200
_NOT_MODIFIED = 304
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAUSES = frozenset({429, 503})
_REASONS = {
    401: "the page requires a password (HTTP 401)",
    402: "the page requires payment (HTTP 402)",
    403: "the server refuses access (HTTP 403)",
    404: "there is no such page (HTTP 404)",
    410: "the page is gone (HTTP 410)",
    451: "the page is withheld for legal reasons (HTTP 451)",
}
_MAX_VALIDATOR_CHARS = 500


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of fetching; a skip names the limit that was hit.

    Attributes:
        page_bytes: Size of one page, decompressed.
        request_seconds: Time for one request, from the connection to the last byte.
        redirects: Redirects that are followed from one address.
        delay_seconds: Pause between two requests to one host.
        max_wait_seconds: Longest pause that a host may request, in its ``robots.txt`` or when busy.
        repeats: Repetitions of a request to a busy host.
        busy_seconds: Pause for a busy host that does not say how long; doubled each time.
    """

    page_bytes: int = 20_000_000
    request_seconds: float = 60.0
    redirects: int = 5
    delay_seconds: float = 1.0
    max_wait_seconds: float = 60.0
    repeats: int = 2
    busy_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """A page that was fetched.

    Attributes:
        url: Its address, after redirects.
        content: Its bytes, decompressed; in UTF-8 if only the header stated the encoding.
        suffix: Chooses the loader, such as ``.html``, by the media type rather than the address.
        validators: To ask later whether it has changed.
    """

    url: str
    content: bytes
    suffix: str
    validators: Validators


@dataclass(frozen=True, slots=True)
class NotModified:
    """A page that has not changed since its articles were added.

    Attributes:
        url: Its address after redirects, the ``origin`` of its articles.
    """

    url: str


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer to one request; the body is empty unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    suffix: str = ""


class Fetcher:
    """Fetches pages, one at a time.

    Args:
        allow_private: Also fetch from this machine and its network, and from any port.
        limits: The limits of fetching.
        resolve: Looks up the name of a host, once for each request.
        tls: The TLS settings; None for ``default_tls``.
        clock: Returns the time in seconds, for the pauses between requests.
        sleep: Waits for a number of seconds.
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

    def get(self, url: str, *, known: Validators | None = None) -> FetchedPage | NotModified:
        """Fetch a page.

        Args:
            url: Its address.
            known: The validators of the last time, if an unchanged page need not be sent again.

        Raises:
            FetchError: If the address is refused or cannot be reached, or the page is disallowed,
                too large or of a type that is not read.
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
        """Send a request when the host is ready for it, and again if the host is busy.

        The pause belongs to the host and not to the request, so ``Pace`` waits rather than a
        library for retries: the next page of a busy host has to wait as well.
        """
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
        """Check a host, send it one request, and read the answer.

        Args:
            address: The address of the page.
            headers: See ``send_request``.
            is_page: Whether the answer must be complete and of a type that is read; else at most
                ``MAX_ROBOTS_BYTES`` of any type are returned.
        """
        ips = find_ip_addresses(address, resolve=self._resolve, allow_private=self._allow_private)
        with send_request(
            address, ips, headers=headers, seconds=self.limits.request_seconds, tls=self._tls
        ) as response:
            if response.status != _OK:
                return _Answer(response.status, response.headers)
            suffix = self._choose_suffix(address, response) if is_page else ""
            limit = self.limits.page_bytes if is_page else MAX_ROBOTS_BYTES
            body, has_more = read_body(response, limit)
            if is_page and has_more:
                raise self._too_large(address)
            return _Answer(response.status, response.headers, body, suffix)

    def _choose_suffix(self, address: WebAddress, response: HTTPResponse) -> str:
        """Return the suffix of a page by its headers, after checking that it can be read."""
        content_type = response.headers.get("Content-Type", "")
        suffix = choose_suffix(content_type, address.target)
        if not suffix:
            kind = show_address(content_type.partition(";")[0].strip()[:60]) or "unknown"
            raise FetchError(show_address(str(address)), f"its type is {kind}, which is not read")
        for encoding in response.headers.get("Content-Encoding", "").split(","):
            if encoding.strip().lower() not in {"", "identity", *response.CONTENT_DECODERS}:
                reason = "it uses a compression that was not accepted"
                raise FetchError(show_address(str(address)), reason)
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and int(length[:20]) > self.limits.page_bytes:
            raise self._too_large(address)
        return suffix

    def _too_large(self, address: WebAddress) -> FetchError:
        reason = f"more than {self.limits.page_bytes:,} bytes, the limit for one page"
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
    """Return the target of a redirect.

    Raises:
        FetchError: If it has none, or leads from https to http, where the answer could be
            anybody's.
    """
    shown = show_address(str(address))
    location = answer.headers.get("Location", "")
    if not location:
        raise FetchError(shown, f"it redirects without an address (HTTP {answer.status})")
    with suppress(UnicodeError):  # headers are decoded as Latin-1, whatever was sent
        location = location.encode("latin-1").decode("utf-8")
    try:
        target = read_address(location, base=address)
    except AddressRefusedError as error:
        reason = f"it redirects to {error.source}: {error.reason}"
        raise AddressRefusedError(shown, reason) from error
    if address.scheme == "https" and target.scheme == "http":
        raise AddressRefusedError(shown, "it redirects from https to http")
    return target


def _to_page(address: WebAddress, answer: _Answer) -> FetchedPage:
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
    return FetchedPage(str(address), content, answer.suffix, validators)


def _read_validator(value: str) -> str:
    """Return a header if it can be sent back unchanged, else an empty string."""
    is_usable = value.isascii() and value.isprintable() and len(value) <= _MAX_VALIDATOR_CHARS
    return value if is_usable else ""


def _conditions(known: Validators) -> dict[str, str]:
    headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in headers.items() if value}


def _read_retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the pause in seconds that a busy host requests, or None if it requests none."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:10])
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
