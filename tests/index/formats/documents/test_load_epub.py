"""EPUB: one article for each document of a book or a magazine."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from index.types import Skip
from loading import articles, load, only_article, only_reason, reasons

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
)
PAGE = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"'
    ' xmlns:epub="http://www.idpf.org/2007/ops"><head><title>%s</title><style>p {}</style></head>'
    "<body>%s</body></html>"
)
BODY = "The harbour board of Saltmere closed the old quay on Monday after the storm. "


def write_book(
    path: Path,
    pages: Mapping[str, str],
    *,
    labels: Sequence[tuple[str, str]] = (),
    metadata: str = "<dc:title>Bay Magazine, October</dc:title>",
    extra: Mapping[str, str] | None = None,
    old: bool = False,
) -> Path:
    items = [
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(pages)
    ]
    refs = [f'<itemref idref="i{n}"/>' for n in range(len(pages))]
    parts = {f"OEBPS/{name}": body for name, body in pages.items()}
    toc = ""
    if labels and old:
        items.append('<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>')
        toc = ' toc="ncx"'
        points = "".join(
            f"<navPoint><navLabel><text>{label}</text></navLabel>"
            f'<content src="{target}"/></navPoint>'
            for target, label in labels
        )
        parts["OEBPS/toc.ncx"] = f"<ncx><navMap>{points}</navMap></ncx>"
    elif labels:
        items.append(
            '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
        )
        refs.insert(0, '<itemref idref="nav"/>')
        links = "".join(f'<li><a href="{target}">{label}</a></li>' for target, label in labels)
        parts["OEBPS/nav.xhtml"] = PAGE % (
            "Contents",
            f'<nav epub:type="toc"><ol>{links}</ol></nav>',
        )
    parts["OEBPS/book.opf"] = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{''.join(items)}</manifest>"
        f"<spine{toc}>{''.join(refs)}</spine></package>"
    )
    parts["META-INF/container.xml"] = CONTAINER
    parts |= extra or {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


METADATA = (
    "<dc:title>Bay Magazine, October</dc:title><dc:publisher>Bay Press</dc:publisher>"
    "<dc:creator>Ann Reed</dc:creator><dc:date>2024-10-21T00:00:00+00:00</dc:date>"
    "<dc:language>en-GB</dc:language>"
)


@pytest.mark.parametrize("old", [False, True])
def test_a_magazine(tmp_path: Path, old: bool) -> None:
    pages = {
        "cover.xhtml": PAGE % ("Cover", "<h1>Bay Magazine</h1>"),
        "quay.xhtml": PAGE
        % ("", f"<h2>Quay&nbsp;closed</h2><p>{BODY}</p><ul><li><p>An item.</p></li></ul>"),
        "ferry.xhtml": PAGE
        % ("", "<h2>Ferry late</h2><p>The ferry was<br/>late, <i>again</i>.</p>"),
        "ferry_split_001.xhtml": PAGE % ("", "<p>It was full as well.</p>"),
    }
    labels = [("quay.xhtml", "Quay closed"), ("ferry.xhtml#top", "The late ferry")]
    path = write_book(tmp_path / "bay.epub", pages, labels=labels, metadata=METADATA, old=old)
    quay, ferry = articles(load(path))
    assert quay.title == "Quay closed"
    assert quay.text == f"Quay closed\n\n{BODY.strip()}\n\n- An item."
    assert ferry.title == "The late ferry"
    assert ferry.text == "Ferry late\n\nThe ferry was late, again.\n\nIt was full as well."
    assert quay.source == f"{path.resolve()}!OEBPS/quay.xhtml"
    assert {article.origin for article in (quay, ferry)} == {str(path.resolve())}
    assert quay.article_id != ferry.article_id
    assert (quay.outlet, quay.author, quay.language) == ("Bay Press", "Ann Reed", "en")
    assert (quay.published, quay.date_basis) == (date(2024, 10, 21), "stated")


def test_a_book_without_contents(tmp_path: Path) -> None:
    pages = {
        "title.xhtml": PAGE % ("", "<p>A short page in front.</p>"),
        "a.xhtml": PAGE % ("", f"<h1>One</h1><p>{BODY * 5}</p>"),
        "b.xhtml": PAGE % ("", f"<p>{BODY * 6}</p>"),
    }
    one, two = articles(load(write_book(tmp_path / "a.epub", pages)))
    assert one.title == "One"
    assert one.outlet == "Bay Magazine, October"  # nobody else is named
    assert two.title.startswith("The harbour board")


def test_what_is_not_text(tmp_path: Path) -> None:
    body = (
        "<script>alert(1)</script><p hidden=''>Hidden.</p><nav>Menu</nav>"
        "<p>Seen<a epub:type='noteref'>1</a> here.</p><svg><text>Drawn</text></svg>"
        "<p>&unknown; &lt;b&gt; <ruby>港<rt>みなと</rt></ruby></p>"
    )
    article = only_article(
        load(
            write_book(
                tmp_path / "a.epub", {"a.xhtml": PAGE % ("", body)}, labels=[("a.xhtml", "A")]
            )
        )
    )
    assert "Seen here." in article.text
    for word in ("alert", "Hidden", "Menu", "Drawn", "みなと"):
        assert word not in article.text


def test_a_protected_book(tmp_path: Path) -> None:
    def encryption(uri: str, algorithm: str) -> dict[str, str]:
        return {
            "META-INF/encryption.xml": "<encryption><EncryptedData>"
            f'<EncryptionMethod Algorithm="{algorithm}"/>'
            f'<CipherData><CipherReference URI="{uri}"/></CipherData></EncryptedData></encryption>'
        }

    pages = {
        "a.xhtml": PAGE % ("", f"<h1>A</h1><p>{BODY * 5}</p>"),
        "b.xhtml": PAGE % ("", f"<h1>B</h1><p>{BODY * 5}</p>"),
    }
    locked = encryption("OEBPS/a.xhtml", "http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    path = write_book(tmp_path / "a.epub", pages, extra=locked)
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == ["B"]
    assert [item for item in loaded if isinstance(item, Skip)] == [
        Skip(f"{path}!OEBPS/a.xhtml", "encrypted (protected by a shop's copy protection)")
    ]
    fonts = encryption("OEBPS/font.otf", "http://www.idpf.org/2008/embedding")
    assert len(articles(load(write_book(tmp_path / "b.epub", pages, extra=fonts)))) == 2


def test_paths_that_lead_out_are_looked_up_and_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.xhtml").write_text(PAGE % ("", BODY * 5), encoding="utf-8")
    pages = {"a.xhtml": PAGE % ("", f"<h1>A</h1><p>{BODY * 5}</p>")}
    path = write_book(tmp_path / "a.epub", pages)
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts["OEBPS/book.opf"] = parts["OEBPS/book.opf"].replace(
        b'href="a.xhtml"', b'href="../../secret.xhtml"'
    )
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    assert only_reason(load(path)) == "its part '../secret.xhtml' is missing"


def test_books_that_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.epub"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("a.txt", "text")
    assert only_reason(load(path)) == "not an EPUB"
    assert only_reason(load(write_book(tmp_path / "b.epub", {}))) == "an EPUB without documents"
    assert (
        only_reason(load(write_book(tmp_path / "c.epub", {"a.xhtml": PAGE % ("", "")})))
        == "no text in it"
    )
    path.write_bytes(b"PK")
    assert only_reason(load(path)).startswith("damaged or not a ZIP file")


def test_caps_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = {f"{n}.xhtml": PAGE % ("", f"<h1>No {n}</h1><p>{BODY * 5}</p>") for n in range(4)}
    path = write_book(tmp_path / "a.epub", pages)
    monkeypatch.setattr("index.formats.documents.load_epub.MAX_PAGES", 2)
    loaded = load(path)
    assert [article.title for article in articles(loaded)] == ["No 0", "No 1"]
    assert reasons(loaded) == ["4 documents, over the limit of 2; the others are skipped"]
    assert "more than 100 bytes of text" in reasons(load(path, max_bytes=100))[0]
