"""Evidence in the spellings and units of a claim."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification.restatement import restate

TEXTS = st.text(max_size=120) | st.text("aBé “”\"'.,12 km%$’-\n", max_size=120)


@pytest.mark.parametrize(
    ("claim", "evidence", "restated"),
    [
        ("Zelensky paid.", "Zelenskyy’s aide paid.", "Zelensky’s aide paid."),
        ("Kim Hongkyun paid.", "Kim Hong Kyun paid.", "Kim Hongkyun paid."),
        ("Kim Hong Kyun paid.", "Kim Hongkyun paid.", "Kim Hong Kyun paid."),
        ("Soren Jorgensen paid.", "Søren Jørgensen paid.", "Soren Jorgensen paid."),
        ("Mueller paid.", "Müller paid.", "Mueller paid."),
        ("Novak Đoković paid.", "Novak Djokovic paid.", "Novak Đoković paid."),
        ("Abdel el-Sisi paid.", "Abdel al-Sisi paid.", "Abdel el-Sisi paid."),
        ("It is 1,400 metres long.", "It is 1.4 km long.", "It is 1,400 metres long."),
        ("It ran 90 minutes.", "It ran an hour and a half.", "It ran 90 minutes."),
        ("It cost 3 million pounds.", "It cost £3m.", "It cost 3 million pounds."),
        ("It fell by 12 per cent.", "It fell by 12%.", "It fell by 12 per cent."),
        ("It has 1.2m people.", "It has 1,200,000 people.", "It has 1.2m people."),
    ],
)
def test_names_and_figures_are_written_as_in_the_claim(
    claim: str, evidence: str, restated: str
) -> None:
    assert restate(evidence, claim) == restated


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Garrison paid.", "Harrison paid."),
        ("Zara Gill paid.", "Sara Hill paid."),
        ("Meyer paid.", "Mayer paid."),
        ("Jon Moe and Jan Moe paid.", "Jan Moe paid Jon."),
        ("It is 1,400 metres long.", "It is 14 km long."),
        ("It closed in 2,021 towns.", "It closed in 2021."),
        ("He said: “It is 1,400 metres long.”", "It is 1.4 km long."),
        ("More than 300 came.", "There were 312 seats."),
    ],
)
def test_other_names_and_figures_are_left(claim: str, evidence: str) -> None:
    assert restate(evidence, claim) == evidence


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=150)
def test_what_is_restated_stays_so(claim: str, evidence: str) -> None:
    assert restate(claim, claim) == claim
    restated = restate(evidence, claim)
    assert restate(restated, claim) == restated


def test_an_ordinal_is_not_restated_as_a_figure() -> None:
    evidence = "The second ferry carries 84 cars."
    assert restate(evidence, "The ferry carries ORDER-02 cars.") == evidence
