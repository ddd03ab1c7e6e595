from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app

TEXT = "Ada Holm, the mayor, said that the bridge is safe. Tomas Reck denied the claim."


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("one", "Bridge", TEXT, outlet="Post", published=date(2025, 3, 6))])
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_said_as_text(shelf: Path) -> None:
    result = run("said", "--library", shelf)
    assert result.exit_code == 0
    assert "Ada Holm, the mayor [asserts: said]" in result.stdout
    assert "Post, 6 March 2025; Bridge" in result.stdout
    assert "one, characters 0–50" in result.stdout
    assert "2 statements. 1 of 1 article read." in result.stderr


def test_said_as_json_and_csv(shelf: Path) -> None:
    found = json.loads(run("said", "--library", shelf, "--by", "Reck", "--json").stdout)
    assert (found["total"], found["read"], found["articles"]) == (1, 1, 1)
    [statement] = found["statements"]
    assert (statement["speaker"], statement["stance"]) == ("Tomas Reck", "denies")
    assert statement["published"] == "2025-03-06"
    [start, end] = statement["contents"][0]
    assert TEXT[start:end] == statement["text"] == "the claim"
    rows = list(csv.DictReader(io.StringIO(run("said", "--library", shelf, "--csv").stdout)))
    assert [row["speaker"] for row in rows] == ["Ada Holm", "Tomas Reck"]
    assert run("said", "--library", shelf, "--csv", "--json").exit_code == 2


def test_a_cell_never_begins_a_formula(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("one", "=1+1", "Ada Holm said that it is safe.")])
    [row] = csv.DictReader(io.StringIO(run("said", "--library", folder, "--csv").stdout))
    assert row["title"] == "'=1+1"


def test_nothing_and_nobody(shelf: Path) -> None:
    result = run("said", "--library", shelf, "--by", "Tomas Rack")
    assert result.exit_code == 0
    assert "Tomas Reck" in result.stderr
    assert "0 statements" in result.stderr
    result = run("people", "Ada Home", "--library", shelf)
    assert "did you mean Ada Holm" in result.stderr
    result = run("people", "--kind", "organisation", "--library", shelf)
    assert "name no organisation" in result.stderr


def test_people(shelf: Path) -> None:
    listed = run("people", "--library", shelf).stdout.splitlines()
    assert [line.split("  ")[0] for line in listed] == ["Ada Holm", "Tomas Reck"]
    shown = run("people", "Holm", "--library", shelf).stdout
    assert "the mayor (Post, 6 March 2025)" in shown
    found = json.loads(run("people", "Holm", "--library", shelf, "--json").stdout)
    assert found["people"][0]["roles"][0]["role"] == "the mayor"
    assert run("people", "--library", shelf, "--csv").stdout.startswith("name,kind,articles")


def test_a_library_without_articles_says_so(tmp_path: Path) -> None:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()):
        pass
    result = run("said", "--library", tmp_path / "library")
    assert result.exit_code == 1
    assert "is empty" in result.stderr
