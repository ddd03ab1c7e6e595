"""ZIP archives: members of any format, and archives that are made to do harm."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats import limits
from index.formats.archives.unpacking import SkippedMembers, is_hidden
from index.formats.files import Place, SourceFile
from index.formats.load import load_file
from index.types import Loaded, Skip
from loading import articles, load, only_article, only_reason, reasons, source_file

TEXT = "Quay closed after storm\n\nThe harbour board of Saltmere has closed the old quay.\n"


def zip_bytes(members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def write_zip(
    path: Path, members: Mapping[str, str | bytes], method: int = zipfile.ZIP_DEFLATED
) -> Path:
    path.write_bytes(zip_bytes(members, method))
    return path


def everything_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_members_of_any_format(tmp_path: Path, method: int) -> None:
    members: dict[str, str | bytes] = {
        "news/": "",
        "news/quay.txt": TEXT,
        "wire.jsonl": '{"text": "The ferry is late.", "id": "w-1"}\n',
        "wire.csv": "title,text\nPier,It is open.\n",
        "picture.png": b"\x89PNG",
        "__MACOSX/._quay.txt": "x",
        ".hidden.txt": "x",
    }
    path = write_zip(tmp_path / "a.zip", members, method)
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == [
        "Quay closed after storm",
        "The ferry is late.",
        "Pier",
    ]
    quay = articles(loaded)[0]
    assert quay.source == quay.origin == f"{path.resolve()}!news/quay.txt"
    assert articles(loaded)[1].article_id == "w-1"
    (skip,) = [item for item in loaded if isinstance(item, Skip)]
    assert skip.source == f"{path}!picture.png"
    assert skip.reason.startswith("format '.png' is not supported")


def test_ids_are_those_of_the_member(tmp_path: Path) -> None:
    first = articles(load(write_zip(tmp_path / "a.zip", {"a.txt": TEXT, "b.txt": TEXT})))
    again = articles(load(write_zip(tmp_path / "a.zip", {"b.txt": "Another text.", "a.txt": TEXT})))
    assert len({article.article_id for article in first}) == 2
    assert {a.article_id for a in first} == {a.article_id for a in again}


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.txt",
        "/absolute.txt",
        "..\\..\\escape.txt",
        "C:\\escape.txt",
        "a/../../../escape.txt",
        "\u202etxt.exe.txt",
        "\x1b[31mred.txt",
        "line\nbreak.txt",
        "x" * 3_000 + ".txt",
    ],
)
def test_names_are_never_paths(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "deep" / "folder"
    folder.mkdir(parents=True)
    path = write_zip(folder / "a.zip", {name: TEXT})
    before = everything_in(tmp_path)
    article = only_article(load(path))
    assert everything_in(tmp_path) == before
    assert not Path("/absolute.txt").exists()
    assert article.source.isprintable()
    assert len(article.source) < len(str(folder)) + 250


def test_names_in_utf_8_that_do_not_say_so(tmp_path: Path) -> None:
    data = zip_bytes({"dünen.txt": TEXT})
    flag = struct.pack("<H", 0x800)
    unflagged = data.replace(b"PK\x03\x04\x14\x00" + flag, b"PK\x03\x04\x14\x00\0\0")
    unflagged = unflagged.replace(
        b"PK\x01\x02\x14\x03\x14\x00" + flag, b"PK\x01\x02\x14\x03\x14\x00\0\0"
    )
    assert unflagged != data
    path = tmp_path / "a.zip"
    path.write_bytes(unflagged)
    assert only_article(load(path)).source.endswith("!dünen.txt")


def test_links_and_encrypted_members_are_counted(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("quay.txt", TEXT)
        for number in range(5):
            link = zipfile.ZipInfo(f"link{number}.txt")
            link.create_system = 3
            link.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(link, "/etc/passwd")
        archive.writestr("secret.txt", TEXT)
    data = bytearray(stream.getvalue())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = data.rindex(
            signature, 0, data.rindex(b"secret.txt") if flags == 8 else data.index(b"secret.txt")
        )
        data[start + flags] |= 1
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    loaded = load(path)
    assert len(articles(loaded)) == 1
    assert reasons(loaded) == [
        "5 members skipped (a link or a device): 'link0.txt', 'link1.txt', 'link2.txt' and 2 more",
        "1 member skipped (encrypted): 'secret.txt'",
    ]


def test_a_damaged_member_costs_itself(tmp_path: Path) -> None:
    data = bytearray(
        zip_bytes({"a.txt": TEXT, "b.txt": "quay " * 50, "c.txt": TEXT}, zipfile.ZIP_STORED)
    )
    data[data.index(b"quay quay")] ^= 1
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    loaded = load(path)
    assert len(articles(loaded)) == 2
    (skip,) = [item for item in loaded if isinstance(item, Skip)]
    assert skip.source == f"{path}!b.txt"
    assert skip.reason.startswith("damaged (Bad CRC-32")


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zip_bytes({"quay.txt": TEXT})
    for depth in range(1, 5):
        path = tmp_path / f"{depth}.zip"
        path.write_bytes(inner)
        loaded = load(path)
        if depth <= 3:
            assert only_article(loaded).source.count("!") == depth
        else:
            assert only_reason(loaded) == "it lies in more than 3 archives"
        inner = zip_bytes({f"{depth}.zip": inner})


def bomb(n_bytes: int) -> bytes:
    return zip_bytes({"quay.txt": bytes(n_bytes)})


def test_a_bomb_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes({"bomb.txt": bytes(15_000_000), "quay.txt": TEXT}))
    loaded = load(path)
    assert reasons(loaded) == ["it unpacks to more than 200 times its size"]
    assert len(articles(loaded)) == 1


def test_limits_of_size_and_number_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {f"{n}.txt": f"{TEXT} {os.urandom(200).hex()}" for n in range(9)}
    path = write_zip(tmp_path / "a.zip", members)
    with monkeypatch.context() as patch:
        patch.setattr("index.formats.archives.unpacking.MAX_MEMBER_BYTES", 100)
        assert set(reasons(load(path))) == {"more than 100 bytes, the limit for one member"}
    budget = limits.Budget(bytes_left=1_200)
    file = source_file(path)
    loaded = [found for _, found in load_with(file, budget)]
    assert len(articles(loaded)) == 2
    assert reasons(loaded) == [f"it unpacks to more than {limits.MAX_UNPACKED_BYTES:,} bytes"]
    loaded = [found for _, found in load_with(file, limits.Budget(members_left=4))]
    assert len(articles(loaded)) == 4
    assert reasons(loaded) == [f"it has more than {limits.MAX_MEMBERS:,} members"]
    with monkeypatch.context() as patch:
        patch.setattr("index.formats.archives.load_zip.MAX_DIRECTORY_BYTES", 100)
        assert "a table of contents of" in only_reason(load(path))
    with monkeypatch.context() as patch:
        patch.setattr("index.formats.archives.load_zip.MAX_COLLECTION_BYTES", 100)
        assert "over the limit of 100" in only_reason(load(path))


def load_with(file: SourceFile, budget: limits.Budget) -> Iterator[tuple[Place, Loaded]]:
    return load_file(replace(file, budget=budget))


def test_nested_archives_share_what_may_be_unpacked(tmp_path: Path) -> None:
    inner = zip_bytes({"a.txt": os.urandom(4_000).hex()})
    path = write_zip(tmp_path / "a.zip", {f"{n}.zip": inner for n in range(20)})
    loaded = [found for _, found in load_with(source_file(path), limits.Budget(bytes_left=30_000))]
    assert 0 < len(articles(loaded)) < 4
    assert all("unpacks to more than" in reason for reason in reasons(loaded))
    assert len(reasons(loaded)) <= 3


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    data = zip_bytes({"a.txt": TEXT, "b.txt": TEXT}, zipfile.ZIP_STORED)
    second = data.rindex(b"PK\x01\x02")
    overlapping = bytearray(data)
    overlapping[second + 42 : second + 46] = struct.pack("<L", 0)  # where its bytes are
    path = tmp_path / "a.zip"
    path.write_bytes(overlapping)
    assert only_reason(load(path)) == "its members overlap, as in a ZIP bomb"


def test_a_table_of_contents_that_lies(tmp_path: Path) -> None:
    data = bytearray(zip_bytes({"a.txt": TEXT}))
    end = data.rindex(b"PK\x05\x06")
    path = tmp_path / "a.zip"
    data[end + 12 : end + 16] = struct.pack("<L", 0xFFFFFFFF)
    path.write_bytes(data)
    assert only_reason(load(path)).startswith("damaged")
    data[end + 12 : end + 16] = struct.pack("<L", 0x70000000)
    path.write_bytes(data)
    assert "a table of contents of 1,879,048,192 bytes" in only_reason(load(path))


@pytest.mark.parametrize("content", [b"text", b"PK\x05\x06", b"PK\x03\x04" * 30])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert only_reason(load(path)).startswith("damaged")
    path.write_bytes(b"")
    assert only_reason(load(path)) == "empty file"
    assert only_reason(load(write_zip(path, {}))) == "an empty archive"


@given(st.data())
def test_any_change_of_bytes_is_survived(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(zip_bytes({"a.txt": TEXT, "b.csv": "text\nIt is closed.\n"}))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    path = tmp_path_factory.getbasetemp() / "any.zip"
    path.write_bytes(whole[: cut or None])
    load(path)


def test_hidden_names() -> None:
    for name in (".a", "a/.b/c", "__MACOSX/a", "a\\.b"):
        assert is_hidden(name)
    for name in ("a", "./a", "../a", "a/b.c", "..\\a"):
        assert not is_hidden(name)


def test_what_was_left_out_is_summed_up(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "a.zip", {"a": "b"})
    skipped = SkippedMembers()
    assert list(skipped.report(source_file(path))) == []
    for number in range(2_000):
        skipped.add(f"{number}\n", "skipped")
    ((_, skip),) = skipped.report(source_file(path))
    assert skip.reason == r"2,000 members skipped: '0\n', '1\n', '2\n' and 1,997 more"
