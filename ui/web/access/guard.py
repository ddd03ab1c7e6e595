"""What the chat's server lets in and out: a short list of routes, small requests, strict headers.

Gradio serves far more than a chat needs: a proxy, files, run histories, recordings. Only the routes
of ``ui.web.access.routes`` exist. Requests for another host name (a rebound DNS name), from pages
of other sites and, with a login, from anyone who has not logged in are refused here, before Gradio
sees them.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import re
import secrets
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from ui.web.access.headers import page_policy, response_headers, shape_page
from ui.web.access.queue import ServerBusyError
from ui.web.access.requests import (
    Application,
    Message,
    Receive,
    Scope,
    Send,
    basic_credentials,
    client_address,
    login_tokens,
    on_success,
    read_body,
    replay,
    session_in_body,
    session_in_query,
)
from ui.web.access.routes import LOGIN, MCP, PAGE, PLAIN, STREAM, UPLOAD, Route, find_route
from ui.web.access.serving_options import AllowedHosts, Authentication

Refusal: TypeAlias = tuple[int, str]

OWNER = "onrecord.owner"
"""Key of a request's scope: the user's name, or without a login the client's address."""

FULL = 503
SECONDS_FOR_AN_UPLOAD = 600.0
MAX_UPLOADS_AT_ONCE = 8
MAX_STORED_UPLOAD_BYTES = 512 * 1024 * 1024
MAX_SESSION_OWNERS = 4096

_RETRY_AFTER = {429: b"300", 503: b"5"}
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
    """

    def __init__(
        self,
        inner: Application,
        *,
        tools: Collection[str] = (),
        hosts: AllowedHosts | None = None,
        authentication: Authentication | None = None,
        uploads: Path | None = None,
    ) -> None:
        self._inner = inner
        self._tools = tools
        self._hosts = hosts or AllowedHosts()
        self._authentication = authentication
        self._secret = secrets.token_bytes()
        self._uploads = uploads
        self._owners: OrderedDict[str, str] = OrderedDict()
        self._n_uploads = 0
        self._n_busy = 0
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
        user = await self._find_owner(scope, headers, route)
        if user is None and not route.public:
            challenge = [(b"www-authenticate", b'Basic realm="OnRecord"')] * (route.kind == MCP)
            await self._refuse(send, 401, "log in first", challenge)
            return
        scope[OWNER] = user or client_address(scope)
        if route.kind == STREAM:
            await self._hold(scope, receive, send, user)
            return
        self._n_busy += 1
        try:
            await self._let_in(scope, receive, send, headers, route, user)
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

    async def _find_owner(
        self, scope: Scope, headers: Mapping[bytes, bytes], route: Route
    ) -> str | None:
        """Return whose request it is: ``""`` if no login is needed, None if one is missing."""
        authentication = self._authentication
        if authentication is None:
            return ""
        for token in login_tokens(headers.get(b"cookie", b"")):
            if (user := authentication.find_user(token)) is not None:
                return user
        authorization = headers.get(b"authorization", b"")
        name, password = basic_credentials(authorization)
        if route.kind != MCP or not name:
            return None
        # No cookie can hold such a key: one with a colon is not read.
        key = f"basic:{hmac.digest(self._secret, authorization, 'sha256').hex()}"
        if authentication.find_user(key) == name:
            return name
        address = client_address(scope)
        if authentication.may_try(address) and await authentication.check_password(name, password):
            authentication.take_back(address)
            authentication.remember(key, name)
            return name
        return None

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
        if route.max_bytes:
            body = await read_body(receive, route.max_bytes)
            if body is None:
                await self._refuse(send, 413, "the request is too large")
                return
            if not self._owns(user, session_in_body(body)):
                await self._refuse(send, 403, "this is another user's session")
                return
            receive = replay(body, receive)
        elif not self._owns(user, session_in_query(scope)):
            await self._refuse(send, 403, "this is another user's session")
            return
        if route.kind == LOGIN and (authentication := self._authentication) is not None:
            address = client_address(scope)
            if not authentication.may_try(address):
                await self._refuse(send, 429, "too many wrong passwords; try again in five minutes")
                return
            send = on_success(send, lambda: authentication.take_back(address))
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
        elif int(length) > route.max_bytes:
            await self._refuse(send, 413, f"at most {route.max_bytes >> 20} MiB at once")
        elif self._n_uploads >= MAX_UPLOADS_AT_ONCE or self._is_full(int(length)):
            await self._refuse(send, 503, "busy: too many uploads; try again in a moment")
        else:
            self._remove_empty_folders()
            self._n_uploads += 1
            try:
                with suppress(TimeoutError):
                    async with asyncio.timeout(SECONDS_FOR_AN_UPLOAD):
                        await self._inner(scope, receive, self._with_headers(send))
            finally:
                self._n_uploads -= 1

    def _remove_empty_folders(self) -> None:
        """Remove the folders of uploads that were read and deleted.

        Gradio makes a folder for each content and moves the file into it in one step of the event
        loop. Anywhere but on that loop, a folder could be removed in between.
        """
        if self._uploads is None or not self._uploads.is_dir():
            return
        for folder in self._uploads.iterdir():
            with suppress(OSError):  # of a file, and of a folder that holds one
                folder.rmdir()

    def _is_full(self, more: int) -> bool:
        """Return whether the folder of uploads has no room for so many more bytes."""
        if self._uploads is None or not self._uploads.is_dir():
            return False
        total = more
        for path in self._uploads.rglob("*"):
            with suppress(OSError):
                total += path.lstat().st_size
        return total > MAX_STORED_UPLOAD_BYTES

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
        """Send the page with a nonce on its scripts."""
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        nonce = secrets.token_urlsafe(16)
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                body.extend(message.get("body", b""))

        await self._inner(scope, receive, collect)
        is_page = dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html")
        page = bytes(body)
        if is_page and scope["method"] != "HEAD":
            page = shape_page(page, nonce, is_login=is_login)
        kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
        start["headers"] = [*kept, (b"content-length", str(len(page)).encode())]
        policy = {"policy": page_policy(nonce)} if is_page else {}
        await self._with_headers(send, **policy)(start)
        await send({"type": "http.response.body", "body": page})

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
