"""Serving the chat: who may use it, when it is busy, what it tells about itself, how it stops."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx2
import pytest
from gradio_client import Client
from mcp import Client as ToolClient
from mcp.client.streamable_http import streamable_http_client

from index import Article, HashEmbedder, Library
from rag import Settings
from rag.errors import SettingsError
from ui.web.access.listen import Serving
from ui.web.access.login import (
    MAX_ATTEMPTS,
    Attempts,
    Login,
    Sessions,
    check_name,
    hash_password,
    owner_of,
    read_users,
    turn_key,
    write_users,
)
from ui.web.access.queue import AnswerQueue, ServerBusyError
from ui.web.serve import serve

if TYPE_CHECKING:
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


# Where it may listen.


@pytest.mark.parametrize("host", ["10.0.0.1", "::", "0.0.0.0", "192.168.0.7"])  # noqa: S104
def test_others_need_a_login(host: str) -> None:
    with pytest.raises(SettingsError, match=r"others can reach the chat.*--auth FILE") as caught:
        Serving(host)
    assert "\n" not in str(caught.value)
    assert Serving(host, auth=Path("users")).hosts.open_to_others


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.3.2.1"])
def test_this_machine_does_not(host: str) -> None:
    assert not Serving(host).hosts.open_to_others


@pytest.mark.parametrize("host", ["example.org", "", "127.0.0.1.evil.example", "1.2.3.4.5"])
def test_a_host_is_an_address(host: str) -> None:
    with pytest.raises(SettingsError, match="is not an address"):
        Serving(host, auth=Path("users"))


@pytest.mark.parametrize(
    "url",
    [
        "news.example",
        "ftp://news.example",
        "https://",
        "https://ada:secret@news.example",
        "https://news.example/?a=1",
        "https://news.example/a/../b",
        "https://news.example:port",
        "https://news.example/a b",
        "https://news.example/\r\nX: y",
    ],
)
def test_a_public_url_is_plain(url: str) -> None:
    with pytest.raises(SettingsError, match="--public-url as"):
        Serving(auth=Path("users"), public_url=url)


def test_a_public_url_needs_a_login() -> None:
    with pytest.raises(SettingsError, match="with --public-url others"):
        Serving(public_url="https://news.example")
    hosts = Serving(auth=Path("users"), public_url="https://news.example/desk/").hosts
    assert (hosts.origin, hosts.path, hosts.secure) == ("https://news.example", "/desk", True)


def test_a_taken_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port}.*--port 0"):
            serve(Settings(), serving=Serving(port=port))


# The password file.


def test_a_password_is_kept_as_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "users"
    write_users(path, {"ada": hash_password(PASSWORD)})
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text(encoding="utf-8")
    assert list(read_users(path)) == ["ada"]
    assert list(tmp_path.iterdir()) == [path]
    login = Login(path)
    assert login.check("ada", PASSWORD)
    assert not login.check("ada", PASSWORD + " ")
    assert not login.check("bo", PASSWORD)
    assert not login.check("ada", "x" * 100_000)


@pytest.mark.parametrize("name", ["", "a:b", "a b", "-a", "a\n", "a" * 65, "ä", "../a", "#a"])
def test_a_user_has_a_plain_name(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be called"):
        check_name(name)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(SettingsError, match="10 to 1,024 characters"):
        hash_password(password)


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "users"
    write_users(path, {"ada": hash_password(PASSWORD)})
    for mode in (0o644, 0o660, 0o604):
        path.chmod(mode)
        with pytest.raises(SettingsError, match="chmod 600"):
            read_users(path)


@pytest.mark.parametrize("text", ["ada", "ada:secret", "ada:$5$x", ":$argon2id$x", "ä:$argon2id$"])
def test_a_line_that_is_no_user_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users"
    path.write_text(f"# who may\n\n{text}\n", encoding="utf-8")
    path.chmod(0o600)
    if text.startswith(":"):
        with pytest.raises(SettingsError, match="names nobody"):
            Login(path)
        return
    with pytest.raises(SettingsError, match="line 3 of the password file"):
        read_users(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="onrecord user add NAME"):
        read_users(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SettingsError, match="not a password file"):
            read_users(path)


def test_a_broken_hash_lets_nobody_in(tmp_path: Path) -> None:
    write_users(tmp_path / "users", {"ada": "$argon2id$v=19$m=65536"})
    assert not Login(tmp_path / "users").check("ada", "")


def test_wrong_passwords_are_counted(auth: Path) -> None:
    now = [0.0]
    login = Login(auth, Attempts(2, 10, lambda: now[0]))
    assert not login.check("ada", "wrong password")
    assert login.check("ada", PASSWORD)  # and the count starts anew
    assert [login.check("ada", "wrong password") for _ in range(2)] == [False, False]
    assert not login.check("ada", PASSWORD)
    assert login.check("bo", PASSWORD)
    now[0] = 10.0
    assert login.check("ada", PASSWORD)


def test_attempts_by_many_take_no_more_room() -> None:
    attempts = Attempts(1)
    for number in range(Attempts.MAX_KEYS + 50):
        assert attempts.take(f"{number}")
    assert not attempts.take(f"{Attempts.MAX_KEYS + 49}")
    attempts.give_back(f"{Attempts.MAX_KEYS + 49}")
    assert attempts.take(f"{Attempts.MAX_KEYS + 49}")
    assert attempts.take("0")  # the oldest was forgotten


def test_a_login_holds_until_the_file_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "users"
    first, second = hash_password(PASSWORD), hash_password(PASSWORD + "2")
    write_users(path, {"ada": first, "bo": first})
    now = [0.0]
    sessions = Sessions(Login(path), lifetime_seconds=100, capacity=3, clock=lambda: now[0])
    sessions["a"], sessions["b"] = "ada", "bo"
    assert (sessions.get("a"), sessions.get("b"), sessions.get("c")) == ("ada", "bo", None)
    write_users(path, {"ada": second, "bo": first})
    assert list(sessions) == ["b"]
    write_users(path, {"ada": second})
    assert list(sessions) == []
    sessions["d"] = "ada"
    now[0] = 100.0
    assert sessions.get("d") is None
    for token in "efgh":
        sessions[token] = "ada"
    assert list(sessions) == ["f", "g", "h"]
    path.unlink()
    assert sessions.get("h") is None


class QuestionState:
    def __init__(self, username: str | None, session_hash: str | None) -> None:
        self.username = username
        self.session_hash = session_hash


def test_an_owner_is_a_user_and_a_turn_has_one_at_least() -> None:
    assert owner_of(QuestionState("ada", "s")) == turn_key(QuestionState("ada", "s")) == "ada"
    assert owner_of(QuestionState(None, "s")) == owner_of(None) == ""
    assert turn_key(QuestionState(None, "s")) != turn_key(QuestionState(None, "t"))
    assert turn_key(QuestionState(None, "ada")) != "ada"


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


def test_the_command_refuses_others_without_a_login() -> None:
    refused = run_command("serve", "--host", "0.0.0.0")  # noqa: S104
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "--auth" in refused.stderr


def test_the_command_refuses_a_reader_that_is_not_there(tmp_path: Path) -> None:
    refused = run_command("serve", "--port", "0", "--reader", str(tmp_path / "none"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "reader" in refused.stderr


# Taking turns.


class Turns:
    """Threads that take turns, and the order in which they got them."""

    def __init__(self, queue: AnswerQueue) -> None:
        self._queue = queue
        self._threads: list[threading.Thread] = []
        self._gates: dict[str, threading.Event] = {}
        self.began: list[str] = []
        self.busy: list[str] = []

    def ask(self, owner: str, number: int = 1) -> None:
        """Have an owner ask, and wait until that stands in the queue."""
        before = sum(self._queue.count()) + len(self.busy)
        name = f"{owner}{number}"
        self._gates[name] = threading.Event()
        thread = threading.Thread(target=self._take, args=(owner, name))
        self._threads.append(thread)
        thread.start()
        wait_until(lambda: sum(self._queue.count()) + len(self.busy) > before)

    def finish(self, name: str) -> None:
        """Let a turn end that has begun."""
        wait_until(lambda: name in self.began)
        self._gates[name].set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _take(self, owner: str, name: str) -> None:
        try:
            with self._queue.turn(owner):
                self.began.append(name)
                self._gates[name].wait(30)
        except ServerBusyError as error:
            self.busy.append(name if str(error).startswith("busy: ") else str(error))


def wait_until(is_so: object, seconds: float = 30) -> None:
    assert callable(is_so)
    for _ in range(int(seconds * 100)):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def test_owners_take_turns() -> None:
    turns = Turns(AnswerQueue(at_once=1, max_per_owner=4))
    for number in range(1, 4):
        turns.ask("a", number)
    turns.ask("b")
    turns.ask("c")
    for name in ("a1", "a2", "b1", "c1", "a3"):
        turns.finish(name)
    turns.join()
    assert turns.began == ["a1", "a2", "b1", "c1", "a3"]


def test_nobody_takes_all_places() -> None:
    queue = AnswerQueue(at_once=1, max_waiting=10, max_per_owner=2)
    turns = Turns(queue)
    for number in range(1, 5):
        turns.ask("a", number)
    assert turns.busy == ["a3", "a4"]
    turns.ask("b")
    assert queue.count() == (1, 2)
    for name in ("a1", "a2", "b1"):
        turns.finish(name)
    turns.join()


def test_a_full_queue_says_so() -> None:
    queue = AnswerQueue(at_once=2, max_waiting=1)
    turns = Turns(queue)
    for owner in "abcd":
        turns.ask(owner)
    assert (turns.busy, queue.count()) == (["d1"], (2, 1))
    for name in ("a1", "b1", "c1"):
        turns.finish(name)
    turns.join()
    assert queue.count() == (0, 0)


def test_waiting_has_an_end_and_a_lost_turn_too() -> None:
    queue = AnswerQueue(at_once=1, max_wait_seconds=0.05)
    with queue.turn("a"), pytest.raises(ServerBusyError, match=r"within 0\.05 s"), queue.turn("b"):
        pass
    assert queue.count() == (0, 0)
    forgetful = AnswerQueue(at_once=1, max_turn_seconds=0.01)
    with forgetful.turn("a"):
        time.sleep(0.02)
        with forgetful.turn("b"):
            assert forgetful.count() == (1, 0)


def test_an_error_gives_the_turn_back() -> None:
    queue = AnswerQueue(at_once=1)
    with pytest.raises(RuntimeError), queue.turn("a"):
        raise RuntimeError
    with queue.turn("a"):
        assert queue.count() == (1, 0)
    with pytest.raises(ValueError, match="room"):
        AnswerQueue(at_once=0)


# The served chat, with a login.


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


def log_in(chat: Chat, name: str, password: str) -> tuple[int, str]:
    form = "application/x-www-form-urlencoded"
    body = f"username={name}&password={password.replace(' ', '+')}"
    status, headers, _ = fetch(chat, "POST", "/login", body, Content_Type=form)
    return status, headers.get("set-cookie", "")


@pytest.mark.slow
def test_without_a_login_there_is_a_form_and_nothing_else(chat: Chat) -> None:
    status, headers, page = fetch(chat, "GET", "/")
    assert (status, '"auth_required":true' in page) == (200, True)
    assert "/read_article" not in page
    assert "'nonce-" in headers["content-security-policy"]
    for path in ("/config", "/gradio_api/info", "/gradio_api/heartbeat/a"):
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
    answers = [log_in(chat, "bo", "a wrong password")[0] for _ in range(MAX_ATTEMPTS)]
    assert set(answers) == {400}
    assert log_in(chat, "bo", PASSWORD) == (400, "")
    assert log_in(chat, "ada", PASSWORD)[0] == 200


@pytest.mark.slow
def test_anybody_may_ask_whether_it_is_well(chat: Chat) -> None:
    status, _, body = fetch(chat, "GET", "/health")
    assert (status, json.loads(body)) == (
        200,
        {"status": "ok", "answers_running": 0, "questions_waiting": 0},
    )


# Without a library, and stopping.


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
