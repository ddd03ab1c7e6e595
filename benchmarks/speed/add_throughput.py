"""How fast articles are added: ``Library.add`` against the usual LangChain pipeline.

Both sides read the same articles from the same .jsonl file and use the same encoder, each in its
own process, in turn. The clock runs from the file to the store on disk. Ours holds more: sentence
vectors and full-text search, with every batch committed durably. Imports, loading the model, and
a library's first article are reported separately.

    python -m benchmarks.speed.add_throughput DATA --articles 150 --rounds 5

"Share of peak" is what the encoder's matrix products achieve, padding included, of the float32
matrix-multiply peak that torch reaches in the same process right afterwards.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.child import read_peak_memory, run_in_child
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
from benchmarks.speed.encoder_meter import EncoderMeter, load_metered
from index.encoding.device import Way, measure_product

if TYPE_CHECKING:
    from index.types import EncoderInput

WARM_UP = "A warm-up article, which says nothing. It was written for the stopwatch."
SEED = 20261121


def main() -> None:
    """Run the rounds and print the comparison."""
    parser = make_parser(__doc__)
    parser.add_argument("--articles", type=positive, default=150, help="default: 150")
    parser.add_argument("--rounds", type=positive, default=5, help="of each side; default: 5")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as name:
        scratch = Path(name)
        collection = scratch / "articles.jsonl"
        articles = sample_collection(
            arguments.data / "corpus.jsonl", collection, arguments.articles
        )
        export = run_in_child(prepare_library, scratch / "prepared")
        rounds = run_rounds(collection, scratch, articles, arguments.rounds)
    report = sum_up(rounds, export, articles)
    print_report(report, format_report(report), as_json=arguments.json)


def sample_collection(corpus: Path, target: Path, articles: int) -> int:
    """Write a seeded sample of a collection; return how many articles it has."""
    lines = corpus.read_text("utf-8").rstrip("\n").split("\n")
    chosen = random.Random(SEED).sample(lines, min(articles, len(lines)))  # noqa: S311
    target.write_text("\n".join(chosen) + "\n", "utf-8")
    return len(chosen)


def prepare_library(folder: Path) -> dict[str, float]:
    """Make a library of one article; return what that cost, imports included."""
    started = time.perf_counter()
    from index.library import Library
    from index.types import Article

    with Library.create(folder) as library:
        library.add(Article("warm-up", "Warm-up", WARM_UP))
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "peak_memory": float(read_peak_memory())}


def run_rounds(
    collection: Path, scratch: Path, articles: int, rounds: int
) -> dict[str, list[dict[str, float]]]:
    """Run both sides in turn, alternating which goes first."""
    sides: dict[str, Callable[[Path, Path], dict[str, float]]] = {
        "onrecord": add_ours,
        "usual": add_theirs,
    }
    results: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for side in take_turns(sides, rounds):
        folder = scratch / "store"
        if side == "onrecord":
            shutil.copytree(scratch / "prepared", folder)
        result = run_in_child(sides[side], collection, folder)
        result["articles_per_second"] = articles / result["seconds"]
        results[side].append(result)
        shutil.rmtree(folder)
    return results


def add_ours(collection: Path, folder: Path) -> dict[str, float]:
    """Add a collection to a library and return the costs."""
    started = time.perf_counter()
    from index.encoding.onnx_encoder import SPECIAL_TOKENS
    from index.encoding.windows import prefix_title
    from index.library import Library

    meter = EncoderMeter()
    read: list[EncoderInput] = []

    embedder = load_metered(meter, read)
    embedder.embed_query(WARM_UP)
    with Library.open(folder, embedder=embedder) as library:
        loaded, watch = time.perf_counter(), Watch()
        added = library.add([collection])
        seconds = watch.read()
        if added.skipped:
            raise RuntimeError(f"not added: {added.skipped[0]}")
    for tokens in embedder.embed_tokens([prefix_title(item.title) + item.text for item in read]):
        meter.count(len(tokens.spans) + SPECIAL_TOKENS)
    meter.forward_seconds = meter.encode_seconds
    return finish(meter, loaded - started, seconds, added.passages)


def add_theirs(collection: Path, folder: Path) -> dict[str, float]:
    """Put a collection into a LangChain vector store and return the costs."""
    started = time.perf_counter()
    import langchain_community.vectorstores
    import langchain_text_splitters
    from langchain_core.embeddings import Embeddings

    from benchmarks.speed.usual_pipeline import build_store, load_embeddings

    # Both are imported lazily; doing it here keeps the import off the clock.
    _ = langchain_community.vectorstores.FAISS, langchain_text_splitters.__all__
    embeddings, meter = load_embeddings(), EncoderMeter()

    class MeteredEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            with meter.encoding():
                return embeddings.embed_documents(texts)

        def embed_query(self, text: str) -> list[float]:
            return embeddings.embed_query(text)

    embeddings.embed_query(WARM_UP)
    meter.watch(embeddings.client)
    loaded, watch = time.perf_counter(), Watch()
    chunks = build_store(collection, folder, MeteredEmbeddings())
    seconds = watch.read()
    return finish(meter, loaded - started, seconds, chunks)


class Watch:
    """Wall and processor time since its creation."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> dict[str, float]:
        """Return both, in seconds; processor time is summed over the cores."""
        return {
            "seconds": time.perf_counter() - self._wall,
            "processor_seconds": time.process_time() - self._processor,
        }


