"""Wrong passwords, and how long the next try has to wait."""

from __future__ import annotations

import pytest

from ui.web.access.attempts import (
    MAX_DELAY_SECONDS,
    SECONDS_TO_FORGET,
    TRIES_AT_ONCE,
    TRIES_BY_ADDRESS,
    TRIES_BY_NAME,
    Attempts,
)


class Guesser:
    """Tries passwords at a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.attempts = Attempts(lambda: self.now)

    def guess(self, name: str = "ada", address: str = "192.0.2.1", *, right: bool = False) -> float:
        wait = self.attempts.begin(name, address)
        if not wait:
            self.attempts.end(name, address, is_right=right)
        return wait


def test_each_further_guess_waits_longer() -> None:
    guesser = Guesser()
    assert [guesser.guess() for _ in range(TRIES_BY_NAME)] == [0] * TRIES_BY_NAME
    waits = []
    for _ in range(12):
        waits.append(guesser.guess())
        guesser.now += waits[-1]
        assert guesser.guess() == 0
    assert waits[:5] == [4, 8, 16, 32, 64]
    assert waits == sorted(waits)
    assert waits[-1] == MAX_DELAY_SECONDS
    guesser.now += SECONDS_TO_FORGET
    assert [guesser.guess() for _ in range(TRIES_BY_NAME)] == [0] * TRIES_BY_NAME


def test_the_right_password_begins_anew() -> None:
    guesser = Guesser()
    for _ in range(5):
        assert [guesser.guess() for _ in range(TRIES_BY_NAME - 1)] == [0] * (TRIES_BY_NAME - 1)
        assert guesser.guess(right=True) == 0


def test_only_the_guesser_waits() -> None:
    guesser = Guesser()
    while not guesser.guess():
        pass
    assert guesser.guess(address="192.0.2.2") == 0
    assert guesser.guess("bo") == 0


def test_one_address_tries_no_thousand_names() -> None:
    guesser = Guesser()
    tried = sum(guesser.guess(f"user{number}") == 0 for number in range(10_000))
    assert tried == TRIES_BY_ADDRESS
    assert guesser.guess("ada", "192.0.2.2") == 0


@pytest.mark.parametrize("others", ["2001:db8:0:1::2", "2001:db8:0:1:ffff::"])
def test_a_network_of_ipv6_is_one_place(others: str) -> None:
    guesser = Guesser()
    while not guesser.guess(address="2001:db8:0:1::1"):
        pass
    assert guesser.guess(address=others) > 0
    assert guesser.guess(address="2001:db8:0:2::1") == 0


def test_tries_at_once_are_few() -> None:
    attempts = Attempts(lambda: 0.0)
    waits = [attempts.begin(f"user{number}", "192.0.2.1") for number in range(TRIES_AT_ONCE + 1)]
    assert waits == [0] * TRIES_AT_ONCE + [1]
    assert attempts.begin("ada", "192.0.2.2") == 0
    attempts.end("user0", "192.0.2.1", is_right=False)
    assert attempts.begin("ada", "192.0.2.1") == 0


def test_attempts_by_many_take_no_more_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Attempts, "MAX_KEYS", 100)
    guesser = Guesser()
    for number in range(1000):
        for _ in range(TRIES_BY_NAME):
            assert guesser.guess(address=f"192.0.{number // 256}.{number % 256}") == 0
    assert guesser.guess(address="192.0.3.231") > 0
    assert guesser.guess(address="192.0.0.0") == 0  # the oldest was forgotten
