"""Coverage-guided fuzzing of every loader, with Atheris; inputs that reach new lines are kept.

    pip install 'onrecord[fuzz]'
    python -m benchmarks.formats.fuzz_loaders --minutes 10
    python -m benchmarks.formats.fuzz_loaders --keep fuzz-finds/html-crash-0123   # for the tests

Each format is fuzzed in its own process for its share of the time, starting from the corpus, from a
valid file and from the hostile files that the tests make. Packed formats are unpacked, changed and
packed again, since changing bytes of compressed data can only break it. A find is an exception, a
broken promise of a loader (see ``check_load``), a crash of native code, or an input that takes
longer than 20 seconds or more than 2.5 GB. Its input is left in FINDS, and read once more as
``add`` reads it, in its own process, to see what it costs a user. At the end the corpus is reduced
to a few small inputs that together reach the same lines; tests replay it.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, TypeAlias

from benchmarks.child import run_in_child
from benchmarks.formats.fuzz_changes import change_packed, is_packed

if TYPE_CHECKING:
    from index.formats.files import SourceFile

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz_corpus.zip"

FORMATS = (
    *(".txt", ".md", ".jsonl", ".json", ".csv", ".tsv", ".html", ".mhtml", ".eml", ".mbox"),
    *(".rss", ".atom", ".xlsx", ".docx", ".odt", ".epub", ".pdf", ".warc", ".warc.gz", ".zip"),
    *(".tar", ".tar.gz", ".tar.bz2", ".txt.gz", ".txt.xz", ".rtf", ".enex", ".xml"),
)
"""A suffix for every loader."""

KNOWN_CRASHES = ("form.pdf", "forms.pdf")
"""Seeds that crash native code, which would end every run."""

MAX_INPUT_BYTES = 20_000
MAX_ARTICLE_BYTES = 1_000_000
CORPUS_BYTES = 450_000
"""Largest size of the kept corpus; every format has the same share."""

REDUCE_SECONDS = 10.0
"""Processor time for choosing what to keep; when it runs out, earlier inputs stay."""

Tracer: TypeAlias = "Callable[[FrameType, str, object], Tracer | None]"

_PAGES = ("trafilatura", "htmldate", "justext")
_PARSERS = {
    **dict.fromkeys((".html", ".mhtml", ".eml", ".mbox", ".zip"), _PAGES),
    **dict.fromkeys((".rss", ".atom"), ("feedparser", *_PAGES)),
    **dict.fromkeys((".warc", ".warc.gz"), ("warcio", *_PAGES)),
    ".xlsx": ("openpyxl",),
}
# Where coverage is measured besides our own files; native parsers provide none.
_LIBRARIES = ("index", "feedparser", "openpyxl", "warcio", *_PAGES)
_COVERAGE = re.compile(r"cov: (\d+) ft: (\d+)")
_RUNS = re.compile(r"^Done (\d+) runs", re.MULTILINE)


def check_load(suffix: str, data: bytes) -> int:
    """Load a file with the given bytes, and check what every loader promises.

    Args:
        suffix: Its format.
        data: What it holds.

    Returns:
        How many articles it gave.

    Raises:
        AssertionError: If something other than sound articles and one-line skips came out.
    """
    from index.adding.decisions import find_fault
    from index.formats.files import Place
    from index.formats.load import load_file
    from index.types import Article, Skip

    file = make_file(suffix, data)
    name = file.name
    found, is_empty = 0, True
    for place, loaded in load_file(file, MAX_ARTICLE_BYTES):
        is_empty = False
        assert isinstance(place, Place), place
        assert place.file.startswith(name), place
        if isinstance(loaded, Skip):
            assert loaded.reason, loaded
            assert loaded.reason.isprintable(), loaded
            assert not loaded.reason.startswith("its parser failed"), loaded
            continue
        assert isinstance(loaded, Article), loaded
        found += 1
        fault = find_fault(loaded)
        assert not fault or "longer than" in fault, fault
        assert loaded.origin == file.location or loaded.origin.startswith(f"{file.location}!")
        assert len(loaded.text.encode()) <= 2 * MAX_ARTICLE_BYTES, len(loaded.text)
    assert not is_empty, "neither an article nor a skip"
    return found


def make_file(suffix: str, data: bytes) -> SourceFile:
    """Return a file in memory."""
    from index.formats.files import SourceFile

    name = f"file{suffix}"
    return SourceFile(Path("/fuzz") / name, name, f".{suffix.rpartition('.')[2]}", content=data)


def main() -> None:
    """Fuzz every format in turn, or one of them in this process."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="in all; default: 10")
    parser.add_argument(
        "--corpus", type=Path, default=CORPUS, help="an archive; default: %(default)s"
    )
    parser.add_argument("--keep", nargs="+", type=Path, metavar="FIND", help="add finds, and end")
    parser.add_argument("--finds", type=Path, default=Path("fuzz-finds"))
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS, metavar="SUFFIX")
    parser.add_argument("--child", choices=FORMATS, help=argparse.SUPPRESS)
    arguments, rest = parser.parse_known_args()
    if arguments.child:
        fuzz(arguments.child, rest)
        return
    if rest:
        parser.error(f"unknown: {' '.join(rest)}")
    if arguments.keep:
        keep_finds(arguments.corpus, arguments.keep)
        return
    seconds = arguments.minutes * 60 / len(arguments.formats)
    arguments.finds.mkdir(exist_ok=True)
    for suffix in arguments.formats:
        result = run_format(suffix, seconds, arguments.corpus, arguments.finds)
        print(json.dumps(result), flush=True)


