"""Verbs of saying by what the words are to their speaker: "denies", "promises", … Pure.

The lists stand in ``statement_verbs.toml``; every inflection of a verb is listed here with its
form, since "accused of" reports nobody's words and "accusing" leans on another verb's subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from index.language.stance import Stance
from index.language.words import read_word_lists

if TYPE_CHECKING:
    from collections.abc import Mapping


class Form(StrEnum):
    """An inflection, as far as a rule needs to know it."""

    FINITE = "finite"
    """Present or past tense: "says", "said"."""
    PARTICIPLE = "participle"
    """"adding", whose subject is that of another verb."""
    PAST_PARTICIPLE = "past participle"
    """"written", which is no past tense."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One inflected verb of saying.

    Attributes:
        lemma: Its base form.
        stance: What it makes of the words.
        form: Which inflection it is.
    """

    lemma: str
    stance: Stance
    form: Form


_IRREGULAR = {
    "say": "said said",
    "tell": "told told",
    "write": "wrote written",
    "think": "thought thought",
    "feel": "felt felt",
    "see": "saw seen",
    "know": "knew known",
    "find": "found found",
    "understand": "understood understood",
    "swear": "swore sworn",
    "show": "showed shown",
    "withdraw": "withdrew withdrawn",
    "undertake": "undertook undertaken",
    "forecast": "forecast forecast",
    "seek": "sought sought",
    "lash": "lashed lashed",
}
_DOUBLED = frozenset("slam plan rebut pan refer admit commit rip beg quip brag dub".split())
_VOWELS = frozenset("aeiou")


def inflect(lemma: str) -> Mapping[str, Form]:
    """Return the inflections of an English verb.

    Examples:
        >>> sorted(inflect("deny"))
        ['denied', 'denies', 'deny', 'denying']
        >>> sorted(inflect("write"))
        ['write', 'writes', 'writing', 'written', 'wrote']
    """
    stem = lemma + lemma[-1] if lemma in _DOUBLED else lemma
    consonant_y = lemma.endswith("y") and lemma[-2] not in _VOWELS
    if consonant_y:
        third = f"{lemma[:-1]}ies"
    elif lemma.endswith(("s", "sh", "ch", "x", "z")):
        third = f"{lemma}es"
    else:
        third = f"{lemma}s"
    silent_e = lemma.endswith("e") and not lemma.endswith("ee")
    present = f"{lemma[:-1]}ing" if silent_e else f"{stem}ing"
    if lemma in _IRREGULAR:
        past, perfect = _IRREGULAR[lemma].split()
    elif lemma.endswith("e"):
        past = perfect = f"{lemma}d"
    else:
        past = perfect = f"{lemma[:-1]}ied" if consonant_y else f"{stem}ed"
    forms = {perfect: Form.PAST_PARTICIPLE, present: Form.PARTICIPLE}
    return forms | dict.fromkeys((lemma, third, past), Form.FINITE)


@cache
def listed_verbs() -> Mapping[str, Verb]:
    """Return every inflected form, lower case -> the verb; a later stance never hides an earlier.

    "call for" and the like are told from "call" by ``stance_of``.
    """
    lists = read_word_lists("statement_verbs")
    found: dict[str, Verb] = {}
    for stance in Stance:
        for lemma in lists[stance.value]:
            if "_" in lemma:
                continue
            for form, kind in inflect(lemma).items():
                found.setdefault(form, Verb(lemma, stance, kind))
    return found


@cache
def phrasal_stances() -> Mapping[tuple[str, str], Stance]:
    """Return (base form, word after it) -> the stance that both together have."""
    lists = read_word_lists("statement_verbs")
    return {
        (lemma.split("_")[0], lemma.split("_")[1]): stance
        for stance in Stance
        for lemma in lists[stance.value]
        if "_" in lemma
    }


@cache
def speech_nouns() -> frozenset[str]:
    """Return nouns for an utterance, which may follow their speaker in the genitive."""
    return frozenset(read_word_lists("statement_verbs")["nouns"])


@cache
def weak_verbs() -> frozenset[str]:
    """Return base forms that mean speech only before a quotation, "that" or the like."""
    return frozenset(read_word_lists("statement_verbs")["weak"])
