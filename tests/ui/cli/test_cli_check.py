"""``onrecord check``: drafts as files and from standard input, and its reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import rag.drafts.check
from onrecord import Article, HashEmbedder, Library
from rag.drafts.checked import CheckedSentence
from ui.cli.main import app

TEXT = "The sea wall broke on Monday evening. About 900 homes were flooded."
DRAFT = "# Flood\n\nAbout 900 homes were flooded.\n\nAbout 1,900 homes were flooded. Who pays?\n"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add([Article("one", "Flood", TEXT, outlet="Post", published=date(2025, 3, 6))])
    return folder


def run(shelf: Path, *arguments: str | Path, given: str = "") -> Result:
    command = ["check", "--library", str(shelf), *map(str, arguments)]
    return CliRunner().invoke(app, command, input=given)


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    file = tmp_path / "draft.md"
    file.write_text(DRAFT, "utf-8")
    return file


def test_a_draft_as_text(shelf: Path, draft: Path) -> None:
    result = run(shelf, draft)
    assert result.exit_code == 0, result.output
    assert "SUPPORTED" in result.stdout
    assert "CONTRADICTED: the article says 900" in result.stdout
    assert "Post, 6 March 2025; Flood, characters" in result.stdout
    assert "1 supported, 1 contradicted" in result.stderr


@pytest.mark.parametrize("option", [["--json"], ["--format", "json"]])
def test_a_draft_as_json(shelf: Path, draft: Path, option: list[str]) -> None:
    found = json.loads(run(shelf, draft, *option).stdout)
    assert found["counts"]["contradicted"] == 1
    assert found["checked"] == found["sentences"] == len(found["results"])


def test_a_draft_from_standard_input_and_the_other_formats(shelf: Path, draft: Path) -> None:
    assert "contradicted" in run(shelf, "-", "--format", "html", given=DRAFT).stdout
    assert "## 2. Supported" in run(shelf, draft, "--format", "md").stdout
    assert run(shelf, "-", given="").exit_code == 1
    assert run(shelf, draft, "--json", "--format", "html").exit_code == 2


def test_what_is_no_draft_is_said(shelf: Path, tmp_path: Path) -> None:
    result = run(shelf, tmp_path / "none.md")
    assert result.exit_code == 1
    assert "no such file" in result.stderr
    several = tmp_path / "two.jsonl"
    lines = [json.dumps({"id": name, "title": name, "text": TEXT}) for name in "ab"]
    several.write_text("\n".join(lines), "utf-8")
    assert "it holds 2 texts; give one draft" in run(shelf, several).stderr


def test_a_stopped_check_reports_what_is_done(
    shelf: Path, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rag.drafts.check.check_sentences

    def interrupted(*given: object, **named: object) -> Iterator[CheckedSentence]:
        yield next(iter(whole(*given, **named)))  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(rag.drafts.check, "check_sentences", interrupted)
    result = run(shelf, draft, "--json")
    assert result.exit_code == 130
    found = json.loads(result.stdout)
    assert found["checked"] == 1 < found["sentences"]
    assert "Stopped. 1 sentence" in result.stderr
