"""Measures of answers to questions whose answers are known; pure.

Each question gives an ``Outcome``: its share of every measure that applies to it. A measure of a
run is the mean of the shares, or an area or a percentile, with a bootstrap interval over the
questions; two runs over the same questions are compared question by question.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from rag.evaluation.question_sets import Query
from rag.types import Answer, Citation, Support

N_RESAMPLES = 1000
LEVEL = 0.95
SEED = 20_241_021
MOST_ANSWERABLE_REFUSED = 0.05
"""Largest share of answerable questions that a suggested threshold may refuse."""

_NOT_WORD = re.compile(r"[\W_]+", re.UNICODE)

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

LOWER_IS_BETTER = frozenset({"answerable refused", "seconds"})
"""Measures, or the first word of their names, that are better when smaller."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question was answered.

    Attributes:
        query_id: The question's id in its set.
        answerable: Whether the set's articles answer it.
        refused: Whether it was refused.
        probability: The assistant's estimate that the articles answer it, in [0, 1].
        shares: Measure -> this question's share, in [0, 1]; only measures that apply to it.
        seconds: Stage -> wall time.
    """

    query_id: str
    answerable: bool
    refused: bool
    probability: float
    shares: Mapping[str, float]
    seconds: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure of a run.

    Attributes:
        value: Rates and areas are in [0, 1], times in seconds.
        questions: How many questions it was measured on.
        low: Lower end of the interval that contains 95 % of the resampled values.
        high: Its upper end.
    """

    value: float
    questions: int
    low: float
    high: float

    def to_dict(self) -> dict[str, float | int]:
        """Return the measure as a JSON object."""
        return {name: round(value, 4) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """One measure of two runs over the same questions.

    Attributes:
        before: Value of the earlier run, on the questions that both runs measured.
        after: Value of the later one.
        questions: How many questions that is.
        low: Lower end of the interval of ``after - before``.
        high: Its upper end.
    """

    before: float
    after: float
    questions: int
    low: float
    high: float

    @property
    def is_beyond_noise(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0 or self.high < 0

    def to_dict(self) -> dict[str, float | int | bool]:
        """Return the difference as a JSON object."""
        return {
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "difference": round(self.after - self.before, 4),
            "low": round(self.low, 4),
            "high": round(self.high, 4),
            "questions": self.questions,
            "beyond_noise": self.is_beyond_noise,
        }


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The effect of refusing below a threshold.

    Attributes:
        threshold: Questions with a smaller probability are refused.
        answerable_refused: Share of answerable questions refused.
        unanswerable_refused: Share of the others refused.
    """

    threshold: float
    answerable_refused: float
    unanswerable_refused: float


def score_answer(query: Query, answer: Answer) -> Outcome:
    """Return the score of one question.

    ``evidence@k`` is 1 if one of the first k citations quotes an answer from a gold article or, if
    the set gives no answer to look for, overlaps a gold span. A refusal's nearest sentences count
    as its citations, so that the measure is of the choice alone. ``answer span F1`` compares the
    marked words of the first citation that has any with the given answers, as SQuAD does
    (Rajpurkar et al., 2016), and applies only if words are marked.
    """
    shares: dict[str, float] = {}
    if query.answerable:
        shares["answerable refused"] = float(answer.refused)
        if query.gold_article_ids:
            shares |= _score_retrieval(query, answer)
        if query.gold_article_ids and query.gold_spans:
            shares |= _score_evidence(query, answer)
    else:
        shares["unanswerable refused"] = float(answer.refused)
    if answer.claims:
        supported = [claim.support is Support.SUPPORTED for claim in answer.claims]
        shares["claims supported"] = float(np.mean(supported))
        if query.answerable and query.gold_article_ids:
            gold = [c.article_id in query.gold_article_ids for c in answer.citations]
            shares["citations of a gold article"] = float(np.mean(gold))
    answered = (answer.refused, answer.probability, shares, dict(answer.seconds))
    return Outcome(query.query_id, query.answerable, *answered)


def summarize_outcomes(outcomes: Sequence[Outcome]) -> dict[str, Measure]:
    """Return the measures of a run, in the order of display; see ``score_answer``."""
    measures: dict[str, Measure] = {}
    for name in _names_of_shares(outcomes):
        shares = np.array([o.shares[name] for o in outcomes if name in o.shares])
        measures[name] = _measure(len(shares), _mean_of(shares))
    answerable, probabilities = _labels(outcomes)
    if answerable.any() and not answerable.all():
        measures["refusal AUC"] = _measure(len(outcomes), _area_of(answerable, probabilities))
    for stage in dict.fromkeys(stage for o in outcomes for stage in o.seconds):
        times = np.array([o.seconds[stage] for o in outcomes if stage in o.seconds])
        label = "seconds" if stage == "total" else f"seconds {stage}"
        for percent in (50, 95):
            measures[f"{label} p{percent}"] = _measure(len(times), _percentile_of(times, percent))
    return measures


def compare_outcomes(before: Sequence[Outcome], after: Sequence[Outcome]) -> dict[str, Difference]:
    """Return how the measures of two runs differ on the questions that both have.

    The interval comes from resampling questions, the same ones for both runs, so that the
    difficulty of a question cancels out of the difference.

    Args:
        before: The earlier run.
        after: The later one; questions are matched by id.
    """
    earlier = {outcome.query_id: outcome for outcome in before}
    pairs = [(earlier[o.query_id], o) for o in after if o.query_id in earlier]
    differences: dict[str, Difference] = {}
    for name in _names_of_shares([one for one, _ in pairs]):
        shared = [
            (one.shares[name], other.shares[name])
            for one, other in pairs
            if name in one.shares and name in other.shares
        ]
        if shared:
            values = np.array(shared)
            differences[name] = _difference(
                len(shared), _mean_of(values[:, 0]), _mean_of(values[:, 1])
            )
    ones, others = [one for one, _ in pairs], [other for _, other in pairs]
    answerable, first = _labels(ones)
    _, second = _labels(others)
    if answerable.any() and not answerable.all():
        differences["refusal AUC"] = _difference(
            len(pairs), _area_of(answerable, first), _area_of(answerable, second)
        )
    times = np.array(
        [
            (one.seconds["total"], other.seconds["total"])
            for one, other in pairs
            if "total" in one.seconds and "total" in other.seconds
        ]
    )
    if len(times):
        differences["seconds p50"] = _difference(
            len(times), _percentile_of(times[:, 0], 50), _percentile_of(times[:, 1], 50)
        )
    return differences


def refusal_curve(outcomes: Sequence[Outcome]) -> tuple[CurvePoint, ...]:
    """Return the effect of every threshold that makes a difference, from the lowest up.

    Empty unless there are both answerable and unanswerable questions.
    """
    answerable, probabilities = _labels(outcomes)
    if answerable.all() or not answerable.any():
        return ()
    thresholds = [*np.unique(probabilities), math.nextafter(float(probabilities.max()), math.inf)]
    return tuple(
        CurvePoint(
            float(threshold),
            float((probabilities[answerable] < threshold).mean()),
            float((probabilities[~answerable] < threshold).mean()),
        )
        for threshold in thresholds
    )


def suggest_threshold(curve: Sequence[CurvePoint]) -> CurvePoint | None:
    """Return the highest point that refuses at most 5 % of the answerable questions, if any."""
    fitting = [point for point in curve if point.answerable_refused <= MOST_ANSWERABLE_REFUSED]
    return fitting[-1] if fitting else None


def area_under_curve(labels: BoolArray, scores: FloatArray) -> float:
    """Return the area under the ROC curve; ties count half.

    Args:
        labels: bool, shape (n,). NaN is returned unless both values are in it.
        scores: float, shape (n,); higher for True.
    """
    positive = int(labels.sum())
    negative = len(labels) - positive
    if not positive or not negative:
        return math.nan
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[labels].sum() - positive * (positive + 1) / 2) / (positive * negative))


def normalize_text(text: str) -> str:
    """Return a text as its words in lower case with a space around each, for comparing."""
    return f" {_NOT_WORD.sub(' ', text.casefold()).strip()} "


def token_f1(text: str, answers: Sequence[str]) -> float:
    """Return the best F1 of a text's words against one of the answers, in [0, 1]."""
    words = Counter(normalize_text(text).split())
    best = 0.0
    for answer in answers:
        wanted = Counter(normalize_text(answer).split())
        common = (words & wanted).total()
        if common:
            best = max(best, 2 * common / (words.total() + wanted.total()))
    return best


def _score_retrieval(query: Query, answer: Answer) -> dict[str, float]:
    gold = query.gold_article_ids
    passages = [hit.article.article_id in gold for hit in answer.hits]
    ids = list(dict.fromkeys(hit.article.article_id for hit in answer.hits))[:10]
    found = [rank for rank, article_id in enumerate(ids, start=1) if article_id in gold]
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(gold), 10) + 1))
    return {
        "article hit@1": float(any(passages[:1])),
        "article hit@5": float(any(passages[:5])),
        "article hit@10": float(any(passages[:10])),
        "article MRR@10": 1 / found[0] if found else 0.0,
        "article nDCG@10": sum(1 / math.log2(rank + 1) for rank in found) / ideal,
    }


