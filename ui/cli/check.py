"""The command ``check``: the user's own draft against the library."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ui.cli.console import (
    columns,
    open_library,
    print_json,
    print_note,
    print_text,
    read_filter,
    read_settings,
    stop,
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

if TYPE_CHECKING:
    from index.types import Article
    from rag.drafts.checked import CheckedSentence

check_app = typer.Typer()

STANDARD_INPUT = "-"


class Format(StrEnum):
    """How a report is written."""

    TEXT = "text"
    MD = "md"
    HTML = "html"
    JSON = "json"


@check_app.command(
    short_help="Check a draft of your own.",
    epilog="\b\nExamples:\n  onrecord check story.md\n"
    "  onrecord check story.docx --format html > report.html",
)
def check(
    ctx: typer.Context,
    draft: Annotated[
        Path,
        typer.Argument(metavar="DRAFT", help="A text, Markdown or office file; '-' reads stdin."),
    ],
    *,
    source: SourceOption = None,
    language: LanguageOption = None,
    author: AuthorOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    format: Annotated[Format, typer.Option(help="How to write the report.")] = Format.TEXT,  # noqa: A002
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Check a draft sentence by sentence against the articles.

    Each is supported, contradicted, outdated, attributed otherwise, or without a source, with the
    nearest passages; headlines, questions and views are passed over. Quotations are compared word
    for word. If you stop it, the report covers what was checked so far.
    """
    from rag.drafts.check import check_sentences, split_draft
    from rag.drafts.checked import DraftCheck
    from ui.draft_report import (
        describe_counts,
        describe_draft,
        draft_fields,
        draft_to_markdown,
        render_draft,
    )

    if json and format not in {Format.TEXT, Format.JSON}:
        raise typer.BadParameter("--json and --format exclude each other")
    article = _read_draft(draft)
    only = read_filter(source, since, until, language, author)
    sentences = split_draft(article.text)
    checked: list[CheckedSentence] = []
    is_stopped = False
    with (
        open_library(read_settings(ctx, library), filled=True) as opened,
        count_progress("sentences checked") as progress,
    ):
        try:
            for found in check_sentences(opened, sentences, only=only):
                checked.append(found)
                progress(len(checked), len(sentences))
        except KeyboardInterrupt:
            is_stopped = True
    report = DraftCheck(article.title, len(sentences), tuple(checked))
    chosen = Format.JSON if json else format
    if chosen is Format.JSON:
        print_json(draft_fields(report))
    elif chosen is Format.HTML:
        print_text(render_draft(report))
    else:
        lines = (
            draft_to_markdown(report) if chosen is Format.MD else describe_draft(report, columns())
        )
        for line in lines:
            print_text(line)
    if is_stopped:
        raise stop(f"Stopped. {describe_counts(report)}.")
    print_note(f"{describe_counts(report)}.")


def _read_draft(path: Path) -> Article:
    """Return a draft, with what its loader says of it as notes to the user.

    Raises:
        ArticleFormatError: If it is not one text that can be read.
    """
    from index.adding.load import load_articles
    from index.errors import ArticleFormatError
    from index.formats.files import SourceFile
    from index.formats.load import load_file
    from index.types import Article, Skip

    if str(path) == STANDARD_INPUT:
        content = sys.stdin.buffer.read()
        file = SourceFile(Path("standard input"), "standard input", ".md", "draft", content=content)
        loaded = [found for _, found in load_file(file)]
    else:
        loaded = list(load_articles([path]))
    found = [item for item in loaded if isinstance(item, Article)]
    faults = [item for item in loaded if isinstance(item, Skip) and not item.is_note]
    if len(found) != 1 or faults:
        reason = faults[0].reason if faults else f"it holds {len(found)} texts; give one draft"
        raise ArticleFormatError(str(path), reason)
    for note in (item for item in loaded if isinstance(item, Skip)):
        print_note(f"{note.source}: {note.reason}")
    return found[0]
