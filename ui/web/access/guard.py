"""What the chat's server lets in and out: a short list of routes, small requests, strict headers.

Gradio serves far more than a chat needs: a proxy, files, run histories, recordings. Only the routes
of ``ui.web.access.routes`` exist. Requests for another host name (a rebound DNS name), from pages
of other sites and, with a login, from anyone who has not logged in are refused here, before Gradio
sees them.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import re
import secrets
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from starlette.requests import ClientDisconnect

from ui.messages import describe_error
from ui.web.access.bodies import Bodies, BodyTooLargeError, BodyTooSlowError, read_body
from ui.web.access.headers import login_page, page_policy, response_headers, shape_page
from ui.web.access.queue import ServerBusyError
from ui.web.access.requests import (
    Application,
    Message,
    Receive,
    Scope,
    Send,
    client_address,
    replay,
    session_in_body,
    session_in_query,
)
from ui.web.access.routes import (
    HEALTH,
    LOGIN,
    PAGE,
    PLAIN,
    PROGRAM,
    STREAM,
    UPLOAD,
    Route,
    find_route,
)
from ui.web.access.serving_options import AllowedHosts, Authentication
from ui.web.access.upload_folder import UploadFolder
from ui.web.access.visitors import Visitors

_log = logging.getLogger("onrecord")

Refusal: TypeAlias = tuple[int, str]

OWNER = "onrecord.owner"
"""Key of a request's scope: the user's name, or without a login the client's address."""

FULL = 503
COMPRESSION = 6
MAX_REQUESTS = 512
MAX_REQUESTS_OF_ONE = 256
"""Requests that are being answered for one user, or without a login for one address; each open page
has a stream of its own."""
MAX_BODIES = 384
MAX_UPLOADS = 64
"""Bodies and uploads that are arriving; the slowest gives way to a further one."""
MAX_SESSION_OWNERS = 4096

_RETRY_AFTER = {503: b"5"}
_BYTES_BETWEEN_LOOKS = 4 * 1024 * 1024
# Gradio builds addresses from these; only --public-url may say where the chat is.
_MISLEADING = re.compile(rb"forwarded|x-forwarded-(?!for$).*|x-direct-url|x-original-.*")


