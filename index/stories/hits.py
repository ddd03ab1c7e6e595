"""Hits of one story: which of its articles is shown for a passage, and who else prints it.

Several copies of a story are one hit. It names the article that the story is shown by, unless
the passage says something that this one lacks; the others stand with it as copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.record.rows import PassagePlace
from index.stories.fingerprints import find_figures, shingle
from index.stories.lookup import StoryRow, choose_fullest, choose_shown, find_versions
from index.types import Copy, Filter, FloatVector, Hit, Passage, Sentence

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.types import Article

LEAST_WORDS = 6
"""A shorter sentence, such as a line that asks for subscribers, is not missed in another copy."""

SENTENCE_OVERLAP = 0.4
"""Share of a sentence's word 4-grams that a text of its story must hold to print it; its figures
it must hold all."""

MOST_COPIES = 30
"""Articles of a story that are looked at for who else prints a passage, the earliest first."""

_Shingles = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class _Text:
    """An article of a story with its passages, read when it is needed."""

    reader: ReadTransaction
    version: StoryRow

    @cached_property
    def article(self) -> Article:
        _, article = next(self.reader.articles_by_key([self.version.article_key]))
        return article

    @cached_property
    def passages(self) -> list[tuple[PassagePlace, Passage]]:
        rows = self.reader.connection.execute(
            "SELECT passage_id, article_key, start, end FROM passages WHERE article_key = ?"
            " ORDER BY ordinal",
            (self.version.article_key,),
        ).fetchall()
        places = [PassagePlace(*row) for row in rows]
        return [(place, self.reader.passage(place, self.article.text)) for place in places]

    @cached_property
    def shingles(self) -> list[_Shingles]:
        """Those of each passage; a short sentence is one of its own."""
        return [
            shingle(passage.text).union(*(shingle(s.text) for s in passage.sentences))
            for _, passage in self.passages
        ]

    @cached_property
    def figures(self) -> list[frozenset[str]]:
        """The words of each passage that hold a digit."""
        return [find_figures(passage.text) for _, passage in self.passages]

    def find(self, sentences: Sequence[Sentence]) -> dict[int, set[int]]:
        """Return which sentences, by their starts, each passage prints; none for the others."""
        found: dict[int, set[int]] = {}
        for sentence in sentences:
            own, figures = shingle(sentence.text), find_figures(sentence.text)
            for number, known in enumerate(self.shingles):
                is_printed = own and len(own & known) >= SENTENCE_OVERLAP * len(own)
                if is_printed and figures <= self.figures[number]:
                    found.setdefault(number, set()).add(sentence.start)
        return found


@dataclass(frozen=True)
class _StoryTexts:
    """The articles of one story, each read at most once."""

    versions: Sequence[StoryRow]
    texts: Mapping[int, _Text]

    @cached_property
    def shown(self) -> StoryRow:
        return choose_shown(self.versions)

    def preferred(self) -> Iterator[_Text]:
        """Yield what a passage is cited from if it is there: the shown one, the fullest."""
        for key in dict.fromkeys(
            version.article_key for version in (self.shown, choose_fullest(self.versions))
        ):
            yield self.texts[key]


class StoryHits:
    """Settles the hits of one search.

    Args:
        reader: One state of the record.
        encoder_id: The active encoder.
        vector: The question's, float32, shape (dim,).
        only: What articles must satisfy.
    """

    def __init__(
        self, reader: ReadTransaction, encoder_id: int, vector: FloatVector, only: Filter
    ) -> None:
        self._reader = reader
        self._encoder_id = encoder_id
        self._vector = vector
        self._only = only
        self._stories: dict[int, _StoryTexts | None] = {}
        self._by_shown: dict[str, _StoryTexts] = {}

    def settle(self, hits: Sequence[tuple[int, Hit]]) -> list[Hit]:
        """Return hits each of which is of the article that is to be cited, each passage once.

        Args:
            hits: Best first, each with the key of its article.
        """
        self._read_stories(key for key, _ in hits)
        settled: dict[tuple[str, int], Hit] = {}
        for key, hit in hits:
            story = self._stories[key]
            found = [hit] if story is None else self._restate(hit, key, story)
            for one in found:
                place = (one.article.article_id, one.passage.start)
                settled[place] = _merge(settled[place], one) if place in settled else one
        return list(settled.values())

    def complete(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield settled hits with the other articles of their story that print what they say."""
        for hit in hits:
            story = self._by_shown.get(hit.story)
            yield hit if story is None else _add_copies(hit, story)

    def _read_stories(self, article_keys: Iterable[int]) -> None:
        """Look up the stories of articles that were not looked up before."""
        fresh = [key for key in dict.fromkeys(article_keys) if key not in self._stories]
        self._stories.update(dict.fromkeys(fresh))
        for key, versions in find_versions(self._reader, fresh, self._only).items():
            if self._stories[key] is None:
                texts = {v.article_key: _Text(self._reader, v) for v in versions}
                story = _StoryTexts(versions, texts)
                known = {other: story for other in texts if other in self._stories}
                self._stories.update(known)
                self._by_shown[story.shown.article_id] = story

    def _restate(self, hit: Hit, key: int, story: _StoryTexts) -> list[Hit]:
        """Return a hit as the passages of the article that its story is shown by.

        Where no preferred article prints all that the hit says, it stays and follows those that
        print a part of it.
        """
        said = [s for s in hit.passage.sentences if _says_something(s)] or hit.passage.sentences
        starts = {sentence.start for sentence in said}
        restated: list[Hit] = []
        for text in story.preferred():
            if text.version.article_key == key:
                break
            printed = text.find(said)
            if set().union(*printed.values()) == starts:
                return self._move(hit, text, printed, story)
            if printed and not restated:
                restated = self._move(hit, text, printed, story)
        return [*restated, replace(hit, story=story.shown.article_id)]

    def _move(
        self, hit: Hit, text: _Text, printed: Mapping[int, set[int]], story: _StoryTexts
    ) -> list[Hit]:
        """Return hits of the fewest passages that print what a hit says, the fullest first."""
        left = set().union(*printed.values())
        chosen: list[int] = []
        while left:
            number = max(sorted(printed), key=lambda n: len(printed[n] & left))
            chosen.append(number)
            left -= printed[number]
        places = [text.passages[number][0] for number in chosen]
        ids = np.array([place.passage_id for place in places], dtype=np.int64)
        dense, sentences = self._reader.vectors(self._encoder_id, len(self._vector), ids)
        hits = []
        for row, number in enumerate(chosen):
            cosines = sentences[row] @ self._vector
            hits.append(
                replace(
                    hit,
                    article=text.article,
                    passage=text.passages[number][1],
                    dense=float(dense[row] @ self._vector),
                    best_sentence=float(cosines.max(initial=-1.0)),
                    sentence_cosines=tuple(cosines.tolist()),
                    story=story.shown.article_id,
                )
            )
        return hits


