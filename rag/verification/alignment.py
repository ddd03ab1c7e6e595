"""How much of a claim its evidence contains, and where it says something else; pure.

Coverage is the share of a claim's words, weighted by rarity, that occur in one sentence, in
neighbouring sentences, or anywhere in the evidence. Alignment is the same with the cosine of the
encoder's token vectors in place of equal stems, so that "fell" matches "dropped".

A claim and the sentence nearest to it are also aligned word by word. Names match other names there,
and figures other figures, so that "Reck paid Varga" aligns with "Varga paid Reck" and the exchange
of the names is noticed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from index.types import FloatMatrix
from rag.verification.parsed_text import ParsedText, Word, weigh_pairs, weigh_stems

BoolMatrix: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.bool_]]

NEAR_WORDS = 4
LEAST_PART_WEIGHT = 4.0
WEAKEST_SHARE = 0.25
MAX_RUN_WORDS = 400
MAX_STEMS = 200
MAX_PARTS = 24
ALIKE_COSINE = 0.55

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


TOKEN_FEATURES = (
    "sentence_alignment",
    "window_alignment",
    "whole_alignment",
    "weakest_words",
    "weakest_name",
    "sentence_cosine",
    "window_cosine",
    "whole_cosine",
    "weighted_cosine",
    "top_cosines",
    "mean_cosine",
    "reverse_alignment",
    "matched_share",
)


def align_tokens(
    claim: ParsedText,
    claim_vectors: FloatMatrix,
    evidence: ParsedText,
    evidence_vectors: FloatMatrix,
    sentences: Sequence[int],
) -> dict[str, float]:
    """Compare a claim with its evidence by the encoder's vector of each word.

    Args:
        claim: The claim.
        claim_vectors: float32, shape (n_claim_words, dim): mean token vector of each word.
        evidence: What it rests on.
        evidence_vectors: float32, shape (n_evidence_words, dim); zero rows where not encoded.
        sentences: Numbers of the evidence sentences that were encoded, ascending.

    Returns:
        The figures by name; all 0 if there is nothing to compare.
    """
    ours = [i for i, heft in enumerate(claim.weights) if heft]
    ranges = [evidence.word_ranges[n] for n in sentences]
    ranges = [(first, last) for first, last in ranges if last > first]
    if not ours or not ranges:
        return dict.fromkeys(TOKEN_FEATURES, 0.0)
    weight = np.array([claim.weights[i] for i in ours], dtype=np.float32)
    weight /= weight.sum()
    rows = np.concatenate([np.arange(first, last) for first, last in ranges])
    starts = np.cumsum([0, *(last - first for first, last in ranges)])
    theirs = evidence_vectors[rows]
    cosines = _unit(claim_vectors[ours]) @ _unit(theirs).T
    per_sentence = np.maximum.reduceat(cosines, starts[:-1], axis=1)
    windows = per_sentence.copy()
    windows[:, 1:] = np.maximum(windows[:, 1:], per_sentence[:, :-1])
    windows[:, :-1] = np.maximum(windows[:, :-1], per_sentence[:, 1:])
    aligned = weight @ windows
    best = windows[:, int(np.argmax(aligned))]
    order = np.sort(best)
    n_weakest = max(1, math.ceil(WEAKEST_SHARE * len(order)))
    heavy = weight >= np.median(weight)
    sums = np.add.reduceat(theirs, starts[:-1], axis=0)
    wide = sums.copy()
    wide[1:] += sums[:-1]
    wide[:-1] += sums[1:]
    their_weight = np.array(
        [heft for first, last in ranges for heft in evidence.weights[first:last]],
        dtype=np.float32,
    )
    at = int(np.argmax(weight @ per_sentence))
    inside = slice(starts[at], starts[at + 1])
    back = cosines[:, inside].max(axis=0)
    heft = their_weight[inside]
    heavy_sums = np.add.reduceat(theirs * their_weight[:, None], starts[:-1], axis=0)
    heavy_claim = _unit((claim_vectors[ours] * weight[:, None]).sum(axis=0, keepdims=True))[0]
    whole_claim = _unit(claim_vectors.sum(axis=0, keepdims=True))[0]
    by_sentence = np.sort(_unit(sums) @ whole_claim)[::-1]
    return {
        "weighted_cosine": float((_unit(heavy_sums) @ heavy_claim).max()),
        "top_cosines": float(by_sentence[:3].mean()),
        "mean_cosine": float(by_sentence.mean()),
        "reverse_alignment": float(back @ heft / (heft.sum() or 1.0)),
        "matched_share": float(weight[best > ALIKE_COSINE].sum()),
        "sentence_alignment": float((weight @ per_sentence).max()),
        "window_alignment": float(aligned.max()),
        "whole_alignment": float(weight @ per_sentence.max(axis=1)),
        "weakest_words": float(order[:n_weakest].mean()),
        "weakest_name": float(best[heavy].min()),
        "sentence_cosine": float((_unit(sums) @ whole_claim).max()),
        "window_cosine": float((_unit(wide) @ whole_claim).max()),
        "whole_cosine": float((_unit(sums.sum(axis=0, keepdims=True)) @ whole_claim)[0]),
    }


def _unit(rows: FloatMatrix) -> FloatMatrix:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    units: FloatMatrix = (rows / np.where(norms == 0.0, 1.0, norms)).astype(np.float32)
    return units


def pool_words(text: ParsedText, spans: npt.NDArray[np.int64], vectors: FloatMatrix) -> FloatMatrix:
    """Return the mean vector of each word's tokens, float32; zero rows for words without any.

    Args:
        text: The text whose words they are.
        spans: int64, shape (n_tokens, 2): code points of each token, ascending.
        vectors: float32, shape (n_tokens, dim).
    """
    n_words = len(text.texts)
    pooled = np.zeros((n_words, vectors.shape[1]), dtype=np.float32)
    if not n_words or not len(spans):
        return pooled
    ends, begins = np.array(text.ends), np.array(text.starts)
    owner = np.searchsorted(ends, spans[:, 0], side="right")
    inside = (owner < n_words) & (spans[:, 1] > spans[:, 0])
    inside[inside] &= begins[owner[inside]] < spans[inside, 1]
    np.add.at(pooled, owner[inside], vectors[inside])
    counts = np.bincount(owner[inside], minlength=n_words).astype(np.float32)
    pooled /= np.maximum(counts, 1.0)[:, None]
    return pooled


MAX_WORDS = 160
MAX_GAP_WORDS = 7
LEAST_COMMON_WORDS = 2
LIST_WORDS = frozenset("and or".split())


@dataclass(frozen=True, slots=True)
class Gap:
    """A place where a claim and a sentence differ between words that they share.

    Attributes:
        ours: First code point in the claim, and one past the last.
        theirs: First code point in the evidence, and one past the last.
    """

    ours: tuple[int, int]
    theirs: tuple[int, int]


def find_gaps(claim: Sequence[Word], sentence: Sequence[Word]) -> Iterator[Gap]:
    """Yield the places between shared words where both texts say something, but not the same.

    Args:
        claim: Words of the claim; the first ``MAX_WORDS`` are compared.
        sentence: Words of an evidence sentence; likewise.
    """
    ours, theirs = claim[:MAX_WORDS], sentence[:MAX_WORDS]
    yield from _find_replaced(ours, theirs)
    yield from _find_exchanged(ours, theirs)


def _find_replaced(ours: Sequence[Word], theirs: Sequence[Word]) -> Iterator[Gap]:
    """Yield words that replace others, but not words that merely moved."""
    stems = [word.stem for word in ours], [word.stem for word in theirs]
    common = {word.stem for word in ours if word.weight} & set(stems[1])
    for what, first, last, other, end in SequenceMatcher(
        None, *stems, autojunk=False
    ).get_opcodes():
        if what != "replace" or max(last - first, end - other) > MAX_GAP_WORDS:
            continue
        if common.isdisjoint(stems[0][first:last]) and common.isdisjoint(stems[1][other:end]):
            yield Gap(
                (ours[first].start, ours[last - 1].end),
                (theirs[other].start, theirs[end - 1].end),
            )


def _find_exchanged(ours: Sequence[Word], theirs: Sequence[Word]) -> Iterator[Gap]:
    """Yield names and figures that changed places, except members of a list."""
    shapes = [_shape(word) for word in ours], [_shape(word) for word in theirs]
    for block in SequenceMatcher(None, *shapes, autojunk=False).get_matching_blocks():
        pairs = list(
            zip(
                ours[block.a : block.a + block.size],
                theirs[block.b : block.b + block.size],
                strict=True,
            )
        )
        common = sum(one.stem == other.stem and one.weight > 0 for one, other in pairs)
        if common < LEAST_COMMON_WORDS:
            continue
        swapped = [i for i, (one, other) in enumerate(pairs) if one.stem != other.stem]
        for place in swapped:
            if not _is_listed(pairs, place, swapped):
                one, other = pairs[place]
                yield Gap((one.start, one.end), (other.start, other.end))


def _is_listed(pairs: Sequence[tuple[Word, Word]], place: int, swapped: Sequence[int]) -> bool:
    """Whether a word only changed places with another one in its list: "Reck and Varga"."""
    stem = pairs[place][0].stem
    for other in swapped:
        if pairs[other][1].stem == stem:
            low, high = sorted((place, other))
            between = [one.text for one, _ in pairs[low + 1 : high]]
            return all(word in LIST_WORDS or word[0].isupper() for word in between)
    return False


def _shape(word: Word) -> str:
    if not word.weight:
        return word.stem
    if word.text[0].isdigit():
        return "#"
    return "@" if word.text[0].isupper() else word.stem
