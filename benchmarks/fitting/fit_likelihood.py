"""Fits how likely a sentence is to answer, on sentences that hold an answer and on near misses.

    python -m benchmarks.fitting.fit_likelihood DATA --cache FOLDER [--reader-folder FOLDER]

Of every question, the best sentences are weighed. Those that hold an answer of a gold article are
right; all sentences of an unanswerable question are wrong. Each question counts the same within its
set, and each set the same. Figures are of folds, no question, and of ``squad2_part`` no article,
in two. The rows are kept in the cache, so that ``--refit`` fits them again in seconds.
"""

from __future__ import annotations

import argparse
import json
import random
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.fitting.fit_sets import (
    SEED,
    RememberingReader,
    find,
    holds_answer,
    open_set,
    read_subjects,
)
from benchmarks.fitting.fit_weights import WEIGHTS, find_held_out, write
from rag.evaluation.measures import area_under_curve
from rag.evidence.choice import answer_probability
from rag.evidence.reader import READER_FOLDER, EvidenceReader, open_reader
from rag.evidence.sentences import rank_sentences
from rag.evidence.weighing import (
    LIKELIHOOD_FEATURES,
    WEIGHED,
    likelihood_features,
    to_logit,
)

SETS = {"realtimeqa_2022": 700, "squad2_part": 1000}
REGULARISATION = 0.3
THRESHOLD = 0.28
"""The probability below which a question is refused, set on RealTimeQA and ``nuggets_2022``."""
LIKELIEST_SHARE = 2.0
"""How much the likeliest sentence counts beside the probability before. Fitted freely, the two sets
pull it apart: far-off questions want less of it, near misses more; this loses nothing on the first.
"""
LEAST = 0.17
"""The likelihood from which a sentence is quoted, set on ``nuggets_2022``."""


@dataclass(frozen=True, slots=True)
class WeighedSentences:
    """The best sentences of many questions, one row each.

    Attributes:
        features: float32, shape (n, len(LIKELIHOOD_FEATURES)).
        right: bool, shape (n,): whether a sentence holds an answer.
        question: int64, shape (n,): number of its question.
        answerable: bool, shape (n_questions,).
        group: Shape (n_questions,): the set of each.
        fold: Shape (n_questions,): questions of one value are never in two folds.
        probability: float64, shape (n_questions,): that of an answer, before weighing.
    """

    features: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]
    question: npt.NDArray[np.int64]
    answerable: npt.NDArray[np.bool_]
    group: npt.NDArray[np.str_]
    fold: npt.NDArray[np.str_]
    probability: npt.NDArray[np.float64]


