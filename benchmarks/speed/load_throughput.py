"""How fast files are read, against the libraries that read them, and how fast a second time.

- ``html``, ``pdf``, ``jsonl``: documents per second through ``load_articles`` (with the start of
  the parsers' process, cleaning and metadata) against trafilatura's ``bare_extraction``,
  pypdfium2's text of all pages, and ``json.loads`` of every line. Each side runs in a separate
  process, in turn; imports count for both. The same per second of processor time, including the
  parsers' process: on a machine that others use as well, only this figure is meaningful.
- ``again``: ``Library.add`` of an unchanged folder of text files and an unchanged collection, as
  a share of the first time; with the hash encoder, which costs almost nothing and so makes the
  measure a strict one, and on fewer files with the real encoder.
- ``idle``: the share of the time of adding web pages that is spent waiting for a page to be read,
  after the first one; before that, the parsers' process has to start.

    python -m benchmarks.speed.load_throughput DATA --pages FOLDER --documents 200 --rounds 3

DATA gives the texts; FOLDER holds .html files, also packed as .html.gz. PDFs are made of the
texts, with fpdf2. Making the files is off the clock.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

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

WARM_UP = "A warm-up article, which says nothing. It was written for the stopwatch."
FORMATS = ("html", "pdf", "jsonl")

Result = dict[str, float]


def main() -> None:
    """Make the files, run the rounds and print the comparison."""
    parser = make_parser(__doc__)
    parser.add_argument("--pages", type=_folder, required=True, help="folder of .html files")
    parser.add_argument("--documents", type=positive, default=200, help="of a kind; default: 200")
    parser.add_argument("--rounds", type=positive, default=3, help="of each side; default: 3")
    parser.add_argument("--again", type=int, default=10_000, help="files; 0 leaves it out")
    parser.add_argument("--encoded", type=positive, default=200, help="files; default: 200")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as name:
        scratch = Path(name)
        texts = [
            json.loads(line)["text"]
            for line in (arguments.data / "corpus.jsonl").read_text("utf-8").splitlines()
        ]
        documents = {
            "html": copy_pages(arguments.pages, scratch / "html", arguments.documents),
            "pdf": write_pdfs(texts, scratch / "pdf", arguments.documents),
            "jsonl": write_collection(texts, scratch / "jsonl", 20 * arguments.documents),
        }
        report: dict[str, object] = {
            "benchmark": "load_throughput",
            "machine": describe_machine(),
            "documents": documents,
            "loading": {
                kind: run_rounds(kind, scratch / kind, documents[kind], arguments.rounds)
                for kind in FORMATS
            },
            "again": {
                "files, hash encoder": run_again(texts, scratch, arguments.again, "hash"),
                "one collection, hash encoder": run_again(
                    texts, scratch, arguments.again, "hash", as_collection=True
                ),
                "files, real encoder": run_again(texts, scratch, arguments.encoded, "real"),
            }
            if arguments.again
            else {},
            "idle": run_in_child(measure_idle, scratch / "html", scratch / "idle"),
        }
    print_report(report, format_report(report), as_json=arguments.json)


def copy_pages(source: Path, target: Path, count: int) -> int:
    """Copy web pages; return how many there are."""
    target.mkdir()
    pages = sorted(source.glob("*.html*"))[:count]
    for page in pages:
        content = page.read_bytes()
        content = gzip.decompress(content) if page.suffix == ".gz" else content
        (target / page.name.removesuffix(".gz")).write_bytes(content)
    return len(pages)


def write_pdfs(texts: Sequence[str], target: Path, count: int) -> int:
    """Write each text as a PDF; return how many there are."""
    from fpdf import FPDF

    target.mkdir()
    chosen = texts[:count]
    for number, text in enumerate(chosen):
        document = FPDF()
        document.set_font("Helvetica", size=11)
        document.add_page()
        document.multi_cell(0, 5, text.encode("latin-1", "replace").decode("latin-1"))
        document.output(str(target / f"{number}.pdf"))
    return len(chosen)


def write_collection(texts: Sequence[str], target: Path, count: int) -> int:
    """Write a collection, the texts over and over; return how many lines it has."""
    target.mkdir()
    with (target / "wire.jsonl").open("w", encoding="utf-8") as file:
        for number, text in enumerate(itertools.islice(itertools.cycle(texts), count)):
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return count


def run_rounds(kind: str, folder: Path, documents: int, rounds: int) -> dict[str, object]:
    """Run both sides in turn, each first in every other round; return rates and their ratios."""
    sides: dict[str, Callable[[str, Path], Result]] = {"onrecord": load_ours, "bare": load_theirs}
    results: dict[str, list[Result]] = {side: [] for side in sides}
    for side in take_turns(sides, rounds):
        result = run_in_child(sides[side], kind, folder)
        rates = {
            "per_second": documents / result["seconds"],
            "per_cpu_second": documents / result["cpu_seconds"],
        }
        results[side].append({**result, **rates})
    pairs = list(zip(results["onrecord"], results["bare"], strict=True))
    return {
        **{
            side: {name: summarize([r[name] for r in found]) for name in found[0]}
            for side, found in results.items()
        },
        **{
            name: summarize([ours[rate] / theirs[rate] for ours, theirs in pairs])
            for name, rate in (("ratio", "per_second"), ("cpu_ratio", "per_cpu_second"))
        },
    }


def load_ours(kind: str, folder: Path) -> Result:
    """Load a folder and return what it took."""
    del kind
    started = time.perf_counter()
    from index.adding.load import load_articles
    from index.types import Article

    found = sum(isinstance(item, Article) for item in load_articles([folder]))
    return _result(started, found)


def load_theirs(kind: str, folder: Path) -> Result:
    """Read the same files with the library alone and return what it took."""
    started = time.perf_counter()
    read = {"html": _read_pages, "pdf": _read_pdfs, "jsonl": _read_lines}[kind]
    found = read(sorted(folder.iterdir()))
    return _result(started, found)


def _result(started: float, found: int) -> Result:
    """Return what a fresh process took, with the processes that it waited for."""
    return {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": sum(os.times()[:4]),
        "found": float(found),
    }


def _read_pages(files: Sequence[Path]) -> int:
    from trafilatura import bare_extraction

    return sum(bare_extraction(f.read_bytes(), with_metadata=True) is not None for f in files)


def _read_pdfs(files: Sequence[Path]) -> int:
    from pypdfium2 import PdfDocument

    found = 0
    for file in files:
        with PdfDocument(file.read_bytes()) as document:
            texts = [page.get_textpage().get_text_bounded() for page in document]
        found += any(texts)
    return found


def _read_lines(files: Sequence[Path]) -> int:
    found = 0
    for file in files:
        with file.open(encoding="utf-8") as lines:
            found += sum("text" in json.loads(line) for line in lines)
    return found


def run_again(
    texts: Sequence[str], scratch: Path, count: int, encoder: str, *, as_collection: bool = False
) -> Result:
    """Add the same files twice and return what both times took.

    Args:
        texts: What the files hold, over and over, each with a number of its own.
        scratch: Where to.
        count: Files, or lines of the one collection.
        encoder: ``hash`` or ``real``.
        as_collection: One file with as many articles.
    """
    folder, library = scratch / "again", scratch / "library"
    folder.mkdir()
    chosen = itertools.islice(itertools.cycle(texts), count)
    numbered = [f"Report number {number}\n\n{text}" for number, text in enumerate(chosen)]
    if as_collection:
        lines = [json.dumps({"id": str(n), "text": text}) for n, text in enumerate(numbered)]
        (folder / "wire.jsonl").write_text("\n".join(lines), "utf-8")
    else:
        for number, text in enumerate(numbered):
            (folder / f"{number:05}.txt").write_text(text, "utf-8")
    time.sleep(3)  # what is more recent is compared by content
    first = run_in_child(add_folder, folder, library, encoder)
    second = run_in_child(add_folder, folder, library, encoder)
    assert first["added"] == second["unchanged"] == count, (first, second)
    shutil.rmtree(folder)
    shutil.rmtree(library)
    return {
        "articles": float(count),
        "first_seconds": first["seconds"],
        "second_seconds": second["seconds"],
        "share": second["seconds"] / first["seconds"],
    }


def add_folder(folder: Path, library: Path, encoder: str) -> Result:
    """Add a folder; return what it took, without imports and loading the encoder."""
    from index.encoding.encoders import HashEmbedder, load_embedder
    from index.library import Library
    from index.types import Article

    embedder = HashEmbedder() if encoder == "hash" else load_embedder()
    is_new = not library.exists()
    with Library.open_or_create(library, embedder=embedder) as opened:
        if is_new:  # the first article loads the encoder
            opened.add(Article("warm-up", "Warm-up", WARM_UP))
        started = time.perf_counter()
        report = opened.add(folder)
        seconds = time.perf_counter() - started
    return {
        "seconds": seconds,
        "added": float(len(report.added)),
        "unchanged": float(len(report.unchanged)),
    }


def measure_idle(pages: Path, library: Path) -> Result:
    """Add web pages with the real encoder; return how long that waited for them.

    The work ahead is left unchanged; taking something from it is on the clock.
    """
    from unittest.mock import patch

    from benchmarks.speed.encoder_meter import EncoderMeter, load_metered
    from index.adding.ahead import run_ahead
    from index.library import Library
    from index.types import Article

    meter = EncoderMeter()
    waits: list[float] = []

    def run_metered(
        items: Iterable[object], *, weigh: Callable[[object], int], stop: Callable[[], None]
    ) -> Iterator[object]:
        ahead = run_ahead(items, weigh=weigh, stop=stop)
        while True:
            started = time.perf_counter()
            item = next(ahead, ahead)
            waits.append(time.perf_counter() - started)
            if item is ahead:
                return
            yield item

    with Library.create(library, embedder=load_metered(meter)) as opened:
        opened.add(Article("warm-up", "Warm-up", WARM_UP))
        meter.encode_seconds = 0.0
        started = time.perf_counter()
        with patch("index.adding.ahead.run_ahead", run_metered):
            report = opened.add(pages)
        seconds = time.perf_counter() - started
    return {
        "articles": float(len(report.added)),
        "seconds": seconds,
        "encoding_share": meter.encode_seconds / seconds,
        "first_wait": waits[0],
        "later_waits": sum(waits[1:]),
        "waiting_share": sum(waits[1:]) / (seconds - waits[0]),
        "peak_memory": float(read_peak_memory()),
    }


def format_report(report: dict[str, object]) -> list[str]:
    """Return a report as lines."""
    documents, loading, again, idle = (
        report[name] for name in ("documents", "loading", "again", "idle")
    )
    assert isinstance(documents, dict)
    assert isinstance(loading, dict)
    assert isinstance(again, dict)
    assert isinstance(idle, dict)
    rows = [["documents a second", "n", "onrecord", "bare library", "ratio", "of processor time"]]
    rows += [
        [
            kind,
            f"{documents[kind]:,}",
            *(format_range(loading[kind][side]["per_second"]) for side in ("onrecord", "bare")),
            format_range(loading[kind]["ratio"], digits=2),
            format_range(loading[kind]["cpu_ratio"], digits=2),
        ]
        for kind in loading
    ]
    twice = [["added twice", "articles", "first, s", "second, s", "share"]]
    twice += [
        [
            name,
            f"{result['articles']:,.0f}",
            f"{result['first_seconds']:.1f}",
            f"{result['second_seconds']:.2f}",
            f"{result['share']:.1%}",
        ]
        for name, result in again.items()
    ]
    return [
        "Median (range) of the rounds.",
        "",
        *format_table(rows),
        "",
        *format_table(twice),
        "",
        f"Adding {idle['articles']:.0f} web pages took {idle['seconds']:.1f} s, of which the"
        f" encoder worked {idle['encoding_share']:.0%}; the first page was there after"
        f" {idle['first_wait']:.1f} s, and waiting for others took {idle['later_waits']:.2f} s"
        f" ({idle['waiting_share']:.2%}); peak memory {idle['peak_memory'] / MEGABYTE:,.0f} MB.",
    ]


def _folder(text: str) -> Path:
    folder = Path(text).resolve()
    if not any(folder.glob("*.html*")):
        raise argparse.ArgumentTypeError(f"'{text}' is no folder of .html files")
    return folder


if __name__ == "__main__":
    main()
