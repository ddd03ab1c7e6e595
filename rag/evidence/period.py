"""Whether a sentence speaks of a period, by its own words or by its article's day; pure.

Wednesday's paper tells what happened "on Tuesday", and June's what happened "last month". A
sentence that names days belongs to these; one that names none, to the days that the sentences
before it name, or to the day of its article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from index.language.spoken_days import SpokenDay, find_spoken_days
from index.types import Article, Hit, Sentence
from rag.types import Evidence

SHORT_DAYS = 7
"""In a period no longer than this, a sentence without a day is of the day named before it."""

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days that a question asks about.

    Attributes:
        since: The first, or None.
        until: The last, or None.
    """

    since: date | None
    until: date | None

    def __bool__(self) -> bool:
        """Return whether it has a beginning or an end."""
        return self.since is not None or self.until is not None

    @property
    def is_short(self) -> bool:
        """Whether it is a week or less."""
        if self.since is None or self.until is None:
            return False
        return (self.until - self.since).days < SHORT_DAYS

    def admits(self, article: Article, sentences: Sequence[Sentence], place: int) -> bool:
        """Return whether a sentence speaks of the period.

        Args:
            article: The article.
            sentences: Those of a passage of it.
            place: Which of them.
        """
        own = find_spoken_days(sentences[place].text, article.published)
        if any(map(self._holds, own)):
            return True
        is_of_now = article.published is not None and self._has_day(article.published)
        if own := tuple(day for day in own if not day.is_long):
            return False
        before = next(
            filter(
                None,
                (
                    find_spoken_days(sentence.text, article.published)
                    for sentence in reversed(sentences[:place])
                ),
            ),
            (),
        )
        if before and (self.is_short or not is_of_now):
            return any(map(self._holds, before))
        return is_of_now

    def find_named(self, article: Article, sentences: Sequence[Sentence], place: int) -> int | None:
        """Return the sentence, up to a given one, that names a day of a short period last."""
        if not self.is_short:
            return None
        for before in range(place, -1, -1):
            days = find_spoken_days(sentences[before].text, article.published)
            if days:
                return before if any(map(self._holds, days)) else None
        return None

    def _holds(self, day: SpokenDay) -> bool:
        """Return whether what a sentence names lies in the period, or overlaps it if it is short.

        "In 2025" says nothing about March 2025.
        """
        is_within = (self.since is None or self.since <= day.first) and (
            self.until is None or day.last <= self.until
        )
        overlaps = (self.since is None or self.since <= day.last) and (
            self.until is None or day.first <= self.until
        )
        return is_within or (overlaps and not day.is_long and not self.is_short)

    def _has_day(self, published: date) -> bool:
        """Return whether an article of that day reports the period; the day after, if it is one."""
        until = self.until
        if until is not None and self.since == until:
            until += DAY
        return (self.since is None or self.since <= published) and (
            until is None or published <= until
        )


def keep_hits(hits: Sequence[Hit], period: Period) -> tuple[Hit, ...]:
    """Return the passages that have a sentence about a period, in their order."""
    return tuple(
        hit
        for hit in hits
        if any(
            period.admits(hit.article, hit.passage.sentences, place)
            for place in range(len(hit.passage.sentences))
        )
    )


def unite_hits(found: Sequence[Hit], others: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the passages of one search and then those that only another has.

    Scores of different searches cannot be compared; those of the second follow below the first's.
    """
    known = {(hit.article.article_id, hit.passage.start) for hit in found}
    rest = [hit for hit in others if (hit.article.article_id, hit.passage.start) not in known]
    if not found or not rest:
        return (*found, *rest)
    lowest, highest = found[-1].score, rest[0].score
    return (*found, *(replace(hit, score=lowest + hit.score - highest) for hit in rest))


def keep_evidence(evidence: Sequence[Evidence], period: Period) -> tuple[Evidence, ...]:
    """Return the evidence that is about a period, best first.

    A sentence that names the day counts as much as one after it that is of that day by it alone.
    """
    kept: list[Evidence] = []
    lifted: dict[tuple[str, int], int] = {}
    for item in evidence:
        sentences, article = item.hit.passage.sentences, item.hit.article
        places = [i for i, sentence in enumerate(sentences) if sentence.start == item.start]
        if places and not period.admits(article, sentences, places[0]):
            continue
        named = period.find_named(article, sentences, places[0]) if places else None
        if named is not None and named != places[0]:
            lifted.setdefault((article.article_id, sentences[named].start), len(kept))
        kept.append(item)
    ordered: list[tuple[float, Evidence]] = []
    for place, item in enumerate(kept):
        better = lifted.get((item.hit.article.article_id, item.start), place)
        if better >= place:
            ordered.append((place, item))
            continue
        likely = max(filter(None, (kept[better].likelihood, item.likelihood)), default=None)
        score = max(kept[better].score, item.score)
        # Just before the first sentence that needs it.
        ordered.append((better - 0.5, replace(item, score=score, likelihood=likely)))
    return tuple(item for _, item in sorted(ordered, key=lambda pair: pair[0]))
