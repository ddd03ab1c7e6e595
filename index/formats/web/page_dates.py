"""When a web page was published and last changed, by what it says of itself. Pure.

A page states its dates for machines in markup that means "published" and nothing else; this counts
first. Otherwise htmldate looks in weaker markup, the address and the text. Only a whole date up to
today counts: a year alone, from a copyright line, is a guess about the site.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from index.formats.web.page_head import (
    PageHead,
)
from index.language.date_words import DAY_FIRST
from index.language.detection import detect_language, parse_language
from index.text.dates import dates_in, parse_date, parse_moment

if TYPE_CHECKING:
    from lxml.html import HtmlElement


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

_MOST_SOURCE_CHARS = 500_000
_MOST_TEXT_CHARS = 5_000

_CLOCK = re.compile(r"\d\d:\d\d")

_SCRIPT_DATE = re.compile(r"^\w{3} (\w{3}) (\d{1,2}) (\d{4}) ([\d:]{8}) GMT([+-]\d{4})")


@dataclass(frozen=True, slots=True)
class PageDates:
    """The dates of a page.

    Attributes:
        published: The day, or None.
        published_at: The moment if a time of that day is stated, else None.
        updated_at: The stated moment of the last change, or None.
        basis: ``page``, ``address``, ``language`` if the language settled which of two numbers is
            the day; empty without a date.
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
        basis = "page"
        if found and _may_be_swapped(found) and not _is_clear(tree, found, url):
            found, basis = _settle(tree, found), "language"
        if found is None:
            return PageDates(updated_at=_moment_of(updated))
        day = found
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


def _may_be_swapped(day: date) -> bool:
    """Tell whether the numbers of a day and its month could also be those of another date."""
    return day.day <= 12 and day.day != day.month  # noqa: PLR2004 - months


def _is_clear(tree: HtmlElement, day: date, url: str) -> bool:
    """Tell whether a page writes a date in a form that is not ambiguous, in text or data."""
    from lxml import etree

    source = etree.tostring(tree, encoding="unicode", method="html")[:_MOST_SOURCE_CHARS]
    compact = f"{day:%Y%m%d}", f"{day.year}/{day.month:02d}/{day.day:02d}"
    if any(form in text for text in (source, url) for form in compact):
        return True
    return any(stated.day == day for stated in dates_in(source))


def _settle(tree: HtmlElement, found: date) -> date | None:
    """Return the day that an ambiguous date is in the language of its page; None if unknown."""
    language = parse_language(tree.get("lang") or "") or detect_language(
        str(tree.xpath("string()"))[:_MOST_TEXT_CHARS]
    )
    if language not in DAY_FIRST:
        return None
    swapped = found.replace(day=found.month, month=found.day)
    text = str(tree.xpath("string()"))[:_MOST_SOURCE_CHARS]
    stated = {each.day for each in dates_in(text, day_first=True)}
    return next((day for day in (found, swapped) if day in stated), None)


def _is_written_out(tree: HtmlElement, day: date) -> bool:
    """Tell whether a page writes the day of a date, not only its month or year."""
    text = tree.xpath("string()")
    form = rf"{day.year}\W0?{day.month}\W0?1(?!\d)|(?<!\d)0?1\W{{1,2}}0?{day.month}\W{day.year}"
    words = (
        rf"(?<!\d)(?:0?1|1er|1st)[.,]?\s{{1,5}}\w{{1,15}}[.,]?\s{{1,5}}{day.year}"
        rf"|(?<!\w)\w{{1,15}}\s{{1,5}}0?1(?:st)?,?\s{{1,5}}{day.year}"
    )
    return re.search(f"{form}|{words}", text) is not None
