"""The commands ``said`` and ``people``, and what all commands about the whole archive share.

Each reads everything that passes its filters and says how much that was; nothing is ranked or
guessed. Output is text, JSON or CSV.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from index.language.stance import Stance
from ui.cli.console import (
    columns,
    embolden,
    find_library,
    name_command,
    open_library,
    print_json,
    print_note,
    print_result,
    print_text,
    read_filter,
    read_settings,
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
from ui.cli.progress import count_progress
from ui.ledger_fields import decision_fields, describe_coverage, page_fields, people_fields
from ui.messages import count_of

if TYPE_CHECKING:
    from index.ledger.people import EntityPage, Role
    from index.ledger.said import FoundStatement, StatementPlace
    from index.library import Library
    from index.record.edits import NameDecision
    from index.types import LibraryPlace

ledger_app = typer.Typer()

COPIES_SHOWN = 3

CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV and nothing else.")]
LimitOption = Annotated[
    int, typer.Option(min=1, max=100_000, metavar="N", help="How many to show at most.")
]
OffsetOption = Annotated[int, typer.Option(min=0, metavar="N", help="How many to skip.")]


class Kind(StrEnum):
    """What a name is the name of, as ``--kind`` takes it."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"


@contextmanager
def open_filled(
    ctx: typer.Context, library: LibraryPlace | None
) -> Iterator[tuple[Library, Callable[[int, int], None]]]:
    """Open a library, and give what shows how far reading it for the first time has got."""
    with (
        open_library(read_settings(ctx, library), filled=True) as opened,
        count_progress("articles read") as progress,
    ):
        yield opened, progress


