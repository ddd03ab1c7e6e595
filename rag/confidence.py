"""How likely it is that the articles hold an answer: a calibrated probability; pure.

A logistic regression over a few features that mean the same in a library of five articles and
of ten thousand. Raw BM25 scores do not, since they grow with the library, so how well the
question's terms are covered stands in for them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from index.types import FloatVector, Hit
from rag.evidence import FEATURES, ReadSentences
from rag.reader_features import LOWEST
from rag.terms import QuestionTerms, stem_text
from rag.types import Evidence
from rag.weights import confidence_weights

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
"""What the probability is computed from; the order is that of ``confidence_features``."""

READER_CONFIDENCE_FEATURES = (
    "reader_best_here",
    "reader_evidence_here",
    "reader_evidence_share",
    "reader_answer_share",
    "reader_strength",
)
"""What a calibrated reader adds; the order is that of ``reader_confidence_features``."""

_COSINE = FEATURES.index("cosine")
_CONTEXT = FEATURES.index("context_coverage")
_NAMES = FEATURES.index("name_coverage")


def confidence_features(
    hits: Sequence[Hit], evidence: Sequence[Evidence], terms: QuestionTerms
) -> FloatVector:
    """Return the features of a question and what was found for it.

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
) -> float:
    """Return the probability, in [0, 1], that the hits answer the question; 0 without evidence.

    Args:
        hits: Retrieved passages, best first.
        evidence: Sentences chosen from them, best first.
        terms: What the question asks for.
        read: What a calibrated reader found in them; None without one.
    """
    if not hits or not evidence:
        return 0.0
    weights = confidence_weights(with_reader=bool(read))
    features = confidence_features(hits, evidence, terms)
    if read:
        features = np.concatenate([features, reader_confidence_features(evidence, read)])
    logit = float(features @ np.array(weights["coefficients"])) + float(weights["intercept"])
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def refusal_threshold(*, with_reader: bool = False) -> float:
    """Return the fitted probability below which a question is refused."""
    return float(confidence_weights(with_reader=with_reader)["threshold"])
