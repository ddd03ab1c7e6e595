"""Answers of different articles that disagree, as a reader marked them; pure.

Only answers of one kind (names, dates, numbers of the same thing) are compared, in sentences about
the same names and about the same time; otherwise yesterday's price and another town's fire would
pass for contradictions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.asking.terms import AnswerType, QuestionTerms, stem_text
from rag.evidence.sentences import FEATURES, READER_FEATURES, agree, answer_words
from rag.types import Evidence
from rag.verification.moments import Moment, agrees, are_of_one_time, contradicts, find_moments
from rag.verification.names import Name, find_names
from rag.verification.quantities import Quantity, backs, find_quantities

MAX_READ = 12
LEAST_HERE = 1.0
"""Log-odds that the passage answers, for both."""
LEAST_LEADING = math.log(0.3)
LEAST_RIVAL = math.log(0.15)
"""Log share of all that was read; the shares of articles with the same answer are added up."""
NAMED_SHARE = 0.6
LEAST_INITIALS = 2
COUNTED_WORDS = 3

_HERE = len(FEATURES) + READER_FEATURES.index("reader_here")
_AGREEMENT = len(FEATURES) + READER_FEATURES.index("reader_agreement")
_NAMES = FEATURES.index("name_coverage")
_COMPARED = frozenset(
    {AnswerType.PERSON, AnswerType.PLACE, AnswerType.TIME, AnswerType.NUMBER, AnswerType.ANYTHING}
)
_ASKS_FOR_SEVERAL = re.compile(
    r"\b(?:who|whom|what|which|where)(?:\s\w+){0,3}?\s(?:are|were|have)\b"
    r"|^(?:please\s)?(?:name|list|give)\b|\b(?:all|some|several|other) of\b|\bexamples?\b",
    re.IGNORECASE,
)
_EMPTY = frozenset("a an the of in on at to and or by for from with were was are is".split())
_AFTER = re.compile(r"[\s-]*([^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class _Marked:
    """The answering words of a sentence, and the dates, numbers and names in them."""

    text: str
    words: frozenset[str]
    moments: tuple[Moment, ...]
    quantities: tuple[Quantity, ...]
    names: tuple[Name, ...]
    counted: frozenset[str]


def find_rival(
    leading: Evidence, evidence: Sequence[Evidence], question: str, terms: QuestionTerms
) -> Evidence | None:
    """Return the best evidence of another article with a different answer, or None.

    Args:
        leading: What the answer rests on.
        evidence: What was chosen, best first.
        question: Standalone.
        terms: What it asks for.
    """
    if terms.answer_type not in _COMPARED or _ASKS_FOR_SEVERAL.search(question):
        return None
    if not _is_sure(leading, LEAST_LEADING):
        return None
    mine = _read_marked(leading)
    for item in evidence[:MAX_READ]:
        if item.hit.article.article_id == leading.hit.article.article_id:
            continue
        if not _is_sure(item, LEAST_RIVAL) or item.features[_NAMES] < leading.features[_NAMES]:
            continue
        if not are_of_one_time(leading.hit.article.published, item.hit.article.published):
            continue
        theirs = _read_marked(item)
        if _states(item.text, mine) or _states(leading.text, theirs):
            continue
        if _differ(mine, theirs, terms):
            return item
    return None


def _is_sure(item: Evidence, least: float) -> bool:
    """Return whether a reader marked words there and is confident of them."""
    return (
        item.answer is not None
        and len(item.features) == len(FEATURES) + len(READER_FEATURES)
        and item.features[_HERE] >= LEAST_HERE
        and item.features[_AGREEMENT] >= least
    )


def _read_marked(item: Evidence) -> _Marked:
    text = item.marked
    first, last = (place - item.start for place in item.answer or (item.start, item.start))
    dates = find_moments(item.text, published=item.hit.article.published)
    moments = tuple(m for m in dates if first <= m.start < last)
    # Read in their sentence, which may say "more than" before them.
    quantities = tuple(
        quantity
        for quantity in find_quantities(item.text, besides=[(m.start, m.end) for m in dates])
        if first <= quantity.start < last
    )
    counted: set[str] = set()
    if quantities:
        # "12 dead" and "12" followed by "people died" both say what is counted.
        place = quantities[-1].end
        for _ in range(COUNTED_WORDS):
            word = _AFTER.match(item.text, place)
            if word is None:
                break
            counted |= stem_text(word[1]) - _EMPTY
            place = word.end()
    return _Marked(
        text, answer_words(text), moments, quantities, find_names(text), frozenset(counted)
    )


def _differ(mine: _Marked, theirs: _Marked, terms: QuestionTerms) -> bool:
    """Return whether two answers are of the same kind and differ."""
    if agree(mine.words, theirs.words):
        return False
    if mine.moments and theirs.moments:
        return any(contradicts(a, b) for a in mine.moments for b in theirs.moments) and not any(
            agrees(a, b) or agrees(b, a) for a in mine.moments for b in theirs.moments
        )
    if mine.moments or theirs.moments or terms.answer_type is AnswerType.TIME:
        return False
    if mine.quantities and theirs.quantities:
        return _numbers_differ(mine, theirs)
    if mine.quantities or theirs.quantities or terms.answer_type is AnswerType.NUMBER:
        return False
    return _names_differ(mine, theirs, terms.answer_type)


def _numbers_differ(mine: _Marked, theirs: _Marked) -> bool:
    """Return whether two answers give different numbers of the same thing."""
    if not mine.counted & theirs.counted:
        return False
    pairs = [(a, b) for a in mine.quantities for b in theirs.quantities]
    return all(a.kind is b.kind and a.currency == b.currency for a, b in pairs) and not any(
        backs(a, b) or backs(b, a) for a, b in pairs
    )


def _names_differ(mine: _Marked, theirs: _Marked, wanted: AnswerType) -> bool:
    """Return whether two answers name different people, places or things.

    Places are compared only if both are nations: a town lies in its province.
    """
    for marked in (mine, theirs):
        named = sum(name.end - name.start for name in marked.names)
        if len(marked.names) != 1 or named < NAMED_SHARE * len(marked.text):
            return False
    (one,), (other,) = mine.names, theirs.names
    if one.nation or other.nation:
        return bool(one.nation and other.nation) and one.nation != other.nation
    if wanted is AnswerType.PLACE or set(one.words) & set(other.words):
        return False
    return not (_is_short_for(one, other) or _is_short_for(other, one))


def _is_short_for(short: Name, name: Name) -> bool:
    """Return whether one name may be the initials of the other."""
    letters = "".join(short.words)
    initials = "".join(word[0] for word in name.words if word)
    return (
        len(short.words) == 1
        and len(initials) >= LEAST_INITIALS
        and (letters.startswith(initials) or initials.startswith(letters))
    )


def _states(text: str, marked: _Marked) -> bool:
    """Return whether a text has all the words of an answer."""
    return marked.words <= answer_words(text)
