"""The chat: what its server lets in and out, what it says, and the page in a real browser."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from index import Article, HashEmbedder, Library
from index.errors import SettingsError
from rag import Assistant, Settings
from ui.web import MAX_EXCHANGES, Desk, Exchange, render_conversation, serve
from ui.web_guard import MAX_REQUEST_BYTES, Guard, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
PAYLOAD = (
    "<img src=x onerror=pwned()><script>pwned()</script>"
    "{{constructor.constructor('pwned()')()}} ${pwned()} `x` [7] https://example.org/x.png"
)
ARTICLES = (
    Article(
        article_id="ferry",
        title=f"Second ferry {PAYLOAD}",
        text="A second ferry began to cross Saltmere harbour. It takes 90 passengers.\n\n"
        f"The fare is nothing. {PAYLOAD}",
        source="javascript:pwned()",
        published=date(2025, 3, 20),
        outlet=f"Corvane {PAYLOAD}",
    ),
    Article(
        article_id="bridge",
        title="Bridge stays shut",
        text="The Tollen Bridge stays shut until May, inspector Ola Brandt said.",
        published=date(2025, 3, 4),
    ),
)
QUESTION = "how many passengers does the ferry take?"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(ARTICLES)
    return folder


# The guard, before an application that echoes what it gets.


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.startup.complete"})
        return
    body = b""
    if scope["method"] == "POST":
        message = await receive()
        body = message["body"]
        assert not message["more_body"]
    headers = [(b"x-frame-options", b"ALLOWALL"), (b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def ask_guard(
    method: str = "GET",
    path: str = "/",
    *,
    host: bytes = b"127.0.0.1:7860",
    origin: bytes | None = None,
    body: tuple[bytes, ...] = (b"",),
    kind: str = "http",
) -> list[Message]:
    """Return what the guard sends in answer to a request."""
    headers = [(b"host", host), *([(b"origin", origin)] if origin is not None else [])]
    parts = [
        {"type": "http.request", "body": part, "more_body": number < len(body)}
        for number, part in enumerate(body, 1)
    ]
    sent: list[Message] = []

    async def receive() -> Message:
        return parts.pop(0) if parts else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": kind, "method": method, "path": path, "headers": headers}
    asyncio.run(Guard(echo)(scope, receive, send))
    return sent


def status_of(sent: list[Message]) -> int:
    return int(sent[0]["status"])


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/theme.css",
        "/favicon.ico",
        "/assets/index-DphvyggB.js",
        "/static/fonts/a b.woff2".replace(" ", "-"),
        "/gradio_api/queue/data",
        "/gradio_api/heartbeat/abc123",
    ],
)
def test_the_guard_lets_the_page_through(path: str) -> None:
    assert status_of(ask_guard(path=path)) == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/gradio_api/upload", 404),
        ("GET", "/gradio_api/proxy=https://example.org/", 404),
        ("GET", "/gradio_api/file=/etc/passwd", 404),
        ("GET", "/gradio_api/info", 404),
        ("GET", "/gradio_api/runs", 404),
        ("GET", "/gradio_api/run-history/records", 404),
        ("POST", "/gradio_api/run/ask", 404),
        ("POST", "/gradio_api/component_server", 404),
        ("GET", "/monitoring", 404),
        ("GET", "/login", 404),
        ("GET", "/llms.txt", 404),
        ("GET", "/assets/../../secret", 404),
        ("GET", "/static/%2e%2e/secret", 404),
        ("GET", "/assets/x\n", 404),
        ("POST", "/", 404),
        ("PUT", "/", 405),
        ("OPTIONS", "/", 405),
    ],
)
def test_the_guard_knows_no_other_route(method: str, path: str, status: int) -> None:
    assert status_of(ask_guard(method, path)) == status


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        (b"localhost:7860", None, 200),
        (b"[::1]:7860", None, 200),
        (b"127.0.0.2", None, 200),
        (b"127.0.0.1:7860", b"http://127.0.0.1:7860", 200),
        (b"127.0.0.1:7860", b"http://localhost:7860", 403),
        (b"127.0.0.1:7860", b"http://127.0.0.1:9999", 403),
        (b"127.0.0.1:7860", b"https://evil.example", 403),
        (b"127.0.0.1:7860", b"null", 403),
        (b"evil.example:7860", None, 403),
        (b"127.0.0.1.evil.example", None, 403),
        (b"", None, 403),
    ],
)
def test_the_guard_answers_this_machine_only(
    host: bytes, origin: bytes | None, status: int
) -> None:
    assert status_of(ask_guard(host=host, origin=origin)) == status
    joining = ask_guard("POST", "/gradio_api/queue/join", host=host, origin=origin)
    assert status_of(joining) == status


def test_the_guard_passes_small_bodies_on_and_refuses_large_ones() -> None:
    route = ("POST", "/gradio_api/queue/join")
    sent = ask_guard(*route, body=(b"one", b"", b"two"))
    assert (status_of(sent), sent[1]["body"]) == (200, b"onetwo")
    largest = b"x" * MAX_REQUEST_BYTES
    assert status_of(ask_guard(*route, body=(largest,))) == 200
    assert status_of(ask_guard(*route, body=(largest, b"x"))) == 413


@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_every_response_has_strict_headers(path: str) -> None:
    headers = [pair for pair in ask_guard(path=path)[0]["headers"] if pair[0] != b"connection"]
    named = dict(headers)
    assert len(named) == len(headers)
    policy = named[b"content-security-policy"].decode()
    assert "default-src 'self'" in policy
    assert "script-src-attr 'none'" in policy
    assert not re.search(r"https?:|\*", policy)
    assert named[b"x-frame-options"] == b"DENY"


def test_the_guard_has_no_web_sockets_and_passes_the_start_on() -> None:
    assert ask_guard(kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert ask_guard(kind="lifespan") == [{"type": "lifespan.startup.complete"}]


# What the chat says, without a page.


def talk(desk: Desk, *questions: str) -> tuple[Exchange, ...]:
    conversation: tuple[Exchange, ...] = ()
    for question in questions:
        conversation = list(desk.answer(question, conversation))[-1]
    return conversation


def test_the_chat_answers_with_citations(library: Path) -> None:
    desk = Desk(library, Settings())
    (exchange,) = talk(desk, QUESTION)
    desk.close()
    assert exchange.question == QUESTION
    assert "90 passengers" in exchange.text
    assert '<a class="mark" href="#a1-1">[1]</a>' in exchange.page
    assert "<mark>" in exchange.page


def test_a_follow_up_knows_the_conversation(library: Path) -> None:
    with Assistant(library) as assistant:
        conversation = talk(Desk(assistant, Settings()), QUESTION, "and what is the fare?")
        alone = assistant.ask("and what is the fare?")
        together = assistant.ask("and what is the fare?", [{"role": "user", "text": QUESTION}])
    assert [exchange.number for exchange in conversation] == [1, 2]
    assert conversation[1].text == together.text
    assert together.standalone_question != alone.standalone_question
    assert 'href="#a2-1"' in conversation[1].page


def test_a_long_conversation_forgets_its_start(library: Path) -> None:
    with Assistant(library) as assistant:
        conversation = talk(Desk(assistant, Settings()), *[QUESTION] * (MAX_EXCHANGES + 3))
    assert len(conversation) == MAX_EXCHANGES
    assert conversation[-1].number == MAX_EXCHANGES + 3


@pytest.mark.parametrize("question", ["", "  ", "x" * 2001, "<script>" * 300])
def test_an_impossible_question_is_a_notice(library: Path, question: str) -> None:
    with Assistant(library) as assistant:
        (exchange,) = talk(Desk(assistant, Settings()), question)
    assert exchange.page.startswith('<p class="error">the question')
    assert exchange.text == ""
    assert len(exchange.question) <= 2000
    assert "<script" not in render_conversation((exchange,))


def test_a_missing_library_is_found_once_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    desk = Desk(folder, Settings())
    assert "run &#x27;onrecord add ARTICLES" in desk.status()
    (exchange,) = talk(desk, QUESTION)
    assert "no library at" in exchange.page
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        assert "The library is empty" in desk.status()
        opened.add(ARTICLES)
    assert "2 articles, 4 March 2025 to 20 March 2025." in desk.status()
    assert "90 passengers" in talk(desk, QUESTION)[0].text
    desk.close()


def test_a_question_cannot_be_markup() -> None:
    page = render_conversation((Exchange(1, PAYLOAD, "", ""),))
    assert not re.search(r"<(?:img|script)|[`{}$]", page)


@pytest.mark.parametrize("host", ["10.0.0.1", "::", "192.168.0.7", "example.org", ""])
def test_other_hosts_are_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="on this machine only"):
        serve(Settings(), host=host)


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port}.*--port 0"):
            serve(Settings(), port=port)


# The chat as it is served.


@pytest.fixture(scope="module")
def chat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a library with hostile articles by the real command; give the address."""
    folder = tmp_path_factory.mktemp("chat") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(ARTICLES)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("ONRECORD_")}
    command = [sys.executable, "-m", "ui.cli", "serve", "--port", "0", "--library", str(folder)]
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    line = process.stderr.readline()
    address = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert address, line
    yield address[0]
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 0
    assert rest.splitlines() == ["Stopped."]


