"""The served chat: its login, its health, and how it stops."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import pytest
from gradio_client import Client
from mcp import Client as ToolClient
from mcp.client.streamable_http import streamable_http_client

from onrecord import Article, HashEmbedder, Library
from rag.errors import SettingsError
from rag.settings import Settings
from ui.web.access.attempts import TRIES_BY_NAME
from ui.web.access.login import (
    Login,
    hash_password,
    write_users,
)
from ui.web.access.serving_options import Serving
from ui.web.chat.service import ChatService
from ui.web.serve import return_freed_memory, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Chat, StartChat


ROOT = Path(__file__).resolve().parents[3]


ARTICLE = Article("ferry", "Second ferry", "A second ferry takes 90 passengers.")


QUESTION = "how many passengers does the ferry take?"


PASSWORD = "correct horse battery"  # noqa: S105 - of nothing


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("server") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([ARTICLE])
    return folder


@pytest.fixture(scope="module")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("auth") / "users"
    hashed = hash_password(PASSWORD)
    write_users(path, {"ada": hashed, "bo": hashed})
    return path


def run_command(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "ui.cli.main", *arguments],
        input=typed,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_the_command_keeps_the_file(tmp_path: Path) -> None:
    options = ("--auth", str(tmp_path / "users"))
    made = run_command("user", "add", "ada", *options, typed=f"{PASSWORD}\n")
    assert (made.returncode, made.stdout, made.stderr) == (0, "ada may log in\n", "")
    again = run_command("user", "add", "ada", "--json", *options, typed=PASSWORD)
    assert (json.loads(again.stdout), again.stderr) == ({"replaced": "ada"}, "")
    none = run_command("user", "add", "ada", *options, typed="\n")
    assert (none.returncode, none.stderr.count("\n")) == (1, 1)
    assert "no password" in none.stderr
    assert Login(tmp_path / "users").check("ada", PASSWORD)
    short = run_command("user", "add", "bo", *options, typed="short\n")
    assert (short.returncode, short.stderr[:6], short.stderr.count("\n")) == (1, "Error:", 1)
    assert json.loads(run_command("user", "list", "--json", *options).stdout) == ["ada"]
    gone = run_command("user", "remove", "bo", *options)
    assert (gone.returncode, "no user 'bo'" in gone.stderr) == (1, True)
    assert run_command("user", "remove", "ada", *options).returncode == 0
    nobody = run_command("serve", "--port", "0", *options)
    assert (nobody.returncode, "names nobody" in nobody.stderr) == (1, True)


def test_a_login_that_cannot_be_used_is_told_before_anything_is_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(ChatService, "warm_up", loaded.append)
    with pytest.raises(SettingsError, match="password file"):
        serve(Settings(library=tmp_path), serving=Serving(port=0, auth=tmp_path / "none"))
    assert loaded == []


def test_the_command_refuses_others_without_a_login() -> None:
    refused = run_command("serve", "--host", "0.0.0.0")  # noqa: S104
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "--auth" in refused.stderr


def test_the_command_refuses_a_reader_that_is_not_there(tmp_path: Path) -> None:
    refused = run_command("serve", "--port", "0", "--reader", str(tmp_path / "none"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "reader" in refused.stderr


def wait_until(is_so: object, seconds: float = 30) -> None:
    assert callable(is_so)
    for _ in range(int(seconds * 100)):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


@pytest.fixture(scope="module")
def chat(folder: Path, auth: Path, start_chat: StartChat) -> Iterator[Chat]:
    chat = start_chat(folder, "--auth", str(auth))
    yield chat
    assert chat.stop(signal.SIGTERM) == (0, ["Stopped."])


def fetch(
    chat: Chat, method: str, path: str, body: str = "", **headers: str
) -> tuple[int, dict[str, str], str]:
    connection = HTTPConnection(urlsplit(chat.address).netloc, timeout=30)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body or None, named)
    response = connection.getresponse()
    found = (
        response.status,
        {name.lower(): value for name, value in response.getheaders()},
        response.read().decode(),
    )
    connection.close()
    return found


def log_in(chat: Chat, name: str, password: str, **headers: str) -> tuple[int, str]:
    headers["Content_Type"] = "application/x-www-form-urlencoded"
    body = f"username={name}&password={password.replace(' ', '+')}"
    status, headers, _ = fetch(chat, "POST", "/login", body, **headers)
    return status, headers.get("set-cookie", "")


@pytest.mark.slow
def test_without_a_login_there_is_a_form_and_nothing_else(chat: Chat) -> None:
    status, headers, page = fetch(chat, "GET", "/")
    assert (status, '<form id="login">' in page) == (200, True)
    assert "/read_article" not in page
    assert "'nonce-" in headers["content-security-policy"]
    behind = ("/config", "/theme.css", "/static/x.js", "/assets/x.js", "/v1/models", "/mcp")
    for path in (*behind, "/gradio_api/info", "/gradio_api/heartbeat/a"):
        assert fetch(chat, "GET", path)[0] == 401
    for path in ("/openapi.json", "/gradio_api/openapi.json"):
        assert fetch(chat, "GET", path)[0] == 404
    with pytest.raises(ValueError, match=r"authenticat|Could not"):
        Client(chat.address, verbose=False, analytics_enabled=False)


@pytest.mark.slow
def test_a_login_opens_the_chat(chat: Chat) -> None:
    status, cookie = log_in(chat, "ada", PASSWORD)
    assert (status, cookie.count("access-token")) == (200, 1)
    assert "; HttpOnly; SameSite=Lax" in cookie
    cookie = cookie.partition(";")[0]
    status, _, config = fetch(chat, "GET", "/config", Cookie=cookie)
    assert (status, json.loads(config)["username"]) == (200, "ada")
    assert "/read_article" in fetch(chat, "GET", "/", Cookie=cookie)[2]
    # A session that somebody planted before the login opens nothing after it.
    name, _, token = cookie.partition("=")
    planted = f"{name}={'a' * len(token)}"
    status, given = log_in(chat, "ada", PASSWORD, Cookie=planted)
    assert (status, given.startswith(planted)) == (200, False)
    assert fetch(chat, "GET", "/config", Cookie=planted)[0] == 401
    evil = "http://evil.example"
    assert fetch(chat, "GET", "/config", Cookie=cookie, Origin=evil)[0] == 403
    assert fetch(chat, "GET", "/config", Cookie=cookie, Host="evil.example")[0] == 403
    status, headers, _ = fetch(chat, "GET", "/logout", Cookie=cookie)
    assert (status, "Max-Age=0" in headers["set-cookie"]) == (302, True)
    assert fetch(chat, "GET", "/config", Cookie=cookie)[0] == 401


@pytest.mark.slow
def test_gradio_client_logs_in(chat: Chat) -> None:
    client = Client(
        chat.address,
        auth=("ada", PASSWORD),
        verbose=False,
        download_files=False,
        analytics_enabled=False,
    )
    assert "90 passengers" in client.predict(QUESTION, api_name="/ask")["text"]
    client.close()


@pytest.mark.slow
def test_a_tool_client_sends_its_password(chat: Chat) -> None:
    async def ask(password: str) -> object:
        secret = base64.b64encode(f"ada:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {secret}"}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{chat.address}/mcp", http_client=http)
            async with ToolClient(transport) as client:
                return (await client.call_tool("ask", {"question": QUESTION})).structured_content

    assert "90 passengers" in str(asyncio.run(ask(PASSWORD)))
    with pytest.raises(BaseException, match=r".") as caught:
        asyncio.run(ask("a wrong password"))
    assert "90 passengers" not in str(caught.value)


@pytest.mark.slow
def test_guessing_is_slowed_down(chat: Chat) -> None:
    _, cookie = log_in(chat, "bo", PASSWORD)
    answers = [log_in(chat, "bo", "a wrong password")[0] for _ in range(TRIES_BY_NAME)]
    assert set(answers) == {400}
    assert log_in(chat, "bo", PASSWORD) == (429, "")
    assert log_in(chat, "ada", PASSWORD)[0] == 200
    # Whoever is logged in goes on, and may log in again.
    cookie = cookie.partition(";")[0]
    assert fetch(chat, "GET", "/config", Cookie=cookie)[0] == 200
    form = "application/x-www-form-urlencoded"
    body = f"username=bo&password={PASSWORD.replace(' ', '+')}"
    assert fetch(chat, "POST", "/login", body, Content_Type=form, Cookie=cookie)[0] == 200
    elsewhere = {"X-Forwarded-For": "192.0.2.8"}
    assert fetch(chat, "POST", "/login", body, Content_Type=form, **elsewhere)[0] == 200


@pytest.mark.slow
def test_anybody_may_ask_whether_it_is_well(chat: Chat) -> None:
    status, _, body = fetch(chat, "GET", "/health")
    assert (status, json.loads(body)) == (
        200,
        {"status": "ok", "answers_running": 0, "questions_waiting": 0},
    )


@pytest.mark.slow
def test_a_chat_without_a_library_is_not_well(
    tmp_path: Path, folder: Path, start_chat: StartChat
) -> None:
    missing = tmp_path / "library"
    chat = start_chat(missing)
    status, _, body = fetch(chat, "GET", "/health")
    assert (status, json.loads(body)["fault"]) == (503, "LibraryNotFoundError")
    assert str(tmp_path) not in body
    folder_copy = subprocess.run(["cp", "-r", str(folder), str(missing)], check=True)
    assert folder_copy.returncode == 0
    assert fetch(chat, "GET", "/health")[0] == 200
    with socket.create_connection((urlsplit(chat.address).hostname, urlsplit(chat.address).port)):
        pass
    heartbeat = HTTPConnection(urlsplit(chat.address).netloc, timeout=30)
    heartbeat.request("GET", "/gradio_api/heartbeat/abc")
    assert heartbeat.getresponse().status == 200
    assert chat.stop(signal.SIGINT) == (0, ["Stopped."])
    heartbeat.close()


@pytest.mark.slow
def test_answers_under_way_are_finished(folder: Path, start_chat: StartChat) -> None:
    chat = start_chat(folder)
    answers: list[str] = []
    begun = threading.Barrier(13)

    def ask() -> None:
        body = json.dumps({"question": QUESTION})
        path = "/gradio_api/call"
        headers = {"Content_Type": "application/json"}
        event = json.loads(fetch(chat, "POST", f"{path}/v2/ask", body, **headers)[2])["event_id"]
        connection = HTTPConnection(urlsplit(chat.address).netloc, timeout=30)
        connection.request("GET", f"{path}/ask/{event}")
        response = connection.getresponse()
        begun.wait(30)
        answers.append(response.read().decode())
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for thread in threads:
        thread.start()
    begun.wait(30)
    status, said = chat.stop(signal.SIGTERM)
    for thread in threads:
        thread.join(30)
    assert (status, said[-1]) == (0, "Stopped.")
    assert len(answers) == 12
    assert all("event: complete" in answer and "90 passengers" in answer for answer in answers)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [1.2, 3])
def test_it_stops_while_the_first_answer_is_prepared(
    folder: Path, start_chat: StartChat, seconds: float
) -> None:
    chat = start_chat(folder, "--reader", "default")
    time.sleep(seconds)
    assert chat.stop(signal.SIGTERM) == (0, ["Stopped."])


@pytest.mark.slow
def test_nothing_new_is_taken_while_it_stops(folder: Path, start_chat: StartChat) -> None:
    chat = start_chat(folder)
    # A page that has sent half of a request keeps the server waiting for the rest.
    slow = socket.create_connection(("127.0.0.1", urlsplit(chat.address).port), timeout=30)
    slow.sendall(
        b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
    )
    wait_until(lambda: fetch(chat, "GET", "/health")[0] == 200)
    chat.process.send_signal(signal.SIGTERM)
    assert chat.process.stderr
    assert chat.process.stderr.readline().startswith("Stopping: answers in progress may take 20 s")
    assert fetch(chat, "GET", "/")[0] == 503
    slow.close()
    _, rest = chat.process.communicate(timeout=60)
    assert (chat.process.returncode, rest.splitlines()) == (0, ["Stopped."])


@pytest.mark.slow
def test_others_are_served_while_one_besieges_it(chat: Chat) -> None:
    port = urlsplit(chat.address).port
    _, cookie = log_in(chat, "ada", PASSWORD)
    cookie = cookie.partition(";")[0]
    beginnings = (
        b"GET / HT",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\nuser",
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n"
        b"Content-Type: multipart/form-data; boundary=b\r\nCookie: %b\r\n\r\n--b\r\n"
        % cookie.encode(),
    )
    held = []
    for number in range(90):
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        connection.sendall(beginnings[number % 3])
        held.append(connection)
    form = "multipart/form-data; boundary=b"
    upload = (
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"'
        "\r\n\r\n# A\r\n--b--\r\n"
    )
    for _ in range(3):
        assert fetch(chat, "GET", "/health")[0] == 200
        assert fetch(chat, "GET", "/", Cookie=cookie)[0] == 200
        uploaded = fetch(
            chat, "POST", "/gradio_api/upload", upload, Cookie=cookie, Content_Type=form
        )
        assert uploaded[0] == 200
    for connection in held:
        connection.close()


TAKES_AND_FREES = """
import ctypes, sys
from ui.web.serve import return_freed_memory
if sys.argv[1] == "told":
    return_freed_memory()
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
library.free(library.malloc(16 << 20))  # from here on smaller blocks are not mapped
blocks = []
for size in (2 << 20, 1 << 17) * 40:
    blocks.append(library.malloc(size))
    library.memset(blocks[-1], 1, size)
for block in blocks[::2]:
    library.free(block)
with open("/proc/self/statm") as file:
    print(int(file.read().split()[1]) * 4096)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="tells memory by /proc")
def test_freed_memory_goes_back_to_the_system() -> None:
    left, told = (
        int(subprocess.check_output([sys.executable, "-c", TAKES_AND_FREES, way], cwd=ROOT))
        for way in ("left", "told")
    )
    assert told < left - (60 << 20)


def test_a_library_that_cannot_be_told_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())
    return_freed_memory()
