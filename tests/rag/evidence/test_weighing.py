"""Weighing: which questions, and what the likeliest sentence does to the probability."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from onrecord import Article, Hit, Passage, Sentence
from rag.asking.terms import analyze_question
from rag.evidence.reader import READER_FOLDER, open_reader
from rag.evidence.sentences import compare_readings, load_weights, rank_sentences
from rag.evidence.weighing import (
    BINDING_FEATURES,
    LIKELIHOOD_FEATURES,
    MOST_WEIGHED,
    asks_for_decision,
    binding_features,
    least_likelihood,
    revise_probability,
    weigh_sentences,
)
from rag.types import Evidence

SAID = (
    "The new fire engine of Harrowmere came on Friday.",
    "It carries 4,000 litres of water.",
    "Jens Olorun drives it.",
)


def make_evidence(likelihood: float | None = None) -> Evidence:
    text = " ".join(SAID)
    sentences, place = [], 0
    for sentence in SAID:
        sentences.append(Sentence(place, place + len(sentence), sentence))
        place += len(sentence) + 1
    article = Article("a", "A fire engine", text, "a.md", date(2025, 3, 4), "Wire")
    hit = Hit(
        article, Passage(0, len(text), text, tuple(sentences)), 1.0, 0.5, 1.0, 0.5, (0.5,) * 3
    )
    return Evidence(hit, 0, len(SAID[0]), SAID[0], 1.0, (), likelihood=likelihood)


def test_the_stored_weights_fit_the_code() -> None:
    for part, question in (("likelihood", "Who paid?"), ("decisions", "Did the council pay?")):
        weights = load_weights()["with_reader"][part]
        assert set(weights["features"]) <= set(LIKELIHOOD_FEATURES)
        assert len(weights["coefficients"]) == len(weights["features"])
        assert 0 < weights["weighed"] <= MOST_WEIGHED
        assert least_likelihood(question) == weights["least"]
        assert 0.0 < weights["least"] < 1.0
        assert weights["reached"]


@pytest.mark.parametrize(
    ("question", "decision"),
    [
        ("How much water does it carry?", False),
        ("Why was it bought?", False),
        ("Did the council pay for it?", True),
        ("Tell me whether the council paid", True),
    ],
)
def test_a_question_without_a_question_word_asks_for_a_decision(
    question: str, decision: bool
) -> None:
    assert asks_for_decision(question) is decision


@pytest.mark.parametrize(
    ("question", "sentence", "met"),
    [
        ("Did the council pay for it?", "The council did not pay.", True),
        ("Tell me whether the council paid", "The council denied it.", True),
        ("Did the council pay for it?", "The council paid.", False),
        ("Who paid for it?", "Nobody paid, because it was not for sale.", False),
    ],
)
def test_a_denial_counts_where_a_yes_or_a_no_is_asked_for(
    question: str, sentence: str, met: bool
) -> None:
    terms = analyze_question(
        question, document_frequencies={}, n_passages=3, word_ranks=word_ranks()
    )
    features = binding_features(question, terms, sentence, sentence)
    assert features[BINDING_FEATURES.index("denial_met")] == met


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_likelier_sentence_makes_an_answer_no_less_probable(
    before: float, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    for question in ("Who paid?", "Did the council pay?"):
        less, threshold = revise_probability(question, before, [make_evidence(low)])
        more, _ = revise_probability(question, before, [make_evidence(high)])
        assert 0.0 <= less <= more <= 1.0
        assert 0.0 < threshold < 1.0


def test_without_evidence_there_is_no_answer() -> None:
    assert revise_probability("Who paid?", 0.9, [])[0] == 0.0


@pytest.mark.model
def test_the_sentence_that_has_what_is_asked_for_is_the_likeliest() -> None:
    question = "How much water does the new fire engine of Harrowmere carry?"
    terms = analyze_question(
        question, document_frequencies={}, n_passages=3, word_ranks=word_ranks()
    )
    reader, hits = open_reader(READER_FOLDER), [make_evidence().hit]
    read = compare_readings(hits, reader.read(question, hits))
    ranked = rank_sentences(hits, terms, read)
    weighed = weigh_sentences(question, ranked, terms, reader)
    assert weighed[0].text == SAID[1]
    likelihoods = [item.likelihood or 0.0 for item in weighed]
    assert likelihoods == sorted(likelihoods, reverse=True)
    assert {replace(item, likelihood=None) for item in weighed} == set(ranked)
