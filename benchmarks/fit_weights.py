"""Fits the few weights of ``rag/weights.json`` on measuring sets and says how good they are.

    python -m benchmarks.fit_weights DATA --cache FOLDER

DATA holds sets as ``rag.evaluate`` describes them. Evidence weights are a conditional logit over
the sentences of a question's passages. The refusal probability is a logistic regression over
questions asked of the whole library and of libraries of 5, 20 and 100 of its articles, so that
it holds from a handful of articles to thousands. A question is unanswerable when its set says
so, when no article that answers it is in the library, or when one of its names was exchanged
for a name that no article of the library has.

Questions after somebody's words ("What did X say about Y?") are made from PolNeAR's triples of
source, cue and content, for the evidence weights.

XQuAD is never fitted on; it is the test.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, cross_val_predict

from benchmarks.cached_embedder import CachedEmbedder
from index.embed import load_embedder
from index.library import Library
from index.rank import query_terms
from index.types import Article, Hit
from index.words import word_ranks
from rag.assistant import EVIDENCE_HITS
from rag.confidence import CONFIDENCE_FEATURES, confidence_features
from rag.measures import area_under_curve, normalize_text
from rag.question_sets import Query, read_queries
from rag.evidence import FEATURES, choose_evidence, sentence_features
from rag.terms import QuestionTerms, analyze_question

EVIDENCE_SETS = {
    "realtimeqa_2022": 400,
    "squad2_part": 1200,
    "newsqa_mini": 45,
    "polnear_dev": 300,
}
CONFIDENCE_SETS = ("realtimeqa_2022", "newsqa_mini", "clapnq", "squad2_part")
DRAWS = {5: 60, 20: 30, 100: 10}
QUESTIONS_PER_DRAW = 12
LEAST_CONTENT_WORDS = 6
MOST_ASKED_FOR_WORDS = 600
LEAST_REFUSED = 0.87
KEPT_IN_FIRST_THREE = 0.99
NAME = re.compile(r"(?<=\s)[A-Z][\w’-]+(?:\s[A-Z][\w’-]+)*")
SEED = 20261121


@dataclass(frozen=True)
class Case:
    """One question asked of one library: features, whether it is answerable, and its group."""

    features: np.ndarray
    answerable: bool
    group: str
    question: str


def main() -> None:
    """Fit, print the figures and write ``rag/weights.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="where libraries are kept")
    parser.add_argument("--only", choices=("evidence", "confidence"))
    arguments = parser.parse_args()
    target = Path(__file__).parents[1] / "rag" / "weights.json"
    weights = json.loads(target.read_text("utf-8"))
    if arguments.only != "confidence":
        weights["evidence"] = fit_evidence(arguments.data, arguments.cache)
        write(target, weights)
    if arguments.only != "evidence":
        weights["confidence"] = fit_confidence(arguments.data, arguments.cache)
        write(target, weights)


def write(target: Path, weights: dict[str, object]) -> None:
    """Write the weights with the day they were fitted."""
    weights["fitted"] = datetime.now(UTC).date().isoformat()
    target.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")


def open_set(data: Path, cache: Path, name: str) -> tuple[Library, CachedEmbedder, list[Query]]:
    """Return the library of a set, made if need be, its encoder and its questions."""
    embedder = CachedEmbedder(load_embedder(graph_folder=cache / "encoder"), cache / f"{name}.npz")
    library = Library.open_or_create(cache / name, embedder=embedder)
    library.add([data / name / "corpus.jsonl"])
    embedder.save()
    if name == "polnear_dev":
        return library, embedder, ask_for_words(data / name / "attributions.jsonl")
    return library, embedder, list(read_queries(data / name / "queries.jsonl"))


def ask_for_words(file: Path) -> list[Query]:
    """Return questions after what somebody said, made from triples of source, cue and content.

    The topic is the two rarest words of the content; the answer is how the content begins.
    """
    by_article: dict[str, list[dict[str, str]]] = {}
    for line in file.read_text("utf-8").splitlines():
        row = json.loads(line)
        by_article.setdefault(row["doc_id"], []).append(row)
    ranks = word_ranks()
    queries: list[Query] = []
    for article_id, rows in by_article.items():
        for row in rows:
            words = [w for w in row["content_text"].split() if w.isalpha() and w.islower()]
            if not row["source_name"] or len(words) < LEAST_CONTENT_WORDS:
                continue
            topic = sorted(set(words), key=lambda w: -ranks.get(w, -1))[:2]
            queries.append(
                Query(
                    query_id=f"{article_id} {len(queries)}",
                    question=f"What did {row['source_name']} say about {' '.join(topic)}?",
                    answers=(" ".join(row["content_text"].split()[:6]),),
                    answerable=True,
                    gold_article_ids=frozenset({article_id}),
                    gold_spans=((article_id, 0, 0),),
                    history=(),
                )
            )
    random.Random(SEED).shuffle(queries)  # noqa: S311 - sampling
    return queries[:MOST_ASKED_FOR_WORDS]


