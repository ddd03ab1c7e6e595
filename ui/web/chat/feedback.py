"""Readers' ratings of answers, stored in the library's record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from index.errors import FeedbackError
from index.record.feedback import Feedback, Rating
from index.types import Filter
from rag.types import Turn
from ui.web.chat.filters import filter_to_dict

if TYPE_CHECKING:
    from ui.web.chat.exchange import Exchange
    from ui.web.chat.service import ChatService

MAX_HISTORY_TURNS = 40
_USER = "user:"


def record_feedback(
    service: ChatService,
    exchange: Exchange,
    *,
    verdict: str,
    note: str,
    owner: str,
    conversation_id: str,
    history: Sequence[Turn] = (),
    only: Filter | None = None,
) -> None:
    """Store, change or withdraw a reader's verdict on an answer.

    Args:
        service: Gives the library.
        exchange: The question and its answer.
        verdict: ``up``, ``down``, or empty to withdraw it.
        note: The reader's comment, at most 2,000 characters; may be empty.
        owner: Whose conversation it is: ``user:`` and a name, or something anonymous.
        conversation_id: The conversation.
        history: The turns that the question was asked with, oldest first.
        only: The filter that it was asked with.

    Raises:
        FeedbackError: If the verdict is invalid or cannot be stored.
        OnRecordError: If the library cannot be used.
    """
    store = service.library().feedback
    feedback_id = _make_feedback_id(owner, conversation_id, exchange.number)
    if not verdict:
        store.remove(feedback_id)
        return
    if verdict not in tuple(Rating):
        raise FeedbackError("a verdict is 'up' or 'down'; press one of the thumbs")
    if not (exchange.claims or exchange.refused):
        raise FeedbackError("there is no answer to rate; ask again, then press the thumb")
    kept = exchange.to_dict()
    store.put(
        Feedback(
            feedback_id=feedback_id,
            question=exchange.question,
            standalone_question=exchange.understood or exchange.question,
            history=tuple(
                {"role": turn.role, "text": turn.text} for turn in history[-MAX_HISTORY_TURNS:]
            ),
            only=filter_to_dict(only or Filter()),
            refused=exchange.refused,
            claims=_objects(kept["claims"]),
            citations=_objects(kept["citations"]),
            verdict=Rating(verdict),
            note=note,
            person=owner.removeprefix(_USER) if owner.startswith(_USER) else "",
        )
    )


def _make_feedback_id(owner: str, conversation_id: str, number: int) -> str:
    """Return the id of a verdict: one for each answer in each conversation of each owner."""
    content = "\0".join((owner, conversation_id, str(number)))
    return hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()[:32]


def _objects(value: object) -> tuple[Mapping[str, object], ...]:
    return tuple(cast("Sequence[Mapping[str, object]]", value))
