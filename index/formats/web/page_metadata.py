"""What a web page states about itself: title, outlet, author, address, language and dates. Pure.

A page states its dates for machines in markup that means "published" and nothing else; this counts
first. Otherwise htmldate looks in weaker markup, the address and the text. Only a whole date up to
today counts: a year alone, from a copyright line, is a guess about the site.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.formats.metadata import MAX_NAME_CHARS, MAX_TITLE_CHARS, Metadata
from index.language.detection import parse_language
from index.text.addresses import absolute_address, host_of
from index.text.clean import clean_line
from index.text.dates import parse_date, parse_moment

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_KEYS = "property", "name", "itemprop", "http-equiv"
_MAX_SCRIPT_CHARS = 2_000_000
_MAX_NODES = 2_000
_MAX_VALUE_CHARS = 5_000


@dataclass(frozen=True, slots=True)
class PageHead:
    """The meta elements and the JSON-LD of a page.

    Attributes:
        metas: Name, in lower case, and content of each meta element, in order.
        nodes: The objects of its JSON-LD, outer ones first.
    """

    metas: tuple[tuple[str, str], ...]
    nodes: tuple[dict[str, object], ...]

    def meta(self, *names: str) -> str:
        """Return the content of the first of these meta elements that the page has, else ""."""
        contents = dict(reversed(self.metas))
        return next((contents[name] for name in names if name in contents), "")


def read_head(tree: HtmlElement) -> PageHead:
    """Return the meta elements and the JSON-LD of a page."""
    metas = []
    for meta in tree.iter("meta"):
        content = (meta.get("content") or "").strip()
        if not 0 < len(content) <= _MAX_VALUE_CHARS:
            continue
        metas += [(name.strip().lower(), content) for key in _KEYS if (name := meta.get(key))]
    return PageHead(tuple(metas), tuple(_read_nodes(tree)))


def _read_nodes(tree: HtmlElement) -> list[dict[str, object]]:
    nodes: list[dict[str, object]] = []
    for script in tree.iter("script"):
        kind = (script.get("type") or "").strip().lower()
        text = (script.text or "").strip().rstrip(";")
        if kind != "application/ld+json" or not text or len(text) > _MAX_SCRIPT_CHARS:
            continue
        try:
            found: object = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        queue = [found]
        for node in queue:  # grows while it is read
            if len(nodes) >= _MAX_NODES:
                return nodes
            if isinstance(node, list):
                queue += node[:_MAX_NODES]
            elif isinstance(node, dict):
                nodes.append(node)
                queue += [node[key] for key in ("@graph", "mainEntity") if key in node]
    return nodes


_EARLIEST = date(1700, 1, 1)
_EARLIEST_IN_ADDRESS = date(1995, 1, 1)
_SHORTEST_DATE = 6
_LONGEST_DATE = 120
_EPOCH = date(1970, 1, 1)  # how many systems write a missing date

_PUBLISHED = frozenset(
    "article:published_time article:published og:article:published_time og:published_time "
    "og:pubdate pubdate publishdate publish-date publish_date published-date publication_date "
    "parsely-pub-date sailthru.date dcterms.issued dc.date.issued bt:pubdate "
    "cxenseparse:recs:publishtime vr:published-time datepublished".split()
)
_UPDATED = frozenset(
    "article:modified_time og:updated_time lastmod last-modified datemodified dcterms.modified "
    "dc.date.modified article:modified og:article:modified_time".split()
)
_ARTICLE_TYPE = re.compile(r"(?:article|blogposting|report|review|posting)$", re.IGNORECASE)
_PAGE_TYPE = re.compile(r"^(?:webpage|itempage|newsmediaorganization)$", re.IGNORECASE)

_IN_ADDRESS = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<mark>[/_-])(?P<month>0?[1-9]|1[0-2])(?P=mark)"
    r"(?P<day>0?[1-9]|[12]\d|3[01])(?!\d)"
)
# The time zones of most people for whom a moment in UTC may be on another day.
_FARTHEST_WEST = timedelta(hours=8)
_FARTHEST_EAST = timedelta(hours=10)

_CLOCK = re.compile(r"\d\d:\d\d")
_SCRIPT_DATE = re.compile(r"^\w{3} (\w{3}) (\d{1,2}) (\d{4}) ([\d:]{8}) GMT([+-]\d{4})")


@dataclass(frozen=True, slots=True)
class PageDates:
    """The dates of a page.

    Attributes:
        published: The day, or None.
        published_at: The moment if a time of that day is stated, else None.
        updated_at: The stated moment of the last change, or None.
        basis: ``page``, ``address`` or, without a date, empty.
    """

    published: date | None = None
    published_at: datetime | None = None
    updated_at: datetime | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True)
class _Stated:
    day: date
    moment: datetime | None


def find_page_dates(tree: HtmlElement, head: PageHead, *, url: str, today: date) -> PageDates:
    """Return when a page was published and last changed.

    Args:
        tree: The parsed page; it is not changed.
        head: Its meta elements and JSON-LD.
        url: Its address, which may hold a date; empty if unknown.
        today: Later dates are ignored.
    """
    published, updated = _stated_dates(tree, head, today)
    in_address = _date_in_address(url, today)
    if in_address:
        day, basis = in_address, "address"
        if any(stated.day == day for stated in published):
            basis = "page"
    elif published:
        day, basis = _local_day(published, tree, url, today), "page"
    else:
        shown = {each.day for each in _times(tree, today)}
        found = shown.pop() if len(shown) == 1 else _guess(tree, url, today)
        if found is None:
            return PageDates(updated_at=_moment_of(updated))
        day, basis = found, "page"
    that_day = (each.moment for each in (*published, *_times(tree, today)) if each.day == day)
    moment = min(that_day, key=_vagueness, default=None)
    return PageDates(day, moment, _moment_of(updated, not_before=day), basis)


def read_moment(value: object) -> datetime | date | None:
    """Return the moment in a field of a page or a feed, or the day if it has no time.

    Any form that machines write is read; anything but a string of one whole date gives None.
    """
    if not isinstance(value, str) or not (
        _SHORTEST_DATE <= len(value := value.strip()) <= _LONGEST_DATE
    ):
        return None
    if script := _SCRIPT_DATE.match(value):
        month, day, year, clock, zone = script.groups()
        value = f"{day} {month} {year} {clock} {zone}"
    try:
        return datetime.fromisoformat(value) if _CLOCK.search(value) else parse_date(value)
    except ValueError:
        return parse_moment(value) or parse_date(value.partition("|")[0])


def _stated(value: object, today: date) -> _Stated | None:
    found = read_moment(value)
    moment = found if isinstance(found, datetime) else None
    day = moment.date() if moment else found
    if day is None or day == _EPOCH or not _EARLIEST <= day <= today:
        return None
    if moment and moment.time() == datetime.min.time() and not moment.utcoffset():
        moment = None  # systems without times of day write midnight
    return _Stated(day, moment)


def _stated_dates(
    tree: HtmlElement, head: PageHead, today: date
) -> tuple[list[_Stated], list[_Stated]]:
    """Return the dates of publication and of change, the most reliable first."""
    published: list[object] = []
    updated: list[object] = []
    for node in _article_nodes(head):
        published.append(node.get("datePublished"))
        updated.append(node.get("dateModified"))
    for name, value in head.metas:
        if name in _PUBLISHED:
            published.append(value)
        elif name in _UPDATED:
            updated.append(value)
    for wanted, found in (("datepublished", published), ("datemodified", updated)):
        values = {_time_value(time) for time in _marked(tree, wanted)}
        if len(values) == 1:  # one of several may be another article's
            found.extend(values)
    return (
        [stated for value in published if (stated := _stated(value, today))],
        [stated for value in updated if (stated := _stated(value, today))],
    )


def _marked(tree: HtmlElement, wanted: str) -> list[HtmlElement]:
    return [
        element
        for element in tree.iter("time", "span", "abbr", "div", "p")
        if (element.get("itemprop") or "").lower() == wanted
        or (wanted == "datepublished" and element.tag == "time" and "pubdate" in element.attrib)
    ]


def _time_value(element: HtmlElement) -> str:
    value = element.get("datetime") or element.get("content") or element.xpath("string()")
    return str(value).strip()[:200]


def _times(tree: HtmlElement, today: date) -> Iterator[_Stated]:
    for element in tree.iter("time"):
        if stated := _stated(element.get("datetime"), today):
            yield stated


def _local_day(published: list[_Stated], tree: HtmlElement, url: str, today: date) -> date:
    """Return the day of publication in the outlet's own time zone.

    Many pages state the moment in UTC, when a late evening in America is already the next day. So a
    moment with a local zone counts first, and one in UTC is compared with the date shown.
    """
    first = min(published, key=lambda stated: _vagueness(stated.moment))
    if first.moment is None or first.moment.utcoffset() != timedelta(0):
        return first.day
    for other in _times(tree, today):
        if other.moment and other.moment.utcoffset() and other.moment == first.moment:
            return other.day
    earliest = (first.moment - _FARTHEST_WEST).date()
    latest = (first.moment + _FARTHEST_EAST).date()
    if earliest == first.day == latest:
        return first.day
    shown = _guess(tree, url, today)
    return shown if shown and earliest <= shown <= latest else first.day


def _vagueness(moment: datetime | None) -> int:
    """Rank moments: with a local zone, in UTC, without a zone, none."""
    if moment is None:
        return 3
    if moment.tzinfo is None:
        return 2
    return 0 if moment.utcoffset() else 1


def _moment_of(stated: list[_Stated], *, not_before: date | None = None) -> datetime | None:
    for each in stated:
        if each.moment and not (not_before and each.day < not_before):
            return each.moment
    return None


def _article_nodes(head: PageHead) -> list[dict[str, object]]:
    """Return the first article in a page's JSON-LD, else the first page."""
    articles: list[dict[str, object]] = []
    pages: list[dict[str, object]] = []
    for node in head.nodes:
        kinds = node.get("@type")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if not isinstance(kind, str) or "datePublished" not in node:
                continue
            if _ARTICLE_TYPE.search(kind):
                articles.append(node)
            elif _PAGE_TYPE.match(kind):
                pages.append(node)
    return articles[:1] or pages[:1]


