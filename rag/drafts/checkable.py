"""Which sentences of a draft state something that articles could bear out; pure."""

from __future__ import annotations

import re

from index.language.attribution import find_attributions
from index.language.quotations import blank_spans, find_quoted_spans
from index.types import Sentence
from rag.verification.parsed_text import read_text

LEAST_WORDS = 2
"""Fewer words that mean something state nothing."""

HEADLINE, QUESTION = "a headline or a note", "a question"
OWN_VIEW, TOO_SHORT = "the author’s own words or view", "nothing that can be checked"

_ASKS = re.compile(r"[?\uff1f\u061f][”\"’'»)\]]*$")
_FIRST_PERSON = re.compile(r"\b(?:I|I[’']\w+|[Ww]e|[Ww]e[’']\w+|[Mm]y|[Oo]ur|[Oo]urs|[Mm]ine)\b")
_IN_PASSING = re.compile(
    r"\b(?:should|ought\sto|let[’']s|let\sus|it(?:[’']s|\sis)\s(?:high\s)?time|had\sbetter|perhaps|maybe"
    r"|arguably|surely|frankly|sadly|(?:un)?fortunately|happily|no\sdoubt|in\struth|thankfully"
    r"|shame(?:ful)?|disgrace(?:ful)?|scandalous|outrageous|absurd|deplorable|wonderful|splendid"
    r"|hard\sto\s(?:see|believe|imagine)|deserves?|remains\sto\sbe\sseen|nobody\scan\sdoubt)\b"
    r"|^(?:Imagine|Consider|Suppose|Think|Picture|Remember|Look|Thank|Thanks|Read|Sign|Subscribe)\b",
    re.IGNORECASE,
)


def why_unchecked(sentence: Sentence) -> str:
    """Return why a sentence states nothing to check; empty if it does.

    Examples:
        >>> why_unchecked(Sentence(0, 24, "Who will pay for all it?"))
        'a question'
    """
    text = sentence.text
    if sentence.is_heading:
        return HEADLINE
    if _ASKS.search(text) and not _reports_another(text):
        return QUESTION
    if sum(weight > 0 for weight in read_text(text).weights) < LEAST_WORDS:
        return TOO_SHORT
    outside = blank_spans(text, find_quoted_spans(text))
    if _FIRST_PERSON.search(outside) and not _reports_another(text):
        return OWN_VIEW
    return ""


def is_view(text: str) -> bool:
    """Return whether a sentence for which there is no source is a view rather than a fact."""
    outside = blank_spans(text, find_quoted_spans(text))
    return _IN_PASSING.search(outside) is not None and not _reports_another(text)


def _reports_another(text: str) -> bool:
    """Whether a sentence says what somebody other than its author says."""
    speakers = [attribution.head for attribution in find_attributions(text)]
    return any(head and not _FIRST_PERSON.fullmatch(head) for head in speakers)
