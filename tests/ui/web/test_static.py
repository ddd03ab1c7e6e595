"""The style sheets, as Gradio hands them on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEETS = sorted((Path(__file__).resolve().parents[3] / "ui" / "web" / "static").glob("*.css"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SELECTOR = re.compile(r"([^{}]+)\{")


def selectors(sheet: Path) -> list[str]:
    text = COMMENT.sub("", sheet.read_text(encoding="utf-8"))
    found = [selector.strip() for selector in SELECTOR.findall(text)]
    return [selector for selector in found if not selector.startswith("@")]


def test_there_are_sheets() -> None:
    assert len(SHEETS) > 1
    assert all(len(selectors(sheet)) > 10 for sheet in SHEETS)


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
def test_no_selector_has_a_comma_in_parentheses(sheet: Path) -> None:
    # Gradio cuts selectors at every comma, and what is left outweighs the other rules.
    assert [found for found in selectors(sheet) if re.search(r"\([^)]*,", found)] == []


@pytest.mark.parametrize("sheet", SHEETS, ids=[sheet.name for sheet in SHEETS])
def test_nothing_comes_from_elsewhere(sheet: Path) -> None:
    assert not re.search(r"url\(|@import|https?:|//", COMMENT.sub("", sheet.read_text("utf-8")))
