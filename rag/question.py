"""A follow-up and its history -> a question that stands alone; pure, without a model.

Only words that the user or the conversation used are carried over; nothing is invented, and a
question that leans on nothing is left as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.errors import QuestionError
from index.rank import STOP_WORDS
from rag.settings import MAX_QUESTION_CHARS
from rag.types import Turn

MAX_HISTORY_TURNS = 6
MAX_NAME_WORDS = 5
MAX_TOPIC_WORDS = 24

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*", re.UNICODE)
_LEAD = re.compile(r"^\s*(?:(?:and|but|so|ok|okay|also|then)\b[\s,.!]*)+", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"^\s*(?:(?:what|how)\s+about|and)\s+", re.IGNORECASE)
_NAME = re.compile(
    r"(?<!\w)[A-ZÀ-ÖØ-Þ][\w’'.-]*(?:\s+(?:of\s+|the\s+)?[A-ZÀ-ÖØ-Þ][\w’'.-]*)*(?<![.'’])"
)
_ASKS = (
    r"(?:who|whom|whose|what|which|when|where|why|how|did|do|does|is|are|was|were|will|would"
    r"|has|have|had|can|could|should|tell|say|said)\b"
)
_QUESTION_WORD = re.compile(rf"\b{_ASKS}", re.IGNORECASE)
_NO_NAME = re.compile(
    r"(?:in|on|at|to|by|for|from|with|after|before|since|during|until|under|if|because|not|now|then"
    r"|so|ever|today|yesterday|tomorrow|tonight|later|next|afterwards|recently|finally)\b",
    re.IGNORECASE,
)
_NO_SUBJECTS = frozenset(
    "I Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May"
    " June July August September October November December".split()
)

_LEANING = re.compile(
    r"\b(?:he|him|she|they|them|it|this|these|those|there|then|so"
    r"|in (?:response|reply|return)|the same|as well|too|else|again|more)\b"
    r"|(?:^|\b(?:is|are|was|were|did|do|does|will|would|has|had|can|could|of|about|for|after|before"
    r"|to|on|at|with|by|from|like|why|how|than|over|against)\s+)that\b"
    r"|\bthat\s*(?:[?.!,;]|$)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"\b(?:his|hers?|theirs?|its)\b", re.IGNORECASE)
_LEANS_ON_NOTHING = re.compile(
    r"\b(?:is|are|was|were|be|been) there\b(?=\s+\w)|\bthere (?:is|are|was|were|has|have|will)\b"
    r"|\bthis (?:week|month|year|summer|autumn|winter|spring|morning|evening)\b"
    r"|\bmore (?:than|about|on)\b|\b(?:so|as) (?:far|many|much|long)\b"
    r"|\b(?:is|was|be) it (?:true|known|clear|likely|possible|legal|normal) (?:that|to|for)\b"
    r"|\b(?:does|did|will|would) it take (?:to|for)\b",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(rf"[.?!;](?:\s|$)|,?\s+and\s+(?={_ASKS})", re.IGNORECASE)
_ASKS_WHAT_IT_IS = re.compile(
    r"^\s*(?i:who|what)(?:\s+(?i:is|are|was|were)|['’]s)\s+(?:the\s+(?=[A-Z]))?[\w’-]+\W*$"
)


def check_question(question: str) -> str:
    """Return a question without surrounding white space.

    Raises:
        QuestionError: If it is blank or longer than 2,000 characters.
    """
    stripped = question.strip()
    if not stripped:
        raise QuestionError('the question is empty; ask one, as in: onrecord ask "who resigned?"')
    if len(stripped) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(stripped):,} characters, the most is {MAX_QUESTION_CHARS:,};"
            " shorten it and ask again"
        )
    return stripped


def standalone_question(question: str, history: Sequence[Turn] = ()) -> str:
    """Return the question as it would be asked without the conversation before it.

    "and China?" takes the place of the name in the user's last question; a question that
    leans on the conversation ("when was that?") gets the topic words of the last question
    that had any, in brackets. Other questions come back unchanged.

    Args:
        question: The user's words.
        history: Earlier turns, oldest first; only the last six are looked at.
    """
    asked = [_clip(turn.text) for turn in history[-MAX_HISTORY_TURNS:] if turn.role == "user"]
    if not asked:
        return question
    previous = asked[0]
    for text in asked[1:]:
        previous = _resolve(text, previous)
    return _resolve(question, previous)


def _resolve(question: str, previous: str) -> str:
    replaced = _replace_name(question, previous)
    if replaced:
        return replaced
    if not _leans(question):
        return question
    own = {word.casefold() for word in _WORD.findall(question)}
    topic = [word for word in _topic_words(previous) if word.casefold() not in own]
    if not topic:
        return question
    return f"{_LEAD.sub('', question).strip()} ({' '.join(topic[:MAX_TOPIC_WORDS])})"


def _clip(text: str) -> str:
    """Return a turn without what lies beyond the longest question; no word is cut."""
    if len(text) <= MAX_QUESTION_CHARS:
        return text
    return re.sub(r"\S+$", "", text[:MAX_QUESTION_CHARS])


def _leans(question: str) -> bool:
    if _asked_about(question):
        return True
    if len(_content_words(question)) <= 1 and not _ASKS_WHAT_IT_IS.search(question):
        return True
    clause = _first_clause(_LEAD.sub("", question))
    if _names(clause):
        clause = _LEANS_ON_NOTHING.sub(" ", clause)
    if _LEANING.search(clause):
        return True
    possessive = _POSSESSIVE.search(clause)
    return possessive is not None and not _names(clause[: possessive.start()])


def _first_clause(question: str) -> str:
    """Return a question up to where its first clause with something to lean on ends."""
    for end in _CLAUSE_END.finditer(question):
        if len(_content_words(question[: end.start()])) > 1:
            return question[: end.end()]
    return question


def _asked_about(question: str) -> str:
    """Return what "and …?" or "what about …?" names, or an empty string."""
    lead = _WHAT_ABOUT.match(question)
    name = question[lead.end() :].strip().rstrip("?!. ") if lead else ""
    if len(name.split()) > MAX_NAME_WORDS or _QUESTION_WORD.search(name):
        return ""
    return name


def _replace_name(question: str, previous: str) -> str:
    """Return the previous question about what "and …?" names, or an empty string."""
    name = _asked_about(question)
    subjects = [match for match in _names(previous) if match[0] not in _NO_SUBJECTS]
    if not name or not subjects or _NO_NAME.match(name):
        return ""
    before, after = previous[: subjects[0].start()], previous[subjects[0].end() :]
    if before.casefold().endswith("the "):
        name = re.sub(r"^the\s+", "", name, flags=re.IGNORECASE)
    return before + name + after


def _names(text: str) -> list[re.Match[str]]:
    """Return the names in a text; its first word is in capitals anyway."""
    first = _WORD.search(text)
    return list(_NAME.finditer(text, first.end())) if first else []


def _topic_words(question: str) -> list[str]:
    return list(dict.fromkeys(_content_words(question)))


def _content_words(question: str) -> list[str]:
    """Return the words that are no stop words; one in capitals, as in "the US", is a name."""
    keeps_capitals = not question.isupper()
    return [
        word
        for word in _WORD.findall(question)
        if word.casefold() not in STOP_WORDS
        or (keeps_capitals and len(word) > 1 and word.isupper())
    ]
