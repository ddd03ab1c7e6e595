"""How a command ends: by a signal or with closed streams, in one line and its own status."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[3]
SIGNALS = [
    pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
    pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
    pytest.param(signal.SIGINT, 130, id="SIGINT"),
]
# Whoever runs the tests may ignore signals, as nohup does, and children would inherit that.
HEED = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
    " [signal.signal(s, signal.SIG_DFL) for s in (signal.SIGTERM, signal.SIGHUP)]"
)
ASKED = "how many passengers does the ferry take?"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """Return where commands put their temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path: Path, scratch: Path) -> Iterator[Start]:
    """Yield a starter of commands, whose streams are pipes; what still runs is killed."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object, before: str = "pass") -> subprocess.Popen[str]:
        code = f"{HEED}; {before}; from ui.cli.main import main; main()"
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TMPDIR": str(scratch),
                "ONRECORD_ENCODER": "hash",
                "ONRECORD_READER": "none",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """Return a question set that takes long to run."""
    folder = tmp_path / "set"
    folder.mkdir()
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as corpus:
        for number in range(5_000):
            text = f"Ship {number} reached the harbour. It carried {number % 97} crates of tea."
            corpus.write(json.dumps({"id": str(number), "text": text}) + "\n")
    (folder / "queries.jsonl").write_text('{"question": "what reached it?"}\n', encoding="utf-8")
    return folder


def wait_for(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline, "it did not come that far"
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_an_evaluation_takes_its_library_away(
    number: signal.Signals, status: int, start: Start, many: Path, scratch: Path
) -> None:
    process = start("eval", many)
    wait_for(lambda: list(scratch.glob("onrecord-eval-*/library/record.sqlite3")))
    process.send_signal(number)
    assert process.communicate(timeout=60) == ("", "Stopped.\n")
    assert process.returncode == status
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(("number", "status"), SIGNALS[:2])
def test_adding_says_what_was_kept(
    number: signal.Signals, status: int, start: Start, many: Path, tmp_path: Path
) -> None:
    process = start("add", many / "corpus.jsonl", "--library", "lib")
    log = tmp_path / "lib" / "record.sqlite3-wal"
    wait_for(lambda: log.exists() and log.stat().st_size > 1 << 20)
    process.send_signal(number)
    output, complaint = process.communicate(timeout=60)
    assert (process.returncode, output) == (status, "")
    assert re.fullmatch(
        r"(\d.+ articles/s.*\n)*Stopped; [\d,]+ articles? are kept\. .+\n", complaint
    )
    assert not (tmp_path / "lib" / "write.holder").exists()


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_signal_is_not_lost_in_a_statement_of_sqlite(
    number: signal.Signals, status: int, start: Start, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Ferry\n\nIt sank on Monday, people said.\n")
    # What SQLite calls tells that it is at work, and waits for the signal.
    wait = "print('in', flush=True) or time.sleep(60)"
    slow = f"import time, index.record.schema as s; s.space_out = lambda text: {wait}"
    process = start("add", "a.txt", "--library", "lib", before=slow)
    assert process.stdout
    assert process.stdout.readline() == "in\n"
    process.send_signal(number)
    assert (
        process.communicate(timeout=60)[1]
        == "Stopped; 0 articles are kept. Run it again to go on.\n"
    )
    assert process.returncode == status
    assert not (tmp_path / "lib").exists()


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_watching_ends(number: signal.Signals, status: int, start: Start, tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("Ferry\n\nIt sank on Monday, people said.\n")
    process = start("watch", "articles", "--library", "lib")
    assert process.stderr
    assert process.stderr.readline().startswith("Watching ")
    time.sleep(0.2)
    process.send_signal(number)
    assert process.communicate(timeout=60)[1] == "Stopped.\n"
    assert process.returncode == status


def test_a_signal_that_is_ignored_stays_ignored(start: Start) -> None:
    process = start("question", "-", before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{ASKED}\n")
    process.stdin.flush()
    assert process.stdout.readline() == f"{ASKED}\n"
    process.send_signal(signal.SIGHUP)
    assert process.communicate(f"{ASKED}\n", timeout=60) == (f"{ASKED}\n", "")
    assert process.returncode == 0


def test_signals_that_come_in_pairs_are_one(start: Start, many: Path, scratch: Path) -> None:
    process = start("eval", many)
    wait_for(lambda: list(scratch.glob("onrecord-eval-*/library/record.sqlite3")))
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=60)[1] == "Stopped.\n"
    assert process.returncode in {129, 143}
    assert list(scratch.iterdir()) == []


def test_a_terminal_that_is_closed_ends_a_command_in_its_own_status(
    tmp_path: Path, start: Start
) -> None:
    # Nobody reads what is said then: the other ends of the pipes are closed.
    process = start("question", "-")
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(f"{ASKED}\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stderr.close()
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 129


@pytest.mark.slow
def test_the_chat_stops_at_sighup_as_at_ctrl_c(start: Start, scratch: Path) -> None:
    process = start("serve", "--port", "0")
    assert process.stderr
    assert process.stderr.readline().startswith("The chat is at http://")
    time.sleep(1)
    process.send_signal(signal.SIGHUP)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 0, complaint
    assert complaint.splitlines()[-1] == "Stopped."
    assert list(scratch.glob("onrecord-*")) == []


COMMAND = [sys.executable, "-W", "ignore", "-m", "ui.cli.main"]


def run(
    *arguments: str,
    stdout: int | IO[bytes] = subprocess.PIPE,
    before: str = "pass",
    **variables: str,
) -> subprocess.CompletedProcess[bytes]:
    """Run a command; ``before`` is Python that the process runs before it is replaced by it."""
    started = f"import os, sys; {before}; os.execv(sys.argv[1], sys.argv[1:])"
    return subprocess.run(
        [sys.executable, "-c", started, *COMMAND, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", **variables},
        timeout=300,
        check=False,
    )


def test_a_sign_that_the_encoding_lacks_is_replaced() -> None:
    result = run("question", "Who is “Ann”?", PYTHONIOENCODING="ascii")
    assert (result.returncode, result.stdout.strip()) == (0, b"Who is ?Ann??")
    assert result.stderr == b""


@pytest.mark.parametrize("closed", [0, 1])
def test_a_stream_may_be_closed(closed: int) -> None:
    result = run("question", "-" if closed == 0 else "Who?", before=f"os.close({closed})")
    assert (result.returncode, result.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
@pytest.mark.parametrize("arguments", [("version",), ("version", "--json")], ids=" ".join)
def test_a_full_disk_is_one_line(arguments: tuple[str, ...], unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        result = run(*arguments, stdout=full, PYTHONUNBUFFERED=unbuffered)
    assert result.returncode == 1
    assert result.stderr.startswith(b"Error: cannot write the output (No space left on device)")
    assert result.stderr.count(b"\n") == 1
