"""Answers in the articles' own sentences: the default, for which no chat model is needed.

Every claim is ``article.text[start:end]`` of its citation, word for word.
"""

# Letters of other scripts are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.language.speech_verbs import ANY_AFTER_QUOTATION
from index.text.tables import is_row
from index.types import Hit, overlap
from rag.answering.reading_order import CitedClaims, order_for_reading
from rag.evidence.lists import LIST_MARKER
from rag.types import Citation, Claim, Evidence, Support

MAX_CONTEXT_SENTENCES = 2
MAX_CLAIM_CHARS = 1000
NEAREST = 3

NEIGHBOUR_MARGIN = 1.0
"""How far below its neighbour a sentence may score and still be joined to it; log-odds."""

MAX_JOINED_CHARS = 400
"""Longest quotation made by joining neighbours, about two sentences of news."""

_LEANS_ON_WHAT_PRECEDES = re.compile(
    r"^[\"“‘'(\s]*(?:(?:but|and|yet|so|then|still|however|later|also|instead|meanwhile)\b[,\s]*)?"
    r"(?:he|she|they|it|his|her|their|its|him|them|this|these|those|that|both|such"
    r"|there(?!\s+(?:is|are|was|were|has|have|had|will|would|may|might|could)\b)"
    r"|the (?:\w+ ){0,2}(?:official|officials|spokesman|spokeswoman|spokesperson|minister"
    r"|president|ambassador|leader|general|statement|report|group|man|woman|pair|two|three|others?"
    r"|company|agency|move|decision|announcement|latter|former))\b",
    re.IGNORECASE,
)
_LEANS_IN = {
    language: re.compile(rf"^[\"“«„‘'(\s]*(?:{words})\b", re.IGNORECASE)
    for language, words in {
        "fr": "ils?|elles?|celui-ci|celle-ci|ceux-ci|celles-ci|ce dernier|cette dernière",
        "de": "er|sie|dieser|diese|letzterer|letztere|ihre?|seine?",
        "es": "él|ellos|ellas?|éste|ésta|este último|esta última|su|sus",
        "it": "egli|ella|lui|lei|loro|essi|esse|costui|quest'ultim[oa]",
        "pt": "eles?|elas?|este último|esta última",
        "ru": "он|она|они|оно|его|её|ее|их",
        "uk": "він|вона|вони|воно|його|її|їх",
    }.items()
}
"""What a sentence begins with that speaks of somebody or something named before it."""
_UNNAMED_SPEAKER = re.compile(
    r"[”\"’']\s*,?\s*(?:(?:he|she|they|it|the (?:\w+ ){0,2}\w+)\s+(?:\w+ly\s+)?"
    rf"(?:{ANY_AFTER_QUOTATION})|(?:{ANY_AFTER_QUOTATION})"
    r"\s+(?:he|she|they|it|the)\b)",
    re.IGNORECASE,
)
_NAMED_SPEAKER = re.compile(
    rf"^[“\"][^”\"]*[”\"]\s*,?\s*(?:(?:{ANY_AFTER_QUOTATION})\s+)?(?-i:[A-Z])", re.IGNORECASE
)
_BARE_QUOTE = re.compile(r"^[“\"][^”\"]*[”\"]?$")


def quote_evidence(
    evidence: Sequence[Evidence],
    *,
    max_claims: int,
    margin: float,
    least: float = 0.0,
) -> CitedClaims:
    """Return an answer from the best evidence sentences.

    A sentence that depends on the one before it ("He denied it.") is quoted together with it, so
    that the reader sees who speaks. Neighbours that answer about equally well are quoted as one,
    since one of them often names what the other is about. The best comes first, then the others of
    its article, in the article's order.

    Args:
        evidence: Best first, repeats folded.
        max_claims: Most sentences to choose, at least 1; context is not counted.
        margin: How far below the best score a sentence may be and still be quoted.
        least: The likelihood from which a sentence that was weighed is quoted instead; the best is
            quoted in any case.
    """
    if not evidence:
        return CitedClaims()
    lowest = evidence[0].score - margin
    chosen: list[Evidence] = []
    n_sentences = 0
    for candidate in evidence:
        is_worth_quoting = (
            candidate.score >= lowest
            if evidence[0].likelihood is None
            else (candidate.likelihood or 0.0) >= least
        )
        if n_sentences == max_claims or (chosen and not is_worth_quoting):
            break
        widened = widen_to_context(candidate)
        if any(_covers(other, widened) for other in chosen):
            continue
        n_sentences += 1
        touching = [
            i
            for i, other in enumerate(chosen)
            if _overlaps(other, widened) or _belong_together(other, widened)
        ]
        if touching:
            _merge(chosen, touching, widened)
        else:
            chosen.append(widened)
    citations = cite(chosen)
    return CitedClaims(
        claims=tuple(
            Claim(citation.quote, Support.SUPPORTED, (citation.number,))
            for citation in order_for_reading(citations)
        ),
        citations=citations,
    )


def quote_context(evidence: Sequence[Evidence], *, is_near: bool) -> CitedClaims:
    """Return what a refusal shows instead: the nearest sentence of each of a few passages.

    Args:
        evidence: Best first.
        is_near: Whether the sentences are about what was asked, though they do not answer it. They
            are then said, as context; otherwise they are only listed.
    """
    citations = nearest_citations(evidence)
    if not is_near:
        return CitedClaims((), citations)
    claims = (
        Claim(citation.quote, Support.SUPPORTED, (citation.number,), context=True)
        for citation in order_for_reading(citations)
    )
    return CitedClaims(tuple(claims), citations)


