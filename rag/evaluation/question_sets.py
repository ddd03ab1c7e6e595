"""Question sets: what ``onrecord eval`` asks, and what is known about the answers.

A set is a folder with ``corpus.jsonl`` (a collection that ``onrecord add`` takes) and
``queries.jsonl``, one question a line:

    {"id", "question", "answers": ["…"], "answerable": true, "gold_doc_ids": ["…"],
     "gold_spans": [["doc id", start, end], …], "history": [{"role", "text"}, …]}

All but ``question`` may be missing or null; each measure uses the questions that it applies to.
One answer or id may be given without a list.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import ArticleFormatError
from rag.asking.question import check_question
from rag.errors import QuestionError
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
            except _NOT_OF_THE_SHAPE as error:
                raise ArticleFormatError(
                    f"{file}:{number}",
                    f"not a question ({_describe_fault(error)}); see 'onrecord eval --help' for the"
                    " shape",
                ) from error


def describe_doubts(queries: Sequence[Query], article_ids: Collection[str]) -> list[str]:
    """Return what makes the measures of a set doubtful, one line for each.

    Args:
        queries: The set's questions.
        article_ids: Ids of the articles that are asked.
    """
    lines = []
    gold = frozenset[str]().union(*(query.gold_article_ids for query in queries))
    if unknown := sorted(gold.difference(article_ids)):
        lines.append(
            f"{len(unknown):,} of {len(gold):,} gold_doc_ids are of no article in corpus.jsonl,"
            f" such as '{unknown[0]}'; nothing can be found there"
        )
    repeated = [name for name, n in Counter(q.query_id for q in queries).items() if n > 1]
    if repeated:
        lines.append(
            f"ids that stand for several questions: {len(repeated):,}, such as '{repeated[0]}';"
            " comparing two runs needs one id for each"
        )
    return lines


class _FieldError(ValueError):
    """A field of a line does not have the right form; the text says which."""


_NOT_OF_THE_SHAPE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
    QuestionError,
)


def _describe_fault(error: Exception) -> str:
    if isinstance(error, _FieldError | QuestionError):
        return str(error).split(";", maxsplit=1)[0]
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "not JSON"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return "a field is not of the shape"


def _read_query(row: object, number: int) -> Query:
    if not isinstance(row, dict):
        raise _FieldError("not an object")
    question, query_id = row.get("question"), row.get("id")
    if not isinstance(question, str):
        raise _FieldError('"question" must be a text')
    check_question(question)
    answers = tuple(map(str, _read_list(row, "answers")))
    return Query(
        query_id=str(number if query_id is None else query_id),
        question=question,
        answers=tuple(text for text in answers if text.strip()),
        answerable=_read_answerable(row),
        gold_article_ids=frozenset(map(str, _read_list(row, "gold_doc_ids"))),
        gold_spans=tuple(map(_read_span, _read_list(row, "gold_spans"))),
        history=tuple(map(_read_turn, _read_list(row, "history"))),
    )


def _read_list(row: dict[str, Any], name: str) -> list[Any]:
    """Return a field that is a list; a single text or number becomes a list of one."""
    value = row.get(name)
    if value is None:
        return []
    if isinstance(value, str | int) and name in {"answers", "gold_doc_ids"}:
        return [value]
    if not isinstance(value, list):
        raise _FieldError(f'"{name}" must be a list')
    return value


def _read_answerable(row: dict[str, Any]) -> bool:
    value = row.get("answerable")
    if value is None:
        return True
    if value not in (True, False):  # 1 and 0 count as these
        raise _FieldError('"answerable" must be true or false')
    return bool(value)


def _read_span(value: object) -> tuple[str, int, int]:
    try:
        if isinstance(value, list):
            article, start, end = value
            return str(article), int(start), int(end)
    except (TypeError, ValueError, OverflowError):
        pass
    raise _FieldError('a gold span must be ["id", start, end]')


def _read_turn(value: object) -> Turn:
    role = value.get("role") if isinstance(value, dict) else None
    text = value.get("text") if isinstance(value, dict) else None
    if not isinstance(role, str) or not isinstance(text, str):
        raise _FieldError('a turn of "history" must be {"role": …, "text": …}')
    return Turn(role, text)
