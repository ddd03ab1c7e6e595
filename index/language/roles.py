"""The office that an English text gives with a name: "Kremlin spokesman", "…, a mayor". Pure."""

from __future__ import annotations

import re

from index.language.clause_words import Form, listed_verbs
from index.language.nations import find_nations
from index.language.words import read_word_lists

Place = tuple[int, int]

OFFICES = frozenset(read_word_lists("names")["offices"])
"""Nouns for the holder of an office, case-folded."""

_BEFORE = re.compile(
    r"(?:\b(?:the|an?|its|his|her|their|former|then)\s)?"
    r"((?:[\w’'-]+\s(?:of\s(?:the\s)?|for\s(?:the\s)?)?){0,6}?[\w-]+)\s$"
)
_BEHIND = re.compile(
    r",\s((?:the\s|an?\s|its\s|his\s|her\s|then-|former\s)?[^,.;:“”\"()\n]{3,100})"
)
_CUT = re.compile(r"\s(?:who|which|that|said|says|told|has|had|is|was|will)\b")
_WORD = re.compile(r"[\w’'-]+")
_OF_CLAUSES = frozenset(
    """is was are were has had have will would can could said says told that who which and but as
    while when because if after before""".split()
)
_NOT_OF_ROLES = _OF_CLAUSES | frozenset("the a an to by with from in on at".split())
_ACCOMPANYING = frozenset("together along with alongside like unlike".split())
_PASTS = frozenset(
    """made took went gave got came saw held met left ran won lost led sent became began fell rose
    broke visited arrived returned signed ordered killed died""".split()
)
_NOUNS = frozenset(
    "state defence post view plan report name list order request support attack".split()
)
_MAX_WORDS = 9
_LEAD_CHARS = 90
_OWNER_CHARS = 40
_POSSESSIVE_CHARS = 3


def find_role(text: str, start: int, end: int, *, owns: bool = False) -> Place | None:
    """Return where the office of a name stands: in small letters before it, or behind it.

    Args:
        text: The text.
        start: First code point of the name.
        end: One past the last.
        owns: Whether the name has a possessive ending, and hence nothing behind it.
    """
    return _find_before(text, start) or (None if owns else _find_behind(text, end))


def extend_to_owner(text: str, role: Place) -> Place:
    """Return a role with the nation before it: "South Korea's Vice Foreign Minister"."""
    nation = find_owning_nation(text, role[0])
    return (nation[1], role[1]) if nation else role


def find_owning_nation(text: str, start: int) -> tuple[str, int] | None:
    """Return the nation whose possessive stands right before a place, and where it begins."""
    before = text[max(0, start - _OWNER_CHARS) : start]
    if not before.endswith(("’s ", "'s ", "’ ", "' ")):
        return None
    nations = find_nations(before)
    if not nations or len(before) - nations[-1].end > _POSSESSIVE_CHARS:
        return None
    return nations[-1].nation, start - len(before) + nations[-1].start


def _find_before(text: str, start: int) -> Place | None:
    lead = text[max(0, start - _LEAD_CHARS) : start]
    if lead[-1:] != " " or lead[:-1].rpartition(" ")[2] not in OFFICES:
        return None
    match = _BEFORE.search(text, max(0, start - _LEAD_CHARS), start)
    if match is None:
        return None
    words = match[1].split()
    first = len(words) - 1
    while first and len(words) - first < _MAX_WORDS:
        word = words[first - 1]
        if word.casefold() in _NOT_OF_ROLES or word.endswith((",", ".", ":")):
            break
        first -= 1
    return match.end(1) - len(" ".join(words[first:])), match.end(1)


def _find_behind(text: str, end: int) -> Place | None:
    match = _BEHIND.match(text, end)
    if match is None:
        return None
    cut = _CUT.search(match[1])
    phrase = (match[1][: cut.start()] if cut else match[1]).rstrip()
    words = _WORD.findall(phrase)
    if words and words[0] in _ACCOMPANYING:
        return None
    for number, word in enumerate(words[:_MAX_WORDS]):
        if word.casefold() in _OF_CLAUSES:
            return None
        if word.casefold() in OFFICES and len(words) > 1:
            # "…, the minister warned" is a clause.
            if any(map(_is_verb, words[number + 1 :])):
                return None
            return match.start(1), match.start(1) + len(phrase)
    return None


def _is_verb(word: str) -> bool:
    verb = listed_verbs().get(word)
    is_finite = verb is not None and verb.form is Form.FINITE and word not in _NOUNS
    return is_finite or word in _PASTS
