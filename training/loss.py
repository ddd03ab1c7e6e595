"""What training minimises: all scores of one question are compared across its passages."""

from __future__ import annotations

import torch
from torch.nn import functional

from training.batches import Batch

NOWHERE = -1e4
JUDGED_EACH = 0.5
HERE_ALONE = 0.1


def sentence_scores(tokens: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the mean evidence score of each sentence's tokens, float32, shape (n_sentences,).

    A sentence of which no token was read has a very low score.
    """
    n_sentences = len(batch.evidence)
    flat, of = tokens[:, :, 2].reshape(-1), batch.sentence_of.reshape(-1)
    zeros = torch.zeros(n_sentences + 1, device=flat.device)
    sums = zeros.index_add(0, of, flat)
    counts = zeros.index_add(0, of, torch.ones_like(flat))
    means = sums / counts.clamp(min=1.0)
    return torch.where(counts > 0, means, torch.full_like(means, NOWHERE))[:n_sentences]


def reading_loss(
    tokens: torch.Tensor, here: torch.Tensor, batch: Batch, *, ranked: float = 0.0
) -> torch.Tensor:
    """Return the loss of a batch, the mean over its questions.

    For a question with an answer: minus the log share of its answers among all starts, all ends,
    all sentences and all passages that were read for it. For every passage: the cross-entropy of
    "the answer is here", which fixes the zero of the scores. If wanted, for a question without an
    answer: how far its passage fails to rank below those that answer others about the same article.

    Args:
        tokens: float32, shape (n, length, 3), from ``ReaderModel``.
        here: float32, shape (n,), from ``ReaderModel``.
        batch: What was read.
        ranked: Weight of ranking questions without an answer below their siblings.
    """
    sentences = sentence_scores(tokens, batch)
    total = functional.binary_cross_entropy_with_logits(here, batch.here, reduction="sum")
    for first, last in batch.bounds:
        if not batch.here[first:last].any():
            continue
        own = (batch.sentence_rows >= first) & (batch.sentence_rows < last)
        total = (
            total
            + 0.5 * _share(tokens[first:last, :, 0], batch.starts[first:last])
            + 0.5 * _share(tokens[first:last, :, 1], batch.ends[first:last])
            + _share(sentences[own], batch.evidence[own] & (sentences[own] > NOWHERE))
            + _share(here[first:last], batch.here[first:last] > 0)
        )
    if ranked:
        total = total + ranked * _near_miss_loss(here, batch)
    return total / len(batch.bounds)


def judging_loss(here: torch.Tensor, answers: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the loss of a batch of sentences that are read alone, the mean over its questions.

    For every sentence: the cross-entropy of "this answers", and of "the answer is here", which is
    the same where one sentence is all that is read. Within a question: the log loss of the
    difference between each sentence that answers and each that does not.

    Args:
        here: float32, shape (n,), from ``ReaderModel``.
        answers: float32, shape (n,), from ``ReaderModel``.
        batch: What was read.
    """
    total = JUDGED_EACH * functional.binary_cross_entropy_with_logits(
        answers, batch.here, reduction="sum"
    ) + HERE_ALONE * functional.binary_cross_entropy_with_logits(here, batch.here, reduction="sum")
    for first, last in batch.bounds:
        own, right = answers[first:last], batch.here[first:last] > 0
        if bool(right.any()) and not bool(right.all()):
            total = total + functional.softplus(own[~right][None] - own[right][:, None]).mean()
    return total / len(batch.bounds)


def _near_miss_loss(here: torch.Tensor, batch: Batch) -> torch.Tensor:
    """Return the sum over unanswered questions of the mean log loss of each pair's difference.

    A pair is the first passage read for an unanswered question and the first one read for an
    answered question about the same article, or about any article if there is none.
    """
    rows = torch.tensor([first for first, _ in batch.bounds], device=here.device)
    answered = batch.here[rows] > 0
    scores = here[rows]
    if not bool(answered.any()) or bool(answered.all()):
        return here.sum() * 0.0
    numbers = {article: i for i, article in enumerate(batch.articles)}
    article = torch.tensor([numbers[key] for key in batch.articles], device=here.device)
    right, wrong = scores[answered], scores[~answered]
    same = (article[~answered][:, None] == article[answered][None, :]).float()
    pairs = torch.where(same.sum(1, keepdim=True) > 0, same, torch.ones_like(same))
    losses = functional.softplus(wrong[:, None] - right[None, :])
    return ((losses * pairs).sum(1) / pairs.sum(1)).sum()


def _share(scores: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return minus the log of the right ones' share of the softmax; 0 if none is right."""
    flat, mask = scores.reshape(-1), right.reshape(-1)
    if not bool(mask.any()):
        return flat.sum() * 0.0
    chosen = flat.masked_fill(~mask, float("-inf"))
    return torch.logsumexp(flat, 0) - torch.logsumexp(chosen, 0)
