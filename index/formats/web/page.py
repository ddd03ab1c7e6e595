"""A web page -> its main text and its metadata.

trafilatura finds the main text, htmldate the date if the page does not state one. Both can fetch
addresses; here they only get parsed trees, and nothing is fetched. Pages that are made to be slow
are refused before the parsers see what they are slow on: real pages stay far below the limits (of
545 pages of news sites, the largest has 6,754 elements). A page that evades these counts meets the
deadline of the parser's process.
"""

# Marks and words of many languages are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import html
import logging
import re
import warnings
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.element_tables import expand_spans, name_tables
from index.formats.left_out import describe_missing
from index.formats.limits import MAX_ATTRIBUTES, MAX_ELEMENTS
from index.formats.metadata import Metadata
from index.formats.web.page_furniture import (
    link_lines,
    linked_headlines,
    remove_boxes,
    remove_furniture,
    squeeze,
)
from index.formats.web.page_head import read_head
from index.formats.web.page_metadata import read_metadata, saved_from
from index.formats.web.page_prose import Prose, collect_prose, find_lead
from index.formats.web.page_text import render_text
from index.language.detection import detect_language

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from index.formats.web.page_head import PageHead

_VALUE = r"""=\s*+(?:"[^"]*+"?+|'[^']*+'?+|[^\s>"'][^\s>]*+)?+"""
_ATTRIBUTE = re.compile(rf"[^\s/>=][^\s/>=]*+\s*+(?:{_VALUE})?+")
# A start tag, or anything that hides tags from a parser; if its end is missing, the page ends it.
_NEXT = re.compile(
    r"<(?:!--|(?P<hidden>script|style|textarea|title|xmp|noembed|noframes)(?=[\s/>])"
    r"|[a-zA-Z][^\s/>]*+)"
    rf"(?P<attributes>(?:{_VALUE}|[^>=]++)*+)",
    re.IGNORECASE,
)
_LONG_TAG = 2 * MAX_ATTRIBUTES  # the shortest tag that can have too many attributes


def check_attributes(html: str, *, name: str) -> None:
    """Refuse a page with a tag of too many attributes: parsers compare each with every other.

    Raises:
        ArticleFormatError: If there is such a tag.
    """
    position = 0
    while found := _NEXT.search(html, position):
        position = found.end()
        if found[0].startswith("<!--"):
            end = html.find("-->", found.start() + 2)
            position = len(html) if end < 0 else end + len("-->")
            continue
        attributes = found["attributes"]
        if len(attributes) >= _LONG_TAG:
            counted = islice(_ATTRIBUTE.finditer(attributes), MAX_ATTRIBUTES + 1)
            if sum(1 for _ in counted) > MAX_ATTRIBUTES:
                reason = f"a tag with more than {MAX_ATTRIBUTES:,} attributes"
                raise ArticleFormatError(name, reason)
        if found["hidden"]:
            closing = re.compile(f"</{found['hidden']}", re.IGNORECASE).search(html, position)
            position = closing.start() if closing else len(html)


_DESCRIPTIONS = "og:description", "description", "twitter:description"
_SHORTEST_STANDFIRST = 40
_LONGEST_STANDFIRST = 700
_COMPARED = 80  # a description is often cut
_HEADINGS = frozenset({"h1", "h2"})
_PARAGRAPHS = frozenset("p h2 h3 h4 div span li strong em".split())
_ELSEWHERE = frozenset("a nav aside footer form ul ol table".split())
_ANY_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")

_STATED_TIMES = 3  # a stated text is used if it is so many times as long as the one found


def _find_standfirst(tree: HtmlElement, head: PageHead, title: str, text: str) -> str:
    """Return the paragraph under the headline that the page repeats as its description.

    It is often outside the element that holds the text.

    Returns:
        The paragraph on one line; empty if there is none, or the text has it.
    """
    start = squeeze(next((d for name in _DESCRIPTIONS if (d := head.meta(name).strip())), ""))
    start = start[:_COMPARED]
    first = squeeze(next((line for line in text.split("\n") if len(line) >= _PROSE_CHARS), ""))
    headline = squeeze(title)
    if len(start) < _SHORTEST_STANDFIRST or not first or not headline or start in squeeze(text):
        return ""
    found, is_under_headline = None, False
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag in _HEADINGS and not is_under_headline:
            heading = _beginning(element)
            is_under_headline = bool(heading) and heading == headline[: len(heading)]
        elif is_under_headline and element.tag in _PARAGRAPHS:
            beginning = _beginning(element)
            if _begin_alike(beginning, first):
                break
            if _begin_alike(beginning, start):
                found = element
    if found is None or any(outer.tag in _ELSEWHERE for outer in found.iterancestors()):
        return ""
    paragraph = " ".join(str(found.xpath("string()")).split())
    return paragraph if len(paragraph) <= _LONGEST_STANDFIRST else ""


