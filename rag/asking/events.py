"""Which event a question asks about, and whether it happened; pure.

"Who resigned?" asks for those who did: somebody who refused to, or who stays, is no answer. Only
questions that choose among several (who, which, how many) are read like that; to "Did the mayor
resign?" it answers that he refused to. "Did Kestrel Line deny it?" asks for one party's answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from rag.asking.data_files import read_expressions

CLAUSE_CHARS = 70
"""How far before an event its clause is read."""

LEAST_STEM_CHARS = 3
"""A shorter word is not cut."""

_SAYING = re.compile(
    r"(?:sa(?:y|ys|id)|t(?:ell|ells|old)|announce[sd]?|claim(?:s|ed)?|report(?:s|ed)?|warn(?:s|ed)?"
    r"|add(?:s|ed)|explain(?:s|ed)?|wr(?:ites?|ote)|thinks?|thought|believe[sd]?|sp(?:eaks?|oke))",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_PLAIN_WORD = re.compile(r"[a-z]+")
_REGULAR = re.compile(r"[a-z]{2,}ed")
_LINK = re.compile(r"\s*(?:to\s+|of\s+|in\s+)?")
_AHEAD = re.compile(r"\b(?:will|would|may|could|should|wants?|plans?)\b", re.IGNORECASE)
_ANYBODY = re.compile(r"\b(?:anyone|anybody|any)\b", re.IGNORECASE)
_NO_VERBS = frozenset(
    "the a an in on at of to for from by with his her their its this that these those and or not"
    " s is are was were did do does has have had will would can could should may might".split()
)


@dataclass(frozen=True, slots=True)
class AskedEvent:
    """An event that a question asks about.

    Attributes:
        happened: Matches words for it in any text.
        excluded: Matches words for what excludes it; None if nothing is known to.
        is_denied: Whether the question asks for those to whom it did not happen.
        is_past: Whether it has happened, if at all, so that a wish or a threat is not it.
    """

    happened: re.Pattern[str]
    excluded: re.Pattern[str] | None = None
    is_denied: bool = False
    is_past: bool = True


def find_asked_event(question: str) -> AskedEvent | None:
    """Return the event whose participants a question asks for, or None.

    >>> find_asked_event("Who resigned?").happened.search("She has stepped down.").group()
    'stepped down'
    >>> find_asked_event("Did the mayor resign?") is None
    True
    """
    forms = _forms()
    opening = forms["selecting"].search(question)
    if opening is None:
        return None
    verb = _find_verb(question, opening)
    if verb is None:
        return None
    before = question[opening.end() - 1 : verb]
    denial = forms["before"].match(question, verb)
    is_denied = denial is not None or bool(forms["before"].search(before))
    if denial is not None:
        link = _LINK.match(question, denial.end())
        verb = link.end() if link else denial.end()
        if verb >= len(question.rstrip(" ?.!")):
            return None
    is_past = _AHEAD.search(before) is None
    for row in _matters():
        for place, own in enumerate(row):
            if own.match(question, verb):
                others = [p.pattern for other, p in enumerate(row) if other != place]
                return AskedEvent(
                    own, re.compile("|".join(others), re.IGNORECASE), is_denied, is_past
                )
    word = _WORD.match(question, verb)
    # Saying is no event that a "might" or a "not" in what is said could undo.
    if word is None or _SAYING.fullmatch(word.group()):
        return None
    return AskedEvent(find_any_form(word.group()), None, is_denied, is_past)


def is_denied_in(event: AskedEvent, sentence: str) -> bool | None:
    """Return whether a sentence says that an event did not happen; None if it does not say.

    It says so if every mention of the event is negated, only wished or threatened, or if it
    mentions only what excludes it. A sentence that says of some that they did, and of others that
    they did not, does not deny it.

    >>> event = find_asked_event("Who resigned?")
    >>> is_denied_in(event, "The mayor refused to resign.")
    True
    >>> is_denied_in(event, "The mayor resigned; her deputy did not.")
    False
    """
    mentions = [_is_negated(event, sentence, match) for match in event.happened.finditer(sentence)]
    if mentions:
        return all(mentions)
    if event.excluded is None:
        return None
    others = [_is_negated(event, sentence, match) for match in event.excluded.finditer(sentence)]
    return True if others and not any(others) else None


def find_asked_denier(question: str) -> str:
    """Return whose denial a question asks for, as it says it; empty if for nobody's.

    >>> find_asked_denier("Did Kestrel Line deny agreeing on prices?")
    'Kestrel Line'
    """
    match = _forms()["denying"].search(question)
    return (match["who"] or match["whose"] or "").strip() if match else ""


def _find_verb(question: str, opening: re.Match[str]) -> int | None:
    """Return where the verb of a selecting question begins, None if that is open."""
    forms = _forms()
    word = opening.group().split()[0].casefold()
    if word in {"who", "whom"}:
        verb = forms["before_verb"].match(question, opening.end())
        place = verb.end() if verb else opening.end()
        if _is_verb(question, place) or forms["before"].match(question, place):
            return place
        return None
    for match in _WORD.finditer(question, opening.end()):
        place = match.start()
        before = question[opening.end() : place]
        if before.strip() and (
            forms["before"].match(question, place) or _is_verb(question, place, alone=False)
        ):
            return place
    return None


def _is_verb(question: str, place: int, *, alone: bool = True) -> bool:
    """Whether a verb begins at a place: a known or a regular one; after "who" any plain word."""
    match = _PLAIN_WORD.match(question, place)
    if match is None:
        return False
    word = match.group()
    if alone:
        return word not in _NO_VERBS
    return bool(_REGULAR.fullmatch(word) or _forms()["irregular"].fullmatch(word))


def find_any_form(verb: str) -> re.Pattern[str]:
    """Return an expression for the regular forms of a verb."""
    base = verb.casefold()
    stem = base
    for ending in ("ied", "ies", "ed", "es", "s", "ing"):
        if base.endswith(ending) and len(base) - len(ending) >= LEAST_STEM_CHARS:
            stem = base.removesuffix(ending)
            break
    return re.compile(
        rf"\b(?:{re.escape(base)}|{re.escape(stem)}(?:e|d|ed|es|s|ing|y|ies|ied)?)\b", re.IGNORECASE
    )


def _is_negated(event: AskedEvent, sentence: str, mention: re.Match[str]) -> bool:
    """Whether a mention is negated; two negations in one clause cancel out."""
    forms = _forms()
    first = max(0, mention.start() - CLAUSE_CHARS)
    ends = list(forms["clause_end"].finditer(sentence, first, mention.start()))
    clause = sentence[ends[-1].end() if ends else first : mention.start()]
    n_negations = len(forms["before"].findall(clause))
    if n_negations % 2:
        return _ANYBODY.search(sentence, mention.start()) is None
    if forms["after"].search(sentence[mention.end() :]):
        return True
    return event.is_past and n_negations == 0 and forms["unreal"].search(clause) is not None


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    tables: dict[str, Any] = read_expressions("rag.asking", "events.toml")
    return {
        name: re.compile(text, re.IGNORECASE)
        for name, text in (tables["question"] | tables["denied"]).items()
    }


@cache
def _matters() -> tuple[tuple[re.Pattern[str], ...], ...]:
    rows = read_expressions("rag.asking", "events.toml")["matters"]["exclusive"]
    return tuple(
        tuple(re.compile(rf"\b(?:{text})\b", re.IGNORECASE) for text in row) for row in rows
    )
