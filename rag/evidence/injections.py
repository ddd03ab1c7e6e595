"""Sentences of an article that address a machine instead of a reader; pure.

They are not evidence: they are neither given to a chat model nor quoted, unless the question is
about such things. Those that are missed are still treated as data: fenced off and verified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from rag.asking.data_files import read_expressions
from rag.types import Evidence

MAX_CHECKED = 40
NEIGHBOURS_BEFORE = 1
NEIGHBOURS_AFTER = 2

_DOTS = str.maketrans({"\u0130": "i", "\u0131": "i"})
"""Letters that a case-insensitive expression matches as i but ``str.lower`` does not fold."""

_HIDDEN = re.compile(r"[\U000e0020-\U000e007f]|(?:[\u200b-\u200d\u2060\ufeff][^\n]?){6,}")
_ABOUT_MACHINES = re.compile(
    r"\b(?:prompts?|injections?|jail ?breaks?|chat ?bots?|language models?|llms?|a\.?i\.?"
    r"|artificial"
    r"|chat ?gpt|gpt\S*|claude|gemini|assistants?|instructions?|models?|hidden text|hack\w*)\b",
    re.IGNORECASE,
)


@cache
def _forms() -> dict[tuple[str, ...], list[re.Pattern[str]]]:
    """Return the patterns of ``orders.toml``, keyed by their words."""
    return {
        tuple(form["words"]): [re.compile(text, re.IGNORECASE) for text in form["patterns"]]
        for form in read_expressions("rag.evidence", "orders.toml")["forms"]
    }


def _find_forms(text: str) -> list[re.Pattern[str]]:
    """Return the patterns that may match a text or part of it."""
    plain = _to_plain(text)
    folded = (plain if plain.isascii() else plain.translate(_DOTS)).lower()
    return [
        pattern
        for words, patterns in _forms().items()
        if not words or any(word in folded for word in words)
        for pattern in patterns
    ]


def _is_order(text: str, forms: Sequence[re.Pattern[str]]) -> bool:
    if not text.isascii() and _HIDDEN.search(text):
        return True
    plain = _to_plain(text)
    return any(pattern.search(plain) for pattern in forms)


def _to_plain(text: str) -> str:
    """Return a text in plain characters, without formatting ones."""
    if text.isascii():
        return text
    plain = unicodedata.normalize("NFKC", text)
    return "".join(c for c in plain if c < "\x80" or unicodedata.category(c) != "Cf")


def withhold_injections(evidence: Sequence[Evidence], question: str) -> tuple[Evidence, ...]:
    """Drop sentences that address a machine, and their neighbours, from the evidence.

    An order may run over several sentences, so the one before it and the two after it go too.

    Args:
        evidence: Best first.
        question: If it is about machines, everything stays: an article may well report an order.
    """
    if _asks_about_machines(question):
        return tuple(evidence)
    orders: dict[tuple[str, int], list[tuple[int, int]]] = {}
    kept = []
    for item in evidence[:MAX_CHECKED]:
        place = (item.hit.article.article_id, item.hit.passage.start)
        if place not in orders:
            orders[place] = _find_orders(item)
        if not any(start < item.end and item.start < end for start, end in orders[place]):
            kept.append(item)
    return tuple(kept)


def _find_orders(item: Evidence) -> list[tuple[int, int]]:
    sentences = item.hit.passage.sentences
    forms = _find_forms(" ".join(sentence.text for sentence in sentences))
    orders = [_is_order(sentence.text, forms) for sentence in sentences]
    spans = []
    for number, sentence in enumerate(sentences):
        following = sentences[number + 1 : number + 2]
        if orders[number] or (
            following
            and not orders[number + 1]
            and _is_order(f"{sentence.text} {following[0].text}", forms)
        ):
            first = sentences[max(0, number - NEIGHBOURS_BEFORE)]
            last = sentences[min(len(sentences) - 1, number + NEIGHBOURS_AFTER)]
            spans.append((first.start, last.end))
    return spans


def _asks_about_machines(question: str) -> bool:
    """Return whether a question is about chat models, so that articles may well quote orders."""
    return bool(_ABOUT_MACHINES.search(question))
