"""Small sound files of every format that is read, made here byte by byte."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
import zipfile
from collections.abc import Mapping, Sequence

STORY = (
    "The harbour of Port Elin closed on Monday because of ice, the harbour master said. "
    "Two ferries wait outside, and a third has turned back to Marrow Bay. "
    "The council meets on Tuesday to decide whether an icebreaker is sent for."
)
SECOND = (
    "Ida Renn, who owns one of the ferries, told reporters that nobody on board is in danger. "
    "She expects the channel to be open again by the end of the week."
)
TITLE = "Harbour of Port Elin closed by ice"
DAY = "2024-01-15"

XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def make_zip(members: Mapping[str, bytes | str], *, stored: Sequence[str] = ()) -> bytes:
    """Return a ZIP archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return buffer.getvalue()


def make_tar(members: Mapping[str, bytes], *, mode: str = "w") -> bytes:
    """Return a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def make_html(body: str = "", *, head: str = "") -> bytes:
    """Return a page with a story."""
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta property="article:published_time" content="{DAY}T08:00:00+01:00">{head}</head><body>
<nav><a href="/">Home</a> <a href="/sport">Sport</a></nav><article><h1>{TITLE}</h1>
<p>{STORY}</p><p>{SECOND}</p>{body}</article><footer>All rights reserved</footer></body></html>
""".encode()


def make_eml(body: bytes | None = None, *, headers: str = "") -> bytes:
    """Return a mail."""
    head = (
        "From: Elin Gazette <desk@news.example>\r\nTo: reader@news.example\r\n"
        f"Subject: {TITLE}\r\nDate: Mon, 15 Jan 2024 08:00:00 +0100\r\n"
        f"MIME-Version: 1.0\r\n{headers}"
    )
    plain = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + f"{STORY}\r\n\r\n{SECOND}".encode()
    return head.encode() + (plain if body is None else body) + b"\r\n"


def make_mbox() -> bytes:
    """Return a mailbox with two mails."""
    first = make_eml().replace(b"\r\n", b"\n")
    second = first.replace(b"Monday", b"Friday").replace(b"by ice", b"again")
    return b"".join(
        b"From desk@news.example Mon Jan 15 08:00:00 2024\n" + m + b"\n" for m in (first, second)
    )


def make_mhtml(page: bytes | None = None) -> bytes:
    """Return a saved page with its parts."""
    content = make_html() if page is None else page
    return (
        b"From: <Saved by a browser>\r\nSnapshot-Content-Location: https://news.example/harbour\r\n"
        b"Subject: Harbour\r\nDate: Mon, 15 Jan 2024 08:00:00 -0000\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/related; type="text/html"; boundary="----b"\r\n\r\n------b\r\n'
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: binary\r\n"
        b"Content-Location: https://news.example/harbour\r\n\r\n" + content + b"\r\n------b--\r\n"
    )


def make_rss(items: str | None = None) -> bytes:
    """Return a feed."""
    item = (
        f"<item><title>{TITLE}</title><link>https://news.example/harbour</link>"
        f"<pubDate>Mon, 15 Jan 2024 08:00:00 +0100</pubDate>"
        f"<description>{STORY} {SECOND}</description></item>"
    )
    channel = f"<title>Elin Gazette</title>{item if items is None else items}"
    return f'{XML}<rss version="2.0"><channel>{channel}</channel></rss>'.encode()


def make_atom() -> bytes:
    """Return a feed of the other kind."""
    return (
        f'{XML}<feed xmlns="http://www.w3.org/2005/Atom"><title>Elin Gazette</title><id>x</id>'
        f"<updated>{DAY}T08:00:00Z</updated><entry><title>{TITLE}</title><id>y</id>"
        f'<link href="https://news.example/harbour"/><updated>{DAY}T08:00:00Z</updated>'
        f'<content type="text">{STORY} {SECOND}</content></entry></feed>'
    ).encode()


def make_pdf(objects: Sequence[bytes] | None = None, *, trailer: bytes = b"") -> bytes:
    """Return a PDF of some objects, numbered from 1, or of one page with a story."""
    if objects is None:
        words = f"{STORY} {SECOND}".split()
        lines = [" ".join(words[i : i + 10]) for i in range(0, len(words), 10)]
        shown = "".join(f"({line}) Tj T* " for line in [TITLE, "", *lines])
        content = f"BT /F1 11 Tf 14 TL 60 780 Td {shown} ET".encode("latin-1")
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            make_stream(content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        ]
    data, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


