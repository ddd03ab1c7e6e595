"""Whether the day of an answer matters, and which it is; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from rag.types import Citation

FRESH_DAYS = 7

_ABOUT_NOW = re.compile(
    r"\b(?:now|current(?:ly)?|today|tonight|latest|newest|so far|at present|presently|as of"
    r"|still|recent(?:ly)?"
    r"|this (?:week|month|year)|these days|next|upcoming|yet)\b"
    r"|^\s*(?:(?:who|what|which|where|how (?:many|much|long|high))\b[^?]{0,40}?\b(?:is|are|has"
    r"|have)\b"
    r"|(?:is|are|has|have|will)\b)",
    re.IGNORECASE,
)


def find_as_of(question: str, citations: Sequence[Citation], today: date) -> date | None:
    """Return the day up to which an answer is known to hold, or None where it does not matter.

    It matters for a question about how things stand, and where the cited articles are of
    different days; then it is the day of the newest. It does not where that is within a week of
    asking, or unknown.

    >>> from datetime import date
    >>> find_as_of("Who is the mayor?", [], date(2024, 10, 30)) is None
    True
    """
    days = [citation.published for citation in citations if citation.published]
    if not days or len(days) < len(citations):
        return None
    newest = max(days)
    if (today - newest).days <= FRESH_DAYS and len(set(days)) == 1:
        return None
    return newest if _ABOUT_NOW.search(question) or len(set(days)) > 1 else None
