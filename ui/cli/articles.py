"""The commands that show, correct and remove articles, from ``list`` to ``restore``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.console import (
    columns,
    embolden,
    find_library,
    has_colour,
    name_command,
    open_library,
    print_json,
    print_note,
    print_result,
    print_text,
    read_filter,
    read_settings,
    skips_to_json,
)
from ui.cli.options import (
    AuthorOption,
    JsonOption,
    KOption,
    LanguageOption,
    LibraryOption,
    SinceOption,
    SourceOption,
    UntilOption,
    WaitOption,
    YesOption,
    parse_span,
)
from ui.messages import count_of, format_table

if TYPE_CHECKING:
    from index.curation.changes import SentenceChange
    from index.library import Library
    from index.record.rows import ArticleSummary
    from index.record.versions import ArticleVersion
    from index.stories.stories import Story, StoryMember
    from index.types import Article, Hit

MARKS = {"removed": "- ", "added": "+ ", "same": "  "}
COLOURS = {"removed": "\x1b[31m", "added": "\x1b[32m"}
_TWO = 2

articles_app = typer.Typer()

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The article, as 'onrecord list' prints it.")
]


@articles_app.command(epilog='\b\nExample:\n  onrecord search "troop deployment" --k 5')
def search(
    ctx: typer.Context,
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Words or a question.")],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    k: KOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show the passages nearest to a query, best first."""
    from rag.asking.question import check_question
    from rag.types import hit_to_dict

    only = read_filter(source, since, until, language, author)
    settings = read_settings(ctx, library, k=k)
    with open_library(settings, filled=True) as opened:
        hits = opened.search(check_question(query), settings.k, only=only)
    if json:
        print_json({"query": query, "passages": [hit_to_dict(hit) for hit in hits]})
        return
    for number, hit in enumerate(hits, 1):
        print_text("\n".join([*([""] if number > 1 else []), *_describe_hit(number, hit)]))
    if not hits:
        print_note("No passages: no article passes the filters.")


def _describe_hit(number: int, hit: Hit) -> list[str]:
    from ui.escape import clean_line
    from ui.render import describe_copies, describe_credit, wrap_line

    article, passage, label = hit.article, hit.passage, f"{number}. "
    indent = " " * len(label)
    title = wrap_line(clean_line(article.title), columns(), label, indent)
    details = (
        f"{describe_credit(article.outlet, article.published)}, score {hit.score:.2f}",
        clean_line(passage.text),
        f"{clean_line(article.article_id)}, characters {passage.start}–{passage.end}",
        describe_copies(hit.copies, article.outlet),
    )
    return [embolden(line) for line in title] + [
        line for detail in details for line in wrap_line(detail, columns(), indent, indent)
    ]


