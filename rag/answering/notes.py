"""Lines that stand under an answer: which days its words mean, and what languages keep from it.

A quotation keeps its words. Where a question asks when, or for a period, a line adds which day they
stand for, counted from the day of the article: "Tuesday" is 4 March 2025. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from index.encoding.model_info import (
    find_languages,
    join_names,
    name_language,
    suggest_multilingual,
)
from index.language.calendar_words import MONTH, SHORT_MONTH
from index.language.spoken_days import SpokenDay, describe_days, find_spoken_days
from rag.types import Citation

MOST_EXPLAINED = 4
ENGLISH_ONLY = "who speaks, periods and overviews are understood in English only"
"""A notice for questions in other languages that got no answer."""

_ASKS_WHEN = re.compile(
    r"\bwhen\b|\b(?:what|which)\s+(?:\w+\s+)?(?:date|day|week|month|year|weekday)s?\b"
    r"|\bthe\s+(?:date|day|month|year)\b|\bhow\s+long\s+ago\b",
    re.IGNORECASE,
)
_NAMES_MONTH = re.compile(rf"\b(?:{MONTH}|{SHORT_MONTH})(?!\w)", re.IGNORECASE)


def asks_when(question: str) -> bool:
    """Return whether a question asks for a day, a month or a year.

    Examples:
        >>> asks_when("In which month did the mill close?"), asks_when("Who closed the mill?")
        (True, False)
    """
    return bool(_ASKS_WHEN.search(question))


def explain_days(citations: Sequence[Citation], numbers: Collection[int]) -> str:
    """Return which days the words of cited sentences stand for, as a line; empty if none do.

    Args:
        citations: Those of the answer.
        numbers: Numbers of those that its claims rest on.
    """
    lines: dict[str, None] = {}
    for citation in citations:
        if citation.number not in numbers or citation.published is None:
            continue
        counted = [
            f"“{citation.quote[day.start : day.end]}” is {_describe(day)}"
            for day in find_spoken_days(citation.quote, citation.published)
            if not day.is_exact and not _is_plain(citation, day)
        ]
        if counted:
            written = describe_days(citation.published, citation.published)
            lines[f"In the article of {written}, {', '.join(counted)}."] = None
    return " ".join(list(lines)[:MOST_EXPLAINED])


def _is_plain(citation: Citation, day: SpokenDay) -> bool:
    """Return whether a day is written as a date, and of the year of its article: "6 May"."""
    words = citation.quote[day.start : day.end]
    is_date = _NAMES_MONTH.search(words) is not None
    return is_date and citation.published is not None and day.first.year == citation.published.year


def _describe(day: SpokenDay) -> str:
    if not day.is_rough:
        return day.describe()
    if day.is_long or day.first.day == 1:
        return f"about {day.describe()}"
    middle = day.first + (day.last - day.first) / 2
    return f"about {describe_days(middle, middle)}"


def describe_unknown_question(language: str, encoder: str) -> str:
    """Return a notice about a question in a language that the encoder was not trained on.

    Args:
        language: ISO 639-1 code; empty for unknown.
        encoder: Its name; empty if there is none.

    Returns:
        A sentence; empty if there is nothing to say.
    """
    known = find_languages(encoder) if encoder else frozenset()
    if not language or not known or language in known:
        return ""
    names = join_names(sorted(known), "or")
    return (
        f"The question is in {name_language(language)}, but the articles are searched in {names}:"
        f" ask in {names}, or {suggest_multilingual(None)}."
    )


def describe_languages(
    question: str, encoder: str, articles: Sequence[str], *, refused: bool
) -> str:
    """Return a notice about a question in another language than what can answer it.

    Args:
        question: ISO 639-1 code of its language; empty for unknown.
        encoder: The encoder's name; empty if there is none.
        articles: Languages of the articles that are cited; empty ones for unknown.
        refused: Whether the articles do not say; the refusal then says what the encoder knows.

    Returns:
        A sentence; empty if there is nothing to say.
    """
    if not encoder:
        return ""
    if line := describe_unknown_question(question, encoder):
        return "" if refused else line
    if articles and question and not {"", question} & set(articles):
        names = join_names(dict.fromkeys(articles))
        asked = name_language(question)
        return f"The question is in {asked}, the articles that answer it in {names}."
    is_foreign = refused and question != "en"
    return f"{ENGLISH_ONLY[0].upper()}{ENGLISH_ONLY[1:]}." if is_foreign else ""
