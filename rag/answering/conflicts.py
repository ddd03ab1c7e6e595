"""Where cited statements contradict each other or what else was found; pure.

Two articles contradict each other in the statements that are cited, or in what a reader marked as
their answers. Neither side is preferred, and both may be right: both are shown, each with its
source and date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from index.types import overlap
from rag.answering.figures import Figure, gather_figures
from rag.answering.quote import cite_one
from rag.answering.rivals import find_rival
from rag.asking.terms import QuestionTerms
from rag.types import Citation, Claim, Conflict, Evidence, Support
from rag.verification.moments import Moment, agrees, are_of_one_time, contradicts, find_moments
from rag.verification.names import find_names
from rag.verification.parsed_text import ParsedText, Word, choose_sentences, read_text, weigh_stems
from rag.verification.polarity import find_clashes
from rag.verification.quantities import Quantity, backs, find_quantities

MAX_COMPARED = 12
MAX_CONFLICTS = 2
LEAST_SHARED_WORDS = 2
NUMBER_SHARE = 0.6
DENIAL_SHARE = 0.6
LONGER_SHARE = 0.4
UNIT_WORDS = 3
LEAST_SCORE_SHARE = 0.25

NUMBER = "number"
DENIAL = "denial"
ANSWER = "answer"

_DENIES = re.compile(
    r"\b(?:den(?:y|ies|ied|ying|ial)|disput(?:e|es|ed|ing)|dismiss(?:es|ed|ing)?|reject(?:s|ed|ing)?"
    r"|refut(?:e|es|ed|ing)|contradict(?:s|ed|ing)?|rebut(?:s|ted)?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Side:
    """A sentence that is compared with others."""

    reading: ParsedText
    weights: Mapping[str, float]
    quantities: tuple[Quantity, ...]
    names: frozenset[str]
    moments: tuple[Moment, ...]


def add_conflicts(
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    question: str = "",
    terms: QuestionTerms | None = None,
) -> tuple[tuple[Claim, ...], tuple[Citation, ...], tuple[Conflict, ...]]:
    """Return the claims and citations with the other side of every dispute, and the conflicts.

    Args:
        claims: In reading order.
        citations: All citations that the claims rest on.
        evidence: What was retrieved, best first.
        question: Standalone.
        terms: What it asks for; None to compare only statements, not a reader's answers.
    """
    all_claims, all_citations = list(claims), list(citations)
    rested_on = {number for claim in claims for number in claim.citations}
    figures = gather_figures(question, terms, evidence) if terms is not None else ()
    if len(figures) > 1 and any(_overlap_any(f.item, citations, rested_on) for f in figures):
        conflict = _set_figures(figures, all_claims, all_citations)
        return tuple(all_claims), tuple(all_citations), (conflict,)
    conflicts = _compare_statements(all_claims, all_citations, evidence, rested_on)
    # A conflict found both as an answer and as a denial is shown once.
    if not conflicts and terms is not None:
        found = _find_rivals(citations, evidence, question, terms, rested_on)
        conflicts.extend(_set_against(*found, all_claims, all_citations) if found else ())
    return tuple(all_claims), tuple(all_citations), tuple(conflicts[:MAX_CONFLICTS])


def _overlap_any(item: Evidence, citations: Sequence[Citation], numbers: set[int]) -> bool:
    return any(c.number in numbers and _overlaps(item, c) for c in citations)


def _set_figures(
    figures: Sequence[Figure], claims: list[Claim], citations: list[Citation]
) -> Conflict:
    """Return the conflict of the figures for one thing; add what is not yet cited or claimed."""
    numbers = []
    for figure in figures:
        known = next((c for c in citations if _overlaps(figure.item, c)), None)
        if known is None:
            known = cite_one(figure.item, 1 + max((c.number for c in citations), default=0))
            citations.append(known)
        if all(known.number not in claim.citations for claim in claims):
            claims.append(Claim(known.quote, Support.SUPPORTED, (known.number,)))
        numbers.append(known.number)
    return Conflict(NUMBER, tuple(figure.text for figure in figures), tuple(numbers))


def _compare_statements(
    claims: list[Claim],
    citations: list[Citation],
    evidence: Sequence[Evidence],
    rested_on: set[int],
) -> list[Conflict]:
    """Return the conflicts of numbers and denials; add the other sides to the lists."""
    known = tuple(citations)
    sides = {citation.number: _read(citation.quote) for citation in known}
    conflicts = list(_among(known, sides, rested_on))
    best = max((item.score for item in evidence), default=0.0)
    heard = set[tuple[int, str]]()  # a side repeated by copies of its story counts once
    for item in evidence[:MAX_COMPARED]:
        if len(conflicts) >= MAX_CONFLICTS:
            break
        if any(_overlaps(item, citation) for citation in citations):
            continue
        if best > 0 and item.score < LEAST_SCORE_SHARE * best:
            continue
        against = _read(item.text)
        for citation in known:
            if citation.number not in rested_on:
                continue
            if citation.article_id == item.hit.article.article_id:
                continue
            is_told = (citation.number, item.hit.story) in heard
            if is_told or not are_of_one_time(citation.published, item.hit.article.published):
                continue
            found = _compare(sides[citation.number], against)
            if found is None:
                continue
            added = cite_one(item, len(citations) + 1)
            citations.append(added)
            claims.append(Claim(added.quote, Support.SUPPORTED, (added.number,)))
            conflicts.append(
                Conflict(found[0], (found[1], found[2]), (citation.number, added.number))
            )
            heard.add((citation.number, item.hit.story or item.hit.article.article_id))
            break
    return conflicts


def _find_rivals(
    citations: Sequence[Citation],
    evidence: Sequence[Evidence],
    question: str,
    terms: QuestionTerms,
    rested_on: set[int],
) -> tuple[Citation, Evidence, Evidence] | None:
    """Return the citation of the best evidence, that evidence, and what answers differently."""
    leading = evidence[0] if evidence else None
    for citation in citations:
        if leading and citation.number in rested_on and _overlaps(leading, citation):
            rival = find_rival(leading, evidence, question, terms)
            return (citation, leading, rival) if rival else None
    return None


def _set_against(
    citation: Citation,
    leading: Evidence,
    rival: Evidence,
    claims: list[Claim],
    citations: list[Citation],
) -> Iterator[Conflict]:
    """Yield the conflict of two answers; a rival that is not yet cited or claimed is added."""
    other = next((c for c in citations if _overlaps(rival, c)), None)
    if other is None:
        other = cite_one(rival, len(citations) + 1)
        citations.append(other)
    if all(other.number not in claim.citations for claim in claims):
        claims.append(Claim(other.quote, Support.SUPPORTED, (other.number,)))
    sides = (leading.marked, rival.marked)
    yield Conflict(ANSWER, sides, (citation.number, other.number))


def _among(
    citations: Sequence[Citation], sides: Mapping[int, _Side], rested_on: set[int]
) -> Iterator[Conflict]:
    cited = [citation for citation in citations if citation.number in rested_on]
    for place, one in enumerate(cited):
        for other in cited[place + 1 :]:
            if one.article_id == other.article_id:
                continue
            if not are_of_one_time(one.published, other.published):
                continue
            if found := _compare(sides[one.number], sides[other.number]):
                yield Conflict(found[0], (found[1], found[2]), (one.number, other.number))


def _read(text: str) -> _Side:
    reading = read_text(text)
    moments = find_moments(text)
    names = {
        name.nation or name.words[-1] for name in find_names(text) if name.nation or name.words
    }
    return _Side(
        reading,
        weigh_stems(reading.words),
        find_quantities(text, besides=[(moment.start, moment.end) for moment in moments]),
        frozenset(names),
        moments,
    )


def _compare(one: _Side, other: _Side) -> tuple[str, str, str] | None:
    if (one.names - other.names and other.names - one.names) or _differ_in_time(one, other):
        return None
    return _compare_numbers(one, other) or _compare_denial(one, other)


def _compare_numbers(one: _Side, other: _Side) -> tuple[str, str, str] | None:
    if not one.quantities or not other.quantities:
        return None
    if _share(_without_numbers(one), _without_numbers(other)) < NUMBER_SHARE:
        return None
    for mine in one.quantities:
        unit = _unit(one, mine)
        theirs = [q for q in other.quantities if unit & _unit(other, q)]
        if not unit or not theirs:
            continue
        # A figure that the other side also gives, anywhere, is no disagreement.
        if any(backs(q, mine) or backs(mine, q) for q in other.quantities):
            continue
        rival = theirs[0]
        if rival.kind is mine.kind and not any(
            backs(q, rival) or backs(rival, q) for q in one.quantities
        ):
            return NUMBER, _phrase(one, mine), _phrase(other, rival)
    return None


def _compare_denial(one: _Side, other: _Side) -> tuple[str, str, str] | None:
    if _share(one.weights, other.weights) < DENIAL_SHARE:
        return None
    mine, theirs = _DENIES.search(one.reading.text), _DENIES.search(other.reading.text)
    if bool(mine) != bool(theirs):
        found = mine or theirs
        word = found[0] if found else ""
        return (DENIAL, word, "") if mine else (DENIAL, "", word)
    chosen = choose_sentences(one.reading, other.reading)
    for clash in find_clashes(one.reading, other.reading, chosen):
        denied = f"not {clash.word}"
        if clash.opposite:
            continue
        return (
            (DENIAL, denied, clash.word) if clash.denied_in_claim else (DENIAL, clash.word, denied)
        )
    return None


def _share(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Return the weighted share of the shorter statement's words that both contain."""
    shared = one.keys() & other.keys()
    if len(shared) < LEAST_SHARED_WORDS:
        return 0.0
    least, most = sorted((sum(one.values()), sum(other.values())))
    found = sum(one[stem] for stem in shared)
    return found / least if least and found >= LONGER_SHARE * most else 0.0


