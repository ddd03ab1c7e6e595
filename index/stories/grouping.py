"""Grouping articles into stories as they come and go.

A new text is compared with those that share enough of its anchors, and a pair of near copies is
stored for good. Which texts form a story follows from the pairs alone, whatever the order in which
articles were added and removed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from index.record.stories import (
    StoredText,
    count_anchors,
    count_ungrouped,
    delete_text,
    find_by_anchor,
    find_missing,
    find_near_copies,
    find_text,
    link_text,
    put_anchors,
    put_near_copies,
    put_story,
    put_text,
    read_full_text,
    read_stored_text,
    unlink_text,
)
from index.stories.facts import differ_in_facts
from index.stories.fingerprints import (
    Fingerprint,
    Wording,
    compare_wordings,
    fingerprint_text,
    read_wording,
)
from index.stories.stories import WHOLE

if TYPE_CHECKING:
    from index.record.database import AnyDatabase
    from index.record.writes import WriteTransaction
    from index.types import Article, Passage

LEAST_ANCHORS = 2
LEAST_ANCHOR_SHARE = 0.2
"""Share of the anchors, of whichever text has fewer, that two texts need in common to be compared.
Near copies share a quarter or more; texts of one outlet share those of its furniture."""

MOST_HOLDERS = 200
"""Texts that are compared because of one anchor, the earliest known first."""

LEAST_LIKENESS = 0.2
"""Share of words that two short copies of a text must have in common, or else they are different
items of a round-up. Each is compared with at most this many others:"""

MOST_COMPARED = 8

_FILL_ROWS = 100


def store_article(
    writer: WriteTransaction,
    article: Article,
    passages: Sequence[Passage],
    *,
    as_before: bool = False,
) -> list[int]:
    """Write an article and group it with its copies; see ``WriteTransaction.put_article``."""
    _ungroup_article(writer, article.article_id)
    article_key, passage_ids = writer.put_article(article, passages, as_before=as_before)
    group_article(writer, article_key, article.text)
    return passage_ids


def delete_article(writer: WriteTransaction, article_id: str) -> bool:
    """Delete an article and take it out of its story; return whether there was one."""
    _ungroup_article(writer, article_id)
    return writer.delete_article(article_id)


def group_article(writer: WriteTransaction, article_key: int, text: str) -> None:
    """Put a new article into a story with its copies, or into one of its own."""
    fingerprint = fingerprint_text(text)
    known = find_text(writer, fingerprint.digest)
    if known is not None:
        link_text(writer, article_key, known)
        return
    key = put_text(writer, fingerprint.digest, fingerprint.words, fingerprint.anchors)
    link_text(writer, article_key, key)
    near = _find_near(writer, fingerprint, text)
    put_anchors(writer, key, fingerprint.anchors)
    put_near_copies(writer, key, near)
    _divide_anew(writer, [key])


def _ungroup_article(writer: WriteTransaction, article_id: str) -> None:
    """Take an article that is about to be deleted out of its story."""
    key = unlink_text(writer, article_id)
    if key is not None:
        near = find_near_copies(writer, key)
        delete_text(writer, key)
        _divide_anew(writer, near)


def group_ungrouped(database: AnyDatabase) -> int:
    """Group the articles that an older program added; return how many there were.

    Each batch is one transaction, so that an interruption loses little; the caller holds the
    write lock, and the record is of the current version.
    """
    with database.reading() as reader:
        filled = 0
        if not count_ungrouped(reader):
            return filled
    last = -1
    while True:
        with database.writing() as writer:
            found = find_missing(writer, after=last, limit=_FILL_ROWS)
            for article_key, text in found:
                group_article(writer, article_key, text)
        filled += len(found)
        if len(found) < _FILL_ROWS:
            return filled
        last = found[-1][0]


def _find_near(writer: WriteTransaction, fingerprint: Fingerprint, text: str) -> list[int]:
    """Return the keys of the texts of which a new one is a near copy, or which are copies of it."""
    shared: Counter[int] = Counter()
    for anchor in fingerprint.anchors:
        shared.update(find_by_anchor(writer, anchor, limit=MOST_HOLDERS))
    found: list[int] = []
    wording: Wording | None = None
    for other, count in shared.items():
        if count < LEAST_ANCHORS:
            continue
        fewer = min(len(fingerprint.anchors), count_anchors(writer, other))
        if count < LEAST_ANCHOR_SHARE * fewer:
            continue
        wording = wording or read_wording(text)
        full = read_full_text(writer, other)
        is_near = compare_wordings(wording, read_wording(full)).is_near_copy()
        if is_near and not differ_in_facts(text, full):
            found.append(other)
    return found


def _divide_anew(writer: WriteTransaction, seeds: Iterable[int]) -> None:
    """Divide all that is connected with some texts into stories, and store the result."""
    near: dict[int, set[int]] = {}
    waiting = list(seeds)
    while waiting:
        key = waiting.pop()
        if key not in near:
            near[key] = set(find_near_copies(writer, key))
            waiting.extend(near[key])
    texts = {key: read_stored_text(writer, key) for key in near}
    for group in _divide(writer, near, texts):
        story_key = min(group)
        put_story(writer, story_key, [k for k in group if texts[k].story_key != story_key])


def _divide(
    writer: WriteTransaction, near: dict[int, set[int]], texts: dict[int, StoredText]
) -> Iterator[list[int]]:
    """Yield the stories that some connected texts form.

    A story is a text and its near copies, never copies of copies: a text that changes step by
    step would end as another story. Its middle is the text with the most near copies.
    """

    def order(key: int) -> tuple[int, bytes]:
        return texts[key].words, texts[key].digest

    left = set(near)
    while left:
        middle = max(left, key=lambda key: (len(near[key] & left), order(key)))
        group = [middle]
        short: list[Wording] = []
        for key in sorted(near[middle] & left, key=order, reverse=True):
            if texts[key].words < WHOLE * texts[middle].words:
                # Two short ones that share nothing are items of a round-up, not its copies.
                wording = read_wording(read_full_text(writer, key))
                if not all(_are_alike(wording, other) for other in short[:MOST_COMPARED]):
                    continue
                short.append(wording)
            group.append(key)
        yield group
        left.difference_update(group)


def _are_alike(one: Wording, other: Wording) -> bool:
    return compare_wordings(one, other).share >= LEAST_LIKENESS
