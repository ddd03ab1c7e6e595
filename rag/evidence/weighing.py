"""The best sentences, read once more, each alone: how likely is it that this one answers?

The scores that rank sentences compare them with one another. Whether one of them answers at all,
and how many of them do, is another question: the reader reads each of the best alone, and what is
asked for has to be in it. The weights are a logistic regression, fitted on sentences that do and
that do not hold an answer, near misses among them (``benchmarks/fitting/fit_likelihood.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.types import FloatMatrix
from rag.asking.terms import QuestionTerms
from rag.evidence.binding import BINDING_FEATURES, binding_features
from rag.evidence.reader import EvidenceReader, make_input
from rag.evidence.sentences import FEATURES, fitted_weights
from rag.types import Evidence

_ASKS_FOR_A_FACT = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|how (?:many|much|long|far|old|often|tall|big|high"
    r"|fast|deep|heavy|late|early))\b",
    re.IGNORECASE,
)
_ASKS_OPENLY = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)

WEIGHED = 10
"""How many of the best sentences are weighed."""

_CARRIED = ("cosine", "coverage", "context_coverage", "name_coverage", "speaker", "question")
LIKELIHOOD_FEATURES = ("score", "lead", "alone", "alone_lead", *_CARRIED, *BINDING_FEATURES)
"""What a sentence is weighed by, in the order of ``likelihood_features``."""


def can_weigh(question: str) -> bool:
    """Return whether the sentences for a question can be weighed.

    The texts that the weights were fitted on have hardly any questions for a yes or a no.
    """
    return bool(_ASKS_OPENLY.search(question))


def asks_for_a_fact(question: str) -> bool:
    """Return whether a question asks for a fact, so that weighing also tells whether it is there.

    Reasons and ways are told in sentences that resemble no answer of the fitted texts.
    """
    return bool(_ASKS_FOR_A_FACT.search(question))


def likelihood_features(
    question: str, evidence: Sequence[Evidence], terms: QuestionTerms, reader: EvidenceReader
) -> FloatMatrix:
    """Return the features of sentences, each read alone.

    Args:
        question: Standalone.
        evidence: Best first; at least one.
        terms: What the question asks for.
        reader: Reads the sentences.

    Returns:
        float32 of shape (len(evidence), len(LIKELIHOOD_FEATURES)).
    """
    inputs = [
        make_input(item.hit.article, item.start, item.end, [(item.start, item.end)])
        for item in evidence
    ]
    alone = [reading.here for reading in reader.read_inputs(question, inputs)]
    best, surest = max(item.score for item in evidence), max(alone)
    rows = [
        [
            item.score,
            item.score - best,
            here,
            here - surest,
            *(item.features[FEATURES.index(name)] for name in _CARRIED),
            *binding_features(question, terms, item.text, _context_of(item)),
        ]
        for item, here in zip(evidence, alone, strict=True)
    ]
    return np.array(rows, dtype=np.float32)


def weigh_sentences(
    question: str, evidence: Sequence[Evidence], terms: QuestionTerms, reader: EvidenceReader
) -> tuple[Evidence, ...]:
    """Return the evidence with the likelihood of the best sentences, which are ordered by it.

    Args:
        question: Standalone.
        evidence: Best first.
        terms: What the question asks for.
        reader: Reads the sentences.
    """
    first, rest = evidence[:WEIGHED], evidence[WEIGHED:]
    if not first:
        return ()
    weights = fitted_weights("likelihood", with_reader=True)
    features = likelihood_features(question, first, terms, reader)
    logits = features @ np.array(weights["coefficients"], dtype=np.float32) + weights["intercept"]
    weighed = [
        replace(item, likelihood=1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, float(logit))))))
        for item, logit in zip(first, logits, strict=True)
    ]
    return (*sorted(weighed, key=lambda item: -(item.likelihood or 0.0)), *rest)


def revise_probability(probability: float, evidence: Sequence[Evidence]) -> tuple[float, float]:
    """Return the probability of an answer and the threshold, now that sentences were weighed.

    Args:
        probability: Before, in [0, 1].
        evidence: Weighed, the likeliest first.

    Returns:
        The revised probability, and the one below which a question is refused.
    """
    revision = fitted_weights("likelihood", with_reader=True)["revision"]
    likeliest = evidence[0].likelihood if evidence else None
    if likeliest is None:
        return 0.0, float(revision["threshold"])
    logit = (
        revision["probability"] * to_logit(probability)
        + revision["likelihood"] * to_logit(likeliest)
        + revision["intercept"]
    )
    return 1.0 / (1.0 + math.exp(-logit)), float(revision["threshold"])


def to_logit(probability: float) -> float:
    """Return the log-odds of a probability, within [-8, 8]."""
    bounded = min(max(probability, 1e-9), 1.0 - 1e-9)
    return max(-8.0, min(8.0, math.log(bounded / (1.0 - bounded))))


def least_likelihood() -> float:
    """Return the fitted likelihood from which a sentence is quoted beside the best one."""
    return float(fitted_weights("likelihood", with_reader=True)["least"])


def _context_of(item: Evidence) -> str:
    sentences = item.hit.passage.sentences
    place = next((i for i, s in enumerate(sentences) if s.start == item.start), 0)
    near = sentences[max(0, place - 1) : place + 2]
    return " ".join([item.hit.article.title, *(sentence.text for sentence in near)])
