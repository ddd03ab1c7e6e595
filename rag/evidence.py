"""Hits -> evidence sentences, scored, best first, with repeats folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from index.rank import shingle
from index.types import Article, Copy, FloatMatrix, Hit, Sentence
from rag.reader_features import READER_FEATURES, ReadSentence
from rag.speakers import find_people_of, speaks
from rag.terms import QuestionTerms, stem_text
from rag.types import Evidence
from rag.weights import evidence_weights

REPEAT_OVERLAP = 0.6

FEATURES = (
    "cosine",
    "neighbour_cosine",
    "coverage",
    "context_coverage",
    "name_coverage",
    "passage_score",
    "passage_dense",
    "wanted",
    "speaker",
    "heading",
    "question",
    "brevity",
    "lead",
)
"""What a sentence is scored by; the order is that of ``sentence_features``."""

ReadSentences: TypeAlias = "Mapping[tuple[str, int], ReadSentence]"
"""What a reader found, by article and start of the sentence; from ``compare_readings``."""

MOST_MARKED = 0.8
"""Answering words that are more of their sentence than this are not marked within it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, before it is scored.

    Attributes:
        hit: The passage it stands in.
        ordinal: Its place in ``hit.passage.sentences``.
    """

    hit: Hit
    ordinal: int

    @property
    def sentence(self) -> Sentence:
        """The sentence itself."""
        return self.hit.passage.sentences[self.ordinal]


def sentence_features(
    hits: Sequence[Hit], terms: QuestionTerms
) -> tuple[list[Candidate], FloatMatrix]:
    """Return every sentence of the hits with its features.

    Args:
        hits: Best first.
        terms: What the question asks for.

    Returns:
        The candidates, each place of an article once, and float32 of shape
        (n_candidates, len(FEATURES)).
    """
    candidates: list[Candidate] = []
    rows: list[list[float]] = []
    seen: set[tuple[str, int]] = set()
    best = hits[0].score if hits else 0.0
    known_people: dict[str, frozenset[str]] = {}
    for hit in hits:
        sentences, cosines = hit.passage.sentences, hit.sentence_cosines
        stems = [stem_text(sentence.text) for sentence in sentences]
        title = stem_text(hit.article.title)
        people = _find_people(hit.article, terms, known_people)
        for i, sentence in enumerate(sentences):
            place = (hit.article.article_id, sentence.start)
            if place in seen:
                continue
            seen.add(place)
            near = [stems[j] for j in (i - 2, i - 1, i + 1) if 0 <= j < len(stems)]
            before = sentences[i - 1].text if i else ""
            spoken = speaks(sentence.text, terms.speaker, people, before) if terms.speaker else 0.0
            context = title.union(stems[i], *near)
            neighbours = [cosines[j] for j in (i - 1, i + 1) if 0 <= j < len(sentences)]
            candidates.append(Candidate(hit, i))
            rows.append(
                [
                    cosines[i],
                    max(neighbours, default=cosines[i]),
                    terms.coverage(stems[i], spoken),
                    terms.coverage(context, spoken),
                    terms.name_coverage(context, spoken),
                    hit.score - best,
                    hit.dense,
                    float(terms.offers_wanted(sentence.text)),
                    spoken,
                    float(sentence.is_heading),
                    float(sentence.text.rstrip("\"'”’»)").endswith("?")),
                    1.0 / (1.0 + len(sentence.text) / 40.0),
                    1.0 / (1.0 + sentence.start / 400.0),
                ]
            )
    return candidates, np.array(rows, dtype=np.float32).reshape(-1, len(FEATURES))


def _find_people(
    article: Article, terms: QuestionTerms, known: dict[str, frozenset[str]]
) -> frozenset[str]:
    """Return who speaks for the asked nation in an article; looked up once per article."""
    if terms.speaker is None or not terms.speaker.nation:
        return frozenset()
    if article.article_id not in known:
        known[article.article_id] = find_people_of(terms.speaker.nation, article.text)
    return known[article.article_id]


def quoting_margin(*, with_reader: bool = False) -> float:
    """Return how far below the best evidence a sentence may score and still be quoted."""
    return float(evidence_weights(with_reader=with_reader)["margin"])


def reader_features(candidates: Sequence[Candidate], read: ReadSentences) -> FloatMatrix:
    """Return what a reader found in each candidate.

    Args:
        candidates: From ``sentence_features``.
        read: What was found; a sentence that is missing in it has the lowest values there are.

    Returns:
        float32, shape (n_candidates, len(READER_FEATURES)).
    """
    known = np.array([found.row() for found in read.values()], dtype=np.float32)
    lowest = known.min(axis=0).tolist() if len(known) else [0.0] * len(READER_FEATURES)
    rows = []
    for candidate in candidates:
        found = read.get((candidate.hit.article.article_id, candidate.sentence.start))
        rows.append(found.row() if found else lowest)
    return np.array(rows, dtype=np.float32).reshape(-1, len(READER_FEATURES))


def choose_evidence(
    hits: Sequence[Hit], terms: QuestionTerms, read: ReadSentences | None = None
) -> tuple[Evidence, ...]:
    """Return the sentences of the hits, best evidence first, repeats folded.

    Two sentences of different articles that share most of their word 4-grams are one: the
    better-placed stays and lists the other's article among its copies.

    Args:
        hits: Retrieved passages, best first.
        terms: What the question asks for.
        read: What a reader found in them; None without one.
    """
    candidates, features = sentence_features(hits, terms)
    if read:
        features = np.concatenate([features, reader_features(candidates, read)], axis=1)
    weights = evidence_weights(with_reader=bool(read))
    scores = features @ np.array(weights["coefficients"], dtype=np.float32)
    order = np.argsort(-scores, kind="stable")
    chosen: list[Evidence] = []
    shingles: list[frozenset[tuple[str, ...]]] = []
    for position in order:
        candidate = candidates[position]
        own = shingle(candidate.sentence.text)
        repeated = _find_repeat(own, shingles)
        if repeated is not None:
            chosen[repeated] = _add_copy(chosen[repeated], candidate)
            continue
        sentence = candidate.sentence
        chosen.append(
            Evidence(
                hit=candidate.hit,
                start=sentence.start,
                end=sentence.end,
                text=sentence.text,
                score=float(scores[position]),
                features=tuple(features[position].tolist()),
                copies=candidate.hit.copies,
                answer=_find_answer(candidate, read) if read else None,
            )
        )
        shingles.append(own)
    return tuple(chosen)


def _find_answer(candidate: Candidate, read: ReadSentences) -> tuple[int, int] | None:
    """Return the answering words of a sentence; None if they are none, or nearly all of it."""
    sentence = candidate.sentence
    found = read.get((candidate.hit.article.article_id, sentence.start))
    if found is None:
        return None
    start, end = found.answer
    length = sentence.end - sentence.start
    return (start, end) if start < end and end - start <= MOST_MARKED * length else None


def _find_repeat(
    own: frozenset[tuple[str, ...]], shingles: Sequence[frozenset[tuple[str, ...]]]
) -> int | None:
    for position, known in enumerate(shingles):
        smaller = min(len(own), len(known))
        if smaller and len(own & known) >= REPEAT_OVERLAP * smaller:
            return position
    return None


def _add_copy(evidence: Evidence, candidate: Candidate) -> Evidence:
    article, sentence = candidate.hit.article, candidate.sentence
    known = {evidence.hit.article.article_id, *(copy.article_id for copy in evidence.copies)}
    if article.article_id in known:
        return evidence
    copy = Copy(
        article_id=article.article_id,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=sentence.start,
        end=sentence.end,
    )
    return replace(evidence, copies=(*evidence.copies, copy))
