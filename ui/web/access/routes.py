"""The routes of the chat's server: all that exist, for whom, and how large a request may be."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

MAX_REQUEST_BYTES = 256 * 1024
MAX_LOGIN_BYTES = 8 * 1024
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 32 * 1024 * 1024

PAGE, PLAIN, STREAM, LOGIN = "page", "plain", "stream", "login"
UPLOAD, PROGRAM, HEALTH = "upload", "program", "health"


@dataclass(frozen=True, slots=True)
class Route:
    """A route.

    Attributes:
        methods: HTTP methods.
        pattern: Matches the whole path; a group in it is the name of an API endpoint.
        kind: How the guard treats it.
        public: Whether it is open without a login.
        while_stopping: Whether it is open while the last answers are finished.
        max_bytes: Longest body, in bytes; 0 for none.
    """

    methods: frozenset[str]
    pattern: re.Pattern[str]
    kind: str = PLAIN
    public: bool = False
    while_stopping: bool = False
    max_bytes: int = 0


def _route(
    methods: str,
    pattern: str,
    kind: str = PLAIN,
    *,
    public: bool = False,
    while_stopping: bool = False,
    max_bytes: int = 0,
) -> Route:
    return Route(
        frozenset(methods.split()), re.compile(pattern), kind, public, while_stopping, max_bytes
    )


_API = "/gradio_api"
ROUTES = (
    _route("GET HEAD", "/", PAGE, public=True),
    _route("GET HEAD", "/health", HEALTH, public=True, while_stopping=True),
    _route("GET HEAD", r"/favicon\.ico", public=True, while_stopping=True),
    _route("GET HEAD", r"/theme\.css|/(?:static|assets)/[\w./@~+-]+", while_stopping=True),
    _route("GET HEAD", rf"/config|{_API}/(?:info|startup-events|upload_progress)/?"),
    _route("GET", rf"{_API}/queue/data|{_API}/call/(?:v2/)?(\w+)/\w+", while_stopping=True),
    _route("GET", rf"{_API}/heartbeat/[\w-]+", STREAM),
    _route(
        "POST",
        rf"{_API}/(?:queue/join|reset|call/(?:v2/)?(\w+))/?",
        max_bytes=MAX_REQUEST_BYTES,
    ),
    _route("POST", rf"{_API}/cancel/?", while_stopping=True, max_bytes=MAX_REQUEST_BYTES),
    _route("POST", rf"{_API}/upload/?", UPLOAD, max_bytes=MAX_UPLOAD_BYTES),
    _route("POST", "/login/?", LOGIN, public=True, max_bytes=MAX_LOGIN_BYTES),
    _route("GET", "/logout"),
    _route("POST", "/mcp|/v1/chat/completions", PROGRAM, max_bytes=MAX_REQUEST_BYTES),
    _route("GET DELETE", "/mcp", PROGRAM),
    _route("GET", "/v1/models(?:/onrecord)?", PROGRAM),
)


def find_route(method: str, path: str, tools: Collection[str] = ()) -> Route | None:
    """Return the route of a request, or None if there is none.

    Args:
        method: HTTP method.
        path: Of the request.
        tools: Names of the API's endpoints.
    """
    if ".." in path:
        return None
    for route in ROUTES:
        match = route.pattern.fullmatch(path) if method in route.methods else None
        if match and (match.lastindex is None or match[1] in tools):
            return route
    return None
