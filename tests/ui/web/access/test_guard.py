"""The guard of the chat's server: what it lets in and out, before an application that echoes."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.web.access.attempts import TRIES_BY_NAME, Attempts
from ui.web.access.guard import OWNER, Guard
from ui.web.access.headers import page_policy, response_headers
from ui.web.access.requests import (
    Message,
    Receive,
    Scope,
    Send,
    login_tokens,
    sent_credentials,
    session_in_body,
    user_in_form,
)
from ui.web.access.routes import MAX_LOGIN_BYTES, MAX_REQUEST_BYTES, MAX_UPLOAD_BYTES, find_route
from ui.web.access.serving_options import AllowedHosts, Authentication

TOOLS = ("search", "ask")
JOIN = "/gradio_api/queue/join"
SCHEMA = '<script>window.gradio_api_info = {"named_endpoints": {"/secret": 1}};</script>'


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was understood of the request."""
    body = b""
    if scope["method"] == "POST":
        message = await receive()
        body = message["body"]
    headers = [
        (b"x-frame-options", b"ALLOWALL"),
        (b"access-control-allow-origin", b"*"),
        (b"set-cookie", b"access-token-unsecure-abc=TOKEN; HttpOnly; Path=/"),
        (b"set-cookie", b"access-token-abc=TOKEN; HttpOnly; SameSite=none; Secure"),
        (b"set-cookie", b"tracking=1"),
    ]
    if scope["path"] == "/":
        text = f"<html><script>var a;</script>{SCHEMA}<scripty></html>"
        headers.append((b"content-type", b"text/html; charset=utf-8"))
    else:
        names = [name.decode() for name, _ in scope["headers"]]
        text = json.dumps([scope["path"], scope.get(OWNER), names, len(body)])
        headers.append((b"content-type", b"application/json"))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})


def request(
    guard: Guard,
    method: str = "GET",
    path: str = "/",
    *,
    host: bytes = b"127.0.0.1:7860",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    body: tuple[bytes, ...] = (b"",),
    kind: str = "http",
    query: bytes = b"",
    client: str = "127.0.0.1",
) -> list[Message]:
    """Return what the guard sends in answer to a request."""
    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body)}
        for number, part in enumerate(body, 1)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "method": method,
        "path": path,
        "headers": [(b"host", host), *headers],
        "query_string": query,
        "client": (client, 5),
    }
    asyncio.run(guard(scope, receive, send))
    return sent


def status_of(sent: list[Message]) -> int:
    return int(sent[0]["status"])


def headers_of(sent: list[Message]) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


# The list of routes.


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/"),
        ("GET", "/health"),
        ("GET", "/config"),
        ("GET", "/theme.css"),
        ("GET", "/assets/index-DEF_5.js"),
        ("GET", "/static/fonts/a/b-1.woff2"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/queue/data"),
        ("GET", "/gradio_api/call/search/0123abc"),
        ("POST", JOIN),
        ("POST", "/gradio_api/call/ask"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/login"),
        ("POST", "/mcp"),
    ],
)
def test_what_a_chat_needs_is_let_in(method: str, path: str) -> None:
    assert status_of(request(Guard(echo, tools=TOOLS), method, path)) == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=https://a.example"),
        ("GET", "/gradio_api/openapi.json"),
        ("GET", "/openapi.json"),
        ("GET", "/docs"),
        ("GET", "/monitoring"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/deep_link"),
        ("GET", "/gradio_api/token"),
        ("GET", "/gradio_api/mcp"),
        ("GET", "/assets/../../secret"),
        ("GET", "/assets/%2e%2e/secret"),
        ("GET", "/config\n"),
        ("GET", "//"),
        ("POST", "/gradio_api/component_server"),
        ("POST", "/gradio_api/process_recording"),
        ("POST", "/gradio_api/run/ask"),
        ("POST", "/gradio_api/call/act"),
        ("POST", "/gradio_api/vibe-edit"),
        ("POST", "/config"),
        ("GET", JOIN),
        ("DELETE", "/"),
    ],
)
def test_nothing_else_exists(method: str, path: str) -> None:
    assert status_of(request(Guard(echo, tools=TOOLS), method, path)) == 404