def refuse_both(**chosen: bool) -> None:
    """Refuse two options at once of which each leaves no room for another.

    Raises:
        BadParameter: If more than one option is set.
    """
    if sum(chosen.values()) > 1:
        names = " and ".join(f"--{name}" for name, is_chosen in chosen.items() if is_chosen)
        raise typer.BadParameter(f"{names} exclude each other")


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, object]]) -> None:
    """Write rows as CSV, in which no cell begins like a formula of a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _to_cell(row[name]) for name in names})
    sys.stdout.write(buffer.getvalue())
    sys.stdout.flush()


def _to_cell(value: object) -> str:
    from ui.escape import clean_line

    if value is None:
        return ""
    text = clean_line(str(value))
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def print_page(shown: int, total: int, offset: int, noun: str, remark: str) -> None:
    """Say which part of the results was shown, and how much was read for them."""
    counted = count_of(total, noun)
    if shown < total:
        counted = f"{offset + 1:,} to {offset + shown:,} of {counted}" if shown else counted
        if offset + shown < total:
            counted += f"; --offset {offset + shown} shows more"
    print_note(f"{counted}. {remark}.")


@ledger_app.command(
    short_help="List who said what.",
    epilog='\b\nExamples:\n  onrecord said --by Zelensky --about "air defence" --since 2024-10-01\n'
    "  onrecord said --stance denies --csv > denials.csv",
)
def said(
    ctx: typer.Context,
    *,
    by: Annotated[str, typer.Option(metavar="NAME", help="Who speaks, in any spelling.")] = "",
    about: Annotated[
        str, typer.Option(metavar="WORDS", help="Words that what is said must have.")
    ] = "",
    stance: Annotated[
        Stance | None, typer.Option(help="What the words are to the speaker.")
    ] = None,
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
    """List who said what in the articles, the newest first, each statement once and cited.

    English is read; what articles in other languages report is not listed.
    """
    refuse_both(json=json, csv=csv)
    only = read_filter(source, since, until, language, author)
    with open_filled(ctx, library) as (opened, progress):
        page = opened.statements(
            by=by,
            about=about,
            stance=stance.value if stance else None,
            only=only,
            offset=offset,
            limit=limit,
            progress=progress,
        )
    fields = page_fields(page, offset=offset)
    if json:
        print_json(fields)
    elif csv:
        print_csv(STATEMENT_COLUMNS, fields["statements"])
    else:
        for statement in page.statements:
            for line in _describe_statement(statement):
                print_text(line)
        if page.similar:
            remedy = name_command("said", find_library(ctx, library), "--by", page.similar[0])
            print_note(f"Nobody called '{by}' is quoted; {', '.join(page.similar)} are: {remedy}.")
        shown = len(page.statements)
        print_page(shown, page.total, offset, "statement", describe_coverage(page.coverage))


STATEMENT_COLUMNS = (
    *("published", "outlet", "speaker", "stance", "negated", "cue", "kind", "text"),
    *("named_as", "article_id", "title", "start", "end", "n_copies"),
)


def _describe_statement(statement: FoundStatement) -> list[str]:
    """Return a statement as lines: who and how, what, and where."""
    from ui.escape import clean_line
    from ui.render import describe_credit, wrap_line

    place = statement.place
    named = clean_line(statement.named_as)
    speaker = clean_line(statement.speaker)
    who = f"{speaker} ({named})"
    if speaker.casefold() in named.casefold():
        who = named
    verb = "not " * statement.is_negated + statement.stance
    head = f"{who} [{verb}: {clean_line(statement.cue)}]"
    credit = describe_credit(place.outlet, place.published)
    where = f"{credit}; {clean_line(place.title)}"
    span = f"{clean_line(place.article_id)}, characters {place.start}–{place.end}"
    lines = [embolden(head)]
    for text in (clean_line(statement.text), where, span, describe_copies(statement.copies)):
        lines += wrap_line(text, columns(), "  ", "  ")
    return [*lines, ""]


def describe_copies(copies: Sequence[StatementPlace]) -> str:
    """Return who else prints something, in one line; empty if nobody does."""
    from ui.escape import clean_line

    if not copies:
        return ""
    named = [clean_line(copy.outlet or copy.title) for copy in copies[:COPIES_SHOWN]]
    more = f" and {len(copies) - COPIES_SHOWN:,} more" if len(copies) > COPIES_SHOWN else ""
    return f"also in {', '.join(named)}{more}"


@ledger_app.command(
    short_help="List whom the articles name, or show one.",
    epilog="\b\nExamples:\n  onrecord people\n  onrecord people Zelensky\n"
    "  onrecord people --kind organisation --since 2024-10-01\n"
    '  onrecord people --merge "Cat Stevens" "Yusuf Islam"\n  onrecord people --undo',
)
def people(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="A name in any spelling; all without it.")
    ] = "",
    *,
    kind: Annotated[Kind, typer.Option(help="What to list.")] = Kind.PERSON,
    merge: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="NAME NAME", help="Two names that are one, for good."),
    ] = None,
    split: Annotated[
        str, typer.Option(metavar="NAME", help="A spelling that is somebody else's, for good.")
    ] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Take the newest --merge or --split back.")
    ] = False,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="List what was merged and split.")
    ] = False,
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
    """List the people whom the articles name, or organisations or places; or show those of a name.

    Spellings, titles and family names alone count for one person; people of different given
    names stay apart.
    """
    refuse_both(json=json, csv=csv)
    actions = {"merge": merge is not None, "split": bool(split), "undo": undo}
    refuse_both(**actions, decisions=decisions, csv=csv)
    if any(actions.values()) or decisions:
        narrows = (name, source, language, author, since, until)
        if any(narrows):
            raise typer.BadParameter("names are merged and split in the whole library")
        with open_library(read_settings(ctx, library), filled=True) as opened:
            _decide_names(opened, merge, split, undo=undo, as_json=json)
        return
    only = read_filter(source, since, until, language, author)
    with open_filled(ctx, library) as (opened, progress):
        page = opened.people(
            name,
            kind="" if name and kind is Kind.PERSON else kind.value,
            only=only,
            offset=offset,
            limit=limit,
            progress=progress,
        )
        roles = {e.key: opened.roles(e.key) for e in page.entities} if name else {}
    fields = people_fields(page, roles, offset=offset)
    if json:
        print_json(fields)
    elif csv:
        print_csv(_ENTITY_COLUMNS, fields["people"])
    else:
        _print_entities(page, roles)
        if page.similar:
            print_note(f"Nobody is called '{name}'; did you mean {', '.join(page.similar)}?")
        elif not page.total:
            print_note(_describe_nobody(name, kind.value, is_filtered=bool(only)))
        elif len(page.entities) < page.total:
            shown = len(page.entities)
            print_page(shown, page.total, offset, "name", "The most named come first")


def _decide_names(
    library: Library, merge: tuple[str, str] | None, split: str, *, undo: bool, as_json: bool
) -> None:
    """Merge, split or undo, or else list the decisions; say what names are one then."""
    from index.ledger.people import EntityPage

    if undo:
        undone = library.undo_name_decision()
        fields = {"undone": decision_fields(undone)}
        print_result(fields, f"Undone: {_describe_decision(undone)}", as_json=as_json)
    elif merge or split:
        found = library.merge_names(*merge) if merge else library.split_name(split)
        roles = {entity.key: library.roles(entity.key) for entity in found}
        page = EntityPage(len(found), found)
        if as_json:
            print_json(people_fields(page, roles))
        else:
            _print_entities(page, roles)
    else:
        decided = library.name_decisions()
        lines = [_describe_decision(decision) for decision in decided]
        listed = {"decisions": [decision_fields(decision) for decision in decided]}
        print_result(listed, lines or "Nothing was merged or split.", as_json=as_json)


def _describe_decision(decision: NameDecision) -> str:
    from ui.escape import clean_line

    names = " and ".join(clean_line(name) for name in decision.names)
    verb = "merged" if len(decision.names) > 1 else "split off"
    return f"{decision.decided_at:%Y-%m-%d %H:%M}  {verb}: {names}"


_ENTITY_COLUMNS = ("name", "kind", "articles", "statements", "spellings")


def _describe_nobody(name: str, kind: str, *, is_filtered: bool) -> str:
    if not name:
        return f"The articles name no {kind}."
    if is_filtered:
        return f"No article that passes the filters names '{name}'."
    return f"{'Nobody' if kind == Kind.PERSON.value else f'No {kind}'} is called '{name}'."


def _print_entities(page: EntityPage, roles: Mapping[int, Sequence[Role]]) -> None:
    from ui.escape import clean_line
    from ui.messages import format_table
    from ui.render import describe_credit, wrap_line

    if not roles:
        table = [
            (
                clean_line(entity.name),
                count_of(entity.articles, "article"),
                count_of(entity.statements, "statement"),
                clean_line(", ".join([s for s in entity.spellings if s != entity.name][:2])),
            )
            for entity in page.entities
        ]
        for line in format_table(table):
            print_text(line.rstrip())
        return
    for entity in page.entities:
        print_text(embolden(clean_line(entity.name)))
        counted = (
            f"{count_of(entity.articles, 'article')}, {count_of(entity.statements, 'statement')}"
        )
        also = [clean_line(s) for s in entity.spellings if s != entity.name]
        lines = [f"{entity.kind}; {counted}"]
        lines += [f"also {', '.join(also)}"] if also else []
        for role in roles.get(entity.key, ()):
            where = describe_credit(role.outlet, role.published)
            more = f", and {role.articles - 1:,} more" if role.articles > 1 else ""
            lines.append(f"{clean_line(role.text)} ({where}{more})")
        for line in lines:
            for part in wrap_line(line, columns(), "  ", "  "):
                print_text(part)
        print_text("")
