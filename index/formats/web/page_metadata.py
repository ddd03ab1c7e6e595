"""Who published a web page, who wrote it, what it is called and where it stands."""

from __future__ import annotations

import re
import warnings
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from index.formats.metadata import Metadata
from index.formats.web.page_dates import find_page_dates
from index.formats.web.page_head import PageHead
from index.language.detection import parse_language
from index.text.clean import clean_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_MAX_TITLE_CHARS = 300
_MAX_NAME_CHARS = 200
_MAX_ADDRESS_CHARS = 2_000
_LONGEST_OUTLET = 60
_LONGEST_AUTHOR = 80
_MOST_AUTHORS = 10
_SHORTEST_HEADING = 15

_SAVED_FROM = re.compile(
    r"<!--\s*(?:saved from url=\(\d{1,5}\)|Page saved with SingleFile\s*url:\s*)"
    r"(?P<url>https?://[^\s<>\"']{1,2000})",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s+[|–—\-·•»:\u203a/]+\s+")
_NO_NAME = re.compile(r"\bhttps?\b|\bwww\b|©|copyright|[/\\@<>{}]|[&?]\w+=", re.IGNORECASE)
_BY = re.compile(r"^(?:by|por|von|par|di|da|door|text|words by|artikel von)[:\s]\s*", re.IGNORECASE)


def read_metadata(tree: HtmlElement, head: PageHead, *, url: str) -> Metadata:
    """Return what a page says about itself.

    Args:
        tree: The parsed page; it is not changed.
        head: Its meta elements and JSON-LD.
        url: Where it was fetched from; empty if not known.
    """
    from trafilatura.metadata import extract_metadata

    canonical = _canonical_url(tree, head, url)
    url = url or canonical
    # After today no page was published, whatever it says; the day is that of this machine.
    dates = find_page_dates(tree, head, url=url, today=date.today())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A format without a directive: the date is not looked for a second time.
        found = extract_metadata(tree, default_url=url or None, date_config={"outputformat": "-"})
    host = host_of(url)
    outlet = _outlet(head, found.sitename or "", found.title or "") or host
    return Metadata(
        title=_title(tree, found.title or "", (outlet, host, host.split(".")[0])),
        outlet=outlet,
        author=_authors(head, found.author or "", outlet),
        url=url,
        canonical_url=canonical,
        language=_language(tree, head),
        published=dates.published,
        published_at=dates.published_at,
        updated_at=dates.updated_at,
        date_basis=dates.basis,
    )


def saved_from(html: str) -> str:
    """Return the address that a browser wrote into a page that it saved, empty if none."""
    found = _SAVED_FROM.search(html, 0, 4_096)
    return absolute_address(found["url"]) if found else ""


def absolute_address(value: str, base: str = "") -> str:
    """Return an address of http or https, absolute and without fragment; else nothing."""
    value = value.strip()
    if not value or len(value) > _MAX_ADDRESS_CHARS or not value.isprintable() or " " in value:
        return ""
    try:
        joined = urljoin(base, value)
        parts = urlsplit(joined)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return ""
    except ValueError:
        return ""
    return joined.partition("#")[0]


def host_of(url: str) -> str:
    """Return the host of a web address without ``www.``, empty if there is none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def _canonical_url(tree: HtmlElement, head: PageHead, url: str) -> str:
    """Return the address that a page names as its own, empty for one that cannot be."""
    links = [
        link.get("href") or ""
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    for value in (*links, head.meta("og:url")):
        address = absolute_address(value, url)
        # Careless templates name the front page on every page.
        if address and (urlsplit(address).path.strip("/") or not urlsplit(url).path.strip("/")):
            return address
    return ""


def _outlet(head: PageHead, sitename: str, title: str) -> str:
    named = (head.meta("og:site_name"), _publisher(head), head.meta("application-name"), sitename)
    for candidate in named:
        name = clean_line(candidate, max_chars=_MAX_NAME_CHARS)
        is_titled = bool(title) and name.startswith(title[:_LONGEST_OUTLET])
        if 1 < len(name) <= _LONGEST_OUTLET and not is_titled and not _NO_NAME.search(name):
            return name
    return ""


def _publisher(head: PageHead) -> str:
    for node in head.nodes:
        publisher = node.get("publisher")
        if isinstance(publisher, list) and publisher:
            publisher = publisher[0]
        name = publisher.get("name") if isinstance(publisher, dict) else publisher
        if isinstance(name, str):
            return name
    return ""


def _title(tree: HtmlElement, found: str, names: tuple[str, ...]) -> str:
    """Return a page's title without the name of its site before or behind it.

    Args:
        tree: The page, whose only main heading is the title if the title goes on behind it.
        found: The title with or without such a name.
        names: What the site is called.
    """
    title = clean_line(found, max_chars=_MAX_TITLE_CHARS)
    headings = [" ".join(str(heading.xpath("string()")).split()) for heading in tree.iter("h1")]
    for heading in headings:
        if len(heading) >= _SHORTEST_HEADING and title.startswith(heading):
            return heading if _SEPARATOR.match(title, len(heading)) else title
    marks = list(_SEPARATOR.finditer(title))
    known = {"".join(name.lower().split()) for name in names if name}
    if marks and "".join(title[marks[-1].end() :].lower().split()) in known:
        return title[: marks[-1].start()]
    if marks and "".join(title[: marks[0].start()].lower().split()) in known:
        return title[marks[0].end() :]
    return title


def _authors(head: PageHead, found: str, outlet: str) -> str:
    """Return who wrote a page, as its data names them, else as they were found in its text."""
    stated = [name for node in head.nodes for name in _names_of(node.get("author"))]
    meta = head.meta("author", "parsely-author", "sailthru.author", "dc.creator", "article:author")
    for names in (stated, meta.split(";"), found.split(";")):
        trimmed = dict.fromkeys(_BY.sub("", " ".join(name.split())) for name in names)
        kept = [name for name in trimmed if _is_person(name) and name.lower() != outlet.lower()]
        if kept:
            return clean_line(", ".join(kept[:_MOST_AUTHORS]), max_chars=_MAX_NAME_CHARS)
    return ""


def _names_of(author: object) -> list[str]:
    authors = author if isinstance(author, list) else [author]
    names = [each.get("name") if isinstance(each, dict) else each for each in authors]
    return [name for name in names if isinstance(name, str)]


def _is_person(name: str) -> bool:
    return 1 < len(name) <= _LONGEST_AUTHOR and not _NO_NAME.search(name)


def _language(tree: HtmlElement, head: PageHead) -> str:
    """Return the language that a page declares, as ISO 639-1."""
    declared = [tree.get("lang") or tree.get("xml:lang") or ""]
    declared += [value for node in head.nodes if isinstance(value := node.get("inLanguage"), str)]
    declared += [head.meta("content-language", "og:locale", "dc.language", "language")]
    return next(filter(None, map(parse_language, declared)), "")