def retrieve(library: Library, question: str) -> tuple[tuple[Hit, ...], QuestionTerms]:
    """Return the hits and the terms of a question, as the assistant gets them."""
    terms = analyze_question(
        question,
        document_frequencies=library.document_frequencies(query_terms(question)),
        n_passages=library.count_passages(),
        word_ranks=word_ranks(),
    )
    return library.search(question, k=EVIDENCE_HITS), terms


# --- evidence ------------------------------------------------------------------------------


def fit_evidence(data: Path, cache: Path) -> dict[str, object]:
    """Fit the evidence weights and return them with what they reach."""
    blocks: list[tuple[str, np.ndarray, np.ndarray]] = []
    for name, limit in {**EVIDENCE_SETS, "xquad": 1190}.items():
        library, _, queries = open_set(data, cache, name)
        with library:
            chosen = [q for q in queries if q.answerable and q.gold_spans and q.answers]
            random.Random(SEED).shuffle(chosen)  # noqa: S311 - sampling
            for query in chosen[:limit]:
                hits, terms = retrieve(library, query.question)
                candidates, features = sentence_features(hits[:EVIDENCE_HITS], terms)
                labels = np.array(
                    [holds_answer(c.hit.article, c.sentence.text, query) for c in candidates]
                )
                blocks.append((name, features, labels))
        print(name, len(blocks), flush=True)
    fitted = [b for b in blocks if b[0] != "xquad" and b[2].any()]
    scale = np.concatenate([features for _, features, _ in fitted]).std(axis=0) + 1e-6
    counts = {name: sum(b[0] == name for b in fitted) for name in EVIDENCE_SETS}
    importance = np.array([1.0 / np.sqrt(counts[b[0]]) for b in fitted])
    importance /= importance.sum()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        total, gradient = 0.005 * float(weights @ weights), 0.01 * weights
        for share, (_, features, labels) in zip(importance, fitted, strict=True):
            rows = features / scale
            scores = rows @ weights
            scores -= scores.max()
            odds = np.exp(scores)
            every = odds / odds.sum()
            right = np.where(labels, odds, 0.0)
            right = right / right.sum()
            total -= share * float(np.log((every * labels).sum()))
            gradient = gradient + share * ((every - right) @ rows)
        return total, gradient

    result = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B")
    weights = result.x / scale
    reached = {}
    for name in (*EVIDENCE_SETS, "xquad"):
        ranks = [
            labels[np.argsort(-(features @ weights), kind="stable")]
            for other, features, labels in blocks
            if other == name
        ]
        reached[name] = {
            f"first {k}": round(float(np.mean([row[:k].any() for row in ranks])), 4) for k in (1, 3)
        } | {"questions": len(ranks)}
    gaps = [gap_to_answer(features @ weights, labels) for _, features, labels in fitted]
    margin = float(np.quantile([gap for gap in gaps if gap is not None], KEPT_IN_FIRST_THREE))
    print(json.dumps(dict(zip(FEATURES, weights.round(4), strict=True)), indent=1), margin)
    print(json.dumps(reached, indent=1))
    return {
        "features": list(FEATURES),
        "coefficients": [round(float(w), 5) for w in weights],
        "margin": round(margin, 3),
        "method": "conditional logit over the sentences of the first passages",
        "reached": reached,
    }


def gap_to_answer(scores: np.ndarray, labels: np.ndarray) -> float | None:
    """Return how far the first answering sentence is below the best, if it is in the first 3."""
    order = np.argsort(-scores, kind="stable")[:3]
    right = [i for i in order if labels[i]]
    return float(scores[order[0]] - scores[right[0]]) if right else None


def holds_answer(article: Article, text: str, query: Query) -> bool:
    """Return whether a text of an article states an answer of a question."""
    if article.article_id not in query.gold_article_ids:
        return False
    words = normalize_text(text)
    return any(normalize_text(answer) in words for answer in query.answers)


# --- confidence ----------------------------------------------------------------------------


