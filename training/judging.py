"""Teaches the reader to judge a sentence that is read alone: would it do as the answer?

    python -m training.judging GROUPS[:SHARE] … --start WEIGHTS --out FOLDER --minutes N

GROUPS are files of ``training.prepare``. Of every group a few sentences are read, each alone: those
that answer, and those that share most words with the question and do not. ``judged.jsonl`` counts
most: questions of the kinds that journalists ask, with all sentences of the articles that they are
about. All other scores of the reader are held near what they were: it also learns from its own of
before (Hinton and others, 2015), on these sentences and on whole passages.
"""

from __future__ import annotations

import argparse
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional

from rag.asking.terms import stem_text
from rag.evidence.reader import BEFORE_CHARS
from training.batches import Batch, Reading
from training.examples import Group, Pair, PassageExample
from training.model import ReaderModel, encoder_folder
from training.train import Plan, Task, load_weights, read_share, train

ANSWERING = 6
"""How many of the sentences that answer are read at most."""
OTHERS = 9
"""How many that do not, of judged articles."""
OTHERS_ELSEWHERE = 2
"""How many that do not, where only one sentence is known to answer."""
WHOLE = 0.15
"""Share of the groups of which whole passages are read too."""
WHOLE_PASSAGES = 2
ROWS_PER_BATCH = 32
SORTED_TOGETHER = 200
AS_BEFORE_EVERY = 3
"""In one of how many batches of sentences the reader of before reads too; it costs a third."""
AS_BEFORE = 1.0
TOKENS_AS_BEFORE = 2.0


def main() -> None:
    """Train, writing checkpoints and the average into the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("groups", nargs="+", metavar="FILE[:SHARE]")
    parser.add_argument("--start", type=Path, required=True, help="weights, as average.safetensors")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    before = ReaderModel(encoder_folder())
    load_weights(before, arguments.start)
    train(
        [item for spec in arguments.groups for item in read_share(spec)],
        Plan(minutes=arguments.minutes, decay_from=0.4, rate=1e-4, frozen=1, seed=arguments.seed),
        arguments.out,
        init=arguments.start,
        resume=arguments.resume,
        device=arguments.device,
        task=Task(plan_sentences, JudgingLoss(before.to(arguments.device))),
    )


class JudgingLoss:
    """What is minimised: the judgement of sentences, and how far other scores left the old ones.

    Rows with one sentence are judged: the cross-entropy of "this answers", and, within a question,
    the log loss of the difference between each that answers and each that does not.

    Args:
        before: The reader whose other scores are to be kept.
    """

    def __init__(self, before: ReaderModel) -> None:
        self._before = before.eval().requires_grad_(requires_grad=False)
        self._calls = 0

    def __call__(self, scores: Sequence[torch.Tensor], batch: Batch) -> torch.Tensor:
        """Return the loss of a batch, a mean over its questions.

        Args:
            scores: What ``ReaderModel.forward`` returned.
            batch: What was read.
        """
        tokens, here, answers = (score.float() for score in scores)
        per_row = torch.bincount(batch.sentence_rows, minlength=len(batch.here))
        judged = per_row == 1
        total = 0.5 * functional.binary_cross_entropy_with_logits(
            answers[judged], batch.here[judged], reduction="sum"
        )
        for first, last in batch.bounds:
            own, right = answers[first:last], batch.here[first:last] > 0
            if bool(judged[first:last].all()) and bool(right.any()) and not bool(right.all()):
                total = total + functional.softplus(own[~right][None] - own[right][:, None]).mean()
        total = total / len(batch.bounds)
        self._calls += 1
        if self._calls % AS_BEFORE_EVERY and bool(judged.all()):
            return total
        with torch.no_grad():
            tokens_before, here_before, _ = self._before(**batch.inputs)
        inside = batch.inputs["passage_mask"].bool()
        kept = TOKENS_AS_BEFORE * functional.smooth_l1_loss(tokens[inside], tokens_before[inside])
        kept = kept + functional.smooth_l1_loss(here, here_before)
        return total + AS_BEFORE * (AS_BEFORE_EVERY if bool(judged.all()) else 1) * kept


def plan_sentences(
    items: Sequence[tuple[Group | Pair, float]], *, seed: int, epoch: int
) -> Iterator[list[Reading]]:
    """Yield what each batch of one time round reads; see ``training.batches.plan_epoch``."""
    rng = random.Random(f"{seed} {epoch}")  # noqa: S311 - sampling
    chosen: list[Group] = []
    for item, share in items:
        if isinstance(item, Group):
            chosen += [item] * (int(share) + (rng.random() < share - int(share)))
    rng.shuffle(chosen)
    for at in range(0, len(chosen), SORTED_TOGETHER):
        drawn = [draw_sentences(group, rng) for group in chosen[at : at + SORTED_TOGETHER]]
        whole = [
            Reading(group.question, passages)
            for group in chosen[at : at + SORTED_TOGETHER]
            if rng.random() < WHOLE
            and (passages := (*group.positives, *group.near)[:WHOLE_PASSAGES])
        ]
        batches = [*_cut(drawn), *_cut(whole)]
        rng.shuffle(batches)
        yield from batches


def draw_sentences(group: Group, rng: random.Random) -> Reading:
    """Return a question with single sentences: those that answer, and the nearest that do not.

    Words are what "nearest" goes by; of passages that were not judged sentence by sentence, only
    the sentences beside the answering one are known not to answer.
    """
    right = [take_sentence(p, i) for p in group.positives for i in p.evidence]
    if group.source == "judged":
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
    return Reading(group.question, (*right[:ANSWERING], *wrong[:most]))


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


if __name__ == "__main__":
    main()
