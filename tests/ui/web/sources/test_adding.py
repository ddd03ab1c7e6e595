"""Web pages, feeds and folders that are added from the page, and the list of additions."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from browser import find_violations, visit
from hostile_strings import HOSTILE
from index.errors import OnRecordError
from onrecord import AddReport, HashEmbedder, Library, Skip
from rag import Settings
from rag.errors import SettingsError
from sample_sources import assert_inert
from ui.web.access.serving_options import Serving
from ui.web.chat.jobs import EVERYBODY, MAX_KEPT, MAX_UNDER_WAY, Job, Jobs
from ui.web.chat.service import ChatService
from ui.web.sources.adding import AddingView, fetch_and_add, follow_folders
from ui.web.sources.uploads import render_jobs
from ui.web.wire import Reply, RequestError, find_action, read_request
from web_server import Reply as WebReply
from web_server import run_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from conftest import StartChat

PAGE = b"""<html><head><title>Tram runs again</title></head><body><article>
<h1>Tram runs again</h1><p>The tram to Quill runs again since Monday, the council said. It takes 90
passengers, and a ticket costs nothing until May, councillor Ola Brandt said on Tuesday.</p>
</article></body></html>"""


@pytest.fixture
def service(folder: Path) -> Iterator[ChatService]:
    with Library.create(folder, embedder=HashEmbedder()):
        pass
    service = ChatService(folder, Settings(library=folder))
    yield service
    service.close()


def act(service: ChatService, do: str, owner: str = "ann", **fields: object) -> Reply:
    payload = {"do": do, **fields}
    action = find_action(AddingView(service).actions, payload)
    return action.run(owner, read_request(action.model, payload))


def end(service: ChatService, owner: str = "ann") -> Job:
    """Return the newest job once it has ended."""
    job = service.jobs.find_all(owner)[0]
    job.wait_for_end()
    return job


def test_pages_are_fetched_and_added(service: ChatService) -> None:
    with run_server() as web:
        web.pages["/tram"] = WebReply(PAGE)
        urls = [f"{web.url}/tram", f"{web.url}/gone"]
        work = partial(fetch_and_add, service, urls=urls, allow_private=True)
        job = service.jobs.start("ann", "2 web pages", work)
        job.wait_for_end()
        report = job.step
        assert isinstance(report, AddReport)
        assert (len(report.added), len(report.skipped)) == (1, 1)
        shown = act(service, "jobs")["slots"]["sources-report"]
        assert "1 added, 1 skipped." in shown
        assert "/gone" in shown
        assert "Tram runs again" in shown
        assert "2 web pages" not in act(service, "jobs", "ben")["slots"]["sources-report"]
        for do in ("retry-job", "dismiss-job"):
            with pytest.raises(OnRecordError, match="no such addition"):
                act(service, do, "ben", job=job.job_id)
        web.pages["/gone"] = WebReply(PAGE.replace(b"Tram", b"Bus"))
        service.jobs.retry("ann", job.job_id).wait_for_end()
        assert isinstance(job.step, AddReport)
        assert not job.can_retry


def test_nobody_fetches_from_the_server_s_own_network(service: ChatService) -> None:
    with run_server() as web:
        web.pages["/secret"] = WebReply(PAGE)
        inside = [f"{web.url}/secret", "file:///etc/passwd", "/etc/passwd", "http://[::1]/x"]
        act(service, "add-addresses", addresses="\n".join(inside))
        job = end(service)
        assert isinstance(job.step, AddReport)
        assert (len(job.step.added), len(job.step.skipped)) == (0, len(inside))
        assert "--allow" not in act(service, "jobs")["slots"]["sources-report"]
        with pytest.raises(OnRecordError):
            act(service, "follow-feed", address="file:///etc/passwd")
        act(service, "follow-feed", address=f"{web.url}/secret")
        assert end(service).can_retry
        assert web.requests == []


def test_a_feed_is_followed_until_it_is_forgotten(service: ChatService) -> None:
    feed = "https://news.example/rss"
    act(service, "follow-feed", address=feed)
    end(service)
    shown = act(service, "jobs")["slots"]["sources-feeds"]
    assert feed in shown
    assert "fetched at" in shown
    act(service, "fetch-feed", address=feed)
    end(service)
    assert len(service.jobs.find_all("ann")) == 1  # the earlier one is forgotten
    act(service, "forget-feed", address=feed)
    assert feed not in act(service, "jobs")["slots"]["sources-feeds"]
    with pytest.raises(OnRecordError, match="not followed"):
        act(service, "fetch-feed", address=feed)


def test_all_feeds_are_one_addition(service: ChatService) -> None:
    feeds = service.library().subscriptions()
    for number in range(MAX_UNDER_WAY + 2):
        feeds.add(f"http://127.0.0.1:9/{number}", wait_seconds=1)
    act(service, "fetch-feed")
    job = end(service)
    assert job.name == f"{MAX_UNDER_WAY + 2} feeds"
    assert isinstance(job.step, AddReport)
    assert len(job.step.skipped) == MAX_UNDER_WAY + 2
    assert act(service, "jobs")["slots"]["sources-feeds"].count("fetched at") == MAX_UNDER_WAY + 2
    act(service, "fetch-feed")
    end(service)
    assert len(service.jobs.find_all("ann")) == 1


def test_a_feed_is_fetched_once_at_a_time(service: ChatService) -> None:
    feed = service.library().subscriptions().add("http://127.0.0.1:9/rss", wait_seconds=1)
    held = threading.Event()

    def work(job: Job) -> AddReport:
        del job
        held.wait(60)
        return AddReport()

    keys = (f"feed:{feed.url}", "feed:another")
    older = service.jobs.start("ben", "2 feeds", work, keys=keys)
    try:
        newer = service.jobs.start("ann", "a feed", lambda _: AddReport(), keys=keys[:1])
        newer.wait_for_end()
        act(service, "fetch-feed", address=feed.url)
        assert service.jobs.find_all("ann") == [newer]
        assert "fetched at" not in act(service, "jobs")["slots"]["sources-feeds"]
    finally:
        held.set()
        older.wait_for_end()


@pytest.mark.parametrize(
    ("do", "fields"),
    [
        ("add-addresses", {"addresses": 7}),
        ("add-addresses", {"addresses": "x" * 100_001}),
        ("follow-feed", {"address": "x" * 2001}),
        ("retry-job", {"job": "x"}),
        ("dismiss-job", {}),
        ("add-addresses", {"addresses": "https://x.example", "folder": "/etc"}),
    ],
)
def test_what_the_page_never_sends_is_refused(
    service: ChatService, do: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(RequestError):
        act(service, do, **fields)


def test_too_many_at_once_are_refused(service: ChatService) -> None:
    for addresses in (" ", " ".join(f"https://x{n}.example" for n in range(201))):
        with pytest.raises(OnRecordError, match="1 to 200"):
            act(service, "add-addresses", addresses=addresses)
    held = threading.Event()

    def work(job: Job) -> AddReport:
        del job
        held.wait(60)
        return AddReport(skipped=(Skip("x", "why"),))

    jobs, left = Jobs(str), []
    for _ in range(MAX_UNDER_WAY):
        jobs.start("ann", "a file", work, discard=lambda: left.append(1))
    with pytest.raises(OnRecordError, match="under way"):
        jobs.start("ann", "a file", work)
    first = jobs.find_all("ann")[0]
    with pytest.raises(OnRecordError, match="nothing"):
        jobs.retry("ann", first.job_id)
    with pytest.raises(OnRecordError, match="now"):
        jobs.dismiss("ann", first.job_id)
    held.set()
    for job in jobs.find_all("ann"):
        job.wait_for_end()
    for _ in range(MAX_KEPT + 5):
        jobs.start("ann", "a file", work).wait_for_end()
    assert len(jobs.find_all("ann")) == MAX_KEPT
    assert len(left) == MAX_UNDER_WAY


def test_folders_are_followed(service: ChatService, tmp_path: Path) -> None:
    watched = tmp_path / "news <b>"
    watched.mkdir()
    (watched / "a.txt").write_text("The tram runs at nine.", "utf-8")
    (watched / "b.pdf").write_text("no", "utf-8")
    stop = threading.Event()
    threads = follow_folders(service, [watched], stop)
    try:
        while not (jobs := service.jobs.find_all("ann")) or jobs[0].is_under_way:
            threading.Event().wait(0.05)
        shown = act(service, "jobs")["slots"]["sources-report"]
        assert "Folder news &lt;b&gt;" in shown
        assert "1 added, 1 skipped." in shown
        assert str(tmp_path) not in shown
        assert service.library().statistics().articles == 1
        (watched / "c.txt").write_text("The ferry sank.", "utf-8")
        while service.library().statistics().articles < 2:
            threading.Event().wait(0.05)
        (job,) = service.jobs.find_all("ben")
        assert job.owner == EVERYBODY
        job.wait_for_end()
        with pytest.raises(OnRecordError, match="cannot be taken off"):
            service.jobs.dismiss("ben", job.job_id)
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


def test_only_folders_are_watched(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no folder"):
        Serving(watch=(tmp_path / "missing",))


def test_names_and_reasons_are_inert(service: ChatService) -> None:
    def work(job: Job) -> AddReport:
        job.now = "".join(HOSTILE)
        return AddReport(added=("x",), skipped=tuple(Skip(text, text) for text in HOSTILE))

    def fail(job: Job) -> AddReport:
        raise OnRecordError(job.name)

    for text in HOSTILE:
        service.jobs.start(text, text, work, keys=(text,)).wait_for_end()
        service.jobs.start(text, text, fail).wait_for_end()
        for page in (render_jobs(service, service.jobs.find_all(text)),):
            assert_inert(page.replace("[2J", "").replace("[31m", ""))


@pytest.mark.browser
@pytest.mark.slow
def test_additions_outlast_the_page(
    browser: Browser, start_chat: StartChat, service: ChatService, tmp_path: Path
) -> None:
    watched = tmp_path / "watched"
    watched.mkdir()
    (watched / "a.txt").write_text("The tram runs at nine.", "utf-8")
    chat = start_chat(service.folder, "--watch", str(watched))
    with visit(browser, f"{chat.address}/#view=sources") as (page, _):
        page.locator(".jobs > li", has_text="Folder watched").wait_for()
        page.locator("#view-sources .count", has_text="1 article").wait_for()
        page.get_by_text("Add web pages or a feed").click()
        page.get_by_label("Addresses of pages").fill("http://127.0.0.1:9/x <b>no</b>")
        page.get_by_role("button", name="Add pages").click()
        job = page.locator(".jobs > li", has_text="2 web pages")
        job.locator(".skips", has_text="<b>no</b>").wait_for()
        assert find_violations(page) == []
        page.reload()
        job.evaluate("it => it.dataset.earlier = true")
        job.get_by_role("button", name="Try again").click()
        page.locator("[data-earlier]").wait_for(state="detached")
        job.get_by_role("button", name="Dismiss").click()
        job.wait_for(state="detached")
        page.get_by_text("Add web pages or a feed").click()
        page.get_by_label("Addresses of pages").fill("http://127.0.0.1:9/rss")
        page.get_by_role("button", name="Follow feed").click()
        fetched = page.locator(".jobs > li", has_text="127.0.0.1:9/rss")
        fetched.get_by_role("button", name="Try again").wait_for()
        page.get_by_text("Followed feeds (1)").click()
        page.get_by_role("button", name="Forget").click()
        page.locator("#sources-feeds details").wait_for(state="detached")
    with visit(browser, f"{chat.address}/#view=sources") as (other, _):
        other.locator(".jobs > li", has_text="Folder watched").wait_for()
        assert other.locator(".jobs > li").count() == 1
