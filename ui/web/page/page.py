"""The chat page as HTML: its skeleton, an exchange, the list of conversations.

All text is escaped; no script, style, image or foreign address can get through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rag.types import Answered, Citation, Claim, Support
from ui.escape import clean_line, escape_html, quote_line
from ui.layout import (
    MARKS_SHOWN,
    SOURCES_SHOWN,
    Mark,
    describe_confidence,
    find_unmarked,
    fold,
    group_sources,
    mark_claims,
)
from ui.web.chat.changes_since import Change
from ui.web.chat.conversations import Conversation, FoundAnswer, PinnedAnswer
from ui.web.chat.exchange import AnswerState, Exchange
from ui.web.chat.filters import describe_filter
from ui.web.page.templates import render

_STATIC = Path(__file__).parents[1] / "static"
_TEMPLATE = "page/exchange.html"

MAX_TAIL_CHARS = 20
"""A last word up to this length stays on one line with the numbers after it."""

_OUR_MARK = re.compile(r"\[(\d{1,4})\]")
_SUPPORT_NAMES = {
    Support.PARTLY: "Partly supported",
    Support.UNSUPPORTED: "Not supported",
}


def page_css() -> str:
    """Return the page's style sheets as one."""
    files = sorted(_STATIC.glob("*.css"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def page_script() -> str:
    """Return the page's script, which Gradio runs with ``element``, ``trigger`` and ``upload``.

    The parts share what ``wire.js`` declares; what the others declare is their own.
    """
    # The chat comes last: it begins with what the address names, which may be in any view.
    wire, *views = (
        (_STATIC / f"{name}.js").read_text(encoding="utf-8")
        for name in ("wire", "sources", "ledger", "chat")
    )
    return "\n".join([wire, *(f"{{\n{view}}}" for view in views)])


def page_skeleton() -> str:
    """Return the page as it is before any question, without anything of an article or a user."""
    return (_STATIC / "chat.html").read_text(encoding="utf-8")


def render_status(text: str, *, is_error: bool = False) -> str:
    """Return a line about the library; an empty one says that there are no articles."""
    name = "status error" if is_error else "status"
    return f'<span class="{name}">{escape_html(clean_line(text) or "No articles yet")}</span>'


def render_account(name: str) -> str:
    """Return who is logged in, and the way out; nothing without a login."""
    return render(_TEMPLATE, "render_account", name)


def render_welcome(examples: Sequence[str], *, hint: str = "") -> str:
    """Return what a conversation shows before its first question.

    Args:
        examples: Questions that the articles answer.
        hint: What to do first if there are no articles yet; mostly empty.
    """
    return render(_TEMPLATE, "render_welcome", examples, hint)


def render_examples(examples: Sequence[str]) -> str:
    """Return example questions as buttons; nothing for none."""
    return render(_TEMPLATE, "render_examples", examples)


def render_changes_since(exchange: Exchange, changes: Sequence[Change]) -> str:
    """Return what has changed since an answer as a warning above it; nothing for nothing."""
    alike: dict[object, list[Change]] = {}
    for change in changes:
        by = change.by and (change.by.article_id, change.by.start)
        alike.setdefault((change.kind, by), []).append(change)
    groups = [
        (some[0].kind, some[0].by, *fold([change.citation for change in some], MARKS_SHOWN))
        for some in alike.values()
    ]
    return render(_TEMPLATE, "render_changes_since", exchange, groups)


def render_suggestions(exchange: Exchange) -> str:
    """Return questions to go on with as buttons; nothing for none."""
    return render(_TEMPLATE, "render_suggestions", exchange)


def render_thread(exchanges: Sequence[Exchange]) -> str:
    """Return a conversation."""
    last = exchanges[-1].number if exchanges else 0
    return "".join(
        render_exchange(exchange, is_last=exchange.number == last) for exchange in exchanges
    )


@dataclass(frozen=True, slots=True)
class _ShownClaim:
    """A claim as it is shown.

    Attributes:
        support: What is known of it.
        head: Its text but for the end; clean.
        tail: The end, which stays on one line with the first mark.
        marks: The marks after it that are shown at once.
        folded: Those that are shown on demand.
        doubt: What a reader must know of its support; mostly empty.
    """

    support: Support
    head: str
    tail: str
    marks: Sequence[Mark]
    folded: Sequence[Mark]
    doubt: str


@dataclass(frozen=True, slots=True)
class _ShownPart:
    """A part of an answer as it is shown.

    Attributes:
        heading: The part's question; empty if the answer has one part.
        is_answered: Whether the articles say something in answer to it.
        groups: Claims in reading order, and whether each group of them is context.
    """

    heading: str
    is_answered: bool
    groups: Sequence[tuple[bool, Sequence[_ShownClaim]]]


@dataclass(frozen=True, slots=True)
class _ShownSources:
    """Citations as they are listed: each group is an article with its cited places.

    Attributes:
        groups: Those that are shown at once.
        folded: Those that are shown on demand.
        unmarked: Numbers of citations in which no words are set off.
    """

    groups: Sequence[Sequence[Citation]]
    folded: Sequence[Sequence[Citation]]
    unmarked: frozenset[int]


def render_exchange(exchange: Exchange, *, is_last: bool = True) -> str:
    """Return a question and its answer.

    Args:
        exchange: What was asked and found.
        is_last: Whether it can be undone.
    """
    is_growing = exchange.state is AnswerState.GROWING
    return render(
        _TEMPLATE,
        "render_exchange",
        exchange,
        is_last,
        describe_filter(exchange.only),
        _parts(exchange),
        [_remark(remark, exchange) for remark in exchange.remarks],
        _sources(exchange),
        () if is_growing or exchange.answered is not Answered.PARTLY else exchange.missing,
        "" if is_growing else describe_confidence(exchange),
    )


def announce_exchange(exchange: Exchange) -> str:
    """Return what a screen reader is told once an answer is complete, as plain text."""
    if exchange.error:
        return clean_line(exchange.error)
    if exchange.clarification:
        return clean_line(exchange.clarification)
    if exchange.refused and not exchange.claims:
        n_nearest = len(exchange.citations)
        return f"{quote_line(exchange.refusal)} {_count(n_nearest, 'near passage')} shown."
    said = " ".join(
        " ".join([quote_line(section.heading), *section.lead, *_texts(section.claims)]).strip()
        for section in exchange.sections()
    )
    if exchange.state is AnswerState.STOPPED:
        return f"Stopped. {said}".strip()
    label = {Answered.YES: "Answer: ", Answered.PARTLY: "Answered in part: "}
    said = f"{label.get(exchange.answered, '')}{said}"
    return f"{said} {_count(len(exchange.citations), 'citation')}."


def _texts(claims: Sequence[Claim]) -> list[str]:
    return [quote_line(claim.text) for claim in claims]


def _parts(exchange: Exchange) -> list[_ShownPart]:
    marks = mark_claims(exchange)
    return [
        _ShownPart(
            section.heading,
            not section.lead,
            [
                (is_context, [_claim(claim, marks[claim]) for claim in claims])
                for is_context, claims in groupby(section.claims, lambda claim: claim.context)
            ],
        )
        for section in exchange.sections()
    ]


def _claim(claim: Claim, marks: Sequence[Mark]) -> _ShownClaim:
    text = quote_line(claim.text)
    head, space, tail = text.rpartition(" ")
    if len(tail) > MAX_TAIL_CHARS:
        head, space, tail = text, "", ""
    doubt = ": ".join(
        filter(None, (_SUPPORT_NAMES.get(claim.support, ""), quote_line(claim.reason)))
    )
    shown, folded = fold(marks, MARKS_SHOWN)
    return _ShownClaim(claim.support, f"{head}{space}", tail, shown, folded, doubt)


def _sources(exchange: Exchange) -> _ShownSources:
    groups, folded = fold(group_sources(exchange.citations), SOURCES_SHOWN)
    return _ShownSources(groups, folded, find_unmarked(exchange))


def _remark(remark: str, exchange: Exchange) -> list[tuple[str, Citation | None]]:
    """Return a remark in parts; its bracketed numbers, which are ours, become citations."""
    return [
        (part, exchange.find_citation(int(part)) if place % 2 else None)
        for place, part in enumerate(_OUR_MARK.split(clean_line(remark)))
    ]


def render_conversations(conversations: Sequence[Conversation], open_id: str) -> str:
    """Return the items of the list of conversations."""
    return render(_TEMPLATE, "render_conversations", conversations, open_id)


def render_found(answers: Sequence[FoundAnswer]) -> str:
    """Return answers in which words were found; nothing for none."""
    return render(_TEMPLATE, "render_found", answers)


def render_pinned(answers: Sequence[PinnedAnswer]) -> str:
    """Return the list of pinned answers; nothing for none."""
    return render(_TEMPLATE, "render_pinned", answers)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
