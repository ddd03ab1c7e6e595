"""Feeds that a library remembers, so that one command fetches their new entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from index.errors import SubscriptionError
from index.fetching.web_address import read_address, show_address
from index.record.fetched_pages import Subscription, delete_feed, find_feeds, put_feed
from index.remedies import Remedy

if TYPE_CHECKING:
    from index.open_library import OpenLibrary

MAX_SUBSCRIPTIONS = 1_000


class Subscriptions:
    """The feeds of one library; changing them waits ``wait_seconds`` for another writer."""

    def __init__(self, library: OpenLibrary) -> None:
        self._library = library

    def all(self) -> tuple[Subscription, ...]:
        """Return the feeds in the order in which they were added."""
        with self._library.database.reading() as reader:
            return find_feeds(reader)

    def add(self, url: str, *, wait_seconds: float) -> Subscription:
        """Remember a feed, or a page that links to it, without fetching it.

        Adding a known feed changes nothing.

        Raises:
            AddressRefusedError: If it is not a web address.
            SubscriptionError: If there are too many.
        """
        address = str(read_address(url))
        with self._library.writing(wait_seconds):
            known = self.all()
            is_new = address not in {feed.url for feed in known}
            if is_new and len(known) >= MAX_SUBSCRIPTIONS:
                raise SubscriptionError(
                    f"there are {MAX_SUBSCRIPTIONS:,} feeds already",
                    Remedy("feeds remove", self._library.path, ("URL",), purpose="to make room"),
                )
            with self._library.database.writing() as writer:
                put_feed(writer, address)
        return next(feed for feed in self.all() if feed.url == address)

    def remove(self, url: str, *, wait_seconds: float) -> None:
        """Forget a feed, by its address as returned by ``all`` or as added; its articles stay.

        Raises:
            AddressRefusedError: If it is not a web address.
            SubscriptionError: If it is not known.
        """
        address = str(read_address(url))
        if address not in {feed.url for feed in self.all()}:
            raise SubscriptionError(
                f"no feed '{show_address(address)}'",
                Remedy("feeds list", self._library.path, purpose="to see them"),
            )
        with self._library.writing(wait_seconds), self._library.database.writing() as writer:
            delete_feed(writer, address)
