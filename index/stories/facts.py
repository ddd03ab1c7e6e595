"""Whether two texts in the same words report different things; pure.

Inspection reports, court results and press releases are written to a template: three quarters of
the words are the same, and a school, a town, a head teacher and a number differ. Such texts are not
copies. Where the words of two texts run together, part and run together again, the words in between
are compared: if each has a name or a figure there that the other text has nowhere, they are two
reports. Another lead, dateline or byline stands in sentences of its own and does not count.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from index.language.calendar_words import FULL_NAMES
from index.language.words import STOP_WORDS
from index.stories.fingerprints import MOST_CHARS, RUN_WORDS, hash_runs

MOST_FILLED = 16
"""Words in a row that may stand in one place of a template. More than that is another sentence."""

LEAST_COMMON = 0.4
"""Share of the shorter text that the other must repeat. With less they are not of one form, and
what they have in common is background."""

SPELLING = 0.7
"""Names at least this much alike are one name in two spellings: Zelensky, Zelenskyy."""

_TEXTS_KEPT = 64
"""Read texts that are kept, about 100 kB each: a question compares a few, more than once."""

_SMALL_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
        " sixteen seventeen eighteen nineteen twenty".split(),
        start=2,
    )
} | {
    word: str(10 * number)
    for number, word in enumerate("thirty forty fifty sixty seventy eighty ninety".split(), start=3)
}
_GROUPED = re.compile(r"(?<=\d)[,.\u00a0\u202f](?=\d{3}(?!\d))")
_CLOCK = re.compile(r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b\.?|\b\d{1,2}:\d\d\b", re.IGNORECASE)
_DATELINE = re.compile(r"\s*[^\W\d_][^\n—–]{0,80}?\s[—–-]{1,2}\s")
_SENTENCE_END = re.compile(r"[.!?\u2026]+[\"'”’»)\]]*(?=\s|$)|\n+")
_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class _FactText:
    """A text as a template sees it.

    Attributes:
        words: Folded, in order.
        sentences: Number of the sentence of each.
        names: Place -> folded name.
        figures: Place -> digits.
    """

    words: tuple[str, ...]
    sentences: tuple[int, ...]
    names: dict[int, str]
    figures: dict[int, str]


@lru_cache(maxsize=_TEXTS_KEPT)
def differ_in_facts(one: str, other: str) -> bool:
    """Return whether two texts put different names or figures into the same sentences.

    Examples:
        >>> differ_in_facts(
        ...     "Ana Reis is the new mayor of Ostrand, the council said on Monday.",
        ...     "Bo Lund is the new mayor of Quenby, the council said on Monday.",
        ... )
        True
        >>> differ_in_facts(
        ...     "QUENBY (Tern) - Bo Lund is the new mayor of Quenby, the council said.",
        ...     "Bo Lund is the new mayor of Quenby, the council said. He is 40.",
        ... )
        False
    """
    first, second = _read(one), _read(other)
    gaps = _find_gaps(first, second)
    repeated = len(first.words) - sum(len(gap) for gap, _ in gaps)
    if repeated < LEAST_COMMON * min(len(first.words), len(second.words)):
        return False
    return any(_differ(first, second, gap, other_gap) for gap, other_gap in gaps)


@lru_cache(maxsize=_TEXTS_KEPT)
def _read(text: str) -> _FactText:
    text = text[:MOST_CHARS]
    if dateline := _DATELINE.match(text):
        text = text[dateline.end() :]
    if not text.isascii():
        marked = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in marked if not unicodedata.category(c).startswith(("M", "Cf")))
    text = _GROUPED.sub("", _CLOCK.sub(" ", text))
    if _UNSPACED.search(text):
        return _FactText((), (), {}, {})
    written: list[str] = []
    sentences: list[int] = []
    for number, sentence in enumerate(_SENTENCE_END.split(text)):
        found = _WORD.findall(sentence)
        written += found
        sentences += [number] * len(found)
    words = tuple(word.casefold() for word in written)
    figures = {
        place: digits[0] if (digits := _DIGITS.search(word)) else _SMALL_NUMBERS[word]
        for place, word in enumerate(words)
        if word in _SMALL_NUMBERS or _DIGITS.search(word)
    }
    return _FactText(words, tuple(sentences), _find_names(written, sentences), figures)


def _find_names(written: Sequence[str], sentences: Sequence[int]) -> dict[int, str]:
    """Return the capitalised words; the first of a sentence only if more shows it is a name."""
    inner: dict[int, str] = {}
    first: dict[int, str] = {}
    lower = {word for word in written if word[0].islower()}
    for place, word in enumerate(written):
        folded = word.casefold()
        is_plain = folded in STOP_WORDS or folded in FULL_NAMES or len(word) == 1
        if word[0].isupper() and not is_plain:
            is_first = not place or sentences[place - 1] != sentences[place]
            (first if is_first else inner)[place] = folded
    known = set(inner.values())
    for place, folded in first.items():
        if folded in known or (place + 1 in inner and folded not in lower):
            inner[place] = folded
    return inner


def _find_gaps(one: _FactText, other: _FactText) -> list[tuple[range, range]]:
    """Return the places of the words before, between and after the stretches that both have.

    The first of each pair are those that one text has alone; the second are what the other has in
    their place, if anything.
    """
    runs, other_runs = hash_runs(one.words).tolist(), hash_runs(other.words).tolist()
    places: dict[int, list[int]] = {}
    for place, run in enumerate(other_runs):
        places.setdefault(run, []).append(place)
    gaps: list[tuple[range, range]] = []
    end = other_end = 0
    for place, run in enumerate(runs):
        if run not in places:
            continue
        expected = other_end + place - end
        found = min(places[run], key=lambda other_place: abs(other_place - expected))
        if place > end:
            gaps.append((range(end, place), range(other_end, found)))
        end, other_end = place + RUN_WORDS, found + RUN_WORDS
    rest = range(other_end, len(other.words)) if end else range(0)
    return [*gaps, (range(end, len(one.words)), rest)]


def _differ(one: _FactText, other: _FactText, gap: range, other_gap: range) -> bool:
    """Return whether two stretches that stand in the same place have different facts."""
    if not 0 < len(gap) <= MOST_FILLED or not 0 < len(other_gap) <= MOST_FILLED:
        return False
    for facts, other_facts in ((one.names, other.names), (one.figures, other.figures)):
        known, other_known = set(facts.values()), set(other_facts.values())
        own = [facts[i] for i in _joined(one, gap) if i in facts and facts[i] not in other_known]
        others = [
            other_facts[i]
            for i in _joined(other, other_gap)
            if i in other_facts and other_facts[i] not in known
        ]
        if facts is one.names:
            own = [name for name in own if not any(_is_spelling(name, o) for o in others)]
        if own and others:
            return True
    return False


def _joined(text: _FactText, gap: range) -> list[int]:
    """Return the places of a gap that are in one sentence with the words before or after it."""
    around = {text.sentences[i] for i in (gap.start - 1, gap.stop) if 0 <= i < len(text.words)}
    return [i for i in gap if text.sentences[i] in around]


def _is_spelling(name: str, other: str) -> bool:
    return SequenceMatcher(None, name, other, autojunk=False).ratio() >= SPELLING
