"""A detail that question and passage share, exchanged in one of them or in both. Pure.

Exchanged in one of them, the passage no longer answers; exchanged in both, it does again. The look
of a question or a passage then says nothing about the label, and memorising a question does not
help: only comparing the two does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.searching.search import query_terms
from rag.evidence.reader import ReaderInput
from training.examples import PassageExample
from training.near_misses import NUMBER, find_names, find_opposite

LEAST_LETTERS = 4
ENDING = 2
WORDS_TRIED = 60

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Swap:
    """A detail and its replacement.

    Attributes:
        old: Word, name or number that question and passage share.
        new: The replacement; in neither of them.
    """

    old: str
    new: str

    def change(self, text: str) -> str:
        """Replace the detail in a text wherever it occurs as a whole word."""
        return self._pattern().sub(self._as_written, text)

    def change_example(self, example: PassageExample) -> PassageExample:
        """Replace the detail in a passage, and shift the passage's offsets to match."""
        item = example.item
        parts: list[str] = []
        moves: list[tuple[int, int]] = []
        at = shift = 0
        for match in self._pattern().finditer(item.text):
            new = self._as_written(match)
            parts += [item.text[at : match.start()], new]
            at = match.end()
            shift += len(new) - len(match.group())
            moves.append((at, shift))
        parts.append(item.text[at:])

        def move(place: int) -> int:
            return place + max(((end, by) for end, by in moves if end <= place), default=(0, 0))[1]

        changed = ReaderInput(
            self.change(item.heading),
            self.change(item.before),
            "".join(parts),
            tuple((move(a), move(b)) for a, b in item.sentences),
        )
        answers = tuple((move(a), move(b)) for a, b in example.answers)
        return replace(example, item=changed, answers=answers)

    def _pattern(self) -> re.Pattern[str]:
        return re.compile(rf"(?<!\w){re.escape(self.old)}(?!\w)", re.IGNORECASE)

    def _as_written(self, match: re.Match[str]) -> str:
        capital = match.group()[:1].isupper()
        return self.new[:1].upper() + self.new[1:] if capital else self.new


def draw_swap(
    question: str, example: PassageExample, others: Sequence[PassageExample], rng: random.Random
) -> Swap | None:
    """Return an exchange of a detail that a question shares with the passage that answers it.

    The replacement is of the same kind: another name or number, a word with the same ending, or the
    opposite word. It usually comes from other passages, so that it fits the topic.

    Args:
        question: Answered by the passage.
        example: The passage; details that are part of the answer stay.
        others: Passages that replacements are taken from.
        rng: Source of randomness.
    """
    text = f"{example.item.heading} {example.item.before} {example.item.text}"
    answers = [example.item.text[a:b].casefold() for a, b in example.answers]
    foreign = " ".join(p.item.text for p in rng.sample(list(others), min(len(others), 2)))
    known = f"{question} {text}".casefold()

    def is_new(word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", known) is None

    details = _shared_details(question, text, answers)
    rng.shuffle(details)
    for kind, old in details:
        if kind == "name":
            found = [n for n in find_names(foreign) if is_new(n)]
        elif kind == "number":
            found = [n for n in NUMBER.findall(foreign) if len(n) == len(old) and is_new(n)]
            found += [made for made in [_other_number(old, rng)] if is_new(made)]
        else:
            opposite = find_opposite(old, rng)
            found = [opposite] if opposite and is_new(opposite) else []
            words = _WORD.findall(foreign)
            found += [
                word
                for word in rng.sample(words, min(len(words), WORDS_TRIED))
                if word.islower()
                and len(word) >= LEAST_LETTERS
                and word[-ENDING:] == old[-ENDING:].casefold()
                and is_new(word)
            ][:2]
        if found:
            return Swap(old, str(rng.choice(found)))
    return None


def _shared_details(question: str, text: str, answers: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names, numbers and words of a question that its passage has, by kind."""
    folded = text.casefold()

    def is_shared(words: str) -> bool:
        low = words.casefold()
        inside = re.search(rf"(?<!\w){re.escape(low)}(?!\w)", folded) is not None
        return inside and not any(low in answer or answer in low for answer in answers)

    names = [name for name in find_names(question) if is_shared(name)]
    numbers = [str(number) for number in NUMBER.findall(question) if is_shared(str(number))]
    named = " ".join(names).casefold()
    words = [
        word
        for word in query_terms(question)
        if len(word) >= LEAST_LETTERS and word.isalpha() and word not in named and is_shared(word)
    ]
    return [
        *(("name", name) for name in names),
        *(("number", number) for number in numbers),
        *(("word", word) for word in words),
    ]


def _other_number(number: str, rng: random.Random) -> str:
    places = [i for i, digit in enumerate(number) if digit.isdigit()]
    place = rng.choice(places[-2:])
    digit = rng.choice([d for d in "123456789" if d != number[place]])
    return number[:place] + digit + number[place + 1 :]