def finish(
    meter: EncoderMeter, load: float, seconds: dict[str, float], passages: int
) -> dict[str, float]:
    """Return the result of one round; the peak is measured last, after memory has been read."""
    result = {
        "load_seconds": load,
        **seconds,
        "passages": float(passages),
        "peak_memory": float(read_peak_memory()),
        **meter.to_dict(),
    }
    peak = measure_product(Way(), size=2048, repetitions=20)
    return {
        **result,
        "peak_operations_per_second": peak,
        "encode_share_of_peak": meter.operations / meter.encode_seconds / peak,
        "forward_share_of_peak": meter.operations / meter.forward_seconds / peak,
        "encode_share_of_time": meter.encode_seconds / seconds["seconds"],
        "padding_share": 1 - meter.tokens / meter.padded_tokens,
    }


def sum_up(
    rounds: dict[str, list[dict[str, float]]], export: dict[str, float], articles: int
) -> dict[str, object]:
    """Return medians and ranges of both sides, and their ratios for each round."""
    sides = {
        side: {name: summarize([r[name] for r in results]) for name in results[0]}
        for side, results in rounds.items()
    }
    pairs = list(zip(rounds["onrecord"], rounds["usual"], strict=True))
    ratios = {
        name: summarize([ours[name] / theirs[name] for ours, theirs in pairs])
        for name in (
            "articles_per_second",
            "processor_seconds",
            "peak_memory",
            "tokens",
            "encode_share_of_peak",
        )
    }
    return {
        "benchmark": "add_throughput",
        "machine": describe_machine(),
        "articles": articles,
        "rounds": len(pairs),
        "first_article": export,
        "sides": sides,
        "ratios": ratios,
    }


def format_report(report: dict[str, object]) -> list[str]:
    """Return a report as lines."""
    sides, ratios, export = report["sides"], report["ratios"], report["first_article"]
    assert isinstance(sides, dict)
    assert isinstance(ratios, dict)
    assert isinstance(export, dict)
    kinds: list[tuple[str, str, float, int]] = [
        ("articles per second", "articles_per_second", 1, 2),
        ("seconds for all", "seconds", 1, 1),
        ("processor seconds for all", "processor_seconds", 1, 1),
        ("imports and model, seconds (apart)", "load_seconds", 1, 1),
        ("passages", "passages", 1, 0),
        ("tokens encoded, thousands", "tokens", 1000, 0),
        ("padding, % of what is computed", "padding_share", 0.01, 1),
        ("encoding, % of the time", "encode_share_of_time", 0.01, 1),
        ("peak memory, MB", "peak_memory", MEGABYTE, 0),
        ("matrix-multiply peak, GFLOP/s", "peak_operations_per_second", 1e9, 0),
        ("encoding, % of that peak", "encode_share_of_peak", 0.01, 1),
        ("transformer alone, % of that peak", "forward_share_of_peak", 0.01, 1),
    ]
    rows = [["", "onrecord", "usual pipeline", "ratio"]]
    for label, name, unit, digits in kinds:
        ratio = format_range(ratios[name], digits=2) if name in ratios else ""
        cells = [format_range(sides[side][name], unit=unit, digits=digits) for side in sides]
        rows.append([label, *cells, ratio])
    return [
        f"{report['articles']} articles, {report['rounds']} rounds of each side: median (range)",
        "",
        *format_table(rows),
        "",
        f"Once for every library, not above: its first article, {export['seconds']:.1f} s,"
        f" peak memory {export['peak_memory'] / MEGABYTE:,.0f} MB.",
    ]


if __name__ == "__main__":
    main()
