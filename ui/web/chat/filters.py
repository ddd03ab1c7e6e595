"""The filter of the Sources view, which the chat asks under as well: as JSON and in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from index.types import Filter
from ui.escape import quote_line
from ui.languages import describe_language
from ui.render import describe_date

MAX_NAMES = 50
MAX_OUTLET_CHARS = 500
MAX_LANGUAGE_CHARS = 20
N_NAMES = 3

UNKNOWN_OUTLET = "outlet unknown"
UNKNOWN_LANGUAGE = "language unknown"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def read_filter(value: object) -> Filter:
    """Return the filter that a browser asks for; what is no filter asks for nothing.

    Args:
        value: ``{"outlets": ["…"], "languages": ["en"], "since": "2024-10-21", "until": null}``, or
            anything.
    """
    if not isinstance(value, Mapping):
        return Filter()
    return Filter(
        outlets=_read_names(value.get("outlets"), MAX_OUTLET_CHARS),
        languages=_read_names(value.get("languages"), MAX_LANGUAGE_CHARS),
        since=_read_date(value.get("since")),
        until=_read_date(value.get("until")),
    )


def _read_names(value: object, most: int) -> tuple[str, ...]:
    """Return the names of a list that are at most so long, each once."""
    if not isinstance(value, list | tuple):
        return ()
    names = [
        name.encode("utf-8", "replace").decode("utf-8")
        for name in value[:MAX_NAMES]
        if isinstance(name, str) and len(name) <= most
    ]
    return tuple(dict.fromkeys(names))


def filter_to_dict(only: Filter) -> dict[str, object]:
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


def _read_date(value: object) -> date | None:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None
