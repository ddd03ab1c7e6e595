"""What a browser sends, read as requests: strict, bounded, and refused in one line."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.web.wire import Action, Reply, Request, RequestError, find_action, read_id, read_request

TOKEN = "0123456789abcdef" * 2

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


def answer(owner: str, request: Request) -> Reply:
    return {"announce": f"{owner} {request.do}"}


ACTIONS = {"start": Action(Request, answer)}


def test_a_request_is_read_and_belongs_to_somebody() -> None:
    request = read_request(Request, {"do": "start", "id": TOKEN, "browser": TOKEN})
    assert request.owner("") == f"browser:{TOKEN}"
    assert request.owner("ada") == "user:ada"
    with pytest.raises(RequestError, match="a browser without a name"):
        read_request(Request, {"do": "start"}).owner("")


@pytest.mark.parametrize(
    ("payload", "fault"),
    [
        ({}, "an unusable do"),
        ({"do": 7}, "an unusable do"),
        ({"do": "start", "id": "x"}, "an unusable id"),
        ({"do": "start", "id": TOKEN.upper()}, "an unusable id"),
        ({"do": "start", "browser": f"{TOKEN}\n"}, "an unusable browser"),
        ({"do": "start", "<b>": 1}, "an unusable request"),
        ([], "an unusable request"),
        (None, "an unusable request"),
    ],
)
def test_anything_else_is_one_line(payload: object, fault: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(Request, payload)
    assert str(caught.value) == f"the page and the server do not agree ({fault}); reload the page"


@given(anything)
def test_whatever_was_sent_is_a_request_or_a_refusal(payload: object) -> None:
    json.dumps(read_id(payload))
    for read in (lambda: read_request(Request, payload), lambda: find_action(ACTIONS, payload)):
        with suppress(RequestError):
            read()


def test_a_lone_surrogate_is_replaced() -> None:
    from ui.web.actions import RenameRequest

    request = read_request(RenameRequest, {"do": "rename", "title": "a\ud800b"})
    assert request.title == "a?b"


def test_an_action_is_found_by_its_name() -> None:
    assert find_action(ACTIONS, {"do": "start"}).run is answer
    for do in ("stop", "", 7, None):
        with pytest.raises(RequestError, match="an unknown action"):
            find_action(ACTIONS, {"do": do})
