"""What a web page states about itself: title, outlet, author, address and language. Pure."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.formats.metadata import MAX_NAME_CHARS, MAX_TITLE_CHARS, Metadata
from index.formats.web.page_dates import (
    find_page_dates,
)
from index.formats.web.page_head import (
    PageHead,
)
from index.language.detection import parse_language
from index.text.addresses import absolute_address, host_of
from index.text.clean import clean_line
from index.text.clock import believable_now

if TYPE_CHECKING:
    from lxml.html import HtmlElement


_LONGEST_OUTLET = 60
_LONGEST_AUTHOR = 80
_MOST_AUTHORS = 10
_SHORTEST_HEADING = 15
# What copies of a page are kept by calls itself the site.
_ARCHIVES = re.compile(
    r"archive\.(?:is|ph|today|org)|internet archive.*|.*wayback machine|google cache",
    re.IGNORECASE,
)

_SAVED_FROM = re.compile(
    r"<!--\s*(?:saved from url=\(\d{1,5}\)|Page saved with SingleFile\s*url:\s*)"
    r"(?P<url>https?://[^\s<>\"']{1,2000})",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"\s+[|–—\-·•»:\u203a/]+\s+")
_NO_NAME = re.compile(r"\bhttps?\b|\bwww\b|©|copyright|[/\\@<>{}]|[&?]\w+=", re.IGNORECASE)
_BY = re.compile(r"^(?:by|por|von|par|di|da|door|text|words by|artikel von)[:\s]\s*", re.IGNORECASE)


def read_metadata(tree: HtmlElement, head: PageHead, *, url: str) -> Metadata:
    """Return the metadata that a page states; ``url`` is where it was fetched from, if known."""
    from trafilatura.metadata import extract_metadata

    canonical = _canonical_url(tree, head, url)
    url = url or canonical
    dates = find_page_dates(tree, head, url=url, today=believable_now().date())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A date format without directives keeps it from looking for the date again.
        found = extract_metadata(tree, default_url=url or None, date_config={"outputformat": "-"})
    host = host_of(url)
    outlet = _outlet(head, found.sitename or "", found.title or "") or host
    return Metadata(
        title=_title(
            tree, _live_headline(head) or found.title or "", (outlet, host, host.split(".")[0])
        ),
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
    """Return the address that a browser wrote into a saved page, empty if none."""
    found = _SAVED_FROM.search(html, 0, 4_096)
    return absolute_address(found["url"]) if found else ""


def _canonical_url(tree: HtmlElement, head: PageHead, url: str) -> str:
    """Return the canonical address of a page, empty if it names none that is plausible."""
    links = [
        link.get("href") or ""
        for link in tree.iter("link")
        if "canonical" in (link.get("rel") or "").lower().split()
    ]
    for value in (*links, head.meta("og:url")):
        address = absolute_address(value, url)
        # Careless templates name the front page as canonical on every page.
        if address and (urlsplit(address).path.strip("/") or not urlsplit(url).path.strip("/")):
            return address
    return ""


def _outlet(head: PageHead, sitename: str, title: str) -> str:
    named = (head.meta("og:site_name"), _publisher(head), head.meta("application-name"), sitename)
    for candidate in named:
        name = clean_line(candidate, max_chars=MAX_NAME_CHARS)
        is_titled = bool(title) and name.startswith(title[:_LONGEST_OUTLET])
        if (
            1 < len(name) <= _LONGEST_OUTLET
            and not is_titled
            and not (_NO_NAME.search(name) or _ARCHIVES.fullmatch(name))
        ):
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


def _live_headline(head: PageHead) -> str:
    """Return the headline of a live blog, not that of an entry."""
    blogs = (node for node in head.nodes if "LiveBlog" in str(node.get("@type")))
    headlines = (blog.get("headline") for blog in blogs)
    return next((headline for headline in headlines if isinstance(headline, str)), "")


def _title(tree: HtmlElement, found: str, names: tuple[str, ...]) -> str:
    """Return a page's title without the name of its site before or after it.

    If the title that was found starts with the page's main heading, that is the title.
    """
    title = clean_line(found, max_chars=MAX_TITLE_CHARS)
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
    """Return the authors that a page's metadata names, else those found in its text."""
    stated = [name for node in head.nodes for name in _names_of(node.get("author"))]
    meta = head.meta("author", "parsely-author", "sailthru.author", "dc.creator", "article:author")
    for names in (stated, meta.split(";"), found.split(";")):
        trimmed = dict.fromkeys(_BY.sub("", " ".join(name.split())) for name in names)
        kept = [name for name in trimmed if _is_person(name) and name.lower() != outlet.lower()]
        if kept:
            return clean_line(", ".join(kept[:_MOST_AUTHORS]), max_chars=MAX_NAME_CHARS)
    return ""


def _names_of(author: object) -> list[str]:
    authors = author if isinstance(author, list) else [author]
    names = [each.get("name") if isinstance(each, dict) else each for each in authors]
    return [name for name in names if isinstance(name, str)]


def _is_person(name: str) -> bool:
    return 1 < len(name) <= _LONGEST_AUTHOR and not _NO_NAME.search(name)


def _language(tree: HtmlElement, head: PageHead) -> str:
    declared = [tree.get("lang") or tree.get("xml:lang") or ""]
    declared += [value for node in head.nodes if isinstance(value := node.get("inLanguage"), str)]
    declared += [head.meta("content-language", "og:locale", "dc.language", "language")]
    return next(filter(None, map(parse_language, declared)), "")
