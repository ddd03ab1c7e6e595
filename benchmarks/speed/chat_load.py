"""How the chat copes when fifty people ask at once, and keep asking for two minutes.

A real server process with a real library is asked over loopback, by the protocol that a browser's
page and ``gradio_client`` use: join the queue, read the answer from the event stream, and keep
open the stream that keeps the session alive. Each user asks the next question as soon as the last
one is answered; a user who is told that the server is busy tries again half a second later.

    python -m benchmarks.speed.chat_load                       # a library made from samples/
    python -m benchmarks.speed.chat_load --library DIR   # yours, asked by its titles
    python -m benchmarks.speed.chat_load --users 10 --seconds 10

Anything other than an answer or "busy" is an error, and makes the exit status 1. Memory is that of
the server process: before the load (after a few questions, so that everything is loaded), at its
peak, and afterwards, a minute after the users have left.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx

from benchmarks.child import read_memory
from benchmarks.machine import describe_machine
from benchmarks.report import MEGABYTE, format_table, make_parser, positive, print_report

ROOT = Path(__file__).resolve().parents[2]
WARM_UP = 20
SECONDS_AFTER_BUSY = 0.5
SECONDS_TO_SETTLE = 60
SECONDS_BETWEEN_READINGS = 0.5
MAX_GROWTH = 0.2


@dataclass(slots=True)
class Tally:
    """What happened to the questions.

    Attributes:
        seconds: From asking to the complete answer, for the questions that were answered.
        busy_seconds: From asking to being told that the server is busy.
        refusals: Answers that say that the articles do not say.
        errors: Anything else that came back, with its count.
        by_user: How many answers each user got.
    """

    seconds: list[float] = field(default_factory=list)
    busy_seconds: list[float] = field(default_factory=list)
    refusals: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    by_user: Counter[int] = field(default_factory=Counter)


def main() -> None:
    """Start the server, load it, and print the measurements."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("--library", type=Path, help="default: made from samples/")
    parser.add_argument("--users", type=positive, default=50, help="default: 50")
    parser.add_argument("--seconds", type=positive, default=120, help="default: 120")
    parser.add_argument("--settle", type=positive, default=SECONDS_TO_SETTLE, metavar="SECONDS")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as scratch:
        library = arguments.library or make_library(Path(scratch) / "library")
        questions = make_questions(library)
        with run_server(library) as (process, address):
            report = asyncio.run(
                measure(
                    address,
                    process.pid,
                    questions,
                    n_users=arguments.users,
                    seconds=arguments.seconds,
                    settle=arguments.settle,
                )
            )
    report = {
        "benchmark": "chat_load",
        "machine": describe_machine(),
        "library": "samples" if arguments.library is None else "given",
        "questions": len(questions),
        **report,
    }
    print_report(report, format_report(report), as_json=arguments.json)
    sys.exit(0 if not report["errors"] else 1)


def make_library(folder: Path) -> Path:
    """Make a library of the samples, with the real encoder."""
    command = [sys.executable, "-m", "ui.cli.main", "add", "samples", "--library", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
    return folder


def make_questions(library: Path) -> list[str]:
    """Return questions about a library's titles; it answers some of them, and not the others."""
    command = [sys.executable, "-m", "ui.cli.main", "list", "--json", "--library", str(library)]
    listed = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE)
    titles = [article["title"][:200] for article in json.loads(listed.stdout)[:500]]
    forms = ("what is known about {}?", "who spoke about {}?", "when was it said: {}?")
    return [form.format(title) for title in titles for form in forms]


