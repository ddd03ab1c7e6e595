"""Nothing is lost in silence: a probe sentence in every container is kept or named.

Wherever a format has room for a sentence, it turns up in an article or in the report, with its
size and the reason.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import sample_exports as exports
from index.types import Article
from loading import load
from sample_files import (
    SECOND,
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
    make_mbox,
    make_mhtml,
    make_odt,
    make_rss,
    make_rtf,
    make_tar,
    make_warc,
    make_wordpress,
    make_xlsx,
    make_zip,
)

PROBE = "The lamplighter of Ostrand found eleven umbrellas in the moat on Saturday night."


def paragraph(text: str, around: str = "{}") -> str:
    return around.format(f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")


def word(body: str) -> str:
    story = "".join(map(paragraph, (TITLE, STORY, SECOND)))
    return f'{XML}<w:document xmlns:w="{WORD}"><w:body>{story}{body}</w:body></w:document>'


def notes(name: str, element: str) -> dict[str, str]:
    inner = f'<w:{element} w:id="2">{paragraph(PROBE)}</w:{element}>'
    return {f"word__{name}.xml": f'{XML}<w:{name} xmlns:w="{WORD}">{inner}</w:{name}>'}


def in_docx(body: str = "", **parts: bytes | str) -> bytes:
    return make_docx(word(body), **parts)


HTML = {
    "paragraph": f"<p>{PROBE}</p>",
    "aside": f"<aside><p>{PROBE}</p></aside>",
    "figcaption": f"<figure><img src='a.jpg'><figcaption>{PROBE}</figcaption></figure>",
    "blockquote": f"<blockquote>{PROBE}</blockquote>",
    "list": f"<ul><li>{PROBE}</li><li>Two</li></ul>",
    "table": f"<table><tr><td>{PROBE}</td><td>7</td></tr></table>",
    "teaser": f"<div class='teaser'><p>{PROBE}</p></div>",
    "related": f"<section class='related-stories'><h3>More</h3><p>{PROBE}</p></section>",
    "comments": f"<div class='comments'><div class='comment'><p>{PROBE}</p></div></div>",
    "dialog": f"<div role='dialog'><p>{PROBE}</p></div>",
    "newsletter": f"<form class='newsletter'><p>{PROBE}</p><input type='email'></form>",
    "hidden": f"<div style='display:none'><p>{PROBE}</p></div>",
    "details": f"<details><summary>More</summary><p>{PROBE}</p></details>",
    "noscript": f"<noscript><p>{PROBE}</p></noscript>",
    "nav": f"<nav><p>{PROBE}</p></nav>",
    "footer": f"<footer><p>{PROBE}</p></footer>",
    "header": f"<header><p>{PROBE}</p></header>",
    "bare": f"<div>{PROBE}</div>",
    "definition": f"<dl><dt>Word</dt><dd>{PROBE}</dd></dl>",
    "pre": f"<pre>{PROBE}</pre>",
    "template": f"<template><p>{PROBE}</p></template>",
    "frame": f"<iframe srcdoc='<p>{PROBE}</p>'></iframe>",
    "option": f"<label>Which? <textarea>{PROBE}</textarea></label>",
    "card": f"<div><div class='x'><a href='/1'><h3>One</h3></a><p>{PROBE}</p></div>"
    "<div class='x'><a href='/2'><h3>Two</h3></a><p>Short.</p></div></div>",
    "roles": f"<div role='table'><div role='row'><span role='cell'>{PROBE}</span></div></div>",
    "toolbar": f"<div id='wm-ipp-base'><p>{PROBE}</p></div>",
    "legend": f"<fieldset><legend>{PROBE}</legend><input></fieldset>",
    "summary": f"<details><summary>{PROBE}</summary><p>More.</p></details>",
}
CONTAINERS: dict[str, Callable[[], bytes]] = {
    **{f"html-{name}.html": partial(make_html, box) for name, box in HTML.items()},
    "lead.html": lambda: make_html().replace(
        b"</h1>", f"</h1><div class='teaser-content'><p>{PROBE}</p></div>".encode()
    ),
    "page.mhtml": lambda: make_mhtml(make_html(HTML["aside"])),
    "page.warc": lambda: make_warc(make_html(HTML["aside"])),
    "page.zip": lambda: make_zip({"page.html": make_html(HTML["aside"])}),
    "text.docx": lambda: in_docx(paragraph(PROBE)),
    "table.docx": lambda: in_docx(
        f"<w:tbl><w:tr><w:tc>{paragraph(PROBE)}</w:tc><w:tc>{paragraph('7')}</w:tc></w:tr></w:tbl>"
    ),
    "deleted.docx": lambda: in_docx(
        f"<w:p><w:del><w:r><w:delText>{PROBE}</w:delText></w:r></w:del></w:p>"
    ),
    "hidden.docx": lambda: in_docx(
        f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{PROBE}</w:t></w:r></w:p>"
    ),
    "comment.docx": lambda: in_docx(**notes("comments", "comment")),
    "footnote.docx": lambda: in_docx(**notes("footnotes", "footnote")),
    "endnote.docx": lambda: in_docx(**notes("endnotes", "endnote")),
    "header.docx": lambda: in_docx(
        **{"word__header1.xml": f'{XML}<w:hdr xmlns:w="{WORD}">{paragraph(PROBE)}</w:hdr>'}
    ),
    "footer.docx": lambda: in_docx(
        **{"word__footer2.xml": f'{XML}<w:ftr xmlns:w="{WORD}">{paragraph(PROBE)}</w:ftr>'}
    ),
    "text.rtf": lambda: make_rtf(rf"{TITLE}\par {STORY}\par {PROBE}\par"),
    "footnote.rtf": lambda: make_rtf(rf"{TITLE}\par {STORY}{{\footnote {PROBE}}}\par"),
    "header.rtf": lambda: make_rtf(rf"{{\header {PROBE}\par}}{TITLE}\par {STORY}\par"),
    "comment.rtf": lambda: make_rtf(rf"{TITLE}\par {STORY}{{\*\annotation {PROBE}}}\par"),
    "hidden.rtf": lambda: make_rtf(rf"{TITLE}\par {STORY}{{\v {PROBE}}}\par"),
    "text.odt": lambda: in_odt(f"<text:p>{PROBE}</text:p>"),
    "comment.odt": lambda: in_odt(
        f"<text:p>x<office:annotation><text:p>{PROBE}</text:p></office:annotation></text:p>"
    ),
    "deleted.odt": lambda: in_odt(
        f"<text:tracked-changes><text:deletion><text:p>{PROBE}</text:p></text:deletion>"
        "</text:tracked-changes>"
    ),
    "hidden.odt": lambda: in_odt(f"<text:p>x<text:hidden-text>{PROBE}</text:hidden-text></text:p>"),
    "aside.epub": lambda: make_epub(
        chapter=f"<html><body><h1>{TITLE}</h1><p>{STORY}</p><aside><p>{PROBE}</p></aside></body></html>"
    ),
    "nav.epub": lambda: make_epub(
        chapter=f"<html><body><h1>{TITLE}</h1><p>{STORY}</p><nav><p>{PROBE}</p></nav></body></html>"
    ),
    "mail.eml": lambda: make_eml(
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{STORY}\r\n\r\n{PROBE}".encode()
    ),
    "signature.eml": lambda: make_eml(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + f"{STORY} {SECOND}\r\n\r\n-- \r\n{PROBE}".encode()
    ),
    "hidden.eml": lambda: make_eml(
        "Content-Type: text/html; charset=utf-8\r\n\r\n<html><body><div style='display:none'>"
        f"{PROBE}</div><p>{STORY}</p></body></html>".encode()
    ),
    "alternative.eml": lambda: make_eml(
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + f"{STORY} {PROBE}\r\n--b\r\n".encode()
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
        + f"<p>{STORY}</p><p>{SECOND}</p>\r\n--b--".encode()
    ),
    "summary.rss": lambda: make_rss(
        f"<item><title>{TITLE}</title><link>https://a.example/1</link>"
        f"<description>{PROBE}</description></item>"
    ),
    "both.rss": lambda: make_rss(
        f"<item><title>{TITLE}</title><link>https://a.example/1</link><description>{PROBE}"
        f'</description><content:encoded xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"&lt;p&gt;{STORY}&lt;/p&gt;&lt;p&gt;{SECOND}&lt;/p&gt;</content:encoded></item>"
    ),
    "draft.xml": lambda: make_wordpress(
        f"<item><title>{PROBE}</title><content:encoded>{STORY}</content:encoded>"
        "<wp:status>draft</wp:status></item>"
    ),
    "excerpt.xml": lambda: make_wordpress(
        f"<item><title>{TITLE}</title><content:encoded>{STORY}</content:encoded><excerpt:encoded"
        f" xmlns:excerpt='http://wordpress.org/export/1.2/excerpt/'>{PROBE}</excerpt:encoded>"
        "<wp:status>publish</wp:status></item>"
    ),
    "comment.xml": lambda: make_wordpress(
        f"<item><title>{TITLE}</title><content:encoded>{STORY}</content:encoded><wp:comment>"
        f"<wp:comment_content>{PROBE}</wp:comment_content></wp:comment></item>"
    ),
    "note.enex": lambda: make_enex(f"<div>{STORY}</div><div>{PROBE}</div>"),
    "site.json": lambda: make_ghost(f"<p>{STORY}</p><p>{PROBE}</p>"),
    "summary.jsonl": lambda: json.dumps({"title": TITLE, "text": STORY, "summary": PROBE}).encode(),
    "unknown.jsonl": lambda: json.dumps({"title": TITLE, "text": STORY, "teil2": PROBE}).encode(),
    "unknown.json": lambda: json.dumps([{"title": TITLE, "text": STORY, "teil2": PROBE}]).encode(),
    "unknown.csv": f'Title,Text,Part two\n{TITLE},"{STORY}","{PROBE}"\n'.encode,
    "text.txt": f"{TITLE}\n\n{STORY}\n\n{PROBE}\n".encode,
    "quote.md": f"# {TITLE}\n\n{STORY}\n\n> {PROBE}\n".encode,
    "code.md": f"# {TITLE}\n\n{STORY}\n\n```\n{PROBE}\n```\n".encode,
    "table.md": f"# {TITLE}\n\n{STORY}\n\nA | B\n--- | ---\n{PROBE} | 7\n".encode,
    "comment.md": f"# {TITLE}\n\n{STORY}\n\n<!-- {PROBE} -->\n".encode,
    "note.md": f"# {TITLE}\n\n{STORY}[^1]\n\n[^1]: {PROBE}\n".encode,
    "table.txt": f"{TITLE}\n\n{STORY}\n\nA\tB\n{PROBE}\t7\nx\t8\n".encode,
    "mails.mbox": lambda: make_mbox().replace(SECOND.encode(), f"{SECOND} {PROBE}".encode()),
    "caption.mhtml": lambda: make_mhtml(make_html(HTML["figcaption"])),
    "data.html": lambda: make_html(
        head='<script type="application/ld+json">'
        + json.dumps({"@type": "NewsArticle", "articleBody": f"{STORY} {SECOND} {PROBE}"})
        + "</script>"
    ),
    "live.html": lambda: make_html(
        head='<script type="application/ld+json">'
        + json.dumps(
            {
                "@type": "LiveBlogPosting",
                "headline": TITLE,
                "liveBlogUpdate": [
                    {"headline": "One", "articleBody": STORY, "datePublished": "2024-01-15T08:00Z"},
                    {"headline": "Two", "articleBody": PROBE, "datePublished": "2024-01-15T09:00Z"},
                ],
            }
        )
        + "</script>"
    ),
    "saved.docx": lambda: exports.as_docx(exports.nexis_uni(with_probe())),
    "saved.rtf": lambda: exports.as_rtf(exports.nexis_numbered(with_probe())),
    "factiva.txt": lambda: exports.as_txt(exports.factiva_plain(with_probe())),
    "factiva.html": lambda: exports.as_html(exports.factiva_coded(with_probe())),
    "proquest.txt": lambda: exports.as_txt(exports.proquest(with_probe())),
    "proquest.rtf": lambda: exports.as_rtf(exports.proquest_headed(with_probe())),
    "europresse.html": lambda: exports.europresse_html(with_probe()),
    "europresse.pdf": lambda: exports.as_pdf(exports.europresse_lines(with_probe())),
    "genios.txt": lambda: exports.as_txt(exports.genios(with_probe())),
    "above.txt": lambda: exports.as_txt([PROBE, "", *exports.nexis_uni()]),
    "below.txt": lambda: exports.as_txt([*exports.factiva_plain(), "", PROBE]),
    "tail.txt": lambda: exports.as_txt(
        [f"{line} {PROBE}" if line.startswith("Subject:") else line for line in exports.nexis_uni()]
    ),
    "box.docx": lambda: in_docx(
        f'<w:p><w:r><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent>'
        f"{paragraph(PROBE)}</w:txbxContent></v:textbox></w:pict></w:r></w:p>"
    ),
    "moved.docx": lambda: in_docx(
        f"<w:p><w:moveFrom><w:r><w:t>{PROBE}</w:t></w:r></w:moveFrom></w:p>"
    ),
    "control.docx": lambda: in_docx(
        f"<w:sdt><w:sdtContent>{paragraph(PROBE)}</w:sdtContent></w:sdt>"
    ),
    "link.docx": lambda: in_docx(
        f"<w:p><w:hyperlink><w:r><w:t>{PROBE}</w:t></w:r></w:hyperlink></w:p>"
    ),
    "table.rtf": lambda: make_rtf(
        rf"{TITLE}\par {STORY}\par \trowd\cellx3000\cellx6000\pard\intbl {PROBE}\cell"
        r"\pard\intbl 7\cell\row \pard End.\par"
    ),
    "box.rtf": lambda: make_rtf(
        rf"{TITLE}\par {STORY}{{\shp{{\*\shpinst{{\shptxt {PROBE}\par}}}}}}\par"
    ),
    "deleted.rtf": lambda: make_rtf(rf"{TITLE}\par {STORY}{{\deleted {PROBE}}}\par"),
    "footnote.odt": lambda: in_odt(
        "<text:p>x<text:note><text:note-citation>1</text:note-citation><text:note-body>"
        f"<text:p>{PROBE}</text:p></text:note-body></text:note></text:p>"
    ),
    "table.odt": lambda: in_odt(
        "<table:table><table:table-row><table:table-cell>"
        f"<text:p>{PROBE}</text:p></table:table-cell></table:table-row></table:table>"
    ),
    "list.odt": lambda: in_odt(
        f"<text:list><text:list-item><text:p>{PROBE}</text:p></text:list-item></text:list>"
    ),
    "caption.epub": lambda: make_epub(
        chapter=f"<html><body><h1>{TITLE}</h1><p>{STORY}</p><figure><figcaption>{PROBE}"
        "</figcaption></figure></body></html>"
    ),
    "hidden.epub": lambda: make_epub(
        chapter=f"<html><body><h1>{TITLE}</h1><p>{STORY}</p><p hidden='hidden'>{PROBE}</p>"
        "</body></html>"
    ),
    "page.pdf": lambda: exports.as_pdf([TITLE, "", STORY, "", PROBE]),
    "both.atom": lambda: make_atom().replace(
        b'<content type="text">', f'<summary>{PROBE}</summary><content type="text">'.encode()
    ),
    "sheet.xlsx": lambda: make_xlsx(
        row("Title", "Text", "Part two") + row(TITLE, f"{STORY} {SECOND}", PROBE)
    ),
    "part.tsv": f"Title\tText\tPart two\n{TITLE}\t{STORY}\t{PROBE}\n".encode,
    "links.csv": f"URL,Title,Selection\nhttps://a.example/1,{TITLE},{PROBE}\n".encode,
    "notes.csv": f'"Key","Title","Text","Notes"\n"A","{TITLE}",,"{PROBE}"\n'.encode,
    "page.tar": lambda: make_tar({"page.html": make_html(HTML["aside"])}),
    "page.txt.gz": lambda: gzip.compress(f"{TITLE}\n\n{STORY}\n\n{PROBE}\n".encode()),
    "forwarded.eml": lambda: make_eml(
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{PROBE}\r\n\r\n".encode()
        + b"---------- Forwarded message ---------\r\nFrom: Wire <w@w.example>\r\n"
        + f"Date: Mon, 15 Jan 2024\r\nSubject: Ice\r\nTo: Desk\r\n\r\n{STORY}".encode()
    ),
    "attached.eml": lambda: make_eml(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
        + f"{STORY}\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n".encode()
        + b"Content-Disposition: attachment; filename=a.txt\r\n\r\n"
        + f"{TITLE}\n\n{PROBE}\r\n--b--".encode()
    ),
    "front.md": f'---\ntitle: {TITLE}\nsummary: "{PROBE}"\n---\n\n{STORY}\n'.encode,
}


def with_probe() -> list[exports.Sample]:
    return [replace(sample, body=(*sample.body, PROBE)) for sample in exports.SAMPLES]


def row(*cells: str) -> str:
    return "<row>" + "".join(f'<c t="inlineStr"><is><t>{c}</t></is></c>' for c in cells) + "</row>"


def in_odt(body: str) -> bytes:
    names = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    return make_odt(
        f"{XML}<office:document-content{names}><office:body><office:text><text:h>{TITLE}</text:h>"
        f"<text:p>{STORY}</text:p>{body}</office:text></office:body></office:document-content>"
    )


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_probe_is_kept_or_named(tmp_path: Path, name: str) -> None:
    content = CONTAINERS[name]()
    path = tmp_path / name
    path.write_bytes(content)
    loaded = load(path)
    articles = [item for item in loaded if isinstance(item, Article)]
    report = [item.reason for item in loaded if not isinstance(item, Article)]
    report += [note for article in articles for note in article.notes]
    is_kept = any(PROBE in " ".join(f"{a.title} {a.text}".split()) for a in articles)
    is_named = any(PROBE[:15] in line or f"{len(PROBE)} characters" in line for line in report)
    assert is_kept or is_named, (report, [a.text for a in articles])