def _stated_text(head: PageHead) -> str:
    """Return the text that a page states in its JSON-LD as lines; empty if none.

    A page that a script fills may hold its text only there.
    """
    from lxml.html import fragment_fromstring

    bodies = (node.get("articleBody") for node in head.nodes)
    stated = max((body for body in bodies if isinstance(body, str)), key=len, default="")
    if _ANY_TAG.search(stated):
        return render_text(fragment_fromstring(stated, create_parent="div"))
    lines = (" ".join(line.split()) for line in html.unescape(stated).splitlines())
    return "\n\n".join(filter(None, lines))


def _begin_alike(one: str, other: str) -> bool:
    shared = min(len(one), len(other))
    return shared >= _SHORTEST_STANDFIRST and one[:shared] == other[:shared]


def _beginning(element: HtmlElement) -> str:
    """Return the first characters of an element's text, without white space."""
    start = ""
    for piece in element.itertext():
        start += squeeze(piece)
        if len(start) >= _COMPARED:
            break
    return start[:_COMPARED]


# Both log pages that they cannot read; what a user needs to know is in the skip.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

_TAG = re.compile(r"<[a-zA-Z!/?]")

# Languages that templates declare, whatever language a page is written in.
_DEFAULT_LANGUAGES = frozenset({"", "en"})

# The shortest line of prose, and the least prose on a page with a main text.
_PROSE_CHARS = 60
_MIN_PROSE_CHARS = 60
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_STOP = re.compile(r"[.!?…。！？।؟][\"'”’»)\]」』]*$")

# The notices that servers send in place of a page to robots, or to browsers without scripts.
_NO_PAGE = re.compile(
    r"\b(?:enable|turn on|requires?|activate) java ?script|javascript is disabled"
    r"|checking (?:if|your) .{0,40}(?:browser|secure)|habilit\w+ javascript"
    r"|just a moment\.\.\.|verify(?:ing)? (?:that )?you are (?:a )?human|\bcaptcha\b|access denied"
    r"|please (?:enable|accept) cookies|activ\w+ javascript|javascript (?:zu )?aktivieren",
    re.IGNORECASE,
)
_LONGEST_NO_PAGE = 500

# A text of many linked headlines and little else is a list of other pages.
_MIN_HEADLINES = 6
_HEADLINE_CHARS = 300
_MANY_HEADLINES = 10
_HEADING_CHARS = 200
_LONG_PARAGRAPH = 250


@dataclass(frozen=True, slots=True)
class WebPage:
    """The content of a web page.

    Attributes:
        text: Its main text, with one paragraph, heading or list item per line.
        metadata: What it states about itself.
        left_out: What prose on it is not in the text, as a line of the report; empty if none.
    """

    text: str
    metadata: Metadata
    left_out: str = ""


def read_page(html: str, *, name: str, url: str = "") -> WebPage:
    """Read a web page; ``url`` is where it was fetched from, empty if unknown.

    Raises:
        ArticleFormatError: If it is not HTML or has no main text.
    """
    return read_tree(parse_page(html, name=name), name=name, url=url or saved_from(html))


def read_tree(tree: HtmlElement, *, name: str, url: str) -> WebPage:
    """Read the tree of a web page, which is changed; see ``read_page``.

    Raises:
        ArticleFormatError: If it has no main text.
    """
    head = read_head(tree)
    metadata = read_metadata(tree, head, url=url)
    strip_comments(tree)
    prose = collect_prose(tree)
    name_tables(tree)
    expand_spans(tree)
    remove_boxes(tree)
    links, headlines = link_lines(tree), linked_headlines(tree)
    raw = _extract(tree, metadata.url)
    stated = _stated_text(head)
    is_same = squeeze(stated) == squeeze(raw) and stated.count("\n") > raw.count("\n")
    if len(stated) > _STATED_TIMES * len(raw) or is_same:
        raw = stated  # its paragraphs are separate, while the library joins them
    links -= {squeeze(metadata.title)}
    text = remove_furniture(raw, links=links)
    standfirst = _find_standfirst(tree, head, metadata.title, text) or _find_lead(
        tree, metadata.title, text
    )
    text = _add_standfirst(text, standfirst)
    if len(text) <= _LONGEST_NO_PAGE and _NO_PAGE.search(text):
        reason = "a notice that asks for a browser instead of the page; save it from a browser"
        raise ArticleFormatError(name, reason)
    n_chars = _count_prose(text)
    if n_chars < _MIN_PROSE_CHARS:
        raise ArticleFormatError(name, "no main text (a list of links, a form or an empty page)")
    is_article = head.meta("og:type").lower().endswith("article") or metadata.published_at
    if not is_article and _lists_pages(raw, headlines, n_chars):
        reason = "a list of other pages, not an article; add those by their addresses"
        raise ArticleFormatError(name, reason)
    if metadata.language in _DEFAULT_LANGUAGES:
        metadata = replace(metadata, language=detect_language(text) or metadata.language)
    prose += [Prose("text in the page's data for machines", line) for line in stated.split("\n")]
    return WebPage(text, metadata, describe_missing(prose, [text, metadata.title]))


