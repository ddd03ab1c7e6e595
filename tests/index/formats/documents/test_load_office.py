"""DOCX and ODT: the text as it would be printed, and what is not part of it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats import limits
from loading import articles, load, only_article, only_reason

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
LEAD = "The harbour board of Saltmere closed the old quay on Monday after the storm."


def write_parts(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


def write_body(path: Path, body: str, **others: str) -> Path:
    document = (
        f'<w:document xmlns:w="{W}" xmlns:mc="m" xmlns:v="v"><w:body>{body}</w:body></w:document>'
    )
    parts = {"word/document.xml": document}
    parts |= {f"word/{name}.xml": text for name, text in others.items()}
    return write_parts(path, parts)


def paragraph(runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


# --- Word


def test_a_document_that_another_program_wrote(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Quay closed after storm", 0)
    document.add_paragraph(LEAD)
    document.add_paragraph("The new pier is open", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for row, cells in enumerate((("Pier", "Open"), ("Quay", "Closed"))):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    document.sections[0].header.paragraphs[0].text = "The Saltmere Gazette"
    document.core_properties.author = "Ann Reed"
    document.core_properties.title = "Word Document"
    document.core_properties.created = datetime(2024, 10, 21, tzinfo=UTC)
    path = tmp_path / "quay.docx"
    document.save(str(path))
    article = only_article(load(path))
    assert article.text.split("\n\n") == [
        "Quay closed after storm",
        LEAD,
        "The new pier is open",
        "Pier | Open",
        "Quay | Closed",
    ]
    assert article.author == "Ann Reed"
    assert (article.published, article.date_basis) == (None, "")
    note = "no day of publication is stated; its file was made on 2024-10-21"
    assert article.notes == (note,)
    assert article.source == str(path.resolve())


def test_the_title_of_a_document(tmp_path: Path) -> None:
    path = write_body(
        tmp_path / "quay.docx",
        paragraph(run("The Gazette"))
        + paragraph(run("Quay closed"), '<w:pStyle w:val="Heading1"/>')
        + paragraph(run(LEAD)),
    )
    assert only_article(load(path)).title == "Quay closed"


def test_what_is_printed_and_what_is_not(tmp_path: Path) -> None:
    body = (
        paragraph(
            run("The quay is ")
            + f"<w:del>{run('open')}</w:del><w:ins>{run('closed')}</w:ins>"
            + run(".")
        )
        + paragraph(
            run("Seen.") + run(" Hidden.", "<w:vanish/>") + run(" Shown.", '<w:vanish w:val="0"/>')
        )
        + paragraph(
            "<w:r><w:t>One</w:t><w:tab/><w:t>two</w:t><w:noBreakHyphen/><w:t>three.</w:t></w:r>"
        )
        + paragraph('<w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r>' + run("A link."))
        + paragraph(
            run("Around.")
            + "<w:r><mc:AlternateContent><mc:Choice><v:box><w:txbxContent>"
            + paragraph(run("In a box."))
            + "</w:txbxContent></v:box></mc:Choice><mc:Fallback><v:box><w:txbxContent>"
            + paragraph(run("In a box."))
            + "</w:txbxContent></v:box></mc:Fallback></mc:AlternateContent></w:r>"
        )
        + paragraph(run("An item."), '<w:numPr><w:numId w:val="3"/></w:numPr>')
    )
    notes = (
        f'<w:footnotes xmlns:w="{W}"><w:footnote w:type="separator">'
        f"{paragraph(run('Line.'))}</w:footnote>"
        f"<w:footnote>{paragraph(run('A note.'))}</w:footnote></w:footnotes>"
    )
    article = only_article(load(write_body(tmp_path / "a.docx", body, footnotes=notes)))
    assert article.text.split("\n\n") == [
        "The quay is closed.",
        "Seen. Shown.",
        "One two-three.",
        "A link.",
        "Around.",
        "In a box.",
        "- An item.",
        "A note.",
    ]


def test_cells_with_paragraphs_stay_paragraphs(tmp_path: Path) -> None:
    cell = f"<w:tc>{paragraph(run(LEAD))}{paragraph(run('More of it.'))}</w:tc>"
    body = f"<w:tbl><w:tr>{cell}<w:tc>{paragraph(run('Aside.'))}</w:tc></w:tr></w:tbl>"
    article = only_article(load(write_body(tmp_path / "a.docx", body)))
    assert article.text == f"{LEAD}\n\nMore of it.\n\nAside."


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"a.xml": "<a/>"}, "not a Word document"),
        ({"word/document.xml": "<w:document"}, "invalid XML"),
        (
            {"word/document.xml": "<!DOCTYPE x [<!ENTITY a 'quay'>]><x>&a;</x>"},
            "XML that declares its own entities",
        ),
        ({"word/document.xml": "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"}, "no text in it"),
        (
            {"word/document.xml": "<a>" * 5_000 + "</a>" * 5_000},
            "invalid XML (Excessive depth",
        ),
        ({"word/document.xml": f'<w:document xmlns:w="{W}"/>'}, "no text in it"),
    ],
)
def test_documents_that_are_none(tmp_path: Path, parts: dict[str, str], reason: str) -> None:
    assert only_reason(load(write_parts(tmp_path / "a.docx", parts))).startswith(reason)


def test_external_entities_are_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret", encoding="utf-8")
    text = (
        f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]><w:document xmlns:w="{W}"><w:body>'
        f"{paragraph(run('&a; quay'))}</w:body></w:document>"
    )
    loaded = load(write_parts(tmp_path / "a.docx", {"word/document.xml": text}))
    assert only_reason(loaded) == "XML that declares its own entities"


def test_protected_and_damaged_documents(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(900))
    assert only_reason(load(path)).startswith("protected by a password, or in the format of Office")
    write_body(path, paragraph(run(LEAD)))
    whole = path.read_bytes()
    for length in range(0, len(whole), 40):
        path.write_bytes(whole[:length])
        assert only_reason(load(path))


def test_caps_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_body(tmp_path / "a.docx", paragraph(run("quay " * 5_000)))
    assert "more than 1,000 bytes of text" in only_reason(load(path, max_bytes=1_000))
    with monkeypatch.context() as patch:
        patch.setattr("index.formats.archives.load_zip.MAX_XML_BYTES", 1_000)
        assert "over the limit of 1,000" in only_reason(load(path))
    with monkeypatch.context() as patch:
        patch.setattr("index.formats.archives.load_zip.MAX_DOCUMENT_BYTES", 100)
        assert "over the limit of 100" in only_reason(load(path))
    with monkeypatch.context() as patch:
        patch.setattr(limits, "RATIO_FREE_BYTES", 100)
        patch.setattr(limits, "MAX_RATIO", 3)
        assert only_reason(load(path)) == "it unpacks to more than 3 times its size"


@given(st.data())
def test_any_change_of_a_byte_is_survived(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp()
    whole = bytearray(write_body(folder / "a.docx", paragraph(run(LEAD)) * 3).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = folder / "b.docx"
    path.write_bytes(whole)
    assert load(path)


# --- OpenDocument

ODT = (
    '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:draw="d"'
    ' xmlns:dc="c" xmlns:svg="s"><office:automatic-styles><x>no</x></office:automatic-styles>'
    "<office:body><office:text>%s</office:text></office:body></office:document-content>"
)
META = (
    '<office:document-meta xmlns:office="o" xmlns:dc="c" xmlns:meta="m"><office:meta>'
    "<dc:title>Quay closed</dc:title><meta:initial-creator>Ann Reed</meta:initial-creator>"
    "<meta:creation-date>2024-10-21T09:30:00</meta:creation-date><dc:language>en-GB</dc:language>"
    "</office:meta></office:document-meta>"
)


def test_an_open_document(tmp_path: Path) -> None:
    body = (
        "<text:tracked-changes><text:p>Deleted.</text:p></text:tracked-changes>\n  "
        "<text:h>Quay closed after storm</text:h>\n<text:p>The <text:span>harbour board</text:span>"
        "<text:s/>of<text:s text:c='2'/>Saltmere<text:tab/>met<text:line-break/>on Monday."
        "</text:p>\n"
        "<text:list><text:list-item>\n<text:p>An item.</text:p></text:list-item></text:list>"
        "<text:p>Noted<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        "<text:p>A note.</text:p></text:note-body></text:note> here<office:annotation><text:p>A "
        "comment.</text:p></office:annotation>.</text:p>"
        "<text:p>Around<draw:frame><svg:desc>A picture</svg:desc><draw:text-box><text:p>In a box."
        "</text:p></draw:text-box></draw:frame> it.</text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>Pier</text:p></table:table-cell>\n"
        "<table:table-cell><text:p>Open</text:p></table:table-cell></table:table-row></table:table>"
    )
    path = write_parts(tmp_path / "a.odt", {"content.xml": ODT % body, "meta.xml": META})
    article = only_article(load(path))
    assert article.text.split("\n\n") == [
        "Quay closed after storm",
        "The harbour board of Saltmere met on Monday.",
        "- An item.",
        "Noted here.",
        "Around it.",
        "In a box.",
        "Pier | Open",
        "A note.",
    ]
    assert (article.title, article.author) == ("Quay closed", "Ann Reed")
    assert (article.language, article.published) == ("en", None)
    assert "2024-10-21" in article.notes[0]


def test_open_documents_that_cannot_be_read(tmp_path: Path) -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    parts: dict[str, str | bytes] = {"content.xml": b"\x00\x01", "META-INF/manifest.xml": manifest}
    assert only_reason(load(write_parts(tmp_path / "a.odt", parts))).startswith("encrypted")
    assert (
        only_reason(load(write_parts(tmp_path / "b.odt", {"a": "b"}))) == "not an OpenDocument text"
    )
    broken = {"content.xml": ODT % "<text:p>The quay.</text:p>", "meta.xml": "<meta"}
    assert only_article(load(write_parts(tmp_path / "c.odt", broken))).text == "The quay."
    spaces = {"content.xml": ODT % "<text:p>a<text:s text:c='999999999999'/>b</text:p>"}
    assert only_article(load(write_parts(tmp_path / "d.odt", spaces))).text == "a b"


def test_a_document_inside_an_archive(tmp_path: Path) -> None:
    inner = write_parts(tmp_path / "a.odt", {"content.xml": ODT % "<text:p>The quay.</text:p>"})
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(inner, "letters/a.odt")
    (article,) = articles(load(path))
    assert article.source == f"{path.resolve()}!letters/a.odt"
