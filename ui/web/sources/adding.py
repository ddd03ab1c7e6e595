"""What is added from the page besides files: web pages and feeds; and the list of all additions.

Users name addresses, never folders: a folder is followed only if whoever starts the server says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from index.errors import OnRecordError
from index.types import AddReport
from ui.escape import clean_line
from ui.messages import count_of
from ui.web.chat.jobs import EVERYBODY, Job, Report
from ui.web.page.templates import render
from ui.web.sources.uploads import render_jobs
from ui.web.wire import Action, Actions, Reply, Request, Text, Token

if TYPE_CHECKING:
    from ui.web.chat.service import ChatService

MAX_ADDRESSES = 200
MAX_ADDRESSES_CHARS = 100_000
MAX_ADDRESS_CHARS = 2_000

_TEMPLATE = "sources/uploads.html"


class AddressesRequest(Request):
    """Add pages by their addresses, separated by white space."""

    addresses: Annotated[Text, Field(max_length=MAX_ADDRESSES_CHARS)]


class FeedRequest(Request):
    """Follow a feed, fetch what is new in it, or forget it; all feeds are fetched for an empty one.

    Attributes:
        address: Of the feed, or of a page that links to it.
    """

    address: Annotated[Text, Field(max_length=MAX_ADDRESS_CHARS)] = ""


class JobRequest(Request):
    """An action on an addition."""

    job: Token


class AddingView:
    """Carries out what is added by address, and what is done with additions.

    Args:
        service: Gives the library and the additions.

    Attributes:
        actions: The actions, by name.
    """

    def __init__(self, service: ChatService) -> None:
        self._service = service
        self.actions: Actions = {
            "jobs": Action(Request, self._list),
            "retry-job": Action(JobRequest, self._retry),
            "dismiss-job": Action(JobRequest, self._dismiss),
            "add-addresses": Action(AddressesRequest, self._add_addresses),
            "follow-feed": Action(FeedRequest, self._follow),
            "fetch-feed": Action(FeedRequest, self._fetch),
            "forget-feed": Action(FeedRequest, self._forget),
        }

    def _list(self, owner: str, request: Request) -> Reply:
        del request
        jobs = self._service.jobs.find_all(owner)
        # Before they are shown, so that their end is shown as well.
        is_pending = any(job.is_under_way for job in jobs)
        return {
            "slots": {
                "sources-report": render_jobs(self._service, jobs),
                "sources-feeds": self._render_feeds(),
            },
            "data": {"is_pending": is_pending},
        }

    def _render_feeds(self) -> str:
        try:
            feeds = self._service.library().subscriptions().all()
        except OnRecordError:
            return ""
        shown = [(feed, self._service.jobs.find_current(_key(feed.url))) for feed in feeds]
        return render(_TEMPLATE, "render_feeds", shown)

    def _retry(self, owner: str, request: JobRequest) -> Reply:
        self._service.jobs.retry(owner, request.job)
        return self._list(owner, request)

    def _dismiss(self, owner: str, request: JobRequest) -> Reply:
        self._service.jobs.dismiss(owner, request.job)
        return self._list(owner, request)

    def _add_addresses(self, owner: str, request: AddressesRequest) -> Reply:
        urls = list(dict.fromkeys(request.addresses.split()))
        if not 0 < len(urls) <= MAX_ADDRESSES:
            raise OnRecordError(f"enter 1 to {MAX_ADDRESSES} addresses, as in https://…")
        name = clean_line(urls[0]) if len(urls) == 1 else count_of(len(urls), "web page")
        self._service.jobs.start(owner, name, partial(fetch_and_add, self._service, urls=urls))
        return self._list(owner, request)

    def _follow(self, owner: str, request: FeedRequest) -> Reply:
        library = self._service.library_to_fill()
        wait = self._service.settings.wait_seconds
        feed = library.subscriptions().add(request.address, wait_seconds=wait)
        return self._fetch(owner, FeedRequest(do=request.do, address=feed.url))

    def _fetch(self, owner: str, request: FeedRequest) -> Reply:
        known = [feed.url for feed in self._service.library().subscriptions().all()]
        wanted = [url for url in known if request.address in {"", url}]
        if not wanted:
            raise OnRecordError("this feed is not followed any more; add it again")
        idle = [url for url in wanted if not self._is_fetched(url)]
        if idle:
            name = clean_line(idle[0]) if len(idle) == 1 else count_of(len(idle), "feed")
            work = partial(fetch_and_add, self._service, feeds=idle)
            self._service.jobs.start(owner, name, work, keys=tuple(map(_key, idle)))
        return self._list(owner, request)

    def _is_fetched(self, url: str) -> bool:
        job = self._service.jobs.find_current(_key(url))
        return job is not None and job.is_under_way

    def _forget(self, owner: str, request: FeedRequest) -> Reply:
        wait = self._service.settings.wait_seconds
        feeds = self._service.library().subscriptions()
        feeds.remove(request.address, wait_seconds=wait)
        return {**self._list(owner, request), "notice": "The feed is forgotten; its articles stay."}


def fetch_and_add(
    service: ChatService,
    job: Job,
    *,
    urls: Sequence[str] = (),
    feeds: Sequence[str] = (),
    allow_private: bool = False,
) -> AddReport:
    """Fetch pages, and those that feeds announce, and add them to the library.

    Args:
        service: Gives the library, which is made if there is none.
        job: Is told how far it is.
        urls: Addresses of pages.
        feeds: Addresses of feeds.
        allow_private: Whether to fetch from this machine and its network as well; never for users.
    """
    from index.adding.add_pages import add_pages
    from index.fetching.fetch_sources import fetch_sources

    library = service.library_to_fill()
    record = library.page_validators()

    def tell(url: str) -> None:
        job.now = url

    pages = fetch_sources(
        urls, feeds=feeds, allow_private=allow_private, record=record, progress=tell
    )
    add = partial(
        library.add,
        wait_seconds=service.settings.wait_seconds,
        unconfined=service.settings.unconfined,
    )
    return add_pages(library, pages, add=add, record=record, progress=job.tell)


def follow_folders(
    service: ChatService, folders: Sequence[Path], stop: threading.Event
) -> list[threading.Thread]:
    """Keep the library in step with folders until told to stop, each in a thread of its own.

    Args:
        service: Gives the library, which is made if there is none, and shows how it goes.
        folders: As whoever starts the server names them.
        stop: Ends it when set.
    """
    turn = threading.Lock()
    threads = [
        threading.Thread(
            target=_follow_folder,
            args=(service, folder, stop, turn),
            name="onrecord-watch",
            daemon=True,
        )
        for folder in folders
    ]
    for thread in threads:
        thread.start()
    return threads


def _follow_folder(
    service: ChatService, folder: Path, stop: threading.Event, turn: threading.Lock
) -> None:
    from index.watch import synchronise, wait_for_changes

    name, keys = f"Folder {folder.resolve().name}", (f"folder:{folder}",)

    def work(job: Job) -> Report:
        library = service.library_to_fill()
        # What another one adds to a folder meanwhile would look as if it had left the folder.
        with turn:
            return synchronise(
                library, folder, progress=job.tell, unconfined=service.settings.unconfined
            )

    def step() -> None:
        job = service.jobs.start(EVERYBODY, name, work, keys=keys)
        job.wait_for_end()

    try:
        for _ in wait_for_changes(folder, stop):
            step()
    except OnRecordError as error:
        line = service.describe_error(error)
        service.jobs.start(EVERYBODY, name, _fail(line), keys=keys)


def _fail(line: str) -> Callable[[Job], Report]:
    def work(job: Job) -> Report:
        del job
        raise OnRecordError(line)

    return work


def _key(url: str) -> str:
    return f"feed:{url}"
