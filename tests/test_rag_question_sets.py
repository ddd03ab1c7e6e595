"""Question sets are read whole, or the line that is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import ArticleFormatError
from rag import Turn
from rag.question_sets import Query, find_set_files, read_queries


def write_lines(folder: Path, *lines: object) -> Path:
    file = folder / "queries.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_question_is_read_with_all_that_is_known(tmp_path: Path) -> None:
    full = {
        "id": 7,
        "question": "Who resigned?",
        "answers": ["Ada Holt", 3],
        "answerable": False,
        "gold_doc_ids": ["a", 12],
        "gold_spans": [["a", 0, 8]],
        "history": [{"role": "user", "text": "Hello"}],
        "rewrite": "left alone",
    }
    (first, second) = read_queries(write_lines(tmp_path, full, {"question": "Why?"}))
    assert first == Query(
        query_id="7",
        question="Who resigned?",
        answers=("Ada Holt", "3"),
        answerable=False,
        gold_article_ids=frozenset({"a", "12"}),
        gold_spans=(("a", 0, 8),),
        history=(Turn("user", "Hello"),),
    )
    assert second == Query(
        "2", "Why?", (), answerable=True, gold_article_ids=frozenset(), gold_spans=(), history=()
    )


@pytest.mark.parametrize(
    "line",
    [
        "not json",
        "[1]",
        "7",
        "null",
        '"why?"',
        "{}",
        '{"question": "Why?", "gold_spans": [["a", 0]]}',
        '{"question": "Why?", "gold_spans": [["a", "x", 1]]}',
        '{"question": "Why?", "gold_spans": 7}',
        '{"question": "Why?", "history": ["hello"]}',
        '{"question": "Why?", "history": [{"role": "user"}]}',
        '{"question": "Why?", "answers": 7}',
        '{"question": "Why?"',
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = write_lines(tmp_path, {"question": "Why?"}, line, {"question": "Who?"})
    with pytest.raises(ArticleFormatError) as caught:
        list(read_queries(file))
    assert str(caught.value).startswith(f"{file}:2: not a question")
    assert "\n" not in str(caught.value)


def test_both_files_of_a_set_are_needed(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").touch()
    with pytest.raises(ArticleFormatError, match=r"queries\.jsonl: missing; a set has"):
        find_set_files(tmp_path)
    (tmp_path / "queries.jsonl").touch()
    assert find_set_files(tmp_path) == (tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl")
