"""What a page says of its own text: the standfirst under its headline, and the whole of it. Pure.

A standfirst often stands outside of the element of the text, with the headline, and a page that a
script fills may hold its text in its JSON-LD only. Both are taken where the page's own words for
machines and what its readers see bear each other out, or where there is nothing else.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from index.formats.web.page_links import squeeze
from index.formats.web.page_text import render_text

if TYPE_CHECKING:
    from lxml.html import HtmlElement

    from index.formats.web.page_head import PageHead

_DESCRIPTIONS = "og:description", "description", "twitter:description"
_SHORTEST_STANDFIRST = 40
_LONGEST_STANDFIRST = 700
_COMPARED = 80  # a description is often cut
_PROSE_CHARS = 60
_HEADINGS = frozenset({"h1", "h2"})
_PARAGRAPHS = frozenset("p h2 h3 h4 div span li strong em".split())
_ELSEWHERE = frozenset("a nav aside footer form ul ol table".split())
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")

STATED_TIMES = 3
"""A stated text is taken if it is so many times as long as what was found on the page."""


def find_standfirst(tree: HtmlElement, head: PageHead, title: str, text: str) -> str:
    """Return the paragraph under the headline that a page repeats as its description.

    Args:
        tree: The page.
        head: What it says about itself.
        title: The headline.
        text: What was found of its main text.

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


def stated_text(head: PageHead) -> str:
    """Return the text that a page states in its JSON-LD as lines; empty if it states none."""
    from lxml.html import fragment_fromstring

    bodies = (node.get("articleBody") for node in head.nodes)
    stated = max((body for body in bodies if isinstance(body, str)), key=len, default="")
    if _TAG.search(stated):
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
