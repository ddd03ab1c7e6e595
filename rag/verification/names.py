"""The names of a text, and whether another text has them; pure.

A name is a run of capitalized words. Nations go by any of their names, organizations by their
initials too, people by the family name where the given name appears elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property, lru_cache

from index.language.calendar_words import FULL_NAMES, MONTHS_BY_NAME
from index.language.nations import Mention, find_nations
from index.language.words import STOP_WORDS, word_ranks
from rag.asking.data_files import words_of
from rag.asking.terms import stem_word
from rag.verification.parsed_text import OPENING_CHARS

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
def _fold_name_word(word: str) -> str:
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
    folded = _fold_name_word(word)
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
    words = [_fold_name_word(m.group()) for m in run if m.group() not in _JOINS]
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
        self._words: AbstractSet[str] = set(map(_fold_name_word, set(tokens)))
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
        folded = [_fold_name_word(token) for token in self._tokens if token[0].isupper()]
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
        return is_person(name) and self._given_names.get(name.words[-1]) == {""}

    def _is_recombined(self, name: Name) -> bool:
        """Whether a person has one person's given name here and another's family name."""
        if len(name.words) != len(("given", "family")) or not is_person(name):
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
            folded = _fold_name_word(word)
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


def is_person(name: Name) -> bool:
    """Return whether a name may be a person's given names and family name."""
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
