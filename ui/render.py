"""An answer as people read it, in the lines of a terminal."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from index.language.calendar_words import MONTH_NAMES
from index.types import Article, Copy, Hit, Passage
from rag.types import Answer, Citation, Claim, Support
from ui.escape import OUR_MARK, quote_line
from ui.layout import (
    MARKS_SHOWN,
    SOURCES_SHOWN,
    Mark,
    describe_confidence,
    find_counted,
    find_unmarked,
    fold,
    group_sources,
    mark_claims,
)

MIN_WIDTH = 30
MIN_TITLE_CHARS = 10
N_NEAREST = 3
N_NAMES = 5
MARKS_KEPT_TOGETHER = 3
"""So many marks stay on the line of the word before them; more may be broken up."""


_BOLD, _DIM, _MARK, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"
_UNDERLINE = "\x1b[4m"


@dataclass(frozen=True, slots=True)
class _Place:
    """A cited place in words; every string is clean and one line."""

    number: int
    quote: str
    span: str
    copies: str
    answer: tuple[int, int] = (0, 0)
    """Start and end, in ``quote``, of the words that answer; equal where none are marked."""


@dataclass(frozen=True, slots=True)
class _Source:
    """An article in words, and the places in it that are cited."""

    title: str
    credit: str
    address: str
    places: tuple[_Place, ...]
    is_counted: bool = False
    """Whether the article is only there to be counted, and no place in it is of interest."""


def render_terminal(
    answer: Answer, *, width: int = 80, colour: bool = False, folder: str = ""
) -> str:
    """Return an answer as lines for a terminal: the text, then its numbered citations.

    Args:
        answer: The answer, or a refusal, which is followed by the nearest passages.
        width: Columns; fewer than 30 count as 30. Long words and paths are not broken.
        colour: Whether to use ANSI colours.
        folder: Where the reader is; files in it are named from there on.
    """
    width = max(width, MIN_WIDTH)
    bold, dim = _style(_BOLD, colour=colour), _style(_DIM, colour=colour)
    lines: list[str] = []
    for heading, text in _sections(answer):
        said = wrap_line(text, width)
        if colour:
            said = [OUR_MARK.sub(rf"{_MARK}\g<0>{_RESET}", line) for line in said]
        lines += [*([""] if lines else []), *bold(wrap_line(heading, width)), *said]
    for remark in describe_standing(answer):
        lines += ["", *wrap_line(remark, width)]
    if confidence := describe_confidence(answer):
        lines += ["", *dim([confidence])]
    lines += _render_sources(answer, width, colour=colour, folder=folder)
    if answer.notice:
        lines += ["", *wrap_line(f"Note: {quote_line(answer.notice)}", width)]
    return "\n".join(lines)


def _style(code: str, *, colour: bool) -> Callable[[Sequence[str]], list[str]]:
    """Return what sets lines in a style, or leaves them if there are to be no colours."""
    return lambda lines: [f"{code}{line}{_RESET}" if colour else line for line in lines]


def _render_sources(answer: Answer, width: int, *, colour: bool, folder: str) -> list[str]:
    """Return the sources: those that answer in full, those that are only counted one a line."""
    dim = _style(_DIM, colour=colour)
    sources = _sources(answer, folder)
    lines: list[str] = []
    if answer.refused and sources and not answer.claims:
        lines += ["", "The nearest passages:"]
    for is_counted, found in groupby(sources, lambda source: source.is_counted):
        if not is_counted:
            for source in found:
                lines += ["", *_render_source(source, width, colour=colour)]
            continue
        shown, folded = fold(list(found), SOURCES_SHOWN)
        lines += ["", *(line for source in shown for line in _list_source(source, width))]
        lines += dim([f"and {len(folded):,} more: use --json"]) if folded else []
    return lines


def _render_source(source: _Source, width: int, *, colour: bool) -> list[str]:
    """Return an article with its first cited place, and then the other places."""
    bold, dim = _style(_BOLD, colour=colour), _style(_DIM, colour=colour)
    lines: list[str] = []
    for place in source.places:
        is_first = place is source.places[0]
        label = f"[{place.number}] "
        indent = " " * len(label)
        text = f"“{place.quote}”"
        quote = wrap_line(text, width, indent if is_first else label, indent)
        where = (source.address if is_first else "", place.span)
        details = [", ".join(filter(None, where)), place.copies]
        if colour:
            quote = _underline(quote, text, place.answer, len(indent))
        if is_first:
            lines += bold(wrap_line(source.title, width, label, indent))
            details.insert(0, source.credit)
        lines += quote
        for detail in details:
            lines += dim(wrap_line(detail, width, indent, indent))
    return lines


def _list_source(source: _Source, width: int) -> list[str]:
    """Return an article as one line, if that is wide enough; a long title is cut off."""
    label = f"[{source.places[0].number}] "
    room = max(width - len(label) - len(f", {source.credit}"), MIN_TITLE_CHARS)
    title = source.title if len(source.title) <= room else f"{source.title[: room - 1].rstrip()}…"
    return wrap_line(f"{title}, {source.credit}", width, label, " " * len(label))


def describe_date(published: date | None) -> str:
    """Return a date as ``21 October 2024``, whatever the locale, or ``date unknown``."""
    if published is None:
        return "date unknown"
    return f"{published.day} {MONTH_NAMES[published.month - 1]} {published.year}"


def describe_credit(outlet: str, published: date | None) -> str:
    """Return who published something and when, as ``Corvane Wire, 18 October 2024``."""
    return ", ".join(filter(None, (quote_line(outlet), describe_date(published))))


def describe_copies(copies: Sequence[Copy], outlet: str = "") -> str:
    """Return who else printed the same, as ``also in 2 other outlets: …``; empty for nobody.

    Args:
        copies: The other articles.
        outlet: Who published the one that is shown.
    """
    if not copies:
        return ""
    others = {quote_line(copy.outlet) for copy in copies}
    noun, names = "outlet", sorted(others)
    if others & {"", quote_line(outlet)}:
        noun, names = "article", [quote_line(copy.title) for copy in copies]
    shown = ", ".join(names[:N_NAMES])
    if len(names) > N_NAMES:
        shown += f" and {len(names) - N_NAMES} more"
    return f"also in {len(names)} other {noun}{'s' if len(names) > 1 else ''}: {shown}"


def describe_standing(answer: Answer) -> tuple[str, ...]:
    """Return lines on how things stand: of what day the answer is, and where sources disagree.

    They are clean; the only bracketed numbers in them are citation marks of ours.
    """
    lines = []
    if answer.as_of is not None:
        lines.append(f"As of {describe_date(answer.as_of)}.")
    by_number = {citation.number: citation for citation in answer.citations}
    for conflict in answer.conflicts:
        sides = []
        for words, number in zip(conflict.sides, conflict.citations, strict=True):
            citation = by_number.get(number)
            if citation is None:
                continue
            said = f"“{quote_line(words)}” in " if words else ""
            credit = describe_credit(citation.outlet, citation.published)
            sides.append(f"{said}[{number}] ({credit})")
        what = {"number": "numbers", "answer": "answers"}.get(conflict.kind, "accounts")
        lines.append(f"The articles give different {what}: {'; '.join(sides)}.")
    return tuple(lines)


def _find_answer(citation: Citation) -> tuple[int, int]:
    """Return where, in the quote as one clean line, the words stand that answer; (0, 0) if none."""
    if citation.answer_span is None:
        return (0, 0)
    first, last = (place - citation.start for place in citation.answer_span)
    line, words = quote_line(citation.quote), quote_line(citation.quote[first:last])
    before = len(quote_line(citation.quote[:first]))
    for start in (before, before + 1):
        if words and line[start : start + len(words)] == words:
            return start, start + len(words)
    return (0, 0)


def wrap_line(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Return a line broken at spaces into lines; none for an empty one.

    Args:
        text: A clean line; a no-break space in it is kept whole and becomes a space.
        width: Columns. A longer word is not broken.
        first: What the first line starts with.
        rest: What the others start with.
    """
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def _underline(lines: Sequence[str], text: str, answer: tuple[int, int], indent: int) -> list[str]:
    """Return the lines that ``text`` was broken into with the answer of a quote underlined.

    Args:
        lines: From ``wrap_line``.
        text: What was broken; the quote begins at its second character.
        answer: Start and end in the quote.
        indent: Characters that every line begins with.
    """
    first, last = answer[0] + 1, answer[1] + 1
    if first == last:
        return list(lines)
    marked, at = [], 0
    for line in lines:
        content = line[indent:]
        at += len(text[at:]) - len(text[at:].lstrip(" "))
        start, end = max(first - at, 0), min(last - at, len(content))
        if start < end:
            words = f"{_UNDERLINE}{content[start:end]}{_RESET}"
            content = f"{content[:start]}{words}{content[end:]}"
        at += len(line) - indent
        marked.append(line[:indent] + content)
    return marked


