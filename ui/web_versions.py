"""Versions of an article as the page shows them: which there are, and what changed between two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from ui.escape import clean_line, escape_html
from ui.render import describe_date
from ui.web_text import hide_visually, show_exactly, to_attribute

if TYPE_CHECKING:
    from index.changes import Changes, SentenceChange
    from index.editions import Edition

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


def render_versions(editions: Sequence[Edition]) -> str:
    """Return the versions of an article, the newest first.

    Args:
        editions: The oldest first; the last one is what answers quote.
    """
    items = "".join(map(_version, reversed(editions)))
    return (
        '<h3 id="versions-heading" tabindex="-1">Versions</h3>'
        '<p class="detail">Answers quote the latest one.</p>'
        f'<ul class="versions">{items}</ul>{_close_button()}'
    )


def _version(edition: Edition) -> str:
    number = edition.number
    title = escape_html(clean_line(edition.article.title)) or "untitled"
    seen = f"added {describe_date(edition.seen_at.date())}"
    about = hide_visually(f" {number:,}")
    name = to_attribute(edition.current_id)
    buttons = []
    if not edition.is_latest:
        buttons.append(
            f'<button type="button" class="link" data-do="version" data-article="{name}"'
            f' data-version="{number}">Read version{about}</button>'
        )
        buttons.append(
            f'<button type="button" class="link" data-do="changes" data-article="{name}"'
            f' data-version="{number}">What changed since version{about}</button>'
        )
    latest = " (latest)" if edition.is_latest else ""
    return (
        f'<li><p dir="auto"><strong>{number:,}{latest}</strong> {title}, {seen}</p>'
        f"<p>{' '.join(buttons)}</p></li>"
    )


def render_changes(changes: Changes) -> str:
    """Return what differs between two versions: details, and sentences with a few around them."""
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
    """Yield changed sentences in order, and of those that stayed the ones beside them."""
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
            yield f'<p class="detail">… {left:,} {noun} as before …</p>'
        yield from (f"<p>{show_exactly(one.text)}</p>" for one in after)


def _close_button() -> str:
    return (
        '<p class="actions"><button type="button" class="button" data-do="close-details">'
        "Close</button></p>"
    )
