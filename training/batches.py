"""From groups to arrays: the passages that each question is read with, and their labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from index.searching.search import query_terms
from rag.evidence.reader import BEFORE_CHARS, Encoded, encode_input, encode_question
from training.examples import JUDGED_SENTENCES, Group, Pair, PassageExample
from training.prepare import without_evidence

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PASSAGES = 3
UNANSWERED_PASSAGES = 1
TOKENS_PER_BATCH = 4600
SORTED_TOGETHER = 256
LENGTH_STEP = 8
"""Batches are padded to a multiple of this: each new shape costs memory that is never freed."""
DROP_WORD = 0.15
REMOVE_EVIDENCE = 0.35
ALTER = 0.5
LEAST_TERMS = 3
REMOVE_FROM_PAIR = 0.1
REMOVE_FROM_SINGLE = 0.7
SHORTEN_PAIR = 0.45
LONGEST_WHOLE = 900
SHORTEN_GROUP = 0.3
KEEP_BEFORE = 0.3
WINDOW_SIZES = (1, 2, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Reading:
    """One question with the passages drawn for it.

    Attributes:
        question: As it is read.
        passages: Those that answer first, if any does.
        article: What the question was written about, as a key; questions about the same article
            that have an answer are ranked over those that have none.
        alone: Whether its passages are single sentences, each to be judged by itself.
    """

    question: str
    passages: tuple[PassageExample, ...]
    article: str = ""
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Readings as arrays; the passages of one question are neighbouring rows.

    Attributes:
        inputs: Arguments of ``ReaderModel.forward``, each int64, shape (n, length).
        starts: bool, shape (n, length): tokens that begin an answer.
        ends: bool, shape (n, length): tokens that end one.
        sentence_of: int64, shape (n, length): sentence of each token, counted through the batch;
            the last number stands for "none".
        evidence: bool, shape (n_sentences,): sentences that contain an answer.
        sentence_rows: int64, shape (n_sentences,): row of each sentence.
        here: float32, shape (n,): 1 where the passage answers.
        bounds: (first row, one past the last) of each question.
        articles: What each question was written about, as a key.
        alone: Whether all rows are single sentences, each to be judged by itself.
    """

    inputs: dict[str, torch.Tensor]
    starts: torch.Tensor
    ends: torch.Tensor
    sentence_of: torch.Tensor
    evidence: torch.Tensor
    sentence_rows: torch.Tensor
    here: torch.Tensor
    bounds: tuple[tuple[int, int], ...]
    articles: tuple[str, ...]
    alone: bool = False

    def to(self, device: str) -> Batch:
        """Return the batch with its arrays on a device."""
        if device == "cpu":
            return self
        moved = {
            name: value.to(device, non_blocking=True)
            for name in ("starts", "ends", "sentence_of", "evidence", "sentence_rows", "here")
            for value in (getattr(self, name),)
        }
        inputs = {k: v.to(device, non_blocking=True) for k, v in self.inputs.items()}
        return replace(self, inputs=inputs, **moved)


def draw_readings(item: Group | Pair, rng: random.Random) -> Iterator[Reading]:
    """Yield what is read of a group or a pair this time."""
    if isinstance(item, Pair):
        yield from _draw_pair(item, rng)
        return
    near = _draw_near(item.near, rng)
    if item.positives:
        yield from _draw_answered(item, near, rng)
        return
    passages = [*rng.sample(item.own, min(len(item.own), 1)), *near][:UNANSWERED_PASSAGES]
    if passages:
        question = _disturb(item.question, rng)
        yield Reading(question, _shorten_some(passages, rng), article_key(item))


def _draw_pair(pair: Pair, rng: random.Random) -> Iterator[Reading]:
    """Yield both questions with the same stretch of their passage.

    Sometimes the first is also read with other sentences of the passage, which do not answer it.
    """
    example = pair.example
    if len(example.item.text) > LONGEST_WHOLE or rng.random() < SHORTEN_PAIR:
        example = cut_window(example, rng)
    passages = [example]
    share = REMOVE_FROM_PAIR if pair.unanswered else REMOVE_FROM_SINGLE
    if rng.random() < share and (removed := without_evidence(pair.example)) is not None:
        passages.append(cut_window(removed, rng))
    key = example.item.text
    yield Reading(_unmark(pair.answered, rng), tuple(passages), key)
    if pair.unanswered:
        yield Reading(_unmark(pair.unanswered, rng), (_unanswering(example),), key)


