"""What the chat's server lets in and out: a short list of routes, small requests, strict headers.

Gradio serves far more than a chat needs: uploads, a proxy, files, an API, run histories. Whatever
is not on the list here does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_REQUEST_BYTES = 64 * 1024

_HOST = re.compile(rb"(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(?::\d{1,5})?")
_READ = re.compile(
    r"/|/config|/theme\.css|/favicon\.ico|/(?:static|assets)/[\w./@~+-]+"
    r"|/gradio_api/(?:startup-events|queue/data|heartbeat/\w+)"
)
_WRITE = re.compile(r"/gradio_api/(?:queue/join|reset|cancel)/?")

# Gradio's page needs inline scripts and evaluates templates, so a policy alone would not stop an
# injected script; but nothing may be fetched from, or sent to, anywhere else, and attributes such
# as `onerror` are dead.
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval';"
        b" script-src-attr 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        b" font-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'self';"
        b" form-action 'none'; frame-src 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_OUR_HEADERS = {name for name, _ in _HEADERS}


class Guard:
    """An ASGI application that stands before another one.

    Args:
        inner: The application that answers what is let through.
    """

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one connection, or refuse it."""
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = _with_headers(send)
        headers = dict(scope["headers"])
        refusal = _find_fault(scope, headers)
        if refusal is None and scope["method"] == "POST":
            body = await _read_body(receive)
            if body is None:
                refusal = (413, b"the request is too large")
            else:
                receive = _replay(body, receive)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        await self._inner(scope, receive, send)


def _find_fault(scope: Scope, headers: dict[bytes, bytes]) -> tuple[int, bytes] | None:
    """Return the status and the reason for which a request is refused, or None."""
    host = headers.get(b"host", b"")
    if not _HOST.fullmatch(host):  # another name for this machine is another site's trick
        return 403, b"the chat answers to this machine only"
    origin = headers.get(b"origin")
    if origin is not None and origin != b"http://" + host:
        return 403, b"another site may not use the chat"
    routes = {"GET": _READ, "HEAD": _READ, "POST": _WRITE}.get(scope["method"])
    if routes is None:
        return 405, b"no such method here"
    if not routes.fullmatch(scope["path"]) or ".." in scope["path"]:
        return 404, b"not found"
    return None


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body of a request, or None when it is too large."""
    body = b""
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return body
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a source of messages that gives the body, once, and then what comes after it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def _with_headers(send: Send) -> Send:
    """Return a sender that adds our headers to every response."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [pair for pair in message.get("headers", ()) if pair[0] not in _OUR_HEADERS]
            message = {**message, "headers": [*kept, *_HEADERS]}
        await send(message)

    return sending


async def _refuse(send: Send, status: int, reason: bytes) -> None:
    headers = [(b"content-type", b"text/plain"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reason})
