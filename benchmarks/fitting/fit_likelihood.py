"""Fits how likely a sentence is to answer, on judged sentences, on right ones and on near misses.

    python -m benchmarks.fitting.fit_likelihood PART DATA --cache FOLDER [--reader-folder FOLDER]

PART is ``likelihood``, for questions with a question word, or ``decisions``, for a yes or a no. Of
every question, the best sentences are weighed. ``choice_labels.jsonl`` holds 349 questions of the
kinds that journalists ask about articles of ``realtimeqa_2022``, and for each of their parts the
best sentences, judged by reading: 2 answers, 1 is context, 0 is neither. A line is a part; a label
is the article, the start of the sentence and the judgement. No story is one of ``nuggets_2022``.
Of the other sets, sentences that hold an answer of a gold article are right, and all sentences of
an unanswerable question are wrong. Figures are of folds: no writer's stories, no question, and of
``squad2_part`` no article, in two. The rows are kept in the cache, so that ``--refit`` fits them
again in seconds.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
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
from rag.evaluation.question_sets import Query
from rag.evidence.choice import answer_probability
from rag.evidence.reader import READER_FOLDER, EvidenceReader, open_reader
from rag.evidence.sentences import FEATURES, READER_FEATURES, rank_sentences
from rag.evidence.weighing import (
    LIKELIHOOD_FEATURES,
    MOST_WEIGHED,
    likelihood_features,
    to_logit,
)
from rag.types import Evidence

LABELS = Path(__file__).with_name("choice_labels.jsonl")
JUDGED = "judged"
JUDGED_ON = "realtimeqa_2022"
SETS = {"realtimeqa_2022": 200, "squad2_part": 200}
ANSWERS = 2
"""The label of a sentence that answers."""
LIKELIEST_SHARE = 2.0
"""How much the likeliest sentence counts beside the probability before. Fitted freely, the sets
pull it apart: far-off questions want less of it, near misses more; this loses nothing on the first.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """How one part of the weights is fitted.

    Attributes:
        features: Names of those used, of ``LIKELIHOOD_FEATURES``.
        weighed: How many of the best sentences of a question.
        shares: How much each set counts.
        regularisation: Inverse strength, as scikit-learn has it.
        threshold: The probability below which a question is refused.
        least: The likelihood from which a sentence is quoted.
    """

    features: tuple[str, ...]
    weighed: int
    shares: Mapping[str, float]
    regularisation: float
    threshold: float
    least: float


PLANS = {
    # The shares were chosen with RealTimeQA and ``nuggets_2022`` in view; threshold and least
    # likelihood in the folds, where .3 refuses no more of RealTimeQA's unanswerable questions, and
    # .2 leaves out one right sentence in twenty for a precision of .61 instead of .59.
    "likelihood": Plan(
        (
            *("score", "below_best", "alone", "alone_below_best", "answers", "answers_below_best"),
            *("cosine", "coverage", "context_coverage", "name_coverage", "speaker", "question"),
            *("kind_met", "kind_unmet", "head_met", "head_unmet", "number_bound", "content_met"),
            "heaviest_missing",
        ),
        weighed=10,
        shares={JUDGED: 0.4, "realtimeqa_2022": 0.3, "squad2_part": 0.3},
        regularisation=0.1,
        threshold=0.275,
        least=0.15,
    ),
    # Threshold and least likelihood are those that keep the folds' precision where recall is .58.
    "decisions": Plan(
        (
            *("score", "below_best", "alone", "alone_below_best", "answers", "answers_below_best"),
            *("place", *FEATURES, *READER_FEATURES),
            *("content_met", "heaviest_missing", "denial_met"),
        ),
        weighed=MOST_WEIGHED,
        shares={JUDGED: 0.7, "realtimeqa_2022": 0.15, "squad2_part": 0.15},
        regularisation=0.02,
        threshold=0.3,
        least=0.3,
    ),
}


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
    parser.add_argument("part", choices=sorted(PLANS))
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
    weights["with_reader"][arguments.part] = fit_likelihood(rows, PLANS[arguments.part])
    write(weights)