def _score_evidence(query: Query, answer: Answer) -> dict[str, float]:
    shares: dict[str, float] = {}
    if query.answers:
        texts = [normalize_text(hit.passage.text) for hit in answer.hits[:5]]
        wanted = [normalize_text(text) for text in query.answers]
        for k in (1, 5):
            stated = any(text in passage for text in wanted for passage in texts[:k])
            shares[f"answer in passages@{k}"] = float(stated)
    for k in (1, 3):
        cited = any(_quotes_gold(query, citation) for citation in answer.citations[:k])
        shares[f"evidence@{k}"] = float(cited)
    marked = [citation for citation in answer.citations if citation.answer_span]
    if marked and query.answers:
        shares["answer span F1"] = token_f1(_marked_words(marked[0]), query.answers)
    return shares


def _quotes_gold(query: Query, citation: Citation) -> bool:
    if citation.article_id not in query.gold_article_ids:
        return False
    if query.answers:
        quote = normalize_text(citation.quote)
        return any(normalize_text(text) in quote for text in query.answers)
    return any(
        citation.article_id == article and citation.start < end and start < citation.end
        for article, start, end in query.gold_spans
    )


def _marked_words(citation: Citation) -> str:
    start, end = citation.answer_span or (citation.start, citation.start)
    return citation.quote[start - citation.start : end - citation.start]


