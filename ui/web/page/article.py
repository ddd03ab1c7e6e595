"""An article as safe HTML: its text with one place marked, its details and its versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from markupsafe import Markup

from index.types import Article, Copy
from ui.escape import clean_line, quote_line
from ui.languages import LANGUAGES, describe_language
from ui.places import find_link, hide_folders
from ui.render import DATE_BASIS_WORDS, describe_date, describe_moment
from ui.web.page.article_text import lay_out_text
from ui.web.page.templates import render

if TYPE_CHECKING:
    from index.curation.changes import SentenceChange
    from index.curation.versions import Changes
    from index.record.versions import ArticleVersion


SENTENCES_AROUND = 1
"""Unchanged sentences that are shown before and after a change."""

_TEMPLATE = "page/article.html"
_NOTHING = Markup()
_FIELD_NAMES = {
    "published_at": "published",
    "updated_at": "updated",
    "date_basis": "how the date is known",
    "canonical_url": "address of the original",
    "url": "address",
}


def render_versions(versions: Sequence[ArticleVersion]) -> str:
    """Return the versions of an article, the newest first.

    Args:
        versions: The oldest first; the last one is what answers quote.
    """
    return render(_TEMPLATE, "render_versions", versions[::-1])


def render_changes(changes: Changes) -> str:
    """Return how two versions differ: details, and changed sentences with a few around them."""
    fields = [
        (_FIELD_NAMES.get(name, name).replace("_", " "), before, after)
        for name, before, after in changes.fields
    ]
    is_changed = any(change.kind != "same" for change in changes.sentences)
    runs = list(_find_runs(changes.sentences)) if is_changed else []
    older, newer = changes.older.number, changes.newer.number
    return render(_TEMPLATE, "render_changes", older, newer, fields, runs)


def _find_runs(sentences: Sequence[SentenceChange]) -> Iterator[tuple[str, list[str], int]]:
    """Yield the changed sentences in order, with the unchanged ones beside them.

    Yields:
        ``removed`` or ``added`` with the sentences, ``same`` with one, ``left`` with how many
        unchanged ones are not shown.
    """
    runs = [
        (kind, [one.text for one in run])
        for kind, run in groupby(sentences, key=lambda one: one.kind)
    ]
    for place, (kind, run) in enumerate(runs):
        if kind != "same":
            yield kind, run, 0
            continue
        before = run[:SENTENCES_AROUND] if place else []
        rest = run[len(before) :]
        after = rest[-SENTENCES_AROUND:] if place < len(runs) - 1 else []
        yield from (("same", [text], 0) for text in before)
        if left := len(rest) - len(after):
            yield "left", [], left
        yield from (("same", [text], 0) for text in after)


MAX_ARTICLE_CHARS = 200_000
"""Of a longer article, only this much around the cited place is shown."""

MAX_FIELD_CHARS = 500
MAX_URL_CHARS = 2000

EDITABLE = {
    "title": "Title",
    "outlet": "Outlet",
    "author": "Author",
    "published": "Published",
    "language": "Language",
    "url": "Address",
}
"""The details that a reader may correct, in the order of the form, and their labels."""


def render_article(
    article: Article,
    start: int,
    end: int,
    *,
    warning: str = "",
    more: Markup = _NOTHING,
    copies: Sequence[Copy] = (),
    n_versions: int = 1,
    headings: Collection[int] = (),
) -> str:
    """Return an article with one place marked, in full unless it is enormous.

    Args:
        article: The article.
        start: First code point of the place.
        end: One past its last; equal to ``start`` for no mark.
        warning: What a reader must know about the place.
        more: HTML to show above the text: a form, versions, a line on what was done.
        copies: Other articles on the same story.
        n_versions: How many versions of it are kept, this one included; 0 for an earlier one,
            whose details may not be corrected.
        headings: Where in the text headings begin.
    """
    text = article.text
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    first = 0
    if len(text) > MAX_ARTICLE_CHARS:
        middle = (start + end) // 2
        first = min(max(0, middle - MAX_ARTICLE_CHARS // 2), len(text) - MAX_ARTICLE_CHARS, start)
    last = min(len(text), max(end, first + MAX_ARTICLE_CHARS))
    warnings = [warning] if warning else []
    if first or last < len(text):
        warnings.append(
            f"This article has {len(text):,} characters; this is the part from {first:,} to"
            f" {last:,}."
        )
    return render(
        _TEMPLATE,
        "render_article",
        article,
        (start, end),
        list(lay_out_text(text, (first, last), (start, end), headings)),
        warnings,
        more,
        copies,
        n_versions,
        _find_facts(article, start if end > start else None),
    )


def _find_facts(article: Article, place: int | None) -> list[tuple[str, str]]:
    """Return what is known of an article besides its title and outlet: names and values."""
    published = describe_date(article.published)
    if article.published_at is not None:
        published = describe_moment(article.published_at)
    if article.published and (basis := DATE_BASIS_WORDS.get(article.date_basis)):
        published += f" ({basis})"
    page = article.page_at(place) if place is not None else None
    source = "" if article.source == article.outlet else hide_folders(article.source)
    address = find_link(article.url) or find_link(article.source)
    return [
        ("Author", quote_line(article.author)),
        ("Published", published),
        ("Updated", describe_moment(article.updated_at) if article.updated_at else ""),
        ("Language", describe_language(article.language)),
        ("Page", f"{page:,} of {len(article.pages):,}" if page else ""),
        ("Address", address),
        ("Source", "" if find_link(source) == address and address else quote_line(source)),
    ]


def render_details_form(article: Article) -> str:
    """Return the form in which a reader corrects what is known of an article."""
    shown = read_details(article)
    languages = dict(sorted(LANGUAGES.items(), key=lambda item: item[1]))
    chosen = shown["language"]
    if chosen and chosen not in languages:
        languages[chosen] = describe_language(chosen)
    return render(
        _TEMPLATE,
        "render_details_form",
        article.article_id,
        EDITABLE,
        shown,
        [("", "Not known"), *languages.items()],
        (MAX_FIELD_CHARS, MAX_URL_CHARS),
    )


def read_details(article: Article) -> dict[str, str]:
    """Return an article's details as the form shows them, by field; empty if unknown."""
    return {
        "title": clean_line(article.title),
        "outlet": clean_line(article.outlet),
        "author": clean_line(article.author),
        "published": article.published.isoformat() if article.published else "",
        "language": article.language,
        "url": clean_line(article.url),
    }


def render_saved(article_id: str, text: str, *, can_undo: bool) -> Markup:
    """Return a line that says how an article's details were changed, with an undo."""
    return Markup(render(_TEMPLATE, "render_saved", article_id, text, can_undo))
