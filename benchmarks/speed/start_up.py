"""How long a cold process takes: the command line compared with the usual pipeline.

- ``onrecord --help``, which should take under 0.3 s;
- ``onrecord ask QUESTION``: start, open the library, answer, end; it should take under 3 s;
- the usual pipeline: start, import LangChain and the encoder, load the saved store, retrieve four
  passages, end.

Every run is a new process; the disk cache is warm, as for anyone who asks twice. Both stores have
the same articles of DATA and answer the same questions, in turn.

    python -m benchmarks.speed.start_up DATA --articles 100 --runs 9
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import run_in_child
from benchmarks.machine import describe_machine
from benchmarks.report import (
    format_range,
    format_table,
    make_parser,
    positive,
    print_report,
    summarize,
)
from benchmarks.speed.add_throughput import sample_collection
from benchmarks.speed.question_latency import sample_questions

ROOT = Path(__file__).parents[2]
HELP_TARGET_SECONDS = 0.3
ASK_TARGET_SECONDS = 3.0


def main() -> None:
    """Build both stores, time the processes in turn, and print the comparison."""
    parser = make_parser(__doc__)
    parser.add_argument("--articles", type=positive, default=100, help="default: 100")
    parser.add_argument("--runs", type=positive, default=9, help="of each process; default: 9")
    arguments = parser.parse_args()
    command = find_command()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as folder:
        scratch = Path(folder)
        collection = scratch / "articles.jsonl"
        articles = sample_collection(
            arguments.data / "corpus.jsonl", collection, arguments.articles
        )
        library, store = scratch / "library", scratch / "store"
        run_in_child(build_ours, collection, library)
        run_in_child(build_theirs, collection, store)
        usual = [sys.executable, "-m", "benchmarks.speed.usual_pipeline", str(store)]
        ours = [*command, "ask", "--library", str(library)]
        processes = {"help": [*command, "--help"], "onrecord": ours, "usual": usual}
        seconds: dict[str, list[float]] = {name: [] for name in processes}
        questions = sample_questions(arguments.data / "queries.jsonl", arguments.runs)
        for process in processes.values():  # so that the disk cache is warm for the first
            time_process([*process, *([] if "--help" in process else questions[:1])])
        for number in range(arguments.runs):
            question = questions[number % len(questions)]
            for name, process in processes.items():
                asked = [] if name == "help" else [question]
                seconds[name].append(time_process([*process, *asked]))
    pairs = zip(seconds["onrecord"], seconds["usual"], strict=True)
    report: dict[str, object] = {
        "benchmark": "start_up",
        "machine": describe_machine(),
        "articles": articles,
        "runs": arguments.runs,
        "seconds": {name: summarize(values) for name, values in seconds.items()},
        "ratio": summarize([ours / theirs for ours, theirs in pairs]),
        "targets": {"help": HELP_TARGET_SECONDS, "onrecord": ASK_TARGET_SECONDS},
    }
    print_report(report, format_report(report), as_json=arguments.json)


def find_command() -> list[str]:
    """Return the installed command, or what it would run if it is not installed."""
    installed = Path(sys.executable).with_name("onrecord")
    if installed.exists():
        return [str(installed)]
    return [sys.executable, "-c", "from ui.cli.main import main; main()"]


def build_ours(collection: Path, folder: Path) -> None:
    """Add a collection to a new library."""
    from index.library import Library

    with Library.create(folder) as library:
        library.add([collection])


def build_theirs(collection: Path, folder: Path) -> None:
    """Put a collection into a new LangChain vector store."""
    from benchmarks.speed.usual_pipeline import build_store, load_embeddings

    build_store(collection, folder, load_embeddings())


def time_process(command: Sequence[str]) -> float:
    """Return the wall time of a process, in seconds.

    Raises:
        RuntimeError: If it fails or prints nothing.
    """
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode or not done.stdout.strip():
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise RuntimeError(f"'{' '.join(command)}' failed: {''.join(reason)}")
    return seconds


def format_report(report: dict[str, object]) -> list[str]:
    """Return a report as lines."""
    seconds, ratio = report["seconds"], report["ratio"]
    assert isinstance(seconds, dict)
    assert isinstance(ratio, dict)
    rows = [
        ["cold process", "seconds", "wanted"],
        ["onrecord --help", format_range(seconds["help"], digits=2), f"< {HELP_TARGET_SECONDS}"],
        ["onrecord ask", format_range(seconds["onrecord"], digits=2), f"< {ASK_TARGET_SECONDS}"],
        ["usual pipeline", format_range(seconds["usual"], digits=2), ""],
    ]
    return [
        f"{report['articles']} articles, {report['runs']} runs of each process: median (range)",
        "",
        *format_table(rows),
        "",
        f"onrecord ask takes {format_range(ratio, digits=2)} of the usual pipeline's time.",
    ]


if __name__ == "__main__":
    main()
