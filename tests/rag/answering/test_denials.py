"""The accused's answer beside an allegation, and nobody else's."""

from dataclasses import replace
from datetime import date

import pytest

from index.types import Article
from rag.answering.denials import add_denials, find_answers
from rag.types import Citation, Claim, Support


def article(text: str, *, article_id: str = "a", title: str = "From the town hall") -> Article:
    return Article(article_id, title, text, published=date(2025, 2, 3), outlet="Mail")


def cite(source: Article, words: str) -> Citation:
    start = source.text.index(words)
    return Citation.of_place(source, start, start + len(words), 1)


SPENT = "Parents say that the headmaster, Piet Lammers, spent the money for books on a trip."
ACCUSED = "Two workers accuse Norsund Fish of selling old cod as fresh."


@pytest.mark.parametrize(
    ("allegation", "rest", "answer"),
    [
        (SPENT, "He rejected the claim. The ministry waits.", "He rejected the claim."),
        (SPENT, "They wrote to the ministry. He calls it a lie.", "He calls it a lie."),
        (SPENT, "Mr Lammers declined to comment.", "Mr Lammers declined to comment."),
        (SPENT, "“Nonsense,” said Lammers.", "“Nonsense,” said Lammers."),
        (
            SPENT,
            "The school is old.\nIt has six rooms.\nLammers denied spending money on a trip.",
            "Lammers denied spending money on a trip.",
        ),
        (
            ACCUSED,
            "The firm has 140 workers.\nThere is no truth in it, Norsund Fish said.",
            "There is no truth in it, Norsund Fish said.",
        ),
        (
            "The report says that the shipyard let oil flow into the harbour.",
            "The findings are disputed by the shipyard.",
            "The findings are disputed by the shipyard.",
        ),
        (
            "Finland accused Russia of cutting the cable.",
            "Moscow dismissed the accusation as fantasy.",
            "Moscow dismissed the accusation as fantasy.",
        ),
        # Somebody else's, of something else, or none.
        (ACCUSED, "In another matter, Owe Lind denied having sold spoiled meat.", ""),
        (ACCUSED, "The judge rejected the appeal of a baker.", ""),
        ("The bridge is named after Ellen Sund.", "Two members denied having slept.", ""),
        (
            ACCUSED,
            "Rita Moe accuses the baker Bo Ek of theft.\nEk called the accusation baseless.",
            "",
        ),
        (f"{ACCUSED} The firm denied it.", "Later it denied all allegations.", ""),
    ],
)
def test_answers_in_the_same_article(allegation: str, rest: str, answer: str) -> None:
    source = article(f"{allegation} {rest}")
    found = find_answers(cite(source, allegation), [source])
    assert [source.text[start:end] for _, start, end in found] == ([answer] if answer else [])


LEAKED = article("The board says that the deputy head, Noor Castellan, leaked the exam papers.")


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Noor Castellan has denied that she leaked the exam papers.", True),
        ("“I never leaked any exam papers,” Noor Castellan said on Monday.", True),
        ("Noor Castellan denied that she is leaving the town.", False),
        ("Ada Prill denied that she leaked the exam papers.", False),
        ("Noor Castellan has been deputy head since 2015.", False),
    ],
)
def test_answers_in_another_article(text: str, *, answers: bool) -> None:
    other = article(text, article_id="b")
    found = find_answers(cite(LEAKED, LEAKED.text), [LEAKED, other])
    assert [(a.article_id, a.text[start:end]) for a, start, end in found] == (
        [("b", text)] if answers else []
    )


def test_an_answer_follows_its_allegation_and_is_cited_once() -> None:
    source = article(f"{SPENT} He denied it. The school is old.")
    first, second = cite(source, SPENT), replace(cite(source, "The school is old."), number=2)
    claims = [Claim(c.quote, Support.SUPPORTED, (c.number,)) for c in (first, second)]
    shown, citations = add_denials(claims, [first, second], [source])
    assert [claim.text for claim in shown] == [SPENT, "He denied it.", "The school is old."]
    assert [claim.citations for claim in shown] == [(1,), (3,), (2,)]
    assert citations[2].quote == source.text[citations[2].start : citations[2].end]
    assert not any(claim.context for claim in shown)
    assert add_denials(shown, citations, [source]) == (shown, citations)
