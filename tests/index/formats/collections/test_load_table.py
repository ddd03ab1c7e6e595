"""Tables: CSV, TSV and Excel exports with one article a row."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ArticleFormatError, ColumnError
from index.formats import limits
from index.formats.collections.load_table import load_csv
from index.formats.collections.records import (
    column_names,
    match_columns,
    parse_map,
    read_record,
    read_row,
)
from index.types import Article, Skip
from loading import articles, load, only_article, only_reason, reasons, source_file

HEADER = ("Headline", "Published at", "Newspaper", "Body")
ROWS = (
    ("Quay closed", "2024-10-21", "Bay Wire", 'The board said: "closed", and left; at once.'),
    ("Ferry late", "22 October 2024", "The Elin Gazette", "The ferry\nwas late.\n\nIt was full."),
)


def write_csv(
    path: Path, *rows: Sequence[object], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_xlsx(path: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


# --- text files


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_in_any_dialect(tmp_path: Path, delimiter: str, encoding: str) -> None:
    rows = [*ROWS, ("Café à Dünhollow", "2024-10-23", "Bay Wire", "Le café – “fermé” – est là.")]
    path = write_csv(tmp_path / "wire.csv", HEADER, *rows, delimiter=delimiter, encoding=encoding)
    found = articles(load(path))
    assert [article.title for article in found] == [row[0] for row in rows]
    assert [article.published for article in found] == [date(2024, 10, day) for day in (21, 22, 23)]
    assert [article.outlet for article in found] == [row[2] for row in rows]
    assert [article.text.split() for article in found] == [row[3].split() for row in rows]
    # A row is found by the line that it starts on.
    assert [article.source for article in found] == [
        f"{path.resolve()}:{line}" for line in (2, 3, 7)
    ]
    assert {article.origin for article in found} == {str(path.resolve())}
    assert len({article.article_id for article in found}) == 3


def test_a_table_in_another_script(tmp_path: Path) -> None:
    header = ("Заголовок", "Дата", "Издание", "Текст")
    text = "Совет порта закрыл старую набережную после шторма, сообщили в мэрии города. " * 3
    path = write_csv(
        tmp_path / "wire.csv",
        header,
        ("Набережная закрыта", "2024-10-21", "Вестник залива", text),
        delimiter=";",
        encoding="cp1251",
    )
    article = only_article(load(path))
    assert article.title == "Набережная закрыта"
    assert article.text == text.strip()
    assert article.outlet == "Вестник залива"


@pytest.mark.parametrize(
    "header",
    [
        ("Überschrift", "Datum", "Zeitung", "Inhalt"),
        ("Titre", "Date de publication", "Média", "Texte"),
        ("Título", "Fecha", "Medio", "Contenido"),
        ("Titolo", "Data", "Testata", "Testo"),
        ("Manchete", "Data", "Veículo", "Conteúdo"),
        ("Заголовок", "Дата", "Видання", "Зміст"),
        ("标题", "发布时间", "媒体", "正文"),
        ("タイトル", "掲載日", "新聞社", "本文"),
        ("제목", "날짜", "언론사", "본문"),
        ("العنوان", "التاريخ", "الصحيفة", "النص"),
        ("article_title", "publishedAt", "Source.Name", "FULL TEXT"),
    ],
)
def test_columns_are_known_by_name(tmp_path: Path, header: tuple[str, ...]) -> None:
    article = only_article(load(write_csv(tmp_path / "wire.csv", header, ROWS[0])))
    assert (article.title, article.text) == (ROWS[0][0], ROWS[0][3])
    assert (article.published, article.outlet) == (date(2024, 10, 21), "Bay Wire")


def test_columns_that_the_user_names(tmp_path: Path) -> None:
    rows = [("A", "B", "Text"), ("Quay closed", "The quay is closed.", "Not this.")]
    path = write_csv(tmp_path / "wire.csv", *rows)
    columns = parse_map(["title=A,text=B"])
    article = only_article(load(path, columns=columns))
    assert (article.title, article.text) == ("Quay closed", "The quay is closed.")
    assert only_reason(load(path, columns=(("text", "Nope"),))) == (
        "no column is called 'Nope' (3 columns: 'A', 'B', 'Text')"
    )


def test_a_table_without_a_text(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "wire.csv", ("day", "price"), ("2024-10-21", "3"))
    assert only_reason(load(path)) == (
        "no column is known to hold the text (2 columns: 'day', 'price');"
        " name it: --map text=COLUMN"
    )
    assert only_reason(load(write_csv(tmp_path / "b.csv"))) == "empty file"


def test_rows_that_are_no_articles_are_named(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "wire.csv", ("title", "text"), ("Quay", ""), (), ("Pier", "It is open."), ("x",)
    )
    loaded = load(path)
    assert [item.title for item in articles(loaded)] == ["Pier"]
    assert [item for item in loaded if isinstance(item, Skip)] == [
        Skip(f"{path}:2", "'text' is missing"),
        Skip(f"{path}:5", "'text' is missing"),
    ]


def test_own_ids_and_repeated_rows(tmp_path: Path) -> None:
    header = ("id", "text")
    found = articles(load(write_csv(tmp_path / "a.csv", header, ("w-1", "One."), ("", "Two."))))
    assert found[0].article_id == "w-1"
    assert len(found[1].article_id) == 12


def test_numbers_of_rows_count_within_their_file(tmp_path: Path) -> None:
    rows = (("id", "text"), ("1", "One."), ("2", "Two."))
    first = articles(load(write_csv(tmp_path / "may.csv", *rows)))
    other = articles(load(write_csv(tmp_path / "june.csv", *rows)))
    changed = articles(load(write_csv(tmp_path / "may.csv", rows[0], ("2", "Two, changed."))))
    assert len({article.article_id for article in (*first, *other)}) == 4
    assert changed[0].article_id == first[1].article_id
    same = write_csv(tmp_path / "a.csv", ("id", "text"), (7, "One."))
    (tmp_path / "a.json").write_text('{"id": 7, "text": "One."}', encoding="utf-8")
    assert only_article(load(same)).article_id != only_article(load(tmp_path / "a.json")).article_id


def test_what_excel_writes_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "wire.csv"
    path.write_bytes(b"sep=;\r\ntitle;text\r\nQuay;It is closed, at last.\r\n")
    article = only_article(load(path))
    assert article.text == "It is closed, at last."
    assert article.source.endswith(":3")


def test_backslashes_that_escape(tmp_path: Path) -> None:
    path = tmp_path / "wire.csv"
    path.write_text('title,text\nQuay,"He said \\"no\\", and left."\n', encoding="utf-8")
    assert only_article(load(path)).text == 'He said "no", and left.'


def test_a_quotation_mark_without_an_end(tmp_path: Path) -> None:
    path = tmp_path / "wire.csv"
    lines = ["title,text", "Quay,It is closed.", 'Pier,"It is', *["a,b"] * 5]
    path.write_text("\n".join(lines), encoding="utf-8")
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == ["Quay"]
    assert reasons(loaded) == [
        "the row on line 3 has an unclosed quotation mark; reading ends there"
    ]
    # One that is a sign of measure does no harm.
    path.write_text('title,text\nPipe,A 5" pipe.\nQuay,It is closed.\n', encoding="utf-8")
    assert [article.text for article in articles(load(path))] == ['A 5" pipe.', "It is closed."]


def test_a_huge_cell_costs_its_row(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "wire.csv", ("title", "text"), ("Long", "quay " * 100), ("Quay", "It is closed.")
    )
    loaded = load(path, max_bytes=600)
    assert [article.title for article in articles(loaded)] == ["Long", "Quay"]
    loaded = load(path, max_bytes=400)
    assert reasons(loaded) == ["a line of more than 400 characters; reading ends there"]
    many = write_csv(tmp_path / "many.csv", ("title", "text"), ("a\nb " * 90, "c"), ("Quay", "d"))
    assert articles(load(many, max_bytes=300))[-1].text == "d"


def test_caps_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(
        tmp_path / "wire.csv", ("title", "text"), *[("Quay", f"No {n}.") for n in range(9)]
    )
    monkeypatch.setattr("index.formats.collections.load_table.MAX_ROWS", 5)
    loaded = load(path)
    assert len(articles(loaded)) == 4
    assert reasons(loaded) == ["more than 5 rows, the limit for a table"]
    wide = write_csv(tmp_path / "wide.csv", ("title", "text"), ["x"] * 3_000)
    assert only_reason(load(wide)) == "3,000 cells, over the limit of 2,000 for a row"
    monkeypatch.setattr("index.formats.files.MAX_COLLECTION_BYTES", 10)
    assert "over the limit of 10" in only_reason(load(path))


@pytest.mark.parametrize("content", [b"\x00\x01\x02" * 99, b"%PDF-1.7 text", b"PK\x03\x04 text"])
def test_what_is_no_table(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wire.csv"
    path.write_bytes(content)
    assert only_reason(load(path)).endswith("not text")


def test_a_large_table_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "wire.csv"
    with path.open("w", encoding="utf-8") as stream:
        stream.write("title,text\r\n")
        for number in range(800):
            stream.write(f'"Quay {number}","' + "The quay is closed. " * 500 + '"\r\n')
    assert path.stat().st_size > 8_000_000
    rows = load_csv(source_file(path), 20_000)
    tracemalloc.start()
    try:
        assert isinstance(next(rows)[1], Article)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4_000_000


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), max_size=6))
def test_any_table_gives_articles_or_skips(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    text = io.StringIO()
    csv.writer(text).writerows([("title", "text"), *rows])
    path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    load(path)


@given(st.binary(max_size=400))
def test_any_bytes_give_articles_or_skips(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "bytes.csv"
    path.write_bytes(b"title,text\n" + data)
    load(path)


# --- workbooks


def test_a_workbook(tmp_path: Path) -> None:
    rows = [
        ("id", "Title", "Date", "Text", "Source"),
        (7, "Quay closed", datetime(2024, 10, 21, 9, 30), "The quay is closed.", "Bay Wire"),
        (None, None, None, None, None),
        (8.0, "Ferry late", date(2024, 10, 22), "The ferry was late.", "Bay Wire"),
    ]
    path = write_xlsx(tmp_path / "wire.xlsx", Wire=rows)
    found = articles(load(path))
    assert all(len(article.article_id) == 12 for article in found)
    assert [article.title for article in found] == ["Quay closed", "Ferry late"]
    assert [article.published for article in found] == [date(2024, 10, 21), date(2024, 10, 22)]
    assert {article.outlet for article in found} == {"Bay Wire"}


def test_the_sheets_of_a_workbook(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "wire.xlsx",
        May=[("Title", "Text"), ("Quay", "It is closed.")],
        Prices=[("day", "price"), (1, 2)],
        June=[("Headline", "Body"), ("Pier", "It is open.")],
    )
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == ["Quay", "Pier"]
    assert articles(loaded)[0].source == f"{path.resolve()}!May:2"
    (skip,) = [item for item in loaded if isinstance(item, Skip)]
    assert skip.source == f"{path}!Prices"
    assert skip.reason.startswith("no column is known to hold the text (2 columns: 'day', 'price')")


def test_formulas_are_not_evaluated(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "wire.xlsx",
        S=[("Title", "Text"), ('=HYPERLINK("x")', "It is closed."), ("a", "=1+1")],
    )
    loaded = load(path)
    assert articles(loaded)[0].title == "It is closed."
    assert reasons(loaded) == ["'text' is missing"]


def test_a_workbook_that_claims_a_million_columns(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", S=[("Title", "Text"), ("Quay", "It is closed.")])
    rewrite(path, "xl/worksheets/sheet1.xml", b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert only_article(load(path)).text == "It is closed."


def test_a_row_that_claims_to_be_far_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", S=[("Title", "Text"), ("Quay", "It is closed.")])
    rewrite(path, "xl/worksheets/sheet1.xml", b'<row r="2"', b'<row r="99999999999"')
    monkeypatch.setattr("index.formats.collections.load_table.MAX_SHEET_ROWS", 1_000)
    assert only_reason(load(path)) == "more than 1,000 rows, the limit for a table"


def test_workbooks_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"Title,Text\n")
    assert only_reason(load(path)) == "damaged or not a ZIP file (no table of contents)"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert only_reason(load(path)).startswith("protected by a password")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "text")
    assert only_reason(load(path)).startswith("damaged")


def test_a_workbook_with_entities(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", S=[("Title", "Text"), ("Quay", "It is closed.")])
    bomb = b'<!DOCTYPE x [<!ENTITY a "quay"><!ENTITY b "&a;&a;&a;&a;">]><worksheet '
    rewrite(path, "xl/worksheets/sheet1.xml", b"<worksheet ", bomb)
    assert articles(load(path)) == []


def test_a_workbook_that_unpacks_to_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", S=[("Title", "Text"), ("Quay", "a" * 30_000)])
    monkeypatch.setattr(limits, "RATIO_FREE_BYTES", 100)
    monkeypatch.setattr(limits, "MAX_RATIO", 5)
    assert only_reason(load(path)) == "it unpacks to more than 5 times its size"


def rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    """Change a part of a package."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)


