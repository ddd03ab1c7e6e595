"""Sentences into passages, with exact offsets; pure.

A passage is the unit that is encoded, searched and shown: whole sentences up to about a given
length, cut where the text itself pauses.
"""

# Colons of other scripts are intended.
# ruff: noqa: RUF001

from __future__ import annotations

from index.text.sentences import split_sentences
from index.types import Passage, Sentence


def split_passages(
    text: str,
    *,
    target_chars: int = 600,
    max_chars: int = 900,
    overlap_sentences: int = 0,
    language: str = "",
) -> tuple[Passage, ...]:
    """Split a cleaned article into passages of whole sentences.

    A passage ends as near to ``target_chars`` as its sentences allow, at the end of a paragraph
    if one lies beyond half of it, and never after a heading unless the text ends there.

    Args:
        text: Cleaned text; may be empty.
        target_chars: Target length in code points, at least 1.
        max_chars: Longest passage, at least ``target_chars``. Only a sentence that is longer by
            itself makes a longer passage, and it stands alone there.
        overlap_sentences: Final sentences of a passage to repeat at the start of the next, as
            far as they fit into half of ``target_chars``.
        language: See ``split_sentences``.

    Returns:
        In order. Without overlap every sentence is in exactly one passage; with it, every
        passage brings at least one new sentence.

    Raises:
        ValueError: If a length is out of range.
    """
    if target_chars < 1:
        raise ValueError(f"target_chars must be at least 1, got {target_chars}")
    if max_chars < target_chars:
        raise ValueError(f"max_chars must be at least target_chars, got {max_chars}")
    if overlap_sentences < 0:
        raise ValueError(f"overlap_sentences must not be negative, got {overlap_sentences}")
    sentences = split_sentences(text, language=language)
    passages: list[Passage] = []
    new = 0
    while new < len(sentences):
        first = new
        if passages:
            floor = max(new - overlap_sentences, new - len(passages[-1].sentences) + 1, 0)
            tail_start = sentences[new - 1].end - target_chars // 2
            while (
                first > floor
                and sentences[first - 1].start >= tail_start
                and sentences[new].end - sentences[first - 1].start <= max_chars
            ):
                first -= 1
        last = _last_of_passage(sentences, first, new, target_chars, max_chars)
        start, end = sentences[first].start, sentences[last].end
        passages.append(Passage(start, end, text[start:end], sentences[first : last + 1]))
        new = last + 1
    return tuple(passages)


def _last_of_passage(
    sentences: tuple[Sentence, ...], first: int, new: int, target: int, limit: int
) -> int:
    """Return the best end, at ``new`` or later, for a passage that starts at ``first``."""
    final = len(sentences) - 1
    length = sentences[final].end - sentences[first].start
    if length <= min(limit, target + target // 3):
        return final
    last = _nearest_end(sentences, first, new, target, limit)
    if last < final and sentences[final].end - sentences[last + 1].start < target // 3:
        # The rest would be tiny: take it in, or divide the text evenly.
        return final if length <= limit else _nearest_end(sentences, first, new, length // 2, limit)
    return last


def _nearest_end(
    sentences: tuple[Sentence, ...], first: int, new: int, target: int, limit: int
) -> int:
    """Return the end nearest to ``target``, of the best kind that ``limit`` allows.

    The end of a paragraph beyond half of the target is better than another end; a heading or a
    line that ends in a colon is worse.
    """
    start, final = sentences[first].start, len(sentences) - 1
    best, best_key = new, (3, 0)
    for last in range(new, final + 1):
        length = sentences[last].end - start
        distance = abs(length - target)
        if length > limit or (
            length > target and best_key < ((0, distance) if length < 2 * target else (2, 0))
        ):
            break
        announces = sentences[last].is_heading or sentences[last].text.endswith((":", "："))
        if last == final or (
            not announces and sentences[last + 1].starts_paragraph and length >= target // 2
        ):
            key = (0, distance)
        else:
            key = (2 if announces else 1, distance)
        if key < best_key:
            best, best_key = last, key
    return best
