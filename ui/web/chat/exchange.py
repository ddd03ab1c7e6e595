"""A question and its answer as the chat keeps them, and how they are stored and read back.

An ``Exchange`` has no article text beyond its quotes: the page asks for the article when a reader
opens it. Plain data is stored; it is rendered and escaped anew each time that it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from pydantic import TypeAdapter

from index.plain_data import to_fields
from index.types import Filter, Hit, Sentence, overlap
from rag.asking.filters import describe_parts
from rag.types import (
    CHOSEN_REFUSAL,
    REFUSAL,
    Answer,
    Answered,
    AnswerPart,
    Citation,
    Claim,
    Section,
    Turn,
    citation_to_dict,
    judge_answered,
    lay_out,
    write_sections,
)
from ui.escape import quote_line
from ui.places import hide_commands, hide_folders
from ui.render import describe_standing
from ui.web.chat.filters import FilterField, filter_to_dict

MAX_NOTE_CHARS = 2000
MAX_PASSAGE_CHARS = 1200
N_PROMISING = 3
VERDICTS = ("", "up", "down")

_NO_FILTER = Filter()


class AnswerState(StrEnum):
    """How far an answer has come."""

    GROWING = "growing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and its answer, or why there is none.

    Attributes:
        number: 1-based, in the conversation; never used again in it.
        question: As it was asked.
        understood: The question as understood from the conversation; empty if unchanged.
        refused: True when the articles do not say.
        claims: In reading order; when refused, nothing but context.
        citations: What the claims rest on; for a refusal the nearest sentences.
        also_read: Retrieved passages that nothing cites; their numbers continue the citations'.
        suggestions: Questions to ask next, or instead of a refused one.
        notice: One line about how the answer was made; mostly empty.
        error: One line that says why there is no answer; mostly empty.
        state: How far the answer has come.
        verdict: The reader's: ``up``, ``down`` or empty.
        note: The reader's comment on it.
        only: Which articles were asked; all for an empty filter.
        narrowed: What the question itself names and was narrowed to: its kind, of ``FilterPart``,
            and its words.
        without: Kinds that the reader took back.
        clarification: A question back to the reader, when theirs refers to something unknown;
            nothing was looked up then. Mostly empty.
        remarks: Lines on the date of the answer, and on where the articles disagree. Clean;
            bracketed numbers in them are citations.
        parts: The parts that the question was answered in; empty if nothing was looked up.
        missing: Questions of the parts that the articles do not answer; mostly empty.
        probability: Probability that the articles contain an answer; None if it is not known, as
            of exchanges of earlier versions.
        whole: Whether it was asked as one question, whatever parts it has.
        refusal: What is said of what is not answered, as of an answer.
        generation: The state of the library that was asked; 0 if it is not known.
        pinned: Whether the reader keeps it at hand.
    """

    number: int
    question: str
    understood: str = ""
    refused: bool = False
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    also_read: tuple[Citation, ...] = ()
    suggestions: tuple[str, ...] = ()
    notice: str = ""
    error: str = ""
    state: AnswerState = AnswerState.GROWING
    verdict: str = ""
    note: str = ""
    only: FilterField = _NO_FILTER
    narrowed: tuple[tuple[str, str], ...] = ()
    without: tuple[str, ...] = ()
    clarification: str = ""
    remarks: tuple[str, ...] = ()
    parts: tuple[AnswerPart, ...] = ()
    missing: tuple[str, ...] = ()
    probability: float | None = None
    whole: bool = False
    refusal: str = REFUSAL
    generation: int = 0
    pinned: bool = False

    @classmethod
    def from_answer(
        cls, number: int, answer: Answer, *, state: AnswerState = AnswerState.DONE
    ) -> Exchange:
        """Return what is kept of an answer."""
        understood = answer.standalone_question
        is_found = bool(answer.claims) or answer.refused
        return cls(
            number=number,
            question=answer.question,
            understood="" if understood.split() == answer.question.split() else understood,
            refused=answer.refused,
            claims=answer.claims,
            citations=tuple(
                replace(citation, source=hide_folders(citation.source))
                for citation in answer.citations
            ),
            also_read=_find_uncited(answer) if is_found else _find_promising(answer),
            notice=hide_commands(answer.notice),
            state=state,
            narrowed=tuple(
                (part.value, words) for part, words in describe_parts(answer.named_filter).items()
            ),
            clarification=answer.clarification,
            remarks=describe_standing(answer),
            parts=answer.parts,
            missing=answer.missing,
            probability=answer.probability,
            refusal=hide_commands(answer.refusal),
        )

    @property
    def text(self) -> str:
        """The answer as plain text with numbered marks; empty when there is none."""
        return quote_line(self.clarification) or write_sections(self.sections())

    def sections(self) -> list[Section]:
        """Return the answer as it is laid out, part by part."""
        refusal = quote_line(self.refusal)
        return lay_out(self.parts, self.claims, refused=self.refused, refusal=refusal)

    @property
    def answered(self) -> Answered:
        """How much of the question the articles answer."""
        return judge_answered(self.claims, self.missing, refused=self.refused)

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The exchange as the history of a later question."""
        said = self.text
        return (Turn("user", self.question), Turn("assistant", said)) if said else ()

    def find_citation(self, number: int) -> Citation | None:
        """Return the citation, or the passage also read, of a number."""
        return next((c for c in (*self.citations, *self.also_read) if c.number == number), None)

    def to_dict(self) -> dict[str, object]:
        """Return the exchange as a JSON object."""
        return to_fields(self) | {
            "answered": self.answered.value,
            "text": self.text,
            "citations": [citation_to_dict(citation) for citation in self.citations],
            "also_read": [citation_to_dict(citation) for citation in self.also_read],
            "only": filter_to_dict(self.only),
        }

    @classmethod
    def from_dict(cls, fields: object) -> Exchange:
        """Return the exchange that ``to_dict`` wrote, now or in an earlier version.

        Raises:
            ValueError: If it is anything else, numbers and places out of range included.
        """
        if isinstance(fields, dict) and "refusal" not in fields:  # of an earlier version
            by_choice = CHOSEN_REFUSAL if any((fields.get("only") or {}).values()) else REFUSAL
            fields = {**fields, "refusal": fields.get("unread") or by_choice}
        stored = json.dumps(fields, ensure_ascii=False).encode("utf-8", "replace")
        exchange = _stored_form().validate_json(stored, strict=True)
        _check_ranges(exchange)
        return exchange


@cache
def _stored_form() -> TypeAdapter[Exchange]:
    return TypeAdapter(Exchange)


def _check_ranges(exchange: Exchange) -> None:
    """Raise ``ValueError`` if a number or a place in a stored exchange cannot be."""
    citations = (*exchange.citations, *exchange.also_read)
    copies = [copy for citation in citations for copy in citation.copies]
    places = [(one.start, one.end) for one in citations] + [(one.start, one.end) for one in copies]
    numbers = [exchange.number, *(citation.number for citation in citations)]
    numbers += [number for claim in exchange.claims for number in claim.citations]
    numbers += [citation.page for citation in citations if citation.page is not None]
    if exchange.verdict not in VERDICTS:
        raise ValueError(f"verdict cannot be {exchange.verdict!r}")
    if min(numbers) < 1:
        raise ValueError("numbers start at 1")
    if any(not 0 <= claim.part < max(len(exchange.parts), 1) for claim in exchange.claims):
        raise ValueError("a claim is about no part of the question")
    if exchange.probability is not None and not 0 <= exchange.probability <= 1:
        raise ValueError("a probability is from 0 to 1")
    if any(not 0 <= start <= end for start, end in places):
        raise ValueError("a place ends before it starts")
    for citation in citations:
        if citation.answer_span is not None:
            first, last = citation.answer_span
            if not citation.start <= first < last <= citation.start + len(citation.quote):
                raise ValueError("the answering words are outside the quote")


def to_history(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """Return the turns of a conversation, oldest first."""
    return tuple(turn for exchange in exchanges for turn in exchange.turns)


def _find_uncited(answer: Answer) -> tuple[Citation, ...]:
    """Return the passages in which no citation lies."""
    first = max((citation.number for citation in answer.citations), default=0) + 1
    uncited = [hit for hit in answer.hits if not _is_cited(hit, answer.citations)]
    return tuple(_to_reference(hit, number) for number, hit in enumerate(uncited, first))


def _find_promising(answer: Answer) -> tuple[Citation, ...]:
    """Return the likeliest sentence of each of the first passages, to show while they are read."""
    return tuple(
        _to_reference(hit, number, _likeliest_sentence(hit))
        for number, hit in enumerate(answer.hits[:N_PROMISING], 1)
    )


def _likeliest_sentence(hit: Hit) -> Sentence:
    sentences = hit.passage.sentences
    scored = zip(sentences, hit.sentence_cosines, strict=False)
    ranked = sorted(scored, key=lambda pair: (not pair[0].is_heading, pair[1]), reverse=True)
    return ranked[0][0] if ranked else sentences[0]


def _is_cited(hit: Hit, citations: Sequence[Citation]) -> bool:
    return any(
        citation.article_id == hit.article.article_id and overlap(citation, hit.passage)
        for citation in citations
    )


def _to_reference(hit: Hit, number: int, place: Sentence | None = None) -> Citation:
    """Return a passage, or one sentence of it, as a citation; cut off where it is very long."""
    article, passage = hit.article, place or hit.passage
    end = min(passage.end, passage.start + MAX_PASSAGE_CHARS)
    return Citation(
        number=number,
        article_id=article.article_id,
        title=article.title,
        outlet=article.outlet,
        source=hide_folders(article.source),
        published=article.published,
        start=passage.start,
        end=end,
        quote=passage.text[: end - passage.start],
        copies=hit.copies,
        url=article.url,
        author=article.author,
        date_basis=article.date_basis,
        page=article.page_at(passage.start),
    )
