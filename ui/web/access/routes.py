"""The routes of the chat's server: all that exists, for whom, and how large a request may be."""

from __future__ import annotations

import re
from dataclasses import dataclass

API_NAMES = ("search", "ask", "read_article")
MAX_REQUEST_BYTES = 256 * 1024
MAX_LOGIN_BYTES = 8 * 1024
MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 32 * 1024 * 1024

PAGE, PLAIN, STREAM, LOGIN, UPLOAD, MCP = "page", "plain", "stream", "login", "upload", "mcp"


@dataclass(frozen=True, slots=True)
class Route:
    """A way in.

    Attributes:
        methods: HTTP methods.
        pattern: What the whole path matches.
        kind: How the guard treats it.
        public: Open to those who have not logged in.
        while_stopping: Open while the last answers are being finished.
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


_NAMES = "|".join(API_NAMES)
_API = "/gradio_api"
ROUTES = (
    _route("GET HEAD", "/", PAGE, public=True),
    _route("GET HEAD", "/health", public=True, while_stopping=True),
    _route(
        "GET HEAD",
        r"/theme\.css|/favicon\.ico|/(?:static|assets)/[\w./@~+-]+",
        public=True,
        while_stopping=True,
    ),
    _route("GET HEAD", rf"/config|{_API}/(?:info|startup-events|upload_progress)/?"),
    _route("GET", rf"{_API}/queue/data|{_API}/call/(?:v2/)?(?:{_NAMES})/\w+", while_stopping=True),
    _route("GET", rf"{_API}/heartbeat/[\w-]+", STREAM),
    _route(
        "POST",
        rf"{_API}/(?:queue/join|reset|call/(?:v2/)?(?:{_NAMES}))/?",
        max_bytes=MAX_REQUEST_BYTES,
    ),
    _route("POST", rf"{_API}/cancel/?", while_stopping=True, max_bytes=MAX_REQUEST_BYTES),
    _route("POST", rf"{_API}/upload/?", UPLOAD, max_bytes=MAX_UPLOAD_BYTES),
    _route("POST", "/login/?", LOGIN, public=True, max_bytes=MAX_LOGIN_BYTES),
    _route("GET", "/logout"),
    _route("POST", "/mcp", MCP, max_bytes=MAX_REQUEST_BYTES),
    _route("GET DELETE", "/mcp", MCP),
)


def find_route(method: str, path: str) -> Route | None:
    """Return the route of a request, or None when there is none."""
    if ".." in path:
        return None
    for route in ROUTES:
        if method in route.methods and route.pattern.fullmatch(path):
            return route
    return None