def parse_page(html: str, *, name: str) -> HtmlElement:
    """Return the tree of a page, including its comments.

    Raises:
        ArticleFormatError: If it is not HTML, or too large.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if not _TAG.search(html):
        raise ArticleFormatError(name, "not HTML")
    check_attributes(html, name=name)
    parser = HTMLParser(
        encoding="utf-8", collect_ids=False, default_doctype=False, remove_pis=True, no_network=True
    )
    data = html.replace("\0", "").encode("utf-8", "replace")
    try:
        tree = document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise ArticleFormatError(name, "unreadable HTML") from None
    if sum(1 for _ in islice(tree.iter(), MAX_ELEMENTS + 1)) > MAX_ELEMENTS:
        # Finding the main text takes quadratic time.
        reason = f"more than {MAX_ELEMENTS:,} elements, the limit for a page"
        raise ArticleFormatError(name, reason)
    return tree


def strip_comments(tree: HtmlElement) -> None:
    """Remove the comments from a tree."""
    from lxml import etree

    etree.strip_elements(tree, etree.Comment, etree.ProcessingInstruction, with_tail=False)


def _extract(tree: HtmlElement, url: str) -> str:
    from lxml import etree
    from trafilatura import bare_extraction

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        document = bare_extraction(tree, url=url or None, include_comments=False)
    if document is None or isinstance(document, dict):
        return ""
    body = document.body
    etree.strip_elements(body, "graphic", with_tail=False)
    text = render_text(body)
    return text if "\n" in text else _part_paragraphs(tree, text)


def _part_paragraphs(tree: HtmlElement, text: str) -> str:
    """Return a text with the paragraphs of the element that it is the text of, if there is one.

    Of short articles the library gives no more than their characters.
    """
    wanted = squeeze(text)
    whole = next((e for e in tree.iter("article", "main") if squeeze(e) == wanted), None)
    return text if whole is None else render_text(whole)


def _add_standfirst(text: str, standfirst: str) -> str:
    """Return a text with its standfirst, if any, below the heading at its start."""
    if not standfirst:
        return text
    first, _, rest = text.partition("\n")
    is_heading = len(first) < _HEADING_CHARS and not _STOP.search(first)
    parts = (first, standfirst, rest.strip("\n")) if is_heading else (standfirst, text)
    return "\n\n".join(filter(None, parts))


def _find_lead(tree: HtmlElement, title: str, text: str) -> str:
    """Return the lead in a box of its own that a text lacks; empty if there is none."""
    first = next((line for line in text.split("\n") if len(line) >= _PROSE_CHARS), "")
    lead = find_lead(tree, title, first) if first else ""
    return "" if not lead or squeeze(lead) in squeeze(text) else lead


def _lists_pages(text: str, headlines: frozenset[str], n_chars: int) -> bool:
    """Tell whether a text, ``n_chars`` of it prose, consists of teasers of other pages."""
    lines = text.split("\n")
    n_found = sum(squeeze(line) in headlines for line in lines)
    if n_found >= _MIN_HEADLINES and n_chars < _HEADLINE_CHARS * n_found:
        return True
    # Often the text lacks the linked headings but not what follows them.
    return len(headlines) >= _MANY_HEADLINES and max(map(len, lines)) < _LONG_PARAGRAPH


def _count_prose(text: str) -> int:
    """Return the length of the lines of prose, without names and labels."""
    n_chars = 0
    for line in text.split("\n"):
        width = len(line) + len(_WIDE.findall(line))
        if width >= _PROSE_CHARS or (width >= _PROSE_CHARS // 3 and _STOP.search(line)):
            n_chars += width
    return n_chars
