"""What has been found out about a question so far: what goes from stage to stage."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from index.types import Filter, Hit
from rag.asking.overview_request import OverviewRequest
from rag.asking.terms import QuestionTerms
from rag.chat.deadline import Deadline
from rag.errors import QuestionError
from rag.types import Evidence, Turn


@dataclass(frozen=True, slots=True)
class QuestionState:
    """A question on its way; each stage fills in its part.

    Attributes:
        question: As it was asked.
        history: Earlier turns, oldest first.
        only: Which articles may be used.
        started: When it was asked, in seconds of ``time.perf_counter``.
        deadline: Until when a chat model may take.
        standalone: The question as it is understood: without its conversation, slips corrected.
        clarification: What is asked back, where nothing is looked for.
        notice: Why a chat model is not asked.
        overview: What overview it asks for, if it does.
        unknown: Words of it that no article has.
        remark: What a reader should know of how it was taken.
        hits: Passages, best first.
        terms: What it asks for; None where nothing was looked for.
        evidence: Sentences, best first.
        probability: That the articles hold an answer, in [0, 1].
        threshold: The probability below which it is refused.
        margin: How far below the best evidence a sentence may score and still be quoted.
        max_claims: Sentences of an overview; 0 for an answer, which has as many as are set.
        retrieved: When the passages were found, as ``started``.
    """

    question: str
    history: tuple[Turn, ...]
    only: Filter
    started: float
    deadline: Deadline
    standalone: str = ""
    clarification: str = ""
    notice: str = ""
    overview: OverviewRequest | None = None
    unknown: tuple[str, ...] = ()
    remark: str = ""
    hits: tuple[Hit, ...] = ()
    terms: QuestionTerms | None = None
    evidence: tuple[Evidence, ...] = ()
    probability: float = 0.0
    threshold: float = 0.0
    margin: float = 0.0
    max_claims: int = 0
    retrieved: float = 0.0

    @property
    def sought(self) -> str:
        """What passages are looked for with."""
        return (self.overview and self.overview.sought) or self.standalone

    @property
    def is_refused(self) -> bool:
        """Whether there is too little evidence to answer."""
        return not self.evidence or self.probability < self.threshold

    def leading(self, leads: tuple[Evidence, ...], remark: str) -> QuestionState:
        """Return it with all of an overview's sentences to be quoted, and no others.

        Args:
            leads: The sentences.
            remark: What they are, in words.
        """
        remarks = " ".join(filter(None, (self.remark, remark)))
        return replace(self, evidence=leads, margin=math.inf, max_claims=len(leads), remark=remarks)


def read_turn(given: object) -> Turn:
    """Return a turn of a conversation as it came from a caller.

    Args:
        given: A turn, or a mapping with ``role`` and ``text``.

    Raises:
        QuestionError: If it is neither.
    """
    if isinstance(given, Turn):
        return given
    if isinstance(given, Mapping):
        role, text = given.get("role"), given.get("text")
        if isinstance(role, str) and isinstance(text, str):
            return Turn(role, text)
    raise QuestionError(
        'a turn of the history is not {"role": …, "text": …}; mend it and ask again'
    )
