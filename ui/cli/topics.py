"""The commands about one topic of the whole archive: ``timeline``, ``count``, ``compare``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.console import (
    columns,
    embolden,
    find_library,
    name_command,
    print_json,
    print_note,
    print_text,
    read_filter,
)
from ui.cli.ledger import (
    STATEMENT_COLUMNS,
    CsvOption,
    LimitOption,
    OffsetOption,
    describe_copies,
    open_filled,
    print_csv,
    print_page,
    refuse_both,
)
from ui.cli.options import (
    AuthorOption,
    JsonOption,
    LanguageOption,
    LibraryOption,
    SinceOption,
    SourceOption,
    UntilOption,
)
from ui.ledger_fields import (
    comparison_fields,
    count_fields,
    describe_coverage,
    statement_fields,
    timeline_fields,
)
from ui.messages import count_of

if TYPE_CHECKING:
    from index.ledger.counts import Count, CountedArticle
    from index.ledger.dated import DatedEntry, DatedPage
    from rag.answering.comparison import Comparison
    from rag.answering.corrections import Correction

topics_app = typer.Typer()

TopicArgument = Annotated[
    str, typer.Argument(metavar="[TOPIC]", help="Words that articles must have; all without them.")
]


@topics_app.command(
    short_help="List what happened when.",
    epilog='\b\nExamples:\n  onrecord timeline "Tollen Bridge"\n'
    '  onrecord timeline "Tollen Bridge" --markdown > bridge.md',
)
def timeline(
    ctx: typer.Context,
    topic: TopicArgument = "",
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 100,
    offset: OffsetOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown and nothing else.")
    ] = False,
) -> None:
    """List sentences by the days that they name, the earliest first, each cited.

    "On Tuesday" is counted from the day of publication. What was corrected later says so. The
    days of publication of articles on the topic that open without a day are listed too.
    """
    from rag.answering.timeline import find_entry_corrections

    refuse_both(json=json, csv=csv, markdown=markdown)
    only = read_filter(source, since, until, language, author)
    with open_filled(ctx, library) as (opened, progress):
        page = opened.timeline(topic, only=only, offset=offset, limit=limit, progress=progress)
        corrections = find_entry_corrections(opened, page.entries) if topic else {}
    fields = timeline_fields(page, corrections, offset=offset)
    if json:
        print_json(fields)
        return
    if csv:
        print_csv(_ENTRY_COLUMNS, fields["entries"])
        return
    for number, entry in enumerate(page.entries):
        correction = corrections.get(number)
        if markdown:
            print_text(_entry_in_markdown(entry, correction))
        else:
            for line in _describe_entry(entry, correction):
                print_text(line)
    if not page.total:
        print_note("No sentence about it names a day.")
    if page.undated:
        given = find_library(ctx, library)
        remedy = name_command("edit", given, "ID", "--published", "DAY")
        print_note(_describe_undated(page, remedy))
    shown = len(page.entries)
    print_page(shown, page.total, offset, "dated sentence", describe_coverage(page.coverage))


_ENTRY_COLUMNS = (
    *("first", "last", "basis", "rough", "spoken", "text", "outlet", "published"),
    *("article_id", "title", "start", "end", "n_copies"),
)


def _describe_undated(page: DatedPage, remedy: str) -> str:
    """Say how many articles have no date, and which command gives them one."""
    n_articles = count_of(page.coverage.articles, "article")
    verb = "has" if page.coverage.articles == 1 else "have"
    return (
        f"{page.undated:,} of {n_articles} {verb} no date, so that “on Tuesday” in them is no day;"
        f" {remedy} gives one."
    )


def _describe_days(entry: DatedEntry) -> str:
    from index.language.spoken_days import describe_days

    days = describe_days(entry.first, entry.last)
    return f"about {days}" if entry.is_rough else days


def _describe_entry(entry: DatedEntry, correction: Correction | None) -> list[str]:
    from ui.escape import clean_line
    from ui.render import describe_credit, wrap_line

    days = _describe_days(entry)
    if entry.basis == "published":
        days += " (published)"
    place = entry.place
    where = f"{describe_credit(place.outlet, place.published)}; {clean_line(place.article_id)},"
    where += f" characters {place.start}–{place.end}"
    texts = [clean_line(entry.text)]
    if correction is not None:
        texts = [f"[corrected] {texts[0]}", f"Correction: {_correction_line(correction)}"]
    lines = [embolden(days)]
    for text in (*texts, where, describe_copies(entry.copies)):
        lines += wrap_line(text, columns(), "  ", "  ")
    return [*lines, ""]


def _correction_line(correction: Correction) -> str:
    from ui.escape import clean_line
    from ui.render import describe_credit

    article = correction.article
    text = clean_line(article.text[correction.start : correction.end])
    return f"{text} ({describe_credit(article.outlet, article.published)})"


def _entry_in_markdown(entry: DatedEntry, correction: Correction | None) -> str:
    from ui.escape import clean_line, escape_markdown
    from ui.render import describe_credit

    place = entry.place
    credit = escape_markdown(
        f"{describe_credit(place.outlet, place.published)}, {place.article_id}"
    )
    text = escape_markdown(clean_line(entry.text))
    if correction is not None:
        text = f"~~{text}~~ {escape_markdown(_correction_line(correction))}"
    return f"- **{escape_markdown(_describe_days(entry))}** {text} ({credit})"


@topics_app.command(
    short_help="Count the articles that mention something.",
    epilog='\b\nExamples:\n  onrecord count "Norvane Shipping"\n'
    '  onrecord count "how many articles mention Ines Varga?" --since 2025-01-01',
)
def count(
    ctx: typer.Context,
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help="A name, words, or 'how many articles …?'.")
    ],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    limit: LimitOption = 50,
    offset: OffsetOption = 0,
    library: LibraryOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Count the articles, stories and outlets that mention something; every article is read.

    An article is unclear if it has the words in another form or order, or names a namesake.
    """
    refuse_both(json=json, csv=csv)
    if not words.strip():
        raise typer.BadParameter("there are no words to count")
    from rag.asking.plan import read_counted

    words = read_counted(words)
    only = read_filter(source, since, until, language, author)
    with open_filled(ctx, library) as (opened, progress):
        found = opened.count(words, only=only, offset=offset, limit=limit, progress=progress)
    fields = count_fields(found, offset=offset)
    if json:
        print_json(fields)
        return
    if csv:
        print_csv(_COUNTED_COLUMNS, fields["listed"])
        return
    print_text(describe_count(found))
    for item in found.listed:
        for line in _describe_counted(item):
            print_text(line)
    if found.similar:
        print_note(f"Nobody is called '{found.subject}'; did you mean {', '.join(found.similar)}?")
    shown, total = offset + len(found.listed), found.articles + found.unclear
    if shown < total:
        print_note(f"{shown:,} of {total:,} are listed; --offset {shown} shows more.")


