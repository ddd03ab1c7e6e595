"""Addresses and feeds on the command line, from a page on a server to an article."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from index.errors import AddressRefusedError, SubscriptionError
from index.fetching.subscriptions import MAX_SUBSCRIPTIONS
from index.remedies import Remedy
from onrecord import HashEmbedder, Library
from ui.cli.add import split_targets
from ui.cli.main import app
from web_server import Reply, Request, WebServer, run_server

FERRY = b"""<!DOCTYPE html><html lang="en"><head><title>Ferry sails again</title></head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav>
<article><h1>Ferry sails again</h1>
<p>The ferry between Port Elin and Quill sails again after four weeks in the dock, the harbour
master said on Monday.</p>
<p>Its engine had failed in January; the repair cost more than the council had set aside for the
whole year, she said.</p>
<p>Fares stay as they were until the summer, when the council decides on a new timetable.</p>
</article></body></html>"""
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Elin Gazette</title>
<item><title>Ferry</title><link>{url}/ferry</link>
<pubDate>Mon, 05 Feb 2024 10:00:00 GMT</pubDate></item>
<item><title>Old</title><link>{url}/old</link>
<pubDate>Mon, 02 Jan 2023 10:00:00 GMT</pubDate></item></channel></rss>"""


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Run a server on this machine with a page that knows whether it has changed, and a feed."""
    with run_server() as web:

        def ferry(request: Request) -> Reply:
            if request.headers.get("If-None-Match") == '"1"':
                return Reply(status=304)
            headers = {"Content-Type": "text/html", "ETag": '"1"'}
            return Reply(FERRY, headers=headers)

        web.pages["/ferry"] = ferry
        feed = FEED.format(url=web.url).encode()
        web.pages["/feed"] = Reply(feed, headers={"Content-Type": "application/rss+xml"})
        yield web


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--library", str(folder)])


def add(folder: Path, *arguments: str) -> dict[str, Any]:
    result = run(folder, "add", *arguments, "--encoder", "hash", "--json")
    report: dict[str, Any] = json.loads(result.stdout)
    return report


class TestAdd:
    def test_a_page(self, folder: Path, web: WebServer) -> None:
        url = f"{web.url}/ferry"
        report = add(folder, url, "--allow-private")
        assert (len(report["added"]), report["skipped"]) == (1, [])
        with Library.open(folder, embedder=HashEmbedder()) as library:
            article = library.get(report["added"][0])
        assert (article.title, article.url, article.origin) == ("Ferry sails again", url, url)
        assert "harbour\nmaster" not in article.text
        assert "Sport" not in article.text
        again = add(folder, url, "--allow-private")
        assert again["unchanged"] == report["added"]
        assert [request.headers.get("If-None-Match") for request in web.requests] == [
            *(None, None, None),
            '"1"',
        ]

    def test_a_feed(self, folder: Path, web: WebServer) -> None:
        report = add(
            folder, "--feed", f"{web.url}/feed", "--since", "2024-02-05", "--allow-private"
        )
        assert (len(report["added"]), report["skipped"]) == (1, [])
        with Library.open(folder, embedder=HashEmbedder()) as library:
            article = library.get(report["added"][0])
        assert (article.published, article.date_basis) == (date(2024, 2, 5), "feed")
        assert web.paths == ["/feed", "/ferry"]

    def test_nothing_private_unless_it_is_allowed(self, folder: Path, web: WebServer) -> None:
        result = run(
            folder, "add", web.url, "--feed", f"{web.url}/feed", "--encoder", "hash", "--json"
        )
        assert result.exit_code == 1
        reasons = {skip["reason"] for skip in json.loads(result.stdout)["skipped"]}
        assert reasons == {"127.0.0.1 is a loopback address; see --allow-private"}
        assert web.connections == 0

    def test_a_dry_run_fetches_and_keeps_nothing(self, folder: Path, web: WebServer) -> None:
        report = add(folder, f"{web.url}/ferry", "--allow-private", "--dry-run")
        assert len(report["added"]) == 1
        assert not folder.exists()

    def test_paths_and_addresses(self) -> None:
        paths, urls = split_targets(["a/b", "https://a.example/", "ftp://a/b", "http:/a"])
        assert paths == [Path("a/b"), Path("http:/a")]
        assert urls == ["https://a.example/", "ftp://a/b"]

    def test_since_is_about_feeds(self, folder: Path) -> None:
        result = run(folder, "add", "https://a.example/", "--since", "2024-01-01")
        assert result.exit_code == 2
        assert "--feed" in result.stderr


class TestFeeds:
    def test_from_the_first_to_the_last(self, folder: Path, web: WebServer) -> None:
        url = f"{web.url}/feed"
        assert "1 feed is remembered" in run(folder, "feeds", "add", url).stdout
        assert run(folder, "feeds", "add", url, "https://b.example").exit_code == 0
        assert web.connections == 0
        listed = run(folder, "feeds", "list").stdout.split()
        assert listed == [url, "https://b.example/"]
        assert run(folder, "feeds", "remove", "https://b.example").stdout == "1 forgotten\n"
        found = json.loads(run(folder, "feeds", "list", "--json").stdout)["feeds"]
        assert [feed["url"] for feed in found] == [url]
        report = add(folder, "--feeds", "--since", "2024-01-01", "--allow-private")
        assert len(report["added"]) == 1
        assert web.paths == ["/feed", "/ferry"]

    def test_none(self, folder: Path) -> None:
        Library.create(folder, embedder=HashEmbedder()).close()
        listed = run(folder, "feeds", "list")
        assert (listed.exit_code, listed.stdout) == (0, "")
        assert "onrecord feeds add URL" in listed.stderr
        result = run(folder, "add", "--feeds")
        assert result.exit_code == 1
        remedy = Remedy("feeds add", folder, ("URL",)).command_line
        assert f"no feeds are remembered; {remedy} adds one" in result.stderr

    def test_the_library_may_be_named_first(self, folder: Path) -> None:
        assert run(folder, "feeds", "add", "https://a.example/feed").exit_code == 0
        found = CliRunner().invoke(app, ["--library", str(folder), "feeds", "list"])
        assert found.stdout == "https://a.example/feed\n"

    def test_one_that_is_not_there(self, library: Library) -> None:
        with pytest.raises(SubscriptionError, match=r"no feed 'https://a\.example/'"):
            library.subscriptions().remove("https://a.example", wait_seconds=0)

    @pytest.mark.parametrize("url", ["ftp://a.example", "a.example/feed", "https://u:p@a.example"])
    def test_what_is_no_address(self, library: Library, url: str) -> None:
        with pytest.raises(AddressRefusedError):
            library.subscriptions().add(url, wait_seconds=0)

    def test_too_many(self, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
        assert MAX_SUBSCRIPTIONS >= 100
        monkeypatch.setattr("index.fetching.subscriptions.MAX_SUBSCRIPTIONS", 2)
        feeds = library.subscriptions()
        for name in "aba":
            feeds.add(f"https://{name}.example/", wait_seconds=0)
        with pytest.raises(
            SubscriptionError, match=r"'onrecord feeds remove URL --library .+' to make room"
        ):
            feeds.add("https://c.example/", wait_seconds=0)
        assert [feed.url for feed in feeds.all()] == ["https://a.example/", "https://b.example/"]
