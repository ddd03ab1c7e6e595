"""The checks that can name what is wrong: numbers, dates, names, opposites, quotations, speakers.

Each compares the claim with the cited text alone, and reports in one line what it finds, with the
words of the claim concerned. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from index.language.quotations import QuotedText, find_quotations, is_title
from rag.verification.actor_check import check_actors
from rag.verification.alignment import Alignment
from rag.verification.gaps import Gap
from rag.verification.moments import Moment, agrees, contradicts, find_moments
from rag.verification.names import (
    Name,
    NamedText,
    find_names,
    is_common_noun,
    is_everyday,
    is_person,
)
from rag.verification.parsed_text import ParsedText, Word
from rag.verification.polarity import Clash, find_clashes
from rag.verification.quantities import Quantity, QuantityKind, backs, find_quantities
from rag.verification.row_check import check_rows
from rag.verification.speaker_check import check_speakers
from rag.verification.stance_check import check_stance
from rag.verification.text_pair import (
    MAX_COMPARED,
    Checks,
    Reason,
    ReasonKind,
    TextPair,
    differs,
    in_gaps,
    lacks,
    show,
)

LEAST_ALIGNED = 0.5
_COUNTED = (QuantityKind.PLAIN, QuantityKind.MONEY)
MAX_AMOUNTS = 5000

_TECHNICAL = re.compile(r"[A-Z]{1,5}s?|(?=\S*[^\W\d_]\S*)\S*[\d²³]\S*")


CHECK_FEATURES = (
    "numbers",
    "numbers_missing",
    "dates",
    "dates_missing",
    "quotes_found",
    "quotes_missing",
    "names",
    "names_missing",
    "name_share",
    "speaker_same",
    "speaker_other",
    "speaker_open",
    "clashes",
)


def run_checks(pair: TextPair) -> Checks:
    """Run all checks of a claim against its evidence."""
    found = [check(pair) for check in CHECKS]
    reasons = [reason for checks in found for reason in checks.reasons]
    features = {name: value for checks in found for name, value in checks.features.items()}
    return Checks(tuple(_drop_repeats(reasons)), features)


def _check_quotations(pair: TextPair) -> Checks:
    """Check that quoted words stand in the evidence, titles of works excepted."""
    quotations = find_quotations(pair.claim.text)[:MAX_COMPARED]
    quoted = QuotedText(pair.evidence.text) if quotations else None
    missing = [q for q in quotations if quoted and not quoted.has(q.text)]
    reasons = tuple(
        Reason(
            ReasonKind.QUOTATION,
            f"the cited text does not contain the quoted words {show(q.text)}",
            (q.start, q.end),
        )
        for q in missing
        if not is_title(q.text)
    )
    features = {
        "quotes_found": float(len(quotations) > len(missing)),
        "quotes_missing": math.log1p(len(missing)),
    }
    return Checks(reasons, features)


def _check_numbers(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's quantities; a date is none of them."""
    dated = [(moment.start, moment.end) for moment in pair.dates]
    ours = find_quantities(pair.claim.text, besides=dated)[:MAX_COMPARED]
    theirs = find_quantities(pair.evidence.text, with_single=True) if ours else ()
    amounts = _distinct_quantities(theirs)
    missing = [q for q in ours if not any(backs(other, q) for other in amounts)]
    features = {
        "numbers": float(bool(ours)),
        "numbers_missing": math.log1p(len(missing)),
    }
    reasons = _number_reasons(missing, theirs, pair.gaps, ours, is_close=pair.is_close)
    return Checks(tuple(reasons), features)


