"""Questions changed by program so that the passage that answered them no longer does. Pure."""

from __future__ import annotations

import random
import re

ANTONYMS = """
    first/last largest/smallest biggest/smallest highest/lowest most/least more/less before/after
    north/south east/west northern/southern eastern/western increase/decrease increased/decreased
    rise/fall rose/fell win/lose won/lost began/ended begin/end start/stop started/stopped
    early/late earlier/later earliest/latest old/new oldest/newest oldest/youngest older/younger
    male/female men/women buy/sell bought/sold accepted/rejected accept/reject allowed/banned
    allow/forbid opened/closed open/close built/destroyed created/abolished arrived/left
    supported/opposed support/oppose approved/vetoed agreed/refused agree/refuse up/down
    public/private rich/poor strong/weak fast/slow hot/cold good/bad better/worse best/worst
    maximum/minimum internal/external inside/outside import/export married/divorced born/died
    hired/fired joined/quit gained/lost raised/cut added/removed arrested/released above/below
    common/rare always/never top/bottom positive/negative major/minor winter/summer
    spring/autumn
""".split()

_OPPOSITES: dict[str, list[str]] = {}
for _pair in ANTONYMS:
    _one, _other = _pair.split("/")
    _OPPOSITES.setdefault(_one, []).append(_other)
    _OPPOSITES.setdefault(_other, []).append(_one)

NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z](?:\s+(?:(?:of|the|de|al|bin|van|von)\s+)?[A-Z][\w’'-]*)*")
NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d+\b")
_WORD = re.compile(r"[a-z]+")
_AUXILIARY = re.compile(r"\b(?:is|are|was|were|did|does|do|can|could|has|have|had|will|would)\b")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;\"“”]\s*|\n\s*)$")


def find_names(text: str) -> list[str]:
    """Return the runs of capitalised words that do not merely begin a sentence."""
    return [
        match.group()
        for match in NAME.finditer(text)
        if " " in match.group() or not _SENTENCE_START.search(text[: match.start()][-4:])
    ]


def alter_question(question: str, passage: str, answer: str, rng: random.Random) -> str:
    """Return the question with one detail made untrue of the passage; empty if none fits.

    A name becomes another name in the passage, a number another of its numbers, a word its
    opposite, or the statement is negated, at random.

    Args:
        question: Answered by the passage.
        passage: Source of the other names and numbers.
        answer: The answering words, which are not put into the question.
        rng: Source of randomness.
    """
    ways = [_exchange_name, _exchange_number, _turn_round, _exchange_name, _turn_round, _negate]
    rng.shuffle(ways)
    for way in ways:
        changed: str = way(question, passage, answer, rng)
        if changed and changed.casefold() != question.casefold():
            return changed
    return ""


def _exchange_name(question: str, passage: str, answer: str, rng: random.Random) -> str:
    asked = [match for match in NAME.finditer(question) if match.start()]
    known = f"{question} {answer}".casefold()
    others = sorted({name for name in find_names(passage) if name.casefold() not in known})
    if not asked or not others:
        return ""
    match = rng.choice(asked)
    return question[: match.start()] + rng.choice(others) + question[match.end() :]


def _exchange_number(question: str, passage: str, answer: str, rng: random.Random) -> str:
    asked = list(NUMBER.finditer(question))
    if not asked:
        return ""
    match = rng.choice(asked)
    same_length = {
        str(number)
        for number in NUMBER.findall(passage)
        if len(number) == len(match.group()) and number not in question and number not in answer
    }
    if same_length and rng.random() < 0.6:  # noqa: PLR2004 - a share
        other = str(rng.choice(sorted(same_length)))
    else:
        digits = list(str(match.group()))
        places = [i for i, digit in enumerate(digits) if digit.isdigit()]
        place = rng.choice(places[-2:])
        digits[place] = rng.choice([d for d in "123456789" if d != digits[place]])
        other = "".join(digits)
        if other in passage:
            return ""
    return f"{question[: match.start()]}{other}{question[match.end() :]}"


def _turn_round(question: str, _passage: str, _answer: str, rng: random.Random) -> str:
    places = [match for match in _WORD.finditer(question) if match.group() in _OPPOSITES]
    if not places:
        return ""
    match = rng.choice(places)
    other = rng.choice(_OPPOSITES[match.group()])
    return f"{question[: match.start()]}{other}{question[match.end() :]}"


def _negate(question: str, _passage: str, _answer: str, rng: random.Random) -> str:
    places = list(_AUXILIARY.finditer(question))
    if not places or rng.random() < 0.5:  # noqa: PLR2004 - a share
        return ""
    match = places[0]
    short = {"can": "can't", "will": "won't"}.get(match.group(), match.group() + "n't")
    return question[: match.start()] + short + question[match.end() :]
