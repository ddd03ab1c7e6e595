"""What commands show of a library: articles, passages, its state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from time import monotonic
from typing import TYPE_CHECKING

from index.remedies import to_shell_word
from rag.types import hit_to_dict
from ui.cli.options import NameCommand, name_plainly
from ui.cli.output import (
    SECONDS_BETWEEN_LINES,
    columns,
    has_colour,
    print_json,
    print_note,
    print_text,
)
from ui.escape import clean_line, clean_text
from ui.languages import describe_language
from ui.messages import format_table
from ui.render import (
    DATE_BASIS_WORDS,
    describe_copies,
    describe_credit,
    describe_date,
    describe_moment,
    wrap_line,
)

if TYPE_CHECKING:
    from index import Article, ArticleSummary, Finding, Hit, Library
    from index.curation.versions import ArticleVersion


def print_hits(query: str, hits: Sequence[Hit], *, as_json: bool) -> None:
    """Write the passages of a search to standard output, best first."""
    if as_json:
        print_json({"query": query, "passages": [hit_to_dict(hit) for hit in hits]})
        return
    width, bold = columns(), has_colour(sys.stdout)
    for number, hit in enumerate(hits, 1):
        article, passage = hit.article, hit.passage
        label = f"{number}. "
        indent = " " * len(label)
        title = wrap_line(clean_line(article.title), width, label, indent)
        lines = [f"\x1b[1m{line}\x1b[0m" for line in title] if bold else title
        lines += wrap_line(
            f"{describe_credit(article.outlet, article.published)}, score {hit.score:.2f}",
            width,
            indent,
            indent,
        )
        lines += wrap_line(clean_line(passage.text), width, indent, indent)
        lines += wrap_line(
            f"{clean_line(article.article_id)}, characters {passage.start}–{passage.end}",
            width,
            indent,
            indent,
        )
        lines += wrap_line(describe_copies(hit.copies, article.outlet), width, indent, indent)
        print_text("\n".join(lines if number == 1 else ["", *lines]))
    if not hits:
        print_note("No passages: no article passes the filters.")


def print_articles(articles: Iterable[ArticleSummary], *, as_json: bool) -> None:
    """Write the articles of a library to standard output, one a line or as one array."""
    if as_json:
        print_json([_summary_fields(article) for article in articles])
        return
    lines = format_table(
        (
            clean_line(article.article_id),
            article.published.isoformat() if article.published else "undated",
            clean_line(article.outlet) or "-",
            clean_line(article.title),
        )
        for article in articles
    )
    for line in lines:
        print_text(line)
    if not lines:
        print_note("No articles.")


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as ``onrecord show`` shows it.

    Attributes:
        edition: The version that is shown.
        n_editions: How many versions there are, this one included.
        edited: Names of the fields that a person corrected.
    """

    version: ArticleVersion
    n_versions: int
    edited: tuple[str, ...]


def find_version(library: Library, article_id: str, number: int | None) -> Shown:
    """Return the version of an article that was asked for, the latest one for None.

    An id that an earlier version had while it was itself an article leads to that version.

    Raises:
        ArticleNotFoundError: If the id is unknown.
        EditionNotFoundError: If there is no such version.
    """
    from index.curation.versions import choose_version
    from index.errors import ArticleNotFoundError

    try:
        versions = library.versions(article_id)
    except ArticleNotFoundError:
        former = library.find_version(article_id)
        if former is None:
            raise
        versions = library.versions(former.current_id)
        if number is None:
            return Shown(former, len(versions), ())
    version = versions[-1]
    if number is not None:
        version = choose_version(library.path, versions, article_id, number)
    edited: tuple[str, ...] = ()
    if version.is_latest:
        edits = library.edits(version.current_id)
        edited = tuple(dict.fromkeys(name for edit in edits for name in edit.changes))
    return Shown(version, len(versions), edited)


