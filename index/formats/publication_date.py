"""The day of publication, from what a file states and what the lines of the text say. Pure.

No date is better than a wrong one: filters and answers rely on it. The first of January 1970 stands
for a missing date, nothing was published in the future, and the day on which a file was made or
saved says when somebody used a program.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol

from index.language.date_words import DAY_FIRST
from index.text.clock import believable_now
from index.text.datelines import find_dateline
from index.text.dates import parse_date, parse_moment

_EPOCH = date(1970, 1, 1)
_FARTHEST_EAST = timedelta(hours=14)


class StatedDates(Protocol):
    """What a file says of its dates; ``Metadata`` does, and describes them."""

    @property
    def published(self) -> date | None:
        """The day."""

    @property
    def published_at(self) -> datetime | None:
        """The moment."""

    @property
    def updated_at(self) -> datetime | None:
        """The moment of the last change."""

    @property
    def date_basis(self) -> str:
        """How the day is known."""

    @property
    def unsettled(self) -> str:
        """An ambiguous date."""

    @property
    def made(self) -> date | None:
        """The day on which the file was made."""


class SettledDate(NamedTuple):
    """The day of publication, how it is known, and what the report says of it."""

    published: date | None = None
    published_at: datetime | None = None
    basis: str = ""
    notes: tuple[str, ...] = ()


def settle_date(stated: StatedDates, lines: Sequence[str], language: str) -> SettledDate:
    """Return the day and moment of publication.

    Args:
        stated: What the file says.
        lines: The article's lines, without blank ones.
        language: Of the article; settles whether 03/04/2024 is in April.
    """
    day_first = True if language in DAY_FIRST else None
    published, moment, basis = stated.published, stated.published_at, stated.date_basis
    notes: list[str] = []
    if published is None and stated.unsettled:
        published = parse_date(stated.unsettled, day_first=day_first)
        moment, basis = parse_moment(stated.unsettled, day_first=day_first), "language"
        if published is None:
            notes.append(
                f"its date {stated.unsettled.strip()!r} may be of either month and is not used;"
                " 'onrecord edit ID --published DATE' sets it"
            )
    if isinstance(published, datetime):
        published = published.date()
    if published and (reason := _why_none(published)):
        notes.append(f"its date {published.isoformat()} {reason} and is not used")
        published = None
    if published is None:
        known = [stated.updated_at.date()] if stated.updated_at else []
        published, moment, basis = None, None, "dateline"
        found = find_dateline(lines, known=known, day_first=day_first)
        if found and not _why_none(found):
            published = found
    if published is None:
        if stated.made and not notes:
            made = stated.made.isoformat()
            notes.append(f"no day of publication is stated; its file was made on {made}")
        return SettledDate(notes=tuple(notes))
    is_fit = moment is not None and moment.date() == published
    return SettledDate(published, moment if is_fit else None, basis or "stated", tuple(notes))


def _latest_day() -> date:
    """Return the day that it is already somewhere."""
    return (believable_now().astimezone(UTC) + _FARTHEST_EAST).date()


def _why_none(day: date) -> str:
    """Return why a day cannot be one of publication, empty if it can."""
    if day == _EPOCH:
        return "stands for a missing one"
    return "lies in the future" if day > _latest_day() else ""
