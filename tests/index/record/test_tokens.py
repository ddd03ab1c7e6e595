from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from onrecord import Article, HashEmbedder, Library

pytestmark = pytest.mark.both_records


def add_articles(library: Library) -> None:
    library.add(
        [
            Article(
                "one", "Brennoch speaks", "BRENNOCH spoke. Brennoch left. The quarries closed."
            ),
            Article("two", "Quarry", "The quarry of Brennoch reopens; Brennan did not come."),
        ]
    )


def test_words_come_as_they_are_written(library: Library) -> None:
    add_articles(library)
    found = library.find_written({"brennoch", "brenoch", "quarries"})
    assert found == {"Brennoch": 3, "BRENNOCH": 1, "quarries": 1}
    assert library.find_written(set()) == {}
    assert library.find_written({"nothing"}) == {}


def test_no_word_is_understood_as_syntax(library: Library) -> None:
    add_articles(library)
    assert library.find_written({'bren" OR "quarry', "near(", "-title:one"}) == {}


def test_words_with_a_beginning_are_looked_through(library: Library) -> None:
    add_articles(library)
    found = library.find_resembling("bre", lambda stem: stem != "brennan", lambda word: True)
    assert "Brennoch" in found
    seen: list[str] = []

    def note(stem: str) -> bool:
        seen.append(stem)
        return False

    assert library.find_resembling("qua", note, lambda word: True) == {}
    assert seen == ["quarri"]


def test_a_library_that_cannot_be_written_is_looked_through_too(
    tmp_path: Path, embedder: HashEmbedder
) -> None:
    with Library.create(tmp_path / "made", embedder=embedder) as made:
        add_articles(made)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "made", copy)
    with Library.open(copy, embedder=embedder, read_only=True) as library:
        for _ in range(2):
            found = library.find_resembling("bre", lambda stem: True, lambda word: True)
            assert "Brennoch" in found
        assert library.count_passages() == 2
