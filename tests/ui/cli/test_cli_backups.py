"""The commands ``backup``, ``restore-backup``, ``copy`` and ``compact``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from index.record.write_lock import hold_write_lock
from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


def run_json(*arguments: object) -> object:
    status, said = run(*arguments, "--json")
    assert status == 0, said
    return json.loads(said)


@pytest.fixture
def shelf(folder: Path) -> Path:
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Ferry", "The ferry takes 90 passengers.")])
    return folder


def test_a_library_goes_and_comes_back(shelf: Path, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    status, said = run("backup", backups, "--library", shelf)
    assert (status, said.endswith("1 article, 2 of 2 parts new\n")) == (0, True), said
    made = run_json("backup", backups, "--library", shelf, "--keep", 5)
    assert isinstance(made, dict)
    assert (made["articles"], made["new_parts"]) == (1, 0)
    listed = run_json("restore-backup", backups, "--list")
    assert isinstance(listed, list)
    assert [one["articles"] for one in listed] == [1, 1]
    status, said = run("restore-backup", backups, "--library", shelf)
    assert (status, "--replace" in said, said.count("\n")) == (1, True, 1)
    other = tmp_path / "other"
    status, said = run("restore-backup", backups, "--library", other)
    assert (status, "1 article" in said) == (0, True)
    first = listed[0]["backup_id"]
    assert (
        run("restore-backup", backups, "--library", other, "--replace", "--backup", first)[0] == 0
    )
    assert "Ferry" in run("list", "--library", other)[1]
    status, said = run("restore-backup", tmp_path / "none", "--library", other)
    assert (status, "no backups" in said) == (1, True)


def test_room_is_given_back(shelf: Path) -> None:
    given = run_json("compact", "--library", shelf)
    assert isinstance(given, dict)
    assert 0 < given["bytes_after"] <= given["bytes_before"]


def test_every_row_is_read(shelf: Path) -> None:
    found = run_json("doctor", "--read-data", "--library", shelf)
    assert isinstance(found, dict)
    assert ("rows", "ok") in {(one["subject"], one["state"]) for one in found["findings"]}


def test_a_library_moves_to_a_server(shelf: Path, database: str) -> None:
    with hold_write_lock(shelf, wait_seconds=0):
        status, said = run("copy", shelf, database, "--wait", 0)
    assert (status, "being written" in said, said.count("\n")) == (1, True, 1)
    assert run_json("copy", shelf, database) == {"articles": 1}
    assert "Ferry" in run("list", "--library", database)[1]
    status, said = run("copy", shelf, database)
    assert (status, "a library already" in said, said.count("\n")) == (1, True, 1)
