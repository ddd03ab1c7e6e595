"""Nothing is lost in silence: a probe sentence in every container is kept or named.

Wherever a format has room for a sentence, it turns up in an article or in the report, with its
size and the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from index.types import Article
from loading import load
from sample_files import (
    SECOND,
    STORY,
    TITLE,
    WORD,
    XML,
    make_docx,
    make_eml,
    make_enex,
    make_epub,
    make_ghost,
    make_html,
    make_mhtml,
    make_odt,
    make_rss,
    make_rtf,
    make_warc,
    make_wordpress,
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
    "front.md": f'---\ntitle: {TITLE}\nsummary: "{PROBE}"\n---\n\n{STORY}\n'.encode,
}


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
    is_named = any(PROBE[:40] in line or f"{len(PROBE)} characters" in line for line in report)
    assert is_kept or is_named, (report, [a.text for a in articles])
