"""An OpenAI-compatible endpoint on this machine that behaves as badly as it is told to."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Request = dict[str, Any]
Behaviour = Callable[["Call"], object]


class Call(BaseHTTPRequestHandler):
    """One request to the endpoint, and what a behaviour can do with it."""

    protocol_version = "HTTP/1.1"
    server: EndpointServer
    request_json: Request
    chunked = False

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.request_json = json.loads(self.rfile.read(length))
        self.close_connection = True
        self.server.requests.append(self.request_json)
        self.server.keys.append(self.headers.get("Authorization", ""))
        try:
            self.server.behaviour(self)
        except OSError:
            self.server.cut_off.set()

    def do_GET(self) -> None:
        self.fail(404, "no such page")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def prompt(self) -> str:
        """All that the model is told, as one text."""
        return "\n".join(str(message["content"]) for message in self.request_json["messages"])

    def start(
        self,
        status: int = 200,
        kind: str = "text/event-stream",
        *,
        chunked: bool = False,
        **headers: str,
    ) -> None:
        self.chunked = chunked
        self.send_response(status)
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def say(self, text: str) -> None:
        """Send a part of the reply."""
        chunk = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "scripted",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}],
        }
        self.send(f"data: {json.dumps(chunk)}\n\n")

    def send(self, text: str) -> None:
        data = text.encode()
        if self.chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        self.wfile.write(data)
        self.wfile.flush()

    def finish(self) -> None:
        last = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "scripted",
            "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
        }
        self.send(f"data: {json.dumps(last)}\n\n")
        usage = {**last, "choices": [], "usage": USAGE}
        self.send(f"data: {json.dumps(usage)}\n\ndata: [DONE]\n\n")

    def answer(self, text: str, *, pieces: int = 7) -> None:
        """Stream a whole reply."""
        self.start()
        size = max(1, len(text) // pieces)
        for first in range(0, len(text), size):
            self.say(text[first : first + size])
        self.finish()

    def fail(self, status: int, message: str, **headers: str) -> None:
        body = json.dumps({"error": {"message": message, "type": "error", "code": str(status)}})
        self.start(status, "application/json", chunked=False, **headers)
        self.send(body)

    def reset(self) -> None:
        """Break the connection as a dying machine does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def hang(self) -> None:
        """Do nothing until the test is over or the caller has gone."""
        self.connection.settimeout(0.05)
        while not self.server.over.is_set():
            try:
                if not self.connection.recv(1):
                    self.server.cut_off.set()
                    return
            except TimeoutError:
                continue
            except OSError:
                self.server.cut_off.set()
                return


USAGE = {"prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366}


class EndpointServer(ThreadingHTTPServer):
    """The server behind a ``ScriptedEndpoint``."""

    daemon_threads = True
    behaviour: Behaviour

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.requests: list[Request] = []
        self.keys: list[str] = []
        self.over = threading.Event()
        self.cut_off = threading.Event()

    def handle_error(self, *_: object) -> None:
        """Callers that go away are what the tests are about."""


class ScriptedEndpoint:
    """A context in which the endpoint runs.

    Args:
        behaviour: What it does with each call; several are taken in turn, the last for all
            that follow.
    """

    def __init__(self, *behaviours: Behaviour) -> None:
        self._behaviours = list(behaviours)
        self.server = EndpointServer()
        self.server.behaviour = self._behave
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    @property
    def requests(self) -> list[Request]:
        return self.server.requests

    def __enter__(self) -> ScriptedEndpoint:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def _behave(self, call: Call) -> None:
        place = min(len(self.requests), len(self._behaviours)) - 1
        self._behaviours[place](call)


def reply_json(*claims: tuple[str, Iterable[int]], answered: bool = True) -> str:
    """Return a reply in the asked-for format."""
    listed = [{"text": text, "evidence": list(numbers)} for text, numbers in claims]
    return json.dumps({"answered": answered, "claims": listed})
