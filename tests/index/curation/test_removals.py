from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.curation import removals
from index.curation.removals import MAX_REMOVALS
from index.doctor import check_library
from index.errors import ArticleNotFoundError, LibraryBusyError, RemovalNotFoundError
from index.record.connection_pool import RECORD_FILE
from index.record.versions import delete_orphans
from index.record.write_lock import hold_write_lock
from onrecord import Article, HashEmbedder, Library

if TYPE_CHECKING:
    from conftest import MakeArticles
    from index.record.writes import WriteTransaction

pytestmark = pytest.mark.both_records

QUESTIONS = ("harbour ferry council", "what did the mayor say?", "number 512", "glacier pilot")


def everything(library: Library) -> list[object]:
    """Return all that a user can see of a library: articles, order, dates, passages, searches."""
    summaries = list(library.articles())
    return [
        summaries,
        [library.get(s.article_id) for s in summaries],
        [library.passages(s.article_id) for s in summaries],
        [library.search(question, 12) for question in QUESTIONS],
        library.document_frequencies(["harbour", "glacier"]),
    ]


def test_what_was_removed_comes_back_exactly(folder: Path, stocked: Library) -> None:
    before = everything(stocked)
    removal = stocked.remove(["article-9", "article-3"])
    assert [name for name, _ in removal.articles] == ["article-3", "article-9"]
    assert stocked.statistics().articles == 28
    for question in QUESTIONS:
        found = {hit.article.article_id for hit in stocked.search(question, 30)}
        assert not found & {"article-3", "article-9"}
    report = stocked.restore(removal.removal_id)
    assert report.added == ("article-3", "article-9")
    assert report.passages == 0  # nothing was encoded again
    assert everything(stocked) == before
    assert stocked.removals() == ()
    assert [f for f in check_library(folder, embedder=HashEmbedder()) if f.state == "bad"] == []


@pytest.mark.on_disk
def test_it_comes_back_after_the_search_structure_was_made_anew(
    folder: Path, stocked: Library, embedder: HashEmbedder, make_articles: MakeArticles
) -> None:
    stocked.remove("article-7")
    stocked.add(make_articles(4, first=50))
    stocked.close()
    for file in folder.glob("*faiss*"):
        file.unlink()
    with Library.open(folder, embedder=embedder) as library:
        library.restore()
        title = library.get("article-7").title
        hits = library.search(title, 5)
        assert "article-7" in {hit.article.article_id for hit in hits}
        # The last key was not free, so that it stands behind what was added meanwhile.
        assert len([s for s in library.articles() if s.article_id == "article-7"]) == 1


def test_the_key_of_the_last_article_may_have_been_used_since(
    stocked: Library, make_articles: MakeArticles
) -> None:
    last = list(stocked.articles())[-1].article_id
    article = stocked.get(last)
    stocked.remove(last)
    stocked.add(make_articles(2, first=60))
    assert stocked.restore().added == (last,)
    assert stocked.get(last) == article
    assert stocked.statistics().articles == 32


def test_an_id_that_was_taken_since_stays_with_the_newer_article(stocked: Library) -> None:
    old = stocked.get("article-4")
    removal = stocked.remove(["article-4", "article-5"])
    stocked.add(Article("article-4", "Another", "Another text stands here now."))
    report = stocked.restore(removal.removal_id)
    assert report.added == ("article-5",)
    assert [skip.source for skip in report.skipped] == ["article-4"]
    assert stocked.get("article-4").title == "Another"
    # It is kept, and comes back once the id is free.
    stocked.delete("article-5")
    stocked.remove("article-4")
    assert stocked.restore(removal.removal_id).added == ("article-4",)
    assert stocked.get("article-4") == old


def test_after_another_encoder_it_is_encoded_again(
    folder: Path, stocked: Library, embedder: HashEmbedder
) -> None:
    del embedder
    article = stocked.get("article-2")
    stocked.remove("article-2")
    stocked.reencode(HashEmbedder(dim=96))
    report = stocked.restore()
    assert report.added == ("article-2",)
    assert report.passages > 0
    assert stocked.get("article-2") == article
    assert stocked.removals() == ()
    assert stocked.search(article.title)[0].article.article_id == "article-2"


def test_removals_are_listed_the_newest_first_and_the_oldest_are_forgotten(
    stocked: Library,
) -> None:
    for number in range(MAX_REMOVALS + 3):
        stocked.remove(f"article-{number}")
    removals = stocked.removals()
    assert len(removals) == MAX_REMOVALS
    assert removals[0].articles[0][0] == f"article-{MAX_REMOVALS + 2}"
    assert removals == tuple(sorted(removals, key=lambda r: -r.removal_id))
    with pytest.raises(RemovalNotFoundError, match=r"^no removal 1 .*'onrecord restore --list"):
        stocked.restore(1)


@pytest.mark.on_disk
def test_what_is_removed_for_good_is_nowhere(folder: Path, library: Library) -> None:
    secret = Article("s", "Secret", "The quokka manifesto must go. It was never ours.")
    library.add(secret)
    library.remove("s")
    library.add(replace(secret, title="Secret again"))
    library.delete("s")
    assert library.removals() == ()
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        for table in ("articles", "removed_articles", "removed_passages", "passages"):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            assert count == 0


@pytest.mark.on_disk
def test_what_is_kept_can_be_forgotten(folder: Path, stocked: Library) -> None:
    stocked.remove(["article-1", "article-2"])
    assert stocked.forget_removals() == 2
    assert stocked.forget_removals() == 0
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        for table in ("removals", "removed_articles", "removed_passages"):
            (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
            assert count == 0
    with pytest.raises(RemovalNotFoundError, match=r"^nothing to put back"):
        stocked.restore()


def test_all_or_none(stocked: Library) -> None:
    with pytest.raises(ArticleNotFoundError, match="nobody"):
        stocked.remove(["article-1", "nobody"])
    assert stocked.statistics().articles == 30
    assert stocked.removals() == ()
    with pytest.raises(ValueError, match="no article"):
        stocked.remove([])


def test_a_removal_waits_for_its_turn_and_says_for_whom(folder: Path, stocked: Library) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with hold_write_lock(folder, wait_seconds=5):
            held.set()
            done.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with pytest.raises(LibraryBusyError, match="is being written by"):
            stocked.remove("article-1", wait_seconds=0)
        with pytest.raises(LibraryBusyError, match="is being written by"):
            stocked.restore(wait_seconds=0)
    finally:
        done.set()
        other.join()
    assert stocked.statistics().articles == 30


def test_many_are_removed_in_batches_that_are_one_removal(
    folder: Path, stocked: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removals, "BATCH_ARTICLES", 4)
    before = everything(stocked)
    ids = [summary.article_id for summary in stocked.articles()][:10]
    seen: list[int] = []

    def look(writer: WriteTransaction) -> None:
        with Library.open(folder, embedder=HashEmbedder(), read_only=True) as other:
            seen.append(other.statistics().articles)
        delete_orphans(writer)

    monkeypatch.setattr(removals, "delete_orphans", look)
    removal = stocked.remove(ids)
    assert seen == [30, 26, 22]
    assert sorted(name for name, _ in removal.articles) == sorted(ids)
    with pytest.raises(ArticleNotFoundError):
        stocked.remove([*ids[:1], "article-20"])
    assert stocked.statistics().articles == 20
    stocked.restore()
    assert everything(stocked) == before
