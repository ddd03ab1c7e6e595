"""A follow-up and its history -> a question that stands alone; pure, without a model.

Only words that the question or the conversation used are carried over; nothing is invented, and
a question that leans on nothing is left as it is. One that leans on what nobody has said is asked
back about.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from index.language.calendar_words import MONTH, WEEKDAY
from index.language.nations import find_nations
from index.language.words import STOP_WORDS
from rag.asking.ellipsis import follow_up_weights, is_bare, known_stems, leans
from rag.asking.overview_request import names_articles
from rag.asking.phrases import (
    MAX_WORD_CHARS,
    Phrase,
    Told,
    find_phrases,
    find_spoken_names,
    is_person,
    rank_phrases,
    stems_of,
)
from rag.asking.pronouns import Kind, Pointer, find_pointers
from rag.asking.word_classes import ASKS, LEAD, WORD, content_words, find_names, is_verb
from rag.errors import QuestionError
from rag.settings import MAX_QUESTION_CHARS
from rag.types import Turn

MAX_HISTORY_TURNS = 12
MAX_NAME_WORDS = 5
MAX_TOPIC_WORDS = 24
MAX_CARRIED = 3
MAX_QUOTED_CHARS = 60
ANSWER_CHARS = 600

_WHAT_ABOUT = re.compile(
    r"^\s*(?:(?:and|but|ok|okay|so|oh)[\s,]+)*(?:(?:what|how)\s+about|and)\s+", re.IGNORECASE
)
_QUESTION_WORD = re.compile(rf"\b{ASKS}", re.IGNORECASE)
_NO_NAME = re.compile(
    r"(?:in|on|at|to|by|for|from|with|after|before|since|during|until|under|if|because|not|now|then"
    r"|so|ever|today|yesterday|tomorrow|tonight|later|next|afterwards|recently|finally)\b",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(rf"I(?:['’]\w+)?$|(?:{WEEKDAY}|{MONTH})$")
_CARRIED = re.compile(r" \([^()]*\)$")
_RESPONSE = re.compile(r"\bin (?:response|reply|return)\b", re.IGNORECASE)
_ASKED_WHO = re.compile(r"^\W*(?:and\s+)?(?:who|whom|which|what)\b", re.IGNORECASE)
_ASKED_WHEN = re.compile(r"\bwhen\b|\b(?:what|which) (?:day|year|date|month)\b", re.IGNORECASE)
_ASKED_WHERE = re.compile(r"\bwhere\b", re.IGNORECASE)
_YEAR = re.compile(rf"\b(?:\d{{1,2}} )?(?:(?:{MONTH}) )?(?:1[5-9]|20)\d\d\b")
_MEANS_THE_ARTICLES = re.compile(
    r"\b(?:this|these|those|the) (?:articles?|news|stor(?:y|ies)|texts?|reports?|documents?|papers?"
    r"|sources?|library|files?|collection|app|chat)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it is understood in its conversation.

    Attributes:
        question: As it was asked.
        text: As it would be asked without the conversation; ``question`` itself if it stands
            alone.
        added: Words of ``text`` that the question does not have, in order, each once.
        clarification: One line that asks back, where the question leans on what nobody has
            said; else empty.
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


def check_question(question: object) -> str:
    """Return a question without surrounding white space.

    Raises:
        QuestionError: If it is no text, blank, or longer than 2,000 characters.
    """
    if not isinstance(question, str):
        kind = type(question).__name__
        raise QuestionError(f"a question is text, not {kind}; ask one, as in: who resigned?")
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

    "and China?" takes the place of its like in the user's last question. A pronoun gives way to
    what it stands for, where that is plain; otherwise what a question leans on is added in
    brackets. Other questions come back unchanged.

    Args:
        question: The user's words.
        history: Earlier turns, oldest first; the first question and the last twelve turns are
            looked at.
    """
    return understand_question(question, history).text


def find_missing_antecedent(question: str, history: Sequence[Turn] = ()) -> str:
    """Return one line that asks back, if a question leans on what nobody has said; else "".

    Args:
        question: The user's words.
        history: Earlier turns, oldest first.

    Examples:
        >>> find_missing_antecedent("What did he say?")
        'Who is meant by “he”? Please ask again with the name.'
        >>> find_missing_antecedent("Who resigned?")
        ''
    """
    return understand_question(question, history).clarification


def understand_question(question: str, history: Sequence[Turn] = ()) -> Understood:
    """Return how a question is understood in its conversation; see ``standalone_question``.

    Args:
        question: The user's words.
        history: Earlier turns, oldest first; roles other than ``user`` and ``assistant`` count
            for nothing.
    """
    if names_articles(question):
        return Understood(question, question)
    told, answer = read_history(history)
    if not any(content_words(turn.resolved) for turn in told):
        return Understood(question, question, clarification=_ask_back(question))
    text = _resolve(question, told, answer)
    if text == question:
        return Understood(question, question)
    own = {word.casefold() for word in WORD.findall(question)}
    added = dict.fromkeys(word for word in WORD.findall(text) if word.casefold() not in own)
    return Understood(question, text, added=tuple(added))


