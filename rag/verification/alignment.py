"""How much of a claim its evidence contains; pure.

Coverage is the share of a claim's words, weighted by rarity, that occur in one sentence, in
neighbouring sentences, or anywhere in the evidence.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from rag.verification.parsed_text import ParsedText, Word, weigh_pairs, weigh_stems

BoolMatrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

NEAR_WORDS = 4
LEAST_PART_WEIGHT = 4.0
MAX_RUN_WORDS = 400
MAX_STEMS = 200
MAX_PARTS = 24

_PART = re.compile(
    r"[;:]|,\s(?=(?:and|but|while|who|which|where|when|with|after|before|including)\b)"
    r"|\s(?=(?:and|but|while|because|although|which|who|after|before)\s)|,\s"
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Which parts of a claim occur where in its evidence.

    Attributes:
        features: By name.
        best: Number of the evidence sentence that contains most of the claim; -1 if none does.
        near: Numbers of the surrounding sentences that belong to the best window.
        best_coverage: Share of the claim that the best sentence contains, in [0, 1].
        weight: Total weight of the claim's words, each counted once.
        missing: Words of the claim that the evidence does not have, the rarest first.
    """

    features: dict[str, float]
    best: int
    near: tuple[int, ...]
    best_coverage: float
    weight: float
    missing: tuple[Word, ...]


def align_words(claim: ParsedText, evidence: ParsedText) -> Alignment:
    """Compare a claim with its evidence word by word."""
    weights = _heaviest(weigh_stems(claim.words))
    stems = list(weights)
    if not stems or not evidence.sentences:
        return Alignment(dict.fromkeys(WORD_FEATURES, 0.0), -1, (), 0.0, 0.0, ())
    numbers = {stem: i for i, stem in enumerate(stems)}
    weight = np.array([weights[stem] for stem in stems])
    total = float(weight.sum()) or 1.0
    has: BoolMatrix = np.zeros((len(evidence.sentences), len(stems)), dtype=np.bool_)
    for row, (first, last) in enumerate(evidence.word_ranges):
        for stem in numbers.keys() & evidence.stems[first:last]:
            has[row, numbers[stem]] = True
    single = has @ weight / total
    windows = _slide(has)
    wide = windows @ weight / total
    union = np.asarray(has.any(axis=0))
    best = int(np.argmax(single + 1e-3 * wide))
    middle = int(np.argmax(wide + 1e-3 * single))
    rest = has[:, ~has[best]] @ weight[~has[best]] / total
    near = tuple(range(max(0, best - 1), min(len(evidence.sentences), best + 2)))
    missing_weights = weight[~windows[middle]]
    missing = sorted(
        {
            w.stem: w
            for w in reversed(claim.words)
            if w.weight and w.stem in numbers and not union[numbers[w.stem]]
        }.values(),
        key=lambda w: (-w.weight, w.start),
    )
    spoken = set(map(str.casefold, set(claim.texts)))
    told = set(map(str.casefold, set(evidence.texts)))
    parts = _cover_parts(claim, windows, numbers, weights)
    features = {
        "sentence_coverage": float(single[best]),
        "window_coverage": float(wide[middle]),
        "pair_coverage": float(single[best] + rest.max(initial=0.0)),
        "whole_coverage": float(weight[union].sum() / total),
        "heaviest_missing": float(missing_weights.max(initial=0.0)) / 7.0,
        "missing_weight": math.log1p(float(missing_weights.sum())),
        "weakest_part": min(parts, default=float(wide[middle])),
        "near_pairs": _near_pairs(claim, evidence),
        "longest_run": _longest_run(claim, evidence, near),
        "sentence_precision": _precision(weights, evidence, (best,)),
        "overlap": _overlap(
            weights, weigh_pairs(zip(evidence.stems, evidence.weights, strict=True))
        ),
        "word_overlap": len(spoken & told) / (len(spoken | told) or 1),
        "claim_weight": math.log1p(total),
        "evidence_sentences": math.log1p(len(evidence.sentences)),
        "evidence_words": math.log1p(len(evidence.texts)),
        "distinct_words": math.log1p(len(told)),
        "evidence_chars": math.log1p(len(evidence.text)),
    }
    found = best if single[best] > 0 else -1
    return Alignment(features, found, near, float(single[best]), total, tuple(missing))


WORD_FEATURES = (
    "sentence_coverage",
    "window_coverage",
    "pair_coverage",
    "whole_coverage",
    "heaviest_missing",
    "missing_weight",
    "weakest_part",
    "near_pairs",
    "longest_run",
    "sentence_precision",
    "overlap",
    "word_overlap",
    "claim_weight",
    "evidence_sentences",
    "evidence_words",
    "distinct_words",
    "evidence_chars",
)


def _heaviest(weights: dict[str, float]) -> dict[str, float]:
    """Return the weights of a claim's rarest words, up to the number that is compared."""
    if len(weights) <= MAX_STEMS:
        return weights
    kept = sorted(weights, key=lambda stem: -weights[stem])[:MAX_STEMS]
    return {stem: weights[stem] for stem in kept}