# --- names


def test_every_field_is_called_by_its_own_name() -> None:
    for field, names in column_names().items():
        assert names[0] == field.replace("_", "")
        assert all(names), field


def test_the_likeliest_column_that_is_filled() -> None:
    matched = match_columns(["summary", "text", "Title"], place="a")
    assert read_row(["Short.", "Long.", "Quay"], matched) == {"text": "Long.", "title": "Quay"}
    assert read_row(["Short.", " "], matched) == {"text": "Short."}


def test_mappings_of_the_command_line() -> None:
    assert parse_map(["title=Headline,text=Body", "date = Published, on"]) == (
        ("title", "Headline"),
        ("text", "Body"),
        ("date", "Published, on"),
    )
    for option in ("title", "nonsense=Body", "text=", "=Body"):
        with pytest.raises(ColumnError, match="give FIELD=COLUMN"):
            parse_map([option])


@pytest.mark.parametrize(
    ("record", "fields"),
    [
        (
            {
                "title": "Q",
                "source": {"id": None, "name": "Bay Wire"},
                "content": "C",
                "publishedAt": "2024",
            },
            {"title": "Q", "source": "Bay Wire", "text": "C", "date": "2024"},
        ),
        (
            {"headline": {"main": "Q"}, "byline": {"original": "By A"}, "body": ["One.", "Two."]},
            {"title": "Q", "author": "By A", "text": "One.\n\nTwo."},
        ),
        (
            {"_id": "7", "_source": {"text": "C", "date": 1_729_500_000}},
            {"id": "7", "text": "C", "date": datetime.fromisoformat("2024-10-21T08:40:00+00:00")},
        ),
        (
            {"webTitle": "Q", "webUrl": "https://a.example", "fields": {"bodyText": "C"}},
            {"title": "Q", "url": "https://a.example", "text": "C"},
        ),
        (
            {"articleBody": "C", "author": [{"name": "A"}, {"name": "B"}], "inLanguage": "en"},
            {"text": "C", "author": "A, B", "language": "en"},
        ),
        ({"text": "", "id": ""}, {"text": "", "id": ""}),
        ({"text": None}, {}),
    ],
)
def test_records_of_other_exports(record: dict[str, object], fields: dict[str, object]) -> None:
    assert read_record(record) == fields


