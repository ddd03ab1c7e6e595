"""What the chat keeps of a question and its answer, and how it is written down and read again.

An ``Exchange`` has no article text beyond its quotes: the page asks for the article when a reader
opens it. What is stored is plain data; whoever reads it back renders and escapes it anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from index.types import Copy, Filter, Hit, Sentence, overlap
from rag.types import (
    REFUSAL,
    Answer,
    Citation,
    Claim,
    Support,
    Turn,
    citation_to_dict,
    claim_to_dict,
    defuse_marks,
)
from ui.escape import quote_line
from ui.places import hide_folders
from ui.render import describe_standing
from ui.web.chat.filters import filter_to_dict, read_filter

MAX_NOTE_CHARS = 2000
MAX_PASSAGE_CHARS = 1200
N_PROMISING = 3
VERDICTS = ("", "up", "down")

_T = TypeVar("_T")
_NO_FILTER = Filter()


class State(StrEnum):
    """How far an answer has come."""

    GROWING = "growing"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it.

    Attributes:
        number: 1-based, in the conversation; never used again in it.
        question: As it was asked.
        understood: The question without its conversation, where that is another; else empty.
        refused: True when the articles do not say.
        claims: In reading order.
        citations: What the claims rest on; for a refusal the nearest sentences.
        also_read: Retrieved passages that nothing cites, numbered on from the citations.
        suggestions: What could be asked instead of a refused question.
        notice: One line about how the answer came about; mostly empty.
        error: One line about why there is no answer; mostly empty.
        state: How far the answer has come.
        verdict: The reader's: ``up``, ``down`` or empty.
        note: What the reader added to it.
        only: Which articles were asked; all for an empty filter.
        clarification: What is asked back, where a question leans on something unknown; then
            nothing was looked up. Mostly empty.
        remarks: Lines on how things stand: of what day the answer is, and where the articles
            disagree. Clean; bracketed numbers in them are citations.
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
    state: State = State.GROWING
    verdict: str = ""
    note: str = ""
    only: Filter = _NO_FILTER
    clarification: str = ""
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_answer(cls, number: int, answer: Answer, *, state: State = State.DONE) -> Exchange:
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
            notice=answer.notice,
            state=state,
            clarification=answer.clarification,
            remarks=describe_standing(answer),
        )

    @property
    def text(self) -> str:
        """The answer as plain text with numbered marks; empty when there is none."""
        if self.refused:
            return quote_line(self.clarification) or REFUSAL
        return " ".join(
            " ".join([defuse_marks(claim.text), *(f"[{number}]" for number in claim.citations)])
            for claim in self.claims
        )

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The exchange as the history of a later question."""
        if not self.text:
            return ()
        return Turn("user", self.question), Turn("assistant", self.text)

    def find_citation(self, number: int) -> Citation | None:
        """Return the citation, or the passage also read, of a number."""
        return next((c for c in (*self.citations, *self.also_read) if c.number == number), None)

    def to_dict(self) -> dict[str, object]:
        """Return the exchange as a JSON object."""
        return {
            "number": self.number,
            "question": self.question,
            "understood": self.understood,
            "refused": self.refused,
            "text": self.text,
            "claims": [claim_to_dict(claim) for claim in self.claims],
            "citations": [citation_to_dict(citation) for citation in self.citations],
            "also_read": [citation_to_dict(citation) for citation in self.also_read],
            "suggestions": list(self.suggestions),
            "notice": self.notice,
            "error": self.error,
            "state": self.state.value,
            "verdict": self.verdict,
            "note": self.note,
            "only": filter_to_dict(self.only),
            "clarification": self.clarification,
            "remarks": list(self.remarks),
        }

    @classmethod
    def from_dict(cls, fields: object) -> Exchange:
        """Return the exchange that ``to_dict`` wrote.

        Raises:
            ValueError: If it is anything else; a place or number out of range included.
        """
        known = _mapping(fields)
        verdict = _text(known, "verdict")
        if verdict not in VERDICTS:
            raise ValueError(f"verdict cannot be {verdict!r}")
        return cls(
            number=_count(known, "number", least=1),
            question=_text(known, "question"),
            understood=_text(known, "understood"),
            refused=bool(known.get("refused")),
            claims=_each(known, "claims", _to_claim),
            citations=_each(known, "citations", _to_citation),
            also_read=_each(known, "also_read", _to_citation),
            suggestions=_each(known, "suggestions", str),
            notice=_text(known, "notice"),
            error=_text(known, "error"),
            state=State(_text(known, "state")),
            verdict=verdict,
            note=_text(known, "note"),
            only=read_filter(known.get("only")),
            # Neither was kept at first.
            clarification=str(known.get("clarification", "")),
            remarks=_each(known, "remarks", str) if "remarks" in known else (),
        )


