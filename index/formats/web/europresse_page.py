"""Pages saved from Europresse: one article for each document on them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.databases.europresse import CERTIFICATE, WORDS, day_of_certificate
from index.formats.databases.export import Export, ExportedArticle, is_name, read_count, read_day
from index.formats.web.page_text import render_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NAME = "DocPublicationName"
_HEADERS = "DocHeader"
_TITLES = ("titrearticlevisu", "rdp__articletitle")
_LONGEST_AUTHOR = 200
_SAVED = re.compile(
    r"(?:documents? sauvegardés?|saved documents?)\s?[•·(]?\s?(?P<total>\d{1,5})", re.I
)


def read_europresse_page(tree: HtmlElement) -> Export | None:
    """Return the documents on a page of Europresse; None if it is none.

    The tree is not changed.
    """
    names = _by_class(tree, _NAME)
    if not names or not any(_by_class(tree, title) for title in _TITLES):
        return None
    parts: list[HtmlElement] = []
    for name in names:
        part = _part_of(name)
        if not any(part is other for other in parts):
            parts.append(part)
    saved = _SAVED.search(str(tree.xpath("string()"))[:20_000])
    return Export("Europresse", tuple(map(_read_part, parts)), int(saved["total"]) if saved else 0)


def _by_class(tree: HtmlElement, wanted: str) -> list[HtmlElement]:
    """Return the elements with a class, whatever its case; the outermost of nested ones."""
    found = [
        element
        for element in tree.iter()
        if isinstance(element.tag, str)
        and wanted.casefold() in (element.get("class") or "").casefold().split()
    ]
    inside = {inner for element in found for inner in element.iterdescendants()}
    return [element for element in found if element not in inside]


def _part_of(name: HtmlElement) -> HtmlElement:
    """Return the widest element around the name of a publication without a second name."""
    part = name
    for wider in name.iterancestors():
        if len(_by_class(wider, _NAME)) > 1 or wider.tag in {"body", "html"}:
            break
        part = wider
        if wider.tag == "article":
            break
    return part


def _text_of(elements: list[HtmlElement]) -> str:
    return " ".join(" ".join(str(element.xpath("string()")).split()) for element in elements)


def _read_part(part: HtmlElement) -> ExportedArticle:
    names = _by_class(part, _NAME)
    titles = next(filter(None, (_by_class(part, title) for title in _TITLES)), [])
    header = _text_of(_by_class(part, _HEADERS))
    text = render_text(part)
    certificate = CERTIFICATE.search(text)
    document = re.sub(r"\s", "", certificate[0]) if certificate else ""
    bodies = _by_class(part, "docOcurrContainer") or [*part.iterdescendants("section")][:1]
    body = "\n\n".join(map(render_text, bodies))
    author = _author_of(part, titles)
    if not body:  # the layout until 2014: all in one cell, after the title
        after = text.partition(_text_of(titles))[2] if titles else text
        body = re.split(r"\n.{0,20}(?:©|\bnews\s?·)", after, maxsplit=1)[0].strip()
        first, _, rest = body.partition("\n")
        if is_name(first) and rest.strip():
            author, body = author or first, rest.strip("\n")
    published, moment = read_day(header)
    section = header.split(",")[0].strip() if "," in header else ""
    words = WORDS.search(header)
    return ExportedArticle(
        title=_text_of(titles[:1]),
        text=body,
        outlet=re.split(r"\s{2,}|\n", str(names[0].xpath("string()")).strip())[0] if names else "",
        published=day_of_certificate(document) or published,
        published_at=moment,
        author=author,
        section="" if read_day(section)[0] else section[:100],
        document=document,
        words=read_count(words["count"]) if words else 0,
        missing="" if body.strip() else "no text in the export",
    )


def _author_of(part: HtmlElement, titles: list[HtmlElement]) -> str:
    """Return the line below the title, which names the author."""
    stated = _text_of(_by_class(part, "docAuthors"))
    if stated or not titles:
        return stated
    for element in part.iter("p", "div"):
        is_below = "sm-margin-bottomNews" in (element.get("class") or "")
        previous = element.getprevious()
        is_next = previous is not None and any(inner is titles[0] for inner in previous.iter())
        if is_below or is_next:
            line = _text_of([element])
            if 0 < len(line) <= _LONGEST_AUTHOR and line != _text_of(titles[:1]):
                return line
    return ""