def _date_in_address(url: str, today: date) -> date | None:
    path = url.partition("://")[2].partition("/")[2]
    for found in _IN_ADDRESS.finditer(path):
        try:
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
        except ValueError:
            continue
        if _EARLIEST_IN_ADDRESS <= day <= today:
            return day
    return None


def _guess(tree: HtmlElement, url: str, today: date) -> date | None:
    """Return the date that htmldate finds, unless it completed a year or a month to a date."""
    from htmldate import find_date

    latest = datetime.combine(today, datetime.max.time())
    # A string could be taken for an address to fetch; a tree cannot.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about unknown time zones, which do not matter
        found = find_date(tree, original_date=True, url=url or None, max_date=latest)
        if found is None:
            return None
        day = date.fromisoformat(found)
        if day.day == 1 and not _is_written_out(tree, day):
            quick = find_date(
                tree, original_date=True, url=url or None, max_date=latest, extensive_search=False
            )
            return day if quick == found else None
    return day


def _is_written_out(tree: HtmlElement, day: date) -> bool:
    """Tell whether a page writes the day of a date, not only its month or year."""
    text = tree.xpath("string()")
    form = rf"{day.year}\W0?{day.month}\W0?1(?!\d)|(?<!\d)0?1\W{{1,2}}0?{day.month}\W{day.year}"
    words = (
        rf"(?<!\d)(?:0?1|1er|1st)[.,]?\s{{1,5}}\w{{1,15}}[.,]?\s{{1,5}}{day.year}"
        rf"|(?<!\w)\w{{1,15}}\s{{1,5}}0?1(?:st)?,?\s{{1,5}}{day.year}"
    )
    return re.search(f"{form}|{words}", text) is not None


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
    """Return the metadata that a page states; ``url`` is where it was fetched from, if known."""
    from trafilatura.metadata import extract_metadata

    canonical = _canonical_url(tree, head, url)
    url = url or canonical
    dates = find_page_dates(tree, head, url=url, today=date.today())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A date format without directives keeps it from looking for the date again.
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