def fetch(address: str, **headers: str) -> str:
    with urlopen(Request(address, headers=headers), timeout=30) as response:  # noqa: S310 - ours
        return str(response.read().decode())


@pytest.mark.slow
def test_the_page_loads_nothing_from_elsewhere(chat: str) -> None:
    page = fetch(chat)
    assert not re.search(r"<(?:script|link|img|iframe)[^>]*(?:src|href)=[\"']?(?:https?:)?//", page)
    for sheet in ("theme.css", *re.findall(r"\./(assets/[\w.-]+\.css)", page)):
        assert not re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", fetch(chat + sheet)), (
            sheet
        )
    config = json.loads(fetch(chat + "config"))
    assert config["analytics_enabled"] is False
    assert not config.get("is_space")
    assert not config.get("footer_links")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["gradio_api/info", "gradio_api/file=/etc/passwd", "docs"])
def test_the_server_has_no_other_doors(chat: str, path: str) -> None:
    with ExitStack() as stack:
        caught = stack.enter_context(pytest.raises(HTTPError))
        fetch(chat + path)
    assert caught.value.code == 404
    caught.value.close()


@pytest.fixture
def page(chat: str) -> Iterator[Page]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing; run 'apt-get install chromium'")
        pytest.skip("chromium is missing; run 'apt-get install chromium' to run this test")
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run"
        " --disable-background-networking --disable-component-update --disable-sync"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags.split())
        page = browser.new_page()
        page.add_init_script("window.calls = 0; window.pwned = () => { window.calls += 1; };")
        page.goto(chat)
        yield page
        browser.close()


