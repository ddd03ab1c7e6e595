from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from onrecord import Article, Filter, Library
from sample_story import PARAGRAPHS

pytestmark = pytest.mark.both_records

MakeArticles = Callable[..., list[Article]]


def test_the_newest_article_comes_first_and_undated_ones_last(
    library: Library, make_articles: MakeArticles
) -> None:
    articles = make_articles(12)
    library.add(articles)
    hits = library.latest(12)
    expected = [summary.article_id for summary in library.browse(limit=12).articles]
    assert [hit.article.article_id for hit in hits] == expected
    assert hits[-1].article.published is None
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_every_hit_is_the_beginning_of_its_article_first(library: Library) -> None:
    long = Article(
        "long", "Long", "\n\n".join(f"Line {n}. " + "More of it. " * 60 for n in range(4))
    )
    short = Article("short", "Short", "It is short. It ends here.")
    library.add([long, short])
    hits = library.latest(10)
    passages = library.passages("long")
    assert len(passages) > 2
    assert [hit.article.article_id for hit in hits[:2]] == ["short", "long"]
    assert [hit.passage for hit in hits if hit.article.article_id == "long"] == list(passages)[:9]


def test_copies_of_a_story_are_one_article(library: Library) -> None:
    copies = [
        Article(
            f"copy-{n}",
            "The same",
            "\n\n".join(PARAGRAPHS),
            outlet=f"Outlet {n}",
            published=date(2024, 5, n),
        )
        for n in (1, 2, 3)
    ]
    other = Article("other", "Another", "A lighthouse keeper retired. Nobody took his place.")
    library.add([*copies, other])
    hits = library.latest(10)
    assert {hit.article.article_id for hit in hits} == {"copy-1", "other"}
    assert {copy.article_id for copy in hits[0].copies} == {"copy-2", "copy-3"}


def test_a_filter_keeps_other_articles_out(library: Library, make_articles: MakeArticles) -> None:
    library.add([replace(article, outlet="The Post") for article in make_articles(2)])
    library.add([replace(a, outlet="The Wire") for a in make_articles(2, first=2)])
    hits = library.latest(9, only=Filter(outlets=("The Wire",)))
    assert {hit.article.outlet for hit in hits} == {"The Wire"}
    assert library.latest(9, only=Filter(outlets=("Nobody",))) == ()


def test_an_empty_library_has_nothing_new(library: Library) -> None:
    assert library.latest() == ()
    with pytest.raises(ValueError, match="at least 1"):
        library.latest(0)
