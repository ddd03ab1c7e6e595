"""An exchange as data: written, read again, and refused if it is anything else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Copy
from rag.asking.follow_ups import read_history
from rag.types import (
    CHOSEN_REFUSAL,
    REFUSAL,
    UNKNOWN_WORDS,
    Answer,
    Answered,
    AnswerPart,
    Citation,
    Claim,
    Support,
    Turn,
)
from sample_answers import ANSWER, IN_PARTS, NEAR_MISS, REFUSED
from ui.web.chat.exchange import VERDICTS, AnswerState, Exchange, to_history

DONE = Exchange(
    1, "who?", claims=(Claim("Ola did.", Support.SUPPORTED, ()),), state=AnswerState.DONE
)


texts = st.text(max_size=20)


dates = st.none() | st.dates()


copies = st.builds(Copy, texts, texts, texts, dates, st.integers(0, 9), st.integers(9, 99))


citations = st.builds(
    Citation,
    st.integers(1, 99),
    *[texts] * 4,
    dates,
    st.integers(0, 9),
    st.integers(9, 99),
    texts,
    st.lists(copies, max_size=2).map(tuple),
    url=texts,
    author=texts,
    date_basis=texts,
    page=st.none() | st.integers(1, 99),
)


claims = st.builds(
    Claim,
    texts,
    st.sampled_from(Support),
    st.lists(st.integers(1, 9), max_size=3).map(tuple),
    texts,
    st.booleans(),
    st.integers(0, 1),
)


parts = st.builds(
    AnswerPart, texts, st.sampled_from(["one", "several", "count"]), st.sampled_from(Answered)
)


exchanges = st.builds(
    Exchange,
    number=st.integers(1, 999),
    question=texts,
    understood=texts,
    refused=st.booleans(),
    claims=st.lists(claims, max_size=2).map(tuple),
    citations=st.lists(citations, max_size=2).map(tuple),
    also_read=st.lists(citations, max_size=2).map(tuple),
    suggestions=st.lists(texts, max_size=2).map(tuple),
    notice=texts,
    error=texts,
    state=st.sampled_from(AnswerState),
    verdict=st.sampled_from(VERDICTS),
    note=texts,
    clarification=texts,
    remarks=st.lists(texts, max_size=2).map(tuple),
    parts=st.lists(parts, min_size=2, max_size=3).map(tuple),
    missing=st.lists(texts, max_size=2).map(tuple),
    probability=st.none() | st.floats(0, 1),
    whole=st.booleans(),
)


def citation_fields() -> dict[str, object]:
    """Return a citation as it is written down."""
    exchange = Exchange(1, "q", citations=(Citation(1, "a", "T", "O", "S", None, 0, 4, "Ola."),))
    (fields,) = json.loads(json.dumps(exchange.to_dict()))["citations"]
    return dict(fields)


@given(exchanges)
def test_an_exchange_is_the_same_after_writing_and_reading(exchange: Exchange) -> None:
    assert Exchange.from_dict(json.loads(json.dumps(exchange.to_dict()))) == exchange


def test_what_was_written_before_there_were_more_fields_is_read() -> None:
    citation = Citation(1, "a", "T", "O", "S", None, 0, 4, "Ola.")
    exchange = replace(DONE, citations=(citation,))
    fields = json.loads(json.dumps(exchange.to_dict()))
    for name in ("clarification", "remarks", "parts", "missing", "probability", "whole"):
        del fields[name]
    for name in ("context", "part"):
        del fields["claims"][0][name]
    for name in ("url", "author", "date_basis", "page"):
        del fields["citations"][0][name]
    assert Exchange.from_dict(fields) == exchange


@pytest.mark.parametrize(
    ("earlier", "refusal"),
    [
        ({"unread": "The question is in German.", "only": {}}, "The question is in German."),
        ({"unread": "", "only": {"outlets": ["Bay Wire"]}}, CHOSEN_REFUSAL),
        ({"unread": "", "only": {}}, REFUSAL),
    ],
)
def test_why_an_earlier_program_refused_is_kept(earlier: dict[str, object], refusal: str) -> None:
    fields = {**DONE.to_dict(), **earlier}
    del fields["refusal"]
    assert Exchange.from_dict(fields).refusal == refusal


@pytest.mark.parametrize(
    "change",
    [
        {"number": 0},
        {"citations": [{**citation_fields(), "page": 0}]},
        {"number": True},
        {"number": "1"},
        {"question": None},
        {"verdict": "great"},
        {"state": "exploded"},
        {"claims": "none"},
        {"claims": [{"text": "x", "support": "somehow", "reason": "", "citations": []}]},
        {"claims": [{"text": "x", "support": "partly", "reason": "", "citations": [0]}]},
        {"citations": [{"number": 1}]},
        {"citations": ["[1]"]},
        {"claims": [{"text": "x", "support": "partly", "citations": [], "part": 1}]},
        {"claims": [{"text": "x", "support": "partly", "citations": [], "part": -1}]},
        {"claims": [{"text": "x", "support": "partly", "citations": [], "context": 1}]},
        {"parts": [{"question": "who?", "wanted": "one", "answered": "perhaps"}]},
        {"missing": "who?"},
        {"probability": 1.5},
        {"probability": float("nan")},
        {"whole": 1},
    ],
)
def test_what_is_no_exchange_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the message names the field
        Exchange.from_dict({**DONE.to_dict(), **change})


@pytest.mark.parametrize("value", [None, [], "x", 1])
def test_an_exchange_is_an_object(value: object) -> None:
    with pytest.raises(ValueError, match="1 validation error"):
        Exchange.from_dict(value)


def test_a_citation_ends_after_it_begins() -> None:
    place = Citation(1, "a", "t", "o", "s", date(2025, 1, 1), 5, 9, "word")
    fields = json.loads(json.dumps(replace(DONE, citations=(place,)).to_dict()))
    fields["citations"][0]["end"] = 4
    with pytest.raises(ValueError, match="ends before it starts"):
        Exchange.from_dict(fields)


@pytest.mark.parametrize("answer", [ANSWER, IN_PARTS, NEAR_MISS, REFUSED])
def test_an_exchange_says_what_its_answer_says(answer: Answer) -> None:
    exchange = Exchange.from_answer(1, answer)
    assert exchange.text == answer.text
    assert exchange.sections() == answer.sections()
    assert exchange.answered is answer.answered
    kept = exchange.to_dict()
    for name in ("answered", "missing", "parts", "probability", "claims"):
        assert kept[name] == answer.to_dict()[name]


def test_only_answers_are_history() -> None:
    failed = Exchange(2, "and?", error="busy", state=AnswerState.FAILED)
    turns = to_history((DONE, failed))
    assert [(turn.role, turn.text) for turn in turns] == [
        ("user", "who?"),
        ("assistant", "Ola did."),
    ]


@pytest.mark.parametrize(
    "refusal",
    [
        CHOSEN_REFUSAL,
        UNKNOWN_WORDS,
        "The question is in German, but the articles are searched in English: ask in English, or"
        " run \"pip install 'onrecord[multilingual]'\", then 'onrecord reencode'.",
    ],
)
def test_why_nothing_is_said_is_kept_without_commands(refusal: str) -> None:
    kept = Exchange.from_answer(1, replace(REFUSED, refusal=refusal))
    assert kept.text.startswith(refusal.partition(", or run")[0])
    assert "pip" not in kept.text
    assert Exchange.from_dict(kept.to_dict()) == kept
    (asked,) = read_history((*kept.turns, Turn("user", "And who did?")))[:1]
    assert not asked.answer  # a refusal tells nothing of what was asked
