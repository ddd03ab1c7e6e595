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

_WORD = re.compile(r"[^\W_]+(?:[-'’.][^\W_]+)*", re.UNICODE)
_LEAD = re.compile(r"^\s*(?:(?:and|but|so|ok|okay|also|then)\b[\s,]*)+", re.IGNORECASE)
_WHAT_ABOUT = re.compile(r"^\s*(?:(?:what|how)\s+about|and)\s+", re.IGNORECASE)
_LEANING = re.compile(
    r"\b(?:he|him|his|she|hers?|they|them|theirs?|its?|this|that|these|those|there|then|so"
    r"|in (?:response|reply|return)|the same|as well|too|else|again|more)\b",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(
    r"\b(?:who|whom|whose|what|which|when|where|why|how|did|do|does|is|are|was|were|will|would"
    r"|has|have|had|can|could|should|tell|say|said)\b",
    re.IGNORECASE,
)
_THAT_CLAUSE = re.compile(r"\b(?:sa(?:y|id|ys)|claim\w*|mean\w*|know|show\w*|true)\s+that\b", re.I)


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
    asked = [turn.text for turn in history[-MAX_HISTORY_TURNS:] if turn.role == "user"]
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
    return f"{_LEAD.sub('', question).strip()} ({' '.join(topic)})"


def _leans(question: str) -> bool:
    content = [w for w in _WORD.findall(question) if w.casefold() not in STOP_WORDS]
    return (
        len(content) <= 1
        or bool(_LEAD.match(question))
        or bool(_LEANING.search(_THAT_CLAUSE.sub(" ", question)))
    )


def _replace_name(question: str, previous: str) -> str:
    """Return the previous question about what "and …?" names, or an empty string."""
    lead = _WHAT_ABOUT.match(question)
    if not lead:
        return ""
    name = question[lead.end() :].strip().rstrip("?!. ")
    if not name or len(name.split()) > MAX_NAME_WORDS or _QUESTION_WORD.search(name):
        return ""
    names = [match for match in _NAME.finditer(previous) if match.start() > 0]
    if not names:
        return ""
    first = names[0]
    return previous[: first.start()] + name + previous[first.end() :]


_NAME = re.compile(r"(?:[A-Z][\w’'.-]*)(?:\s+(?:of\s+|the\s+)?[A-Z][\w’'.-]*)*(?<![.'’])")


def _topic_words(question: str) -> list[str]:
    words = [w for w in _WORD.findall(question) if w.casefold() not in STOP_WORDS]
    return list(dict.fromkeys(words))
