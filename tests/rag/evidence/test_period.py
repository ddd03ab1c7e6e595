"""Sentences of a period: by the day they name, the day named before, or their article's day."""

from __future__ import annotations

from datetime import date

import pytest

from index.text.sentences import split_sentences
from index.types import Article, Hit, Passage
from rag.evidence.period import Period, keep_evidence, keep_hits, unite_hits
from rag.types import Evidence

FOURTH = Period(date(2025, 3, 4), date(2025, 3, 4))
MARCH = Period(date(2025, 3, 1), date(2025, 3, 31))
SINCE_MARCH = Period(date(2025, 3, 1), None)


def passage_of(text: str, published: date | None, score: float = 1.0) -> Hit:
    article = Article(text, "A title", text, published=published)
    passage = Passage(0, len(text), text, tuple(split_sentences(text)))
    return Hit(article, passage, score, 0.5, 1.0, 0.5)


@pytest.mark.parametrize(
    ("text", "published", "period", "is_admitted"),
    [
        ("A main burst on Tuesday.", date(2025, 3, 5), FOURTH, True),
        ("A main burst on Monday.", date(2025, 3, 5), FOURTH, False),
        ("A main burst.", date(2025, 3, 5), FOURTH, True),
        ("A main burst.", date(2025, 3, 6), FOURTH, False),
        ("A main will burst tomorrow.", date(2025, 3, 3), FOURTH, True),
        ("The works closed last month.", date(2025, 4, 9), MARCH, True),
        ("The works closed last month.", date(2025, 3, 9), MARCH, False),
        ("The works were sold on 31 March.", date(2025, 4, 2), MARCH, True),
        ("The works were sold on 31 March.", date(2025, 4, 2), SINCE_MARCH, True),
        ("The works, built in 1962, were sold.", date(2025, 3, 9), MARCH, True),
        ("The works were sold in 2025.", date(2025, 6, 9), MARCH, False),
        ("The works were sold.", None, MARCH, False),
        ("The works were sold on 9 March 2025.", None, MARCH, True),
    ],
)
def test_the_day_that_a_sentence_names_decides(
    text: str, published: date | None, period: Period, is_admitted: bool
) -> None:
    hit = passage_of(text, published)
    assert period.admits(hit.article, hit.passage.sentences, 0) is is_admitted
    assert bool(keep_hits([hit], period)) is is_admitted


def test_in_a_short_period_a_sentence_is_of_the_day_named_before_it() -> None:
    hit = passage_of("A main burst on Monday. Cellars were flooded.", date(2025, 3, 5))
    assert not FOURTH.admits(hit.article, hit.passage.sentences, 1)
    assert MARCH.admits(hit.article, hit.passage.sentences, 1)


def test_evidence_of_another_day_is_left_out() -> None:
    hit = passage_of("A main burst on Monday. It was mended on Tuesday.", date(2025, 3, 5))
    evidence = [
        Evidence(hit, sentence.start, sentence.end, sentence.text, 1.0, ())
        for sentence in hit.passage.sentences
    ]
    assert [item.text for item in keep_evidence(evidence, FOURTH)] == ["It was mended on Tuesday."]


def test_the_sentence_that_names_the_day_comes_before_those_that_need_it() -> None:
    text = "The mayor ate on Tuesday. A main burst on Tuesday. Cellars were flooded."
    hit = passage_of(text, date(2025, 3, 5))
    ate, burst, flooded = (
        Evidence(hit, s.start, s.end, s.text, score, (), likelihood=likelihood)
        for s, score, likelihood in zip(
            hit.passage.sentences, (0.1, 1.0, 3.0), (0.1, 0.3, 0.8), strict=True
        )
    )
    kept = keep_evidence([flooded, burst, ate], FOURTH)
    assert [item.text for item in kept] == [burst.text, flooded.text, ate.text]
    assert [item.likelihood for item in kept] == [0.8, 0.8, 0.1]


def test_passages_of_two_searches_are_listed_once_in_falling_order() -> None:
    one, two, three = (passage_of(f"Text {n}.", None, score) for n, score in enumerate((3, 2, 9)))
    united = unite_hits([one, two], [three, two])
    assert [hit.passage.text for hit in united] == ["Text 0.", "Text 1.", "Text 2."]
    assert [hit.score for hit in united] == sorted((hit.score for hit in united), reverse=True)
