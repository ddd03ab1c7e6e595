"""Where articles correct or contradict one another; pure.

A statement that its own article, or a later one, corrects is not shown without the correction.

Two articles contradict each other in what a reader marked as their answers, or in the statements
that are cited. Neither side is preferred, and both may be right: both are shown, each with its
source and date. Only answers of one kind (names, dates, numbers of the same thing) are compared,
in sentences about the same names and about the same time; otherwise yesterday's price and another
town's fire would pass for contradictions.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.language.words import STOP_WORDS
from index.types import Article, overlap
from rag.asking.terms import AnswerType, QuestionTerms, stem_text, stem_word
from rag.evidence.sentences import FEATURES, READER_FEATURES, agree, answer_words
from rag.types import Citation, Claim, Conflict, Evidence, Support
from rag.verification.numbers_and_dates import (
    Moment,
    Quantity,
    agrees,
    backs,
    contradicts,
    find_moments,
    find_quantities,
)
from rag.verification.parsed_text import (
    Name,
    ParsedText,
    Word,
    choose_sentences,
    find_names,
    read_text,
    weigh_stems,
)
from rag.verification.polarity import find_clashes

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
                if any(_overlaps(item, other) for other in all_citations):
                    continue
                added = cite_one(item, len(all_citations) + 1)
                all_citations.append(added)
                result.append(Claim(added.quote, Support.SUPPORTED, (added.number,)))
    return tuple(result), tuple(all_citations)


def cite_one(item: Evidence, number: int) -> Citation:
    """Return a citation of evidence with a given number."""
    from rag.answering.quote import cite

    return replace(cite([item])[0], number=number)


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


def _overlaps(item: Evidence, citation: Citation) -> bool:
    return item.hit.article.article_id == citation.article_id and overlap(item, citation)


MAX_READ = 12
LEAST_HERE = 1.0
"""Log-odds that the passage answers, for both."""
LEAST_LEADING = math.log(0.3)
LEAST_RIVAL = math.log(0.15)
"""Log share of all that was read; the shares of articles with the same answer are added up."""
MAX_DAYS_APART = 14
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
        if not _same_time(leading.hit.article.published, item.hit.article.published):
            continue
        theirs = _read_marked(item)
        if _states(item.text, mine) or _states(leading.text, theirs):
            continue
        if _differ(mine, theirs, terms):
            return item
    return None


def marked_words(item: Evidence) -> str:
    """Return the answering words of evidence; empty if no reader marked any."""
    return item.hit.article.text[slice(*item.answer)] if item.answer else ""


def _is_sure(item: Evidence, least: float) -> bool:
    """Return whether a reader marked words there and is confident of them."""
    return (
        item.answer is not None
        and len(item.features) == len(FEATURES) + len(READER_FEATURES)
        and item.features[_HERE] >= LEAST_HERE
        and item.features[_AGREEMENT] >= least
    )


def _read_marked(item: Evidence) -> _Marked:
    text = marked_words(item)
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


def _same_time(one: date | None, other: date | None) -> bool:
    return one is None or other is None or abs((one - other).days) <= MAX_DAYS_APART


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
    conflicts = _compare_statements(all_claims, all_citations, evidence, rested_on)
    # A conflict found both as an answer and as a denial is shown once.
    if not conflicts and terms is not None:
        found = _find_rivals(citations, evidence, question, terms, rested_on)
        conflicts.extend(_set_against(*found, all_claims, all_citations) if found else ())
    return tuple(all_claims), tuple(all_citations), tuple(conflicts[:MAX_CONFLICTS])


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
            if is_told or not _same_time(citation.published, item.hit.article.published):
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
    sides = (marked_words(leading), marked_words(rival))
    yield Conflict(ANSWER, sides, (citation.number, other.number))


def _among(
    citations: Sequence[Citation], sides: Mapping[int, _Side], rested_on: set[int]
) -> Iterator[Conflict]:
    cited = [citation for citation in citations if citation.number in rested_on]
    for place, one in enumerate(cited):
        for other in cited[place + 1 :]:
            if one.article_id == other.article_id:
                continue
            if not _same_time(one.published, other.published):
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