@contextmanager
def run_server(library: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Serve a library with the real command; yield the process and its address.

    Raises:
        RuntimeError: If it does not start or stop as it should.
    """
    command = [
        sys.executable,
        "-m",
        "ui.cli.main",
        "serve",
        "--port",
        "0",
        "--library",
        str(library),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        line = process.stderr.readline() if process.stderr else ""
        match = re.search(r"http://[\d.:]+", line)
        if match is None:
            raise RuntimeError(f"the server did not start: {line.strip()}")
        yield process, match[0]
        process.send_signal(signal.SIGTERM)
        _, rest = process.communicate(timeout=60)
        if process.returncode:
            raise RuntimeError(f"the server ended with {process.returncode}: {rest.strip()}")
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


async def measure(
    address: str, pid: int, questions: Sequence[str], *, n_users: int, seconds: int, settle: int
) -> dict[str, object]:
    """Ask for a given time, and return what was observed."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(base_url=address, timeout=90, limits=limits) as client:
        function = await find_function(client)
        warm = Tally()
        session = uuid4().hex
        for number in range(WARM_UP):
            question = questions[number % len(questions)]
            await ask(client, function, session, 0, question, warm)
        await asyncio.sleep(3)
        idle = read_memory(pid)
        tally = Tally()
        peak = asyncio.ensure_future(watch_memory(pid))
        started = time.perf_counter()
        await asyncio.gather(
            *(
                use_chat(client, function, user, questions, started + seconds, tally)
                for user in range(n_users)
            )
        )
        took = time.perf_counter() - started
        await asyncio.sleep(settle)
        peak.cancel()
        highest = max(await peak)
        after = read_memory(pid)
        health = (await client.get("/health")).json()
    answered = len(tally.seconds)
    return {
        "users": n_users,
        "seconds": round(took, 1),
        "answered": answered,
        "answers_a_second": round(answered / took, 2),
        "refusals": tally.refusals,
        "busy": len(tally.busy_seconds),
        "errors": dict(tally.errors),
        "answer_seconds": summarize_seconds(tally.seconds),
        "busy_seconds": summarize_seconds(tally.busy_seconds),
        "answers_by_user": {
            "least": min(tally.by_user[user] for user in range(n_users)),
            "most": max(tally.by_user[user] for user in range(n_users)),
        },
        "memory": {"idle": idle, "peak": highest, "after": after},
        "memory_growth": round(after / idle - 1, 3),
        "memory_recovered": after <= idle * (1 + MAX_GROWTH),
        "health_after": health,
    }


async def find_function(client: httpx.AsyncClient) -> int:
    """Return the number that the server has given to ``ask``."""
    config = (await client.get("/config")).raise_for_status().json()
    (function,) = (f["id"] for f in config["dependencies"] if f["api_name"] == "ask")
    return int(function)


async def use_chat(
    client: httpx.AsyncClient,
    function: int,
    user: int,
    questions: Sequence[str],
    until: float,
    tally: Tally,
) -> None:
    """Act as one user: keep a session alive and ask one question after another."""
    session = uuid4().hex
    alive = asyncio.ensure_future(keep_alive(client, session))
    number = user * 7
    try:
        while time.perf_counter() < until:
            question = questions[number % len(questions)]
            if await ask(client, function, session, user, question, tally):
                number += 1
            else:
                await asyncio.sleep(SECONDS_AFTER_BUSY)
    finally:
        alive.cancel()
        await asyncio.gather(alive, return_exceptions=True)


async def keep_alive(client: httpx.AsyncClient, session: str) -> None:
    """Hold the stream open that tells the server a page is still there."""
    async with client.stream("GET", f"/gradio_api/heartbeat/{session}", timeout=None) as response:
        async for _ in response.aiter_bytes():
            pass


async def ask(
    client: httpx.AsyncClient, function: int, session: str, user: int, question: str, tally: Tally
) -> bool:
    """Ask one question, record the outcome, and return whether it was answered."""
    started = time.perf_counter()
    try:
        outcome = await exchange(client, function, session, question)
    except httpx.HTTPError as error:
        outcome = f"{type(error).__name__}"
    took = time.perf_counter() - started
    if isinstance(outcome, dict):
        tally.seconds.append(took)
        tally.refusals += bool(outcome["refused"])
        tally.by_user[user] += 1
        return True
    if outcome.startswith("busy"):
        tally.busy_seconds.append(took)
    else:
        tally.errors[outcome[:200]] += 1
    return False


async def exchange(
    client: httpx.AsyncClient, function: int, session: str, question: str
) -> dict[str, object] | str:
    """Return the answer to a question, or the server's other reply."""
    data = [question, None, None, "", "", False]
    joined = await client.post(
        "/gradio_api/queue/join",
        json={"data": data, "fn_index": function, "session_hash": session},
    )
    if joined.is_error:
        return f"{joined.json().get('detail', joined.status_code)}"
    stream = client.stream("GET", "/gradio_api/queue/data", params={"session_hash": session})
    async with stream as response:
        async for line in response.aiter_lines():
            if not line.startswith("data:"):
                continue
            message = json.loads(line[5:])
            if message["msg"] == "process_completed":
                output = message["output"]
                if message["success"]:
                    answer: dict[str, object] = output["data"][0]
                    return answer
                return str(output.get("error"))
            if message["msg"] == "unexpected_error":
                return str(message["message"])
    return "the stream ended without an answer"


async def watch_memory(pid: int) -> list[int]:
    """Return readings of a process's memory, taken until told to stop."""
    readings: list[int] = []
    try:
        while True:
            readings.append(read_memory(pid))
            await asyncio.sleep(SECONDS_BETWEEN_READINGS)
    except asyncio.CancelledError:
        return readings


def summarize_seconds(seconds: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the longest; empty if there are none."""
    if len(seconds) < 2:
        return {}
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {
        "p50": round(statistics.median(seconds), 3),
        "p95": round(cuts[94], 3),
        "longest": round(max(seconds), 3),
    }


def format_report(report: dict[str, object]) -> list[str]:
    """Return the report as the lines of a table."""
    answers, busy, memory = (
        dict(report[name])  # type: ignore[call-overload]
        for name in ("answer_seconds", "busy_seconds", "memory")
    )
    rows = [
        ("what", "measured"),
        ("users, seconds", f"{report['users']}, {report['seconds']}"),
        ("answered", f"{report['answered']} ({report['answers_a_second']} a second)"),
        ("told busy", f"{report['busy']}"),
        ("errors", json.dumps(report["errors"]) if report["errors"] else "none"),
        ("answer, p50 / p95 / longest, s", " / ".join(str(value) for value in answers.values())),
        ("busy, p50 / p95 / longest, s", " / ".join(str(value) for value in busy.values())),
        ("answers a user, least to most", json.dumps(report["answers_by_user"])),
        (
            "memory idle / peak / after, MB",
            " / ".join(f"{value / MEGABYTE:.0f}" for value in memory.values()),
        ),
        ("memory growth", f"{report['memory_growth']:+.1%}"),
    ]
    return format_table(rows)


if __name__ == "__main__":
    main()
