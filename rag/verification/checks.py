"""The checks that can name what is wrong: numbers, dates, names, opposites, quotations, speakers.

Each compares the claim with the cited text alone, and reports in one line what it finds, with the
words of the claim concerned. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

from index.language.attribution import (
    MAX_SUBJECT_CHARS,
    PRONOUN,
    Attribution,
    compare_speakers,
    find_attributions,
    find_owner,
    resolve_speaker,
)
from index.language.quotations import QuotedText, find_quotations, find_quoted_spans, is_title
from index.language.speech_verbs import PLAIN
from rag.verification.alignment import Alignment, Gap, find_gaps
from rag.verification.numbers_and_dates import (
    Moment,
    Quantity,
    QuantityKind,
    agrees,
    backs,
    contradicts,
    find_moments,
    find_quantities,
)
from rag.verification.parsed_text import (
    Name,
    NamedText,
    ParsedText,
    Word,
    find_names,
    is_common_noun,
    is_everyday,
    weigh_stems,
)
from rag.verification.polarity import Clash, find_clashes

LEAST_ALIGNED = 0.5
CLOSELY_ALIGNED = 0.6
MAX_SHOWN_CHARS = 60
MAX_COMPARED = 48
_COUNTED = (QuantityKind.PLAIN, QuantityKind.MONEY)
MAX_AMOUNTS = 5000


_TECHNICAL = re.compile(r"[A-Z]{1,5}s?|(?=\S*[^\W\d_]\S*)\S*[\d²³]\S*")

Found = TypeVar("Found", Quantity, Moment, Name)


class ReasonKind(StrEnum):
    """What kind of error a reason reports."""

    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    NEGATION = "negation"
    QUOTATION = "quotation"
    SPEAKER = "speaker"
    COVERAGE = "coverage"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a claim is not supported.

    Attributes:
        kind: The kind of error.
        text: One line for the reader.
        span: The words of the claim concerned, as code points; None for all of it.
    """

    kind: ReasonKind
    text: str
    span: tuple[int, int] | None = None


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


@dataclass(frozen=True, slots=True)
class Checks:
    """What checks found.

    Attributes:
        reasons: Each sufficient to refuse support, the gravest first.
        features: Some or all of ``CHECK_FEATURES`` by name, for the probability of support.
    """

    reasons: tuple[Reason, ...]
    features: dict[str, float]


@dataclass(frozen=True)
class TextPair:
    """A claim beside its evidence.

    Attributes:
        claim: The claim.
        evidence: The cited text.
        alignment: How their words correspond.
        published: When the evidence appeared, for "on Monday"; None if unknown.
    """

    claim: ParsedText
    evidence: ParsedText
    alignment: Alignment
    published: date | None = None

    @cached_property
    def is_close(self) -> bool:
        """Whether a sentence of the evidence follows the claim so closely that gaps are telling."""
        return self.alignment.best >= 0 and self.alignment.best_coverage >= CLOSELY_ALIGNED

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Where the claim says something else in the same place as the closest sentence."""
        if not self.is_close:
            return ()
        return tuple(find_gaps(self.claim.words, self.evidence.words_of(self.alignment.best)))

    @cached_property
    def dates(self) -> tuple[Moment, ...]:
        """The claim's dates; it may be of another day than the article: its "Monday" stays open."""
        return find_moments(self.claim.text)[:MAX_COMPARED]


def run_checks(
    claim: ParsedText, evidence: ParsedText, alignment: Alignment, *, published: date | None = None
) -> Checks:
    """Run all checks of a claim against its evidence; see ``TextPair`` for what they are given."""
    pair = TextPair(claim, evidence, alignment, published)
    found = [check(pair) for check in CHECKS]
    reasons = [reason for checks in found for reason in checks.reasons]
    features = {name: value for checks in found for name, value in checks.features.items()}
    return Checks(tuple(_drop_repeats(reasons)), features)


