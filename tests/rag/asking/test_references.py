"""Which words of a question refer out of it, and whether it needs the conversation."""

from __future__ import annotations

import pytest

from rag.asking.noun_phrases import content_stems
from rag.asking.references import Antecedent, find_references, needs_context


@pytest.mark.parametrize(
    ("question", "antecedents"),
    [
        ("What did he say about it?", [Antecedent.MAN, Antecedent.THING]),
        ("When was that?", [Antecedent.EVENT]),
        ("Who lived there then?", [Antecedent.PLACE, Antecedent.TIME]),
        ("What was her reason?", [Antecedent.WOMAN]),
        ("Why did they leave?", [Antecedent.SEVERAL]),
        ("Where is ciabatta from and how is it made?", []),
        ("Is it true that the ferry sank?", []),
        ("Were there any deaths?", []),
        ("What happened this week?", []),
    ],
)
def test_words_that_refer_out_of_the_question(question: str, antecedents: list[Antecedent]) -> None:
    assert [reference.antecedent for reference in find_references(question)] == antecedents


@pytest.mark.parametrize(
    "question", ["Why?", "How many?", "Who else?", "What are the benefits?", "Who was the winner?"]
)
def test_what_is_left_out_is_noticed(question: str) -> None:
    assert needs_context(question)


def test_the_thing_that_was_mentioned_is_meant_again() -> None:
    asked = content_stems("Why did Quill close the tunnel?")
    question = "Was the tunnel closed again?"
    assert needs_context(question, asked, asked)
    assert not needs_context("How did the lions get out?", asked, asked)
