"""Texts parsed for comparison: weighted stems of words, and sentences. Pure.

Claim and evidence are parsed alike, so that "Russian", "Moscow" and "the Kremlin", "labour" and
"labor", "twelve" and "12" have one stem.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from index.language.nations import Mention, find_nations
from index.language.words import STOP_WORDS, word_ranks
from index.text.sentences import split_sentences
from index.types import Sentence
from rag.asking.terms import nation_stem, stem_word

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

_WORDS_AND_GAPS = re.compile(r"(\w+)")
_NEVER_CONTENT = frozenset("s t re ve ll d m said says according".split())


class Word(NamedTuple):
    """One word of a text.

    Attributes:
        text: As written.
        start: First code point in the text.
        end: One past the last.
        stem: What it is compared by; its nation's stem if it names one.
        weight: How informative a match is; 0 for stop words.
    """

    text: str
    start: int
    end: int
    stem: str
    weight: float


@dataclass(frozen=True)
class ParsedText:
    """A text with its words and sentences; the words in columns, since there may be thousands.

    Attributes:
        text: The text.
        texts: Each word as written, in order.
        starts: First code point of each word.
        ends: One past the last.
        stems: The stem that each word is compared by.
        weights: How informative a match of each word is.
        sentences: First code point of each sentence, and one past its last.
        word_ranges: For each sentence, the range of its words.
        nations: The nations that the text mentions.
    """

    text: str
    texts: Sequence[str]
    starts: Sequence[int]
    ends: Sequence[int]
    stems: Sequence[str]
    weights: Sequence[float]
    sentences: tuple[tuple[int, int], ...]
    word_ranges: tuple[tuple[int, int], ...]
    nations: tuple[Mention, ...]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words; for a long text the columns are quicker to read."""
        return self.words_between(0, len(self.texts))

    def words_between(self, first: int, last: int) -> tuple[Word, ...]:
        """Return the words of a range."""
        part = slice(first, last)
        columns = (self.texts, self.starts, self.ends, self.stems, self.weights)
        return tuple(map(Word, *(column[part] for column in columns)))

    def words_of(self, number: int) -> tuple[Word, ...]:
        """Return the words of a sentence."""
        return self.words_between(*self.word_ranges[number])

    def sentence(self, number: int) -> str:
        """Return the text of a sentence."""
        start, end = self.sentences[number]
        return self.text[start:end]


def read_text(text: str, *, beside: ParsedText | None = None) -> ParsedText:
    """Return a text's words and sentences, in time linear in its length.

    Args:
        text: Any text.
        beside: The text to compare it with. Only words that begin like one of its words are
            stemmed, which makes no difference to the comparison.
    """
    openings = (
        {word.casefold()[:OPENING_CHARS] for word in beside.texts}
        | {stem[:OPENING_CHARS] for stem in beside.stems}
        if beside
        else None
    )
    # Gaps and words alternate. A text has thousands of words but only hundreds of different ones:
    # only what is done once for each of these may take time.
    pieces = _WORDS_AND_GAPS.split(text)
    texts = pieces[1::2]
    bounds = list(accumulate(map(len, pieces)))
    starts, ends = bounds[:-1:2], bounds[1::2]
    stem_of: dict[str, str] = {}
    weight_of: dict[str, float] = {}
    for word in set(texts):
        stem, weight_of[word] = _weigh(word)
        is_compared = openings is None or stem[:OPENING_CHARS] in openings
        stem_of[word] = stem_word(stem) if is_compared else stem
    stems = [stem_of[word] for word in texts]
    weights = [weight_of[word] for word in texts]
    nations = find_nations(text)
    for mention in nations:
        for place in range(bisect_left(starts, mention.start), bisect_left(starts, mention.end)):
            if weights[place]:
                stems[place] = nation_stem(mention.nation)
    sentences = tuple((sentence.start, sentence.end) for sentence in split_sentences(text))
    ranges = tuple(
        (bisect_left(starts, start), bisect_left(starts, end)) for start, end in sentences
    )
    return ParsedText(text, texts, starts, ends, stems, weights, sentences, ranges, nations)


@lru_cache(maxsize=100_000)
def _weigh(word: str) -> tuple[str, float]:
    """Return a case-folded word, or its digits, and its weight."""
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
    """Return the weight of each distinct stem that has one, in order of appearance."""
    return weigh_pairs((word.stem, word.weight) for word in words)


def weigh_pairs(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the weight of each distinct stem, as ``weigh_stems`` does, from pairs."""
    weights: dict[str, float] = {}
    for stem, weight in pairs:
        if weight > weights.get(stem, 0.0):
            weights[stem] = weight
    return weights


@lru_cache(maxsize=64)
def sentences_of(text: str, language: str = "") -> tuple[Sentence, ...]:
    """Return the sentences of an article's text, remembered; see ``split_sentences``."""
    return split_sentences(text, language=language)


def choose_sentences(
    claim: ParsedText, evidence: ParsedText, limit: int = MAX_CHOSEN_SENTENCES
) -> tuple[int, ...]:
    """Return the evidence sentences that share most with a claim, in the order of the text.

    A sentence also counts for what its neighbours share, since a story names people and places only
    where it first needs them.
    """
    count = len(evidence.sentences)
    if count <= limit:
        return tuple(range(count))
    weights = weigh_stems(claim.words)
    own = []
    for first, last in evidence.word_ranges:
        stems = {stem for stem in evidence.stems[first:last] if stem in weights}
        own.append(sum(weights[stem] for stem in stems))
    scores = [
        own[i]
        + NEIGHBOUR_SHARE * max(own[i - 1] if i else 0.0, own[i + 1] if i + 1 < count else 0.0)
        for i in range(count)
    ]
    best = sorted(range(count), key=lambda i: -scores[i])[:limit]
    return tuple(sorted(best))
