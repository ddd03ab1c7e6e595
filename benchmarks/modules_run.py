"""Count the modules of ours that one ``add`` and one ``ask`` run.

    python -m benchmarks.modules_run --most-add 50 --most-ask 45

A reader who follows a command through the code opens about as many files. A module counts if the
body of one of its functions runs while the command does. Code that runs during an import does not
count: class bodies, decorators, and functions that compute constants. Parsers work in their own
process, which is not counted. Both commands run for real, on ``samples/``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import CodeType, FrameType

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("index", "onrecord", "rag", "ui")
QUESTION = "what did Russia say in response?"
_IS_FUNCTION = 3  # CO_OPTIMIZED | CO_NEWLOCALS: neither a module nor the body of a class
_RUN = "import sys; from benchmarks.modules_run import trace; trace(sys.argv[1:])"


def list_modules(*arguments: str) -> tuple[str, ...]:
    """Return the modules that a command runs, as paths from the root, sorted.

    Args:
        arguments: What follows ``onrecord``.

    Raises:
        RuntimeError: If the command fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder, "modules")
        command = [sys.executable, "-c", _RUN, str(listing), *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"'onrecord {' '.join(arguments)}' failed: {done.stderr.strip()}")
        return tuple(listing.read_text("utf-8").split())


def trace(arguments: list[str]) -> None:
    """Run a command in this process, and write its modules to the file given first."""
    listing, *command = arguments
    folders = tuple(f"{ROOT / room}{os.sep}" for room in ROOMS)
    seen: set[CodeType] = set()

    def note(frame: FrameType, *_: object) -> None:
        code = frame.f_code
        if code in seen or not code.co_filename.startswith(folders):
            return  # without a tracer for lines, which leaves only calls
        if (code.co_flags & _IS_FUNCTION) == _IS_FUNCTION and not _is_importing(frame):
            seen.add(code)

    from ui.cli.main import main

    sys.argv = ["onrecord", *command]
    threading.settrace(note)
    sys.settrace(note)
    try:
        main()
    finally:
        sys.settrace(None)
        names = {Path(code.co_filename).relative_to(ROOT).as_posix() for code in seen}
        Path(listing).write_text("\n".join(sorted(names)), encoding="utf-8")


def _is_importing(frame: FrameType) -> bool:
    """Return whether the code runs because a module of ours is being imported."""
    caller: FrameType | None = frame
    while caller is not None:
        if caller.f_code.co_name == "<module>" and caller.f_globals.get("__name__") != "__main__":
            return True
        caller = caller.f_back
    return False


def main() -> int:
    """Print both lists; return 1 if one is longer than allowed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--most-add", type=int, metavar="N", help="fail above so many for add")
    parser.add_argument("--most-ask", type=int, metavar="N", help="fail above so many for ask")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = ("--library", str(Path(folder, "library")))
        modules = {
            "add": list_modules("add", "samples", *library),
            "ask": list_modules("ask", QUESTION, *library),
        }
    most = {"add": options.most_add, "ask": options.most_ask}
    if options.json:
        print(json.dumps(modules))
    else:
        for command, names in modules.items():
            print(f"{command}: {len(names)} modules", *names, sep="\n  ")
    over = [name for name, limit in most.items() if limit and len(modules[name]) > limit]
    for name in over:
        print(f"{name} runs {len(modules[name])} modules, not {most[name]}", file=sys.stderr)
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
