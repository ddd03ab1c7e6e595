"""Whether the evidence itself says what a claim says, or only that somebody says so; pure.

What the same or the next sentence denies or takes back is not supported, and what somebody only
alleges is supported in part. A claim that says who says so, or that it is denied, is another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from index.language.attribution import (
    PRONOUN,
    Attribution,
    compare_speakers,
    find_attributions,
    find_owner,
)
from index.language.speech_verbs import PLAIN
from rag.verification.names import find_names
from rag.verification.parsed_text import ParsedText, weigh_stems
from rag.verification.stance import (
    Denial,
    Manner,
    accuses,
    charges,
    content,
    doubts,
    find_denial,
    points_back,
    retracts,
)
from rag.verification.text_pair import Checks, Reason, ReasonKind, TextPair, show

_THAT = re.compile(r"^(?:\s[^\s,;]+){0,5}?\s?\bthat\s|^\s")
_OPENS = re.compile(r"(?:the\s|[A-Z][\w.’'-]*\s|[a-z]+\s){0,3}")
NEARLY_AS_CLOSE = 0.85
LEAST_SHARED = 0.5
MAX_SENTENCES = 200


def check_stance(pair: TextPair) -> Checks:
    """Check that the evidence stands by what it says."""
    claim = pair.claim.text
    if not pair.is_close or charges(claim) or find_denial(claim):
        return Checks((), {})
    speaker = next(iter(find_attributions(claim)), None)
    if speaker is not None and speaker.verb in PLAIN:
        return Checks((), {})
    reasons: list[Reason] = []
    for number in _close_sentences(pair):
        found = next(_find_reasons(number, pair, speaker), None)
        if found is None:
            return Checks((), {})
        reasons.append(found)
    # Nowhere is it said without being denied or attributed; the least serious of it counts.
    reasons.sort(key=lambda reason: reason.kind is not ReasonKind.ATTRIBUTION)
    return Checks(tuple(reasons[:1]), {})


def _close_sentences(pair: TextPair) -> Iterator[int]:
    """Yield the sentences that have nearly as much of the claim as the closest one."""
    weights = weigh_stems(pair.claim.words)
    least = NEARLY_AS_CLOSE * pair.alignment.best_coverage * pair.alignment.weight
    stems = pair.evidence.stems
    for number, (first, last) in enumerate(pair.evidence.word_ranges[:MAX_SENTENCES]):
        if _weigh_shared(weights, set(stems[first:last])) >= least:
            yield number


def _weigh_shared(weights: Mapping[str, float], stems: set[str]) -> float:
    return sum(weight for stem, weight in weights.items() if stem in stems)


def _find_reasons(number: int, pair: TextPair, speaker: Attribution | None) -> Iterator[Reason]:
    """Yield why a sentence does not stand for what it says."""
    evidence = pair.evidence
    sentence = evidence.sentence(number)
    about = content(pair.claim.text)
    own = find_denial(sentence)
    if own is not None and _denies_itself(own, sentence, about):
        yield _denied(sentence[own.start : own.end])
    if number + 1 < len(evidence.sentences):
        following = evidence.sentence(number + 1)
        answer = find_denial(following)
        is_denied = answer is not None and _denies(answer, following, sentence, about)
        if retracts(following) or (is_denied and _is_by(speaker, following)):
            yield _denied(following)
    source = _find_source(number, pair, speaker)
    if source:
        text = f"only {source} says so" if source != _NOBODY else "the article only reports it"
        yield Reason(ReasonKind.ATTRIBUTION, text)


def _is_by(speaker: Attribution | None, following: str) -> bool:
    """Whether those deny a statement who are said to have made it; of anything else, anybody."""
    if speaker is None or PRONOUN.fullmatch(speaker.head):
        return True
    names = find_names(following)
    if not names:
        return PRONOUN.search(following) is not None
    return compare_speakers(speaker.speaker, names[0].text, names[0].text) >= 0


def _denied(text: str) -> Reason:
    return Reason(ReasonKind.DENIAL, f"the article adds: {show(text)}", contradicts=True)


def _denies_itself(denial: Denial, sentence: str, about: frozenset[str]) -> bool:
    """Whether a sentence denies what the claim says: "he denied taking it", "which he denies"."""
    if denial.manner is Manner.SILENT:
        return False
    if denial.denied:
        return len(denial.denied & about) >= LEAST_SHARED * len(denial.denied)
    return len(content(sentence[: denial.start]) & about) >= LEAST_SHARED * len(about)


def _denies(denial: Denial, following: str, sentence: str, about: frozenset[str]) -> bool:
    """Whether the next sentence denies what a sentence says, not only wrongdoing in general."""
    if denial.manner is Manner.SILENT:
        return False
    if denial.denied:
        told = denial.denied & (about | content(sentence))
        return bool(denial.denied & about) and len(told) >= LEAST_SHARED * len(denial.denied)
    if denial.manner is Manner.DENIED_IN_PART:
        return False
    return points_back(following[denial.start : denial.denied_end]) or accuses(sentence)


_NOBODY = "somebody"


def _find_source(number: int, pair: TextPair, speaker: Attribution | None) -> str:
    """Return who says what a sentence says, if it is only that: an allegation, or hearsay."""
    sentence = pair.evidence.sentence(number)
    if doubts(sentence) and not doubts(pair.claim.text):
        return _NOBODY
    said = _find_owner(number, pair)
    if said is None:
        return ""
    if speaker and compare_speakers(speaker.speaker, said.head, said.speaker) > 0:
        return ""
    is_own = said.head.casefold() in pair.claim.text.casefold()
    if charges(said.verb):
        return _NOBODY if is_own else said.head
    is_hearsay = not said.follows and _is_of_another(said, sentence[said.end :])
    return said.head if is_hearsay and not is_own else ""


def _find_owner(number: int, pair: TextPair) -> Attribution | None:
    """Return to whom a sentence attributes the claim's words, those of the claim's own left out."""
    place = _locate(pair.claim, pair.evidence, number)
    if place is None:
        return None
    sentence = pair.evidence.sentence(number)
    told = {word.text for word in pair.claim.words if word.weight}
    attributions = [a for a in find_attributions(sentence) if a.verb not in told]
    owner = find_owner(sentence, *place, attributions)
    if owner is None or not owner[1]:
        return None
    said = owner[0]
    return None if place[0] <= said.start and said.end <= place[1] else said


def _locate(claim: ParsedText, evidence: ParsedText, number: int) -> tuple[int, int] | None:
    """Return where in a sentence the claim's words stand."""
    start = evidence.sentences[number][0]
    stems = set(weigh_stems(claim.words))
    shared = [word for word in evidence.words_of(number) if word.stem in stems and word.weight]
    return (shared[0].start - start, shared[-1].end - start) if shared else None


def _is_of_another(said: Attribution, clause: str) -> bool:
    """Whether somebody tells what another, by name, did: "told them that Governor Finch had"."""
    match = _THAT.search(clause)
    if match is None or PRONOUN.fullmatch(said.head):
        return False
    name = next(iter(find_names(clause[match.end() :])), None)
    if name is None or not _OPENS.fullmatch(clause[match.end() : match.end() + name.start]):
        return False
    return compare_speakers(said.speaker, name.text, name.text) < 0
