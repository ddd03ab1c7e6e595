"""Questions drawn from articles: what is proposed, and that what is offered is answered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.text.passages import split_passages
from onrecord import Article, HashEmbedder, Library
from rag import Assistant
from rag.suggestions import propose_questions, suggest_from_library, suggest_next

QUAY = Article(
    article_id="quay",
    title="A calmer quay",
    text="The Harbour Board met on Tuesday. “We want a calmer quay for everybody”, Ines Varga told"
    " the Harbour Board. On Monday Officials said nothing. The Old Quay belongs to the Harbour"
    " Board.",
    outlet="Bay Wire",
)
TRAM = Article(
    article_id="tram",
    title="Trams from May",
    text="Trams will run from May, Mayor Tomas Reck said on Friday. The line was built by"
    " South Korean engineers, and South Korean banks paid.",
)
STEEL = Article(
    article_id="steel",
    title="Steel",
    text="The price of steel rose by a tenth in one year. Nobody knows why it did.",
)


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.add((QUAY, TRAM, STEEL))
        yield Assistant(library)


def propose(article: Article) -> list[list[str]]:
    sentences = [s for passage in split_passages(article.text) for s in passage.sentences]
    return [[c.question for c in kind] for kind in propose_questions(article, sentences)]


def test_speakers_are_asked_for_what_they_said_and_quotations_for_their_speaker() -> None:
    said, quoted, named = propose(QUAY)
    assert said == ["What did Ines Varga say about the Harbour Board?"]
    assert quoted == ["Who said “We want a calmer quay for everybody”?"]
    assert named[0] == "What do the articles say about the Harbour Board?"


def test_weekdays_offices_and_peoples_are_no_names() -> None:
    said, quoted, named = propose(TRAM)
    assert said == ["What did Mayor Tomas Reck say?"]
    assert quoted == []
    assert not any("Korean" in question or "Friday" in question for question in named)


def test_an_article_without_names_proposes_nothing() -> None:
    assert propose(STEEL) == [[], [], []]


def test_what_is_suggested_is_answered_from_its_article(assistant: Assistant) -> None:
    questions = suggest_from_library(assistant, limit=4)
    assert questions
    assert len(set(questions)) == len(questions) <= 4
    for question in questions:
        answer = assistant.ask(question)
        assert not answer.refused
        assert {citation.article_id for citation in answer.citations} & {"quay", "tram"}


def test_a_search_for_examples_can_be_left(assistant: Assistant) -> None:
    assert suggest_from_library(assistant, limit=4, stop=lambda: True) == ()


def test_what_is_asked_next_is_answered_with_something_new(assistant: Assistant) -> None:
    first = suggest_next(assistant, ["quay", "tram", "gone"], limit=3)
    assert first
    seen = [citation for text in first for citation in assistant.ask(text).citations[:1]]
    shown = {(citation.article_id, citation.start) for citation in seen}
    for question in suggest_next(
        assistant, ["quay", "tram"], limit=3, asked=first[:1], shown=shown
    ):
        assert question != first[0]
        best = assistant.ask(question).citations[0]
        assert (best.article_id, best.start) not in shown


def test_an_empty_library_suggests_nothing(tmp_path: Path) -> None:
    with Library.create(tmp_path / "empty", embedder=HashEmbedder()) as library:
        assert suggest_from_library(Assistant(library), limit=4) == ()
