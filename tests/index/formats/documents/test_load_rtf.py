"""RTF: tables keep their headers; text, notes and exports are tested with other formats."""

from __future__ import annotations

from pathlib import Path

from loading import load, only_article
from sample_files import STORY, TITLE, make_rtf


def make_row(*cells: str) -> str:
    ends = "".join(rf"\cellx{3000 * n}" for n in range(1, len(cells) + 1))
    return rf"\trowd{ends}" + "".join(rf"\pard\intbl {cell}\cell" for cell in cells) + r"\row "


def test_every_value_of_a_table_carries_its_header(tmp_path: Path) -> None:
    rows = [("Bridge", "Car", "Lorry"), ("North", "4.10", "11.50"), ("South", "3.70", "9.90")]
    table = "".join(make_row(*row) for row in rows)
    body = rf"\pard {TITLE}\par \pard {STORY}\par {table}\pard Dogs are free.\par"
    (tmp_path / "a.rtf").write_bytes(make_rtf(body))
    text = only_article(load(tmp_path / "a.rtf")).text
    assert text.split("\n\n")[-2:] == [
        "Bridge | Car | Lorry\nBridge: North | Car: 4.10 | Lorry: 11.50\n"
        "Bridge: South | Car: 3.70 | Lorry: 9.90",
        "Dogs are free.",
    ]


def test_cells_with_paragraphs_are_layout(tmp_path: Path) -> None:
    row = make_row(f"{STORY} {STORY}", f"{STORY} Nobody knows.")
    (tmp_path / "a.rtf").write_bytes(make_rtf(rf"\pard {TITLE}\par {row}\pard End.\par"))
    text = only_article(load(tmp_path / "a.rtf")).text
    assert ": The harbour" not in text
    assert "Nobody knows." in text