def test_keys_that_the_user_names() -> None:
    record = {"data": {"body": {"en": "C"}}, "text": "Not this."}
    assert read_record(record, [("text", "data.body.en")])["text"] == "C"
    assert "text" not in read_record(record, [("text", "data.nope")])


@given(st.lists(st.text(max_size=20), max_size=6))
def test_any_header_matches_or_is_refused(names: list[str]) -> None:
    try:
        matched = match_columns(names, place="a")
    except ArticleFormatError as error:
        assert error.reason.isprintable()  # noqa: PT017  (either outcome is right)
    else:
        assert all(0 <= number < len(names) for found in matched.values() for number in found)


def test_other_days_of_a_column_settle_which_number_is_the_day(tmp_path: Path) -> None:
    rows = [("03/04/2024", "One"), ("23/04/2024", "Two")]
    path = tmp_path / "days.csv"
    lines = [
        f'{day},{title},"The quay of Saltmere is closed, the board said."' for day, title in rows
    ]
    path.write_text("\n".join(["Date,Title,Text", *lines]))
    first, second = articles(load(path))
    assert (first.published, first.date_basis) == (date(2024, 4, 3), "column")
    assert (second.published, second.date_basis) == (date(2024, 4, 23), "stated")
    path.write_text("\n".join(["Date,Title,Text", lines[0]]))
    (alone,) = articles(load(path))
    assert alone.published is None
    assert "03/04/2024" in alone.notes[0]