def _sources(answer: Answer, folder: str = "") -> list[_Source]:
    """Return the cited articles, or for a refusal without any those of the best passages."""
    if answer.refused and not answer.citations:
        return [
            _describe_source(hit.article, (_describe_passage(number, hit),), folder)
            for number, hit in enumerate(answer.hits[:N_NEAREST], 1)
        ]
    counted, unmarked = find_counted(answer), find_unmarked(answer)
    return [
        _describe_source(
            places[0],
            tuple(_describe_citation(c, is_marked=c.number not in unmarked) for c in places),
            folder,
            is_counted=all(citation.number in counted for citation in places),
        )
        for places in group_sources(answer.citations)
    ]


def _describe_source(
    article: Citation | Article,
    places: tuple[_Place, ...],
    folder: str,
    *,
    is_counted: bool = False,
) -> _Source:
    return _Source(
        title=quote_line(article.title) or "untitled",
        credit=describe_credit(article.outlet, article.published),
        address=_describe_address(article, folder),
        places=places,
        is_counted=is_counted,
    )


def _describe_citation(citation: Citation, *, is_marked: bool) -> _Place:
    return _Place(
        number=citation.number,
        quote=quote_line(citation.quote),
        span=_describe_span(citation),
        copies=describe_copies(citation.copies, citation.outlet),
        answer=_find_answer(citation) if is_marked else (0, 0),
    )