def run_format(suffix: str, seconds: float, corpus: Path, finds: Path) -> dict[str, object]:
    """Fuzz one format for a given time, and keep what its corpus needs.

    Returns:
        Seconds, runs, edges before and after, inputs kept with their bytes, and what each find
        costs when contained.
    """
    inputs = read_corpus(corpus)
    with tempfile.TemporaryDirectory(prefix="onrecord-fuzz-") as name:
        work = Path(name) / "work"
        work.mkdir()
        write_seeds(suffix, work)
        for data in inputs.get(suffix, ()):
            (work / _digest(data)).write_bytes(data)
        n_seeds = len(list(work.iterdir()))
        found = Path(name) / "finds"
        found.mkdir()
        started = time.monotonic()
        deadline = started + seconds
        runs, edges, logs = 0, [], ""
        while (left := deadline - time.monotonic()) > 1:
            log = _run_child(suffix, work, f"-max_total_time={int(left)}", finds=found)
            logs += log
            runs += sum(map(int, _RUNS.findall(log)))
            edges += [int(cov) for cov, _ in _COVERAGE.findall(log)]
            if not any(found.iterdir()):
                break  # the time is up, or it did not start
        spent = time.monotonic() - started
        for path in found.iterdir():
            shutil.copyfile(path, finds / f"{suffix.lstrip('.')}-{path.name}")
        earlier = inputs.get(suffix, frozenset())
        kept = run_in_child(reduce_corpus, suffix, work, earlier, CORPUS_BYTES // len(FORMATS))
        write_corpus(corpus, {**inputs, suffix: kept})
        if not edges:
            print(logs[-2_000:], file=sys.stderr)
        return {
            "format": suffix,
            "seeds": n_seeds,
            "seconds": round(spent, 1),
            "runs": runs,
            "edges": [edges[0], max(edges)] if edges else [],
            "kept": len(kept),
            "bytes": sum(map(len, kept)),
            "finds": {
                path.name: load_contained(suffix, path.read_bytes())
                for path in sorted(found.iterdir())
            },
        }


def load_contained(suffix: str, data: bytes) -> str:
    """Return what a file with the given bytes yields if its parser has its own process."""
    from index.containment.isolated_loader import IsolatedLoader
    from index.types import Article

    started = time.monotonic()
    with IsolatedLoader() as isolated:
        loaded = [found for _, found in isolated.load(make_file(suffix, data), MAX_ARTICLE_BYTES)]
    reasons = [found.reason for found in loaded if not isinstance(found, Article)]
    n_articles = len(loaded) - len(reasons)
    seconds = time.monotonic() - started
    return f"{n_articles} articles, {len(reasons)} skips in {seconds:.1f} s: {reasons[:1]}"


def write_seeds(suffix: str, folder: Path) -> None:
    """Write those valid and hostile files of a format that are small enough."""
    sys.path.append(str(ROOT / "tests"))  # the tests' own helpers make them
    samples = importlib.import_module("sample_files").make_samples()
    hostile = importlib.import_module("hostile_files").make_hostile()
    files = {**{name: content for name, (content, _) in hostile.items()}, **samples}
    for name, content in files.items():
        is_wanted = name.partition(".")[2] == suffix.lstrip(".") and name not in KNOWN_CRASHES
        if is_wanted and 0 < len(content) <= MAX_INPUT_BYTES:
            (folder / name).write_bytes(content)


def read_corpus(archive: Path) -> dict[str, frozenset[bytes]]:
    """Return the kept inputs of every format, by its suffix."""
    inputs: dict[str, set[bytes]] = {}
    with zipfile.ZipFile(archive) as corpus:
        for name in corpus.namelist():
            inputs.setdefault(f".{name.partition('/')[0]}", set()).add(corpus.read(name))
    return {suffix: frozenset(kept) for suffix, kept in inputs.items()}


def write_corpus(archive: Path, inputs: Mapping[str, Collection[bytes]]) -> None:
    """Write the kept inputs of every format; the same inputs make the same bytes."""
    members = {
        f"{suffix.lstrip('.')}/{_digest(data)}": data
        for suffix, kept in inputs.items()
        for data in kept
    }
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as corpus:
        for name, data in sorted(members.items()):
            corpus.writestr(zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0)), data)


