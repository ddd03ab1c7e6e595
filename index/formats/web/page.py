"""A web page -> its main text and what it says about itself.

trafilatura finds the main text, htmldate the date where the page does not state one. Both can
fetch addresses; here they are given parsed trees only, and nothing is fetched.
"""

# Marks of other scripts are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.errors import ArticleFormatError
from index.formats.metadata import Metadata
from index.formats.web.page_boxes import remove_boxes
from index.formats.web.page_furniture import remove_furniture
from index.formats.web.page_head import read_head
from index.formats.web.page_links import link_lines, linked_headlines, squeeze
from index.formats.web.page_metadata import read_metadata, saved_from
from index.formats.web.page_size import check_attributes, check_elements
from index.formats.web.page_stated import STATED_TIMES, find_standfirst, stated_text
from index.formats.web.page_text import render_text
from index.language.detection import detect_language

if TYPE_CHECKING:
    from lxml.html import HtmlElement

# Both write about pages that they cannot read; what a user needs to know is in the skip.
for _name in ("trafilatura", "htmldate", "courlan"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False

_TAG = re.compile(r"<[a-zA-Z!/?]")

# What templates declare whatever language a page is written in.
_DEFAULT_LANGUAGES = frozenset({"", "en"})

# A line that says something, and what a page of main text has at least in such lines.
_PROSE_CHARS = 60
_MIN_PROSE_CHARS = 60
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_STOP = re.compile(r"[.!?…。！？।؟][\"'”’»)\]」』]*$")

# What a server sends in place of a page to what it takes for a robot, or for no browser.
_NO_PAGE = re.compile(
    r"\b(?:enable|turn on|requires?|activate) java ?script|javascript is disabled"
    r"|checking (?:if|your) .{0,40}(?:browser|secure)|habilit\w+ javascript"
    r"|just a moment\.\.\.|verify(?:ing)? (?:that )?you are (?:a )?human|\bcaptcha\b|access denied"
    r"|please (?:enable|accept) cookies|activ\w+ javascript|javascript (?:zu )?aktivieren",
    re.IGNORECASE,
)
_LONGEST_NO_PAGE = 500

# A text of many headlines that are links, and of little else, lists other pages.
_MIN_HEADLINES = 6
_HEADLINE_CHARS = 300
_MANY_HEADLINES = 10
_HEADING_CHARS = 200
_LONG_PARAGRAPH = 250


@dataclass(frozen=True, slots=True)
class Page:
    """What a web page holds.

    Attributes:
        text: Its main text, one paragraph, heading or list item a line.
        metadata: What it says about itself.
    """

    text: str
    metadata: Metadata


def read_page(html: str, *, name: str, url: str = "") -> Page:
    """Read a web page.

    Args:
        html: The page.
        name: What it is called in an error.
        url: Where it was fetched from; empty if not known.

    Raises:
        ArticleFormatError: If it is no HTML or has no main text.
    """
    tree = parse_page(html, name=name)
    head = read_head(tree)
    metadata = read_metadata(tree, head, url=url or saved_from(html))
    strip_comments(tree)
    remove_boxes(tree)
    links, headlines = link_lines(tree), linked_headlines(tree)
    raw = _extract(tree, metadata.url)
    stated = stated_text(head)
    is_same = squeeze(stated) == squeeze(raw) and stated.count("\n") > raw.count("\n")
    if len(stated) > STATED_TIMES * len(raw) or is_same:
        raw = stated  # with its paragraphs, which the library joins
    links -= {squeeze(metadata.title)}
    text = remove_furniture(raw, links=links, headlines=headlines)
    text = _add_standfirst(text, find_standfirst(tree, head, metadata.title, text))
    if len(text) <= _LONGEST_NO_PAGE and _NO_PAGE.search(text):
        reason = "not the page but a notice that asks for a browser; save it from one"
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
    return Page(text, metadata)


def parse_page(html: str, *, name: str) -> HtmlElement:
    """Return the tree of a page, comments included.

    Raises:
        ArticleFormatError: If it is no HTML, or larger than a page may be.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if not _TAG.search(html):
        raise ArticleFormatError(name, "no HTML")
    check_attributes(html, name=name)
    parser = HTMLParser(
        encoding="utf-8", collect_ids=False, default_doctype=False, remove_pis=True, no_network=True
    )
    data = html.replace("\0", "").encode("utf-8", "replace")
    try:
        tree = document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        raise ArticleFormatError(name, "HTML that cannot be read") from None
    check_elements(tree, name=name)
    return tree


def strip_comments(tree: HtmlElement) -> None:
    """Take the comments out of a tree."""
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
    return render_text(body)


def _add_standfirst(text: str, standfirst: str) -> str:
    """Return a text with its standfirst, if there is one, below the heading that it starts with."""
    if not standfirst:
        return text
    first, _, rest = text.partition("\n")
    is_heading = len(first) < _HEADING_CHARS and not _STOP.search(first)
    parts = (first, standfirst, rest.strip("\n")) if is_heading else (standfirst, text)
    return "\n\n".join(filter(None, parts))


def _lists_pages(text: str, headlines: frozenset[str], n_chars: int) -> bool:
    """Tell whether a text is made of the beginnings of other pages.

    Args:
        text: All that was found.
        headlines: The headings of the page that are links.
        n_chars: The length of what the text says.
    """
    lines = text.split("\n")
    n_found = sum(squeeze(line) in headlines for line in lines)
    if n_found >= _MIN_HEADLINES and n_chars < _HEADLINE_CHARS * n_found:
        return True
    # Linked headings are often left out of the text, and what stands below them is not.
    return len(headlines) >= _MANY_HEADLINES and max(map(len, lines)) < _LONG_PARAGRAPH


def _count_prose(text: str) -> int:
    """Return the length of the lines that say something, not only names and labels."""
    n_chars = 0
    for line in text.split("\n"):
        width = len(line) + len(_WIDE.findall(line))
        if width >= _PROSE_CHARS or (width >= _PROSE_CHARS // 3 and _STOP.search(line)):
            n_chars += width
    return n_chars
