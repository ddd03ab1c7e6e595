"""Whether a question needs the conversation before it, and for which of its words; pure.

It does if a word refers to something that the question itself does not name ("when was that?"), or
if it leaves out something that it needs ("why?", "what are the benefits?"). Rules find the words
that refer. Omissions show only in how a question is built: rules recognise a complete question,
and a small logistic model weighs the rest.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import Any

from index.language.calendar_words import FULL_NAMES
from index.language.words import STOP_WORDS, word_ranks
from rag.asking.data_files import read_expressions, words_of
from rag.asking.noun_phrases import (
    OPENING,
    QUESTION_WORD,
    WORD,
    content_stems,
    content_words,
    is_relational,
    is_verb,
    names_something,
)

RARE = 0.95
FEW_NOUNS = 2
MANY_NOUNS = 5

_PRONOUNS = {
    **dict.fromkeys(("he", "him", "himself"), "he"),
    **dict.fromkeys(("she", "herself"), "she"),
    **dict.fromkeys(("it", "itself"), "it"),
    **dict.fromkeys(("they", "them", "themselves"), "they"),
}
_POSSESSIVES = {
    "his": "he",
    "her": "she",
    "hers": "she",
    "its": "it",
    "their": "they",
    "theirs": "they",
}
_DEMONSTRATIVES = frozenset(("this", "that", "these", "those"))
_IDIOMS = {
    name: re.compile(text, re.IGNORECASE)
    for name, text in read_expressions("rag.asking", "question_forms.toml")["idioms"].items()
}
IN_RESPONSE = re.compile(r"\bin (?:response|reply|return)\b(?! to\b)", re.IGNORECASE)
_WHAT_IT_IS = re.compile(
    r"^\s*(?i:who|what)(?:\s+(?i:is|are|was|were)|['’]s)\s+(?:(?i:an?)\s+|(?i:the)\s+(?=[A-Z]))?"
    r"(?:(?!(?i:of|in|on|for|with|about|the)\b)[\w’-]+\s+){0,2}[\w’-]+\s*(?:[?.!]|$|,?\s+and\b)"
)
_NO_SUBJECT = ("generic_nouns", "measures", "no_topic")
_MODALS = frozenset(("may", "might", "must", "shall"))
_ASKS_FOR_OBJECT = re.compile(
    r"^\W*(?i:and\s+|but\s+|so\s+)*(?i:what|which|how\s+(?:many|much))\s+(?:[a-z][\w’'-]*\s+){1,3}?"
    r"(?:did|do|does|has|have|had|is|are|was|were|will|would|can|could|should|may|might|must)\s+$"
)
"""What a question begins with that asks for an object: "what part did" before "he play"."""
_OF_PERSONS = frozenset(("he", "him", "his", "she", "her", "hers"))


class Antecedent(StrEnum):
    """What kind of thing a word refers to; the value is such a word."""

    MAN = "he"
    WOMAN = "she"
    THING = "it"
    SEVERAL = "they"
    EVENT = "that"
    PLACE = "there"
    TIME = "then"


PERSONS = frozenset((Antecedent.MAN, Antecedent.WOMAN))


@dataclass(frozen=True, slots=True)
class Reference:
    """A word of a question that refers to something outside it.

    Attributes:
        start: First code point in the question.
        end: One past the last.
        antecedent: What kind of thing it refers to.
        is_possessive: Whether it is a possessive before a noun, as in "his reason".
    """

    start: int
    end: int
    antecedent: Antecedent
    is_possessive: bool = False


@dataclass(frozen=True, slots=True)
class _Token:
    """A word of a question, in lower case and without a possessive ending, and its position."""

    word: str
    start: int
    end: int


def find_references(question: str) -> list[Reference]:
    """Return the words that refer to something the question does not name, in order.

    "Where is ciabatta from and how is it made?" has none, since "it" is the ciabatta.
    """
    hidden = _blank_out(question, _IDIOMS["empty_it"], _IDIOMS["there_is"], _IDIOMS["set_phrase"])
    tokens = _split_tokens(hidden)
    found: list[Reference] = []
    for i, token in enumerate(tokens):
        antecedent, is_possessive = _antecedent_of(tokens, i, hidden)
        if antecedent and not _is_named_before(question, tokens, i, is_possessive=is_possessive):
            found.append(Reference(token.start, token.end, antecedent, is_possessive))
    return found


def needs_context(
    question: str, asked: frozenset[str] = frozenset(), said: frozenset[str] = frozenset()
) -> bool:
    """Return whether a question cannot be understood without the conversation before it.

    Args:
        question: The user's words.
        asked: Stems of the content words of the earlier questions.
        said: Stems of the content words of the earlier questions and answers.
    """
    if shows_need(question):
        return True
    if is_self_contained(question, said):
        return False
    if _is_about_answer(question, asked, said):
        return True
    return omission_probability(question, asked) >= float(
        follow_up_weights()["leaning"]["threshold"]
    )


def is_bare(question: str) -> bool:
    """Return whether a question names next to nothing: "why?", "by how much?", "which ones?"."""
    if _WHAT_IT_IS.search(question):
        return False
    if _IDIOMS["kind_of"].search(question):
        return True
    words = [w for w in content_words(OPENING.sub("", question)) if not _says_little(w)]
    return not words or (len(words) == 1 and is_verb(words[0]))


def shows_need(question: str) -> bool:
    """Return whether a word of a question, or its bareness, shows that it needs context."""
    if is_bare(question) or IN_RESPONSE.search(question) or find_references(question):
        return True
    if _IDIOMS["any_of_it"].search(question):
        return True
    has_other = bool(_IDIOMS["another"].search(_blank_out(question, _IDIOMS["set_phrase"])))
    return has_other and not names_something(question)


def is_self_contained(question: str, said: frozenset[str] = frozenset()) -> bool:
    """Return whether a question without references says what it is about.

    It does so by a name, by asking what something is, or by a whole clause about things of its own.

    Args:
        question: The user's words.
        said: Stems of the content words of the earlier questions and answers.
    """
    body = OPENING.sub("", question)
    hidden = _blank_out(body, _IDIOMS["set_phrase"], _IDIOMS["there_is"])
    words = [token.word for token in _split_tokens(hidden)]
    if any(word in words_of("needs_other") for word in words) or _has_bare_relational(words):
        return False
    if not names_something(body) and _IDIOMS["leaves_out"].search(body):
        return False
    if names_something(body) or _WHAT_IT_IS.search(body):
        return True
    if _IDIOMS["tell"].search(body) and "the" not in words:
        return True
    if _is_whole_clause(body, words, said):
        return True
    return not _has_bare_definite(body) and any(_rarity(noun) >= RARE for noun in _nouns_of(body))


def omission_probability(question: str, asked: frozenset[str] = frozenset()) -> float:
    """Return the probability that a question omits its subject; see ``omission_features``."""
    model = follow_up_weights()["leaning"]
    total = float(model["intercept"])
    for name, value in omission_features(question, asked).items():
        total += float(model["coefficients"][name]) * value
    return 1.0 / (1.0 + math.exp(-total))


def omission_features(question: str, asked: frozenset[str] = frozenset()) -> dict[str, float]:
    """Return the signs that a question omits something, by name.

    Args:
        question: The user's words.
        asked: Stems of the content words of the earlier questions.
    """
    body = OPENING.sub("", question)
    hidden = _blank_out(body, _IDIOMS["set_phrase"], _IDIOMS["there_is"])
    words = [token.word for token in _split_tokens(hidden)]
    nouns = _nouns_of(_IDIOMS["tell"].sub("", hidden))
    stems = content_stems(" ".join(nouns))
    return {
        **{f"nouns {n}": float(max(1, len(nouns)) == n) for n in (1, 2, 3)},
        "many nouns": float(len(nouns) >= MANY_NOUNS),
        "rarity": max(map(_rarity, nouns), default=0.0),
        "definite noun left bare": float(len(nouns) <= FEW_NOUNS and _has_bare_definite(body)),
        "relational noun left bare": float(_has_bare_relational(words)),
        "superlative left bare": float(bool(_IDIOMS["bare_superlative"].search(hidden))),
        "no verb": float(not re.search(rf"\b{QUESTION_WORD}", body, re.IGNORECASE)),
        "indefinite": float(bool({"a", "an", "any", "some"} & set(words))),
        "complement": float(bool({"of", "between"} & set(words))),
        "all known": float(bool(stems) and stems <= asked),
        "none known": float(not stems & asked),
        "again": float(bool({"again", "still", "also", "more", "next", "later"} & set(words))),
        "you or I": float(bool({"i", "you", "my", "your", "we"} & set(words))),
    }


@lru_cache(maxsize=1)
def follow_up_weights() -> dict[str, Any]:
    """Return the contents of ``rag/asking/follow_up_weights.json``.

    ``benchmarks/answers/follow_ups.py`` fits it.
    """
    text = files("rag.asking").joinpath("follow_up_weights.json").read_text("utf-8")
    weights: dict[str, Any] = json.loads(text)
    return weights


def _blank_out(text: str, *patterns: re.Pattern[str]) -> str:
    """Return a text of the same length with some idioms blanked out."""
    for pattern in patterns:
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _split_tokens(text: str) -> list[_Token]:
    return [
        _Token(re.sub(r"['’]s$", "", match[0].casefold()), match.start(), match.end())
        for match in WORD.finditer(text)
    ]


def _antecedent_of(tokens: list[_Token], i: int, text: str) -> tuple[Antecedent | None, bool]:
    """Return what a word refers to, if anything, and whether it is a possessive."""
    word = tokens[i].word
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    before = tokens[i - 1].word if i else ""
    is_last = not after or bool(re.match(r"\s*[?.!,;:]", text[tokens[i].end :][:20]))
    if word in _PRONOUNS:
        return Antecedent(_PRONOUNS[word]), False
    if word in _POSSESSIVES:
        has_noun = word != "her" or not (is_last or after in STOP_WORDS)
        return Antecedent(_POSSESSIVES[word]), has_noun
    if word in _DEMONSTRATIVES and not re.match(r"\s+[A-Z]", text[tokens[i].end :]):
        if word == "that":
            refers = is_last or not before or before in words_of("before_that")
        else:
            refers = word != "this" or after not in words_of("times") | FULL_NAMES
        return Antecedent.EVENT if refers else None, False
    if word == "there":
        return Antecedent.PLACE, False
    return Antecedent.TIME if word == "then" and i and is_last else None, False


def _is_named_before(question: str, tokens: list[_Token], i: int, *, is_possessive: bool) -> bool:
    """Return whether the question names what a word refers to before that word."""
    place = tokens[i].start
    if tokens[i].word in _OF_PERSONS and _ASKS_FOR_OBJECT.match(question[:place]):
        return False
    opening = OPENING.match(question)
    first = opening.end() if opening else 0
    nouns = [
        token
        for token in tokens[:i]
        if token.start >= first
        and not (is_possessive and is_relational(token.word))
        and token.word not in STOP_WORDS | _MODALS
        and not is_verb(token.word)
        and token.word not in words_of("needs_other") | words_of("vague_adjectives")
    ]
    if not nouns or is_possessive:
        return bool(nouns)
    since = question[nouns[0].end : place]
    if tokens[i].word in _DEMONSTRATIVES:
        return bool(re.search(r"[.?!]\s", since))
    between = [token.word for token in tokens if nouns[0].end <= token.start < place]
    if tokens[i - 1].word in words_of("object_prepositions"):
        # In "what did Reck say about it?" nothing before "say" is meant.
        between = [word for word in between if word not in {"say", "said", "tell"}]
    return bool(re.search(r"[.?!,;:]", since)) or any(
        word in words_of("clause_joints") or re.fullmatch(QUESTION_WORD, word) for word in between
    )


def _says_little(word: str) -> bool:
    lists = ("measures", "needs_other", "no_topic")
    return any(word.casefold() in words_of(name) for name in lists)


def _nouns_of(text: str) -> list[str]:
    return [word for word in content_words(text) if not is_verb(word)]


def _rarity(word: str) -> float:
    """Return how rare a word is in English, from 0 to 1; unlisted words are rare."""
    ranks = word_ranks()
    if not ranks:
        return 0.5
    folded = word.casefold()
    forms = (folded, folded.removesuffix("s"), folded.removesuffix("es"))
    rank = min(ranks.get(form, len(ranks)) for form in forms)
    return min(1.0, math.log1p(rank / 1000.0) / math.log1p(len(ranks) / 1000.0))


def _is_about_answer(question: str, asked: frozenset[str], said: frozenset[str]) -> bool:
    """Return whether all that a question names was mentioned in an answer but not asked about."""
    stems = content_stems(" ".join(w for w in _nouns_of(question) if not w.endswith("ed")))
    return bool(stems) and stems <= said and not stems & asked


def _is_whole_clause(body: str, words: Sequence[str], said: frozenset[str]) -> bool:
    """Return whether a question is a clause about its own things: "why did the mayor resign?".

    "The tunnel" after talk of a tunnel is that tunnel, "the winners" belong to something, and "how
    long is the detour?" says too little to be complete.
    """
    if not re.search(rf"\b{QUESTION_WORD}", body, re.IGNORECASE):
        return False
    if any(_IDIOMS[n].search(body) for n in ("identifies", "compares", "bare_superlative")):
        return False
    nouns = [
        word
        for word in _nouns_of(_IDIOMS["tell"].sub("", body))
        if not any(word.casefold() in words_of(name) for name in _NO_SUBJECT)
    ]
    new = [w for w in nouns if not w.endswith("ed") and not content_stems(w) & said]
    return bool(new) and (len(nouns) > 1 or ("the" in words and not _IDIOMS["is_the"].search(body)))


def _has_bare_definite(text: str) -> bool:
    """Return whether "the" precedes one plain noun that nothing more is said about."""
    words = WORD.findall(text)
    for i, word in enumerate(words[:-1]):
        noun = words[i + 1]
        if (
            word != "the"
            or noun in STOP_WORDS | words_of("unique_nouns")
            or noun != noun.casefold()
        ):
            continue
        after = words[i + 2] if i + 2 < len(words) else ""
        is_complement = after in words_of("complement_openers")
        if not after or (after in STOP_WORDS and not is_complement) or is_verb(after):
            return True
    return False


def _has_bare_relational(words: Sequence[str]) -> bool:
    """Return whether a noun that always belongs to something is not said to belong to anything."""
    for i, word in enumerate(words):
        if not is_relational(word):
            continue
        rest = words[i + 1 :]
        has_complement = any(
            after in words_of("complement_openers")
            and any(later not in STOP_WORDS for later in rest[j + 1 :])
            for j, after in enumerate(rest)
        )
        before = words[i - 1] if i else ""
        is_modified = before in _POSSESSIVES or (
            i and before not in STOP_WORDS and before not in words_of("vague_adjectives")
        )
        if not has_complement and not is_modified:
            return True
    return False
