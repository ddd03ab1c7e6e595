"""The articles of the Sources view as safe HTML: the controls, a page of the list, the notices."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.formats.registry import LOADERS
from index.record.browse import Page
from index.record.removals import Removal
from index.record.rows import ArticleSummary
from index.types import Filter
from ui.escape import escape_html, quote_line
from ui.languages import describe_language
from ui.places import hide_folders
from ui.render import describe_date
from ui.web.chat.filters import (
    UNKNOWN_LANGUAGE,
    UNKNOWN_OUTLET,
    describe_filter,
    filter_to_dict,
    read_filter,
)

PAGE_ARTICLES = 25
MAX_WORDS_CHARS = 200
MAX_PAGE = 1_000_000
OUTLETS_OFFERED = 500
REMOVALS_SHOWN = 20
TITLE_CHARS = 80

LANGUAGES_OFFERED = 100

_FORMATS = {
    "text": ".txt .text",
    "Markdown": ".md .markdown",
    "web pages": ".html .htm .xhtml .mhtml .mht",
    "PDF": ".pdf",
    "Word and OpenDocument files": ".docx .odt",
    "e-books": ".epub",
    "mail": ".eml .mbox",
    "feeds": ".rss .atom .xml",
    "tables": ".csv .tsv .xlsx",
    "JSON": ".json .jsonl .ndjson",
    "web archives": ".warc .warc.gz",
    "archives of any of these":
        ".zip .tar .tgz .tar.gz .tar.bz2 .tbz2 .tbz .tar.xz .txz .gz .bz2 .xz",
}  # fmt: skip
"""Kinds of files, in words, and their suffixes."""

_NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class View:
    """What is being looked at.

    Attributes:
        only: The filter.
        words: Words that title or text must hold; blank for all.
        page: Page of the list, from 0.
    """

    only: Filter = _NO_FILTER
    words: str = ""
    page: int = 0

    def clamped(self, total: int) -> View:
        """Return the view on the last page where its page is beyond it."""
        last = max(0, (total - 1) // PAGE_ARTICLES)
        return replace(self, page=min(self.page, last))


def read_view(payload: object) -> View:
    """Return the view that a browser asks for; what cannot be one is as if it were not there."""
    given = payload if isinstance(payload, dict) else {}
    words, page = given.get("words"), given.get("page")
    only = read_filter(given.get("only"))
    if only.since and only.until and only.since > only.until:
        only = replace(only, since=only.until, until=only.since)
    return View(
        only=only,
        words=_clean(words)[:MAX_WORDS_CHARS] if isinstance(words, str) else "",
        page=page if type(page) is int and 0 <= page <= MAX_PAGE else 0,
    )


def render_controls(
    outlets: Sequence[tuple[str, int]], languages: Sequence[tuple[str, int]] = ()
) -> str:
    """Return what stays while the list changes: the drop zone, the search and the filter.

    Args:
        outlets: Outlets and how many articles each has, the largest first.
        languages: The same of languages, by their codes.
    """
    options = "".join(
        f'<option value="{escape_html("=" + name)}">'
        f"{escape_html(quote_line(name) or UNKNOWN_OUTLET)} ({count:,})</option>"
        for name, count in outlets[:OUTLETS_OFFERED]
    )
    template = (Path(__file__).parents[1] / "static" / "sources.html").read_text(encoding="utf-8")
    spoken = "".join(
        f'<option value="{escape_html("=" + code)}">'
        f"{escape_html(describe_language(code) or UNKNOWN_LANGUAGE)} ({count:,})</option>"
        for code, count in languages[:LANGUAGES_OFFERED]
    )
    for mark, html in (
        ("<!-- outlets -->", options),
        ("<!-- languages -->", spoken),
        ("<!-- language choice -->", "" if len(languages) > 1 else " hidden"),
        ("<!-- accepted -->", escape_html(",".join(LOADERS))),
        ("<!-- formats -->", escape_html(describe_formats(LOADERS))),
        ("<!-- suffixes -->", escape_html(" ".join(LOADERS))),
    ):
        template = template.replace(mark, html)
    return template


def describe_formats(suffixes: Iterable[str]) -> str:
    """Return the kinds of files that some suffixes stand for, ``text, web pages and PDF``."""
    given = set(suffixes)
    kinds = [kind for kind, of_kind in _FORMATS.items() if given & set(of_kind.split())]
    known = set(" ".join(_FORMATS.values()).split())
    kinds += sorted(given - known)
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}" if len(kinds) > 1 else "".join(kinds)


def sources_script() -> str:
    """Return the script of the Sources view, which Gradio runs with ``element`` and ``trigger``."""
    return (Path(__file__).parents[1] / "static" / "sources.js").read_text(encoding="utf-8")


def render_listing(
    view: View, page: Page, removals: Sequence[Removal], *, total: int, notice: str = ""
) -> str:
    """Return a page of the list, what filters it, and what was removed of late.

    Args:
        view: What is looked at.
        page: The articles.
        removals: What can be put back.
        total: Articles in the whole library.
        notice: What a reader should know of the library as a whole; mostly empty.
    """
    state = {"only": filter_to_dict(view.only) or None, "words": view.words, "page": view.page}
    label = describe_filter(view.only)
    return "".join(
        (
            f'<div class="sources-list" data-view="{escape_html(json.dumps(state))}"'
            f' data-label="{escape_html(label)}">',
            _render_filter(label),
            f'<p class="count" role="status">{escape_html(_describe_count(view, page, total))}</p>',
            _render_notice(notice),
            _render_articles(page.articles),
            _render_pager(view, page),
            _render_removals(removals),
            "</div>",
        )
    )


def render_removal(removal: Removal) -> str:
    """Return that articles were removed, with the way back."""
    count = len(removal.articles)
    what = f"“{_title(removal.articles[0][1])}”" if count == 1 else f"{count:,} articles"
    return (
        f'<div class="undo-bar" role="status"><p dir="auto">Removed {escape_html(what)}.</p>'
        f' <button type="button" class="button" data-restore="{removal.removal_id}">Undo</button>'
        "</div>"
    )


def render_note(text: str, *, is_error: bool = False) -> str:
    """Return one line about what was done, or why it was not."""
    name, role = ("trouble", "alert") if is_error else ("done", "status")
    return f'<p class="{name}" role="{role}" dir="auto">{escape_html(quote_line(text))}</p>'


def _describe_count(view: View, page: Page, total: int) -> str:
    if not total:
        return "The library is empty."
    noun = "article" if total == 1 else "articles"
    dates = ""
    if page.earliest and page.latest:
        first, last = describe_date(page.earliest), describe_date(page.latest)
        dates = f", {first}" if first == last else f", {first} to {last}"
    if not (view.only or view.words.strip()):
        return f"{total:,} {noun}{dates}."
    return f"{page.total:,} of {total:,} {noun}{dates}."


def _render_notice(notice: str) -> str:
    if not notice:
        return ""
    line = quote_line(notice)
    return f'<p class="notice" dir="auto">{escape_html(f"{line[:1].upper()}{line[1:]}.")}</p>'


def _render_filter(label: str) -> str:
    if not label:
        return ""
    return (
        '<p class="active-filter"><span class="soft">Only</span> '
        '<button type="button" class="filter-chip" data-clear>'
        f'<span dir="auto">{escape_html(label)}</span> <span aria-hidden="true">×</span>'
        '<span class="unseen-label">, remove this filter</span></button>'
        ' <span class="soft">Questions in the chat use it too.</span></p>'
    )


def _render_articles(articles: Sequence[ArticleSummary]) -> str:
    if not articles:
        return ""
    items = "".join(_render_article(article) for article in articles)
    return (
        f'<ul class="articles" aria-label="Articles">{items}</ul><p class="bulk" hidden>'
        '<button type="button" class="button" data-remove-checked>Remove the chosen ones</button>'
        "</p>"
    )


def _render_article(article: ArticleSummary) -> str:
    article_id, title = escape_html(article.article_id), escape_html(_title(article.title))
    outlet = escape_html(quote_line(article.outlet) or UNKNOWN_OUTLET)
    day = escape_html(describe_date(article.published))
    if article.published:
        day = f'<time datetime="{article.published}">{day}</time>'
    source = ""
    if article.source != article.outlet:
        source = quote_line(hide_folders(article.source))
    detail = f" · {escape_html(spoken)}" if (spoken := describe_language(article.language)) else ""
    detail += f' · <span class="place">{escape_html(source)}</span>' if source else ""
    return (
        f'<li><input type="checkbox" value="{article_id}" aria-label="Choose {title}">'
        f'<div class="what" dir="auto"><button type="button" class="title"'
        f' data-open-article="{article_id}">{title}</button>'
        f'<p class="soft">{outlet} · {day}{detail}</p></div>'
        f'<button type="button" class="button quiet" data-remove="{article_id}"'
        f' aria-label="Remove {title}">Remove</button></li>'
    )


def _render_pager(view: View, page: Page) -> str:
    if page.total <= PAGE_ARTICLES:
        return ""
    first = view.page * PAGE_ARTICLES + 1
    last = min(page.total, first + PAGE_ARTICLES - 1)
    before = "" if view.page else " disabled"
    after = " disabled" if last == page.total else ""
    return (
        '<nav class="pager" aria-label="Pages of articles">'
        f'<button type="button" class="button" data-page="{view.page - 1}"{before}>Newer</button>'
        f"<span>{first:,} to {last:,} of {page.total:,}</span>"
        f'<button type="button" class="button" data-page="{view.page + 1}"{after}>Older</button>'
        "</nav>"
    )


def _render_removals(removals: Sequence[Removal]) -> str:
    if not removals:
        return ""
    items = "".join(
        f'<li dir="auto"><span>{escape_html(_describe_removal(removal))}</span>'
        f' <button type="button" class="button quiet" data-restore="{removal.removal_id}"'
        f' aria-label="Put back {escape_html(_describe_removal(removal))}">Put back</button></li>'
        for removal in removals[:REMOVALS_SHOWN]
    )
    return (
        f"<details><summary>Removed of late ({len(removals):,})</summary>"
        f'<ul class="removals">{items}</ul></details>'
    )


def _describe_removal(removal: Removal) -> str:
    titles = [_title(title) for _, title in removal.articles]
    more = f" and {len(titles) - 1:,} more" if len(titles) > 1 else ""
    return f"{titles[0]}{more}" if titles else "nothing"


def _title(title: str) -> str:
    line = quote_line(title) or "untitled"
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1]}…"


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
