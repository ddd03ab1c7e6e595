"""Passages into the windows that an encoder reads at once, and tokens into sentences; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.types import EncoderInput, FloatMatrix


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a passage that the model reads at once.

    Attributes:
        owner: Number of the passage among those being encoded.
        prefix: What is read before the stretch: a prompt, the title.
        text: The prefix and the stretch.
        start: First code point of the stretch in the passage.
        end: One past its last.
        n_tokens: Tokens of the stretch, without prefix and special ones.
        pieces: (sentence number, start, end) in the passage; a sentence that no window can
            hold is spread over several.
    """

    owner: int
    prefix: str
    text: str
    start: int
    end: int
    n_tokens: int
    pieces: tuple[tuple[int, int, int], ...]


def cut_windows(
    owner: int, prefix: str, item: EncoderInput, token_starts: list[int], room: int
) -> Iterator[Window]:
    """Yield the windows that cover a passage's sentences, whole ones where they fit.

    Args:
        owner: Number of the passage.
        prefix: Read in front of every window.
        item: The passage.
        token_starts: First code point of each token of its text, rising.
        room: Tokens of text that a window can hold, at least 1.
    """
    pieces: list[tuple[int, int, int]] = []
    used = 0

    def close() -> Window:
        start, end = pieces[0][1], pieces[-1][2]
        return Window(
            owner, prefix, prefix + item.text[start:end], start, end, used, tuple(pieces)
        )

    for number, (begin, end) in enumerate(item.spans):
        start = begin
        first, last = bisect_left(token_starts, start), bisect_left(token_starts, end)
        if pieces and used + last - first > room:
            yield close()
            pieces, used = [], 0
        while last - first > room:
            cut = token_starts[first + room]
            pieces, used = [(number, start, cut)], room
            yield close()
            start, first = cut, first + room
            pieces, used = [], 0
        pieces.append((number, start, end))
        used += last - first
    if pieces:
        yield close()


def pool_pieces(window: Window, offsets: npt.NDArray[np.int64], tokens: FloatMatrix) -> FloatMatrix:
    """Return the mean token of each piece, float32, shape (n_pieces, dim), unit rows.

    Args:
        window: What was read.
        offsets: int64, shape (n_tokens, 2): code points of each token in the window's text.
        tokens: float32, shape (n_tokens, dim): the model's output.
    """
    shift = len(window.prefix) - window.start
    begins, ends = offsets[:, 0], offsets[:, 1]
    pooled = np.zeros((len(window.pieces), tokens.shape[1]), dtype=np.float32)
    for row, (_, start, end) in enumerate(window.pieces):
        inside = (begins >= start + shift) & (begins < end + shift) & (ends > begins)
        if inside.any():
            pooled[row] = tokens[inside].mean(axis=0)
    return to_unit_rows(pooled)


def to_unit_rows(matrix: FloatMatrix) -> FloatMatrix:
    """Return the rows at length one; a zero row becomes the first axis, so that none is NaN."""
    matrix = np.array(matrix, dtype=np.float32)
    norms = np.linalg.norm(matrix, axis=1)
    matrix[norms == 0.0, :1] = 1.0
    norms[norms == 0.0] = 1.0
    return matrix / norms[:, None].astype(np.float32)
