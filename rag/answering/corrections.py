"""Where articles correct what other sentences state; pure.

A statement that its own article, or a later one, corrects is not shown without the correction.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.language.words import STOP_WORDS
from index.types import Article
from rag.answering.additions import cite_one, overlaps
from rag.asking.terms import stem_text, stem_word
from rag.types import Citation, Claim, Evidence, Support

MAX_NOTICE_CHARS = 900
MAX_CORRECTIONS = 2
LEAST_SHARED = 2
LATER_SHARE = 0.4

_NOTICE = re.compile(
    r"^[\s*_>•–—-]{0,6}(?:editor[’']?s note|correction|corrections and clarifications|clarification"
    r"|clarifications?|amendment|update and correction|correction and update)\b[^\n]{0,40}?[:.–—-]"
    r"|\b(?:an?|the|this) (?:earlier|previous|original|initial|prior) (?:version|edition) of this"
    r" (?:article|story|report|post|piece)\b"
    r"|\bthis (?:article|story|report|post|piece) (?:has been|was) (?:corrected|amended"
    r"|updated to correct"
    r"|clarified)\b",
    re.IGNORECASE,
)
_LATER = re.compile(
    r"\b(?:correct(?:ed|s|ing|ion)\b|retract(?:ed|s|ion)\b|clarif(?:ied|ies|ication)\b"
    r"|withdrew|withdrawn (?:its|his|her|their|the) (?:statement|claim|report)"
    r"|mis(?:stated|reported|identified|spoke|quoted)|was wrong|were wrong|wrongly|mistaken(?:ly)?"
    r"|erroneous(?:ly)?|in error|inaccurate(?:ly)?|incorrect(?:ly)?"
    r"|not[^.]{0,60}\bas (?:previously|earlier|first|initially|originally)\b"
    r"|(?:previously|earlier|initially|originally|first) (?:reported|stated|said|announced|put"
    r"|given|believed)"
    r"|revised (?:up|down|the|its|his|her|their|to|from))",
    re.IGNORECASE,
)
_FORM_WORDS = frozenset(
    stem_word(word)
    for word in (
        "earlier previous original version edition article story report post piece correction"
        " corrected"
        " clarification clarified editor note misstated misidentified incorrectly wrongly"
        " stated said"
        " amended updated update error published mistakenly inaccurate correct reported headline"
    ).split()
)
_STOPPED = frozenset(stem_word(word) for word in STOP_WORDS)


def find_corrections(
    citation: Citation, articles: Sequence[Article], evidence: Sequence[Evidence]
) -> tuple[Evidence, ...]:
    """Return what corrects a cited sentence, notices in its own article first.

    Args:
        citation: The sentence.
        articles: The retrieved articles, each once.
        evidence: What was retrieved, best first.
    """
    about = _content(citation.quote)
    found: list[Evidence] = []
    own = next((a for a in articles if a.article_id == citation.article_id), None)
    if own is not None:
        template = next((e for e in evidence if e.hit.article.article_id == own.article_id), None)
        for start, end in find_notices(own.text):
            if template is None or (start < citation.end and citation.start < end):
                continue
            text = own.text[start:end]
            if len(_content(text) & about) >= LEAST_SHARED:
                found.append(replace(template, start=start, end=end, text=text, copies=()))
    found += [item for item in evidence if _corrects_later(item, citation, about)]
    return tuple(found[:MAX_CORRECTIONS])


def find_notices(text: str) -> tuple[tuple[int, int], ...]:
    """Return where an article's text has lines that are notices of its own correction."""
    spans = []
    start = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        if stripped and len(stripped) <= MAX_NOTICE_CHARS and _NOTICE.search(stripped):
            begin = start + len(line) - len(line.lstrip())
            spans.append((begin, begin + len(stripped)))
        start += len(line)
    return tuple(spans)


def add_corrections(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    articles: Sequence[Article],
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Return claims and citations in which each correction follows what it corrects.

    Args:
        claims: In reading order.
        citations: All citations that the claims rest on.
        evidence: What was retrieved, best first.
        articles: The retrieved articles, each once.
    """
    numbered = {citation.number: citation for citation in citations}
    all_citations = list(citations)
    result: list[Claim] = []
    for claim in claims:
        result.append(claim)
        for number in claim.citations:
            for item in find_corrections(numbered[number], articles, evidence):
                if any(overlaps(item, other) for other in all_citations):
                    continue
                added = cite_one(item, len(all_citations) + 1)
                all_citations.append(added)
                result.append(Claim(added.quote, Support.SUPPORTED, (added.number,)))
    return tuple(result), tuple(all_citations)


def _corrects_later(item: Evidence, citation: Citation, about: frozenset[str]) -> bool:
    article = item.hit.article
    if article.article_id == citation.article_id or not _LATER.search(item.text):
        return False
    if article.published is None or citation.published is None:
        return False
    if article.published < citation.published:
        return False
    own = _content(item.text)
    shared = own & about
    return len(shared) > LEAST_SHARED and len(shared) >= LATER_SHARE * min(len(own), len(about))


def _content(text: str) -> frozenset[str]:
    return stem_text(text) - _STOPPED - _FORM_WORDS
