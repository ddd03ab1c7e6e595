"""What a conversation has been about: its phrases, and which of them a follow-up leans on; pure.

A phrase is a name or a run of content words, as it stands in a turn. Which phrases a follow-up
carries on is weighed by a small logistic model over where and how often they were said.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.language.calendar_words import FULL_NAMES
from index.language.nations import find_nations
from index.language.words import STOP_WORDS
from rag.asking.ellipsis import follow_up_weights
from rag.asking.pronouns import Kind, Pointer
from rag.asking.terms import stem_word
from rag.asking.word_classes import LEAD, NAME, WORD, is_relational, is_verb

MAX_PHRASE_WORDS = 6
MAX_PHRASES = 20
MAX_PERSON_NAMES = 4
MAX_WORD_CHARS = 40

_SKIPPED = frozenset(
    """
    many much long often far old big tall please tell talk know thanks thank question
    information details lot lots kind sort thing things way ways speaking regarding exactly
    interesting different really actually still else other others another one ones yes ok okay
    maybe also even ever later today now currently instead anybody anyone somebody someone
    everyone everybody nobody people best better good bad new important main common several
    various might may must shall
    """.split()
)
_GAP = re.compile(r" {1,2}|\u00a0| ?[&/] ?")
_RELATION = re.compile(r"((?:[a-z]+ ){1,2})of (?:the )?")
_LOOSE_END = re.compile(r"['’]s$|(?: [a-z]+(?:ed|ly))+$")
_THINGS = frozenset(
    """
    bridge observatory river lake sea ocean city town island mount mountain university college
    school institute board council ministry agency service bank party charter court war league cup
    games act street road church association company corporation group fund union army navy force
    team club society museum hospital library press post times gazette review observer wire news
    house hall park station airport line tower treaty agreement pact bill law world series show
    film book album song award prize day week festival empire kingdom republic states nations
    """.split()
)
_TITLES = frozenset(
    """
    mr mrs ms dr sir president minister ambassador mayor treasurer director captain secretary
    chancellor general king queen prince princess senator judge professor chief spokesman
    spokeswoman governor coach founder author editor manager
    """.split()
)
_PLACES = re.compile(r"\b(?:in|at|to|from|near|into|across)\s+(?:the\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A stretch of a turn that can be carried over.

    Attributes:
        text: As it stands there, without an article or a possessive's ending.
        article: "the " where it stands before it there, else empty.
        stems: Of its content words.
        start: First code point in the turn.
        name: Whether it is written as a name.
        person: Whether it looks like a person: introduced by an office, or a name of two words
            that is no nation's or place's.
        place: Whether it is a nation, or a name after "in" or "at".
    """

    text: str
    article: str
    stems: frozenset[str]
    start: int
    name: bool
    person: bool
    place: bool

    @property
    def plural(self) -> bool:
        """Whether it looks like several: its last word ends in a plural's s."""
        last = self.text.casefold()
        return last.endswith("s") and not last.endswith(("ss", "us", "is"))


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier question of the user.

    Attributes:
        text: As it was typed.
        resolved: As it was understood.
    """

    text: str
    resolved: str


@lru_cache(maxsize=512)
def find_phrases(text: str) -> tuple[Phrase, ...]:
    """Return the first twenty phrases of a turn, in order; they do not overlap."""
    lead = LEAD.match(text)
    tokens = list(WORD.finditer(text, lead.end() if lead else 0))
    found: list[Phrase] = []
    run: list[re.Match[str]] = []
    for i, token in enumerate(tokens):
        if run and not _holds(text, tokens, i):
            _close(text, run, found)
        if _carries(token[0], text):
            run.append(token)
        elif not (run and _bridges(text, tokens, i)):
            _close(text, run, found)
    _close(text, run, found)
    return tuple(found[:MAX_PHRASES])


def rank_phrases(
    question: str, pointers: Sequence[Pointer], told: Sequence[Told]
) -> list[tuple[float, Phrase]]:
    """Return the phrases of earlier questions with the probability that each is carried on.

    Args:
        question: The follow-up.
        pointers: Its pointing words.
        told: The user's earlier questions, oldest first.

    Returns:
        Best first, but persons before all where "he" or "she" asks for one, and places where
        "there" does; a phrase that says no more than the question does is left out.
    """
    own = stems_of(question)
    weights = follow_up_weights()["phrases"]
    scored = []
    for phrase, features in phrase_features(question, pointers, told):
        if phrase.stems <= own:
            continue
        total = float(weights["intercept"])
        total += sum(float(weights["coefficients"][name]) * x for name, x in features.items())
        scored.append((1.0 / (1.0 + math.exp(-total)), phrase))
    kinds = {pointer.kind for pointer in pointers}
    asks_person, asks_place = bool(kinds & {Kind.MAN, Kind.WOMAN}), Kind.PLACE in kinds

    def order(pair: tuple[float, Phrase]) -> tuple[bool, float]:
        phrase = pair[1]
        wanted = (asks_person and phrase.person and phrase.name) or (asks_place and phrase.place)
        return not wanted, -pair[0]

    return sorted(scored, key=order)


def phrase_features(
    question: str, pointers: Sequence[Pointer], told: Sequence[Told]
) -> list[tuple[Phrase, dict[str, float]]]:
    """Return every phrase of earlier questions, said last in the longest form, and its features."""
    own = stems_of(question)
    kinds = {pointer.kind for pointer in pointers}
    spoken = [(find_phrases(turn.resolved), stems_of(turn.text)) for turn in told]
    seen: dict[frozenset[str], tuple[Phrase, dict[str, float]]] = {}
    for distance, (phrases, typed) in enumerate(reversed(spoken)):
        for place, phrase in enumerate(phrases):
            if phrase.stems in seen:
                continue
            mentions = sum(any(phrase.stems <= p.stems for p in ps) for ps, _ in spoken)
            seen[phrase.stems] = (
                phrase,
                {
                    "last turn": float(distance == 0),
                    "turn before it": float(distance == 1),
                    "first turn": float(
                        any(phrase.stems <= p.stems for p in spoken[0][0]) and len(spoken) > 1
                    ),
                    "mentions": math.log(mentions),
                    "share of turns": mentions / len(spoken),
                    "carried before": float(distance == 0 and not phrase.stems <= typed),
                    "first in turn": float(place == 0),
                    "last in turn": float(place == len(phrases) - 1),
                    "alone in turn": float(len(phrases) == 1),
                    "name": float(phrase.name),
                    "several words": float(len(phrase.stems) > 1),
                    "says more than a word of the question": float(bool(phrase.stems & own)),
                    "relational": float(
                        all(is_relational(word) for word in WORD.findall(phrase.text))
                    ),
                    "plural for they": float(Kind.SEVERAL in kinds and phrase.plural),
                    "plural for it": float(Kind.THING in kinds and phrase.plural),
                    "pointed at, last turn": float(bool(pointers) and distance == 0),
                },
            )
    return list(seen.values())


def is_person(name: str) -> bool:
    """Return whether a phrase looks like a person: an office, or two to four names in a row.

    Examples:
        >>> [is_person(name) for name in ("Mayor Reck", "Ines Varga", "Tollen Bridge", "the US")]
        [True, True, False, False]
    """
    words = WORD.findall(name)
    folded = [re.sub(r"['’]s$", "", word.casefold()) for word in words]
    if any(word in _THINGS for word in folded):
        return False
    if any(word in _TITLES for word in folded):
        return True
    in_capitals = 1 < len(words) <= MAX_PERSON_NAMES and all(word[0].isupper() for word in words)
    return in_capitals and not find_nations(name)


def find_spoken_names(answer: str) -> list[str]:
    """Return the names in an assistant's answer, in order, each once."""
    names: dict[str, None] = {}
    for match in NAME.finditer(answer):
        words = match[0].split()
        while words and words[0].casefold() in STOP_WORDS:
            words.pop(0)
        name = re.sub(r"['’]s$", "", " ".join(words))
        if name and name.casefold() not in FULL_NAMES and len(words) <= MAX_PHRASE_WORDS:
            names[name] = None
    return list(names)


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that are no stop words."""
    return frozenset(
        stem_word(re.sub(r"['’]s?$", "", word.casefold()))
        for word in WORD.findall(text)
        if word.casefold() not in STOP_WORDS or (len(word) > 1 and word.isupper())
    )


def _carries(word: str, text: str) -> bool:
    folded = re.sub(r"['’]s$", "", word.casefold())
    if folded.endswith(("n't", "n’t")):
        return False
    if 1 < len(word) <= MAX_WORD_CHARS and word.isupper() and not text.isupper():
        return True
    return (
        folded not in STOP_WORDS
        and folded not in _SKIPPED
        and not is_verb(folded)
        and len(word) <= MAX_WORD_CHARS
    )


def _holds(text: str, tokens: list[re.Match[str]], i: int) -> bool:
    """Return whether only blanks or an ampersand part a word from the one before it."""
    return _GAP.fullmatch(text[tokens[i - 1].end() : tokens[i].start()]) is not None


def _bridges(text: str, tokens: list[re.Match[str]], i: int) -> bool:
    """Return whether an "of" or "of the" holds two halves of one phrase together."""
    word = tokens[i][0].casefold()
    if word == "of":
        ahead = i + 1
        if ahead < len(tokens) and tokens[ahead][0].casefold() == "the":
            ahead += 1
        return ahead < len(tokens) and _carries(tokens[ahead][0], text)
    return word == "the" and i > 0 and tokens[i - 1][0].casefold() == "of" and i + 1 < len(tokens)


def _close(text: str, run: list[re.Match[str]], found: list[Phrase]) -> None:
    """Turn the words gathered so far into a phrase."""
    if not run:
        return
    start, end = run[0].start(), run[min(len(run), MAX_PHRASE_WORDS) - 1].end()
    run.clear()
    words = text[start:end]
    relation = _RELATION.match(words)
    if relation and all(is_relational(word) for word in relation[1].split()):
        start += relation.end()
    words = _LOOSE_END.sub("", text[start:end])
    stems = stems_of(words)
    if not stems or stems <= FULL_NAMES or re.fullmatch(r"[a-z]+ed", words):
        return
    caps = [w for w in WORD.findall(words) if w[0].isupper()]
    first = WORD.search(text)
    opening = first is not None and first.start() == start
    name = len(caps) > opening and not text.isupper()
    nation = bool(find_nations(words, ignore_case=True))
    place = nation or (name and bool(_PLACES.search(text[max(0, start - 20) : start])))
    person = not _PLACES.search(text[max(0, start - 20) : start]) and is_person(words)
    article = "the " if text[:start].casefold().endswith("the ") else ""
    found.append(Phrase(words, article, stems, start, name, person, place))
