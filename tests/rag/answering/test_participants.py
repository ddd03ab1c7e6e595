"""People who did something are counted where no article gives a figure."""

from __future__ import annotations

import pytest

from index.language.words import word_ranks
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.answering.figures import count_participants
from rag.answering.quote import quote_evidence
from rag.answering.reading_order import CitedClaims
from rag.asking.terms import analyze_question
from rag.types import Evidence

QUESTION = "How many people resigned?"


def answer(question: str, *texts: str) -> CitedClaims:
    evidence = []
    for number, text in enumerate(texts):
        (passage,) = split_passages(text)
        hit = Hit(Article(f"a{number}", "News", text), passage, 1.0, 0.5, 1.0, 0.5, ())
        evidence.append(Evidence(hit, 0, len(text), text, 1.0, (), likelihood=0.6))
    terms = analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )
    quoted = quote_evidence(evidence, max_claims=8, margin=1.0, least=0.2)
    return count_participants(question, terms, quoted, evidence)


BENN = "The fire chief of Lindwick, Karla Benn, resigned on Thursday."
LISTER = "Dov Lister, the editor of the parish newsletter, has resigned."


def test_those_named_are_counted_and_all_are_cited() -> None:
    counted = answer(QUESTION, BENN, LISTER, "Ms Benn resigned.", "Karla Benn quit.")
    assert counted.claims[0].text != BENN  # "Ms Benn" is not counted as somebody else
    counted = answer(QUESTION, BENN, LISTER, "Karla Benn quit.")
    first = counted.claims[0]
    assert first.text == "2 people, as far as these articles say: Karla Benn and Dov Lister."
    assert first.citations == tuple(citation.number for citation in counted.citations)
    assert [claim.text for claim in counted.claims[1:]] == [BENN, LISTER, "Karla Benn quit."]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        (QUESTION, [BENN]),
        (QUESTION, [BENN, "Seven people resigned."]),
        (QUESTION, [BENN, "Ada Holm and Dov Lister resigned."]),
        (QUESTION, [BENN, "They all resigned."]),
        ("How many boats sank?", [BENN, LISTER]),
        ("Who resigned?", [BENN, LISTER]),
    ],
)
def test_nobody_is_counted_where_that_is_open(question: str, texts: list[str]) -> None:
    assert [claim.text for claim in answer(question, *texts).claims] == texts
