"""Whether a question leans on the conversation before it, and on what kind of words; pure.

A question leans when a word in it points at something that the question itself does not name
("when was that?"), or when something that it needs is left out ("why?", "what are the benefits?").
Pointing words are told by rules; what is left out shows only in how the question is made, so a
small logistic model weighs that.
"""

from __future__ import annotations

import json
import math
import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

from index.language.nations import find_nations
from index.language.words import STOP_WORDS, word_ranks
from rag.asking.pronouns import (
    NEEDS_OTHER,
    POSSESSIVES,
    SETTLED,
    THERE_IS,
    blank_out,
    find_pointers,
    split_tokens,
)
from rag.asking.terms import stem_word
from rag.asking.word_classes import (
    ASKS,
    LEAD,
    WORD,
    content_words,
    find_names,
    is_relational,
    is_verb,
)

_IN_RESPONSE = re.compile(r"\bin (?:response|reply|return)\b(?! to\b)", re.IGNORECASE)
_ANOTHER = re.compile(r"\b(?:others?|another|else|ones|instead)\b|\b(?:which|a \w+) one\b", re.I)
_BARE_SUPERLATIVE = re.compile(
    r"\bthe (?:(?:most|least) \w+|(?!test|west|rest|best-)\w+est|best|worst|first|latest|newest"
    r"|second|third)\s*"
    r"(?:[?.!,]|$|(?:ever|in|of|for|to|and|on|at|by|is|are|was|were)\b)",
    re.IGNORECASE,
)
_UNIQUE = frozenset(
    "world country government earth moon sun internet future past weather public economy law news"
    " us uk usa president".split()
)
_COMPLEMENTS = frozenset(
    "of for in on to from with by between about at as during against into that who which whose"
    " behind within".split()
)
_MEASURES = frozenset("long often far old big large tall soon late high fast".split())
_KIND_OF = re.compile(
    r"^\W*(?:(?:and|but|so)\s+)?(?:in |at |for |by )?(?:which|how many|how much)\s+"
    r"(?!(?:is|are|was|were|did|do|does|has|have|had|will|would|can|could|should)\b)[\w’'-]+\W*$",
    re.IGNORECASE,
)
_WHAT_IT_IS = re.compile(
    r"^\s*(?i:who|what)(?:\s+(?i:is|are|was|were)|['’]s)\s+(?:(?i:an?)\s+|(?i:the)\s+(?=[A-Z]))?"
    r"(?:(?!(?i:of|in|on|for|with|about|the)\b)[\w’-]+\s+){0,2}[\w’-]+\s*(?:[?.!]|$|,?\s+and\b)"
)
_TELL = re.compile(
    r"^\s*(?:please\s+)?(?:(?:can|could|would) you\s+)?(?:tell|give|show) (?:me|us)\s+"
    r"(?:more |something |the details |details )?(?:about|on|of)?",
    re.IGNORECASE,
)

RARE = 0.95
FEW_NOUNS = 2
MANY_NOUNS = 5


def is_bare(question: str) -> bool:
    """Return whether next to nothing is asked about: "why?", "by how much?", "which ones?"."""
    if _WHAT_IT_IS.search(question):
        return False
    if _KIND_OF.search(question):
        return True
    words = [w for w in content_words(LEAD.sub("", question)) if w.casefold() not in _MEASURES]
    return not words or (len(words) == 1 and is_verb(words[0]))


def leaning_probability(question: str, *, known: frozenset[str] = frozenset()) -> float:
    """Return how likely a question without a pointing word leaves out what it is about.

    Args:
        question: The user's words.
        known: Stems of the content words that the conversation has used.
    """
    weights = follow_up_weights()["leaning"]
    total = float(weights["intercept"])
    for name, value in leaning_features(question, known=known).items():
        total += float(weights["coefficients"][name]) * value
    return 1.0 / (1.0 + math.exp(-total))


def leans(question: str, *, known: frozenset[str] = frozenset()) -> bool:
    """Return whether a question cannot be understood without the conversation before it.

    Args:
        question: The user's words.
        known: Stems of the content words that the conversation has used.
    """
    if points_out(question):
        return True
    if is_anchored(question):
        return False
    threshold = float(follow_up_weights()["leaning"]["threshold"])
    return leaning_probability(question, known=known) >= threshold


def points_out(question: str) -> bool:
    """Return whether a word of a question, or its bareness, shows that it leans."""
    if is_bare(question) or _IN_RESPONSE.search(question) or find_pointers(question):
        return True
    return bool(_ANOTHER.search(blank_out(question, SETTLED))) and not _is_named(question)