def _add_copies(hit: Hit, story: _StoryTexts) -> Hit:
    """Return a hit with the other articles of its story that print some of its sentences."""
    said = hit.passage.sentences
    copies = []
    for version in story.versions[:MOST_COPIES]:
        text = story.texts[version.article_key]
        printed = {} if version.article_id == hit.article.article_id else text.find(said)
        if printed:
            copies.append(_to_copy(text, printed, len(said)))
    told = {version.article_id for version in story.versions}
    others = [copy for copy in hit.copies if copy.article_id not in told]
    return replace(hit, copies=(*copies, *others))


def _says_something(sentence: Sentence) -> bool:
    return not sentence.is_heading and len(sentence.text.split()) >= LEAST_WORDS


def _to_copy(text: _Text, printed: Mapping[int, set[int]], n_sentences: int) -> Copy:
    best = max(sorted(printed), key=lambda number: len(printed[number]))
    passage, starts = text.passages[best][1], set[int]().union(*printed.values())
    version = text.version
    return Copy(
        version.article_id,
        version.title,
        version.outlet,
        version.published,
        passage.start,
        passage.end,
        sentences=None if len(starts) == n_sentences else tuple(sorted(starts)),
    )


def _merge(hit: Hit, other: Hit) -> Hit:
    """Return the first of two hits of one passage with what was folded into either."""
    known = {hit.article.article_id, *(copy.article_id for copy in hit.copies)}
    added = [copy for copy in other.copies if copy.article_id not in known]
    return replace(hit, copies=(*hit.copies, *added))
