"""Whether the evidence gives a claim's words to the same speaker; pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.language.attribution import (
    PRONOUN,
    Attribution,
    compare_speakers,
    find_attributions,
    find_owner,
    resolve_speaker,
)
from index.language.speech_verbs import PLAIN
from rag.verification.parsed_text import ParsedText, weigh_stems
from rag.verification.text_pair import Checks, Reason, ReasonKind, TextPair

NEAR_CHARS = 220
"""How far from what is said the same verb with the same speaker may stand."""


def check_speakers(pair: TextPair) -> Checks:
    """Check that the evidence gives the words to the same speaker."""
    speaker = check_speaker(pair.claim, pair.evidence)
    features = {
        "speaker_same": float(speaker.agreement > 0),
        "speaker_other": float(speaker.agreement < 0),
        "speaker_open": float(speaker.agreement == 0 and bool(speaker.claimed)),
    }
    return Checks(tuple(_speaker_reasons(speaker)), features)


def _speaker_reasons(speaker: SpeakerCheck) -> Iterator[Reason]:
    if speaker.agreement < 0:
        yield Reason(
            ReasonKind.SPEAKER, f"said by {speaker.found}, not {speaker.claimed}", speaker.span
        )


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
    span = attribution.statement.head
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
            is_near = other.verb == attribution.verb and abs(other.end - place[0]) <= NEAR_CHARS
            if is_near and compare_speakers(attribution.speaker, other.head, other.speaker) > 0:
                return SpeakerCheck(1, attribution.head, other.head, span)
    owner = find_owner(text, *place, attributions)
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
