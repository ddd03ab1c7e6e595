"""Measures with known values, on results made by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Article, Hit, Library, Passage, Sentence
from index.errors import ArticleFormatError
from rag import Answer, Citation, Settings, Turn
from rag.evaluate import (
    Query,
    Report,
    area_under_curve,
    evaluate_set,
    normalize_text,
    read_queries,
    score_answers,
)


def make_query(
    *answers: str,
    gold: Sequence[str] = (),
    spans: Sequence[tuple[str, int, int]] = (),
    answerable: bool = True,
) -> Query:
    return Query("q", "why?", answers, answerable, frozenset(gold), tuple(spans), ())


def make_hit(name: str, text: str = "Snow fell in Quill.") -> Hit:
    article = Article(name, "Title", text)
    passage = Passage(0, len(text), text, (Sentence(0, len(text), text),))
    return Hit(article, passage, 1.0, 0.0, 0.0, 0.0, (0.0,))


def make_answer(
    hits: Sequence[Hit] = (),
    cited: Sequence[tuple[str, int, str]] = (),
    *,
    refused: bool = False,
    probability: float = 0.5,
    seconds: float = 1.0,
) -> Answer:
    """Return an answer that cites stretches given as (article, start, quote)."""
    citations = tuple(
        Citation(n, name, "Title", "", "", None, start, start + len(quote), quote)
        for n, (name, start, quote) in enumerate(cited, start=1)
    )
    times = {"retrieve": 0.0, "answer": seconds, "total": seconds}
    return Answer("why?", "why?", refused, (), citations, tuple(hits), probability, times)


# Reading


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


# Measures


def test_articles_are_found_at_their_ranks() -> None:
    hits = [make_hit(name) for name in ("a", "b", "b", "c", "d", "e")]
    results = [(make_query(gold=[name]), make_answer(hits)) for name in ("a", "c", "e", "z")]
    measures = score_answers(results)
    assert measures["article hit@1"] == (1 / 4, 4)
    assert measures["article hit@5"] == (2 / 4, 4)  # e is the sixth passage
    assert measures["article MRR@10"] == pytest.approx(((1 + 1 / 3 + 1 / 5) / 4, 4))


def test_the_reciprocal_rank_counts_ten_articles() -> None:
    hits = [make_hit(str(n)) for n in range(12)]
    results = [(make_query(gold=[name]), make_answer(hits)) for name in ("9", "10")]
    assert score_answers(results)["article MRR@10"] == pytest.approx((0.1 / 2, 2))


def test_one_of_several_gold_articles_is_enough() -> None:
    measures = score_answers([(make_query(gold=["x", "a"]), make_answer([make_hit("a")]))])
    assert measures["article hit@1"] == (1.0, 1)


def test_answers_are_looked_for_as_words() -> None:
    hits = [make_hit("a", "It cost $1,250 in Überlingen."), make_hit("b", "It cost 12.")]
    for text, found in (
        ("überlingen", 1.0),
        ("1,250", 1.0),
        ("1 250", 1.0),
        ("250 in", 1.0),
        ("25", 0.0),
        ("cost 12", 0.0),
        ("", 0.0),
        ("…", 0.0),
    ):
        query = make_query(text, gold=["a"], spans=[("a", 0, 3)])
        measures = score_answers([(query, make_answer(hits))])
        assert measures["answer in passages@1"] == (found, 1), text
    query = make_query("cost 12", gold=["a"], spans=[("a", 0, 3)])
    assert score_answers([(query, make_answer(hits))])["answer in passages@5"] == (1.0, 1)


def test_evidence_is_a_gold_article_that_states_the_answer() -> None:
    query = make_query("Ada Holt", gold=["a"], spans=[("a", 0, 8)])
    cited = [
        ("b", 0, "Ada Holt left."),
        ("a", 0, "She left."),
        ("a", 30, "ADA HOLT left."),
        ("a", 60, "Ada Holt left."),
    ]
    for skipped, at_one, at_three in ((0, 0.0, 1.0), (1, 0.0, 1.0), (2, 1.0, 1.0), (4, 0.0, 0.0)):
        measures = score_answers([(query, make_answer(cited=cited[skipped:]))])
        assert measures["evidence@1"] == (at_one, 1)
        assert measures["evidence@3"] == (at_three, 1)
    assert score_answers([(query, make_answer(cited=cited[:2]))])["evidence@3"] == (0.0, 1)


@pytest.mark.parametrize(("start", "found"), [(0, 0.0), (1, 1.0), (9, 1.0), (19, 1.0), (20, 0.0)])
def test_without_an_answer_evidence_touches_the_gold_span(start: int, found: float) -> None:
    query = make_query(gold=["a"], spans=[("a", 10, 20), ("b", 100, 110)])
    answer = make_answer(cited=[("a", start, "It rained!")])
    assert score_answers([(query, answer)])["evidence@1"] == (found, 1)


def test_refusals_are_counted_apart() -> None:
    results = [
        (make_query(), make_answer(refused=True)),
        (make_query(), make_answer()),
        (make_query(), make_answer()),
        (make_query(), make_answer()),
        (make_query(answerable=False), make_answer(refused=True)),
        (make_query(answerable=False), make_answer()),
    ]
    measures = score_answers(results)
    assert measures["answerable refused"] == (0.25, 4)
    assert measures["unanswerable refused"] == (0.5, 2)


def test_the_area_is_that_of_all_questions() -> None:
    results = [
        (make_query(), make_answer(probability=0.9)),
        (make_query(), make_answer(probability=0.4)),
        (make_query(answerable=False), make_answer(probability=0.4)),
        (make_query(answerable=False), make_answer(probability=0.1)),
    ]
    assert score_answers(results)["refusal AUC"] == pytest.approx((3.5 / 4, 4))
    assert "refusal AUC" not in score_answers(results[:2])
    assert "refusal AUC" not in score_answers(results[2:])


def test_times_are_percentiles() -> None:
    results = [(make_query(), make_answer(seconds=n / 100)) for n in range(101)]
    measures = score_answers(results)
    assert measures["seconds p50"] == pytest.approx((0.5, 101))
    assert measures["seconds p95"] == pytest.approx((0.95, 101))


def test_a_measure_that_cannot_be_taken_is_left_out() -> None:
    assert score_answers([]) == {}
    names = set(score_answers([(make_query(), make_answer())]))
    assert names == {"answerable refused", "seconds p50", "seconds p95"}
    names = set(score_answers([(make_query(gold=["a"], answerable=False), make_answer())]))
    assert names == {"unanswerable refused", "seconds p50", "seconds p95"}


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30).filter(
        lambda rows: len({label for label, _ in rows}) == 2
    )
)
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[bool, int]]) -> None:
    pairs = [(good, bad) for label, good in rows if label for other, bad in rows if not other]
    expected = sum((good > bad) + (good == bad) / 2 for good, bad in pairs) / len(pairs)
    labels = np.array([label for label, _ in rows])
    scores = np.array([score for _, score in rows], dtype=np.float64)
    assert area_under_curve(labels, scores) == pytest.approx(expected)
    assert area_under_curve(~labels, scores) == pytest.approx(1 - expected)


@given(st.text(max_size=30))
def test_normal_text_is_words_between_blanks(text: str) -> None:
    normal = normalize_text(text)
    assert normal == f" {' '.join(normal.split())} "
    assert normalize_text(normal) == normal


# A whole set


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
    assert report.measures["article hit@1"] == (1.0, 2)
    assert report.measures["answer in passages@1"] == (1.0, 1)
    assert report.measures["evidence@1"] == (1.0, 1)
    assert report.measures["unanswerable refused"] == (0.0, 1)
    with Library.open(kept) as library:
        assert library.statistics().articles == 2
    again = evaluate_set(question_set, library=kept, settings=settings, limit=1)
    assert again.measures["article hit@1"] == (1.0, 1)
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


def test_a_report_is_lines_and_json() -> None:
    report = Report("set", 1234, {"article hit@1": (2 / 3, 3), "answerable refused": (0.0, 1200)})
    assert report.lines() == [
        "set: 1,234 articles",
        "  article hit@1         0.667  (3 questions)",
        "  answerable refused    0.000  (1,200 questions)",
    ]
    assert json.loads(json.dumps(report.to_dict())) == {
        "set": "set",
        "articles": 1234,
        "measures": {
            "article hit@1": {"value": 0.6667, "questions": 3},
            "answerable refused": {"value": 0.0, "questions": 1200},
        },
    }
    assert Report("empty", 0, {}).lines() == ["empty: 0 articles"]
