"""Removing articles, and putting them back with their passages and vectors.

A removal that can be undone sets aside what it removed, so that undoing it encodes nothing again
and no search sees it. Only the newest removals are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from index.curation.versions import Duplicate, Earlier, settle_version
from index.errors import RemovalNotFoundError
from index.open_library import find_article
from index.record.removals import (
    Removal,
    copy_from_removal,
    copy_to_removal,
    delete_all_removals,
    delete_removals_before,
    delete_removed_article,
    find_removals,
    find_removed_articles,
    has_active_vectors,
    put_removal,
)
from index.record.versions import delete_orphans
from index.stories.grouping import delete_article, group_article
from index.types import AddReport, Article, Skip

if TYPE_CHECKING:
    from index.open_library import OpenLibrary
    from index.record.writes import WriteTransaction

MAX_REMOVALS = 20
"""Removals that can be undone; older ones are deleted for good."""

BATCH_ARTICLES = 500
"""Articles that are removed in one transaction, between which others may write."""

_PATIENCE_SECONDS = 600.0  # what has been begun is not given up because another writer takes long


@dataclass(frozen=True, slots=True)
class Restoration:
    """The result of undoing a removal.

    Attributes:
        restored: Ids of the articles that are back.
        taken: Ids that another article has since taken, or of articles that have since been added
            under another id; these stay removed.
        unencoded: Articles whose vectors another encoder made, and which must be added again.
        superseded: Pairs as in ``AddReport``, if there are other versions by now.
    """

    restored: tuple[str, ...]
    taken: tuple[str, ...]
    unencoded: tuple[Article, ...]
    superseded: tuple[tuple[str, str], ...] = ()


def _put_back(writer: WriteTransaction, removal_id: int) -> Restoration:
    """Move the articles of a removal back into the library, as and where they were."""
    restored: list[str] = []
    taken: list[str] = []
    unencoded: list[Article] = []
    superseded: list[tuple[str, str]] = []
    for article in find_removed_articles(writer, removal_id):
        name = article.article_id
        if writer.article_state(name) is not None:
            taken.append(name)
            continue
        if not has_active_vectors(writer, removal_id, name):
            unencoded.append(article)
            continue
        outcome = settle_version(writer, article)
        if isinstance(outcome, Duplicate):
            taken.append(name)
            continue
        if isinstance(outcome, Earlier):
            superseded.append((name, outcome.latest_id))
        else:
            if outcome.former_id:
                superseded.append((outcome.former_id, name))
            key = copy_from_removal(writer, removal_id, name)
            group_article(writer, key, article.text)
        restored.append(name)
    for name in restored:
        delete_removed_article(writer, name, removal_id=removal_id)
    earlier = {name for name, _ in superseded}
    return Restoration(
        tuple(name for name in restored if name not in earlier),
        tuple(taken),
        tuple(unencoded),
        tuple(superseded),
    )


Add = Callable[[Sequence[Article]], AddReport]
"""Adds articles to the same library."""


def delete_articles(
    library: OpenLibrary, article_ids: str | Iterable[str], *, wait_seconds: float
) -> tuple[Article, ...]:
    """Delete articles for good, with their earlier versions; see ``Library.delete``."""
    ids = _to_ids(article_ids)
    if not ids:
        return ()
    with library.writing(wait_seconds):
        with library.database.writing() as writer:
            # Unverified, so that a damaged article can be removed too.
            look_up = partial(writer.article, verify=False)
            removed = tuple(find_article(library.path, look_up, name) for name in ids)
            for article_id in ids:
                delete_article(writer, article_id)
                delete_removed_article(writer, article_id)
            delete_orphans(writer)
        library.publish()
    return removed


def remove_articles(
    library: OpenLibrary, article_ids: str | Iterable[str], *, wait_seconds: float
) -> Removal:
    """Remove articles so that they can be put back; see ``Library.remove``."""
    ids = _to_ids(article_ids)
    if not ids:
        raise ValueError("no article to remove")
    removal_id = 0
    found: Sequence[Removal] = ()
    for first in range(0, len(ids), BATCH_ARTICLES):
        if removal_id:
            wait_seconds = max(wait_seconds, _PATIENCE_SECONDS)
        with library.writing(wait_seconds):
            with library.database.writing() as writer:
                if not removal_id:
                    for article_id in ids:
                        find_article(library.path, writer.article_state, article_id)
                known = {removal.removal_id for removal in find_removals(writer)}
                if removal_id not in known:  # at first, or if somebody undid it meanwhile
                    removal_id = put_removal(writer)
                    delete_removals_before(writer, removal_id - MAX_REMOVALS + 1)
                for article_id in ids[first : first + BATCH_ARTICLES]:
                    if writer.article_key(article_id) is not None:  # nobody removed it meanwhile
                        copy_to_removal(writer, removal_id, article_id)
                        delete_article(writer, article_id)
                delete_orphans(writer)
                found = find_removals(writer)
            if first + BATCH_ARTICLES >= len(ids):
                library.publish()
    return next(removal for removal in found if removal.removal_id == removal_id)


def restore_articles(
    library: OpenLibrary, removal_id: int | None, *, add: Add, wait_seconds: float
) -> AddReport:
    """Put removed articles back, adding what must be encoded again; see ``Library.restore``."""
    with library.writing(wait_seconds):
        with library.database.writing() as writer:
            found = [removal.removal_id for removal in find_removals(writer)]
            if not found or (removal_id is not None and removal_id not in found):
                raise RemovalNotFoundError(library.path, removal_id)
            removal_id = found[0] if removal_id is None else removal_id
            done = _put_back(writer, removal_id)
        if done.restored or done.superseded:
            library.publish()
    added = AddReport()
    if done.unencoded:  # rare and perhaps slow; if interrupted, a later repetition finishes it
        added = add(done.unencoded)
        with library.writing(wait_seconds), library.database.writing() as writer:
            for article_id in added.added + added.unchanged:
                delete_removed_article(writer, article_id, removal_id=removal_id)
    taken = tuple(Skip(name, "another article has taken this id since") for name in done.taken)
    return AddReport(
        added=done.restored + added.added,
        unchanged=added.unchanged,
        skipped=taken + added.skipped,
        passages=added.passages,
        seconds=added.seconds,
        superseded=done.superseded + added.superseded,
    )


def forget_removals(library: OpenLibrary, *, wait_seconds: float) -> int:
    """Delete for good everything that could be put back; see ``Library.forget_removals``."""
    with library.writing(wait_seconds), library.database.writing() as writer:
        count = delete_all_removals(writer)
        delete_orphans(writer)
    return count


def _to_ids(article_ids: str | Iterable[str]) -> list[str]:
    return [article_ids] if isinstance(article_ids, str) else list(dict.fromkeys(article_ids))
