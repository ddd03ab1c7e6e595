"""What a library remembers of pages that it fetched, so that it need not fetch them again."""

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
    """What a server gave to ask with whether a page has changed.

    Attributes:
        url: The address that the page came from, after redirects.
        etag: The ``ETag`` header as it was; empty where there was none.
        last_modified: The ``Last-Modified`` header as it was; empty where there was none.
    """

    url: str
    etag: str = ""
    last_modified: str = ""

    def __bool__(self) -> bool:
        """Return whether there is anything to ask with."""
        return bool(self.etag or self.last_modified)


class FetchRecord:
    """The validators of a library's pages.

    What is new is kept in memory until ``store``: a page that was fetched and never committed must
    be fetched in full the next time.

    Args:
        database: The library's record.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, Validators] = {}
        self._lock = threading.Lock()  # pages are fetched in one thread and stored in another

    def find(self, url: str) -> Validators | None:
        """Return what to ask with, or None where the page has to be fetched in full.

        That is also so where the library holds no article of it any more.

        Args:
            url: The address as it was asked for.
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
        """Take note of a page that was fetched in full.

        Args:
            url: The address as it was asked for.
            validators: What its server gave; what was known before is forgotten if that is nothing.
        """
        with self._lock:
            self._noted[url] = validators

    def take(self, final_urls: Collection[str]) -> FetchRecord:
        """Return what was noted of some pages, which is not kept here any longer.

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
        """Write what was noted; call it only once the articles of these pages are written.

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
