"""How many people did something, where no article gives a figure: those named are counted; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.answering.figures import counts_people, gather_figures
from rag.answering.reading_order import CitedClaims
from rag.asking.terms import QuestionTerms
from rag.evidence.plain import PLAIN
from rag.types import Claim, Evidence, Support

LEAST_COUNTED = 2
"""A single person is named by the sentence itself."""

_NAME = (
    r"[A-ZÀ-ÖØ-Þ][\w’'-]+(?:\s+(?:(?:van|von|de|der|den|da|del|bin|al|el|ibn)\s+)*"
    r"[A-ZÀ-ÖØ-Þ][\w’'-]+)"
)
_PERSON = re.compile(rf"(?<![\w’'-]){_NAME}+")
_NO_PERSON = re.compile(
    rf"\b(?:of|in|at|from|for|to|with|on|near)\s+(?:the\s+)?{_NAME}*|[A-ZÀ-ÖØ-Þ][\w-]+['’]s?\s"
)


def count_participants(
    question: str, terms: QuestionTerms | None, quoted: CitedClaims, evidence: Sequence[Evidence]
) -> CitedClaims:
    """Return an answer that begins with how many people its sentences name.

    It is returned as it is if the question is not how many people did something, if an article
    gives a figure, or if a sentence names nobody, or several: who of them did it is then open.

    Args:
        question: Standalone.
        terms: What it asks for.
        quoted: The answer; each claim has one citation.
        evidence: What was found, the likeliest first.
    """
    if terms is None or terms.event is None or not counts_people(question):
        return quoted
    plain = [item for item in evidence if (item.likelihood or 0.0) >= PLAIN]
    if gather_figures(question, terms, plain):
        return quoted
    telling = [c for c in quoted.citations if any(item.text in c.quote for item in plain)]
    names: dict[str, str] = {}
    for citation in telling:
        found = _PERSON.findall(_NO_PERSON.sub(" ", citation.quote))
        if len(found) != 1:
            return quoted
        names.setdefault(found[0].split()[-1].casefold(), found[0])
    if len(names) < LEAST_COUNTED:
        return quoted
    *first, last = names.values()
    text = f"{len(names)} people, as far as these articles say: {', '.join(first)} and {last}."
    numbers = tuple(citation.number for citation in telling)
    count = Claim(text, Support.SUPPORTED, numbers)
    claims = tuple(claim for claim in quoted.claims if claim.citations[0] in numbers)
    return CitedClaims((count, *claims), tuple(telling), quoted.conflicts)
