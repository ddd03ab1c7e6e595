"""From retrieved passages to what an answer is made of: read, order, choose, weigh."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Hit
from rag.confidence import answer_probability, refusal_threshold
from rag.evidence import choose_evidence, quoting_margin
from rag.instructions import withhold_orders
from rag.order import order_hits
from rag.reader import Reader
from rag.reader_features import compare_readings
from rag.terms import QuestionTerms
from rag.types import Evidence
from rag.weights import usual_scales

EVIDENCE_HITS = 15
"""Passages of which sentences are chosen."""

READ_HITS = 12
"""Passages that a reader reads; what stands further down has the lowest of its scores."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a question.

    Attributes:
        hits: Passages, best first.
        evidence: Sentences of the first of them, best first.
        probability: That they hold an answer, in [0, 1].
        threshold: The fitted probability below which a question is refused.
        margin: How far below the best evidence a sentence may score and still be quoted.
    """

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    probability: float
    threshold: float
    margin: float


def choose(
    question: str, hits: Sequence[Hit], terms: QuestionTerms, reader: Reader | None
) -> Choice:
    """Return what an answer can be made of.

    Args:
        question: Standing alone.
        hits: Retrieved passages, best first; at least one.
        terms: What the question asks for.
        reader: Reads the first passages; None to go by vectors and words alone. One that is not
            calibrated leaves the probability as it is without a reader.
    """
    first = tuple(hits[:EVIDENCE_HITS])
    if reader is None:
        plain = withhold_orders(choose_evidence(first, terms), question)
        return Choice(
            tuple(hits),
            plain,
            answer_probability(first, plain, terms),
            refusal_threshold(),
            quoting_margin(),
        )
    usual = None if reader.is_calibrated else usual_scales()
    read = compare_readings(first, reader.read(question, first[:READ_HITS]), usual=usual)
    evidence = withhold_orders(choose_evidence(first, terms, read), question)
    if reader.is_calibrated:
        probability = answer_probability(first, evidence, terms, read)
    else:
        plain = withhold_orders(choose_evidence(first, terms), question)
        probability = answer_probability(first, plain, terms)
    return Choice(
        order_hits(hits, read, terms),
        evidence,
        probability,
        refusal_threshold(with_reader=reader.is_calibrated),
        quoting_margin(with_reader=True),
    )
