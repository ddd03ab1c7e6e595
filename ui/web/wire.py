"""What the page and the server say to each other: requests, which are checked, and replies.

A request is a JSON object with the action in ``do``; each action has a model of its own beside the
code that carries it out. Nothing in a request is believed: types are strict, lengths and ranges
bounded, and unknown fields refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias, TypedDict, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from index.errors import OnRecordError
from index.types import replace_surrogates

MAX_ID_CHARS = 1000
MAX_EXCHANGE_NUMBER = 2**31

_USER = "user:"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_R = TypeVar("_R", bound="Request")


class RequestError(OnRecordError):
    """A browser sent what the page never sends."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"the page and the server do not agree ({fault}); reload the page")


def _to_unicode(value: object) -> object:
    """Return text without lone surrogates, which JSON can carry and nothing else."""
    return replace_surrogates(value) if isinstance(value, str) else value


Text: TypeAlias = Annotated[str, BeforeValidator(_to_unicode)]
ShortText: TypeAlias = Annotated[Text, Field(max_length=MAX_ID_CHARS)]
Token: TypeAlias = Annotated[str, Field(pattern=rf"^{_TOKEN.pattern}$")]
ExchangeNumber: TypeAlias = Annotated[int, Field(ge=0, le=MAX_EXCHANGE_NUMBER)]


class Fields(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Request(Fields):
    """A request.

    Attributes:
        do: The action.
        id: Identifies the request; the reply repeats it. Empty if no reply is expected.
        browser: Random name of the browser, 32 hexadecimal digits.
    """

    do: str
    id: Token | Literal[""] = ""
    browser: Token | Literal[""] = ""

    def owner(self, user: str) -> str:
        """Return whose conversations are meant: the user's, or without a login the browser's.

        Raises:
            RequestError: If there is neither.
        """
        if not (user or self.browser):
            raise RequestError("a browser without a name")
        return f"{_USER}{user}" if user else f"browser:{self.browser}"


def name_user(owner: str) -> str:
    """Return the name of the user whose conversations are meant; empty without a login."""
    return owner.removeprefix(_USER) if owner.startswith(_USER) else ""


class ShownExchange(TypedDict):
    """An exchange to show: its number and its HTML."""

    number: int
    html: str


class Reply(TypedDict, total=False):
    """What the page is told.

    Attributes:
        id: The request that this answers.
        slots: New HTML for parts of the page, by their element's id.
        exchange: One exchange, which replaces the one of its number.
        data: For the page's script.
        notice: A line for the reader.
        error: A line that says why nothing was done.
        announce: What a screen reader reads out.
        done: Set on the last reply to a request that is answered in parts.
    """

    id: str
    slots: dict[str, str]
    exchange: ShownExchange
    data: dict[str, Any]
    notice: str
    error: str
    announce: str
    done: bool


class Action(NamedTuple):
    """An action of the page.

    Attributes:
        model: What a request for it looks like.
        run: Carries it out for an owner.
    """

    model: type[Request]
    run: Callable[[str, Any], Reply]


Actions: TypeAlias = Mapping[str, Action]


def read_request(model: type[_R], payload: object) -> _R:
    """Return what a browser sent as a request of one kind.

    Raises:
        RequestError: If it is not one; the message names the field at fault.
    """
    try:
        return model.model_validate(payload)
    except ValidationError as error:
        where = error.errors(include_url=False, include_input=False)[0]["loc"]
        # Only names of ours are repeated; others are whatever a browser made up.
        name = where[0] if where and where[0] in model.model_fields else ""
        raise RequestError(f"an unusable {name}" if name else "an unusable request") from None


def find_action(actions: Actions, payload: object) -> Action:
    """Return the action that a browser asks for.

    Raises:
        RequestError: If there is no such action.
    """
    action = actions.get(read_text(payload, "do"))
    if action is None:
        raise RequestError("an unknown action")
    return action


def read_id(payload: object) -> str:
    """Return the id of what may not be a valid request; empty if it has none."""
    found = read_text(payload, "id")
    return found if _TOKEN.fullmatch(found) else ""


def read_text(payload: object, name: str) -> str:
    """Return a field of what may not be a valid request; empty if it is no text."""
    value = payload.get(name) if isinstance(payload, dict) else None
    return value if isinstance(value, str) else ""
