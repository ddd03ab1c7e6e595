"""What people decide about which names are one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.ledger.store import LEDGER_FILE
from onrecord import Article, EditError, HashEmbedder, Library

pytestmark = pytest.mark.both_records

TEXTS = {
    "one": "Cat Stevens sang in Quill. Cat Stevens said that he was glad.",
    "two": "Yusuf Islam said that the hall was full. Tomas Reck said that it was not.",
    "three": "T. Reck said that the ferry was late. Tomas Reck and T. Reck met.",
}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as opened:
        opened.add([Article(name, name, text) for name, text in TEXTS.items()])
        yield opened


def spellings(library: Library, name: str) -> list[set[str]]:
    return [set(entity.spellings) for entity in library.people(name, kind="").entities]


@pytest.mark.on_disk
def test_merged_names_are_one_for_good(library: Library) -> None:
    (merged,) = library.merge_names("Cat Stevens", "yusuf islam")
    assert set(merged.spellings) == {"Cat Stevens", "Yusuf Islam"}
    assert (merged.articles, merged.statements) == (2, 2)
    for name in ("Stevens", "Yusuf Islam"):
        assert spellings(library, name) == [{"Cat Stevens", "Yusuf Islam"}]
        assert library.statements(by=name).total == 2
    assert sum("Islam" in e.name or "Stevens" in e.name for e in library.people().entities) == 1
    library.add([Article("four", "four", "Yusuf Islam said no. Cat Stevens sang.")])
    assert library.people("Stevens").entities[0].articles == 3
    (Path(library.path) / LEDGER_FILE).unlink()
    assert spellings(library, "Stevens") == [{"Cat Stevens", "Yusuf Islam"}]
    (decision,) = library.name_decisions()
    assert decision.names == ("Cat Stevens", "Yusuf Islam")


def test_a_split_spelling_stands_alone_and_an_undo_takes_it_back(library: Library) -> None:
    before = spellings(library, "Reck")
    assert before == [{"Tomas Reck", "T. Reck"}]
    library.split_name("T. Reck")
    assert sorted(map(sorted, spellings(library, "Reck"))) == [["T. Reck"], ["Tomas Reck"]]
    library.add([Article("five", "five", "T. Reck said that the ferry was on time.")])
    assert sorted(map(sorted, spellings(library, "Reck"))) == [["T. Reck"], ["Tomas Reck"]]
    assert library.undo_name_decision().names == ("T. Reck",)
    assert spellings(library, "Reck") == before
    assert library.name_decisions() == ()


def test_an_undone_merge_leaves_two(library: Library) -> None:
    library.merge_names("Cat Stevens", "Yusuf Islam")
    library.undo_name_decision()
    assert spellings(library, "Stevens") == [{"Cat Stevens"}]
    assert spellings(library, "Islam") == [{"Yusuf Islam"}]


def test_the_newest_decision_wins(library: Library) -> None:
    library.merge_names("Cat Stevens", "Yusuf Islam")
    library.split_name("Cat Stevens")
    assert spellings(library, "Stevens") == [{"Cat Stevens"}]
    library.undo_name_decision()
    assert spellings(library, "Stevens") == [{"Cat Stevens", "Yusuf Islam"}]


def test_what_cannot_be_decided_is_said(library: Library) -> None:
    with pytest.raises(EditError, match="did you mean Tomas Reck"):
        library.merge_names("Tomas Rack", "Cat Stevens")
    with pytest.raises(EditError, match="one already"):
        library.merge_names("Tomas Reck", "T. Reck")
    with pytest.raises(EditError, match="joined with no other"):
        library.split_name("Cat Stevens")
    with pytest.raises(EditError, match="nothing to undo"):
        library.undo_name_decision()
    library.split_name("T. Reck")
    with pytest.raises(EditError, match="give the whole name"):
        library.merge_names("Reck", "Cat Stevens")


def test_a_decision_survives_the_articles_and_the_program(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    articles = [Article(name, name, text) for name, text in TEXTS.items()]
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(articles)
        library.merge_names("Cat Stevens", "Yusuf Islam")
        library.remove("one")
    with Library.open(folder, embedder=HashEmbedder()) as library:
        assert spellings(library, "Islam") == [{"Yusuf Islam"}]
        library.add(articles[:1])
        assert spellings(library, "Stevens") == [{"Cat Stevens", "Yusuf Islam"}]


def test_a_split_leaves_people_and_places_apart(library: Library) -> None:
    texts = ("Abel Lincoln said no.", "Mr Lincoln was late. The mill stands in Lincoln.")
    library.add([Article(f"j{n}", f"J{n}", text) for n, text in enumerate(texts)])
    before = {e.kind for e in library.people("Lincoln", kind="").entities}
    assert before == {"person", "place"}
    library.merge_names("Abel Lincoln", "Lincoln")
    library.split_name("Lincoln")
    for entity in library.people("Lincoln", kind="").entities:
        assert "Abel Lincoln" not in entity.spellings or entity.kind == "person"
    places = library.people("Lincoln", kind="place").entities
    assert [set(entity.spellings) for entity in places] == [{"Lincoln"}]
