from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from rag.drafts.wording import Piece, find_wording

TEXT = "Holm spoke. “We will never pay for the whole wall,” she said, and left the quay."


def test_the_differences_are_shown() -> None:
    found = find_wording("We will always pay for the whole wall", TEXT)
    assert found is not None
    assert TEXT[found.start : found.end] == "“We will never pay for the whole wall,”"
    assert [words for piece, words in found.pieces if piece is Piece.DRAFT] == ["always"]
    assert [words for piece, words in found.pieces if piece is Piece.ARTICLE] == ["never"]


def test_a_word_changed_at_either_end_is_shown() -> None:
    found = find_wording("They will never pay for the whole wharf", TEXT)
    assert found is not None
    drafted = [words for piece, words in found.pieces if piece is Piece.DRAFT]
    assert drafted == ["They", "wharf"]


def test_another_sentence_is_no_wording() -> None:
    assert find_wording("the harbour is closed to all ferries until further notice", TEXT) is None
    assert find_wording("whole", "") is None


WORDS = st.lists(st.text(string.ascii_lowercase, min_size=1, max_size=6), max_size=30)


@given(WORDS, WORDS)
def test_the_pieces_make_up_both_texts(ours: list[str], theirs: list[str]) -> None:
    found = find_wording(" ".join(ours), text := " ".join(theirs))
    if found is None:
        return
    told = [w for p, words in found.pieces if p is not Piece.DRAFT for w in words.split()]
    drafted = [w for p, words in found.pieces if p is not Piece.ARTICLE for w in words.split()]
    assert told == text[found.start : found.end].split()
    assert drafted == ours