def is_open(question: str) -> bool:
    """Return whether the rules leave it to the model whether a question leans."""
    return not points_out(question) and not is_anchored(question)


def is_anchored(question: str) -> bool:
    """Return whether a question says what it is about: by a name, or by asking what a thing is."""
    body = LEAD.sub("", question)
    words = [token.word for token in split_tokens(blank_out(body, SETTLED, THERE_IS))]
    if any(word in NEEDS_OTHER for word in words) or _has_bare_relational(words):
        return False
    if _is_named(body):
        return True
    if _WHAT_IT_IS.search(body) or (_TELL.search(body) and "the" not in words):
        return True
    nouns = (word for word in content_words(body) if not is_verb(word))
    return not _has_bare_definite(body) and any(_rarity(noun) >= RARE for noun in nouns)


def leaning_features(question: str, *, known: frozenset[str] = frozenset()) -> dict[str, float]:
    """Return what shows that a question leaves something out, by name.

    Args:
        question: The user's words.
        known: Stems of the content words that the conversation has used.
    """
    body = LEAD.sub("", question)
    hidden = blank_out(body, SETTLED, THERE_IS)
    folded = [token.word for token in split_tokens(hidden)]
    nouns = [word for word in content_words(_TELL.sub("", hidden)) if not is_verb(word)]
    stems = {stem_word(word.casefold()) for word in nouns}
    rarity = max((_rarity(word) for word in nouns), default=0.0)
    return {
        **{f"nouns {n}": float(max(1, len(nouns)) == n) for n in (1, 2, 3)},
        "many nouns": float(len(nouns) >= MANY_NOUNS),
        "rarity": rarity,
        "definite noun left bare": float(len(nouns) <= FEW_NOUNS and _has_bare_definite(body)),
        "relational noun left bare": float(_has_bare_relational(folded)),
        "superlative left bare": float(bool(_BARE_SUPERLATIVE.search(hidden))),
        "no verb": float(not re.search(rf"\b{ASKS}", body, re.IGNORECASE)),
        "indefinite": float(bool({"a", "an", "any", "some"} & set(folded))),
        "complement": float(bool({"of", "between"} & set(folded))),
        "all known": float(bool(stems) and stems <= known),
        "none known": float(not stems & known),
        "again": float(bool({"again", "still", "also", "more", "next", "later"} & set(folded))),
        "you or I": float(bool({"i", "you", "my", "your", "we"} & set(folded))),
    }


def _is_named(question: str) -> bool:
    return bool(find_names(question)) or bool(find_nations(question, ignore_case=True))


def known_stems(texts: tuple[str, ...]) -> frozenset[str]:
    """Return the stems of the content words of some texts."""
    return frozenset(stem_word(word.casefold()) for text in texts for word in content_words(text))


def _rarity(word: str) -> float:
    """Return how rare a word is in English, from 0 to 1, a word of no list counting as rare."""
    ranks = word_ranks()
    if not ranks:
        return 0.5
    folded = word.casefold()
    forms = (folded, folded.removesuffix("s"), folded.removesuffix("es"))
    rank = min(ranks.get(form, len(ranks)) for form in forms)
    return min(1.0, math.log1p(rank / 1000.0) / math.log1p(len(ranks) / 1000.0))


def _has_bare_definite(text: str) -> bool:
    """Return whether "the" stands before one plain noun of which nothing more is said."""
    words = WORD.findall(text)
    for i, word in enumerate(words[:-1]):
        noun = words[i + 1].casefold()
        if word != "the" or noun in STOP_WORDS or noun in _UNIQUE or noun != words[i + 1]:
            continue
        after = words[i + 2] if i + 2 < len(words) else ""
        if not after or (after in STOP_WORDS and after not in _COMPLEMENTS) or is_verb(after):
            return True
    return False


def _has_bare_relational(words: list[str]) -> bool:
    """Return whether a noun that is always of something is not said to be of anything."""
    for i, word in enumerate(words):
        if not is_relational(word):
            continue
        rest = words[i + 1 :]
        complement = any(
            after in _COMPLEMENTS and any(later not in STOP_WORDS for later in rest[j + 1 :])
            for j, after in enumerate(rest)
        )
        modified = i and (words[i - 1] not in STOP_WORDS or words[i - 1] in POSSESSIVES)
        if not complement and not modified:
            return True
    return False


@lru_cache(maxsize=1)
def follow_up_weights() -> dict[str, Any]:
    """Return the contents of ``rag/asking/follow_up_weights.json``.

    ``benchmarks/follow_ups.py`` fits it.
    """
    text = files("rag.asking").joinpath("follow_up_weights.json").read_text("utf-8")
    weights: dict[str, Any] = json.loads(text)
    return weights
