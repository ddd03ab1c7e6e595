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
    result = run("people", "Xyzzy Qwerty", "--library", shelf)
    assert result.stderr.strip().endswith("Nobody is called 'Xyzzy Qwerty'.")
    result = run("people", "Ada Holm", "--since", "2026-01-01", "--library", shelf)
    assert "No article that passes the filters names 'Ada Holm'" in result.stderr
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


@pytest.fixture
def dated(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    text = "The Quay Bridge was closed on Tuesday. Ada Holm said that 30 people saw it."
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(
            [
                Article("one", "Bridge *closed*", text, outlet="Post", published=date(2025, 3, 5)),
                Article("two", "Bridge", "Ada Holm denied that the Quay Bridge is closed."),
            ]
        )
    return folder


def test_a_timeline_says_that_articles_have_no_date(tmp_path: Path, shelf: Path) -> None:
    folder = tmp_path / "undated"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("one", "Bridge", "The bridge broke on Tuesday.")])
    result = run("timeline", "--library", folder)
    assert "1 of 1 article has no date" in result.stderr
    assert "onrecord edit ID --published DAY" in result.stderr
    assert json.loads(run("timeline", "--library", folder, "--json").stdout)["undated"] == 1
    assert "no date" not in run("timeline", "--library", shelf).stderr


def test_timeline(dated: Path) -> None:
    result = run("timeline", "Quay Bridge", "--library", dated)
    assert result.stdout.splitlines()[0] == "4 March 2025"
    assert "1 dated sentence. 2 of 2 articles read." in result.stderr
    listed = run("timeline", "Quay Bridge", "--library", dated, "--markdown").stdout
    assert listed.startswith("- **4 March 2025** The Quay Bridge was closed on Tuesday.")
    found = json.loads(run("timeline", "--library", dated, "--json").stdout)
    assert found["entries"][0]["basis"] == "counted"
    assert "first,last" in run("timeline", "--library", dated, "--csv").stdout
    assert run("timeline", "--library", dated, "--csv", "--markdown").exit_code == 2
    assert "No sentence" in run("timeline", "zeppelin", "--library", dated).stderr


def test_count(dated: Path) -> None:
    result = run("count", "how many articles mention Ada Holm?", "--library", dated)
    first = result.stdout.splitlines()[0]
    assert first == (
        "2 of 2 articles mention “Ada Holm” (2 stories, 1 outlet); all 2 read, 0 unclear."
    )
    found = json.loads(run("count", "Quay Bridge", "--library", dated, "--json").stdout)
    assert (found["articles"], found["read"], len(found["listed"])) == (2, 2, 2)
    assert run("count", "Quay Bridge", "--library", dated, "--csv").stdout.startswith("published")
    assert run("count", " ", "--library", dated).exit_code == 2


def test_compare(dated: Path) -> None:
    shown = run("compare", "Quay Bridge", "--library", dated).stdout
    assert "Denies\n  - Ada Holm: [denies: denied] that the Quay Bridge is closed" in shown
    found = json.loads(run("compare", "Quay Bridge", "--library", dated, "--json").stdout)
    assert [position["side"] for position in found["positions"]] == ["denies"]
    rows = list(
        csv.DictReader(io.StringIO(run("compare", "Quay", "--library", dated, "--csv").stdout))
    )
    assert rows[0]["side"] == "denies"
    assert "Nobody" in run("compare", "zeppelin", "--library", dated).stderr
    assert run("compare", "", "--library", dated).exit_code == 2


def test_names_are_merged_split_listed_and_undone(shelf: Path) -> None:
    result = run("people", "--library", shelf, "--merge", "Ada Holm", "Tomas Reck")
    assert result.exit_code == 0, result.output
    assert "also" in result.stdout
    listed = run("people", "--library", shelf, "--decisions")
    assert "merged: Ada Holm and Tomas Reck" in listed.stdout
    found = json.loads(run("people", "--library", shelf, "--decisions", "--json").stdout)
    assert found["decisions"][0]["names"] == ["Ada Holm", "Tomas Reck"]
    split = run("people", "--library", shelf, "--split", "Tomas Reck", "--json")
    assert json.loads(split.stdout)["total"] == 1
    for _ in range(2):
        assert run("people", "--library", shelf, "--undo").exit_code == 0
    nothing = run("people", "--library", shelf, "--undo")
    assert nothing.exit_code == 1
    assert "nothing to undo" in nothing.stderr
    assert run("people", "--library", shelf, "--undo", "--split", "Reck").exit_code == 2


def test_a_list_names_the_other_spellings(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        text = "Holm spoke to the mayor of Quill. Mayor Holm said no."
        library.add([Article(name, name, f"{text} It is {name}.") for name in ("one", "two")])
        library.add([Article("three", "three", "Ada Holm, the mayor, said that it is safe.")])
    (line,) = run("people", "--library", folder).stdout.splitlines()
    assert line.split() == "Ada Holm 3 articles 3 statements Holm".split()


def test_what_an_action_on_names_has_no_use_for_is_refused(shelf: Path) -> None:
    for extra in (["Ada Holm"], ["--since", "2025-01-01"], ["--csv"]):
        result = run("people", "--library", shelf, "--undo", *extra)
        assert result.exit_code == 2
        assert "exclude" in result.stderr or "whole library" in result.stderr