@articles_app.command("list")
def list_articles(
    ctx: typer.Context,
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List the articles: id, date, outlet, title."""
    only = read_filter(source, since, until, language, author)
    with open_library(read_settings(ctx, library)) as opened:
        articles = list(opened.articles(only))
    fields = [
        {
            **_article_fields(article),
            "characters": article.characters,
            "passages": article.passages,
            "versions": article.versions + 1,
            "added_at": article.added_at,
        }
        for article in articles
    ]
    print_result(fields, format_table(map(_cells, articles)), as_json=json)
    if not (articles or json):
        print_note("No articles.")


def _cells(article: ArticleSummary | StoryMember, *roles: str) -> tuple[str, ...]:
    """Return an article as a row: id, day, outlet, what it is to a story, title."""
    from ui.escape import clean_line

    return (
        clean_line(article.article_id),
        article.published.isoformat() if article.published else "undated",
        clean_line(article.outlet) or "-",
        *roles,
        clean_line(article.title),
    )


@articles_app.command(epilog="\b\nExample:\n  onrecord show kremlin-answers --span 212:390")
def show(
    ctx: typer.Context,
    article_id: IdArgument,
    *,
    span: Annotated[
        str | None,
        typer.Option(metavar="START:END", help="Mark these characters, as a citation gives them."),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="An earlier version; see 'onrecord versions ID'."),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show an article as it is stored, or an earlier version of it."""
    from ui.escape import clean_line, clean_text

    place = parse_span(span) if span else (0, 0)
    with open_library(read_settings(ctx, library)) as opened:
        shown = find_version(opened, article_id, version)
    found, article, text = shown.version, shown.version.article, shown.version.article.text
    if json:
        print_json(
            {
                **_article_fields(article),
                "version": found.number,
                "versions": shown.n_versions,
                "current_id": found.current_id,
                "edited": shown.edited,
                "pages": article.pages,
                "text": text,
            }
        )
        return
    start, end = (min(number, len(text)) for number in place)
    opening, closing = ("\x1b[7m", "\x1b[0m") if has_colour(sys.stdout) else (">>> ", " <<<")
    marked = f"{opening}{clean_text(text[start:end])}{closing}" if start < end else ""
    for name, value in _describe(shown):
        print_text(f"{name + ':':11}{clean_line(value)}")
    if not found.is_latest:
        latest = name_command("show", find_library(ctx, library), found.current_id)
        print_note(f"This is an earlier version; {latest} shows the latest.")
    print_text(f"\n{clean_text(text[:start])}{marked}{clean_text(text[end:])}")


@dataclass(frozen=True, slots=True)
class Shown:
    """An article as ``onrecord show`` shows it.

    Attributes:
        version: The version that is shown.
        n_versions: How many versions there are, this one included.
        edited: Names of the fields that a person corrected.
    """

    version: ArticleVersion
    n_versions: int
    edited: tuple[str, ...]


def find_version(library: Library, article_id: str, number: int | None) -> Shown:
    """Return a version of an article, the latest one if no number is given.

    The id of an earlier version, from when it was itself the article, leads to that version.

    Raises:
        ArticleNotFoundError: If the id is unknown.
        VersionNotFoundError: If there is no such version.
    """
    from index.curation.versions import choose_version

    current_id = find_current(library, article_id)
    versions = library.versions(current_id)
    if number is None and current_id != article_id:
        former = library.find_version(article_id)
        if former is not None:
            return Shown(former, len(versions), ())
    version = versions[-1]
    if number is not None:
        version = choose_version(library.path, versions, article_id, number)
    return Shown(version, len(versions), _edited(library, version))


def find_current(library: Library, article_id: str) -> str:
    """Return the id of the article that an id, or that of an earlier version, leads to.

    Raises:
        ArticleNotFoundError: If the id is unknown.
    """
    from index.errors import ArticleNotFoundError

    try:
        library.passages(article_id)
    except ArticleNotFoundError:
        former = library.find_version(article_id)
        if former is None:
            raise
        return former.current_id
    return article_id


def _edited(library: Library, version: ArticleVersion) -> tuple[str, ...]:
    edits = library.edits(version.current_id) if version.is_latest else ()
    return tuple(dict.fromkeys(name for edit in edits for name in edit.changes))


def _article_fields(article: Article | ArticleSummary) -> dict[str, object]:
    """Return what is known of an article besides its text, as JSON has it."""
    names = (
        *("article_id", "title", "source", "outlet", "published", "origin", "author", "language"),
        *("url", "canonical_url", "published_at", "updated_at", "date_basis"),
    )
    return {name: getattr(article, name) for name in names}


def _describe(shown: Shown) -> list[tuple[str, str]]:
    """Return the lines above the text of an article: names and values."""
    from ui.languages import describe_language

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
        ("Date", _describe_published(article)),
        *((name, value) for name, value in optional if value),
        ("Source", article.source or "unknown"),
        ("Id", article.article_id),
    ]


def _describe_published(article: Article) -> str:
    """Return when an article was published, and how that is known."""
    from ui.render import DATE_BASIS_WORDS, describe_date

    moment = article.published_at
    said = _describe_moment(moment) if moment else describe_date(article.published)
    basis = DATE_BASIS_WORDS.get(article.date_basis, "")
    return f"{said} ({basis})" if article.published and basis else said


def _describe_moment(moment: datetime) -> str:
    from ui.render import describe_date, describe_moment

    # A day without a time of day is kept as its start, in no zone.
    if moment.tzinfo is None and moment.time() == time():
        return describe_date(moment.date())
    return describe_moment(moment)


