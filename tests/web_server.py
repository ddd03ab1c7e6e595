"""A web server on this machine for tests of fetching: it serves what it is told, and counts."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What the server says to a request.

    Attributes:
        status: HTTP status.
        headers: Sent as they are; a ``Content-Length`` is added unless ``chunks`` are sent.
        body: Sent whole.
        chunks: Sent one by one instead of a body, until the connection is closed.
        pause: Seconds before each chunk.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})
    chunks: Callable[[], Iterator[bytes]] | None = None
    pause: float = 0.0


@dataclass
class Request:
    """A request as it came in."""

    path: str
    headers: dict[str, str]


class WebServer:
    """A server whose pages are set by path.

    Attributes:
        pages: Path with query -> reply, or a function from the request to one. Others are 404.
        requests: All that came in, those for ``/robots.txt`` included.
        connections: How many connections were made at all.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[Request], Reply]] = {}
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        """Return where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """Return the paths that were asked for, but for ``/robots.txt``."""
        return [request.path for request in self.requests if request.path != "/robots.txt"]

    def reset(self) -> None:
        """Forget all pages and requests."""
        self.pages.clear()
        self.requests.clear()
        self.connections = 0

    def reply(self, request: Request) -> Reply:
        """Take note of a request and return what to say."""
        self.requests.append(request)
        page = self.pages.get(request.path, Reply(b"nothing here", 404))
        return page(request) if callable(page) else page


@contextmanager
def run_server(
    *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[WebServer]:
    """Run a server on a free port until the block ends."""
    web = WebServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            web.connections += 1
            super().setup()

        def do_GET(self) -> None:
            reply = web.reply(Request(self.path, dict(self.headers.items())))
            self.close_connection = True
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunks is None:
                if "Content-Length" not in reply.headers and reply.status not in {204, 304}:
                    self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.end_headers()
            for chunk in reply.chunks():
                time.sleep(reply.pause)
                self.wfile.write(chunk)
                self.wfile.flush()

        def log_message(self, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, *args: object) -> None:
            pass  # a client that hangs up is what some tests are about

    with Server((host, 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        web.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
