"""What a library remembers of fetched pages, so that unchanged ones are not fetched again."""

from __future__ import annotations

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

from index.record.fetched_pages import Validators, find_validators, put_validators

if TYPE_CHECKING:
    from index.record.database import AnyDatabase
    from index.record.writes import WriteTransaction


class PageValidators:
    """The validators of a library's pages.

    New ones are kept in memory until ``store``: a page that was fetched but never committed must be
    fetched in full the next time.

    Args:
        database: The library's record.
    """

    def __init__(self, database: AnyDatabase) -> None:
        self._database = database
        self._noted: dict[str, Validators] = {}
        self._lock = threading.Lock()  # pages are fetched in one thread and stored in another

    def find(self, url: str) -> Validators | None:
        """Return the validators of a page by its address as requested.

        None if it must be fetched in full, as when the library no longer holds an article of it.
        """
        with self._database.reading() as reader:
            return find_validators(reader, url)

    def note(self, url: str, validators: Validators) -> None:
        """Remember a page that was fetched in full, by its address as requested.

        If its server gave no validators, earlier ones are forgotten.
        """
        with self._lock:
            self._noted[url] = validators

    def take(self, final_urls: Collection[str]) -> PageValidators:
        """Remove and return what was noted about some pages, by their addresses after redirects."""
        taken = PageValidators(self._database)
        with self._lock:
            for url, found in list(self._noted.items()):
                if found.url in final_urls:
                    taken.note(url, self._noted.pop(url))
        return taken

    def store(self, writer: WriteTransaction) -> None:
        """Write what was noted; call it only after the articles of these pages are written."""
        with self._lock:
            noted, self._noted = self._noted, {}
        for url, found in noted.items():
            put_validators(writer, url, found)
