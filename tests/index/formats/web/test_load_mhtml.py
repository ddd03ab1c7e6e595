"""Web pages saved as one file: the page in it, its address, its encoding."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.formats.files import SourceFile
from index.formats.load import load_file
from index.types import Article, Skip

URL = "https://gazette.example/2024/10/21/quay"
STORY = (
    "The harbour board of Saltmere has closed the old quay after a storm tore two cranes loose.",
    "Ferries now leave from Marrow Bay, eleven kilometres to the north, until the end of the week.",
)
PAGE = (
    "<html><head><title>Quay closed after storm</title></head><body><nav><a href='/'>Home</a></nav>"
    f"<article><h1>Quay closed after storm</h1><p>{STORY[0]}</p><p>{STORY[1]}</p></article>"
    "</body></html>"
)
HEAD = (
    "From: <Saved by a browser>\r\nSnapshot-Content-Location: https://gazette.example/snapshot\r\n"
    "Subject: Quay closed after storm\r\nMIME-Version: 1.0\r\n"
    'Content-Type: multipart/related; type="text/html"; boundary="EDGE"\r\n\r\n'
)


def part(body: str, *headers: str) -> str:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"--EDGE\r\n{lines}\r\n{body}\r\n"


def load(
    content: str | bytes, *, name: str = "page.mhtml", max_bytes: int = 20_000_000
) -> Article | Skip:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    file = SourceFile(Path("/pages") / name, name, Path(name).suffix, content=data)
    ((_, loaded),) = load_file(file, max_bytes)
    return loaded


def saved(*parts: str) -> str:
    return f"{HEAD}{''.join(parts)}--EDGE--\r\n"


@pytest.mark.parametrize("name", ["page.mhtml", "page.mht"])
def test_a_saved_page(name: str) -> None:
    html = part(PAGE, "Content-Type: text/html; charset=utf-8", f"Content-Location: {URL}#top")
    picture = part("iVBORw0KGgo=", "Content-Type: image/png", "Content-Transfer-Encoding: base64")
    article = load(saved(html, picture), name=name)
    assert isinstance(article, Article)
    assert article.text == "\n\n".join(("Quay closed after storm", *STORY))
    assert article.title == "Quay closed after storm"
    assert article.url == article.source == URL
    assert article.date_basis == "address"
    assert article.published is not None
    assert article.published.isoformat() == "2024-10-21"


def test_the_address_of_the_snapshot_serves_where_the_page_has_none() -> None:
    article = load(saved(part(PAGE, "Content-Type: text/html")))
    assert isinstance(article, Article)
    assert article.url == "https://gazette.example/snapshot"
    odd = load(saved(part(PAGE, "Content-Type: text/html", "Content-Location: cid:frame@x")))
    assert isinstance(odd, Article)
    assert odd.url == "https://gazette.example/snapshot"


def test_the_root_is_the_part_that_the_message_starts_from() -> None:
    head = HEAD.replace("boundary=", 'start="<main@x>"; boundary=')
    frame = part(
        "<html><body><p>An advert in a frame, saved with the page.</p></body></html>",
        "Content-Type: text/html",
        "Content-ID: <frame@x>",
    )
    root = part(PAGE, "Content-Type: text/html", "Content-ID: <main@x>")
    article = load(f"{head}{frame}{root}--EDGE--\r\n")
    assert isinstance(article, Article)
    assert STORY[0] in article.text


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
def test_transfer_encodings_and_charsets(encoding: str) -> None:
    import base64
    import quopri

    html = PAGE.replace("storm tore", "Sturm – “Föhn” – tore").encode("cp1252")
    packed = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}
    body = packed.get(encoding, bytes)(html).decode("latin-1")
    headers = (
        "Content-Type: text/html; charset=windows-1252",
        f"Content-Transfer-Encoding: {encoding}",
    )
    article = load(saved(part(body, *headers)).encode("latin-1"))
    assert isinstance(article, Article)
    assert "Sturm – “Föhn” – tore" in article.text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "empty file"),
        ("words without a header", "not a message"),
        (HEAD, "no web page in it"),
        (saved(part("x", "Content-Type: image/png")), "no web page in it"),
        (saved(part("", "Content-Type: text/html")), "is empty"),
        (saved(part("<html><body></body></html>", "Content-Type: text/html")), "no main text"),
        (saved(part("!!!", "Content-Type: text/html", "Content-Transfer-Encoding: base64")), ""),
    ],
)
def test_what_holds_no_page(content: str, reason: str) -> None:
    skip = load(content)
    assert isinstance(skip, Skip)
    assert reason in skip.reason
    assert "\n" not in skip.reason


def test_pictures_do_not_count_and_a_large_page_does() -> None:
    html = part(PAGE, "Content-Type: text/html")
    picture = part("A" * 50_000, "Content-Type: image/png", "Content-Transfer-Encoding: base64")
    assert isinstance(load(saved(html, picture), max_bytes=10_000), Article)
    skip = load(saved(html, picture), max_bytes=100)
    assert isinstance(skip, Skip)
    assert "over the limit of 100" in skip.reason


def test_parts_in_parts_without_end() -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="B{n}"\r\n\r\n--B{n}\r\n' for n in range(3_000)
    )
    loaded = load(f"From: x\r\n{nested}Content-Type: text/html\r\n\r\n{PAGE}")
    assert isinstance(loaded, Article | Skip)


@given(st.binary(max_size=300))
def test_any_bytes_give_one_result(data: bytes) -> None:
    assert isinstance(load(HEAD.encode() + data), Article | Skip)
