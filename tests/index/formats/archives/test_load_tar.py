"""Tar archives and single packed files."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import tracemalloc
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats import limits
from index.formats.files import SourceFile
from index.formats.load import load_file
from index.types import Skip
from loading import articles, load, only_article, only_reason, reasons, source_file

TEXT = "Quay closed after storm\n\nThe harbour board of Saltmere has closed the old quay.\n"


def tar_bytes(members: Mapping[str, bytes | tarfile.TarInfo], mode: str = "w") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in members.items():
            info = data if isinstance(data, tarfile.TarInfo) else tarfile.TarInfo(name)
            if isinstance(data, bytes):
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return stream.getvalue()


def special(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("a.tar", "w"),
        ("a.tar.gz", "w:gz"),
        ("a.tgz", "w:gz"),
        ("a.TAR.BZ2", "w:bz2"),
        ("a.tar.xz", "w:xz"),
        ("a.tar", "w:gz"),  # whatever the name says
        ("wire.v2.tar.gz", "w:gz"),
    ],
)
def test_members_of_any_format(tmp_path: Path, name: str, mode: str) -> None:
    members: dict[str, bytes | tarfile.TarInfo] = {
        "./news/quay.txt": TEXT.encode(),
        "wire.jsonl": b'{"text": "The ferry is late."}\n',
        "x.png": b"\x89PNG",
        ".hidden.txt": b"x",
    }
    path = tmp_path / name
    path.write_bytes(tar_bytes(members, mode))
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == [
        "Quay closed after storm",
        "The ferry is late.",
    ]
    assert articles(loaded)[0].source == f"{path.resolve()}!./news/quay.txt"
    assert len(reasons(loaded)) == 1


def test_links_and_devices_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    members: dict[str, bytes | tarfile.TarInfo] = {
        "a": special("passwd.txt", tarfile.SYMTYPE, "/etc/passwd"),
        "b": special("shadow.txt", tarfile.LNKTYPE, "../../etc/shadow"),
        "c": special("zero.txt", tarfile.CHRTYPE),
        "d": special("pipe.txt", tarfile.FIFOTYPE),
        "e": special("folder", tarfile.DIRTYPE),
        "quay.txt": TEXT.encode(),
    }
    path.write_bytes(tar_bytes(members))
    loaded = load(path)
    assert len(articles(loaded)) == 1
    assert reasons(loaded) == [
        "2 members skipped (a link): 'passwd.txt', 'shadow.txt'",
        "2 members skipped (a device, a pipe or a sparse file): 'zero.txt', 'pipe.txt'",
    ]


@pytest.mark.parametrize(
    "name", ["../../escape.txt", "/absolute.txt", "a\udcff.txt", "\u202ea.txt"]
)
def test_names_are_never_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = folder / "a.tar"
    path.write_bytes(tar_bytes({name: TEXT.encode()}))
    before = set(tmp_path.rglob("*"))
    assert only_article(load(path)).source.isprintable()
    assert set(tmp_path.rglob("*")) == before


def test_what_comes_before_the_damage_is_read(tmp_path: Path) -> None:
    members: dict[str, bytes | tarfile.TarInfo] = {f"{n}.txt": TEXT.encode() * 30 for n in range(4)}
    path = tmp_path / "a.tar"
    whole = tar_bytes(members)
    path.write_bytes(whole[: len(whole) // 2])
    loaded = load(path)
    assert 0 < len(articles(loaded)) < 4
    assert len(reasons(loaded)) == 1
    packed = gzip.compress(whole)
    path.write_bytes(packed[: len(packed) - 20])
    assert reasons(load(path)) == ["damaged (it ends too early)"]
    header = bytearray(whole)
    second = whole.index(b"1.txt")
    header[second : second + 300] = b"x" * 300
    path.write_bytes(header)
    loaded = load(path)
    assert len(articles(loaded)) == 1
    assert reasons(loaded)[0].startswith("damaged")


def test_a_header_without_an_end(tmp_path: Path) -> None:
    long = tarfile.TarInfo("x")
    long.type = tarfile.GNUTYPE_LONGNAME
    long.size = 8_000_000
    stream = io.BytesIO()
    stream.write(long.tobuf(tarfile.GNU_FORMAT))
    stream.write(b"a" * 8_000_000)
    path = tmp_path / "a.tar"
    path.write_bytes(stream.getvalue())
    assert only_reason(load(path)) == "damaged (a header without an end)"


def test_limits_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(tar_bytes({"a.txt": b"quay " * 500, "b.txt": TEXT.encode()}))
    monkeypatch.setattr("index.formats.archives.load_tar.MAX_MEMBER_BYTES", 1_000)
    loaded = load(path)
    assert len(articles(loaded)) == 1
    assert reasons(loaded) == ["2,500 bytes, over the limit of 1,000 for one member"]
    monkeypatch.setattr("index.formats.archives.unpacking.MAX_COLLECTION_BYTES", 100)
    assert "over the limit of 100" in only_reason(load(path))


def test_a_bomb_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(tar_bytes({"quay.txt": TEXT.encode(), "zero.txt": bytes(15_000_000)}, "w:gz"))
    loaded = load(path)
    assert len(articles(loaded)) == 1
    assert reasons(loaded) == ["it unpacks to more than 200 times its size"]


@pytest.mark.parametrize("content", [b"", b"text" * 300, b"\x1f\x8b", bytes(10_240)])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(content)
    assert only_reason(load(path))


@given(st.data())
def test_any_change_of_bytes_is_survived(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(tar_bytes({"a.txt": TEXT.encode(), "b.csv": b"text\nIt is closed.\n"}))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "any.tar"
    path.write_bytes(whole)
    load(path)


# --- single packed files


@pytest.mark.parametrize(
    ("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_a_packed_file(tmp_path: Path, suffix: str, pack: object) -> None:
    assert callable(pack)
    path = tmp_path / f"quay.txt{suffix}"
    path.write_bytes(pack(TEXT.encode()))
    article = only_article(load(path))
    assert article.text == TEXT.strip()
    assert article.source == f"{path.resolve()}!quay.txt"
    lines = "".join(json.dumps({"text": f"Quay number {n} is closed."}) + "\n" for n in range(3))
    wire = tmp_path / f"wire.jsonl{suffix}"
    wire.write_bytes(pack(lines.encode()))
    assert len(articles(load(wire))) == 3
    table = tmp_path / f"wire.csv{suffix}"
    table.write_bytes(pack("title,text\nCafé,It is closed.\n".encode("cp1252")))
    assert only_article(load(table)).title == "Café"
    nothing = tmp_path / f"quay{suffix}"
    nothing.write_bytes(pack(TEXT.encode()))
    assert only_reason(load(nothing)).startswith("no suffix")
    path.write_bytes(TEXT.encode())
    assert only_reason(load(path)) == "not packed with gzip, bzip2 or xz"
    path.write_bytes(pack(TEXT.encode())[:-12])
    assert only_reason(load(path)).startswith("damaged")


def test_packed_in_packed_and_in_archives(tmp_path: Path) -> None:
    once = gzip.compress(TEXT.encode())
    path = tmp_path / "a.tar"
    path.write_bytes(tar_bytes({"quay.txt.gz.gz": gzip.compress(once)}))
    assert only_article(load(path)).text == TEXT.strip()


def test_packed_bombs_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(bytes(12_000_000)))
    assert reasons(load(path)) == ["it unpacks to more than 200 times its size"]
    path = tmp_path / "a.pdf.xz"
    path.write_bytes(lzma.compress(bytes(12_000_000)))
    assert reasons(load(path)) == ["it unpacks to more than 200 times its size"]


def test_a_packed_collection_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "wire.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        for number in range(400):
            # Numbers, so that it packs no better than texts do.
            numbers = " ".join(str((number * 7_919 + n) ** 2) for n in range(1_000))
            stream.write(json.dumps({"text": numbers}) + "\n")
    tracemalloc.start()
    try:
        n_lines = sum(1 for _ in load_file(source_file(path), 100))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n_lines == 400
    assert peak < 2_000_000  # of five megabytes


def test_a_budget_is_not_part_of_what_a_file_is(tmp_path: Path) -> None:
    one = SourceFile(tmp_path, "a", ".gz", budget=limits.Budget())
    assert one == SourceFile(tmp_path, "a", ".gz")
    assert Skip("a", "b") == Skip("a", "b")