def _slide(has: BoolMatrix) -> BoolMatrix:
    """Return what each sentence has together with its neighbours."""
    windows = has.copy()
    windows[1:] |= has[:-1]
    windows[:-1] |= has[1:]
    return windows


def _cover_parts(
    claim: ParsedText,
    windows: BoolMatrix,
    numbers: dict[str, int],
    weights: dict[str, float],
) -> list[float]:
    """Return how much of each part of the claim its best window covers."""
    cuts = [0, *(match.end() for match in _PART.finditer(claim.text)), len(claim.text) + 1]
    covers: list[float] = []
    held: dict[str, None] = {}
    place = 0
    for cut in cuts[1 : MAX_PARTS + 1]:
        while place < len(claim.words) and claim.words[place].start < cut:
            word = claim.words[place]
            place += 1
            if word.stem in numbers and word.weight:
                held[word.stem] = None
        if sum(weights[stem] for stem in held) < LEAST_PART_WEIGHT and cut <= len(claim.text):
            continue
        if held:
            columns = [numbers[stem] for stem in held]
            weight = np.array([weights[stem] for stem in held])
            covers.append(float((windows[:, columns] @ weight).max() / weight.sum()))
        held = {}
    return covers


def _precision(weights: dict[str, float], evidence: ParsedText, sentences: Sequence[int]) -> float:
    """Return the share of some evidence sentences that the claim covers."""
    theirs = weigh_stems([word for number in sentences for word in evidence.words_of(number)])
    total = sum(theirs.values())
    return sum(w for stem, w in theirs.items() if stem in weights) / total if total else 0.0


def _overlap(ours: dict[str, float], theirs: dict[str, float]) -> float:
    """Return what both texts have as a share of what either has."""
    shared = sum(weight for stem, weight in ours.items() if stem in theirs)
    return shared / ((sum(ours.values()) + sum(theirs.values()) - shared) or 1.0)


def _near_pairs(claim: ParsedText, evidence: ParsedText) -> float:
    """Return the share of neighbouring content words that are also close in the evidence."""
    ours = [word for word in claim.words if word.weight]
    pairs = {(a.stem, b.stem) for a, b in pairwise(ours) if a.stem != b.stem}
    if not pairs:
        return 0.0
    wanted = {stem for pair in pairs for stem in pair}
    theirs = [(i, stem) for i, stem in enumerate(evidence.stems) if stem in wanted]
    found: set[tuple[str, str]] = set()
    for place, (at, stem) in enumerate(theirs):
        for other_at, other in theirs[place + 1 : place + 1 + NEAR_WORDS]:
            if other_at - at > NEAR_WORDS:
                break
            found.update(pair for pair in ((stem, other), (other, stem)) if pair in pairs)
    return len(found) / len(pairs)


def _longest_run(claim: ParsedText, evidence: ParsedText, near: Sequence[int]) -> float:
    """Return the longest run of words in both, as a share of the claim's words."""
    ours = claim.stems[:MAX_RUN_WORDS]
    if not ours or not near:
        return 0.0
    first = evidence.word_ranges[near[0]][0]
    last = evidence.word_ranges[near[-1]][1]
    places: dict[str, list[int]] = {}
    for place, stem in enumerate(ours):
        places.setdefault(stem, []).append(place)
    best = 0
    previous: dict[int, int] = {}
    for stem in evidence.stems[first : min(last, first + MAX_RUN_WORDS)]:
        current = {p: previous.get(p - 1, 0) + 1 for p in places.get(stem, ())}
        best = max(best, max(current.values(), default=0))
        previous = current
    return best / len(ours)


def ordered_share(claim: ParsedText, evidence: ParsedText) -> float:
    """Return the share of a claim's words that the evidence has in the same order, in [0, 1].

    Small words count too: "fell to a low" is not "rose from a low". What a claim says twice and the
    evidence once counts once, so that recombined words are noticed.

    Args:
        claim: At most ``MAX_RUN_WORDS`` of its words are compared.
        evidence: Likewise.
    """
    ours, theirs = claim.stems[:MAX_RUN_WORDS], evidence.stems[:MAX_RUN_WORDS]
    if not ours:
        return 0.0
    # The longest common subsequence, one row of its table at a time.
    row = [0] * (len(theirs) + 1)
    for stem in ours:
        diagonal = 0
        for place, other in enumerate(theirs, start=1):
            above = row[place]
            row[place] = diagonal + 1 if stem == other else max(above, row[place - 1])
            diagonal = above
    return row[-1] / len(claim.stems)


def longest_skip(claim: ParsedText, evidence: ParsedText) -> int:
    """Return the most evidence words that separate two words adjacent in a claim.

    "The Commission and the Council may amend it" skips "proposes a law, the Parliament" in the
    evidence, and so changes the subject.

    Args:
        claim: At most ``MAX_RUN_WORDS`` of its words are compared.
        evidence: Likewise.
    """
    ours, theirs = claim.stems[:MAX_RUN_WORDS], evidence.stems[:MAX_RUN_WORDS]
    blocks = SequenceMatcher(None, ours, theirs, autojunk=False).get_matching_blocks()
    found = [block for block in blocks if block.size]
    return max((after.b - (one.b + one.size) for one, after in pairwise(found)), default=0)
