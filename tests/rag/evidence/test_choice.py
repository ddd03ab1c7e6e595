from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from index.language.words import word_ranks
from index.types import Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evidence.choice import (
    CONFIDENCE_FEATURES,
    answer_probability,
    confidence_features,
    keep_distinct,
    refusal_threshold,
)
from rag.evidence.sentences import FEATURES, keep_named, load_weights, rank_sentences
from rag.types import Evidence

MakeHit = Callable[..., Hit]

TEXT = "The Tollen Bridge was closed on Friday. Engineers found four cracks in the Tollen Bridge."


def ask(question: str) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


def probability(hit: Hit, question: str) -> float:
    terms = ask(question)
    return answer_probability([hit], rank_sentences([hit], terms), terms)


def test_the_stored_weights_fit_the_code() -> None:
    weights = load_weights()
    assert weights["evidence"]["features"] == list(FEATURES)
    assert weights["confidence"]["features"] == list(CONFIDENCE_FEATURES)
    assert len(weights["evidence"]["coefficients"]) == len(FEATURES)
    assert len(weights["confidence"]["coefficients"]) == len(CONFIDENCE_FEATURES)
    assert weights["confidence_across"]["features"] == list(CONFIDENCE_FEATURES)
    assert 0.0 < refusal_threshold() < 1.0
    assert 0.0 < refusal_threshold(across=True) < 1.0


def test_the_stored_weights_say_what_they_reached() -> None:
    weights = load_weights()
    for part in ("evidence", "confidence", "confidence_across"):
        assert weights[part]["reached"]
        assert weights[part]["method"]
    assert weights["fitted"]


def test_more_of_the_question_found_makes_an_answer_likelier(make_hit: MakeHit) -> None:
    hit = make_hit(TEXT, cosine=0.6)
    asked = probability(hit, "How many cracks did engineers find in the Tollen Bridge?")
    other_name = probability(hit, "How many cracks did engineers find in the Marrow Tunnel?")
    far_off = probability(make_hit(TEXT, cosine=0.1), "Who won the chess title in Buenos Aires?")
    assert 1.0 >= asked > other_name > far_off >= 0.0


def test_between_two_languages_no_word_is_missed(make_hit: MakeHit) -> None:
    terms = ask("Wie viele Risse fanden die Prüfer in der Brücke?")
    near, far = (
        answer_probability([hit], rank_sentences([hit], terms), terms, across=True)
        for hit in (make_hit(TEXT, cosine=0.5), make_hit(TEXT, cosine=0.1))
    )
    assert near > refusal_threshold(across=True) > far


def test_nothing_found_is_no_answer() -> None:
    assert answer_probability([], [], ask("Who resigned?")) == 0.0


def test_the_features_do_not_depend_on_the_size_of_bm25_scores(make_hit: MakeHit) -> None:
    terms = ask("How many cracks did engineers find?")
    small = make_hit(TEXT)
    large = replace(small, bm25=1000.0)
    first, second = (
        confidence_features([hit], rank_sentences([hit], terms), terms) for hit in (small, large)
    )
    np.testing.assert_array_equal(first, second)


def test_each_answer_is_kept_once_and_only_if_it_is_of_the_kind_asked_for(
    make_hit: MakeHit,
) -> None:
    texts = ("It has 12 arches.", "The bridge has 12 of them.", "Others count 14.", "It is old.")
    found = []
    for place, text in enumerate(texts):
        hit = make_hit(text)
        number = next((word for word in text.strip(".").split() if word.isdigit()), "")
        start = hit.article.text.index(number) if number else 0
        answer = (start, start + len(number)) if number else None
        item = Evidence(hit, 0, len(hit.article.text), text, float(-place), (), answer=answer)
        found.append(item)
    kept = keep_distinct(found, ask("How many arches has the bridge?"))
    assert [item.text for item in kept] == ["It has 12 arches.", "Others count 14."]


def test_what_is_shown_as_context_names_what_was_asked_about(make_hit: MakeHit) -> None:
    hits = [make_hit("The Tollen Bridge was closed."), make_hit("It rained.", article_id="b")]
    ranked = rank_sentences(hits, ask("Who closed the Tollen Bridge?"))
    assert [item.text for item in keep_named(ranked)] == ["The Tollen Bridge was closed."]
    assert len(keep_named(rank_sentences(hits, ask("who closed it?")))) == len(hits)
