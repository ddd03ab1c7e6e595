"""How long a question takes: OnRecord against the usual LangChain retriever, at two sizes.

Measured for warm processes, one question at a time:

- ``ask``: ``Assistant.ask``: retrieval, the reader, evidence, refusal or answer, citations;
- ``ask_unread``: the same without the reader (``--reader none``);
- ``search``: ``Library.search`` with ten passages, the part that compares with a retriever;
- ``retriever``: ``similarity_search(question, k=4)`` of a LangChain FAISS store.

    python -m benchmarks.speed.question_latency DATA --articles 1000 10000 --cache FOLDER

The questions (from DATA) and their encoding, SQLite, full-text search over real words, FAISS over
as many vectors as there are passages, the evidence and the answer are real. The articles are not:
to have 10,000 of them within minutes, they are recombined from the sentences of DATA's articles,
and the vectors of passages and chunks are combined from those of their sentences instead of
encoded; see ``benchmarks.speed.recombined``. Both sides have the same articles. So the times are
meaningful, and the answers are not.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.child import measure_folder, read_memory, read_peak_memory, run_in_child
from benchmarks.machine import describe_machine
from benchmarks.report import (
    MEGABYTE,
    format_range,
    format_table,
    make_parser,
    positive,
    print_report,
    summarize,
    take_turns,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from langchain_core.documents import Document

    from index.types import FloatVector

PASSAGES = 10
WARM_UP = 20
SEED = 20261121

Timings = dict[str, float]


def main() -> None:
    """Build the stores, ask in turn, and print the comparison."""
    parser = make_parser(__doc__)
    parser.add_argument("--articles", type=positive, nargs="+", default=[1000, 10_000])
    parser.add_argument("--questions", type=positive, default=200, help="default: 200")
    parser.add_argument("--rounds", type=positive, default=3, help="of each side; default: 3")
    parser.add_argument("--source-articles", type=positive, help="real articles; default: all")
    parser.add_argument("--cache", type=Path, help="folder that keeps encoded articles")
    parser.add_argument("--alone", action="store_true", help="leave the usual retriever out")
    arguments = parser.parse_args()
    questions = sample_questions(arguments.data / "queries.jsonl", WARM_UP + arguments.questions)
    if len(questions) <= WARM_UP:
        parser.error(f"DATA has {len(questions)} questions; {WARM_UP} go into warming up")
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as name:
        scratch = Path(name)
        quarry = run_in_child(
            dig,
            arguments.data / "corpus.jsonl",
            scratch / "quarry",
            arguments.source_articles,
            (arguments.cache or scratch) / f"{arguments.data.name}.npz",
        )
        sizes = {
            str(n): measure_size(scratch, n, questions, arguments.rounds, alone=arguments.alone)
            for n in arguments.articles
        }
    report: dict[str, object] = {
        "benchmark": "question_latency",
        "machine": describe_machine(),
        "real": "questions and their encoding, SQLite, full-text search, FAISS, the reader,"
        " evidence, answer",
        "not real": "articles are recombined from real sentences; passage vectors are means of"
        " real sentence vectors",
        "recombined from": quarry,
        "questions": len(questions) - WARM_UP,
        "rounds": arguments.rounds,
        "sizes": sizes,
    }
    print_report(report, format_report(report), as_json=arguments.json)


def sample_questions(file: Path, count: int) -> list[str]:
    """Return a seeded sample of a set's questions."""
    lines = file.read_text("utf-8").rstrip("\n").split("\n")
    questions = [json.loads(line)["question"] for line in lines]
    random.Random(SEED).shuffle(questions)  # noqa: S311
    return questions[:count]


def dig(corpus: Path, folder: Path, articles: int | None, cache: Path) -> dict[str, int]:
    """Encode the real articles; see ``dig_quarry``."""
    from benchmarks.speed.recombined import dig_quarry

    return dig_quarry(corpus, folder, articles=articles, cache=cache)


