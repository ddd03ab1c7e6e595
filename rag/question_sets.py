"""Question sets: what ``onrecord eval`` asks, and what is known about the answers.

A set is a folder with ``corpus.jsonl`` (a collection that ``onrecord add`` takes) and
``queries.jsonl``, one question a line:

    {"id", "question", "answers": ["…"], "answerable": true, "gold_doc_ids": ["…"],
     "gold_spans": [["doc id", start, end], …], "history": [{"role", "text"}, …]}

All but ``question`` may be missing; a measure counts the questions that it can be taken on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ArticleFormatError
from rag.types import Turn


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


def find_set_files(folder: Path) -> tuple[Path, Path]:
    """Return the articles and the questions of a set.

    Raises:
        ArticleFormatError: If one of the two is missing.
    """
    corpus, questions = folder / "corpus.jsonl", folder / "queries.jsonl"
    for file in (corpus, questions):
        if not file.is_file():
            raise ArticleFormatError(str(file), "missing; a set has corpus.jsonl and queries.jsonl")
    return corpus, questions


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
