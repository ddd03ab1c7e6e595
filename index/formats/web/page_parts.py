"""Pages that hold several articles: blogs in full, and live blogs entry by entry.

An ordinary page with cards of other articles is not split: a part must have a heading of its own
and a text of several sentences, and no part may be a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from index.formats.metadata import find_author
from index.formats.web.page_dates import read_moment
from index.formats.web.page_furniture import remove_furniture, squeeze
from index.formats.web.page_head import PageHead
from index.formats.web.page_prose import collect_prose
from index.formats.web.page_text import render_text
from index.text.addresses import absolute_address
from index.text.dates import cut_dates, is_date_line, parse_date

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_COMMENT = re.compile(
    r"\b(?:message|thread|forum|comments?|replies|reactions?|kommentar\w*|commentaire\w*"
    r"|comentario\w*)\b|comment-",
    re.IGNORECASE,
)
_RELATED = re.compile(
    r"related|recommend|teaser|promo|card|read-?more|also|popular|trending|newsletter", re.I
)
_MORE = re.compile(
    r"(?:read|continue|see|weiter|lire|leer|leggi|ler)\b.{0,30}(?:more|reading|lesen|suite|más|tutto|mais)?\W*",
    re.I,
)
_MIN_TEXT = 120, 2
_MIN_LINKED_TEXT = 180, 4
"""The fewest characters, and sentences, of an article among others."""

_SENTENCE = re.compile(r"[^\W\d_][.!?…。！？।؟][\"'”’»)\]」』]*(?:\s|$)")  # noqa: RUF001
_LEAST_SHARE = 0.5
_LEAST_SECOND = 0.1
_ARTICLE = re.compile(r"article|posting|review|report", re.I)
_HEADINGS = ("h1", "h2", "h3", "h4")
_MOST_PARTS = 1_000

_LIVE = (
    r"live[-_ ]?(?:blog|ticker|updates?|coverage|feed|stream)|newsticker|minuto a minuto|en direct"
)
LIVE = re.compile(
    rf"{_LIVE}|\bticker\b|minuto per minuto|minute par minute|in diretta|ao vivo"
    r"|онлайн[- ]трансляц",
    re.I,
)
"""What the title of a live blog says; a box of that name may also hold headlines of others."""
_LIVE_BOX = re.compile(_LIVE, re.I)
_CLOCK = re.compile(
    r"(?<![\d:])(?P<hour>[01]?\d|2[0-3])(?:[:.h])(?P<minute>[0-5]\d)(?!\d)\s?(?P<half>[ap]\.?m\b)?",
    re.I,
)
_LONGEST_CLOCK_LINE = 40
_BESIDE_CLOCK = re.compile(r"\W|\b(?:uhr|gmt|utc|bst|cet|cest|est|edt|at|um|updated)\b", re.I)
_LONGEST_REST = 2
_MIN_ENTRY_CHARS = 30
_FEWEST_ENTRIES = 2


@dataclass(frozen=True, slots=True)
class PagePart:
    """An article on a page with several.

    Attributes:
        title: Its heading; empty for an entry without one.
        text: Its paragraphs, without the heading.
        published: Its day, or None.
        published_at: Its moment, or None.
        author: Its author; empty if it names none.
        url: Its own address; empty if it has none.
        element: Where it stands on the page; None if it only stands in data for machines.
    """

    title: str
    text: str
    published: date | None = None
    published_at: datetime | None = None
    author: str = ""
    url: str = ""
    element: HtmlElement | None = field(default=None, compare=False, repr=False)


def remove_parts(tree: HtmlElement, parts: Sequence[PagePart]) -> None:
    """Remove parts from the tree of their page, or the blocks that hold the text of one."""
    texts = {squeeze(part.text)[:80] for part in parts if part.element is None}
    blocks = [part.element for part in parts if part.element is not None]
    if texts:
        elements = tree.iter("div", "article", "li", "section", "p")
        blocks += [element for element in elements if squeeze(element)[:80] in texts]
    for block in blocks:
        if block.getparent() is not None:
            block.drop_tree()


def split_articles(tree: HtmlElement, head: PageHead, url: str) -> list[PagePart]:
    """Return the articles of a page that shows several in full, one after another; else none.

    A page that says that it is one article is one. The parts must hold most of the page's prose,
    and none of them all of it.
    """
    if head.meta("og:type").lower().endswith("article") or head.meta("article:published_time"):
        return []
    if any(_ARTICLE.search(str(node.get("@type"))) for node in head.nodes):
        return []
    found = [element for element in tree.iter("article") if not _is_inside(element, "article")]
    found = found if len(found) > 1 else _signed_blocks(tree)
    parts = []
    for element in found[:_MOST_PARTS]:
        if _is_aside(element):
            continue
        part = _read_part(element, url)
        # A heading that is a link stands above a teaser, unless the text is long.
        least = _MIN_TEXT if part and not _is_linked(element) else _MIN_LINKED_TEXT
        if part is None or len(part.text) < least[0]:
            continue
        if len(_SENTENCE.findall(part.text)) >= least[1]:
            parts.append(part)
    if len(parts) < 2:  # noqa: PLR2004 - several
        return []
    lengths = sorted(len(part.text) for part in parts)
    n_prose = sum(len(prose.text) for prose in collect_prose(tree))
    is_most = sum(lengths) >= _LEAST_SHARE * n_prose
    return parts if is_most and lengths[-2] >= _LEAST_SECOND * lengths[-1] else []


def _signed_blocks(tree: HtmlElement) -> list[HtmlElement]:
    """Return the blocks side by side that each begin with a heading and have a byline or a day."""
    for parent in tree.iter("main", "section", "div", "td", "body"):
        blocks = [child for child in parent if child.tag in {"div", "section", "td"}]
        signed = [block for block in blocks if _is_signed(block)] if len(blocks) > 1 else []
        if len(signed) > 1:
            return signed
    return []


def _is_signed(block: HtmlElement) -> bool:
    text = render_text(block).split("\n")
    heading = next((squeeze(h) for h in block.iter(*_HEADINGS) if squeeze(h)), "")
    above = [line for line in text[:8] if line]
    return (
        bool(heading) and heading in map(squeeze, above[:2]) and any(map(is_date_line, above[1:4]))
    )


def _is_linked(element: HtmlElement) -> bool:
    heading = next((h for h in element.iter(*_HEADINGS) if squeeze(h)), None)
    if heading is None:
        return False
    return next(heading.iter("a"), None) is not None or _is_inside(heading, "a")


def _is_inside(element: HtmlElement, tag: str) -> bool:
    return any(outer.tag == tag for outer in element.iterancestors())


def _is_aside(element: HtmlElement) -> bool:
    """Tell whether an element is a comment, or in a box of other articles."""
    for outer in (element, *element.iterancestors()):
        names = f"{outer.get('class') or ''} {outer.get('id') or ''}"[:500]
        if outer.tag in {"aside", "nav", "footer"} or _COMMENT.search(names):
            return True
        if outer.tag not in {"body", "html", "main"} and _RELATED.search(names):
            return True
    return False


def _read_part(element: HtmlElement, url: str) -> PagePart | None:
    heading = next((h for h in element.iter(*_HEADINGS) if squeeze(h)), None)
    if heading is None:
        return None
    title = " ".join(str(heading.xpath("string()")).split())
    lines = remove_furniture(render_text(element)).split("\n")
    head = {squeeze(title)}
    kept = [line for line in lines if squeeze(line) not in head]
    if kept and _MORE.fullmatch(kept[-1]):
        return None  # only its beginning
    moments = [read_moment(t.get("datetime") or _squeeze_time(t)) for t in element.iter("time")]
    above = [line for number, line in enumerate(kept) if number <= 3 and is_date_line(line)]  # noqa: PLR2004
    moments += map(parse_date, above)
    day = next((moment for moment in moments if moment), None)
    author = _author_of(element) or find_author(above)
    kept = [line for line in kept if line not in above]
    links = [
        *heading.iter("a"),
        *heading.iterancestors("a"),
        *element.xpath(".//a[@rel='bookmark']"),
    ]
    address = next(
        (a for link in links if (a := absolute_address(link.get("href") or "", url))), ""
    )
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
    return PagePart(title, text, *_split_moment(day), author, address)


def _squeeze_time(element: HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join(str(element.xpath("string()")).split())


def _split_moment(found: datetime | date | None) -> tuple[date | None, datetime | None]:
    if isinstance(found, datetime):
        is_midnight = found.time() == time() and not found.utcoffset()
        return found.date(), None if is_midnight else found
    return found, None


def _author_of(element: HtmlElement) -> str:
    named = element.xpath(
        ".//*[@rel='author' or @itemprop='author'"
        " or contains(concat(' ', @class, ' '), ' author ')]"
    )
    name = " ".join(str(named[0].xpath("string()")).split()) if named else ""
    return name if len(name) <= 100 else ""  # noqa: PLR2004


def split_live_blog(
    tree: HtmlElement, head: PageHead, *, title: str, day: date | None, url: str
) -> list[PagePart]:
    """Return the entries of a live blog, each with its time; none if the page is no live blog."""
    stated = _stated_entries(head)
    shown = _shown_entries(tree, head, title=title, day=day, url=url)
    return shown if len(shown) >= len(stated) else stated


def _stated_entries(head: PageHead) -> list[PagePart]:
    """Return the entries in a page's JSON-LD."""
    from lxml.html import fragment_fromstring

    entries = []
    for node in head.nodes:
        updates = node.get("liveBlogUpdate")
        if not isinstance(updates, list):
            continue
        for update in updates[:_MOST_PARTS]:
            if not isinstance(update, dict):
                continue
            body, headline = update.get("articleBody"), update.get("headline")
            if not isinstance(body, str) or not body.strip():
                continue
            text = render_text(fragment_fromstring(body, create_parent="div"))
            moment = read_moment(update.get("datePublished"))
            address = update.get("url")
            entries.append(
                PagePart(
                    " ".join(headline.split()) if isinstance(headline, str) else "",
                    text,
                    *_split_moment(moment),
                    url=absolute_address(address) if isinstance(address, str) else "",
                )
            )
    return entries if len(entries) >= _FEWEST_ENTRIES else []


