"""OnRecord as a model: the part of OpenAI's HTTP API that chat programs and editors speak.

``/v1/models`` lists one model, ``/v1/chat/completions`` answers the last question of a conversation
from the articles. Instructions, temperatures and tools in a request change nothing: sentences are
quoted or checked, and each names its place in the text and as an annotation.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

import anyio.to_thread
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import OnRecordError
from rag.asking.question import check_question
from rag.errors import QuestionError
from rag.types import Answer, Turn
from ui.escape import clean_line, unescape_markdown
from ui.messages import describe_error
from ui.web.access.guard import OWNER
from ui.web.access.queue import ServerBusyError
from ui.web.api.tools import MAX_TURN_CHARS, MAX_TURNS, ToolContext, describe_to_client
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

_log = logging.getLogger("onrecord")

MODEL = "onrecord"
MAX_MESSAGES = 500
SECONDS_BETWEEN_SIGNS = 5.0
"""A stream that says nothing for longer is taken for dead by some clients."""

_MARK = re.compile(r"(?<!^- )(?<!^  - )\[(\d{1,4})\]", re.MULTILINE)
_SOURCES = "\n\n- ["
_RESTATED = re.compile(r"\AUnderstood as: [^\n]*\n\n")
_REMARK = re.compile(r"\n\n(?:Confidence: [^\n]*|The nearest passages:)\s*\Z")
_WORDS = re.compile(r"\S+\s*")
_STEP = 8


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str
    text: str = ""


class Message(BaseModel):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """What it says.

        Raises:
            QuestionError: If it holds anything but text.
        """
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if any(part.type not in {"text", "input_text"} for part in self.content):
            raise QuestionError("messages may hold text only")
        return "\n".join(part.text for part in self.content)


class StreamOptions(BaseModel):
    """How an answer is streamed."""

    include_usage: bool = False


class CompletionRequest(BaseModel):
    """A request for an answer; what else clients send along means nothing here."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=MAX_MESSAGES)]
    stream: bool | None = False
    stream_options: StreamOptions | None = None


def add_routes(context: ToolContext, *, public_url: str = "") -> list[Route]:
    """Return the routes of the API.

    Args:
        context: What answers are made with.
        public_url: Where the chat is, for links to the cited places; empty for where it was asked.
    """
    from starlette.routing import Route

    created = int(time.time())
    shown = {"id": MODEL, "object": "model", "created": created, "owned_by": "onrecord"}

    async def models(request: Request) -> Response:
        del request
        return _to_json({"object": "list", "data": [shown]})

    async def model(request: Request) -> Response:
        del request
        return _to_json(shown)

    async def completions(request: Request) -> Response:
        base = public_url.rstrip("/") or f"http://{request.headers['host']}"
        owned = context._replace(owner=str(request.scope.get(OWNER, "")))
        return await _complete(owned, await request.body(), base)

    return [
        Route("/v1/models", models),
        Route(f"/v1/models/{MODEL}", model),
        Route("/v1/chat/completions", completions, methods=["POST"]),
    ]


