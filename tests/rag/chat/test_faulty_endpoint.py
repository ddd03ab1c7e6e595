"""A chat model's endpoint that fails in every way: quoted answer, one line, nothing leaked."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from onrecord import Article, Library
from rag import Answer, Assistant, Settings, Support, Turn
from scripted_endpoint import Behaviour, Call, ScriptedEndpoint, reply_json

KEY = "sk-canary-4f1d9c77e2ab"
DEADLINE_SECONDS = 3.0
QUESTION = "Who closed the Tollen Bridge?"
BRIDGE = Article(
    "bridge",
    "Bridge closed",
    "The Tollen Bridge was closed on Friday. Mayor Tom Reck closed the Tollen Bridge after an"
    " inspection. He said it was unsafe.",
    outlet="The Post",
    published=date(2025, 3, 4),
)
TRUE_CLAIM = "Mayor Tom Reck closed the Tollen Bridge after an inspection."

Ask = Callable[..., Answer]


@pytest.fixture
def ask(library: Library, monkeypatch: pytest.MonkeyPatch) -> Ask:
    library.add([BRIDGE])
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def ask(endpoint: ScriptedEndpoint, *, seconds: float = DEADLINE_SECONDS) -> Answer:
        settings = Settings(
            refuse_below=0.0,
            model="openai:scripted",
            base_url=endpoint.url,
            deadline_seconds=seconds,
        )
        return Assistant(library, settings).ask(QUESTION)

    return ask


@pytest.fixture(autouse=True)
def nothing_leaks(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """Search everything that a test has logged, at the loudest level, or printed for the key."""
    caplog.set_level(logging.DEBUG)
    yield
    printed = capfd.readouterr()
    for text in (caplog.text, printed.out, printed.err):
        assert KEY not in text


def hang(call: Call) -> None:
    call.hang()


def start_and_hang(call: Call) -> None:
    call.start()
    call.say('{"answered": true, "claims": [')
    call.hang()


def drip(call: Call) -> None:
    """Send a letter now and then, for ever: no gap is long, the whole is."""
    call.start()
    while not call.server.over.wait(0.05):
        call.say("a")


def reset(call: Call) -> None:
    call.reset()


def too_many(call: Call) -> None:
    call.fail(429, f"slow down, {KEY}", Retry_After="60")


def server_error(call: Call) -> None:
    call.fail(500, f"internal error for {KEY}")


def web_page(call: Call) -> None:
    call.start(kind="text/html")
    call.send("<!doctype html><title>Sign in</title><h1>Welcome to the portal</h1>")


def error_page(call: Call) -> None:
    call.start(502, kind="text/html")
    call.send("<h1>Bad gateway</h1>")


def half_an_event(call: Call) -> None:
    call.start()
    call.send('data: {"id": "x", "choices": [{"index": 0, "delta": {"con')
    call.send("\n\n")


def half_a_reply(call: Call) -> None:
    call.answer('{"answered": true, "claims": [{"text": "Mayor Tom')


def no_event_at_all(call: Call) -> None:
    call.start()
    call.send("these are not events\n\n")


def other_json(call: Call) -> None:
    call.start(kind="application/json")
    call.send(json.dumps({"unexpected": ["shape"]}))


def wrong_shape(call: Call) -> None:
    call.start()
    call.send('data: {"choices": "none"}\n\n')
    call.send("data: [1, 2, 3]\n\ndata: [DONE]\n\n")


def endless(call: Call) -> None:
    call.start()
    while not call.server.over.is_set():
        call.say("word " * 200)


def empty(call: Call) -> None:
    call.answer("")


def blank(call: Call) -> None:
    call.answer("  \n ")


def nothing_useful(call: Call) -> None:
    call.answer("I'm afraid that is a matter of opinion, isn't it.")


def wrong_model(call: Call) -> None:
    call.fail(404, "The model `scripted` does not exist")


def expired_key(call: Call) -> None:
    call.fail(401, f"Incorrect API key provided: {KEY}. Find yours in the console.")


def too_long(call: Call) -> None:
    call.fail(413, "prompt too long")


FAULTS: list[tuple[Behaviour, str]] = [
    (hang, "did not finish within 3 s"),
    (start_and_hang, "did not finish within 3 s"),
    (drip, "did not finish within 3 s"),
    (reset, "broke the connection"),
    (too_many, "asks for fewer requests (429)"),
    (server_error, "failed (500)"),
    (error_page, "failed (502)"),
    (web_page, "empty reply, or none that can be read"),
    (half_an_event, "malformed reply"),
    (half_a_reply, "broke off its reply"),
    (no_event_at_all, "empty reply, or none that can be read"),
    (other_json, "empty reply, or none that can be read"),
    (wrong_shape, "malformed reply"),
    (endless, "goes on without end"),
    (empty, "empty reply, or none that can be read"),
    (blank, "empty reply, or none that can be read"),
    (nothing_useful, "support none of"),
    (wrong_model, "does not know that model or address (404)"),
    (expired_key, "refused the key (401); set OPENAI_API_KEY"),
    (too_long, "prompt too long (413)"),
]


@pytest.mark.parametrize(("fault", "reason"), FAULTS, ids=[f.__name__ for f, _ in FAULTS])
def test_a_fault_ends_in_the_quoted_answer_and_its_line(
    ask: Ask, fault: Behaviour, reason: str
) -> None:
    with ScriptedEndpoint(fault) as endpoint:
        answer = ask(endpoint)
    assert answer.seconds["total"] < 2 * DEADLINE_SECONDS
    assert not answer.refused
    assert answer.model == ""
    assert {claim.text for claim in answer.claims} <= {c.quote for c in answer.citations}
    assert any("Tom Reck" in claim.text for claim in answer.claims)
    assert all(claim.support is Support.SUPPORTED for claim in answer.claims)
    assert reason in answer.notice
    assert answer.notice.endswith("the articles are quoted instead.")
    assert "\n" not in answer.notice
    assert KEY not in json.dumps(answer.to_dict())


def test_an_endpoint_that_is_down_is_said_to_be(ask: Ask) -> None:
    with ScriptedEndpoint(empty) as endpoint:
        pass
    answer = ask(endpoint)
    assert "cannot be reached" in answer.notice
    assert answer.claims


def test_the_real_thing_works(ask: Ask) -> None:
    with ScriptedEndpoint(lambda call: call.answer(reply_json((TRUE_CLAIM, [1])))) as endpoint:
        answer = ask(endpoint)
    assert [claim.text for claim in answer.claims] == [TRUE_CLAIM]
    assert answer.model == "openai:scripted"
    assert answer.notice == ""
    assert answer.tokens == {"sent": 321, "received": 45}
    assert endpoint.server.keys == [f"Bearer {KEY}"]
    assert endpoint.requests[0]["stream"] is True


@pytest.mark.parametrize("fault", [server_error, reset, error_page])
def test_what_may_pass_is_tried_again(ask: Ask, fault: Behaviour) -> None:
    reply = reply_json((TRUE_CLAIM, [1]))
    with ScriptedEndpoint(fault, lambda call: call.answer(reply)) as endpoint:
        answer = ask(endpoint, seconds=20.0)
    assert [claim.text for claim in answer.claims] == [TRUE_CLAIM]
    assert len(endpoint.requests) == 2


@pytest.mark.parametrize("fault", [expired_key, wrong_model, half_an_event, endless])
def test_what_will_not_pass_is_not_tried_again(ask: Ask, fault: Behaviour) -> None:
    with ScriptedEndpoint(fault) as endpoint:
        ask(endpoint, seconds=20.0)
    assert len(endpoint.requests) == 1


def test_retries_are_few(ask: Ask) -> None:
    with ScriptedEndpoint(server_error) as endpoint:
        ask(endpoint, seconds=30.0)
    assert len(endpoint.requests) == 3


def test_a_wait_that_the_deadline_does_not_allow_is_not_waited(ask: Ask) -> None:
    with ScriptedEndpoint(too_many) as endpoint:
        ask(endpoint, seconds=20.0)
    assert len(endpoint.requests) == 1


def test_an_endpoint_without_structured_output_is_asked_without(ask: Ask) -> None:
    def picky(call: Call) -> None:
        if "response_format" in call.request_json:
            call.fail(400, "response_format is not supported")
        else:
            call.answer(f"{TRUE_CLAIM} [1]")

    with ScriptedEndpoint(picky) as endpoint:
        answer = ask(endpoint)
    assert [claim.text for claim in answer.claims] == [TRUE_CLAIM]
    assert ["response_format" in request for request in endpoint.requests] == [True, False]


def test_what_came_before_the_connection_broke_is_kept(ask: Ask) -> None:
    def break_off(call: Call) -> None:
        call.start(chunked=True)
        call.say('{"answered": true, "claims": [{"text": "' + TRUE_CLAIM + '", "evidence": [1]}, ')
        time.sleep(0.2)
        call.reset()

    with ScriptedEndpoint(break_off) as endpoint:
        answer = ask(endpoint)
    assert [claim.text for claim in answer.claims] == [TRUE_CLAIM]
    assert "may be incomplete" in answer.notice


def test_closing_the_stream_closes_the_connection(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def say_one_and_hang(call: Call) -> None:
        call.start()
        for text in (TRUE_CLAIM, "He said it was unsafe."):
            call.say('{"claims": [{"text": "' if text is TRUE_CLAIM else '{"text": "')
            call.say(text + '", "evidence": [1]}, ')
        call.hang()

    library.add([BRIDGE])
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with ScriptedEndpoint(say_one_and_hang) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        stream = Assistant(library, settings).stream(QUESTION)
        first = next(stream)
        assert first.claims
        stream.close()  # type: ignore[attr-defined]
        assert endpoint.server.cut_off.wait(10)


def test_leaving_an_asynchronous_stream_closes_the_connection(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The model is silent meanwhile: nothing of it has to come before the call is stopped."""

    def start_and_hang(call: Call) -> None:
        call.start()
        call.hang()

    library.add([BRIDGE])
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    async def ask_and_leave(assistant: Assistant, endpoint: ScriptedEndpoint) -> None:
        asking = asyncio.ensure_future(assistant.ainvoke(QUESTION))
        while not endpoint.server.requests:
            await asyncio.sleep(0.01)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    with ScriptedEndpoint(start_and_hang) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        asyncio.run(ask_and_leave(Assistant(library, settings), endpoint))
        assert endpoint.server.cut_off.wait(10)


