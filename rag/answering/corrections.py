"""Where articles correct what other sentences state; pure.

A statement that its own article, or a later one, corrects is not shown without the correction. The
correction comes first, and what it corrects says so. A later report corrects an earlier one if it
says that it was wrong, or that a plan, a date or a figure has changed; one that only differs does
not (``conflicts``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache
from typing import Any

from index.language.calendar_words import MONTH_NAMES
from index.types import Article, Sentence
from rag.asking.data_files import read_expressions
from rag.asking.terms import stem_word
from rag.types import Citation, Claim, Evidence, Support
from rag.verification.moments import agrees, find_moments
from rag.verification.parsed_text import sentences_of
from rag.verification.quantities import backs, find_quantities
from rag.verification.stance import content

MAX_NOTICE_CHARS = 900
MAX_STRETCH_CHARS = 500
MAX_CORRECTIONS = 2
MAX_ARTICLES = 12
"""How many of the retrieved articles are read for corrections of others."""
LEAST_SHARED = 2
LATER_SHARE = 0.4
CHANGED_SHARE = 0.35
"""What share of the words of the shorter text a correction, or a change, shares with the other."""


_LEANS = re.compile(
    r"^\W*(?:that|this|it|these|those|the (?:figure|date|number|amount|sum|report))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Correction:
    """A stretch of an article that corrects a cited one.

    Attributes:
        article: The article.
        start: First code point in its text.
        end: One past the last.
        is_change: Whether it says that something has changed, not that it was wrong.
    """

    article: Article
    start: int
    end: int
    is_change: bool = False


def add_corrections(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    articles: Sequence[Article],
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Return claims and citations in which each correction precedes what it corrects.

    A claim that is corrected says so in its reason: "corrected 13 May 2025".

    Args:
        claims: In reading order.
        citations: All citations that the claims rest on.
        evidence: What was retrieved, best first.
        articles: The retrieved articles, each once.
    """
    completed = _complete_refutations(claims, citations, articles)
    result, all_citations = list(completed[0]), list(completed[1])
    numbered = {citation.number: citation for citation in all_citations}
    for claim in completed[0]:
        for number in claim.citations:
            for found in find_corrections(numbered[number], articles, evidence):
                other = next((c for c in all_citations if _touches(found, c)), None)
                if other is not None and other.number in claim.citations:
                    continue
                if other is None:
                    following = 1 + max(c.number for c in all_citations)
                    other = Citation.of_place(found.article, found.start, found.end, following)
                    all_citations.append(other)
                _put_first(result, claim, numbered[number], other, found)
    return tuple(result), tuple(all_citations)


def find_corrections(
    citation: Citation, articles: Sequence[Article], evidence: Sequence[Evidence]
) -> tuple[Correction, ...]:
    """Return what corrects a cited place, notices in its own article first.

    Args:
        citation: The place.
        articles: The retrieved articles, each once.
        evidence: What was retrieved, best first.
    """
    about = _content(citation.quote)
    own = next((a for a in articles if a.article_id == citation.article_id), None)
    found: list[Correction] = []
    if own is not None:
        for start, end in find_notices(own.text):
            is_apart = end <= citation.start or citation.end <= start
            noted = _content(own.text[start:end])
            # "It misspelled a name" says nothing that the sentence does not.
            if is_apart and noted - about and len(noted & about) >= LEAST_SHARED:
                found.append(Correction(own, start, end))
    others = [a for a in articles[:MAX_ARTICLES] if _may_correct(a, citation)]
    found += [
        Correction(article, start, end)
        for article in others
        for start, end in find_refutations(article)
        if _is_about(article.text[start:end], about, LATER_SHARE)
    ]
    found += _find_later(citation, about, evidence)
    return tuple(found[:MAX_CORRECTIONS])


