"""Fits the probability that the articles answer, below which a question is refused."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.fitting.fit_sets import (
    SEED,
    AskedCase,
    RememberingReader,
    ask_draw,
    find,
    open_set,
    read_subjects,
)
from rag.evaluation.measures import area_under_curve
from rag.evaluation.question_sets import read_queries
from rag.evidence.choice import (
    CONFIDENCE_FEATURES,
    READER_CONFIDENCE_FEATURES,
    confidence_features,
    reader_confidence_features,
)
from rag.evidence.sentences import rank_sentences

WHOLE = "realtimeqa_2022 whole"
NEAR_MISSES = "squad2_part near misses"
CONFIDENCE_SETS = ("realtimeqa_2022", "newsqa_mini", "clapnq", "squad2_part")
UNREAD_SETS = ("realtimeqa_2022", "newsqa_mini", "squad2_part")
"""Sets whose questions are about articles that the reader has not been trained on."""
DRAWS = {5: 60, 20: 30, 100: 10}
DRAWS_READ = {5: 4, 20: 3, 100: 1}
MOST_NEAR_MISSES = 100
MOST_WHOLE_READ = 260
MOST_ANSWERABLE_REFUSED = 0.04
MOST_UNANSWERABLE_ANSWERED = 0.12
"""Target rates of a threshold, which is set equally far from both. A fifth below the one in twenty
that may be refused, since questions that were not fitted on are refused more often."""
WHOLE_IMPORTANCE = 4.0
NEAR_MISS_IMPORTANCE = 1.0
REGULARISATION = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """Features of one question asked of one library."""

    features: npt.NDArray[np.float32]
    answerable: bool
    group: str
    question: str


def fit_confidence(
    data: Path, cache: Path, reader: RememberingReader | None, held_out: frozenset[str]
) -> dict[str, object]:
    """Return the fitted weights of the refusal probability, and their figures.

    With a reader, the weights of the evidence must have been fitted with it already.

    Args:
        data: Holds the sets.
        cache: Where libraries are kept.
        reader: Reads the passages; None to fit without one.
        held_out: Articles of ``squad2_part`` that the reader was not trained on.
    """
    cases = [case for asked in _ask_all(data, cache, reader, held_out) for case in _to_cases(asked)]
    labels = np.array([case.answerable for case in cases])
    features = np.stack([case.features for case in cases])
    np.savez(
        cache / ("cases_read.npz" if reader else "cases.npz"),
        features=features,
        answerable=labels,
        group=[case.group for case in cases],
        question=[case.question for case in cases],
    )
    names = (*CONFIDENCE_FEATURES, *READER_CONFIDENCE_FEATURES) if reader else CONFIDENCE_FEATURES
    return fit_cases(cases, names)


def fit_cases(cases: list[Case], names: tuple[str, ...]) -> dict[str, object]:
    """Return the weights for cases; see ``fit_confidence``."""
    labels = np.array([case.answerable for case in cases])
    features = np.stack([case.features for case in cases])
    groups = sorted({case.group for case in cases})
    share = {
        (group, answerable): sum(
            case.group == group and case.answerable == answerable for case in cases
        )
        for group in groups
        for answerable in (True, False)
    }
    importance = np.array([1.0 / share[case.group, case.answerable] for case in cases])
    importance[[case.group == WHOLE for case in cases]] *= WHOLE_IMPORTANCE
    importance[[case.group == NEAR_MISSES for case in cases]] *= NEAR_MISS_IMPORTANCE
    importance *= len(cases) / importance.sum()
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = (features - mean) / scale
    model = LogisticRegression(C=REGULARISATION, max_iter=1000)
    folds = GroupKFold(5).split(rows, labels, [case.question for case in cases])
    held_out = cross_val_predict(
        model,
        rows,
        labels,
        cv=list(folds),
        params={"sample_weight": importance},
        method="predict_proba",
    )[:, 1]
    model.fit(rows, labels, sample_weight=importance)
    coefficients = model.coef_[0] / scale
    intercept = float(model.intercept_[0] - (mean / scale) @ model.coef_[0])
    threshold = choose_threshold(held_out, labels, [case.group for case in cases])
    reached = {}
    for group in groups:
        mine = np.array([case.group == group for case in cases])
        reached[group] = {
            "AUC": round(area_under_curve(labels[mine], held_out[mine]), 4),
            "answerable refused": round(float((held_out[mine & labels] < threshold).mean()), 4),
            "unanswerable refused": round(float((held_out[mine & ~labels] < threshold).mean()), 4),
            "questions": int(mine.sum()),
        }
    print(json.dumps(dict(zip(names, coefficients.round(3).tolist(), strict=True))))
    print(json.dumps(reached, indent=1), threshold, flush=True)
    return {
        "features": list(names),
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(intercept, 5),
        "threshold": round(threshold, 4),
        "method": "logistic regression; figures are of five folds, no question in two",
        "reached": reached,
    }


def choose_threshold(
    probabilities: npt.NDArray[np.float64], answerable: npt.NDArray[np.bool_], groups: Sequence[str]
) -> float:
    """Return the threshold that comes as near as possible to both limits at once.

    Rates are means over sets, each as a whole and in draws, so that no single set decides. Near
    misses are left out: nothing distinguishes most of them from answerable questions.

    Args:
        probabilities: Probability of each case, from a model that has not seen its question.
        answerable: Whether it is.
        groups: Set and size of the library of each.
    """
    families = np.array([g if g == WHOLE else g.split()[0] for g in groups])
    families[[group == NEAR_MISSES for group in groups]] = ""
    best, least = 0.5, float("inf")
    for threshold in np.unique(probabilities):
        refused = probabilities < threshold
        rates: tuple[list[float], list[float]] = ([], [])
        for family in sorted(set(families.tolist()) - {""}):
            mine = families == family
            if (mine & answerable).any() and (mine & ~answerable).any():
                rates[0].append(float(refused[mine & answerable].mean()))
                rates[1].append(float((~refused)[mine & ~answerable].mean()))
        worst = max(
            float(np.mean(rates[0])) / MOST_ANSWERABLE_REFUSED,
            float(np.mean(rates[1])) / MOST_UNANSWERABLE_ANSWERED,
        )
        if worst < least:
            best, least = float(threshold), worst
    return best


def _ask_all(
    data: Path, cache: Path, reader: RememberingReader | None, held_out: frozenset[str]
) -> Iterator[AskedCase]:
    """Yield every question with what it found, whole sets and draws."""
    rng = random.Random(SEED)  # noqa: S311 - sampling
    strangers = [
        q.question
        for q in read_queries(data / "realtimeqa_2022" / "queries.jsonl")
        if not q.answerable
    ]
    for name in UNREAD_SETS if reader else CONFIDENCE_SETS:
        library, embedder, queries = open_set(data, cache, name)
        with library:
            if name == "realtimeqa_2022":
                most = MOST_WHOLE_READ if reader else len(queries)
                for query in random.Random(SEED).sample(queries, min(len(queries), most)):  # noqa: S311 - sampling
                    found = find(library, query.question, reader)
                    yield AskedCase(found, query.answerable, WHOLE, query.question)
            if reader and name == "squad2_part":
                about = read_subjects(data / name / "queries.jsonl")
                queries = [q for q in queries if about[q.query_id] in held_out]
                for query in rng.sample(queries, min(len(queries), MOST_NEAR_MISSES)):
                    found = find(library, query.question, reader)
                    yield AskedCase(found, query.answerable, NEAR_MISSES, query.question)
            located = [q for q in queries if q.answerable and q.gold_article_ids]
            for size, draws in (DRAWS_READ if reader else DRAWS).items():
                for _ in range(draws):
                    yield from ask_draw(
                        library, embedder, located, strangers, size, name, rng, reader=reader
                    )
                print(name, size, flush=True)


def _to_cases(asked: AskedCase) -> Iterator[Case]:
    """Yield the case of a question, unless it found nothing at all."""
    found = asked.found
    evidence = rank_sentences(found.hits, found.terms, found.read)
    if not evidence:
        return
    features = confidence_features(found.hits, evidence, found.terms)
    if found.read is not None:
        features = np.concatenate([features, reader_confidence_features(evidence, found.read)])
    yield Case(features, asked.answerable, asked.group, asked.question)
