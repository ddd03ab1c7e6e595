"""Ratings of answers, from the thumbs to the library's record."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from index.errors import FeedbackError
from onrecord import Filter
from rag import Turn
from sample_sources import make_service
from ui.web.chat.exchange import Exchange
from ui.web.chat.feedback import record_feedback
from ui.web.chat.filters import read_filter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ui.web.chat.service import ChatService


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ChatService]:
    service = make_service(tmp_path / "library")
    yield service
    service.close()


def test_a_thumb_is_stored_changed_and_taken_back(service: ChatService) -> None:
    (answer,) = list(service.ask("how many people does the second ferry take?"))[-1:]
    exchange = Exchange.from_answer(3, answer)
    given: dict[str, Any] = {"owner": "user:ada", "conversation_id": "c1"}
    history = [Turn("user", "what of the ferry?")]
    only = Filter(outlets=("Corvane Wire",))
    record_feedback(
        service, exchange, verdict="up", note="yes", history=history, only=only, **given
    )
    (found,) = service.library().feedback.all()
    assert (found.verdict, found.note, found.person) == ("up", "yes", "ada")
    assert found.history == ({"role": "user", "text": "what of the ferry?"},)
    assert read_filter(found.only) == only
    assert [c["text"] for c in found.claims] == [claim.text for claim in answer.claims]
    assert [c["quote"] for c in found.citations] == [c.quote for c in answer.citations]
    record_feedback(service, exchange, verdict="down", note="", **given)
    record_feedback(
        service, exchange, verdict="up", note="", owner="browser:1", conversation_id="c1"
    )
    assert sorted((f.verdict, f.person) for f in service.library().feedback.all()) == [
        ("down", "ada"), ("up", ""),
    ]  # fmt: skip
    record_feedback(service, exchange, verdict="", note="", **given)
    assert service.library().feedback.count() == 1


def test_a_thumb_that_is_none_is_refused(service: ChatService) -> None:
    given: dict[str, Any] = {"owner": "browser:1", "conversation_id": "c"}
    refusal = Exchange(1, "who?", refused=True)
    for exchange, verdict, note, says in (
        (refusal, "sideways", "", "'up' or 'down'"),
        (refusal, "up", "x" * 2001, "2,001 characters"),
        (replace(refusal, refused=False), "up", "", "no answer to rate"),
    ):
        with pytest.raises(FeedbackError, match=says):
            record_feedback(service, exchange, verdict=verdict, note=note, **given)
    assert service.library().feedback.count() == 0
