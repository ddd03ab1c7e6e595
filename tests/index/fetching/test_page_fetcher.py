"""Fetching pages: what is taken, what is not, and how politely it is asked for."""

from __future__ import annotations

import gzip
import itertools
import re
import socket
import ssl
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trustme

from index.errors import FetchError
from index.fetching.connect import user_agent
from index.fetching.fetch_sources import NotModified, fetch_sources
from index.fetching.page_fetcher import FetchedPage, Fetcher, FetchLimits
from index.fetching.page_validators import PageValidators
from index.fetching.politeness import Pace
from index.fetching.web_address import read_address
from index.formats.files import SourceFile
from index.formats.media_types import choose_suffix, to_utf8
from index.record.database import Database
from index.record.fetched_pages import Validators
from index.types import Skip
from onrecord import Article, Library
from web_server import Reply, Request, WebServer, run_server

HTML = b"<!DOCTYPE html><html><title>Ferry</title><p>The ferry sails again.</p></html>"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Run a server on this machine, without a robots.txt."""
    with run_server() as web:
        yield web


def make_fetcher(clock: Clock | None = None, **limits: float) -> Fetcher:
    clock = clock or Clock()
    return Fetcher(
        allow_private=True,
        limits=FetchLimits(**{"request_seconds": 5.0, **limits}),  # type: ignore[arg-type]
        clock=clock,
        sleep=clock.sleep,
    )


def get(web: WebServer, path: str = "/", **limits: float) -> FetchedPage:
    page = make_fetcher(None, **limits).get(web.url + path)
    assert isinstance(page, FetchedPage)
    return page


def refusal(web: WebServer, path: str = "/", **limits: float) -> str:
    with pytest.raises(FetchError) as caught:
        make_fetcher(None, **limits).get(web.url + path)
    assert str(caught.value).isprintable()
    return caught.value.reason


class TestPages:
    def test_a_page(self, web: WebServer) -> None:
        web.pages["/a?b=c"] = Reply(HTML)
        page = get(web, "/a?b=c#d")
        assert (page.url, page.content, page.suffix) == (f"{web.url}/a?b=c", HTML, ".html")

    def test_what_is_sent(self, web: WebServer) -> None:
        web.pages["/"] = Reply(HTML, headers={"Content-Type": "text/html", "Set-Cookie": "a=b"})
        fetcher = make_fetcher()
        fetcher.get(web.url)
        fetcher.get(web.url)
        for request in web.requests:
            sent = {name.lower(): value for name, value in request.headers.items()}
            assert sent["host"] == f"127.0.0.1:{web.port}"
            assert re.fullmatch(r"OnRecord/\d+\.\d+\.\d+\S*", sent["user-agent"])
            assert not sent.keys() & {"cookie", "referer", "authorization", "from"}

    def test_redirects_are_followed(self, web: WebServer) -> None:
        web.pages["/0"] = Reply(status=301, headers={"Location": "/1"})
        web.pages["/1"] = Reply(
            status=302, headers={"Location": "2?x=ä".encode().decode("latin-1")}
        )
        web.pages["/2?x=%C3%A4"] = Reply(HTML)
        assert get(web, "/0").url == f"{web.url}/2?x=%C3%A4"

    @pytest.mark.parametrize(("redirects", "is_too_many"), [(5, False), (6, True)])
    def test_five_redirects(self, web: WebServer, redirects: int, is_too_many: bool) -> None:
        for i in range(redirects):
            web.pages[f"/{i}"] = Reply(status=302, headers={"Location": f"/{i + 1}"})
        web.pages[f"/{redirects}"] = Reply(HTML)
        if is_too_many:
            assert refusal(web, "/0") == "more than 5 redirects"
        else:
            assert get(web, "/0").content == HTML

    def test_a_circle(self, web: WebServer) -> None:
        web.pages["/"] = Reply(status=302, headers={"Location": "/"})
        assert refusal(web) == "more than 5 redirects"
        assert len(web.paths) == 6

    def test_a_redirect_to_nowhere(self, web: WebServer) -> None:
        web.pages["/"] = Reply(status=302, headers={})
        assert refusal(web) == "it redirects without an address (HTTP 302)"

    def test_a_redirect_names_its_end(self, web: WebServer) -> None:
        web.pages["/"] = Reply(status=302, headers={"Location": "/gone"})
        web.pages["/gone"] = Reply(status=410)
        expected = f"it redirects to {web.url}/gone: the page is gone (HTTP 410)"
        assert refusal(web) == expected

    @pytest.mark.parametrize(
        ("status", "reason"),
        [
            (401, "password"),
            (403, "refuses access"),
            (404, "no such page"),
            (500, "HTTP 500"),
            (204, "HTTP 204"),
            (304, "HTTP 304"),
        ],
    )
    def test_other_statuses(self, web: WebServer, status: int, reason: str) -> None:
        web.pages["/"] = Reply(status=status)
        assert reason in refusal(web)

    def test_an_empty_page(self, web: WebServer) -> None:
        web.pages["/"] = Reply(b" \n")
        assert refusal(web) == "the page is empty"

    def test_nobody_listens(self) -> None:
        with run_server() as web:
            pass
        assert refusal(web) == "the connection was refused"

    @pytest.mark.parametrize(
        "said",
        [
            b"SSH-2.0-OpenSSH_9.7\r\n",
            b"HTTP/1.1 abc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nA: " + b"x" * 70_000 + b"\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nshort",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1, 2\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz",
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\nno gzip",
            b"\x00\xff" * 50_000,
            b"",
        ],
    )
    def test_what_is_not_http(self, said: bytes) -> None:
        with say(said) as url, pytest.raises(FetchError) as caught:
            make_fetcher().get(url)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300


class TestLimits:
    def test_a_declared_size(self, web: WebServer) -> None:
        web.pages["/"] = Reply(
            HTML, headers={"Content-Type": "text/html", "Content-Length": "99999"}
        )
        assert refusal(web, page_bytes=1_000) == "more than 1,000 bytes, the limit for one page"

    def test_an_endless_page(self, web: WebServer) -> None:
        sent = itertools.count()

        def drown() -> Iterator[bytes]:
            for _ in sent:
                yield b"x" * 10_000

        web.pages["/"] = Reply(chunks=drown)
        assert "more than 50,000 bytes" in refusal(web, page_bytes=50_000)
        assert next(sent) < 10_000

    def test_exactly_the_size(self, web: WebServer) -> None:
        web.pages["/"] = Reply(b"x" * 1_000)
        assert len(get(web, page_bytes=1_000).content) == 1_000
        assert "more than 999 bytes" in refusal(web, page_bytes=999)

    @pytest.mark.parametrize(
        ("encoding", "layers"), [("gzip", 1), ("gzip, gzip", 2), ("deflate", 0)]
    )
    def test_a_bomb(self, web: WebServer, encoding: str, layers: int) -> None:
        body = b"<p>" + b"\0" * 50_000_000
        if layers:
            for _ in range(layers):
                body = gzip.compress(body)
        else:
            body = zlib.compress(body)
        headers = {"Content-Type": "text/html", "Content-Encoding": encoding}
        web.pages["/"] = Reply(body, headers=headers)
        assert "more than 100,000 bytes" in refusal(web, page_bytes=100_000)

    def test_compression(self, web: WebServer) -> None:
        headers = {"Content-Type": "text/html", "Content-Encoding": "gzip"}
        web.pages["/"] = Reply(gzip.compress(HTML), headers=headers)
        assert get(web).content == HTML

    def test_many_layers_of_compression(self, web: WebServer) -> None:
        headers = {"Content-Type": "text/html", "Content-Encoding": ", ".join(["gzip"] * 50)}
        web.pages["/"] = Reply(gzip.compress(HTML), headers=headers)
        assert refusal(web)

    def test_a_compression_that_nobody_asked_for(self, web: WebServer) -> None:
        headers = {"Content-Type": "text/html", "Content-Encoding": "gzip, x-secret"}
        web.pages["/"] = Reply(HTML, headers=headers)
        assert refusal(web) == "it uses a compression that was not accepted"

    def test_a_body_that_drips(self, web: WebServer) -> None:
        web.pages["/"] = Reply(chunks=lambda: iter([b"x"] * 1_000), pause=0.05)
        assert refusal(web, request_seconds=0.5) == "it took longer than 0.5 s"

    def test_headers_that_drip(self) -> None:
        with say(b"HTTP/1.1 200 OK\r\nX: ", then=b"y") as url, pytest.raises(FetchError) as caught:
            make_fetcher(request_seconds=0.5).get(url)
        assert "it took longer than 0.5 s" in caught.value.reason

    def test_silence(self) -> None:
        with say(b"", then=b"") as url, pytest.raises(FetchError) as caught:
            make_fetcher(request_seconds=0.3).get(url)
        assert "it took longer than 0.3 s" in caught.value.reason


class TestKinds:
    @pytest.mark.parametrize(
        ("content_type", "path", "suffix"),
        [
            ("text/html; charset=utf-8", "/a.php", ".html"),
            ("TEXT/HTML", "/a.pdf", ".html"),
            ("application/xhtml+xml", "/", ".html"),
            ("application/pdf", "/report", ".pdf"),
            ("application/rss+xml", "/feed", ".xml"),
            ("application/atom+xml;type=feed", "/feed", ".xml"),
            ("text/xml", "/feed", ".xml"),
            ("application/json", "/a", ".json"),
            ("text/plain", "/a", ".txt"),
            ("text/plain", "/README.md?raw=1", ".md"),
            ("text/plain", "/a.exe", ".txt"),
            ("text/plain", "/a.tar.gz", ".txt"),
            ("text/markdown", "/a", ".md"),
            ("application/octet-stream", "/a.PDF", ".pdf"),
            ("", "/a.html?b", ".html"),
            ("", "/a", ""),
            ("application/octet-stream", "/a.zip", ""),
            ("application/zip", "/a.zip", ""),
            ("image/png", "/a.html", ""),
            ("video/mp4", "/a", ""),
            ("text/html; charset=utf-8, text/html", "/a", ".html"),
            ("text/html,image/png", "/a", ""),
        ],
    )
    def test_the_loader_follows_the_type(self, content_type: str, path: str, suffix: str) -> None:
        assert choose_suffix(content_type, path) == suffix

    def test_another_kind_is_not_even_read(self, web: WebServer) -> None:
        sent = itertools.count()

        def drown() -> Iterator[bytes]:
            for _ in sent:
                yield b"x" * 10_000

        web.pages["/"] = Reply(headers={"Content-Type": "image/png\x1b[2J"}, chunks=drown)
        assert refusal(web) == "its type is image/png\\x1b[2J, which is not read"

    @pytest.mark.parametrize(
        ("text", "encoding", "header"),
        [
            ("Ветер с моря", "cp1251", "text/html; charset=windows-1251"),
            ("“Naïve”", "cp1252", "text/html;charset='iso-8859-1'"),
            ("北京时间", "gbk", 'text/html; charset="gb2312"'),
            ("東京", "cp932", "text/html; charset=Shift_JIS"),
            ("déjà", "utf-16", "text/plain; charset=utf-16"),
        ],
    )
    def test_an_encoding_that_only_the_header_names(
        self, web: WebServer, text: str, encoding: str, header: str
    ) -> None:
        web.pages["/"] = Reply(text.encode(encoding), headers={"Content-Type": header})
        content = get(web).content
        assert content.decode("utf-8-sig") == text
        assert content.startswith(b"\xef\xbb\xbf")

    @pytest.mark.parametrize(
        "header",
        ["text/html; charset=iso-8859-1", "text/html; charset=none", "text/html; charset=rot13"],
    )
    def test_a_header_that_is_wrong(self, header: str) -> None:
        assert to_utf8("“déjà”".encode(), header, ".html") == "“déjà”".encode()

    def test_xml_names_its_own(self) -> None:
        body = '<?xml version="1.0" encoding="windows-1251"?><a>Ветер</a>'.encode("cp1251")
        assert to_utf8(body, "text/xml; charset=windows-1251", ".xml") == body

    @pytest.mark.parametrize("codec", ["zip", "hex", "base64", "idna", "punycode", "undefined"])
    def test_a_charset_that_is_no_encoding_of_text(self, codec: str) -> None:
        header = f"text/html; charset={codec}"
        assert to_utf8("a café in Quill".encode("cp1252"), header, ".html").endswith(
            "a café in Quill".encode()
        )


class TestTls:
    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def trusting(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        return context

    def fetch(
        self,
        monkeypatch: pytest.MonkeyPatch,
        certificate: trustme.LeafCert,
        tls: ssl.SSLContext | None,
    ) -> FetchedPage:
        """Fetch https://public.example/ at a public address, where a server of this test is."""
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(server)
        connect = socket.socket.connect
        with run_server(tls=server) as web:
            web.pages["/"] = Reply(HTML)
            monkeypatch.setattr(
                socket.socket,
                "connect",
                lambda self, address: connect(self, ("127.0.0.1", web.port)),
            )
            fetcher = Fetcher(
                resolve=lambda host, port: ["93.184.216.34"],
                tls=tls,
                sleep=lambda seconds: None,
            )
            page = fetcher.get("https://public.example/")
            assert {request.headers["Host"] for request in web.requests} == {"public.example"}
        assert isinstance(page, FetchedPage)
        return page

    def test_the_name_is_checked_and_not_the_pinned_address(
        self,
        monkeypatch: pytest.MonkeyPatch,
        authority: trustme.CA,
        trusting: ssl.SSLContext,
    ) -> None:
        page = self.fetch(monkeypatch, authority.issue_cert("public.example"), trusting)
        assert page.content == HTML

    @pytest.mark.parametrize("name", ["other.example", "93.184.216.34"])
    def test_a_certificate_of_somebody_else(
        self,
        monkeypatch: pytest.MonkeyPatch,
        authority: trustme.CA,
        trusting: ssl.SSLContext,
        name: str,
    ) -> None:
        with pytest.raises(FetchError, match="its certificate is not trusted"):
            self.fetch(monkeypatch, authority.issue_cert(name), trusting)

    def test_a_certificate_that_nobody_vouches_for(
        self, monkeypatch: pytest.MonkeyPatch, authority: trustme.CA
    ) -> None:
        with pytest.raises(FetchError, match="its certificate is not trusted"):
            self.fetch(monkeypatch, authority.issue_cert("public.example"), None)

    def test_no_way_back_to_plain_http(
        self, web: WebServer, authority: trustme.CA, trusting: ssl.SSLContext
    ) -> None:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(server)
        fetcher = Fetcher(allow_private=True, tls=trusting, sleep=lambda seconds: None)
        with run_server(tls=server) as secure:
            secure.pages["/"] = Reply(status=302, headers={"Location": web.url})
            url = f"https://127.0.0.1:{secure.port}/"
            with pytest.raises(FetchError, match="it redirects from https to http"):
                fetcher.get(url)
        assert web.connections == 0


