"""Whether a claim affirms what a text denies, or says the opposite of one of its words; pure.

A negation belongs to the next word of its clause that tells something. It is compared in the
sentence of the evidence that shares most with the claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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

_OPPOSITES = """
rise rose risen grow grew grown climbed up surged jumped | fall fell fallen dropped shrank down sank
increase increased gain gained | decrease decreased decline declined drop
more higher larger bigger greater above over | less lower smaller fewer below under
win won winning victory | lose lost losing defeat
accept accepted approve approved agree agreed | reject rejected refuse refused disagree disagreed
allow allowed permit permitted | ban banned forbid forbade prohibit prohibited deny
support supported supports backed favour favor favored | oppose opposed opposes against
confirm confirmed confirms admit admitted | deny denied denies
open opened opens reopen reopened | close closed closes shut
begin began begun start started | end ended stop stopped finish finished
arrive arrived enter entered | leave left depart departed
before earlier | after later
first | last
guilty convicted | innocent acquitted cleared
alive survived | dead died killed
success successful succeed succeeded | failure failed unsuccessful
possible likely able | impossible unlikely unable
safe | unsafe dangerous
legal lawful | illegal unlawful
true | false untrue
strong stronger strengthen strengthened | weak weaker weaken weakened
buy bought | sell sold
hire hired | fire fired dismissed
include included including | exclude excluded excluding
continue continued | halt halted stop stopped suspend suspended
best | worst
better improve improved | worse worsened
male man men | female woman women
north northern | south southern
east eastern | west western
morning | evening
lift lifted | impose imposed
raise raised | cut lowered reduced reduce
love loved | hate hated
"""


def _read_opposites() -> dict[str, frozenset[str]]:
    opposites: dict[str, set[str]] = {}
    for line in _OPPOSITES.strip().splitlines():
        one, other = (side.split() for side in line.split("|"))
        for ours, theirs in ((one, other), (other, one)):
            for word in ours:
                opposites.setdefault(word, set()).update(theirs)
    return {word: frozenset(others) for word, others in opposites.items()}


OPPOSITES = _read_opposites()


@dataclass(frozen=True, slots=True)
class Clash:
    """A word that the claim and the evidence take differently.

    Attributes:
        word: In the claim.
        start: First code point in the claim.
        end: One past the last.
        opposite: What the evidence says instead; empty where it is the same word, negated or not.
        denied_in_claim: Whether it is the claim that negates the word.
    """

    word: str
    start: int
    end: int
    opposite: str = ""
    denied_in_claim: bool = False


def find_clashes(
    claim: ParsedText, evidence: ParsedText, sentences: Sequence[int]
) -> tuple[Clash, ...]:
    """Return where a claim and some sentences of the evidence are opposed.

    Args:
        claim: The claim.
        evidence: What it rests on.
        sentences: Numbers of the evidence sentences that tell what the claim tells.
    """
    theirs = [word for number in sentences for word in evidence.words_of(number)]
    negated = _find_negated(claim, evidence, sentences)
    opposed = _find_opposed(claim.words, theirs)
    return (*negated, *opposed)


def _find_negated(
    claim: ParsedText, evidence: ParsedText, sentences: Sequence[int]
) -> Iterator[Clash]:
    """Yield the words that one side always negates and the other never."""
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
    """Whether a word has one of its neighbours in the evidence too."""
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
    """Yield the words of which the other side has the opposite instead."""
    spoken_here = {word.text.casefold() for word in ours}
    spoken_there = {word.text.casefold() for word in theirs}
    stems_there = {stem_word(text) for text in spoken_there}
    for word in ours:
        folded = word.text.casefold()
        others = OPPOSITES.get(folded)
        if others is None or stem_word(folded) in stems_there:
            continue
        opposed = sorted((others & spoken_there) - spoken_here)
        if opposed:
            yield Clash(word.text, word.start, word.end, opposed[0])


def _denied(text: str, words: Sequence[Word]) -> set[int]:
    """Return where the words stand that a negation belongs to."""
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
