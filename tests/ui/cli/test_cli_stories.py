from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from old_libraries import make_old_version
from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app

TEXT = (
    "The ferry Alba ran aground off Port Sorrel on Monday night with 212 people aboard. All of"
    " them were brought ashore by midnight, the coast guard said, and nobody was hurt."
)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(
            [
                Article("late", "Ferry aground", TEXT, outlet="Post"),
                Article("early", "Ferry", f"{TEXT} More.", published=date(2024, 3, 5)),
                Article("tram", "Tram", "It runs again."),
            ]
        )
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_a_story_is_shown(shelf: Path) -> None:
    result = run("story", "late", "--library", shelf)
    assert result.exit_code == 0
    first, second = result.stdout.splitlines()
    assert first.split() == ["early", "2024-03-05", "-", "shown,", "fullest", "Ferry"]
    assert second.split()[:5] == ["late", "undated", "Post", "near", "copy"]
    fields = json.loads(run("story", "late", "--library", shelf, "--json").stdout)
    assert (fields["shown"], fields["earliest"], fields["fullest"]) == ("early",) * 3
    assert [item["article_id"] for item in fields["articles"]] == ["early", "late"]
    assert [item["kind"] for item in fields["articles"]] == ["exact", "near"]


def test_all_stories_are_listed(shelf: Path) -> None:
    assert len(run("story", "--library", shelf).stdout.splitlines()) == 2
    (story,) = json.loads(run("story", "--library", shelf, "--json").stdout)
    assert story["shown"] == "early"


def test_an_article_that_nobody_copied_says_so(shelf: Path) -> None:
    assert json.loads(run("story", "tram", "--library", shelf, "--json").stdout) is None
    result = run("story", "tram", "--library", shelf)
    assert result.exit_code == 0
    assert "No other article" in result.stderr
    result = run("story", "nothing", "--library", shelf)
    assert result.exit_code == 1


def test_adding_says_what_is_a_copy(shelf: Path, tmp_path: Path) -> None:
    file = tmp_path / "again.txt"
    file.write_text(f"Ferry on the rocks\n\n{TEXT}", "utf-8")
    with Library.open(shelf, embedder=HashEmbedder()) as library:
        report = library.add(file)
    assert report.copies == report.added
    from ui.cli.add import describe_report

    assert any(
        "1 is a copy" in line and "onrecord story" in line for line in describe_report(report)
    )


def test_what_an_older_program_did_not_compare_is_said(shelf: Path) -> None:
    make_old_version(shelf, 2)
    result = run("story", "--library", shelf, "--json")
    assert (result.exit_code, result.stdout) == (0, "[]\n")
    remedy = f"run 'onrecord doctor --library {shelf}'"
    assert result.stderr == f"3 articles not compared yet; {remedy}\n"
    assert run("doctor", "--library", shelf).exit_code == 0
    result = run("story", "--library", shelf)
    assert (len(result.stdout.splitlines()), result.stderr) == (2, "")
