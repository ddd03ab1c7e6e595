"""The best sentences, read once more, each alone: how likely is it that this one answers?

The scores that rank sentences compare them with one another. Whether one of them answers at all,
and how many of them do, is another question: the reader reads each of the best alone, and what is
asked for binds: the kind of answer, the noun after "how many", "which" or "what", and the heaviest
words of the question. "How many users paid in the first two days?" is not answered by a sentence on
users who pay: it has to say a number, of users. The weights are a logistic regression, fitted on
sentences that do and that do not hold an answer, near misses among them. Questions for a yes or a
no have weights of their own, fitted on sentences that were judged for journalists' questions: what
is to be decided is often decided by a denial (``benchmarks/fitting/fit_likelihood.py``).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from index.types import FloatMatrix
from rag.asking.data_files import read_expressions, words_of
from rag.asking.noun_phrases import is_verb
from rag.asking.terms import AnswerType, QuestionTerms, stem_text, stem_word
from rag.evidence.reader import EvidenceReader, make_input
from rag.evidence.sentences import FEATURES, READER_FEATURES, fitted_weights
from rag.types import Evidence

_ASKS_OPENLY = re.compile(r"\b(?:who|whom|whose|what|which|when|where|why|how)\b", re.IGNORECASE)

MOST_WEIGHED = 20
"""How many of the best sentences are weighed at most."""

BINDING_FEATURES = (
    "kind_met",
    "kind_unmet",
    "head_met",
    "head_unmet",
    "number_bound",
    "content_met",
    "heaviest_missing",
    "denial_met",
)
"""Features of a sentence, in the order of ``binding_features``."""

MOST_HEAD_WORDS = 5
BOUND_WORDS = 4
"""How many words may stand between a number and what it counts."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["asked_for"]
_HEAD = re.compile(_FORMS["head"], re.IGNORECASE)
_ENDS_HEAD = re.compile(_FORMS["ends_head"], re.IGNORECASE)
_MONEY_ASKED = re.compile(_FORMS["money_asked"], re.IGNORECASE)
_MONEY = re.compile(_FORMS["money"], re.IGNORECASE)
_COUNT_ASKED = re.compile(_FORMS["count_asked"], re.IGNORECASE)
_DECISION_ASKED = re.compile(_FORMS["decision_asked"], re.IGNORECASE)
_DENIAL = re.compile(_FORMS["denial"], re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(
    r"(?:\d[\d.,]*|\b(?:" + "|".join(sorted(words_of("number_words"))) + r")\b)", re.IGNORECASE
)

LIKELIHOOD_FEATURES = (
    *("score", "below_best", "alone", "alone_below_best", "place"),
    *("answers", "answers_below_best"),
    *FEATURES,
    *READER_FEATURES,
    *BINDING_FEATURES,
)
"""What a sentence is weighed by, in the order of ``likelihood_features``."""


def asks_for_decision(question: str) -> bool:
    """Return whether a question asks for a yes or a no; so do words without a question word."""
    return _ASKS_OPENLY.search(question) is None


def _weights_for(question: str) -> dict[str, Any]:
    part = "decisions" if asks_for_decision(question) else "likelihood"
    return fitted_weights(part, with_reader=True)


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
    alone = reader.read_inputs(question, inputs)
    best = max(item.score for item in evidence)
    surest = max(reading.here for reading in alone)
    answering = max(reading.answers for reading in alone)
    rows = [
        [
            item.score,
            item.score - best,
            reading.here,
            reading.here - surest,
            float(place),
            reading.answers,
            reading.answers - answering,
            *item.features,
            *binding_features(question, terms, item.text, _context_of(item)),
        ]
        for place, (item, reading) in enumerate(zip(evidence, alone, strict=True))
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
    weights = _weights_for(question)
    first, rest = evidence[: weights["weighed"]], evidence[weights["weighed"] :]
    if not first:
        return ()
    used = [LIKELIHOOD_FEATURES.index(name) for name in weights["features"]]
    features = likelihood_features(question, first, terms, reader)[:, used]
    logits = features @ np.array(weights["coefficients"], dtype=np.float32) + weights["intercept"]
    weighed = [
        replace(item, likelihood=1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, float(logit))))))
        for item, logit in zip(first, logits, strict=True)
    ]
    return (*sorted(weighed, key=lambda item: -(item.likelihood or 0.0)), *rest)


