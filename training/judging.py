"""Sentences that are read alone: would this one do as the answer?

Of a question a few sentences are read, each alone: those that answer, and those that share most
words with the question and do not. Of judged questions, all sentences of the articles that they are
about are known; of others, the passage that answers them.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rag.asking.terms import stem_text
from rag.evidence.reader import BEFORE_CHARS
from training.batches import Reading
from training.examples import JUDGED_SENTENCES, Group, Pair, PassageExample

ANSWERING = 6
"""How many of the sentences that answer are read at most."""
OTHERS = 9
"""How many that do not, of judged articles."""
OTHERS_ELSEWHERE = 2
"""How many that do not, where only one sentence is known to answer."""
ELSEWHERE = 0.5
"""How often a question that was not judged is read so, of the times that it is read at all."""
ROWS_PER_BATCH = 32
SORTED_TOGETHER = 200


def plan_sentences(
    items: Sequence[tuple[Group | Pair, float]], *, seed: int, epoch: int
) -> Iterator[list[Reading]]:
    """Yield what each batch of one time round reads; see ``training.batches.plan_epoch``."""
    rng = random.Random(f"{seed} {epoch}")  # noqa: S311 - sampling
    chosen: list[Group] = []
    for item, share in items:
        if isinstance(item, Group):
            expected = share if item.source == JUDGED_SENTENCES else share * ELSEWHERE
            chosen += [item] * (int(expected) + (rng.random() < expected - int(expected)))
    rng.shuffle(chosen)
    for at in range(0, len(chosen), SORTED_TOGETHER):
        batches = list(
            _cut([draw_sentences(group, rng) for group in chosen[at : at + SORTED_TOGETHER]])
        )
        rng.shuffle(batches)
        yield from batches


def draw_sentences(group: Group, rng: random.Random) -> Reading:
    """Return a question with single sentences: those that answer, and the nearest that do not.

    Words are what "nearest" goes by; of passages that were not judged sentence by sentence, only
    the sentences beside the answering one are known not to answer.
    """
    right = [take_sentence(p, i) for p in group.positives for i in p.evidence]
    if group.source == JUDGED_SENTENCES:
        wrong, most = [take_sentence(p, 0) for p in group.own], OTHERS
    else:
        passages = group.positives or group.own
        wrong = [
            take_sentence(p, i)
            for p in passages
            for i in range(len(p.item.sentences))
            if i not in p.evidence
        ]
        most = OTHERS_ELSEWHERE
    asked = stem_text(group.question)

    def nearness(example: PassageExample) -> float:
        words = stem_text(example.item.text)
        return (len(asked & words) + rng.random()) / (3.0 + math.sqrt(len(words)))

    wrong.sort(key=nearness, reverse=True)
    rng.shuffle(right)
    return Reading(group.question, (*right[:ANSWERING], *wrong[:most]), alone=True)


def take_sentence(example: PassageExample, place: int) -> PassageExample:
    """Return one sentence of a passage as it is read when weighed alone."""
    start, end = example.item.sentences[place]
    text = example.item.text
    item = replace(
        example.item,
        before=f"{example.item.before}{text[:start]}"[-BEFORE_CHARS:],
        text=text[start:end],
        sentences=((0, end - start),),
        start=example.item.start + start,
    )
    return PassageExample(item, (), (0,) if place in example.evidence else ())


def _cut(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Yield runs of readings of similar length, of about 32 rows, no question divided."""
    batch: list[Reading] = []
    for reading in sorted(readings, key=_longest):
        rows = sum(len(r.passages) for r in (*batch, reading))
        if batch and rows > ROWS_PER_BATCH:
            yield batch
            batch = []
        batch.append(reading)
    if batch:
        yield batch


def _longest(reading: Reading) -> int:
    return max((len(p.item.text) + len(p.item.before) for p in reading.passages), default=0)
