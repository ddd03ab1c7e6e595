"""Texts read for comparison: words with stems and weights, and the sentences they stand in. Pure.

The same reading serves claim and evidence, so that "Russian", "Moscow" and "the Kremlin", "labour"
and "labor", "twelve" and "12" meet as one stem.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from index.text.split import split_sentences
from index.text.stop_words import STOP_WORDS
from index.text.words import word_ranks
from rag.nations import find_nations
from rag.terms import nation_stem, stem_word

BACKGROUND_PASSAGES = 1000
PASSAGE_WORDS = 100
UNKNOWN_RANK = 50_000
MAX_CHOSEN_SENTENCES = 16
NEIGHBOUR_SHARE = 0.5
OPENING_CHARS = 2

SMALL_NUMBERS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
        " fifteen sixteen seventeen eighteen nineteen".split()
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2
    )
}

_WORD = re.compile(r"\w+")
_NEVER_CONTENT = frozenset("s t re ve ll d m said says according".split())


class Word(NamedTuple):
    """One word of a text; a tuple, since a long text has thousands.

    Attributes:
        text: As it stands.
        start: First code point in the text.
        end: One past the last.
        stem: What it is compared by; that of its nation where it names one.
        weight: How much finding it tells; 0 for stop words.
    """

    text: str
    start: int
    end: int
    stem: str
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A text with its words and sentences.

    Attributes:
        text: The text.
        words: In order.
        sentences: First and last-but-one code point of each sentence.
        word_ranges: For each sentence, the range of its words in ``words``.
    """

    text: str
    words: tuple[Word, ...]
    sentences: tuple[tuple[int, int], ...]
    word_ranges: tuple[tuple[int, int], ...]

    def sentence(self, number: int) -> str:
        """Return the text of a sentence."""
        start, end = self.sentences[number]
        return self.text[start:end]

    def words_of(self, number: int) -> tuple[Word, ...]:
        """Return the words of a sentence."""
        first, last = self.word_ranges[number]
        return self.words[first:last]


def read_text(text: str, *, beside: Reading | None = None) -> Reading:
    """Return a text's words and sentences, in time linear in its length.

    Args:
        text: Any text.
        beside: What it is to be compared with. Only words that begin like one of its words are
            stemmed, which no comparison with it can notice.
    """
    openings = (
        {word.text.casefold()[:OPENING_CHARS] for word in beside.words}
        | {word.stem[:OPENING_CHARS] for word in beside.words}
        if beside
        else None
    )
    words: list[Word] = []
    mentions = iter(find_nations(text))
    mention = next(mentions, None)
    for match in _WORD.finditer(text):
        start, end = match.span()
        while mention is not None and mention.end <= start:
            mention = next(mentions, None)
        stem, weight = _weigh(match.group())
        if openings is None or stem[:OPENING_CHARS] in openings:
            stem = stem_word(stem)
        if mention is not None and mention.start <= start and weight:
            stem = nation_stem(mention.nation)
        words.append(Word(match.group(), start, end, stem, weight))
    sentences: list[tuple[int, int]] = []
    ranges: list[tuple[int, int]] = []
    position = 0
    for sentence in split_sentences(text):
        while position < len(words) and words[position].start < sentence.start:
            position += 1
        first = position
        while position < len(words) and words[position].start < sentence.end:
            position += 1
        sentences.append((sentence.start, sentence.end))
        ranges.append((first, position))
    return Reading(text, tuple(words), tuple(sentences), tuple(ranges))


@lru_cache(maxsize=100_000)
def _weigh(word: str) -> tuple[str, float]:
    """Return a word case-folded, or its digits, and its weight."""
    folded = word.casefold()
    if folded in SMALL_NUMBERS:
        return str(SMALL_NUMBERS[folded]), 3.0
    if folded in STOP_WORDS or folded in _NEVER_CONTENT:
        return folded, 0.0
    rank = word_ranks().get(folded, UNKNOWN_RANK)
    share = 1.0 - math.exp(-0.1 * PASSAGE_WORDS / (rank + 1))
    weight = math.log((BACKGROUND_PASSAGES + 1.0) / (BACKGROUND_PASSAGES * share + 0.5))
    return folded, max(weight, 0.05)


def weigh_stems(words: Sequence[Word]) -> dict[str, float]:
    """Return the weight of each distinct stem that tells anything, in order of appearance."""
    weights: dict[str, float] = {}
    for word in words:
        if word.weight and word.weight > weights.get(word.stem, 0.0):
            weights[word.stem] = word.weight
    return weights


def choose_sentences(
    claim: Reading, evidence: Reading, limit: int = MAX_CHOSEN_SENTENCES
) -> tuple[int, ...]:
    """Return the evidence sentences that share most with a claim, in the order of the text.

    A sentence also counts for what its neighbours share, since names stand where a story first
    needs them.
    """
    count = len(evidence.sentences)
    if count <= limit:
        return tuple(range(count))
    weights = weigh_stems(claim.words)
    own = []
    for first, last in evidence.word_ranges:
        stems = {word.stem for word in evidence.words[first:last] if word.stem in weights}
        own.append(sum(weights[stem] for stem in stems))
    scores = [
        own[i]
        + NEIGHBOUR_SHARE * max(own[i - 1] if i else 0.0, own[i + 1] if i + 1 < count else 0.0)
        for i in range(count)
    ]
    best = sorted(range(count), key=lambda i: -scores[i])[:limit]
    return tuple(sorted(best))
