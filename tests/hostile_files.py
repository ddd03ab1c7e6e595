"""Files that are damaged, that lie about what they are, or that were made to do harm."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import tarfile
import zipfile
import zlib
from functools import cache
from pathlib import Path

from sample_files import (
    DAY,
    SECOND,
    SHEET,
    STORY,
    TITLE,
    WORD,
    XML,
    make_atom,
    make_docx,
    make_eml,
    make_enex,
    make_epub,
    make_ghost,
    make_html,
    make_jsonl,
    make_mbox,
    make_mhtml,
    make_odt,
    make_pdf,
    make_rss,
    make_rtf,
    make_samples,
    make_stream,
    make_tar,
    make_warc,
    make_warc_record,
    make_wordpress,
    make_xlsx,
    make_zip,
)

SKIPPED = "skipped"
"""A file that gives nothing: it must be named among the skips."""

NAMED = "named"
"""A file that may give an article, skips or both."""

Hostile = dict[str, tuple[bytes, str]]

ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 10}">' for i in range(12))
    + "]>"
)
OUTSIDE_ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@cache
def make_hostile() -> Hostile:
    """Return hostile files by name, each with what is to become of it."""
    return {
        **_truncated(),
        **_disguised(),
        **_bombs(),
        **_archives(),
        **_documents(),
        **_pdfs(),
        **_pages(),
        **_mails(),
        **_tables(),
        **_web_archives(),
        **_texts(),
        **_exports(),
    }


def make_special(folder: Path, outside: Path) -> dict[str, str]:
    """Make what is no regular file in a folder.

    Args:
        folder: Where.
        outside: A file beyond it, which must not be read.
    """
    (folder / "loop-a.txt").symlink_to(folder / "loop-b.txt")
    (folder / "loop-b.txt").symlink_to(folder / "loop-a.txt")
    (folder / "out.txt").symlink_to(outside)
    (folder / "passwd.html").symlink_to("/etc/passwd")
    (folder / "device.pdf").symlink_to("/dev/zero")
    (folder / "memory.zip").symlink_to("/proc/self/mem")
    inner = folder / "inner"
    inner.mkdir()
    (inner / "again").symlink_to(folder, target_is_directory=True)
    os.mkfifo(folder / "pipe.docx")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket may not be long
        try:
            server.bind("socket.warc")
        finally:
            os.chdir(here)
    names = ("loop-a.txt", "loop-b.txt", "out.txt", "passwd.html", "device.pdf", "memory.zip")
    return dict.fromkeys((*names, "inner/again", "pipe.docx", "socket.warc"), SKIPPED)


def _truncated() -> Hostile:
    """Return every sound file cut at several places."""
    hostile: Hostile = {}
    # What is whole up to any point, as far as anybody can tell.
    open_ended = (
        ".tar",
        ".txt",
        ".md",
        ".html",
        ".htm",
        ".xhtml",
        ".mhtml",
        ".eml",
        ".mbox",
        ".csv",
        ".tsv",
    )
    for name, content in make_samples().items():
        stem, dot, suffix = name.removeprefix("good").partition(".")
        for share in (10, 50, 95):
            fate = NAMED if name.endswith(open_ended) or share > 10 else SKIPPED
            cut = content[: len(content) * share // 100]
            hostile[f"cut{share}{stem}{dot}{suffix}"] = (cut, fate)
        hostile[f"empty{dot}{suffix}"] = (b"", SKIPPED)
    return hostile


def _disguised() -> Hostile:
    """Return files that are of another format than their name says."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    text = STORY.encode()
    suffixes = [name.removeprefix("good") for name in make_samples()]
    hostile: Hostile = {f"picture{s}": (png, SKIPPED) for s in suffixes}
    packed = (".pdf", ".docx", ".odt", ".epub", ".xlsx", ".zip", ".tar", ".gz", ".warc", ".json")
    hostile |= {f"text{s}": (text, SKIPPED) for s in packed}
    hostile |= {
        "pdf.html": (make_pdf(), SKIPPED),
        "pdf.txt": (make_pdf(), SKIPPED),
        "zip.pdf": (make_zip({"a.txt": text}), SKIPPED),
        "docx.epub": (make_docx(), SKIPPED),
        "epub.docx": (make_epub(), SKIPPED),
        "page.pdf": (make_html(), SKIPPED),
        "page.rss": (make_html(), SKIPPED),
        "gzip.tar": (gzip.compress(text), SKIPPED),
        "program.docx": (b"\x7fELF" + bytes(5_000), SKIPPED),
        "nothing.html": (b"\0" * 50_000, SKIPPED),
        "nothing.eml": (b"\0" * 50_000, SKIPPED),
        "nothing.csv": (b"\0" * 50_000, SKIPPED),
    }
    return hostile


