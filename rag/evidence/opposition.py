"""Sentences about the opposite of what is asked: who refused to, was cleared, voted against; pure.

They share the question's words, so that words and vectors take them for answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.types import Sentence
from rag.asking.events import is_denied_in
from rag.asking.terms import QuestionTerms
from rag.verification.names import find_names
from rag.verification.stance import Denial, find_denial

_LEANS = re.compile(
    r"^[\"“‘'(\s]*(?:he|she|they|it|his|her|their)\b|[”\"]\s*,?\s*(?:he|she|they)\s+\w+",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:he|she|they|it|his|her|their|its)\b", re.IGNORECASE)
_ADMITS = re.compile(
    r"\b(?:admit\w*|confess\w*|acknowledg\w*|conced\w*|apologi[sz]\w*|confirm\w*"
    r"|plead\w* guilty)\b",
    re.IGNORECASE,
)


def opposes_question(terms: QuestionTerms, sentence: str, before: str = "") -> bool:
    """Return whether a sentence is about the opposite of what is asked, and so no answer.

    To "who resigned?" somebody who refused to is none, nor are those who voted against to "who
    voted for?", nor is the one cleared to "who was convicted?". To "did Russia deny it?" only
    Russia's answer is one.

    Args:
        terms: What the question asks for.
        sentence: One sentence.
        before: The sentence before it, to which a "he" may refer; empty for none.
    """
    if terms.denier:
        return not _answers_for(_parties(terms.denier), sentence, before)
    if terms.event is None:
        return False
    denied = is_denied_in(terms.event, sentence)
    return denied is not None and denied is not terms.event.is_denied


def find_opposing(terms: QuestionTerms, sentences: Sequence[Sentence]) -> frozenset[int]:
    """Return the positions of the sentences that oppose a question.

    One that leans on such a sentence ("“I am staying,” he said.") is among them, unless it speaks
    of the event itself.

    Args:
        terms: What the question asks for.
        sentences: Those of a passage, in order.
    """
    if terms.event is None and not terms.denier:
        return frozenset()
    found: set[int] = set()
    for i, sentence in enumerate(sentences):
        before = sentences[i - 1].text if i else ""
        leans = i - 1 in found and _LEANS.search(sentence.text) is not None
        if opposes_question(terms, sentence.text, before) or (
            leans and terms.event is not None and is_denied_in(terms.event, sentence.text) is None
        ):
            found.add(i)
    return frozenset(found)


def _answers_for(denier: frozenset[str], sentence: str, before: str) -> bool:
    """Whether a sentence has the answer of one party to an allegation."""
    denial = find_denial(sentence)
    if denial is None and _ADMITS.search(sentence) is None:
        return False
    named = _parties(_speaking(sentence, denial))
    if named:
        return bool(named & denier)
    return bool(_parties(before) & denier) and _PRONOUN.search(sentence) is not None


def _speaking(sentence: str, denial: Denial | None) -> str:
    """Return the part of a sentence that says who answers."""
    if denial is None:
        return sentence
    return f"{sentence[: denial.start]} … {sentence[denial.denied_end :]}"


def _parties(text: str) -> frozenset[str]:
    """Return the words of the names in a text, and its nations."""
    found: set[str] = set()
    for name in find_names(text):
        found.update([f"@{name.nation}"] if name.nation else name.words)
    return frozenset(found)
