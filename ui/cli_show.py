"""What commands show of a library: articles, passages, its state."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rag.types import hit_to_dict
from ui.cli_output import (
    SECONDS_BETWEEN_LINES,
    columns,
    format_table,
    has_colour,
    print_json,
    print_note,
    print_text,
)
from ui.render import (
    clean_line,
    clean_text,
    describe_copies,
    describe_credit,
    describe_date,
    wrap_line,
)

if TYPE_CHECKING:
    from index import Article, ArticleSummary, Finding, Hit


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


def print_article(article: Article, span: tuple[int, int] | None, *, as_json: bool) -> None:
    """Write an article to standard output.

    Args:
        article: The article.
        span: Characters of its text to mark, or None; not marked in JSON.
        as_json: Write it as it is stored.
    """
    if as_json:
        print_json(
            {
                "article_id": article.article_id,
                "title": article.title,
                "source": article.source,
                "outlet": article.outlet,
                "published": _iso(article.published),
                "origin": article.origin,
                "text": article.text,
            }
        )
        return
    start, end = (min(place, len(article.text)) for place in span or (0, 0))
    before, marked, after = article.text[:start], article.text[start:end], article.text[end:]
    opening, closing = ("\x1b[7m", "\x1b[0m") if has_colour(sys.stdout) else (">>> ", " <<<")
    if marked:
        marked = f"{opening}{clean_text(marked)}{closing}"
    fields = (
        ("Title", article.title),
        ("Outlet", article.outlet or "unknown"),
        ("Date", describe_date(article.published)),
        ("Source", article.source or "unknown"),
        ("Id", article.article_id),
    )
    for name, value in fields:
        print_text(f"{name + ':':8}{clean_line(value)}")
    print_text(f"\n{clean_text(before)}{marked}{clean_text(after)}")


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

    printed_at = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal printed_at
        line = f"{done:,} of {total:,} {noun}"
        if terminal:
            sys.stderr.write(f"\r{line}")
            sys.stderr.flush()
        elif time.monotonic() - printed_at >= SECONDS_BETWEEN_LINES:
            printed_at = time.monotonic()
            print_note(line)

    try:
        yield show
    finally:
        if terminal:
            sys.stderr.write("\r\x1b[K")


def _summary_fields(article: ArticleSummary) -> dict[str, object]:
    return {
        "article_id": article.article_id,
        "title": article.title,
        "source": article.source,
        "outlet": article.outlet,
        "published": _iso(article.published),
        "origin": article.origin,
        "characters": article.characters,
        "passages": article.passages,
        "added_at": article.added_at.isoformat(),
    }


def _join(detail: str, remedy: str) -> str:
    return "; ".join(filter(None, (clean_line(detail), clean_line(remedy))))


def _iso(published: object) -> str | None:
    return str(published) if published else None
