"""Texts as they are compared: words, stems and sentences."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from index.language.nations import find_nations
from rag.asking.terms import nation_stem
from rag.verification.parsed_text import choose_sentences, read_text

FORMS = (
    "the ports port ported porter relational relate relation ties tie tied dying die dies eyed eye"
    " ay ays day days happy happily happiness colour color colouring organise organize organisation"
    " sensibility sensible generalisation general Moscow Russian Russia Kremlin Korea China's China"
    " twelve 12 12,000 don't U.S. UN ran running runs ﬁne Straße İzmir said. Then? “No”"
).split()
TEXTS = st.text(max_size=200) | st.text("aB “”\"'.,1 29%$’-\n", max_size=200)


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
