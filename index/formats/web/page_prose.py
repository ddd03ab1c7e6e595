"""The prose on a page, wherever it stands: what the main text lacks is named, or its lead. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from index.formats.left_out import reads_like_text
from index.formats.web.page_furniture import is_furniture, squeeze

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LEAVES = frozenset(
    "p li blockquote td th dd dt figcaption caption div section article pre".split()
)
_UNSEEN = frozenset("script style template head title svg math object".split())
_TAG = re.compile(r"<[^<>]*>")
_MOST_BLOCKS = 3_000
_LONGEST_BLOCK = 20_000

# What a box is, by its element or by the names in its class and id; the first that fits counts.
_FRAMES = {
    "figcaption": "captions",
    "caption": "captions",
    "nav": "menus",
    "footer": "the foot of the page",
    "dialog": "dialogs",
    "form": "forms",
    "noscript": "text for browsers without scripts",
    "aside": "boxes beside the text",
}
_NAMES = (
    (
        "comments",
        re.compile(r"\bcomment(?:s|list|-|_|\b)|disqus|kommentar|commentaire|comentario", re.I),
    ),
    ("notices on cookies", re.compile(r"cookie|consent|gdpr|didomi|onetrust", re.I)),
    ("captions", re.compile(r"caption|credit", re.I)),
    ("invitations to subscribe", re.compile(r"newsletter|subscri|sign-?up|paywall|regwall", re.I)),
    (
        "boxes on other stories",
        re.compile(
            r"related|recommend|read-?more|more-|also|popular|trending|promo|teaser|card", re.I
        ),
    ),
    ("notes on the author", re.compile(r"author|bio\b|byline|writer", re.I)),
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_NO_LEAD = re.compile(
    r"cookie|consent|newsletter|subscri|sign-?up|paywall|share|social|player|audio|author|bio\b|byline"
    r"|related|recommend|read-?more|promo|comment|caption|credit|\bad(?:s|vert\w*)?\b|disclaimer|notice",
    re.I,
)
_NO_LEAD_TAGS = frozenset(
    "a nav aside footer form figure figcaption dialog noscript button ul ol table".split()
)
_STOP = re.compile(r"[.!?…。！？।؟][\"'”’»)\]」』]*$")  # noqa: RUF001
_SHORTEST_LEAD = 60
_LONGEST_LEAD = 1_200
_MOST_LINKED = 0.5


class Prose(NamedTuple):
    """A block of prose on a page.

    Attributes:
        kind: What it is, for the report.
        text: On one line.
    """

    kind: str
    text: str


def collect_prose(tree: HtmlElement) -> list[Prose]:
    """Return the blocks of a page that read like text, in order."""
    found: list[Prose] = []
    for element in tree.iter():
        if len(found) == _MOST_BLOCKS:
            break
        if element.tag in _LEAVES and not _is_unseen(element):
            text = " ".join(_own_text(element).split())[:_LONGEST_BLOCK]
            if reads_like_text(text) and not is_furniture(text):
                found.append(Prose(_kind_of(element), text))
    frames = (_TAG.sub(" ", frame.get("srcdoc") or "") for frame in tree.iter("iframe"))
    found += [Prose("frames", text) for text in frames if reads_like_text(text)]
    return found


def find_lead(tree: HtmlElement, title: str, first: str) -> str:
    """Return the prose between the headline of a page and the first paragraph found.

    Extraction by the density of text takes a lead in a box of its own for a teaser.

    Args:
        tree: The page.
        title: Its headline.
        first: The first paragraph of the main text.

    Returns:
        Its paragraphs, separated by blank lines; empty if there are none.
    """
    headline, start = squeeze(title), squeeze(first)[:80]
    is_below = False
    lead: list[str] = []
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "h1":
            heading = squeeze(element)
            is_below = bool(heading) and (heading in headline or headline in heading)
            lead = []
        elif is_below and element.tag in {"p", "div"}:
            text = " ".join(_own_text(element).split())
            if text and squeeze(text).startswith(start):
                return "\n\n".join(lead) if sum(map(len, lead)) <= _LONGEST_LEAD else ""
            if _is_lead(element, text):
                lead.append(text)
    return ""


def _is_lead(element: HtmlElement, text: str) -> bool:
    if len(text) < _SHORTEST_LEAD or not _STOP.search(text) or is_furniture(text):
        return False
    if sum(len(squeeze(link)) for link in element.iter("a")) > _MOST_LINKED * len(squeeze(text)):
        return False
    for outer in (element, *element.iterancestors()):
        if outer.tag in {"article", "main", "body"}:
            break
        if outer.tag in _NO_LEAD_TAGS or _HIDDEN.search(outer.get("style") or ""):
            return False
        if "hidden" in outer.attrib or _NO_LEAD.search(_names(outer)):
            return False
    return True


def _own_text(element: HtmlElement) -> str:
    """Return the text of an element without that of the blocks inside it."""
    return "".join(_inline_text(element))


def _inline_text(element: HtmlElement) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _LEAVES | _UNSEEN | {
            "table",
            "ul",
            "ol",
        }:
            yield " " if child.tag == "br" else ""
            yield from _inline_text(child)
        yield child.tail or ""


def _is_unseen(element: HtmlElement) -> bool:
    return any(outer.tag in _UNSEEN for outer in element.iterancestors())


def _kind_of(element: HtmlElement) -> str:
    for outer in (element, *element.iterancestors()):
        if kind := _FRAMES.get(str(outer.tag)):
            return kind
        if "hidden" in outer.attrib or _HIDDEN.search(outer.get("style") or ""):
            return "hidden text"
        if outer.tag in {"body", "html"}:
            break
        names = _names(outer)
        if kind := next((kind for kind, pattern in _NAMES if pattern.search(names)), ""):
            return kind
    return "text beside the main text"


def _names(element: HtmlElement) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[:500]