def measure_size(
    scratch: Path, articles: int, questions: Sequence[str], rounds: int, *, alone: bool = False
) -> dict[str, object]:
    """Build both stores with a number of articles and ask them in turn; only ours if ``alone``."""
    ours, theirs = scratch / f"ours-{articles}", scratch / f"theirs-{articles}"
    quarry = scratch / "quarry"
    built = {"onrecord": run_in_child(build_ours, quarry, ours, articles)}
    sides: dict[str, tuple[Callable[[Path, Sequence[str]], Timings], Path]] = {
        "onrecord": (ask_ours, ours)
    }
    if not alone:
        built["usual"] = run_in_child(build_theirs, quarry, theirs, articles)
        sides["usual"] = (ask_theirs, theirs)
    results: dict[str, list[Timings]] = {side: [] for side in sides}
    for side in take_turns(sides, rounds):
        ask, folder = sides[side]
        results[side].append(run_in_child(ask, folder, questions))
    pairs = [] if alone else list(zip(results["onrecord"], results["usual"], strict=True))
    return {
        "built": built,
        "disk": {side: measure_folder(folder) for side, (_, folder) in sides.items()},
        "sides": {
            side: {name: summarize([r[name] for r in found]) for name in found[0]}
            for side, found in results.items()
        },
        "ratios": {
            name: summarize([mine[name] / usual[other] for mine, usual in pairs])
            for name, other in (
                ("search_p50", "retriever_p50"),
                ("search_p95", "retriever_p95"),
                ("ask_p50", "retriever_p50"),
                ("ask_p95", "retriever_p95"),
                ("ask_unread_p50", "retriever_p50"),
                ("ask_unread_p95", "retriever_p95"),
                ("memory", "memory"),
                ("peak_memory", "peak_memory"),
            )
            if pairs
        },
    }


def build_ours(quarry_folder: Path, folder: Path, articles: int) -> dict[str, float]:
    """Make a library of recombined articles."""
    from benchmarks.speed.recombined import Quarry, QuarryEmbedder
    from index.library import Library

    quarry = Quarry.load(quarry_folder)
    embedder = QuarryEmbedder(quarry)
    started = time.perf_counter()
    with Library.create(folder, embedder=embedder) as library:
        added = library.add(article for article, _ in quarry.articles(articles))
        if added.skipped:
            raise RuntimeError(f"not added: {added.skipped[0]}")
    return {
        "passages": added.passages,
        "seconds": time.perf_counter() - started,
        "sentences": embedder.sentences,
        "strange_sentences": embedder.strange,
    }


def build_theirs(quarry_folder: Path, folder: Path, articles: int) -> dict[str, float]:
    """Make a LangChain vector store of the same articles."""
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document

    from benchmarks.speed.recombined import Quarry
    from benchmarks.speed.usual_pipeline import load_embeddings, save_store, split_documents

    quarry = Quarry.load(quarry_folder)
    started = time.perf_counter()
    pairs: list[tuple[str, list[float]]] = []
    metadatas: list[dict[str, object]] = []
    for article, starts in quarry.articles(articles):
        metadata = {"id": article.article_id, "title": article.title}
        document = Document(page_content=article.text, metadata=metadata)
        for chunk in split_documents(iter([document])):
            vector = chunk_vector(chunk, starts, quarry.vectors)
            pairs.append((chunk.page_content, vector.tolist()))
            metadatas.append(chunk.metadata)
    store = FAISS.from_embeddings(pairs, load_embeddings(), metadatas)
    save_store(store, folder)
    return {"passages": len(pairs), "seconds": time.perf_counter() - started}


def chunk_vector(
    chunk: Document, starts: Sequence[tuple[int, int]], vectors: npt.NDArray[np.float16]
) -> FloatVector:
    """Return the vector of a chunk, combined like that of a passage.

    Args:
        chunk: With its ``start_index``.
        starts: Start and row of each sentence of its article, ascending.
        vectors: float16, shape (n_sentences, dim).
    """
    from benchmarks.speed.recombined import mean_vector

    first = int(chunk.metadata["start_index"])
    last = first + len(chunk.page_content)
    ends = [start for start, _ in starts[1:]] + [max(last, starts[-1][0] + 1)]
    rows, lengths = [], []
    for (start, row), end in zip(starts, ends, strict=True):
        shared = min(end, last) - max(start, first)
        if shared > 0:
            rows.append(row)
            lengths.append(shared)
    return mean_vector(vectors[rows], lengths)


def ask_ours(folder: Path, questions: Sequence[str]) -> Timings:
    """Ask a library every question, and return percentiles and memory."""
    from index.library import Library
    from rag.assistant import Assistant
    from rag.evidence.reader import NO_READER
    from rag.settings import Settings

    with Library.open(folder) as library:
        assistant = Assistant(library)
        without = Assistant(library, Settings(reader=NO_READER))
        refusals: list[bool] = []
        asked = time_calls(lambda q: refusals.append(assistant.ask(q).refused), questions)
        unread = time_calls(without.ask, questions)
        found = time_calls(lambda q: library.search(q, k=PASSAGES), questions)
        return {
            **percentiles("search", found),
            **percentiles("ask", asked),
            **percentiles("ask_unread", unread),
            "refused_share": statistics.mean(refusals),
            "memory": read_memory(),
            "peak_memory": read_peak_memory(),
        }


