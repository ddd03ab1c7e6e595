"""An answer or a conversation to take along, with full references: Markdown, plain text, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from rag.types import Citation, Claim, Section, Support
from ui.escape import clean_line, escape_markdown, quote_line, remark_to_markdown
from ui.layout import Mark, describe_confidence, group_sources, mark_claims
from ui.places import find_link
from ui.render import describe_copies, describe_date, write_marks
from ui.web.chat.exchange import Exchange

MAX_NAME_CHARS = 60

_RIS = "application/x-research-info-systems"
_OF_THE_PAGE = {"number", "suggestions", "verdict", "note", "pinned", "generation"}
_DOUBTS = {Support.PARTLY: "partly supported", Support.UNSUPPORTED: "not supported"}


@dataclass(frozen=True, slots=True)
class _Writing:
    """How a form of text sets off what it says; everything else is alike.

    Attributes:
        escape: Makes a line of any text safe in it.
        remark: The same for a remark, whose bracketed numbers are ours.
        strong: A template for a question.
        soft: A template for a heading or a title.
        link: A template for a web address.
        context: Stands before what does not answer.
    """

    escape: Callable[[str], str]
    remark: Callable[[str], str]
    strong: str
    soft: str
    link: str
    context: str


_MARKDOWN = _Writing(escape_markdown, remark_to_markdown, "**{}**", "*{}*", "<{}>", "> ")
_PLAIN = _Writing(quote_line, str, "{}", "{}", "{}", "")


@dataclass(frozen=True, slots=True)
class Export:
    """A file to save.

    Attributes:
        name: File name, of letters, digits and hyphens and an ending.
        kind: Media type.
        text: Its contents.
    """

    name: str
    kind: str
    text: str


def export_exchanges(title: str, exchanges: Sequence[Exchange], form: str) -> Export:
    """Return exchanges as a file.

    Args:
        title: Gives the file its name, and heads it if there are several exchanges.
        exchanges: In order.
        form: ``markdown``, ``text`` or ``json``.

    Raises:
        ValueError: If there is no such format.
    """
    stem = _to_stem(title)
    if form == "markdown":
        blocks = [f"# {escape_markdown(title)}"] if len(exchanges) > 1 else []
        blocks += [_write_exchange(exchange, _MARKDOWN) for exchange in exchanges]
        return Export(f"{stem}.md", "text/markdown", "\n\n".join(blocks) + "\n")
    if form == "text":
        blocks = [_write_exchange(exchange, _PLAIN) for exchange in exchanges]
        return Export(f"{stem}.txt", "text/plain", "\n\n\n".join(blocks) + "\n")
    if form == "json":
        each = [_to_json(exchange) for exchange in exchanges]
        found = each[0] if len(each) == 1 else {"title": title, "exchanges": each}
        return Export(
            f"{stem}.json", "application/json", json.dumps(found, indent=2, ensure_ascii=True)
        )
    raise ValueError(f"there is no format {form!r}")


def export_quotation(citation: Citation, form: str, today: date) -> Export:
    """Return a quotation with its full reference.

    Args:
        citation: The place that is quoted.
        form: ``text``, ``markdown`` or ``ris``, as programs for references read it.
        today: When it was looked up.

    Raises:
        ValueError: If there is no such format.
    """
    stem = _to_stem(citation.title)
    if form == "ris":
        return Export(f"{stem}.ris", _RIS, _to_ris(citation, today))
    if form not in {"text", "markdown"}:
        raise ValueError(f"there is no format {form!r}")
    writing = _MARKDOWN if form == "markdown" else _PLAIN
    address = citation.url or citation.source
    title = writing.escape(citation.title) or "untitled"
    about = [
        writing.escape(citation.author),
        writing.soft.format(title) if form == "markdown" else f"“{title}”",
        writing.escape(citation.outlet),
        describe_date(citation.published),
        f"page {citation.page:,}" if citation.page else "",
        _write_detail(address, writing) if address != citation.outlet else "",
        f"accessed {describe_date(today)}",
    ]
    reference = ", ".join(filter(None, about))
    quote = writing.escape(f"“{quote_line(citation.quote)}”")
    if form == "markdown":
        return Export(f"{stem}.md", "text/markdown", f"> {quote}\n>\n> {reference}.\n")
    return Export(f"{stem}.txt", "text/plain", f"{quote} ({reference})\n")


def _to_ris(citation: Citation, today: date) -> str:
    """Return a reference in RIS: tags with one clean line each."""
    published = citation.published
    fields = [
        ("TY", "NEWS"),
        ("AU", clean_line(citation.author)),
        ("TI", clean_line(citation.title) or "untitled"),
        ("T2", clean_line(citation.outlet)),
        ("PY", f"{published:%Y}" if published else ""),
        ("DA", f"{published:%Y/%m/%d}" if published else ""),
        ("SP", str(citation.page or "")),
        ("UR", find_link(citation.url) or find_link(citation.source)),
        ("Y2", f"{today:%Y/%m/%d}"),
        ("N1", f"“{clean_line(citation.quote)}”"),
    ]
    lines = [f"{tag}  - {value}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - ", ""])


def _to_stem(title: str) -> str:
    """Return the name of a file: letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.casefold())[:MAX_NAME_CHARS].strip("-") or "answer"


