"""Feeds: which pages they lead to, and what they say of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from index.fetching.feeds import MAX_ENTRIES, find_feed_link, make_fetched, with_feed_date
from index.fetching.fetch_sources import NotModified, fetch_sources
from index.fetching.page_fetcher import Fetcher
from index.formats.files import SourceFile
from index.types import Skip
from onrecord import Article
from web_server import Reply, WebServer, run_server

HTML = b"<!DOCTYPE html><html><title>Ferry</title><p>The ferry sails again.</p></html>"
RSS = "application/rss+xml"


def rss(*items: str) -> bytes:
    joined = "".join(f"<item>{item}</item>" for item in items)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>The Elin Gazette</title><link>https://gazette.example/</link>
<description>News of Port Elin</description>{joined}</channel></rss>""".encode()


def atom(*entries: str) -> bytes:
    joined = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Bay Wire</title><id>urn:x:wire</id>
<updated>2024-03-01T00:00:00Z</updated>{joined}</feed>""".encode()


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Run a server on this machine with three pages."""
    with run_server() as web:
        for name in "abc":
            web.pages[f"/{name}"] = Reply(HTML)
        yield web


def follow(
    web: WebServer, *paths: str, since: date | None = None, urls: tuple[str, ...] = ()
) -> list[SourceFile | NotModified | Skip]:
    fetcher = Fetcher(allow_private=True, sleep=lambda seconds: None)
    feeds = [web.url + path for path in paths]
    return list(fetch_sources(urls, feeds=feeds, since=since, fetcher=fetcher))


def serve_feed(web: WebServer, body: bytes, content_type: str = RSS) -> None:
    web.pages["/feed"] = Reply(body, headers={"Content-Type": content_type})


class TestEntries:
    def test_each_page_is_fetched(self, web: WebServer) -> None:
        serve_feed(
            web,
            rss(
                f"<title>A</title><link>{web.url}/a</link>"
                "<pubDate>Mon, 05 Feb 2024 22:30:00 +0200</pubDate>",
                f"<title>B</title><link>{web.url}/b</link>",
            ),
        )
        first, second = follow(web, "/feed")
        assert isinstance(first, SourceFile)
        assert isinstance(second, SourceFile)
        assert (first.url, first.content, first.suffix) == (f"{web.url}/a", HTML, ".html")
        assert first.published == datetime(2024, 2, 5, 20, 30, tzinfo=UTC)
        assert second.published is None
        assert web.paths == ["/feed", "/a", "/b"]

    def test_an_atom_feed_with_relative_addresses(self, web: WebServer) -> None:
        serve_feed(
            web,
            atom(
                "<title>A</title><id>urn:x:1</id><updated>2024-02-06T08:00:00Z</updated>"
                '<published>2024-02-05T08:00:00Z</published><link href="/a"/>'
            ),
            "application/atom+xml",
        )
        (found,) = follow(web, "/feed")
        assert isinstance(found, SourceFile)
        assert found.url == f"{web.url}/a"
        assert found.published == datetime(2024, 2, 5, 8, tzinfo=UTC)

    def test_since(self, web: WebServer) -> None:
        serve_feed(
            web,
            rss(
                f"<link>{web.url}/a</link><pubDate>Sun, 04 Feb 2024 23:59:00 GMT</pubDate>",
                f"<link>{web.url}/b</link><pubDate>Mon, 05 Feb 2024 00:00:00 GMT</pubDate>",
                f"<link>{web.url}/c</link>",
            ),
        )
        first, second = follow(web, "/feed", since=date(2024, 2, 5))
        assert isinstance(first, SourceFile)
        assert first.url == f"{web.url}/b"
        assert second == Skip(f"{web.url}/c", "its feed gives no date, so '--since' excludes it")
        assert web.paths == ["/feed", "/b"]

    def test_a_page_comes_once(self, web: WebServer) -> None:
        item = f"<link>{web.url}/a#top</link>"
        serve_feed(web, rss(item, item))
        assert len(follow(web, "/feed", "/feed", urls=(f"{web.url}/a",))) == 1
        assert web.paths == ["/a", "/feed"]

    def test_a_bad_entry_does_not_end_the_feed(self, web: WebServer) -> None:
        serve_feed(
            web,
            rss(
                "<link>javascript:alert(1)</link>",
                f"<link>{web.url}/none</link>",
                "<title>Nothing</title>",
                f"<link>{web.url}/a</link>",
            ),
        )
        *skipped, found = follow(web, "/feed")
        assert isinstance(found, SourceFile)
        assert all(isinstance(skip, Skip) for skip in skipped)
        assert len(skipped) == 3

    def test_an_entry_that_is_the_article(self, web: WebServer) -> None:
        serve_feed(
            web,
            atom(
                '<title>Ferry &lt;b&gt; "sails"</title><id>urn:x:1</id>'
                "<published>2024-02-05T08:00:00Z</published>"
                '<content type="html">&lt;p&gt;The ferry sails again.&lt;/p&gt;</content>'
            ),
        )
        (found,) = follow(web, "/feed")
        assert isinstance(found, SourceFile)
        assert found.suffix == ".html"
        assert b"The ferry sails again." in (found.content or b"")
        assert b"<b>" not in (found.content or b"")
        assert found.published == datetime(2024, 2, 5, 8, tzinfo=UTC)
        assert found.url.startswith(f"{web.url}/feed#")
        assert web.paths == ["/feed"]

    def test_a_feed_leads_to_no_private_place(self) -> None:
        """Only the user can allow that; here the feed itself is refused already."""
        with run_server() as web:
            (skip,) = fetch_sources([], feeds=[f"{web.url}/feed"])
            assert isinstance(skip, Skip)
            assert "127.0.0.1 is a loopback address" in skip.reason
            assert web.connections == 0

    def test_more_entries_than_are_looked_at(self, web: WebServer) -> None:
        items = ["<title>x</title>"] * (MAX_ENTRIES + 7)
        serve_feed(web, rss(*items))
        *_, last = follow(web, "/feed")
        assert last == Skip(f"{web.url}/feed", "only the first 1,000 entries are read")

    def test_a_feed_without_entries(self, web: WebServer) -> None:
        serve_feed(web, rss())
        assert follow(web, "/feed") == [Skip(f"{web.url}/feed", "the feed has no entries")]

    @pytest.mark.parametrize(
        "body",
        [
            b"<?xml version='1.0'?><opml/>",
            b"\x89PNG\r\n\x1a\n" + b"\x00" * 500,
            b"<rss",
            b"\x00" * 100,
            b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
            b"<rss><channel><item><title>&b;</title></item></channel></rss>",
            b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
            b"<rss><channel><item><title>&a;</title></item></channel></rss>",
        ],
    )
    def test_what_is_no_feed(self, web: WebServer, body: bytes) -> None:
        serve_feed(web, body)
        (skip,) = follow(web, "/feed")
        assert isinstance(skip, Skip)
        assert skip.source == f"{web.url}/feed"
        assert skip.reason.isprintable()
        assert "root:" not in skip.reason

    def test_a_feed_that_is_not_there(self, web: WebServer) -> None:
        assert follow(web, "/none") == [Skip(f"{web.url}/none", "there is no such page (HTTP 404)")]


