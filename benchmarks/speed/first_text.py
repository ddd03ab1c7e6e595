"""How long a reader of the chat waits for the first useful text after a question.

A real server process is asked over loopback as a browser's page asks it: the event joins the queue,
and the answer streams back. Useful text is the first text of an article shown for the question, or
the line that the articles do not say. Everything is warm: each question was asked once before.

    python -m benchmarks.speed.first_text                     # a library made from samples/
    python -m benchmarks.speed.first_text --reader none       # without the reader
    python -m benchmarks.speed.first_text --library DIR --rounds 1
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import httpx

from benchmarks.machine import describe_machine
from benchmarks.report import format_table, make_parser, positive, print_report
from benchmarks.speed.chat_load import (
    ROOT,
    make_library,
    make_questions,
    run_server,
    summarize_seconds,
)

SAMPLE_QUESTIONS = ROOT / "tests" / "samples_questions.jsonl"
BROWSER = "0" * 32
USEFUL = ("<blockquote", 'class="claims"', 'class="refusal"')


def main() -> None:
    """Start the server, ask, and print the measurements."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("--library", type=Path, help="default: made from samples/")
    parser.add_argument("--rounds", type=positive, default=5, help="default: 5")
    parser.add_argument("--questions", type=positive, default=60, help="at most; default: 60")
    parser.add_argument("--reader", default="default", help="as for 'onrecord serve'")
    arguments = parser.parse_args()
    os.environ["ONRECORD_READER"] = arguments.reader
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as scratch:
        library = arguments.library or make_library(Path(scratch) / "library")
        questions = make_questions(library) if arguments.library else read_questions()
        questions = questions[: arguments.questions]
        with run_server(library) as (_, address):
            report = asyncio.run(measure(address, questions, rounds=arguments.rounds))
    report = {
        "benchmark": "first_text",
        "machine": describe_machine(),
        "library": "given" if arguments.library else "samples",
        "reader": arguments.reader,
        "questions": len(questions),
        "rounds": arguments.rounds,
        **report,
    }
    print_report(report, format_report(report), as_json=arguments.json)


def read_questions() -> list[str]:
    """Return the questions about the samples."""
    lines = SAMPLE_QUESTIONS.read_text("utf-8").splitlines()
    return [str(json.loads(line)["question"]) for line in lines]


async def measure(address: str, questions: Sequence[str], *, rounds: int) -> dict[str, object]:
    """Ask each question once to warm up, then once per round.

    Returns:
        ``first_seconds`` and ``whole_seconds``, each with median, 95th percentile and longest.
    """
    first: list[float] = []
    whole: list[float] = []
    async with httpx.AsyncClient(base_url=address, timeout=90) as client:
        function = await find_submit(client)
        session = uuid4().hex
        for number in range(rounds + 1):
            for question in questions:
                to_first, to_whole = await ask(client, function, session, question)
                if number:
                    first.append(to_first)
                    whole.append(to_whole)
    return {"first_seconds": summarize_seconds(first), "whole_seconds": summarize_seconds(whole)}


async def find_submit(client: httpx.AsyncClient) -> int:
    """Return the number of the event that the page asks questions with."""
    config = (await client.get("/config")).raise_for_status().json()
    (page,) = (c["id"] for c in config["components"] if c["props"].get("elem_id") == "page")
    (function,) = (f["id"] for f in config["dependencies"] if [page, "submit"] in f["targets"])
    return int(function)


async def ask(
    client: httpx.AsyncClient, function: int, session: str, question: str
) -> tuple[float, float]:
    """Return the seconds to the first useful text of an answer, and to its end.

    Raises:
        RuntimeError: If no answer comes.
    """
    asked = {"do": "ask", "id": uuid4().hex, "browser": BROWSER, "question": question}
    started = time.perf_counter()
    joined = await client.post(
        "/gradio_api/queue/join",
        json={
            "data": [],
            "event_data": asked,
            "fn_index": function,
            "trigger_id": None,
            "session_hash": session,
        },
    )
    joined.raise_for_status()
    first = 0.0
    stream = client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session})
    async with stream as response:
        async for line in response.aiter_lines():
            now = time.perf_counter() - started
            if not first and any(mark.replace('"', '\\\\\\"') in line for mark in USEFUL):
                first = now
            if line.startswith("data:") and '"process_completed"' in line:
                if not first:
                    raise RuntimeError(f"no useful text came: {line[:300]}")
                return first, now
    raise RuntimeError("the stream ended without an answer")


def format_report(report: dict[str, object]) -> list[str]:
    """Return the report as the lines of a table."""
    rows = [("what", "p50 / p95 / longest, s")]
    for name, label in (("first_seconds", "first useful text"), ("whole_seconds", "whole answer")):
        seconds = dict(report[name])  # type: ignore[call-overload]
        rows.append((label, " / ".join(str(value) for value in seconds.values())))
    return format_table(rows)


if __name__ == "__main__":
    main()
