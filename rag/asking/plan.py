"""What a question has to be answered with: its parts, and what kind of answer each wants; pure.

"When did the bridge open, and who paid for it?" is two questions. Each is answered by itself,
under its own words, so that a missing half is seen to be missing. A part that is not complete
("did he back it?") is completed from the part before it, as a follow-up is from the turn before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from rag.asking.data_files import read_expressions
from rag.asking.events import find_asked_event
from rag.asking.noun_phrases import WORD, content_words, is_verb
from rag.asking.question import understand_question
from rag.asking.references import find_references
from rag.asking.sides import ask_for_version, divide_sides
from rag.types import Turn

MAX_PARTS = 4
"""A question that would be more parts than this is left whole."""

MIN_PART_WORDS = 2
"""Fewest words of content in a part; a shorter one leans on the rest and is not split off."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["plan"]
_BOUNDARY = re.compile(_FORMS["boundary"], re.IGNORECASE)
_OPENING = re.compile(_FORMS["opening"], re.IGNORECASE)
_PAIRED = re.compile(_FORMS["paired_question_words"], re.IGNORECASE)
_ASKS_SPEAKER = re.compile(_FORMS["asks_speaker"], re.IGNORECASE)
_LEANS = re.compile(_FORMS["leans_on_answer"], re.IGNORECASE)
_WHO = re.compile(r"\b(?:who|everybody|everyone|all)\b", re.IGNORECASE)
_RELATIVE = re.compile(_FORMS["relative"], re.IGNORECASE)
_COUNTS = [re.compile(text, re.IGNORECASE) for text in _FORMS["count"]]
_EACH_SOURCE = [re.compile(text, re.IGNORECASE) for text in _FORMS["each_source"]]
_BEGINS_AS_QUESTION = re.compile(_FORMS["begins_as_question"], re.IGNORECASE)
_SEVERAL = [re.compile(_FORMS[name], re.IGNORECASE) for name in ("several", "compare")]


class Wanted(StrEnum):
    """How much a part of a question wants."""

    ONE = "one"
    """One fact, or as much as belongs to it."""
    SEVERAL = "several"
    """Every item of a list, every reaction, both sides of a comparison."""
    EACH = "each"
    """What each source says of one fact."""
    COUNT = "count"
    """How many articles mention something."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question.

    Attributes:
        question: The part as it would be asked alone.
        wanted: How much it wants.
        subject: What the articles are counted by; empty unless they are to be counted.
    """

    question: str
    wanted: Wanted = Wanted.ONE
    subject: str = ""


def plan_question(question: str, *, whole: bool = False) -> tuple[Part, ...]:
    """Return the parts of a question, in order; a simple question is one part.

    Args:
        question: Standalone.
        whole: Whether to leave it whole, whatever parts it has.

    Examples:
        >>> parts = plan_question("When was the pier built, and who paid for it?")
        >>> [part.question for part in parts]
        ['When was the pier built?', 'Who paid for the pier?']
        >>> [part.question for part in plan_question("Who resigned and why was it a surprise?")]
        ['Who resigned and why was it a surprise?']
        >>> plan_question("How many articles mention the pier?")[0].subject
        'the pier'
        >>> plan_question("How long is the pier? Do the reports agree?")[0]
        Part(question='How long is the pier?', wanted=<Wanted.EACH: 'each'>, subject='')
    """
    sought = "" if whole else _find_each_source(question)
    if sought:
        return tuple(replace(p, wanted=Wanted.EACH) for p in plan_question(sought))
    sides = None if whole else divide_sides(question)
    if sides is not None:
        return tuple(_describe(side) for side in sides)
    pieces = [] if whole else _split(question)
    if not 1 < len(pieces) <= MAX_PARTS:
        return (_describe(question),)
    parts: list[str] = []
    for piece in pieces:
        completed = _complete(piece, parts[0]) if parts else piece
        if not completed or _LEANS.search(piece) or _LEANS.search(completed):
            return (_describe(question),)
        parts.append(completed)
    if any(map(_is_thin, parts)):
        return (_describe(question),)
    return tuple(_describe(part[0].upper() + part[1:]) for part in parts)


def _find_each_source(question: str) -> str:
    """Return what is to be asked of every source; empty unless a question compares them."""
    found = next((match for form in _EACH_SOURCE if (match := form.search(question))), None)
    if found is None:
        return ""
    sought = found["sought"].strip(" ,;:?.!–—-")
    if _is_thin(sought):
        return ""
    return f"{sought}?" if _BEGINS_AS_QUESTION.search(sought) else f"What is {sought}?"


def _complete(piece: str, first: str) -> str:
    """Return a later piece of a question as it would be asked alone; empty if that is unclear."""
    asked, piece = piece, ask_for_version(piece)
    understood = understand_question(piece, [Turn("user", first)])
    if understood.clarification:
        return ""
    is_thin = piece != asked or _is_thin(piece) or find_references(piece)
    if understood.changed or not is_thin:
        return understood.text
    known = {word.casefold() for word in WORD.findall(piece)}
    carried = [word for word in content_words(first) if not is_verb(word) and word not in known]
    return f"{piece} ({', '.join(carried)})" if carried else ""


def _is_thin(piece: str) -> bool:
    """Whether a piece has too little of its own; "what did the union say?" has enough."""
    n_words = len(content_words(piece))
    return n_words < MIN_PART_WORDS and not (n_words and _ASKS_SPEAKER.search(piece))


def read_counted(words: str) -> str:
    """Return what a question wants the articles counted by, or words as they are.

    Examples:
        >>> read_counted("How many articles mention the Tollen Bridge?")
        'the Tollen Bridge'
        >>> read_counted("Tollen Bridge")
        'Tollen Bridge'
    """
    return _find_counted(words) or words


def _find_counted(question: str) -> str:
    count = next((found for form in _COUNTS if (found := form.search(question))), None)
    subject = count["subject"].strip(" ?.!\"“”'‘’") if count else ""
    return subject if content_words(subject) else ""


def _describe(question: str) -> Part:
    subject = _find_counted(question)
    if subject:
        return Part(question, Wanted.COUNT, subject)
    is_list = any(form.search(question) for form in _SEVERAL)
    wants_several = is_list or _asks_for_participants(question)
    return Part(question, Wanted.SEVERAL if wants_several else Wanted.ONE)


def _asks_for_participants(question: str) -> bool:
    """Whether everybody is asked for who did one of a few things: "who resigned?"."""
    event = find_asked_event(question)
    return event is not None and event.excluded is not None and bool(_WHO.search(question))


def _split(question: str) -> list[str]:
    """Return the pieces of a question, each ending in a question mark; itself if it is one."""
    paired = _PAIRED.match(question)
    if paired:
        rest = paired["rest"].rstrip(" ?.!")
        return [f"{paired['first']} {rest}?", f"{paired['second']} {rest}?"]
    pieces: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(question):
        before = question[start : match.start()]
        if not _OPENING.search(before) or _is_relative(before, match["next"]):
            continue
        pieces.append(before)
        start = match.start("next")
    pieces.append(question[start:])
    return [f"{piece.strip().rstrip(',;?.! ')}?" for piece in pieces if piece.strip(" ,;?.!")]


def _is_relative(before: str, opening: str) -> bool:
    """Return whether a clause goes on a relative one: "the man who left and who returned"."""
    relative = _RELATIVE.search(before)
    return relative is not None and opening.casefold().startswith(relative[1].casefold())
