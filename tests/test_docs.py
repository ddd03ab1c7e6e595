"""The README and the help say what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from onrecord import Article, HashEmbedder, Library
from ui.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_stands_in_the_readme(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.stdout.split()) > 10
    assert f"onrecord {command}" in README


def test_every_command_in_the_readme_is_there() -> None:
    named = set(re.findall(r"\bonrecord ([a-z]+)\b", README)) - {"import"}
    assert named <= {*COMMANDS}


def test_the_python_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ONRECORD_REFUSE_BELOW", "0")
    with Library.create(".onrecord", embedder=HashEmbedder()) as library:
        library.add([Article("a", "Reply", "Russia said in response that it would go on.")])
    exec(compile(snippet, "README.md", "exec"), {})  # noqa: S102 - our own README
    assert "it would go on. [1]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/design.md", "docs/serving.md", "docs/drafts.md"]
)
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for name in re.findall(r"`((?:index|rag|ui|docs|tests|benchmarks|samples)/[\w./-]+)`", text):
        assert (ROOT / name).exists() or "x" in Path(name).stem, name
