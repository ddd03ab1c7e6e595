"""Windows against brute force: nothing read twice, nothing left out, sentences whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.encoding.windows import Window, cut_windows, pool_pieces, to_unit_rows
from index.types import EncoderInput

DIM = 5


def words_of(text: str) -> list[tuple[int, int]]:
    """Tokens of a tokenizer that takes a word, or four characters of a longer one."""
    return [match.span() for match in re.finditer(r"\w{1,4}|[^\w\s]", text)]


def cut(item: EncoderInput, *, room: int, prefix: str = "", n_prefix: int = 0) -> list[Window]:
    starts = [start for start, _ in words_of(item.text)]
    return list(cut_windows(7, prefix, item, starts, room, n_prefix=n_prefix))


def count_tokens(text: str) -> int:
    return len(words_of(text))


SENTENCES = ("It held.", "東 7,é", "Abcdefghij klm", "ab " * 25 + "ab", "x" * 50, "  ", "No")
GAPS = ("", " ", "\n\n", " lost ")


def join(parts: list[tuple[str, str]]) -> EncoderInput:
    """Return sentences with a gap before each; the gap may hold text."""
    text, spans = "", []
    for gap, sentence in parts:
        text += gap
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence
    return EncoderInput(text, spans)


def passages() -> st.SearchStrategy[EncoderInput]:
    part = st.tuples(st.sampled_from(GAPS), st.sampled_from(SENTENCES))
    return st.lists(part, max_size=7).map(join)


@given(passages(), st.integers(1, 30))
@example(EncoderInput("ab " * 40, [(0, 119)]), 7)
@example(EncoderInput("", []), 1)
def test_every_span_is_covered_once_and_in_order(item: EncoderInput, room: int) -> None:
    pieces = [piece for window in cut(item, room=room) for piece in window.pieces]
    for number, (start, end) in enumerate(item.spans):
        own = [(begin, stop) for which, begin, stop in pieces if which == number]
        assert own[0][0] == start
        assert own[-1][1] == end
        assert all(one[1] == other[0] for one, other in pairwise(own))
    assert pieces == sorted(pieces)


@given(passages(), st.integers(1, 30), st.integers(0, 9))
def test_no_window_is_larger_than_the_room(item: EncoderInput, room: int, n_prefix: int) -> None:
    starts = [start for start, _ in words_of(item.text)]
    for window in cut(item, room=room, prefix="P. ", n_prefix=n_prefix):
        inside = bisect_left(starts, window.end) - bisect_left(starts, window.start)
        assert inside <= room
        assert window.n_tokens == n_prefix + inside


@given(passages(), st.integers(1, 30))
def test_a_sentence_is_whole_unless_longer_than_the_room(item: EncoderInput, room: int) -> None:
    pieces = [piece for window in cut(item, room=room) for piece in window.pieces]
    for number, (start, end) in enumerate(item.spans):
        if count_tokens(item.text[start:end]) <= room:
            assert [piece for piece in pieces if piece[0] == number] == [(number, start, end)]


@given(passages(), st.integers(1, 30))
def test_a_window_reads_its_pieces_behind_the_prefix(item: EncoderInput, room: int) -> None:
    for window in cut(item, room=room, prefix="Title. "):
        assert window.owner == 7
        assert window.text == "Title. " + item.text[window.start : window.end]
        assert window.start == window.pieces[0][1]
        assert window.end == window.pieces[-1][2]


@given(passages(), st.integers(1, 30))
def test_a_window_is_closed_only_when_the_next_sentence_does_not_fit(
    item: EncoderInput, room: int
) -> None:
    starts = [start for start, _ in words_of(item.text)]
    for window, following in pairwise(cut(item, room=room)):
        number, _, end = following.pieces[0]
        begins_in_next = item.spans[number][0] == following.start
        if begins_in_next:
            end = item.spans[number][1]
            assert bisect_left(starts, end) - bisect_left(starts, window.start) > room


def test_a_long_sentence_is_cut_between_words_where_it_has_any() -> None:
    text = "harbourmaster " * 30
    windows = cut(EncoderInput(text, [(0, len(text))]), room=10)
    assert len(windows) > 1
    assert all(window.text.startswith("harbour") for window in windows)


def test_a_long_word_is_cut_where_the_room_ends() -> None:
    windows = cut(EncoderInput("x" * 400, [(0, 400)]), room=10)
    assert [window.n_tokens for window in windows] == [10] * 10


def test_tokens_that_share_a_character_stay_together() -> None:
    # As byte-level tokenizers do: three tokens to each character.
    starts = [i // 3 for i in range(30)]
    windows = list(cut_windows(0, "", EncoderInput("東" * 10, [(0, 10)]), starts, 4))
    assert [(window.start, window.end, window.n_tokens) for window in windows] == [
        (i, i + 1, 3) for i in range(10)
    ]


def test_text_between_sentences_takes_room_too() -> None:
    item = EncoderInput("ab ab lost lost ab ab", [(0, 5), (16, 21)])
    assert [window.n_tokens for window in cut(item, room=4)] == [2, 2]
    assert [window.n_tokens for window in cut(item, room=6)] == [6]


@given(passages(), st.integers(1, 30), st.integers(0, 99))
def test_pieces_are_the_mean_of_their_own_tokens(item: EncoderInput, room: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    for window in cut(item, room=room, prefix="Port Elin. "):
        offsets = [(0, 0), *words_of(window.text), (0, 0)]
        tokens = random.normal(size=(len(offsets), DIM)).astype(np.float32)
        pooled = pool_pieces(window, np.array(offsets, dtype=np.int64), tokens)
        for row, (_, start, end) in zip(pooled, window.pieces, strict=True):
            shift = len(window.prefix) - window.start
            places = set(range(start + shift, end + shift))
            own = [t for t, span in zip(tokens, offsets, strict=True) if places & {*range(*span)}]
            expected = np.mean(own, axis=0) if own else np.eye(DIM)[0]
            np.testing.assert_allclose(row, expected / np.linalg.norm(expected), atol=1e-5)


def test_a_token_with_the_blank_before_it_belongs_to_its_word() -> None:
    # As tokenizers do that count a blank to the word behind it.
    (window,) = cut(EncoderInput("It held. He fell.", [(0, 8), (9, 17)]), room=9)
    offsets = np.array([(0, 2), (2, 8), (8, 11), (11, 17)], dtype=np.int64)
    tokens = np.eye(4, dtype=np.float32)
    pooled = pool_pieces(window, offsets, tokens)
    np.testing.assert_allclose(pooled, np.array([[1, 1, 0, 0], [0, 0, 1, 1]]) / np.sqrt(2))


@given(st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=3, max_size=3), max_size=5))
def test_unit_rows_have_length_one(rows: list[list[float]]) -> None:
    matrix = np.array(rows, dtype=np.float32).reshape(-1, 3)
    before = matrix.copy()
    units = to_unit_rows(matrix)
    assert units.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(units, axis=1), 1.0, atol=1e-5)
    np.testing.assert_array_equal(matrix, before)


@pytest.mark.parametrize("dim", [1, 4])
def test_a_zero_row_becomes_the_first_axis(dim: int) -> None:
    units = to_unit_rows(np.zeros((2, dim), dtype=np.float32))
    np.testing.assert_array_equal(units, np.eye(2, dim)[[0, 0]])