def _differ_in_time(one: _Side, other: _Side) -> bool:
    """Return whether two statements name contradictory times, and none that agree."""
    return any(
        contradicts(mine, theirs) for mine in one.moments for theirs in other.moments
    ) and not any(agrees(mine, theirs) for mine in one.moments for theirs in other.moments)


def _without_numbers(side: _Side) -> dict[str, float]:
    counted = {
        word.stem
        for word in side.reading.words
        if any(q.start <= word.start < q.end for q in side.quantities)
    }
    return {stem: weight for stem, weight in side.weights.items() if stem not in counted}


def _unit(side: _Side, quantity: Quantity) -> set[str]:
    """Return the stems of the words that say what a quantity counts."""
    return {word.stem for word in _words_after(side, quantity)}


def _words_after(side: _Side, quantity: Quantity) -> list[Word]:
    words: list[Word] = []
    for word in side.reading.words:
        if word.start < quantity.end:
            continue
        between = side.reading.text[quantity.end : word.start]
        if any(mark in between for mark in ".,;:!?") or len(words) == UNIT_WORDS:
            break
        if word.weight and not word.text.isdigit():
            words.append(word)
        elif words:
            break
    return words


def _phrase(side: _Side, quantity: Quantity) -> str:
    after = _words_after(side, quantity)[:1]
    end = after[0].end if after else quantity.end
    return side.reading.text[quantity.start : end]


def _overlaps(item: Evidence, citation: Citation) -> bool:
    """Whether evidence and a citation share some of one article's text."""
    return item.hit.article.article_id == citation.article_id and overlap(item, citation)
