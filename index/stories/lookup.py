"""Articles that tell the same story: copies of one text, exact and near ones.

Every text has one fingerprint, however many articles print it, and every fingerprint belongs to
one story; ``index.stories.grouping`` decides to which. Metadata has no part in that: it only says
which article of a story is the earliest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from index.record.reads import filter_to_sql
from index.record.rows import read_date, read_moment
from index.types import Filter

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction

WHOLE = 0.6
"""A text with a smaller part of the words of the fullest one is not what a story is cited from."""


class Kinship(StrEnum):
    """How an article's text compares with the one that its story is shown by."""

    EXACT = "exact"
    NEAR = "near"


@dataclass(frozen=True, slots=True)
class Member:
    """One article of a story.

    Attributes:
        article_id: Its id.
        title: Its title.
        outlet: Its outlet; empty where unknown.
        published: Its date, or None.
        words: Words of its text.
        kind: ``exact`` if its words are those of the article that is shown, which is so for
            that one itself; else ``near``.
    """

    article_id: str
    title: str
    outlet: str
    published: date | None
    words: int
    kind: Kinship


@dataclass(frozen=True, slots=True)
class Story:
    """Articles that are copies of one another.

    Attributes:
        members: Two or more, the earliest first, undated ones last.
        shown: The one that stands for all: the earliest, or the fullest where that is undated
            or has less than three fifths of its words.
        fullest: The one with the most words; the earliest of several.
    """

    members: tuple[Member, ...]
    shown: Member
    fullest: Member

    @property
    def earliest(self) -> Member:
        """The one that was published first, as far as dates are known."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One article of a story, by the record's own keys.

    Attributes:
        article_key: The article.
        article_id: Its id.
        title: Its title.
        outlet: Its outlet.
        published: Its date, or None.
        moment: Date and time of publication for comparisons, as far as they are known.
        words: Words of its text.
        fingerprint_key: Its text.
    """

    article_key: int
    article_id: str
    title: str
    outlet: str
    published: date | None
    moment: datetime
    words: int
    fingerprint_key: int


def count_missing(reader: ReadTransaction) -> int:
    """Return how many articles have no place among the stories yet."""
    count = "SELECT count(*) FROM articles"
    if has_stories(reader):
        count = f"SELECT ({count}) - (SELECT count(*) FROM fingerprinted)"  # noqa: S608 - literals
    missing: int = reader.connection.execute(count).fetchone()[0]
    return missing


def has_stories(reader: ReadTransaction) -> bool:
    """Return whether the record is of a version that groups articles."""
    return reader.has_table("fingerprints")


def find_told(reader: ReadTransaction, article_ids: Sequence[str]) -> tuple[str, ...]:
    """Return those of some articles whose story another article tells too, in their order."""
    return tuple(
        article_id
        for article_id in article_ids
        if reader.connection.execute(
            "SELECT 1 FROM articles a JOIN fingerprinted f USING (article_key)"
            " JOIN fingerprints p USING (fingerprint_key)"
            " JOIN fingerprints q USING (story_key)"
            " JOIN fingerprinted g ON g.fingerprint_key = q.fingerprint_key"
            " WHERE a.article_id = ? AND g.article_key != f.article_key LIMIT 1",
            (article_id,),
        ).fetchone()
    )


def find_story(reader: ReadTransaction, article_id: str) -> Story | None:
    """Return the story of an article; None where it is the only one that tells it."""
    if not has_stories(reader):
        return None
    row = reader.connection.execute(
        "SELECT story_key FROM articles JOIN fingerprinted USING (article_key)"
        " JOIN fingerprints USING (fingerprint_key) WHERE article_id = ?",
        (article_id,),
    ).fetchone()
    versions = [] if row is None else read_versions(reader, row[0])
    return to_story(versions) if len(versions) > 1 else None


