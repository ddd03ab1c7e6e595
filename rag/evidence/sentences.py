"""Hits -> evidence sentences, scored, best first, with repeats folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from index.language.speakers import find_people_of, means_namesake, speaks
from index.stories.fingerprints import find_figures, shingle
from index.stories.hits import SENTENCE_OVERLAP
from index.types import Article, Copy, FloatMatrix, Hit, Sentence
from rag.asking.terms import QuestionTerms, stem_text
from rag.asking.timing import find_ages
from rag.evidence.features import (
    ANSWER_FEATURES,
    READER_FEATURES,
    READING_FEATURES,
    ReadSentence,
    answer_features,
)
from rag.evidence.weights import evidence_weights
from rag.types import Evidence

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
    "age",
)
"""What a sentence is scored by; the order is that of ``sentence_features``."""

ReadSentences: TypeAlias = "Mapping[tuple[str, int], ReadSentence]"
"""What a reader found, by article and start of the sentence; from ``compare_readings``."""

NAMED_CHARS = 20_000
"""How far before a sentence the names are looked at that its family names may stand for."""

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
    ages = find_ages(hits) if terms.about_recent else {}
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
            if (
                spoken > 0.0
                and terms.speaker
                and means_namesake(
                    terms.speaker,
                    hit.article.text[max(0, sentence.end - NAMED_CHARS) : sentence.end],
                )
            ):
                spoken = -1.0
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
                    ages.get(hit.article.article_id, 0.0),
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


def reader_features(
    candidates: Sequence[Candidate], read: ReadSentences, terms: QuestionTerms
) -> FloatMatrix:
    """Return what a reader found in each candidate.

    Args:
        candidates: From ``sentence_features``.
        read: What was found; a sentence that is missing in it has the lowest values there are,
            and no words that answer.
        terms: What the question asks for.

    Returns:
        float32, shape (n_candidates, len(READER_FEATURES)).
    """
    known = np.array([found.row() for found in read.values()], dtype=np.float32)
    lowest = known.min(axis=0).tolist() if len(known) else [0.0] * len(READING_FEATURES)
    lowest += [0.0] * len(ANSWER_FEATURES)
    rows = []
    for candidate in candidates:
        article = candidate.hit.article
        found = read.get((article.article_id, candidate.sentence.start))
        if found is None:
            rows.append(lowest)
            continue
        answer = article.text[slice(*found.answer)]
        rows.append([*found.row(), *answer_features(answer, terms)])
    return np.array(rows, dtype=np.float32).reshape(-1, len(READER_FEATURES))


def choose_evidence(
    hits: Sequence[Hit], terms: QuestionTerms, read: ReadSentences | None = None
) -> tuple[Evidence, ...]:
    """Return the sentences of the hits, best evidence first, repeats folded.

    Two sentences of different articles that share most of their word 4-grams are one, and in
    copies of one story some of them do: the better-placed stays and lists the other's article
    among its copies. If the other's article is the one that the story is shown by, it is cited
    instead.

    Args:
        hits: Retrieved passages, best first.
        terms: What the question asks for.
        read: What a reader found in them; None without one.
    """
    candidates, features = sentence_features(hits, terms)
    if read:
        features = np.concatenate([features, reader_features(candidates, read, terms)], axis=1)
    weights = evidence_weights(with_reader=bool(read))
    scores = features @ np.array(weights["coefficients"], dtype=np.float32)
    order = np.argsort(-scores, kind="stable")
    chosen: list[Evidence] = []
    shingles: list[frozenset[tuple[str, ...]]] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for position in order:
        candidate = candidates[position]
        sentence = candidate.sentence
        item = Evidence(
            hit=candidate.hit,
            start=sentence.start,
            end=sentence.end,
            text=sentence.text,
            score=float(scores[position]),
            features=tuple(features[position].tolist()),
            copies=_copies_of(candidate),
            answer=_find_answer(candidate, read) if read else None,
        )
        own = shingle(item.text)
        rivals = sorted({rival for part in own for rival in holders.get(part, ())})
        repeated = _find_repeat(item, own, rivals, chosen, shingles)
        if repeated is None:
            for part in own:
                holders.setdefault(part, []).append(len(chosen))
            chosen.append(item)
            shingles.append(own)
        else:
            chosen[repeated] = _fold(chosen[repeated], item)
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
    item: Evidence,
    own: frozenset[tuple[str, ...]],
    rivals: Sequence[int],
    chosen: Sequence[Evidence],
    shingles: Sequence[frozenset[tuple[str, ...]]],
) -> int | None:
    """Return the evidence that a sentence repeats; one with other figures does not.

    Args:
        item: The sentence.
        own: Its shingles.
        rivals: Which evidence has any of them, in order.
        chosen: The evidence so far.
        shingles: Those of each.
    """
    for position in rivals:
        other, known = chosen[position], shingles[position]
        smaller = min(len(own), len(known))
        least = SENTENCE_OVERLAP if _are_copies(item, other) else REPEAT_OVERLAP
        if len(own & known) >= least * smaller:
            mine, theirs = find_figures(item.text), find_figures(other.text)
            if mine <= theirs or theirs <= mine:
                return position
    return None


def _are_copies(one: Evidence, other: Evidence) -> bool:
    """Return whether two sentences stand in copies of one story."""
    is_one_story = bool(one.hit.story) and one.hit.story == other.hit.story
    return is_one_story and one.hit.article.article_id != other.hit.article.article_id


def _copies_of(candidate: Candidate) -> tuple[Copy, ...]:
    """Return the copies of a passage that print this sentence of it."""
    start = candidate.sentence.start
    return tuple(
        copy for copy in candidate.hit.copies if copy.sentences is None or start in copy.sentences
    )


def _fold(evidence: Evidence, repeat: Evidence) -> Evidence:
    """Return the evidence with what repeats it among its copies, or the other way round.

    The article that a story is shown by is cited, whichever of its copies is found first.
    """
    story, shown = evidence.hit.story, repeat.hit.article.article_id
    is_shown = bool(story) and shown == story == repeat.hit.story
    if is_shown and evidence.hit.article.article_id != shown:
        evidence, repeat = (
            replace(repeat, score=evidence.score, features=evidence.features),
            evidence,
        )
    known = {evidence.hit.article.article_id, *(copy.article_id for copy in evidence.copies)}
    added = [copy for copy in (_to_copy(repeat), *repeat.copies) if copy.article_id not in known]
    unique = {copy.article_id: copy for copy in reversed(added)}
    return replace(evidence, copies=(*evidence.copies, *reversed(unique.values())))


def _to_copy(evidence: Evidence) -> Copy:
    article = evidence.hit.article
    return Copy(
        article_id=article.article_id,
        title=article.title,
        outlet=article.outlet,
        published=article.published,
        start=evidence.start,
        end=evidence.end,
    )
