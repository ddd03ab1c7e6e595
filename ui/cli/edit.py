"""The commands ``edit`` and ``versions``: what was read wrongly, and what it said before."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import JsonOption, LibraryOption, WaitOption, open_library, read_settings
from ui.cli.output import columns, has_colour, print_json, print_note, print_text
from ui.messages import format_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from index import Article, Library
    from index.curation.changes import SentenceChange
    from index.curation.versions import ArticleVersion, Changes

edit_app = typer.Typer()

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="The article, as 'onrecord list' prints it.")
]

_MARKS = {"removed": "- ", "added": "+ ", "same": "  "}
_COLOURS = {"removed": "\x1b[31m", "added": "\x1b[32m"}
_FEWEST, _MOST = 1, 2


@edit_app.command(
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
        str | None, typer.Option(metavar="TEXT", help="Its title; it is encoded anew.")
    ] = None,
    outlet: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who published it; '' for unknown.")
    ] = None,
    author: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who wrote it; '' for unknown.")
    ] = None,
    published: Annotated[
        str | None, typer.Option(metavar="DATE", help="A day, or a moment with its zone.")
    ] = None,
    updated: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was changed last.")
    ] = None,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="As en or de.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Its web address.")] = None,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the last edit of the article back.")
    ] = False,
    wait: WaitOption = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Correct what was read about an article; adding it again does not undo that."""
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
        raise typer.BadParameter("--undo goes alone: it takes the last edit back")
    settings = read_settings(ctx, library, wait_seconds=wait)
    with open_library(settings) as opened:
        if undo:
            article = opened.undo_edit(article_id, wait_seconds=settings.wait_seconds)
        else:
            article = opened.edit(article_id, **fields, wait_seconds=settings.wait_seconds)
        _print_edited(opened, article, as_json=json)


@edit_app.command(
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
        bool, typer.Option("--diff", help="Show what changed, else only list them.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="With --diff: sentences too that are the same.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List the versions of an article that are kept, or show what changed between two."""
    numbers = numbers or []
    if (numbers or everything) and not diff:
        raise typer.BadParameter("version numbers and --all go with --diff")
    if len(numbers) > _MOST:
        raise typer.BadParameter(f"two versions are compared, not {len(numbers)}")
    with open_library(read_settings(ctx, library)) as opened:
        article_id = _find_current(opened, article_id)
        if not diff:
            print_versions(opened.versions(article_id), as_json=json)
            return
        older = numbers[0] if numbers else None
        newer = numbers[1] if len(numbers) == _MOST else None
        print_changes(opened.changes(article_id, older, newer), as_json=json, everything=everything)


def print_versions(versions: Sequence[ArticleVersion], *, as_json: bool) -> None:
    """Write the versions of an article to standard output, the oldest first."""
    from ui.cli.show import article_fields, describe_published
    from ui.escape import clean_line

    if as_json:
        print_json(
            [
                {
                    "version": version.number,
                    "is_latest": version.is_latest,
                    "current_id": version.current_id,
                    "seen_at": version.seen_at.isoformat(),
                    **article_fields(version.article),
                    "characters": len(version.article.text),
                }
                for version in versions
            ]
        )
        return
    rows = (
        (
            f"{version.number}",
            "latest" if version.is_latest else "earlier",
            describe_published(version.article),
            f"added {version.seen_at:%Y-%m-%d %H:%M} UTC",
            clean_line(version.article.title),
        )
        for version in versions
    )
    for line in format_table(rows):
        print_text(line)
    if len(versions) == _FEWEST:
        print_note("It is the only version that is kept.")


def print_changes(changes: Changes, *, as_json: bool, everything: bool) -> None:
    """Write what changed between two versions to standard output.

    Args:
        changes: What changed.
        as_json: Write all sentences, each with what became of it.
        everything: Write those as text too that are the same.
    """
    from ui.escape import clean_line

    if as_json:
        print_json(
            {
                "article_id": changes.newer.current_id,
                "older": changes.older.number,
                "newer": changes.newer.number,
                "fields": [
                    {"field": name, "before": before, "after": after}
                    for name, before, after in changes.fields
                ],
                "sentences": [
                    {"kind": s.kind.value, "text": s.text, "start": s.start, "end": s.end}
                    for s in changes.sentences
                ],
            }
        )
        return
    print_text(f"Version {changes.older.number} -> version {changes.newer.number}")
    for name, before, after in changes.fields:
        print_text(f"{name}: {clean_line(before) or '-'} -> {clean_line(after) or '-'}")
    for line in _lines(changes.sentences, everything=everything):
        print_text(line)
    if all(s.kind == "same" for s in changes.sentences) and not changes.fields:
        print_note("Nothing differs but white space.")


def _lines(sentences: Iterable[SentenceChange], *, everything: bool) -> Iterable[str]:
    from ui.escape import clean_line
    from ui.render import wrap_line

    is_coloured = has_colour(sys.stdout)
    n_same = 0
    for sentence in sentences:
        if sentence.kind == "same" and not everything:
            n_same += 1
            continue
        if n_same:
            yield _count_same(n_same)
            n_same = 0
        mark = _MARKS[sentence.kind]
        colour = _COLOURS.get(sentence.kind, "") if is_coloured else ""
        for line in wrap_line(clean_line(sentence.text), columns(), mark, "  "):
            yield f"{colour}{line}\x1b[0m" if colour else line
    if n_same:
        yield _count_same(n_same)


def _count_same(n_sentences: int) -> str:
    return f"  … {n_sentences:,} {'sentence' if n_sentences == 1 else 'sentences'} as before"


def _print_edited(library: Library, article: Article, *, as_json: bool) -> None:
    from ui.cli.show import article_fields, describe_published
    from ui.escape import clean_line

    edits = library.edits(article.article_id)
    edited = list(dict.fromkeys(name for edit in edits for name in edit.changes))
    if as_json:
        print_json({**article_fields(article), "edited": edited})
        return
    credit = ", ".join(filter(None, (article.outlet, article.author, describe_published(article))))
    print_text(clean_line(article.title))
    print_text(clean_line(credit))
    if edited:
        print_text(f"corrected: {', '.join(edited)}; --undo takes the last edit back")
    else:
        print_text("as it was read; no edit is left")


def _find_current(library: Library, article_id: str) -> str:
    """Return the article that answers now in the place of what once had an id.

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