def find_stories(reader: ReadTransaction) -> tuple[Story, ...]:
    """Return all stories of two articles or more, the one with the latest news first."""
    if not has_stories(reader):
        return ()
    rows = reader.connection.execute(
        "SELECT story_key FROM fingerprints JOIN fingerprinted USING (fingerprint_key)"
        " GROUP BY story_key HAVING count(*) > 1"
    ).fetchall()
    stories = [to_story(read_versions(reader, row[0])) for row in rows]
    return tuple(
        sorted(stories, key=lambda s: s.shown.published or date.min, reverse=True),
    )


def find_versions(
    reader: ReadTransaction, article_keys: Iterable[int], only: Filter
) -> dict[int, list[StoryRow]]:
    """Return for some articles the versions of their story, the earliest first.

    Args:
        reader: One state of the record.
        article_keys: Articles.
        only: What versions must satisfy.

    Returns:
        Keys of those articles whose story has another article that passes.
    """
    if not has_stories(reader):
        return {}
    known: dict[int, list[StoryRow]] = {}
    found: dict[int, list[StoryRow]] = {}
    for key in article_keys:
        row = reader.connection.execute(
            "SELECT story_key FROM fingerprinted JOIN fingerprints USING (fingerprint_key)"
            " WHERE article_key = ?",
            (key,),
        ).fetchone()
        if row is None:
            continue
        if row[0] not in known:
            known[row[0]] = read_versions(reader, row[0], only)
        if len(known[row[0]]) > 1:
            found[key] = known[row[0]]
    return found


def read_versions(
    reader: ReadTransaction, story_key: int, only: Filter | None = None
) -> list[StoryRow]:
    """Return the articles of a story that pass a filter, the earliest first."""
    where, values = filter_to_sql(only or Filter())
    rows = reader.connection.execute(
        "SELECT a.article_key, a.article_id, a.title, a.outlet, a.published, a.published_at,"  # noqa: S608
        " p.words, p.fingerprint_key FROM fingerprints p"
        " JOIN fingerprinted USING (fingerprint_key) JOIN articles a USING (article_key)"
        f" WHERE p.story_key = ? AND {where}",
        (story_key, *values),
    )
    return sorted((_to_version(row) for row in rows), key=_order)


def choose_shown(versions: Sequence[StoryRow]) -> StoryRow:
    """Return the version that a story is cited from: the earliest, or else the fullest.

    Args:
        versions: The earliest first; at least one.
    """
    fullest = choose_fullest(versions)
    first = versions[0]
    is_whole = first.published is not None and first.words >= WHOLE * fullest.words
    return first if is_whole else fullest


def choose_fullest(versions: Sequence[StoryRow]) -> StoryRow:
    """Return the version with the most words, the earliest of several."""
    return max(versions, key=lambda version: version.words)


def to_story(versions: Sequence[StoryRow]) -> Story:
    """Return a story in the words of users.

    Args:
        versions: The earliest first; at least one.
    """
    shown, fullest = choose_shown(versions), choose_fullest(versions)
    members = {
        version.article_key: Member(
            version.article_id,
            version.title,
            version.outlet,
            version.published,
            version.words,
            Kinship.EXACT if version.fingerprint_key == shown.fingerprint_key else Kinship.NEAR,
        )
        for version in versions
    }
    return Story(tuple(members.values()), members[shown.article_key], members[fullest.article_key])


def _to_version(row: Sequence[Any]) -> StoryRow:
    key, article_id, title, outlet, published, published_at, words, fingerprint_key = row
    day, moment = read_date(published), read_moment(published_at)
    latest = _at_latest(day, moment)
    return StoryRow(key, article_id, title, outlet, day, latest, words, fingerprint_key)


def _at_latest(day: date | None, moment: datetime | None) -> datetime:
    """Return when something was published, at the latest; comparable with all others."""
    if moment is None:
        return datetime.combine(day or date.max, time.max, UTC)
    # Without a zone it is taken as universal time, which is wrong by hours at most.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _order(version: StoryRow) -> tuple[date, datetime, int, int]:
    return version.published or date.max, version.moment, -version.words, version.article_key
