"""What people elsewhere are told of places, and a page of commands: nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import onrecord
from ui.places import hide_commands

ROOT = Path(onrecord.__file__).parents[1]
OF_A_TERMINAL = re.compile(
    r"'onrecord |pip install|(?<![\w-])--[a-z]{2}|\bonrecord [a-z]+ |python -X|\brun [\"']"
)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("only a link; 'onrecord add https://a.b/c?d=1,2;e' fetches the page", "only a link"),
        ("port 99 is not used for pages; see --allow-private", "port 99 is not used for pages"),
        ("no column is known (a, b); name it: --map text=X", "no column is known (a, b)"),
        (
            "ask in English, or run \"pip install 'onrecord[multilingual]'\", then 'onrecord x'.",
            "ask in English.",
        ),
        (
            "'x' is here already, from b; remove that one first, or replace it with --replace",
            "'x' is here already, from b; remove that one first",
        ),
        ("none fits into --context-tokens; they are quoted.", "they are quoted."),
        ("Only May. A slip; run 'onrecord x'. No more.", "Only May. A slip. No more."),
        ("run 'onrecord doctor'", "this cannot be done on the page"),
        ("a -- dash; nothing, else. It's “--”.", "a -- dash; nothing, else. It's “--”."),
    ],
)
def test_no_command_and_no_option_is_left(message: str, shown: str) -> None:
    assert hide_commands(message) == shown


def test_no_message_of_ours_keeps_a_command() -> None:
    messages = [
        text for file in _our_files() for text in _texts(file) if OF_A_TERMINAL.search(text)
    ]
    assert len(messages) > 50
    left = [text for text in messages if OF_A_TERMINAL.search(hide_commands(text))]
    assert left == []


def _our_files() -> list[Path]:
    rooms = [ROOT / room for room in ("index", "rag", "ui")]
    cli = ROOT / "ui" / "cli"
    return [file for room in rooms for file in room.rglob("*.py") if not file.is_relative_to(cli)]


def _texts(file: Path) -> list[str]:
    """Return the one-line texts of a module, docstrings aside, with a word for what is put in."""
    tree = ast.parse(file.read_text("utf-8"))
    joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    inner = {id(part) for node in joined for part in node.values}
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [
        "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)
        for node in joined
    ]
    texts += [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner
    ]
    return [text for text in texts if " " in text and "\n" not in text]
