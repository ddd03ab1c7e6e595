"""Which language a text is written in, and which one a metadata field names."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from index.language.words import read_word_lists

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

MIN_LETTERS = 40
"""Fewest letters from which a language is detected; a title alone may have fewer."""
MIN_LETTERS_OF_SCRIPT = 12
"""The same for scripts whose characters each say more."""
MIN_PROBABILITY = 0.8
"""A guess below this probability is not used."""

_SAMPLE_CHARS = 400
_NO_LANGUAGE = "zxx"
_CODE = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9]{1,8}){0,4}(?:\.utf-?8)?$")
_UNKNOWN = frozenset({"und", "mul", "zxx", "mis", "xx"})
_FIRST_WIDE = "\u0370"  # everything before it is Latin


def detect_language(text: str) -> str:
    """Return the language of a text, an article or its start, as an ISO 639-1 code.

    Empty if there is too little text, or no language stands out.
    """
    sample = _sample(text)
    if sum(map(str.isalpha, sample)) < _least_letters(sample):
        return ""
    code, probability = _classify(sample)
    return code if probability >= MIN_PROBABILITY else ""


def detect_language_of_line(text: str) -> str:
    """Return the language of a text, however short; empty if no language stands out.

    In other letters than Latin ones it need not: it is then at least no other language.
    """
    code, probability = _classify(text)
    is_wide = 2 * sum(char >= _FIRST_WIDE for char in text) > len(text)
    return code if probability >= MIN_PROBABILITY or is_wide else ""


def _classify(text: str) -> tuple[str, float]:
    """Return the likeliest language, empty if it is none, and its probability."""
    code, probability = _identifier().classify(text.encode("utf-8", "ignore").decode("utf-8"))
    return ("" if code == _NO_LANGUAGE else code), probability


def parse_language(value: object) -> str:
    """Return the language that a field of metadata names.

    Args:
        value: A code such as ``en``, ``en-GB``, ``en_US`` or ``eng``, or an English name.

    Returns:
        Its ISO 639-1 code, or a three-letter code if there is no two-letter one; empty for
        anything else.
    """
    if not isinstance(value, str):
        return ""
    name = value.strip().casefold()
    if name in _codes():
        return _codes()[name]
    match = _CODE.match(name)
    if match is None or match[1] in _UNKNOWN:
        return ""
    return _codes().get(match[1], match[1])


@cache
def _codes() -> dict[str, str]:
    """Return English names, three-letter codes and old codes -> ISO 639-1."""
    names = read_word_lists("language_names")
    return {name: code for code, listed in names.items() for name in listed}


def _sample(text: str) -> str:
    """Return enough of a text: some of its start, and of its middle if it is long."""
    if len(text) > 2 * _SAMPLE_CHARS:
        middle = len(text) // 2
        text = f"{text[:_SAMPLE_CHARS]}\n{text[middle : middle + _SAMPLE_CHARS]}"
    return text.encode("utf-8", "ignore").decode("utf-8")


def _least_letters(sample: str) -> int:
    """Return how many letters a text must have, which depends on its script."""
    if sample.isascii():
        return MIN_LETTERS
    letters = [char for char in sample if char.isalpha()]
    n_wide = sum(char >= _FIRST_WIDE for char in letters)
    return MIN_LETTERS_OF_SCRIPT if 2 * n_wide > len(letters) else MIN_LETTERS


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Only languages with a two-letter code: what is written in Cairo is then Arabic.
    codes = [code for code in identifier.labels if len(code) == 2 or code == _NO_LANGUAGE]  # noqa: PLR2004
    identifier.set_languages(codes)
    return identifier