def _draw_answered(
    group: Group, near: Sequence[PassageExample], rng: random.Random
) -> Iterator[Reading]:
    article = article_key(group)
    positive = rng.choice(group.positives)
    others: list[PassageExample] = []
    removed = without_evidence(positive) if rng.random() < REMOVE_EVIDENCE else None
    if removed is not None:
        others.append(removed)
    if group.own:
        others.append(rng.choice(group.own))
    passages = _shorten_some([positive, *others, *near][:PASSAGES], rng)
    yield Reading(_disturb(group.question, rng), passages, article)
    if group.altered and rng.random() < ALTER:
        yield Reading(rng.choice(group.altered), (_unanswering(passages[0]),), article)


def _shorten_some(
    examples: Sequence[PassageExample], rng: random.Random
) -> tuple[PassageExample, ...]:
    """Return passages, all of them whole or all of them cut to a few sentences."""
    if rng.random() < SHORTEN_GROUP:
        return tuple(cut_window(example, rng) for example in examples)
    return tuple(examples)


def cut_window(example: PassageExample, rng: random.Random) -> PassageExample:
    """Return one to four neighbouring sentences of a passage, with the first answer if it has one.

    What stands before them is then read as text before the passage, or left out.
    """
    places = example.item.sentences
    size = min(rng.choice(WINDOW_SIZES), len(places))
    if not size or size == len(places):
        return example
    about = example.evidence[0] if example.evidence else rng.randrange(len(places))
    low, high = max(0, about - size + 1), min(about, len(places) - size)
    first = rng.randint(low, high)
    start, end = places[first][0], places[first + size - 1][1]
    text = example.item.text
    before = ""
    if rng.random() < KEEP_BEFORE:
        before = f"{example.item.before} {text[:start]}".strip()[-BEFORE_CHARS:]
    item = replace(
        example.item,
        before=before,
        text=text[start:end],
        sentences=tuple((a - start, b - start) for a, b in places[first : first + size]),
        start=example.item.start + start,
    )
    answers = tuple(
        (max(a, start) - start, min(b, end) - start)
        for a, b in example.answers
        if a < end and start < b
    )
    evidence = tuple(i - first for i in example.evidence if first <= i < first + size)
    return PassageExample(item, answers, evidence)


def _unanswering(example: PassageExample) -> PassageExample:
    return replace(example, answers=(), evidence=())


def article_key(group: Group) -> str:
    """Return the same text for all questions about one article, empty where that is not known."""
    return min((p.item.text for p in (*group.positives, *group.own)), default="")


def _draw_near(near: Sequence[PassageExample], rng: random.Random) -> list[PassageExample]:
    """Return retrieved passages in a random order in which the better-placed tend to be first."""
    return [
        example
        for _, example in sorted(
            ((rank + rng.random() * 6, example) for rank, example in enumerate(near)),
            key=lambda pair: pair[0],
        )
    ]


def _unmark(question: str, rng: random.Random) -> str:
    """Return the question, now and then without its question mark."""
    return question.rstrip(" ?") if rng.random() < 0.2 else question  # noqa: PLR2004 - a share


def _disturb(question: str, rng: random.Random) -> str:
    """Return the question, now and then without one of its words or its punctuation."""
    words = question.split()
    terms = query_terms(question)
    if len(terms) > LEAST_TERMS and rng.random() < DROP_WORD:
        dropped = rng.choice(terms)
        words = [word for word in words if dropped not in word.casefold()]
    return _unmark(" ".join(words), rng)


