"""Texts as they are compared: words, stems, sentences and names."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.nations import find_nations
from rag.asking.terms import nation_stem
from rag.verification.parsed_text import (
    Name,
    NamedText,
    choose_sentences,
    find_names,
    is_common_noun,
    read_text,
)

FORMS = (
    "the ports port ported porter relational relate relation ties tie tied dying die dies eyed eye"
    " ay ays day days happy happily happiness colour color colouring organise organize organisation"
    " sensibility sensible generalisation general Moscow Russian Russia Kremlin Korea China's China"
    " twelve 12 12,000 don't U.S. UN ran running runs ﬁne Straße İzmir said. Then? “No”"
).split()
TEXTS = st.text(max_size=200) | st.text("aB “”\"'.,1 29%$’-\n", max_size=200)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor, Tomas Reck, met Dr. Ines Varga.", ["Tomas Reck", "Dr. Ines Varga"]),
        ("However the Bank of Quill paid.", ["Bank of Quill"]),
        ("On Monday it closed.", []),
        ("Sketching helps.", []),
        ("Additionally, the quay closed. However Reck paid.", ["Reck"]),
        ("   Although Varga paid, it closed.", ["Varga"]),
        ("It fell.However, Reck paid.", ["Reck"]),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    assert [name.text.replace("Dr ", "Dr. ") for name in find_names(text)] == names


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It was Tomas Reck.", "The mayor, Reck, and his brother Tomas.", False),
        ("It was Tomas Reck.", "The mayor, Tomas Rick.", True),
        ("It helped Moscow.", "Russia was helped.", False),
        ("It helped Moscow.", "Poland was helped.", True),
        ("It was the UWB.", "The United Welders of Britain struck.", True),
        ("It was the QWG.", "The Quill Welders Guild struck.", False),
        ("It was Zoë’s.", "Zoe had it.", False),
        ("It was Tomas Reck.", "On Monday Reck paid, and Mr Reck left.", False),
        ("It was Tomas Reck.", "On Monday Anna Reck paid, and Reck left.", True),
        ("It was New Quill.", "On Monday Quill paid.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid Ines Varga.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid, and Varga left.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines Varga.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines, and Mayor Varga left.", False),
        ("It was the Bank of Quillon.", "On Monday Quillon paid.", True),
        ("It was Europe.", "The European Union paid.", False),
        ("It was a Quillonian.", "On Monday Quillon paid.", False),
        ("It was Martin.", "On Monday Marti paid.", True),
    ],
)
def test_a_name_is_missed_unless_it_goes_by_another(
    claim: str, evidence: str, missing: bool
) -> None:
    (name,) = find_names(claim)

    assert bool(NamedText(evidence).missing_words(name)) is missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Under the Act they paid.", True),
        ("They paid its Board.", True),
        ("They paid Board.", False),
        ("They paid the Varga.", False),
    ],
)
def test_an_everyday_word_with_a_determiner_is_no_name(text: str, expected: bool) -> None:
    assert is_common_noun(text, find_names(text)[-1]) is expected


@given(TEXTS)
@settings(deadline=None, max_examples=80)
def test_a_reading_keeps_every_word_in_its_place(text: str) -> None:
    reading = read_text(text)

    assert all(text[word.start : word.end] == word.text for word in reading.words)
    assert len(reading.sentences) == len(reading.word_ranges)
    chosen = choose_sentences(reading, reading, limit=2)
    assert list(chosen) == sorted(set(chosen))
    assert len(chosen) == min(2, len(reading.sentences))


@given(TEXTS | st.lists(st.sampled_from(FORMS), max_size=40).map(" ".join))
@settings(deadline=None, max_examples=80)
def test_the_words_of_a_text_are_read_as_each_alone(text: str) -> None:
    reading = read_text(text)
    named = find_nations(text)

    matches = list(re.finditer(r"\w+", text))
    assert [(w.text, w.start, w.end) for w in reading.words] == [
        (m.group(), *m.span()) for m in matches
    ]
    for word in reading.words:
        (alone,) = read_text(word.text).words
        nation = next((m.nation for m in named if m.start <= word.start < m.end), None)
        assert word.weight == alone.weight
        if nation and word.weight:
            assert word.stem == nation_stem(nation)
        elif not alone.stem.startswith("@"):
            assert word.stem == alone.stem
    for (start, end), (first, last) in zip(reading.sentences, reading.word_ranges, strict=True):
        assert [w.start for w in reading.words[first:last]] == [
            m.start() for m in matches if start <= m.start() < end
        ]


@given(
    st.lists(st.sampled_from(FORMS), min_size=1, max_size=8).map(" ".join),
    st.lists(st.sampled_from(FORMS), min_size=1, max_size=40).map(" ".join),
)
@settings(deadline=None, max_examples=150)
def test_what_is_read_beside_a_claim_meets_it_in_the_same_words(claim: str, text: str) -> None:
    ours = read_text(claim)
    whole, beside = read_text(text), read_text(text, beside=ours)

    for stem in ours.stems:
        assert [i for i, other in enumerate(beside.stems) if other == stem] == [
            i for i, other in enumerate(whole.stems) if other == stem
        ]


@given(
    st.lists(st.sampled_from("Varga Alm Reck Nuri Tollen Olsund".split()), min_size=2, max_size=5)
)
def test_initials_of_a_name_are_found_wherever_it_stands(words: list[str]) -> None:
    initials = "".join(word[0] for word in words)
    text = f"Nobody had been to the {' '.join(words)} before the strike."

    assert not NamedText(text).missing_words(Name(initials, 0, 0, (initials.casefold(),)))
    absent = initials + "q"
    assert NamedText(text).missing_words(Name(absent, 0, 0, (absent.casefold(),)))