@pytest.mark.parametrize("method", ["PUT", "OPTIONS", "TRACE", "CONNECT", "get"])
def test_other_methods_are_refused(method: str) -> None:
    assert status_of(request(Guard(echo), method, JOIN)) == 405


def test_websockets_are_closed() -> None:
    assert request(Guard(echo), kind="websocket") == [{"type": "websocket.close", "code": 1008}]


@given(st.text(max_size=60))
def test_a_route_never_leads_upwards(path: str) -> None:
    for start in ("", "/assets/", "/static/", "/gradio_api/"):
        route = find_route("GET", start + path, TOOLS)
        assert route is None or not re.search(r"\.\.|[\s\\%?#]", start + path)


# Names, origins, proxies.

ALONE = AllowedHosts()
OPEN = AllowedHosts(open_to_others=True)
PROXIED = AllowedHosts("https://news.example/desk")


@pytest.mark.parametrize(
    ("hosts", "host", "let_in"),
    [
        (ALONE, "127.0.0.1:7860", True),
        (ALONE, "localhost", True),
        (ALONE, "LOCALHOST:1", True),
        (ALONE, "[::1]:7860", True),
        (ALONE, "127.9.9.9", True),
        (ALONE, "192.0.2.7:7860", False),
        (ALONE, "evil.example", False),
        (ALONE, "localhost.evil.example", False),
        (ALONE, "127.0.0.1.evil.example", False),
        (ALONE, "127.0.0.1@evil.example", False),
        (ALONE, "", False),
        (OPEN, "192.0.2.7:7860", True),
        (OPEN, "[2001:db8::7]", True),
        (OPEN, "evil.example", False),
        (OPEN, "999.1.1.1", False),
        (PROXIED, "news.example", True),
        (PROXIED, "News.Example", True),
        (PROXIED, "news.example:444", False),
        (PROXIED, "127.0.0.1:7860", True),
        (PROXIED, "192.0.2.7", False),
    ],
)
def test_only_its_own_names_are_answered(hosts: AllowedHosts, host: str, let_in: bool) -> None:
    status = status_of(request(Guard(echo, hosts=hosts), host=host.encode()))
    assert status == (200 if let_in else 403)


@pytest.mark.parametrize(
    ("hosts", "host", "origin", "let_in"),
    [
        (ALONE, "127.0.0.1:7860", "http://127.0.0.1:7860", True),
        (ALONE, "127.0.0.1:7860", "http://127.0.0.1:80", False),
        (ALONE, "127.0.0.1:7860", "https://127.0.0.1:7860", False),
        (ALONE, "localhost:7860", "http://127.0.0.1:7860", False),
        (ALONE, "127.0.0.1:7860", "null", False),
        (ALONE, "127.0.0.1:7860", "", False),
        (PROXIED, "news.example", "https://news.example", True),
        (PROXIED, "127.0.0.1:7860", "https://news.example", True),
        (PROXIED, "news.example", "http://evil.example", False),
        (PROXIED, "news.example", "https://news.example.evil.example", False),
    ],
)
def test_pages_of_other_sites_are_refused(
    hosts: AllowedHosts, host: str, origin: str, let_in: bool
) -> None:
    guard = Guard(echo, hosts=hosts)
    for method, path in (("POST", JOIN), ("GET", "/config"), ("POST", "/mcp")):
        headers = ((b"origin", origin.encode()),)
        sent = request(guard, method, path, host=host.encode(), headers=headers)
        assert status_of(sent) == (200 if let_in else 403)


@pytest.mark.parametrize("site", [b"cross-site", b"same-site"])
def test_another_site_may_link_here_and_no_more(site: bytes) -> None:
    visit = ((b"sec-fetch-site", site), (b"sec-fetch-mode", b"navigate"))
    embedded = ((b"sec-fetch-site", site), (b"sec-fetch-mode", b"no-cors"))
    assert status_of(request(Guard(echo), headers=visit)) == 200
    for path in ("/", "/config", "/theme.css"):
        assert status_of(request(Guard(echo), path=path, headers=embedded)) == 403
    assert status_of(request(Guard(echo), "GET", "/logout", headers=visit)) == 403