def print_article(
    shown: Shown,
    span: tuple[int, int] | None,
    *,
    as_json: bool,
    named: NameCommand = name_plainly,
) -> None:
    """Write an article to standard output.

    Args:
        shown: The article.
        span: Characters of its text to mark, or None; not marked in JSON.
        as_json: Write it as it is stored.
        named: Names the command that shows the latest version.
    """
    article, version = shown.version.article, shown.version
    if as_json:
        print_json(
            {
                **article_fields(article),
                "version": version.number,
                "versions": shown.n_versions,
                "current_id": version.current_id,
                "edited": list(shown.edited),
                "pages": list(article.pages),
                "text": article.text,
            }
        )
        return
    start, end = (min(place, len(article.text)) for place in span or (0, 0))
    before, marked, after = article.text[:start], article.text[start:end], article.text[end:]
    opening, closing = ("\x1b[7m", "\x1b[0m") if has_colour(sys.stdout) else (">>> ", " <<<")
    if marked:
        marked = f"{opening}{clean_text(marked)}{closing}"
    for name, value in _describe(shown):
        print_text(f"{name + ':':11}{clean_line(value)}")
    if not version.is_latest:
        newer = named(f"show {to_shell_word(version.current_id)}")
        print_note(f"This is an earlier version; {newer} shows the latest.")
    print_text(f"\n{clean_text(before)}{marked}{clean_text(after)}")


def article_fields(article: Article | ArticleSummary) -> dict[str, object]:
    """Return what is known of an article besides its text, as JSON has it."""
    return {
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "published": _iso(article.published),
        "origin": article.origin,
        "author": article.author,
        "language": article.language,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "published_at": _iso(article.published_at),
        "updated_at": _iso(article.updated_at),
        "date_basis": article.date_basis,
    }


def describe_published(article: Article) -> str:
    """Return when an article was published, and how that is known."""
    moment = article.published_at
    said = _describe_moment(moment) if moment else describe_date(article.published)
    basis = DATE_BASIS_WORDS.get(article.date_basis, "")
    return f"{said} ({basis})" if article.published and basis else said


def _describe(shown: Shown) -> list[tuple[str, str]]:
    """Return the lines above the text of an article: names and values."""
    article, version = shown.version.article, shown.version
    number = f"{version.number} of {shown.n_versions}" if shown.n_versions > 1 else ""
    optional = (
        ("Author", article.author),
        ("Updated", _describe_moment(article.updated_at) if article.updated_at else ""),
        ("Language", describe_language(article.language)),
        ("Address", article.url),
        ("Original", article.canonical_url if article.canonical_url != article.url else ""),
        ("Pages", f"{len(article.pages):,}" if article.pages else ""),
        ("Version", number if version.is_latest or not number else f"{number}, an earlier one"),
        ("Corrected", ", ".join(shown.edited)),
    )
    return [
        ("Title", article.title),
        ("Outlet", article.outlet or "unknown"),
        ("Date", describe_published(article)),
        *((name, value) for name, value in optional if value),
        ("Source", article.source or "unknown"),
        ("Id", article.article_id),
    ]


def _describe_moment(moment: datetime) -> str:
    # A day without a time of day is kept as its start, in no zone.
    if moment.tzinfo is None and moment.time() == time():
        return describe_date(moment.date())
    return describe_moment(moment)


def print_findings(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Write what the checks of a library found to standard output."""
    if as_json:
        print_json(
            {
                "sound": all(finding.state != "bad" for finding in findings),
                "findings": [
                    {
                        "subject": finding.subject,
                        "state": finding.state.value,
                        "detail": finding.detail,
                        "remedy": finding.remedy,
                    }
                    for finding in findings
                ],
            }
        )
        return
    rows = [
        (finding.state.value, finding.subject, _join(finding.detail, finding.remedy))
        for finding in findings
    ]
    for line in format_table(rows):
        print_text(line)


@contextmanager
def count_progress(noun: str) -> Iterator[Callable[[int, int], None]]:
    """Count what is done on standard error, on one line of a terminal, of several elsewhere."""
    terminal = sys.stderr.isatty()

    printed_at = monotonic()

    def show(done: int, total: int) -> None:
        nonlocal printed_at
        line = f"{done:,} of {total:,} {noun}"
        if terminal:
            sys.stderr.write(f"\r{line}")
            sys.stderr.flush()
        elif monotonic() - printed_at >= SECONDS_BETWEEN_LINES:
            printed_at = monotonic()
            print_note(line)

    try:
        yield show
    finally:
        if terminal:
            sys.stderr.write("\r\x1b[K")


def _summary_fields(article: ArticleSummary) -> dict[str, object]:
    return {
        **article_fields(article),
        "characters": article.characters,
        "passages": article.passages,
        "versions": article.versions + 1,
        "added_at": article.added_at.isoformat(),
    }


def _join(detail: str, remedy: str) -> str:
    return "; ".join(filter(None, (clean_line(detail), clean_line(remedy))))


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
