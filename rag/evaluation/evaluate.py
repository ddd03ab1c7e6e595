"""Runs a question set through the assistant: a set -> answers -> ``Report``."""

from __future__ import annotations

import json
import logging
import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import ArticleFormatError
from index.library import Library
from index.types import AddReport, LibraryPlace
from rag.assistant import Assistant
from rag.evaluation.measures import (
    Measure,
    Outcome,
    refusal_curve,
    score_answer,
    suggest_threshold,
    summarize_outcomes,
)
from rag.evaluation.question_sets import describe_doubts, find_set_files, read_queries
from rag.settings import Settings

_log = logging.getLogger("onrecord")


@dataclass(frozen=True, slots=True)
class Report:
    """One run of a set.

    Attributes:
        name: The set's folder name.
        articles: Articles in the library.
        outcomes: The score of each question, in the set's order.
        settings: Setting -> value, for the settings that shape an answer.
        measures: Name -> figure; computed from the outcomes.
    """

    name: str
    articles: int
    outcomes: tuple[Outcome, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    measures: Mapping[str, Measure] = field(init=False)

    def __post_init__(self) -> None:
        """Take the measures."""
        object.__setattr__(self, "measures", summarize_outcomes(self.outcomes))

    def to_dict(self) -> dict[str, object]:
        """Return the report as a JSON object, which ``read_report`` reads again."""
        suggested = suggest_threshold(refusal_curve(self.outcomes))
        return {
            "set": self.name,
            "articles": self.articles,
            "settings": dict(self.settings),
            "measures": {name: measure.to_dict() for name, measure in self.measures.items()},
            "suggested_refuse_below": round(suggested.threshold, 4) if suggested else None,
            "outcomes": [_round(asdict(outcome)) for outcome in self.outcomes],
        }


def evaluate_set(
    folder: Path,
    *,
    library: LibraryPlace | None = None,
    settings: Settings | None = None,
    limit: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Add a set's articles to a library, ask its questions and score the answers.

    Anything that makes the measures doubtful is logged: skipped articles, unknown ids.

    Args:
        folder: The set.
        library: Where the library is or will be made; a temporary one when None. Articles already
            in it are not encoded again.
        settings: How to answer.
        limit: Questions to ask, from the start; all when None.
        progress: Called with the number of questions asked and their total.

    Raises:
        ArticleFormatError: If a file of the set is missing, empty or malformed.
        OnRecordError: If the library cannot be used.
    """
    corpus, questions = find_set_files(folder)
    queries = list(read_queries(questions))
    if not queries:
        raise ArticleFormatError(
            str(questions), "no question in it; see 'onrecord eval --help' for the shape of a line"
        )
    settings = settings or Settings()
    with _open_library(library, settings) as opened:
        added = opened.add([corpus])
        known = {article.article_id for article in opened.articles()}
        if not known:
            raise ArticleFormatError(
                str(corpus), 'no article in it; a line is {"id": …, "title": …, "text": …}'
            )
        _report_skips(corpus, added)
        for line in describe_doubts(queries, known):
            _log.warning("%s: %s", questions, line)
        queries = queries[:limit]
        assistant = Assistant(opened, settings)
        outcomes: list[Outcome] = []
        for query in queries:
            outcomes.append(score_answer(query, assistant.ask(query.question, query.history)))
            if progress:
                progress(len(outcomes), len(queries))
        return Report(
            name=folder.name,
            articles=opened.statistics().articles,
            outcomes=tuple(outcomes),
            settings=_describe_settings(settings),
        )


def read_report(file: Path) -> Report:
    """Return a report that was written as JSON.

    Raises:
        ArticleFormatError: If the file is not one.
        OSError: If it cannot be read.
    """
    try:
        row = json.loads(file.read_text(encoding="utf-8"))
        return Report(
            name=str(row["set"]),
            articles=int(row["articles"]),
            outcomes=tuple(_read_outcome(outcome) for outcome in row["outcomes"]),
            settings={str(k): str(v) for k, v in row.get("settings", {}).items()},
        )
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise ArticleFormatError(
            str(file), "not a report; make one with 'onrecord eval SET --json > REPORT.json'"
        ) from error


def _report_skips(corpus: Path, report: AddReport) -> None:
    if report.skipped:
        first = report.skipped[0]
        _log.warning(
            "%s: %s of its articles skipped, the first at %s: %s",
            corpus,
            f"{len(report.skipped):,}",
            first.source,
            first.reason,
        )


@contextmanager
def _open_library(path: LibraryPlace | None, settings: Settings) -> Iterator[Library]:
    if path is not None:
        with Library.open_to_fill(path, **settings.encoding) as library:
            yield library
        return
    with (
        tempfile.TemporaryDirectory(prefix="onrecord-eval-") as folder,
        Library.create(Path(folder) / "library", **settings.encoding) as library,
    ):
        yield library


def _describe_settings(settings: Settings) -> dict[str, str]:
    return {
        name: str(value)
        for name, value in asdict(settings).items()
        if name != "library" and value not in {None, ""}
    }


def _read_outcome(row: dict[str, Any]) -> Outcome:
    return Outcome(
        query_id=str(row["query_id"]),
        answerable=bool(row["answerable"]),
        refused=bool(row["refused"]),
        probability=_read_figure(row["probability"]),
        shares={str(k): _read_figure(v) for k, v in row["shares"].items()},
        seconds={str(k): _read_figure(v) for k, v in row["seconds"].items()},
    )


def _read_figure(value: Any) -> float:  # noqa: ANN401 - any JSON value
    figure = float(value)
    if not math.isfinite(figure):
        raise ValueError(f"{figure} is no figure")
    return figure


def _round(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    return value