def to_history(exchanges: Iterable[Exchange]) -> tuple[Turn, ...]:
    """Return the turns of a conversation, oldest first."""
    return tuple(turn for exchange in exchanges for turn in exchange.turns)


def _find_uncited(answer: Answer) -> tuple[Citation, ...]:
    """Return the passages in which no citation lies."""
    first = max((citation.number for citation in answer.citations), default=0) + 1
    uncited = [hit for hit in answer.hits if not _is_cited(hit, answer.citations)]
    return tuple(_to_reference(hit, number) for number, hit in enumerate(uncited, first))


def _find_promising(answer: Answer) -> tuple[Citation, ...]:
    """Return the likeliest sentence of each of the first passages, while these are being read."""
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


def _to_claim(fields: object) -> Claim:
    known = _mapping(fields)
    return Claim(
        text=_text(known, "text"),
        support=Support(_text(known, "support")),
        citations=_each(known, "citations", _to_number),
        reason=_text(known, "reason"),
    )


def _to_citation(fields: object) -> Citation:
    known = _mapping(fields)
    start = _count(known, "start")
    return Citation(
        number=_count(known, "number", least=1),
        article_id=_text(known, "article_id"),
        title=_text(known, "title"),
        outlet=_text(known, "outlet"),
        source=_text(known, "source"),
        published=_to_date(known.get("published")),
        start=start,
        end=_count(known, "end", least=start),
        quote=_text(known, "quote"),
        copies=_each(known, "copies", _to_copy),
        # None of these was kept at first.
        url=str(known.get("url") or ""),
        author=str(known.get("author") or ""),
        date_basis=str(known.get("date_basis") or ""),
        page=None if known.get("page") is None else _count(known, "page", least=1),
        answer_span=_to_span(known.get("answer_span"), start, start + len(_text(known, "quote"))),
    )


def _to_span(value: object, start: int, end: int) -> tuple[int, int] | None:
    """Return the place of the answering words; None if there are none within the quote."""
    match value:
        case [int(first), int(last)] if start <= first < last <= end:
            return first, last
    return None


def _to_copy(fields: object) -> Copy:
    known = _mapping(fields)
    start = _count(known, "start")
    return Copy(
        article_id=_text(known, "article_id"),
        title=_text(known, "title"),
        outlet=_text(known, "outlet"),
        published=_to_date(known.get("published")),
        start=start,
        end=_count(known, "end", least=start),
    )


def _to_date(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


def _to_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"a citation's number cannot be {value!r}")
    return value


def _mapping(fields: object) -> Mapping[str, object]:
    if not isinstance(fields, dict):
        raise ValueError(f"an object was expected, not {type(fields).__name__}")  # noqa: TRY004
    return fields


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is not text")  # noqa: TRY004 - one error for what is malformed
    return value


def _count(fields: Mapping[str, object], name: str, *, least: int = 0) -> int:
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is not a number of at least {least}")
    return value


def _each(fields: Mapping[str, object], name: str, read: Callable[[object], _T]) -> tuple[_T, ...]:
    values = fields.get(name)
    if not isinstance(values, list):
        raise ValueError(f"{name} is not a list")  # noqa: TRY004
    return tuple(read(value) for value in values)
