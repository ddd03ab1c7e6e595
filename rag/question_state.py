"""A question on its way through the chain: what is known of it so far, and of its parts."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any, TypeVar

from index.types import Filter, Hit
from rag.answering.ledger_answers import LedgerAnswer
from rag.answering.reading_order import CitedClaims
from rag.asking.intents import OverviewRequest
from rag.asking.plan import Part, Wanted
from rag.asking.question import check_question
from rag.asking.terms import QuestionTerms
from rag.errors import QuestionError
from rag.evidence.period import Period
from rag.types import Answered, AnswerPart, Evidence, Turn

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class QuestionState:
    """A question and what is known about it so far; each stage fills in its part.

    Attributes:
        question: As it was asked.
        history: Earlier turns, oldest first.
        only: Which articles may be used.
        started: When it was asked, in seconds of ``time.perf_counter``.
        stopped: Set once nobody is waiting for the answer.
        standalone: The question as understood: without its conversation, spelling corrected.
        part: The part of it that is answered; None until it is divided.
        clarification: A question to ask back; then nothing is looked up.
        model_failure: Why the chat model is not asked for the answer; empty if it is.
        overview: The overview that the question asks for, if any.
        unknown: Words of the question that no article has.
        remark: How the question was understood, for the reader.
        asked_of: ``only`` as the caller gave it, if the question narrows it.
        named: The period and outlet named in the question, which narrow ``only``.
        period: The days that the question asks about, if it asks about events of that time.
        written_about: What the question asks of an outlet or author that it names, "the tram" in
            "what did the Bay Wire write about the tram?"; the beginnings of those articles will do.
        without: Parts, of ``rag.asking.filters.FilterPart``, that are not to narrow ``only``.
        searched: The part without them; empty if it names none.
        hits: Passages, best first.
        terms: What the question asks for; None if nothing was searched for.
        retrieved: When the passages were found, as ``started``.
        evidence: Sentences, best first.
        probability: Probability that the articles contain an answer, in [0, 1].
        threshold: The probability below which the question is refused.
        margin: How far below the best evidence a sentence may score and still be quoted.
        least: The likelihood from which a weighed sentence is quoted.
        overview_claims: Sentences of an overview; 0 for an answer, which has ``max_claims``.
        from_ledger: What the ledger has, if the part asks for a count or a list that is read there.
        whole: Whether the question is answered as one, whatever parts it has.
    """

    question: str
    history: tuple[Turn, ...] = ()
    only: Filter = field(default_factory=Filter)
    started: float = field(default_factory=time.perf_counter)
    stopped: threading.Event = field(default_factory=threading.Event)
    standalone: str = ""
    part: Part | None = None
    clarification: str = ""
    model_failure: str = ""
    overview: OverviewRequest | None = None
    unknown: tuple[str, ...] = ()
    remark: str = ""
    asked_of: Filter = field(default_factory=Filter)
    named: Filter = field(default_factory=Filter)
    period: Period = field(default_factory=lambda: Period(None, None))
    without: frozenset[str] = frozenset()
    written_about: str = ""
    searched: str = ""
    hits: tuple[Hit, ...] = ()
    terms: QuestionTerms | None = None
    retrieved: float = 0.0
    evidence: tuple[Evidence, ...] = ()
    probability: float = 0.0
    threshold: float = 0.0
    margin: float = 0.0
    least: float = 0.0
    overview_claims: int = 0
    from_ledger: LedgerAnswer | None = None
    whole: bool = False

    @property
    def asked(self) -> str:
        """The part that is answered, as it would be asked alone."""
        return self.part.question if self.part else self.standalone

    @property
    def wants_several(self) -> bool:
        """Whether the part wants more than one thing."""
        return self.part is not None and self.part.wanted is not Wanted.ONE

    @property
    def asks_each(self) -> bool:
        """Whether the part wants what each source says."""
        return self.part is not None and self.part.wanted is Wanted.EACH

    @property
    def query(self) -> str:
        """The text to search for passages with."""
        return (self.overview and self.overview.sought) or self.searched or self.asked

    @property
    def is_refused(self) -> bool:
        """Whether there is too little evidence to answer."""
        if self.from_ledger is not None:
            return not self.from_ledger.count
        return not self.evidence or self.probability < self.threshold


def read_input(given: object, *, stopped: threading.Event | None = None) -> QuestionState:
    """Return a caller's question, or its mapping with the fields of ``AssistantInput``.

    Raises:
        QuestionError: If the question is not text, blank or too long, or a turn is malformed.
        TypeError: If ``only`` is not a filter.
    """
    fields: Mapping[str, Any] = given if isinstance(given, Mapping) else {"question": given}
    return QuestionState(
        question=check_question(fields.get("question")),
        history=tuple(map(_read_turn, fields.get("history") or ())),
        only=_read_filter(fields.get("only")),
        without=frozenset(map(str, fields.get("without") or ())),
        whole=bool(fields.get("whole")),
        stopped=stopped or threading.Event(),
    )


def _read_filter(given: object) -> Filter:
    if given is not None and not isinstance(given, Filter):
        raise TypeError(f"articles are chosen by a Filter, not by {type(given).__name__}")
    return given or Filter()


def _read_turn(given: object) -> Turn:
    if isinstance(given, Turn):
        return given
    if isinstance(given, Mapping):
        role, text = given.get("role"), given.get("text")
        if isinstance(role, str) and isinstance(text, str):
            return Turn(role, text)
    raise QuestionError(
        'a turn of the history is not {"role": …, "text": …}; correct it and ask again'
    )


def unite_parts(parts: Sequence[QuestionState]) -> QuestionState:
    """Return the parts of a question as one state: what was found for each, taken in turns.

    It is as probable as the least probable part that is answered, or, if none is, as the most
    probable one.
    """
    if len(parts) == 1:
        return parts[0]
    answered = [part for part in parts if not part.is_refused]
    hits = {
        (hit.article.article_id, hit.passage.start): hit
        for hit in _take_turns(p.hits for p in parts)
    }
    evidence = {
        (item.hit.article.article_id, item.start): item
        for item in _take_turns(part.evidence for part in answered or parts)
    }
    probabilities = [part.probability for part in answered or parts]
    return replace(
        parts[0],
        part=None,
        hits=tuple(hits.values()),
        evidence=tuple(evidence.values()),
        probability=min(probabilities) if answered else max(probabilities),
        threshold=0.0 if answered else 1.0,
        retrieved=max(part.retrieved for part in parts),
        remark=" ".join(dict.fromkeys(part.remark for part in parts if part.remark)),
    )


def _take_turns(rows: Iterable[Sequence[T]]) -> Iterator[T]:
    """Yield the first of each row, then the second of each, and so on."""
    for column in zip_longest(*rows):
        yield from (item for item in column if item is not None)


def describe_parts(
    parts: Sequence[QuestionState], cited: CitedClaims, *, refused: bool
) -> tuple[AnswerPart, ...]:
    """Return each part of a question and whether a claim answers it; none if nothing was sought."""
    answered = {claim.part for claim in cited.claims if not claim.context and not refused}
    other = Answered.NO if cited.claims or refused else Answered.PARTLY
    return tuple(
        AnswerPart(
            state.part.question,
            state.part.wanted.value,
            Answered.YES if place in answered else other,
        )
        for place, state in enumerate(parts)
        if state.part
    )
