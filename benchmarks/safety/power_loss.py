"""Power loss: a recorded log of writes is replayed up to many points, without what was not synced.

A child adds, edits, removes, restores and publishes under ``strace``, which records every write,
sync, rename and deletion in the library's folder, and the moment when each change was
acknowledged. For each of the chosen points the folder is built as a disk may hold it after the
power fails there: what was synced is there; of what was not, all, nothing, or an arbitrary part,
down to half a write. A name is there for certain once its folder was synced. Then the library is
opened, checked and mended, and must hold every acknowledged change, and no half of any.

    python -m benchmarks.safety.power_loss              # needs strace and Linux
    python -m benchmarks.safety.power_loss --points 1000 --seed 7
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from index.doctor import check_library
from index.encoding.encoders import HashEmbedder
from index.errors import OnRecordError
from index.library import Library
from index.types import Article

ROUNDS = 12
SECTOR = 512
CALLS = "openat,open,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,unlink,unlinkat,mkdir"

_LINE = re.compile(r"(?P<pid>\d+)\s+(?P<call>\w+)\((?P<rest>.*)", re.DOTALL)
_ON_FILE = re.compile(r"(?P<fd>\d+)<(?P<path>[^>]*)>(?:, )?(?P<more>.*)\) = (?P<result>-?\d+)")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass
class Step:
    """One thing that reached the kernel: what, on which path, and its data or second path."""

    kind: str
    path: str
    data: bytes = b""
    offset: int = 0


def main() -> None:
    """Record, replay and report; the exit status is 1 if anything was lost or torn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument(
        "--without-syncs", action="store_true", help="as if nothing had been synced: finds losses"
    )
    parser.add_argument("--work", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.work:
        work(given.work)
        return
    if not shutil.which("strace"):
        sys.exit("strace is missing; run 'apt-get install strace', then repeat")
    with tempfile.TemporaryDirectory() as place:
        library = Path(place) / "library"
        steps = record(library, Path(place) / "log")
        if given.without_syncs:
            steps = [step for step in steps if step.kind != "sync"]
        tally = Counter(step.kind for step in steps)
        print(f"{len(steps):,} steps: {dict(sorted(tally.items()))}")
        chosen = random.Random(given.seed)  # noqa: S311 - not for secrets
        first = next(n for n, step in enumerate(steps) if step.kind == "told")
        outcomes: Counter[str] = Counter()
        for number in range(given.points):
            point = chosen.randrange(first, len(steps) + 1)
            mode = ("nothing", "all", "some")[number % 3]
            folder = Path(place) / f"after-{number}"
            rebuild(steps[:point], library, folder, mode, chosen)
            fault = examine(folder, [s.data.decode() for s in steps[:point] if s.kind == "told"])
            outcomes[fault or "sound"] += 1
            if fault:
                print(f"point {point} ({mode} of what was not synced): {fault}")
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{given.points} points: {dict(outcomes)}")
    sys.exit(set(outcomes) != {"sound"})


def article(n: int, reading: int = 0) -> Article:
    """Return an article; a later reading of it has another text."""
    text = f"Ferry {n} left Quill at dawn, reading {reading}. It came back empty. " * (3 + n % 5)
    return Article(f"a{n}", f"Ferry {n}", text, outlet="Post", origin=f"a{n}")


def work(folder: Path) -> None:
    """Change a library, and tell each change once it has been acknowledged."""

    def tell(what: str) -> None:
        os.write(1, f"TOLD {what}\n".encode())

    with Library.create(folder, embedder=HashEmbedder()) as library:
        tell("made library")
        for n in range(ROUNDS):
            library.add([article(2 * n), article(2 * n + 1)], batch_passages=1 + n)
            tell(f"has a{2 * n} 0")
            tell(f"has a{2 * n + 1} 0")
            tell(f"may a{2 * n}")
            library.edit(f"a{2 * n}", outlet=f"Times {n}")
            tell(f"has a{2 * n} 0")
            tell(f"outlet a{2 * n} Times {n}")
            if n % 3 == 1:
                tell(f"may a{n}")
                library.add([article(n, 1)], replace=True)
                tell(f"has a{n} 1")
            if n % 4 == 2:
                tell(f"may a{2 * n - 1}")
                removal = library.remove([f"a{2 * n - 1}"])
                tell(f"lacks a{2 * n - 1}")
                tell(f"may a{2 * n - 1}")
                library.restore(removal.removal_id)
                tell(f"has a{2 * n - 1} *")
            if n % 4 == 3:
                tell(f"may a{2 * n - 3}")
                library.delete([f"a{2 * n - 3}"])
                tell(f"lacks a{2 * n - 3}")
            if n == ROUNDS // 2:
                library.compact()
            library.search("ferry", 1)


def record(folder: Path, log: Path) -> list[Step]:
    """Run the work under strace; return its steps in the folder, in order."""
    command = [sys.executable, "-m", "benchmarks.safety.power_loss", "--work", str(folder)]
    strace = ["strace", "-f", "-y", "-xx", "-s", "100000000", "-e", f"trace={CALLS}", "-o"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run([*strace, str(log), *command], check=True, env=environment, stdout=-3)
    return list(read_log(log, str(folder)))


def read_log(log: Path, folder: str) -> Iterator[Step]:
    """Yield the steps of a log that lie in a folder, and what was told."""
    begun: dict[str, str] = {}
    positions: dict[tuple[str, str], int] = {}
    with log.open(encoding="ascii", errors="replace") as lines:
        for raw in lines:
            line = raw.rstrip("\n")
            pid = line.split(" ", 1)[0]
            if line.endswith("<unfinished ...>"):
                begun[pid] = line.removesuffix("<unfinished ...>").rstrip()
                continue
            if resumed := re.match(r"\d+\s+<\.\.\. \w+ resumed>(.*)", line, re.DOTALL):
                line = begun.pop(pid, "") + resumed[1]
            match = _LINE.match(line)
            if match:
                yield from _read_call(match["call"], match["rest"], folder, positions)


def _read_call(
    call: str, rest: str, folder: str, positions: dict[tuple[str, str], int]
) -> Iterator[Step]:
    if re.search(r"\) = -1 ", rest):
        return
    paths = [_decode(text).decode("utf-8", "replace") for text in _TEXT.findall(rest)]
    inside = [path for path in paths if path.startswith(folder)]
    if call in {"rename", "renameat"} and inside:
        yield Step("rename", inside[0], inside[-1].encode())
    elif call in {"unlink", "unlinkat"} and inside and "AT_REMOVEDIR" not in rest:
        yield Step("unlink", inside[0])
    elif call in {"open", "openat"}:
        yield from _read_opening(rest, inside, positions)
    elif found := _ON_FILE.match(rest):
        path = _decode(found["path"]).decode("utf-8", "replace")
        if call == "write" and found["fd"] == "1":
            told = _decode(_TEXT.findall(found["more"])[0])
            if told.startswith(b"TOLD "):
                yield Step("told", "", told[5:].strip())
        elif path.startswith(folder):
            yield from _read_change(call, path, found, positions)


def _read_opening(
    rest: str, inside: list[str], positions: dict[tuple[str, str], int]
) -> Iterator[Step]:
    if inside and "O_CREAT" in rest:
        yield Step("create", inside[0])
    if opened := re.search(r"= (\d+)<(.*?)>", rest):
        positions[opened[1], _decode(opened[2]).decode("utf-8", "replace")] = 0
        if inside and "O_TRUNC" in rest:
            yield Step("truncate", inside[0])


def _read_change(
    call: str, path: str, found: re.Match[str], positions: dict[tuple[str, str], int]
) -> Iterator[Step]:
    if call in {"fsync", "fdatasync"}:
        yield Step("sync", path)
    elif call == "ftruncate":
        yield Step("truncate", path, offset=int(found["more"].strip()))
    elif call in {"write", "pwrite64"}:
        data = _decode(_TEXT.findall(found["more"])[0])[: int(found["result"])]
        if call == "pwrite64":
            offset = int(found["more"].rpartition(", ")[2])
        else:
            offset = positions.get((found["fd"], path), 0)
            positions[found["fd"], path] = offset + len(data)
        yield Step("write", path, data, offset)


def _decode(text: str) -> bytes:
    if "\\x" not in text:
        return text.encode()
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass
class _File:
    """A file: what is certain of it, and what was written since the last sync."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def apply(self, step: Step) -> None:
        if step.kind == "truncate":
            del self.content[step.offset :]
            self.content.extend(bytes(step.offset - len(self.content)))
        else:
            self.content.extend(bytes(max(0, step.offset - len(self.content))))
            self.content[step.offset : step.offset + len(step.data)] = step.data

    def sync(self) -> None:
        for step in self.pending:
            self.apply(step)
        self.pending.clear()


class _Disk:
    """A folder on a disk: its files as the program sees them, and those that are certain."""

    def __init__(self) -> None:
        self.durable: dict[str, _File] = {}
        self._names: dict[str, _File] = {}
        self._changes: list[tuple[str, _File | None]] = []  # of names, in order

    def take(self, step: Step) -> None:
        """Carry out a step."""
        file = self._names.get(step.path)
        if step.kind == "create" and file is None:
            self._name(step.path, _File())
        elif step.kind == "sync" and file is None:  # of a folder
            self._settle([one for one in self._changes if str(Path(one[0]).parent) == step.path])
        elif file is not None:
            self._change(step, file)

    def fail(self, n_kept: int | None, chosen: random.Random) -> None:
        """Let the power fail; the first changes of names are there; for None, some."""
        # File systems keep the order of what they do with names; how much of it is there is open.
        n_kept = chosen.randint(0, len(self._changes)) if n_kept is None else n_kept
        self._settle(self._changes[:n_kept])

    def _settle(self, changes: list[tuple[str, _File | None]]) -> None:
        for path, file in changes:
            if file is None:
                self.durable.pop(path, None)
            else:
                self.durable[path] = file
        settled = set(map(id, changes))
        self._changes = [one for one in self._changes if id(one) not in settled]

    def _name(self, path: str, file: _File | None) -> None:
        self._changes.append((path, file))
        if file is None:
            del self._names[path]
        else:
            self._names[path] = file

    def _change(self, step: Step, file: _File) -> None:
        if step.kind in {"write", "truncate"}:
            file.pending.append(step)
        elif step.kind == "sync":
            file.sync()
        elif step.kind == "rename":
            self._name(step.data.decode(), file)
            self._name(step.path, None)
        elif step.kind == "unlink":
            self._name(step.path, None)


def rebuild(
    steps: list[Step], library: Path, folder: Path, mode: str, chosen: random.Random
) -> None:
    """Make a folder as the disk may hold it if the power fails after some steps."""
    disk = _Disk()
    for step in steps:
        disk.take(step)
    disk.fail({"nothing": 0, "all": len(steps)}.get(mode), chosen)
    folder.mkdir()
    for path, file in disk.durable.items():
        content = _File(bytearray(file.content))
        for step in file.pending:
            if mode == "all" or (mode == "some" and chosen.random() < 0.5):
                content.apply(_tear(step, chosen) if mode == "some" else step)
        target = folder / Path(path).relative_to(library)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.content)


def _tear(step: Step, chosen: random.Random) -> Step:
    """Return a write of which only some sectors have reached the disk."""
    if step.kind != "write" or chosen.random() < 0.5:
        return step
    n_sectors = len(step.data) // SECTOR
    return Step("write", step.path, step.data[: SECTOR * chosen.randint(0, n_sectors)], step.offset)


class Acknowledged:
    """What a library has to hold, from what was told."""

    def __init__(self, told: list[str]) -> None:
        self._readings: dict[str, str] = {}
        self._outlets: dict[str, str] = {}
        self._gone: set[str] = set()
        for line in told:
            kind, name, *values = line.split(" ", 2)
            if kind in {"may", "lacks"}:  # something is about to happen to it, or has
                self._readings.pop(name, None)
                self._outlets.pop(name, None)
                self._gone.discard(name)
            if kind == "lacks":
                self._gone.add(name)
            elif kind == "has":
                self._gone.discard(name)
                self._readings[name] = values[0]
            elif kind == "outlet":
                self._outlets[name] = values[0]

    def find_fault(self, library: Library) -> str:
        """Return what a library lacks, or what should not be there."""
        there = {one.article_id: one.outlet for one in library.articles()}
        for name, reading in self._readings.items():
            if name not in there:
                return f"lost {name}"
            if reading != "*" and f"reading {reading}" not in library.get(name).text:
                return f"lost reading {reading} of {name}"
        for name, outlet in self._outlets.items():
            if there[name] != outlet:
                return f"lost the correction of {name}"
        if back := self._gone & there.keys():
            return f"removed and back: {sorted(back)}"
        return ""


def examine(folder: Path, told: list[str]) -> str:
    """Return what a library lacks of that which was acknowledged, or what is torn in it."""
    try:
        findings = check_library(folder, read_data=True, embedder=HashEmbedder())
        bad = [f"{one.subject}: {one.detail}" for one in findings if one.state == "bad"]
        if bad:
            return f"torn ({bad[0]})"
        with Library.open(folder, embedder=HashEmbedder()) as library:
            library.search("ferry", 3)
            return Acknowledged(told).find_fault(library)
    except OnRecordError as error:
        return f"{type(error).__name__}: {error.problem}"


if __name__ == "__main__":
    main()
