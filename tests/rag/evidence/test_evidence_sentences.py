from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from index.text.passages import split_passages
from index.types import Article, Hit
from rag.asking.terms import QuestionTerms, analyze_question
from rag.evidence.sentences import FEATURES, quoting_margin, rank_sentences, sentence_features

MakeHit = Callable[..., Hit]


def ask(question: str) -> QuestionTerms:
    return analyze_question(
        question, document_frequencies={}, n_passages=0, word_ranks=word_ranks()
    )


BRIDGE = "The bridge was closed on Friday. Engineers found four cracks in it. Ferries are full."


def test_every_sentence_is_a_candidate_once(make_hit: MakeHit) -> None:
    first = make_hit(BRIDGE)
    candidates, features = sentence_features([first, first], ask("How many cracks?"))
    assert [c.sentence.text for c in candidates] == [s.text for s in first.passage.sentences]
    assert features.shape == (3, len(FEATURES))
    assert np.isfinite(features).all()


def test_the_sentence_that_answers_comes_first(make_hit: MakeHit) -> None:
    evidence = rank_sentences([make_hit(BRIDGE)], ask("How many cracks did engineers find?"))
    assert evidence[0].text == "Engineers found four cracks in it."
    scores = [item.score for item in evidence]
    assert scores == sorted(scores, reverse=True)


def test_words_of_the_asked_speaker_come_before_words_about_them(make_hit: MakeHit) -> None:
    text = (
        "Norway accused Russia of sending a ship. Norway said that Russia knew about the ship. "
        "Oleg Tarasov, the spokesman for the Russian president, denied that there was a ship."
    )
    evidence = rank_sentences([make_hit(text)], ask("what did Russia say about the ship?"))
    assert evidence[0].text.startswith("Oleg Tarasov")


def test_words_of_a_namesake_are_not_those_of_the_asked_speaker(make_hit: MakeHit) -> None:
    text = (
        "Minister Lars Holm met Ada Holm, the mayor. Lars Holm left early on Friday. "
        "“The bridge is a danger,” Holm said."
    )
    terms = ask("What did Ada Holm say about the bridge?")
    _, features = sentence_features([make_hit(text)], terms)
    assert features[2, FEATURES.index("speaker")] == -1.0
    terms = ask("What did Lars Holm say about the bridge?")
    _, features = sentence_features([make_hit(text)], terms)
    assert features[2, FEATURES.index("speaker")] == 1.0


def test_repeats_are_folded_into_the_better_placed(make_hit: MakeHit) -> None:
    other = "Engineers found four cracks in it. Nobody was hurt."
    evidence = rank_sentences(
        [make_hit(BRIDGE), make_hit(other, article_id="b", score=0.5)],
        ask("How many cracks were found?"),
    )
    cracks = [item for item in evidence if "cracks" in item.text]
    assert len(cracks) == 1
    assert cracks[0].hit.article.article_id == "a"
    assert [copy.article_id for copy in cracks[0].copies] == ["b"]


def test_every_piece_of_evidence_is_its_place_in_the_article(make_hit: MakeHit) -> None:
    for item in rank_sentences([make_hit(BRIDGE)], ask("When was the bridge closed?")):
        assert item.hit.article.text[item.start : item.end] == item.text


def test_no_hits_give_no_evidence() -> None:
    assert rank_sentences([], ask("When was the bridge closed?")) == ()


def test_the_margin_is_positive() -> None:
    assert quoting_margin() > 0


@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=80).filter(
            str.strip
        ),
        min_size=1,
        max_size=4,
    ),
    st.text(max_size=60),
)
def test_any_text_is_scored(lines: list[str], question: str) -> None:
    text = "\n".join(line.strip() for line in lines)
    article = Article("a", "t", text, published=date(2024, 1, 1))
    hits = [
        Hit(article, passage, 0.0, 0.0, 0.0, 0.0, tuple(0.0 for _ in passage.sentences))
        for passage in split_passages(text)
    ]
    for item in rank_sentences(hits, ask(question)):
        assert np.isfinite(item.score)
        assert text[item.start : item.end] == item.text