@pytest.mark.browser
@pytest.mark.slow
def test_the_chat_in_a_browser(chat: str, page: Page) -> None:
    requested: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.reload()
    page.get_by_text("2 articles, 4 March 2025 to 20 March 2025.").wait_for()

    box = page.get_by_placeholder("Ask the articles")
    box.fill(QUESTION)
    box.press("Enter")
    page.locator(".sources li").first.wait_for()
    assert "It takes 90 passengers. [1]" in page.locator(".onrecord .text").inner_text()
    source = page.locator("#a1-1")
    assert "Second ferry <img src=x onerror=pwned()>" in source.locator("cite").inner_text()
    assert "(7)" in source.locator("cite").inner_text()
    assert "20 March 2025" in source.inner_text()

    page.locator("a.mark").first.click()
    assert page.url == f"{chat}#a1-1"
    assert not source.locator("mark").is_visible()
    source.locator("summary").click()
    assert "90 passengers" in source.locator("mark").inner_text()
    assert "${pwned()} `x` (7)" in source.locator(".article").inner_text()

    box.fill(f"when does the bridge open? {PAYLOAD}")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.locator("#a2-1").wait_for()
    assert page.locator(".question").count() == 2
    assert PAYLOAD.replace("[7]", "(7)") in page.locator(".question").last.inner_text()

    assert page.evaluate("window.calls") == 0
    assert page.locator(".onrecord :is(img, script, iframe, form, style)").count() == 0
    assert page.locator(".onrecord a:not([href^='#a'])").count() == 0
    page.get_by_role("button", name="Start over").click()
    page.locator(".question").first.wait_for(state="detached")

    foreign = [url for url in requested if not url.startswith((chat, "data:", "blob:"))]
    assert foreign == []
    assert complaints == []


def test_the_fixtures_are_hostile() -> None:
    fields: dict[str, Any] = {name: getattr(ARTICLES[0], name) for name in ("title", "outlet")}
    assert all(PAYLOAD in value for value in fields.values())
