"""A typing slip, or another spelling of a name, in a question -> the word that the articles have.

Only a word that no article has and that is not English is considered, and it is replaced only if
two neighbouring letters were swapped, or a letter was doubled or left undoubled: "Zelenksy". Any
other letter may make another name (of a tennis player and a prison), so such a word is merely
suggested when the question is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.language.words import STOP_WORDS, space_out

if TYPE_CHECKING:
    from index.library import Library

MIN_LETTERS = 5
"""A shorter word resembles too many others."""

MAX_LETTERS = 30
FAR_MORE_FREQUENT = 5
"""How many times as often a word has to be there as another one that may have been meant."""

MAX_WORDS = 3
"""How many unknown words of a question to consider; more mean another language."""

LONG_NAME = 9
"""Letters from which names that differ only in vowels are one: Wickramasinghe, Wickremesinghe."""

MIN_STEM = 4
MAX_ENDING = 6
SAME_BEGINNING = 3
"""How many first letters a suggestion must share with the word; fewer make a longer search."""

_WORD = re.compile(r"(?<![\w@#./-])[^\W\d_]+(?![\w@/]|\.\w)")
_ANY_WORD = re.compile(r"[^\W\d_]{2,}")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|‘[^’]*’|«[^»]*»|„[^“]*“")
_ENDINGS = ("s", "es", "ed", "d", "ing", "er", "ers", "or", "ors", "ly", "ness", "able", "ment")


@dataclass(frozen=True, slots=True)
class Spelled:
    """A question with the words that the articles have.

    Attributes:
        text: The question.
        changes: Pairs of a word as it was asked and as the articles write it.
        unknown: Words of the question that no article has.
    """

    text: str
    changes: tuple[tuple[str, str], ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def remark(self) -> str:
        """One line that says what was replaced; empty if nothing."""
        if not self.changes:
            return ""
        parts = [f"“{written}” instead of “{asked}”" for asked, written in self.changes]
        no_article = "which no article has" if len(parts) == 1 else "which no articles have"
        return f"Searched for {' and '.join(parts)}, {no_article}."


def correct_slips(question: str, library: Library, word_ranks: Mapping[str, int]) -> Spelled:
    """Return a question with its slips corrected.

    Numbers, quoted words and words that the library or English has are never touched.

    Args:
        question: Standalone.
        library: The library that is asked.
        word_ranks: English words.
    """
    changes: list[tuple[str, str]] = []
    unknown: list[str] = []
    parts, end = [], 0
    for match in _find_unknown(question, library, word_ranks):
        word = match[0]
        written = _find_meant(word, library) or _find_spelling(word, library)
        if not written:
            unknown.append(word)
            continue
        changes.append((word, written))
        parts += [question[end : match.start()], written]
        end = match.end()
    text = "".join([*parts, question[end:]])
    return Spelled(text, tuple(dict.fromkeys(changes)), tuple(dict.fromkeys(unknown)))


def suggest_words(unknown: Sequence[str], library: Library) -> str:
    """Return one line asking whether other words were meant; empty if nothing is similar.

    Args:
        unknown: Words that no article has.
        library: The library that was asked.
    """
    questions = []
    for word in unknown:
        asked = word.casefold()
        found = library.find_resembling(
            asked[:SAME_BEGINNING],
            lambda stem, asked=asked: _may_begin(asked, stem),  # type: ignore[misc]
            lambda other, asked=asked: is_one_letter_off(asked, other),  # type: ignore[misc]
        )
        if found:
            ((likely, _),) = found.most_common(1)
            questions.append(f"No article has “{word}”; did you mean “{likely}”?")
    return " ".join(questions)


def knows_no_word(question: str, library: Library, word_ranks: Mapping[str, int]) -> bool:
    """Return whether neither the library nor English has any word of a question."""
    if space_out(question) is not None:
        return False  # its words do not show
    words = {word.casefold() for word in _ANY_WORD.findall(question)}
    return bool(
        words
        and not words & (STOP_WORDS | word_ranks.keys())
        and not any(library.document_frequencies(words).values())
    )


def slip_variants(word: str) -> frozenset[str]:
    """Return the words that swapping two letters, or doubling or undoubling one, makes of a word.

    The first letter stays. Words with a swap also come with any letter doubled.

    >>> sorted(slip_variants("aba"))
    ['aaab', 'aab', 'aaba', 'aabb', 'abaa', 'abba']
    """
    variants = {word[:i] + word[i + 1 :] for i in range(1, len(word)) if word[i] == word[i - 1]}
    for swapped in {word, *_swap_letters(word)}:
        variants.add(swapped)
        variants.update(swapped[:i] + letter + swapped[i:] for i, letter in enumerate(swapped))
    return frozenset(variants - {word})


def is_one_letter_off(one: str, other: str) -> bool:
    """Return whether one edit turns one word into the other: insertion, deletion, change or swap.

    >>> is_one_letter_off("koreen", "korean"), is_one_letter_off("korea", "kroea")
    (True, True)
    """
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    is_swap = len(left) == len("ab") and left == right[::-1]
    return is_swap or max(len(left), len(right)) == 1


def _find_unknown(
    question: str, library: Library, word_ranks: Mapping[str, int]
) -> list[re.Match[str]]:
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    strange = [
        match
        for match in _WORD.finditer(question)
        if MIN_LETTERS <= len(match[0]) <= MAX_LETTERS
        and not any(start < match.end() and match.start() < end for start, end in quoted)
        and not _is_english(match[0].casefold(), word_ranks)
    ]
    frequencies = library.document_frequencies({match[0].casefold() for match in strange})
    unknown = [match for match in strange if not frequencies[match[0].casefold()]]
    return unknown if len(unknown) <= MAX_WORDS else []


def _is_english(word: str, word_ranks: Mapping[str, int]) -> bool:
    """Return whether a word, or what it is an inflection of, is on a list of English words."""
    if word in word_ranks:
        return True
    for ending in _ENDINGS:
        base = word.removesuffix(ending)
        if base != word and len(base) >= MIN_STEM:
            undoubled = base[:-1] if base[-1] == base[-2] else base
            if not word_ranks.keys().isdisjoint((base, f"{base}e", undoubled)):
                return True
    return False


def _find_meant(word: str, library: Library) -> str:
    """Return the word that was meant, in its usual spelling.

    Empty if none fits, or if several do and none is far more frequent than the others.
    """
    asked = word.casefold()
    counts = library.find_written(slip_variants(asked))
    by_letters: dict[str, list[str]] = {}
    for written, _ in counts.most_common():
        by_letters.setdefault("".join(_undouble(written.casefold())), []).append(written)
    first, *others = by_letters.values() or [[""]]
    rivals = max((counts[other[0]] for other in others), default=0)
    return first[0] if counts[first[0]] >= FAR_MORE_FREQUENT * rivals else ""


def _find_spelling(word: str, library: Library) -> str:
    """Return the one other spelling of a name that the articles have; empty without exactly one."""
    if not word[0].isupper():
        return ""
    from index.language.name_spellings import first_letters, name_consonants, name_skeleton

    ways: list[tuple[Callable[[str], str], int]] = [(name_skeleton, MIN_STEM)]
    if len(word) >= LONG_NAME:
        ways.append((name_consonants, SAME_BEGINNING))
    for reduce, n_same in ways:
        asked = reduce(word)
        found: dict[str, int] = {}
        for letter in first_letters(word):
            counts = library.find_resembling(
                letter,
                lambda stem: reduce(stem)[:n_same] == asked[:n_same],  # noqa: B023 - called at once
                lambda other: reduce(other) == asked,  # noqa: B023
            )
            found |= {name: count for name, count in counts.items() if name[0].isupper()}
        if len({name.casefold() for name in found}) == 1:
            return max(found, key=lambda name: found[name])
    return ""


def _swap_letters(word: str) -> Iterator[str]:
    for i in range(1, len(word) - 1):
        yield word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def _undouble(word: str) -> Iterator[str]:
    return (letter for i, letter in enumerate(word) if not i or letter != word[i - 1])


def _may_begin(word: str, stem: str) -> bool:
    """Return whether a word that is one letter off may have a given stem."""
    if len(stem) < max(MIN_STEM, len(word) - MAX_ENDING):
        return False
    lengths = range(max(1, len(stem) - 1), len(stem) + 2)
    return word.startswith(stem) or any(is_one_letter_off(word[:n], stem) for n in lengths)