def _bombs() -> Hostile:
    """Return what is small and unpacks to much."""
    zeros = bytes(30_000_000)
    nested = make_zip({"zeros.txt": zeros})
    for depth in range(5):
        nested = make_zip({f"{depth}-{i}.zip": nested for i in range(4)})
    twice = gzip.compress(gzip.compress(zeros))
    return {
        "bomb.zip": (make_zip({"zeros.txt": zeros}), SKIPPED),
        "bombs-within.zip": (nested, SKIPPED),
        "bomb.txt.gz": (gzip.compress(zeros), SKIPPED),
        "bomb.txt.gz.gz": (twice, SKIPPED),
        "bomb.tar.gz": (gzip.compress(make_tar({"zeros.txt": zeros})), SKIPPED),
        "bomb.tar.bz2": (bz2.compress(make_tar({"zeros.txt": zeros})), SKIPPED),
        "bomb.tar.xz": (lzma.compress(make_tar({"zeros.txt": zeros})), SKIPPED),
        "bomb.warc.gz": (gzip.compress(make_warc(zeros)), SKIPPED),
        "bomb.docx": (make_docx(f"{XML}<w:document xmlns:w='{WORD}'>{' ' * 30_000_000}"), SKIPPED),
        "bomb.odt": (make_odt(" " * 30_000_000), SKIPPED),
        "bomb.epub": (make_epub(chapter=" " * 30_000_000), SKIPPED),
        "bomb.xlsx": (make_xlsx(" " * 30_000_000), SKIPPED),
        "bomb.pdf": (
            _pdf_with(make_stream(zlib.compress(zeros), b"/Filter /FlateDecode")),
            SKIPPED,
        ),
        "entities.xml": (
            f"{ENTITY_BOMB}<rss><channel><title>&m;</title></channel></rss>".encode(),
            SKIPPED,
        ),
        "entities.rss": (_with_item(ENTITY_BOMB, "&m;"), SKIPPED),
        "entities.docx": (make_docx(_word(ENTITY_BOMB, "&m;")), NAMED),
        "entities.odt": (make_odt(f"{ENTITY_BOMB}<x>&m;</x>"), SKIPPED),
        "entities.epub": (
            make_epub(chapter=f"{ENTITY_BOMB}<html><body>&m;</body></html>"),
            SKIPPED,
        ),
        "entities.xlsx": (make_xlsx(strings=f"{ENTITY_BOMB}<sst><si><t>&m;</t></si></sst>"), NAMED),
        "entities.xhtml": (f"{ENTITY_BOMB}<html><body><p>&m;</p></body></html>".encode(), NAMED),
        "outside.rss": (_with_item(OUTSIDE_ENTITY, "&e;"), NAMED),
        "outside.docx": (make_docx(_word(OUTSIDE_ENTITY, "&e;")), NAMED),
        "outside.odt": (make_odt(f"{OUTSIDE_ENTITY}<x>&e;</x>"), SKIPPED),
        "outside.epub": (make_epub(opf=f"{OUTSIDE_ENTITY}<package>&e;</package>"), SKIPPED),
    }


