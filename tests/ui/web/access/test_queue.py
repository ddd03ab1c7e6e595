"""The queue: turns, fairness, and being busy."""

from __future__ import annotations

import threading
import time

import pytest

from ui.web.access.queue import AnswerQueue, ServerBusyError


class Turns:
    """Threads that take turns, and the order in which they got them."""

    def __init__(self, queue: AnswerQueue) -> None:
        self._queue = queue
        self._threads: list[threading.Thread] = []
        self._gates: dict[str, threading.Event] = {}
        self.began: list[str] = []
        self.busy: list[str] = []

    def ask(self, owner: str, number: int = 1) -> None:
        """Have an owner ask, and wait until that stands in the queue."""
        before = sum(self._queue.count()) + len(self.busy)
        name = f"{owner}{number}"
        self._gates[name] = threading.Event()
        thread = threading.Thread(target=self._take, args=(owner, name))
        self._threads.append(thread)
        thread.start()
        wait_until(lambda: sum(self._queue.count()) + len(self.busy) > before)

    def finish(self, name: str) -> None:
        """Let a turn end that has begun."""
        wait_until(lambda: name in self.began)
        self._gates[name].set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive()

    def _take(self, owner: str, name: str) -> None:
        try:
            with self._queue.turn(owner):
                self.began.append(name)
                self._gates[name].wait(30)
        except ServerBusyError as error:
            self.busy.append(name if str(error).startswith("busy: ") else str(error))


def wait_until(is_so: object, seconds: float = 30) -> None:
    assert callable(is_so)
    for _ in range(int(seconds * 100)):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def test_owners_take_turns() -> None:
    turns = Turns(AnswerQueue(at_once=1, max_per_owner=4))
    for number in range(1, 4):
        turns.ask("a", number)
    turns.ask("b")
    turns.ask("c")
    for name in ("a1", "a2", "b1", "c1", "a3"):
        turns.finish(name)
    turns.join()
    assert turns.began == ["a1", "a2", "b1", "c1", "a3"]


def test_nobody_takes_all_places() -> None:
    queue = AnswerQueue(at_once=1, max_waiting=10, max_per_owner=2)
    turns = Turns(queue)
    for number in range(1, 5):
        turns.ask("a", number)
    assert turns.busy == ["a3", "a4"]
    turns.ask("b")
    assert queue.count() == (1, 2)
    for name in ("a1", "a2", "b1"):
        turns.finish(name)
    turns.join()


def test_a_full_queue_says_so() -> None:
    queue = AnswerQueue(at_once=2, max_waiting=1)
    turns = Turns(queue)
    for owner in "abcd":
        turns.ask(owner)
    assert (turns.busy, queue.count()) == (["d1"], (2, 1))
    for name in ("a1", "b1", "c1"):
        turns.finish(name)
    turns.join()
    assert queue.count() == (0, 0)


def test_waiting_has_an_end_and_a_lost_turn_too() -> None:
    queue = AnswerQueue(at_once=1, max_wait_seconds=0.05)
    with queue.turn("a"), pytest.raises(ServerBusyError, match=r"within 0\.05 s"), queue.turn("b"):
        pass
    assert queue.count() == (0, 0)
    forgetful = AnswerQueue(at_once=1, max_turn_seconds=0.01)
    with forgetful.turn("a"):
        time.sleep(0.02)
        with forgetful.turn("b"):
            assert forgetful.count() == (1, 0)


def test_an_error_gives_the_turn_back() -> None:
    queue = AnswerQueue(at_once=1)
    with pytest.raises(RuntimeError), queue.turn("a"):
        raise RuntimeError
    with queue.turn("a"):
        assert queue.count() == (1, 0)
    with pytest.raises(ValueError, match="room"):
        AnswerQueue(at_once=0)
