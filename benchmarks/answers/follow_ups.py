"""How well follow-ups are understood without a model, compared with the last turn alone.

    python -m benchmarks.answers.follow_ups SET... [--samples LIBRARY] [--fit SET] [--json]

A SET is a folder whose ``queries.jsonl`` has ``question``, ``history`` (``role``, ``text``), the
``rewrite`` made by a person, and ``needs_context``. Words are compared as a search sees them: in
lower case, without stop words.

``--samples`` names a library of ``samples/`` (``onrecord add samples --library LIBRARY``) and asks
it the follow-ups of ``tests/samples_followups.jsonl`` in three ways: the last turn alone, the
rewrite, and the question as a person would ask it.

``--fit`` first fits ``rag/asking/follow_up_weights.json`` on one set: a logistic regression of
whether a question without a referring word omits something, and one of whether a phrase of the
conversation is carried over. Measure on a different set.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.report import format_table, make_parser, print_report
from index.library import Library
from index.searching.search import query_terms
from rag.asking.follow_ups import PastQuestion, phrase_features, read_history
from rag.asking.noun_phrases import content_stems, find_lone_phrase
from rag.asking.question import standalone_question, understand_question
from rag.asking.references import (
    find_references,
    follow_up_weights,
    is_self_contained,
    omission_features,
    shows_need,
)
from rag.types import Turn

CHAINS = Path("tests/samples_followups.jsonl")
WEIGHTS = Path("rag/asking/follow_up_weights.json")
LEANING_THRESHOLD = 0.6
CARRIED_THRESHOLD = 0.3
PARAPHRASE_WEIGHT = 0.5
ROUNDS = 3
PASSAGES = 40
CUTOFFS = (1, 3, 5)


@dataclass(frozen=True)
class QuestionState:
    """One turn of a measuring set."""

    question: str
    history: tuple[Turn, ...]
    rewrite: str
    leans: bool


def main() -> None:
    """Fit if asked to, then measure and print."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET")
    parser.add_argument("--samples", type=Path, metavar="LIBRARY", help="a library of samples/")
    parser.add_argument("--fit", type=Path, metavar="SET", help="fit the weights on this set first")
    arguments = parser.parse_args()
    if arguments.fit:
        fit_weights(read_set(arguments.fit))
    report: dict[str, Any] = {
        folder.name: measure_set(read_set(folder)) for folder in arguments.sets
    }
    if arguments.samples:
        report["samples"] = measure_chains(arguments.samples)
    print_report(report, list(describe(report)), as_json=arguments.json)


def read_set(folder: Path) -> list[QuestionState]:
    """Return the turns of a set."""
    with (folder / "queries.jsonl").open(encoding="utf-8") as lines:
        return [_read_turn(json.loads(line)) for line in lines]


def measure_set(asked: Sequence[QuestionState]) -> dict[str, float]:
    """Return how good the rewrites of a set are; ``last turn`` figures are without rewriting."""
    started = time.perf_counter()
    rewritten = [standalone_question(turn.question, turn.history) for turn in asked]
    milliseconds = 1000.0 * (time.perf_counter() - started) / len(asked)
    pairs = list(zip(asked, rewritten, strict=True))
    alone = [(turn, text) for turn, text in pairs if not turn.leans and turn.history]
    leaning = [(turn, text) for turn, text in pairs if turn.leans and turn.history]
    missing = added = found = carryable = carried = 0
    overlap = {"last turn": np.zeros(3), "rewrite": np.zeros(3)}
    for turn, text in leaning:
        gold, own, ours = _terms(turn.rewrite), _terms(turn.question), _terms(text)
        said = set().union(*(_terms(earlier.text) for earlier in turn.history))
        missing += len(gold - own)
        carryable += len((gold - own) & said)
        added += len(ours - own)
        found += len((gold - own) & ours)
        carried += len((gold - own) & said & ours)
        for way, words in (("last turn", own), ("rewrite", ours)):
            overlap[way] += (len(gold & words), len(gold), len(words))
    return {
        "self-contained turns": len(alone),
        "left unchanged": _share(sum(t.question == text for t, text in alone), len(alone)),
        "leaning turns": len(leaning),
        "changed": _share(sum(t.question != text for t, text in leaning), len(leaning)),
        "recall of missing words": _share(found, missing),
        "recall of missing words that were said": _share(carried, carryable),
        "precision of added words": _share(found, added),
        **{
            f"{name}, {way}": _share(float(counts[0]), float(counts[i]))
            for way, counts in overlap.items()
            for i, name in ((1, "token recall"), (2, "token precision"))
        },
        "milliseconds a turn": round(milliseconds, 2),
    }


