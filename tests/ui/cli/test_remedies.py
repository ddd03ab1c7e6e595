"""A command that a message names works when it is pasted into a shell, as it stands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from index.remedies import Remedy, to_shell_word
from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app
from ui.places import hide_paths

FERRY = Article("a ferry", "Second ferry", "A second ferry began to cross the harbour on Thursday.")
NAME = """Ann's "new" $news! №1"""
"""A library's folder with all that a shell could trip over."""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONRECORD_ENCODER", "hash")
    monkeypatch.setenv("ONRECORD_READER", "none")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def library() -> Path:
    folder = Path(NAME)
    with Library.create(folder, embedder=HashEmbedder()) as opened:
        opened.add(FERRY)
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def find_command(text: str) -> list[str]:
    """Return the command that a message names, split into words by a real shell."""
    (command,) = re.findall(r"'onrecord (.+?)'(?= |$|;|,)", text)
    # The shell prints each word with a null character after it.
    script = f'onrecord() {{ printf "%s\\0" "$@"; }}; onrecord {command}'
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return shell.stdout.split("\0")[:-1]


@settings(max_examples=40)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_path_is_one_word_of_a_shell(path: str) -> None:
    script = f'printf "%s." {to_shell_word(path)}'
    shell = subprocess.run(["bash", "-c", script], capture_output=True, check=True)
    assert shell.stdout.decode() == f"{path}."


@pytest.mark.parametrize("path", [b"l\xffb", b"two\nlines", b"\xe2\x80\xaegpj.exe's", b"\x1b[2J\\"])
def test_bytes_that_no_terminal_shows_can_be_pasted_too(path: bytes) -> None:
    word = to_shell_word(os.fsdecode(path))
    assert word.isascii()
    assert word.isprintable()
    shell = subprocess.run(["bash", "-c", f'printf "%s." {word}'], capture_output=True, check=True)
    assert shell.stdout == path + b"."


def test_a_plain_word_stays_as_it_is() -> None:
    assert shlex.split(f"list --library {to_shell_word('plain')}") == ["list", "--library", "plain"]


@pytest.mark.parametrize("library", ["/srv/news", NAME, "two\nlines", "a!b", "it's"])
def test_who_reads_elsewhere_is_told_of_no_library(library: str) -> None:
    said = f"no article 'x'; {Remedy('list', Path('/srv', library), purpose='to see the ids')}"
    assert hide_paths(said) == "no article 'x'; run 'onrecord list' to see the ids"


def test_a_command_names_its_library() -> None:
    assert str(Remedy("list", Path(".onrecord"))) == "run 'onrecord list --library .onrecord'"
    assert find_command(str(Remedy("list", Path(NAME)))) == ["list", "--library", NAME]


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (("show", "nobody"), ["list"]),
        (("story", "nobody"), ["list"]),
        (("versions", "nobody"), ["list"]),
        (("edit", "nobody", "--title", "x"), ["list"]),
        (("remove", "--yes", "nobody"), ["list"]),
        (("show", "a ferry", "--version", 3), ["versions", "a ferry"]),
        (("versions", "a ferry", "--diff"), ["versions", "a ferry"]),
        (("edit", "a ferry", "--undo"), ["show", "a ferry"]),
        (("restore", 7), ["restore", "--list"]),
        (("feeds", "remove", "https://news.example/rss"), ["feeds", "list"]),
        (("feedback", "--export", "set"), ["serve"]),
        (("add", "--feeds"), ["feeds", "add", "URL"]),
    ],
)
def test_the_remedy_of_an_error_works(
    library: Path, arguments: tuple[object, ...], remedy: list[str]
) -> None:
    result = run(*arguments, "--library", library)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count("\n") == 1
    command = find_command(result.stderr.strip())
    assert command == [*remedy, "--library", NAME]
    if remedy[0] not in {"serve", "feeds"}:
        assert run(*command).exit_code == 0


def test_a_library_that_is_missing_or_empty_names_itself(tmp_path: Path) -> None:
    Library.create(Path(NAME)).close()
    for place in (Path(NAME), Path("missing")):
        command = find_command(run("search", "ferry", "--library", place).stderr.strip())
        assert command == ["add", "ARTICLES", "--library", str(place)]


def test_what_commands_say_next_names_the_library_where_it_was_given(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run("remove", "--yes", "a ferry", "--library", library).stdout.strip()
    assert find_command(said) == ["restore", "--library", NAME]
    assert run(*find_command(said)).exit_code == 0
    monkeypatch.setenv("ONRECORD_LIBRARY", str(library))
    said = run("remove", "--yes", "a ferry").stdout.strip()
    assert find_command(said) == ["restore"]
    assert run(*find_command(said)).exit_code == 0


def test_watching_a_folder_that_was_emptied_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "my articles"
    folder.mkdir()
    file = folder / "a.txt"
    file.write_text("Ferry\n\nA second ferry began to cross the harbour on Thursday.\n")
    watch = ("watch", folder, "--once", "--library", "my library")
    assert run(*watch).exit_code == 0
    file.unlink()
    command = find_command(run(*watch).stderr.strip())
    assert command == [*map(str, watch[:3]), "--empty", "--library", "my library"]
    again = run(*command)
    assert (again.exit_code, again.stdout.count("1 removed")) == (0, 1)
    assert find_command(again.stdout.strip()) == ["restore", "--library", "my library"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "missing.txt"),
        ("add", "empty.txt"),
        ("add", "ferry.txt", "--encoder", "no/such-encoder"),
        ("feeds", "add", "not an address"),
        ("add", "--feeds"),
        ("watch", "missing", "--once"),
        ("eval", "set"),
    ],
    ids=" ".join,
)
def test_what_fails_leaves_no_library(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "ferry.txt").write_text("A second ferry began to cross the harbour on Thursday.")
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "corpus.jsonl").write_text(json.dumps({"id": "a", "text": ""}))
    (tmp_path / "set" / "queries.jsonl").write_text(json.dumps({"question": "who?"}))
    result = run(*arguments, "--library", "new/library")
    assert result.exit_code == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ["ask who?", "list", "add x.txt", "doctor", "search who"])
def test_a_file_is_no_library(tmp_path: Path, command: str) -> None:
    (tmp_path / "x.txt").write_text("A second ferry began to cross the harbour on Thursday.")
    result = run(*command.split(), "--library", "x.txt")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: cannot use the library at 'x.txt' (it is not a folder);"
        " choose another place with --library\n"
    )
