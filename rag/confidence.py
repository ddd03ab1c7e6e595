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
from rag.evidence import FEATURES
from rag.terms import QuestionTerms, stem_text
from rag.types import Evidence
from rag.weights import load_weights

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


def answer_probability(
    hits: Sequence[Hit], evidence: Sequence[Evidence], terms: QuestionTerms
) -> float:
    """Return the probability, in [0, 1], that the hits answer the question; 0 without evidence."""
    if not hits or not evidence:
        return 0.0
    weights = load_weights()["confidence"]
    features = confidence_features(hits, evidence, terms)
    logit = float(features @ np.array(weights["coefficients"])) + float(weights["intercept"])
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def refusal_threshold() -> float:
    """Return the fitted probability below which a question is refused."""
    return float(load_weights()["confidence"]["threshold"])
