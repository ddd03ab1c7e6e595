"""Fingerprints, by which an article's text is recognised, and the comparison of texts; pure.

A text is a sequence of words, regardless of case, accents and punctuation. Two texts are compared
by how much of the shorter one occurs in the longer one, in runs of at least four words: an article
cut to its first half is a copy, a follow-up that repeats the background is not. What is worth
comparing is found by anchors, the MinHash of every sentence: unlike a hash of the whole text, those
of a part are among those of the whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from datasketch import MinHash

HashVector = npt.NDArray[np.uint64]
"""uint64, shape (n,): hashes of words or of runs of words."""

RUN_WORDS = 4
"""Words in a row that count as repeated."""

LEAST_WORDS = 20
"""Shorter texts are copies only if they are equal."""

LEAST_SHARE = 0.8
"""A text is a copy if at least this share of the shorter one's words occurs in the longer one.
This value and those below were measured: ``python -m benchmarks.stories.copies``."""

LEAST_FRAMED_SHARE = 0.6
LEAST_EXPLAINED = 0.85
FRAME_WORDS = 50
"""With a smaller share it is still a copy if what is missing comes before and after what is
repeated, like another lead or another site's furniture: up to that many words are then no news."""

LEAST_LENGTH = 0.2
"""A text shorter than this part of the other is an item of a round-up or a caption."""

FEW_NUMBERS = 4
LEAST_NUMBERS = 0.4
"""Share of the numbers within what is repeated, if there are a few, that must occur in the longer
text: the same form filled in with other figures is another report."""

EDITED_WORDS = 3
"""Words in a row that may differ within what is repeated."""

LEAST_REPEATED = 8
"""Words in a row, such differences included, that are no coincidence."""

MOST_CHARS = 200_000
"""Only the beginning of a longer text, such as a book, is compared."""

MOST_ANCHORS = 1_000

ANCHOR_PERMUTATIONS = 2
LEAST_ANCHOR_WORDS = 8
MOST_ANCHOR_WORDS = 64
_CUT = 16

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?\n\u2026\u061f\u0964\u3002\uff01\uff1f]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
"""Scripts that put no space between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is stored of a text to recognise it.

    Attributes:
        digest: SHA-256 of its words, so that case, spaces and punctuation make no difference;
            of the text itself if it has no words.
        words: Number of words.
        anchors: Numbers below 2^33, ascending and distinct; texts that have a sentence in common
            share some.
    """

    digest: bytes
    words: int
    anchors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How two texts compare.

    Attributes:
        share: Part of the shorter text's words that are repeated in the longer one, in [0, 1].
        framed: The same, with up to ``FRAME_WORDS`` words before the first repeated one and
            after the last counted as repeated.
        length: Words of the shorter text over those of the longer one, in (0, 1].
        numbers: Part of the shorter text's distinct numbers, from its first repeated word to
            its last, that occur in the longer one; 1 if there are fewer than ``FEW_NUMBERS``.
    """

    share: float
    framed: float
    length: float
    numbers: float

    def is_near_copy(
        self,
        *,
        least_share: float = LEAST_SHARE,
        least_framed_share: float = LEAST_FRAMED_SHARE,
    ) -> bool:
        """Return whether one text is a near copy of the other; see the constants."""
        is_repeated = self.share >= least_share or (
            self.share >= least_framed_share and self.framed >= LEAST_EXPLAINED
        )
        return is_repeated and self.length >= LEAST_LENGTH and self.numbers >= LEAST_NUMBERS


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a text, ready to be compared.

    Attributes:
        runs: Hash of the ``RUN_WORDS`` words from each place on.
        words: Number of words.
        numbers: The words that contain a digit, each with its place.
    """

    runs: HashVector
    words: int
    numbers: tuple[tuple[int, str], ...]


def read_words(text: str) -> list[str]:
    """Return the words of a text without case, accents and punctuation.

    In scripts that put no space between words, every two consecutive characters are a word.
    """
    return _split_words(_fold(text))


def read_wording(text: str) -> Wording:
    """Return the words of a text, ready to be compared."""
    words = read_words(text[:MOST_CHARS])
    numbers = ((at, word) for at, word in enumerate(words) if any(map(str.isdecimal, word)))
    return Wording(hash_runs(words), len(words), tuple(numbers))


def fingerprint_text(text: str) -> Fingerprint:
    """Return the fingerprint of a text."""
    folded = _fold(text[:MOST_CHARS])
    sentences = [_split_words(sentence) for sentence in _SENTENCE_END.split(folded)]
    words = [word for sentence in sentences for word in sentence]
    content = text if len(text) > MOST_CHARS else " ".join(words) or text
    digest = sha256(content.encode("utf-8", "surrogatepass")).digest()
    anchors = _find_anchors(sentences) if len(words) >= LEAST_WORDS else set()
    # The lowest ones, so that those that two texts have in common are kept for both.
    return Fingerprint(digest, len(words), tuple(sorted(anchors)[:MOST_ANCHORS]))