_COUNTED_COLUMNS = ("published", "outlet", "title", "clear", "text", "article_id", "start", "end")


def describe_count(found: Count) -> str:
    """Return a count in one line, with how much was read for it."""
    from ui.escape import clean_line

    verb = "mentions" if found.articles == 1 else "mention"
    counted = f"{found.articles:,} of {count_of(found.read, 'article')}"
    line = f"{counted} {verb} “{clean_line(found.subject)}”"
    if found.articles:
        stories = "story" if found.stories == 1 else "stories"
        line += f" ({found.stories:,} {stories}, {count_of(found.outlets, 'outlet')})"
    return f"{line}; all {found.read:,} read, {found.unclear:,} unclear."


def _describe_counted(item: CountedArticle) -> list[str]:
    from ui.escape import clean_line
    from ui.render import describe_credit, wrap_line

    place = item.place
    mark = "" if item.is_clear else "unclear: "
    credit = describe_credit(place.outlet, place.published)
    lines = wrap_line(f"{mark}{credit}; {clean_line(place.title)}", columns(), "- ", "  ")
    span = f"{clean_line(place.article_id)}, characters {place.start}–{place.end}"
    for text in (clean_line(item.text), span):
        lines += wrap_line(text, columns(), "  ", "  ")
    return lines


@topics_app.command(
    short_help="Show who asserts and who denies something.",
    epilog='\b\nExample:\n  onrecord compare "North Korean troops"',
)
def compare(
    ctx: typer.Context,
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="Words for the topic.")],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
) -> None:
    """Show who asserts, denies or has not confirmed something, and which figures are given.

    Copies of a text are one source.
    """
    from rag.answering.comparison import compare as compare_topic

    refuse_both(json=json, csv=csv)
    if not topic.strip():
        raise typer.BadParameter("there is no topic to compare")
    only = read_filter(source, since, until, language, author)
    with open_filled(ctx, library) as (opened, progress):
        found = compare_topic(opened, topic, only, progress=progress)
    if json:
        print_json(comparison_fields(found))
        return
    if csv:
        print_csv(_POSITION_COLUMNS, _position_rows(found))
        return
    for line in _describe_comparison(found):
        print_text(line)
    if not found.positions:
        print_note("Nobody is quoted on it.")
    sources = count_of(found.n_sources, "source")
    print_note(
        f"{count_of(found.n_statements, 'statement')} from {sources}."
        f" {describe_coverage(found.coverage)}."
    )


_POSITION_COLUMNS = ("side", *STATEMENT_COLUMNS)


def _position_rows(found: Comparison) -> Iterator[dict[str, object]]:
    for position in found.positions:
        for statement in position.statements:
            yield {"side": position.side, **statement_fields(statement)}


def _describe_comparison(found: Comparison) -> Iterator[str]:
    from ui.escape import clean_line
    from ui.render import describe_credit, wrap_line

    side = None
    for position in found.positions:
        if position.side is not side:
            if side is not None:
                yield ""
            side = position.side
            yield embolden(side.capitalize())
        for number, statement in enumerate(position.statements):
            place = statement.place
            who = f"{clean_line(position.speaker)}: " if not number else ""
            where = (
                f"({describe_credit(place.outlet, place.published)}; {clean_line(place.article_id)}"
            )
            verb = (
                f"[{'not ' * statement.is_negated}{statement.stance}: {clean_line(statement.cue)}]"
            )
            line = f"{who}{verb} {clean_line(statement.text)} {where}, {place.start}–{place.end})"
            yield from wrap_line(line, columns(), "  - " if who else "    ", "    ")
    for group in found.figures:
        yield ""
        yield f"Figures: {clean_line(group.counted)}"
        for figure in group.figures:
            place = figure.place
            sources = f", {count_of(figure.n_sources, 'source')}" if figure.n_sources > 1 else ""
            where = (
                f"{describe_credit(place.outlet, place.published)}; {clean_line(place.article_id)}"
            )
            line = f"{figure.text} ({clean_line(figure.given_by)}{sources}; {where})"
            yield from wrap_line(line, columns(), "  - ", "    ")
