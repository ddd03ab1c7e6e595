"""What is chosen to be asked: as JSON, in words, and as the chips above the question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from index.types import Filter
from ui.escape import quote_line
from ui.languages import describe_language
from ui.messages import count_of
from ui.render import describe_date
from ui.web.wire import Fields, ShortText, Text, Token

MAX_NAMES = 50
MAX_OUTLET_CHARS = 1000
MAX_LANGUAGE_CHARS = 20
N_NAMES = 3
MAX_ARTICLES = 100
MAX_COLLECTIONS = 20
MAX_NAME_CHARS = 200

UNKNOWN_OUTLET = "outlet unknown"
UNKNOWN_LANGUAGE = "language unknown"

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _to_date(value: object) -> object:
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


_Day = Annotated[date, BeforeValidator(_to_date)]


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """A filter that names collections; the articles in any of them pass, and those it names.

    Attributes:
        collections: Ids and names.
    """

    collections: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything is filtered."""
        return bool(self.collections) or Filter.__bool__(self)


class CollectionFields(Fields):
    """A collection as a filter names it."""

    id: Token
    name: Annotated[Text, Field(max_length=MAX_NAME_CHARS)] = ""


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
    articles: Annotated[list[ShortText], Field(max_length=MAX_ARTICLES)] | None = None
    collections: Annotated[list[CollectionFields], Field(max_length=MAX_COLLECTIONS)] = Field(
        default_factory=list
    )


def read_filter(value: object) -> Filter:
    """Return the filter that a JSON object stands for.

    Args:
        value: ``{"outlets": ["…"], "languages": ["en"], "since": "2024-10-21", "until": null,
            "articles": ["…"], "collections": [{"id": "…", "name": "…"}]}``, all of it optional;
            None for no filter. Dates in the wrong order are swapped.

    Raises:
        ValueError: If it is anything else.
    """
    if value is None or isinstance(value, Filter):
        return value or Filter()
    fields = FilterFields.model_validate(value)
    since, until = fields.since, fields.until
    if since and until and since > until:
        since, until = until, since
    only = Filter(
        outlets=tuple(dict.fromkeys(fields.outlets)),
        languages=tuple(dict.fromkeys(fields.languages)),
        since=since,
        until=until,
        articles=tuple(dict.fromkeys(fields.articles)) if fields.articles else None,
    )
    if not fields.collections:
        return only
    return Choice(
        outlets=only.outlets,
        languages=only.languages,
        since=only.since,
        until=only.until,
        articles=only.articles,
        collections=tuple((one.id, one.name) for one in fields.collections),
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
        **({"articles": list(only.articles)} if only.articles else {}),
        **(
            {"collections": [{"id": key, "name": name} for key, name in only.collections]}
            if isinstance(only, Choice)
            else {}
        ),
    }


def describe_filter(only: Filter) -> str:
    """Return a filter as one safe line, ``Corvane Wire, since 1 May 2024``; empty for none."""
    chosen = [quote_line(name) for _, name in _collections(only)]
    if only.articles:
        chosen.append(count_of(len(only.articles), "chosen article"))
    names = [quote_line(name) or UNKNOWN_OUTLET for name in only.outlets]
    parts = [" or ".join(names[:N_NAMES])] if names else []
    if len(names) > N_NAMES:
        parts[0] += f" or {len(names) - N_NAMES} more"
    if only.languages:
        spoken = [describe_language(code) or UNKNOWN_LANGUAGE for code in only.languages]
        parts.append(" or ".join(spoken[:N_NAMES]))
    if chosen:
        parts.insert(0, " or ".join(chosen))
    return ", ".join(filter(None, (*parts, _describe_period(only))))


def list_chips(only: Filter) -> list[dict[str, str]]:
    """Return each thing that is chosen: its ``part`` of the filter, its ``value`` and a label."""
    chips = [("collections", key, quote_line(name)) for key, name in _collections(only)]
    if only.articles:
        chips.append(("articles", "", count_of(len(only.articles), "chosen article")))
    chips += [("outlets", name, quote_line(name) or UNKNOWN_OUTLET) for name in only.outlets]
    chips += [
        ("languages", code, describe_language(code) or UNKNOWN_LANGUAGE) for code in only.languages
    ]
    if period := _describe_period(only):
        chips.append(("period", "", period))
    return [{"part": part, "value": value, "label": label} for part, value, label in chips]


def _collections(only: Filter) -> tuple[tuple[str, str], ...]:
    return only.collections if isinstance(only, Choice) else ()


def _describe_period(only: Filter) -> str:
    if only.since and only.since == only.until:
        return describe_date(only.since)
    if only.since and only.until:
        return f"{describe_date(only.since)} to {describe_date(only.until)}"
    if only.since:
        return f"since {describe_date(only.since)}"
    return f"until {describe_date(only.until)}" if only.until else ""