def fit_confidence(data: Path, cache: Path) -> dict[str, object]:
    """Fit the refusal probability and return it with what it reaches."""
    rng = random.Random(SEED)  # noqa: S311 - sampling
    cases: list[Case] = []
    strangers = [
        q.question
        for q in read_queries(data / "realtimeqa_2022" / "queries.jsonl")
        if not q.answerable
    ]
    for name in CONFIDENCE_SETS:
        library, embedder, queries = open_set(data, cache, name)
        with library:
            if name == "realtimeqa_2022":
                for query in queries:
                    cases += ask_case(
                        library, query.question, f"{name} whole", answerable=query.answerable
                    )
            located = [q for q in queries if q.answerable and q.gold_article_ids]
            for size, draws in DRAWS.items():
                for _ in range(draws):
                    cases += ask_draw(library, embedder, located, strangers, size, name, rng)
                print(name, size, len(cases), flush=True)
    groups = sorted({case.group for case in cases})
    features = np.stack([case.features for case in cases])
    np.savez(
        cache / "cases.npz",
        features=features,
        answerable=[case.answerable for case in cases],
        group=[case.group for case in cases],
    )
    labels = np.array([case.answerable for case in cases])
    share = {
        (g, a): sum(c.group == g and c.answerable == a for c in cases)
        for g in groups
        for a in (True, False)
    }
    importance = np.array([1.0 / share[case.group, case.answerable] for case in cases])
    importance[[case.group.endswith("whole") for case in cases]] *= 4.0
    importance *= len(cases) / importance.sum()
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    rows = (features - mean) / scale
    model = LogisticRegression(C=0.3, max_iter=1000)
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
    whole = np.array([case.group == "realtimeqa_2022 whole" for case in cases])
    threshold = float(np.quantile(held_out[whole & ~labels], LEAST_REFUSED))
    reached = {}
    for group in groups:
        mine = np.array([case.group == group for case in cases])
        reached[group] = {
            "AUC": round(area_under_curve(labels[mine], held_out[mine]), 4),
            "answerable refused": round(float((held_out[mine & labels] < threshold).mean()), 4),
            "unanswerable refused": round(float((held_out[mine & ~labels] < threshold).mean()), 4),
            "questions": int(mine.sum()),
        }
    named = dict(zip(CONFIDENCE_FEATURES, coefficients.round(3).tolist(), strict=True))
    print(json.dumps(named, indent=1))
    print(json.dumps(reached, indent=1), threshold)
    return {
        "features": list(CONFIDENCE_FEATURES),
        "coefficients": [round(float(c), 5) for c in coefficients],
        "intercept": round(intercept, 5),
        "threshold": round(threshold, 4),
        "method": "logistic regression; figures are of five folds, no question in two",
        "reached": reached,
    }


def ask_case(library: Library, question: str, group: str, *, answerable: bool) -> Iterator[Case]:
    """Yield the case of a question, unless nothing at all is found."""
    hits, terms = retrieve(library, question)
    evidence = choose_evidence(hits[:EVIDENCE_HITS], terms)
    if evidence:
        yield Case(confidence_features(hits, evidence, terms), answerable, group, question)


def ask_draw(
    library: Library,
    embedder: CachedEmbedder,
    located: Sequence[Query],
    strangers: Sequence[str],
    size: int,
    name: str,
    rng: random.Random,
) -> Iterator[Case]:
    """Yield cases of a small library whose articles are near to one question."""
    centre = rng.choice(located)
    near = dict.fromkeys(hit.article for hit in library.search(centre.question, k=4 * size))
    gold = [library.get(a) for a in sorted(centre.gold_article_ids)[:2]]
    without_gold = rng.random() < 0.5
    articles = list(dict.fromkeys([*([] if without_gold else gold), *near]))
    if without_gold:
        articles = [a for a in articles if a.article_id not in centre.gold_article_ids]
    articles = articles[:size]
    ids = {article.article_id for article in articles}
    group = f"{name} {size}"
    with tempfile.TemporaryDirectory() as folder:
        small = Library.create(Path(folder) / "library", embedder=embedder)
        with small:
            small.add([replace(article, origin="") for article in articles])
            inside = [q for q in located if q.gold_article_ids & ids]
            outside = [q for q in located if not q.gold_article_ids & ids]
            if without_gold:
                yield from ask_case(small, centre.question, group, answerable=False)
            for query in rng.sample(inside, min(len(inside), QUESTIONS_PER_DRAW)):
                yield from ask_case(small, query.question, group, answerable=True)
                changed = exchange_name(query.question, outside, articles, rng)
                if changed:
                    yield from ask_case(small, changed, group, answerable=False)
            for query in rng.sample(outside, min(len(outside), 3)):
                yield from ask_case(small, query.question, group, answerable=False)
            for question in rng.sample(list(strangers), 3):
                yield from ask_case(small, question, group, answerable=False)


def names_of(question: str) -> list[str]:
    """Return the runs of capitalised words of a question after its first word."""
    return [match.group().removesuffix("’s") for match in NAME.finditer(question, 3)]


def exchange_name(
    question: str, others: Sequence[Query], articles: Sequence[Article], rng: random.Random
) -> str:
    """Return a question with one name replaced by one that no article has; empty if none fits."""
    names = names_of(question)
    if not names:
        return ""
    text = " ".join(f"{article.title} {article.text}" for article in articles).casefold()
    for other in rng.sample(list(others), min(len(others), 20)):
        foreign = [n for n in names_of(other.question) if n and n.casefold() not in text]
        if foreign:
            return question.replace(rng.choice(names), rng.choice(foreign))
    return ""


if __name__ == "__main__":
    main()
