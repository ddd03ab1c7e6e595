"""Conversations that are kept: bounded, and nobody else's."""

from __future__ import annotations

import json
import random
import sqlite3
import stat
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hostile_strings import HOSTILE
from rag.types import Claim, Support
from ui.web.chat.conversations import (
    _SCHEMA,
    MAX_CONVERSATIONS,
    MAX_EXCHANGE_BYTES,
    MAX_EXCHANGES,
    MAX_TITLE_CHARS,
    SECONDS_TO_RESTORE,
    STORE_FILE,
    ConversationStore,
    ConversationStoreError,
)
from ui.web.chat.exchange import AnswerState, Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANN, BEN = "browser:" + "a" * 32, "user:ben"


DONE = Exchange(
    1, "who?", claims=(Claim("Ola did.", Support.SUPPORTED, ()),), state=AnswerState.DONE
)


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


def test_conversations_outlast_the_server(tmp_path: Path, store: ConversationStore) -> None:
    key = store.create(ANN, "who?")
    store.save(ANN, key, DONE)
    store.close()
    again = ConversationStore(tmp_path / STORE_FILE)
    found, kept = again.load(ANN, key)
    assert (found.title, kept, again.is_kept) == ("who?", (DONE,), True)
    again.close()
    assert stat.S_IMODE((tmp_path / STORE_FILE).stat().st_mode) == 0o600


def test_pinned_answers_are_found_in_all_conversations_of_their_owner(
    store: ConversationStore,
) -> None:
    first, second = (store.create(ANN, text) for text in ("who?", "when?"))
    store.save(ANN, first, replace(DONE, pinned=True))
    store.save(ANN, second, DONE)
    store.save(ANN, second, replace(DONE, number=2, question="when?", pinned=True))
    store.save(BEN, store.create(BEN, "what?"), replace(DONE, pinned=True))
    found = [(one.conversation_id, one.number, one.question) for one in store.pinned(ANN)]
    assert found == [(second, 2, "when?"), (first, 1, "who?")]
    store.delete(ANN, second)
    assert [one.conversation_id for one in store.pinned(ANN)] == [first]


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


def test_what_somebody_else_wrote_into_the_file_is_said_and_not_shown(
    tmp_path: Path, store: ConversationStore
) -> None:
    key = store.create(ANN, "one")
    store.save(ANN, key, DONE)
    with sqlite3.connect(tmp_path / STORE_FILE) as connection:
        for number, body in ((2, '{"number": 2}'), (3, "no JSON"), (4, "[" * 100_000)):
            connection.execute(
                "INSERT INTO exchanges VALUES (NULL, ?, ?, ?, NULL)", (key, number, body)
            )
    connection.close()
    kept, *others = store.load(ANN, key)[1]
    assert kept == DONE
    assert [(one.number, one.state, one.claims) for one in others] == [
        (number, AnswerState.FAILED, ()) for number in (2, 3, 4)
    ]
    assert all("not what was saved" in one.error for one in others)
    with pytest.raises(ConversationStoreError, match="not what was saved"):
        store.update(ANN, key, 3, lambda kept: kept)


def test_a_bit_that_the_disk_turned_over_shows_no_other_answer(
    tmp_path: Path, store: ConversationStore
) -> None:
    key = store.create(ANN, "who?")
    exchanges = tuple(replace(DONE, number=number, pinned=True) for number in (1, 2, 3))
    for exchange in exchanges:
        store.save(ANN, key, exchange)
    pinned = {(one.number, one.question) for one in store.pinned(ANN)}
    store.close()
    file = tmp_path / STORE_FILE
    original = file.read_bytes()
    chosen = random.Random(15)  # noqa: S311 - not for secrets
    n_damaged = 0
    for _ in range(400):
        damaged = bytearray(original)
        damaged[chosen.randrange(len(original))] ^= 1 << chosen.randrange(8)
        file.write_bytes(damaged)
        with suppress(ConversationStoreError):
            again = ConversationStore(file)
            try:
                for exchange in again.load(ANN, key)[1]:
                    assert exchange in exchanges or exchange.error
                    n_damaged += bool(exchange.error)
                assert {(one.number, one.question) for one in again.pinned(ANN)} <= pinned
                again.conversations(ANN)
            finally:
                again.close()
    assert n_damaged


def make_first_version(file: Path, *bodies: str) -> None:
    """Make a file of the first version, with one conversation of ANN's."""
    with sqlite3.connect(file) as connection:
        connection.executescript(_SCHEMA)
        connection.execute("INSERT INTO conversations VALUES ('a', ?, 'Trams', 1, NULL)", (ANN,))
        for number, body in enumerate(bodies, 1):
            connection.execute("INSERT INTO exchanges VALUES ('a', ?, ?)", (number, body))
        connection.execute("PRAGMA user_version = 1")
    connection.close()