def check_quotations(pair: TextPair) -> Checks:
    """Check that quoted words stand in the evidence, titles of works excepted."""
    quotations = find_quotations(pair.claim.text)[:MAX_COMPARED]
    quoted = QuotedText(pair.evidence.text) if quotations else None
    missing = [q for q in quotations if quoted and not quoted.has(q.text)]
    reasons = tuple(
        Reason(
            ReasonKind.QUOTATION,
            f"the cited text does not contain the quoted words {_show(q.text)}",
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


def check_speakers(pair: TextPair) -> Checks:
    """Check that the evidence gives the words to the same speaker."""
    speaker = check_speaker(pair.claim, pair.evidence)
    features = {
        "speaker_same": float(speaker.agreement > 0),
        "speaker_other": float(speaker.agreement < 0),
        "speaker_open": float(speaker.agreement == 0 and bool(speaker.claimed)),
    }
    return Checks(tuple(_speaker_reasons(speaker)), features)


def check_numbers(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's quantities; a date is none of them."""
    dated = [(moment.start, moment.end) for moment in pair.dates]
    ours = find_quantities(pair.claim.text, besides=dated)[:MAX_COMPARED]
    theirs = find_quantities(pair.evidence.text) if ours else ()
    amounts = _distinct_quantities(theirs)
    missing = [q for q in ours if not any(backs(other, q) for other in amounts)]
    features = {
        "numbers": float(bool(ours)),
        "numbers_missing": math.log1p(len(missing)),
    }
    reasons = _number_reasons(missing, theirs, pair.gaps, ours, is_close=pair.is_close)
    return Checks(tuple(reasons), features)


def check_dates(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's dates, or weekdays that come to them."""
    theirs: tuple[Moment, ...] = ()
    if pair.dates:
        theirs = find_moments(pair.evidence.text)
        if pair.published:
            theirs += find_moments(pair.evidence.text, published=pair.published)
    distinct = _distinct_moments(theirs)
    missing = [m for m in pair.dates if not any(agrees(other, m) for other in distinct)]
    features = {
        "dates": float(bool(pair.dates)),
        "dates_missing": math.log1p(len(missing)),
    }
    return Checks(tuple(_date_reasons(missing, theirs, pair.gaps, pair.dates)), features)


def check_opposites(pair: TextPair) -> Checks:
    """Check that the claim neither denies what the evidence affirms nor says the opposite."""
    clashes: tuple[Clash, ...] = ()
    if pair.is_close:
        clashes = tuple(find_clashes(pair.claim, pair.evidence, [pair.alignment.best]))
    return Checks(tuple(_clash_reasons(clashes)), {"clashes": float(bool(clashes))})


def check_names(pair: TextPair) -> Checks:
    """Check that the evidence has the claim's names."""
    ours = find_names(pair.claim.text)[:MAX_COMPARED]
    named = NamedText(pair.evidence.text, pair.evidence.nations) if ours else None
    missing = [
        (name, words)
        for name in ours
        if named
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
    check_quotations,
    check_speakers,
    check_numbers,
    check_dates,
    check_opposites,
    check_names,
)
"""All checks, the gravest first; one that brings features wants the trees fitted anew."""


def _distinct_moments(moments: tuple[Moment, ...]) -> list[Moment]:
    return list({replace(moment, start=0, end=0, text=""): moment for moment in moments}.values())


def _distinct_quantities(quantities: tuple[Quantity, ...]) -> list[Quantity]:
    keys = {(q.value, q.kind, q.currency, q.hedge): q for q in quantities}
    return list(keys.values())[:MAX_AMOUNTS]


def _drop_repeats(reasons: list[Reason]) -> Iterator[Reason]:
    seen: set[tuple[ReasonKind, tuple[int, int] | None]] = set()
    for reason in reasons:
        if (reason.kind, reason.span) not in seen:
            seen.add((reason.kind, reason.span))
            yield reason


def _lacks(kind: ReasonKind, ours: Quantity | Moment | Name) -> Reason:
    text = f"the cited text does not mention {ours.text}"
    return Reason(kind, text, (ours.start, ours.end))


def _differs(kind: ReasonKind, ours: Found, theirs: Found, verb: str = "says") -> Reason:
    text = f"the article {verb} {theirs.text}, the claim {verb} {ours.text}"
    return Reason(kind, text, (ours.start, ours.end))


def _show(text: str) -> str:
    line = " ".join(text.split())
    return f"“{line if len(line) <= MAX_SHOWN_CHARS else line[: MAX_SHOWN_CHARS - 1] + '…'}”"


def _speaker_reasons(speaker: SpeakerCheck) -> Iterator[Reason]:
    if speaker.agreement < 0:
        yield Reason(
            ReasonKind.SPEAKER, f"said by {speaker.found}, not {speaker.claimed}", speaker.span
        )


def _number_reasons(
    missing: list[Quantity],
    theirs: tuple[Quantity, ...],
    gaps: tuple[Gap, ...],
    ours: tuple[Quantity, ...],
    *,
    is_close: bool,
) -> Iterator[Reason]:
    for quantity, other in _in_gaps(gaps, ours, theirs):
        if not backs(other, quantity) and other.kind == quantity.kind:
            yield _differs(ReasonKind.NUMBER, quantity, other)
    for quantity in missing:
        if quantity.is_word and not (is_close and quantity.kind in _COUNTED):
            continue
        yield _lacks(ReasonKind.NUMBER, quantity)


def _date_reasons(
    missing: list[Moment],
    theirs: tuple[Moment, ...],
    gaps: tuple[Gap, ...],
    ours: tuple[Moment, ...],
) -> Iterator[Reason]:
    for moment, other in _in_gaps(gaps, ours, theirs):
        if contradicts(other, moment) and not agrees(other, moment):
            yield _differs(ReasonKind.DATE, moment, other)
    for moment in missing:
        if moment.days_ago is None:
            yield _lacks(ReasonKind.DATE, moment)


def _clash_reasons(clashes: tuple[Clash, ...]) -> Iterator[Reason]:
    for clash in clashes:
        if clash.opposite:
            text = f"the article says {_show(clash.opposite)}, the claim says {_show(clash.word)}"
        elif clash.denied_in_claim:
            text = f"the claim denies {_show(clash.word)}, the article does not"
        else:
            text = f"the article denies {_show(clash.word)}, the claim does not"
        yield Reason(ReasonKind.NEGATION, text, (clash.start, clash.end))


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
        for name, other in _in_gaps(gaps, ours, theirs):
            if _are_two(name, other):
                yield _differs(ReasonKind.NAME, name, other, "names")
    foreign = sum(word.weight for word in alignment.missing if _is_in(word, missing))
    if alignment.best_coverage * alignment.weight < LEAST_ALIGNED * (alignment.weight - foreign):
        return
    for name, words in missing:
        is_telling = name.nation or not all(map(is_everyday, words)) or words == name.words
        if is_telling and not _TECHNICAL.fullmatch(name.text):
            yield _lacks(ReasonKind.NAME, name)


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


def _in_gaps(
    gaps: tuple[Gap, ...], ours: tuple[Found, ...], theirs: tuple[Found, ...]
) -> Iterator[tuple[Found, Found]]:
    """Yield what stands in the same place, where each side has one thing of the kind there."""
    for gap in gaps:
        here = [x for x in ours if gap.ours[0] <= x.start and x.end <= gap.ours[1]]
        there = [x for x in theirs if gap.theirs[0] <= x.start and x.end <= gap.theirs[1]]
        if len(here) == 1 and len(there) == 1:
            yield here[0], there[0]


@dataclass(frozen=True, slots=True)
class SpeakerCheck:
    """What was found about the speaker of a claim.

    Attributes:
        agreement: 1 where the evidence has the same speaker, -1 where it has another, 0 where
            that is open.
        claimed: The claim's speaker; empty where the claim names none.
        found: The evidence's speaker; empty where it names none.
        span: Where the speaker stands in the claim.
    """

    agreement: int
    claimed: str = ""
    found: str = ""
    span: tuple[int, int] = (0, 0)


def check_speaker(claim: ParsedText, evidence: ParsedText) -> SpeakerCheck:
    """Compare who speaks in a claim with who speaks the same words in the evidence."""
    attribution = next(iter(find_attributions(claim.text)), None)
    if attribution is None or PRONOUN.fullmatch(attribution.head):
        return SpeakerCheck(0)
    span = (attribution.subject_start, attribution.subject_end)
    content = [
        word for word in claim.words if not attribution.start <= word.start < attribution.end
    ]
    text = evidence.text
    # A verb of the claim's own ("Clinton described it") does not show whose words these are.
    told = {word.text for word in content if word.weight}
    attributions = [a for a in find_attributions(text) if a.verb not in told]
    place = _locate(weigh_stems(content), evidence, attributions)
    if place is None:
        return SpeakerCheck(0, attribution.head, "", span)
    if attribution.verb not in PLAIN:
        for other in attributions:
            is_near = (
                other.verb == attribution.verb and abs(other.end - place[0]) <= MAX_SUBJECT_CHARS
            )
            if is_near and compare_speakers(attribution.speaker, other.head, other.speaker) > 0:
                return SpeakerCheck(1, attribution.head, other.head, span)
    owner = find_owner(text, *place, attributions, find_quoted_spans(text))
    if owner is None:
        return SpeakerCheck(0, attribution.head, "", span)
    said, is_plain = owner
    phrase = resolve_speaker(text, said, attributions)
    head = phrase if PRONOUN.fullmatch(said.head) else said.head
    agreement = compare_speakers(attribution.speaker, head, phrase)
    if agreement < 0 and not is_plain:
        agreement = 0
    return SpeakerCheck(agreement, attribution.head, head, span)


def _locate(
    weights: dict[str, float], evidence: ParsedText, attributions: Sequence[Attribution]
) -> tuple[int, int] | None:
    """Return where the words of a claim stand closest together: within the best sentence."""
    best, place = 0.0, None
    following = 0
    for first, last in evidence.word_ranges:
        shared = []
        for place_of_word in range(first, last):
            start = evidence.starts[place_of_word]
            while following < len(attributions) and attributions[following].end <= start:
                following += 1
            if evidence.stems[place_of_word] in weights and not (
                following < len(attributions) and attributions[following].start <= start
            ):
                shared.append(place_of_word)
        score = sum(weights[stem] for stem in {evidence.stems[i] for i in shared})
        if score > best:
            best, place = score, (evidence.starts[shared[0]], evidence.ends[shared[-1]])
    return place