def ask_theirs(folder: Path, questions: Sequence[str]) -> Timings:
    """Ask a LangChain vector store every question, and return percentiles and memory."""
    from benchmarks.speed import usual_pipeline

    store = usual_pipeline.open_store(folder, usual_pipeline.load_embeddings())
    found = time_calls(lambda q: store.similarity_search(q, k=usual_pipeline.PASSAGES), questions)
    return {
        **percentiles("retriever", found),
        "memory": read_memory(),
        "peak_memory": read_peak_memory(),
    }


def time_calls(call: Callable[[str], object], questions: Sequence[str]) -> list[float]:
    """Return a call's milliseconds for each question but the first few, which warm it up."""
    for question in questions[:WARM_UP]:
        call(question)
    taken = []
    for question in questions[WARM_UP:]:
        started = time.perf_counter()
        call(question)
        taken.append(1000 * (time.perf_counter() - started))
    return taken


def percentiles(name: str, milliseconds: Sequence[float]) -> Timings:
    """Return the median and the 95th percentile."""
    rising = sorted(milliseconds)
    return {
        f"{name}_p50": rising[len(rising) // 2],
        f"{name}_p95": rising[min(len(rising) - 1, int(0.95 * len(rising)))],
    }


def format_report(report: dict[str, object]) -> list[str]:
    """Return a report as lines."""
    sizes = report["sizes"]
    assert isinstance(sizes, dict)
    lines = [
        f"{report['questions']} questions, {report['rounds']} rounds of each side:"
        " median of the rounds (range)",
        f"real: {report['real']}",
        f"not real: {report['not real']}",
    ]
    for articles, size in sizes.items():
        ours, theirs = size["sides"]["onrecord"], size["sides"].get("usual")
        rows = [["", "onrecord", "usual pipeline", "ratio"] if theirs else ["", "onrecord"]]
        for label, name, other, unit, digits in (
            ("search against retriever, p50, ms", "search_p50", "retriever_p50", 1, 1),
            ("search against retriever, p95, ms", "search_p95", "retriever_p95", 1, 1),
            ("whole answer against retriever, p50, ms", "ask_p50", "retriever_p50", 1, 1),
            ("whole answer against retriever, p95, ms", "ask_p95", "retriever_p95", 1, 1),
            ("the same without the reader, p50, ms", "ask_unread_p50", "retriever_p50", 1, 1),
            ("the same without the reader, p95, ms", "ask_unread_p95", "retriever_p95", 1, 1),
            ("memory, MB", "memory", "memory", MEGABYTE, 0),
            ("peak memory, MB", "peak_memory", "peak_memory", MEGABYTE, 0),
        ):
            rows.append([label, format_range(ours[name], unit=unit, digits=digits)])
            if theirs:
                rows[-1] += [
                    format_range(theirs[other], unit=unit, digits=digits),
                    format_range(size["ratios"][name], digits=2),
                ]
        disk = {side: sum(files.values()) / MEGABYTE for side, files in size["disk"].items()}
        rows.append(["on disk, MB", f"{disk['onrecord']:,.0f}"])
        if theirs:
            rows[-1] += [f"{disk['usual']:,.0f}", f"{disk['onrecord'] / disk['usual']:.2f}"]
        built = size["built"]
        strange = built["onrecord"]["strange_sentences"] / built["onrecord"]["sentences"]
        chunks = f"; {built['usual']['passages']:,} chunks" if theirs else ""
        lines += [
            "",
            f"{int(articles):,} articles: {built['onrecord']['passages']:,} passages,"
            f" {built['onrecord']['sentences']:,} sentences{chunks}."
            f" Cut otherwise than encoded: {strange:.1%} of the sentences."
            f" Refused: {ours['refused_share']['median']:.0%} of the questions.",
            "",
            *format_table(rows),
            *(
                f"{side}: {name} {count / MEGABYTE:,.1f} MB"
                for side, files in size["disk"].items()
                for name, count in files.items()
            ),
        ]
    return lines


if __name__ == "__main__":
    main()