def test_a_proxy_may_keep_or_cut_the_path() -> None:
    guard = Guard(echo, hosts=PROXIED)
    for path in ("/config", "/desk/config"):
        sent = request(guard, path=path, host=b"news.example")
        assert json.loads(sent[1]["body"])[0] == "/config"
    sent = request(guard, path="/desk", host=b"news.example")
    assert (status_of(sent), headers_of(sent)["location"]) == (308, "/desk/")
    assert status_of(request(guard, path="/deskconfig", host=b"news.example")) == 404


def test_nobody_tells_the_application_where_it_is() -> None:
    lies = (b"X-Forwarded-Host", b"x-forwarded-proto", b"forwarded", b"x-direct-url")
    headers = (*((lie, b"evil.example") for lie in lies), (b"accept", b"*/*"))
    sent = request(Guard(echo), path="/config", headers=headers)
    assert json.loads(sent[1]["body"])[2] == ["host", "accept"]


# Sizes.


@pytest.mark.parametrize(
    ("path", "limit"), [(JOIN, MAX_REQUEST_BYTES), ("/login", MAX_LOGIN_BYTES)]
)
def test_a_large_request_is_refused(path: str, limit: int) -> None:
    most = (b"x" * (limit - 1), b"x")
    sent = request(Guard(echo), "POST", path, body=most)
    assert json.loads(sent[1]["body"])[3] == limit
    assert status_of(request(Guard(echo), "POST", path, body=(*most, b"x"))) == 413


def test_a_request_that_is_cut_off_is_not_passed_on() -> None:
    sent = request(Guard(echo), "POST", JOIN, body=())
    assert status_of(sent) == 408


@pytest.mark.parametrize(
    ("length", "status"),
    [(None, 411), (b"12x", 411), (str(MAX_UPLOAD_BYTES + 1).encode(), 413), (b"0", 200)],
)
def test_an_upload_says_how_long_it_is(length: bytes | None, status: int) -> None:
    headers = ((b"content-length", length),) if length is not None else ()
    sent = request(Guard(echo), "POST", "/gradio_api/upload", headers=headers)
    assert status_of(sent) == status


def test_uploads_do_not_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.access.upload_folder.MAX_STORED_BYTES", 1000)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "stored").write_bytes(b"x" * 900)
    guard = Guard(echo, uploads=tmp_path)
    for length, status in ((b"50", 200), (b"200", 503)):
        headers = ((b"content-length", length),)
        sent = request(guard, "POST", "/gradio_api/upload", headers=headers)
        assert status_of(sent) == status
    assert "busy" in sent[1]["body"].decode()


def test_what_uploads_left_behind_goes_with_the_next_one(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "upload-1").write_bytes(b"x")
    (tmp_path / "broken-off").write_bytes(b"x")
    guard = Guard(echo, uploads=tmp_path)
    headers = ((b"content-length", b"5"),)
    assert status_of(request(guard, "POST", "/gradio_api/upload", headers=headers)) == 200
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


async def store(scope: Scope, receive: Receive, send: Send) -> None:
    """Take in a whole body, as Gradio does with an upload."""
    n_bytes = 0
    while True:
        message = await receive()
        n_bytes += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(n_bytes).encode()})


@pytest.mark.parametrize("announced", [10, 1000])
def test_an_upload_is_counted_whatever_its_headers_say(announced: int) -> None:
    path = "/gradio_api/upload"
    headers = (
        (b"content-length", str(announced).encode()),
        (b"transfer-encoding", b"chunked"),
    )
    whole = (b"x" * announced,)
    sent = request(Guard(store), "POST", path, headers=headers, body=whole)
    assert (status_of(sent), sent[1]["body"]) == (200, str(announced).encode())
    sent = request(Guard(store), "POST", path, headers=headers, body=(*whole, b"x", b"x"))
    assert status_of(sent) == 413


def test_an_upload_ends_where_the_folder_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part, most = b"x" * 1_000_000, 20_000_000
    monkeypatch.setattr("ui.web.access.upload_folder.MAX_STORED_BYTES", most)
    others: list[Path] = []

    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        for number in range(15):
            await receive()
            # Several are arriving, and each of them would fit.
            others.append(tmp_path / str(number))
            others[-1].write_bytes(part * 2)

    guard = Guard(keep, uploads=tmp_path)
    headers = ((b"content-length", b"15000000"),)
    sent = request(guard, "POST", "/gradio_api/upload", headers=headers, body=(part,) * 15)
    assert status_of(sent) == 413
    assert sum(path.stat().st_size for path in others) <= most + 8_000_000


