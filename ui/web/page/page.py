"""The chat page as HTML: its skeleton, an exchange, the list of conversations.

All text is escaped; no script, style, image or foreign address can get through.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from rag.types import Citation, Claim, Support
from ui.escape import clean_line, escape_html, quote_line
from ui.web.chat.conversations import Conversation
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
    wire, *views = (
        (_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in ("wire", "chat", "sources")
    )
    return "\n".join([wire, *(f"{{\n{view}}}" for view in views)])


def page_skeleton() -> str:
    """Return the page as it is before any question, without anything of an article or a user."""
    return (_STATIC / "chat.html").read_text(encoding="utf-8")


def render_status(text: str, *, is_error: bool = False) -> str:
    """Return a line about the library."""
    name = "status error" if is_error else "status"
    return f'<span class="{name}">{escape_html(clean_line(text))}</span>'


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


def render_thread(exchanges: Sequence[Exchange]) -> str:
    """Return a conversation."""
    last = exchanges[-1].number if exchanges else 0
    return "".join(
        render_exchange(exchange, is_last=exchange.number == last) for exchange in exchanges
    )


def render_exchange(exchange: Exchange, *, is_last: bool = True) -> str:
    """Return a question and its answer.

    Args:
        exchange: What was asked and found.
        is_last: Whether it can be undone.
    """
    return render(
        _TEMPLATE,
        "render_exchange",
        exchange,
        is_last,
        describe_filter(exchange.only),
        [_claim(claim, exchange) for claim in exchange.claims],
        [_remark(remark, exchange) for remark in exchange.remarks],
    )


def announce_exchange(exchange: Exchange) -> str:
    """Return what a screen reader is told once an answer is complete, as plain text."""
    if exchange.error:
        return clean_line(exchange.error)
    if exchange.clarification:
        return clean_line(exchange.clarification)
    if exchange.refused:
        n_nearest = len(exchange.citations)
        return f"The articles do not say. {_count(n_nearest, 'near passage')} shown."
    said = " ".join(quote_line(claim.text) for claim in exchange.claims)
    if exchange.state is AnswerState.STOPPED:
        return f"Stopped. {said}".strip()
    return f"Answer: {said} {_count(len(exchange.citations), 'citation')}."


def _claim(claim: Claim, exchange: Exchange) -> tuple[Support, str, str, list[Citation], str]:
    """Return what is known of its support, its text, the text's end, its citations, the doubt."""
    text = quote_line(claim.text)
    head, space, tail = text.rpartition(" ")
    if len(tail) > MAX_TAIL_CHARS:
        head, space, tail = text, "", ""
    doubt = ": ".join(
        filter(None, (_SUPPORT_NAMES.get(claim.support, ""), quote_line(claim.reason)))
    )
    cited = filter(None, map(exchange.find_citation, claim.citations))
    return claim.support, f"{head}{space}", tail, list(cited), doubt


def _remark(remark: str, exchange: Exchange) -> list[tuple[str, Citation | None]]:
    """Return a remark in parts; its bracketed numbers, which are ours, become citations."""
    return [
        (part, exchange.find_citation(int(part)) if place % 2 else None)
        for place, part in enumerate(_OUR_MARK.split(clean_line(remark)))
    ]


def render_conversations(conversations: Sequence[Conversation], open_id: str) -> str:
    """Return the items of the list of conversations."""
    return render(_TEMPLATE, "render_conversations", conversations, open_id)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
