"""Words and the vectors of their tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.parsed_text import (
    read_text,
)
from rag.verification.token_alignment import pool_words


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), min_size=1, max_size=12),
    st.lists(st.integers(1, 4), min_size=1, max_size=30),
)
def test_words_get_the_mean_of_their_tokens(gaps: list[tuple[int, int]], pieces: list[int]) -> None:
    words, place = [], 0
    for gap, length in gaps:
        words.append("x" * length)
        place += gap + length
    reading = read_text(" ".join(words))
    spans, start = [], 0
    for piece in pieces:
        spans.append((start, start + piece))
        start += piece
    vectors = np.arange(len(spans), dtype=np.float32)[:, None]

    pooled = pool_words(reading, np.array(spans, np.int64), vectors)

    for word, row in zip(reading.words, pooled, strict=True):
        # A token belongs to the word that it begins in, or reaches into first.
        owned = [
            i
            for i, (a, b) in enumerate(spans)
            if a < word.end
            and b > word.start
            and not any(other.start < word.start and a < other.end for other in reading.words)
        ]
        assert row[0] == pytest.approx(np.mean(owned) if owned else 0.0)
