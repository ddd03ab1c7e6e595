"""The headers of every response of the chat's server, and how Gradio's own are handled.

**The policy.** Nothing may be fetched from, or sent to, anywhere else; the page cannot be framed; a
script runs only when it is a file of ours or has the nonce that was made up for this one
response. An injected ``<script>``, an ``onerror`` and a ``javascript:`` link do nothing. Two parts
of it are weaker than they should be, because Gradio needs them:

- ``'unsafe-eval'``: Gradio compiles the ``js=`` of an event, the template of ``gr.HTML`` and the
  scales of a plot from text at run time. The texts are ours and come with the page.
- ``style-src 'unsafe-inline'``: its components set ``style`` attributes and add style sheets as
  they load. A style cannot send anything: images, fonts and connections are held to this server.

**The cookie.** Gradio logs a user in with two cookies, one of them for framing by other sites.
One is passed on, for this site only, and unreadable to scripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

Headers = list[tuple[bytes, bytes]]

_COMMON: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
_NOT_A_PAGE = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_OURS = {name for name, _ in _COMMON} | {
    b"content-security-policy",
    b"strict-transport-security",
    b"server",
    b"x-powered-by",
}
_KEPT_FRESH = re.compile(rb"text/html|application/json|text/event-stream")
_SCRIPT = re.compile(rb"<script(?=[\s>])")
_PLACE_OF_APP = b"<gradio-app"
_OPENING = (
    b'<p id="opening" role="status" style="position:fixed;inset:0;display:grid;place-content:'
    b'center;font:1.35rem/1 system-ui,sans-serif">OnRecord is opening \xe2\x80\xa6</p>'
)
_LOGIN_COOKIE = re.compile(rb"(access-token-unsecure-[\w-]+)=([\w-]*|\"\")(?:;.*)?", re.DOTALL)


def page_policy(nonce: str) -> bytes:
    """Return the Content-Security-Policy of the page.

    Args:
        nonce: That of its scripts; a new one for each response.
    """
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}' 'unsafe-eval';"
        " script-src-attr 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:;"
        " media-src 'none'; object-src 'none'; manifest-src 'none'; frame-src 'none';"
        " base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    ).encode("ascii")


def shape_page(page: bytes, nonce: str) -> bytes:
    """Return a page with the nonce on its scripts, and a name to read until these have built it.

    Gradio writes data into its page with every ``<`` escaped, so each ``<script`` is its own.

    Args:
        page: Gradio's or the one for logging in.
        nonce: As in the policy.
    """
    named = page.replace(_PLACE_OF_APP, _OPENING + _PLACE_OF_APP, 1)
    return _SCRIPT.sub(f'<script nonce="{nonce}"'.encode("ascii"), named)


def login_page() -> bytes:
    """Return the page on which users log in; it names nothing of the library."""
    return (Path(__file__).parents[1] / "static" / "login.html").read_bytes()


def response_headers(
    given: Iterable[tuple[bytes, bytes]],
    *,
    policy: bytes = _NOT_A_PAGE,
    secure: bool = False,
    cookie_path: str = "/",
    cookie_seconds: int = 0,
) -> Headers:
    """Return the headers of a response: those of the inner application, made safe, and ours.

    Args:
        given: Those of the inner application; names in lower case.
        policy: The Content-Security-Policy.
        secure: Whether the chat is reached by HTTPS, which cookies and later visits then require.
        cookie_path: Path of the chat on its host.
        cookie_seconds: How long a login lasts in the browser.
    """
    kept: Headers = []
    fresh = False
    for name, value in given:
        if name in _OURS or name.startswith(b"access-control-"):
            continue
        if name == b"set-cookie":
            cookie = _login_cookie(value, secure=secure, path=cookie_path, seconds=cookie_seconds)
            if cookie is not None:
                kept.append((name, cookie))
            continue
        fresh = fresh or (name == b"content-type" and bool(_KEPT_FRESH.match(value)))
        kept.append((name, value))
    if fresh:
        kept = [pair for pair in kept if pair[0] != b"cache-control"]
        kept.append((b"cache-control", b"no-store"))
    if secure:
        kept.append((b"strict-transport-security", b"max-age=31536000"))
    return [*kept, (b"content-security-policy", policy), *_COMMON]


def _login_cookie(value: bytes, *, secure: bool, path: str, seconds: int) -> bytes | None:
    """Return the login cookie as it is passed on, or None for every other cookie."""
    match = _LOGIN_COOKIE.fullmatch(value)
    if match is None:
        return None
    token = match[2].strip(b'"')
    attributes = f"; Path={path}; Max-Age={seconds if token else 0}; HttpOnly; SameSite=Lax"
    return b"".join(
        (match[1], b"=", token, attributes.encode("ascii"), b"; Secure" if secure else b"")
    )
