"""What can be read from the ledger of a library: who said what, names, days, counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.language.stance import Stance
from index.ledger.counts import count_articles
from index.ledger.dated import find_dated
from index.ledger.people import find_roles, list_entities
from index.ledger.said import find_sentences, find_statements
from index.record.browse import check_page
from index.types import Filter

if TYPE_CHECKING:
    from index.ledger.counts import Count
    from index.ledger.dated import DatedPage
    from index.ledger.people import EntityPage, Role
    from index.ledger.said import StatementPage, StatementPlace
    from index.ledger.store import Ledger

_NO_FILTER = Filter()


class LedgerCatalogue:
    """The part of ``Library`` that reads the ledger.

    Args:
        ledger: The ledger of an open library.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def statements(
        self,
        *,
        by: str = "",
        about: str = "",
        near: str = "",
        stance: Stance | str | None = None,
        only: Filter = _NO_FILTER,
        offset: int = 0,
        limit: int = 50,
        progress: Callable[[int, int], None] | None = None,
    ) -> StatementPage:
        """Return who said what, the newest first, each statement once however many print it.

        Args:
            by: Who speaks: a name in any spelling, or words for the speaker; blank for all.
            about: Words that what is said must have; blank for all.
            near: Words for what it is about, which sentence, passage and title may have together.
            stance: What the words must be to the speaker, such as ``denies``; None for all.
            only: What the articles must satisfy.
            offset: How many to skip.
            limit: How many to return at most.
            progress: Called with the articles read and to be read, if the library was made by a
                program that read no statements.

        Raises:
            ValueError: If ``offset`` or ``limit`` is negative, or there is no such stance.
        """
        check_page(offset, limit)
        wanted = None if stance is None else Stance(stance)
        with self._ledger.reading(progress) as (ledger, reader):
            return find_statements(
                *(ledger, reader),
                by=by.strip(),
                about=about.strip(),
                near=near.strip(),
                stance=wanted,
                only=only,
                offset=offset,
                limit=limit,
            )

    def people(
        self,
        name: str = "",
        *,
        kind: str = "person",
        only: Filter = _NO_FILTER,
        offset: int = 0,
        limit: int = 50,
        progress: Callable[[int, int], None] | None = None,
    ) -> EntityPage:
        """Return whom the articles name, those whom most articles name first.

        Args:
            name: A name in any spelling; a family name finds all who have it. Blank for all.
            kind: ``person``, ``organisation`` or ``place``; blank for all.
            only: What the articles must satisfy.
            offset: How many to skip.
            limit: How many to return at most.
            progress: See ``statements``.

        Raises:
            ValueError: If ``offset`` or ``limit`` is negative.
        """
        check_page(offset, limit)
        with self._ledger.reading(progress) as (ledger, _):
            return list_entities(
                ledger, name=name.strip(), kind=kind, only=only, offset=offset, limit=limit
            )

    def roles(self, entity: int) -> tuple[Role, ...]:
        """Return the offices that articles give for somebody whom ``people`` found."""
        with self._ledger.reading() as (ledger, reader):
            return find_roles(ledger, reader, entity)

    def sentences_about(
        self, topic: str, *, only: Filter = _NO_FILTER
    ) -> tuple[tuple[StatementPlace, str], ...]:
        """Return every sentence about something, each with its place.

        Args:
            topic: Words for it, which sentence, passage and title may have together.
            only: What the articles must satisfy.
        """
        with self._ledger.reading() as (ledger, reader):
            return find_sentences(ledger, reader, topic.strip(), only)

    def timeline(
        self,
        topic: str = "",
        *,
        only: Filter = _NO_FILTER,
        offset: int = 0,
        limit: int = 100,
        progress: Callable[[int, int], None] | None = None,
    ) -> DatedPage:
        """Return what happened when, the earliest day first: sentences with the days they name.

        Args:
            topic: Words that a passage must have; blank for everything.
            only: What the articles must satisfy.
            offset: How many to skip.
            limit: How many to return at most.
            progress: See ``statements``.

        Raises:
            ValueError: If ``offset`` or ``limit`` is negative.
        """
        check_page(offset, limit)
        with self._ledger.reading(progress) as (ledger, reader):
            return find_dated(
                ledger, reader, topic=topic.strip(), only=only, offset=offset, limit=limit
            )

    def count(
        self,
        words: str,
        *,
        only: Filter = _NO_FILTER,
        offset: int = 0,
        limit: int = 50,
        progress: Callable[[int, int], None] | None = None,
    ) -> Count:
        """Return how many articles mention something, each listed; every article is read.

        Args:
            words: A name or other words.
            only: What the articles must satisfy.
            offset: How many to skip of those that are listed.
            limit: How many to list at most.
            progress: See ``statements``.

        Raises:
            ValueError: If ``words`` is blank, or ``offset`` or ``limit`` is negative.
        """
        check_page(offset, limit)
        if not words.strip():
            raise ValueError("there are no words to count")
        with self._ledger.reading(progress) as (ledger, reader):
            return count_articles(
                ledger, reader, subject=words, only=only, offset=offset, limit=limit
            )
