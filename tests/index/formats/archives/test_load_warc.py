"""WARC: pages with the addresses that they came from."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

import pytest

from index.formats.archives.load_warc import load_warc
from index.formats.files import SourceFile
from index.types import Loaded, Skip
from loading import only_reason, source_file

PAGE = b"<html><body><p>The harbour board has closed the old quay.</p></body></html>"
URL = "https://gazette.example/quay"


Record = tuple[str, bytes, str, dict[str, str]]


def write_warc(
    path: Path,
    records: Sequence[Record],
    *,
    packed: bool = True,
    status: str = "200 OK",
    kind: str = "response",
) -> Path:
    """Write records of an address, a body, its type and further headers of the answer."""
    written = [_record("warcinfo", "", "application/warc-fields", b"software: tests\r\n", 0)]
    for number, (url, body, content_type, headers) in enumerate(records, start=1):
        if kind == "response":
            lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            answer = "\r\n".join([*lines, "", ""]).encode() + body
            written.append(_record(kind, url, "application/http", answer, number))
        else:
            written.append(_record(kind, url, content_type, body, number))
    path.write_bytes(b"".join(map(gzip.compress, written) if packed else written))
    return path


def _record(kind: str, url: str, content_type: str, body: bytes, number: int) -> bytes:
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{number}>",
        f"WARC-Date: 2024-10-21T09:30:{number:02}Z",
        *([f"WARC-Target-URI: {url}"] if url else []),
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body + b"\r\n\r\n"


def read(path: Path) -> list[Loaded | SourceFile]:
    return [found for _, found in load_warc(source_file(path), 20_000_000)]


def members(found: list[Loaded | SourceFile]) -> list[SourceFile]:
    return [item for item in found if isinstance(item, SourceFile)]


def skips(found: list[Loaded | SourceFile]) -> list[str]:
    return [item.reason for item in found if isinstance(item, Skip)]


@pytest.mark.parametrize("packed", [True, False])
def test_pages_have_their_addresses(tmp_path: Path, packed: bool) -> None:
    records: list[Record] = [
        (URL, PAGE, "text/html; charset=utf-8", {}),
        ("https://gazette.example/a.pdf", b"%PDF-1.7", "application/pdf", {}),
        ("https://gazette.example/logo.png", b"\x89PNG", "image/png", {}),
        ("https://gazette.example/app.js", b"x", "application/javascript", {}),
        ("https://gazette.example/robots.txt", b"x", "text/plain", {}),
    ]
    path = write_warc(tmp_path / "a.warc", records, packed=packed)
    found = read(path)
    page, document = members(found)
    assert (page.content, page.url, page.suffix) == (PAGE, URL, ".html")
    assert page.name == f"{path}!{URL}"
    assert (document.content, document.suffix) == (b"%PDF-1.7", ".pdf")
    assert skips(found) == [
        "3 members skipped (neither a page nor a text): 'https://gazette.example/logo.png',"
        " 'https://gazette.example/app.js', 'https://gazette.example/robots.txt'"
    ]


def test_an_archive_that_is_packed_as_a_whole(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc", [(URL, PAGE, "text/html", {})] * 2, packed=False)
    path.write_bytes(gzip.compress(path.read_bytes()))
    assert [member.content for member in members(read(path))] == [PAGE, PAGE]


def test_a_page_that_was_fetched_twice_is_two_files(tmp_path: Path) -> None:
    path = write_warc(
        tmp_path / "a.warc", [(URL, PAGE, "text/html", {}), (URL, PAGE + b" ", "text/html", {})]
    )
    first, second = members(read(path))
    assert first.url == second.url == URL
    assert first.key != second.key


@pytest.mark.parametrize("kind", ["resource", "conversion"])
def test_records_without_an_answer(tmp_path: Path, kind: str) -> None:
    path = write_warc(
        tmp_path / "a.warc", [(URL, b"The quay is closed.", "text/plain", {})], kind=kind
    )
    (member,) = members(read(path))
    assert (member.content, member.suffix) == (b"The quay is closed.", ".txt")


def test_answers_other_than_success(tmp_path: Path) -> None:
    path = write_warc(tmp_path / "a.warc", [(URL, PAGE, "text/html", {})], status="404 Not Found")
    assert skips(read(path)) == [f"1 member skipped (no successful response): '{URL}'"]


def chunked(body: bytes) -> bytes:
    return (
        b"".join(
            b"%x\r\n%s\r\n" % (len(body[i : i + 20]), body[i : i + 20])
            for i in range(0, len(body), 20)
        )
        + b"0\r\n\r\n"
    )


RAW_DEFLATE = zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(PAGE), {"Content-Encoding": "gzip"}),
        (zlib.compress(PAGE), {"Content-Encoding": "deflate"}),
        (RAW_DEFLATE.compress(PAGE) + RAW_DEFLATE.flush(), {"Content-Encoding": "deflate"}),
        (chunked(PAGE), {"Transfer-Encoding": "chunked"}),
        (
            chunked(gzip.compress(PAGE)),
            {"Transfer-Encoding": "chunked", "Content-Encoding": "gzip"},
        ),
        (PAGE, {"Content-Encoding": "gzip"}),  # the crawler unpacked it and left the header
        (PAGE, {"Content-Encoding": "identity"}),
        (PAGE, {"Transfer-Encoding": "chunked"}),
    ],
    ids=["gzip", "zlib", "deflate", "chunked", "both", "unpacked", "identity", "not-chunked"],
)
def test_what_was_packed_for_its_way(tmp_path: Path, body: bytes, headers: dict[str, str]) -> None:
    path = write_warc(tmp_path / "a.warc.gz", [(URL, body, "text/html", headers)])
    (member,) = members(read(path))
    assert member.content == PAGE


def test_bombs_and_unknown_packing_are_named(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(30_000_000), 9)
    records: list[Record] = [
        (URL, packed, "text/html", {"Content-Encoding": "deflate"}),
        (f"{URL}2", b"x", "text/html", {"Content-Encoding": "br"}),
        (f"{URL}3", PAGE, "text/html", {}),
    ]
    found = read(write_warc(tmp_path / "a.warc", records))
    assert len(members(found)) == 1
    assert skips(found) == [
        "it unpacks to more than 200 times its size",
        "packed as 'br', which is not supported",
    ]


def test_a_page_in_another_encoding(tmp_path: Path) -> None:
    body = "<p>The café</p>".encode("cp1251", "replace") + "Набережная".encode("cp1251")
    path = write_warc(tmp_path / "a.warc", [(URL, body, "text/html; charset=windows-1251", {})])
    (member,) = members(read(path))
    assert member.content is not None
    assert "Набережная" in member.content.decode("utf-8-sig")


def test_what_comes_before_the_damage_is_read(tmp_path: Path) -> None:
    records: list[Record] = [(f"{URL}/{n}", PAGE, "text/html", {}) for n in range(4)]
    path = write_warc(tmp_path / "a.warc.gz", records)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 100])
    found = read(path)
    assert len(members(found)) == 3
    assert skips(found) == ["damaged (it ends too early)"]
    path = write_warc(tmp_path / "b.warc", records, packed=False)
    path.write_bytes(path.read_bytes() + b"no record\r\n\r\n" * 3)
    found = read(path)
    assert len(members(found)) == 4
    assert len(skips(found)) == 1


@pytest.mark.parametrize("content", [b"", b"text", b"WARC/1.0\r\n" + b"X: " + b"a" * 6_000_000])
def test_what_is_no_warc(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.warc"
    path.write_bytes(content)
    assert only_reason(read(path))  # type: ignore[arg-type]


def test_addresses_that_are_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    urls = [
        "http://[::1",
        "http:///x",
        "http://a.example/\u202ex",
        f"http://a.example/{'x' * 5_000}",
    ]
    path = write_warc(tmp_path / "a.warc", [(url, PAGE, "text/html", {}) for url in urls])
    found = members(read(path))
    assert [member.url for member in found] == [""] * 4
    assert all(member.name.isprintable() for member in found)
    others = ["file:///etc/passwd", "../../x", "dns:a.example"]
    path = write_warc(tmp_path / "b.warc", [(url, PAGE, "text/html", {}) for url in others])
    assert members(read(path)) == []
    assert len(skips(read(path))) == 1
    assert capsys.readouterr() == ("", "")
