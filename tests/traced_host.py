"""A program that traces its own runs to a service, and asks OnRecord; run as a script.

    traced_host.py LIBRARY

It prints the requests that the service got after each step as one JSON object: name of the step ->
list of bodies as text.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

QUESTION = "Who closed the Tollen Bridge on Friday?"
QUIET_SECONDS = 0.5

bodies: list[str] = []


class Service(BaseHTTPRequestHandler):
    """Takes whatever is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        bodies.append(body.decode("utf-8", "replace"))
        self.do_GET()

    do_PATCH = do_POST  # noqa: N815 - the base class's way of naming

    def do_GET(self) -> None:
        content = b"{}"
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def switch_on(port: int) -> None:
    for name in ("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING_V2"):
        os.environ[name] = "true"
    os.environ["LANGSMITH_GATEWAY"] = f"http://127.0.0.1:{port}"
    os.environ["LANGSMITH_ENDPOINT"] = f"http://127.0.0.1:{port}"
    os.environ["LANGSMITH_API_KEY"] = "not-a-key"
    os.environ["LANGSMITH_DISABLE_RUN_COMPRESSION"] = "true"
    for kind in ("TRACES", "METRICS", "LOGS"):
        os.environ[f"OTEL_{kind}_EXPORTER"] = "otlp"
    os.environ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf"
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{port}"
    os.environ["OTEL_PYTHON_TRACER_PROVIDER"] = "sdk_tracer_provider"


def read_switches() -> dict[str, str]:
    """Return the variables that tracing depends on, which are this program's affair."""
    prefixes = ("LANGSMITH_", "LANGCHAIN_", "OTEL_")
    return {name: value for name, value in os.environ.items() if name.startswith(prefixes)}


def main(folder: str) -> dict[str, list[str]]:
    service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    switch_on(service.server_port)

    from langchain_core.runnables import RunnableConfig, RunnableLambda
    from langchain_core.tracers.context import tracing_v2_enabled
    from langchain_core.tracers.langchain import LangChainTracer, wait_for_all_tracers

    seen: dict[str, list[str]] = {}

    def step(name: str, act: Callable[[], object]) -> None:
        before = len(bodies)
        act()
        wait_for_all_tracers()
        time.sleep(QUIET_SECONDS)
        seen[name] = bodies[before:]

    host: RunnableLambda[str, str] = RunnableLambda(lambda text: f"host {text}")
    step("host before", lambda: host.invoke("before"))

    from rag import Assistant, Settings
    from scripted_endpoint import ScriptedEndpoint, reply_json

    switch_on(service.server_port)
    environment = read_switches()
    tracer: RunnableConfig = {"callbacks": [LangChainTracer()]}

    async def stream_all(assistant: Assistant) -> None:
        async for _ in assistant.astream(QUESTION):
            pass
        await assistant.ainvoke(QUESTION)
        await assistant.abatch([QUESTION, QUESTION])
        await assistant.retriever.ainvoke(QUESTION)

    def follow_up(assistant: Assistant) -> None:
        told = [{"role": "user", "text": QUESTION}, {"role": "assistant", "text": "Reck."}]
        assistant.ask("When was it closed?", told)

    def in_a_thread(assistant: Assistant) -> None:
        thread = threading.Thread(target=assistant.ask, args=(QUESTION,))
        thread.start()
        thread.join()

    def within_tracing(assistant: Assistant) -> None:
        with tracing_v2_enabled():
            assistant.invoke(QUESTION)
            assistant.retriever.invoke(QUESTION)

    def refuses(assistant: Assistant, _: str) -> bool:
        return assistant.invoke(QUESTION).refused

    actions: dict[str, Callable[[Assistant], object]] = {
        "invoke": lambda asked: asked.invoke(QUESTION),
        "follow-up": follow_up,
        "stream": lambda asked: list(asked.stream(QUESTION, passages_first=True)),
        "batch": lambda asked: asked.batch([QUESTION, QUESTION]),
        "async": lambda asked: asyncio.run(stream_all(asked)),
        "retriever": lambda asked: asked.retriever.invoke(QUESTION),
        "callbacks": lambda asked: asked.invoke(QUESTION, tracer),
        "context": within_tracing,
        "thread": in_a_thread,
    }
    with (
        ScriptedEndpoint(lambda call: call.answer(reply_json(("It was closed.", [1])))) as endpoint,
        Assistant(folder, Settings(refuse_below=0.0)) as assistant,
        Assistant(
            assistant.library,
            Settings(refuse_below=0.0, model="openai:scripted", base_url=endpoint.url),
        ) as chatting,
    ):
        for name, asked in (("quoted", assistant), ("written", chatting)):
            for action, act in actions.items():
                step(f"{name}: {action}", partial(act, asked))
            inside = RunnableLambda(partial(refuses, asked))
            step(f"host: {name}", partial(inside.invoke, "inside"))
        seen["asked the model"] = [str(len(endpoint.server.requests))]
    step("host after", lambda: host.invoke("after"))
    seen["environment"] = [] if read_switches() == environment else ["changed"]
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])))
