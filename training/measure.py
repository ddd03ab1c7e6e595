"""How an exported reader does on groups that it was not trained on.

    python -m training.measure FOLDER GROUPS [--limit N] [--places M]

Prints how well "the answer is here" distinguishes answerable questions from those that their own
passages do not answer: the area under the curve, and the share of near misses that is refused where
the same threshold refuses 6 in 100 of the answerable ones. For the questions with an answer, it
prints how often the right passage and the right sentence come first in the group, and how often the
marked words touch the answer. Of judged questions, it prints how well sentences that answer are
told from those nearest to the question that do not, each read alone.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.evaluation.measures import area_under_curve
from rag.evidence.reader import EvidenceReader, PassageReading, open_reader
from training.examples import JUDGED_SENTENCES, Group, PassageExample, read_groups
from training.judging import draw_sentences

SEED = 3
FALSE_REFUSALS = 0.06


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("--limit", type=int, help="measure on a random part of the questions")
    parser.add_argument("--places", type=int, help="look for the places of fewer of them")
    arguments = parser.parse_args()
    groups = list(read_groups(arguments.groups))
    random.Random(SEED).shuffle(groups)  # noqa: S311 - sampling
    figures = measure(
        open_reader(arguments.folder), groups[: arguments.limit], n_places=arguments.places
    )
    print(json.dumps(figures))


def measure(
    reader: EvidenceReader, groups: Sequence[Group], *, n_places: int | None = None
) -> dict[str, float]:
    """Return the figures of a reader on groups; figures that do not apply are left out.

    Args:
        reader: What to measure.
        groups: Questions with their passages.
        n_places: Of how many groups to read the retrieved passages too; of all when None.
    """
    shares: dict[str, list[float]] = {}
    labels: list[bool] = []
    scores: list[float] = []

    def count(name: str, *, right: bool) -> None:
        shares.setdefault(name, []).append(float(right))

    judged = [group for group in groups if group.source == JUDGED_SENTENCES]
    for number, group in enumerate(g for g in groups if g.source != JUDGED_SENTENCES):
        places = bool(group.positives) and (n_places is None or number < n_places)
        examples = (*group.positives, *group.own, *(group.near if places else ()))
        readings = reader.read_inputs(group.question, [example.item for example in examples])
        subject = [r.here for r in readings[: len(group.positives) + len(group.own)]]
        if subject:
            labels.append(bool(group.positives))
            scores.append(max(subject))
        if not places:
            continue
        first = max(range(len(examples)), key=lambda i: readings[i].here)
        count("passage first", right=first < len(group.positives))
        count("evidence first", right=_has_best_sentence(examples, readings))
        count("words touch the answer", right=_touches(group.positives[0], readings[0]))
    figures = {name: round(float(np.mean(values)), 4) for name, values in shares.items()}
    if any(labels) and not all(labels):
        answered, here = np.array(labels), np.array(scores)
        figures["near-miss AUC"] = round(area_under_curve(answered, here), 4)
        threshold = np.quantile(here[answered], FALSE_REFUSALS)
        figures["near misses refused"] = round(float((here[~answered] < threshold).mean()), 4)
    if judged:
        figures["judged AUC"] = round(_judge(reader, judged), 4)
    return figures | {"questions": len(groups)}


def _judge(reader: EvidenceReader, groups: Sequence[Group]) -> float:
    """Return the area under the curve of "this sentence answers", each read alone."""
    rng = random.Random(SEED)  # noqa: S311 - sampling
    scores: list[float] = []
    right: list[bool] = []
    for group in groups:
        drawn = draw_sentences(group, rng).passages
        readings = reader.read_inputs(group.question, [example.item for example in drawn])
        scores += [reading.answers for reading in readings]
        right += [bool(example.evidence) for example in drawn]
    return area_under_curve(np.array(right), np.array(scores))


def _has_best_sentence(
    examples: tuple[PassageExample, ...], readings: tuple[PassageReading, ...]
) -> bool:
    places = [
        (found.evidence, i, j)
        for i, reading in enumerate(readings)
        for j, found in enumerate(reading.sentences)
    ]
    _, i, j = max(places)
    return j in examples[i].evidence


def _touches(example: PassageExample, reading: PassageReading) -> bool:
    best = max(reading.sentences, key=lambda sentence: sentence.span)
    start, end = best.start - example.item.start, best.end - example.item.start
    return any(start < b and a < end for a, b in example.answers)


if __name__ == "__main__":
    main()