def read_history(history: Sequence[Turn]) -> tuple[list[Told], str]:
    """Return the user's earlier questions, resolved one after the other, and the last answer."""
    turns = [turn for turn in history[-MAX_HISTORY_TURNS:] if turn.role in {"user", "assistant"}]
    opening = next((turn for turn in history[:-MAX_HISTORY_TURNS] if turn.role == "user"), None)
    told: list[Told] = []
    answer = ""
    for turn in [opening, *turns] if opening else turns:
        if turn.role == "assistant":
            answer = _clean(turn.text[:ANSWER_CHARS])
            continue
        text = _clean(_clip(turn.text))
        if text:
            told.append(Told(text, _resolve(text, told, answer) if told else text))
            answer = ""
    return told, answer


def _resolve(question: str, told: Sequence[Told], answer: str) -> str:
    previous = told[-1].resolved
    about = asked_about(question)
    if about:
        replaced = _replace_like(about, previous)
        return replaced or _append(question, _topic(question, previous))
    pointers = find_pointers(question)
    if _asks_about_all(question, pointers) or (_RESPONSE.search(question) and leans(question)):
        return _append(question, _topic(question, previous))
    if not pointers and not leans(question, known=known_stems(tuple(t.resolved for t in told))):
        return question
    return _carry_phrases(question, pointers, told, answer)


def _asks_about_all(question: str, pointers: Sequence[Pointer]) -> bool:
    """Return whether a question is after all that was asked before: "why?", "who said that?"."""
    if not pointers:
        return is_bare(question)
    after = [WORD.search(question, pointer.end) for pointer in pointers]
    return all(
        pointer.kind is Kind.MATTER
        and (word is None or word[0].casefold() in STOP_WORDS or _is_predicate(word[0]))
        for pointer, word in zip(pointers, after, strict=True)
    )


def _is_predicate(word: str) -> bool:
    return is_verb(word) or word.casefold().endswith("ed")


def _carry_phrases(
    question: str, pointers: Sequence[Pointer], told: Sequence[Told], answer: str
) -> str:
    """Return a question with the phrases that it leans on, in place or in brackets."""
    ranked = rank_phrases(question, pointers, told)
    answered = _answered(pointers, told[-1].resolved, answer)
    least = float(follow_up_weights()["phrases"]["threshold"])
    chosen: list[Phrase] = []
    covered: set[str] = set()
    for probability, phrase in ranked:
        enough = chosen and probability < least
        if enough or len(chosen) == MAX_CARRIED:
            break
        if not phrase.stems <= covered:
            chosen.append(phrase)
            covered |= phrase.stems
    texts = [phrase.text for phrase in chosen]
    if answered and not stems_of(answered) <= stems_of(question):
        texts = [answered, *(text for text in texts if not stems_of(text) <= stems_of(answered))]
    in_place = _put_in_place(question, pointers, answered, chosen)
    if in_place:
        question, used = in_place
        texts = [text for text in texts if text != used]
    return _append(question, ", ".join(texts)) if texts or not in_place else question


def _answered(pointers: Sequence[Pointer], previous: str, answer: str) -> str:
    """Return the words of the last answer that a pointing word stands for, or an empty string.

    "he" after "who ordered it?" is the person of the answer, unless the question had one.
    """
    if not answer:
        return ""
    kinds = {pointer.kind for pointer in pointers}
    names = [name for name in find_spoken_names(answer) if not stems_of(name) <= stems_of(previous)]
    persons = [name for name in names if is_person(name)]
    if kinds & {Kind.MAN, Kind.WOMAN}:
        known = any(phrase.person and phrase.name for phrase in find_phrases(previous))
        if persons and (not known or _ASKED_WHO.search(previous)):
            return persons[0]
    if Kind.TIME in kinds and _ASKED_WHEN.search(previous):
        year = _YEAR.search(answer)
        return year[0] if year else ""
    if Kind.PLACE in kinds and _ASKED_WHERE.search(previous) and names:
        return names[0]
    return ""


def _put_in_place(
    question: str, pointers: Sequence[Pointer], answered: str, chosen: Sequence[Phrase]
) -> tuple[str, str] | None:
    """Return a question with its first pronoun replaced and the words put there, if they agree."""
    for pointer in pointers:
        article, fitting = _fitting(pointer, answered, chosen)
        if not fitting:
            continue
        after = question[pointer.end :]
        if not pointer.possessive and re.match(r"['’](?:s|re|ll|d|ve)\b", after):
            continue
        if re.search(r"\bof\s+$", question[: pointer.start], re.IGNORECASE) and not article:
            continue
        ending = ("’" if fitting.endswith("s") else "’s") if pointer.possessive else ""
        return f"{question[: pointer.start]}{article}{fitting}{ending}{after}", fitting
    return None


