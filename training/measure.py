"""How an exported reader does on groups that it was not trained on.

    python -m training.measure FOLDER GROUPS [--limit N]

Prints, for questions with an answer, how often the right passage and the right sentence come first
in the group, and how often the marked words touch the answer; and how well "the answer is here"
distinguishes answerable questions from those that their own passages do not answer.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from rag.evaluation.measures import area_under_curve
from rag.evidence.reader import EvidenceReader, PassageReading, open_reader
from training.examples import Group, PassageExample, read_groups

SEED = 3


def main() -> None:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("--limit", type=int)
    arguments = parser.parse_args()
    groups = list(read_groups(arguments.groups))
    random.Random(SEED).shuffle(groups)  # noqa: S311 - sampling
    print(json.dumps(measure(open_reader(arguments.folder), groups[: arguments.limit])))


def measure(reader: EvidenceReader, groups: Iterable[Group]) -> dict[str, float]:
    """Return the figures of a reader on groups; figures that do not apply are left out."""
    shares: dict[str, list[float]] = {}
    labels: list[bool] = []
    scores: list[float] = []

    def count(name: str, *, right: bool) -> None:
        shares.setdefault(name, []).append(float(right))

    for group in groups:
        examples = (*group.positives, *group.own, *group.near)
        readings = reader.read_inputs(group.question, [example.item for example in examples])
        subject = [r.here for r in readings[: len(group.positives) + len(group.own)]]
        if subject:
            labels.append(bool(group.positives))
            scores.append(max(subject))
        if not group.positives:
            continue
        first = max(range(len(examples)), key=lambda i: readings[i].here)
        count("passage first", right=first < len(group.positives))
        count("evidence first", right=_has_best_sentence(examples, readings))
        count("words touch the answer", right=_touches(group.positives[0], readings[0]))
    figures = {name: round(float(np.mean(values)), 4) for name, values in shares.items()}
    if any(labels) and not all(labels):
        area = area_under_curve(np.array(labels), np.array(scores))
        figures["near-miss AUC"] = round(area, 4)
    return figures | {"questions": len(labels)}


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
