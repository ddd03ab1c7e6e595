"""Pages into the library as they arrive, while others write to it too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.adding import add_pages as module
from index.adding.add_pages import Fetched, add_pages, gather, merge_reports
from index.fetching.feeds import make_fetched
from index.fetching.fetch_sources import fetch_sources
from index.fetching.page_fetcher import Fetcher
from index.formats.files import SourceFile
from index.record.write_lock import is_write_locked
from index.types import AddProgress, AddReport, Skip
from onrecord import Article, HashEmbedder, Library
from web_server import Reply, Request, WebServer, run_server

NOTE = Article("note", "A note", "Somebody else wrote this down in the meantime.")


def story(number: int) -> bytes:
    words = ("harbour", "bridge", "school", "market", "theatre", "railway", "hospital")
    place = words[number % len(words)]
    return f"""<!DOCTYPE html><html lang="en"><head><title>The {place} opens</title></head><body>
<article><h1>The {place} opens</h1><p>The {place} of Port Elin opened on its day number {number},
and {number + 3} people came to see what the {place} had cost the town, the mayor said.</p>
<p>Nobody at the {place} could say when number {number + 1} would follow, or who would pay for
it.</p></article></body></html>""".encode()


def page(number: int) -> SourceFile:
    return make_fetched(f"https://gazette.example/{number}", story(number), ".html")


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        yield library


@pytest.fixture
def web() -> Iterator[WebServer]:
    with run_server() as web:
        yield web


def fetch(web: WebServer, library: Library, *paths: str, feeds: tuple[str, ...] = ()) -> AddReport:
    record = library.page_validators()
    pages = fetch_sources(
        [web.url + path for path in paths],
        feeds=[web.url + path for path in feeds],
        record=record,
        fetcher=Fetcher(allow_private=True, sleep=lambda seconds: None),
    )
    return add_pages(library, pages, record=record)


def test_another_writer_need_not_wait_for_a_slow_feed(web: WebServer, library: Library) -> None:
    written: list[bool] = []

    def feed(_: Request) -> Reply:
        assert not is_write_locked(Path(library.path))
        with Library.open(library.path, embedder=HashEmbedder()) as other:
            written.append(bool(other.add(NOTE, wait_seconds=0).added))
        items = f"<item><title>Harbour</title><link>{web.url}/0</link></item>"
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{items}</channel></rss>'
        return Reply(body.encode(), headers={"Content-Type": "application/rss+xml"})

    def slow(_: Request) -> Reply:
        written.append(is_write_locked(Path(library.path)))
        return Reply(story(0))

    web.pages |= {"/feed": feed, "/0": slow}
    report = fetch(web, library, feeds=("/feed",))
    assert written == [True, False]
    assert (len(report.added), report.skipped) == (1, ())
    assert library.get("note").text == NOTE.text


def test_what_has_arrived_is_kept_where_the_rest_fails(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 2)

    def pages() -> Iterator[Fetched]:
        yield from map(page, range(3))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_pages(library, pages())
    assert library.statistics().articles == 2


def test_a_page_is_remembered_once_it_is_committed(
    web: WebServer, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 1)
    stored: list[str | None] = []

    def serve(request: Request) -> Reply:
        stored.append(request.headers.get("If-None-Match"))
        number = int(request.path.strip("/"))
        return Reply(story(number), headers={"Content-Type": "text/html", "ETag": f'"{number}"'})

    web.pages |= {"/0": serve, "/1": serve}
    record = library.page_validators()
    fetcher = Fetcher(allow_private=True, sleep=lambda seconds: None)
    pages = list(fetch_sources([f"{web.url}/0", f"{web.url}/1"], record=record, fetcher=fetcher))
    add_pages(library, pages[:1], record=record)
    assert library.page_validators().find(f"{web.url}/0")
    assert library.page_validators().find(f"{web.url}/1") is None
    add_pages(library, pages[1:], record=record)
    assert library.page_validators().find(f"{web.url}/1")
    fetch(web, library, "/0")
    assert stored == [None, None, '"0"']


def test_one_report_of_many_runs(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[Fetched] = [*map(page, range(5)), Skip("x", "not there")]
    at_once = add_pages(library, pages)
    told: list[AddProgress] = []
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    with Library.create(Path(library.path).parent / "other", embedder=HashEmbedder()) as other:
        assert add_pages(other, pages, progress=told.append) == at_once
        again = add_pages(other, pages)
    assert set(again.unchanged) == set(at_once.added)
    assert [(t.articles, t.total) for t in told] == sorted((t.articles, None) for t in told)
    assert (told[-1].articles, told[-1].passages) == (6, at_once.passages)


def test_copies_are_told_whichever_run_they_came_in(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_PAGES", 1)
    copy = make_fetched("https://wire.example/0", story(0), ".html")
    words = b"<p>Quill has a new ferry, which nobody had asked for, and pays for it until 2031.</p>"
    other = make_fetched("https://wire.example/1", b"<html><body>%s</body></html>" % words, ".html")
    report = add_pages(library, [page(0), other, copy])
    assert len(report.added) == 3
    assert report.copies == (report.added[0], report.added[2])


def test_runs_end_by_number_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [page(0)] * 5
    assert [len(run) for run in gather(pages)] == [5]
    monkeypatch.setattr(module, "MAX_PAGES", 2)
    assert [len(run) for run in gather(pages)] == [2, 2, 1]
    assert list(gather([])) == []
    monkeypatch.setattr(module, "MAX_PAGES", 64)
    monkeypatch.setattr(module, "MAX_BYTES", 2 * len(pages[0].content or b""))
    assert [len(run) for run in gather(pages)] == [2, 2, 1]
    monkeypatch.undo()
    now = iter(range(0, 1_000, 9))
    assert [len(run) for run in gather(pages, clock=lambda: float(next(now)))] == [3, 2]


def test_reports_add_up() -> None:
    first = AddReport(added=("a", "b"), passages=2, copies=("a",), reach=("other files",))
    second = AddReport(added=("c",), superseded=(("a", "c"),), passages=1, copies=("a", "c"))
    merged = merge_reports(first, second)
    assert (merged.added, merged.superseded) == (("b", "c"), (("a", "c"),))
    assert (merged.passages, merged.copies) == (3, ("a", "c"))
    assert merged.reach == ("other files",)
