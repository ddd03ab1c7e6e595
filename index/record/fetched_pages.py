"""What a library remembers of the web: pages that it fetched, and feeds to fetch from again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from index.record.rows import now_as_stored

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.writes import WriteTransaction


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave for asking whether a page has changed.

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


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that is remembered.

    Attributes:
        url: Its address, or that of a page that names it.
        added_at: Since when, in UTC.
    """

    url: str
    added_at: datetime


def find_validators(reader: ReadTransaction, url: str) -> Validators | None:
    """Return the validators of a page whose article is in the library, or None.

    ``url`` is the address that was asked for, before redirects.
    """
    if not reader.has_table("fetches"):
        return None
    row = reader.connection.execute(
        "SELECT final_url, etag, last_modified FROM fetches WHERE url = ?"
        " AND EXISTS (SELECT 1 FROM articles WHERE origin = final_url)",
        (url,),
    ).fetchone()
    return None if row is None else Validators(*row)


def put_validators(writer: WriteTransaction, url: str, validators: Validators) -> None:
    """Store the validators of a page; empty ones delete what was stored before."""
    if not validators:
        writer.connection.execute("DELETE FROM fetches WHERE url = ?", (url,))
        return
    writer.connection.execute(
        "INSERT OR REPLACE INTO fetches (url, final_url, etag, last_modified, fetched_at)"
        " VALUES (?, ?, ?, ?, ?)",
        (url, validators.url, validators.etag, validators.last_modified, now_as_stored()),
    )


def find_feeds(reader: ReadTransaction) -> tuple[Subscription, ...]:
    """Return the feeds in the order in which they were added."""
    if not reader.has_table("feeds"):
        return ()
    rows = reader.connection.execute("SELECT url, added_at FROM feeds ORDER BY feed_id")
    return tuple(Subscription(url, datetime.fromisoformat(at)) for url, at in rows)


def put_feed(writer: WriteTransaction, url: str) -> None:
    """Remember a feed; one that is remembered already stays as it is."""
    writer.connection.execute(
        "INSERT INTO feeds (url, added_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (url, now_as_stored()),
    )


def delete_feed(writer: WriteTransaction, url: str) -> None:
    """Forget a feed."""
    writer.connection.execute("DELETE FROM feeds WHERE url = ?", (url,))