async def _complete(context: ToolContext, body: bytes, base: str) -> Response:
    from starlette.responses import StreamingResponse

    try:
        given = CompletionRequest.model_validate_json(body)
        if given.model != MODEL:
            fault = f"there is no model of this name; the only one is '{MODEL}'"
            return _to_json(_error(fault, "model_not_found"), status=404)
        question, history = read_conversation(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = ".".join(map(str, first["loc"]))[:100]
        return _to_json(_error(f"{name}: {first['msg']}"), status=400)
    except QuestionError as error:
        return _to_json(_error(str(error)), status=400)
    run = partial(_answer, context, question, history)
    if given.stream:
        chunks = _stream(given, run, base)
        return StreamingResponse(chunks, media_type="text/event-stream")
    try:
        answer = await anyio.to_thread.run_sync(run)
    except OnRecordError as error:
        return _to_json(_error(describe_to_client(error), "server_error"), status=_status(error))
    content, annotations = _write(answer, base)
    message = {
        "role": "assistant",
        "content": content,
        "refusal": None,
        "annotations": annotations,
    }
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return _to_json({**_head("chat.completion"), "choices": [choice], "usage": _usage(answer)})


def read_conversation(given: CompletionRequest) -> tuple[str, list[Turn]]:
    """Return the question, which is the last message of the user, and what came before it."""
    said = [one for one in given.messages if one.role in {"user", "assistant"}]
    while said and said[-1].role != "user":
        said.pop()
    if not said:
        raise QuestionError("there is no message of a user to answer")
    question = check_question(said[-1].text)
    return question, [Turn(one.role, _said(one)) for one in said[-MAX_TURNS - 1 : -1]]


def _said(message: Message) -> str:
    """Return what a message said; of an answer, without what stands around it."""
    if message.role == "user":
        return message.text[:MAX_TURN_CHARS]
    text = _RESTATED.sub("", message.text).partition(_SOURCES)[0]
    return unescape_markdown(_REMARK.sub("", text))[:MAX_TURN_CHARS]


def _answer(context: ToolContext, question: str, history: list[Turn]) -> Answer:
    with context.queue.turn(context.owner):
        return context.open_assistant().ask(question, history)


async def _stream(given: CompletionRequest, run: partial[Answer], base: str) -> AsyncIterator[str]:
    """Yield the answer as events, once it is checked; until then, signs of life."""
    head = _head("chat.completion.chunk")
    yield _event({**head, "choices": [_delta({"role": "assistant", "content": ""})]})
    answering = asyncio.ensure_future(anyio.to_thread.run_sync(run))
    while not (await asyncio.wait({answering}, timeout=SECONDS_BETWEEN_SIGNS))[0]:
        yield ": reading the articles\n\n"
    try:
        answer = answering.result()
    except Exception as error:  # noqa: BLE001 - the client waits for an end
        if not isinstance(error, OnRecordError):
            _log.error("%s", describe_error(error))
        yield _event(_error(describe_to_client(error), "server_error"))
        yield "data: [DONE]\n\n"
        return
    content, annotations = _write(answer, base)
    for text in _cut(content):
        yield _event({**head, "choices": [_delta({"content": text})]})
    yield _event({**head, "choices": [_delta({"annotations": annotations}, "stop")]})
    if given.stream_options and given.stream_options.include_usage:
        yield _event({**head, "choices": [], "usage": _usage(answer)})
    yield "data: [DONE]\n\n"


def _write(answer: Answer, base: str) -> tuple[str, list[dict[str, Any]]]:
    """Return an answer as Markdown with its sources, and an annotation for each mark in it."""
    exchange = Exchange.from_answer(1, answer)
    content = exchange_to_markdown(exchange).partition("\n\n")[2]
    annotations = []
    for mark in _MARK.finditer(content):
        citation = exchange.find_citation(int(mark[1]))
        if citation is None:
            continue
        place = {"article": citation.article_id, "from": citation.start, "to": citation.end}
        found = {
            "start_index": mark.start(),
            "end_index": mark.end(),
            "title": clean_line(citation.title),
            "url": f"{base}/#{urlencode(place)}",
            "quote": clean_line(citation.quote),
        }
        annotations.append({"type": "url_citation", "url_citation": found})
    return content, annotations


def _cut(content: str) -> Iterator[str]:
    """Yield a text in parts of a few words each."""
    words = _WORDS.findall(content)
    for first in range(0, len(words), _STEP):
        yield "".join(words[first : first + _STEP])


def _head(kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{secrets.token_hex(12)}",
        "object": kind,
        "created": int(time.time()),
        "model": MODEL,
    }


def _delta(fields: Mapping[str, Any], end: str | None = None) -> dict[str, Any]:
    return {"index": 0, "delta": fields, "finish_reason": end, "logprobs": None}


def _usage(answer: Answer) -> dict[str, int]:
    """Return what a chat model took for an answer; nothing if none was asked."""
    sent, received = answer.tokens.get("sent", 0), answer.tokens.get("received", 0)
    return {
        "prompt_tokens": sent,
        "completion_tokens": received,
        "total_tokens": sent + received,
    }


def _error(message: str, code: str = "invalid_request_error") -> dict[str, Any]:
    kind = "server_error" if code == "server_error" else "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _status(error: OnRecordError) -> int:
    if isinstance(error, QuestionError):
        return 400
    return 503 if isinstance(error, ServerBusyError) else 500


def _event(fields: Mapping[str, Any]) -> str:
    return f"data: {json.dumps(fields)}\n\n"


def _to_json(fields: Mapping[str, Any], *, status: int = 200) -> Response:
    from starlette.responses import JSONResponse

    return JSONResponse(dict(fields), status_code=status)
