"""What is asked for binds: its kind, its noun, its number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from rag.asking.terms import analyze_question
from rag.evidence.weighing import BINDING_FEATURES, binding_features, find_asked_for


def features(question: str, sentence: str, context: str = "") -> dict[str, float]:
    terms = analyze_question(
        question, document_frequencies={}, n_passages=10, word_ranks=word_ranks()
    )
    row = binding_features(question, terms, sentence, context or sentence)
    return dict(zip(BINDING_FEATURES, row, strict=True))


@pytest.mark.parametrize(
    ("question", "head"),
    [
        ("Which outside firm did the council hire?", "firm"),
        ("What bail did the judge set for Raddick?", "bail"),
        ("What is the name of the judge who freed him?", "judg"),
        ("By how many minutes did the tram miss its time?", "minut"),
        ("Why did the lido close?", ""),
        ("Who closed the lido?", ""),
    ],
)
def test_the_noun_that_is_asked_for(question: str, head: str) -> None:
    assert find_asked_for(question).head == head


def test_a_number_counts_only_what_it_stands_before() -> None:
    question = "How many passengers were hurt on the ferry?"
    assert features(question, "Eleven passengers were hurt.")["number_bound"] == 1.0
    assert features(question, "The 11 injured passengers went home.")["number_bound"] == 1.0
    assert features(question, "The ferry left at 11 with its passengers.")["number_bound"] == 1.0
    assert features(question, "The ferry is 11 years old.")["number_bound"] == 0.0


def test_a_number_of_the_question_is_no_answer() -> None:
    question = "How many of the 40 passengers were hurt?"
    assert features(question, "All 40 passengers were on deck.")["number_bound"] == 0.0


def test_an_amount_is_money() -> None:
    question = "How much did the council pay for the pumps?"
    assert features(question, "The pumps cost €30,000.")["kind_met"] == 1.0
    assert features(question, "The council bought two pumps.")["kind_unmet"] == 1.0


def test_the_noun_may_stand_beside_the_sentence() -> None:
    question = "Which firm did the council hire?"
    row = features(question, "It is Halder & Sons.", "The firm is new. It is Halder & Sons.")
    assert row["head_met"] == 0.0
    assert row["head_unmet"] == 0.0
    assert features(question, "It is Halder & Sons.")["head_unmet"] == 1.0


@given(st.text(max_size=60), st.text(max_size=60))
def test_features_are_shares_whatever_is_said(question: str, sentence: str) -> None:
    row = features(question, sentence)
    assert len(row) == len(BINDING_FEATURES)
    assert all(0.0 <= value <= 1.0 + 1e-9 for value in row.values())
