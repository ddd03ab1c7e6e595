"""The Sources view as safe HTML: its skeleton, a page of the list of articles, and notices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from index.formats.registry import LOADERS
from index.record.browse import Page
from index.record.removals import Removal
from index.record.rows import ArticleSummary
from index.types import Filter
from ui.escape import escape_html, quote_line
from ui.languages import describe_language
from ui.places import hide_folders
from ui.render import describe_date
from ui.web.chat.article_collections import Collection
from ui.web.chat.filters import (
    UNKNOWN_LANGUAGE,
    UNKNOWN_OUTLET,
    FilterField,
    describe_filter,
)
from ui.web.page.templates import render
from ui.web.wire import Fields, Text

PAGE_ARTICLES = 25
MAX_WORDS_CHARS = 200
MAX_PAGE = 1_000_000
OUTLETS_OFFERED = 500
REMOVALS_SHOWN = 20
TITLE_CHARS = 80
LANGUAGES_OFFERED = 100

_TEMPLATE = "sources/listing.html"

_FORMATS = {
    "text": ".txt .text",
    "Markdown": ".md .markdown",
    "web pages": ".html .htm .xhtml .mhtml .mht",
    "PDF": ".pdf",
    "Word, OpenDocument and RTF files": ".doc .docx .odt .rtf",
    "e-books": ".epub",
    "mail": ".eml .mbox",
    "feeds": ".rss .atom .xml",
    "tables": ".csv .tsv .xlsx",
    "JSON": ".json .jsonl .ndjson",
    "Evernote exports": ".enex",
    "web archives": ".warc .warc.gz",
    "archives of any of these":
        ".zip .tar .tgz .tar.gz .tar.bz2 .tbz2 .tbz .tar.xz .txz .gz .bz2 .xz",
}  # fmt: skip
"""Kinds of files, in words, and their suffixes."""

_NO_FILTER = Filter()


class View(Fields):
    """What is being looked at.

    Attributes:
        only: The filter.
        words: Words that title or text must hold; blank for all.
        page: Page of the list, from 0.
    """

    only: FilterField = _NO_FILTER
    words: Annotated[Text, Field(max_length=MAX_WORDS_CHARS)] = ""
    page: Annotated[int, Field(ge=0, le=MAX_PAGE)] = 0

    def clamped(self, total: int) -> View:
        """Return the view on the last page if its page is beyond that."""
        last = max(0, (total - 1) // PAGE_ARTICLES)
        return self.model_copy(update={"page": min(self.page, last)})


def sheets_skeleton() -> str:
    """Return all views but the chat before anything was looked at: forms, and empty slots."""
    static = Path(__file__).parents[1] / "static"
    template = (static / "sources.html").read_text(encoding="utf-8")
    for mark, text in (
        ("<!-- accepted -->", ",".join(LOADERS)),
        ("<!-- formats -->", describe_formats(LOADERS)),
        ("<!-- suffixes -->", " ".join(LOADERS)),
    ):
        template = template.replace(mark, escape_html(text))
    return f'<div id="sheets">{template}{render("sources/ledger.html", "forms")}</div>'


def render_outlet_options(outlets: Sequence[tuple[str, int]]) -> str:
    """Return the choices of outlets.

    Args:
        outlets: Outlets and how many articles each has, the largest first.
    """
    named = [(name, quote_line(name) or UNKNOWN_OUTLET, count) for name, count in outlets]
    return _render_options("All outlets", named[:OUTLETS_OFFERED])


def render_language_options(languages: Sequence[tuple[str, int]]) -> str:
    """Return the choices of languages, given by their codes as the outlets are."""
    named = [
        (code, describe_language(code) or UNKNOWN_LANGUAGE, count) for code, count in languages
    ]
    return _render_options("All languages", named[:LANGUAGES_OFFERED])


def _render_options(all_of_them: str, choices: Sequence[tuple[str, str, int]]) -> str:
    return render(_TEMPLATE, "render_options", all_of_them, choices)


def describe_formats(suffixes: Iterable[str]) -> str:
    """Return the kinds of files that some suffixes stand for, ``text, web pages and PDF``."""
    given = set(suffixes)
    kinds = [kind for kind, of_kind in _FORMATS.items() if given & set(of_kind.split())]
    known = set(" ".join(_FORMATS.values()).split())
    kinds += sorted(given - known)
    return f"{', '.join(kinds[:-1])} and {kinds[-1]}" if len(kinds) > 1 else "".join(kinds)


def render_listing(
    view: View, page: Page, removals: Sequence[Removal], *, total: int, notice: str = ""
) -> str:
    """Return a page of the list, its filter, and what was recently removed.

    Args:
        view: What is looked at.
        page: The articles.
        removals: What can be put back.
        total: Articles in the whole library.
        notice: What a reader should know about the library as a whole; mostly empty.
    """
    line = quote_line(notice)
    return render(
        _TEMPLATE,
        "render_listing",
        describe_filter(view.only),
        _describe_count(view, page, total),
        f"{line[:1].upper()}{line[1:]}",
        list(map(_describe_article, page.articles)),
        count_rows(view.page, PAGE_ARTICLES, page.total),
        [(removal.removal_id, _describe_removal(removal)) for removal in removals[:REMOVALS_SHOWN]],
        len(removals),
    )


def render_collections(shown: Sequence[tuple[Collection, bool, str]]) -> str:
    """Return the collections: each with whether it is chosen, and what it is."""
    return render(_TEMPLATE, "render_collections", shown)


def render_deleted(gone: Collection) -> str:
    """Return that a collection was deleted, with the way back."""
    return render(_TEMPLATE, "render_deleted", gone)


def render_removal(removal: Removal) -> str:
    """Return that articles were removed, with the way back."""
    count = len(removal.articles)
    what = f"“{_title(removal.articles[0][1])}”" if count == 1 else f"{count:,} articles"
    return render(_TEMPLATE, "render_removal", removal.removal_id, what)


def render_note(text: str, *, is_error: bool = False) -> str:
    """Return one line that says what was done, or why it was not."""
    return render(_TEMPLATE, "render_note", text, is_error)


def _describe_count(view: View, page: Page, total: int) -> str:
    if not total:
        return "There are no articles yet. Drop files anywhere on this page, or choose them above."
    noun = "article" if total == 1 else "articles"
    dates = ""
    if page.earliest and page.latest:
        first, last = describe_date(page.earliest), describe_date(page.latest)
        dates = f", {first}" if first == last else f", {first} to {last}"
    if not (view.only or view.words.strip()):
        return f"{total:,} {noun}{dates}."
    return f"{page.total:,} of {total:,} {noun}{dates}."


def _describe_article(article: ArticleSummary) -> tuple[ArticleSummary, str, str, str, str]:
    """Return an article with its title, outlet, language and source as they are shown."""
    source = "" if article.source == article.outlet else hide_folders(article.source)
    return (
        article,
        _title(article.title),
        quote_line(article.outlet) or UNKNOWN_OUTLET,
        describe_language(article.language),
        quote_line(source),
    )


def count_rows(page: int, size: int, total: int) -> tuple[int, int, int, int]:
    """Return a page from 0, its first and last row from 1, and how many there are in all."""
    first = page * size
    return page, min(first + 1, total), min(first + size, total), total


def _describe_removal(removal: Removal) -> str:
    titles = [_title(title) for _, title in removal.articles]
    more = f" and {len(titles) - 1:,} more" if len(titles) > 1 else ""
    return f"{titles[0]}{more}" if titles else "no articles"


def _title(title: str) -> str:
    line = quote_line(title) or "untitled"
    return line if len(line) <= TITLE_CHARS else f"{line[: TITLE_CHARS - 1]}…"
