"""The filter set in Sources, which the chat applies as well: as JSON and in words."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from index.types import Filter
from ui.escape import quote_line
from ui.languages import describe_language
from ui.render import describe_date
from ui.web.wire import Fields, Text

MAX_NAMES = 50
MAX_OUTLET_CHARS = 1000
MAX_LANGUAGE_CHARS = 20
N_NAMES = 3

UNKNOWN_OUTLET = "outlet unknown"
UNKNOWN_LANGUAGE = "language unknown"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _to_date(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


_Day = Annotated[date, BeforeValidator(_to_date)]


class FilterFields(Fields):
    """A filter as a browser sends it and as it is stored."""

    outlets: Annotated[
        list[Annotated[Text, Field(max_length=MAX_OUTLET_CHARS)]], Field(max_length=MAX_NAMES)
    ] = Field(default_factory=list)
    languages: Annotated[
        list[Annotated[Text, Field(max_length=MAX_LANGUAGE_CHARS)]], Field(max_length=MAX_NAMES)
    ] = Field(default_factory=list)
    since: _Day | None = None
    until: _Day | None = None


def read_filter(value: object) -> Filter:
    """Return the filter that a JSON object stands for.

    Args:
        value: ``{"outlets": ["…"], "languages": ["en"], "since": "2024-10-21", "until": null}``,
            all of it optional; None for no filter. Dates in the wrong order are swapped.

    Raises:
        ValueError: If it is anything else.
    """
    if value is None or isinstance(value, Filter):
        return value or Filter()
    fields = FilterFields.model_validate(value)
    since, until = fields.since, fields.until
    if since and until and since > until:
        since, until = until, since
    return Filter(
        outlets=tuple(dict.fromkeys(fields.outlets)),
        languages=tuple(dict.fromkeys(fields.languages)),
        since=since,
        until=until,
    )


FilterField = Annotated[Filter, BeforeValidator(read_filter)]
"""A filter in a request."""


def filter_to_dict(only: Filter) -> dict[str, Any]:
    """Return a filter as a JSON object that ``read_filter`` reads; an empty one for no filter."""
    if not only:
        return {}
    return {
        "outlets": list(only.outlets),
        "languages": list(only.languages),
        "since": only.since.isoformat() if only.since else None,
        "until": only.until.isoformat() if only.until else None,
    }


def describe_filter(only: Filter) -> str:
    """Return a filter as one safe line, ``Corvane Wire, since 1 May 2024``; empty for none."""
    names = [quote_line(name) or UNKNOWN_OUTLET for name in only.outlets]
    parts = [" or ".join(names[:N_NAMES])] if names else []
    if len(names) > N_NAMES:
        parts[0] += f" or {len(names) - N_NAMES} more"
    if only.languages:
        spoken = [describe_language(code) or UNKNOWN_LANGUAGE for code in only.languages]
        parts.append(" or ".join(spoken[:N_NAMES]))
    if only.since and only.since == only.until:
        parts.append(describe_date(only.since))
    elif only.since and only.until:
        parts.append(f"{describe_date(only.since)} to {describe_date(only.until)}")
    elif only.since:
        parts.append(f"since {describe_date(only.since)}")
    elif only.until:
        parts.append(f"until {describe_date(only.until)}")
    return ", ".join(parts)