@articles_app.command(
    short_help="Correct what was read about an article.",
    epilog="\b\nExamples:\n"
    "  onrecord edit 3f2a9c61d0b4 --published 2024-10-21 --outlet 'Corvane Wire'\n"
    "  onrecord edit 3f2a9c61d0b4 --published 2024-10-21T09:30+02:00\n"
    "  onrecord edit 3f2a9c61d0b4 --author ''\n"
    "  onrecord edit 3f2a9c61d0b4 --undo",
)
def edit(
    ctx: typer.Context,
    article_id: IdArgument,
    *,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Its title; the article is encoded again.")
    ] = None,
    outlet: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who published it; '' for unknown.")
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who wrote it; '' for unknown.")
    ] = None,
    published: Annotated[
        str | None, typer.Option(metavar="DATE", help="A day, or a moment with its time zone.")
    ] = None,
    updated: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was last changed.")
    ] = None,
    language: Annotated[
        str | None, typer.Option(metavar="CODE", help="Its language, such as en or de.")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Its web address.")] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the last edit of the article.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Correct what was read about an article; adding it again keeps the correction."""
    from ui.escape import clean_line

    fields = {
        "title": title,
        "outlet": outlet,
        "author": author,
        "published": published,
        "updated": updated,
        "language": language,
        "url": url,
    }
    if undo and any(value is not None for value in fields.values()):
        raise typer.BadParameter("--undo takes back the last edit and goes with no other option")
    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        if undo:
            article = opened.undo_edit(article_id, wait_seconds=settings.wait_seconds)
        else:
            article = opened.edit(article_id, **fields, wait_seconds=settings.wait_seconds)
        edits = opened.edits(article.article_id)
    edited = list(dict.fromkeys(name for edit in edits for name in edit.changes))
    credit = filter(None, (article.outlet, article.author, _describe_published(article)))
    lines = [
        clean_line(article.title),
        clean_line(", ".join(credit)),
        f"corrected: {', '.join(edited)}; --undo takes back the last edit"
        if edited
        else "as it was read; no edits are left",
    ]
    print_result({**_article_fields(article), "edited": edited}, lines, as_json=json)


@articles_app.command(
    short_help="List the versions of an article, or what changed.",
    epilog="\b\nExamples:\n  onrecord versions 3f2a9c61d0b4\n"
    "  onrecord versions 3f2a9c61d0b4 --diff\n"
    "  onrecord versions 3f2a9c61d0b4 --diff 1 3",
)
def versions(
    ctx: typer.Context,
    article_id: IdArgument,
    numbers: Annotated[
        list[int] | None,
        typer.Argument(metavar="NUMBER", help="With --diff: one or two versions."),
    ] = None,
    *,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what changed instead of a list.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --diff: show unchanged sentences too.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of an article that are kept, or show what changed between two."""
    numbers = numbers or []
    if (numbers or everything) and not diff:
        raise typer.BadParameter("version numbers and --all go with --diff")
    if len(numbers) > _TWO:
        raise typer.BadParameter(f"two versions are compared, not {len(numbers)}")
    with open_library(read_settings(ctx, library)) as opened:
        article_id = find_current(opened, article_id)
        if not diff:
            _print_versions(opened.versions(article_id), as_json=json)
            return
        changes = opened.changes(
            article_id,
            numbers[0] if numbers else None,
            numbers[1] if len(numbers) == _TWO else None,
        )
    if json:
        print_json(
            {
                "article_id": changes.newer.current_id,
                "older": changes.older.number,
                "newer": changes.newer.number,
                "fields": [
                    {"field": name, "before": before, "after": after}
                    for name, before, after in changes.fields
                ],
                "sentences": list(map(asdict, changes.sentences)),
            }
        )
        return
    from ui.escape import clean_line

    print_text(f"Version {changes.older.number} -> version {changes.newer.number}")
    for name, before, after in changes.fields:
        print_text(f"{name}: {clean_line(before) or '-'} -> {clean_line(after) or '-'}")
    for line in _describe_changes(changes.sentences, everything=everything):
        print_text(line)
    if all(s.kind == "same" for s in changes.sentences) and not changes.fields:
        print_note("The two differ in white space only.")


def _print_versions(versions: Sequence[ArticleVersion], *, as_json: bool) -> None:
    from ui.escape import clean_line

    fields = [
        {
            "version": version.number,
            "is_latest": version.is_latest,
            "current_id": version.current_id,
            "seen_at": version.seen_at,
            **_article_fields(version.article),
            "characters": len(version.article.text),
        }
        for version in versions
    ]
    rows = (
        (
            f"{version.number}",
            "latest" if version.is_latest else "earlier",
            _describe_published(version.article),
            f"added {version.seen_at:%Y-%m-%d %H:%M} UTC",
            clean_line(version.article.title),
        )
        for version in versions
    )
    print_result(fields, format_table(rows), as_json=as_json)
    if len(versions) == 1 and not as_json:
        print_note("No other version is kept.")


def _describe_changes(sentences: Iterable[SentenceChange], *, everything: bool) -> Iterator[str]:
    from ui.escape import clean_line
    from ui.render import wrap_line

    is_coloured = has_colour(sys.stdout)
    n_same = 0
    for sentence in [*sentences, None]:
        if sentence and sentence.kind == "same" and not everything:
            n_same += 1
            continue
        if n_same:
            yield f"  … {count_of(n_same, 'sentence')} unchanged"
            n_same = 0
        if sentence:
            colour = COLOURS.get(sentence.kind, "") if is_coloured else ""
            text = clean_line(sentence.text)
            for line in wrap_line(text, columns(), MARKS[sentence.kind], "  "):
                yield f"{colour}{line}\x1b[0m" if colour else line


@articles_app.command(
    epilog="\b\nExamples:\n  onrecord story\n  onrecord story kremlin-answers --json",
)
def story(
    ctx: typer.Context,
    article_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Show only the story of this article."),
    ] = None,
    *,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show which articles are copies of one another, exact or near."""
    with open_library(read_settings(ctx, library)) as opened:
        if article_id is None:
            stories = opened.stories()
            nothing = "No article of the library is a copy of another."
        else:
            found = opened.story(article_id)
            stories = () if found is None else (found,)
            nothing = "No other article of the library tells this story."
        missing = opened.count_uncompared()
    if json:
        fields = [_story_fields(found) for found in stories]
        print_json(fields if article_id is None else next(iter(fields), None))
    else:
        for number, found in enumerate(stories):
            rows = [_cells(member, _describe_role(found, member)) for member in found.members]
            print_text("\n".join([*([""] if number else []), *format_table(rows)]))
        if not stories:
            print_note(nothing)
    if missing:
        command = name_command("doctor", find_library(ctx, library))
        print_note(f"{count_of(missing, 'article')} not compared yet; run {command}")


def _describe_role(found: Story, member: StoryMember) -> str:
    """Return what a member is to its story, as ``shown, fullest`` or ``near copy``."""
    role = "shown" if member is found.shown else f"{member.kind} copy"
    return f"{role}, fullest" if member is found.fullest else role


def _story_fields(found: Story) -> dict[str, object]:
    return {
        "shown": found.shown.article_id,
        "earliest": found.earliest.article_id,
        "fullest": found.fullest.article_id,
        "articles": list(map(asdict, found.members)),
    }


@articles_app.command(short_help="Remove articles; 'onrecord restore' puts them back.")
def remove(
    ctx: typer.Context,
    article_ids: Annotated[list[str], typer.Argument(metavar="ID", help="Articles to remove.")],
    *,
    yes: YesOption = False,
    for_good: Annotated[
        bool, typer.Option("--for-good", help="Keep nothing for 'onrecord restore'.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Remove articles from the library; 'onrecord restore' puts them back."""
    settings = read_settings(ctx, library, wait_seconds=wait)
    article_ids = list(dict.fromkeys(article_ids))
    with open_library(settings) as opened:
        if not (yes or json) and sys.stdin.isatty():
            for article in opened.articles():
                if article.article_id in article_ids:
                    print_note(f"  {article.title}")
            question = f"Remove {len(article_ids)} from '{settings.library}'?"
            typer.confirm(question, abort=True, err=True)
        remove_them = opened.delete if for_good else opened.remove
        remove_them(article_ids, wait_seconds=settings.wait_seconds)
    restore_them = name_command("restore", find_library(ctx, library))
    undo = "add their files again" if for_good else f"run {restore_them}"
    lines = f"{len(article_ids):,} removed; to undo, {undo}"
    print_result({"removed": article_ids}, lines, as_json=json)


@articles_app.command(epilog="\b\nExamples:\n  onrecord restore --list\n  onrecord restore 7")
def restore(
    ctx: typer.Context,
    removal: Annotated[
        int | None,
        typer.Argument(metavar="NUMBER", help="The removal to undo (default: the last)."),
    ] = None,
    *,
    show_list: Annotated[
        bool, typer.Option("--list", help="Only list what can be put back.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Delete for good what could be put back.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Put removed articles back, as they were."""
    from ui.escape import clean_line

    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        if show_list:
            _print_removals(opened, as_json=json)
        elif forget:
            forgotten = opened.forget_removals(wait_seconds=settings.wait_seconds)
            print_result({"forgotten": forgotten}, f"{forgotten:,} deleted", as_json=json)
        else:
            report = opened.restore(removal, wait_seconds=settings.wait_seconds)
            fields = {"restored": report.added, "skipped": skips_to_json(report.skipped)}
            lines = [f"{len(report.added):,} put back, {len(report.skipped):,} skipped"]
            lines += [
                f"  skipped {clean_line(skip.source)}: {clean_line(skip.reason)}"
                for skip in report.skipped
            ]
            print_result(fields, lines, as_json=json)


def _print_removals(library: Library, *, as_json: bool) -> None:
    from ui.escape import clean_line

    removals = library.removals()
    fields = [
        {
            "removal": removal.removal_id,
            "removed_at": removal.removed_at,
            "articles": [{"article_id": name, "title": title} for name, title in removal.articles],
        }
        for removal in removals
    ]
    rows = [
        (
            str(removal.removal_id),
            f"{removal.removed_at:%Y-%m-%d %H:%M UTC}",
            clean_line(name),
            clean_line(title),
        )
        for removal in removals
        for name, title in removal.articles
    ]
    print_result(fields, format_table(rows), as_json=as_json)
    if not (rows or as_json):
        print_note("Nothing can be put back.")
