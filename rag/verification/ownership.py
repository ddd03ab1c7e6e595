"""Whose words a stretch of text is, and whether a claim gives them to the same speaker; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.nations import find_nations
from rag.verification.attribution import (
    ABBREVIATED,
    MAX_CONTINUED_CHARS,
    MAX_SUBJECT_CHARS,
    NAME,
    PRONOUN,
    STARTS,
    Attribution,
    find_attributions,
    find_first_name,
    find_quoted_spans,
)
from rag.verification.reading import Reading, weigh_stems

_NEW_SENTENCE = re.compile(rf"{ABBREVIATED}[.!?][”\"]?\s+[^\sa-z]|\n")
_SENTENCE_END = re.compile(r"[.!?][”\"]?\s|\n")
_STOP = re.compile(r"[.\n]")
_WORD = re.compile(r"[^\W_]+")
PLAIN_VERBS = frozenset("say says said saying told tell tells telling added adding".split())
_TITLES = frozenset(
    "mr mrs ms dr sir sen rep gov gen president senator governor secretary minister ambassador"
    " prime foreign vice deputy chancellor spokesman spokeswoman spokesperson leader king queen"
    " prince chief mayor judge professor republican democrat democratic nominee the in a an of and"
    " jr sr congressman congresswoman attorney general director chairman chairwoman chair candidate"
    " representative former then".split()
)


def find_owner(
    text: str,
    start: int,
    end: int,
    attributions: Sequence[Attribution],
    quotes: Sequence[tuple[int, int]],
) -> tuple[Attribution, bool] | None:
    """Return to whom a stretch of a text is attributed, and whether in so many words.

    Args:
        text: The text.
        start: First code point of the stretch.
        end: One past the last.
        attributions: ``find_attributions(text)``, or some of them.
        quotes: ``find_quoted_spans(text)``.
    """
    first, last = start, end
    for quote in quotes:
        if quote[0] < end and start < quote[1]:
            first, last = min(first, quote[0]), max(last, quote[1])
    following = next((a for a in attributions if a.start >= last - 1), None)
    if following is not None and _comes_at_once(text, last, following):
        return following, True
    line_start = text.rfind("\n", 0, first) + 1
    before = [a for a in attributions if a.end <= start + 3 and a.start >= line_start]
    if before and not _NEW_SENTENCE.search(text, before[-1].end, first + 1):
        return before[-1], True
    inside = next((a for a in attributions if start <= a.start < last), None)
    if inside is not None:
        return inside, True
    after = next((a for a in attributions if a.start >= end - 1), None)
    if after is not None and not _SENTENCE_END.search(text, last, after.start):
        return after, True
    if before and first - before[-1].end <= MAX_CONTINUED_CHARS:
        return before[-1], False
    return None


def _comes_at_once(text: str, last: int, attribution: Attribution) -> bool:
    """Whether an attribution stands right behind what ends at a place, in the same sentence."""
    if _WORD.search(text, last, attribution.start):
        return False
    return attribution.follows or not _STOP.search(text, max(0, last - 2), attribution.start)


def resolve_speaker(
    text: str, attribution: Attribution, attributions: Sequence[Attribution]
) -> str:
    """Return an attribution's speaker, a pronoun replaced by the name it most likely stands for."""
    if not PRONOUN.fullmatch(attribution.head):
        return attribution.speaker
    earlier = [
        a for a in attributions if a.end <= attribution.start and not PRONOUN.fullmatch(a.head)
    ]
    limit = attribution.start
    if earlier and limit - earlier[-1].end <= MAX_CONTINUED_CHARS:
        return earlier[-1].speaker
    return find_first_name(text, max(0, limit - MAX_CONTINUED_CHARS), limit)


def name_words(phrase: str) -> list[str]:
    """Return the words of a phrase that name somebody, case-folded, titles left out."""
    words = []
    for match in NAME.finditer(phrase):
        for word in match.group().replace("’s", "").replace("'s", "").split():
            folded = word.casefold().strip(".,’'")
            if folded not in _TITLES and folded not in STARTS and len(folded) > 1:
                words.append(folded)
    return words


def compare_speakers(claimed: str, head: str, phrase: str) -> int:
    """Return 1 where two speakers are one, -1 where they are two, 0 where that is open.

    Args:
        claimed: The speaker of a claim.
        head: The name that stands for the speaker in the evidence.
        phrase: All that the evidence says of the speaker there, apposition included.
    """
    nations = {mention.nation for mention in find_nations(claimed)}
    if nations and nations & {mention.nation for mention in find_nations(phrase)}:
        return 1
    ours, theirs = name_words(claimed), name_words(head)
    if ours and theirs:
        return _compare_names(ours, theirs, name_words(phrase))
    plain = {word.casefold() for word in _WORD.findall(claimed)} - STARTS
    other = {word.casefold() for word in _WORD.findall(phrase)} - STARTS
    return int(bool(plain & other) or bool(set(ours) & set(name_words(phrase))))


def _compare_names(ours: list[str], theirs: list[str], phrase: list[str]) -> int:
    if ours[-1] == theirs[-1]:
        both_given = len(ours) > 1 and len(theirs) > 1
        differ = both_given and not set(ours[:-1]) & set(theirs[:-1])
        return -1 if differ and ours[0][0] != theirs[0][0] else 1
    initials = {_initials(ours), _initials(theirs)}
    if set(ours) & set(theirs) or initials & {"".join(ours), "".join(theirs)}:
        return 1
    # "Mulgrew, president of the union": the union may be said to say it.
    return 0 if set(ours) <= set(phrase) else -1


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words)


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


def check_speaker(claim: Reading, evidence: Reading) -> SpeakerCheck:
    """Compare who speaks in a claim with who speaks the same words in the evidence."""
    attribution = next(iter(find_attributions(claim.text)), None)
    if attribution is None or PRONOUN.fullmatch(attribution.head):
        return SpeakerCheck(0)
    span = (attribution.subject_start, attribution.subject_end)
    content = [
        word for word in claim.words if not attribution.start <= word.start < attribution.end
    ]
    text = evidence.text
    # What the claim itself tells ("Clinton described it") does not say whose words these are.
    told = {word.text for word in content if word.weight}
    attributions = [a for a in find_attributions(text) if a.verb not in told]
    place = _locate(weigh_stems(content), evidence, attributions)
    if place is None:
        return SpeakerCheck(0, attribution.head, "", span)
    if attribution.verb not in PLAIN_VERBS:
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
    weights: dict[str, float], evidence: Reading, attributions: Sequence[Attribution]
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
