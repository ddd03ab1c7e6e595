"""Passages into the windows that an encoder reads at once, and tokens into sentences; pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.types import EncoderInput, FloatMatrix, FloatVector

TITLE_CHARS = 120


def prefix_title(title: str) -> str:
    """Return what is read of a title in front of a passage; empty for an empty one."""
    if not title:
        return ""
    shortened = title if len(title) <= TITLE_CHARS else title[:TITLE_CHARS].rsplit(" ", 1)[0]
    return f"{shortened}. "


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a passage that the model reads at once.

    Attributes:
        owner: Number of the passage among those being encoded.
        prefix: What is read before the stretch: a prompt, the title.
        text: The prefix and the stretch.
        start: First code point of the stretch in the passage.
        end: One past its last.
        n_tokens: Tokens of the text, special ones not counted.
        pieces: (sentence number, start, end) in the passage; a sentence too long for any window
            is spread over several.
    """

    owner: int
    prefix: str
    text: str
    start: int
    end: int
    n_tokens: int
    pieces: tuple[tuple[int, int, int], ...]


def plan_windows(
    inputs: Sequence[EncoderInput],
    prefixes: Sequence[str],
    token_starts: Sequence[Sequence[int]],
    max_tokens: int,
) -> list[Window]:
    """Return the windows of some passages.

    Args:
        inputs: The passages.
        prefixes: What is read in front of each; cut if it would take more than half a window.
        token_starts: First code point of each token of prefix and passage, non-decreasing.
        max_tokens: Tokens of text that the model reads at once, at least 8.
    """
    windows: list[Window] = []
    for owner, (item, starts) in enumerate(zip(inputs, token_starts, strict=True)):
        prefix = prefixes[owner]
        n_prefix = bisect_left(starts, len(prefix))
        own = [start - len(prefix) for start in starts[n_prefix:]]
        if n_prefix > max_tokens // 2:  # in some scripts every character is a token or more
            n_prefix = max_tokens // 2
            prefix = prefix[: starts[n_prefix]].rstrip() + " "
        room = max_tokens - n_prefix
        windows.extend(cut_windows(owner, prefix, item, own, room, n_prefix=n_prefix))
    return windows


def cut_windows(
    owner: int,
    prefix: str,
    item: EncoderInput,
    token_starts: Sequence[int],
    room: int,
    *,
    n_prefix: int = 0,
) -> Iterator[Window]:
    """Yield the windows that cover a passage's sentences, each sentence whole if it fits.

    Args:
        owner: Number of the passage.
        prefix: Read in front of every window.
        item: The passage.
        token_starts: First code point of each token of its text, non-decreasing.
        room: Tokens of text that a window can hold, at least as many as any one code point has.
        n_prefix: Tokens of the prefix.
    """
    pieces: list[tuple[int, int, int]] = []
    head = tail = 0

    def close() -> Window:
        start, end = pieces[0][1], pieces[-1][2]
        text = prefix + item.text[start:end]
        return Window(owner, prefix, text, start, end, n_prefix + tail - head, tuple(pieces))

    for number, (begin, end) in enumerate(item.spans):
        start = begin
        last = bisect_left(token_starts, end)
        if pieces and last - head > room:
            yield close()
            pieces = []
        if not pieces:
            head = bisect_left(token_starts, start)
        while last - head > room:
            cut = _find_cut(item.text, token_starts[head + 1 : head + room + 1], start)
            pieces, tail = [(number, start, cut)], bisect_left(token_starts, cut)
            yield close()
            pieces, start, head = [], cut, tail
        pieces.append((number, start, end))
        tail = max(last, head)
    if pieces:
        yield close()


def _find_cut(text: str, places: Sequence[int], start: int) -> int:
    """Return the last of the places after the start, one between words if possible.

    A word that is cut may be read as more tokens than were counted.
    """
    later = [place for place in places if place > start]
    between = [p for p in later if text[p - 1].isspace() or text[p].isspace()]
    return (between or later)[-1]


def pool_pieces(window: Window, offsets: npt.NDArray[np.int64], tokens: FloatMatrix) -> FloatMatrix:
    """Return the mean token of each piece, float32, shape (n_pieces, dim), unit rows.

    A token counts if it reaches into the piece, since some tokenizers begin a word's first token
    at the blank before it.

    Args:
        window: What was read.
        offsets: int64, shape (n_tokens, 2): code points of each token in the window's text.
        tokens: float32, shape (n_tokens, dim): the model's output.
    """
    shift = len(window.prefix) - window.start
    begins, ends = offsets[:, 0], offsets[:, 1]
    pooled = np.zeros((len(window.pieces), tokens.shape[1]), dtype=np.float32)
    for row, (_, start, end) in enumerate(window.pieces):
        inside = (begins < end + shift) & (ends > start + shift) & (ends > begins)
        if inside.any():
            pooled[row] = tokens[inside].mean(axis=0)
    return to_unit_rows(pooled)


def unite_windows(
    inputs: Sequence[EncoderInput],
    read: Iterable[tuple[Window, FloatVector, FloatMatrix]],
    dim: int,
) -> tuple[FloatMatrix, list[FloatMatrix]]:
    """Return the vectors of passages and of their sentences, each a mean over what was read of it.

    Args:
        inputs: The passages.
        read: Each window with its vector, shape (dim,), and those of its pieces, unit rows of
            shape (n_pieces, dim); none of these if sentences are not pooled.
        dim: Components of a vector.

    Returns:
        float32 of shape (n_passages, dim), and for each passage (n_sentences, dim); not unit rows.
    """
    passages = np.zeros((len(inputs), dim), dtype=np.float32)
    sentences = [np.zeros((len(item.spans), dim), dtype=np.float32) for item in inputs]
    for window, vector, rows in read:
        unit = to_unit_rows(vector.reshape(1, -1))[0]
        passages[window.owner] += unit * np.float32(window.end - window.start)
        for (sentence, start, end), row in zip(window.pieces, rows, strict=False):
            sentences[window.owner][sentence] += row * np.float32(end - start)
    return passages, sentences


def to_unit_rows(matrix: FloatMatrix) -> FloatMatrix:
    """Return the rows at unit length; a zero row becomes the first axis, so that none is NaN."""
    rows = np.array(matrix, dtype=np.float64)  # float32 squares of small numbers may be zero
    norms = np.linalg.norm(rows, axis=1)
    rows[norms == 0.0, :1] = 1.0
    norms[norms == 0.0] = 1.0
    units: FloatMatrix = (rows / norms[:, None]).astype(np.float32)
    return units
