from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from onrecord import Article, Feedback, HashEmbedder, Library, Rating
from ui.cli.main import app

TEXT = "A second ferry crosses the harbour. It takes 90 people."
QUOTE = "It takes 90 people."


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    start = TEXT.index(QUOTE)
    cited = {"number": 1, "article_id": "ferry", "start": start, "end": len(TEXT), "quote": QUOTE}
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("ferry", "Second ferry", TEXT), Article("tram", "Tram", "It runs.")])
        library.feedback.put(
            Feedback(
                "how many \x1b[31mpeople?",
                Rating.UP,
                claims=({"text": QUOTE, "citations": [1]},),
                citations=(cited,),
                note="right",
            )
        )
        library.feedback.put(Feedback("who?", Rating.DOWN, refused=True, person="ada"))
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def run_json(*arguments: str | Path) -> Any:  # noqa: ANN401 - whatever the command prints
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_verdicts_are_listed(shelf: Path) -> None:
    verdicts = run_json("feedback", "--library", shelf)
    assert {(v["verdict"], v["refused"], v["person"]) for v in verdicts} == {
        ("up", False, ""),
        ("down", True, "ada"),
    }
    lines = run("feedback", "--library", shelf).stdout
    assert "\x1b" not in lines
    assert len(lines.splitlines()) == 2
    assert "right" in lines


def test_verdicts_become_a_set_that_eval_scores(shelf: Path, tmp_path: Path) -> None:
    exported = run_json("feedback", "--library", shelf, "--export", tmp_path / "set")
    assert (exported["articles"], exported["questions"], exported["rejected"]) == (2, 1, 1)
    assert "onrecord eval" in run(
        "feedback", "--library", shelf, "--export", tmp_path / "set"
    ).stdout  # fmt: skip
    with Library.create(tmp_path / "fresh", embedder=HashEmbedder()):
        pass
    scored = run_json("eval", tmp_path / "set", "--library", tmp_path / "fresh")
    assert scored["articles"] == 2


def test_verdicts_can_be_deleted(shelf: Path, tmp_path: Path) -> None:
    assert run("feedback", "--clear", "--yes", "--library", shelf).stdout.startswith("2 verdicts")
    assert run_json("feedback", "--library", shelf) == []
    result = run("feedback", "--export", tmp_path / "set", "--library", shelf)
    assert result.exit_code == 1
    assert "nobody has judged an answer yet" in result.stderr


def test_what_was_removed_is_listed_and_put_back(shelf: Path) -> None:
    assert "onrecord restore" in run("remove", "tram", "--yes", "--library", shelf).stdout
    (removal,) = run_json("restore", "--list", "--library", shelf)
    assert [article["article_id"] for article in removal["articles"]] == ["tram"]
    assert "\x1b" not in run("restore", "--list", "--library", shelf).stdout
    restored = run_json("restore", str(removal["removal"]), "--library", shelf)
    assert restored == {"restored": ["tram"], "skipped": []}
    assert run_json("restore", "--list", "--library", shelf) == []


def test_what_is_removed_for_good_cannot_be_put_back(shelf: Path) -> None:
    assert "again" in run("remove", "tram", "--for-good", "--yes", "--library", shelf).stdout
    assert run("restore", "--library", shelf).exit_code == 1
    run("remove", "ferry", "--yes", "--library", shelf)
    assert run("restore", "--forget", "--library", shelf).stdout.startswith("1 deleted")
    assert run_json("restore", "--list", "--library", shelf) == []
