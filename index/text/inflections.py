"""Words and their inflections, in scripts whose languages inflect much: Cyrillic and Arabic.

The script decides, so that a text need not say its language: Ukrainian takes the Russian stemmer,
whose endings are mostly its own.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer

_LONGEST = 40
_SHORTEST_BEGINNING = 4
# "the", "and the", "with the", "for the", "with", "for", "and": written as one with the word.
_ARABIC_PREFIXES = "", "ال", "وال", "بال", "لل", "ب", "ل", "و"


def stem_inflected(word: str) -> str:
    """Return the stem of a case-folded Cyrillic or Arabic word, any other word as it is."""
    stemmer = _stemmer_of(word)
    return _stem(stemmer, word) if stemmer and len(word) <= _LONGEST else word


def beginnings_of(word: str) -> tuple[str, ...]:
    """Return what the inflections of a Cyrillic or Arabic word begin with.

    Returns:
        Nothing for other words, and for one so short that too many others begin like it.
    """
    stemmer = _stemmer_of(word)
    if not stemmer:
        return ()
    stem = stem_inflected(word)
    if stemmer == "arabic":
        return tuple(prefix + stem for prefix in _ARABIC_PREFIXES if len(stem) > len(prefix))
    beginning = stem if len(stem) >= _SHORTEST_BEGINNING and word.startswith(stem) else word
    return (beginning,) if len(beginning) >= _SHORTEST_BEGINNING else ()


def _stemmer_of(word: str) -> str:
    if "\u0400" <= word[:1] <= "\u04ff":
        return "russian"
    return "arabic" if "\u0620" <= word[:1] <= "\u06d3" else ""


@lru_cache(maxsize=100_000)
def _stem(name: str, word: str) -> str:
    # A stemmer keeps the word that it works on in itself: each thread has its own.
    known: dict[str, BaseStemmer] = _of_this_thread.__dict__
    if name not in known:
        from snowballstemmer import stemmer

        known[name] = stemmer(name)
    return str(known[name].stemWord(word)) or word


_of_this_thread = threading.local()