def _archives() -> Hostile:
    """Return archives that lead elsewhere, or are not what their headers say."""
    text = f"{TITLE}\n\n{STORY}\n\n{SECOND}".encode()
    deep = make_zip({"story.txt": text})
    for _ in range(8):
        deep = make_zip({"deeper.zip": deep})
    sound = make_zip({"a.txt": text, "b.txt": text})
    locked = bytearray(make_zip({"a.txt": text}))
    for start in (locked.find(b"PK\x03\x04") + 6, locked.find(b"PK\x01\x02") + 8):
        locked[start] |= 1
    overlapping = bytearray(sound)
    second = overlapping.rfind(b"PK\x01\x02")
    overlapping[second + 42 : second + 46] = struct.pack("<I", 0)
    lying = bytearray(make_zip({"a.txt": text}))
    central = lying.find(b"PK\x01\x02")
    lying[central + 24 : central + 28] = struct.pack("<I", 0xFFFFFFF0)
    damaged = bytearray(sound)
    damaged[60:80] = bytes(20)
    return {
        "deep.zip": (deep, SKIPPED),
        "locked.zip": (bytes(locked), SKIPPED),
        "overlapping.zip": (bytes(overlapping), NAMED),
        "lying.zip": (bytes(lying), NAMED),
        "damaged.zip": (bytes(damaged), NAMED),
        "up.zip": (make_zip({"../../escaped.txt": text, "/var/escaped.txt": text}), NAMED),
        "backwards.zip": (make_zip({"..\\..\\escaped.txt": text, "C:\\escaped.txt": text}), NAMED),
        "names.zip": (make_zip({"\x1b[2J\u202e.txt": text, "a" * 30_000 + ".txt": text}), NAMED),
        "same.zip": (_zip_with_twins(text), NAMED),
        "crowd.zip": (make_zip({f"{i}.bin": b"" for i in range(3_000)}), SKIPPED),
        "link.zip": (_zip_with_link(), SKIPPED),
        "only-folders.zip": (make_zip({"a/": b"", "a/b/": b""}), SKIPPED),
        "none.zip": (make_zip({}), SKIPPED),
        "links.tar": (_special_tar(), SKIPPED),
        "up.tar": (make_tar({"../../escaped.txt": text, "/var/escaped.txt": text}), NAMED),
        "lying.tar": (_lying_tar(text), NAMED),
        "long-name.tar": (make_tar({"n" * 100_000 + ".txt": text}), NAMED),
        "headers.tar": (_tar_of_headers(), SKIPPED),
        "tail.tar.gz": (gzip.compress(make_tar({"a.txt": text})) + b"garbage" * 100, NAMED),
        "many.txt.gz": (b"".join(gzip.compress(b"") for _ in range(20_000)), SKIPPED),
        "checksum.txt.gz": (gzip.compress(text)[:-8] + bytes(8), NAMED),
    }


def _documents() -> Hostile:
    """Return office documents and books that lie, or are deeper than deep."""
    names = f'xmlns:w="{WORD}"'
    deep = f"{XML}<w:document {names}>{'<w:p>' * 50_000}"
    tables = "<w:tbl><w:tr><w:tc>" * 2_000 + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * 2_000
    chapters = "".join(
        f'<item id="c{i}" href="one.xhtml" media-type="text/html"/>' for i in range(2_000)
    )
    refs = "".join(f'<itemref idref="c{i}"/>' for i in range(2_000)) * 3
    package = f'{XML}<package xmlns="http://www.idpf.org/2007/opf"><manifest>{chapters}</manifest>'
    return {
        "deep.docx": (make_docx(deep), SKIPPED),
        "tables.docx": (
            make_docx(f"{XML}<w:document {names}><w:body>{tables}</w:body></w:document>"),
            SKIPPED,
        ),
        "nothing.docx": (make_docx(f"{XML}<w:document {names}><w:body/></w:document>"), SKIPPED),
        "binary.docx": (make_docx("\0\1\2" * 1_000), SKIPPED),
        "macro.docx": (make_docx(word__vbaProject=b"\xd0\xcf\x11\xe0" + bytes(1_000)), NAMED),
        "date.docx": (make_docx(docProps__core=_core("99999-99-99T99:99:99Z")), NAMED),
        "deep.odt": (make_odt(f"{XML}<x>" + "<y>" * 50_000), SKIPPED),
        "up.epub": (make_epub(href="../../../../../../etc/passwd"), SKIPPED),
        "absolute.epub": (make_epub(href="/etc/passwd"), SKIPPED),
        "address.epub": (make_epub(href="http://127.0.0.1:1/one.xhtml"), SKIPPED),
        "missing.epub": (make_epub(href="two.xhtml"), SKIPPED),
        "deep.epub": (make_epub(chapter="<html><body>" + "<div>" * 50_000), SKIPPED),
        "many.epub": (make_epub(opf=f"{package}<spine>{refs}</spine></package>"), NAMED),
        "deep.xlsx": (make_xlsx("<row>" * 50_000), SKIPPED),
        "cell.xlsx": (make_xlsx(_cells(f"<is><t>{'x' * 25_000_000}</t></is>")), SKIPPED),
        "reference.xlsx": (
            make_xlsx('<row r="99999999"><c r="ZZZZZZ99999999" t="s"><v>7</v></c></row>'),
            SKIPPED,
        ),
        "shared.xlsx": (make_xlsx(_cells("<v>99999999999</v>", kind="s")), SKIPPED),
        "strings.xlsx": (
            make_xlsx(strings=f'<sst xmlns="{SHEET}">' + "<si><t>x</t></si>" * 300_000 + "</sst>"),
            NAMED,
        ),
        "dates.xlsx": (make_xlsx(_dated_rows()), NAMED),
        "columns.xlsx": (
            make_xlsx("<row>" + '<c t="inlineStr"><is><t>x</t></is></c>' * 20_000 + "</row>"),
            SKIPPED,
        ),
    }


