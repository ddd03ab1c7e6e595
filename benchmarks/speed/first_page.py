"""What a visitor of the chat waits for: its page, and the first answer of a server just started.

- page weight: what Chromium fetches until the page can be used, as it was sent and unpacked;
- first paint, and when a question can be typed, each visit with an empty cache;
- the first useful text of an answer: asked as soon as the server says where it is, and three
  seconds later, as by someone who has to type; each in a server of its own.

    python -m benchmarks.speed.first_page                     # a library made from samples/
    python -m benchmarks.speed.first_page --library DIR --starts 3 --visits 5
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.machine import describe_machine
from benchmarks.report import (
    format_range,
    format_table,
    make_parser,
    positive,
    print_report,
    summarize,
)
from benchmarks.speed.chat_load import make_library, make_questions, run_server
from benchmarks.speed.first_text import ask, find_submit, read_questions

SECONDS_TO_TYPE = 3.0
TARGETS = {"weight_kb": 350, "paint_seconds": 1.0, "first_answer_seconds": 2.0}


def main() -> None:
    """Start servers, ask and visit them, and print the measurements."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("--library", type=Path, help="default: made from samples/")
    parser.add_argument("--starts", type=positive, default=3, help="of each kind; default: 3")
    parser.add_argument("--visits", type=positive, default=5, help="default: 5")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as scratch:
        library = arguments.library or make_library(Path(scratch) / "library")
        questions = make_questions(library) if arguments.library else read_questions()
        answers: dict[float, list[float]] = {0.0: [], SECONDS_TO_TYPE: []}
        for number in range(arguments.starts):
            for pause, seconds in answers.items():
                with run_server(library) as (_, address):
                    question = questions[number % len(questions)]
                    seconds.append(asyncio.run(time_first_answer(address, question, pause)))
        with run_server(library) as (_, address):
            asyncio.run(time_first_answer(address, questions[0], SECONDS_TO_TYPE))
            visits = visit(address, arguments.visits)
    report: dict[str, object] = {
        "benchmark": "first_page",
        "machine": describe_machine(),
        "library": "given" if arguments.library else "samples",
        "first_answer_seconds": {
            "at once": summarize(answers[0.0]),
            "after 3 s": summarize(answers[SECONDS_TO_TYPE]),
        },
        **{name: summarize([one[name] for one in visits]) for name in visits[0]},
        "targets": TARGETS,
    }
    print_report(report, format_report(report), as_json=arguments.json)


async def time_first_answer(address: str, question: str, pause: float) -> float:
    """Return the seconds to the first useful text of a server's first answer."""
    async with httpx.AsyncClient(base_url=address, timeout=90) as client:
        function = await find_submit(client)
        await asyncio.sleep(pause)
        first, _ = await ask(client, function, uuid4().hex, question)
    return first


def visit(address: str, n_visits: int) -> list[dict[str, float]]:
    """Return what each visit with an empty cache fetched and waited for.

    Raises:
        RuntimeError: If Chromium is missing.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise RuntimeError("chromium is missing; run 'apt-get install chromium'")
    visits = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for _ in range(n_visits):
            context = browser.new_context()
            page = context.new_page()
            visits.append(_visit_once(context.new_cdp_session(page), page, address))
            context.close()
        browser.close()
    return visits


def _visit_once(wire: Any, page: Any, address: str) -> dict[str, float]:  # noqa: ANN401 - Playwright's
    sent: list[float] = []
    unpacked: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sent.append(event["encodedDataLength"]))
    wire.on("Network.dataReceived", lambda event: unpacked.append(event["dataLength"]))
    wire.send("Network.enable")
    page.goto(address)
    page.locator("#question").wait_for()
    ready = page.evaluate("performance.now()") / 1000
    page.wait_for_timeout(1500)  # what is fetched after it counts as well
    paint = page.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime / 1000"
    )
    return {
        "weight_kb": sum(sent) / 1000,
        "unpacked_kb": sum(unpacked) / 1000,
        "requests": len(sent),
        "paint_seconds": paint,
        "ready_seconds": ready,
    }


def format_report(report: dict[str, object]) -> list[str]:
    """Return the report as the lines of a table."""
    answers = dict(report["first_answer_seconds"])  # type: ignore[call-overload]
    rows = [("what", "median (range)", "wanted")]
    for label, name, digits, wanted in (
        ("page as sent, KB", "weight_kb", 0, "< 350"),
        ("page unpacked, KB", "unpacked_kb", 0, ""),
        ("requests", "requests", 0, ""),
        ("first paint, s", "paint_seconds", 2, "< 1"),
        ("question field, s", "ready_seconds", 2, ""),
    ):
        found = dict(report[name])  # type: ignore[call-overload]
        rows.append((label, format_range(found, digits=digits), wanted))
    for when, found in answers.items():
        rows.append((f"first answer {when}, s", format_range(found, digits=2), "< 2"))
    return format_table(rows)


if __name__ == "__main__":
    main()
