"""The words of the articles, and those that resemble a word, from the full-text index."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction

MOST_PASSAGES = 20
"""Passages that are searched for the spelling of some words."""

MOST_STEMS = 6
"""Stems that are considered, the most frequent ones."""

STEM_PASSAGES = 4
"""Passages that are searched for the words of a stem."""

_WORD = re.compile(r"[^\W\d_]+")


def find_written(reader: ReadTransaction, words: Collection[str]) -> Counter[str]:
    """Return which of some words the articles contain, as written there, and how often.

    Args:
        reader: One state of the record.
        words: Case-folded words of letters.

    Returns:
        Counts in the first few passages that contain any of them; only good for comparison.
    """
    if not words:
        return Counter()
    return _count(reader, sorted(words), MOST_PASSAGES, words.__contains__)


def find_resembling(
    reader: ReadTransaction,
    beginning: str,
    is_like: Callable[[str], bool],
    accepts: Callable[[str], bool],
) -> Counter[str]:
    """Return words with some beginning, as the articles write them; see ``find_written``.

    Args:
        reader: One state of the record.
        beginning: The first letters, case-folded; two make a short search.
        is_like: Whether words of a stem may be wanted.
        accepts: Whether a case-folded word is wanted.
    """
    found: Counter[str] = Counter()
    stems = (stem for stem in reader.stems(beginning) if is_like(stem))
    for stem in islice(stems, MOST_STEMS):
        found += _count(reader, [stem], STEM_PASSAGES, accepts)
    return found


def _count(
    reader: ReadTransaction, words: Sequence[str], limit: int, accepts: Callable[[str], bool]
) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in reader.texts_with(words, limit=limit):
        found.update(word for word in _WORD.findall(text) if accepts(word.casefold()))
    return found
