"""The words left of a question to look for, its language, and how common words are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import (
    STOP_WORDS_BY_LANGUAGE,
    guess_language,
    split_words,
    word_ranks,
)
from index.searching.search import query_terms
from rag.asking.terms import analyze_question, stem_text

QUESTIONS = {
    "en": ("what did the minister say about the bridge?", ("minister", "bridge")),
    "de": ("Was hat der Minister über die Brücke gesagt?", ("minister", "brücke", "gesagt")),
    "fr": ("Qu'est-ce que le ministre a dit sur le pont ?", ("ministre", "pont")),
    "es": ("¿Qué dijo el ministro sobre el puente?", ("ministro", "puente")),
    "it": ("Che cosa ha detto il ministro sul ponte?", ("ministro", "ponte")),
    "pt": ("O que disse o ministro sobre a ponte?", ("ministro", "ponte")),
    "ru": ("Что сказал министр о мосте?", ("министр", "мосте")),
    "uk": ("Що сказав міністр про міст?", ("міністр", "міст")),
    "ar": ("ماذا قال الوزير عن الجسر؟", ("الوزير", "الجسر")),
    "ko": ("장관은 다리에 대해 무엇을 말했나?", ("장관", "다리")),
    "zh": ("部长对大桥说了什么？", ("部长", "大桥")),
    "ja": ("大臣は橋について何と述べた？", ("大臣", "橋", "つ", "述べ")),
}


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_language_of_a_question_is_known(language: str) -> None:
    assert guess_language(QUESTIONS[language][0]) == language


@pytest.mark.parametrize("language", QUESTIONS)
def test_the_function_words_of_its_language_are_dropped(language: str) -> None:
    question, terms = QUESTIONS[language]
    assert query_terms(question) == terms


@pytest.mark.parametrize(
    "question",
    ["Who founded Die Zeit?", "what is La La Land about", "Where is Москва Cafe?", "", "2018?"],
)
def test_a_foreign_name_makes_no_foreign_question(question: str) -> None:
    assert guess_language(question) == "en"


def test_english_words_that_are_function_words_elsewhere_are_looked_for() -> None:
    assert query_terms("did the man die in the war?") == ("man", "die", "war")
    assert query_terms("Wer war der Mann?") == ("mann",)


def test_two_neighbours_stand_for_a_word_where_no_space_does() -> None:
    assert split_words("会议在2024年") == ["会议", "议在", "2024", "年"]
    assert split_words("plain words, 東京 too") == ["plain", "words", "東京", "too"]


def test_a_chinese_sentence_covers_what_a_question_asks() -> None:
    terms = analyze_question(
        "部长对大桥说了什么？", document_frequencies={}, n_passages=10, word_ranks={}
    )
    near = terms.coverage(stem_text("部长宣布大桥将于五月开放。"))
    far = terms.coverage(stem_text("昨天的天气很好。"))
    assert near == 1.0
    assert far == 0.0


@given(st.text(max_size=80))
def test_every_text_has_terms_that_carry_no_syntax(text: str) -> None:
    assert all(term and term.replace("_", "x").isalnum() for term in query_terms(text))


def test_lists_hold_folded_words() -> None:
    for words in STOP_WORDS_BY_LANGUAGE.values():
        assert all(word == word.casefold() and word.isalpha() for word in words)


def test_word_ranks_order_words_by_frequency() -> None:
    ranks = word_ranks()
    assert ranks["the"] < ranks["trade"] < ranks["tr"]
    assert "ade" not in ranks
    assert all(word.isalpha() and word.islower() for word in ranks)
    assert word_ranks() is ranks


def test_word_ranks_are_empty_without_the_package() -> None:
    assert word_ranks("no_such_package") == {}
