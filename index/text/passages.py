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
        language: See ``split_sentences``.

    Returns:
        In order; every sentence is in exactly one.

    Raises:
        ValueError: If a length is out of range.
    """
    if target_chars < 1:
        raise ValueError(f"target_chars must be at least 1, got {target_chars}")
    if max_chars < target_chars:
        raise ValueError(f"max_chars must be at least target_chars, got {max_chars}")
    sentences = split_sentences(text, language=language)
    passages: list[Passage] = []
    first = 0
    while first < len(sentences):
        last = _last_of_passage(sentences, first, target_chars, max_chars)
        start, end = sentences[first].start, sentences[last].end
        passages.append(Passage(start, end, text[start:end], sentences[first : last + 1]))
        first = last + 1
    return tuple(passages)


def _last_of_passage(sentences: tuple[Sentence, ...], first: int, target: int, limit: int) -> int:
    """Return the best end for a passage that starts at ``first``."""
    final = len(sentences) - 1
    length = sentences[final].end - sentences[first].start
    if length <= min(limit, target + target // 3):
        return final
    last = _nearest_end(sentences, first, target, limit)
    if last < final and sentences[final].end - sentences[last + 1].start < target // 3:
        # The rest would be tiny: take it in, or divide the text evenly.
        return final if length <= limit else _nearest_end(sentences, first, length // 2, limit)
    return last


def _nearest_end(sentences: tuple[Sentence, ...], first: int, target: int, limit: int) -> int:
    """Return the end nearest to ``target``, of the best kind that ``limit`` allows.

    The end of a paragraph beyond half of the target is better than another end; a heading or a
    line that ends in a colon is worse.
    """
    start, final = sentences[first].start, len(sentences) - 1
    best, best_key = first, (3, 0)
    for last in range(first, final + 1):
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
