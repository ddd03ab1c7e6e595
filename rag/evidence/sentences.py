"""Hits -> evidence sentences, scored, best first, with repeats folded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeAlias

import numpy as np

from index.language.speakers import find_people_of, judge_speakers, means_namesake
from index.stories.facts import differ_in_facts
from index.stories.stories import SENTENCE_OVERLAP, find_figures, shingle
from index.types import Article, Copy, FloatMatrix, FloatVector, Hit, Sentence
from rag.asking.terms import AnswerType, QuestionTerms, find_ages, stem_text
from rag.evidence.opposition import find_opposing
from rag.evidence.reader import UNREAD, PassageReading
from rag.types import Evidence

READING_FEATURES = ("reader_here", "reader_evidence", "reader_span", "reader_agreement")
"""Features of a sentence from its reader, in the order of ``ReadSentence.row``."""

ANSWER_FEATURES = ("answer_wanted", "answer_repeats")
"""Features that compare the marked words with the question, in the order of
``answer_features``."""

READER_FEATURES = (*READING_FEATURES, *ANSWER_FEATURES)
"""Features of a sentence that a reader has read, beyond ``FEATURES``."""

HERE_LIMIT = 12.0
LOWEST = -15.0
LOWEST_STEP = 20.0
AGREEING = 24
"""How many answers are compared with each other; each of the rest stands alone."""

_WORD = re.compile(r"\w+", re.UNICODE)
_EMPTY = frozenset("a an the of in on at to and or by for from with about".split())


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A reader's scores of one sentence, on the scale of its question.

    Attributes:
        here: Score of its passage, in [-12, 12].
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
    """The usual spread of the shipped reader's scores within one question.

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
        usual: Scales to convert the scores to, for a reader that no weights were fitted on;
            None to use them as they are.
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
    """Rescale scores to a standard deviation; those of unread sentences stay lowest."""
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
    """Return, for each answer, the log of the summed shares of all answers that say the same.

    Only one article of each story counts: the answer's own, or else the one that says so most
    surely.
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
    """Return the case-folded words that distinguish an answer from others."""
    words = frozenset(_WORD.findall(text.casefold()))
    return words - _EMPTY or words


def agree(one: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether two answers say the same: all words of the shorter are in the longer."""
    return bool(one and other) and (one <= other or other <= one)


def answer_features(answer: str, terms: QuestionTerms) -> list[float]:
    """Return the features of marked words, in the order of ``ANSWER_FEATURES``.

    They are whether the words are of the kind asked for, if one is, and what share of them the
    question itself has. Both are 0 if no words are marked. The words are treated as a sentence
    is: the capital of the first one does not make it a name.

    Args:
        answer: The marked words; may be empty.
        terms: What the question asks for.
    """
    stems = stem_text(answer)
    if not stems:
        return [0.0] * len(ANSWER_FEATURES)
    is_wanted = terms.answer_type is not AnswerType.ANYTHING and terms.has_answer_type(answer)
    return [float(is_wanted), len(stems & terms.weights.keys()) / len(stems)]


def best_of_passages(
    hits: Sequence[Hit], read: dict[tuple[str, int], ReadSentence]
) -> list[ReadSentence | None]:
    """Return the best of each passage's sentences in each respect; None if unread."""
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


@lru_cache(maxsize=1)
def load_weights() -> dict[str, Any]:
    """Return the contents of ``weights.json``; ``benchmarks/fitting/fit_weights.py`` writes it."""
    text = files("rag.evidence").joinpath("weights.json").read_text("utf-8")
    weights: dict[str, Any] = json.loads(text)
    return weights


def fitted_weights(part: str, *, with_reader: bool) -> dict[str, Any]:
    """Return one part of the weights, fitted with or without a reader's features.

    Args:
        part: ``evidence``; ``confidence``, the refusal probability; without a reader only,
            ``confidence_across``, that between two languages; or, with one only, ``passages``, the
            order of passages, and ``usual``.
        with_reader: Whether a reader's features are among them.
    """
    weights = load_weights()
    parts: dict[str, dict[str, Any]] = weights["with_reader"] if with_reader else weights
    return parts[part]


def usual_scales() -> Scales:
    """Return the usual spread of the shipped reader's scores within one question."""
    return Scales(**fitted_weights("usual", with_reader=True))


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
"""Features of a sentence, in the order of ``sentence_features``."""

_NAME_COVERAGE = FEATURES.index("name_coverage")

ReadSentences: TypeAlias = "Mapping[tuple[str, int], ReadSentence]"
"""What a reader found, by article and start of the sentence; from ``compare_readings``."""

NAMED_CHARS = 20_000
"""How far before a sentence to look for the full names behind its family names."""

SPEAKER_CHARS = 600
"""How far before a passage its first speaker may be named."""

