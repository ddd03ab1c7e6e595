"""How everything grows with a library: 10,000, 100,000 and more passages in one table.

Each figure is processor time of a process of its own, so that other work on the machine says
little; only the first answer of a cold process is also given as a clock shows it:

- ``search``: ``Library.search`` with ten passages, the median of DATA's questions, warm; the same
  for one outlet of ten and for half of the days;
- ``words``: the part of it that looks for the words of the question, and as SQLite alone does it;
- ``cold``: a new process opens the library and searches once, imports left out;
- ``add``: one more article in a new process, to a library that is open; with what is published;
- ``list``, ``doctor``: every article's details; every check;
- ``remove``: a thousand articles (or a third of them all), and the longest that the lock was held.

    python -m benchmarks.speed.growth DATA/SET --passages 10000 100000 1000000 --keep FOLDER

Articles are recombined from the sentences of the set (``benchmarks.speed.recombined`` says how);
vectors are those of ``HashEmbedder``, of as many components as the default encoder's: they cost
nothing to make, and what is measured does not depend on what they mean.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.child import measure_folder, read_peak_memory, run_in_child
from benchmarks.machine import describe_machine
from benchmarks.report import MEGABYTE, format_table, make_parser, positive, print_report
from benchmarks.speed.question_latency import sample_questions

if TYPE_CHECKING:
    from index.types import Article, Filter

ENCODER = "hash-384"
SOURCE_ARTICLES = 900
QUESTIONS = 60
PASSAGES = 10
DAYS = 9000
REMOVED = 1000
OUTLETS = tuple(f"Outlet {number}" for number in range(10))

Figures = dict[str, float]


def main() -> None:
    """Build the libraries, measure each, and print one table."""
    parser = make_parser(__doc__)
    parser.add_argument("--passages", type=positive, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--keep", type=Path, help="folder of libraries to keep and use again")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as name:
        scratch = Path(name)
        questions = sample_questions(arguments.data / "queries.jsonl", QUESTIONS)
        sizes: dict[str, Figures] = {}
        for passages in arguments.passages:
            folder = (arguments.keep or scratch) / f"growth-{passages}"
            if not folder.exists():
                run_in_child(build, arguments.data / "corpus.jsonl", folder, passages)
            sizes[str(passages)] = measure(folder, questions, scratch)
    report: dict[str, object] = {
        "benchmark": "growth",
        "machine": describe_machine(),
        "questions": len(questions),
        "sizes": sizes,
    }
    print_report(report, format_report(sizes), as_json=arguments.json)


def build(corpus: Path, folder: Path, passages: int) -> None:
    """Make a library of recombined articles with about as many passages."""
    from index.encoding.encoders import load_embedder
    from index.library import Library

    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    with Library.create(part, embedder=load_embedder(ENCODER)) as library:
        library.add(recombine(corpus, passages))
    part.rename(folder)


def recombine(corpus: Path, passages: int) -> Iterator[Article]:
    """Yield articles with that many passages in all, always the same ones."""
    import numpy as np

    from benchmarks.speed.recombined import Quarry
    from index.text.passages import split_passages
    from index.types import Article

    sentences: dict[str, None] = {}
    layouts: list[tuple[str, list[bool]]] = []
    with corpus.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number == SOURCE_ARTICLES:
                break
            row = json.loads(line)
            found = [s for passage in split_passages(row["text"]) for s in passage.sentences]
            layouts.append((row.get("title") or "News", [s.starts_paragraph for s in found]))
            sentences.update(dict.fromkeys(s.text for s in found))
    quarry = Quarry(list(sentences), np.zeros((0, 0), dtype=np.float16), layouts)
    made = 0

    def is_wanted(pair: tuple[Article, object]) -> bool:
        nonlocal made
        is_short_of = made < passages
        made += len(split_passages(pair[0].text))
        return is_short_of

    for number, (article, _) in enumerate(takewhile(is_wanted, quarry.articles(passages))):
        yield Article(
            article.article_id,
            article.title,
            article.text,
            outlet=OUTLETS[number % len(OUTLETS)],
            published=date(2000, 1, 1) + timedelta(days=number % DAYS),
        )


def measure(folder: Path, questions: list[str], scratch: Path) -> Figures:
    """Return all figures of one library, which stays as it is."""
    figures = run_in_child(measure_searches, folder, questions)
    figures |= run_in_child(measure_cold, folder, questions[0])
    figures |= run_in_child(measure_reading, folder)
    copy = scratch / "copy"
    shutil.copytree(folder, copy)
    for _ in range(2):  # the first brings up to date what an older program made
        figures |= run_in_child(measure_adding, copy)
    figures |= run_in_child(measure_removing, copy)
    shutil.rmtree(copy)
    return figures


def measure_searches(folder: Path, questions: list[str]) -> Figures:
    """Return the medians of searches, in milliseconds, and memory in bytes."""
    from index import open_library
    from index.library import Library
    from index.types import Filter

    with Library.open(folder, encoder=ENCODER, read_only=True) as library:
        outlet = library.outlets()[0][0]
        filters = {
            "search": Filter(),
            "search, one outlet of ten": Filter(outlets=(outlet,)),
            "search, half of the days": Filter(since=date(2000, 1, 1) + timedelta(days=DAYS // 2)),
        }

        def search(only: Filter) -> float:
            return median_ms(lambda q: library.search(q, k=PASSAGES, only=only), questions)

        figures = {name: search(only) for name, only in filters.items()}
        figures["memory"] = read_peak_memory()
        figures["passages"] = library.count_passages()
        open_library.TERM_LIMIT = 0
        figures["search, words from segments"] = search(Filter())
        open_library.TERM_LIMIT = 1 << 60
        figures["search, words from SQLite"] = search(Filter())
    return figures


def measure_cold(folder: Path, question: str) -> Figures:
    """Return seconds until the first answer."""
    from index import open_library, searching  # noqa: F401
    from index.library import Library
    from index.searching import faiss_index, term_index  # noqa: F401

    started, used = time.perf_counter(), time.process_time()
    with Library.open(folder, encoder=ENCODER, read_only=True) as library:
        library.search(question, k=PASSAGES)
    return {
        "cold, processor": 1000 * (time.process_time() - used),
        "cold, clock": 1000 * (time.perf_counter() - started),
    }


def measure_reading(folder: Path) -> Figures:
    """Return milliseconds for everything that is listed and checked."""
    from index.doctor import check_library
    from index.library import Library

    with Library.open(folder, encoder=ENCODER, read_only=True) as library:
        listed = processor_ms(lambda: list(library.articles()))
        counted = processor_ms(library.statistics)
    return {
        "list": listed,
        "statistics": counted,
        "doctor": processor_ms(lambda: list(check_library(folder, mend=False))),
        **{f"disk, {name}": size for name, size in sum_files(folder).items()},
    }


def measure_adding(folder: Path) -> Figures:
    """Return milliseconds for one more article."""
    from index.library import Library
    from index.types import Article

    text = "The harbour council met on Tuesday. A ferry had run aground. Nobody was hurt."
    with Library.open(folder, encoder=ENCODER) as library:
        used = processor_ms(
            lambda: library.add(Article("more", "One more", f"{text} {time.time()}"))
        )
    return {"add one": used}


def measure_removing(folder: Path) -> Figures:
    """Return milliseconds for removing many articles."""
    from index.library import Library

    with Library.open(folder, encoder=ENCODER) as library:
        ids = [summary.article_id for summary in library.articles()]
        count = min(REMOVED, len(ids) // 3)
        used = processor_ms(lambda: library.remove(ids[::3][:count]))
    return {"remove a thousand": used * REMOVED / count}


def sum_files(folder: Path) -> dict[str, float]:
    """Return bytes on disk by what they are for."""
    kinds = {"record": "record", "vectors": "vectors", "terms": "words", "ledger": "ledger"}
    sizes = dict.fromkeys(kinds.values(), 0.0)
    for name, size in measure_folder(folder).items():
        if kind := kinds.get(name.split(".")[0]):
            sizes[kind] += size
    return sizes


def median_ms(call: Callable[[str], object], questions: list[str]) -> float:
    """Return the median of processor milliseconds, after one call for each that warms up."""
    for question in questions[:10]:
        call(question)
    return median(processor_ms(lambda q=question: call(q)) for question in questions)  # type: ignore[misc]


def processor_ms(call: Callable[[], object]) -> float:
    """Return the processor time of a call, in milliseconds."""
    used = time.process_time()
    call()
    return 1000 * (time.process_time() - used)


def format_report(sizes: dict[str, Figures]) -> list[str]:
    """Return one column for each size."""
    names = list(dict.fromkeys(name for figures in sizes.values() for name in figures))
    rows = [["processor ms, or MB", *(f"{int(size):,}" for size in sizes)]]
    for name in names:
        is_bytes = name == "memory" or name.startswith("disk")
        unit = MEGABYTE if is_bytes else 1
        rows.append([name, *(f"{figures[name] / unit:,.0f}" for figures in sizes.values())])
    return format_table(rows)


if __name__ == "__main__":
    main()
