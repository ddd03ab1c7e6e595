"""The chat page as HTML: its skeleton, an exchange, the list of conversations, an article.

All of it is text that was escaped here; no script, style, image or address of elsewhere can come
through. Text of an article is shown as it is, to the character, with two exceptions: what shows
nothing or turns the reading direction stays in the text but is not displayed, and what no page
can hold (NUL, lone surrogates) is a replacement character.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from index.types import Article
from rag.types import FILLERS, Citation, Claim, Support
from ui.render import (
    clean_line,
    describe_copies,
    describe_credit,
    describe_date,
    escape_html,
    quote_line,
)
from ui.web_exchange import Exchange, State
from ui.web_filter import describe_filter
from ui.web_icons import icon
from ui.web_store import Conversation

MAX_ARTICLE_CHARS = 200_000
"""Of a longer article only this much around the cited place is shown."""

MAX_TAIL_CHARS = 20
"""A last word up to this length is kept on one line with the numbers behind it."""

_JOINERS = "\u200c\u200d"
_PLAIN = re.compile(r"[\t\n -~\u00a1-\u00ac\u00ae-\u02ff\u0400-\u052f\u2010-\u2027\u2030-\u205e]+")
_SUPPORT_NAMES = {
    Support.PARTLY: "Partly supported",
    Support.UNSUPPORTED: "Not supported",
}


def page_css() -> str:
    """Return the page's style sheets as one."""
    files = sorted(Path(__file__).parent.glob("*.css"))
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def page_script() -> str:
    """Return the page's script, which Gradio runs with ``element``, ``trigger`` and ``watch``."""
    return (Path(__file__).parent / "chat.js").read_text(encoding="utf-8")


def page_skeleton() -> str:
    """Return the page before anything was asked; it holds nothing of an article or a user."""
    return (Path(__file__).parent / "chat.html").read_text(encoding="utf-8")


def show_exactly(text: str) -> str:
    """Return text of an article as HTML whose text content is that text, to the character."""
    parts: list[str] = []
    place = 0
    for plain in _PLAIN.finditer(text):
        parts.extend(map(_show_character, text[place : plain.start()]))
        parts.append(escape_html(plain[0]))
        place = plain.end()
    parts.extend(map(_show_character, text[place:]))
    return "".join(parts)


def _show_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs" or character == "\0":
        return "\N{REPLACEMENT CHARACTER}"
    if character == "\r":
        return '<span class="unseen">&#13;</span>'
    if category in {"Cc", "Cf", "Zl", "Zp"} or character in FILLERS:
        if character in _JOINERS or character in "\n\t":
            return character
        return f'<span class="unseen">{character}</span>'
    return escape_html(character)


def render_status(text: str, *, is_error: bool = False) -> str:
    """Return a line about the library."""
    name = "status error" if is_error else "status"
    return f'<span class="{name}">{escape_html(clean_line(text))}</span>'


