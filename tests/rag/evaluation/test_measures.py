"""Measures with known values, on results made by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onrecord import Article, Hit, Passage, Sentence
from rag import Answer, Citation, Claim
from rag.evaluation.measures import (
    CurvePoint,
    Difference,
    Outcome,
    area_under_curve,
    compare_outcomes,
    normalize_text,
    refusal_curve,
    score_answer,
    suggest_threshold,
    summarize_outcomes,
    token_f1,
)
from rag.evaluation.question_sets import Query
from rag.types import Support


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


def score(results: Sequence[tuple[Query, Answer]]) -> dict[str, tuple[float, int]]:
    """Return value and number of questions of every measure."""
    measures = summarize_outcomes([score_answer(*pair) for pair in results])
    return {name: (m.value, m.questions) for name, m in measures.items()}


def test_articles_are_found_at_their_ranks() -> None:
    hits = [make_hit(name) for name in ("a", "b", "b", "c", "d", "e")]
    results = [(make_query(gold=[name]), make_answer(hits)) for name in ("a", "c", "e", "z")]
    measures = score(results)
    assert measures["article hit@1"] == (1 / 4, 4)
    assert measures["article hit@5"] == (2 / 4, 4)  # e is the sixth passage
    assert measures["article MRR@10"] == pytest.approx(((1 + 1 / 3 + 1 / 5) / 4, 4))


def test_the_reciprocal_rank_counts_ten_articles() -> None:
    hits = [make_hit(str(n)) for n in range(12)]
    results = [(make_query(gold=[name]), make_answer(hits)) for name in ("9", "10")]
    assert score(results)["article MRR@10"] == pytest.approx((0.1 / 2, 2))


def test_one_of_several_gold_articles_is_enough() -> None:
    measures = score([(make_query(gold=["x", "a"]), make_answer([make_hit("a")]))])
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
        measures = score([(query, make_answer(hits))])
        assert measures["answer in passages@1"] == (found, 1), text
    query = make_query("cost 12", gold=["a"], spans=[("a", 0, 3)])
    assert score([(query, make_answer(hits))])["answer in passages@5"] == (1.0, 1)


def test_evidence_is_a_gold_article_that_states_the_answer() -> None:
    query = make_query("Ada Holt", gold=["a"], spans=[("a", 0, 8)])
    cited = [
        ("b", 0, "Ada Holt left."),
        ("a", 0, "She left."),
        ("a", 30, "ADA HOLT left."),
        ("a", 60, "Ada Holt left."),
    ]
    for skipped, at_one, at_three in ((0, 0.0, 1.0), (1, 0.0, 1.0), (2, 1.0, 1.0), (4, 0.0, 0.0)):
        measures = score([(query, make_answer(cited=cited[skipped:]))])
        assert measures["evidence@1"] == (at_one, 1)
        assert measures["evidence@3"] == (at_three, 1)
    assert score([(query, make_answer(cited=cited[:2]))])["evidence@3"] == (0.0, 1)


@pytest.mark.parametrize(("start", "found"), [(0, 0.0), (1, 1.0), (9, 1.0), (19, 1.0), (20, 0.0)])
def test_without_an_answer_evidence_touches_the_gold_span(start: int, found: float) -> None:
    query = make_query(gold=["a"], spans=[("a", 10, 20), ("b", 100, 110)])
    answer = make_answer(cited=[("a", start, "It rained!")])
    assert score([(query, answer)])["evidence@1"] == (found, 1)


def test_refusals_are_counted_apart() -> None:
    results = [
        (make_query(), make_answer(refused=True)),
        (make_query(), make_answer()),
        (make_query(), make_answer()),
        (make_query(), make_answer()),
        (make_query(answerable=False), make_answer(refused=True)),
        (make_query(answerable=False), make_answer()),
    ]
    measures = score(results)
    assert measures["answerable refused"] == (0.25, 4)
    assert measures["unanswerable refused"] == (0.5, 2)


def test_the_area_is_that_of_all_questions() -> None:
    results = [
        (make_query(), make_answer(probability=0.9)),
        (make_query(), make_answer(probability=0.4)),
        (make_query(answerable=False), make_answer(probability=0.4)),
        (make_query(answerable=False), make_answer(probability=0.1)),
    ]
    assert score(results)["refusal AUC"] == pytest.approx((3.5 / 4, 4))
    assert "refusal AUC" not in score(results[:2])
    assert "refusal AUC" not in score(results[2:])


def test_times_are_percentiles() -> None:
    results = [(make_query(), make_answer(seconds=n / 100)) for n in range(101)]
    measures = score(results)
    assert measures["seconds p50"] == pytest.approx((0.5, 101))
    assert measures["seconds p95"] == pytest.approx((0.95, 101))


def test_a_measure_that_cannot_be_taken_is_left_out() -> None:
    assert score([]) == {}
    names = {n for n in score([(make_query(), make_answer())]) if not n.startswith("seconds")}
    assert names == {"answerable refused"}
    results = [(make_query(gold=["a"], answerable=False), make_answer())]
    names = {name for name in score(results) if not name.startswith("seconds")}
    assert names == {"unanswerable refused"}


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


def test_gain_is_discounted_by_rank_and_by_what_was_possible() -> None:
    hits = [make_hit(name) for name in ("x", "a", "a", "b")]
    (measure,) = [
        score([(make_query(gold=gold), make_answer(hits))])["article nDCG@10"]
        for gold in (["a", "b"],)
    ]
    expected = (1 / np.log2(3) + 1 / np.log2(4)) / (1 + 1 / np.log2(3))
    assert measure == pytest.approx((expected, 1))


def test_marked_words_are_compared_with_the_answers() -> None:
    assert token_f1("the Harbour ferry", ["harbour", "harbour ferry"]) == pytest.approx(4 / 5)
    assert token_f1("a a", ["a"]) == pytest.approx(2 / 3)
    assert token_f1("", ["a"]) == token_f1("b", ["a"]) == token_f1("b", []) == 0.0
    query = make_query("Ada Holt", gold=["a"], spans=[("a", 0, 8)])
    plain, marked = (
        Citation(1, "a", "T", "", "", None, 10, 25, "Ada Holt leaves", (), span)
        for span in (None, (10, 18))
    )
    answer = make_answer()
    for cited, expected in (((plain,), None), ((plain, marked), (1.0, 1))):
        answer = Answer("why?", "why?", False, (), cited, (), 0.5, {})
        assert score([(query, answer)]).get("answer span F1") == expected


def test_claims_count_by_what_their_check_found() -> None:
    claims = tuple(Claim("x", support, (1,)) for support in (Support.SUPPORTED, Support.PARTLY))
    cited = tuple(
        Citation(n, name, "T", "", "", None, 0, 1, "x") for n, name in ((1, "a"), (2, "b"))
    )
    answer = Answer("why?", "why?", False, claims, cited, (), 0.5, {})
    measures = score([(make_query(gold=["a"]), answer)])
    assert measures["claims supported"] == (0.5, 1)
    assert measures["citations of a gold article"] == (0.5, 1)


# Intervals, comparison, refusal


def make_outcome(number: int, share: float, *, answerable: bool = True, p: float = 0.5) -> Outcome:
    return Outcome(str(number), answerable, p < 0.5, p, {"evidence@1": share}, {"total": share})


def test_the_interval_of_a_rate_is_that_of_the_binomial() -> None:
    outcomes = [make_outcome(n, float(n < 60)) for n in range(100)]
    measure = summarize_outcomes(outcomes)["evidence@1"]
    assert (measure.value, measure.questions) == (0.6, 100)
    spread = 1.96 * (0.6 * 0.4 / 100) ** 0.5
    assert measure.low == pytest.approx(0.6 - spread, abs=0.02)
    assert measure.high == pytest.approx(0.6 + spread, abs=0.02)
    assert summarize_outcomes(outcomes)["evidence@1"] == measure


def test_a_rate_without_doubt_has_no_width() -> None:
    measure = summarize_outcomes([make_outcome(n, 1.0) for n in range(5)])["evidence@1"]
    assert (measure.low, measure.value, measure.high) == (1.0, 1.0, 1.0)


def test_two_runs_are_compared_on_what_both_have() -> None:
    before = [make_outcome(n, float(n % 2)) for n in range(80)]
    after = [make_outcome(n, 1.0) for n in range(40, 120)]
    difference = compare_outcomes(before, after)["evidence@1"]
    assert (difference.before, difference.after, difference.questions) == (0.5, 1.0, 40)
    assert difference.is_beyond_noise
    assert 0.3 < difference.low < 0.5 < difference.high < 0.7
    assert compare_outcomes(before, []) == {}
    same = compare_outcomes(before, before)
    assert {(d.low, d.high, d.is_beyond_noise) for d in same.values()} == {(0.0, 0.0, False)}


def test_one_question_more_is_noise() -> None:
    before = [make_outcome(n, float(n < 30)) for n in range(60)]
    after = [make_outcome(n, float(n < 31)) for n in range(60)]
    assert not compare_outcomes(before, after)["evidence@1"].is_beyond_noise


def test_a_difference_is_beyond_noise_when_its_interval_leaves_out_zero() -> None:
    for low, high, beyond in (
        (0.1, 0.2, True),
        (-0.2, -0.1, True),
        (-0.1, 0.1, False),
        (0, 0, False),
    ):
        assert Difference(0.5, 0.6, 9, low, high).is_beyond_noise is beyond


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9)), min_size=2, max_size=30).filter(
        lambda rows: len({label for label, _ in rows}) == 2
    )
)
def test_the_curve_is_what_each_threshold_would_refuse(rows: list[tuple[bool, int]]) -> None:
    outcomes = [make_outcome(i, 1.0, answerable=a, p=p / 10) for i, (a, p) in enumerate(rows)]
    curve = refusal_curve(outcomes)
    for point in curve:
        for kind, share in ((True, point.answerable_refused), (False, point.unanswerable_refused)):
            kept = [p / 10 for a, p in rows if a is kind]
            assert share == pytest.approx(sum(p < point.threshold for p in kept) / len(kept))
    assert (curve[0].answerable_refused, curve[0].unanswerable_refused) == (0.0, 0.0)
    assert (curve[-1].answerable_refused, curve[-1].unanswerable_refused) == (1.0, 1.0)
    suggested = suggest_threshold(curve)
    assert suggested is not None
    assert suggested.answerable_refused <= 0.05
    assert all(
        point.answerable_refused > 0.05 for point in curve if point.threshold > suggested.threshold
    )


def test_there_is_no_curve_of_one_kind_of_question() -> None:
    assert refusal_curve([make_outcome(1, 1.0)]) == ()
    assert refusal_curve([]) == ()
    assert suggest_threshold(()) is None
    assert suggest_threshold([CurvePoint(0.5, 0.2, 0.9)]) is None