class Guard:
    """An ASGI application that protects another one.

    Args:
        inner: The application that answers what is let through.
        tools: Names of the API's endpoints.
        hosts: The names by which it may be reached.
        authentication: How its users log in; None if no login is needed.
        uploads: Folder where uploads are kept; its size is bounded.
        find_fault: Says in a line what is wrong with a body that is sent to a path, if anything.
    """

    def __init__(
        self,
        inner: Application,
        *,
        tools: Collection[str] = (),
        hosts: AllowedHosts | None = None,
        authentication: Authentication | None = None,
        uploads: Path | None = None,
        find_fault: Callable[[str, bytes], str] = lambda _path, _body: "",
    ) -> None:
        self._inner = inner
        self._find_body_fault = find_fault
        self._tools = tools
        self._hosts = hosts or AllowedHosts()
        self._authentication = authentication
        self._visitors = Visitors(authentication)
        self._upload_folder = UploadFolder(uploads)
        self._bodies = Bodies(MAX_BODIES)
        self._uploads = Bodies(MAX_UPLOADS)
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._requests: Counter[str] = Counter()
        self._n_busy = 0
        self._n_uploading = 0
        self._stopping = asyncio.Event()

    @property
    def n_busy(self) -> int:
        """Requests that are being answered; streams that only keep a page alive are not counted."""
        return self._n_busy

    def stop_taking(self) -> None:
        """Refuse new requests from now on, and end the streams that only keep a page alive."""
        self._stopping.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or refuse it."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = {name.lower(): value for name, value in scope["headers"]}
        scope = self._without_prefix(scope)
        if scope["path"] == "" and self._hosts.path:
            await self._redirect(send, f"{self._hosts.path}/")
            return
        route = find_route(scope["method"], scope["path"], self._tools)
        refusal = self._find_fault(scope, headers, route)
        if refusal is not None or not isinstance(route, Route):
            await self._refuse(send, *(refusal or (404, "not found")))
            return
        user = await self._visitors.find_user(scope, headers, route)
        if user is None and not route.public:
            challenge = [(b"www-authenticate", b'Basic realm="OnRecord"')] * (route.kind == PROGRAM)
            await self._refuse(send, 401, "log in first", challenge)
            return
        scope[OWNER] = user or client_address(scope)
        if route.kind == STREAM:
            await self._answer(scope, receive, send, route, user)
            return
        self._n_busy += 1
        try:
            await self._let_in_or_refuse(scope, receive, send, headers, route, user)
        finally:
            self._n_busy -= 1

    def _without_prefix(self, scope: Scope) -> Scope:
        """Return a scope whose path starts where the chat does, and without misleading headers."""
        kept = [pair for pair in scope["headers"] if not _MISLEADING.fullmatch(pair[0].lower())]
        path = str(scope["path"])
        prefix = self._hosts.path
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            path = path[len(prefix) :]
        return {**scope, "path": path, "raw_path": path.encode(), "headers": kept}

    def _find_fault(
        self, scope: Scope, headers: Mapping[bytes, bytes], route: Route | None
    ) -> Refusal | None:
        """Return the status and the reason for which a request is refused, or None."""
        host = headers.get(b"host", b"").decode("latin-1")
        n_hosts = sum(name.lower() == b"host" for name, _ in scope["headers"])
        if n_hosts != 1 or not self._hosts.has_host(host):
            return 403, "the chat does not answer to this name; see --public-url"
        origin = headers.get(b"origin")
        is_foreign = origin is not None and not self._hosts.has_origin(
            origin.decode("latin-1"), host
        )
        if route is None:
            known = scope["method"] in {"GET", "HEAD", "POST", "DELETE"}
            return (404, "not found") if known else (405, "no such method here")
        # A browser says which page sent a request; only a visit may come from another site.
        is_visit = route.kind == PAGE and headers.get(b"sec-fetch-mode") == b"navigate"
        sites = {b"cross-site", b"same-site"}
        if is_foreign or (headers.get(b"sec-fetch-site") in sites and not is_visit):
            return 403, "another site may not use the chat"
        if self._stopping.is_set() and not route.while_stopping:
            return 503, "the chat is being stopped"
        return None

    async def _let_in_or_refuse(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Mapping[bytes, bytes],
        route: Route,
        user: str | None,
    ) -> None:
        try:
            await self._let_in(scope, receive, send, headers, route, user)
        except BodyTooLargeError:
            await self._refuse(send, 413, "the request is too large")
        except BodyTooSlowError:
            await self._refuse(send, 408, "the request did not arrive in time; try again")
        except ClientDisconnect:
            pass  # in the middle of an upload: there is nobody to tell
        except Exception as error:  # noqa: BLE001 - it has been answered with 500, the server goes on
            _log.error("%s", describe_error(error))

    async def _let_in(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Mapping[bytes, bytes],
        route: Route,
        user: str | None,
    ) -> None:
        """Answer a request, unless it is too large or for another user's session."""
        if route.kind == UPLOAD:
            await self._take_upload(scope, receive, send, headers, route)
            return
        body = b""
        if route.max_bytes:
            async with self._bodies.receiving(
                receive, route.max_bytes, owner=scope[OWNER]
            ) as receiving:
                body = await read_body(receiving)
            receive = replay(body, receive)
        session = session_in_body(body) if route.max_bytes else session_in_query(scope)
        if not self._owns(user, session):
            await self._refuse(send, 403, "this is another user's session")
        elif body and (fault := self._find_body_fault(scope["path"], body)):
            await self._refuse(send, 422, fault)
        elif route.kind == LOGIN:
            async with self._visitors.logging_in(scope, body, user, send) as attempt:
                if isinstance(attempt, int):
                    again = [(b"retry-after", str(attempt).encode())]
                    reason = f"too many wrong passwords; try again in {attempt} s"
                    await self._refuse(send, 429, reason, again)
                else:
                    await self._answer(scope, receive, attempt, route, user)
        else:
            await self._answer(scope, receive, send, route, user)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, route: Route, user: str | None
    ) -> None:
        """Answer a request that has arrived, unless its client has too many already."""
        owner = scope[OWNER]
        is_full = self._requests.total() >= MAX_REQUESTS
        if route.kind != HEALTH and (is_full or self._requests[owner] >= MAX_REQUESTS_OF_ONE):
            await self._refuse(send, FULL, "busy: too many requests; try again in a moment")
            return
        self._requests[owner] += 1
        try:
            await self._pass_on(scope, receive, send, route, user)
        finally:
            self._requests[owner] -= 1
            if not self._requests[owner]:
                del self._requests[owner]

    async def _pass_on(
        self, scope: Scope, receive: Receive, send: Send, route: Route, user: str | None
    ) -> None:
        if route.kind == STREAM:
            await self._hold(scope, receive, send, user)
            return
        if route.kind == PAGE:
            await self._send_page(scope, receive, send, is_login=user is None)
            return
        sending = self._with_headers(send)
        if route.kind == PLAIN and route.max_bytes:
            sending = self._say_busy(send, sending)
        await self._inner(scope, receive, sending)

    def _say_busy(self, send: Send, sending: Send) -> Send:
        """Return a sender that says in our words that too many events of pages are waiting."""
        is_refused = False

        async def saying(message: Message) -> None:
            nonlocal is_refused
            if message["type"] == "http.response.start" and message["status"] == FULL:
                is_refused = True
                await self._refuse(
                    send, FULL, str(ServerBusyError("many questions are waiting already"))
                )
            elif not is_refused:
                await sending(message)

        return saying

    async def _take_upload(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        headers: Mapping[bytes, bytes],
        route: Route,
    ) -> None:
        length = headers.get(b"content-length", b"")
        if not length.isdigit():
            await self._refuse(send, 411, "the upload needs a Content-Length")
            return
        if int(length) > route.max_bytes:
            await self._refuse(send, 413, f"at most {route.max_bytes >> 20} MiB at once")
            return
        self._upload_folder.tidy(is_quiet=not self._n_uploading)
        if not self._upload_folder.has_room(int(length)):
            await self._refuse(send, FULL, "busy: too many uploads; try again in a moment")
            return
        looked_at = 0

        def fits(n_bytes: int) -> bool:
            nonlocal looked_at
            if n_bytes - looked_at < _BYTES_BETWEEN_LOOKS:
                return True
            looked_at = n_bytes
            return self._upload_folder.has_room()

        self._n_uploading += 1
        try:
            # Of a chunked body the header may say anything.
            async with self._uploads.receiving(
                receive, int(length), owner=scope[OWNER], fits=fits
            ) as receiving:
                await self._inner(scope, receiving, self._with_headers(send))
        finally:
            self._n_uploading -= 1

    async def _hold(self, scope: Scope, receive: Receive, send: Send, user: str | None) -> None:
        """Keep a stream open that only tells the page that the server is alive."""
        if not self._owns(user, scope["path"].rpartition("/")[2]):
            await self._refuse(send, 403, "this is another user's session")
            return

        async def until_stopped() -> Message:
            heard = asyncio.ensure_future(receive())
            stopping = asyncio.ensure_future(self._stopping.wait())
            done, waiting = await asyncio.wait(
                {heard, stopping}, return_when=asyncio.FIRST_COMPLETED
            )
            for future in waiting:
                future.cancel()
            return heard.result() if heard in done else {"type": "http.disconnect"}

        await self._inner(scope, until_stopped, self._with_headers(send))

    async def _send_page(
        self, scope: Scope, receive: Receive, send: Send, *, is_login: bool
    ) -> None:
        """Send the page with a nonce on its scripts, compressed if the browser takes that."""
        accepted = dict(scope["headers"]).get(b"accept-encoding", b"")
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        nonce = secrets.token_urlsafe(16)
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        if is_login:
            html = [(b"content-type", b"text/html; charset=utf-8")]
            start.update({"type": "http.response.start", "status": 200, "headers": html})
            body.extend(login_page())
        else:
            await self._inner(scope, receive, collect)
        is_page = dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html")
        page = bytes(body)
        if is_page and scope["method"] != "HEAD":
            page = shape_page(page, nonce)
            if b"gzip" in accepted:
                page = gzip.compress(page, COMPRESSION)
                start["headers"] = [*start["headers"], (b"content-encoding", b"gzip")]
        kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        start["headers"] = [*kept, (b"content-length", str(len(page)).encode())]
        policy = {"policy": page_policy(nonce)} if is_page else {}
        await self._with_headers(send, **policy)(start)
        await send({"type": "http.response.body", "body": page * (scope["method"] != "HEAD")})

    def _owns(self, user: str | None, session: str) -> bool:
        """Return whether a page's session is this user's: it belongs to whoever used it first."""
        if not user or not session:
            return True
        owner = self._owners.setdefault(session, user)
        self._owners.move_to_end(session)
        while len(self._owners) > MAX_SESSION_OWNERS:
            self._owners.popitem(last=False)
        return owner == user

    def _with_headers(self, send: Send, **policy: bytes) -> Send:
        """Return a sender that makes the headers of a response safe."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = response_headers(
                    message.get("headers", ()),
                    secure=self._hosts.secure,
                    cookie_path=f"{self._hosts.path}/",
                    cookie_seconds=self._authentication.cookie_seconds
                    if self._authentication
                    else 0,
                    **policy,
                )
                message = {**message, "headers": headers}
            await send(message)

        return sending

    async def _refuse(
        self, send: Send, status: int, reason: str, more: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        headers = [(b"content-type", b"application/json"), (b"connection", b"close"), *more]
        if status in _RETRY_AFTER:
            headers.append((b"retry-after", _RETRY_AFTER[status]))
        # The field that Gradio's page and client read the reason from.
        body = json.dumps({"detail": reason}).encode()
        sending = self._with_headers(send)
        await sending({"type": "http.response.start", "status": status, "headers": headers})
        await sending({"type": "http.response.body", "body": body})

    async def _redirect(self, send: Send, to: str) -> None:
        sending = self._with_headers(send)
        headers = [(b"location", to.encode())]
        await sending({"type": "http.response.start", "status": 308, "headers": headers})
        await sending({"type": "http.response.body", "body": b""})
