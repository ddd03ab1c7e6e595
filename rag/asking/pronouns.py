"""Words of a question that point out of it: "he", "it", "that", "there"; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from index.language.words import STOP_WORDS
from rag.asking.word_classes import ASKS, LEAD, WORD, is_relational, is_verb

_PRONOUNS = {
    **dict.fromkeys(("he", "him", "himself"), "he"),
    **dict.fromkeys(("she", "herself"), "she"),
    **dict.fromkeys(("it", "itself"), "it"),
    **dict.fromkeys(("they", "them", "themselves"), "they"),
}
POSSESSIVES = {
    "his": "he",
    "her": "she",
    "hers": "she",
    "its": "it",
    "their": "they",
    "theirs": "they",
}
_DEMONSTRATIVES = frozenset(("this", "that", "these", "those"))
_TIMES = frozenset(
    "week month year summer autumn fall winter spring morning evening afternoon night season"
    " century decade time monday tuesday wednesday thursday friday saturday sunday".split()
)
NEEDS_OTHER = frozenset("other others another else same instead too either one ones".split())
_VAGUE = frozenset(
    "important good best better common main new likely similar different popular first last only"
    " possible necessary many much long".split()
)
_JOINTS = frozenset("and but or if when while because since after before though where".split())
_BEFORE_POINTING = frozenset(
    """
    is are was were did do does will would has had have can could should of about for after before
    to on at with by from like why how than over against in into during until doing fix use keep
    and but
    """.split()
)
_PLEONASTIC = re.compile(
    r"\b(?:is|was|be|would|will|isn['’]t|['’]s) it (?:\w+ly )?(?:be )?"
    r"(?:true|known|clear|likely|possible|legal|normal|safe|ok|okay|good|bad|better|best|necessary"
    r"|common|important|easy|hard|difficult|worth|required|mandatory|fair|right|wrong)"
    r"\s+(?:that|to|for|if)\b"
    r"|\b(?:is|was) it (?:that|because)\b"
    r"|\b(?:does|did|will|would|can|could|should) it take (?:to|for)\b"
    r"|\bit(?:['’]s| is| was) (?:\w+ )?(?:true|possible|likely|necessary|important)"
    r" (?:that|to|for)\b"
    r"|\bit (?:seems|appears|looks like|means)\b|\bdoes it mean (?:to|that|if|when)\b",
    re.IGNORECASE,
)
THERE_IS = re.compile(
    r"\b(?:is|are|was|were|be|been|isn['’]t|aren['’]t) there\b(?=\s+\w)"
    r"|\bthere (?:is|are|was|were|has|have|had|will|would|be|been|may|might|could)\b"
    r"|\bthere['’]s\b",
    re.IGNORECASE,
)
SETTLED = re.compile(
    r"\b(?:so|as) (?:far|many|much|long|well as)\b|\bso that\b|\bin order\b|\bmore than\b"
    r"|\bthose (?:who|that|of|in|with|whose)\b|\bone of\b|\b(?:no|any|every|some|this) one\b"
    r"|\b(?:the )?other than\b|\beach other\b|\bone (?:million|billion|hundred|thousand)\b",
    re.IGNORECASE,
)


class Kind(StrEnum):
    """What a pointing word wants to be pointed at."""

    MAN = "he"
    WOMAN = "she"
    THING = "it"
    SEVERAL = "they"
    MATTER = "that"
    PLACE = "there"
    TIME = "then"


@dataclass(frozen=True, slots=True)
class Pointer:
    """A word of a question that points out of it.

    Attributes:
        start: First code point in the question.
        end: One past the last.
        kind: What it wants.
        possessive: Whether it stands before what is had, as "his" does.
    """

    start: int
    end: int
    kind: Kind
    possessive: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question, in lower case and without a possessive's ending, and where it is."""

    word: str
    start: int
    end: int


def find_pointers(question: str) -> list[Pointer]:
    """Return the words that point at something which the question does not name, in order.

    "Where is ciabatta from and how is it made?" has none, since "it" is the bread.
    """
    hidden = blank_out(question, _PLEONASTIC, THERE_IS, SETTLED)
    tokens = split_tokens(hidden)
    found: list[Pointer] = []
    for i, token in enumerate(tokens):
        kind, possessive = _pointer_kind(tokens, i, hidden)
        if kind is None or _named_before(question, tokens, i, possessive=possessive):
            continue
        found.append(Pointer(token.start, token.end, kind, possessive))
    return found


def blank_out(text: str, *patterns: re.Pattern[str]) -> str:
    """Return a text of the same length in which some idioms are blanks."""
    for pattern in patterns:
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def split_tokens(text: str) -> list[Token]:
    """Return the words of a text, in order."""
    return [
        Token(re.sub(r"['’]s$", "", match[0].casefold()), match.start(), match.end())
        for match in WORD.finditer(text)
    ]


def _pointer_kind(tokens: list[Token], i: int, text: str) -> tuple[Kind | None, bool]:
    word = tokens[i].word
    after = tokens[i + 1].word if i + 1 < len(tokens) else ""
    before = tokens[i - 1].word if i else ""
    ends = not after or _breaks(text, tokens[i].end)
    kind: Kind | None = None
    possessive = False
    if word in _PRONOUNS:
        kind = Kind(_PRONOUNS[word])
    elif word in POSSESSIVES:
        kind = Kind(POSSESSIVES[word])
        possessive = word != "her" or not (ends or after in STOP_WORDS)
    elif word in _DEMONSTRATIVES and not re.match(r"\s+[A-Z]", text[tokens[i].end :]):
        kind = Kind.MATTER if _points(word, before, after, ends=ends) else None
    elif word == "there":
        kind = Kind.PLACE
    elif word == "then" and i and ends:
        kind = Kind.TIME
    return kind, possessive


def _points(word: str, before: str, after: str, *, ends: bool) -> bool:
    """Return whether "this", "that", "these" or "those" points out of the question."""
    if word != "that":
        return word != "this" or after not in _TIMES
    return ends or not before or before in _BEFORE_POINTING


def _breaks(text: str, at: int) -> bool:
    return bool(re.match(r"\s*[?.!,;:]", text[at : at + 20]))


def _named_before(question: str, tokens: list[Token], i: int, *, possessive: bool) -> bool:
    """Return whether what a pointing word stands for is named before it in the question."""
    place = tokens[i].start
    lead = LEAD.match(question)
    first = lead.end() if lead else 0
    nouns = [
        token
        for token in tokens[:i]
        if token.start >= first
        and not (possessive and is_relational(token.word))
        and token.word not in STOP_WORDS
        and not is_verb(token.word)
        and token.word not in NEEDS_OTHER
        and token.word not in _VAGUE
    ]
    if not nouns:
        return False
    if possessive:
        return True
    if tokens[i].word in _DEMONSTRATIVES:
        return bool(re.search(r"[.?!]\s", question[nouns[0].end : place]))
    between = [token.word for token in tokens if nouns[0].end <= token.start < place]
    broken = re.search(r"[.?!,;:]", question[nouns[0].end : place])
    return bool(broken) or any(
        word in _JOINTS or re.fullmatch(ASKS, word) or word == "that" for word in between
    )