def _check_dates(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's dates, or weekdays that come to them."""
    theirs: tuple[Moment, ...] = ()
    if pair.dates:
        theirs = find_moments(pair.evidence.text)
        if pair.published:
            theirs += find_moments(pair.evidence.text, published=pair.published)
    distinct = _distinct_moments(theirs)
    missing = [
        moment
        for moment in pair.dates
        if not any(agrees(other, moment) for other in distinct) and not _is_spread(moment, distinct)
    ]
    features = {
        "dates": float(bool(pair.dates)),
        "dates_missing": math.log1p(len(missing)),
    }
    return Checks(tuple(_date_reasons(missing, theirs, pair.gaps, pair.dates)), features)


def _check_opposites(pair: TextPair) -> Checks:
    """Check that the claim neither denies what the evidence affirms nor says the opposite."""
    clashes: tuple[Clash, ...] = ()
    if pair.is_close:
        clashes = tuple(find_clashes(pair.claim, pair.evidence, [pair.alignment.best]))
    return Checks(tuple(_clash_reasons(clashes)), {"clashes": float(bool(clashes))})


def _check_names(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's names."""
    ours = find_names(pair.claim.text)[:MAX_COMPARED]
    titles = [
        (quotation.start, quotation.end)
        for quotation in find_quotations(pair.claim.text)
        if is_title(quotation.text)
    ]
    named = NamedText(pair.evidence.text, pair.evidence.nations) if ours else None
    missing = [
        (name, words)
        for name in ours
        if named
        and not any(start <= name.start and name.end <= end for start, end in titles)
        and not is_common_noun(pair.claim.text, name)
        and (words := named.missing_words(name))
    ]
    features = {
        "names": float(bool(ours)),
        "names_missing": math.log1p(len(missing)),
        "name_share": len(missing) / max(1, len(ours)),
    }
    reasons = _name_reasons(missing, pair.alignment, pair.evidence, pair.gaps, ours)
    return Checks(tuple(reasons), features)


CHECKS: tuple[Callable[[TextPair], Checks], ...] = (
    _check_quotations,
    check_speakers,
    check_rows,
    _check_numbers,
    _check_dates,
    _check_opposites,
    check_stance,
    check_actors,
    _check_names,
)
"""All checks, the gravest first; one that brings features wants the trees fitted anew."""


def _is_spread(moment: Moment, theirs: Sequence[Moment]) -> bool:
    """Whether the evidence has a month without a year, and the year with another date."""
    if moment.day is not None or moment.month is None or moment.year is None:
        return False
    has_month = any(m.month == moment.month and m.year is None for m in theirs)
    return has_month and any(m.year == moment.year for m in theirs)


def _distinct_moments(moments: tuple[Moment, ...]) -> list[Moment]:
    return list({replace(moment, start=0, end=0, text=""): moment for moment in moments}.values())


def _distinct_quantities(quantities: tuple[Quantity, ...]) -> list[Quantity]:
    keys = {(q.value, q.kind, q.currency, q.hedge, q.unit): q for q in quantities}
    return list(keys.values())[:MAX_AMOUNTS]


def _drop_repeats(reasons: list[Reason]) -> Iterator[Reason]:
    seen: set[tuple[ReasonKind, tuple[int, int] | None]] = set()
    for reason in reasons:
        if (reason.kind, reason.span) not in seen:
            seen.add((reason.kind, reason.span))
            yield reason


def _number_reasons(
    missing: list[Quantity],
    theirs: tuple[Quantity, ...],
    gaps: tuple[Gap, ...],
    ours: tuple[Quantity, ...],
    *,
    is_close: bool,
) -> Iterator[Reason]:
    for quantity, other in in_gaps(gaps, ours, theirs):
        if not backs(other, quantity) and other.kind == quantity.kind:
            yield differs(ReasonKind.NUMBER, quantity, other)
    for quantity in missing:
        if quantity.is_word and not (is_close and quantity.kind in _COUNTED):
            continue
        yield lacks(ReasonKind.NUMBER, quantity)


def _date_reasons(
    missing: list[Moment],
    theirs: tuple[Moment, ...],
    gaps: tuple[Gap, ...],
    ours: tuple[Moment, ...],
) -> Iterator[Reason]:
    for moment, other in in_gaps(gaps, ours, theirs):
        if contradicts(other, moment) and not agrees(other, moment):
            yield differs(ReasonKind.DATE, moment, other)
    for moment in missing:
        if moment.days_ago is None:
            yield lacks(ReasonKind.DATE, moment)


def _clash_reasons(clashes: tuple[Clash, ...]) -> Iterator[Reason]:
    for clash in clashes:
        if clash.opposite:
            text = f"the article says {show(clash.opposite)}, the claim says {show(clash.word)}"
        elif clash.denied_in_claim:
            text = f"the claim denies {show(clash.word)}, the article does not"
        else:
            text = f"the article denies {show(clash.word)}, the claim does not"
        yield Reason(ReasonKind.NEGATION, text, (clash.start, clash.end), contradicts=True)


def _name_reasons(
    missing: list[tuple[Name, tuple[str, ...]]],
    alignment: Alignment,
    evidence: ParsedText,
    gaps: tuple[Gap, ...],
    ours: tuple[Name, ...],
) -> Iterator[Reason]:
    if gaps:
        start, end = evidence.sentences[alignment.best]
        theirs = tuple(
            Name(n.text, n.start + start, n.end + start, n.words, n.nation)
            for n in find_names(evidence.text[start:end])
        )
        for name, other in in_gaps(gaps, ours, theirs):
            if _are_two(name, other):
                yield differs(ReasonKind.NAME, name, other, "names")
    foreign = sum(word.weight for word in alignment.missing if _is_in(word, missing))
    if alignment.best_coverage * alignment.weight < LEAST_ALIGNED * (alignment.weight - foreign):
        return
    for name, words in missing:
        is_telling = name.nation or not all(map(is_everyday, words)) or words == name.words
        is_telling = is_telling or (is_person(name) and _has_rival(name, evidence))
        if is_telling and not _TECHNICAL.fullmatch(name.text):
            yield lacks(ReasonKind.NAME, name)


def _has_rival(name: Name, evidence: ParsedText) -> bool:
    """Whether the evidence has the name with another word in one place: Kim Yong Kyun."""
    for other in find_names(evidence.text):
        if len(other.words) == len(name.words):
            differ = sum(one != word for one, word in zip(name.words, other.words, strict=True))
            if differ == 1:
                return True
    return False


def _is_in(word: Word, names: list[tuple[Name, tuple[str, ...]]]) -> bool:
    return any(name.start <= word.start < name.end for name, _ in names)


def _are_two(name: Name, other: Name) -> bool:
    if bool(name.nation) != bool(other.nation):
        return False
    if name.nation:
        return name.nation != other.nation
    ours, theirs = set(name.words), set(other.words)
    initials = {"".join(w[0] for w in name.words), "".join(w[0] for w in other.words)}
    return not ours & theirs and not initials & (ours | theirs)
