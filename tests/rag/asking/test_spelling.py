from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.words import word_ranks
from onrecord import Article, Library
from rag import Assistant, Settings
from rag.asking.spelling import (
    Spelled,
    correct_slips,
    is_one_letter_off,
    knows_no_word,
    slip_variants,
    suggest_words,
)

ARTICLES = [
    Article(
        "harbour",
        "Harbour talks",
        "Minister Orla Brennoch opened the talks in Saltmere. Brennoch said the Ostravian fleet"
        " would leave by May. The negotiations go on.",
    ),
    Article("match", "Final", "Petra Alvaren won the final against Ines Karlow in Quill."),
]


@pytest.fixture
def library(library: Library) -> Library:
    library.add(ARTICLES)
    return library


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did Brennohc say?", "What did Brennoch say?"),
        ("what did brenoch say about the fleet?", "what did Brennoch say about the fleet?"),
        ("Who won in Saltmeer?", "Who won in Saltmere?"),
        ("Did Brennoch’s talks with the Osrtavian fleet fail?", None),
        ("When do the negotiatoins end?", "When do the negotiations end?"),
    ],
)
def test_a_swap_or_a_doubled_letter_is_corrected(
    library: Library, question: str, expected: str | None
) -> None:
    spelled = correct_slips(question, library, word_ranks())
    wanted = expected or question.replace("Osrtavian", "Ostravian")
    assert spelled.text == wanted
    assert len(spelled.changes) == 1
    asked, written = spelled.changes[0]
    assert spelled.remark == (
        f"Searched for “{written}” instead of “{asked}”, which no article has."
    )


@pytest.mark.parametrize(
    "question",
    [
        "Who won against Brennach?",  # another letter, perhaps another player
        "Who is Karlo?",  # a letter less
        "Who said “Brennohc must go”?",
        'Who wrote "Saltmeer"?',
        "Who is Ines Kraig?",
        "What did the mayor preside over?",  # an English word that no article has
        "Did the trawlers leave?",
        "What did Brennoch say in 20224?",
        "Is Quil a town?",  # four letters resemble too much
        "See https://brennohc.example or brennohc@saltmeer.example",
    ],
)
def test_what_may_be_meant_as_it_stands_is_not_touched(library: Library, question: str) -> None:
    assert correct_slips(question, library, word_ranks()).text == question


def test_a_long_name_may_have_other_vowels(library: Library) -> None:
    library.add([Article("talks", "Talks", "Wickremesinghe told parliament that talks go on.")])
    spelled = correct_slips("What did Wickramasinghe tell parliament?", library, word_ranks())
    assert spelled.text == "What did Wickremesinghe tell parliament?"
    other = "What did Wickremesonthe tell parliament?"
    assert correct_slips(other, library, word_ranks()).text == other


def test_a_word_of_the_library_is_never_touched(library: Library) -> None:
    library.add([Article("other", "Other", "Tom Brennohc, a painter, lives in Quill.")])
    assert correct_slips("Who is Brennohc?", library, word_ranks()) == Spelled("Who is Brennohc?")


def test_of_two_words_the_far_more_frequent_one_is_meant(library: Library) -> None:
    frequent = " ".join(["Niemann lost."] * 5)
    library.add([Article("one", "One", frequent), Article("two", "Two", "Neiman is a shop.")])
    assert correct_slips("What did Neimann deny?", library, {}).text == "What did Niemann deny?"


def test_two_words_that_may_be_meant_are_none(library: Library) -> None:
    library.add([Article("two", "Two", "Salmetre and Saltmere are towns.")])
    assert correct_slips("Where is Salmtere?", library, word_ranks()).changes == ()


def test_what_resembles_an_unknown_word_is_suggested(library: Library) -> None:
    spelled = correct_slips("Who beat Brennach and Zzyzxia?", library, word_ranks())
    assert spelled.unknown == ("Brennach", "Zzyzxia")
    assert suggest_words(spelled.unknown, library) == (
        "No article has “Brennach”; did you mean “Brennoch”?"
    )


def test_a_question_full_of_unknown_words_is_in_another_language(library: Library) -> None:
    question = "Welche Brennohc Verhandlungspartner verlassen Saltmeer übermorgen endgültig?"
    assert correct_slips(question, library, word_ranks()) == Spelled(question)


def test_an_answer_says_what_was_searched_for(library: Library) -> None:
    assistant = Assistant(library, Settings(reader="none", refuse_below=0.0))
    answer = assistant.ask("What did Brennohc say about the fleet?")
    assert answer.question == "What did Brennohc say about the fleet?"
    assert answer.standalone_question == "What did Brennoch say about the fleet?"
    assert "Brennoch said" in answer.text
    assert answer.notice == ("Searched for “Brennoch” instead of “Brennohc”, which no article has.")
    overview = assistant.ask("Summarise the article on Brennohc")
    assert overview.notice.startswith("Searched for “Brennoch” instead")
    assert overview.notice.endswith("An overview: how the article found begins.")


def test_a_refusal_asks_what_was_meant(library: Library) -> None:
    assistant = Assistant(library, Settings(reader="none", refuse_below=1.0))
    answer = assistant.ask("Who beat Brennach?")
    assert answer.refused
    assert answer.standalone_question == "Who beat Brennach?"
    assert answer.notice == "No article has “Brennach”; did you mean “Brennoch”?"


def test_an_answer_does_not_ask_what_was_meant(library: Library) -> None:
    assistant = Assistant(library, Settings(reader="none", refuse_below=0.0))
    assert assistant.ask("Who beat Brennach?").notice == ""


WORDS = st.text("abcé", min_size=1, max_size=8)


def distance(one: str, other: str) -> int:
    """Count the changes from one word to another: the oracle, by the book."""
    rows = [list(range(len(other) + 1))]
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, rows[-2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@given(WORDS, WORDS)
def test_one_letter_off_is_a_distance_of_one(one: str, other: str) -> None:
    assert is_one_letter_off(one, other) == (distance(one, other) == 1)


@given(WORDS)
def test_a_slip_keeps_the_first_letter_and_at_most_two_changes(word: str) -> None:
    for variant in slip_variants(word):
        assert variant[0] == word[0]
        assert 0 < distance(word, variant) <= 2
        added = list(variant)
        for letter in word:
            if letter in added:
                added.remove(letter)
        assert set(added) <= set(word)
        assert len(variant) >= len(word) or any(a == b for a, b in pairwise(word))


def test_a_question_without_spaces_is_not_called_unknown(library: Library) -> None:
    assert not knows_no_word("港口何时关闭？", library, {})
    assert knows_no_word("qwertz asdfgh", library, {})