def _pdfs() -> Hostile:
    """Return PDFs whose parts refer to each other without end."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    content = make_stream(b"BT (x) Tj ET")
    sound = make_pdf()
    start = sound.rindex(b"startxref")
    xref = sound.rindex(b"xref\n0")
    return {
        "tree.pdf": (
            make_pdf([catalog, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"]),
            SKIPPED,
        ),
        "parent.pdf": (
            make_pdf(
                [
                    catalog,
                    b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 3 0 R >>",
                    b"<< /Type /Pages /Kids [2 0 R] /Count 1 /Parent 2 0 R >>",
                ]
            ),
            SKIPPED,
        ),
        "count.pdf": (
            make_pdf(
                [catalog, b"<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", page, content]
            ),
            SKIPPED,
        ),
        "kids.pdf": (
            make_pdf(
                [
                    catalog,
                    b"<< /Type /Pages /Kids [" + b"3 0 R " * 20_000 + b"] /Count 20000 >>",
                    page,
                    content,
                ]
            ),
            NAMED,
        ),
        "previous.pdf": (make_pdf(trailer=b"/Prev %d" % xref), NAMED),
        "startxref.pdf": (sound[:start] + b"startxref\n99999999\n%%EOF\n", NAMED),
        "self.pdf": (make_pdf([catalog, b"2 0 R"]), SKIPPED),
        "length.pdf": (_pdf_with(b"<< /Length 4 0 R >>\nstream\nx\nendstream"), SKIPPED),
        "huge-length.pdf": (
            _pdf_with(b"<< /Length 999999999999 >>\nstream\nx\nendstream"),
            SKIPPED,
        ),
        "brackets.pdf": (_pdf_with(b"[" * 100_000), SKIPPED),
        "dictionaries.pdf": (_pdf_with(b"<</a" * 100_000), SKIPPED),
        "filters.pdf": (
            _pdf_with(make_stream(b"x" * 100, b"/Filter [" + b"/ASCIIHexDecode " * 5_000 + b"]")),
            SKIPPED,
        ),
        "form.pdf": (
            _pdf_with(
                make_stream(b"/X Do " * 10),
                resources=b"/XObject << /X 5 0 R >>",
                more=[
                    make_stream(
                        b"/X Do /X Do",
                        b"/Type /XObject /Subtype /Form /Resources << /XObject << /X 5 0 R >> >>",
                    )
                ],
            ),
            SKIPPED,
        ),
        "forms.pdf": (
            _pdf_with(
                make_stream(b"/X Do " * 10),
                resources=b"/XObject << /X 5 0 R >>",
                more=[
                    make_stream(b"/X Do " * 3, b"%s /X %d 0 R >> >>" % (_FORM, number))
                    for number in (6, 7, 5)
                ],
            ),
            SKIPPED,
        ),
        "operators.pdf": (_pdf_with(make_stream(b"q " * 300_000)), SKIPPED),
        "numbers.pdf": (_pdf_with(make_stream(b"9" * 200_000 + b" Tf (x) Tj")), SKIPPED),
        "locked.pdf": (
            make_pdf(trailer=b"/Encrypt << /Filter /Standard /V 4 /R 4 /P -1 /O <00> /U <00> >>"),
            SKIPPED,
        ),
        "date.pdf": (
            make_pdf(trailer=b"/Info << /CreationDate (D:99999999999999Z) /Title (\\377\\376) >>"),
            NAMED,
        ),
        "unicode.pdf": (_pdf_with(make_stream(b"BT /F1 9 Tf <D800DFFF0000FFFF> Tj ET")), SKIPPED),
        "head.pdf": (b"%PDF-1.7\n" + b"\n" * 100_000, SKIPPED),
        "zeros.pdf": (b"%PDF-1.7\n" + bytes(200_000), SKIPPED),
        "garbage.pdf": (b"%PDF-1.7\n" + bytes(range(256)) * 400, SKIPPED),
    }


def _pages() -> Hostile:
    """Return pages and feeds that are deep, long or malformed."""
    deep = "<div>" * 100_000 + STORY
    many = "<p>x" * 20_000
    rows = "<table><tr><td>" * 3_000
    attributes = " ".join(f'a{i}="{i}"' for i in range(3_000))
    date = '<meta property="article:published_time" content="{}">'
    scripts = '<script type="application/ld+json">' + "[" * 100_000 + "</script>"
    items = "".join(f"<item><title>{i}</title></item>" for i in range(5_000))
    return {
        "deep.html": (f"<html><body>{deep}".encode(), NAMED),
        "many.html": (f"<html><body>{many}".encode(), NAMED),
        "tables.html": (f"<html><body>{rows}{STORY}".encode(), NAMED),
        "attributes.html": (f"<html><body {attributes}><p>{STORY}".encode(), NAMED),
        "comment.html": (b"<html><body><!--" + b"-" * 1_000_000, SKIPPED),
        "cdata.html": (b"<html><body><![CDATA[" * 20_000, SKIPPED),
        "angle.html": (b"<" * 300_000, SKIPPED),
        "quotes.html": (b'<a href="' * 50_000, SKIPPED),
        "entity.html": (b"<html><body><p>" + b"&#x110000;&#xD800;&#0;&bogus;" * 5_000, NAMED),
        "json.html": (make_html(head=scripts), NAMED),
        "date.html": (make_html(head=date.format("99999-99-99T99:99:99+99:99") * 50), NAMED),
        "long-date.html": (make_html(head=date.format("1" * 500_000)), NAMED),
        "charset.html": (make_html().replace(b"utf-8", b"utf-7"), NAMED),
        "bogus-charset.html": (make_html().replace(b"utf-8", b"x" * 5_000), NAMED),
        "utf16.html": (b"\xff\xfe" + make_html().decode().encode("utf-16-be"), NAMED),
        "mixed.html": (make_html().replace(b"ice", b"\xe9\xff\xc3\x28 \xe2\x28\xa1"), NAMED),
        "surrogates.html": (make_html().replace(b"ice", b"\xed\xa0\x80\xed\xbf\xbf"), NAMED),
        "script.html": (b"<html><body>" + b"<script>while(1);</script>" * 10_000, SKIPPED),
        "title.html": (
            f"<html><head><title>{'x' * 2_000_000}</title></head><body><p>{STORY}".encode(),
            NAMED,
        ),
        "line.html": (b"<html><body><p>" + b"x" * 3_000_000, NAMED),
        "deep.rss": (f"{XML}<rss><channel>{'<item>' * 2_000}".encode(), SKIPPED),
        "many.rss": (make_rss(items), NAMED),
        "date.rss": (
            make_rss(
                f"<item><title>T</title><pubDate>{'9' * 100_000}</pubDate>"
                f"<description>{STORY}</description></item>"
            ),
            NAMED,
        ),
        "script.rss": (
            make_rss(
                f"<item><title>T</title><link>javascript:alert(1)</link>"
                f"<description>{STORY}</description></item>"
            ),
            NAMED,
        ),
        "namespace.atom": (make_atom().replace(b"2005/Atom", b"x" * 100_000), NAMED),
        "nothing.atom": (b"<feed/>", SKIPPED),
        "other.xml": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", SKIPPED),
        "instruction.xml": (b"<?xml-stylesheet href='file:///etc/passwd'?>" * 5_000, SKIPPED),
    }


def _mails() -> Hostile:
    """Return mails that are nested, endless or wrongly encoded."""
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (i, i)
        for i in range(10_000)
    )
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" * 5_000
    parts = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 20_000
    plain = b"Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n%s"
    story = STORY.encode()
    page = make_html(body="<div>" * 20_000)
    return {
        "nested.eml": (make_eml(nested), SKIPPED),
        "forwarded.eml": (make_eml(forwarded), SKIPPED),
        "parts.eml": (make_eml(parts), NAMED),
        "boundary.eml": (
            make_eml(
                b'Content-Type: multipart/mixed; boundary="' + b"b" * 100_000 + b'"\r\n\r\n' + story
            ),
            NAMED,
        ),
        "charset.eml": (make_eml(plain % (b"x-" + b"y" * 1_000, b"8bit", story)), NAMED),
        "base64.eml": (make_eml(plain % (b"utf-8", b"base64", b"!!!" + story)), NAMED),
        "quoted.eml": (
            make_eml(plain % (b"utf-8", b"quoted-printable", b"=ZZ=\r\n" * 5_000)),
            NAMED,
        ),
        "uuencoded.eml": (
            make_eml(plain % (b"utf-8", b"x-uuencode", b"begin 666 x\r\nM" + b"\xff" * 500)),
            NAMED,
        ),
        "codec.eml": (make_eml(plain % (b"bz2", b"8bit", story)), NAMED),
        "headers.eml": (make_eml(headers="".join(f"X-{i}: {i}\r\n" for i in range(50_000))), NAMED),
        "header.eml": (make_eml(headers=f"X-Long: {'x' * 1_000_000}\r\n"), NAMED),
        "words.eml": (make_eml(headers="Subject: " + "=?utf-8?B?/////?= " * 5_000 + "\r\n"), NAMED),
        "date.eml": (
            make_eml().replace(b"15 Jan 2024 08:00:00 +0100", b"99 Foo 99999 99:99:99 +9999999999"),
            NAMED,
        ),
        "attached.eml": (
            make_eml(b'Content-Type: application/pdf; name="../../x.pdf"\r\n\r\n' + make_pdf()),
            NAMED,
        ),
        "from.mbox": (b"From x\n" * 50_000, SKIPPED),
        "no-from.mbox": (make_mbox().replace(b"From ", b"Form "), SKIPPED),
        "nested.mbox": (b"From a\n" + make_eml(nested), SKIPPED),
        "nested.mhtml": (make_mhtml().split(b"MIME-Version")[0] + nested, SKIPPED),
        "deep.mhtml": (make_mhtml(page), NAMED),
        "no-page.mhtml": (make_mhtml().replace(b"text/html", b"image/png"), SKIPPED),
        "local.mhtml": (
            make_mhtml().replace(b"https://news.example/harbour", b"file:///etc/passwd"),
            NAMED,
        ),
    }


def _tables() -> Hostile:
    """Return tables and records that are wide, deep or malformed."""
    deep = b"[" * 200_000
    head = b"Title,Text,Date\n"
    row = f'"{TITLE}","{STORY} {SECOND}",{DAY}\n'.encode()
    return {
        "deep.json": (deep, SKIPPED),
        "deep-object.json": (b'{"a":' * 100_000, SKIPPED),
        "number.json": (b'{"text": ' + b"9" * 100_000 + b"}", SKIPPED),
        "infinite.json": (b'[{"text": NaN}, {"text": Infinity}, {"text": 1e999}]', SKIPPED),
        "keys.json": (b"{" + b",".join(b'"%d": 1' % i for i in range(100_000)) + b"}", SKIPPED),
        "surrogate.json": (
            json.dumps([{"text": f"\ud800 {STORY}", "title": "\udfff"}]).encode(),
            NAMED,
        ),
        "string.json": (b'{"text": "' + b"x" * 1_000_000, SKIPPED),
        "types.json": (b'[1, "a", null, [], {}, {"text": 7}, {"text": {"a": 1}}]', SKIPPED),
        "twice.json": (make_jsonl() * 2, NAMED),
        "deep.jsonl": (deep + b"\n" + make_jsonl(), NAMED),
        "lines.jsonl": (b"{}\n" * 20_000, SKIPPED),
        "dates.jsonl": (
            json.dumps({"text": STORY, "date": "9" * 10_000, "id": "d"}).encode(),
            NAMED,
        ),
        "escapes.jsonl": (
            json.dumps(
                {
                    "text": f"{STORY} \x00\x1b[2J\u202e",
                    "title": "\x1b]0;x\x07",
                    "url": "javascript:alert(1)",
                }
            ).encode(),
            NAMED,
        ),
        "cell.csv": (head + b'x,"' + b"y" * 25_000_000 + b'",2024\n', SKIPPED),
        "quote.csv": (head + b'x,"' + STORY.encode() + b"\n" * 50_000, NAMED),
        "columns.csv": (b"a," * 200_000 + b"\n" + b"x," * 200_000, SKIPPED),
        "ragged.csv": (head + row + b"x\n" + b"," * 500 + b"\n", NAMED),
        "nul.csv": (head + row.replace(b"ice", b"i\0c\0e"), NAMED),
        "mixed.csv": (
            head
            + row.replace(b"ice", "Größe".encode("latin-1"))
            + row.replace(b"ice", "é".encode()),
            NAMED,
        ),
        "formula.csv": (head + row.replace(b"Harbour", b"=cmd|'/c calc'!A1"), NAMED),
        "no-text.csv": (b"A,B\n1,2\n", SKIPPED),
        "dates.csv": (
            head
            + b"".join(
                b"T,%s,%s\n" % (STORY.encode() + b" %d" % i, d)
                for i, d in enumerate(
                    (b"0000-00-00", b"31/02/2024", b"1e400", b"-1", b"99999999999999")
                )
            ),
            NAMED,
        ),
        "rows.tsv": (b"Title\tText\n" + b"\t\n" * 200_000, SKIPPED),
    }


def _web_archives() -> Hostile:
    """Return web archives whose records lie."""
    page = make_html()
    payload = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    chunked = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    packed = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n\r\n"
    return {
        "long.warc": (make_warc_record(payload, length=10**12), NAMED),
        "short.warc": (make_warc_record(payload, length=100), NAMED),
        "negative.warc": (make_warc_record(payload, length=-5), SKIPPED),
        "words.warc": (make_warc_record(payload, length="many"), SKIPPED),
        "digits.warc": (make_warc_record(payload, length="9" * 10_000), NAMED),
        "version.warc": (make_warc().replace(b"WARC/1.0", b"WARC/9.9"), NAMED),
        "headers.warc": (b"WARC/1.0\r\n" + b"X: y\r\n" * 200_000, SKIPPED),
        "line.warc": (b"WARC/1.0\r\n" + b"x" * 2_000_000, SKIPPED),
        "requests.warc": (make_warc_record(payload, kind="request") * 1_000, SKIPPED),
        "chunked.warc": (make_warc_record(chunked + b"FFFFFFFFFFFFFFFF\r\n" + page), NAMED),
        "negative-chunk.warc": (make_warc_record(chunked + b"-5\r\n" + page), NAMED),
        "packed.warc": (make_warc_record(packed + gzip.compress(bytes(30_000_000))), SKIPPED),
        "not-packed.warc": (make_warc_record(packed + page), NAMED),
        "address.warc": (
            make_warc().replace(b"https://news.example/harbour", b"file:///etc/passwd"),
            NAMED,
        ),
        "date.warc": (make_warc().replace(b"2024-01-15T08", b"9999-99-99T99"), NAMED),
        "part.warc.gz": (gzip.compress(make_warc()) + gzip.compress(make_warc())[:200], NAMED),
    }


def _texts() -> Hostile:
    """Return texts that no person wrote."""
    return {
        "line.txt": (b"x" * 5_000_000, NAMED),
        "spaces.txt": (b" \n" * 500_000, SKIPPED),
        "large.txt": (b"Large. " * 3_000_000, SKIPPED),
        "stops.txt": (b". " * 500_000, NAMED),
        "combining.txt": (("e" + "\u0301" * 200_000).encode(), NAMED),
        "right-to-left.txt": (("\u202e" * 50_000 + STORY).encode(), NAMED),
        "escapes.txt": (f"\x1b[2J\x1b]0;x\x07 {STORY}".encode(), NAMED),
        "nul.txt": (STORY.replace("e", "e\0").encode(), NAMED),
        "half-utf16.txt": (STORY.encode("utf-16")[:-1], NAMED),
        "mixed.txt": (STORY.encode() + "Größe".encode("latin-1") + "дом".encode("cp1251"), NAMED),
        "front.txt": (b"---\n" + b"a: &a [*a, *a]\n" * 500 + b"---\n" + STORY.encode(), NAMED),
        "deep-front.md": (b"---\na: " + b"[" * 10_000 + b"\n---\n" + STORY.encode(), NAMED),
        "marks.md": (b"*_`[](" * 100_000, NAMED),
        "quotes.md": (b">" * 300_000 + STORY.encode(), NAMED),
        "links.md": (b"[" * 200_000 + STORY.encode(), NAMED),
        "no-suffix": (STORY.encode(), SKIPPED),
        "odd.tXt.ex\u202ee": (STORY.encode(), SKIPPED),
    }


_FORM = b"/Type /XObject /Subtype /Form /Resources << /XObject <<"


def _pdf_with(content: bytes, *, resources: bytes = b"", more: list[bytes] | None = None) -> bytes:
    page = (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << %s >> >>"
    )
    return make_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page % resources,
            content,
            *(more or ()),
        ]
    )


def _with_item(start: str, text: str) -> bytes:
    item = f"<item><title>{text}</title><description>{STORY}</description></item>"
    return f'{start}<rss version="2.0"><channel><title>x</title>{item}</channel></rss>'.encode()


def _word(start: str, text: str) -> str:
    body = f"<w:body><w:p><w:r><w:t>{text} {STORY}</w:t></w:r></w:p></w:body>"
    return f'{start}<w:document xmlns:w="{WORD}">{body}</w:document>'


def _core(date: str) -> str:
    return (
        f'{XML}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
        'core-properties" xmlns:dcterms="http://purl.org/dc/terms/">'
        f"<dcterms:created>{date}</dcterms:created></cp:coreProperties>"
    )


def _cells(*values: str, kind: str = "inlineStr") -> str:
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("Text", "Title"))
    return f"<row>{head}</row><row>" + "".join(f'<c t="{kind}">{v}</c>' for v in values) + "</row>"


def _dated_rows() -> str:
    def cell(text: str) -> str:
        return f'<c t="inlineStr"><is><t>{text}</t></is></c>'

    rows = "".join(
        f"<row>{cell(f'{STORY} {i}')}<c><v>{value}</v></c></row>"
        for i, value in enumerate(("1e300", "-99999", "NaN", "0", "2958466", "x"))
    )
    return f"<row>{cell('Text')}{cell('Date')}</row>{rows}"


def _zip_with_twins(text: bytes) -> bytes:
    first = make_zip({"twin-a.txt": text, "twin-b.txt": text + b" Again."})
    return first.replace(b"twin-b.txt", b"twin-a.txt")


def _zip_with_link() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return buffer.getvalue()


def _special_tar() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, kind, target in (
            ("link.txt", tarfile.SYMTYPE, "/etc/passwd"),
            ("hard.txt", tarfile.LNKTYPE, "/etc/passwd"),
            ("self.txt", tarfile.SYMTYPE, "self.txt"),
            ("device.txt", tarfile.CHRTYPE, ""),
            ("block.txt", tarfile.BLKTYPE, ""),
            ("pipe.txt", tarfile.FIFOTYPE, ""),
        ):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = kind, target
            archive.addfile(entry)
    return buffer.getvalue()


def _lying_tar(text: bytes) -> bytes:
    data = bytearray(make_tar({"a.txt": text}))
    data[124:136] = b"77777777777\0"  # eight gigabytes
    data[148:156] = b" " * 8
    data[148:155] = b"%06o\0" % sum(data[:512])
    return bytes(data)


def _tar_of_headers() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        entry = tarfile.TarInfo("a.bin")
        entry.pax_headers = {f"key{i}": "x" * 1_000 for i in range(3_000)}
        archive.addfile(entry)
    return buffer.getvalue()


def _exports() -> Hostile:
    """Return exports of databases, blogs and notebooks that were made to be slow or to deceive."""
    item = "<item><title>{}</title><wp:post_type>post</wp:post_type>{}</item>"
    deep_json = b'{"db": [{"data": {"posts": ' + b"[" * 100_000
    end = "Document ABCDEF0020240101ej9400001"
    return {
        "groups.rtf": (make_rtf("{" * 100_000), NAMED),
        "closed.rtf": (make_rtf("}" * 100_000), SKIPPED),
        "notes.rtf": (make_rtf(r"{\footnote x" * 20_000), NAMED),
        "pictures.rtf": (make_rtf(r"{\pict " + "ab" * 3_000_000 + "}"), SKIPPED),
        "numbers.rtf": (make_rtf(r"\u-99999999999? \u1114112? \uc-1 x"), NAMED),
        "hidden.rtf": (make_rtf(r"{\v " * 50_000), NAMED),
        "office.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), SKIPPED),
        "entities.enex": (ENTITY_BOMB.encode() + make_enex("&m;"), SKIPPED),
        "deep.enex": (make_enex("<div>" * 50_000), NAMED),
        "wide.xml": (make_wordpress(item.format("x", "<a/>" * 200_000)), SKIPPED),
        "deep.xml": (make_wordpress("<item>" * 50_000), SKIPPED),
        "codes.xml": (
            make_wordpress(
                item.format("x", f"<content:encoded>{'[a ' * 100_000}</content:encoded>")
            ),
            NAMED,
        ),
        "comments.xml": (
            make_wordpress(
                item.format("x", f"<content:encoded>{'&lt;!--' * 50_000}</content:encoded>")
            ),
            NAMED,
        ),
        "entities-blog.xml": (ENTITY_BOMB.encode() + make_wordpress(), SKIPPED),
        "deep-ghost.json": (deep_json, SKIPPED),
        "tags-ghost.json": (make_ghost("<div>" * 50_000), NAMED),
        "ends.txt": ((f"{end}\n" * 50_000).encode(), NAMED),
        "nexis.txt": (b"1 of 9 DOCUMENTS\n\n" * 50_000, NAMED),
        "labels.txt": (b"Document 1 of 2\n" + b"Title: x\n\n" * 50_000, NAMED),
        "uni.txt": (b"Documents (9)\n" + b"1. x\n" * 50_000 + b"End of Document\n", NAMED),
        "parts.html": (b"<article><h2>x</h2>" * 3_000 + b"The quay is closed. " * 99, NAMED),
        "live.html": (
            b"<div class='live-blog'>" + b"<div><time datetime='2024-01-01T10:00'>" * 2_000,
            NAMED,
        ),
        "europresse.html": (
            b"<span class='DocPublicationName'>x</span><p class='titreArticleVisu'>y" * 1_000,
            NAMED,
        ),
    }