def test_one_client_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.web.access.guard.MAX_REQUESTS_OF_ONE", 3)
    monkeypatch.setattr("ui.web.access.guard.MAX_REQUESTS", 4)

    async def run() -> None:
        release = asyncio.Event()

        async def wait(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["path"] == "/config":
                await release.wait()
            await echo(scope, receive, send)

        guard = Guard(wait)

        async def ask(client: str, path: str = "/config") -> int:
            sent: list[Message] = []

            async def receive() -> Message:
                return {"type": "http.disconnect"}

            async def send(message: Message) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": "GET",
                "path": path,
                "headers": [(b"host", b"127.0.0.1:7860")],
                "query_string": b"",
                "client": (client, 5),
            }
            await guard(scope, receive, send)
            return status_of(sent)

        async with asyncio.TaskGroup() as group:
            first = [group.create_task(ask("192.0.2.1")) for _ in range(3)]
            await asyncio.sleep(0)
            assert await ask("192.0.2.1") == 503
            other = group.create_task(ask("192.0.2.2"))
            await asyncio.sleep(0)
            assert await ask("192.0.2.3") == 503  # now there are too many in all
            assert [await ask(f"192.0.2.{n}", "/health") for n in (1, 3)] == [200, 200]
            release.set()
        assert [task.result() for task in (*first, other)] == [200] * 4
        assert await ask("192.0.2.1") == 200

    asyncio.run(run())


def test_a_full_queue_of_gradio_is_said_in_our_words() -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        for part in (b'{"detail":"Queue is full. ', b'Max size is 64 and size is 64."}'):
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    sent = request(Guard(refuse), "POST", JOIN)
    assert status_of(sent) == 503
    assert headers_of(sent)["retry-after"] == "5"
    assert json.loads(sent[1]["body"]) == {
        "detail": "busy: many questions are waiting already; try again in a moment"
    }
    assert len(sent) == 2
    # What others say with that status is passed on.
    health = request(Guard(refuse), "GET", "/health")
    assert b"Queue" in health[1]["body"]


# A login.

USERS = {"ada-token": "ada", "bo-token": "bo"}


async def check(name: str, password: str) -> bool:
    return (name, password) == ("ada", "correct horse")


def guarded(attempts: Attempts | None = None) -> Guard:
    return Guard(echo, authentication=Authentication(USERS.get, check, attempts or Attempts()))


def as_user(token: str) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"cookie", f"other=1; access-token-unsecure-abc={token}".encode()),)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/config"),
        ("GET", "/gradio_api/info"),
        ("GET", "/gradio_api/startup-events"),
        ("GET", "/gradio_api/queue/data"),
        ("GET", "/gradio_api/heartbeat/abc"),
        ("GET", "/gradio_api/upload_progress"),
        ("POST", "/gradio_api/cancel"),
        ("POST", "/gradio_api/upload"),
        ("POST", JOIN),
        ("POST", "/mcp"),
        ("GET", "/mcp"),
        ("GET", "/logout"),
    ],
)
def test_where_there_is_a_login_it_comes_first(method: str, path: str) -> None:
    assert status_of(request(guarded(), method, path)) == 401
    wrong = request(guarded(), method, path, headers=as_user("stolen"))
    assert status_of(wrong) == 401
    length = ((b"content-length", b"0"),)
    assert status_of(request(guarded(), method, path, headers=as_user("bo-token") + length)) == 200


def test_the_login_page_tells_nothing() -> None:
    page = request(guarded())[1]["body"].decode()
    assert "/secret" not in page
    assert "gradio" not in page
    assert "/secret" in request(guarded(), headers=as_user("ada-token"))[1]["body"].decode()
    assert request(guarded(), "HEAD")[1]["body"] == b""


def test_the_page_is_compressed_for_who_takes_that() -> None:
    sent = request(guarded(), headers=((b"accept-encoding", b"gzip, br"),))
    headers = dict(sent[0]["headers"])
    assert headers[b"content-encoding"] == b"gzip"
    assert int(headers[b"content-length"]) == len(sent[1]["body"])
    assert b"<form" in gzip.decompress(sent[1]["body"])


