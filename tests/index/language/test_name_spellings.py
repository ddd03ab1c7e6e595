"""Spellings of one name, and names that merely resemble each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.name_spellings import are_spellings, first_letters, name_skeleton
from index.language.words import strip_marks, word_ranks
from onrecord import Article, Library
from rag.asking.spelling import correct_slips


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zelensky", "Zelenskyy"),
        ("Hrytsenko", "Gritsenko"),
        ("Sergey", "Sergei"),
        ("Yuschenko", "Yushchenko"),
        ("Mueller", "Müller"),
        ("Søren", "Soren"),
        ("Łukasz", "Lukasz"),
        ("Hussain", "Hussein"),
    ],
)
def test_spellings_of_one_name_share_a_skeleton(one: str, other: str) -> None:
    assert name_skeleton(one) == name_skeleton(other)
    letters = {strip_marks(letter) for letter in first_letters(one)}
    assert strip_marks(other.casefold())[0] in letters


@pytest.mark.parametrize(
    ("one", "other"),
    [("Alcaraz", "Alcatraz"), ("Brandt", "Brand"), ("Marko", "Merko"), ("Lund", "Lunde")],
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert name_skeleton(one) != name_skeleton(other)


def test_the_spelling_of_the_articles_is_searched_for(library: Library) -> None:
    library.add([Article("a", "Consul", "Consul Oleksandr Gritsenko inspected the silos.")])
    spelled = correct_slips("What did Oleksandr Hrytsenko inspect?", library, word_ranks())
    assert spelled.text == "What did Oleksandr Gritsenko inspect?"
    assert spelled.changes == (("Hrytsenko", "Gritsenko"),)


@given(st.text(max_size=40))
def test_any_word_has_a_skeleton_without_marks(word: str) -> None:
    assert name_skeleton(word) == name_skeleton(word.casefold())
    assert strip_marks(strip_marks(word)) == strip_marks(word)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Zelensky", "Zelenskiy", True),
        ("Serhiy", "Sergei", False),
        ("Sergey", "Sergei", True),
        ("Hrytsenko", "Gritsenko", True),
        ("Nuñez", "Nunez", True),
        ("Müller", "Mueller", True),
        ("Müller", "Muller", True),
        ("Mohamed", "Mohammed", True),
        ("Gill", "Hill", False),
        ("Garrison", "Harrison", False),
        ("Zara", "Sara", False),
        ("Jan", "Ian", False),
    ],
)
def test_words_are_spellings_of_one_name(one: str, other: str, expected: bool) -> None:
    assert are_spellings(one, other) is are_spellings(other, one) is expected