def render_welcome(examples: Sequence[str], *, hint: str = "") -> str:
    """Return what stands in a conversation before its first question.

    Args:
        examples: Questions that the articles answer.
        hint: What to do first, where there is nothing to ask about.
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
            " The number behind it opens the article at that place.</p>"
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
    busy = ' aria-busy="true"' if exchange.state is State.GROWING else ""
    parts = [
        f'<article class="exchange" id="exchange-{number}" data-number="{number}"'
        f' data-state="{exchange.state.value}" aria-labelledby="question-{number}"{busy}>',
        f'<h3 class="question" id="question-{number}" dir="auto"'
        f' data-question="{_attribute(exchange.question)}">'
        f'<span class="label">You asked: </span>{escape_html(quote_line(exchange.question))}</h3>',
    ]
    if label := describe_filter(exchange.only):
        parts.append(f'<p class="asked-of" dir="auto">Asked of: {escape_html(label)}</p>')
    if exchange.understood:
        parts.append(
            '<p class="understood"><span dir="auto">Understood as: <q>'
            f"{escape_html(quote_line(exchange.understood))}</q></span>"
            ' <button type="button" class="link" data-do="correct"'
            f' data-text="{escape_html(clean_line(exchange.understood))}">Correct it'
            f"{_hidden(f' (question {number})')}</button></p>"
        )
    parts.append('<div class="answer">')
    parts += _answer_parts(exchange)
    parts.append("</div>")
    if exchange.state is not State.GROWING:
        parts.append(_toolbar(exchange, is_last=is_last))
    return "".join([*parts, "</article>"])


def announce_exchange(exchange: Exchange) -> str:
    """Return what a screen reader is told once an answer is complete, as plain text."""
    if exchange.error:
        return clean_line(exchange.error)
    if exchange.refused:
        n_nearest = len(exchange.citations)
        return f"The articles do not say. {_count(n_nearest, 'near passage')} shown."
    said = " ".join(quote_line(claim.text) for claim in exchange.claims)
    if exchange.state is State.STOPPED:
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
    if exchange.state is State.GROWING:
        label = "Reading on" if exchange.claims else "Reading the articles"
        parts.append(f'<p class="working"><span class="dots"></span>{label}…</p>')
    if exchange.state is State.STOPPED:
        parts.append('<p class="detail">Stopped before the answer was complete.</p>')
    if exchange.notice:
        parts.append(f'<p class="notice" dir="auto">{escape_html(quote_line(exchange.notice))}</p>')
    parts.append(_sources(exchange, "Sources"))
    parts.append(_also_read(exchange))
    return parts


def _refusal_parts(exchange: Exchange) -> list[str]:
    parts = ['<p class="refusal"><strong>The articles do not say.</strong></p>']
    if exchange.notice:
        parts.append(f'<p class="notice" dir="auto">{escape_html(quote_line(exchange.notice))}</p>')
    if exchange.citations:
        parts.append('<p class="detail">What comes nearest does not answer the question:</p>')
        parts.append(_sources(exchange, "Nearest passages", are_nearest=True))
    if exchange.suggestions:
        parts.append(
            '<div class="suggestions"><h4>You could ask instead</h4><ul>'
            + "".join(f"<li>{_question_button(text)}</li>" for text in exchange.suggestions)
            + "</ul></div>"
        )
    if exchange.state is State.GROWING:
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
    name = "sources nearest" if are_nearest else "sources"
    items = "".join(_source(exchange.number, citation) for citation in exchange.citations)
    return f'<div class="{name}"><h4>{heading}</h4><ol>{items}</ol></div>'


def _also_read(exchange: Exchange) -> str:
    if not exchange.also_read:
        return ""
    items = "".join(_source(exchange.number, citation) for citation in exchange.also_read)
    return (
        f'<details class="also-read"><summary>Also read ({len(exchange.also_read)})</summary>'
        f'<p class="detail">Found for the question, but nothing above rests on it.</p>'
        f'<ol class="sources" start="{exchange.also_read[0].number}">{items}</ol></details>'
    )


def _source(exchange_number: int, citation: Citation) -> str:
    """Return a citation as an item of a list; the card that hovers takes its words from here."""
    address = "" if citation.source == citation.outlet else quote_line(citation.source)
    place = ", ".join(filter(None, (address, f"characters {citation.start}–{citation.end}")))
    copies = describe_copies(citation.copies, citation.outlet)
    credit = escape_html(describe_credit(citation.outlet, citation.published))
    copied = f'<p class="copies" dir="auto">{escape_html(copies)}</p>' if copies else ""
    return (
        f'<li id="source-{exchange_number}-{citation.number}" data-citation="{citation.number}"'
        f' data-article="{_attribute(citation.article_id)}" data-start="{citation.start}"'
        f' data-end="{citation.end}">'
        f'<button type="button" class="source" data-citation="{citation.number}"'
        f' data-exchange="{exchange_number}"><span class="number">{citation.number}</span>'
        f'<span class="about"><cite dir="auto">{_title(citation.title)}</cite> '
        f'<span class="credit" dir="auto">{credit}</span></span></button>'
        f'<blockquote dir="auto">{_quote(citation)}</blockquote>{copied}'
        f'<p class="place" dir="auto">{escape_html(place)}</p></li>'
    )


def _quote(citation: Citation) -> str:
    """Return the quoted words, those that answer in bold; its text is the quote's."""
    if citation.answer_span is None:
        return show_exactly(citation.quote)
    first, last = (place - citation.start for place in citation.answer_span)
    before, words, after = (
        show_exactly(part)
        for part in (citation.quote[:first], citation.quote[first:last], citation.quote[last:])
    )
    return f'{before}<strong class="answer">{words}</strong>{after}'


def _toolbar(exchange: Exchange, *, is_last: bool) -> str:
    about = _hidden(f" (question {exchange.number})")

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
            "What should be known about it? (optional)</label>"
            f'<input id="note-{number}" name="note" maxlength="2000" autocomplete="off"'
            f' value="{escape_html(clean_line(exchange.note))}">'
            '<button type="submit" class="button">Save note</button></form>'
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


def render_article(article: Article, start: int, end: int, *, warning: str = "") -> str:
    """Return an article with one place marked, in full unless it is enormous.

    Args:
        article: The article.
        start: First code point of the place.
        end: One past its last; equal to ``start`` for no mark.
        warning: What a reader must know about the place.
    """
    text = article.text
    start = min(max(start, 0), len(text))
    end = min(max(end, start), len(text))
    first = 0
    if len(text) > MAX_ARTICLE_CHARS:
        middle = (start + end) // 2
        first = min(max(0, middle - MAX_ARTICLE_CHARS // 2), len(text) - MAX_ARTICLE_CHARS, start)
    last = min(len(text), max(end, first + MAX_ARTICLE_CHARS))
    mark = f'<mark tabindex="-1">{show_exactly(text[start:end])}</mark>' if end > start else ""
    source = "" if article.source == article.outlet else quote_line(article.source)
    notes = []
    if warning:
        notes.append(f'<p class="warning">{escape_html(warning)}</p>')
    if first or last < len(text):
        notes.append(
            f'<p class="warning">This article has {len(text):,} characters; shown are those from'
            f" {first:,} to {last:,}.</p>"
        )
    return (
        f'<h2 id="article-title" tabindex="-1" dir="auto">{_title(article.title)}</h2>'
        f'<p class="credit" dir="auto">'
        f"{escape_html(describe_credit(article.outlet, article.published))}</p>"
        + (f'<p class="address" dir="auto">{escape_html(source)}</p>' if source else "")
        + "".join(notes)
        + '<div class="article-text" dir="auto" tabindex="0" role="region"'
        f' aria-label="Text of the article" data-start="{start}" data-end="{end}">'
        f"{show_exactly(text[first:start])}{mark}{show_exactly(text[end:last])}</div>"
    )


def _question_button(question: str) -> str:
    shown = escape_html(clean_line(question))
    return f'<button type="button" class="ask-this" data-ask="{shown}" dir="auto">{shown}</button>'


def _attribute(text: str) -> str:
    """Return text as the value of an attribute, to the character where a page can hold it."""
    return escape_html(text.encode("utf-8", "replace").decode()).replace("\r", "&#13;")


def _title(title: str) -> str:
    return escape_html(quote_line(title)) or "untitled"


def _hidden(text: str) -> str:
    return f'<span class="visually-hidden">{text}</span>'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