def _shown_entries(
    tree: HtmlElement, head: PageHead, *, title: str, day: date | None, url: str
) -> list[PagePart]:
    kinds = " ".join(str(node.get("@type")) for node in head.nodes)
    is_live = bool(LIVE.search(f"{kinds} {title} {url}"))
    for parent in tree.iter("main", "article", "section", "div", "ol", "ul", "body"):
        names = f"{parent.get('class') or ''} {parent.get('id') or ''}"[:500]
        children = [child for child in parent if child.tag in {"article", "div", "li", "section"}]
        if len(children) < _FEWEST_ENTRIES or not (
            is_live or _LIVE_BOX.search(names) or any(map(_is_live_entry, children[:3]))
        ):
            continue
        entries = list(_read_entries(children, day))
        if len(entries) >= _FEWEST_ENTRIES and len(entries) >= 0.6 * len(children):
            return entries[:_MOST_PARTS]
    return []


def _is_live_entry(element: HtmlElement) -> bool:
    return bool(_LIVE_BOX.search(f"{element.get('class') or ''} {element.get('id') or ''}"[:500]))


def _read_entries(children: Sequence[HtmlElement], day: date | None) -> Iterator[PagePart]:
    for child in children:
        if _is_aside(child):
            continue
        moment = _entry_moment(child, day)
        if moment is None:
            continue
        heading = next((h for h in child.iter(*_HEADINGS, "strong") if squeeze(h)), None)
        is_titled = heading is not None and heading.tag != "strong"
        title = (
            " ".join(str(heading.xpath("string()")).split())
            if heading is not None and is_titled
            else ""
        )
        lines = remove_furniture(render_text(child)).split("\n")
        kept = [
            line for line in lines if squeeze(line) != squeeze(title) and not _is_clock_line(line)
        ]
        text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip("\n")
        if len(text) >= _MIN_ENTRY_CHARS:
            yield PagePart(title, text, *_split_moment(moment), _author_of(child), element=child)


def _entry_moment(entry: HtmlElement, day: date | None) -> datetime | date | None:
    """Return the moment that an entry states, or its clock on the day of the page."""
    for element in entry.iter("time"):
        if moment := read_moment(element.get("datetime")):
            return moment
    for line in render_text(entry).split("\n")[:4]:
        clock = _CLOCK.search(line) if _is_clock_line(line) else None
        if clock and day:
            stated = parse_date(line) or day
            hour = int(clock["hour"]) % (12 if clock["half"] else 24)
            hour += 12 if (clock["half"] or "").lower().startswith("p") else 0
            return datetime.combine(stated, time(hour, int(clock["minute"])))
    return None


def _is_clock_line(line: str) -> bool:
    """Tell whether a line is a time of day, perhaps with its date."""
    clock = _CLOCK.search(line) if 0 < len(line) <= _LONGEST_CLOCK_LINE else None
    if clock is None:
        return False
    rest = cut_dates(line[: clock.start()] + line[clock.end() :])
    return len(_BESIDE_CLOCK.sub("", rest)) <= _LONGEST_REST
