"""Where a claim says something else in the same place as the sentence nearest to it; pure.

Both are aligned word by word. Names match other names there, and figures other figures, so that
"Reck paid Varga" aligns with "Varga paid Reck" and the exchange of the names is noticed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.verification.parsed_text import Word

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
