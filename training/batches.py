"""From groups to arrays: the passages that each question is read with, and their labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from index.searching.search import query_terms
from rag.evidence.reader import Encoded, encode_input, encode_question
from training.examples import Group, PassageExample
from training.prepare import without_evidence
from training.swaps import draw_swap

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PASSAGES = 3
UNANSWERED_PASSAGES = 1
TOKENS_PER_BATCH = 4600
SORTED_TOGETHER = 256
LENGTH_STEP = 16
"""Batches are padded to a multiple of this: each new shape costs memory that is never freed."""
DROP_WORD = 0.15
REMOVE_EVIDENCE = 0.35
ALTER = 0.5
LEAST_TERMS = 3


@dataclass(frozen=True, slots=True)
class Recipe:
    """How questions are drawn, beyond the shipped run; ``training/README.md`` gives the effects.

    Attributes:
        contrast: Share of articles of which all questions are read side by side, on passages of
            the article itself.
        swap: Probability of exchanging a detail that question and passage share in both, and of
            adding a passage in which only one of the two was changed.
        ranked: Weight of ranking questions without an answer below others about their article.
    """

    contrast: float = 0.0
    swap: float = 0.0
    ranked: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One question with the passages drawn for it.

    Attributes:
        question: As it is read.
        passages: Those that answer first, if any does.
        article: What the question was written about, as a key; questions about the same article
            that have an answer are ranked over those that have none.
    """

    question: str
    passages: tuple[PassageExample, ...]
    article: str = ""


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


def draw_readings(
    group: Group, rng: random.Random, *, contrast: bool = False, swap: float = 0.0
) -> Iterator[Reading]:
    """Yield what is read of a group this time: the question, and sometimes an altered one.

    Args:
        group: The question.
        rng: Source of randomness.
        contrast: Read passages of the question's own article only.
        swap: As in ``Recipe``.
    """
    near = [] if contrast else _draw_near(group.near, rng)
    if group.positives:
        yield from _draw_answered(group, near, rng, contrast=contrast, swap=swap)
    else:
        yield from _draw_unanswered(group, near, rng, swap=swap)


def _draw_unanswered(
    group: Group, near: Sequence[PassageExample], rng: random.Random, *, swap: float
) -> Iterator[Reading]:
    question = group.question if swap else _disturb(group.question, rng)
    own = rng.sample(group.own, min(len(group.own), 1))
    passages = [*own, *near][:UNANSWERED_PASSAGES]
    if not passages:
        return
    if rng.random() < swap and (exchange := draw_swap(question, passages[0], group.near, rng)):
        question = exchange.change(question)
        passages = [exchange.change_example(passage) for passage in passages]
    yield Reading(question, tuple(passages), article_key(group))


def _draw_answered(
    group: Group,
    near: Sequence[PassageExample],
    rng: random.Random,
    *,
    contrast: bool,
    swap: float,
) -> Iterator[Reading]:
    article = article_key(group)
    positive = rng.choice(group.positives)
    question = group.question if swap else _disturb(group.question, rng)
    others: list[PassageExample] = []
    altered, unanswered = "", _unanswering(positive)
    exchange = draw_swap(question, positive, [*group.near, *group.own], rng) if swap else None
    if exchange is not None:
        # Exchanged in both, the passage still answers.
        altered, other = exchange.change(question), exchange.change_example(positive)
        if rng.random() < swap:
            question, positive, altered, other = altered, other, question, positive
            unanswered = _unanswering(positive)
        if rng.random() < swap:
            others.append(_unanswering(other))
    elif group.altered:
        altered = rng.choice(group.altered)
    removed = without_evidence(positive) if rng.random() < REMOVE_EVIDENCE else None
    if removed is not None:
        others.append(removed)
    if group.own and not contrast:
        others.append(rng.choice(group.own))
    yield Reading(question, tuple([positive, *others, *near][:PASSAGES]), article)
    if altered and rng.random() < ALTER:
        yield Reading(altered, (unanswered,), article)


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


def _disturb(question: str, rng: random.Random) -> str:
    """Return the question, now and then without one of its words or its punctuation."""
    words = question.split()
    terms = query_terms(question)
    if len(terms) > LEAST_TERMS and rng.random() < DROP_WORD:
        dropped = rng.choice(terms)
        words = [word for word in words if dropped not in word.casefold()]
    text = " ".join(words)
    return text.rstrip("?") if rng.random() < 0.2 else text  # noqa: PLR2004 - a share


def plan_epoch(
    groups: Sequence[tuple[Group, float]],
    *,
    seed: int,
    epoch: int,
    recipe: Recipe | None = None,
) -> Iterator[list[Reading]]:
    """Yield what each batch of one time round reads; a seed and an epoch always give the same.

    Args:
        groups: Each with the expected number of times it is read per epoch.
        seed: Seed of the run.
        epoch: Counted from 0.
        recipe: How questions are drawn; as for what was shipped when None.
    """
    recipe = recipe or Recipe()
    rng = random.Random(f"{seed} {epoch}")  # noqa: S311 - sampling
    articles: dict[tuple[str, int], list[Group]] = {}
    for group, share in groups:
        times = int(share) + (rng.random() < share - int(share))
        for time in range(times):
            key = article_key(group) if recipe.contrast else ""
            articles.setdefault((key or group.group_id, time), []).append(group)
    chosen = list(articles.values())
    rng.shuffle(chosen)
    window: list[tuple[int, list[Reading]]] = []
    size = 0
    for number, about_one in enumerate(chosen):
        contrast = len(about_one) > 1 and rng.random() < recipe.contrast
        drawn = [
            list(draw_readings(group, rng, contrast=contrast, swap=recipe.swap))
            for group in about_one
        ]
        if contrast:
            drawn = [[reading for readings in drawn for reading in readings]]
        window += [(max(map(_longest, readings)), readings) for readings in drawn if readings]
        size += len(about_one)
        if size >= SORTED_TOGETHER or number + 1 == len(chosen):
            window.sort(key=lambda pair: pair[0])
            batches = list(_cut([reading for _, readings in window for reading in readings]))
            rng.shuffle(batches)
            yield from batches
            window, size = [], 0


def _longest(reading: Reading) -> int:
    return max(len(passage.item.text) for passage in reading.passages)


def _cut(readings: Sequence[Reading]) -> Iterator[list[Reading]]:
    """Yield runs of readings that are about 4,600 tokens with their padding."""
    batch: list[Reading] = []
    rows, longest = 0, 0.0
    for reading in readings:
        longest = max(longest, _longest(reading) / 4.4 + 45)
        if batch and (rows + len(reading.passages)) * longest > TOKENS_PER_BATCH:
            yield batch
            batch, rows, longest = [], 0, _longest(reading) / 4.4 + 45
        batch.append(reading)
        rows += len(reading.passages)
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
    return Batch(inputs, starts, ends, sentence_of, evidence, rows, here, tuple(bounds), articles)
