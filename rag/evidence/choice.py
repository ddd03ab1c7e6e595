"""From retrieved passages to the evidence for an answer: read, order, choose, weigh.

The probability is a logistic regression over a few features that mean the same in a library of
five articles and of ten thousand. Raw BM25 scores do not, since they grow with the library; how
many of the question's terms are covered takes their place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from index.types import FloatMatrix, FloatVector, Hit
from rag.asking.terms import QuestionTerms, find_ages, find_language, stem_text
from rag.evidence.injections import withhold_injections
from rag.evidence.lists import bind_rows, unite_lists
from rag.evidence.plain import judge_plainly
from rag.evidence.reader import EvidenceReader, Reader
from rag.evidence.sentences import (
    FEATURES,
    LOWEST,
    ReadSentences,
    best_of_passages,
    compare_readings,
    fitted_weights,
    quoting_margin,
    rank_sentences,
    usual_scales,
)
from rag.evidence.weighing import (
    least_likelihood,
    revise_probability,
    weigh_sentences,
)
from rag.types import Evidence

PASSAGE_FEATURES = (
    "retrieval",
    "reader_here",
    "reader_evidence",
    "reader_agreement",
    "age",
)
"""Features that a read passage is ranked by, in the order of ``passage_features``."""


def passage_features(
    hits: Sequence[Hit], read: ReadSentences, terms: QuestionTerms
) -> tuple[list[int], FloatMatrix]:
    """Return the positions of the passages that were read, and their features.

    Args:
        hits: Best first.
        read: What the reader found in the first of them.
        terms: What the question asks for.

    Returns:
        Positions, and float32 of shape (n_read, len(PASSAGE_FEATURES)).
    """
    best = best_of_passages(hits, dict(read))
    positions = [i for i, found in enumerate(best) if found is not None]
    ages = find_ages(hits) if terms.about_recent else {}
    rows = [
        [
            hits[i].score - hits[0].score,
            found.here,
            found.evidence,
            found.agreement,
            ages.get(hits[i].article.article_id, 0.0),
        ]
        for i, found in enumerate(best)
        if found is not None
    ]
    return positions, np.array(rows, dtype=np.float32).reshape(-1, len(PASSAGE_FEATURES))


def order_hits(hits: Sequence[Hit], read: ReadSentences, terms: QuestionTerms) -> tuple[Hit, ...]:
    """Return the passages as retrieval and reader together rank them.

    A passage that was read gets the score that it is ranked by; unread ones follow, scored no
    higher than the last one read.

    Args:
        hits: Best first.
        read: What the reader found in the first of them.
        terms: What the question asks for.
    """
    positions, features = passage_features(hits, read, terms)
    if not positions:
        return tuple(hits)
    weights = fitted_weights("passages", with_reader=True)
    scores = features @ np.array(weights["coefficients"], dtype=np.float32)
    placed = [
        replace(hits[positions[i]], score=float(scores[i]))
        for i in np.argsort(-scores, kind="stable").tolist()
    ]
    floor = placed[-1].score
    known = frozenset(positions)
    rest = [hit for i, hit in enumerate(hits) if i not in known]
    highest = rest[0].score if rest else 0.0
    placed += [replace(hit, score=floor + hit.score - highest) for hit in rest]
    return tuple(placed)


CONFIDENCE_HITS = 5
CONFIDENCE_EVIDENCE = 4

CONFIDENCE_FEATURES = (
    "best_dense",
    "best_sentence_cosine",
    "best_passage_coverage",
    "best_passage_name_coverage",
    "united_name_coverage",
    "heaviest_missing",
    "evidence_score",
    "evidence_lead",
    "evidence_cosine",
    "evidence_context_coverage",
    "evidence_name_coverage",
    "log_passages",
)
"""Features of the refusal probability, in the order of ``confidence_features``."""

READER_CONFIDENCE_FEATURES = (
    "reader_best_here",
    "reader_evidence_here",
    "reader_evidence_share",
    "reader_answer_share",
    "reader_strength",
)
"""Features that a calibrated reader adds, in the order of ``reader_confidence_features``."""

_COSINE = FEATURES.index("cosine")
_CONTEXT = FEATURES.index("context_coverage")
_NAMES = FEATURES.index("name_coverage")


def confidence_features(
    hits: Sequence[Hit], evidence: Sequence[Evidence], terms: QuestionTerms
) -> FloatVector:
    """Return the features of a question and of its evidence.

    Args:
        hits: Retrieved passages, best first; at least one.
        evidence: Sentences chosen from them, best first; at least one.
        terms: What the question asks for.

    Returns:
        float32, shape (len(CONFIDENCE_FEATURES),).
    """
    top = hits[:CONFIDENCE_HITS]
    passages = [stem_text(f"{hit.article.title} {hit.passage.text}") for hit in top]
    coverages = [terms.coverage(stems) for stems in passages]
    best = passages[int(np.argmax(coverages))]
    missing = [weight for stem, weight in terms.weights.items() if stem not in best]
    heaviest = max(terms.weights.values(), default=1.0)
    first = [item.features for item in evidence[:CONFIDENCE_EVIDENCE]]
    return np.array(
        [
            max(hit.dense for hit in top),
            max(hit.best_sentence for hit in top),
            max(coverages),
            max(terms.name_coverage(stems) for stems in passages),
            terms.name_coverage(frozenset().union(*passages)),
            max(missing, default=0.0) / heaviest,
            evidence[0].score,
            evidence[0].score - evidence[len(first) - 1].score,
            max(row[_COSINE] for row in first),
            max(row[_CONTEXT] for row in first),
            max(row[_NAMES] for row in first),
            # The larger the library, the likelier that something in it looks like an answer.
            math.log10(max(terms.n_passages, 1)),
        ],
        dtype=np.float32,
    )


def reader_confidence_features(evidence: Sequence[Evidence], read: ReadSentences) -> FloatVector:
    """Return what a calibrated reader adds to the features of a question.

    Args:
        evidence: Best first; at least one.
        read: What the reader found.

    Returns:
        float32, shape (len(READER_CONFIDENCE_FEATURES),).
    """
    best_here = max((found.here for found in read.values()), default=0.0)
    first = [
        read.get((item.hit.article.article_id, item.start))
        for item in evidence[:CONFIDENCE_EVIDENCE]
    ]
    known = [found for found in first if found is not None]
    leading = first[0]
    return np.array(
        [
            best_here,
            leading.here if leading else 0.0,
            leading.evidence if leading else LOWEST,
            leading.agreement if leading else LOWEST,
            float(np.mean([found.here for found in known])) if known else 0.0,
        ],
        dtype=np.float32,
    )


def answer_probability(
    hits: Sequence[Hit],
    evidence: Sequence[Evidence],
    terms: QuestionTerms,
    read: ReadSentences | None = None,
    *,
    across: bool = False,
) -> float:
    """Return the probability, in [0, 1], that the hits answer the question; 0 without evidence.

    Args:
        hits: Retrieved passages, best first.
        evidence: Sentences chosen from them, best first.
        terms: What the question asks for.
        read: What a calibrated reader found in them; None without one.
        across: Whether question and hits are in different languages, so that no word is shared.
    """
    if not hits or not evidence:
        return 0.0
    weights = _confidence_weights(with_reader=bool(read), across=across)
    features = confidence_features(hits, evidence, terms)
    if read:
        features = np.concatenate([features, reader_confidence_features(evidence, read)])
    logit = float(features @ np.array(weights["coefficients"])) + float(weights["intercept"])
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def keep_distinct(evidence: Sequence[Evidence], terms: QuestionTerms) -> tuple[Evidence, ...]:
    """Return the sentences with the kind of answer that is asked for, each answer once.

    Args:
        evidence: Best first, read.
        terms: What the question asks for.
    """
    best: dict[str, Evidence] = {}
    for item in evidence:
        answer = item.marked.casefold()
        if terms.has_answer_type(item.text):
            best.setdefault(answer or item.text, item)
    return tuple(best.values())


def refusal_threshold(*, with_reader: bool = False, across: bool = False) -> float:
    """Return the fitted probability below which a question is refused; see above."""
    return float(_confidence_weights(with_reader=with_reader, across=across)["threshold"])


def _confidence_weights(*, with_reader: bool, across: bool) -> dict[str, Any]:
    part = "confidence_across" if across else "confidence"
    return fitted_weights(part, with_reader=with_reader and not across)


EVIDENCE_HITS = 24
"""How many passages sentences are chosen from."""

READ_HITS = 14
"""How many passages a reader reads; the rest get the lowest of its scores."""

SEVERAL_TIMES = 3
"""How many times as many are chosen from if several things are asked for, and also read if each
source is asked."""


@dataclass(frozen=True, slots=True)
class ChosenEvidence:
    """What was chosen for a question.

    Attributes:
        hits: Passages, best first.
        evidence: Sentences of the first of them, best first.
        probability: Probability that they contain an answer, in [0, 1].
        threshold: The fitted probability below which a question is refused.
        margin: How far below the best evidence a sentence may score and still be quoted.
        least: The likelihood from which a weighed sentence is quoted, in [0, 1].
    """

    hits: tuple[Hit, ...]
    evidence: tuple[Evidence, ...]
    probability: float
    threshold: float
    margin: float
    least: float = 0.0


def _compare_languages(question: str, hits: Sequence[Hit]) -> tuple[bool, bool]:
    """Return whether all is in English, and whether question and passages share no language.

    A passage of unknown language may be in any; of the first passages, most count as all.
    """
    asked = find_language(question)
    languages = [hit.article.language or asked for hit in hits[:CONFIDENCE_HITS]]
    is_english = asked == "en" and 2 * languages.count("en") > len(languages)
    return is_english, asked not in languages


def _unite_lists(evidence: Sequence[Evidence], terms: QuestionTerms) -> tuple[Evidence, ...]:
    return unite_lists(evidence, introduced_only=terms.speaker is not None)


def choose_evidence(
    question: str,
    hits: Sequence[Hit],
    terms: QuestionTerms,
    reader: Reader | None,
    *,
    several: bool = False,
    of_each: bool = False,
) -> ChosenEvidence:
    """Return the evidence for an answer.

    Args:
        question: Standalone.
        hits: Retrieved passages, best first; at least one.
        terms: What the question asks for.
        reader: Reads the first passages; None to use vectors and words alone. If it is not
            calibrated, the probability is computed without it. The shipped one knows only English,
            and so is not asked where the question or most of the passages are in other languages.
        several: Whether several things are asked for: more passages are chosen from, and a list is
            one piece of evidence.
        of_each: Whether what each source says is wanted, so that one answer is kept once.
    """
    is_english, across = _compare_languages(question, hits)
    if isinstance(reader, EvidenceReader) and not is_english:
        reader = None
    first = tuple(hits[: EVIDENCE_HITS * (SEVERAL_TIMES if several else 1)])
    n_read = READ_HITS * (SEVERAL_TIMES if of_each else 1)
    if reader is None:
        plain = withhold_injections(bind_rows(rank_sentences(first, terms), question), question)
        return ChosenEvidence(
            tuple(hits),
            _unite_lists(plain, terms) if several else plain,
            answer_probability(first, plain, terms, across=across),
            refusal_threshold(across=across),
            quoting_margin(),
        )
    usual = None if reader.is_calibrated else usual_scales()
    read = compare_readings(first, reader.read(question, first[:n_read]), usual=usual)
    ranked = bind_rows(rank_sentences(first, terms, read), question)
    evidence = withhold_injections(ranked, question)
    threshold = refusal_threshold(with_reader=reader.is_calibrated)
    if reader.is_calibrated:
        probability = answer_probability(first, evidence, terms, read)
    else:
        plain = withhold_injections(rank_sentences(first, terms), question)
        probability = answer_probability(first, plain, terms)
    if of_each:
        evidence = keep_distinct(evidence, terms)
    if several:
        evidence = _unite_lists(evidence, terms)
    if isinstance(reader, EvidenceReader):
        evidence = weigh_sentences(question, evidence, terms, reader)
        evidence, share = judge_plainly(question, terms, evidence, whole_lists=several)
        probability, threshold = revise_probability(question, probability, evidence)
        probability *= share
    return ChosenEvidence(
        order_hits(hits, read, terms),
        evidence,
        probability,
        threshold,
        quoting_margin(with_reader=True),
        least_likelihood(question),
    )
