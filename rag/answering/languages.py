"""What a reader is told about languages: of the question, of the articles, and of the encoder."""

from __future__ import annotations

from collections.abc import Sequence

from index.encoding.model_info import (
    find_languages,
    join_names,
    name_language,
    suggest_multilingual,
)

ENGLISH_ONLY = "who speaks, periods and overviews are understood in English only"
"""A notice for questions in other languages that got no answer."""


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
