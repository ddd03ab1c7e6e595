"""What a library remembers of fetched pages, so that unchanged ones are not fetched again."""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.record.database import Database
    from index.record.writes import WriteTransaction


@dataclass(frozen=True, slots=True)
class Validators:
    """The headers with which to ask a server whether a page has changed.

    Attributes:
        url: The address that the page came from, after redirects.
        etag: The ``ETag`` header; empty if there was none.
        last_modified: The ``Last-Modified`` header; empty if there was none.
    """

    url: str
    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        """Return whether there is any such header."""
        return bool(self.etag or self.last_modified)


class FetchRecord:
    """The validators of a library's pages.

    New ones are kept in memory until ``store``: a page that was fetched but never committed must be
    fetched in full the next time.

    Args:
        database: The library's record.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, Validators] = {}
        self._lock = threading.Lock()  # pages are fetched in one thread and stored in another

    def find(self, url: str) -> Validators | None:
        """Return the validators of a page, or None if it must be fetched in full.

        It must be if the library no longer holds an article of it.

        Args:
            url: The address as requested.
        """
        with self._database.reading() as reader:
            if not reader.has_table("fetches"):
                return None
            row = reader.connection.execute(
                "SELECT final_url, etag, last_modified FROM fetches WHERE url = ?"
                " AND EXISTS (SELECT 1 FROM articles WHERE origin = final_url)",
                (url,),
            ).fetchone()
        return None if row is None else Validators(*row)

    def note(self, url: str, validators: Validators) -> None:
        """Remember a page that was fetched in full.

        Args:
            url: The address as requested.
            validators: Those of its server; if there are none, earlier ones are forgotten.
        """
        with self._lock:
            self._noted[url] = validators

    def take(self, final_urls: Collection[str]) -> FetchRecord:
        """Remove and return what was noted about some pages.

        Args:
            final_urls: Their addresses, after redirects.
        """
        taken = FetchRecord(self._database)
        with self._lock:
            for url, found in list(self._noted.items()):
                if found.url in final_urls:
                    taken.note(url, self._noted.pop(url))
        return taken

    def store(self, writer: WriteTransaction) -> None:
        """Write what was noted; call it only after the articles of these pages are written.

        Args:
            writer: The transaction that commits them, or a later one.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._lock:
            noted, self._noted = self._noted, {}
        for url, found in noted.items():
            if found:
                writer.connection.execute(
                    "INSERT OR REPLACE INTO fetches"
                    " (url, final_url, etag, last_modified, fetched_at) VALUES (?, ?, ?, ?, ?)",
                    (url, found.url, found.etag, found.last_modified, now),
                )
            else:
                writer.connection.execute("DELETE FROM fetches WHERE url = ?", (url,))
