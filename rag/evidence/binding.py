"""Does a sentence have what a question asks for, and not only what it is about? Pure.

"How many users paid in the first two days?" is not answered by a sentence on users who pay: it has
to say a number, of users. What is asked for binds: the kind of answer, the noun after "how many",
"which" or "what", and the heaviest words of the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag.asking.data_files import read_expressions, words_of
from rag.asking.noun_phrases import is_verb
from rag.asking.terms import AnswerType, QuestionTerms, stem_text, stem_word

BINDING_FEATURES = (
    "kind_met",
    "kind_unmet",
    "head_met",
    "head_unmet",
    "number_bound",
    "content_met",
    "heaviest_missing",
)
"""Features of a sentence, in the order of ``binding_features``."""

MOST_HEAD_WORDS = 5
BOUND_WORDS = 4
"""How many words may stand between a number and what it counts."""

_FORMS = read_expressions("rag.asking", "question_forms.toml")["asked_for"]
_HEAD = re.compile(_FORMS["head"], re.IGNORECASE)
_ENDS_HEAD = re.compile(_FORMS["ends_head"], re.IGNORECASE)
_MONEY_ASKED = re.compile(_FORMS["money_asked"], re.IGNORECASE)
_MONEY = re.compile(_FORMS["money"], re.IGNORECASE)
_COUNT_ASKED = re.compile(_FORMS["count_asked"], re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_NUMBER = re.compile(
    r"(?:\d[\d.,]*|\b(?:" + "|".join(sorted(words_of("number_words"))) + r")\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AskedFor:
    """What a question asks for.

    Attributes:
        head: Stem of the noun that is asked for, as in "which firm"; empty if none is named.
        is_count: Whether a number of that noun is asked for.
        is_money: Whether an amount of money is.
    """

    head: str
    is_count: bool
    is_money: bool


@lru_cache(maxsize=256)
def find_asked_for(question: str) -> AskedFor:
    """Return what a question asks for.

    Examples:
        >>> find_asked_for("How many of the users paid in March?")
        AskedFor(head='user', is_count=True, is_money=False)
        >>> find_asked_for("What bail did the judge set?").head
        'bail'
        >>> find_asked_for("Why did it close?").head
        ''
    """
    match = _HEAD.search(question)
    words: list[str] = []
    for word in _WORD.findall(match["rest"])[:MOST_HEAD_WORDS] if match else ():
        if _ENDS_HEAD.fullmatch(word) or is_verb(word.casefold()):
            break
        words.append(word)
    head = re.sub(r"['’]s$", "", words[-1].casefold()) if words else ""
    return AskedFor(
        head=stem_word(head) if head else "",
        is_count=bool(_COUNT_ASKED.search(question)) and bool(head),
        is_money=bool(_MONEY_ASKED.search(question)),
    )


def binding_features(
    question: str, terms: QuestionTerms, sentence: str, context: str
) -> list[float]:
    """Return how well a sentence has what is asked for, in the order of ``BINDING_FEATURES``.

    Args:
        question: Standalone.
        terms: What it asks for.
        sentence: The sentence.
        context: The sentence with the title of its article and its neighbours.

    Returns:
        Numbers in [0, 1].
    """
    asked = find_asked_for(question)
    own, near = stem_text(sentence), stem_text(context)
    kind_is_known = asked.is_money or terms.answer_type is not AnswerType.ANYTHING
    kind_is_met = (
        bool(_MONEY.search(sentence)) if asked.is_money else terms.has_answer_type(sentence)
    )
    content = {stem: weight for stem, weight in terms.weights.items() if stem not in terms.names}
    total = sum(content.values())
    missing = [weight for stem, weight in terms.weights.items() if stem not in near]
    return [
        float(kind_is_known and kind_is_met),
        float(kind_is_known and not kind_is_met),
        float(bool(asked.head) and asked.head in own),
        float(bool(asked.head) and asked.head not in near),
        float(asked.is_count and counts(sentence, asked.head, terms)),
        sum(w for stem, w in content.items() if stem in near) / total if total else 1.0,
        max(missing, default=0.0) / max(terms.weights.values(), default=1.0),
    ]


def counts(sentence: str, head: str, terms: QuestionTerms) -> bool:
    """Return whether a number of a noun stands in a sentence that is not in the question."""
    for number in _NUMBER.finditer(sentence):
        if number.group().casefold().rstrip(".,") in terms.weights:
            continue
        after = _WORD.findall(sentence[number.end() :])[:BOUND_WORDS]
        if any(stem_word(word.casefold()) == head for word in after):
            return True
    return False
