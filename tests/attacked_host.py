"""A program whose parser is taken over; it says what the attacker got, and what became of its prey.

Run as ``python attacked_host.py FOLDER LOADER``, with a folder of its own, what loads files
there as ``module:function``, and a secret in its environment.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from index.containment.isolated_loader import IsolatedLoader
from index.formats.files import find_files
from index.types import Skip

ABSTRACT = f"onrecord-{os.getpid()}"


def read_session(pid: int) -> list[int]:
    """Return the processes of a session."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == pid and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def take_stock(folder: Path) -> dict[str, object]:
    """Return everything about the files of a folder that an attacker might change."""
    return {
        file.name: (
            file.lstat().st_mode,
            file.lstat().st_uid,
            file.lstat().st_mtime_ns,
            file.read_text("utf-8") if file.is_file() else "",
        )
        for file in sorted(folder.iterdir())
    }


def main(folder: Path, attacker: str) -> None:
    """Lay out the prey, let the attacker loose, and print what happened."""
    (folder / "file").write_text("An existing file.", "utf-8")
    (folder / "key").write_text("A private key.", "utf-8")
    (folder / "key").chmod(0o600)
    (folder / "empty").mkdir()
    listeners = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    listeners[0].bind(str(folder / "socket"))
    listeners[1].bind(f"\0{ABSTRACT}")
    for listener in listeners:
        listener.listen()
        listener.settimeout(0)
    before = take_stock(folder)
    with subprocess.Popen(["sleep", "600"]) as bystander:
        target = {
            "folder": str(folder),
            "parent": os.getpid(),
            "bystander": bystander.pid,
            "abstract": ABSTRACT,
        }
        order = folder.parent / f"{folder.name}.txt"
        order.write_text(json.dumps(target), "utf-8")
        (file,) = find_files([order])
        if isinstance(file, Skip):
            raise SystemExit(file.reason)
        with IsolatedLoader(loader=attacker) as loader:
            # What a thread has started works for others when the thread is gone.
            first = threading.Thread(target=lambda: list(loader.load(file, 1_000_000)))
            first.start()
            first.join()
            session = loader.pid or 0
            got = [str(item) for _, item in loader.load(file, 1_000_000)]
            is_same = session == loader.pid
            reach = loader.reach
        told = {
            "got": got,
            "reach": reach,
            "is_same": is_same,
            "changed": take_stock(folder) != before,
            "survivors": read_session(session),
            "bystander": bystander.poll(),
            "called": [accepts(listener) for listener in listeners],
        }
        bystander.kill()
    print(json.dumps(told))  # noqa: T201 - it is what this program is for


def accepts(listener: socket.socket) -> bool:
    """Tell whether somebody has called."""
    try:
        listener.accept()
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