def nearest_citations(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Return the nearest sentence of each of a few passages, with what it leans on; best first."""
    nearest: list[Evidence] = []
    for candidate in evidence:
        place = (candidate.hit.article.article_id, candidate.hit.passage.start)
        if place not in {(e.hit.article.article_id, e.hit.passage.start) for e in nearest}:
            nearest.append(candidate)
        if len(nearest) == NEAREST:
            break
    return cite([widen_to_context(item) for item in nearest])


def cite(evidence: Sequence[Evidence]) -> tuple[Citation, ...]:
    """Return numbered citations of evidence, in the given order."""
    return tuple(
        replace(
            Citation.of_place(item.hit.article, item.start, item.end, number),
            copies=item.copies,
            answer_span=item.answer,
        )
        for number, item in enumerate(evidence, start=1)
    )


def cite_one(item: Evidence, number: int) -> Citation:
    """Return a citation of evidence with a given number."""
    return replace(cite([item])[0], number=number)


def widen_to_context(evidence: Evidence) -> Evidence:
    """Return the evidence with the sentences before it that say who or what it is about.

    At most two are added, from the same passage; headings are neither added nor extended. A list
    item's marker is left out.
    """
    sentences = evidence.hit.passage.sentences
    first = next(i for i, s in enumerate(sentences) if s.start == evidence.start)
    start = first
    while (
        start > 0
        and first - start < MAX_CONTEXT_SENTENCES
        and needs_context(sentences[start].text, evidence.hit.article.language)
        and not (sentences[start].is_heading or sentences[start - 1].is_heading)
        and evidence.end - sentences[start - 1].start <= MAX_CLAIM_CHARS
    ):
        start -= 1
    marker = LIST_MARKER.match(sentences[start].text)
    begin = sentences[start].start + (marker.end() if marker else 0)
    if begin == evidence.start:
        return evidence
    return replace(evidence, start=begin, text=evidence.hit.article.text[begin : evidence.end])


def needs_context(sentence: str, language: str = "en") -> bool:
    """Return whether a sentence alone leaves open who speaks or what it is about."""
    if leans := _LEANS_IN.get(language):
        return bool(leans.search(sentence) or _BARE_QUOTE.search(sentence))
    is_spoken = _NAMED_SPEAKER.search(sentence) is not None  # by somebody who knows what is meant
    return bool(
        (not is_spoken and _LEANS_ON_WHAT_PRECEDES.search(sentence))
        or _UNNAMED_SPEAKER.search(sentence)
        or _BARE_QUOTE.search(sentence)
    )


def _covers(one: Evidence, other: Evidence) -> bool:
    return (
        one.hit.article.article_id == other.hit.article.article_id
        and one.start <= other.start
        and other.end <= one.end
    )


def _overlaps(one: Evidence, other: Evidence) -> bool:
    return one.hit.article.article_id == other.hit.article.article_id and overlap(one, other)


def _belong_together(one: Evidence, other: Evidence) -> bool:
    """Return whether two stretches of text, neither a heading, are adjacent and score alike."""
    first, second = sorted((one, other), key=lambda e: e.start)
    return (
        one.hit.article.article_id == other.hit.article.article_id
        and first.end <= second.start
        and not one.hit.article.text[first.end : second.start].strip()
        and abs(one.score - other.score) <= NEIGHBOUR_MARGIN
        and second.end - first.start <= MAX_JOINED_CHARS
        and not any(_is_heading(each) or is_row(each.text) for each in (one, other))
    )


def _is_heading(evidence: Evidence) -> bool:
    sentences = evidence.hit.passage.sentences
    return any(s.is_heading for s in sentences if evidence.start <= s.start < evidence.end)


def _merge(chosen: list[Evidence], places: list[int], addition: Evidence) -> None:
    """Replace the evidence at some places, and an addition, by one stretch at the first place."""
    parts = [*(chosen[i] for i in places), addition]
    start, end = min(p.start for p in parts), max(p.end for p in parts)
    text = addition.hit.article.text[start:end]
    chosen[places[0]] = replace(chosen[places[0]], start=start, end=end, text=text)
    for place in reversed(places[1:]):
        del chosen[place]


NOT_SAID = "the article does not say this"


def verify_quotes(
    claims: Sequence[Claim], citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[Claim, ...]:
    """Return the claims, marked unsupported if no article that they cite contains them verbatim.

    Args:
        claims: Each with the numbers of its citations.
        citations: All citations that the claims refer to.
        hits: Include the cited articles.
    """
    texts = {hit.article.article_id: hit.article.text for hit in hits}
    by_number = {citation.number: citation for citation in citations}
    return tuple(
        claim
        if any(_stands_in(claim.text, by_number.get(n), texts) for n in claim.citations)
        else Claim(claim.text, Support.UNSUPPORTED, claim.citations, NOT_SAID)
        for claim in claims
    )


def _stands_in(text: str, citation: Citation | None, texts: dict[str, str]) -> bool:
    if citation is None:
        return False
    article = texts.get(citation.article_id, "")
    return article[citation.start : citation.end] == citation.quote == text
