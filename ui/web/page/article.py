"""An article as safe HTML: its text with one place marked, its details and its versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from index.types import Article, Copy
from ui.escape import clean_line, escape_html, quote_line
from ui.languages import LANGUAGES, describe_language
from ui.places import find_link, hide_folders
from ui.render import DATE_BASIS_WORDS, describe_credit, describe_date, describe_moment
from ui.web.page.html_text import (
    hide_visually,
    render_copies,
    show_exactly,
    show_title,
    to_attribute,
)

if TYPE_CHECKING:
    from index.curation.changes import SentenceChange
    from index.curation.versions import Changes
    from index.record.versions import ArticleVersion


SENTENCES_AROUND = 1
"""Unchanged sentences that are shown before and after a change."""

_FIELD_NAMES = {
    "published_at": "published",
    "updated_at": "updated",
    "date_basis": "how the date is known",
    "canonical_url": "address of the original",
    "url": "address",
}
_CHANGES = {"removed": ("del", "Removed: "), "added": ("ins", "Added: ")}


def render_versions(versions: Sequence[ArticleVersion]) -> str:
    """Return the versions of an article, the newest first.

    Args:
        versions: The oldest first; the last one is what answers quote.
    """
    items = "".join(map(_version, reversed(versions)))
    return (
        '<h3 id="versions-heading" tabindex="-1">Versions</h3>'
        '<p class="detail">Answers quote the latest version.</p>'
        f'<ul class="versions">{items}</ul>{_close_button()}'
    )


def _version(version: ArticleVersion) -> str:
    number = version.number
    title = escape_html(clean_line(version.article.title)) or "untitled"
    seen = f"added {describe_date(version.seen_at.date())}"
    about = hide_visually(f" {number:,}")
    name = to_attribute(version.current_id)
    buttons = []
    if not version.is_latest:
        buttons.append(
            f'<button type="button" class="link" data-do="version" data-article="{name}"'
            f' data-version="{number}">Read version{about}</button>'
        )
        buttons.append(
            f'<button type="button" class="link" data-do="changes" data-article="{name}"'
            f' data-version="{number}">What changed since version{about}</button>'
        )
    latest = " (latest)" if version.is_latest else ""
    return (
        f'<li><p dir="auto"><strong>{number:,}{latest}</strong> {title}, {seen}</p>'
        f"<p>{' '.join(buttons)}</p></li>"
    )


def render_changes(changes: Changes) -> str:
    """Return how two versions differ: details, and changed sentences with a few around them."""
    older, newer = changes.older.number, changes.newer.number
    parts = [
        f'<h3 id="changes-heading" tabindex="-1">From version {older:,} to {newer:,}</h3>',
    ]
    if changes.fields:
        rows = "".join(_field_row(*field) for field in changes.fields)
        parts.append(
            '<table class="field-changes"><caption class="visually-hidden">Details</caption>'
            '<thead><tr><th scope="col">What</th><th scope="col">Before</th>'
            f'<th scope="col">Now</th></tr></thead><tbody>{rows}</tbody></table>'
        )
    if any(change.kind != "same" for change in changes.sentences):
        parts += ['<div class="changes" dir="auto">', *_sentences(changes.sentences), "</div>"]
    else:
        parts.append('<p class="detail">The text is the same.</p>')
    return "".join([*parts, _close_button()])


def _field_row(name: str, before: object, after: object) -> str:
    cells = "".join(
        f'<td dir="auto">{escape_html(clean_line(str(value or ""))) or "–"}</td>'
        for value in (before, after)
    )
    words = _FIELD_NAMES.get(name, name).replace("_", " ")
    return f'<tr><th scope="row">{escape_html(words)}</th>{cells}</tr>'


def _sentences(sentences: Sequence[SentenceChange]) -> Iterator[str]:
    """Yield the changed sentences in order, with the unchanged ones beside them."""
    runs = [(kind, list(run)) for kind, run in groupby(sentences, key=lambda one: one.kind)]
    for place, (kind, run) in enumerate(runs):
        if kind in _CHANGES:
            tag, label = _CHANGES[kind]
            shown = " ".join(show_exactly(one.text) for one in run)
            yield f"<p><{tag}>{hide_visually(label)}{shown}</{tag}></p>"
            continue
        before = run[:SENTENCES_AROUND] if place else []
        rest = run[len(before) :]
        after = rest[-SENTENCES_AROUND:] if place < len(runs) - 1 else []
        left = len(rest) - len(after)
        yield from (f"<p>{show_exactly(one.text)}</p>" for one in before)
        if left:
            noun = "sentence" if left == 1 else "sentences"
            yield f'<p class="detail">… {left:,} unchanged {noun} …</p>'
        yield from (f"<p>{show_exactly(one.text)}</p>" for one in after)


def _close_button() -> str:
    return (
        '<p class="actions"><button type="button" class="button" data-do="close-details">'
        "Close</button></p>"
    )


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
    more: str = "",
    copies: Sequence[Copy] = (),
    n_versions: int = 1,
    can_edit: bool = True,
) -> str:
    """Return an article with one place marked, in full unless it is enormous.

    Args:
        article: The article.
        start: First code point of the place.
        end: One past its last; equal to ``start`` for no mark.
        warning: What a reader must know about the place.
        more: Safe HTML to show above the text: a form, versions, a line on what was done.
        copies: Other articles on the same story.
        n_versions: How many versions of it are kept, this one included.
        can_edit: Whether its details may be corrected; those of an earlier version may not.
    """
    text = article.text
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    first = 0
    if len(text) > MAX_ARTICLE_CHARS:
        middle = (start + end) // 2
        first = min(max(0, middle - MAX_ARTICLE_CHARS // 2), len(text) - MAX_ARTICLE_CHARS, start)
    last = min(len(text), max(end, first + MAX_ARTICLE_CHARS))
    mark = f'<mark tabindex="-1">{show_exactly(text[start:end])}</mark>' if end > start else ""
    notes = []
    if warning:
        notes.append(f'<p class="warning">{escape_html(warning)}</p>')
    if first or last < len(text):
        notes.append(
            f'<p class="warning">This article has {len(text):,} characters; this is the part from'
            f" {first:,} to {last:,}.</p>"
        )
    return "".join(
        [
            f'<h2 id="article-title" tabindex="-1" dir="auto">{show_title(article.title)}</h2>',
            '<p class="credit" dir="auto">'
            f"{escape_html(describe_credit(article.outlet, article.published))}</p>",
            _facts(article, start if end > start else None),
            render_copies(copies),
            _tools(article, n_versions=n_versions, can_edit=can_edit),
            f'<section id="article-more">{more}</section>',
            *notes,
            '<div class="article-text" dir="auto" tabindex="0" role="region"'
            f' aria-label="Text of the article" data-start="{start}" data-end="{end}"'
            f' data-article="{to_attribute(article.article_id)}">',
            f"{show_exactly(text[first:start])}{mark}{show_exactly(text[end:last])}</div>",
        ]
    )


def _facts(article: Article, place: int | None) -> str:
    """Return what is known of an article besides its title and outlet, as a list."""
    published = describe_date(article.published)
    if article.published_at is not None:
        published = describe_moment(article.published_at)
    if article.published and (basis := DATE_BASIS_WORDS.get(article.date_basis)):
        published += f" ({basis})"
    page = article.page_at(place) if place is not None else None
    source = "" if article.source == article.outlet else hide_folders(article.source)
    address = find_link(article.url) or find_link(article.source)
    rows = [
        ("Author", _words(article.author)),
        ("Published", escape_html(published)),
        ("Updated", escape_html(describe_moment(article.updated_at)) if article.updated_at else ""),
        ("Language", escape_html(describe_language(article.language))),
        ("Page", f"{page:,} of {len(article.pages):,}" if page else ""),
        ("Address", _link(address)),
        ("Source", "" if find_link(source) == address and address else _words(source)),
    ]
    items = "".join(f'<dt>{name}</dt><dd dir="auto">{value}</dd>' for name, value in rows if value)
    return f'<dl class="facts">{items}</dl>'


def _words(text: str) -> str:
    return escape_html(quote_line(text))


def _link(address: str) -> str:
    """Return a link for the reader to follow; the page itself fetches nothing from there."""
    if not address:
        return ""
    return (
        f'<a href="{to_attribute(address)}" target="_blank" rel="noopener noreferrer"'
        f' referrerpolicy="no-referrer">{_words(address)}'
        f"{hide_visually(' (opens in a new tab)')}</a>"
    )


def _tools(article: Article, *, n_versions: int, can_edit: bool) -> str:
    parts = []
    name = to_attribute(article.article_id)
    if can_edit:
        parts.append(
            '<button type="button" class="link" data-do="edit-details"'
            f' data-article="{name}">Edit details</button>'
        )
        if n_versions > 1:
            parts.append(
                '<button type="button" class="link" data-do="versions"'
                f' data-article="{name}">{n_versions:,} versions</button>'
            )
    return f'<p class="article-tools">{" ".join(parts)}</p>' if parts else ""


def render_details_form(article: Article) -> str:
    """Return the form in which a reader corrects what is known of an article."""
    shown = read_details(article)
    kinds = {"published": "date", "url": "url"}
    fields = []
    for name, called in EDITABLE.items():
        field = f"detail-{name}"
        label = f'<label for="{field}">{called}</label>'
        if name == "language":
            fields.append(f"<p>{label}{_language_choice(field, shown[name])}</p>")
            continue
        most = MAX_URL_CHARS if name == "url" else MAX_FIELD_CHARS
        needed = " required" if name == "title" else ""
        fields.append(
            f'<p>{label}<input id="{field}" name="{name}" type="{kinds.get(name, "text")}"'
            f' maxlength="{most}" autocomplete="off" dir="auto"{needed}'
            f' value="{escape_html(shown[name])}"></p>'
        )
    return (
        f'<form class="details-form" data-article="{to_attribute(article.article_id)}"'
        ' aria-labelledby="details-heading"><h3 id="details-heading" tabindex="-1">Edit details'
        '</h3><p class="detail">Your corrections are kept, even if the article is added again.'
        f"</p>{''.join(fields)}"
        '<p class="actions"><button type="submit" class="button primary">Save details</button>'
        ' <button type="button" class="button" data-do="close-details">Cancel</button></p></form>'
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


def _language_choice(field: str, chosen: str) -> str:
    codes = dict(sorted(LANGUAGES.items(), key=lambda item: item[1]))
    if chosen and chosen not in codes:
        codes[chosen] = describe_language(chosen)
    options = "".join(
        f'<option value="{escape_html(code)}"{" selected" if code == chosen else ""}>'
        f"{escape_html(name)}</option>"
        for code, name in {"": "Not known", **codes}.items()
    )
    return f'<select id="{field}" name="language">{options}</select>'


def render_saved(article_id: str, text: str, *, can_undo: bool) -> str:
    """Return a line that says how an article's details were changed, with an undo."""
    undo = ""
    if can_undo:
        undo = (
            ' <button type="button" class="link" data-do="undo-details"'
            f' data-article="{to_attribute(article_id)}">Undo</button>'
        )
    return f'<p class="done" role="status">{escape_html(text)}{undo}</p>'
