"""Whatever the standard streams are, a command ends with its status and without a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).resolve().parents[3]
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