def test_each_user_has_their_own_sessions() -> None:
    guard = guarded()
    body = (json.dumps({"session_hash": "abc123"}).encode(),)
    assert status_of(request(guard, "POST", JOIN, body=body, headers=as_user("ada-token"))) == 200
    assert status_of(request(guard, "POST", JOIN, body=body, headers=as_user("bo-token"))) == 403
    for path, query in (
        ("/gradio_api/queue/data", b"session_hash=abc123"),
        ("/gradio_api/heartbeat/abc123", b""),
    ):
        sent = request(guard, path=path, query=query, headers=as_user("bo-token"))
        assert status_of(sent) == 403
        sent = request(guard, path=path, query=query, headers=as_user("ada-token"))
        assert status_of(sent) == 200


def test_a_program_may_send_its_password_to_the_tool_server_only() -> None:
    right = ((b"authorization", b"Basic YWRhOmNvcnJlY3QgaG9yc2U="),)
    wrong = ((b"authorization", b"Basic YWRhOndyb25n"),)
    sent = request(guarded(), "POST", "/mcp", headers=right)
    assert json.loads(sent[1]["body"])[1] == "ada"
    refused = request(guarded(), "POST", "/mcp", headers=wrong)
    assert (status_of(refused), headers_of(refused)["www-authenticate"][:5]) == (401, "Basic")
    locked = guarded()
    for _ in range(TRIES_BY_NAME):
        assert status_of(request(locked, "POST", "/mcp", headers=wrong)) == 401
    assert status_of(request(locked, "POST", "/mcp", headers=right)) == 401
    page = request(guarded(), "GET", "/config", headers=right)
    assert status_of(page) == 401
    assert "www-authenticate" not in headers_of(page)


def test_a_password_that_comes_with_each_request_is_checked_once() -> None:
    known: dict[str, str] = {}
    checked: list[str] = []

    async def count(name: str, password: str) -> bool:
        checked.append(name)
        return await check(name, password)

    guard = Guard(echo, authentication=Authentication(known.get, count, remember=known.__setitem__))
    right = ((b"authorization", b"Basic YWRhOmNvcnJlY3QgaG9yc2U="),)
    wrong = ((b"authorization", b"Basic YWRhOndyb25n"),)
    assert [status_of(request(guard, "POST", "/mcp", headers=right)) for _ in range(3)] == [200] * 3
    assert checked == ["ada"]
    assert status_of(request(guard, "POST", "/mcp", headers=wrong)) == 401
    (key,) = known
    assert status_of(request(guard, "GET", "/config", headers=as_user(key))) == 401
    known.clear()  # as when the password file changes
    request(guard, "POST", "/mcp", headers=right)
    assert checked == ["ada"] * 3


def test_one_host_is_named_and_no_more() -> None:
    assert status_of(request(Guard(echo), headers=((b"Host", b"localhost"),))) == 403


def login(guard: Guard, *, name: str = "ada", client: str = "192.0.2.1", who: str = "") -> int:
    sent = request(
        guard,
        "POST",
        "/login",
        headers=((b"content-type", b"application/x-www-form-urlencoded"), *as_user(who)),
        body=(f"username={name}&password=x".encode(),),
        client=client,
    )
    return status_of(sent)


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 400, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def test_guesses_from_elsewhere_do_not_lock_out_a_user() -> None:
    now = [0.0]
    attempts = Attempts(lambda: now[0])
    authentication = Authentication(USERS.get, check, attempts)
    wrong, right = Guard(refuse, authentication=authentication), guarded(attempts)
    for _ in range(TRIES_BY_NAME):
        assert login(wrong) == 400
    assert login(right) == 429
    assert login(right, client="192.0.2.2") == 200  # the owner, from another address
    assert login(right, name="bo") == 200  # another user, from the same
    assert login(right, who="ada-token") == 200  # the owner, who is logged in there
    assert login(right, who="bo-token") == 429
    now[0] += 4
    assert login(right) == 200
    assert login(right) == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (b"application/x-www-form-urlencoded", b"username=ada&password=x"),
        (
            b"multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nada\r\n--b--\r\n',
        ),
    ],
)
def test_the_user_of_a_login_is_read(kind: bytes, body: bytes) -> None:
    async def read(given: bytes) -> str:
        scope = {"type": "http", "method": "POST", "headers": [(b"content-type", kind)]}
        return await user_in_form(scope, given)

    assert asyncio.run(read(body)) == "ada"
    for cut in range(len(body)):
        assert asyncio.run(read(body[:cut])) in {"", "a", "ad", "ada"}