def _fitting(pointer: Pointer, answered: str, chosen: Sequence[Phrase]) -> tuple[str, str]:
    """Return the article and the phrase that a pronoun can give way to, if one agrees with it."""
    agreeing: list[Phrase] = []
    if pointer.kind in {Kind.MAN, Kind.WOMAN}:
        if answered:
            return "", answered
        agreeing = [phrase for phrase in chosen if phrase.person and phrase.name][:1]
    elif pointer.kind is Kind.THING:
        agreeing = [phrase for phrase in chosen if not phrase.person and not phrase.plural]
    elif pointer.kind is Kind.SEVERAL:
        agreeing = [phrase for phrase in chosen if phrase.plural]
    best = agreeing[0] if len(agreeing) == 1 and agreeing[0] in chosen[:1] else None
    if pointer.kind in {Kind.MAN, Kind.WOMAN} and agreeing:
        best = agreeing[0]
    return (best.article, best.text) if best else ("", "")


def _append(question: str, topic: str) -> str:
    """Return a question without its opening "and", and the topic in brackets."""
    if not topic:
        return question
    return f"{LEAD.sub('', question).strip()} ({topic})"


def _topic(question: str, previous: str) -> str:
    """Return the content words of the previous question that this one does not have."""
    own = {word.casefold() for word in WORD.findall(question)}
    words = dict.fromkeys(
        word
        for word in content_words(previous)
        if word.casefold() not in own and len(word) <= MAX_WORD_CHARS
    )
    return " ".join(list(words)[:MAX_TOPIC_WORDS])


def asked_about(question: str) -> str:
    """Return what "and …?" or "what about …?" names, or an empty string."""
    lead = _WHAT_ABOUT.match(question)
    name = question[lead.end() :].strip().rstrip("?!. ") if lead else ""
    if len(name.split()) > MAX_NAME_WORDS or _QUESTION_WORD.search(name) or "?" in name:
        return ""
    return name


def _replace_like(name: str, previous: str) -> str:
    """Return the previous question about what "and …?" names, or an empty string.

    A nation takes the place of a nation and a person that of a person, if there is one; "the" and
    a plain noun take the place of a whole phrase. A bare noun takes no name's place.
    """
    plain = name.casefold().startswith("the ") and not find_names(name)
    is_nation = bool(find_nations(name, ignore_case=True))
    if _NO_NAME.match(name) or find_pointers(name):
        return ""
    if not (plain or is_nation or name[:1].isupper()):
        return ""
    asked = _CARRIED.sub("", previous)
    found = [match.span() for match in find_names(asked) if not _NO_SUBJECT.match(match[0])]
    nations = [(m.start, m.end) for m in find_nations(asked, ignore_case=True)]
    spans = found or nations
    if is_nation and nations:
        first = nations[0]
        spans = [next((s for s in found if s[0] <= first[0] and first[1] <= s[1]), first)]
    elif is_person(name):
        spans = [span for span in found if is_person(asked[slice(*span)])] or spans
    elif plain:
        phrases = (phrase for phrase in find_phrases(asked) if phrase.name)
        spans = [(phrase.start, phrase.start + len(phrase.text)) for phrase in phrases] or spans
    if not spans:
        return ""
    start, end = spans[0]
    if asked[:start].casefold().endswith("the "):
        name = re.sub(r"^the\s+", "", name, flags=re.IGNORECASE)
    return asked[:start] + name + asked[end:] + previous[len(asked) :]


def _ask_back(question: str) -> str:
    """Return the line that asks what a question without a conversation is about, or ""."""
    if _MEANS_THE_ARTICLES.search(question):
        return ""
    shown = _clean(question)
    shown = shown if len(shown) <= MAX_QUOTED_CHARS else f"{shown[:MAX_QUOTED_CHARS].rstrip()}…"
    about = asked_about(question)
    if about:
        return f"“{shown}” goes on from nothing yet. Please ask it as a whole question."
    if not content_words(question):
        words = [w.casefold() for w in WORD.findall(question)]
        if words and re.fullmatch(ASKS, words[0]):
            return _ask_about_pointer(question) or (
                f"“{shown}” goes on from nothing yet. Please ask it as a whole question."
            )
        return _ask_about_pointer(question)
    nouns = [word for word in content_words(question) if not is_verb(word)]
    if len(nouns) > 1 or find_names(question) or find_nations(question, ignore_case=True):
        return ""
    return _ask_about_pointer(question)


def _ask_about_pointer(question: str) -> str:
    for pointer in find_pointers(question):
        word = _clean(question[pointer.start : pointer.end])
        if pointer.kind in {Kind.MAN, Kind.WOMAN}:
            return f"Who is meant by “{word}”? Please ask again with the name."
        if pointer.kind is Kind.SEVERAL:
            return f"Who or what is meant by “{word}”? Please ask again with the name."
        if pointer.kind in {Kind.THING, Kind.MATTER}:
            return f"What is meant by “{word}”? Please ask again and name it."
    return ""


def _clip(text: str) -> str:
    """Return a turn without what lies beyond the longest question; no word is cut."""
    if len(text) <= MAX_QUESTION_CHARS:
        return text
    return re.sub(r"\S+$", "", text[:MAX_QUESTION_CHARS])


def _clean(text: str) -> str:
    """Return a text on one line without control and format characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = (" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else c for c in text)
    return " ".join("".join(shown).split())
