from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from index.types import Article
from onrecord import HashEmbedder, Library
from rag.answering.comparison import Side, compare
from rag.answering.timeline import find_entry_corrections

ARTICLES = [
    Article(
        "one",
        "Ferry aground",
        "The coast guard said that 212 passengers were on the ferry Alba when it ran aground."
        " Captain Bo Lind denied that the ferry was too fast.",
        outlet="Post",
        published=date(2025, 3, 4),
    ),
    Article(
        "two",
        "Ferry aground",
        "The operator of the ferry Alba said that about 190 passengers were on board when it ran"
        " aground. Ada Holm has not confirmed the cause of the ferry's accident.",
        outlet="Gazette",
        published=date(2025, 3, 5),
    ),
    Article(
        "three",
        "Correction",
        "Correction: The Post wrote that 212 passengers were on the ferry Alba. That was wrong:"
        " 190 passengers were on the ferry.",
        outlet="Post",
        published=date(2025, 3, 7),
    ),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.create(tmp_path_factory.mktemp("c") / "library", embedder=HashEmbedder()) as made:
        made.add(ARTICLES)
        yield made


def test_sides_are_set_beside_each_other(shelf: Library) -> None:
    found = compare(shelf, "ferry")
    sides = {position.speaker: position.side for position in found.positions}
    assert sides["The coast guard"] is Side.ASSERTS
    assert sides["Bo Lind"] is Side.DENIES
    assert sides["Ada Holm"] is Side.UNCONFIRMED
    assert [p.side for p in found.positions] == sorted(
        (p.side for p in found.positions), key=list(Side).index
    )
    assert found.coverage.read == 3


def test_figures_for_one_thing_are_gathered(shelf: Library) -> None:
    [group] = compare(shelf, "ferry").figures
    assert group.counted == "passengers"
    given = [(figure.text, figure.given_by) for figure in group.figures]
    assert given[0] == ("212", "The coast guard")
    assert ("about 190", "The operator of the ferry Alba") in given


def test_figures_are_gathered_whose_noun_stands_elsewhere(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    texts = (
        "The army may have up to 12,000 Quillish soldiers in the war, media said.",
        "The service believes that about 1,500 of them have reached the war. Ada Holm expects the"
        " number to rise to around 10,000. The Quillish soldiers have 3 of the flags.",
        "Norrvik puts the number of Quillish soldiers who have reached the war at 1,400.",
    )
    folder = tmp_path_factory.mktemp("n") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(
            Article(str(n), "Quillish soldiers in the war", text, outlet="Post")
            for n, text in enumerate(texts)
        )
        [group] = compare(library, "Quillish soldiers").figures
    assert group.counted == "soldiers"
    assert {(figure.text, figure.given_by) for figure in group.figures} == {
        ("up to 12,000", "Media"),
        ("about 1,500", "The service"),
        ("around 10,000", "Ada Holm"),
        ("1,400", "Norrvik"),
    }


def test_what_the_topic_counts_comes_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    texts = (
        "The flood in Quill cut 5,000 homes off from people, the firm said."
        " In Quill 12 people were killed by water.",
        "The flood in Quill cut 7,000 homes off from people, the firm said."
        " Then 9,000 homes were cut off.",
        "The flood in Quill killed 14 people by water.",
    )
    folder = tmp_path_factory.mktemp("d") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(Article(str(n), "Flood in Quill", text) for n, text in enumerate(texts))
        assert [g.counted for g in compare(library, "Quill flood people").figures] == [
            "people",
            "homes",
        ]


def test_a_topic_that_nobody_speaks_of(shelf: Library) -> None:
    found = compare(shelf, "zeppelin")
    assert (found.positions, found.figures, found.n_statements) == ((), (), 0)


def test_corrected_entries_of_a_timeline_are_found(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("t") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(
            [
                Article(
                    "old",
                    "Bridge closed",
                    "Inspectors found 14 cracks in the girder of the Quay Bridge on Sunday.",
                    published=date(2025, 3, 4),
                ),
                Article(
                    "new",
                    "Correction: the Quay Bridge has four cracks, not 14",
                    "On 4 March the Gazette reported that inspectors had found 14 cracks in the"
                    " girder of the Quay Bridge. That was wrong. They found four cracks.",
                    published=date(2025, 3, 7),
                ),
            ]
        )
        entries = library.timeline("Quay Bridge").entries
        found = find_entry_corrections(library, entries)
    [number] = found
    assert entries[number].place.article_id == "old"
    assert found[number].article.article_id == "new"
