"""Evidence restated in the spellings and units of a claim, so that both can be compared; pure.

"Zelenskyy" becomes "Zelensky" beside a claim that spells the name so, and "1.4 km" becomes "1,400
metres". Nothing else changes, and no other name or figure does.
"""

from __future__ import annotations

import re
from functools import lru_cache

from index.language.name_spellings import are_spellings, first_letters
from index.language.quotations import find_quoted_spans
from index.language.words import strip_marks
from rag.verification.moments import find_moments
from rag.verification.quantities import Quantity, backs, find_quantities

MAX_RESTATED = 48
MAX_APART = 3
"""Most letters by which two spellings of a name differ in length."""

_WORD = (
    r"(?:(?:al|el|as|ar)[-\u2011])?[^\W\d_a-z][^\W\d_]*"
    r"(?:[-\u2011][^\W\d_]+|['’](?=[A-Z])[^\W\d_]+)*"
)
_NAME = re.compile(rf"\b{_WORD}")
_PAIR = re.compile(rf"(?=\b({_WORD}[\s-]{_WORD})\b)")
_BESIDE = re.compile(r"[-\u2011\s'’]")
_ARTICLE = re.compile(r"^(?:al|el|as|ar)[-\u2011]", re.IGNORECASE)
_BOUNDS = frozenset({"more", "less"})


def restate(evidence: str, claim: str) -> str:
    """Return evidence in which the claim's names and figures are written as in the claim.

    Args:
        evidence: Any text.
        claim: What it is compared with; figures in its quotations are left alone.
    """
    return _restate_quantities(_respell(evidence, claim), claim)


def _respell(evidence: str, claim: str) -> str:
    """Spell names as the claim does."""
    ours = dict.fromkeys([*_NAME.findall(claim), *_PAIR.findall(claim)])
    wanted = [
        name for name in ours if not all(_stands_in(part, evidence) for part in name.split())
    ][:MAX_RESTATED]
    if not wanted:
        return evidence
    by_letter: dict[str, list[str]] = {}
    for other in {*_NAME.findall(evidence), *_PAIR.findall(evidence)} - ours.keys():
        by_letter.setdefault(strip_marks(_plain(other)[:1]), []).append(other)
    for name in wanted:
        for letter in first_letters(strip_marks(_plain(name))):
            for other in by_letter.get(letter, ()):
                if abs(len(name) - len(other)) <= MAX_APART and _are_one(name, other):
                    written = re.compile(rf"\b{re.escape(other)}\b")
                    evidence = name.join(written.split(evidence))
    return evidence


def _stands_in(name: str, text: str) -> bool:
    """Whether a text has a name as a word; no expression, since each would be compiled anew."""
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        beside = text[max(0, start - 1) : start] + text[end : end + 1]
        if not any(map(str.isalnum, beside)):
            return True
        start = text.find(name, start + 1)
    return False


def _are_one(name: str, other: str) -> bool:
    ours, theirs = _plain(name), _plain(other)
    if " " in name + other:
        return strip_marks(ours) == strip_marks(theirs)
    return are_spellings(ours, theirs)


@lru_cache(maxsize=20_000)
def _plain(name: str) -> str:
    """Return a name without capitals, hyphens and an Arabic article."""
    return _BESIDE.sub("", _ARTICLE.sub("", name.casefold()))


def _restate_quantities(evidence: str, claim: str) -> str:
    """Write figures that support the claim's as the claim does."""
    quoted = find_quoted_spans(claim)
    wanted = [
        quantity
        for quantity in find_quantities(claim, besides=_dated(claim))[:MAX_RESTATED]
        if quantity.hedge not in _BOUNDS
        and _written(claim, quantity) not in evidence
        and not any(start <= quantity.start < end for start, end in quoted)
    ]
    if not wanted:
        return evidence
    pieces, last = [], 0
    for other in find_quantities(evidence, besides=_dated(evidence), with_single=True):
        ours = next((quantity for quantity in wanted if backs(other, quantity)), None)
        # "The second ferry" counts no ferries, though a 2 may stand for it.
        if ours is not None and ours.kind == other.kind and bool(ours.unit) == bool(other.unit):
            pieces += [evidence[last : other.start], _written(claim, ours)]
            last = other.unit_end
    return "".join([*pieces, evidence[last:]])


def _dated(text: str) -> list[tuple[int, int]]:
    return [(moment.start, moment.end) for moment in find_moments(text)]


def _written(text: str, quantity: Quantity) -> str:
    return text[quantity.start : quantity.unit_end]
