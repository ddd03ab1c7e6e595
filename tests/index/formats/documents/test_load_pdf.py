"""PDF: text, columns, running titles, broken words, and pages that are exactly where they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pypdfium2
import pytest
from fpdf import FPDF
from fpdf.enums import AccessPermission, EncryptionMethod
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from index.formats.documents import pdf_ocr
from index.formats.documents.load_pdf import FIRST_MARK, name_pages, take_out_marks
from index.formats.documents.pdf_layout import find_issue_date, lay_out
from index.formats.documents.pdf_pages import Line, PdfPage, is_unreadable
from index.language.words import word_ranks
from index.types import Article, Skip
from loading import articles, load, only_article, only_reason, reasons

PARAGRAPHS = (
    "The harbour board of Saltmere closed the old quay on Monday after the storm had broken two"
    " of its piles, and said that it would stay closed until the spring.",
    "Ferries leave from the new pier, which has room for one of them at a time. The first of the"
    " morning was forty minutes late, and the last did not go at all.",
    "Nobody has said what the repair will cost. The board meets again on Thursday, and the town"
    " has asked for a seat at its table.",
    "A fisherman who has his boat there said that he had warned of it for years.",
)


class Paper(FPDF):
    """A document with a running title and page numbers, where they are asked for."""

    running = ""

    def header(self) -> None:
        if self.running:
            self.set_font("Helvetica", size=8)
            self.cell(0, 8, self.running, new_x="LMARGIN", new_y="NEXT")
            self.set_font("Times", size=11)

    def footer(self) -> None:
        if self.running:
            self.set_y(-15)
            self.set_font("Helvetica", size=8)
            self.cell(0, 8, f"Page {self.page_no()}", align="C")


def new_paper(running: str = "") -> Paper:
    paper = Paper()
    paper.running = running
    paper.set_font("Times", size=11)
    return paper


def write_page(paper: FPDF, paragraphs: Sequence[str]) -> None:
    paper.add_page()
    for paragraph in paragraphs:
        paper.multi_cell(0, 5.5, paragraph, new_x="LMARGIN", new_y="NEXT")
        paper.ln(3)


def save(paper: FPDF, path: Path) -> Path:
    paper.output(str(path))
    return path


def pages_of(article: Article) -> list[str]:
    ends = [*article.pages[1:], len(article.text)]
    return [article.text[start:end] for start, end in zip(article.pages, ends, strict=True)]


# --- text


def test_paragraphs_and_properties(tmp_path: Path) -> None:
    paper = new_paper()
    paper.set_title("Quay closed after storm")
    paper.set_author("Ann Reed")
    paper.set_creation_date(datetime(2024, 10, 21, 9, 30, tzinfo=UTC))
    write_page(paper, PARAGRAPHS)
    path = save(paper, tmp_path / "quay.pdf")
    article = only_article(load(path))
    assert article.text == "\n\n".join(PARAGRAPHS)
    assert article.title == "Quay closed after storm"
    assert article.author == "Ann Reed"
    assert (article.published, article.date_basis) == (None, "")
    assert "its file was made on 2024-10-21" in article.notes[0]
    assert article.pages == (0,)
    assert article.source == article.origin == str(path.resolve())


def test_a_date_in_the_text_goes_before_that_of_the_file(tmp_path: Path) -> None:
    paper = new_paper()
    paper.set_creation_date(datetime(2025, 1, 2, tzinfo=UTC))
    write_page(paper, ["Quay closed", "21 October 2024", *PARAGRAPHS])
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert (article.published, article.date_basis) == (date(2024, 10, 21), "dateline")


def test_each_page_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    paper = new_paper(running="The Saltmere Gazette   21 October 2024")
    texts = [
        [f"Page {word} begins. {PARAGRAPHS[i]}", PARAGRAPHS[3]]
        for i, word in enumerate(["one", "two", "three"])
    ]
    for paragraphs in texts:
        write_page(paper, paragraphs)
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert [page.strip() for page in pages_of(article)] == ["\n\n".join(text) for text in texts]
    # The running title is gone, and what it said about the day is not.
    assert "Gazette" not in article.text
    assert (article.published, article.date_basis) == (date(2024, 10, 21), "dateline")


def test_a_sentence_that_goes_over_a_page(tmp_path: Path) -> None:
    paper = new_paper()
    write_page(paper, [PARAGRAPHS[0], "The mayor said that the quay would not be"])
    write_page(paper, [])
    write_page(paper, ["opened before May, whatever it cost.", PARAGRAPHS[1]])
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert "the quay would not be opened before May" not in article.text  # a blank page parts them
    paper = new_paper()
    write_page(paper, [PARAGRAPHS[0], "The mayor said that the quay would not be re-"])
    write_page(paper, ["paired before May, whatever it cost.", PARAGRAPHS[1]])
    article = only_article(load(save(paper, tmp_path / "b.pdf")))
    assert "the quay would not be repaired before May" in article.text
    assert pages_of(article)[1].startswith("paired before May")


def test_two_columns(tmp_path: Path) -> None:
    paper = new_paper()
    paper.add_page()
    with paper.text_columns(ncols=2, gutter=8, text_align="J") as columns:
        for paragraph in PARAGRAPHS * 9:
            columns.write(paragraph)
            columns.ln()
            columns.ln()
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert article.text == "\n\n".join(PARAGRAPHS * 9)


def test_columns_that_are_drawn_line_by_line(tmp_path: Path) -> None:
    paper = new_paper()
    paper.add_page()
    left, right = (paragraph_lines(paper, PARAGRAPHS[number], 80) for number in (0, 1))
    for number in range(max(len(left), len(right))):
        for x, lines in ((10, left), (110, right)):
            if number < len(lines):
                paper.text(x, 30 + 5 * number, lines[number])
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert " ".join(article.text.split()) == f"{PARAGRAPHS[0]} {PARAGRAPHS[1]}"


def paragraph_lines(paper: FPDF, text: str, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if paper.get_string_width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def test_words_that_are_broken_at_line_ends(tmp_path: Path) -> None:
    paper = new_paper()
    paper.add_page()
    lines = [
        "The harbour board of Saltmere said on Monday that the govern-",
        "ment would not pay for the repair of the quay, which the vice-",
        "president of the board had asked for in October and again in",
        "November. The Anglo-Norwegian firm that built it in 1974 is",
        "no longer there.",
    ]
    for number, line in enumerate(lines):
        paper.text(20, 30 + 5 * number, line)
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    words = " ".join(lines).replace("govern- ment", "government").replace("vice- ", "vice-")
    assert article.text == words


def test_narrow_columns_with_indented_paragraphs(tmp_path: Path) -> None:
    paper = new_paper()
    paper.add_page()
    paper.set_font("Times", size=9)
    for column in range(3):
        number = 0
        for paragraph in PARAGRAPHS * 3:
            for place, line in enumerate(paragraph_lines(paper, paragraph, 52)):
                paper.text(15 + 62 * column + (0 if place else 4), 30 + 4 * number, line)
                number += 1
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert article.text == "\n\n".join(PARAGRAPHS * 9)


def test_a_headline_is_the_title_where_the_properties_have_none(tmp_path: Path) -> None:
    for title in ("", "gazette_p1.indd", "Microsoft Word - Dokument1"):
        paper = new_paper()
        paper.set_title(title)
        paper.add_page()
        paper.set_font("Times", "B", 22)
        paper.multi_cell(
            0,
            10,
            "Quay closed after the worst storm in forty years, and it stays closed until spring",
            new_x="LMARGIN",
            new_y="NEXT",
        )
        paper.set_font("Times", size=11)
        for paragraph in PARAGRAPHS:
            paper.multi_cell(0, 5.5, paragraph, new_x="LMARGIN", new_y="NEXT")
        article = only_article(load(save(paper, tmp_path / "a.pdf")))
        assert article.title == (
            "Quay closed after the worst storm in forty years, and it stays closed until spring"
        )


# --- what cannot be read


@pytest.fixture(autouse=True)
def _without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_ocr, "is_available", lambda: False)


def picture() -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("L", (60, 80), 200).save(stream, "PNG")
    stream.seek(0)
    return stream


def test_scanned_pages_are_named(tmp_path: Path) -> None:
    paper = new_paper()
    write_page(paper, PARAGRAPHS[:2])
    for _ in range(3):
        paper.add_page()
        paper.image(picture(), 0, 0, 210, 297)
    write_page(paper, PARAGRAPHS[2:])
    paper.add_page()
    paper.image(picture(), 0, 0, 210, 297)
    path = save(paper, tmp_path / "a.pdf")
    loaded = load(path)
    (article,) = articles(loaded)
    assert [page.strip() for page in pages_of(article)] == [
        "\n\n".join(PARAGRAPHS[:2]),
        "",
        "",
        "",
        "\n\n".join(PARAGRAPHS[2:]),
        "",
    ]
    (skip,) = [item for item in loaded if isinstance(item, Skip)]
    assert skip.source == str(path)
    assert skip.reason.startswith("pages 2–4 and 6 of 6: pictures without a text layer (scanned)")


def scan(path: Path, n_pages: int) -> Path:
    paper = new_paper()
    for _ in range(n_pages):
        paper.add_page()
        paper.image(picture(), 0, 0, 210, 297)
    return save(paper, path)


def read_two_columns(picture: pdf_ocr.Picture) -> list[tuple[str, pdf_ocr.Box]]:
    """Read the same from every picture, line by line across the columns, as a model may."""
    height, width, n_colours = picture.shape
    assert n_colours == 3
    assert picture.mean() < 255
    assert (height > 2_000) == (width > 1_500)
    lines = [("Quay closed after storm", (100.0, 100.0, 1_400.0, 160.0))]
    for number, (left, right) in enumerate(
        [("The board closed the", "Ferries leave from the"), ("quay on Monday.", "new pier.")]
    ):
        top = 400.0 + 50 * number
        lines.append((left, (100.0, top, 700.0, top + 30)))
        lines.append((right, (900.0, top, 1_500.0, top + 30)))
    return lines


def test_a_scan_is_read_where_ocr_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_ocr, "is_available", lambda: True)
    monkeypatch.setattr(pdf_ocr, "load_ocr", lambda: read_two_columns)
    article = only_article(load(scan(tmp_path / "a.pdf", 1)))
    assert article.text == (
        "Quay closed after storm\n\nThe board closed the quay on Monday.\n\n"
        "Ferries leave from the new pier."
    )
    monkeypatch.setattr(pdf_ocr, "load_ocr", lambda: lambda _: [])
    reason = only_reason(load(scan(tmp_path / "b.pdf", 2)))
    assert reason.startswith(
        "pages 1–2 of 2: pictures without a text layer (scanned); without text"
    )


def test_ocr_has_limited_time(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument(scan(tmp_path / "a.pdf", 3).read_bytes())
    with document:
        pages = [PdfPage((), 595.0, 842.0, is_scanned=number != 1) for number in range(3)]
        read = pdf_ocr.read_pictures(document, pages, read=read_two_columns)
        assert [page.is_scanned for page in read] == [False, False, False]
        assert [len(page.lines) for page in read] == [5, 0, 5]
        read = pdf_ocr.read_pictures(document, pages, read=read_two_columns, max_seconds=-1.0)
        assert read == pages


def test_a_scan_is_no_article(tmp_path: Path) -> None:
    paper = new_paper()
    paper.add_page()
    paper.image(picture(), 0, 0, 210, 297)
    assert only_reason(load(save(paper, tmp_path / "a.pdf"))).startswith("page 1 of 1: pictures")
    paper = new_paper()
    paper.add_page()
    assert only_reason(load(save(paper, tmp_path / "b.pdf"))) == "no text in it"


def test_an_encrypted_pdf(tmp_path: Path) -> None:
    for user, is_open in (("secret", False), ("", True)):
        paper = new_paper()
        paper.set_encryption(
            owner_password="owner",  # noqa: S106  (made up)
            user_password=user,
            encryption_method=EncryptionMethod.RC4,
            permissions=AccessPermission.none(),
        )
        write_page(paper, PARAGRAPHS)
        loaded = load(save(paper, tmp_path / "a.pdf"))
        if is_open:
            assert only_article(loaded).text == "\n\n".join(PARAGRAPHS)
        else:
            assert only_reason(loaded).startswith("encrypted with a password")


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"text", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>"])
def test_what_is_no_pdf(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    assert only_reason(load(path)) == "damaged or not a PDF"
    path.write_bytes(b"")
    assert only_reason(load(path)) == "empty file"


def test_a_truncated_pdf_gives_what_can_be_read_or_is_named(tmp_path: Path) -> None:
    paper = new_paper()
    for _ in range(3):
        write_page(paper, PARAGRAPHS)
    whole = save(paper, tmp_path / "a.pdf").read_bytes()
    for share in (0.2, 0.5, 0.8, 0.95):
        path = tmp_path / "b.pdf"
        path.write_bytes(whole[: int(share * len(whole))])
        assert load(path)


def test_caps_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = new_paper()
    for number in range(4):
        write_page(paper, PARAGRAPHS[number:])
    path = save(paper, tmp_path / "a.pdf")
    assert "more than 100 bytes of text" in only_reason(load(path, max_bytes=100))
    monkeypatch.setattr("index.formats.documents.pdf_pages.MAX_PAGE_CHARS", 50)
    loaded = load(path)
    assert reasons(loaded) == ["pages 1–4: too many characters, cut off"]
    assert len(articles(loaded)[0].text) < 300
    monkeypatch.setattr("index.formats.documents.pdf_pages.MAX_PAGE_CHARS", 50_000)
    monkeypatch.setattr("index.formats.documents.load_pdf.MAX_PAGES", 2)
    loaded = load(path)
    assert reasons(loaded) == ["4 pages, over the limit of 2; the others are skipped"]
    assert len(articles(loaded)[0].pages) == 2
    monkeypatch.setattr("index.formats.documents.load_pdf.MAX_DOCUMENT_BYTES", 100)
    assert "over the limit of 100" in only_reason(load(path))


# --- layout, without a PDF


def page_of(*texts: str, height: float = 10.0, top: float = 700.0) -> PdfPage:
    lines = tuple(
        Line(text, 50.0, 50.0 + 6 * len(text), top - 12 * i - height, top - 12 * i)
        for i, text in enumerate(texts)
    )
    return PdfPage(lines, 600.0, 800.0)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("They said that the govern-", "ment would not answer them.", "the government would"),
        ("They met the vice-", "president of the whole board.", "the vice-president of"),
        ("He flew from the Anglo-", "Saxon kings of the far north.", "the Anglo-Saxon kings"),
        ("It was a self-made Hafen-", "behörde which sat there all day.", "Hafenbehörde which"),
        ("They came in 2024-", "25 and never went away at all.", "in 2024-25 and"),
        (
            "这个港口的委员会关闭了旧的码头并且说直到",
            "春天才会重新开放给所有的人们使用。",
            "直到春天",
        ),
    ],
)
def test_words_that_are_broken(first: str, second: str, joined: str) -> None:
    layout = lay_out([page_of(first, second)], word_ranks())
    assert joined in " ".join(layout.pages[0])


def test_the_document_tells_a_compound_from_a_broken_word() -> None:
    pages = [page_of("Their ball-", "room was closed. The ball-room has gone, ball-room and all.")]
    assert "Their ball-room was" in lay_out(pages, word_ranks()).pages[0][0]


def test_running_titles_go_and_lines_of_text_stay() -> None:
    pages = []
    for number in range(1, 7):
        head = Line(f"THE GAZETTE {number}", 50, 150, 780, 790)
        foot = Line(str(number), 300, 306, 10, 20)
        body = page_of("The quay is closed.", "The quay is closed.").lines
        pages.append(PdfPage((head, *body, foot), 600, 800))
    layout = lay_out(pages, {})
    assert {" ".join(page) for page in layout.pages} == {"The quay is closed. The quay is closed."}
    assert "THE GAZETTE 1" in layout.removed


def test_text_that_pages_start_with_alike_stays(tmp_path: Path) -> None:
    paper = new_paper()
    for number in range(3):
        write_page(paper, [PARAGRAPHS[0], PARAGRAPHS[number]])
    article = only_article(load(save(paper, tmp_path / "a.pdf")))
    assert article.text.count(PARAGRAPHS[0]) == 4


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("The Gazette | Monday, 21 October 2024 | 3", "Monday, 21 October 2024"),
        ("The Saltmere Gazette 21 October 2024", "21 October 2024"),
        ("2024-10-21 The Gazette of Saltmere", "2024-10-21"),
        ("The Gazette, 03/04/2024", ""),
        ("Volume 21, October 2024", ""),
    ],
)
def test_the_day_of_an_issue(line: str, found: str) -> None:
    assert find_issue_date([line]) == found


def test_fonts_that_do_not_say_their_letters() -> None:
    assert is_unreadable("\ue001\ue002 \ue003 a")
    assert not is_unreadable("The quay is closed.")
    assert not is_unreadable("")


def test_page_numbers_in_a_line() -> None:
    assert name_pages([3]) == "page 3"
    assert name_pages([1, 2, 3, 7, 9, 10]) == "pages 1–3, 7 and 9–10"
    assert name_pages(range(1, 100, 2)).endswith("23 and 38 more")


@given(st.lists(st.text("ab \n", max_size=5), min_size=1, max_size=8))
def test_marks_give_exact_pages(texts: list[str]) -> None:
    marked = "".join(
        (chr(FIRST_MARK + number) if number and text.strip() else "") + text
        for number, text in enumerate(texts)
    )
    article = take_out_marks(Article("a", "T", marked), len(texts))
    assert article.text == "".join(texts)
    assert len(article.pages) == len(texts)
    assert list(article.pages) == sorted(article.pages)
    for number, text in enumerate(texts):
        if text.strip():
            start = article.pages[number]
            assert article.text[start:].startswith(text)


def test_a_table_with_an_empty_cell_keeps_its_headers(tmp_path: Path) -> None:
    rows = [
        ("Ferry", "Cars", "Fare 2023", "Fare 2024"),
        *(("Alba", "40", "11.00", "12.50"), ("Inch", "22", "", "9.00")),
        ("Tern", "18", "7.50", "8.00"),
    ]
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=11)
    pdf.multi_cell(0, 6, PARAGRAPHS[0], new_x="LMARGIN", new_y="NEXT")
    for row in rows:
        for cell in row:
            pdf.cell(45, 6, cell)
        pdf.ln(6)
    (tmp_path / "a.pdf").write_bytes(bytes(pdf.output()))
    text = only_article(load(tmp_path / "a.pdf")).text
    assert "Ferry: Inch | Cars: 22 | Fare 2024: 9.00" in text.split("\n")
    assert "Ferry: Tern | Cars: 18 | Fare 2023: 7.50 | Fare 2024: 8.00" in text.split("\n")
