"""The chat page as HTML: its skeleton, an exchange, the list of conversations.

All text is escaped here; no script, style, image or foreign address can get through. ``html_text``
renders text of an article, ``article`` a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rag.types import REFUSAL, Citation, Claim, Support
from ui.escape import clean_line, escape_html, quote_line
from ui.render import describe_credit, describe_date
from ui.web.chat.conversations import Conversation
from ui.web.chat.exchange import AnswerState, Exchange
from ui.web.chat.filters import describe_filter
from ui.web.page.html_text import (
    hide_visually,
    render_copies,
    show_exactly,
    show_title,
    to_attribute,
)

_STATIC = Path(__file__).parents[1] / "static"

_PATHS = {
    "copy": "M8 8V4h12v12h-4M4 8h12v12H4z",
    "delete": "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v6M14 11v6",
    "doubt": "M12 3 2.5 20h19zM12 10v4M12 17v.01",
    "down": "M7 4v10M7 14l4 7c1.5 0 2.500-1 2.500-2.500V15H19c1 0 1.800-1 1.500-2l-2-7.500"
    "C18.200 4.600 17.500 4 16.500 4H7M3 4h4v10H3z",
    "download": "M12 4v11M7 11l5 5 5-5M4 20h16",
    "edit": "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
    "json": "M9 4H7c-1 0-2 1-2 2v3c0 1.500-1 3-2 3 1 0 2 1.500 2 3v3c0 1 1 2 2 2h2"
    "M15 4h2c1 0 2 1 2 2v3c0 1.500 1 3 2 3-1 0-2 1.500-2 3v3c0 1-1 2-2 2h-2",
    "link": "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1"
    "M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1",
    "retry": "M20 12a8 8 0 1 1-2.500-5.800M20 3v5h-5",
    "undo": "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
    "up": "M7 20V10M7 10l4-7c1.500 0 2.500 1 2.500 2.500V9H19c1 0 1.800 1 1.500 2l-2 7.500"
    "c-.3.900-1 1.500-2 1.500H7M3 10h4v10H3z",
}


def icon(name: str) -> str:
    """Return an icon as SVG that a screen reader passes over.

    Raises:
        KeyError: If there is none of that name.
    """
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true"'
        f' focusable="false"><path d="{_PATHS[name]}"/></svg>'
    )


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
    if hint:
        body = (
            f'<p class="hint" dir="auto">{escape_html(clean_line(hint))}</p>'
            '<p><button type="button" class="button primary" data-view-target="sources">'
            "Add articles</button></p>"
        )
    else:
        body = (
            "<p>Every sentence of an answer is quoted from an article or checked against one."
            " The number after it opens the article at that point.</p>"
        )
    return (
        '<div class="welcome"><h2>Ask the articles</h2>'
        f'{body}<div id="examples">{render_examples(examples)}</div></div>'
    )


def render_examples(examples: Sequence[str]) -> str:
    """Return example questions as buttons; nothing for none."""
    if not examples:
        return ""
    return (
        '<div class="examples"><h3>For example</h3><ul>'
        + "".join(f"<li>{_question_button(question)}</li>" for question in examples)
        + "</ul></div>"
    )


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
    number = exchange.number
    busy = ' aria-busy="true"' if exchange.state is AnswerState.GROWING else ""
    parts = [
        f'<article class="exchange" id="exchange-{number}" data-number="{number}"'
        f' data-state="{exchange.state.value}" aria-labelledby="question-{number}"{busy}>',
        f'<h3 class="question" id="question-{number}" dir="auto"'
        f' data-question="{to_attribute(exchange.question)}">'
        f'<span class="label">You asked: </span>{escape_html(quote_line(exchange.question))}</h3>',
    ]
    if label := describe_filter(exchange.only):
        parts.append(f'<p class="asked-of" dir="auto">Asked only of: {escape_html(label)}</p>')
    if exchange.understood:
        parts.append(
            '<p class="understood"><span dir="auto">Understood as: <q>'
            f"{escape_html(quote_line(exchange.understood))}</q></span>"
            ' <button type="button" class="link" data-do="correct"'
            f' data-text="{escape_html(clean_line(exchange.understood))}">Correct it'
            f"{hide_visually(f' (question {number})')}</button></p>"
        )
    parts.append('<div class="answer">')
    parts += _answer_parts(exchange)
    parts.append("</div>")
    if exchange.state is not AnswerState.GROWING:
        parts.append(_toolbar(exchange, is_last=is_last))
    return "".join([*parts, "</article>"])


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


def _answer_parts(exchange: Exchange) -> list[str]:
    if exchange.error:
        return [f'<p class="error">{escape_html(clean_line(exchange.error))}</p>']
    if exchange.refused:
        return _refusal_parts(exchange)
    parts = []
    if exchange.claims:
        claims = " ".join(_claim(claim, exchange) for claim in exchange.claims)
        parts.append(f'<p class="claims" dir="auto">{claims}</p>')
    parts += [_remark(remark, exchange) for remark in exchange.remarks]
    if exchange.state is AnswerState.GROWING and not exchange.claims and exchange.also_read:
        items = "".join(_source(exchange.number, citation) for citation in exchange.also_read)
        return [
            '<p class="working"><span class="dots"></span>Reading these articles…</p>'
            f'<div class="sources nearest"><h4>Found so far</h4><ol>{items}</ol></div>'
        ]
    if exchange.state is AnswerState.GROWING:
        label = "Reading on" if exchange.claims else "Reading the articles"
        parts.append(f'<p class="working"><span class="dots"></span>{label}…</p>')
    if exchange.state is AnswerState.STOPPED:
        parts.append('<p class="detail">Stopped before the answer was complete.</p>')
    if exchange.notice:
        parts.append(f'<p class="notice" dir="auto">{escape_html(quote_line(exchange.notice))}</p>')
    parts.append(_sources(exchange, "Sources"))
    parts.append(_also_read(exchange))
    return parts


def _refusal_parts(exchange: Exchange) -> list[str]:
    said = escape_html(quote_line(exchange.clarification) or REFUSAL)
    parts = [f'<p class="refusal" dir="auto"><strong>{said}</strong></p>']
    if exchange.notice:
        parts.append(f'<p class="notice" dir="auto">{escape_html(quote_line(exchange.notice))}</p>')
    if exchange.citations:
        parts.append('<p class="detail">The nearest passages do not answer the question:</p>')
        parts.append(_sources(exchange, "Nearest passages", are_nearest=True))
    if exchange.suggestions:
        parts.append(
            '<div class="suggestions"><h4>You could ask instead</h4><ul>'
            + "".join(f"<li>{_question_button(text)}</li>" for text in exchange.suggestions)
            + "</ul></div>"
        )
    if exchange.state is AnswerState.GROWING:
        parts.append('<p class="working"><span class="dots"></span>Looking for questions…</p>')
    parts.append(_also_read(exchange))
    return parts


def _claim(claim: Claim, exchange: Exchange) -> str:
    known = [exchange.find_citation(number) for number in claim.citations]
    chips = "".join(_chip(exchange.number, citation) for citation in known if citation is not None)
    text = quote_line(claim.text)
    head, space, tail = text.rpartition(" ")
    if len(tail) > MAX_TAIL_CHARS:
        head, space, tail = text, "", ""
    parts = [_said(f"{head}{space}"), f'<span class="tail">{_said(tail)}{chips}</span>']
    if doubt := _SUPPORT_NAMES.get(claim.support):
        reason = quote_line(claim.reason)
        doubt = f"{doubt}: {reason}" if reason else doubt
        parts.append(f'<span class="doubt">{icon("doubt")}<span>{escape_html(doubt)}</span></span>')
    return f'<span class="claim" data-support="{claim.support.value}">{"".join(parts)}</span>'


def _remark(remark: str, exchange: Exchange) -> str:
    """Return a remark; its bracketed numbers, which are ours, become citations."""
    parts = []
    for place, part in enumerate(_OUR_MARK.split(clean_line(remark))):
        citation = exchange.find_citation(int(part)) if place % 2 else None
        parts.append(_chip(exchange.number, citation) if citation else escape_html(part))
    return f'<p class="remark" dir="auto">{"".join(parts)}</p>'


def _said(text: str) -> str:
    return f'<span class="said">{escape_html(text)}</span>'


def _chip(exchange_number: int, citation: Citation) -> str:
    title = quote_line(citation.title) or "untitled"
    label = f"Citation {citation.number}: {title}, {describe_date(citation.published)}"
    return (
        f'<button type="button" class="chip" data-citation="{citation.number}"'
        f' data-exchange="{exchange_number}" aria-label="{escape_html(label)}">'
        f"{citation.number}</button>"
    )


def _sources(exchange: Exchange, heading: str, *, are_nearest: bool = False) -> str:
    if not exchange.citations:
        return ""
    name, shown = "sources", exchange.citations
    if are_nearest:  # they do not answer, so no words in them are highlighted
        name = "sources nearest"
        shown = tuple(replace(citation, answer_span=None) for citation in shown)
    items = "".join(_source(exchange.number, citation) for citation in shown)
    return f'<div class="{name}"><h4>{heading}</h4><ol>{items}</ol></div>'


def _also_read(exchange: Exchange) -> str:
    if not exchange.also_read:
        return ""
    items = "".join(_source(exchange.number, citation) for citation in exchange.also_read)
    return (
        f'<details class="also-read"><summary>Also found ({len(exchange.also_read)})</summary>'
        f'<p class="detail">Found for this question, but not used in the answer.</p>'
        f'<ol class="sources" start="{exchange.also_read[0].number}">{items}</ol></details>'
    )


def _source(exchange_number: int, citation: Citation) -> str:
    """Return a citation as a list item; the card of a hovered number copies its words."""
    address = "" if citation.source == citation.outlet else quote_line(citation.source)
    page = f"page {citation.page:,}" if citation.page else ""
    characters = f"characters {citation.start}–{citation.end}"
    place = ", ".join(filter(None, (address, page, characters)))
    credit = escape_html(describe_credit(citation.outlet, citation.published))
    return (
        f'<li id="source-{exchange_number}-{citation.number}" data-citation="{citation.number}"'
        f' data-article="{to_attribute(citation.article_id)}" data-start="{citation.start}"'
        f' data-end="{citation.end}">'
        f'<button type="button" class="source" data-citation="{citation.number}"'
        f' data-exchange="{exchange_number}"><span class="number">{citation.number}</span>'
        f'<span class="about"><cite dir="auto">{show_title(citation.title)}</cite> '
        f'<span class="credit" dir="auto">{credit}</span></span></button>'
        f'<blockquote dir="auto">{_quote(citation)}</blockquote>{render_copies(citation.copies)}'
        f'<p class="place" dir="auto">{escape_html(place)}</p></li>'
    )


def _quote(citation: Citation) -> str:
    """Return the quoted words, with those that answer in bold."""
    if citation.answer_span is None:
        return show_exactly(citation.quote)
    first, last = (place - citation.start for place in citation.answer_span)
    before, words, after = (
        show_exactly(part)
        for part in (citation.quote[:first], citation.quote[first:last], citation.quote[last:])
    )
    return f'{before}<strong class="answer">{words}</strong>{after}'


def _toolbar(exchange: Exchange, *, is_last: bool) -> str:
    about = hide_visually(f" (question {exchange.number})")

    def button(do: str, label: str, sign: str, more: str = "") -> str:
        return (
            f'<button type="button" class="tool" data-do="{do}" title="{label}"{more}>'
            f'{icon(sign)}<span class="name">{label}{about}</span></button>'
        )

    parts = []
    if exchange.text:
        parts += [
            button("copy", "Copy with references", "copy"),
            button("download-markdown", "Download as Markdown", "download"),
            button("download-json", "Download as JSON", "json"),
        ]
    parts += [
        button("link", "Copy link to question", "link"),
        button("retry", "Ask again", "retry"),
        button("edit", "Edit question", "edit"),
    ]
    if is_last:
        parts.append(button("undo", "Undo: remove this question", "undo"))
    if exchange.text:
        for verdict, label in (("up", "Good answer"), ("down", "Bad answer")):
            pressed = "true" if exchange.verdict == verdict else "false"
            parts.append(button(verdict, label, verdict, f' aria-pressed="{pressed}"'))
    note = ""
    if exchange.verdict:
        number = exchange.number
        note = (
            f'<form class="note" data-number="{number}"><label for="note-{number}">'
            "Comment (optional)</label>"
            f'<input id="note-{number}" name="note" maxlength="2000" autocomplete="off"'
            f' value="{escape_html(clean_line(exchange.note))}">'
            '<button type="submit" class="button">Save comment</button></form>'
        )
    return (
        f'<div class="toolbar" role="group" aria-label="Answer {exchange.number}">'
        + "".join(parts)
        + f"</div>{note}"
    )


def render_conversations(conversations: Sequence[Conversation], open_id: str) -> str:
    """Return the items of the list of conversations."""
    if not conversations:
        return '<li class="none">None yet.</li>'
    return "".join(
        _conversation(item, is_open=item.conversation_id == open_id) for item in conversations
    )


def _conversation(item: Conversation, *, is_open: bool) -> str:
    title = escape_html(quote_line(item.title)) or "Untitled"
    current = ' aria-current="true"' if is_open else ""
    return (
        f'<li data-conversation="{escape_html(item.conversation_id)}">'
        f'<button type="button" class="open" data-do="open-conversation"{current}>'
        f'<span class="title" dir="auto">{title}</span>'
        f'<time datetime="{item.changed.isoformat()}">{describe_date(item.changed.date())}</time>'
        "</button>"
        f'<button type="button" class="tool" data-do="rename-conversation" title="Rename">'
        f'{icon("edit")}<span class="name">Rename {title}</span></button>'
        f'<button type="button" class="tool" data-do="delete-conversation" title="Delete">'
        f'{icon("delete")}<span class="name">Delete {title}</span></button></li>'
    )


def _question_button(question: str) -> str:
    shown = escape_html(clean_line(question))
    return f'<button type="button" class="ask-this" data-ask="{shown}" dir="auto">{shown}</button>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