def exchange_to_markdown(exchange: Exchange) -> str:
    """Return a question, its answer and full references as CommonMark."""
    return _write_exchange(exchange, _MARKDOWN)


def _write_exchange(exchange: Exchange, form: _Writing) -> str:
    """Return a question, its answer and full references."""
    blocks = [form.strong.format(form.escape(exchange.question) or "Question")]
    if exchange.understood:
        blocks.append(f"Understood as: {form.escape(exchange.understood)}")
    if exchange.error:
        return "\n\n".join([*blocks, form.escape(exchange.error)])
    if exchange.clarification:
        blocks.append(form.escape(exchange.clarification))
    else:
        marks = mark_claims(exchange)
        for section in exchange.sections():
            blocks += _write_section(section, marks, form)
        blocks += map(form.remark, exchange.remarks)
    if confidence := describe_confidence(exchange):
        blocks.append(f"{confidence}.")
    if exchange.refused and exchange.citations and not exchange.claims:
        blocks.append("The nearest passages:")
    if exchange.citations:
        sources = group_sources(exchange.citations)
        blocks.append("\n".join(_write_source(places, form) for places in sources))
    if exchange.notice:
        blocks.append(f"Note: {form.escape(exchange.notice)}")
    return "\n\n".join(blocks)


def _write_section(
    section: Section, marks: Mapping[Claim, Sequence[Mark]], form: _Writing
) -> list[str]:
    """Return a part of an answer as blocks; what is context is set off."""
    blocks = [form.soft.format(form.escape(section.heading))] if section.heading else []
    blocks += map(form.escape, section.lead)
    for is_context, claims in groupby(section.claims, lambda claim: claim.context):
        said = " ".join(_write_claim(claim, marks[claim], form) for claim in claims)
        blocks.append(f"{form.context}{said}" if is_context else said)
    return blocks


def _write_claim(claim: Claim, marks: Sequence[Mark], form: _Writing) -> str:
    found = ": ".join(filter(None, (_DOUBTS.get(claim.support, ""), claim.reason)))
    doubt = [form.escape(f"({found})")] if found else []
    said = " ".join([form.escape(claim.text), *write_marks(marks), *doubt])
    return said.replace("\N{NO-BREAK SPACE}", " ")


def _write_source(places: Sequence[Citation], form: _Writing) -> str:
    """Return an article as an item of a list, its further places as a list in it."""
    first, *others = places
    address = "" if first.source == first.outlet else first.source
    about = _join_details(
        form,
        first.outlet,
        describe_date(first.published),
        f"“{quote_line(first.quote)}”",
        first.author,
        address,
        first.url if first.url != address else "",
        *_locate(first),
    )
    title = form.escape(first.title) or "untitled"
    lines = [f"- [{first.number}] {form.soft.format(title)}. {about}"]
    for other in others:
        said = _join_details(form, f"“{quote_line(other.quote)}”", *_locate(other))
        lines.append(f"  - [{other.number}] {said}")
    return "\n".join(lines)


def _locate(citation: Citation) -> tuple[str, str, str]:
    """Return where in the article a citation is, and who printed the same."""
    return (
        f"page {citation.page:,}" if citation.page else "",
        f"characters {citation.start}–{citation.end}",
        describe_copies(citation.copies, citation.outlet),
    )


def _join_details(form: _Writing, *details: str) -> str:
    return f"{'. '.join(_write_detail(detail, form) for detail in details if detail)}."


def _write_detail(detail: str, form: _Writing) -> str:
    """Return a detail; a plain web address so that it can be followed."""
    # A dollar sign would be a formula to some, and means the same in an address when it is coded.
    address = find_link(detail).replace("$", "%24")
    return form.link.format(address) if address else form.escape(detail)


def _to_json(exchange: Exchange) -> dict[str, object]:
    fields = exchange.to_dict()
    return {name: value for name, value in fields.items() if name not in _OF_THE_PAGE}