def test_a_stream_grows_and_ends_complete(library: Library) -> None:
    library.add([BRIDGE])
    reply = reply_json((TRUE_CLAIM, [1]), ("The Tollen Bridge was closed on Friday.", [1]))
    with ScriptedEndpoint(lambda call: call.answer(reply, pieces=40)) as endpoint:
        settings = Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url)
        answers = list(Assistant(library, settings).stream(QUESTION))
    assert [len(answer.claims) for answer in answers][-1] == 2
    assert [len(answer.claims) for answer in answers] == sorted(len(a.claims) for a in answers)
    assert len(answers) > 1


def test_the_command_line_keeps_the_key_to_itself(tmp_path: Path) -> None:
    article = tmp_path / "bridge.txt"
    article.write_text(f"{BRIDGE.title}\n\n{BRIDGE.text}\n", encoding="utf-8")
    folder = tmp_path / "library"
    with Library.create(folder, encoder="hash") as library:
        library.add([article])
    with ScriptedEndpoint(expired_key) as endpoint:
        run = subprocess.run(
            [
                *(
                    sys.executable,
                    "-X",
                    "dev",
                    "-W",
                    "ignore",
                    "-m",
                    "ui.cli.main",
                    "ask",
                    QUESTION,
                ),
                *("--library", str(folder), "--refuse-below", "0"),
                *("--model", "openai:scripted", "--base-url", endpoint.url),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={
                "OPENAI_API_KEY": KEY,
                "OPENAI_LOG": "debug",
                "PATH": "",
                "HOME": str(tmp_path),
            },
            timeout=120,
        )
    assert run.returncode == 0, run.stderr
    assert "refused the key (401)" in run.stdout
    assert KEY not in run.stdout + run.stderr
    for path in folder.rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes()


def test_a_follow_up_does_not_wait_twice(ask: Ask, library: Library) -> None:
    del ask
    with ScriptedEndpoint(hang) as endpoint:
        settings = Settings(
            refuse_below=0.0,
            model="openai:scripted",
            base_url=endpoint.url,
            deadline_seconds=DEADLINE_SECONDS,
        )
        history = [Turn("user", QUESTION), Turn("assistant", TRUE_CLAIM)]
        answer = Assistant(library, settings).ask("why did he close it?", history)
    assert len(endpoint.requests) == 1
    assert answer.claims
    assert "did not finish" in answer.notice


def test_nothing_is_written_but_the_answer(ask: Ask) -> None:
    with ScriptedEndpoint(lambda call: call.answer(reply_json((TRUE_CLAIM, [1])))) as endpoint:
        answer = ask(endpoint)
    buffer = io.StringIO()
    json.dump(answer.to_dict(), buffer)
    assert KEY not in buffer.getvalue()
