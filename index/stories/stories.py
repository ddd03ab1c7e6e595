"""Stories: articles that are exact or near copies of one text, and the hits of one story.

``index.stories.grouping`` decides which articles form a story. Their metadata has no part in that:
it only decides which article of a story is the earliest.

Several copies of a story make one hit. It names the article that stands for the story, unless the
passage says something that this article lacks; the others are listed with it as copies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from index.record.stories import (
    StoryArticle,
    find_shared_stories,
    find_story_key,
    has_stories,
    read_story,
)
from index.types import Copy, Filter, FloatVector, Hit, Passage, Sentence

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction
    from index.record.rows import PassagePlace
    from index.types import Article

WHOLE = 0.6
"""A text with a smaller share of the fullest one's words is not cited for the story."""


LEAST_WORDS = 6
"""A shorter sentence, such as an appeal to subscribe, may be missing from another copy."""

SENTENCE_OVERLAP = 0.4
"""A text prints a sentence if it has this share of the sentence's word 4-grams and all of its
figures."""

MOST_COPIES = 30
"""Articles of a story that are searched for a passage printed by others, the earliest first."""

_Shingles = frozenset[tuple[str, ...]]
_WORD = re.compile(r"\w+")
SHINGLE_WORDS = 4

_FIGURE = re.compile(r"\b[^\W\d]*+\d\w*", re.UNICODE)

_DATELINE = re.compile(r"[^\W\d_][^\n—–]{0,80}?\s[—–-]{1,2}\s")


