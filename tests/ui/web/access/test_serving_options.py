"""Where the chat may listen, and which names it answers to."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from rag import Settings
from rag.errors import SettingsError
from ui.web.access.serving_options import Serving
from ui.web.serve import serve


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