def make_stream(content: bytes, options: bytes = b"") -> bytes:
    """Return a stream object of a PDF."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), options, content)


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _package(part: str, kind: str) -> dict[str, str]:
    return {
        "[Content_Types].xml": f'{XML}<Types xmlns="{TYPES}"><Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{part}" ContentType="{kind}"/></Types>',
        "_rels/.rels": f'{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1"'
        f' Type="{OFFICE}/officeDocument" Target="{part}"/></Relationships>',
    }


def make_docx(document: str | None = None, **extra: bytes | str) -> bytes:
    """Return a Word document; further parts by their names, ``__`` for a slash."""
    paragraphs = "".join(f"<w:p><w:r><w:t>{t}</w:t></w:r></w:p>" for t in (TITLE, STORY, SECOND))
    body = f'{XML}<w:document xmlns:w="{WORD}"><w:body>{paragraphs}</w:body></w:document>'
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    members: dict[str, bytes | str] = {**_package("word/document.xml", kind)}
    members["word/document.xml"] = body if document is None else document
    members |= {name.replace("__", "/"): content for name, content in extra.items()}
    return make_zip(members)


def make_odt(content: str | None = None) -> bytes:
    """Return an OpenDocument text."""
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    names += ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    body = "".join(f"<text:p>{paragraph}</text:p>" for paragraph in (TITLE, STORY, SECOND))
    document = (
        f"{XML}<office:document-content {names}><office:body><office:text>{body}</office:text>"
        "</office:body></office:document-content>"
    )
    members = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": document if content is None else content,
    }
    return make_zip(members, stored=["mimetype"])


def make_epub(
    *, href: str = "one.xhtml", chapter: str | None = None, opf: str | None = None
) -> bytes:
    """Return a book of one chapter."""
    package = (
        f'{XML}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="i">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="i">x'
        f"</dc:identifier><dc:title>{TITLE}</dc:title><dc:language>en</dc:language></metadata>"
        f'<manifest><item id="a" href="{href}" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="a"/></spine></package>'
    )
    page = (
        f'{XML}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{TITLE}</title></head>'
        f"<body><h1>{TITLE}</h1><p>{STORY}</p><p>{SECOND}</p></body></html>"
    )
    container = (
        f'{XML}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
        '<rootfiles><rootfile full-path="OEBPS/book.opf"'
        ' media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    return make_zip(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": container,
            "OEBPS/book.opf": package if opf is None else opf,
            "OEBPS/one.xhtml": page if chapter is None else chapter,
        },
        stored=["mimetype"],
    )


SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def make_xlsx(rows: str | None = None, *, strings: str | None = None) -> bytes:
    """Return a workbook of one sheet."""

    def row(*cells: str) -> str:
        return (
            "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in cells) + "</row>"
        )

    table = row("Title", "Text", "Date") + row(TITLE, f"{STORY} {SECOND}", DAY)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    members: dict[str, bytes | str] = {**_package("xl/workbook.xml", kind)}
    members["xl/workbook.xml"] = (
        f'{XML}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="News" sheetId="1"'
        ' r:id="rId1"/></sheets></workbook>'
    )
    members["xl/_rels/workbook.xml.rels"] = (
        f'{XML}<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1"'
        f' Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    )
    data = f"<sheetData>{table if rows is None else rows}</sheetData>"
    members["xl/worksheets/sheet1.xml"] = f'{XML}<worksheet xmlns="{SHEET}">{data}</worksheet>'
    members["xl/sharedStrings.xml"] = strings or f'{XML}<sst xmlns="{SHEET}"/>'
    return make_zip(members)


def make_warc_record(
    payload: bytes, *, length: int | str | None = None, kind: str = "response"
) -> bytes:
    """Return a record of a web archive."""
    size = len(payload) if length is None else length
    return (
        (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://news.example/harbour\r\n"
            "WARC-Date: 2024-01-15T08:00:00Z\r\n"
            "Content-Type: application/http; msgtype=response\r\n"
            "WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\n"
            f"Content-Length: {size}\r\n\r\n"
        ).encode()
        + payload
        + b"\r\n\r\n"
    )


def make_warc(page: bytes | None = None, **options: int | str) -> bytes:
    """Return a web archive of one page."""
    body = make_html() if page is None else page
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
    return make_warc_record(head.encode() + body, **options)  # type: ignore[arg-type]


def make_jsonl() -> bytes:
    """Return a collection."""
    return (json.dumps({"title": TITLE, "text": f"{STORY} {SECOND}", "date": DAY}) + "\n").encode()


def make_rtf(body: str | None = None) -> bytes:
    """Return a document of a word processor."""
    text = rf"{TITLE}\par {STORY}\par {SECOND}\par" if body is None else body
    head = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\info{\title Harbour}}"
    return f"{head}{text}}}".encode("cp1252")


def make_wordpress(items: str | None = None) -> bytes:
    """Return the export of a blog."""
    item = (
        f"<item><title>{TITLE}</title><link>https://news.example/?p=1</link>"
        f"<content:encoded><![CDATA[<p>{STORY}</p><p>{SECOND}</p>]]></content:encoded>"
        f"<wp:post_date>{DAY} 08:00:00</wp:post_date><wp:status>publish</wp:status>"
        "<wp:post_type>post</wp:post_type></item>"
    )
    names = "".join(
        f' xmlns:{prefix}="{address}"'
        for prefix, address in (
            ("content", "http://purl.org/rss/1.0/modules/content/"),
            ("wp", "http://wordpress.org/export/1.2/"),
        )
    )
    channel = f"<title>Elin Gazette</title>{item if items is None else items}"
    return f'{XML}<rss version="2.0"{names}><channel>{channel}</channel></rss>'.encode()


def make_enex(content: str | None = None) -> bytes:
    """Return the export of a notebook."""
    text = f"<div>{STORY}</div><div>{SECOND}</div>" if content is None else content
    note = f"<title>{TITLE}</title><content><![CDATA[<en-note>{text}</en-note>]]></content>"
    return f'{XML}<en-export version="10"><note>{note}</note></en-export>'.encode()


def make_ghost(html: str | None = None) -> bytes:
    """Return the export of a site of Ghost."""
    post = {
        "id": "1",
        "title": TITLE,
        "lexical": "{}",
        "html": f"<p>{STORY}</p><p>{SECOND}</p>" if html is None else html,
        "status": "published",
        "published_at": f"{DAY}T08:00:00.000Z",
    }
    return json.dumps({"db": [{"data": {"posts": [post]}}]}).encode()


def make_samples() -> dict[str, bytes]:
    """Return a sound file of every format, by names that begin with ``good``."""
    text = f"{TITLE}\n\n{STORY}\n\n{SECOND}\n".encode()
    table = f'Title,Text,Date\n"{TITLE}","{STORY} {SECOND}",{DAY}\n'
    return {
        "good.txt": text,
        "good.md": b"# " + text,
        "good.html": make_html(),
        "good.htm": make_html(),
        "good.xhtml": XML.encode() + make_html(),
        "good.mhtml": make_mhtml(),
        "good.eml": make_eml(),
        "good.mbox": make_mbox(),
        "good.rss": make_rss(),
        "good.atom": make_atom(),
        "good.json": json.dumps([json.loads(make_jsonl())]).encode(),
        "good.jsonl": make_jsonl(),
        "good.csv": table.encode(),
        "good.tsv": f"Title\tText\tDate\n{TITLE}\t{STORY} {SECOND}\t{DAY}\n".encode(),
        "good.xlsx": make_xlsx(),
        "good.pdf": make_pdf(),
        "good.docx": make_docx(),
        "good.odt": make_odt(),
        "good.rtf": make_rtf(),
        "good.xml": make_wordpress(),
        "good.enex": make_enex(),
        "good.ghost.json": make_ghost(),
        "good.epub": make_epub(),
        "good.warc": make_warc(),
        "good.warc.gz": gzip.compress(make_warc()),
        "good.zip": make_zip({"inside.txt": text, "page.html": make_html()}),
        "good.tar": make_tar({"inside.txt": text}),
        "good.tar.gz": make_tar({"inside.txt": text}, mode="w:gz"),
        "good.tgz": make_tar({"inside.txt": text}, mode="w:gz"),
        "good.tar.bz2": bz2.compress(make_tar({"inside.txt": text})),
        "good.tar.xz": lzma.compress(make_tar({"inside.txt": text})),
        "good.txt.gz": gzip.compress(text),
        "good.txt.xz": lzma.compress(text),
    }
