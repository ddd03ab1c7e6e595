"""Conversations that are kept: written, read again, bounded, and nobody else's."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.types import Copy
from rag.types import Citation, Claim, Support
from ui.web.chat.conversations import (
    MAX_CONVERSATIONS,
    MAX_EXCHANGE_BYTES,
    MAX_EXCHANGES,
    MAX_TITLE_CHARS,
    SECONDS_TO_RESTORE,
    STORE_FILE,
    ConversationStore,
    ConversationStoreError,
)
from ui.web.chat.exchange import VERDICTS, AnswerState, Exchange, to_history

ANN, BEN = "browser:" + "a" * 32, "user:ben"
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
)


def citation_fields() -> dict[str, object]:
    """Return a citation as it is written down."""
    exchange = Exchange(1, "q", citations=(Citation(1, "a", "T", "O", "S", None, 0, 4, "Ola."),))
    (fields,) = json.loads(json.dumps(exchange.to_dict()))["citations"]
    return dict(fields)


class Clock:
    """Tells the time that a test sets."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[ConversationStore]:
    store = ConversationStore(tmp_path / STORE_FILE, clock=clock)
    yield store
    store.close()


# An exchange as data.


@given(exchanges)
def test_an_exchange_is_the_same_after_writing_and_reading(exchange: Exchange) -> None:
    assert Exchange.from_dict(json.loads(json.dumps(exchange.to_dict()))) == exchange


def test_what_was_written_before_there_were_more_fields_is_read() -> None:
    citation = Citation(1, "a", "T", "O", "S", None, 0, 4, "Ola.")
    exchange = replace(DONE, citations=(citation,))
    fields = json.loads(json.dumps(exchange.to_dict()))
    for name in ("clarification", "remarks"):
        del fields[name]
    for name in ("url", "author", "date_basis", "page"):
        del fields["citations"][0][name]
    assert Exchange.from_dict(fields) == exchange


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


def test_only_answers_are_history() -> None:
    failed = Exchange(2, "and?", error="busy", state=AnswerState.FAILED)
    turns = to_history((DONE, failed))
    assert [(turn.role, turn.text) for turn in turns] == [
        ("user", "who?"),
        ("assistant", "Ola did."),
    ]


# The store.


def test_conversations_outlast_the_server(tmp_path: Path, store: ConversationStore) -> None:
    key = store.create(ANN, "who?")
    store.save(ANN, key, DONE)
    store.close()
    again = ConversationStore(tmp_path / STORE_FILE)
    found, kept = again.load(ANN, key)
    assert (found.title, kept, again.is_kept) == ("who?", (DONE,), True)
    again.close()
    assert stat.S_IMODE((tmp_path / STORE_FILE).stat().st_mode) == 0o600


def test_without_a_file_nothing_is_kept() -> None:
    store = ConversationStore(None)
    key = store.create(ANN, "who?")
    assert [c.conversation_id for c in store.conversations(ANN)] == [key]
    assert not store.is_kept
    store.close()


def test_nobody_reaches_a_conversation_of_somebody_else(store: ConversationStore) -> None:
    key = store.create(ANN, "who?")
    for attempt in (
        lambda: store.load(BEN, key),
        lambda: store.save(BEN, key, DONE),
        lambda: store.rename(BEN, key, "mine"),
        lambda: store.delete(BEN, key),
        lambda: store.remove_exchange(BEN, key, 1),
        lambda: store.restore(BEN, key),
    ):
        with pytest.raises(ConversationStoreError, match="no longer exists"):
            attempt()
    assert store.conversations(BEN) == ()
    assert store.conversations(ANN)[0].title == "who?"


def test_the_one_that_was_asked_in_last_comes_first(store: ConversationStore) -> None:
    first, second = store.create(ANN, "one"), store.create(ANN, "two")
    assert [c.conversation_id for c in store.conversations(ANN)] == [second, first]
    store.save(ANN, first, DONE)
    assert [c.conversation_id for c in store.conversations(ANN)] == [first, second]


def test_renaming_deleting_and_bringing_back(store: ConversationStore) -> None:
    key = store.create(ANN, "one")
    store.save(ANN, key, DONE)
    store.rename(ANN, key, "  a  better\nname " + "x" * 200)
    assert store.conversations(ANN)[0].title.startswith("a better name x")
    assert len(store.conversations(ANN)[0].title) == MAX_TITLE_CHARS
    store.rename(ANN, key, " ")
    assert store.conversations(ANN)[0].title.startswith("a better")
    store.delete(ANN, key)
    assert store.conversations(ANN) == ()
    with pytest.raises(ConversationStoreError):
        store.load(ANN, key)
    store.restore(ANN, key)
    assert store.load(ANN, key)[1] == (DONE,)


def test_a_deleted_conversation_is_gone_after_a_day(
    tmp_path: Path, store: ConversationStore, clock: Clock
) -> None:
    key = store.create(ANN, "a secret question")
    store.save(ANN, key, DONE)
    store.delete(ANN, key)
    store.close()
    clock.now += SECONDS_TO_RESTORE + 10
    later = ConversationStore(tmp_path / STORE_FILE, clock=clock)
    with pytest.raises(ConversationStoreError):
        later.restore(ANN, key)
    later.close()
    assert b"secret" not in (tmp_path / STORE_FILE).read_bytes()


def test_caps_on_conversations_and_exchanges(store: ConversationStore) -> None:
    keys = [store.create(ANN, str(number)) for number in range(MAX_CONVERSATIONS + 2)]
    other = store.create(BEN, "ben's")
    left = [c.conversation_id for c in store.conversations(ANN)]
    assert left == keys[:1:-1]
    assert [c.conversation_id for c in store.conversations(BEN)] == [other]
    for number in range(1, MAX_EXCHANGES + 3):
        store.save(BEN, other, replace(DONE, number=number))
    kept = store.load(BEN, other)[1]
    assert [e.number for e in kept] == list(range(3, MAX_EXCHANGES + 3))
    with pytest.raises(ConversationStoreError, match="too large"):
        store.save(BEN, other, replace(DONE, note="x" * MAX_EXCHANGE_BYTES))


def test_an_exchange_is_replaced_and_removed(store: ConversationStore) -> None:
    key = store.create(ANN, "one")
    store.save(ANN, key, DONE)
    store.save(ANN, key, replace(DONE, number=2))
    store.save(ANN, key, replace(DONE, question="why?"))
    assert [e.question for e in store.load(ANN, key)[1]] == ["why?", "who?"]
    store.remove_exchange(ANN, key, 2)
    assert [e.number for e in store.load(ANN, key)[1]] == [1]


def test_what_somebody_else_wrote_into_the_file_is_left_out(
    tmp_path: Path, store: ConversationStore
) -> None:
    key = store.create(ANN, "one")
    store.save(ANN, key, DONE)
    with sqlite3.connect(tmp_path / STORE_FILE) as connection:
        connection.execute("INSERT INTO exchanges VALUES (?, 2, '{\"number\": 2}')", (key,))
        connection.execute("INSERT INTO exchanges VALUES (?, 3, 'no JSON')", (key,))
        connection.execute("INSERT INTO exchanges VALUES (?, 4, ?)", (key, "[" * 100_000))
    connection.close()
    assert store.load(ANN, key)[1] == (DONE,)


@pytest.mark.parametrize("content", [b"not a database, but some text of fair length" * 40, None])
def test_an_unusable_file_is_one_line(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / STORE_FILE
    if content is None:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
    else:
        file.write_bytes(content)
    with pytest.raises(ConversationStoreError, match="cannot be saved in"):
        ConversationStore(file)