class TestManners:
    def test_a_pause_between_requests(self, web: WebServer, clock: Clock) -> None:
        for i in range(3):
            web.pages[f"/{i}"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        for i in range(3):
            fetcher.get(f"{web.url}/{i}")
        assert clock.slept == [1.0, 1.0]

    def test_another_host_need_not_wait(self, clock: Clock) -> None:
        pace = Pace(1.0, 60.0, clock=clock, sleep=clock.sleep)
        for host in ("a.example", "b.example", "a.example"):
            pace.wait(read_address(f"http://{host}/"))
            pace.has_asked(host)
        assert clock.slept == [1.0]

    def test_the_pause_that_a_site_asks_for(self, web: WebServer, clock: Clock) -> None:
        web.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 7\n")
        web.pages["/"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        fetcher.get(web.url)
        fetcher.get(web.url)
        assert clock.slept == [7.0]

    def test_a_pause_that_is_too_long(self, web: WebServer, clock: Clock) -> None:
        web.pages["/robots.txt"] = Reply(b"User-agent: *\nCrawl-delay: 86400\n")
        web.pages["/"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        fetcher.get(web.url)
        with pytest.raises(FetchError, match="its host asks for a pause of 86,400 s"):
            fetcher.get(web.url)
        assert clock.slept == []

    @pytest.mark.parametrize("delay", ["nan", "-5", "soon", "0", "", "1e-9", "٥"])
    def test_a_pause_that_is_none(self, web: WebServer, clock: Clock, delay: str) -> None:
        rules = f"User-agent: *\nCrawl-delay: {delay}\nRequest-rate: 0/0\n"
        web.pages["/robots.txt"] = Reply(rules.encode())
        web.pages["/"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        fetcher.get(web.url)
        fetcher.get(web.url)
        assert clock.slept in ([1.0], [5.0])

    @pytest.mark.parametrize(("rate", "pause"), [("1/10", 10.0), ("2/1m", 30.0), ("9/1", 1.0)])
    def test_a_rate_that_a_site_asks_for(
        self, web: WebServer, clock: Clock, rate: str, pause: float
    ) -> None:
        web.pages["/robots.txt"] = Reply(f"User-agent: *\nRequest-rate: {rate}\n".encode())
        web.pages["/"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        fetcher.get(web.url)
        fetcher.get(web.url)
        assert clock.slept == [pause]

    def test_robots_disallow(self, web: WebServer) -> None:
        web.pages["/robots.txt"] = Reply(
            b"User-agent: *\nDisallow: /private\nAllow: /private/but*.html$\n"
            b"\nUser-agent: OtherBot\nDisallow: /\n"
        )
        for path in ("/a", "/private/a", "/private/but-not.html"):
            web.pages[path] = Reply(HTML)
        assert get(web, "/a").content == HTML
        assert get(web, "/private/but-not.html").content == HTML
        assert refusal(web, "/private/a") == "the site's robots.txt disallows it"
        assert "/private/a" not in web.paths

    def test_robots_may_name_us(self, web: WebServer) -> None:
        web.pages["/robots.txt"] = Reply(b"User-agent: onrecord\nDisallow: /\n\nUser-agent: *\n")
        web.pages["/"] = Reply(HTML)
        assert "robots.txt" in refusal(web)

    def test_a_redirect_does_not_lead_past_them(self, web: WebServer) -> None:
        web.pages["/robots.txt"] = Reply(b"User-agent: *\nDisallow: /private\n")
        web.pages["/"] = Reply(status=302, headers={"Location": "/private"})
        web.pages["/private"] = Reply(HTML)
        assert "robots.txt disallows it" in refusal(web)
        assert web.paths == ["/"]

    def test_robots_are_read_once(self, web: WebServer) -> None:
        web.pages["/"] = Reply(HTML)
        fetcher = make_fetcher()
        for _ in range(3):
            fetcher.get(web.url)
        assert [request.path for request in web.requests] == ["/robots.txt", "/", "/", "/"]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
    def test_a_site_without_robots_allows_all(self, web: WebServer, status: int) -> None:
        web.pages["/robots.txt"] = Reply(status=status)
        web.pages["/"] = Reply(HTML)
        assert get(web).content == HTML

    @pytest.mark.parametrize("status", [429, 500, 503, 204])
    def test_a_site_in_trouble_allows_nothing(self, web: WebServer, status: int) -> None:
        web.pages["/robots.txt"] = Reply(status=status)
        web.pages["/"] = Reply(HTML)
        assert refusal(web) == f"its robots.txt cannot be read: HTTP {status}"
        assert web.paths == []

    def test_robots_without_end(self, web: WebServer) -> None:
        def rules() -> Iterator[bytes]:
            yield b"User-agent: *\nDisallow: /private\n"
            while True:
                yield b"Disallow: /x*y*z*" + b"*a" * 500 + b"\n"

        web.pages["/robots.txt"] = Reply(chunks=rules)
        web.pages["/"] = web.pages["/private"] = Reply(HTML)
        assert get(web).content == HTML
        assert "robots.txt" in refusal(web, "/private")

    def test_robots_that_are_none(self, web: WebServer) -> None:
        web.pages["/robots.txt"] = Reply(bytes(range(256)) * 100)
        web.pages["/"] = Reply(HTML)
        assert get(web).content == HTML

    def test_robots_elsewhere(self, web: WebServer) -> None:
        web.pages["/robots.txt"] = Reply(status=301, headers={"Location": "/other.txt"})
        web.pages["/other.txt"] = Reply(b"User-agent: *\nDisallow: /\n")
        web.pages["/"] = Reply(HTML)
        assert "robots.txt disallows" in refusal(web)

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_host_is_asked_again(self, web: WebServer, clock: Clock, status: int) -> None:
        replies = iter([Reply(status=status, headers={"Retry-After": "30"}), Reply(HTML)])
        web.pages["/"] = lambda request: next(replies)
        assert isinstance(make_fetcher(clock).get(web.url), FetchedPage)
        assert clock.slept == [30.0]

    def test_until_a_moment(self, web: WebServer, clock: Clock) -> None:
        moment = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
        replies = iter([Reply(status=503, headers={"Retry-After": moment}), Reply(HTML)])
        web.pages["/"] = lambda request: next(replies)
        assert isinstance(make_fetcher(clock).get(web.url), FetchedPage)
        assert 30 < clock.slept[0] <= 40

    @pytest.mark.parametrize("said", ["", "soon", "-5", "1e9", "\u0663"])
    def test_a_busy_host_that_does_not_say_how_long(
        self, web: WebServer, clock: Clock, said: str
    ) -> None:
        headers = {"Retry-After": said.encode().decode("latin-1")}
        web.pages["/"] = Reply(status=429, headers=headers)
        with pytest.raises(FetchError, match="the host is busy"):
            make_fetcher(clock).get(web.url)
        assert clock.slept == [5.0, 10.0]
        assert len(web.paths) == 3

    def test_a_host_that_wants_to_be_left_alone(self, web: WebServer, clock: Clock) -> None:
        web.pages["/"] = Reply(status=429, headers={"Retry-After": "3600"})
        web.pages["/other"] = Reply(HTML)
        fetcher = make_fetcher(clock)
        for path in ("/", "/other"):
            with pytest.raises(FetchError, match="its host asks for a pause of 3,600 s"):
                fetcher.get(web.url + path)
        assert web.paths == ["/"]
        assert clock.slept == []


class TestSources:
    def fetch(self, *urls: str, **options: object) -> list[SourceFile | NotModified | Skip]:
        found = fetch_sources(urls, fetcher=make_fetcher(), **options)  # type: ignore[arg-type]
        return list(found)

    def test_a_file_in_memory(self, web: WebServer) -> None:
        web.pages["/old"] = Reply(status=301, headers={"Location": "/new?id=7"})
        web.pages["/new?id=7"] = Reply(HTML)
        (found,) = self.fetch(f"{web.url}/old")
        assert isinstance(found, SourceFile)
        url = f"{web.url}/new?id=7"
        assert (found.url, found.label, found.location, found.name) == (url, url, url, url)
        assert (found.content, found.suffix, found.published) == (HTML, ".html", None)
        (again,) = self.fetch(url)
        assert isinstance(again, SourceFile)
        assert again.key == found.key

    def test_in_the_order_that_was_given(self, web: WebServer) -> None:
        web.pages["/a"] = web.pages["/c"] = Reply(HTML)
        asked: list[str] = []
        urls = [f"{web.url}/{name}" for name in "abca"]
        found = self.fetch(*urls, "ftp://a.example/", progress=asked.append)
        assert [type(item) for item in found] == [SourceFile, Skip, SourceFile, Skip]
        assert found[1] == Skip(urls[1], "there is no such page (HTTP 404)")
        assert found[3] == Skip(
            "ftp://a.example/", "only http:// and https:// addresses are fetched"
        )
        assert asked == urls[:3]
        assert web.paths == ["/a", "/b", "/c"]

    def test_one_page_under_two_addresses(self, web: WebServer) -> None:
        web.pages["/a"] = Reply(status=302, headers={"Location": "/b"})
        web.pages["/b"] = Reply(HTML)
        first, second = self.fetch(f"{web.url}/b", f"{web.url}/a")
        assert isinstance(first, SourceFile)
        assert second == Skip(f"{web.url}/a", f"it leads to '{web.url}/b', which was read already")

    def test_one_by_one_as_they_are_taken(self, web: WebServer) -> None:
        web.pages["/a"] = web.pages["/b"] = Reply(HTML)
        found = fetch_sources([f"{web.url}/a", f"{web.url}/b"], fetcher=make_fetcher())
        assert web.requests == []
        next(found)
        assert web.paths == ["/a"]


class TestUnchangedPages:
    @pytest.fixture
    def database(self, library: Library) -> Database:
        return Database(Path(library.path))

    def add_article(self, library: Library, origin: str) -> None:
        library.add([Article("ferry", "Ferry", "The ferry sails again.", origin=origin)])

    def pages(self, web: WebServer, **headers: str) -> None:
        def reply(request: Request) -> Reply:
            sent = {name.title(): value for name, value in request.headers.items()}
            matches = sent.get("If-None-Match") == headers.get("ETag", "none") or sent.get(
                "If-Modified-Since"
            ) == headers.get("Last-Modified", "none")
            given = {"Content-Type": "text/html", **headers}
            return Reply(status=304, headers=given) if matches else Reply(HTML, headers=given)

        web.pages["/"] = reply

    @pytest.mark.parametrize(
        "headers",
        [
            {"ETag": '"abc"'},
            {"ETag": 'W/"abc"'},
            {"Last-Modified": "Mon, 05 Feb 2024 10:00:00 GMT"},
        ],
    )
    def test_is_not_sent_again(
        self, web: WebServer, library: Library, database: Database, headers: dict[str, str]
    ) -> None:
        self.pages(web, **headers)
        record = PageValidators(database)
        (first,) = fetch_sources([web.url], record=record, fetcher=make_fetcher())
        assert isinstance(first, SourceFile)
        assert record.find(first.url) is None
        self.add_article(library, first.location)
        with database.writing() as writer:
            record.store(writer)
        (second,) = fetch_sources(
            [web.url], record=PageValidators(database), fetcher=make_fetcher()
        )
        assert second == NotModified(first.url)

    def test_is_sent_again_where_its_article_is_gone(
        self, web: WebServer, library: Library, database: Database
    ) -> None:
        self.pages(web, ETag='"abc"')
        record = PageValidators(database)
        list(fetch_sources([web.url], record=record, fetcher=make_fetcher()))
        self.add_article(library, f"{web.url}/")
        with database.writing() as writer:
            record.store(writer)
        assert record.find(f"{web.url}/") == Validators(f"{web.url}/", '"abc"', "")
        library.delete(["ferry"])
        assert record.find(f"{web.url}/") is None
        (again,) = fetch_sources([web.url], record=record, fetcher=make_fetcher())
        assert isinstance(again, SourceFile)

    def test_is_sent_again_where_it_was_never_stored(
        self, web: WebServer, library: Library, database: Database
    ) -> None:
        self.pages(web, ETag='"abc"')
        list(fetch_sources([web.url], record=PageValidators(database), fetcher=make_fetcher()))
        self.add_article(library, f"{web.url}/")
        (again,) = fetch_sources([web.url], record=PageValidators(database), fetcher=make_fetcher())
        assert isinstance(again, SourceFile)

    def test_conditions_go_only_where_they_came_from(self, web: WebServer) -> None:
        web.pages["/a"] = Reply(status=302, headers={"Location": "/b"})
        web.pages["/b"] = Reply(status=304)
        known = Validators(f"{web.url}/b", '"abc"', "")
        assert make_fetcher().get(f"{web.url}/a", known=known) == NotModified(f"{web.url}/b")
        sent = {request.path: request.headers.get("If-None-Match") for request in web.requests}
        assert sent == {"/robots.txt": None, "/a": None, "/b": '"abc"'}

    @pytest.mark.parametrize("etag", ["é", "x" * 501, "\x07"])
    def test_validators_that_could_not_be_sent(self, web: WebServer, etag: str) -> None:
        self.pages(web, ETag=etag)
        assert not get(web).validators

    def test_validators_that_are_gone_are_forgotten(
        self, library: Library, database: Database
    ) -> None:
        self.add_article(library, "http://a.example/")
        record = PageValidators(database)
        for etag in ('"1"', ""):
            record.note("http://a.example/", Validators("http://a.example/", etag))
            with database.writing() as writer:
                record.store(writer)
            found = record.find("http://a.example/")
            assert (found.etag if found else "") == etag


def test_our_name() -> None:
    assert user_agent().startswith("OnRecord/")


class say:  # noqa: N801 - used as a function
    """A server that says the same to everybody, and then perhaps goes on dripping."""

    def __init__(self, said: bytes, then: bytes | None = None) -> None:
        self._said, self._then = said, then

    def __enter__(self) -> str:
        import threading

        self._listener = socket.create_server(("127.0.0.1", 0))
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"

    def __exit__(self, *args: object) -> None:
        self._done.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while not self._done.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    request = connection.recv(65_536)
                    if b"/robots.txt" in request:
                        connection.sendall(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                        continue
                    connection.sendall(self._said)
                    while self._then is not None and not self._done.wait(0.05):
                        connection.sendall(self._then)
                except OSError:
                    continue
