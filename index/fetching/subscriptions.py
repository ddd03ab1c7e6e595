"""Feeds that a library remembers, so that one command fetches their new entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from index.errors import SubscriptionError
from index.fetching.web_address import read_address, show_address
from index.remedies import Remedy

if TYPE_CHECKING:
    from index.open_library import OpenLibrary

MAX_SUBSCRIPTIONS = 1_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed that is remembered.

    Attributes:
        url: Its address, or that of a page that links to it.
        added_at: When it was added, in UTC.
    """

    url: str
    added_at: datetime


class Subscriptions:
    """The feeds of one library.

    Args:
        held: The library.
    """

    def __init__(self, held: OpenLibrary) -> None:
        self._held = held

    def all(self) -> tuple[Subscription, ...]:
        """Return the feeds in the order in which they were added."""
        with self._held.database.reading() as reader:
            if not reader.has_table("feeds"):
                return ()
            rows = reader.connection.execute("SELECT url, added_at FROM feeds ORDER BY feed_id")
            return tuple(Subscription(url, datetime.fromisoformat(at)) for url, at in rows)

    def add(self, url: str, *, wait_seconds: float) -> Subscription:
        """Remember a feed, without fetching it. Adding a known feed changes nothing.

        Args:
            url: Its address, or that of a page that links to it.
            wait_seconds: How long to wait for another writer.

        Raises:
            AddressRefusedError: If it is not a web address.
            SubscriptionError: If there are too many.
        """
        address = str(read_address(url))
        with self._held.writing(wait_seconds):
            known = self.all()
            is_new = address not in {feed.url for feed in known}
            if is_new and len(known) >= MAX_SUBSCRIPTIONS:
                raise SubscriptionError(
                    f"there are {MAX_SUBSCRIPTIONS:,} feeds already",
                    Remedy("feeds remove", self._held.path, ("URL",), purpose="to make room"),
                )
            with self._held.database.writing() as writer:
                writer.connection.execute(
                    "INSERT OR IGNORE INTO feeds (url, added_at) VALUES (?, ?)",
                    (address, datetime.now(UTC).isoformat(timespec="seconds")),
                )
        return next(feed for feed in self.all() if feed.url == address)

    def remove(self, url: str, *, wait_seconds: float) -> None:
        """Forget a feed; its articles stay.

        Args:
            url: Its address, as returned by ``all`` or as added.
            wait_seconds: How long to wait for another writer.

        Raises:
            AddressRefusedError: If it is not a web address.
            SubscriptionError: If it is not known.
        """
        address = str(read_address(url))
        if address not in {feed.url for feed in self.all()}:
            raise SubscriptionError(
                f"no feed '{show_address(address)}'",
                Remedy("feeds list", self._held.path, purpose="to see them"),
            )
        with self._held.writing(wait_seconds), self._held.database.writing() as writer:
            writer.connection.execute("DELETE FROM feeds WHERE url = ?", (address,))
