"""Time, outlet and author in a question -> a filter, and the question without them; pure.

"What has happened at the refinery since March 2025?" is asked of that time; "what did the Bay Wire
write about the tram?" of the Bay Wire's articles, and with the name of an author of theirs. An
outlet that is asked about ("who owns the Bay Wire?") is no filter.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from index.language.spoken_days import describe_days
from index.types import Filter
from rag.asking.periods import DAY, FindSpan, PeriodQuestion, find_period, may_name_period
from rag.asking.sources import find_author, find_outlet, may_name_source

_WHAT_IS_SAID = re.compile(
    r"What (?:is|was) (?:said|written|reported|published) (?:about|on|of|regarding|concerning)\s+"
    r"(?P<topic>[^?]+)",
    re.IGNORECASE,
)


class FilterPart(StrEnum):
    """What of a question can narrow the search; each can be taken back by itself."""

    PERIOD = "period"
    OUTLET = "outlet"
    AUTHOR = "author"


@dataclass(frozen=True, slots=True)
class Holdings:
    """What has to be known of a library to read a filter in a question; asked only if needed.

    Attributes:
        find_outlets: Returns the names of its outlets.
        find_span: Returns the days of its oldest and newest article.
        has_author: Returns whether an article has an author of that name.
    """

    find_outlets: Callable[[], Collection[str]]
    find_span: FindSpan
    has_author: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class FilteredQuestion:
    """A question, and the articles to search for it.

    Attributes:
        text: The question without the words that became a filter.
        only: The filter, with the period as it was named; empty if the question names none.
        is_of_publication: Whether the period is that of publication, not that of the events.
    """

    text: str
    only: Filter
    is_of_publication: bool = False

    @property
    def topic(self) -> str:
        """What an outlet or author is asked about, if it is asked what they wrote about it."""
        asked = _WHAT_IS_SAID.match(self.text) if self.only.outlets or self.only.authors else None
        return asked["topic"] if asked else ""


def find_filter(
    question: str, holdings: Holdings, without: Collection[str] = ()
) -> FilteredQuestion:
    """Return the filter that a question names in words, and the question without it.

    Args:
        question: Standalone.
        holdings: The library.
        without: Parts, of ``FilterPart``, that are not to become a filter.

    Examples:
        >>> from datetime import date
        >>> holdings = Holdings(lambda: ["Bay Wire"], lambda: (None, None), lambda name: False)
        >>> found = find_filter("What did the Bay Wire report since March 2025?", holdings)
        >>> found.text, found.only.since, found.only.outlets
        ('What is the news?', datetime.date(2025, 3, 1), ('Bay Wire',))
    """
    period = PeriodQuestion(question)
    if FilterPart.PERIOD not in without:
        period = find_period(question, holdings.find_span)
    text = period.text
    outlets: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    if FilterPart.OUTLET not in without and may_name_source(text):
        text, outlets = find_outlet(text, holdings.find_outlets())
    if FilterPart.AUTHOR not in without and not outlets and may_name_source(text):
        text, authors = find_author(text, holdings.has_author)
    only = Filter(outlets=outlets, authors=authors, since=period.since, until=period.until)
    return FilteredQuestion(text, only, period.is_of_publication or bool(outlets or authors))


def may_name_filter(question: str) -> bool:
    """Return whether ``find_filter`` may find anything, without knowing the library."""
    return may_name_period(question) or may_name_source(question)


def describe_parts(only: Filter) -> dict[FilterPart, str]:
    """Return the parts of a filter of ``find_filter`` in words, as a reader would call them.

    Examples:
        >>> from datetime import date
        >>> describe_parts(Filter(since=date(2025, 3, 1)))
        {<FilterPart.PERIOD: 'period'>: 'since 1 March 2025'}
    """
    parts: dict[FilterPart, str] = {}
    if only.outlets:
        parts[FilterPart.OUTLET] = " and ".join(only.outlets)
    if only.authors:
        parts[FilterPart.AUTHOR] = f"by {' and '.join(only.authors)}"
    if only.since and only.until:
        parts[FilterPart.PERIOD] = describe_days(only.since, only.until)
    elif only.since:
        parts[FilterPart.PERIOD] = f"since {describe_days(only.since, only.since)}"
    elif only.until:
        parts[FilterPart.PERIOD] = f"up to {describe_days(only.until, only.until)}"
    return parts


def describe_filter(only: Filter) -> str:
    """Return the articles that a filter of ``find_filter`` admits, in words.

    Examples:
        >>> from datetime import date
        >>> describe_filter(Filter(outlets=("Bay Wire",), since=date(2025, 3, 1)))
        'articles from Bay Wire since 1 March 2025'
    """
    parts = describe_parts(only)
    words = ["articles"]
    if outlet := parts.get(FilterPart.OUTLET):
        words.append(f"from {outlet}")
    if author := parts.get(FilterPart.AUTHOR):
        words.append(author)
    if period := parts.get(FilterPart.PERIOD):
        words.append(period if not (only.since and only.until) else f"of {period}")
    return " ".join(words)


def narrow_filter(only: Filter, found: Filter) -> Filter:
    """Return a filter as strict as both together; what was chosen stays chosen.

    Yesterday's events are reported in today's paper, so that a single day admits the next one too.
    """
    last = found.until
    if last is not None and found.since == last:
        last += DAY
    since = max((day for day in (only.since, found.since) if day), default=None)
    until = min((day for day in (only.until, last) if day), default=None)
    return replace(
        only,
        since=since,
        until=until,
        outlets=only.outlets or found.outlets,
        authors=only.authors or found.authors,
    )
