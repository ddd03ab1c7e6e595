"""Runs a question set through the assistant and scores it.

A set is a folder with ``corpus.jsonl`` (a collection that ``onrecord add`` takes) and
``queries.jsonl``, one question a line:

    {"id", "question", "answers": ["…"], "answerable": true, "gold_doc_ids": ["…"],
     "gold_spans": [["doc id", start, end], …], "history": [{"role", "text"}, …]}

All but ``question`` may be missing; a measure counts the questions that it can be taken on.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import ArticleFormatError
from index.library import Library
from rag.assistant import Assistant
from rag.settings import Settings
from rag.types import Answer, Turn

_NOT_WORD = re.compile(r"[\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Query:
    """One question of a set, with what is known about its answer."""

    query_id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool
    gold_article_ids: frozenset[str]
    gold_spans: tuple[tuple[str, int, int], ...]
    history: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """Measures of one run.

    Attributes:
        name: The set's folder name.
        articles: Articles in the library.
        measures: Name -> (value, questions it was taken on). Rates and areas are in [0, 1].
    """

    name: str
    articles: int
    measures: dict[str, tuple[float, int]]

    def to_dict(self) -> dict[str, object]:
        """Return the report as a JSON object."""
        return {
            "set": self.name,
            "articles": self.articles,
            "measures": {
                name: {"value": round(value, 4), "questions": n}
                for name, (value, n) in self.measures.items()
            },
        }

    def lines(self) -> list[str]:
        """Return the report as lines for a terminal."""
        width = max((len(name) for name in self.measures), default=0)
        return [f"{self.name}: {self.articles:,} articles"] + [
            f"  {name:<{width}}  {value:7.3f}  ({n:,} questions)"
            for name, (value, n) in self.measures.items()
        ]


def read_queries(file: Path) -> Iterator[Query]:
    """Yield the questions of a set.

    Raises:
        ArticleFormatError: If a line is not a question, naming the line.
        OSError: If the file cannot be read.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _read_query(json.loads(line.decode("utf-8-sig")), number)
            except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
                raise ArticleFormatError(
                    f"{file}:{number}", "not a question; see 'onrecord eval --help' for the shape"
                ) from error


def _read_query(row: dict[str, Any], number: int) -> Query:
    return Query(
        query_id=str(row.get("id", number)),
        question=str(row["question"]),
        answers=tuple(map(str, row.get("answers") or ())),
        answerable=bool(row.get("answerable", True)),
        gold_article_ids=frozenset(map(str, row.get("gold_doc_ids") or ())),
        gold_spans=tuple(
            (str(article), int(start), int(end))
            for article, start, end in row.get("gold_spans") or ()
        ),
        history=tuple(
            Turn(str(turn["role"]), str(turn["text"])) for turn in row.get("history") or ()
        ),
    )


