"""Removing articles and putting them back: what ``Library`` does with ``index.removals``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from index import editions, removals
from index.errors import RemovalNotFoundError
from index.holdings import find_article
from index.types import AddReport, Article, Skip

if TYPE_CHECKING:
    from index.holdings import Holdings

Add = Callable[[Sequence[Article]], AddReport]
"""Adds articles to the same library."""


def remove_articles(
    held: Holdings, article_ids: str | Iterable[str], *, wait_seconds: float
) -> tuple[Article, ...]:
    """Remove articles for good, their earlier versions with them; see ``Library.remove``."""
    ids = _to_ids(article_ids)
    if not ids:
        return ()
    with held.writing(wait_seconds):
        with held.archive.writing() as writer:
            # Unverified, so that a damaged article can be removed too.
            look_up = partial(writer.article, verify=False)
            removed = tuple(find_article(held.path, look_up, name) for name in ids)
            for article_id in ids:
                writer.delete_article(article_id)
                removals.forget_article(writer, article_id)
            editions.forget_orphans(writer)
        held.shelf.publish()
    return removed


def set_articles_aside(
    held: Holdings, article_ids: str | Iterable[str], *, wait_seconds: float
) -> removals.Removal:
    """Remove articles so that they can be put back; see ``Library.set_aside``."""
    ids = _to_ids(article_ids)
    if not ids:
        raise ValueError("no article to remove")
    with held.writing(wait_seconds):
        with held.archive.writing() as writer:
            for article_id in ids:
                find_article(held.path, writer.known, article_id)
            removals.set_aside(writer, ids)
            editions.forget_orphans(writer)
            removal = removals.find_removals(writer)[0]
        held.shelf.publish()
    return removal


def restore_articles(
    held: Holdings, removal_id: int | None, *, add: Add, wait_seconds: float
) -> AddReport:
    """Put articles back that were set aside; see ``Library.restore``.

    Args:
        held: The library.
        removal_id: The removal to undo; the newest when None.
        add: Adds what has to be encoded again.
        wait_seconds: How long to wait for another writer.
    """
    with held.writing(wait_seconds):
        with held.archive.writing() as writer:
            found = [removal.removal_id for removal in removals.find_removals(writer)]
            if not found or (removal_id is not None and removal_id not in found):
                raise RemovalNotFoundError(held.path, removal_id)
            removal_id = found[0] if removal_id is None else removal_id
            done = removals.put_back(writer, removal_id)
        if done.restored or done.superseded:
            held.shelf.publish()
    added = AddReport()
    if done.unencoded:  # rare, and it may take a while: a later repetition finishes it
        added = add(done.unencoded)
        with held.writing(wait_seconds), held.archive.writing() as writer:
            for article_id in added.added + added.unchanged:
                removals.forget_article(writer, article_id, removal_id=removal_id)
    taken = tuple(Skip(name, "another article has taken this id since") for name in done.taken)
    return AddReport(
        added=done.restored + added.added,
        unchanged=added.unchanged,
        skipped=taken + added.skipped,
        passages=added.passages,
        seconds=added.seconds,
        superseded=done.superseded + added.superseded,
    )


def forget_removals(held: Holdings, *, wait_seconds: float) -> int:
    """Delete for good what was set aside; see ``Library.forget_removals``."""
    with held.writing(wait_seconds), held.archive.writing() as writer:
        count = removals.forget_all(writer)
        editions.forget_orphans(writer)
    return count


def _to_ids(article_ids: str | Iterable[str]) -> list[str]:
    return [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