def measure_chains(folder: Path) -> dict[str, Any]:
    """Return the share of follow-ups over the samples whose article is among the first found."""
    rows = [json.loads(line) for line in CHAINS.read_text("utf-8").splitlines()]
    leaning = [row for row in rows if row["question"] != row["standalone_question"]]
    unchanged = [row for row in rows if row["question"] == row["standalone_question"]]
    ranks: dict[str, list[int]] = {"last turn": [], "rewrite": [], "as a person would ask": []}
    with Library.open(folder) as library:
        for row in leaning:
            asked = (
                row["question"],
                standalone_question(row["question"], _turns(row)),
                row["standalone_question"],
            )
            for way, text in zip(ranks, asked, strict=True):
                ranks[way].append(_rank(library, text, row["gold_doc_titles"]))
    return {
        "follow-ups": len(leaning),
        **{
            way: {f"hit@{k}": _share(sum(r <= k for r in found), len(found)) for k in CUTOFFS}
            for way, found in ranks.items()
        },
        "self-contained turns": len(unchanged),
        "left unchanged": _share(
            sum(not understand_question(row["question"], _turns(row)).changed for row in unchanged),
            len(unchanged),
        ),
    }


def fit_weights(asked: Sequence[QuestionState]) -> None:
    """Fit and write the weights; earlier questions are understood with those of the last round."""
    turns = [turn for turn in asked if turn.history]
    names, rows, labels, importance = _leaning_rows(turns)
    leaning = _fit(names, rows, labels, importance) | {"threshold": LEANING_THRESHOLD}
    names = list(phrase_features("", (), [PastQuestion("ferry", "ferry")])[0][1])
    phrases = {"coefficients": dict.fromkeys(names, 0.0), "intercept": 0.0}
    for _ in range(ROUNDS):
        _write({"leaning": leaning, "phrases": phrases | {"threshold": CARRIED_THRESHOLD}})
        names, rows, labels = _phrase_rows(turns)
        phrases = _fit(names, rows, labels)
    _write({"leaning": leaning, "phrases": phrases | {"threshold": CARRIED_THRESHOLD}})


def describe(report: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a report."""
    for name, figures in report.items():
        yield f"{name}:"
        ways = {key: value for key, value in figures.items() if isinstance(value, dict)}
        for key, value in figures.items():
            if key not in ways:
                yield f"  {key}: {value}"
        if ways:
            head = ["way", *next(iter(ways.values()))]
            yield from format_table(
                [head, *([way, *map(str, row.values())] for way, row in ways.items())]
            )


def _leaning_rows(turns: Sequence[QuestionState]) -> tuple[list[str], Any, Any, Any]:
    """Return a row for each turn that the rules leave open, and whether something was omitted.

    A turn whose rewrite takes no word from the conversation omits nothing.
    """
    names: list[str] = []
    rows, labels, importance = [], [], []
    for turn in turns:
        known = content_stems(" ".join(earlier.text for earlier in turn.history))
        if shows_need(turn.question) or is_self_contained(turn.question, known):
            continue
        if find_lone_phrase(turn.question):
            continue
        features = omission_features(turn.question, known)
        names = list(features)
        rows.append(list(features.values()))
        labels.append(turn.leans and bool(_carried(turn)))
        importance.append(1.0 if labels[-1] or not turn.leans else PARAPHRASE_WEIGHT)
    return names, np.array(rows), np.array(labels), np.array(importance)


def _phrase_rows(turns: Sequence[QuestionState]) -> tuple[list[str], Any, Any]:
    """Return a row for each phrase before a dependent turn, and whether it was carried over."""
    names: list[str] = []
    rows, labels = [], []
    for turn in turns:
        past = read_history(turn.history)
        if not _carried(turn) or not past:
            continue
        own, gold = content_stems(turn.question), content_stems(turn.rewrite)
        references = find_references(turn.question)
        for phrase, features in phrase_features(turn.question, references, past):
            if new := phrase.stems - own:
                names = list(features)
                rows.append(list(features.values()))
                labels.append(2 * len(new & gold) >= len(new))
    return names, np.array(rows), np.array(labels)


def _fit(names: list[str], rows: Any, labels: Any, importance: Any = None) -> dict[str, Any]:  # noqa: ANN401
    model = LogisticRegression(C=1.0, max_iter=2000).fit(rows, labels, sample_weight=importance)
    return {
        "coefficients": dict(zip(names, model.coef_[0].round(3).tolist(), strict=True)),
        "intercept": round(float(model.intercept_[0]), 3),
    }


def _write(weights: dict[str, Any]) -> None:
    WEIGHTS.write_text(json.dumps(weights, indent=1) + "\n", "utf-8")
    follow_up_weights.cache_clear()


def _carried(turn: QuestionState) -> frozenset[str]:
    said = frozenset[str]().union(*(content_stems(earlier.text) for earlier in turn.history))
    return (content_stems(turn.rewrite) - content_stems(turn.question)) & said


def _rank(library: Library, text: str, titles: Sequence[str]) -> int:
    found = dict.fromkeys(hit.article.title for hit in library.search(text, k=PASSAGES))
    ranks = [rank for rank, title in enumerate(found, 1) if title in titles]
    return ranks[0] if ranks else PASSAGES + 1


def _read_turn(row: dict[str, Any]) -> QuestionState:
    return QuestionState(row["question"], _turns(row), row["rewrite"], row["needs_context"])


def _turns(row: dict[str, Any]) -> tuple[Turn, ...]:
    return tuple(Turn(turn["role"], turn["text"]) for turn in row["history"])


def _terms(text: str) -> set[str]:
    return set(query_terms(text))


def _share(part: float, whole: float) -> float:
    return round(part / whole, 3) if whole else 0.0


if __name__ == "__main__":
    main()