def find_notices(text: str) -> tuple[tuple[int, int], ...]:
    """Return where an article's text has lines that are notices of its own correction."""
    spans = []
    start = 0
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        is_short = stripped and len(stripped) <= MAX_NOTICE_CHARS
        if is_short and _matches("notice", stripped):
            begin = start + len(line) - len(line.lstrip())
            spans.append((begin, begin + len(stripped)))
        start += len(line)
    return tuple(spans)


def find_refutations(article: Article) -> tuple[tuple[int, int], ...]:
    """Return where an article says that something printed before is wrong, and what is right.

    Each stretch begins with the sentence that is refuted, if the next one only points back to it
    ("That was wrong."), and ends with the one that says what is right.
    """
    return _find_refutations(article.text, article.language)


@lru_cache(maxsize=64)
def _find_refutations(text: str, language: str) -> tuple[tuple[int, int], ...]:
    if not _has_cue("wrong", text):
        return ()
    sentences = sentences_of(text, language)
    return tuple(
        _stretch(sentences, i)
        for i, sentence in enumerate(sentences)
        if not sentence.is_heading and _matches("wrong", sentence.text)
    )


def _matches(name: str, text: str) -> bool:
    """Whether an expression that has cues matches a text."""
    return _has_cue(name, text) and _form(name).search(text) is not None


def _has_cue(name: str, text: str) -> bool:
    folded = text.casefold()
    return any(cue in folded for cue in _cues(name))


@cache
def _cues(name: str) -> tuple[str, ...]:
    return tuple(_expressions()[f"{name}_cues"].split("|"))


def _stretch(sentences: Sequence[Sentence], cue: int) -> tuple[int, int]:
    """Return a stretch around the sentence that says what is wrong."""
    first = last = cue
    text = sentences[cue].text
    if cue and _LEANS.search(text) and not sentences[cue - 1].is_heading:
        first -= 1
    match = _form("wrong").search(text)
    is_whole = match is not None and bool(find_quantities(text[match.end() :]))
    following = sentences[cue + 1 : cue + 2]
    if not is_whole and following and not _form("regret").search(following[0].text):
        is_short = following[0].end - sentences[first].start <= MAX_STRETCH_CHARS
        last += is_short and not following[0].is_heading
    return sentences[first].start, sentences[last].end


