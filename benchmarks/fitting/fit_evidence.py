"""Fits the weights that rank sentences and, where a reader has read them, passages."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.fitting.fit_choice import Choice, fit_choice, measure_choice
from benchmarks.fitting.fit_sets import SEED, RememberingReader, find, holds_answer, open_set
from rag.evidence.choice import PASSAGE_FEATURES, READ_HITS, passage_features
from rag.evidence.reader import UNREAD, PassageReading
from rag.evidence.sentences import (
    FEATURES,
    READER_FEATURES,
    Scales,
    reader_features,
    sentence_features,
)

EVIDENCE_SETS = {"realtimeqa_2022": 400, "squad2_part": 1200, "newsqa_mini": 45, "polnear_dev": 300}
SETS_READ = {"realtimeqa_2022": 400, "squad2_part": 250, "newsqa_mini": 45, "polnear_dev": 60}
"""Fewer questions when each costs reading time."""
TEST_SETS = {"xquad": 1190}
TEST_SETS_READ = {"xquad": 300}
KEPT_IN_FIRST_THREE = 0.99


def fit_evidence(
    data: Path, cache: Path, reader: RememberingReader | None, held_out: frozenset[str]
) -> dict[str, object]:
    """Return the fitted weights of sentences, and of passages with a reader, and their figures.

    Args:
        data: Holds the sets.
        cache: Where libraries are kept.
        reader: Reads the passages; None to fit without one.
        held_out: Articles of ``squad2_part`` that the reader was not trained on; with a reader,
            only questions about these are used of that set.
    """
    sentences: list[Choice] = []
    passages: list[Choice] = []
    scales: list[Scales] = []
    limits = {**SETS_READ, **TEST_SETS_READ} if reader else {**EVIDENCE_SETS, **TEST_SETS}
    for name, limit in limits.items():
        library, _, queries = open_set(data, cache, name)
        with library:
            chosen = [q for q in queries if q.answerable and q.gold_spans and q.answers]
            if reader and name == "squad2_part":
                chosen = [q for q in chosen if q.gold_article_ids <= held_out]
            random.Random(SEED).shuffle(chosen)  # noqa: S311 - sampling
            for query in chosen[:limit]:
                found = find(library, query.question, reader)
                candidates, features = sentence_features(found.hits, found.terms)
                if reader and found.read is not None:
                    scales.append(
                        measure_scales(reader.read(query.question, found.hits[:READ_HITS]))
                    )
                    read = reader_features(candidates, found.read, found.terms)
                    features = np.concatenate([features, read], axis=1)
                    positions, placed = passage_features(found.hits, found.read, found.terms)
                    right = [
                        holds_answer(found.hits[i].article, found.hits[i].passage.text, query)
                        for i in positions
                    ]
                    passages.append(Choice(name, placed, np.array(right, dtype=bool)))
                stated = [holds_answer(c.hit.article, c.sentence.text, query) for c in candidates]
                sentences.append(Choice(name, features, np.array(stated, dtype=bool)))
        print(name, len(sentences), flush=True)
    names = (*FEATURES, *READER_FEATURES) if reader else FEATURES
    fitted = {"evidence": _fit(sentences, names)}
    fitted["evidence"]["margin"] = _find_margin(sentences, fitted["evidence"]["coefficients"])
    if passages:
        fitted["passages"] = _fit(passages, PASSAGE_FEATURES)
        fitted["usual"] = {
            name: round(float(np.mean([getattr(row, name) for row in scales])), 4)
            for name in Scales.__dataclass_fields__
        }
    return dict(fitted)


def measure_scales(readings: Sequence[PassageReading]) -> Scales:
    """Return the spread of a reader's scores within one question."""
    here = np.array([reading.here for reading in readings])
    found = [s for reading in readings for s in reading.sentences if s.evidence > UNREAD]
    return Scales(
        here_mean=float(here.mean()),
        here_deviation=float(here.std()),
        evidence_deviation=float(np.std([s.evidence for s in found])),
        span_deviation=float(np.std([s.span for s in found])),
    )


def _fit(choices: list[Choice], names: tuple[str, ...]) -> dict[str, object]:
    fitted = [c for c in choices if c.source not in TEST_SETS and c.right.any()]
    weights = fit_choice(fitted)
    reached = measure_choice(choices, weights, (1, 3, 5))
    print(json.dumps(dict(zip(names, weights.round(4).tolist(), strict=True))))
    print(json.dumps(reached, indent=1), flush=True)
    return {
        "features": list(names),
        "coefficients": [round(float(weight), 5) for weight in weights],
        "method": "conditional logit over the candidates of the first passages",
        "reached": reached,
    }


def _find_margin(choices: list[Choice], coefficients: object) -> float:
    """Return the distance below the best sentence within which nearly all quotable ones lie."""
    weights = np.array(coefficients, dtype=np.float64)
    gaps = [
        gap_to_answer(choice.features @ weights, choice.right)
        for choice in choices
        if choice.source not in TEST_SETS
    ]
    kept = np.quantile([gap for gap in gaps if gap is not None], KEPT_IN_FIRST_THREE)
    return round(float(kept), 3)


def gap_to_answer(scores: npt.NDArray[np.float64], right: npt.NDArray[np.bool_]) -> float | None:
    """Return how far the first answering sentence is below the best, if it is in the first 3."""
    order = np.argsort(-scores, kind="stable")[:3]
    answering = [i for i in order if right[i]]
    return float(scores[order[0]] - scores[answering[0]]) if answering else None
