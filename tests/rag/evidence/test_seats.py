from __future__ import annotations

import pytest

from index import Article, Library
from index.language.speakers import find_asked_speaker
from rag import Assistant, Settings
from rag.evidence.choice import name_nation

TALKS = [
    Article(
        "treaty",
        "Oslo treaty",
        "Diplomats met in Oslo for talks about cod. The road to Oslo was closed by snow. Talks in"
        " Oslo went on. Oslo was cold, and the ambassador of Iceland complained about Oslo.",
    ),
    *(
        Article(f"oslo-{n}", f"Oslo {n}", f"The tram of Oslo was late on day {n}. Oslo waited.")
        for n in range(20)
    ),
    Article("denial", "Cod", "Norway said that it had caught no cod at all this winter."),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Oslo say?", "What did Norway say?"),
        ("how did oslo respond to the ban?", "how did Norway respond to the ban?"),
        ("What did Norway say in Oslo?", ""),
        ("What did the mayor of Oslo say?", ""),
        ("What did Ada Holm say?", ""),
        ("Where is Oslo?", ""),
    ],
)
def test_a_seat_stands_for_its_nation(question: str, expected: str) -> None:
    assert name_nation(question, find_asked_speaker(question)) == expected


def test_words_of_a_nation_answer_a_question_for_those_of_its_seat(library: Library) -> None:
    library.add(TALKS)
    assistant = Assistant(library, Settings(reader="none", refuse_below=0.0, k=1))
    answer = assistant.ask("What did Oslo say?")
    assert answer.citations[0].article_id == "denial"
    assert answer.standalone_question == "What did Oslo say?"


def test_a_seat_that_speaks_itself_is_quoted(library: Library) -> None:
    own = Article("own", "Answer", "Oslo said that the ban was unfair to its fishermen.")
    library.add([TALKS[0], TALKS[-1], own])
    assistant = Assistant(library, Settings(reader="none", refuse_below=0.0))
    assert assistant.ask("What did Oslo say?").citations[0].article_id == "own"
