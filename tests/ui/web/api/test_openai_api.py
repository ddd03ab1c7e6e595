"""OnRecord as a model of OpenAI's API, by OpenAI's own client."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
from openai import AuthenticationError, BadRequestError, NotFoundError, OpenAI

from browser import find_violations, visit
from hostile_strings import HOSTILE
from onrecord import Article, HashEmbedder, Library
from rag.types import REFUSAL, Turn
from ui.web.access.login import hash_password, write_users
from ui.web.api.openai_api import MODEL, CompletionRequest, read_conversation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from openai.types.chat import ChatCompletionMessageParam
    from playwright.sync_api import Browser

    from conftest import Chat, StartChat

pytestmark = pytest.mark.slow

PASSWORD = "a long: enough password"  # noqa: S105
FERRY = Article(
    "ferry <b>",
    "Second ferry ![x](https://elsewhere.example/x.png)",
    "A second ferry began to cross Saltmere harbour. It takes 90 passengers.\n\n"
    "The fare is nothing, harbour master Ines Varga said.",
    source="news/ferry.txt",
    published=date(2025, 3, 20),
    outlet="Corvane Wire",
)
QUESTION = "how many passengers does the ferry take?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("openai") / "library"
    hostile = [
        Article(
            f"quill{number}",
            f"Quill{number} " + "".join(filter(str.isprintable, text)),
            f"Inspector Quill{number} said that bridge{number} is shut: "
            + text.translate({0: None, 0xFDD0: None, 0xFFFE: None, 0xFFFF: None}),
        )
        for number, text in enumerate(HOSTILE)
    ]
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([FERRY, *hostile])
    return folder


@pytest.fixture(scope="module")
def chat(folder: Path, start_chat: StartChat) -> Chat:
    return start_chat(folder)


@pytest.fixture
def client(chat: Chat) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{chat.address}/v1", api_key="none", max_retries=0) as client:
        yield client


def ask(*texts: str) -> list[ChatCompletionMessageParam]:
    """Return a conversation: questions and answers in turn."""
    roles = ("user", "assistant")
    said = [{"role": roles[place % 2], "content": text} for place, text in enumerate(texts)]
    return [{"role": "system", "content": "Answer in rhymes."}, *said]  # type: ignore[list-item]


def test_there_is_one_model(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).object == "model"
    with pytest.raises(NotFoundError, match="no model of this name"):
        client.chat.completions.create(model="gpt-5", messages=ask(QUESTION))


def test_an_answer_has_its_sources(client: OpenAI, chat: Chat) -> None:
    found = client.chat.completions.create(
        model=MODEL, messages=ask(QUESTION), temperature=0.7, user="ada"
    )
    message = found.choices[0].message
    said = message.content or ""
    assert "It takes 90 passengers. [1]" in said
    assert "Corvane Wire. 20 March 2025" in said
    assert "![x](" not in said
    assert found.choices[0].finish_reason == "stop"
    annotations = [one.url_citation for one in message.annotations or ()]
    assert {said[one.start_index : one.end_index] for one in annotations} >= {"[1]"}
    first = annotations[0]
    assert "Second ferry" in first.title
    place = parse_qs(urlsplit(first.url).fragment)
    assert first.url.startswith(f"{chat.address}/#")
    assert place["article"] == [FERRY.article_id]
    start, end = int(place["from"][0]), int(place["to"][0])
    assert "90 passengers" in FERRY.text[start:end]


def test_a_follow_up_is_understood(client: OpenAI) -> None:
    first = client.chat.completions.create(model=MODEL, messages=ask(QUESTION))
    said = first.choices[0].message.content or ""
    found = client.chat.completions.create(
        model=MODEL, messages=ask(QUESTION, said, "and what is the fare?")
    )
    assert "The fare is nothing" in (found.choices[0].message.content or "")


def test_a_stream_gives_the_same(client: OpenAI) -> None:
    whole = client.chat.completions.create(model=MODEL, messages=ask(QUESTION))
    said, usage = "", None
    annotations: list[dict[str, Any]] = []
    reasons: list[str | None] = []
    for chunk in client.chat.completions.create(
        model=MODEL,
        messages=ask(QUESTION),
        stream=True,
        stream_options={"include_usage": True},
    ):
        for choice in chunk.choices:
            said += choice.delta.content or ""
            reasons.append(choice.finish_reason)
            annotations += (choice.delta.model_extra or {}).get("annotations", [])
        usage = chunk.usage or usage
    assert said == whole.choices[0].message.content
    assert (reasons[-1], set(reasons[:-1])) == ("stop", {None})
    assert [one["url_citation"]["url"] for one in annotations] == [
        one.url_citation.url for one in whole.choices[0].message.annotations or ()
    ]
    assert usage is not None
    assert usage.total_tokens == 0


def test_what_cannot_be_answered_is_said(client: OpenAI) -> None:
    refused = client.chat.completions.create(
        model=MODEL, messages=ask("what is the price of tea in Antarctica?")
    )
    assert "The articles do not say." in (refused.choices[0].message.content or "")
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}
    wrong: list[Any] = [
        [],
        ask("x" * 2001),
        ask(" "),
        [{"role": "system", "content": "x"}],
        [{"role": "user", "content": [image]}],
        [{"role": "wizard", "content": "x"}],
    ]
    for messages in wrong:
        for stream in (False, True):
            with pytest.raises(BadRequestError):
                client.chat.completions.create(model=MODEL, messages=messages, stream=stream)


def test_parts_of_text_are_read(client: OpenAI) -> None:
    parts: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]}
    ]
    found = client.chat.completions.create(model=MODEL, messages=parts)
    assert "90 passengers" in (found.choices[0].message.content or "")


def test_hostile_words_are_text(client: OpenAI) -> None:
    for number, text in enumerate(HOSTILE):
        question = f"What did Quill{number} say about bridge{number}? {text}"
        given = question.encode("utf-8", "replace").decode()
        found = client.chat.completions.create(model=MODEL, messages=ask(given))
        said = found.choices[0].message.content or ""
        for wrong in ("<script", "<img", "<iframe", "](javascript", "![x](", "[read on]("):
            assert wrong not in said, text


def test_other_sites_may_not_ask(chat: Chat) -> None:
    body = json.dumps({"model": MODEL, "messages": ask(QUESTION)}).encode()
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        request = Request(f"{chat.address}/v1/chat/completions", body, headers)  # noqa: S310
        with pytest.raises(HTTPError) as refused:
            urlopen(request)  # noqa: S310
        assert refused.value.code == 403
        refused.value.close()


def test_a_key_is_name_and_password(folder: Path, start_chat: StartChat, tmp_path: Path) -> None:
    users = tmp_path / "users"
    write_users(users, {"ada": hash_password(PASSWORD)})
    chat = start_chat(folder, "--auth", str(users))
    for key in ("none", "ada:wrong", f"bo:{PASSWORD}", PASSWORD):
        with (
            OpenAI(base_url=f"{chat.address}/v1", api_key=key, max_retries=0) as stranger,
            pytest.raises(AuthenticationError),
        ):
            stranger.models.list()
    with OpenAI(base_url=f"{chat.address}/v1", api_key=f"ada:{PASSWORD}") as ada:
        found = ada.chat.completions.create(model=MODEL, messages=ask(QUESTION))
        assert "90 passengers" in (found.choices[0].message.content or "")


@pytest.mark.browser
def test_an_annotation_opens_the_place(client: OpenAI, browser: Browser) -> None:
    found = client.chat.completions.create(model=MODEL, messages=ask(QUESTION))
    first = (found.choices[0].message.annotations or [])[0]
    with visit(browser, first.url_citation.url) as (page, _):
        page.locator("#article-panel mark", has_text="90 passengers").wait_for()
        assert find_violations(page) == []


@pytest.mark.parametrize(
    ("role", "text", "said"),
    [
        (
            "assistant",
            "Understood as: who left?\n\nAT\\&T said so [1].\n\nConfidence: high.\n\n- [1] x",
            "AT&T said so [1].",
        ),
        ("assistant", "The articles do not say.\n\nThe nearest passages:\n\n- [1] x", REFUSAL),
        ("user", "what of this?\n\n- [1] x", "what of this?\n\n- [1] x"),
    ],
)
def test_an_answer_that_comes_back_is_what_was_said(role: str, text: str, said: str) -> None:
    messages = [{"role": role, "content": text}, {"role": "user", "content": "why?"}]
    given = CompletionRequest.model_validate({"model": MODEL, "messages": messages})
    assert read_conversation(given) == ("why?", [Turn(role, said)])
