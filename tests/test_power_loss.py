"""The replay of a recorded log of writes: what is certain after a power loss, and what is not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.safety.power_loss import Acknowledged, Step, examine, read_log, rebuild
from onrecord import Article, HashEmbedder, Library

LIBRARY = Path("/srv/library")
FILE = str(LIBRARY / "file")
DRAFT = str(LIBRARY / "draft")
FOLDER = Step("sync", str(LIBRARY))


def hexed(text: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in text.encode())


def test_a_log_of_strace_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log"
    name, other = hexed(FILE), hexed(DRAFT)
    lines = (
        f'7 openat(AT_FDCWD<{hexed("/")}>, "{other}", O_RDWR|O_CREAT, 0644) = 5<{other}>',
        f'7 pwrite64(5<{other}>, "{hexed("abc")}", 3, 10) = 3',
        f'7 write(5<{other}>, "{hexed("de")}", 2 <unfinished ...>',
        f'8 openat(AT_FDCWD<{hexed("/")}>, "{hexed("/etc/passwd")}", O_RDONLY) = 6',
        "7 <... write resumed>) = 1",
        f'7 write(5<{other}>, "{hexed("f")}", 1) = 1',
        f"7 ftruncate(5<{other}>, 40) = 0",
        f"7 fsync(5<{other}>) = 0",
        f'7 rename("{other}", "{name}") = 0',
        f'7 write(1<{hexed("/dev/null")}>, "{hexed("TOLD has a 0")}", 12) = 12',
        f'7 unlink("{name}") = -1 ENOENT (No such file or directory)',
        f'7 unlink("{name}") = 0',
    )
    log.write_text("\n".join(lines))
    assert list(read_log(log, str(LIBRARY))) == [
        Step("create", DRAFT),
        Step("write", DRAFT, b"abc", 10),
        Step("write", DRAFT, b"d", 0),
        Step("write", DRAFT, b"f", 1),
        Step("truncate", DRAFT, offset=40),
        Step("sync", DRAFT),
        Step("rename", DRAFT, FILE.encode()),
        Step("told", "", b"has a 0"),
        Step("unlink", FILE),
    ]


@pytest.mark.parametrize(
    ("steps", "mode", "expected"),
    [
        ([Step("create", FILE), Step("write", FILE, b"ab")], "all", {"file": b"ab"}),
        ([Step("create", FILE), Step("write", FILE, b"ab")], "nothing", {}),
        ([Step("create", FILE), FOLDER, Step("write", FILE, b"ab")], "nothing", {"file": b""}),
        (
            [Step("create", FILE), FOLDER, Step("write", FILE, b"ab"), Step("sync", FILE)],
            "nothing",
            {"file": b"ab"},
        ),
        (
            [
                *(Step("create", DRAFT), Step("write", DRAFT, b"ab"), Step("sync", DRAFT), FOLDER),
                Step("rename", DRAFT, FILE.encode()),
            ],
            "nothing",
            {"draft": b"ab"},
        ),
        (
            [
                *(Step("create", DRAFT), Step("write", DRAFT, b"ab"), Step("sync", DRAFT)),
                *(Step("rename", DRAFT, FILE.encode()), FOLDER, Step("write", FILE, b"c", 2)),
            ],
            "nothing",
            {"file": b"ab"},
        ),
        ([Step("create", FILE), FOLDER, Step("unlink", FILE)], "nothing", {"file": b""}),
        ([Step("create", FILE), FOLDER, Step("unlink", FILE), FOLDER], "nothing", {}),
    ],
)
def test_what_is_not_synced_may_be_gone(
    tmp_path: Path, steps: list[Step], mode: str, expected: dict[str, bytes]
) -> None:
    rebuild(steps, LIBRARY, tmp_path / "after", mode, random.Random(1))  # noqa: S311
    found = {file.name: file.read_bytes() for file in (tmp_path / "after").iterdir()}
    assert found == expected


def test_what_was_acknowledged_is_missed(folder: Path) -> None:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("a1", "Ferry", "It left, reading 0.", outlet="Times 1")])
        for told, fault in (
            (["has a1 0", "outlet a1 Times 1"], ""),
            (["has a2 0"], "lost a2"),
            (["has a1 1"], "lost reading 1 of a1"),
            (["has a2 0", "may a2"], ""),
            (["lacks a1"], "removed and back: ['a1']"),
            (["lacks a1", "may a1", "has a1 *"], ""),
            (["has a1 0", "outlet a1 Post"], "lost the correction of a1"),
        ):
            assert Acknowledged(told).find_fault(library) == fault
    assert examine(folder, ["has a1 0"]) == ""
