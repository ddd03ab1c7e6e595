"""Noun phrases of a turn, and the gender that words show."""

from __future__ import annotations

import pytest

from rag.asking.noun_phrases import (
    Gender,
    find_gender,
    find_lone_phrase,
    find_names_in_answer,
    find_noun_phrases,
)


def test_phrases_are_names_and_runs_of_content_words() -> None:
    found = find_noun_phrases("Did the mayor of Quill visit Ada Holt in Port Elin?")
    assert [(p.text, p.is_name, p.is_person, p.is_place) for p in found] == [
        ("mayor of Quill", True, True, False),
        ("Ada Holt", True, True, False),
        ("Port Elin", True, False, True),
    ]
    assert found[0].article == "the "


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("and China?", "China"),
        ("What about the two ferries?", "the two ferries"),
        ("and who is that?", ""),
        ("China?", ""),
    ],
)
def test_a_lone_phrase(question: str, phrase: str) -> None:
    assert find_lone_phrase(question) == phrase


def test_names_in_an_answer() -> None:
    answer = "On Monday Ada Holt’s ferry sank off Quill. [1] Quill mourns. In May it rained."
    assert find_names_in_answer(answer) == ["Ada Holt", "Quill"]


@pytest.mark.parametrize(
    ("name", "said", "gender"),
    [
        ("Judge Ilse Morrow", (), Gender.FEMALE),
        ("Sailor Henrik Brandt", (), Gender.MALE),
        ("Kim Brandt", (), None),
        ("Brandt", ("Sailor Henrik Brandt sued.",), Gender.MALE),
        ("Kim Brandt", ("His wife, Kim Brandt, sued.",), Gender.FEMALE),
        ("Kim Brandt", ("Kim Brandt sued on Monday. He lost.",), Gender.MALE),
        ("Kim Brandt", ("Kim Brandt saw Ada Holt and her dog.",), None),
        ("Brandt", ("Brandtholm is hers.",), None),
    ],
)
def test_gender_is_what_words_show(name: str, said: tuple[str, ...], gender: Gender | None) -> None:
    assert find_gender(name, said) is gender
