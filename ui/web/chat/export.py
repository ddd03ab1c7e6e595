"""An answer or a conversation as a file: Markdown with full references, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.types import REFUSAL, Citation, Claim, Support
from ui.escape import escape_markdown, quote_line, remark_to_markdown
from ui.render import describe_copies, describe_date
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
    if exchange.refused:
        blocks.append(escape_markdown(exchange.clarification) or REFUSAL)
        if exchange.citations:
            blocks.append("The nearest passages:")
    else:
        blocks.append(" ".join(map(_claim_to_markdown, exchange.claims)))
        blocks += map(remark_to_markdown, exchange.remarks)
    if exchange.citations:
        blocks.append("\n".join(map(_reference_to_markdown, exchange.citations)))
    if exchange.notice:
        blocks.append(f"Note: {escape_markdown(exchange.notice)}")
    return "\n\n".join(blocks)


def _claim_to_markdown(claim: Claim) -> str:
    marks = [f"[{number}]" for number in claim.citations]
    found = ": ".join(filter(None, (_DOUBTS.get(claim.support, ""), claim.reason)))
    doubt = [escape_markdown(f"({found})")] if found else []
    return " ".join([escape_markdown(claim.text), *marks, *doubt])


def _reference_to_markdown(citation: Citation) -> str:
    address = "" if citation.source == citation.outlet else citation.source
    details = [
        citation.outlet,
        describe_date(citation.published),
        f"“{quote_line(citation.quote)}”",
        citation.author,
        address,
        citation.url if citation.url != address else "",
        f"page {citation.page:,}" if citation.page else "",
        f"characters {citation.start}–{citation.end}",
        describe_copies(citation.copies, citation.outlet),
    ]
    about = ". ".join(escape_markdown(detail) for detail in details if detail)
    title = escape_markdown(citation.title) or "untitled"
    return f"- [{citation.number}] *{title}*. {about}."


def _to_json(exchange: Exchange) -> dict[str, object]:
    fields = exchange.to_dict()
    return {
        name: value
        for name, value in fields.items()
        if name not in {"number", "suggestions", "verdict", "note"}
    }
