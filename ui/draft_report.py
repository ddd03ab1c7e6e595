"""The check of a draft in readable form: lines, JSON, Markdown, a page to hand to an editor.

The page is a single file that loads nothing and runs nothing; every text goes through Jinja's
escaping.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rag.drafts.checked import CheckedQuotation, CheckedSentence, DraftCheck, DraftVerdict
from rag.drafts.wording import Piece
from rag.types import Citation, citation_to_dict
from ui.escape import clean_line, escape_markdown
from ui.messages import count_of
from ui.places import hide_folders_in
from ui.render import describe_credit, wrap_line

_IN_TEXT = {Piece.BOTH: "{}", Piece.DRAFT: "[-{}-]", Piece.ARTICLE: "{{+{}+}}"}
_IN_MARKDOWN = {Piece.BOTH: "{}", Piece.DRAFT: "~~{}~~", Piece.ARTICLE: "**{}**"}


def draft_fields(check: DraftCheck) -> dict[str, Any]:
    """Return the check of a draft as JSON has it; no source names a folder."""
    return {
        "title": check.title,
        "sentences": check.n_sentences,
        "checked": len(check.sentences),
        "counts": {verdict.value: n for verdict, n in check.counts.items()},
        "results": [_sentence_fields(sentence) for sentence in check.sentences],
    }


def _sentence_fields(sentence: CheckedSentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "start": sentence.start,
        "end": sentence.end,
        "verdict": sentence.verdict.value,
        "reason": sentence.reason,
        "span": list(sentence.span) if sentence.span else None,
        "passages": [_citation_fields(citation) for citation in sentence.citations],
        "corrections": [_citation_fields(citation) for citation in sentence.corrections],
        "answers": [_citation_fields(citation) for citation in sentence.answers],
        "quotations": [
            {
                "text": quotation.text,
                "start": quotation.start,
                "end": quotation.end,
                "exact": quotation.is_exact,
                "differences": [[piece.value, words] for piece, words in _pieces(quotation)],
                "passage": _citation_fields(quotation.citation) if quotation.citation else None,
            }
            for quotation in sentence.quotations
        ],
    }


def _citation_fields(citation: Citation) -> dict[str, Any]:
    fields = citation_to_dict(citation)
    del fields["number"]  # they are numbered where they are shown
    return hide_folders_in(fields)


def _pieces(quotation: CheckedQuotation) -> tuple[tuple[Piece, str], ...]:
    return quotation.wording.pieces if quotation.wording else ()


def describe_counts(check: DraftCheck) -> str:
    """Return how many sentences there are of each verdict, in one line."""
    counted = [f"{n:,} {verdict}" for verdict, n in check.counts.items() if n]
    if not counted:
        return "No sentence was checked"
    line = f"{count_of(len(check.sentences), 'sentence')}: {', '.join(counted)}"
    left = check.n_sentences - len(check.sentences)
    return f"{line}; {left:,} left" if left else line


def describe_draft(check: DraftCheck, width: int) -> Iterator[str]:
    """Yield the check of a draft as lines of text.

    Args:
        check: The check.
        width: Columns.
    """
    for number, sentence in enumerate(check.sentences, 1):
        label = f"{number}. "
        yield from wrap_line(clean_line(sentence.text), width, label, "   ")
        reason = f": {clean_line(sentence.reason)}" if sentence.reason else ""
        yield from wrap_line(f"{sentence.verdict.upper()}{reason}", width, "   ", "     ")
        for quotation in sentence.quotations:
            line = _say_quotation(quotation, _IN_TEXT, clean_line)
            yield from wrap_line(line, width, "   ", "     ")
        for heading, citations in _groups(sentence):
            for citation in citations:
                credit = _credit(citation, citation.title)
                line = f"{heading}“{clean_line(_shown(citation))}” ({credit})"
                yield from wrap_line(line, width, "   ", "     ")
        yield ""


def draft_to_markdown(check: DraftCheck) -> Iterator[str]:
    """Yield the check of a draft as lines of Markdown."""
    yield f"# {escape_markdown(check.title or 'Draft')}: check against the archive"
    yield ""
    yield describe_counts(check) + "."
    for number, sentence in enumerate(check.sentences, 1):
        yield ""
        yield f"## {number}. {sentence.verdict.capitalize()}"
        yield ""
        yield escape_markdown(sentence.text)
        if sentence.reason:
            yield ""
            yield f"*{escape_markdown(sentence.reason)}*"
        notes = [_say_quotation(q, _IN_MARKDOWN, escape_markdown) for q in sentence.quotations]
        for heading, citations in _groups(sentence):
            for citation in citations:
                quote = escape_markdown(_shown(citation))
                credit = escape_markdown(_credit(citation, citation.title))
                notes.append(f"{heading}“{quote}” ({credit})")
        if notes:
            yield ""
        yield from (f"- {note}" for note in notes)


def render_draft(check: DraftCheck) -> str:
    """Return the check of a draft as a self-contained HTML page."""
    from jinja2 import Environment

    template = (Path(__file__).parent / "draft_report.html").read_text(encoding="utf-8")
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(
            title=clean_line(check.title) or "Draft",
            counts=describe_counts(check),
            sentences=draft_rows(check),
        )
    )


def draft_rows(check: DraftCheck) -> list[dict[str, Any]]:
    """Return what a page shows of each sentence, each text on one clean line."""
    return [_to_row(sentence) for sentence in check.sentences]


def _to_row(sentence: CheckedSentence) -> dict[str, Any]:
    return {
        "text": clean_line(sentence.text),
        "verdict": sentence.verdict.value,
        "mark": sentence.verdict.name.lower(),
        "reason": clean_line(sentence.reason),
        "quotations": [
            [(piece.value, clean_line(words)) for piece, words in _pieces(quotation)]
            or [("both", _describe_quotation(quotation))]
            for quotation in sentence.quotations
        ],
        "passages": [
            {
                "heading": heading,
                "before": clean_line(before),
                "said": clean_line(said),
                "after": clean_line(after),
                "credit": _credit(citation),
                "title": clean_line(citation.title),
                "article_id": citation.article_id,
                "start": citation.start,
                "end": citation.end,
            }
            for heading, citations in _groups(sentence)
            for citation in citations
            for before, said, after in (_split(citation),)
        ],
    }


def _groups(sentence: CheckedSentence) -> tuple[tuple[str, Sequence[Citation]], ...]:
    """Return the passages of a sentence with what each group is headed by."""
    if sentence.verdict is DraftVerdict.NOT_CHECKED:
        return ()
    return (
        ("Correction: ", sentence.corrections),
        ("", sentence.citations),
        ("In answer: ", sentence.answers),
    )


def _split(citation: Citation) -> tuple[str, str, str]:
    """Return a passage as what stands before, in and after its nearest sentence."""
    if citation.answer_span is None:
        return "", citation.quote, ""
    start, end = (place - citation.start for place in citation.answer_span)
    return citation.quote[:start], citation.quote[start:end], citation.quote[end:]


def _shown(citation: Citation) -> str:
    return _split(citation)[1]


def _credit(citation: Citation, title: str = "") -> str:
    """Return who published a passage and when, in which article if a title is given, and where."""
    credit = describe_credit(citation.outlet, citation.published)
    article = f"; {clean_line(title)}" if title else ""
    return f"{credit}{article}, characters {citation.start}–{citation.end}"


def _say_quotation(
    quotation: CheckedQuotation, forms: dict[Piece, str], escape: Callable[[str], str]
) -> str:
    """Return what is found of a quotation, in one line."""
    words = " ".join(forms[piece].format(escape(words)) for piece, words in _pieces(quotation))
    return f"Quotation: {words or _describe_quotation(quotation)}"


def _describe_quotation(quotation: CheckedQuotation) -> str:
    """Return what is found of a quotation that is not in the archive with other words."""
    return "word for word in the archive" if quotation.is_exact else "not in the archive"
