"""Dataclasses as fields of JSON."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Protocol


class _Fields(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


def to_fields(item: _Fields) -> dict[str, Any]:
    """Return a dataclass as the fields of a JSON object: days as ISO text, tuples as lists."""
    return {known.name: _to_plain(getattr(item, known.name)) for known in fields(item)}


def _to_plain(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    if isinstance(value, tuple):
        return [_to_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return to_fields(value) if hasattr(value, "__dataclass_fields__") else value