def _describe_passage(number: int, hit: Hit) -> _Place:
    return _Place(
        number=number,
        quote=quote_line(hit.passage.text),
        span=_describe_span(hit.passage),
        copies=describe_copies(hit.copies, hit.article.outlet),
    )


def _describe_address(article: Citation | Article, folder: str) -> str:
    """Return where to look: the file or address.

    An article of a collection, of which no more than the outlet is known, is named by its id.
    """
    source = article.source
    if folder and source.startswith(inside := os.path.join(folder, "")):  # noqa: PTH118 - text
        source = source[len(inside) :]
    return quote_line(article.article_id if source in {"", article.outlet} else source)


def _describe_span(span: Citation | Passage) -> str:
    return f"characters {span.start}–{span.end}"


def _doubt(claim: Claim) -> str:
    """Return what a reader must know about a claim that its citations do not carry."""
    reason = quote_line(claim.reason)
    if claim.support is Support.SUPPORTED:
        return f"({reason})" if reason else ""
    found = "partly supported" if claim.support is Support.PARTLY else "not supported"
    return f"({found}: {reason})" if reason else f"({found})"


def _sections(answer: Answer) -> list[tuple[str, str]]:
    """Return the heading and the text of each part of an answer."""
    if answer.clarification:
        return [("", quote_line(answer.clarification))]
    marks = mark_claims(answer)
    return [
        (
            quote_line(section.heading),
            " ".join([*section.lead, *(_say(claim, marks[claim]) for claim in section.claims)]),
        )
        for section in answer.sections()
    ]


def _say(claim: Claim, marks: Sequence[Mark]) -> str:
    """Return a claim with its marks, which no-break spaces tie to the word before them."""
    said, space = quote_line(claim.text), "\N{NO-BREAK SPACE}"
    for place, mark in enumerate(write_marks(marks)):
        said += f"{space if place < MARKS_KEPT_TOGETHER else ' '}{mark}"
    return f"{said} {_doubt(claim)}".rstrip()


def write_marks(marks: Sequence[Mark]) -> list[str]:
    """Return marks as text, each with its day, as ``[2] (4 March 2025)``; of many, the first."""
    shown, folded = fold(marks, MARKS_SHOWN)
    written = []
    for mark in shown:
        day = f"({describe_date(mark.day)})".replace(" ", "\N{NO-BREAK SPACE}") if mark.day else ""
        written.append(f"[{mark.citation.number}] {day}".rstrip())
    if folded:
        written.append(f"and {len(folded):,} more".replace(" ", "\N{NO-BREAK SPACE}"))
    return written


DATE_BASIS_WORDS = {
    "stated": "stated with the article",
    "page": "from the page’s own data",
    "feed": "from the feed",
    "header": "from the mail’s header",
    "address": "from the web address",
    "dateline": "from a line of the text",
    "language": "as the article's language writes it",
    "column": "as other days of its column are written",
    "file": "from the document’s properties",
    "edited": "corrected by hand",
}
"""How a publication date is known, in words."""


def describe_moment(moment: datetime) -> str:
    """Return a moment as ``3 March 2025, 14:05 UTC+01:00``, whatever the locale."""
    zone = f"{moment:%Z}" if moment.tzinfo else "time zone unknown"
    if moment.utcoffset() is not None:
        offset = f"{moment:%z}"
        zone = "UTC" if not moment.utcoffset() else f"UTC{offset[:3]}:{offset[3:5]}"
    return f"{describe_date(moment.date())}, {moment:%H:%M} {zone}"