def revise_probability(
    question: str, probability: float, evidence: Sequence[Evidence]
) -> tuple[float, float]:
    """Return the probability of an answer and the threshold, now that sentences were weighed.

    Args:
        question: Standalone.
        probability: Before, in [0, 1].
        evidence: Weighed, the likeliest first.

    Returns:
        The revised probability, and the one below which a question is refused.
    """
    revision = _weights_for(question)["revision"]
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


def least_likelihood(question: str) -> float:
    """Return the fitted likelihood from which a sentence is quoted beside the best one."""
    return float(_weights_for(question)["least"])


def _context_of(item: Evidence) -> str:
    sentences = item.hit.passage.sentences
    place = next((i for i, s in enumerate(sentences) if s.start == item.start), 0)
    near = sentences[max(0, place - 1) : place + 2]
    return " ".join([item.hit.article.title, *(sentence.text for sentence in near)])


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a question asks for.

    Attributes:
        head: Stem of the noun that is asked for, as in "which firm"; empty if none is named.
        is_count: Whether a number of that noun is asked for.
        is_money: Whether an amount of money is.
    """

    head: str
    is_count: bool
    is_money: bool


@lru_cache(maxsize=256)
def find_asked_for(question: str) -> AskedFor:
    """Return what a question asks for.

    Examples:
        >>> find_asked_for("How many of the users paid in March?")
        AskedFor(head='user', is_count=True, is_money=False)
        >>> find_asked_for("What bail did the judge set?").head
        'bail'
        >>> find_asked_for("Why did it close?").head
        ''
    """
    match = _HEAD.search(question)
    words: list[str] = []
    for word in _WORD.findall(match["rest"])[:MOST_HEAD_WORDS] if match else ():
        if _ENDS_HEAD.fullmatch(word) or is_verb(word.casefold()):
            break
        words.append(word)
    head = re.sub(r"['’]s$", "", words[-1].casefold()) if words else ""
    return AskedFor(
        head=stem_word(head) if head else "",
        is_count=bool(_COUNT_ASKED.search(question)) and bool(head),
        is_money=bool(_MONEY_ASKED.search(question)),
    )


def binding_features(
    question: str, terms: QuestionTerms, sentence: str, context: str
) -> list[float]:
    """Return how well a sentence has what is asked for, in the order of ``BINDING_FEATURES``.

    Args:
        question: Standalone.
        terms: What it asks for.
        sentence: The sentence.
        context: The sentence with the title of its article and its neighbours.

    Returns:
        Numbers in [0, 1].
    """
    asked = find_asked_for(question)
    own, near = stem_text(sentence), stem_text(context)
    kind_is_known = asked.is_money or terms.answer_type is not AnswerType.ANYTHING
    kind_is_met = (
        bool(_MONEY.search(sentence)) if asked.is_money else terms.has_answer_type(sentence)
    )
    content = {stem: weight for stem, weight in terms.weights.items() if stem not in terms.names}
    total = sum(content.values())
    missing = [weight for stem, weight in terms.weights.items() if stem not in near]
    return [
        float(kind_is_known and kind_is_met),
        float(kind_is_known and not kind_is_met),
        float(bool(asked.head) and asked.head in own),
        float(bool(asked.head) and asked.head not in near),
        float(asked.is_count and counts(sentence, asked.head, terms)),
        sum(w for stem, w in content.items() if stem in near) / total if total else 1.0,
        max(missing, default=0.0) / max(terms.weights.values(), default=1.0),
        float(bool(_DECISION_ASKED.search(question) and _DENIAL.search(sentence))),
    ]


def counts(sentence: str, head: str, terms: QuestionTerms) -> bool:
    """Return whether a number of a noun stands in a sentence that is not in the question."""
    for number in _NUMBER.finditer(sentence):
        if number.group().casefold().rstrip(".,") in terms.weights:
            continue
        after = _WORD.findall(sentence[number.end() :])[:BOUND_WORDS]
        if any(stem_word(word.casefold()) == head for word in after):
            return True
    return False