@given(st.binary(max_size=200))
def test_no_header_or_body_breaks_the_reading(junk: bytes) -> None:
    sent_credentials(junk)
    sent_credentials(b"Basic " + junk)
    sent_credentials(b"Bearer " + junk)
    assert all(re.fullmatch(r"[\w-]{1,128}", token) for token in login_tokens(junk))
    assert isinstance(session_in_body(junk), str)
    assert isinstance(session_in_body(b'{"session_hash": ' + junk + b"}"), str)


# What is sent.


def test_every_response_is_held_to_this_server() -> None:
    for path in ("/", "/config", "/nowhere"):
        headers = headers_of(request(Guard(echo), path=path))
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert not any(name.startswith("access-control") for name in headers)


def test_scripts_carry_a_nonce_that_changes() -> None:
    first, second = request(Guard(echo)), request(Guard(echo))
    policy = headers_of(first)["content-security-policy"]
    (nonce,) = re.findall(r"'nonce-([\w-]+)'", policy)
    scripts = policy.partition("script-src ")[2].partition(";")[0]
    assert "unsafe-inline" not in scripts
    assert "http" not in policy
    page = first[1]["body"].decode()
    assert page.count(f'<script nonce="{nonce}">') == 2
    assert "<scripty>" in page
    assert headers_of(first)["content-length"] == str(len(first[1]["body"]))
    assert nonce not in headers_of(second)["content-security-policy"]


def test_one_cookie_for_this_site_only() -> None:
    sent = request(
        Guard(echo, authentication=Authentication(USERS.get, check, cookie_seconds=60)),
        "POST",
        "/login",
    )
    cookies = [value for name, value in sent[0]["headers"] if name == b"set-cookie"]
    plain = b"access-token-unsecure-abc=TOKEN; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    assert cookies == [plain]
    guard = Guard(
        echo, hosts=PROXIED, authentication=Authentication(USERS.get, check, cookie_seconds=60)
    )
    sent = request(guard, "POST", "/login", host=b"news.example")
    (cookie,) = [value for name, value in sent[0]["headers"] if name == b"set-cookie"]
    assert cookie == plain.replace(b"Path=/", b"Path=/desk/") + b"; Secure"
    assert headers_of(sent)["strict-transport-security"] == "max-age=31536000"


def test_logging_out_takes_the_cookie_away() -> None:
    given = [(b"set-cookie", b'access-token-unsecure-abc=""; expires=Thu, 01 Jan; Max-Age=0')]
    headers = dict(response_headers(given, cookie_seconds=60))
    assert b"=; Path=/; Max-Age=0; HttpOnly" in headers[b"set-cookie"]


def test_the_policy_of_the_page_names_no_other_place() -> None:
    policy = page_policy("n").decode()
    assert "form-action 'none'" in policy
    assert not re.search(r"\*|https?:|//", policy)


# Stopping.


def test_a_guard_that_stops_takes_nothing_new() -> None:
    guard = Guard(echo)
    guard.stop_taking()
    for method, path in (("GET", "/"), ("POST", JOIN), ("POST", "/mcp"), ("POST", "/login")):
        sent = request(guard, method, path)
        assert (status_of(sent), "retry-after" in headers_of(sent)) == (503, True)
    for path in ("/gradio_api/queue/data", "/health", "/assets/a.js"):
        assert status_of(request(guard, path=path)) == 200


def test_streams_end_when_the_server_stops() -> None:
    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        await echo(scope, receive, send)
        assert message == {"type": "http.disconnect"}

    async def run() -> list[Message]:
        guard = Guard(waits)
        sent: list[Message] = []

        async def receive() -> Message:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"host", b"localhost")]
        path = "/gradio_api/heartbeat/a"
        scope = {"type": "http", "method": "GET", "path": path, "headers": headers}
        task = asyncio.ensure_future(guard(scope, receive, send))
        await asyncio.sleep(0)
        assert guard.n_busy == 0
        guard.stop_taking()
        await task
        return sent

    assert status_of(asyncio.run(run())) == 200