def evaluate_set(
    folder: Path,
    *,
    library: Path | None = None,
    settings: Settings | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Add a set's articles to a library, ask its questions and score the answers.

    Args:
        folder: The set.
        library: Where the library is or shall be; a temporary one when None. Articles that
            it already has are not encoded again.
        settings: How to answer.
        limit: Questions to ask, from the start; all when None.
        progress: Called with the number of questions asked and their total.

    Raises:
        ArticleFormatError: If a file of the set is missing or not of the shape.
        OnRecordError: If the library cannot be used.
    """
    corpus, questions = folder / "corpus.jsonl", folder / "queries.jsonl"
    for file in (corpus, questions):
        if not file.is_file():
            raise ArticleFormatError(str(file), "missing; a set has corpus.jsonl and queries.jsonl")
    queries = list(read_queries(questions))[:limit]
    settings = settings or Settings()
    with _open_library(library, settings) as opened:
        opened.add([corpus])
        assistant = Assistant(opened, settings)
        results: list[tuple[Query, Answer]] = []
        for query in queries:
            results.append((query, assistant.ask(query.question, query.history)))
            if progress:
                progress(len(results), len(queries))
        return Report(folder.name, opened.statistics().articles, score_answers(results))


@contextmanager
def _open_library(path: Path | None, settings: Settings) -> Iterator[Library]:
    if path is not None:
        with Library.open_or_create(path, encoder=settings.encoder or None) as library:
            yield library
        return
    with (
        tempfile.TemporaryDirectory(prefix="onrecord-eval-") as folder,
        Library.create(Path(folder) / "library", encoder=settings.encoder or None) as library,
    ):
        yield library


def score_answers(results: Sequence[tuple[Query, Answer]]) -> dict[str, tuple[float, int]]:
    """Return the measures of answered questions: name -> (value, questions it was taken on).

    ``evidence@k`` is the share of questions of which one of the first k citations quotes an answer
    from a gold article, or touches a gold span where the set gives no answer to look for.
    A refusal's nearest sentences count as its citations, so that it measures the choice alone.
    """
    answerable = [(query, answer) for query, answer in results if query.answerable]
    located = [pair for pair in answerable if pair[0].gold_article_ids]
    spanned = [pair for pair in located if pair[0].gold_spans]
    stated = [pair for pair in located if pair[0].answers and pair[0].gold_spans]
    measures: dict[str, tuple[float, int]] = {}

    def add(name: str, values: Sequence[float]) -> None:
        if values:
            measures[name] = (float(np.mean(values)), len(values))

    for k in (1, 5):
        add(f"article hit@{k}", [_finds_article(query, answer, k) for query, answer in located])
    add("article MRR@10", [_reciprocal_rank(query, answer) for query, answer in located])
    for k in (1, 5):
        add(
            f"answer in passages@{k}",
            [_passages_state(query, answer, k) for query, answer in stated],
        )
    for k in (1, 3):
        add(f"evidence@{k}", [_cites_gold(query, answer, k) for query, answer in spanned])
    add("answerable refused", [float(answer.refused) for _, answer in answerable])
    add(
        "unanswerable refused",
        [float(answer.refused) for query, answer in results if not query.answerable],
    )
    labels = np.array([query.answerable for query, _ in results], dtype=bool)
    if labels.any() and not labels.all():
        probabilities = np.array([answer.probability for _, answer in results])
        measures["refusal AUC"] = (area_under_curve(labels, probabilities), len(results))
    totals = [answer.seconds["total"] for _, answer in results]
    if totals:
        measures["seconds p50"] = (float(np.percentile(totals, 50)), len(totals))
        measures["seconds p95"] = (float(np.percentile(totals, 95)), len(totals))
    return measures


def area_under_curve(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the area under the ROC curve; ties count half.

    Args:
        labels: bool, shape (n,), with both values in it.
        scores: float, shape (n,); higher for True.
    """
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores), dtype=np.float64)
    ranks[order] = np.arange(1, len(scores) + 1)
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    means = np.bincount(inverse, weights=ranks) / counts
    ranks = means[inverse]
    positive = int(labels.sum())
    negative = len(labels) - positive
    return float((ranks[labels].sum() - positive * (positive + 1) / 2) / (positive * negative))


def _finds_article(query: Query, answer: Answer, k: int) -> float:
    return float(any(hit.article.article_id in query.gold_article_ids for hit in answer.hits[:k]))


def _reciprocal_rank(query: Query, answer: Answer) -> float:
    ids = list(dict.fromkeys(hit.article.article_id for hit in answer.hits))[:10]
    found = (1.0 / rank for rank, id_ in enumerate(ids, start=1) if id_ in query.gold_article_ids)
    return max(found, default=0.0)


def _passages_state(query: Query, answer: Answer, k: int) -> float:
    texts = [normalize_text(hit.passage.text) for hit in answer.hits[:k]]
    return float(any(normalize_text(a) in text for a in query.answers for text in texts))


def _cites_gold(query: Query, answer: Answer, k: int) -> float:
    for citation in answer.citations[:k]:
        if citation.article_id not in query.gold_article_ids:
            continue
        quote = normalize_text(citation.quote)
        if any(normalize_text(text) in quote for text in query.answers):
            return 1.0
        if not query.answers and any(
            citation.article_id == article and citation.start < end and start < citation.end
            for article, start, end in query.gold_spans
        ):
            return 1.0
    return 0.0


def normalize_text(text: str) -> str:
    """Return a text as its words in lower case with a space around each, for comparing."""
    return f" {_NOT_WORD.sub(' ', text.casefold()).strip()} "