_ORDER = (
    "article hit@1", "article hit@5", "article hit@10", "article MRR@10", "article nDCG@10",
    "answer in passages@1", "answer in passages@5", "evidence@1", "evidence@3", "answer span F1",
    "answerable refused", "unanswerable refused", "claims supported", "citations of a gold article",
)  # fmt: skip


def _names_of_shares(outcomes: Sequence[Outcome]) -> list[str]:
    present = {name for outcome in outcomes for name in outcome.shares}
    return [name for name in _ORDER if name in present] + sorted(present.difference(_ORDER))


def _labels(outcomes: Sequence[Outcome]) -> tuple[BoolArray, FloatArray]:
    return (
        np.array([outcome.answerable for outcome in outcomes], dtype=bool),
        np.array([outcome.probability for outcome in outcomes], dtype=np.float64),
    )


_Statistic: TypeAlias = Callable[[npt.NDArray[np.int64]], float]
"""Computes a figure from the questions at int64 rows, shape (n,), which may contain repeats."""


def _mean_of(values: FloatArray) -> _Statistic:
    return lambda rows: float(values[rows].mean())


def _percentile_of(values: FloatArray, percent: int) -> _Statistic:
    return lambda rows: float(np.percentile(values[rows], percent))


def _area_of(labels: BoolArray, scores: FloatArray) -> _Statistic:
    return lambda rows: area_under_curve(labels[rows], scores[rows])


def _measure(n: int, statistic: _Statistic) -> Measure:
    """Return a statistic of n questions with its percentile bootstrap interval (Efron, 1979)."""
    low, high = _interval([statistic(rows) for rows in _resample(n)])
    return Measure(statistic(np.arange(n)), n, low, high)


def _difference(n: int, before: _Statistic, after: _Statistic) -> Difference:
    everything = np.arange(n)
    low, high = _interval([after(rows) - before(rows) for rows in _resample(n)])
    return Difference(before(everything), after(everything), n, low, high)


def _resample(n: int) -> Iterator[npt.NDArray[np.int64]]:
    chance = np.random.default_rng(SEED)
    return (chance.integers(0, n, n) for _ in range(N_RESAMPLES))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    # A resample may contain only answerable questions; it then has no area.
    tail = 100 * (1 - LEVEL) / 2
    kept = np.array([value for value in values if not math.isnan(value)])
    low, high = np.percentile(kept, [tail, 100 - tail])
    return float(low), float(high)
