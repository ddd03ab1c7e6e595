"""One name in several spellings: another transliteration, diacritics left out or written out; pure.

Hrytsenko and Gritsenko, Sergey and Sergei, Søren and Soren share a skeleton: what is left when
letters that one sound is written with are taken for one. Vowels are kept apart, since a name with
another vowel is usually another name.
"""

from __future__ import annotations

import re

from index.language.words import strip_marks

_SOUNDS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("shch|(?<!t)sch|sz", "sh"),
        ("tsch|tch|cz|ch", "ch"),
        ("kh|gh", "h"),
        ("ph", "f"),
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
_FIRST_LETTERS = ("gh", "iyj", "kcqx", "vw", "szc", "oø", "lł", "dđð", "aeæ", "fp", "ou")


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


def first_letters(word: str) -> list[str]:
    """Return the letters with which another spelling of a name may begin, its own first."""
    first = word.casefold()[:1]
    others = {letter for group in _FIRST_LETTERS if first in group for letter in group}
    return [first, *sorted(others - {first})]
