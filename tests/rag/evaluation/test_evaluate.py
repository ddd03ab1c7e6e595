"""A set is run as a user would run it, and its report read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from index.errors import ArticleFormatError
from onrecord import Library
from rag import Settings
from rag.evaluation.evaluate import Report, evaluate_set, read_report
from rag.evaluation.measures import Outcome


def write_lines(folder: Path, *lines: object) -> Path:
    file = folder / "queries.jsonl"
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    file.write_text(text, encoding="utf-8")
    return file


def take(report: Report, name: str) -> tuple[float, int]:
    measure = report.measures[name]
    return measure.value, measure.questions


@pytest.fixture
def question_set(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    folder.mkdir()
    articles = [
        {"id": "strike", "title": "Strike", "text": "Dockers walked out at Port Elin on Monday."},
        {"id": "frost", "title": "Frost", "text": "A late frost killed the pears of Dunhollow."},
    ]
    corpus = "\n".join(json.dumps(article) for article in articles)
    (folder / "corpus.jsonl").write_text(corpus, encoding="utf-8")
    write_lines(
        folder,
        {
            "question": "Who walked out at Port Elin?",
            "answers": ["Dockers"],
            "gold_doc_ids": ["strike"],
            "gold_spans": [["strike", 0, 7]],
        },
        {"question": "What killed the pears?", "gold_doc_ids": ["frost"]},
        {"question": "Who sings in Vienna?", "answerable": False},
        {"question": "and at Dunhollow?", "history": [{"role": "user", "text": "Any pears?"}]},
    )
    return folder


def test_a_set_is_added_asked_and_scored(question_set: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    kept = tmp_path / "kept"
    settings = Settings(encoder="hash", refuse_below=0.0)
    report = evaluate_set(
        question_set,
        library=kept,
        settings=settings,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (report.name, report.articles) == ("set", 2)
    assert take(report, "article hit@1") == (1.0, 2)
    assert take(report, "answer in passages@1") == (1.0, 1)
    assert take(report, "evidence@1") == (1.0, 1)
    assert take(report, "unanswerable refused") == (0.0, 1)
    with Library.open(kept) as library:
        assert library.statistics().articles == 2
    again = evaluate_set(question_set, library=kept, settings=settings, limit=1)
    assert take(again, "article hit@1") == (1.0, 1)
    assert "unanswerable refused" not in again.measures


def test_without_a_library_nothing_is_left_behind(
    question_set: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report = evaluate_set(question_set, settings=Settings(encoder="hash"), limit=0)
    assert (report.articles, report.measures) == (2, {})
    assert [file.name for file in tmp_path.iterdir()] == ["set"]


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl"])
def test_a_set_without_its_files_is_named(question_set: Path, name: str) -> None:
    (question_set / name).unlink()
    with pytest.raises(ArticleFormatError, match=f"{name}: missing; a set has"):
        evaluate_set(question_set, settings=Settings(encoder="hash"))


def test_a_malformed_question_is_found_before_anything_is_added(
    question_set: Path, tmp_path: Path
) -> None:
    write_lines(question_set, {"question": "Why?"}, "oops")
    with pytest.raises(ArticleFormatError, match=r"queries\.jsonl:2"):
        evaluate_set(question_set, library=tmp_path / "kept", settings=Settings(encoder="hash"))
    assert not (tmp_path / "kept").exists()


def test_a_set_without_questions_or_articles_is_named(question_set: Path) -> None:
    settings = Settings(encoder="hash")
    (question_set / "corpus.jsonl").write_text("\n", encoding="utf-8")
    with pytest.raises(ArticleFormatError, match=r"corpus\.jsonl: no article in it; a line is"):
        evaluate_set(question_set, settings=settings)
    write_lines(question_set)
    with pytest.raises(ArticleFormatError, match=r"queries\.jsonl: no question in it; see"):
        evaluate_set(question_set, settings=settings)


def test_what_makes_a_run_doubtful_is_logged(
    question_set: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (question_set / "corpus.jsonl").open("a", encoding="utf-8") as corpus:
        corpus.write('\n{"title": "No text"}\noops\n')
    write_lines(question_set, {"question": "Who walked out?", "gold_doc_ids": ["gone"]})
    evaluate_set(question_set, settings=Settings(encoder="hash"))
    skips, unknown = (record.getMessage() for record in caplog.records)
    assert "corpus.jsonl: 2 of its articles skipped, the first at" in skips
    assert "1 of 1 gold_doc_ids are of no article in corpus.jsonl, such as 'gone'" in unknown


def make_report() -> Report:
    outcomes = tuple(
        Outcome(str(n), n % 2 == 0, n > 3, n / 8, {"evidence@1": 1 / (n + 1)}, {"total": n / 3})
        for n in range(6)
    )
    return Report("set", 1234, outcomes, {"k": "10"})


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = make_report()
    file = tmp_path / "run.json"
    file.write_text(json.dumps(report.to_dict()), encoding="utf-8")
    again = read_report(file)
    assert again.to_dict() == report.to_dict()
    assert (again.name, again.articles, again.settings) == ("set", 1234, {"k": "10"})
    assert again.measures.keys() == report.measures.keys()


OUTCOME = (
    '{{"query_id": "1", "answerable": true, "refused": false, "probability": {},'
    ' "shares": {{}}, "seconds": {{}}}}'
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"set": "x", "articles": 1, "outcomes": [1]}',
        '{"set": "x", "articles": 1e999, "outcomes": []}',
        f'{{"set": "x", "articles": 1, "outcomes": [{OUTCOME.format("NaN")}]}}',
        f'{{"set": "x", "articles": 1, "outcomes": [{OUTCOME.format("1e999")}]}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_report_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ArticleFormatError, match=r"run\.json: not a report; make one with"):
        read_report(file)
