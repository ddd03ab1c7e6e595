"""Paths -> the regular files among them; everything else is a skip that says why."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from index.adding.load import count_articles, load_articles
from index.errors import ArticleFormatError
from index.formats.files import SourceFile, open_file, printable
from index.types import Article, Skip
from text_files import only_article, only_skip, write


def test_a_file_over_the_cap_says_both_sizes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "quay " * 1000)
    skip = only_skip(path, max_file_bytes=2_000)
    assert skip.reason == "5,000 bytes, over the limit of 2,000 for one article"
    with path.open("r+b") as sparse:
        sparse.truncate(1 << 40)
    assert "1,099,511,627,776" in only_skip(path).reason


def test_what_is_not_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo.txt")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket.txt"))
        assert only_skip(tmp_path / "socket.txt").reason == "a socket, not a file"
    assert only_skip(tmp_path / "fifo.txt").reason == "a FIFO, not a file"
    assert only_skip("/dev/zero").reason == "a device, not a file"
    device = tmp_path / "device.txt"
    device.symlink_to("/dev/zero")
    assert only_skip(device).reason == "a device, not a file"
    assert only_skip(tmp_path / "none.txt").reason == "no such file or folder"
    assert only_skip("nul\x00byte.txt").reason == "embedded null byte"
    assert "too long" in only_skip("x" * 5000).reason
    loop = tmp_path / "loop.txt"
    loop.symlink_to(loop)
    assert only_skip(loop).reason == "a symbolic link that leads to itself"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    # A regular file that even root gets an error from.
    unreadable = tmp_path / "memory.txt"
    unreadable.symlink_to("/proc/self/mem")
    assert only_skip(unreadable).reason == "input/output error"


def test_a_file_that_turns_into_something_else_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    file = SourceFile(path=path, name="a.txt", suffix=".txt")
    os.mkfifo(path)
    with pytest.raises(ArticleFormatError, match="a FIFO, not a file"):
        open_file(file)
    path.unlink()
    path.symlink_to(write(tmp_path / "b.txt"))
    with pytest.raises(ArticleFormatError, match=r"a\.txt: "):
        open_file(file)


@pytest.mark.parametrize(
    "name", ["line\nbreak.txt", "\x1b[31mred.txt", "\u202etxt.exe.txt", "b\udcff\udc80.txt"]
)
def test_hostile_names_are_escaped(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, "The quay is closed until spring.")
    article = only_article(path)
    assert article.source.isprintable()
    assert article.origin.isprintable()
    assert article.title == "The quay is closed until spring."
    article.source.encode("utf-8")
    assert only_skip(write(path, b"")).source == printable(path)


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    for name in ("b.txt", "a/z.txt", "a/b/c.markdown", "c.TEXT", ".hidden.txt", ".git/x.txt"):
        write(tmp_path / name, f"The article of {name}.")
    write(tmp_path / "lib" / "record.sqlite3")
    write(tmp_path / "lib" / "x.txt")
    write(tmp_path / "photo.jpeg")
    loaded = list(load_articles([tmp_path]))
    names = [Path(item.source).relative_to(tmp_path).as_posix() for item in loaded]
    assert names == ["a/b/c.markdown", "a/z.txt", "b.txt", "c.TEXT", "photo.jpeg"]
    assert [type(item) for item in loaded] == [Article] * 4 + [Skip]
    assert count_articles([tmp_path]) == 5


def test_folders_without_articles(tmp_path: Path) -> None:
    write(tmp_path / "empty" / ".hidden")
    write(tmp_path / "library" / "record.sqlite3")
    assert only_skip(tmp_path / "empty").reason == "no files in this folder"
    assert only_skip(tmp_path / "library").reason == "this is a library, not a folder of articles"


def test_links_inside_a_folder(tmp_path: Path) -> None:
    outside = write(tmp_path / "outside.txt")
    folder = tmp_path / "folder"
    write(folder / ".store" / "quay.txt")
    (folder / "in.txt").symlink_to(folder / ".store" / "quay.txt")
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "nothing.txt").symlink_to(folder / "gone.txt")
    (folder / "out.txt").symlink_to(outside)
    (folder / "up").symlink_to(folder)
    (folder / "up2").symlink_to(tmp_path)
    found = {Path(item.source).name: item for item in load_articles([folder])}
    assert isinstance(found.pop("quay.txt"), Article)
    assert {name: item.reason for name, item in found.items() if isinstance(item, Skip)} == {
        "loop.txt": "a symbolic link that leads to itself",
        "nothing.txt": "no such file or folder",
        "out.txt": "a symbolic link that leads out of the folder",
        "up": "a symbolic link to a folder",
        "up2": "a symbolic link that leads out of the folder",
    }


def test_a_folder_may_be_named_by_a_link_and_be_deep(tmp_path: Path) -> None:
    deep = tmp_path.joinpath("real", *["d"] * 300)
    write(deep / "quay.txt")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert only_article(tmp_path / "link").source == str(deep.resolve() / "quay.txt")