def compare_wordings(one: Wording, other: Wording) -> Likeness:
    """Return how two texts compare, in either order."""
    shorter, longer = sorted((one, other), key=lambda w: (w.words, w.runs.tobytes()))
    if shorter.words < LEAST_WORDS:
        return Likeness(0.0, 0.0, 1.0, 1.0)
    length = shorter.words / longer.words
    stretches = _find_repeated(shorter, longer)
    if not stretches:
        return Likeness(0.0, 0.0, length, 1.0)
    repeated = sum(end - start for start, end in stretches)
    first, last = stretches[0][0], stretches[-1][1]
    own = {word for at, word in shorter.numbers if first <= at < last}
    numbers = 1.0
    if len(own) >= FEW_NUMBERS:
        numbers = len(own & {word for _, word in longer.numbers}) / len(own)
    frame = first + shorter.words - last
    return Likeness(
        share=repeated / shorter.words,
        framed=(repeated + min(frame, FRAME_WORDS)) / shorter.words,
        length=length,
        numbers=numbers,
    )


def _find_repeated(shorter: Wording, longer: Wording) -> list[tuple[int, int]]:
    """Return where the shorter text repeats the longer one: (first word, one past the last)."""
    places = np.flatnonzero(np.isin(shorter.runs, longer.runs))
    if not len(places):
        return []
    # A run that begins this far behind the previous one leaves only edited words between them.
    breaks = np.flatnonzero(np.diff(places) > RUN_WORDS + EDITED_WORDS)
    starts = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])] + RUN_WORDS
    found = zip(starts.tolist(), ends.tolist(), strict=True)
    return [(start, end) for start, end in found if end - start >= LEAST_REPEATED]


def hash_runs(words: Sequence[str]) -> HashVector:
    """Return the hash of every run of ``RUN_WORDS`` words; empty if there are fewer words."""
    codes = np.array([crc32(word.encode("utf-8", "surrogatepass")) for word in words], np.uint64)
    n_runs = max(0, len(words) - RUN_WORDS + 1)
    runs = np.zeros(n_runs, dtype=np.uint64)
    for offset in range(RUN_WORDS):
        runs = (runs ^ codes[offset : offset + n_runs]) * np.uint64(0x9E3779B97F4A7C15)
        runs ^= runs >> np.uint64(29)
    return runs


def _find_anchors(sentences: Iterable[list[str]]) -> set[int]:
    """Return the MinHash values of every sentence, each with its permutation's number."""
    sketch = _empty_sketch().copy()
    anchors = set[int]()
    for sentence in sentences:
        for piece in _cut(sentence):
            sketch.clear()
            sketch.update_batch((hash_runs(piece) & np.uint64(0xFFFFFFFF)).tolist())
            for number, value in enumerate(sketch.hashvalues.tolist()):
                anchors.add(value * ANCHOR_PERMUTATIONS + number)
    return anchors


@cache
def _empty_sketch() -> MinHash:
    from datasketch import MinHash  # takes a second, and questions do not need it

    return MinHash(ANCHOR_PERMUTATIONS, seed=1, hashfunc=int, scheme="affine32")


def _fold(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_marks())
    return text.casefold()


def _split_words(folded: str) -> list[str]:
    found: list[str] = _WORD.findall(folded)
    if folded.isascii() or not _UNSPACED.search(folded):
        return found
    return [part for word in found for part in _split_unspaced(word)]


def _cut(words: list[str]) -> Iterator[list[str]]:
    """Yield a sentence, or pieces of a long one, which begin where a word itself decides so.

    A list without punctuation is thus cut at the same words wherever it stands.
    """
    start = 0
    if len(words) > MOST_ANCHOR_WORDS:
        for place, word in enumerate(words):
            is_mark = crc32(word.encode("utf-8", "surrogatepass")) % _CUT == 0
            if is_mark and place - start >= LEAST_ANCHOR_WORDS:
                yield words[start:place]
                start = place
    if len(words) - start >= LEAST_ANCHOR_WORDS:
        yield words[start:]


def _split_unspaced(word: str) -> Iterator[str]:
    end = 0
    for found in _UNSPACED.finditer(word):
        if found.start() > end:
            yield word[end : found.start()]
        run, end = found[0], found.end()
        if len(run) == 1:
            yield run
        for place in range(len(run) - 1):
            yield run[place : place + 2]
    if end < len(word):
        yield word[end:]


@cache
def _marks() -> dict[int, None]:
    """Return a translation table that deletes accents and invisible characters."""
    categories = {"Mn", "Mc", "Me", "Cf"}
    return {
        code: None for code in range(0x80, 0x1F000) if unicodedata.category(chr(code)) in categories
    }
