"""Settings: a flag over a variable over the default, and no silent mistakes."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, asdict, fields
from pathlib import Path

import pytest

from rag import Settings
from rag.errors import SettingsError

READ = {
    "unconfined": ("yes", True),
    "library": ("news", Path("news")),
    "encoder": ("hash", "hash"),
    "device": (" cpu ", "cpu"),
    "k": ("7", 7),
    "max_claims": (" 2 ", 2),
    "refuse_below": ("0.25", 0.25),
    "wait_seconds": ("0", 0.0),
    "model": (" ollama:small ", "ollama:small"),
    "base_url": ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
    "deadline_seconds": ("2.5", 2.5),
    "question_seconds": ("60", 60.0),
    "context_tokens": ("8192", 8192),
    "reader": ("off", "off"),
}


def test_without_variables_and_flags_the_defaults_hold() -> None:
    assert Settings.from_env({}) == Settings()
    assert Settings().library == Path(".onrecord")
    assert Settings().refuse_below is None


def test_every_field_is_read_from_its_variable() -> None:
    assert sorted(READ) == sorted(field.name for field in fields(Settings))
    for name, (text, value) in READ.items():
        settings = Settings.from_env({f"ONRECORD_{name.upper()}": text})
        assert getattr(settings, name) == value
        assert settings == Settings(**{name: value})  # type: ignore[arg-type]


def test_a_flag_overrules_its_variable_and_nothing_else() -> None:
    environ = {"ONRECORD_K": "7", "ONRECORD_MAX_CLAIMS": "2"}
    assert Settings.from_env(environ, k=3) == Settings(k=3, max_claims=2)
    assert Settings.from_env(environ, k=None, library=None) == Settings(k=7, max_claims=2)


def test_a_flag_that_is_false_is_given() -> None:
    environ = {"ONRECORD_WAIT_SECONDS": "9", "ONRECORD_REFUSE_BELOW": "0.5"}
    settings = Settings.from_env(environ, wait_seconds=0.0, refuse_below=0.0)
    assert settings == Settings(wait_seconds=0.0, refuse_below=0.0)


@pytest.mark.parametrize(
    ("text", "value"), [("1", True), ("TRUE", True), ("0", False), (" no", False)]
)
def test_a_switch_is_on_or_off(text: str, value: bool) -> None:
    assert Settings.from_env({"ONRECORD_UNCONFINED": text}).unconfined is value


def test_a_switch_is_nothing_else() -> None:
    with pytest.raises(SettingsError, match="ONRECORD_UNCONFINED"):
        Settings.from_env({"ONRECORD_UNCONFINED": "perhaps"})


def test_a_flag_overrules_even_a_variable_out_of_range() -> None:
    assert Settings.from_env({"ONRECORD_K": "0"}, k=5).k == 5


def test_the_environment_is_the_process_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONRECORD_K", "4")
    assert Settings.from_env().k == 4


@pytest.mark.parametrize("blank", ["", " ", "\t"])
@pytest.mark.parametrize("name", sorted(READ))
def test_a_blank_variable_is_not_set(name: str, blank: str) -> None:
    assert Settings.from_env({f"ONRECORD_{name.upper()}": blank}) == Settings()


def test_variables_of_others_are_left_alone() -> None:
    environ = {"ONRECORDS": "1", "onrecord_k": "x", "PATH": "/bin", "XONRECORD_K": "0"}
    assert Settings.from_env(environ) == Settings()


@pytest.mark.parametrize("variable", ["ONRECORD_", "ONRECORD_TOPK", "ONRECORD_k", "ONRECORD_K_"])
def test_an_unknown_variable_is_named_with_the_known_ones(variable: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({variable: "1"})
    assert f"unknown setting {variable};" in str(caught.value)
    assert all(f"ONRECORD_{name.upper()}" in str(caught.value) for name in READ)


def test_an_unknown_flag_is_a_bug_of_the_caller() -> None:
    with pytest.raises(TypeError):
        Settings.from_env({}, depth=3)


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("ONRECORD_K", "ten"),
        ("ONRECORD_K", "1.5"),
        ("ONRECORD_K", "1\n2"),
        ("ONRECORD_MAX_CLAIMS", "0x2"),
        ("ONRECORD_REFUSE_BELOW", "half"),
        ("ONRECORD_REFUSE_BELOW", "50%"),
        ("ONRECORD_WAIT_SECONDS", "10s"),
    ],
)
def test_a_value_that_cannot_be_read_is_one_line_with_its_variable(
    variable: str, text: str
) -> None:
    with pytest.raises(SettingsError, match=f"^{variable} cannot be ") as caught:
        Settings.from_env({variable: text})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("k", 0),
        ("k", -1),
        ("max_claims", 0),
        ("refuse_below", -0.01),
        ("refuse_below", 1.01),
        ("refuse_below", float("nan")),
        ("wait_seconds", -1.0),
        ("wait_seconds", float("inf")),
        ("wait_seconds", float("nan")),
    ],
)
def test_a_value_out_of_range_is_refused_wherever_it_comes_from(name: str, value: float) -> None:
    message = f"^{name} must be "
    with pytest.raises(SettingsError, match=message):
        Settings(**{name: value})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=message):
        Settings.from_env({}, **{name: value})
    with pytest.raises(SettingsError, match=message):
        Settings.from_env({f"ONRECORD_{name.upper()}": str(value)})


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_the_ends_of_a_range_are_in_it(value: float) -> None:
    assert Settings(k=1, max_claims=1, refuse_below=value, wait_seconds=0.0).refuse_below == value


def test_settings_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().k = 3  # type: ignore[misc]


def test_library_may_be_a_database() -> None:
    settings = Settings.from_env({"ONRECORD_LIBRARY": "postgresql://me:secret@server/news"})
    assert str(settings.library) == "postgresql://me@server/news"
    assert "secret" not in str(asdict(settings)) + repr(settings)
