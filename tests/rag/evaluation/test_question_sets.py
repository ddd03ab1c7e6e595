"""Question sets are read whole, or the line that is wrong is named."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from index.errors import ArticleFormatError
from rag import Turn
from rag.evaluation.question_sets import Query, describe_doubts, find_set_files, read_queries


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
        '{"question": "Why?", "answers": {"a": 1}}',
        '{"question": "Why?", "answerable": "false"}',
        '{"question": "Why?", "gold_spans": [["a", 1e400, 2]]}',
        '{"question": "Why?", "history": [{"role": "user", "text": 5}]}',
        '{"question": null}',
        '{"question": 7}',
        '{"question": "  "}',
        '{"question": "' + "why " * 600 + '"}',
        "[" * 100_000,
        '{"question": "Why?"',
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str) -> None:
    file = write_lines(tmp_path, {"question": "Why?"}, line, {"question": "Who?"})
    with pytest.raises(ArticleFormatError) as caught:
        list(read_queries(file))
    assert str(caught.value).startswith(f"{file}:2: not a question")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not an object"),
        ('{"question": " "}', "the question is empty"),
        ('{"question": "Why?", "history": "a"}', '"history" must be a list'),
        ('{"question": "Why?", "answerable": "no"}', '"answerable" must be true or false'),
        (
            '{"question": "Why?", "gold_spans": [["a", 1]]}',
            'a gold span must be ["id", start, end]',
        ),
    ],
)
def test_the_reason_is_said(tmp_path: Path, line: str, reason: str) -> None:
    with pytest.raises(ArticleFormatError, match=re.escape(f":1: not a question ({reason})")):
        list(read_queries(write_lines(tmp_path, line)))


def test_what_is_null_is_as_if_it_were_missing(tmp_path: Path) -> None:
    names = ("id", "answers", "answerable", "gold_doc_ids", "gold_spans", "history")
    file = write_lines(tmp_path, {"question": "Why?", **dict.fromkeys(names)})
    (query,) = read_queries(file)
    assert query == Query("1", "Why?", (), True, frozenset(), (), ())


def test_one_answer_may_stand_without_its_list(tmp_path: Path) -> None:
    file = write_lines(tmp_path, {"question": "Where?", "answers": "Elin", "gold_doc_ids": "a1"})
    (query,) = read_queries(file)
    assert query.answers == ("Elin",)
    assert query.gold_article_ids == frozenset({"a1"})


def test_a_blank_answer_is_none(tmp_path: Path) -> None:
    (query,) = read_queries(write_lines(tmp_path, {"question": "Where?", "answers": ["", "Elin"]}))
    assert query.answers == ("Elin",)


def test_what_makes_measures_doubtful_is_named(tmp_path: Path) -> None:
    rows = [
        {"question": "Where?", "gold_doc_ids": ["a", "lost"]},
        {"question": "Who?", "id": "1", "gold_doc_ids": ["b"]},
    ]
    queries = list(read_queries(write_lines(tmp_path, *rows)))
    unknown, repeated = describe_doubts(queries, {"a", "b"})
    assert unknown.startswith(
        "1 of 3 gold_doc_ids are of no article in corpus.jsonl, such as 'lost'"
    )
    assert repeated.startswith("ids that stand for several questions: 1, such as '1'")
    assert describe_doubts(queries[:1], {"a", "lost"}) == []


def test_both_files_of_a_set_are_needed(tmp_path: Path) -> None:
    (tmp_path / "corpus.jsonl").touch()
    with pytest.raises(ArticleFormatError, match=r"queries\.jsonl: missing; a set has"):
        find_set_files(tmp_path)
    (tmp_path / "queries.jsonl").touch()
    assert find_set_files(tmp_path) == (tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl")
