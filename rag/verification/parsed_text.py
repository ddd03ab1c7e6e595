"""Texts parsed for comparison: weighted stems of words, sentences, and names. Pure.

Claim and evidence are parsed alike, so that "Russian", "Moscow" and "the Kremlin", "labour" and
"labor", "twelve" and "12" have one stem.

A name is a run of capitalized words. Nations go by any of their names, organizations by their
initials too, people by the family name where the given name appears elsewhere.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from index.language.calendar_words import FULL_NAMES, MONTHS_BY_NAME
from index.language.nations import Mention, find_nations
from index.language.words import STOP_WORDS, word_ranks
from index.text.sentences import split_sentences
from index.types import Sentence
from rag.asking.data_files import words_of
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


NO_RANK = 10**9
COMMON_RANK = 12_000
LEAST_ACRONYM_CHARS = 2
LEAST_BASE_CHARS = 4
OPENED_CHARS = 24
PLAIN_RANK = 3000

_TOKEN = re.compile(r"[^\W\d_][\w’'&-]*(?:\.(?=[A-Z]\.)|(?<=\b[A-Z])\.(?=\s?[A-Z]))?")
_SENTENCE_OPENS = re.compile(r"(?:^\s*|[.!?:]\s+|(?<=[a-z])[.!?]|[“\"‘]\s*|\n\s*)$")
_CAPITAL_NEXT = re.compile(r"\s[A-Z]")
_PREFIX = re.compile(r"^(?:under|over|non|mis|dis|pre|un|re)-?(?=\w{4})")
_SUFFIX = re.compile(r"(?:ies|ing|ed|ly|ers?|es|s|ness|ize[ds]?|ised?)$")
_ADVERB = re.compile(r"\w{3,}ally")
_DETERMINER = re.compile(r"\b(?:the|an?|this|that|these|those|its|their|his|her|our)\s$", re.I)
_CONNECTIVES, _JOINS, _TITLES, _PLACED = (
    words_of(name, "rag.verification") for name in ("connectives", "joins", "titles", "placed")
)
_CALENDAR = frozenset(MONTHS_BY_NAME) | FULL_NAMES


@dataclass(frozen=True, slots=True)
class Name:
    """A name of a text.

    Attributes:
        text: As written.
        start: First code point in the text.
        end: One past the last.
        words: Its words as they are compared: case-folded, without accents and possessives.
        nation: Canonical name of the nation it stands for, or an empty string.
    """

    text: str
    start: int
    end: int
    words: tuple[str, ...]
    nation: str = ""


@lru_cache(maxsize=50_000)
def fold_name_word(word: str) -> str:
    """Return a word of a name in the form used for comparison."""
    word = word.removesuffix("’s").removesuffix("'s").strip(".’'")
    if word.isascii():
        return word.casefold()
    plain = unicodedata.normalize("NFKD", word)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def find_names(text: str) -> tuple[Name, ...]:
    """Return the names of a text, in order; titles, months and weekdays are not names."""
    mentions = find_nations(text)
    found = [Name(text[m.start : m.end], m.start, m.end, (), m.nation) for m in mentions]
    run: list[re.Match[str]] = []
    following = 0
    for match in _TOKEN.finditer(text):
        word = match.group()
        if not run and not word[0].isupper():
            continue
        while following < len(mentions) and mentions[following].end <= match.start():
            following += 1
        inside = following < len(mentions) and mentions[following].start <= match.start()
        if run and (inside or not _goes_on(run[-1], text[run[-1].end() : match.start()])):
            _close(run, found)
            run = []
        if inside:
            continue
        if word[0].isupper() and not _opens_only(text, match):
            run.append(match)
        elif run and word not in _JOINS:
            _close(run, found)
            run = []
        elif run:
            run.append(match)
    _close(run, found)
    return tuple(sorted(found, key=lambda name: name.start))


def _goes_on(last: re.Match[str], gap: str) -> bool:
    """Whether a name continues after a gap: a space, or the full stop of a title or an initial."""
    word = last.group().casefold()
    return gap == " " or (gap == ". " and (len(word) == 1 or word in _TITLES))


def _opens_only(text: str, match: re.Match[str]) -> bool:
    """Whether a capital letter means nothing: a common word at the start of a sentence."""
    if not _SENTENCE_OPENS.search(text, max(0, match.start() - OPENED_CHARS), match.start()):
        return False
    word = match.group()
    if word.isupper() and len(word) > 1:
        return False
    folded = fold_name_word(word)
    if folded in STOP_WORDS or folded.partition("'")[0].partition("’")[0] in STOP_WORDS:
        return True
    if folded in _CONNECTIVES or _ADVERB.fullmatch(folded):
        return True
    return not _CAPITAL_NEXT.match(text, match.end()) and is_everyday(folded)


@lru_cache(maxsize=20_000)
def is_everyday(word: str) -> bool:
    """Return whether a case-folded word is common English, or derived from a known word."""
    ranks = word_ranks()
    if ranks.get(word, NO_RANK) < COMMON_RANK:
        return True
    plain = _PREFIX.sub("", word)
    bases = {plain} if plain != word else set()
    for stem in (word, plain):
        if (match := _SUFFIX.search(stem)) and match.start() >= LEAST_BASE_CHARS:
            base = stem[: match.start()]
            bases |= {base, f"{base}e", f"{base}y", base[:-1]}
    return any(ranks.get(base, NO_RANK) < NO_RANK for base in bases)


def is_common_noun(text: str, name: Name) -> bool:
    """Return whether a name of one everyday word has a determiner: "the Act", "its Board"."""
    if name.nation or len(name.words) != 1 or not is_everyday(name.words[0]):
        return False
    return _DETERMINER.search(text, max(0, name.start - OPENED_CHARS), name.start) is not None


def _close(run: list[re.Match[str]], found: list[Name]) -> None:
    while run and not run[-1].group()[0].isupper():
        run.pop()
    words = [fold_name_word(m.group()) for m in run if m.group() not in _JOINS]
    kept = tuple(word for word in words if word and not _is_no_name(word))
    if kept:
        start, end = run[0].start(), run[-1].end()
        found.append(Name(" ".join(m.group() for m in run), start, end, kept))


def _is_no_name(word: str) -> bool:
    return word in _TITLES or word in _CALENDAR or word in STOP_WORDS


class NamedText:
    """A text to look for names in.

    Args:
        text: Any text; read once.
        nations: ``find_nations(text)``, if it is already known.
    """

    def __init__(self, text: str, nations: Sequence[Mention] | None = None) -> None:
        tokens: list[str] = _TOKEN.findall(text)
        self._words: AbstractSet[str] = set(map(fold_name_word, set(tokens)))
        self._words |= {part for word in self._words if "-" in word for part in word.split("-")}
        self._text = text
        self._tokens = tokens
        mentions = find_nations(text) if nations is None else nations
        self._nations: AbstractSet[str] = {mention.nation for mention in mentions}

    @cached_property
    def _by_opening(self) -> Mapping[str, list[str]]:
        """The words by their beginnings, which stemming does not change."""
        found: dict[str, list[str]] = {}
        for word in self._words:
            found.setdefault(word[:OPENING_CHARS], []).append(word)
        return found

    @cached_property
    def _acronyms(self) -> AbstractSet[str]:
        return {
            "".join(filter(str.isupper, token)).casefold()
            for token in set(self._tokens)
            if token[-1].isupper() or token[:LEAST_ACRONYM_CHARS].isupper()
        }

    @cached_property
    def _capitals(self) -> str:
        """First letters of all words that may be part of a name, in order."""
        folded = [fold_name_word(token) for token in self._tokens if token[0].isupper()]
        return "".join(word[0] for word in folded if word and not _is_no_name(word))

    @cached_property
    def _initials(self) -> AbstractSet[str]:
        return {
            "".join(word[0] for word in name.words)
            for name in find_names(self._text)
            if len(name.words) >= LEAST_ACRONYM_CHARS
        }

    def _has_initials(self, word: str) -> bool:
        """Whether a word is the initials of a name; most words are ruled out at once."""
        return word in self._capitals and word in self._initials

    def missing_words(self, name: Name) -> tuple[str, ...]:
        """Return the words of a name that the text lacks; none if it has the name in another form.

        "Daniel" and "Danny" are different words. "UN" is found in "United Nations", and the
        reverse. "Tomas Reck" is found by the family name alone in a text that knows no other Reck.
        Both words of "Tomas Holm" are missing if there are only Tomas Reck and Ada Holm.
        """
        if name.nation:
            return () if name.nation in self._nations else (name.text,)
        missing = tuple(word for word in name.words if not self._has(word))
        initials = "".join(word[0] for word in name.words)
        if missing and len(initials) >= LEAST_ACRONYM_CHARS and initials in self._acronyms:
            return ()
        if missing == name.words and len(name.words) == 1 and self._has_initials(name.words[0]):
            return ()
        if missing == name.words[:-1] and self._has_alone(name):
            return ()
        return name.words if not missing and self._is_recombined(name) else missing

    def _has_alone(self, name: Name) -> bool:
        """Whether a person's family name occurs here, and never after another given name."""
        return _is_person(name) and self._given_names.get(name.words[-1]) == {""}

    def _is_recombined(self, name: Name) -> bool:
        """Whether a person has one person's given name here and another's family name."""
        if len(name.words) != len(("given", "family")) or not _is_person(name):
            return False
        given, family = name.words
        named = self._given_names.get(family, {""})
        others = (before for word, before in self._given_names.items() if word != family)
        return not named & {"", given} and any(given in before for before in others)

    @cached_property
    def _given_names(self) -> Mapping[str, set[str]]:
        """The capitalized word before each capitalized word; empty if there is none."""
        found: dict[str, set[str]] = {}
        before = ""
        for match in _TOKEN.finditer(self._text):
            word = match.group()
            folded = fold_name_word(word)
            if word[0].isupper():
                is_next = before and self._text[match.start() - 1] == " "
                found.setdefault(folded, set()).add(before if is_next else "")
            before = folded if word[0].isupper() and not _is_no_name(folded) else ""
        return found

    def _has(self, word: str) -> bool:
        if word in self._words:
            return True
        alike = self._by_opening.get(word[:OPENING_CHARS], ())
        if stem_word(word) in map(stem_word, alike):
            return True
        if any(_is_derived(word, other) or _is_derived(other, word) for other in alike):
            return True
        parts = word.split("-")
        return len(parts) > 1 and all(part in self._words for part in parts)


def _is_person(name: Name) -> bool:
    """Whether a name may be a person's given names and family name."""
    *given, family = name.words
    return (
        bool(given)
        and name.text == name.text.title()
        and not _PLACED & set(given)
        and word_ranks().get(family, NO_RANK) > PLAIN_RANK
    )


def _is_derived(word: str, place: str) -> bool:
    """Whether a word is derived from a place: "European", "African", "Parisians"."""
    base = place.removesuffix("e")
    ending = word.removesuffix("s")[len(base) :]
    return (
        len(place) >= LEAST_BASE_CHARS
        and word.startswith(base)
        and (ending in {"an", "ian", "ean"} or (ending == "n" and place.endswith("a")))
    )
