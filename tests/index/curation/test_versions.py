"""Versions of an article: which one answers, which are kept, and what changed."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.curation.versions import is_earlier, share_words
from index.doctor import check_library
from index.errors import ArticleNotFoundError, LibraryDamagedError, VersionNotFoundError
from index.record.connection_pool import RECORD_FILE
from onrecord import Article, HashEmbedder, Library

pytestmark = pytest.mark.both_records

SENTENCES = (
    "The harbour board of Saltmere has closed the old quay.",
    "It will be mended in the spring, the board said.",
    "The work costs 40,000 crowns, and nobody knows who will pay.",
    "A ferry will call at the new pier until then.",
    "Fishermen say that this is not enough for them.",
    "They met the mayor of the town on Monday.",
)
ADDRESS = "https://news.example/quay"
DAY = date(2024, 10, 21)


def version(
    name: str,
    *sentences: str,
    day: int | None = None,
    url: str = ADDRESS,
    **more: Any,  # noqa: ANN401
) -> Article:
    """Return a version from a file of its own, of a day of October 2024."""
    published = None if day is None else date(2024, 10, day)
    text = " ".join(sentences or SENTENCES)
    article = Article(name, f"Quay {name}", text, f"{name}.html", published, origin=f"{name}.html")
    return replace(article, url=url, **more)


def titles(library: Library, article_id: str) -> list[str]:
    return [version.article.title for version in library.versions(article_id)]


def listed(library: Library) -> list[str]:
    return [article.article_id for article in library.articles()]


def test_a_changed_article_keeps_what_it_was(folder: Path, library: Library) -> None:
    first = version("a", *SENTENCES[:4], day=21)
    second = replace(first, title="Quay shut", text=" ".join(SENTENCES))
    third = replace(second, text=" ".join(SENTENCES[2:]), published=date(2024, 10, 1))
    for article in (first, second, third):
        library.add([article])
    assert listed(library) == ["a"]
    versions = library.versions("a")
    assert [e.article for e in versions] == [first, second, third]
    assert [e.number for e in versions] == [1, 2, 3]
    assert [e.is_latest for e in versions] == [False, False, True]
    assert {e.current_id for e in versions} == {"a"}
    assert all(datetime.now(UTC) - e.seen_at < timedelta(minutes=5) for e in versions)
    assert library.version("a", 2) == versions[1]
    assert library.statistics().versions == 2
    (summary,) = library.articles()
    assert summary.versions == 2
    assert [f for f in check_library(folder, embedder=HashEmbedder()) if f.state != "ok"] == []


def test_only_the_latest_version_is_found(library: Library) -> None:
    first = version("a", *SENTENCES[:3], "The lighthouse was sold.", day=21)
    library.add([first])
    assert library.document_frequencies(["lighthouse"]) == {"lighthouse": 1}
    library.add([replace(first, text=" ".join(SENTENCES[:4]))])
    assert library.document_frequencies(["lighthouse"]) == {"lighthouse": 0}
    assert all("lighthouse" not in hit.passage.text for hit in library.search("lighthouse"))
    assert "lighthouse" in library.version("a", 1).article.text


def test_what_only_the_details_of_changed_has_no_other_version(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.add([replace(article, author="Ada Holt", published=date(2024, 10, 23))])
    library.edit("a", title="Quay shut")
    library.add([replace(article, author="Ada Holt")])
    assert len(library.versions("a")) == 1
    with pytest.raises(VersionNotFoundError):
        library.changes("a")


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_the_latest_of_an_address_answers(
    library: Library, is_reversed: bool, together: bool
) -> None:
    articles = [
        version("a", *SENTENCES[:5], day=20),
        version("b", *SENTENCES, day=21, url=f"{ADDRESS}/?utm_source=mail#top"),
        version("c", *SENTENCES[1:], day=22, url="http://WWW.news.example:80/quay"),
    ]
    given = articles[::-1] if is_reversed else articles
    if together:
        report = library.add(given)
        assert report.added == ("c",)
        superseded = dict(report.superseded)
    else:
        reports = [library.add([article]) for article in given]
        superseded = dict(pair for report in reports for pair in report.superseded)
    assert superseded.keys() == {"a", "b"}
    assert listed(library) == ["c"]
    assert titles(library, "c") == ["Quay a", "Quay b", "Quay c"]
    assert [e.article for e in library.versions("c")] == articles
    for name in ("a", "b"):
        former = library.find_version(name)
        assert former is not None
        assert (former.current_id, former.article.article_id) == ("c", name)
        with pytest.raises(ArticleNotFoundError):
            library.get(name)
    again = library.add(given)
    assert set(again.unchanged) == {"a", "b", "c"}
    assert not again.added + again.replaced + again.skipped + again.superseded
    assert titles(library, "c") == ["Quay a", "Quay b", "Quay c"]


def test_without_dates_the_one_that_was_added_last_answers(library: Library) -> None:
    library.add([version("a", *SENTENCES[:5])])
    report = library.add([version("b", *SENTENCES)])
    assert (report.added, report.superseded) == (("b",), (("a", "b"),))
    assert listed(library) == ["b"]


def test_an_update_counts_for_more_than_publication(library: Library) -> None:
    updated = version("a", *SENTENCES[:5], day=20, updated_at=datetime(2024, 10, 25, tzinfo=UTC))
    library.add([updated, version("b", *SENTENCES, day=24)])
    assert listed(library) == ["a"]
    assert titles(library, "a") == ["Quay b", "Quay a"]


def test_the_canonical_address_counts_on_the_same_host(library: Library) -> None:
    canonical = version(
        "a", *SENTENCES[:5], day=20, url=f"{ADDRESS}?view=print", canonical_url=ADDRESS
    )
    library.add([canonical, version("b", day=21)])
    assert listed(library) == ["b"]


def test_a_page_cannot_take_the_place_of_another_sites(library: Library) -> None:
    foreign = version(
        "b", day=25, url="https://elsewhere.example/copy", canonical_url=ADDRESS, outlet="Other"
    )
    library.add([version("a", *SENTENCES[:5], day=20), foreign])
    assert sorted(listed(library)) == ["a", "b"]


def test_a_moment_of_the_future_is_not_believed(library: Library) -> None:
    ahead = datetime.now(UTC) + timedelta(days=300)
    bold = version("a", *SENTENCES[:5], day=20, updated_at=ahead)
    library.add([bold, version("b", day=21)])
    assert listed(library) == ["b"]


@pytest.mark.parametrize("url", ["https://news.example/", "https://news.example", "", "quay.html"])
def test_the_address_of_a_site_is_no_articles(library: Library, url: str) -> None:
    library.add([version("a", *SENTENCES[:5], url=url), version("b", url=url)])
    assert sorted(listed(library)) == ["a", "b"]


def test_texts_that_share_nothing_are_no_versions(library: Library) -> None:
    other = "The mill of Dunhollow was sold. A schooner owner bought it for little money."
    library.add([version("a", day=20), version("b", other, day=21)])
    assert sorted(listed(library)) == ["a", "b"]


def test_parts_of_a_page_in_one_collection_stay_apart(library: Library) -> None:
    parts = [
        replace(version(name, *SENTENCES[start : start + 4]), origin="set.jsonl")
        for name, start in (("a", 0), ("b", 1), ("c", 2))
    ]
    library.add(parts)
    assert sorted(listed(library)) == ["a", "b", "c"]


def test_dated_versions_in_one_collection_are_versions(library: Library) -> None:
    captures = [
        replace(version(name, *SENTENCES[: 4 + day - 20], day=day), origin="crawl.warc")
        for name, day in (("a", 20), ("b", 21))
    ]
    library.add(captures)
    assert listed(library) == ["b"]


def test_the_same_at_the_same_address_is_named_and_not_added(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    copy = replace(article, article_id="b", origin="b.html")
    for _ in range(2):
        report = library.add([copy])
        assert [skip.reason for skip in report.skipped] == [
            "it is the same as 'a', at the same address"
        ]
        assert not report.added
    assert listed(library) == ["a"]


def test_the_versions_of_both_come_together(library: Library) -> None:
    first = version("a", *SENTENCES[:4], day=20)
    second = replace(first, text=" ".join(SENTENCES[:5]))
    library.add([first])
    library.add([second])
    library.add([version("b", *SENTENCES, day=22)])
    assert [e.article for e in library.versions("b")][:2] == [first, second]
    assert [e.number for e in library.versions("b")] == [1, 2, 3]
    library.add([version("c", *SENTENCES[1:], day=19)])
    assert titles(library, "b") == ["Quay c", "Quay a", "Quay a", "Quay b"]
    assert [e.number for e in library.versions("b")] == [1, 2, 3, 4]


def test_a_former_id_that_changes_is_placed_anew(library: Library) -> None:
    library.add([version("a", *SENTENCES[:5], day=20), version("b", day=21)])
    changed = version("a", *SENTENCES, "The quay opens again.", day=23)
    report = library.add([changed])
    assert (report.added, report.superseded) == (("a",), (("b", "a"),))
    assert titles(library, "a") == ["Quay a", "Quay b", "Quay a"]
    assert library.find_version("b") is not None


def test_only_so_many_are_kept(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.curation.versions.MAX_VERSIONS", 3)
    article = version("a", day=21)
    for number in range(6):
        library.add([replace(article, text=f"{article.text} Update {number}.")])
    versions = library.versions("a")
    assert [e.number for e in versions] == [3, 4, 5, 6]
    assert [e.article.text[-9:] for e in versions] == [f"Update {n}." for n in (2, 3, 4, 5)]
    with pytest.raises(VersionNotFoundError, match="no version 1 of 'a'"):
        library.version("a", 1)


def test_removing_for_good_takes_the_versions_along(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.add([replace(article, text=f"{article.text} More.")])
    library.remove("a")
    assert library.statistics().versions == 1
    library.restore()
    assert len(library.versions("a")) == 2
    library.delete("a")
    assert library.statistics().versions == 0
    library.add([article])
    assert len(library.versions("a")) == 1


def test_what_comes_back_finds_its_place(library: Library) -> None:
    old, new = version("a", *SENTENCES[:5], day=20), version("b", day=21)
    library.add([old])
    library.remove("a")
    library.add([new])
    report = library.restore()
    assert (report.added, report.superseded) == ((), (("a", "b"),))
    assert listed(library) == ["b"]
    assert titles(library, "b") == ["Quay a", "Quay b"]
    library.remove("b")
    library.add([version("c", *SENTENCES[1:], day=19)])
    report = library.restore()
    assert (report.added, report.superseded) == (("b",), (("c", "b"),))
    assert titles(library, "b") == ["Quay c", "Quay a", "Quay b"]
    assert library.search("quay")[0].article == new
    assert library.removals() == ()


def test_two_chains_of_versions_become_one(library: Library) -> None:
    old = version("a", *SENTENCES[:5], day=20)
    library.add([old])
    library.add([replace(old, text=f"{old.text} More.")])
    library.remove("a")
    other = version("b", *SENTENCES[1:], day=18)
    library.add([other])
    library.add([replace(other, text=f"{other.text} More.")])
    assert library.restore().superseded == (("b", "a"),)
    assert sorted(titles(library, "a")[:-1]) == ["Quay a", "Quay b", "Quay b"]
    assert [e.number for e in library.versions("a")] == [1, 2, 3, 4]
    assert library.versions("a")[-1].article.text == f"{old.text} More."


def test_what_was_added_again_under_another_id_stays_removed(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.remove("a")
    library.add([replace(article, article_id="b", origin="b.html")])
    assert [skip.source for skip in library.restore().skipped] == ["a"]
    assert listed(library) == ["b"]


def test_forgetting_what_was_set_aside_forgets_its_versions(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.add([replace(article, text=f"{article.text} More.")])
    library.remove("a")
    assert library.find_version("a") is None
    library.forget_removals()
    assert library.statistics().versions == 0


def test_versions_outlive_another_encoder(folder: Path, library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.add([replace(article, text=f"{article.text} More.")])
    before = library.versions("a")
    library.reencode(HashEmbedder(dim=64))
    assert library.versions("a") == before
    assert [
        f for f in check_library(folder, embedder=HashEmbedder(dim=64)) if f.state != "ok"
    ] == []


@pytest.mark.on_disk
def test_a_damaged_version_is_named(folder: Path, library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.add([replace(article, text=f"{article.text} More.")])
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        connection.execute("UPDATE editions SET text = replace(text, 'quay', 'pier')")
        connection.commit()
    with pytest.raises(LibraryDamagedError, match="earlier version is not what was added"):
        library.versions("a")
    assert library.get("a").text.endswith("More.")
    findings = check_library(folder, embedder=HashEmbedder())
    assert [f.detail for f in findings if f.state == "bad"] == [
        "an earlier version of 'a' is not what was added"
    ]


@pytest.mark.on_disk
def test_the_search_for_versions_uses_its_index(folder: Path, library: Library) -> None:
    library.add([version("a", day=21)])
    with closing(sqlite3.connect(folder / RECORD_FILE)) as connection:
        plan = connection.execute(
            "EXPLAIN QUERY PLAN SELECT 1 FROM articles a"
            " WHERE a.address = ? AND a.address != '' AND a.article_id != ?",
            ("x", "y"),
        ).fetchall()
    assert "articles_by_address" in str(plan)


def test_a_corrected_title_stays_with_its_version(library: Library) -> None:
    article = version("a", day=21)
    library.add([article])
    library.edit("a", title="Quay shut", published="2024-10-19")
    library.add([replace(article, text=f"{article.text} More.")])
    first, second = library.versions("a")
    assert first.article.title == second.article.title == "Quay shut"
    assert first.article.date_basis == "edited"
    assert library.changes("a").fields == ()


def test_what_changed_is_told_by_sentence(library: Library) -> None:
    old = version("a", *SENTENCES[:4], day=20)
    new = version("b", SENTENCES[0], "It will be mended in summer.", *SENTENCES[2:], day=21)
    library.add([old, new])
    changes = library.changes("b")
    assert (changes.older.number, changes.newer.number) == (1, 2)
    assert changes.fields == (
        ("title", "Quay a", "Quay b"),
        ("published", "2024-10-20", "2024-10-21"),
    )
    assert [(c.kind.value, c.text) for c in changes.sentences] == [
        ("same", SENTENCES[0]),
        ("removed", SENTENCES[1]),
        ("added", "It will be mended in summer."),
        ("same", SENTENCES[2]),
        ("same", SENTENCES[3]),
        ("added", SENTENCES[4]),
        ("added", SENTENCES[5]),
    ]
    for change in changes.sentences:
        text = (old if change.kind == "removed" else new).text
        assert text[change.start : change.end] == change.text
    back = library.changes("b", 2, 1)
    assert [c.kind.value for c in back.sentences].count("removed") == 3
    for numbers in ((0, 2), (1, 3), (7, None)):
        with pytest.raises(VersionNotFoundError):
            library.changes("b", *numbers)
    with pytest.raises(ArticleNotFoundError):
        library.changes("a")


def test_random_versions_leave_the_latest_whatever_the_order(library: Library) -> None:
    chance = random.Random(8)  # noqa: S311
    days = chance.sample(range(1, 29), 8)
    articles = [version(f"v{day}", *SENTENCES, f"Day {day}.", day=day) for day in days]
    for start in range(0, 8, 2):
        library.add(articles[start : start + 2])
    name = f"v{max(days)}"
    assert listed(library) == [name]
    assert titles(library, name) == [f"Quay v{day}" for day in sorted(days)]
    assert [e.number for e in library.versions(name)] == list(range(1, 9))


KST = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("fields", "others", "expected"),
    [
        ({}, {}, False),
        ({"published": DAY}, {}, False),
        ({}, {"published": DAY}, False),
        ({"published": DAY}, {"published": DAY}, False),
        ({"published": DAY}, {"published": date(2024, 10, 22)}, True),
        ({"updated_at": datetime(2024, 10, 23, tzinfo=UTC)}, {"published": DAY}, False),
        (
            {"updated_at": datetime(2024, 10, 21, 9, tzinfo=KST)},
            {"updated_at": datetime(2024, 10, 21, 1, tzinfo=UTC)},
            True,
        ),
        (
            {"updated_at": datetime(2024, 10, 21, 9)},
            {"updated_at": datetime(2024, 10, 21, 10, tzinfo=UTC)},
            False,
        ),
        (
            {"updated_at": datetime(2024, 10, 21, 9)},
            {"updated_at": datetime(2024, 10, 21, 10)},
            True,
        ),
        ({"updated_at": datetime(2024, 10, 20, 9)}, {"published": DAY}, True),
        ({"published": datetime(2024, 10, 20, 9)}, {"published": DAY}, True),
    ],
)
def test_which_of_two_is_earlier(
    fields: dict[str, Any], others: dict[str, Any], expected: bool
) -> None:
    blank = Article("a", "Quay", "The quay is closed.")
    one, other = replace(blank, **fields), replace(blank, **others)
    assert is_earlier(one, other) is expected
    assert not (expected and is_earlier(other, one))


@given(st.text(max_size=300), st.text(max_size=300))
def test_what_texts_share_is_a_share(one: str, other: str) -> None:
    shared = share_words(one, other)
    assert 0 <= shared <= 1
    assert shared == share_words(other, one)
    assert share_words(one, one) == 1


def test_what_texts_share_knows_scripts_without_spaces() -> None:
    text = "港务局周一表示，暴风雨过后，老码头已经关闭，渔民们对此表示不满。"
    assert share_words(text, text.replace("周一", "周二")) > 0.7
    assert share_words(text, "市议会决定明年春天开始重建火车站大楼和广场。") < 0.1
