"""What a reader found, as features of sentences, of passages and of the question. Pure.

Scores of one question are put on one scale first: a sentence is as good as it is near to the best
one of all that was read. Answers that agree, in whichever article, strengthen each other; but
copies of one story are one witness.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.types import FloatVector, Hit
from rag.asking.terms import QuestionTerms, Wanted, stem_text
from rag.evidence.readings import UNREAD, PassageReading

READING_FEATURES = ("reader_here", "reader_evidence", "reader_span", "reader_agreement")
"""What a reader finds in a sentence; the order is that of ``ReadSentence.row``."""

ANSWER_FEATURES = ("answer_wanted", "answer_repeats")
"""What the words that it marks are beside the question; the order is that of
``answer_features``."""

READER_FEATURES = (*READING_FEATURES, *ANSWER_FEATURES)
"""What a sentence that a reader has read is scored by, beyond ``sentences.FEATURES``."""

HERE_LIMIT = 12.0
LOWEST = -15.0
LOWEST_STEP = 20.0
AGREEING = 24
"""Answers that are compared with each other; the others stand for themselves."""

_WORD = re.compile(r"\w+", re.UNICODE)
_EMPTY = frozenset("a an the of in on at to and or by for from with about".split())


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """One sentence as its reader sees it, on the scale of its question.

    Attributes:
        here: Of its passage, in [-12, 12].
        evidence: Log share of the sentence among all that were read, in [-15, 0].
        span: Log share of its answering words among the best ones of all sentences.
        agreement: The same, shared by all sentences that give the same answer.
        answer: (start, end) of the answering words in the article's text; empty if none.
    """

    here: float
    evidence: float
    span: float
    agreement: float
    answer: tuple[int, int]

    def row(self) -> list[float]:
        """Return the features in the order of ``READING_FEATURES``."""
        return [self.here, self.evidence, self.span, self.agreement]


@dataclass(frozen=True, slots=True)
class Scales:
    """How the scores of the shipped reader usually lie within one question.

    Attributes:
        here_mean: Mean score of a passage.
        here_deviation: Standard deviation of the passages' scores.
        evidence_deviation: That of the sentences' evidence scores.
        span_deviation: That of the sentences' best spans.
    """

    here_mean: float
    here_deviation: float
    evidence_deviation: float
    span_deviation: float


def compare_readings(
    hits: Sequence[Hit], readings: Sequence[PassageReading], *, usual: Scales | None = None
) -> dict[tuple[str, int], ReadSentence]:
    """Return every sentence that was read, by its article and its start.

    Args:
        hits: The passages.
        readings: What was found in each of the first of them.
        usual: Scales that the scores are brought to, for a reader on which no weights were fitted;
            None to take them as they are.
    """
    places: list[tuple[str, int]] = []
    stories: list[str] = []
    answers: list[tuple[int, int]] = []
    texts: list[str] = []
    here: list[float] = []
    evidence: list[float] = []
    spans: list[float] = []
    for hit, reading in zip(hits, readings, strict=False):
        for sentence, found in zip(hit.passage.sentences, reading.sentences, strict=True):
            places.append((hit.article.article_id, sentence.start))
            stories.append(hit.story)
            answers.append((found.start, found.end))
            texts.append(hit.article.text[found.start : found.end])
            here.append(reading.here)
            evidence.append(found.evidence)
            spans.append(found.span)
    if not places:
        return {}
    if usual is not None:
        means = np.array([reading.here for reading in readings], dtype=np.float64)
        deviation = float(means.std()) or 1.0
        here = [
            usual.here_mean + (score - float(means.mean())) / deviation * usual.here_deviation
            for score in here
        ]
        evidence = _rescale(evidence, usual.evidence_deviation)
        spans = _rescale(spans, usual.span_deviation)
    evidence_shares, span_shares = _log_shares(evidence), _log_shares(spans)
    agreement = _share_agreement(texts, span_shares, [place[0] for place in places], stories)
    return {
        place: ReadSentence(
            max(-HERE_LIMIT, min(HERE_LIMIT, here[i])),
            max(LOWEST, float(evidence_shares[i])),
            max(LOWEST, float(span_shares[i])),
            max(LOWEST, float(agreement[i])),
            answers[i],
        )
        for i, place in enumerate(places)
    }


def _rescale(scores: Sequence[float], deviation: float) -> list[float]:
    """Return scores with the standard deviation given; those of unread sentences stay lowest."""
    values = np.array(scores, dtype=np.float64)
    known = values > UNREAD
    if known.sum() > 1:
        values[known] *= deviation / (float(values[known].std()) or 1.0)
    lowest = float(values[known].min()) if known.any() else 0.0
    values[~known] = lowest - LOWEST_STEP
    return [float(value) for value in values]


def _log_shares(scores: Sequence[float]) -> FloatVector:
    values = np.array(scores, dtype=np.float64)
    shares: FloatVector = (values - np.logaddexp.reduce(values)).astype(np.float32)
    return shares


def _share_agreement(
    texts: Sequence[str],
    shares: FloatVector,
    articles: Sequence[str],
    stories: Sequence[str],
) -> FloatVector:
    """Return for each answer the log of the shares of all answers that say the same.

    Of the articles of one story only one counts: the answer's own, or else the one that says so
    most surely.
    """
    united = np.array(shares, dtype=np.float32)
    best = [i for i in np.argsort(-shares, kind="stable")[:AGREEING].tolist() if texts[i]]
    words = {i: answer_words(texts[i]) for i in best}
    for i in best:
        if not words[i]:
            continue
        witness = {stories[i]: articles[i]} if stories[i] else {}
        same = []
        for j in best:
            if not agree(words[i], words[j]):
                continue
            if stories[j] and witness.setdefault(stories[j], articles[j]) != articles[j]:
                continue
            same.append(j)
        united[i] = np.logaddexp.reduce(shares[same])
    return united


def answer_words(text: str) -> frozenset[str]:
    """Return the words of an answer that tell it from another; case-folded."""
    words = frozenset(_WORD.findall(text.casefold()))
    return words - _EMPTY or words


def agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two answers say the same: all words of the shorter are in the longer."""
    return bool(one and other) and (one <= other or other <= one)


def answer_features(answer: str, terms: QuestionTerms) -> list[float]:
    """Return what marked words are beside the question, in the order of ``ANSWER_FEATURES``.

    That is whether they are of the kind that is asked for, where one is, and which share of them
    the question has itself. Both are 0 where no words are marked. They are looked at as a
    sentence is: the capital of the first word makes no name.

    Args:
        answer: The marked words; may be empty.
        terms: What the question asks for.
    """
    stems = stem_text(answer)
    if not stems:
        return [0.0] * len(ANSWER_FEATURES)
    is_wanted = terms.wanted is not Wanted.ANYTHING and terms.offers_wanted(answer)
    return [float(is_wanted), len(stems & terms.weights.keys()) / len(stems)]


def best_of_passages(
    hits: Sequence[Hit], read: dict[tuple[str, int], ReadSentence]
) -> list[ReadSentence | None]:
    """Return for each passage the best of its sentences in each respect; None where unread."""
    found: list[ReadSentence | None] = []
    for hit in hits:
        places = [(hit.article.article_id, s.start) for s in hit.passage.sentences]
        own = [read[place] for place in places if place in read]
        found.append(
            ReadSentence(
                here=max(s.here for s in own),
                evidence=max(s.evidence for s in own),
                span=max(s.span for s in own),
                agreement=max(s.agreement for s in own),
                answer=max(own, key=lambda s: s.span).answer,
            )
            if own
            else None
        )
    return found
