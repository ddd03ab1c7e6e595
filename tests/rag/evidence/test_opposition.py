"""Sentences about the opposite of what is asked."""

from collections.abc import Callable

import pytest

from index.language.words import word_ranks
from index.types import Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evidence.opposition import opposes_question
from rag.evidence.sentences import rank_sentences

MakeHit = Callable[..., Hit]


def ask(question: str) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


@pytest.mark.parametrize(
    ("question", "sentence", "before", "opposes"),
    [
        ("Who resigned?", "Anneke Moss refused to resign.", "", True),
        ("Who resigned?", "Hugo Paxman resigned.", "", False),
        ("Who refused to resign?", "Hugo Paxman resigned.", "", True),
        ("Did Moss resign?", "Anneke Moss refused to resign.", "", False),
        ("Did Kestrel Line deny it?", "Ferrant Ferries denied agreeing on prices.", "", True),
        ("Did Kestrel Line deny it?", "The regulator accused Kestrel Line of it.", "", True),
        ("Did Kestrel Line deny it?", "Kestrel Line rejected the accusation.", "", False),
        ("Did Kestrel Line deny it?", "It called the claim a lie.", "Kestrel Line paid.", False),
        ("Did Kestrel Line deny it?", "It called the claim a lie.", "Ferrant paid.", True),
        ("Did Kestrel Line deny it?", "Kestrel Line declined to comment.", "", False),
        ("Did Kestrel Line deny it?", "Kestrel Line admitted the deal.", "", False),
        ("Did Russia deny it?", "North Korea denied that it had shipped missiles.", "", True),
        ("Did Russia deny it?", "Moscow rejected the accusation.", "", False),
    ],
)
def test_what_opposes_a_question(
    question: str, sentence: str, before: str, *, opposes: bool
) -> None:
    assert opposes_question(ask(question), sentence, before) is opposes


def test_what_leans_on_an_opposed_sentence_is_left_out_with_it(make_hit: MakeHit) -> None:
    hit = make_hit(
        "Rory Tull will not step down. He said that there was work to do. Sol Amadi has resigned."
    )
    evidence = rank_sentences([hit], ask("Who resigned?"))
    assert [item.text for item in evidence] == ["Sol Amadi has resigned."]
