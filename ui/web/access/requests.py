"""Reading a request to the chat's server: its body, its session, and who sends it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_LOGIN_TOKEN = re.compile(r"(?:^|;)\s*access-token-unsecure-[\w-]+=([\w-]{1,128})\s*(?=;|$)")


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a source of messages that gives the body once, and then whatever follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def session_in_body(body: bytes) -> str:
    """Return the page's session that a JSON body names, or an empty string."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    session = fields.get("session_hash") if isinstance(fields, dict) else None
    return session if isinstance(session, str) else ""


def session_in_query(scope: Scope) -> str:
    """Return the page's session that a query string names, or an empty string."""
    try:
        fields = parse_qs(scope.get("query_string", b"").decode("latin-1"), max_num_fields=50)
    except ValueError:
        return ""
    return str(fields.get("session_hash", [""])[-1])


async def user_in_form(scope: Scope, body: bytes) -> str:
    """Return the user that a form of the login names, or an empty string."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        name = (await Request(scope, receive).form()).get("username")
    except (HTTPException, MultiPartException, ValueError):
        return ""
    return name if isinstance(name, str) else ""


def login_tokens(cookie: bytes) -> Iterator[str]:
    """Yield the login tokens of a ``Cookie`` header; those of other ports are among them."""
    for match in _LOGIN_TOKEN.finditer(cookie.decode("latin-1")):
        yield match[1]


def sent_credentials(authorization: bytes) -> tuple[str, str]:
    """Return the name and password of an ``Authorization`` header, or empty strings.

    ``Basic`` has them encoded, ``Bearer`` as they are, with a colon between: programs that ask for
    a key are given both as one.
    """
    scheme, _, sent = authorization.partition(b" ")
    try:
        if scheme.lower() == b"basic":
            sent = base64.b64decode(sent.strip(), validate=True)
        elif scheme.lower() != b"bearer":
            return "", ""
        text = sent.strip().decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    name, _, password = text.partition(":")
    return name, password


def client_address(scope: Scope) -> str:
    """Return the address that a request comes from, as the server or a trusted proxy says."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"
