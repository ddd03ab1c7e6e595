"""What a sentence does with what is said elsewhere: deny it, decline to answer it, or allege; pure.

``find_denial`` reads "She denied having said so", "“Pure invention,” said her lawyer", "There is no
truth in it", "pleaded not guilty" and "declined to comment" alike, and tells a denial that only
points to what is denied from one that names it: the latter can be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from index.language.words import STOP_WORDS
from rag.asking.data_files import read_expressions
from rag.asking.terms import stem_text, stem_word

MAX_DENIED_CHARS = 240
"""How far after its verb what a denial denies is read."""


CHARS_BEFORE = 90
CHARS_AFTER = 60
"""How far from a word like "false" the verb of saying may stand that makes it somebody's answer."""


class Manner(StrEnum):
    """How somebody answers an allegation."""

    DENIED = "denied"
    DENIED_IN_PART = "denied in part"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Denial:
    """Somebody's answer to an allegation.

    Attributes:
        manner: A denial of whatever it is about, one of only what it names, or no answer.
        start: First code point, in the sentence, of the words that deny.
        end: One past the last.
        denied_end: One past what they deny.
        denied: Stems of the words that say what is denied; empty if the sentence only points to it.
    """

    manner: Manner
    start: int
    end: int
    denied_end: int
    denied: frozenset[str]


def find_denial(sentence: str) -> Denial | None:
    """Return how a sentence answers an allegation; None if it does not.

    >>> find_denial("She denied having said so.").denied
    frozenset()
    >>> find_denial("The mayor was denied bail.") is None
    True
    """
    folded = sentence.casefold()
    for form in _denying():
        if not any(cue in folded for cue in form.cues):
            continue
        for match in form.expression.finditer(sentence):
            if form.beside is None or _stands_near(form.beside, sentence, match):
                end = _denied_end(sentence, match, form.manner)
                denied = content(sentence[match.end() : end])
                return Denial(form.manner, match.start(), match.end(), end, denied)
    return None


def _stands_near(beside: re.Pattern[str], sentence: str, match: re.Match[str]) -> bool:
    """Whether an expression matches shortly before or after a stretch of a sentence."""
    before = max(0, match.start() - CHARS_BEFORE)
    return bool(
        beside.search(sentence, before, match.start())
        or beside.search(sentence, match.end(), match.end() + CHARS_AFTER)
    )


def accuses(sentence: str) -> bool:
    """Return whether a sentence speaks of something wrong that somebody is said to have done.

    >>> accuses("The union accuses the mayor of lying.")
    True
    """
    return _allegations()["accusing"].search(sentence) is not None


def attributes(sentence: str) -> bool:
    """Return whether a sentence says who says so.

    >>> attributes("The board says that the deputy head leaked them.")
    True
    """
    return _allegations()["attributing"].search(sentence) is not None


def charges(sentence: str) -> bool:
    """Return whether a sentence says that somebody is accused, and so states no more than that.

    >>> charges("The mayor is accused of lying."), charges("The mayor lied about the bribe.")
    (True, False)
    """
    return _allegations()["charging"].search(sentence) is not None


def doubts(sentence: str) -> bool:
    """Return whether a sentence leaves open whether what it says is so.

    >>> doubts("The mayor is said to have lied."), doubts("The mayor said he had lied.")
    (True, False)
    """
    return _allegations()["doubting"].search(sentence) is not None


def points_back(denial: str) -> bool:
    """Return whether words that deny something mean what was said before them.

    >>> points_back("denied having said so"), points_back("denied wrongdoing")
    (True, False)
    """
    return _allegations()["pointing"].search(denial) is not None


def retracts(sentence: str) -> bool:
    """Return whether a sentence says that the one before it is wrong.

    >>> retracts("That was wrong."), retracts("That was a wrong turn.")
    (True, False)
    """
    return _allegations()["retracting"].search(sentence) is not None


@dataclass(frozen=True, slots=True)
class _Form:
    """A way of denying; ``stance.toml`` says what its parts are."""

    manner: Manner
    cues: tuple[str, ...]
    expression: re.Pattern[str]
    beside: re.Pattern[str] | None


_CLAUSE_END = re.compile(
    r"[;!?”\"]|\.(?=\s|$)|,\s(?:and|but|while|who|which|saying|adding|calling|according|as)\b"
    r"|\band\s+(?:also\s+)?(?:said|says|calls|told|\w{3,}ed)\b"
    r"|,\s(?:[\w’'.-]+\s){0,6}(?:said|says|told|wrote|added|insisted)\b"
)
_PASSIVE = re.compile(r"\bby$", re.IGNORECASE)


def _denied_end(sentence: str, match: re.Match[str], manner: Manner) -> int:
    """Return where the clause ends that says what is denied, if anything does."""
    if manner is Manner.SILENT or _PASSIVE.search(match.group()):
        return match.end()
    last = min(len(sentence), match.end() + MAX_DENIED_CHARS)
    stop = _CLAUSE_END.search(sentence, match.end(), last)
    return stop.start() if stop else last


def content(text: str) -> frozenset[str]:
    """Return the stems of a text's words that say what it is about."""
    return stem_text(text) - _general()


def may_answer(folded: str) -> bool:
    """Return whether a case-folded text has a word that an answer to an allegation may have."""
    return any(cue in folded for cue in _cues())


@cache
def _cues() -> tuple[str, ...]:
    cues = {cue for form in _denying() for cue in form.cues}
    return tuple(sorted(c for c in cues if not any(o != c and o in c for o in cues)))


@cache
def _general() -> frozenset[str]:
    tables: dict[str, Any] = _tables()
    words = {*" ".join(tables["denials"]["general"]).split(), *STOP_WORDS}
    return frozenset({"", *(stem_word(word) for word in words)})


@cache
def _denying() -> tuple[_Form, ...]:
    """Return the forms of denial, the clearest first."""
    forms = []
    for manner, name in (
        (Manner.DENIED, "strong"),
        (Manner.SILENT, "silent"),
        (Manner.DENIED_IN_PART, "weak"),
    ):
        for cues, *expressions in _tables()["denials"][name]:
            expression, *beside = (re.compile(text, re.IGNORECASE) for text in expressions)
            found = tuple(cues.split("|"))
            forms.append(_Form(manner, found, expression, beside[0] if beside else None))
    return tuple(forms)


@cache
def _allegations() -> dict[str, re.Pattern[str]]:
    return {
        name: re.compile(text, re.IGNORECASE) for name, text in _tables()["allegations"].items()
    }


@cache
def _tables() -> dict[str, Any]:
    return read_expressions("rag.verification", "stance.toml")
