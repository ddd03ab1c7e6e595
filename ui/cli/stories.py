"""The ``story`` command: which articles tell the same story."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.options import JsonOption, LibraryOption, name_commands, open_library, read_settings
from ui.cli.output import print_json, print_note, print_text
from ui.messages import count_of, format_table

if TYPE_CHECKING:
    from index import Story
    from index.stories.lookup import Member

story_app = typer.Typer()


@story_app.command(
    epilog="\b\nExamples:\n  onrecord story\n  onrecord story kremlin-answers --json",
)
def story(
    ctx: typer.Context,
    article_id: Annotated[
        str | None,
        typer.Argument(metavar="ID", help="Only the story of this article; else all stories."),
    ] = None,
    *,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Show which articles are copies of one another, exact or near."""
    with open_library(read_settings(ctx, library)) as opened:
        if article_id is None:
            print_stories(opened.stories(), as_json=json)
        else:
            print_story(opened.story(article_id), as_json=json)
        if missing := opened.count_uncompared():
            command = name_commands(ctx, library)("doctor")
            print_note(f"{count_of(missing, 'article')} not compared yet; run {command}")


def print_story(found: Story | None, *, as_json: bool) -> None:
    """Write the story of one article to standard output; None is one that nobody copied."""
    if as_json:
        print_json(None if found is None else _story_fields(found))
    elif found is None:
        print_note("No other article of the library tells this story.")
    else:
        _print_members(found)


def print_stories(found: tuple[Story, ...], *, as_json: bool) -> None:
    """Write all stories to standard output, each a block of lines or one item of an array."""
    if as_json:
        print_json([_story_fields(each) for each in found])
        return
    for number, each in enumerate(found):
        if number:
            print_text("")
        _print_members(each)
    if not found:
        print_note("No article of the library is a copy of another.")


def _print_members(found: Story) -> None:
    from ui.escape import clean_line

    rows = [
        (
            clean_line(member.article_id),
            member.published.isoformat() if member.published else "undated",
            clean_line(member.outlet) or "-",
            _describe_role(found, member),
            clean_line(member.title),
        )
        for member in found.members
    ]
    for line in format_table(rows):
        print_text(line)


def _describe_role(found: Story, member: Member) -> str:
    """Return what a member is to its story, as ``shown, fullest`` or ``near copy``."""
    if member is not found.shown:
        role = f"{member.kind.value} copy"
        return f"{role}, fullest" if member is found.fullest else role
    return "shown, fullest" if member is found.fullest else "shown"


def _story_fields(found: Story) -> dict[str, object]:
    return {
        "shown": found.shown.article_id,
        "earliest": found.earliest.article_id,
        "fullest": found.fullest.article_id,
        "articles": [
            {
                "article_id": member.article_id,
                "title": member.title,
                "outlet": member.outlet,
                "published": member.published.isoformat() if member.published else None,
                "words": member.words,
                "kind": member.kind.value,
            }
            for member in found.members
        ],
    }
