"""Tables in web pages, documents and PDFs: the row that is asked about can be told from others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
import fpdf
import pytest

from index.types import Article
from loading import load as load_path
from loading import only_article
from sample_files import STORY, TITLE, make_epub, make_html

ROWS = [
    ("Town", "Rent in crowns", "Change"),
    ("Tarn Bridge", "1,140", "+7.5"),
    ("Moor", "985", "-2"),
]
WANTED = "Town: Moor | Rent in crowns: 985 | Change: -2"


def as_html(rows: Sequence[tuple[str, ...]], *, head: str = "th") -> str:
    first = "".join(f"<{head}>{cell}</{head}>" for cell in rows[0])
    rest = "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in rows[1:])
    return f"<table><thead><tr>{first}</tr></thead><tbody>{rest}</tbody></table>"


@pytest.mark.parametrize("head", ["th", "td"])
def test_a_table_on_a_page(tmp_path: Path, head: str) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(make_html(as_html(ROWS, head=head)))
    assert WANTED in only_article(load_path(path)).text.split("\n")


def test_cells_that_span(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_bytes(
        make_html(
            "<table><tr><th rowspan=2>Town</th><th colspan=2>Rent</th></tr>"
            "<tr><th>2023</th><th>2024</th></tr><tr><td>Moor</td><td>985</td><td>990</td></tr>"
            "<tr><td>Tarn</td><td>700</td><td>710</td></tr></table>"
        )
    )
    text = only_article(load_path(path)).text
    assert "Town: Moor | Rent 2023: 985 | Rent 2024: 990" in text.split("\n")


def test_a_table_in_a_word_document(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph(STORY)
    table = document.add_table(rows=3, cols=3)
    for row, cells in enumerate(ROWS):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    path = tmp_path / "rents.docx"
    document.save(str(path))
    assert WANTED in only_article(load_path(path)).text.split("\n")


def test_a_table_in_a_book(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    body = f"<html><body><h1>{TITLE}</h1><p>{STORY}</p>{as_html(ROWS)}</body></html>"
    path.write_bytes(make_epub(chapter=body))
    assert WANTED in only_article(load_path(path)).text.split("\n")


def test_a_table_in_markdown(tmp_path: Path) -> None:
    lines = [" | ".join(row) for row in ROWS]
    path = tmp_path / "rents.md"
    path.write_text(
        "\n".join([STORY, "", f"| {lines[0]} |", "|---|--:|:-:|", *lines[1:], "", "End."])
    )
    assert WANTED in only_article(load_path(path)).text.split("\n")


def print_rows(path: Path, rows: Sequence[tuple[str, ...]], width: int = 55) -> Article:
    pdf = fpdf.FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(0, 6, STORY, new_x="LMARGIN", new_y="NEXT")
    pdf.ln(6)
    for row in rows:
        for cell in row:
            pdf.cell(width, 6, cell)
        pdf.ln(6)
    pdf.output(str(path))
    loaded = load_path(path)
    (article,) = (item for item in loaded if isinstance(item, Article))
    return article


def test_a_table_in_a_pdf(tmp_path: Path) -> None:
    assert WANTED in print_rows(tmp_path / "rents.pdf", ROWS).text.split("\n")


def test_lines_side_by_side_are_no_sentence(tmp_path: Path) -> None:
    rows = [("The mayor of Moor has resigned after", "a fire in the mill of Tarn killed nobody,")]
    lines = print_rows(tmp_path / "captions.pdf", rows, width=95).text.split("\n")
    assert set(rows[0]) <= set(lines)