class TestDiscovery:
    def test_a_page_names_its_feed(self, web: WebServer) -> None:
        web.pages["/"] = Reply(
            b'<html><head><link rel="stylesheet" href="/style.css">'
            b'<LINK HREF="/feed?a=1&amp;b=2" TYPE="application/rss+xml" REL="home alternate">'
            b'<link rel=alternate type="application/atom+xml" href="/other"></head></html>'
        )
        web.pages["/feed?a=1&b=2"] = Reply(
            rss(f"<link>{web.url}/a</link>"), headers={"Content-Type": RSS}
        )
        (found,) = follow(web, "/")
        assert isinstance(found, SourceFile)
        assert web.paths == ["/", "/feed?a=1&b=2", "/a"]

    def test_a_page_that_names_none(self, web: WebServer) -> None:
        assert follow(web, "/a") == [
            Skip(f"{web.url}/a", "neither a feed nor a page that links to one")
        ]

    def test_a_feed_that_is_called_a_page(self, web: WebServer) -> None:
        serve_feed(web, b"\n" + rss(f"<link>{web.url}/a</link>").strip(), "text/html")
        web.pages["/feed"].body = rss(f"<link>{web.url}/a</link>")  # type: ignore[union-attr]
        (found,) = follow(web, "/feed")
        assert isinstance(found, SourceFile)

    @pytest.mark.parametrize(
        ("page", "expected"),
        [
            (b"<link rel=alternate type=application/rss+xml href=/f>", "http://a.example/f"),
            (
                b'<link rel=alternate type=application/rss+xml href="//b.example">',
                "http://b.example/",
            ),
            (b'<link rel=alternate type=application/rss+xml href="javascript:x">', ""),
            (b"<link rel=alternate type=application/rss+xml>", ""),
            (b"<link rel=alternate type=text/html href=/f>", ""),
            (b"<link rel=alternate type=application/rss+xml href=/f", ""),
            (b"<link " * 100_000, ""),
            (b'<link rel="' * 50_000, ""),
            (b"", ""),
        ],
    )
    def test_the_link(self, page: bytes, expected: str) -> None:
        assert find_feed_link(page, "http://a.example/") == expected


class TestDates:
    MOMENT = datetime(2024, 2, 5, 8, tzinfo=UTC)

    def article(self, published: date | None, basis: str) -> Article:
        return Article("a", "A", "Text.", published=published, date_basis=basis)

    def file(self, published: datetime | None) -> SourceFile:
        return make_fetched("http://a.example/", HTML, ".html", published=published)

    @pytest.mark.parametrize("basis", ["", "dateline", "file"])
    def test_the_feed_knows_better_than_a_guess(self, basis: str) -> None:
        known = None if not basis else date(2020, 1, 1)
        dated = with_feed_date(self.article(known, basis), self.file(self.MOMENT))
        assert (dated.published, dated.published_at) == (date(2024, 2, 5), self.MOMENT)
        assert dated.date_basis == "feed"

    @pytest.mark.parametrize("basis", ["stated", "page", "address", "edited", "header"])
    def test_the_page_knows_better_than_the_feed(self, basis: str) -> None:
        article = self.article(date(2020, 1, 1), basis)
        assert with_feed_date(article, self.file(self.MOMENT)) == article

    def test_a_feed_that_does_not_say(self) -> None:
        article = self.article(None, "")
        assert with_feed_date(article, self.file(None)) == article