def _complete_refutations(
    claims: Sequence[Claim], citations: Sequence[Citation], articles: Sequence[Article]
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Return claims and citations in which what is refuted at once is quoted with that."""
    by_id = {article.article_id: article for article in articles}
    cited = {number for claim in claims for number in claim.citations}
    widened: dict[int, Citation] = {}
    for citation in citations:
        article = by_id.get(citation.article_id)
        if article is None or citation.number not in cited:
            continue
        for start, end in find_refutations(article):
            if start < citation.end and citation.start < end:
                first, last = min(start, citation.start), max(end, citation.end)
                citation = replace(  # noqa: PLW2901 - grows with each
                    citation, start=first, end=last, quote=article.text[first:last]
                )
                widened[citation.number] = citation
    if not widened:
        return tuple(claims), tuple(citations)
    shown: list[Claim] = []
    for claim in claims:
        number = claim.citations[0] if len(claim.citations) == 1 else 0
        own = widened.get(number)
        if any(c.number != number and _covers(c, number, citations) for c in widened.values()):
            continue
        shown.append(replace(claim, text=own.quote) if own and _quotes(claim, citations) else claim)
    return tuple(shown), tuple(widened.get(c.number, c) for c in citations)


def _covers(wide: Citation, number: int, citations: Sequence[Citation]) -> bool:
    """Whether a widened citation holds another one, of a later claim or a shorter one."""
    other = next((c for c in citations if c.number == number), None)
    return (
        other is not None
        and other.article_id == wide.article_id
        and wide.start <= other.start
        and other.end <= wide.end
        and (wide.number < other.number or wide.end - wide.start > other.end - other.start)
    )


def _quotes(claim: Claim, citations: Sequence[Citation]) -> bool:
    """Whether a claim is its citation's quote, word for word."""
    return any(c.number == claim.citations[0] and c.quote == claim.text for c in citations)


def _put_first(
    claims: list[Claim],
    corrected: Claim,
    cited: Citation,
    citation: Citation,
    correction: Correction,
) -> None:
    """Put the claim of a correction, made if there is none, before the claim that it corrects."""
    place = next(i for i, claim in enumerate(claims) if claim.citations == corrected.citations)
    known = next((i for i, c in enumerate(claims) if citation.number in c.citations), None)
    if known is None:
        claims.insert(place, Claim(citation.quote, Support.SUPPORTED, (citation.number,)))
        place += 1
    elif known > place:
        claims.insert(place, claims.pop(known))
        place += 1
    verb = "changed" if correction.is_change else "corrected"
    # A notice in the same article is younger than the article, and seldom says of when.
    is_own = cited.article_id == correction.article.article_id
    when = "" if is_own else _day(correction.article.published)
    claims[place] = replace(claims[place], reason=f"{verb} {when}".strip())


def _day(day: date | None) -> str:
    if day is None:
        return ""
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _may_correct(article: Article, citation: Citation) -> bool:
    """Whether an article is another one than the cited, and not older."""
    if article.article_id == citation.article_id:
        return False
    known = article.published and citation.published
    return not known or article.published >= citation.published  # type: ignore[operator]


def _find_later(
    citation: Citation, about: frozenset[str], evidence: Sequence[Evidence]
) -> Iterator[Correction]:
    """Yield the later sentences that say that what is cited was wrong or has changed."""
    for item in evidence:
        article = item.hit.article
        if article.published is None or citation.published is None:
            continue
        if article.article_id == citation.article_id or article.published < citation.published:
            continue
        if _form("later").search(item.text):
            if _is_about(item.text, about, LATER_SHARE):
                yield Correction(article, item.start, item.end)
        elif article.published > citation.published and _is_about(item.text, about, CHANGED_SHARE):
            is_moved = _form("moved").search(item.text) and _restates(item.text, citation)
            if is_moved or _form("changed").search(item.text):
                yield Correction(article, item.start, item.end, is_change=True)


def _restates(text: str, citation: Citation) -> bool:
    """Whether a later sentence has a figure or a date of the cited one, and another one besides."""
    ours, theirs = find_moments(citation.quote), find_moments(text)
    if any(agrees(a, b) and agrees(b, a) for a in ours for b in theirs) and len(theirs) > 1:
        return True
    mine = find_quantities(citation.quote, besides=[(m.start, m.end) for m in ours])
    other = find_quantities(text, besides=[(m.start, m.end) for m in theirs])
    return len(other) > 1 and any(backs(a, b) and a.value == b.value for a in mine for b in other)


def _is_about(text: str, about: frozenset[str], least: float) -> bool:
    """Whether a text shares enough words with what is cited."""
    own = _content(text)
    shared = own & about
    return len(shared) > LEAST_SHARED and len(shared) >= least * min(len(own), len(about))


def _touches(found: Correction, citation: Citation) -> bool:
    return (
        found.article.article_id == citation.article_id
        and found.start < citation.end
        and citation.start < found.end
    )


def _content(text: str) -> frozenset[str]:
    """Return the stems of what a text is about; a nation counts once, by its name."""
    return frozenset(stem for stem in content(text) - _form_words() if not stem.startswith("@"))


@cache
def _form_words() -> frozenset[str]:
    return frozenset(stem_word(word) for word in " ".join(_expressions()["form"]).split())


@cache
def _form(name: str) -> re.Pattern[str]:
    return re.compile(_expressions()[name], re.IGNORECASE)


@cache
def _expressions() -> dict[str, Any]:
    found: dict[str, Any] = read_expressions("rag.verification", "stance.toml")["corrections"]
    return found
