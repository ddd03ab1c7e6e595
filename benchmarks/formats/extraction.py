"""Main text and dates of web pages, by ``onrecord add`` and by the libraries alone.

    python -m benchmarks.formats.extraction DATA... [--json]

DATA is a folder whose ``pages.jsonl`` has one page per line: ``id``, ``html`` (its file, gzipped or
not), and either ``with`` and ``without``, snippets inside and outside the main text, or ``date``. A
folder of such folders means all of them.

A ``with`` snippet that is found is a true positive, a ``without`` snippet a false positive; white
space is ignored. Readers' comments that a page lists are counted if found. A date is right if it is
the given day.

All sides read the same files, without their addresses. OnRecord reads them by
``index.load_articles``, with cleaning and a separate process for the parsers; trafilatura runs once
without comments and once by default, and htmldate looks for the date of publication.
"""

from __future__ import annotations

import gzip
import json
import logging
import tempfile
import time
import unicodedata
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.report import format_table, harmonic_mean, make_parser, print_report
from index.adding.load import load_articles
from index.types import Article

_SKIPS_SHOWN = 10


@dataclass(frozen=True)
class LabelledPage:
    """A page of a measuring set."""

    page_id: str
    html: bytes
    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    comments: tuple[str, ...]
    day: date | None


@dataclass(frozen=True)
class Extraction:
    """The texts and dates that one side found on the pages of a set."""

    texts: dict[str, str]
    days: dict[str, date | None]
    seconds: float
    skipped: tuple[str, ...] = ()


def read_pages(folder: Path) -> tuple[LabelledPage, ...]:
    """Return the pages of a measuring set."""
    pages = []
    for line in (folder / "pages.jsonl").read_text("utf-8").splitlines():
        record = json.loads(line)
        data = (folder / record["html"]).read_bytes()
        day = record.get("date")
        pages.append(
            LabelledPage(
                page_id=record["id"],
                html=gzip.decompress(data) if record["html"].endswith(".gz") else data,
                wanted=tuple(record.get("with") or ()),
                unwanted=tuple(record.get("without") or ()),
                comments=tuple(record.get("comments") or ()),
                day=date.fromisoformat(day) if isinstance(day, str) and day else None,
            )
        )
    return tuple(pages)


def read_ours(pages: Sequence[LabelledPage]) -> Extraction:
    """Read pages as ``onrecord add`` does."""
    texts: dict[str, str] = {}
    days: dict[str, date | None] = {}
    skipped = []
    with tempfile.TemporaryDirectory() as folder:
        ids = {}
        for number, page in enumerate(pages):
            path = Path(folder).resolve() / f"{number:05}.html"
            path.write_bytes(page.html)
            ids[str(path)] = page.page_id
        started = time.perf_counter()
        for loaded in load_articles(sorted(ids)):
            if isinstance(loaded, Article):
                # A page may hold several articles; its own day is that of the first.
                page_id = ids[loaded.origin]
                texts[page_id] = "\n\n".join(filter(None, (texts.get(page_id), loaded.text)))
                days.setdefault(page_id, loaded.published)
            elif not loaded.is_note:
                skipped.append(f"{ids.get(loaded.source, loaded.source)}: {loaded.reason}")
        seconds = time.perf_counter() - started
    return Extraction(texts, days, seconds, tuple(skipped))


def read_with(
    pages: Sequence[LabelledPage], read: Callable[[bytes], tuple[str | None, str | None]]
) -> Extraction:
    """Read pages with a function that returns a text and a date."""
    texts, days = {}, {}
    started = time.perf_counter()
    for page in pages:
        text, day = read(page.html)
        texts[page.page_id] = text or ""
        days[page.page_id] = date.fromisoformat(day) if day else None
    return Extraction(texts, days, time.perf_counter() - started)


def _libraries(html: bytes) -> tuple[str | None, str | None]:
    """Read a page with trafilatura, which asks htmldate for the date."""
    from trafilatura import bare_extraction

    found = bare_extraction(html, include_comments=False, with_metadata=True)
    return (None, None) if found is None or isinstance(found, dict) else (found.text, found.date)


def _trafilatura_as_it_comes(html: bytes) -> tuple[str | None, str | None]:
    from trafilatura import extract

    return extract(html), None


def _htmldate(html: bytes) -> tuple[str | None, str | None]:
    from htmldate import find_date

    return None, find_date(html, original_date=True)