def main() -> None:
    """Fit, print the figures and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="where libraries are kept")
    parser.add_argument("--reader-folder", type=Path, default=READER_FOLDER)
    parser.add_argument("--limit", type=int, default=1000, help="most questions of a set")
    parser.add_argument("--refit", action="store_true", help="use the rows of the last run")
    arguments = parser.parse_args()
    kept = arguments.cache / "weighed.npz"
    if not arguments.refit:
        reader = open_reader(arguments.reader_folder)
        np.savez(
            kept, **asdict(weigh_all(arguments.data, arguments.cache, reader, arguments.limit))
        )
    with np.load(kept) as stored:
        rows = WeighedSentences(**{name: stored[name] for name in stored.files})
    weights: dict[str, Any] = json.loads(WEIGHTS.read_text("utf-8"))
    weights["with_reader"]["likelihood"] = fit_likelihood(rows)
    write(weights)


def weigh_all(data: Path, cache: Path, reader: EvidenceReader, most: int) -> WeighedSentences:
    """Return the best sentences of at most so many questions of each set."""
    held_out = find_held_out(data)
    features: list[npt.NDArray[np.float32]] = []
    right: list[bool] = []
    owner: list[int] = []
    about: list[tuple[bool, str, str, float]] = []
    for name, limit in SETS.items():
        library, _, queries = open_set(data, cache, name)
        subjects = read_subjects(data / name / "queries.jsonl") if name == "squad2_part" else {}
        queries = [q for q in queries if not subjects or subjects[q.query_id] in held_out]
        random.Random(SEED).shuffle(queries)  # noqa: S311 - sampling
        with library:
            for query in queries[: min(limit, most)]:
                found = find(library, query.question, RememberingReader(reader))
                ranked = rank_sentences(found.hits, found.terms, found.read)
                evidence = ranked[:WEIGHED]
                if not evidence:
                    continue
                probability = answer_probability(found.hits, ranked, found.terms, found.read)
                features.append(likelihood_features(query.question, evidence, found.terms, reader))
                right += [holds_answer(e.hit.article, e.text, query) for e in evidence]
                owner += [len(about)] * len(evidence)
                fold = subjects.get(query.query_id, query.question)
                about.append((query.answerable, name, fold, probability))
        print(name, len(about), flush=True)
    answerable, group, fold_of, probabilities = zip(*about, strict=True)
    return WeighedSentences(
        np.concatenate(features),
        np.array(right),
        np.array(owner),
        np.array(answerable),
        np.array(group),
        np.array(fold_of),
        np.array(probabilities),
    )


def fit_likelihood(rows: WeighedSentences) -> dict[str, object]:
    """Return the fitted weights and their figures."""
    # An answerable question whose answer is not among its best sentences teaches nothing.
    known = ~rows.answerable | np.isin(np.arange(len(rows.answerable)), rows.question[rows.right])
    used = known[rows.question]
    features, right, question = rows.features[used], rows.right[used], rows.question[used]
    group = rows.group[question]
    importance = np.array([1.0 / (group == name).sum() for name in group.tolist()])
    importance *= len(importance) / importance.sum()
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - mean) / scale
    model = LogisticRegression(C=REGULARISATION, max_iter=2000)
    predicted = cross_val_predict(
        model,
        scaled,
        right,
        cv=list(GroupKFold(4).split(scaled, right, rows.fold[question])),
        params={"sample_weight": importance},
        method="predict_proba",
    )[:, 1]
    model.fit(scaled, right, sample_weight=importance)
    coefficients = model.coef_[0] / scale
    reached = {
        name: _measure(rows, predicted, question, right, name) for name in sorted(set(group))
    }
    print(json.dumps(dict(zip(LIKELIHOOD_FEATURES, coefficients.round(3).tolist(), strict=True))))
    print(json.dumps(reached, indent=1), flush=True)
    return {
        "features": list(LIKELIHOOD_FEATURES),
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(float(model.intercept_[0] - (mean / scale) @ model.coef_[0]), 5),
        "least": LEAST,
        "revision": _fit_revision(rows, predicted, question),
        "method": "logistic regression; figures are of four folds",
        "reached": reached,
    }


def _fit_revision(
    rows: WeighedSentences,
    predicted: npt.NDArray[np.float64],
    question: npt.NDArray[np.int64],
) -> dict[str, float]:
    """Return how the probability of an answer follows from the one before and the likeliest."""
    numbers = np.unique(question)
    best = np.array([predicted[question == n].max() for n in numbers])
    features = np.array(
        [
            [to_logit(float(rows.probability[n])) + LIKELIEST_SHARE * to_logit(float(p))]
            for n, p in zip(numbers, best, strict=True)
        ]
    )
    answerable, group = rows.answerable[numbers], rows.group[numbers]
    importance = np.array(
        [
            1.0 / ((group == g) & (answerable == a)).sum()
            for g, a in zip(group, answerable, strict=True)
        ]
    )
    importance *= len(importance) / importance.sum()
    model = LogisticRegression(C=10.0).fit(features, answerable, sample_weight=importance)
    revised = model.predict_proba(features)[:, 1]
    for name in sorted(set(group.tolist())):
        mine = group == name
        curve = {
            f"{t:.3f}": [
                round(float((revised[mine & answerable] < t).mean()), 3),
                round(float((revised[mine & ~answerable] < t).mean()), 3),
            ]
            for t in np.arange(0.1, 0.6, 0.025)
        }
        areas = [
            round(area_under_curve(answerable[mine], values[mine]), 3)
            for values in (rows.probability[numbers], best, revised)
        ]
        print(name, "area before, of the likeliest, revised:", areas, curve, flush=True)
    return {
        "probability": round(float(model.coef_[0][0]), 5),
        "likelihood": round(LIKELIEST_SHARE * float(model.coef_[0][0]), 5),
        "intercept": round(float(model.intercept_[0]), 5),
        "threshold": THRESHOLD,
    }


def _measure(
    rows: WeighedSentences,
    predicted: npt.NDArray[np.float64],
    question: npt.NDArray[np.int64],
    right: npt.NDArray[np.bool_],
    name: str,
) -> dict[str, float]:
    """Return how well a set's sentences are told apart, and its questions by their best one."""
    mine = rows.group[question] == name
    numbers = sorted(set(question[mine].tolist()))
    best = np.array([predicted[question == n].max() for n in numbers])
    answerable = rows.answerable[numbers]
    first = [right[question == n][predicted[question == n].argmax()] for n in numbers]
    return {
        "sentence AUC": round(area_under_curve(right[mine], predicted[mine]), 4),
        "question AUC": round(area_under_curve(answerable, best), 4),
        "first right": round(
            float(np.mean([f for f, a in zip(first, answerable, strict=True) if a])), 4
        ),
        "questions": len(numbers),
    }


if __name__ == "__main__":
    main()
