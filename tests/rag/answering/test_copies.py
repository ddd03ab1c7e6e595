"""What copies of one story are worth in an answer: one witness, cited once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import sample_story
from index.language.words import word_ranks
from index.library import Library
from index.text.passages import split_passages
from index.types import Article, Copy, Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.assistant import Assistant
from rag.evidence.reader import PassageReading, SentenceReading
from rag.evidence.sentences import compare_readings, rank_sentences
from rag.settings import Settings
from rag.types import Answer
from ui.render import render_terminal
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown

MakeHit = Callable[..., Hit]

PARAGRAPHS = sample_story.PARAGRAPHS[:4]
TEXT = "\n\n".join(PARAGRAPHS)
QUESTION = "Who blamed a beacon that had failed?"


def article(name: str, text: str, day: int | None, outlet: str) -> Article:
    published = None if day is None else date(2024, 3, day)
    return Article(name, f"Title of {name}", text, published=published, outlet=outlet)


def ask(library: Library, question: str = QUESTION) -> Answer:
    with Assistant(library, Settings(reader="none", refuse_below=0.0)) as assistant:
        return assistant.ask(question)


def terms_of(question: str = QUESTION) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


def test_the_earliest_is_cited_and_the_others_are_named(library: Library) -> None:
    library.add(
        [
            article("late", TEXT, 7, "Bay Wire"),
            article("early", f"PORT SORREL, March 5 (Elin Wire) — {TEXT}", 5, "Elin Gazette"),
            article("led", "\n\n".join(("A lamp is out.", *PARAGRAPHS[1:])), 6, "Quill Post"),
            article("undated", TEXT, None, "Dunhollow Echo"),
        ]
    )
    answer = ask(library)
    assert "Ines Calder" in answer.text
    first = answer.citations[0]
    assert first.article_id == "early"
    assert library.get("early").text[first.start : first.end] == first.quote
    assert {copy.article_id for copy in first.copies} == {"late", "led", "undated"}
    assert {citation.article_id for citation in answer.citations} == {"early"}
    assert "also in 3 other outlets: Bay Wire, Dunhollow Echo" in render_terminal(answer, width=200)
    assert "also in 3 other outlets" in exchange_to_markdown(Exchange.from_answer(1, answer))
    copies = answer.to_dict()["citations"][0]["copies"]  # type: ignore[index]
    assert {copy["article_id"] for copy in copies} == {"late", "led", "undated"}


def test_the_fullest_is_cited_where_the_earliest_is_cut(library: Library) -> None:
    library.add(
        [
            article("brief", "\n\n".join(PARAGRAPHS[2:3]), 4, "Bay Wire"),
            article("full", TEXT, 6, "Elin Gazette"),
        ]
    )
    first = ask(library).citations[0]
    assert first.article_id == "full"
    assert [copy.article_id for copy in first.copies] == ["brief"]


def test_a_sentence_of_a_longer_copy_is_cited_from_it(library: Library) -> None:
    addition = "The captain, Otto Brahm, had slept for two hours in three days, he told the police."
    library.add(
        [
            article("early", TEXT, 5, "Bay Wire"),
            article("same", TEXT, 6, "Quill Post"),
            article("longer", f"{TEXT}\n\n{addition}", 7, "Elin Gazette"),
        ]
    )
    first = ask(library, "How long had the captain Otto Brahm slept?").citations[0]
    assert (first.article_id, first.quote) == ("longer", addition)
    assert first.copies == ()
    first = ask(library).citations[0]
    assert first.article_id == "early"
    assert {copy.article_id for copy in first.copies} == {"same", "longer"}


def test_two_figures_of_one_story_both_stand(library: Library) -> None:
    library.add(
        [
            article("early", TEXT, 5, "Bay Wire"),
            article("updated", TEXT.replace("212 people", "231 people"), 6, "Quill Post"),
            article("again", TEXT.replace("212 people", "231 people"), 7, "Elin Gazette"),
        ]
    )
    answer = ask(library, "How many people were aboard the ferry Alba?")
    cited = {citation.article_id: citation for citation in answer.citations}
    assert set(cited) == {"early", "updated"}
    assert [copy.article_id for copy in cited["updated"].copies] == ["again"]
    assert len(answer.conflicts) <= 1  # printed twice, and still one side


def make_copy(hit: Hit, *sentences: int) -> Copy:
    starts = tuple(hit.passage.sentences[n].start for n in sentences)
    return Copy("copy", "Its title", "Its outlet", None, 0, 9, sentences=starts)


def test_only_sentences_that_a_copy_prints_are_also_in_it(make_hit: MakeHit) -> None:
    hit = make_hit("A beacon had failed on Sunday. The town was told to wait for a new one.")
    hit = replace(hit, copies=(make_copy(hit, 1),), story="a")
    evidence = {item.text: item for item in rank_sentences([hit], terms_of())}
    assert evidence["A beacon had failed on Sunday."].copies == ()
    others = evidence["The town was told to wait for a new one."].copies
    assert [copy.article_id for copy in others] == ["copy"]


def test_the_article_that_is_shown_is_cited_whichever_is_found_first(make_hit: MakeHit) -> None:
    text = (
        "The harbour master, Ines Calder, blamed a beacon that had failed on Sunday morning, two"
        " days after the town had asked for a new one."
    )
    edited = text.replace("had failed", "went out").replace("master", "chief")
    edited = edited.replace("the town had", "the council had")
    found = replace(make_hit(text, article_id="late", score=2.0, cosine=0.9), story="early")
    shown = replace(make_hit(edited, article_id="early", score=1.0, cosine=0.2), story="early")
    (item,) = rank_sentences([found, shown], terms_of())
    assert item.hit.article.article_id == "early"
    assert item.text == edited
    assert [copy.article_id for copy in item.copies] == ["late"]
    apart = [replace(hit, story="") for hit in (found, shown)]
    assert len(rank_sentences(apart, terms_of())) == 2  # so much edited, it is no repeat elsewhere


def read_aloud(hit: Hit, answers: list[str]) -> PassageReading:
    sentences = []
    for sentence, answer in zip(hit.passage.sentences, answers, strict=True):
        start = sentence.start + sentence.text.index(answer)
        sentences.append(SentenceReading(1.0, 1.0, start, start + len(answer)))
    return PassageReading(0.0, tuple(sentences))


@pytest.mark.parametrize(
    ("stories", "witnesses"),
    [(("", "", ""), 3), (("a", "a", ""), 2), (("a", "a", "a"), 1), (("a", "", "x"), 3)],
)
def test_repetition_is_no_corroboration(stories: tuple[str, ...], witnesses: int) -> None:
    hits = []
    for name, story in zip("abc", stories, strict=True):
        text = f"In edition {name} it says that 212 people were aboard."
        (passage,) = split_passages(text)
        hits.append(Hit(Article(name, name, text), passage, 1.0, 0.5, 1.0, 0.5, (0.5,), (), story))
    read = compare_readings(hits, [read_aloud(hit, ["212 people"]) for hit in hits])
    for found in read.values():
        assert found.agreement == pytest.approx(found.span + np.log(witnesses), abs=1e-4)