def weigh_all(data: Path, cache: Path, reader: EvidenceReader, most: int) -> WeighedSentences:
    """Return the best sentences of at most so many questions of each set."""
    held_out = find_held_out(data)
    features: list[npt.NDArray[np.float32]] = []
    right: list[bool] = []
    owner: list[int] = []
    about: list[tuple[bool, str, str, float]] = []

    def gather(question: str, judge: Callable[[Evidence], bool | None]) -> float | None:
        found = find(library, question, RememberingReader(reader))
        ranked = rank_sentences(found.hits, found.terms, found.read)
        if not ranked:
            return None
        judged = [judge(item) for item in ranked[:MOST_WEIGHED]]
        known = [label is not None for label in judged]
        rows = likelihood_features(question, ranked[:MOST_WEIGHED], found.terms, reader)
        features.append(rows[known])
        right.extend(bool(label) for label in judged if label is not None)
        owner.extend([len(about)] * sum(known))
        return answer_probability(found.hits, ranked, found.terms, found.read)

    for name, limit in SETS.items():
        library, _, queries = open_set(data, cache, name)
        subjects = read_subjects(data / name / "queries.jsonl") if name == "squad2_part" else {}
        queries = [q for q in queries if not subjects or subjects[q.query_id] in held_out]
        random.Random(SEED).shuffle(queries)  # noqa: S311 - sampling
        with library:
            for query in queries[: min(limit, most)]:
                probability = gather(query.question, partial(_holds, query))
                fold = subjects.get(query.query_id, query.question)
                if probability is not None:
                    about.append((query.answerable, name, fold, probability))
            for question, writer, labels in read_labels(most) if name == JUDGED_ON else ():
                probability = gather(question, partial(_judge, labels))
                if probability is not None:
                    about.append((ANSWERS in labels.values(), JUDGED, writer, probability))
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


def _holds(query: Query, item: Evidence) -> bool:
    return holds_answer(item.hit.article, item.text, query)


def _judge(labels: Mapping[tuple[str, int], int], item: Evidence) -> bool | None:
    """Return whether a sentence was judged to answer; None if it was not judged."""
    label = labels.get((item.hit.article.article_id, item.start))
    return None if label is None else label == ANSWERS


def read_labels(most: int) -> list[tuple[str, str, dict[tuple[str, int], int]]]:
    """Return at most so many judged questions, who wrote them, and the labels of their sentences.

    A label is kept by article and start of the sentence.
    """
    read = []
    for row in map(json.loads, LABELS.read_text("utf-8").splitlines()[:most]):
        triples = (label.rsplit(":", 2) for label in row["labels"].split())
        labels = {(article, int(start)): int(label) for article, start, label in triples}
        read.append((row["question"], row["id"].partition("-")[0], labels))
    return read


def fit_likelihood(rows: WeighedSentences, plan: Plan) -> dict[str, object]:
    """Return the fitted weights of one part and their figures."""
    # An answerable question whose answer is not among its best sentences teaches nothing.
    known = ~rows.answerable | np.isin(np.arange(len(rows.answerable)), rows.question[rows.right])
    known &= np.isin(rows.group, sorted(plan.shares))
    used = known[rows.question]
    used &= rows.features[:, LIKELIHOOD_FEATURES.index("place")] < plan.weighed
    columns = [LIKELIHOOD_FEATURES.index(name) for name in plan.features]
    features, right, question = (
        rows.features[used][:, columns],
        rows.right[used],
        rows.question[used],
    )
    group = rows.group[question]
    importance = np.array([plan.shares[name] / (group == name).sum() for name in group.tolist()])
    importance *= len(importance) / importance.sum()
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    scaled = (features - mean) / scale
    model = LogisticRegression(C=plan.regularisation, max_iter=2000)
    predicted = cross_val_predict(
        model,
        scaled,
        right,
        cv=list(GroupKFold(6).split(scaled, right, rows.fold[question])),
        params={"sample_weight": importance},
        method="predict_proba",
    )[:, 1]
    model.fit(scaled, right, sample_weight=importance)
    coefficients = model.coef_[0] / scale
    reached = {
        name: _measure(rows, predicted, question, right, name) for name in sorted(set(group))
    }
    print(json.dumps(dict(zip(plan.features, coefficients.round(3).tolist(), strict=True))))
    print(json.dumps(reached, indent=1), flush=True)
    return {
        "features": list(plan.features),
        "weighed": plan.weighed,
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(float(model.intercept_[0] - (mean / scale) @ model.coef_[0]), 5),
        "least": plan.least,
        "revision": _fit_revision(rows, predicted, question, plan),
        "method": "logistic regression; figures are of six folds",
        "reached": reached,
    }


def _fit_revision(
    rows: WeighedSentences,
    predicted: npt.NDArray[np.float64],
    question: npt.NDArray[np.int64],
    plan: Plan,
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
            plan.shares[g] / ((group == g) & (answerable == a)).sum()
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
        "threshold": plan.threshold,
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
