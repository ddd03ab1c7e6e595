"""What happened when, and how many articles mention something."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from index.ledger.dated import DayBasis
from index.types import Article, Filter
from onrecord import HashEmbedder, Library

ARTICLES = [
    Article(
        "closed",
        "Quay Bridge closed",
        "The Quay Bridge was closed on Tuesday after inspectors found cracks. It opened in 1962."
        " Ada Holm, the engineer, said that the repair will end on 6 May.",
        outlet="Post",
        published=date(2025, 3, 5),
    ),
    Article(
        "copy",
        "Bridge closed",
        "The Quay Bridge was closed on Tuesday after inspectors found cracks. More follows here.",
        outlet="Gazette",
        published=date(2025, 3, 6),
    ),
    Article(
        "open",
        "Open again",
        "The Quay Bridge is open to all traffic again. Holm cut the ribbon with the mayor.",
        outlet="Post",
        published=date(2025, 5, 6),
    ),
    Article("quays", "Boats", "A bridge to the quays is planned. Dina Holm sails.", outlet="Post"),
    Article("late", "Holm", "Holm was late.", outlet="Wire"),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("topics") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
        yield library


def test_a_timeline_is_in_order_of_the_days(shelf: Library) -> None:
    entries = shelf.timeline("Quay Bridge").entries
    found = [(e.first.isoformat(), e.basis, e.spoken) for e in entries]
    assert found == [
        ("1962-01-01", DayBasis.STATED, "1962"),
        ("2025-03-04", DayBasis.COUNTED, "Tuesday"),
        ("2025-05-06", DayBasis.COUNTED, "6 May"),
        ("2025-05-06", DayBasis.PUBLISHED, ""),
    ]


def test_a_copied_sentence_is_one_entry(shelf: Library) -> None:
    entry = next(e for e in shelf.timeline("bridge cracks").entries if e.spoken == "Tuesday")
    # Both Wednesday's and Thursday's paper mean the same Tuesday.
    assert entry.place.article_id == "closed"
    assert [copy.article_id for copy in entry.copies] == ["copy"]


def test_a_timeline_of_everything_and_of_a_period(shelf: Library) -> None:
    everything = shelf.timeline()
    assert everything.total == 4
    page = shelf.timeline(offset=1, limit=1)
    assert [e.first for e in page.entries] == [date(2025, 3, 4)]
    later = shelf.timeline("Quay Bridge", only=Filter(since=date(2025, 5, 1)))
    assert [e.basis for e in later.entries] == [DayBasis.PUBLISHED]
    assert shelf.timeline("zeppelin").total == 0


def test_every_entry_is_cited_exactly(shelf: Library) -> None:
    for entry in shelf.timeline("Quay Bridge").entries:
        text = shelf.get(entry.place.article_id).text
        assert text[entry.place.start : entry.place.end] == entry.text
        assert entry.spoken in entry.text


def test_words_are_counted_side_by_side(shelf: Library) -> None:
    count = shelf.count("Quay Bridge")
    assert (count.articles, count.outlets, count.read) == (3, 2, 5)
    # "a bridge to the quays" has both words, in another form and order.
    assert count.unclear == 1
    assert [item.is_clear for item in count.listed] == [True, True, True, False]
    assert [item.place.article_id for item in count.listed] == ["open", "copy", "closed", "quays"]
    assert count.listed[-1].text == "A bridge to the quays is planned."


def test_a_person_is_counted_and_namesakes_are_not(shelf: Library) -> None:
    count = shelf.count("Ada Holm")
    assert (count.subject, count.articles) == ("Ada Holm", 1)
    # "Holm was late" may be about her, or about Dina Holm.
    assert [item.place.article_id for item in count.listed] == ["closed", "late"]
    assert count.unclear == 1


def test_counts_are_paged_and_filtered(shelf: Library) -> None:
    assert shelf.count("Quay Bridge", only=Filter(outlets=("Gazette",))).articles == 1
    assert len(shelf.count("Quay Bridge", offset=1, limit=2).listed) == 2
    nothing = shelf.count("Ada Home")
    assert (nothing.articles, nothing.unclear, nothing.similar[:1]) == (0, 0, ("Ada Holm",))
    with pytest.raises(ValueError, match="no words"):
        shelf.count("  ")