MOST_MARKED = 0.8
"""Answering words that make up more of their sentence than this are not marked."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a hit, before it is scored.

    Attributes:
        hit: The passage that contains it.
        ordinal: Its position in ``hit.passage.sentences``.
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
        The candidates, each stretch of an article once, and float32 of shape
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
        spoken_here = _judge_speakers(hit, terms, people)
        for i, sentence in enumerate(sentences):
            place = (hit.article.article_id, sentence.start)
            if place in seen:
                continue
            seen.add(place)
            near = [stems[j] for j in (i - 2, i - 1, i + 1) if 0 <= j < len(stems)]
            spoken = spoken_here[i]
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
                    float(terms.has_answer_type(sentence.text)),
                    spoken,
                    float(sentence.is_heading),
                    float(sentence.text.rstrip("\"'”’»)").endswith("?")),
                    1.0 / (1.0 + len(sentence.text) / 40.0),
                    1.0 / (1.0 + sentence.start / 400.0),
                    ages.get(hit.article.article_id, 0.0),
                ]
            )
    return candidates, np.array(rows, dtype=np.float32).reshape(-1, len(FEATURES))


def _judge_speakers(hit: Hit, terms: QuestionTerms, people: frozenset[str]) -> list[float]:
    """Return how surely each sentence of a passage has words of the speaker asked about."""
    sentences = hit.passage.sentences
    if terms.speaker is None or not sentences:
        return [0.0] * len(sentences)
    first = max(0, sentences[0].start - SPEAKER_CHARS)
    places = [(sentence.start - first, sentence.end - first) for sentence in sentences]
    text = hit.article.text[first : sentences[-1].end]
    return judge_speakers(text, places, terms.speaker, people)


def _find_people(
    article: Article, terms: QuestionTerms, known: dict[str, frozenset[str]]
) -> frozenset[str]:
    """Return who speaks for the nation asked about; looked up once per article."""
    if terms.speaker is None or not terms.speaker.nation:
        return frozenset()
    if article.article_id not in known:
        known[article.article_id] = find_people_of(terms.speaker.nation, article.text)
    return known[article.article_id]


def quoting_margin(*, with_reader: bool = False) -> float:
    """Return how far below the best evidence a sentence may score and still be quoted."""
    return float(fitted_weights("evidence", with_reader=with_reader)["margin"])


def reader_features(
    candidates: Sequence[Candidate], read: ReadSentences, terms: QuestionTerms
) -> FloatMatrix:
    """Return what a reader found in each candidate.

    Args:
        candidates: From ``sentence_features``.
        read: What was found; a sentence missing from it gets the lowest possible values and no
            answering words.
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


def keep_named(evidence: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Return the sentences that have, with their context, one of the question's names, if any.

    Without one a sentence is hardly about what was asked, however alike the words are.
    """
    return tuple(e for e in evidence if not e.features or e.features[_NAME_COVERAGE] > 0.0)


def rank_sentences(
    hits: Sequence[Hit], terms: QuestionTerms, read: ReadSentences | None = None
) -> tuple[Evidence, ...]:
    """Return the sentences of the hits, best evidence first, repeats folded.

    Sentences of different articles are folded into one if they share most of their word
    4-grams, or some of them in copies of one story: the better-placed stays and lists the other's
    article among its copies. If the story is shown by the other's article, that is cited.
    Sentences about the opposite of what is asked are left out.

    Args:
        hits: Retrieved passages, best first.
        terms: What the question asks for.
        read: What a reader found in them; None without one.
    """
    candidates, features = sentence_features(hits, terms)
    opposing = {
        (hit.article.article_id, hit.passage.sentences[i].start)
        for hit in hits
        for i in find_opposing(terms, hit.passage.sentences)
    }
    if read:
        features = np.concatenate([features, reader_features(candidates, read, terms)], axis=1)
    weights = fitted_weights("evidence", with_reader=bool(read))
    scores = features @ np.array(weights["coefficients"], dtype=np.float32)
    order = np.argsort(-scores, kind="stable")
    chosen: list[Evidence] = []
    shingles: list[frozenset[tuple[str, ...]]] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for position in order:
        candidate = candidates[position]
        sentence = candidate.sentence
        if (candidate.hit.article.article_id, sentence.start) in opposing:
            continue
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
    """Return the answering words of a sentence; None without any, or if nearly all of it."""
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
    """Return the evidence that a sentence repeats.

    Different figures rule that out, and so does one form that two articles fill in differently.

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
            is_subset = mine <= theirs or theirs <= mine
            if is_subset and not differ_in_facts(item.hit.article.text, other.hit.article.text):
                return position
    return None


def _are_copies(one: Evidence, other: Evidence) -> bool:
    """Return whether two sentences are in copies of one story."""
    is_one_story = bool(one.hit.story) and one.hit.story == other.hit.story
    return is_one_story and one.hit.article.article_id != other.hit.article.article_id


def _copies_of(candidate: Candidate) -> tuple[Copy, ...]:
    """Return the copies of a passage that print this sentence of it."""
    start = candidate.sentence.start
    return tuple(
        copy for copy in candidate.hit.copies if copy.sentences is None or start in copy.sentences
    )


def _fold(evidence: Evidence, repeat: Evidence) -> Evidence:
    """Return the evidence with its repeat among its copies, or the other way round.

    The article that a story is shown by is cited, whichever copy is found first.
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
