"""A served chat under siege: half-open connections, slow and endless uploads, wrong passwords.

Starts ``onrecord serve`` with a login on a small library, attacks it from this machine in several
ways, and meanwhile asks for ``/health``, a page and an answer as somebody else. Prints a line for
each attack: the slowest of those requests, how many failed, and the server's memory afterwards.

    python -m benchmarks.safety.siege
"""

from __future__ import annotations

import argparse
import base64
import json
import multiprocessing
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks.child import read_memory
from index.encoding.encoders import HashEmbedder
from index.library import Library
from index.types import Article
from ui.web.access.login import hash_password, write_users

PASSWORD = "a long enough password"  # noqa: S105 - of nothing
QUESTION = {"question": "how many passengers does the ferry take?"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def main() -> None:
    """Attack a server of our own and report what others noticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=1_100)
    parser.add_argument("--uploads", type=int, default=100)
    parser.add_argument("--logins", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each attack")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, _serve(Path(place)) as (process, port):
        bystander = Bystander(port)
        for _ in range(20):
            bystander.look()
        before = read_memory(process.pid)
        print(f"quiet: slowest {bystander.slowest():.2f} s, {before >> 20} MiB")
        attacks: tuple[tuple[str, Callable[[int, float], object]], ...] = (
            (f"{given.connections:,} half-open connections", _Holding(given.connections, b"GET")),
            (
                f"{given.connections:,} bodies that never end",
                _Holding(given.connections, _head("POST", "/login", "Content-Length: 100")),
            ),
            (
                f"{given.uploads:,} slow uploads",
                _Holding(given.uploads, _upload_head(bystander.cookie), trickle=True),
            ),
            ("chunked uploads of 200 MB", _ChunkedUpload(bystander.cookie)),
            (f"{given.logins:,} wrong passwords", _Logins(given.logins)),
        )
        for name, attack in attacks:
            bystander.times.clear()
            bystander.failed.clear()
            ended = threading.Event()
            watching = threading.Thread(target=bystander.watch, args=(ended,))
            watching.start()
            attacker = multiprocessing.get_context("spawn").Process(
                target=attack, args=(port, given.seconds)
            )
            attacker.start()
            attacker.join()
            ended.set()
            watching.join()
            time.sleep(3)
            after = read_memory(process.pid)
            print(
                f"{name}: {len(bystander.times)} requests of others, slowest"
                f" {bystander.slowest():.2f} s, {len(bystander.failed)} failed"
                f" {sorted(set(bystander.failed))}; {after >> 20} MiB"
                f" ({100 * (after / before - 1):+.0f} %)"
            )


class Bystander:
    """Somebody who is logged in and goes on reading."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.times: list[float] = []
        self.failed: list[str] = []
        body = f"username=ada&password={PASSWORD.replace(' ', '+')}"
        status, headers, _ = _request(port, "POST", "/login", body, FORM)
        assert status == 200, status
        self.cookie = headers["set-cookie"].partition(";")[0]

    def watch(self, ended: threading.Event) -> None:
        """Use the chat until told to stop."""
        while not ended.is_set():
            self.look()

    def look(self) -> None:
        """Ask for health, the page, an upload and an answer."""
        cookie = {"Cookie": self.cookie}
        secret = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
        tool = {
            "Authorization": f"Basic {secret}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
        }
        call = {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "ask", "arguments": QUESTION},
        }
        upload = (
            '--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
            "# A\n\ntext\r\n--b--\r\n"
        )
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        for method, path, body, headers in (
            ("GET", "/health", "", {}),
            ("GET", "/", "", cookie),
            ("POST", "/gradio_api/upload", upload, cookie | form),
            ("POST", "/mcp", json.dumps(call), cookie | tool),
        ):
            began = time.monotonic()
            try:
                status = _request(self.port, method, path, body, headers)[0]
            except (OSError, HTTPException) as error:
                self.failed.append(f"{path}: {type(error).__name__}")
            else:
                if status != 200:
                    self.failed.append(f"{path}: {status}")
            self.times.append(time.monotonic() - began)
            time.sleep(0.02)

    def slowest(self) -> float:
        """Return the longest that a request took, in seconds."""
        return max(self.times, default=0.0)


class _Holding:
    """Opens connections, sends a beginning on each, and holds them open; makes up for lost ones."""

    def __init__(self, count: int, beginning: bytes, *, trickle: bool = False) -> None:
        self._count = count
        self._beginning = beginning
        self._trickle = trickle

    def __call__(self, port: int, seconds: float) -> None:
        held: list[socket.socket] = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while len(held) < self._count:
                with suppress(OSError):
                    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
                    connection.sendall(self._beginning)
                    held.append(connection)
            alive = []
            for connection in held:
                try:
                    connection.settimeout(0)
                    if self._trickle:
                        connection.send(b"x")
                    elif connection.recv(1000) == b"":
                        raise ConnectionResetError
                except BlockingIOError:
                    pass
                except OSError:
                    connection.close()
                    continue
                alive.append(connection)
            held = alive
            time.sleep(0.2)
        for connection in held:
            connection.close()


class _ChunkedUpload:
    """Sends far more than its header says, several times."""

    def __init__(self, cookie: str) -> None:
        self._cookie = cookie

    def __call__(self, port: int, seconds: float) -> None:
        end = time.monotonic() + seconds
        head = _upload_head(self._cookie, "Transfer-Encoding: chunked", length=10)
        part = b"x" * 1_000_000
        while time.monotonic() < end:
            with (
                suppress(OSError),
                socket.create_connection(("127.0.0.1", port), timeout=5) as one,
            ):
                one.sendall(head)
                for _ in range(210):
                    one.sendall(b"%x\r\n%s\r\n" % (len(part), part))


class _Logins:
    """Guesses passwords, of one user and of many."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __call__(self, port: int, seconds: float) -> None:
        del seconds

        def guess(number: int) -> int:
            name = "ada" if number % 2 else f"user{number}"
            try:
                return _request(port, "POST", "/login", f"username={name}&password=x", FORM)[0]
            except (OSError, HTTPException):
                return 0

        with ThreadPoolExecutor(16) as pool:
            statuses = list(pool.map(guess, range(self._count)))
        print({status: statuses.count(status) for status in sorted(set(statuses))})


def _head(method: str, path: str, *more: str) -> bytes:
    lines = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *more, "", "")
    return "\r\n".join(lines).encode()


def _upload_head(cookie: str, *more: str, length: int = 60_000_000) -> bytes:
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
    head = _head(
        "POST",
        "/gradio_api/upload",
        f"Cookie: {cookie}",
        "Content-Type: multipart/form-data; boundary=b",
        f"Content-Length: {length}",
        *more,
    )
    return head + (b"%x\r\n%s\r\n" % (len(part), part) if more else part)


def _request(
    port: int, method: str, path: str, body: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body or None, headers)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return response.status, found, response.read()
    finally:
        connection.close()


@contextmanager
def _serve(place: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with Library.create(place / "library", embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Second ferry", "A second ferry takes 90 passengers.")])
    write_users(place / "users", {"ada": hash_password(PASSWORD)})
    command = [sys.executable, "-m", "onrecord", "serve", "--port", "0", "--reader", "none"]
    process = subprocess.Popen(
        [*command, "--library", str(place / "library"), "--auth", str(place / "users")],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr
    found = re.search(r":(\d+)/", process.stderr.readline())
    assert found
    threading.Thread(target=process.stderr.read, daemon=True).start()
    try:
        yield process, int(found[1])
    finally:
        process.terminate()
        process.wait(30)


if __name__ == "__main__":
    main()