def score_texts(pages: Sequence[LabelledPage], texts: dict[str, str]) -> dict[str, float]:
    """Return precision, recall and F1 of the snippets, and how many comments were found."""
    found_wanted = wanted = found_unwanted = comments = 0
    for page in pages:
        text = _squeeze(texts.get(page.page_id, ""))
        wanted += len(page.wanted)
        found_wanted += sum(_squeeze(snippet) in text for snippet in page.wanted)
        found_unwanted += sum(_squeeze(snippet) in text for snippet in page.unwanted)
        comments += sum(_squeeze(snippet) in text for snippet in page.comments)
    precision = found_wanted / max(found_wanted + found_unwanted, 1)
    recall = found_wanted / max(wanted, 1)
    return {
        "precision": precision,
        "recall": recall,
        "f1": harmonic_mean(precision, recall),
        "comments": comments,
    }


def score_dates(pages: Sequence[LabelledPage], days: dict[str, date | None]) -> dict[str, float]:
    """Return the share of right, wrong and missing dates, of the pages that have one."""
    dated = [page for page in pages if page.day]
    right = sum(days.get(page.page_id) == page.day for page in dated)
    missing = sum(days.get(page.page_id) is None for page in dated)
    n_dated = max(len(dated), 1)
    return {
        "accuracy": right / n_dated,
        "wrong": (len(dated) - right - missing) / n_dated,
        "none": missing / n_dated,
    }


def _squeeze(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def measure(folder: Path) -> dict[str, object]:
    """Return the scores and speeds of one measuring set."""
    pages = read_pages(folder)
    # The very first page makes the libraries load their tables of languages and words.
    read_with(pages[:1], _libraries)
    ours = read_ours(pages)
    both = read_with(pages, _libraries)
    report: dict[str, object] = {
        "set": folder.name,
        "pages": len(pages),
        "skipped": ours.skipped,
        "pages_per_second": {
            "onrecord": len(pages) / ours.seconds,
            "trafilatura with htmldate": len(pages) / both.seconds,
            "ratio": both.seconds / ours.seconds,
        },
    }
    if any(page.wanted for page in pages):
        default = read_with(pages, _trafilatura_as_it_comes)
        report["main_text"] = {
            "onrecord": score_texts(pages, ours.texts),
            "trafilatura, no comments": score_texts(pages, both.texts),
            "trafilatura, as it comes": score_texts(pages, default.texts),
        }
    if any(page.day for page in pages):
        report["dates"] = {
            "onrecord": score_dates(pages, ours.days),
            "htmldate": score_dates(pages, read_with(pages, _htmldate).days),
            "trafilatura with htmldate": score_dates(pages, both.days),
        }
    return report


def describe(report: Mapping[str, object]) -> list[str]:
    """Return the scores of one set as lines."""
    lines = [f"{report['set']}: {report['pages']} pages"]
    for key in ("main_text", "dates"):
        sides = report.get(key)
        if isinstance(sides, dict):
            names = list(next(iter(sides.values())))
            rows = [[key.replace("_", " "), *names]]
            rows += [
                [side, *(f"{scores[name]:.4g}" for name in names)] for side, scores in sides.items()
            ]
            lines += ["", *format_table(rows)]
    speeds = report["pages_per_second"]
    assert isinstance(speeds, dict)
    lines += ["", *(f"{side}: {speed:.2f}" for side, speed in speeds.items())]
    skipped = report["skipped"]
    assert isinstance(skipped, tuple)
    lines += ["", f"skipped by onrecord: {len(skipped)}"]
    return [*lines, *(f"  {line}" for line in skipped[:_SKIPS_SHOWN]), ""]


def main() -> None:
    """Measure the sets given on the command line."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA", help="folders of pages")
    arguments = parser.parse_args()
    found = [
        page_file
        for data in arguments.data
        for page_file in (*data.glob("pages.jsonl"), *sorted(data.glob("*/pages.jsonl")))
    ]
    folders = [page_file.parent for page_file in found]
    if not folders:
        parser.error("no pages.jsonl in these folders")
    logging.disable(logging.CRITICAL)  # what the libraries log about broken pages
    warnings.simplefilter("ignore")
    reports = [measure(folder) for folder in folders]
    lines = [line for report in reports for line in describe(report)]
    print_report({"sets": reports}, lines, as_json=arguments.json)


if __name__ == "__main__":
    main()