def plan_epoch(
    items: Sequence[tuple[Group | Pair, float]], *, seed: int, epoch: int
) -> Iterator[list[Reading]]:
    """Yield what each batch of one time round reads; a seed and an epoch always give the same.

    Args:
        items: Groups and pairs, each with the expected number of times it is read per epoch;
            questions whose sentences were judged are left out.
        seed: Seed of the run.
        epoch: Counted from 0.
    """
    rng = random.Random(f"{seed} {epoch}")  # noqa: S311 - sampling
    chosen: list[Group | Pair] = []
    for item, share in items:
        if isinstance(item, Pair) or item.source != JUDGED_SENTENCES:
            chosen += [item] * (int(share) + (rng.random() < share - int(share)))
    rng.shuffle(chosen)
    for at in range(0, len(chosen), SORTED_TOGETHER):
        drawn = [list(draw_readings(item, rng)) for item in chosen[at : at + SORTED_TOGETHER]]
        window = [(max(map(_longest, readings)), readings) for readings in drawn if readings]
        window.sort(key=lambda pair: pair[0])
        batches = list(_cut([readings for _, readings in window]))
        rng.shuffle(batches)
        yield from batches


def _longest(reading: Reading) -> int:
    return max(len(p.item.text) + len(p.item.before) // 2 for p in reading.passages)


def _cut(units: Sequence[Sequence[Reading]]) -> Iterator[list[Reading]]:
    """Yield runs of readings of about 4,600 tokens with their padding, no unit divided."""
    batch: list[Reading] = []
    rows, longest = 0, 0.0
    for unit in units:
        own = max(map(_longest, unit)) / 4.4 + 30
        more = sum(len(reading.passages) for reading in unit)
        if batch and (rows + more) * max(longest, own) > TOKENS_PER_BATCH:
            yield batch
            batch, rows, longest = [], 0, 0.0
        batch += unit
        rows, longest = rows + more, max(longest, own)
    if batch:
        yield batch


def collate(readings: Sequence[Reading], tokenizer: Tokenizer) -> Batch:
    """Return readings as one batch."""
    encoded: list[tuple[Encoded, PassageExample]] = []
    bounds: list[tuple[int, int]] = []
    for reading in readings:
        question = encode_question(tokenizer, reading.question)
        bounds.append((len(encoded), len(encoded) + len(reading.passages)))
        encoded += [(encode_input(tokenizer, question, p.item), p) for p in reading.passages]
    n, length = len(encoded), max(len(e.ids) for e, _ in encoded)
    length = -(-length // LENGTH_STEP) * LENGTH_STEP
    inputs = {
        name: torch.zeros((n, length), dtype=torch.int64)
        for name in ("input_ids", "token_type_ids", "attention_mask", "passage_mask")
    }
    starts = torch.zeros((n, length), dtype=torch.bool)
    ends = torch.zeros((n, length), dtype=torch.bool)
    n_sentences = sum(len(p.item.sentences) for _, p in encoded)
    sentence_of = torch.full((n, length), n_sentences, dtype=torch.int64)
    evidence = torch.zeros(n_sentences, dtype=torch.bool)
    rows = torch.zeros(n_sentences, dtype=torch.int64)
    counted = 0
    for row, (tokens, example) in enumerate(encoded):
        size = len(tokens.ids)
        inputs["input_ids"][row, :size] = torch.tensor(tokens.ids)
        inputs["token_type_ids"][row, tokens.second_segment : size] = 1
        inputs["attention_mask"][row, :size] = 1
        last = tokens.first + len(tokens.offsets)
        inputs["passage_mask"][row, tokens.first : last] = 1
        places = example.item.sentences
        sentence = 0
        for i, (a, b) in enumerate(tokens.offsets):
            while sentence < len(places) and places[sentence][1] <= a:
                sentence += 1
            if sentence < len(places) and places[sentence][0] < b:
                sentence_of[row, tokens.first + i] = counted + sentence
        for start, end in example.answers:
            inside = [i for i, (a, b) in enumerate(tokens.offsets) if a < end and start < b]
            if inside:
                starts[row, tokens.first + inside[0]] = True
                ends[row, tokens.first + inside[-1]] = True
        for i in example.evidence:
            evidence[counted + i] = True
        rows[counted : counted + len(places)] = row
        counted += len(places)
    here = torch.tensor([float(bool(p.evidence)) for _, p in encoded])
    articles = tuple(reading.article for reading in readings)
    alone = all(reading.alone for reading in readings)
    return Batch(
        inputs, starts, ends, sentence_of, evidence, rows, here, tuple(bounds), articles, alone
    )
