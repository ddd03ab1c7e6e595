"""The figures that articles give for one thing are gathered, and no others."""

from datetime import date

import pytest

from index.language.words import word_ranks
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.answering.conflicts import NUMBER, add_conflicts
from rag.answering.figures import gather_figures
from rag.answering.quote import cite
from rag.asking.terms import QuestionTerms, analyze_question
from rag.types import Claim, Evidence, Support


def ask(question: str) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


def make_evidence(*texts: str) -> list[Evidence]:
    found = []
    for number, text in enumerate(texts):
        source = Article(f"a{number}", "News", text, published=date(2025, 5, 1))
        (passage,) = split_passages(text)
        hit = Hit(source, passage, 1.0, 0.5, 1.0, 0.5, ())
        found.append(Evidence(hit, 0, len(text), text, 1.0, ()))
    return found


MARCH = "How many people took part in the march for the hospital?"
MILL = "How many people were injured in the explosion at the mill?"
TUNNEL = "How much will the tunnel under Hare Hill cost?"


@pytest.mark.parametrize(
    ("question", "texts", "figures"),
    [
        (
            MARCH,
            [
                "Some 12,000 people took part in the march for the hospital, organisers said.",
                "Police put the number of people at the march for the hospital at 7,500.",
                "The marathon had 2,100 runners.",
            ],
            ["12,000 people", "7,500"],
        ),
        (
            MARCH,
            [
                "Some 12,000 people took part in the march for the hospital, police said.",
                "On Monday, two days after marchers filled the square, people took part again.",
            ],
            ["12,000 people"],
        ),
        (
            "How many homes in Ostrand did the storm Petra flood?",
            [
                "Storm Petra flooded 300 homes in Ostrand.",
                "In Dene 40 homes were flooded by storm Ada.",
            ],
            ["300 homes"],
        ),
        (
            "What fee did the two agree on?",
            ["They agreed on a fee of 70 million euros.", "The deal is worth 3 billion euros."],
            ["70 million euros"],
        ),
        (
            MARCH,
            ["3,000 nurses joined the march for the hospital.", "The hospital has 900 beds."],
            [],
        ),
        (
            MILL,
            [
                "The explosion at the mill injured 17 people, the fire brigade said.",
                "At least 22 people were hurt in the explosion at the mill.",
                "The mill employs 60 people.",
            ],
            ["17 people", "22 people"],
        ),
        (
            MILL,
            [
                "The explosion at the mill injured 17 people.",
                "More than 15 people were injured in the explosion at the mill.",
            ],
            ["17 people"],
        ),
        (
            TUNNEL,
            [
                "The tunnel under Hare Hill will cost 80 million crowns.",
                "Auditors put the cost of the tunnel under Hare Hill at 130 million crowns.",
                "The tunnel at Orle will be 9 kilometres long.",
            ],
            ["80 million crowns", "130 million crowns"],
        ),
        (
            "How many minutes did the train take to Orle?",
            ["The train to Orle takes 55 minutes.", "The train to Orle took 70 minutes."],
            [],
        ),
        (
            TUNNEL,
            ["The tunnel under Hare Hill costs $4.96.", "Hare Hill’s tunnel costs $5."],
            ["$4.96"],
        ),
        ("Who invented the roll?", ["Fritz Abel invented 12 rolls."], []),
    ],
)
def test_figures_of_one_thing(question: str, texts: list[str], figures: list[str]) -> None:
    found = gather_figures(question, ask(question), make_evidence(*texts))
    assert [figure.text for figure in found] == figures


def test_all_accounts_are_cited_and_named() -> None:
    evidence = make_evidence(
        "The explosion at the mill injured 17 people, the fire brigade said.",
        "At least 22 people were hurt in the explosion at the mill.",
    )
    (shown,) = cite(evidence[:1])
    claims, citations, conflicts = add_conflicts(
        [Claim(shown.quote, Support.SUPPORTED, (1,))], [shown], evidence, MILL, ask(MILL)
    )
    assert [claim.citations for claim in claims] == [(1,), (2,)]
    assert [c.quote for c in citations] == [item.text for item in evidence]
    (conflict,) = conflicts
    assert (conflict.kind, conflict.sides) == (NUMBER, ("17 people", "22 people"))
    assert conflict.citations == (1, 2)