def test_answers_of_an_earlier_version_are_believed(tmp_path: Path) -> None:
    make_first_version(tmp_path / STORE_FILE, json.dumps(DONE.to_dict()))
    again = ConversationStore(tmp_path / STORE_FILE)
    assert again.load(ANN, "a")[1] == (DONE,)
    again.save(ANN, "a", replace(DONE, number=2))
    assert len(again.load(ANN, "a")[1]) == 2
    again.close()


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


def test_a_change_to_an_answer_leaves_its_conversation_where_it_was(
    store: ConversationStore,
) -> None:
    first, second = (store.create(ANN, text) for text in ("who?", "when?"))
    for key in (first, second):
        store.save(ANN, key, DONE)
    before = store.conversations(ANN)
    pinned = store.update(ANN, first, 1, lambda kept: replace(kept, pinned=True))
    assert store.load(ANN, first)[1] == (pinned,)
    assert store.conversations(ANN) == before
    for owner, key, number in ((BEN, first, 1), (ANN, first, 2)):
        with pytest.raises(ConversationStoreError):
            store.update(owner, key, number, lambda kept: kept)


def said(number: int, question: str, answer: str) -> Exchange:
    claim = Claim(answer, Support.SUPPORTED, ())
    return Exchange(number, question, claims=(claim,), state=AnswerState.DONE)


def test_answers_are_found_by_their_words(store: ConversationStore) -> None:
    ferry, tram = store.create(ANN, "Ferries"), store.create(ANN, "Trams")
    store.save(ANN, ferry, said(1, "how many passengers?", "The ferry takes 90 passengers."))
    store.save(ANN, ferry, said(2, "and the fare?", "It is nothing. " + "So it is. " * 40))
    store.save(ANN, tram, said(1, "when does the tram run?", "The tram runs at nine in Zürich."))
    store.save(BEN, store.create(BEN, "Ben's"), said(1, "who?", "Ben's ferry sank."))

    (found,) = store.find(ANN, "ferry passen")
    assert (found.conversation_id, found.number, found.title) == (ferry, 1, "Ferries")
    assert (found.question, found.excerpt) == (
        "how many passengers?",
        "The ferry takes 90 passengers.",
    )
    assert [one.number for one in store.find(ANN, "fare")] == [2]
    assert len(store.find(ANN, "fare")[0].excerpt) < 200
    assert [one.conversation_id for one in store.find(ANN, "running zurich")] == [tram]
    assert store.find(ANN, "sank") == store.find(ANN, " ") == store.find(ANN, "xyzzy") == ()
    assert len(store.find(BEN, "ferry")) == 1


def test_what_is_gone_is_not_found(tmp_path: Path, clock: Clock) -> None:
    store = ConversationStore(tmp_path / STORE_FILE, clock=clock)
    kept = store.create(ANN, "Trams")
    store.save(ANN, kept, said(1, "when?", "The tram runs at nine."))
    store.save(ANN, kept, said(1, "when?", "The bus runs at ten."))
    assert store.find(ANN, "tram") == ()
    assert len(store.find(ANN, "bus")) == 1
    store.delete(ANN, kept)
    assert store.find(ANN, "bus") == ()
    store.restore(ANN, kept)
    assert len(store.find(ANN, "bus")) == 1
    store.remove_exchange(ANN, kept, 1)
    assert store.find(ANN, "bus") == ()
    store.save(ANN, kept, said(2, "when?", "The zeppelin lands at noon."))
    store.delete(ANN, kept)
    store.close()
    clock.now += SECONDS_TO_RESTORE + 1
    ConversationStore(tmp_path / STORE_FILE, clock=clock).close()
    assert b"zeppelin" not in (tmp_path / STORE_FILE).read_bytes()


@pytest.mark.parametrize("text", HOSTILE)
def test_any_words_are_looked_for(store: ConversationStore, text: str) -> None:
    kept = store.create(ANN, "Words")
    store.save(ANN, kept, said(1, f"what is {text}?", f"{text} 東京都庁 {text}"))
    store.find(ANN, text)
    assert len(store.find(ANN, "京都")) == 1


def test_conversations_of_an_earlier_version_are_found(tmp_path: Path) -> None:
    body = json.dumps(said(1, "when?", "The tram runs at nine.").to_dict())
    make_first_version(tmp_path / STORE_FILE, body, "{")
    for _ in range(2):
        store = ConversationStore(tmp_path / STORE_FILE)
        assert [one.number for one in store.find(ANN, "tram")] == [1]
        store.close()
