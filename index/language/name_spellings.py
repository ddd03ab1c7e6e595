"""One name in several spellings: another transliteration, diacritics left out or written out; pure.

Hrytsenko and Gritsenko, Sergey and Sergei, Søren and Soren share a skeleton: what is left when
letters that one sound is written with are taken for one. Vowels are kept apart, since a name with
another vowel is usually another name.
"""

from __future__ import annotations

import re
from functools import lru_cache

from index.language.words import strip_marks, word_ranks

_SOUNDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("shch|(?<!t)sch|sz", "sh"),
        ("tsch|tch|cz|ch", "ch"),
        ("kh|gh", "h"),
        ("ph", "f"),
        ("^dj", "d"),
        ("ck|cc|q", "k"),
        ("x", "ks"),
        ("ae", "e"),
        ("oe", "o"),
        ("ue|ou|oo", "u"),
        ("ai|ay|ei|ey|ej", "ei"),
        ("iy|ij|yi|ji|yj", "i"),
        ("c(?!h)", "k"),
        ("g", "h"),
        ("[yj]", "i"),
        ("w", "v"),
        ("z", "s"),
        (r"(.)\1+", r"\1"),
    )
)
_VOWEL = re.compile("[aeiou]")
_LEAST_SPELLED_CHARS = 4
_LEAST_CHANGED_CHARS = 7
"""A name of fewer letters with another first letter is another name: Hill, Gill."""
_SAME_FIRST = ("iyj", "kcq")
_ENDING = re.compile("(?:[iy]y|i[iy]?|e[iyj]|y|j)$")
_DOUBLED = re.compile(r"(.)\1+")
_WRITTEN_OUT = str.maketrans({"ä": "ae", "æ": "ae", "ö": "oe", "ø": "oe", "ü": "ue", "å": "aa"})
_FIRST_LETTERS = ("gh", "iyj", "kcqx", "vw", "szc", "oø", "lł", "dđð", "aeæ", "fp", "ou")


@lru_cache(maxsize=20_000)
def name_skeleton(word: str) -> str:
    """Return what the usual spellings of one name have in common.

    Examples:
        >>> name_skeleton("Hrytsenko") == name_skeleton("Gritsenko")
        True
        >>> name_skeleton("Alcaraz") == name_skeleton("Alcatraz")
        False
    """
    skeleton = strip_marks(word.casefold())
    for pattern, letters in _SOUNDS:
        skeleton = pattern.sub(letters, skeleton)
    return skeleton


def name_consonants(word: str) -> str:
    """Return the skeleton of a name without its vowels, but for a first one.

    Examples:
        >>> name_consonants("Wickramasinghe") == name_consonants("Wickremesinghe")
        True
    """
    skeleton = name_skeleton(word)
    return skeleton[:1] + _VOWEL.sub("", skeleton[1:])


def first_letters(word: str) -> list[str]:
    """Return the letters with which another spelling of a name may begin, its own first."""
    first = word.casefold()[:1]
    others = {letter for group in _FIRST_LETTERS if first in group for letter in group}
    return [first, *sorted(others - {first})]


def are_spellings(one: str, other: str) -> bool:
    """Return whether two words are spellings of one name; of two known names only the clearest.

    Examples:
        >>> are_spellings("Zelensky", "Zelenskyy"), are_spellings("Garrison", "Harrison")
        (True, False)
    """
    ours, theirs = strip_marks(one.casefold()), strip_marks(other.casefold())
    written = one.casefold().translate(_WRITTEN_OUT), other.casefold().translate(_WRITTEN_OUT)
    if ours == theirs or written[0] == written[1]:
        return True
    if min(len(ours), len(theirs)) < _LEAST_SPELLED_CHARS:
        return False
    if name_skeleton(ours) != name_skeleton(theirs):
        return False
    if {ours, theirs} <= word_ranks().keys():
        return _plain(ours) == _plain(theirs)
    changed = not any({ours[0], theirs[0]} <= set(same) for same in _SAME_FIRST)
    return (
        ours[0] == theirs[0] or not changed or min(map(len, (ours, theirs))) >= _LEAST_CHANGED_CHARS
    )


def _plain(word: str) -> str:
    """Return a word without doubled letters and without the vowels at its end that vary most."""
    return _DOUBLED.sub(r"\1", _ENDING.sub("i", word))
