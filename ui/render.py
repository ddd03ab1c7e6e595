"""An answer as people read it, in the lines of a terminal."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from index.language.calendar_words import MONTH_NAMES
from index.types import Article, Copy, Passage
from rag.types import Answer, Citation, Claim, Support
from ui.escape import OUR_MARK, quote_line

MIN_WIDTH = 30
N_NEAREST = 3
N_NAMES = 5


_BOLD, _DIM, _MARK, _RESET = "\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"
_UNDERLINE = "\x1b[4m"


@dataclass(frozen=True, slots=True)
class _Source:
    """A citation in words; every string is clean and one line."""

    number: int
    title: str
    credit: str
    quote: str
    place: str
    copies: str
    answer: tuple[int, int] = (0, 0)
    """Start and end, in ``quote``, of the words that answer; equal where none are marked."""


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
    lines = []
    for heading, said in _sections(answer):
        lines += [*([""] if lines else []), *wrap_line(heading, width), *wrap_line(said, width)]
    if colour:
        lines = [OUR_MARK.sub(rf"{_MARK}\g<0>{_RESET}", line) for line in lines]
    for remark in describe_standing(answer):
        lines += ["", *wrap_line(remark, width)]
    if heading := _heading(answer):
        lines += ["", heading]
    for source in _sources(answer, folder):
        label = f"[{source.number}] "
        indent = " " * len(label)
        title = wrap_line(source.title, width, label, indent)
        details = [
            *wrap_line(source.credit, width, indent, indent),
            *wrap_line(source.place, width, indent, indent),
            *wrap_line(source.copies, width, indent, indent),
        ]
        quote = wrap_line(f"“{source.quote}”", width, indent, indent)
        if colour:
            title = [f"{_BOLD}{line}{_RESET}" for line in title]
            quote = _underline(quote, f"“{source.quote}”", source.answer, len(indent))
            details = [f"{_DIM}{line}{_RESET}" for line in details]
        lines += ["", *title, *quote, *details]
    if answer.notice:
        lines += ["", *wrap_line(f"Note: {quote_line(answer.notice)}", width)]
    return "\n".join(lines)


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


def find_answer(citation: Citation) -> tuple[int, int]:
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


def _heading(answer: Answer) -> str:
    """Return what the list of sources is called where that is not plain."""
    return "The nearest passages:" if answer.refused and _sources(answer) else ""


def _sources(answer: Answer, folder: str = "") -> list[_Source]:
    """Return the citations, or for a refusal without any the best passages."""
    if answer.citations or not answer.refused:
        return [
            _Source(
                number=citation.number,
                title=quote_line(citation.title) or "untitled",
                credit=describe_credit(citation.outlet, citation.published),
                quote=quote_line(citation.quote),
                place=_describe_place(citation, citation, folder),
                copies=describe_copies(citation.copies, citation.outlet),
                answer=find_answer(citation),
            )
            for citation in answer.citations
        ]
    return [
        _Source(
            number=number,
            title=quote_line(hit.article.title) or "untitled",
            credit=describe_credit(hit.article.outlet, hit.article.published),
            quote=quote_line(hit.passage.text),
            place=_describe_place(hit.article, hit.passage, folder),
            copies=describe_copies(hit.copies, hit.article.outlet),
        )
        for number, hit in enumerate(answer.hits[:N_NEAREST], 1)
    ]


def _describe_place(article: Citation | Article, span: Citation | Passage, folder: str) -> str:
    """Return where to look: the file or address, and the place in it.

    An article of a collection, of which no more than the outlet is known, is named by its id.
    """
    source = article.source
    if folder and source.startswith(inside := os.path.join(folder, "")):  # noqa: PTH118 - text
        source = source[len(inside) :]
    address = quote_line(article.article_id if source in {"", article.outlet} else source)
    return ", ".join(filter(None, (address, f"characters {span.start}–{span.end}")))


def _doubt(claim: Claim) -> str:
    """Return what a reader must know about a claim that its citations do not carry."""
    reason = quote_line(claim.reason)
    if claim.support is Support.SUPPORTED:
        return f"({reason})" if reason else ""
    found = "partly supported" if claim.support is Support.PARTLY else "not supported"
    return f"({found}: {reason})" if reason else f"({found})"


def _sections(answer: Answer) -> list[tuple[str, str]]:
    """Return the heading and the text of each part of an answer.

    Each mark is tied to the word before it by a no-break space.
    """
    if answer.clarification:
        return [("", quote_line(answer.clarification))]
    return [
        (quote_line(section.heading), " ".join([*section.lead, *map(_say, section.claims)]))
        for section in answer.sections()
    ]


def _say(claim: Claim) -> str:
    marks = [f"[{number}]" for number in claim.citations]
    said = "\N{NO-BREAK SPACE}".join([quote_line(claim.text), *marks])
    return f"{said} {_doubt(claim)}".rstrip()


DATE_BASIS_WORDS = {
    "stated": "stated with the article",
    "page": "from the page’s own data",
    "feed": "from the feed",
    "header": "from the mail’s header",
    "address": "from the web address",
    "dateline": "from a line of the text",
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