def keep_finds(archive: Path, finds: Sequence[Path]) -> None:
    """Add finds to the corpus, each to the format that its name begins with: ``html-crash-1``.

    Raises:
        ValueError: If a name does not begin with a format.
    """
    inputs = {suffix: set(kept) for suffix, kept in read_corpus(archive).items()}
    for find in finds:
        suffix = f".{find.name.partition('-')[0]}"
        if suffix not in FORMATS:
            raise ValueError(f"'{find.name}' starts with no format; rename it to FORMAT-NAME")
        inputs.setdefault(suffix, set()).add(find.read_bytes())
    write_corpus(archive, inputs)


def reduce_corpus(
    suffix: str, source: Path, earlier: Collection[bytes], max_bytes: int
) -> list[bytes]:
    """Return the smallest inputs, each of which reaches lines that those before it do not.

    Args:
        suffix: Their format.
        source: The folder that they are in.
        earlier: Inputs of the corpus as it was; they stay where time runs out.
        max_bytes: Most bytes that they may have together.
    """
    warnings.simplefilter("ignore")
    reached: set[tuple[str, int]] = set()
    kept: list[bytes] = []
    deadline = time.process_time() + REDUCE_SECONDS
    for path in sorted(source.iterdir(), key=lambda path: (path.stat().st_size, path.name)):
        data = path.read_bytes()
        if sum(map(len, kept)) + len(data) > max_bytes:
            break
        if time.process_time() > deadline:
            if data in earlier:
                kept.append(data)
            continue
        lines = trace_lines(suffix, data)
        if lines - reached:
            reached |= lines
            kept.append(data)
    return kept


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def trace_lines(suffix: str, data: bytes) -> set[tuple[str, int]]:
    """Return the lines of ours and of the parsers that an input reaches."""
    lines: set[tuple[str, int]] = set()
    places = tuple(f"/{library}/" for library in _LIBRARIES)

    def trace(frame: FrameType, event: str, argument: object) -> Tracer | None:
        del argument
        if event == "call":
            return trace if any(place in frame.f_code.co_filename for place in places) else None
        lines.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    sys.settrace(trace)
    try:
        check_load(suffix, data)
    except AssertionError:  # a find, reported elsewhere
        lines.clear()
    finally:
        sys.settrace(None)
    return lines


def fuzz(suffix: str, options: Sequence[str]) -> None:
    """Fuzz a format in this process, which ends with it."""
    import atheris

    warnings.simplefilter("ignore")
    with atheris.instrument_imports(
        include=["index", *_PARSERS.get(suffix, ())], enable_loader_override=False
    ):
        from index.formats.registry import import_loaders
        from index.language.detection import detect_language

        for name in _PARSERS.get(suffix, ()):
            importlib.import_module(name)
    import_loaders()
    detect_language("The language model is loaded before the clock starts.")
    sys.path.append(str(ROOT / "tests"))
    sound = importlib.import_module("sample_files").make_samples()[f"good{suffix}"]
    check_load(suffix, sound)  # and so is what the parsers import when they are first needed

    def run(data: bytes) -> None:
        check_load(suffix, data)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        return change_packed(suffix, data, seed)[:max_size]

    packed = {"custom_mutator": mutate} if is_packed(suffix) else {}
    atheris.Setup([sys.argv[0], *options], run, **packed)
    atheris.Fuzz()


def _run_child(suffix: str, corpus: Path, *options: str, finds: Path) -> str:
    """Run the fuzzer on a corpus and return what it printed."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.formats.fuzz_loaders",
        "--child",
        suffix,
        str(corpus),
    ]
    command += [*options, f"-max_len={MAX_INPUT_BYTES}", "-timeout=20", "-rss_limit_mb=2500"]
    command.append("-report_slow_units=60")  # below the limit on time nothing is a find
    done = subprocess.run(
        [*command, f"-artifact_prefix={finds}/"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    return (done.stdout + done.stderr).decode("utf-8", "replace")


if __name__ == "__main__":
    main()
