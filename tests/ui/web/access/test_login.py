"""The password file, logins, and wrong passwords."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rag.errors import SettingsError
from ui.web.access.login import (
    Login,
    Sessions,
    check_name,
    hash_password,
    owner_of,
    read_users,
    turn_key,
    write_users,
)

if TYPE_CHECKING:
    from pathlib import Path


PASSWORD = "correct horse battery"  # noqa: S105 - of nothing


@pytest.fixture(scope="module")
def auth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("auth") / "users"
    hashed = hash_password(PASSWORD)
    write_users(path, {"ada": hashed, "bo": hashed})
    return path


def test_a_password_is_kept_as_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "users"
    write_users(path, {"ada": hash_password(PASSWORD)})
    assert path.stat().st_mode & 0o777 == 0o600
    assert PASSWORD not in path.read_text(encoding="utf-8")
    assert list(read_users(path)) == ["ada"]
    assert list(tmp_path.iterdir()) == [path]
    login = Login(path)
    assert login.check("ada", PASSWORD)
    assert not login.check("ada", PASSWORD + " ")
    assert not login.check("bo", PASSWORD)
    assert not login.check("ada", "x" * 100_000)


@pytest.mark.parametrize("name", ["", "a:b", "a b", "-a", "a\n", "a" * 65, "ä", "../a", "#a"])
def test_a_user_has_a_plain_name(name: str) -> None:
    with pytest.raises(SettingsError, match="cannot be called"):
        check_name(name)


@pytest.mark.parametrize("password", ["", "short", "x" * 1025])
def test_a_password_has_a_length(password: str) -> None:
    with pytest.raises(SettingsError, match="10 to 1,024 characters"):
        hash_password(password)


def test_a_file_open_to_others_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "users"
    write_users(path, {"ada": hash_password(PASSWORD)})
    for mode in (0o644, 0o660, 0o604):
        path.chmod(mode)
        with pytest.raises(SettingsError, match="chmod 600"):
            read_users(path)


@pytest.mark.parametrize("text", ["ada", "ada:secret", "ada:$5$x", ":$argon2id$x", "ä:$argon2id$"])
def test_a_line_that_is_no_user_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users"
    path.write_text(f"# who may\n\n{text}\n", encoding="utf-8")
    path.chmod(0o600)
    if text.startswith(":"):
        with pytest.raises(SettingsError, match="names nobody"):
            Login(path)
        return
    with pytest.raises(SettingsError, match="line 3 of the password file"):
        read_users(path)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="onrecord user add NAME"):
        read_users(tmp_path / "missing")
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(SettingsError, match="not a password file"):
            read_users(path)


def test_a_broken_hash_lets_nobody_in(tmp_path: Path) -> None:
    write_users(tmp_path / "users", {"ada": "$argon2id$v=19$m=65536"})
    assert not Login(tmp_path / "users").check("ada", "")


def test_a_password_is_that_of_its_user(auth: Path) -> None:
    login = Login(auth)
    assert login.check("ada", PASSWORD)
    assert not login.check("ada", "wrong password")
    assert not login.check("nobody", PASSWORD)
    assert not login.check("ada", PASSWORD * 100)


def test_a_login_holds_until_the_file_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "users"
    first, second = hash_password(PASSWORD), hash_password(PASSWORD + "2")
    write_users(path, {"ada": first, "bo": first})
    now = [0.0]
    sessions = Sessions(Login(path), lifetime_seconds=100, capacity=3, clock=lambda: now[0])
    sessions["a"], sessions["b"] = "ada", "bo"
    assert (sessions.get("a"), sessions.get("b"), sessions.get("c")) == ("ada", "bo", None)
    write_users(path, {"ada": second, "bo": first})
    assert list(sessions) == ["b"]
    write_users(path, {"ada": second})
    assert list(sessions) == []
    sessions["d"] = "ada"
    now[0] = 100.0
    assert sessions.get("d") is None
    for token in "efgh":
        sessions[token] = "ada"
    assert list(sessions) == ["f", "g", "h"]
    path.unlink()
    assert sessions.get("h") is None


class QuestionState:
    def __init__(self, username: str | None, session_hash: str | None) -> None:
        self.username = username
        self.session_hash = session_hash


def test_an_owner_is_a_user_and_a_turn_has_one_at_least() -> None:
    assert owner_of(QuestionState("ada", "s")) == turn_key(QuestionState("ada", "s")) == "ada"
    assert owner_of(QuestionState(None, "s")) == owner_of(None) == ""
    assert turn_key(QuestionState(None, "s")) != turn_key(QuestionState(None, "t"))
    assert turn_key(QuestionState(None, "ada")) != "ada"