class CopyKind(StrEnum):
    """How an article's text compares with that of the one that stands for its story."""

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class StoryMember:
    """One article of a story.

    Attributes:
        article_id: Its id.
        title: Its title.
        outlet: Its outlet; empty if unknown.
        published: Its date, or None.
        words: Words of its text.
        kind: ``exact`` if it is the article that is shown or has the same words; else ``near``.
    """

    article_id: str
    title: str
    outlet: str
    published: date | None
    words: int
    kind: CopyKind


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that are copies of one another.

    Attributes:
        members: Two or more, the earliest first, undated ones last.
        shown: The one that stands for all: the earliest, or the fullest if the earliest is
            undated or has less than three fifths of its words.
        fullest: The one with the most words; of several such, the earliest.
    """

    members: tuple[StoryMember, ...]
    shown: StoryMember
    fullest: StoryMember

    @property
    def earliest(self) -> StoryMember:
        """The one that was published first, as far as dates are known."""
        return self.members[0]


def find_story(reader: ReadTransaction, article_id: str) -> Story | None:
    """Return the story of an article; None if no other article is a copy of it."""
    article_key = reader.article_key(article_id)
    if article_key is None or not has_stories(reader):
        return None
    story_key = find_story_key(reader, article_key)
    articles = [] if story_key is None else _read_articles(reader, story_key)
    return _to_story(articles) if len(articles) > 1 else None


def find_stories(reader: ReadTransaction) -> tuple[Story, ...]:
    """Return all stories of two articles or more, the one with the latest news first."""
    if not has_stories(reader):
        return ()
    stories = [_to_story(_read_articles(reader, key)) for key in find_shared_stories(reader)]
    return tuple(
        sorted(stories, key=lambda s: s.shown.published or date.min, reverse=True),
    )


def _choose_shown(articles: Sequence[StoryArticle]) -> StoryArticle:
    """Return the article that stands for a story: the earliest, or else the fullest.

    Args:
        articles: The earliest first; at least one.
    """
    fullest = _choose_fullest(articles)
    first = articles[0]
    is_whole = first.published is not None and first.words >= WHOLE * fullest.words
    return first if is_whole else fullest


def _choose_fullest(articles: Sequence[StoryArticle]) -> StoryArticle:
    """Return the article with the most words; of several such, the earliest."""
    return max(articles, key=lambda article: article.words)


def _to_story(articles: Sequence[StoryArticle]) -> Story:
    shown, fullest = _choose_shown(articles), _choose_fullest(articles)
    members = {
        article.article_key: StoryMember(
            article.article_id,
            article.title,
            article.outlet,
            article.published,
            article.words,
            CopyKind.EXACT if article.text_key == shown.text_key else CopyKind.NEAR,
        )
        for article in articles
    }
    return Story(tuple(members.values()), members[shown.article_key], members[fullest.article_key])


def _read_articles(
    reader: ReadTransaction, story_key: int, only: Filter | None = None
) -> list[StoryArticle]:
    """Return the articles of a story that pass a filter, the earliest first."""
    return sorted(read_story(reader, story_key, only or Filter()), key=_order)


def _order(article: StoryArticle) -> tuple[date, datetime, int, int]:
    return (
        article.published or date.max,
        _latest_moment(article.published, article.published_at),
        -article.words,
        article.article_key,
    )


def _latest_moment(day: date | None, moment: datetime | None) -> datetime:
    """Return the latest possible moment of publication, comparable with all others."""
    if moment is None:
        return datetime.combine(day or date.max, time.max, UTC)
    # A moment without a zone is taken as UTC, which is wrong by hours at most.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


@dataclass(frozen=True)
class _Text:
    """An article of a story with its passages, read on demand."""

    reader: ReadTransaction
    row: StoryArticle

    @cached_property
    def article(self) -> Article:
        _, article = next(self.reader.articles_by_key([self.row.article_key]))
        return article

    @cached_property
    def passages(self) -> list[tuple[PassagePlace, Passage]]:
        places = self.reader.places_in(self.row.article_key)
        return [(place, self.reader.passage(place, self.article.text)) for place in places]

    @cached_property
    def shingles(self) -> list[_Shingles]:
        """The word n-grams of each passage and of its sentences."""
        return [
            shingle(passage.text).union(*(shingle(s.text) for s in passage.sentences))
            for _, passage in self.passages
        ]

    @cached_property
    def figures(self) -> list[frozenset[str]]:
        """The words of each passage that contain a digit."""
        return [find_figures(passage.text) for _, passage in self.passages]

    def find(self, sentences: Sequence[Sentence]) -> dict[int, set[int]]:
        """Return the starts of the sentences that a passage prints, by its number, if any."""
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

    articles: Sequence[StoryArticle]
    texts: Mapping[int, _Text]

    @cached_property
    def shown(self) -> StoryArticle:
        return _choose_shown(self.articles)

    def preferred(self) -> Iterator[_Text]:
        """Yield the articles from which to cite a passage if possible: the shown, the fullest."""
        for key in dict.fromkeys(
            article.article_key for article in (self.shown, _choose_fullest(self.articles))
        ):
            yield self.texts[key]


class StoryHits:
    """Merges the hits of one search that belong to one story.

    Args:
        reader: One state of the record.
        encoder_id: The active encoder.
        vector: The question's vector, float32, shape (dim,).
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

    def merge_copies(self, hits: Sequence[tuple[int, Hit]]) -> list[Hit]:
        """Return hits from the articles that are to be cited, each passage once.

        Args:
            hits: Best first, each with the key of its article.
        """
        self._read_stories(key for key, _ in hits)
        merged: dict[tuple[str, int], Hit] = {}
        for key, hit in hits:
            story = self._stories[key]
            found = [hit] if story is None else self._restate(hit, key, story)
            for one in found:
                place = (one.article.article_id, one.passage.start)
                merged[place] = _merge(merged[place], one) if place in merged else one
        return list(merged.values())

    def add_copies(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """Yield merged hits with the other articles of their story that print what they say."""
        for hit in hits:
            story = self._by_shown.get(hit.story)
            yield hit if story is None else _add_copies(hit, story)

    def _read_stories(self, article_keys: Iterable[int]) -> None:
        """Look up the stories of articles that have not been looked up before."""
        fresh = [key for key in dict.fromkeys(article_keys) if key not in self._stories]
        self._stories.update(dict.fromkeys(fresh))
        for key in fresh if has_stories(self._reader) else ():
            story_key = find_story_key(self._reader, key)
            if self._stories[key] is not None or story_key is None:
                continue
            articles = _read_articles(self._reader, story_key, self._only)
            if len(articles) > 1:
                texts = {a.article_key: _Text(self._reader, a) for a in articles}
                story = _StoryTexts(articles, texts)
                known = {other: story for other in texts if other in self._stories}
                self._stories.update(known)
                self._by_shown[story.shown.article_id] = story

    def _restate(self, hit: Hit, key: int, story: _StoryTexts) -> list[Hit]:
        """Return a hit as passages of the article that its story is shown by.

        If no preferred article prints all that the hit says, the hit stays, after those that
        print a part of it.
        """
        said = [s for s in hit.passage.sentences if _says_something(s)] or hit.passage.sentences
        starts = {sentence.start for sentence in said}
        restated: list[Hit] = []
        for text in story.preferred():
            if text.row.article_key == key:
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
        """Return the fewest passages that print what a hit says, as hits, the fullest first."""
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
    for article in story.articles[:MOST_COPIES]:
        text = story.texts[article.article_key]
        printed = {} if article.article_id == hit.article.article_id else text.find(said)
        if printed:
            copies.append(_to_copy(text, printed, len(said)))
    members = {article.article_id for article in story.articles}
    others = [copy for copy in hit.copies if copy.article_id not in members]
    return replace(hit, copies=(*copies, *others))


def _says_something(sentence: Sentence) -> bool:
    return not sentence.is_heading and len(sentence.text.split()) >= LEAST_WORDS


def _to_copy(text: _Text, printed: Mapping[int, set[int]], n_sentences: int) -> Copy:
    best = max(sorted(printed), key=lambda number: len(printed[number]))
    passage, starts = text.passages[best][1], set[int]().union(*printed.values())
    article = text.row
    return Copy(
        article.article_id,
        article.title,
        article.outlet,
        article.published,
        passage.start,
        passage.end,
        sentences=None if len(starts) == n_sentences else tuple(sorted(starts)),
    )


def _merge(hit: Hit, other: Hit) -> Hit:
    """Return the first of two hits on one passage, with what was folded into either."""
    known = {hit.article.article_id, *(copy.article_id for copy in hit.copies)}
    added = [copy for copy in other.copies if copy.article_id not in known]
    return replace(hit, copies=(*hit.copies, *added))


def shingle(text: str) -> frozenset[tuple[str, ...]]:
    """Return the word n-grams of a text, case-folded; a short text is one n-gram."""
    words = _WORD.findall(text.casefold())
    if len(words) <= SHINGLE_WORDS:
        return frozenset({tuple(words)}) if words else frozenset()
    return frozenset(
        tuple(words[i : i + SHINGLE_WORDS]) for i in range(len(words) - SHINGLE_WORDS + 1)
    )


def find_figures(text: str) -> frozenset[str]:
    """Return the words that contain a digit, except those of a dateline at the start."""
    dateline = _DATELINE.match(text)
    body = text[dateline.end() :] if dateline else text
    return frozenset(_FIGURE.findall(body.casefold()))
