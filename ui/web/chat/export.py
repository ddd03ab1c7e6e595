"""An answer or a conversation as a file: Markdown with full references, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.types import Citation, Claim, Section, Support
from ui.escape import escape_markdown, quote_line, remark_to_markdown
from ui.layout import Mark, describe_confidence, group_sources, mark_claims
from ui.render import describe_copies, describe_date, write_marks
from ui.web.chat.exchange import Exchange

MAX_NAME_CHARS = 60

_DOUBTS = {Support.PARTLY: "partly supported", Support.UNSUPPORTED: "not supported"}


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
        form: ``markdown`` or ``json``.

    Raises:
        ValueError: If there is no such format.
    """
    stem = re.sub(r"[^a-z0-9]+", "-", title.casefold())[:MAX_NAME_CHARS].strip("-") or "answer"
    if form == "markdown":
        blocks = [f"# {escape_markdown(title)}"] if len(exchanges) > 1 else []
        blocks += [exchange_to_markdown(exchange) for exchange in exchanges]
        return Export(f"{stem}.md", "text/markdown", "\n\n".join(blocks) + "\n")
    if form == "json":
        found: object = [_to_json(exchange) for exchange in exchanges]
        if len(exchanges) != 1:
            found = {"title": title, "exchanges": found}
        else:
            found = _to_json(exchanges[0])
        return Export(
            f"{stem}.json", "application/json", json.dumps(found, indent=2, ensure_ascii=True)
        )
    raise ValueError(f"there is no format {form!r}")


def exchange_to_markdown(exchange: Exchange) -> str:
    """Return a question, its answer and full references as CommonMark."""
    blocks = [f"**{escape_markdown(exchange.question) or 'Question'}**"]
    if exchange.understood:
        blocks.append(f"Understood as: {escape_markdown(exchange.understood)}")
    if exchange.error:
        return "\n\n".join([*blocks, escape_markdown(exchange.error)])
    if exchange.clarification:
        blocks.append(escape_markdown(exchange.clarification))
    else:
        marks = mark_claims(exchange)
        for section in exchange.sections():
            blocks += _section_to_markdown(section, marks)
        blocks += map(remark_to_markdown, exchange.remarks)
    if confidence := describe_confidence(exchange):
        blocks.append(f"{confidence}.")
    if exchange.refused and exchange.citations and not exchange.claims:
        blocks.append("The nearest passages:")
    if exchange.citations:
        sources = group_sources(exchange.citations)
        blocks.append("\n".join(map(_source_to_markdown, sources)))
    if exchange.notice:
        blocks.append(f"Note: {escape_markdown(exchange.notice)}")
    return "\n\n".join(blocks)


def _section_to_markdown(section: Section, marks: Mapping[Claim, Sequence[Mark]]) -> list[str]:
    """Return a part of an answer as blocks; what is context is a quotation."""
    blocks = [f"*{escape_markdown(section.heading)}*"] if section.heading else []
    blocks += section.lead
    for is_context, claims in groupby(section.claims, lambda claim: claim.context):
        said = " ".join(_claim_to_markdown(claim, marks[claim]) for claim in claims)
        blocks.append(f"> {said}" if is_context else said)
    return blocks


def _claim_to_markdown(claim: Claim, marks: Sequence[Mark]) -> str:
    found = ": ".join(filter(None, (_DOUBTS.get(claim.support, ""), claim.reason)))
    doubt = [escape_markdown(f"({found})")] if found else []
    said = " ".join([escape_markdown(claim.text), *write_marks(marks), *doubt])
    return said.replace("\N{NO-BREAK SPACE}", " ")


def _source_to_markdown(places: Sequence[Citation]) -> str:
    """Return an article as an item of a list, its further places as a list in it."""
    first, *others = places
    address = "" if first.source == first.outlet else first.source
    about = _join_details(
        first.outlet,
        describe_date(first.published),
        f"“{quote_line(first.quote)}”",
        first.author,
        address,
        first.url if first.url != address else "",
        *_locate(first),
    )
    title = escape_markdown(first.title) or "untitled"
    lines = [f"- [{first.number}] *{title}*. {about}"]
    for other in others:
        said = _join_details(f"“{quote_line(other.quote)}”", *_locate(other))
        lines.append(f"  - [{other.number}] {said}")
    return "\n".join(lines)


def _locate(citation: Citation) -> tuple[str, str, str]:
    """Return where in the article a citation is, and who printed the same."""
    return (
        f"page {citation.page:,}" if citation.page else "",
        f"characters {citation.start}–{citation.end}",
        describe_copies(citation.copies, citation.outlet),
    )


def _join_details(*details: str) -> str:
    return f"{'. '.join(escape_markdown(detail) for detail in details if detail)}."


def _to_json(exchange: Exchange) -> dict[str, object]:
    fields = exchange.to_dict()
    return {
        name: value
        for name, value in fields.items()
        if name not in {"number", "suggestions", "verdict", "note"}
    }
