"""Whether a claim affirms what a text denies, or replaces one of its words with the opposite; pure.

A negation applies to the next content word of its clause. It is compared with the evidence sentence
that shares most with the claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.asking.terms import stem_word
from rag.verification.parsed_text import ParsedText, Word

SCOPE_WORDS = 5
NEAR_WORDS = 2

_NEGATIONS = frozenset(
    "not no never none nobody nothing neither nor without cannot hardly barely".split()
)
_CONTRACTED = re.compile(r"n[’']t\b", re.IGNORECASE)
_FAILING = frozenset("fail refus declin".split())
_INFINITIVE = re.compile(r"\s+to\b", re.IGNORECASE)
_AFFIRMING = re.compile(r"\s+(?:only|just|least)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[;:”»]|[,.!?]\s|(?<=\S)\"")
_DIRECTION = re.compile(
    r"\b(?:vot|argu|sp[eo]a?k|campaign|rul|lobb|decid|testif|demonstrat|protest)(?:e[ds]?|ied|ies|y|ing|s)?\b"
    r"\s(?:[a-z]+\s){0,2}?(?P<way>for|against|in\sfavou?r\sof|in\ssupport\sof)\b",
    re.IGNORECASE,
)


@cache
def opposites() -> Mapping[str, frozenset[str]]:
    """Return each word of ``opposites.txt`` with the words that mean the opposite, case-folded."""
    found: dict[str, set[str]] = {}
    table = files("rag.verification").joinpath("opposites.txt").read_text("utf-8")
    for row in table.splitlines():
        if row.startswith("#"):
            continue
        one, other = (side.split() for side in row.split("|"))
        for ours, theirs in ((one, other), (other, one)):
            for word in ours:
                found.setdefault(word, set()).update(theirs)
    return {word: frozenset(others) for word, others in found.items()}


@dataclass(frozen=True, slots=True)
class Clash:
    """A word that the claim affirms and the evidence denies, or the reverse.

    Attributes:
        word: The claim's word.
        start: First code point in the claim.
        end: One past the last.
        opposite: What the evidence says instead; empty if it is the same word, negated on one side.
        denied_in_claim: Whether the claim is the side that negates the word.
    """

    word: str
    start: int
    end: int
    opposite: str = ""
    denied_in_claim: bool = False


def find_clashes(
    claim: ParsedText, evidence: ParsedText, sentences: Sequence[int]
) -> tuple[Clash, ...]:
    """Return where a claim and some sentences of the evidence contradict each other.

    Args:
        claim: The claim.
        evidence: What it rests on.
        sentences: Numbers of the evidence sentences that correspond to the claim.
    """
    theirs = [word for number in sentences for word in evidence.words_of(number)]
    negated = _find_negated(claim, evidence, sentences)
    opposed = _find_opposed(claim.words, theirs)
    turned = _find_turned(claim, [evidence.sentence(number) for number in sentences])
    return (*negated, *opposed, *turned)


def _find_turned(claim: ParsedText, sentences: Sequence[str]) -> Iterator[Clash]:
    """Yield where a claim has somebody vote for what the evidence has them vote against."""
    match = _DIRECTION.search(claim.text)
    theirs = {find_direction(found.group()) for s in sentences for found in _DIRECTION.finditer(s)}
    ours = find_direction(claim.text)
    if match and len(theirs) == 1 and ours not in theirs:
        yield Clash(match["way"], *match.span("way"), theirs.pop())


def find_direction(text: str) -> str:
    """Return whether somebody votes, speaks or rules "for" or "against" something; or nothing."""
    match = _DIRECTION.search(text)
    if match is None:
        return ""
    return "against" if match["way"].lower() == "against" else "for"


def _find_negated(
    claim: ParsedText, evidence: ParsedText, sentences: Sequence[int]
) -> Iterator[Clash]:
    """Yield the words that one side always negates and the other never does."""
    there: dict[str, set[bool]] = {}
    for number in sentences:
        words = evidence.words_of(number)
        denied = _denied(evidence.text, words)
        for word in words:
            there.setdefault(word.stem, set()).add(word.start in denied)
    here: dict[str, set[bool]] = {}
    denied = _denied(claim.text, claim.words)
    for word in claim.words:
        here.setdefault(word.stem, set()).add(word.start in denied)
    seen: set[str] = set()
    for word in claim.words:
        ours, theirs = here[word.stem], there.get(word.stem, set())
        if word.weight and word.stem not in seen and len(ours) == len(theirs) == 1:
            seen.add(word.stem)
            if ours != theirs and _meets(word, claim.words, evidence, sentences):
                yield Clash(word.text, word.start, word.end, "", word.start in denied)


def _meets(
    word: Word, ours: Sequence[Word], evidence: ParsedText, sentences: Sequence[int]
) -> bool:
    """Whether a word has one of its neighbours in the evidence as well."""
    beside = _neighbours(word.stem, [w for w in ours if w.weight])
    theirs = [w for number in sentences for w in evidence.words_of(number) if w.weight]
    return not beside or bool(beside & _neighbours(word.stem, theirs))


def _neighbours(stem: str, words: Sequence[Word]) -> set[str]:
    places = [i for i, word in enumerate(words) if word.stem == stem]
    near = {
        words[j].stem
        for i in places
        for j in range(max(0, i - NEAR_WORDS), min(len(words), i + NEAR_WORDS + 1))
    }
    return near - {stem}


def _find_opposed(ours: Sequence[Word], theirs: Sequence[Word]) -> Iterator[Clash]:
    """Yield the words that the other side replaces with their opposites."""
    spoken_here = {word.text.casefold() for word in ours}
    spoken_there = {word.text.casefold() for word in theirs}
    stems_there = {stem_word(text) for text in spoken_there}
    for word in ours:
        folded = word.text.casefold()
        others = opposites().get(folded)
        if others is None or stem_word(folded) in stems_there:
            continue
        opposed = sorted((others & spoken_there) - spoken_here)
        if opposed:
            yield Clash(word.text, word.start, word.end, opposed[0])


def _denied(text: str, words: Sequence[Word]) -> set[int]:
    """Return the positions of the words that a negation applies to."""
    denied: set[int] = set()
    left = 0
    before = 0
    for word in words:
        if left and _CLAUSE_END.search(text, before, word.start):
            left = 0
        before = word.end
        if _denies(text, word):
            left = SCOPE_WORDS + 1
            continue
        if left:
            left -= 1
            if word.weight and left:
                denied.add(word.start)
                left = 0
    return denied


def _denies(text: str, word: Word) -> bool:
    """Whether a word negates what follows: not "only" in "not only", nor a "failed state"."""
    folded = word.text.casefold()
    if folded in _NEGATIONS:
        return _AFFIRMING.match(text, word.end) is None
    if folded == "t":
        return _CONTRACTED.search(text, max(0, word.start - 3), word.end) is not None
    return stem_word(folded) in _FAILING and _INFINITIVE.match(text, word.end) is not None
