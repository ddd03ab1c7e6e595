"""Web addresses: how they are read, and that nothing inside a network is ever reached."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import AddressRefusedError, FetchError
from index.fetching.page_fetcher import FetchedPage, Fetcher, FetchLimits
from index.fetching.web_address import (
    classify,
    find_ip_addresses,
    look_up,
    read_address,
    show_address,
)
from web_server import Reply, WebServer, run_server

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"

# {port} is that of a server on this machine that nobody may reach. No name server knows any
# other name than those of the test, and every name it does not know leads to this machine.
REFUSED = [
    "http://127.0.0.1:{port}/",
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.2:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0X7F.0.0.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://017700000001:{port}/",
    "http://127.000.000.001:{port}/",
    "http://127.0.0.0x1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://localhost:{port}/",
    "http://LocalHost:{port}/",
    "http://localhost.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://anything.localhost:{port}/",
    "http://printer.local:{port}/",
    "http://metadata.google.internal:{port}/",
    "http://intranet:{port}/",
    "http://127.0.0.1.nip.example:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::7f00:1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/",
    "http://[2606:2800:220:1:0:5efe:7f00:1]:{port}/",
    "http://[fe80::1]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://[fc00::1]:{port}/",
    "http://[fec0::1]:{port}/",
    "http://[ff02::1]:{port}/",
    "http://[fd00:ec2::254]:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.０.０.１:{port}/",
    "http://127。0。0。1:{port}/",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:{port}/",
    "http://locaLhost\u00ad:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://user:secret@127.0.0.1:{port}/",
    "http://public.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@public.example/",
    "http://public.example\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@public.example/",
    "http://127.0.0.1:{port}\\.public.example/",
    "http://public.example:80@127.0.0.1:{port}/",
    "http://127.0.0.1\t:{port}/",
    "http://127.0.0.1:0x50/",
    "http://127.0.0.1:{port}:80/",
    "http://10.0.0.1:{port}/",
    "http://172.31.255.255:{port}/",
    "http://192.168.1.1:{port}/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://100.64.0.1:{port}/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine",
    "http://192.0.0.192/opc/v1/",
    "http://198.18.0.1:{port}/",
    "http://192.0.2.1:{port}/",
    "http://224.0.0.1:{port}/",
    "http://240.0.0.1:{port}/",
    "http://255.255.255.255:{port}/",
    "http://mixed.example:{port}/",
    "http://mixed-six.example:{port}/",
    "http://mapped.example:{port}/",
    "http://public.example:22/",
    "http://public.example:25/",
    "http://public.example:6379/",
    "http:///127.0.0.1:{port}/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "data:text/html,hello",
    "javascript:alert(1)",
]

NAMES = {
    "public.example": [PUBLIC],
    "mixed.example": [PUBLIC, "127.0.0.1"],
    "mixed-six.example": [PUBLIC, "::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
}


def resolve(host: str, port: int) -> Sequence[str]:
    return NAMES.get(host, ["127.0.0.1"])


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[WebServer, WebServer]]:
    """Run two servers on this machine, since hundreds of pairs would take their time."""
    with run_server() as one, run_server() as other:
        yield one, other


@pytest.fixture
def secret(servers: tuple[WebServer, WebServer]) -> WebServer:
    """Return a server on this machine that holds what must not get out."""
    web = servers[0]
    web.reset()
    web.pages["/"] = Reply(b"<html><p>The keys of the house.</p></html>")
    return web


@pytest.fixture
def internet(servers: tuple[WebServer, WebServer], monkeypatch: pytest.MonkeyPatch) -> WebServer:
    """Return a server that stands for the one at a public address, port 80.

    The connection is led there at the lowest place that there is, so that all that is ours is
    the real thing.
    """
    connect = socket.socket.connect
    web = servers[1]
    web.reset()

    def connect_there(self: socket.socket, address: tuple[str, int]) -> None:
        is_public = address[0] in {PUBLIC, PUBLIC_V6}
        connect(self, ("127.0.0.1", web.port) if is_public else address)

    monkeypatch.setattr(socket.socket, "connect", connect_there)
    return web


def make_fetcher(
    resolver: Callable[[str, int], Sequence[str]] = resolve, *, allow_private: bool = False
) -> Fetcher:
    return Fetcher(
        allow_private=allow_private,
        resolve=resolver,
        limits=FetchLimits(request_seconds=5),
        sleep=lambda seconds: None,
    )


class TestNothingPrivateIsReached:
    def test_the_table_is_long_enough(self) -> None:
        assert len(set(REFUSED)) >= 40

    @pytest.mark.parametrize("url", REFUSED)
    def test_directly(self, secret: WebServer, internet: WebServer, url: str) -> None:
        with pytest.raises(AddressRefusedError):
            make_fetcher().get(url.format(port=secret.port))
        assert secret.connections == 0
        assert internet.connections == 0

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("hops", [0, 2])
    def test_by_any_redirect(
        self, secret: WebServer, internet: WebServer, status: int, hops: int
    ) -> None:
        for hop in range(hops):
            internet.pages[f"/{hop}"] = Reply(status=302, headers={"Location": f"/{hop + 1}"})
        internet.pages[f"/{hops}"] = Reply(
            status=status, headers={"Location": f"http://127.0.0.1:{secret.port}/"}
        )
        with pytest.raises(AddressRefusedError, match=r"127\.0\.0\.1 is a loopback address"):
            make_fetcher().get("http://public.example/0")
        assert len(internet.paths) == hops + 1
        assert secret.connections == 0

    @pytest.mark.parametrize("url", REFUSED)
    def test_by_a_redirect_to(self, secret: WebServer, internet: WebServer, url: str) -> None:
        location = url.format(port=secret.port)
        internet.pages["/"] = Reply(status=302, headers={"Location": encode_header(location)})
        with pytest.raises(FetchError):
            make_fetcher().get("http://public.example/")
        assert secret.connections == 0

    @pytest.mark.parametrize("url", REFUSED)
    def test_by_a_redirect_of_the_robots_file_to(
        self, secret: WebServer, internet: WebServer, url: str
    ) -> None:
        location = url.format(port=secret.port)
        internet.pages["/robots.txt"] = Reply(
            status=301, headers={"Location": encode_header(location)}
        )
        internet.pages["/"] = Reply(b"<html><p>News.</p></html>")
        with_robots = make_fetcher()
        try:
            with_robots.get("http://public.example/")
        except FetchError:
            assert internet.paths == []
        assert secret.connections == 0

    def test_by_answering_differently_the_second_time(
        self, secret: WebServer, internet: WebServer
    ) -> None:
        """A name server that says public when it is checked, and loopback afterwards."""
        answers = iter([[PUBLIC]])
        asked = []

        def rebind(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return next(answers, ["127.0.0.1"])

        fetcher = make_fetcher(rebind)
        internet.pages["/"] = Reply(b"<html><p>News.</p></html>")
        with pytest.raises(AddressRefusedError, match=r"leads to 127\.0\.0\.1, a loopback address"):
            fetcher.get(f"http://rebind.example:{secret.port}/")
        # The first answer is used for what it was checked for, the robots.txt, and then no more.
        assert [request.path for request in internet.requests] == ["/robots.txt"]
        assert len(asked) == 2
        assert secret.connections == 0

    def test_by_a_name_that_changes_while_the_page_is_read(
        self, secret: WebServer, internet: WebServer
    ) -> None:
        """One look-up for each request: what is connected to is what was checked."""
        asked = []

        def rebind(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return [PUBLIC] if len(asked) <= 2 else ["127.0.0.1"]

        internet.pages["/"] = Reply(b"<html><p>News.</p></html>")
        page = make_fetcher(rebind).get(f"http://rebind.example:{secret.port}/")
        assert isinstance(page, FetchedPage)
        assert len(asked) == len(internet.requests) == 2
        assert secret.connections == 0

    def test_by_a_redirect_to_the_same_name_that_leads_elsewhere_now(
        self, secret: WebServer, internet: WebServer
    ) -> None:
        asked = []

        def rebind(host: str, port: int) -> Sequence[str]:
            asked.append(host)
            return [PUBLIC] if len(asked) <= 2 else ["::1"]

        internet.pages["/"] = Reply(status=302, headers={"Location": "/again"})
        with pytest.raises(AddressRefusedError, match="leads to ::1, a loopback address"):
            make_fetcher(rebind).get(f"http://rebind.example:{secret.port}/")
        assert internet.paths == ["/"]
        assert secret.connections == 0

    def test_through_a_proxy_of_the_environment(
        self, secret: WebServer, internet: WebServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, secret.url)
        internet.pages["/"] = Reply(b"<html><p>News.</p></html>")
        assert isinstance(make_fetcher().get("http://public.example/"), FetchedPage)
        assert secret.connections == 0

    def test_unless_it_is_allowed(self, secret: WebServer) -> None:
        """The table would be worth nothing if that server could not be reached at all."""
        for host in ("127.0.0.1", "localhost", "intranet"):
            page = make_fetcher(allow_private=True).get(f"http://{host}:{secret.port}/")
            assert isinstance(page, FetchedPage)
            assert b"keys of the house" in page.content
        assert secret.connections == 6

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data/",
            "http://[fd00:ec2::254]/latest/meta-data/",
            "http://100.100.100.200/",
            "http://0.0.0.0/",
            "http://224.0.0.1/",
            "http://2130706433/",
            "http://user@127.0.0.1/",
            "file:///etc/passwd",
        ],
    )
    def test_not_even_then(self, url: str) -> None:
        with pytest.raises(AddressRefusedError):
            make_fetcher(allow_private=True).get(url)


class TestReading:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("http://news.example", "http://news.example/"),
            ("  HTTPS://News.Example:443/a?b=c#d ", "https://news.example/a?b=c"),
            ("http://news.example:8080/", "http://news.example:8080/"),
            ("http://news.example:/", "http://news.example/"),
            ("http://news.example./a", "http://news.example/a"),
            ("http://news.example?q=1", "http://news.example/?q=1"),
            ("http://bücher.example/straße", "http://xn--bcher-kva.example/stra%C3%9Fe"),
            ("http://news.example/a b|c%20d", "http://news.example/a%20b|c%20d"),
            ("http://my_town.news.example/", "http://my_town.news.example/"),
            ("http://[2606:2800:220:1::]/", "http://[2606:2800:220:1::]/"),
            ("http://93.184.216.34/a/../b", "http://93.184.216.34/a/../b"),
            ("http://news.example/\\evil.example", "http://news.example/%5Cevil.example"),
        ],
    )
    def test_one_spelling(self, text: str, expected: str) -> None:
        assert str(read_address(text)) == expected

    @pytest.mark.parametrize(
        ("location", "expected"),
        [
            ("/b", "http://news.example/b"),
            ("c?d", "http://news.example/a/c?d"),
            ("//other.example/x", "http://other.example/x"),
            ("https://other.example", "https://other.example/"),
            ("?page=2", "http://news.example/a/b?page=2"),
        ],
    )
    def test_relative(self, location: str, expected: str) -> None:
        base = read_address("http://news.example/a/b")
        assert str(read_address(location, base=base)) == expected

    @pytest.mark.parametrize(
        "text",
        [
            *("", "news.example", "/a", "//news.example", "http://", "http:news.example"),
            *("http://news.example:0/", "http://news.example:65536/", "http://news.example:8o/"),
            *("http://news..example/", "http://-/", "http://.example/", "http://a b.example/"),
            *("http://[2606::1", "http://2606::1/", "http://[v1.a]/", "http://news.example\n/"),
            *("http://news.example/\x00", f"http://news.example/{'a' * 2_000}", "http://1.2.3/"),
            *(f"http://{'a' * 64}.example/", "http://news.example\u2028/", "http://\u3002/"),
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(AddressRefusedError) as caught:
            read_address(text)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 500

    @given(st.text())
    @example("http://\u2100.example/")
    @example("http://[::1]]/")
    @example("https://xn--a/")
    @example("http://xn--\u212a.example/")
    def test_reading_is_all_or_nothing(self, text: str) -> None:
        for candidate in (text, f"http://{text}/", f"http://news.example/{text}"):
            try:
                address = read_address(candidate)
            except AddressRefusedError:
                continue
            assert str(address).isascii()
            assert str(address).isprintable()
            assert read_address(str(address)) == address

    def test_a_password_is_not_repeated(self) -> None:
        with pytest.raises(AddressRefusedError) as caught:
            read_address("https://anna:hunter2@news.example/")
        assert "hunter2" not in str(caught.value)
        assert "anna" not in str(caught.value)
        assert show_address("see http://a:b@c/") == "see http://…@c/"


class TestAddressesOfHosts:
    @given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
    def test_what_passes_is_global(self, ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
        """The standard library knows the registries as well."""
        kind, is_local = classify(ip)
        if not kind:
            unwrapped = getattr(ip, "ipv4_mapped", None) or ip
            assert unwrapped.is_global or unwrapped in ipaddress.ip_network("64:ff9b::/96")
            assert not unwrapped.is_multicast
        else:
            assert kind.startswith(("a ", "an "))
        assert kind or not is_local

    @pytest.mark.parametrize(
        ("network", "kind", "is_local"),
        [
            ("0.0.0.0/8", "a reserved address", False),
            ("10.0.0.0/8", "a private address", True),
            ("100.64.0.0/10", "an address of a shared network", True),
            ("127.0.0.0/8", "a loopback address", True),
            ("169.254.0.0/16", "a link-local address", True),
            ("172.16.0.0/12", "a private address", True),
            ("192.0.0.0/24", "a reserved address", False),
            ("192.0.2.0/24", "a reserved address", False),
            ("192.88.99.0/24", "a reserved address", False),
            ("192.168.0.0/16", "a private address", True),
            ("198.18.0.0/15", "an address of a shared network", True),
            ("198.51.100.0/24", "a reserved address", False),
            ("203.0.113.0/24", "a reserved address", False),
            ("224.0.0.0/4", "a reserved address", False),
            ("240.0.0.0/4", "a reserved address", False),
            ("::/128", "a reserved address", False),
            ("::1/128", "a loopback address", True),
            ("64:ff9b:1::/48", "a reserved address", False),
            ("100::/64", "a reserved address", False),
            ("2001::/32", "a reserved address", False),
            ("2001::/23", "a reserved address", False),
            ("2001:db8::/32", "a reserved address", False),
            ("2002::/16", "a reserved address", False),
            ("3fff::/20", "a reserved address", False),
            ("4000::/3", "a reserved address", False),
            ("5f00::/16", "a reserved address", False),
            ("fc00::/7", "a private address", True),
            ("fe80::/10", "a link-local address", True),
            ("fec0::/10", "a link-local address", True),
            ("ff00::/8", "a reserved address", False),
        ],
    )
    def test_special_networks(self, network: str, kind: str, *, is_local: bool) -> None:
        addresses = ipaddress.ip_network(network)
        for ip in (addresses[0], addresses[addresses.num_addresses // 2], addresses[-1]):
            assert classify(ip) == (kind, is_local)

    @pytest.mark.parametrize(
        "ip",
        [
            *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200"),
            *("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254"),
        ],
    )
    def test_metadata_of_a_cloud_is_never_local(self, ip: str) -> None:
        assert classify(ipaddress.ip_address(ip)) == ("a cloud metadata address", False)

    @given(st.ip_addresses(v=4))
    def test_an_address_inside_another_is_judged_as_itself(self, ip: ipaddress.IPv4Address) -> None:
        for prefix in ("::ffff:0:0", "64:ff9b::"):
            inside = ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) + int(ip))
            assert classify(inside) == classify(ip)

    def test_order_is_kept_and_every_address_counts(self) -> None:
        address = read_address("http://news.example/")
        found = find_ip_addresses(address, resolve=lambda *_: [PUBLIC_V6, PUBLIC, PUBLIC])
        assert [str(ip) for ip in found] == [PUBLIC_V6, PUBLIC]
        with pytest.raises(AddressRefusedError, match=r"leads to 10\.1\.2\.3, a private"):
            find_ip_addresses(address, resolve=lambda *_: [PUBLIC, "10.1.2.3"])

    @pytest.mark.parametrize("answer", [[], ["not an address"], ["fe80::1%lo"]])
    def test_odd_answers_of_a_name_server(self, answer: list[str]) -> None:
        with pytest.raises(FetchError):
            find_ip_addresses(read_address("http://news.example/"), resolve=lambda *_: answer)

    def test_a_name_that_nobody_knows(self) -> None:
        with pytest.raises(FetchError, match=r"the host 'news\.example' is not known"):
            find_ip_addresses(read_address("http://news.example/"))

    def test_a_name_server_that_drags_it_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        released = threading.Event()

        def drag(*args: object, **kwargs: object) -> None:
            released.wait(30)
            raise OSError("nothing")

        monkeypatch.setattr(socket, "getaddrinfo", drag)
        with pytest.raises(FetchError, match="is not known"):
            find_ip_addresses(
                read_address("http://news.example/"), resolve=partial(look_up, seconds=0.1)
            )
        released.set()

    @pytest.mark.parametrize(
        "name",
        ["localhost", "a.localhost", "metadata.google.internal", "nas.local", "tv.home.arpa"],
    )
    def test_a_local_name_is_refused_whatever_a_name_server_says(self, name: str) -> None:
        address = read_address(f"http://{name}/")
        with pytest.raises(AddressRefusedError, match="is a name on this network"):
            find_ip_addresses(address, resolve=lambda *_: [PUBLIC])
        assert find_ip_addresses(address, resolve=lambda *_: [PUBLIC], allow_private=True)

    @pytest.mark.parametrize("name", ["localhost.example", "mylocal", "internal.example"])
    def test_a_name_that_only_looks_local(self, name: str) -> None:
        assert find_ip_addresses(read_address(f"http://{name}/"), resolve=lambda *_: [PUBLIC])

    @pytest.mark.parametrize("port", [80, 443, 8000, 8080, 8443, 3000])
    def test_ports_of_pages(self, port: int) -> None:
        assert find_ip_addresses(read_address(f"http://{PUBLIC}:{port}/"))

    @pytest.mark.parametrize("port", [1, 21, 22, 25, 110, 389, 445, 1023, 3306, 5432, 6000, 11211])
    def test_ports_of_services(self, port: int) -> None:
        address = read_address(f"http://{PUBLIC}:{port}/")
        with pytest.raises(AddressRefusedError, match=f"port {port} is not used for pages"):
            find_ip_addresses(address)
        assert find_ip_addresses(address, allow_private=True)


def encode_header(text: str) -> str:
    """Return a text as a server that sends UTF-8 puts it into a header."""
    return text.encode("utf-8").decode("latin-1")
