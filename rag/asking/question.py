"""A question and its history -> the question to search for, or a one-line reply; no model.

Only words of the question or the conversation are carried over; nothing is invented, and a complete
question is left unchanged. "Who says so?" alone is put otherwise: who is quoted on it.

An utterance that asks nothing ("thanks!") gets a friendly line; a question that refers to something
not mentioned yet gets a question back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.types import replace_surrogates
from rag.asking.follow_ups import read_history, resolve_follow_up
from rag.asking.intents import names_articles, reply_to_small_talk
from rag.asking.noun_phrases import (
    QUESTION_WORD,
    WORD,
    content_words,
    find_lone_phrase,
    is_verb,
    names_something,
    to_one_line,
)
from rag.asking.references import Antecedent, Reference, find_references
from rag.errors import QuestionError
from rag.settings import MAX_QUESTION_CHARS
from rag.types import Turn

MAX_QUOTED_CHARS = 60

_MEANS_THE_ARTICLES = re.compile(
    r"\b(?:this|these|those|the) (?:articles?|news|stor(?:y|ies)|texts?|reports?|documents?|papers?"
    r"|sources?|library|files?|collection|app|chat)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class StandaloneQuestion:
    """A question as it would be asked without its conversation.

    Attributes:
        question: As it was asked.
        text: As it would be asked alone; ``question`` itself if it is complete.
        added: Words of ``text`` that the question does not have, in order, each once.
        clarification: A one-line reply given instead if the question asks nothing or refers to
            something not mentioned yet; otherwise empty.
        by_model: Whether a chat model wrote ``text``.
    """

    question: str
    text: str
    added: tuple[str, ...] = ()
    clarification: str = ""
    by_model: bool = False

    @property
    def changed(self) -> bool:
        """Whether the conversation was needed to understand the question."""
        return self.text != self.question

    @classmethod
    def from_rewrite(
        cls, question: str, text: str, *, by_model: bool = False
    ) -> StandaloneQuestion:
        """Return a question with the words that its rewritten form adds."""
        own = {word.casefold() for word in WORD.findall(question)}
        added = dict.fromkeys(word for word in WORD.findall(text) if word.casefold() not in own)
        return cls(question, text, tuple(added) if text != question else (), by_model=by_model)


def check_question(question: object) -> str:
    """Return a question without surrounding white space.

    Raises:
        QuestionError: If it is not text, is blank, or is longer than 2,000 characters.
    """
    if not isinstance(question, str):
        kind = type(question).__name__
        raise QuestionError(f"a question is text, not {kind}; ask one, as in: who resigned?")
    stripped = replace_surrogates(question).strip()
    if not stripped:
        raise QuestionError('the question is empty; ask one, as in: onrecord ask "who resigned?"')
    if len(stripped) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question is {len(stripped):,} characters long and the limit is"
            f" {MAX_QUESTION_CHARS:,}; shorten it and ask again"
        )
    return stripped


def standalone_question(question: str, history: Sequence[Turn] = ()) -> str:
    """Return the question as it would be asked without the conversation before it.

    "and China?" replaces its counterpart in the user's last question. A pronoun is replaced by
    what it refers to, if that is clear; otherwise what the question needs is added in brackets.
    Other questions are returned unchanged.

    Args:
        question: The user's words.
        history: Earlier turns, oldest first; only the first question and the last twelve turns
            are read.
    """
    return understand_question(question, history).text


def understand_question(question: str, history: Sequence[Turn] = ()) -> StandaloneQuestion:
    """Return a question as understood in its conversation; see ``standalone_question``.

    Args:
        question: The user's words.
        history: Earlier turns, oldest first; only the roles ``user`` and ``assistant`` count.
    """
    if names_articles(question):
        return StandaloneQuestion(question, question)
    if reply := reply_to_small_talk(question):
        return StandaloneQuestion(question, question, clarification=reply)
    past = read_history(history) if history else []
    if not any(content_words(turn.resolved) for turn in past):
        return StandaloneQuestion(question, question, clarification=_ask_back(question))
    resolved = resolve_follow_up(question, past)
    if resolved.unknown:
        line = _ask_about(question, resolved.unknown)
        return StandaloneQuestion(question, question, clarification=line)
    return StandaloneQuestion.from_rewrite(question, resolved.text)


def _ask_back(question: str) -> str:
    """Return the line that asks what a question without a conversation is about, or ""."""
    if _MEANS_THE_ARTICLES.search(question):
        return ""
    words = content_words(question)
    is_fragment = bool(find_lone_phrase(question))
    if not is_fragment and (
        len([word for word in words if not is_verb(word)]) > 1 or names_something(question)
    ):
        return ""
    references = [] if is_fragment else find_references(question)
    if references and (line := _ask_about(question, references[0])):
        return line
    first = WORD.search(question)
    asks = first is not None and re.fullmatch(QUESTION_WORD, first[0].casefold())
    if not is_fragment and (words or not asks):
        return ""
    shown = to_one_line(question)
    shown = shown if len(shown) <= MAX_QUOTED_CHARS else f"{shown[:MAX_QUOTED_CHARS].rstrip()}…"
    return f"“{shown}” refers to something not mentioned yet. Please ask the whole question."


def _ask_about(question: str, reference: Reference) -> str:
    """Return the line that asks what one word of a question refers to."""
    word = to_one_line(question[reference.start : reference.end])
    match reference.antecedent:
        case Antecedent.MAN | Antecedent.WOMAN:
            return f"Who is meant by “{word}”? Please ask again with the name."
        case Antecedent.SEVERAL:
            return f"Who or what is meant by “{word}”? Please ask again with the name."
        case Antecedent.THING | Antecedent.EVENT:
            return f"What is meant by “{word}”? Please ask again and name it."
    return ""
