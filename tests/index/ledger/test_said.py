from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from index.types import Article, Filter
from onrecord import HashEmbedder, Library

pytestmark = pytest.mark.both_records

QUOTE = "“The bridge over the harbour will stay open all year,” Ada Holm said."
ARTICLES = [
    Article("a", "Bridge", f"{QUOTE} Tomas Reck denied it.", published=date(2025, 3, 4)),
    Article(
        "b", "Bridge again", f"{QUOTE} The union called for a strike.", published=date(2025, 3, 5)
    ),
    Article("c", "Ferry", "The ferry is late, a Russian official said. Kyiv denied the report."),
    Article("d", "Talks", "President Volodymyr Zelenskyy said the talks failed. He demanded aid."),
    Article("e", "Talks", "Zelensky said that the talks go on.", published=date(2025, 3, 6)),
]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder: Path = tmp_path_factory.mktemp("said") / "library"
    with Library.create(folder, embedder=HashEmbedder()) as library:
        library.add(ARTICLES)
        yield library


def texts(library: Library, **options: object) -> list[str]:
    return [s.text for s in library.statements(**options).statements]  # type: ignore[arg-type]


def test_the_newest_come_first_and_copies_are_folded(shelf: Library) -> None:
    found = shelf.statements(by="Ada Holm")
    assert found.total == 1
    [statement] = found.statements
    # The first who printed it is cited, the later one listed.
    assert statement.place.article_id == "a"
    assert [copy.article_id for copy in statement.copies] == ["b"]


@pytest.mark.parametrize(
    "name", ["Zelensky", "Zelenskyy", "President Zelensky", "Volodymyr Zelenskiy"]
)
def test_any_spelling_finds_a_speaker(shelf: Library, name: str) -> None:
    assert texts(shelf, by=name) == ["that the talks go on", "the talks failed", "aid"]


def test_a_nation_speaks_through_its_seat_and_its_officials(shelf: Library) -> None:
    assert texts(shelf, by="Ukraine") == ["the report"]
    assert texts(shelf, by="Russia") == ["The ferry is late"]


def test_words_for_a_speaker(shelf: Library) -> None:
    assert texts(shelf, by="union") == ["for a strike"]


def test_words_and_stance_and_days(shelf: Library) -> None:
    assert texts(shelf, about="talks failing") == ["the talks failed"]
    assert texts(shelf, stance="demands") == ["for a strike", "aid"]
    assert texts(shelf, only=Filter(since=date(2025, 3, 6))) == ["that the talks go on"]
    assert texts(shelf, about='" OR 1) --') == []
    with pytest.raises(ValueError, match="sings"):
        texts(shelf, stance="sings")


def test_pages(shelf: Library) -> None:
    everything = texts(shelf)
    total = shelf.statements(limit=0).total
    assert len(everything) == total == 8
    assert texts(shelf, offset=3, limit=2) == everything[3:5]
    assert texts(shelf, offset=99) == []
    with pytest.raises(ValueError, match="negative"):
        texts(shelf, offset=-1)


def test_a_name_that_nobody_has_suggests_others(shelf: Library) -> None:
    found = shelf.statements(by="Tomas Rack")
    assert found.total == 0
    assert "Tomas Reck" in found.similar
    assert shelf.statements(by="Xyzzy Qwerty").similar == ()


def test_a_name_that_somebody_has_suggests_nobody(shelf: Library) -> None:
    later = Filter(since=date(2026, 1, 1))
    assert shelf.statements(by="Ada Holm", about="zeppelins").similar == ()
    assert shelf.people("Ada Holm", only=later).similar == ()
    assert shelf.count("Ada Holm", only=later).similar == ()


def test_people(shelf: Library) -> None:
    page = shelf.people("Zelensky")
    [entity] = page.entities
    assert (entity.name, entity.articles, entity.statements) == ("Volodymyr Zelenskyy", 2, 3)
    assert set(entity.spellings) == {"Volodymyr Zelenskyy", "Zelensky"}
    [role] = shelf.roles(entity.key)
    assert (role.text, role.article_id) == ("President", "d")
    assert shelf.people("Nobody Ever").total == 0
    assert shelf.people(kind="place").entities[0].kind == "place"
    assert shelf.people(only=Filter(since=date(2025, 3, 6))).total == 1


def test_an_office_that_is_not_named_is_nobodys(library: Library) -> None:
    text = "Spokesman Bo Lund left. A spokesman for the mill said it burns. The spokesman said"
    library.add([Article("mill", "Mill", f"{text} that it rains.", "mill.md")])
    speakers = {found.text: found.speaker for found in library.statements().statements}
    assert speakers == {"it burns": "A spokesman for the mill", "that it rains": "Bo Lund"}


def test_a_filter_that_equals_a_column_finds_no_damage(library: Library) -> None:
    # SQLite puts the value into other conditions too, and so into the checksums of other rows.
    library.add(
        [
            Article("en", "Quay", "Ada Holm denied the aid. Bo Lund promised aid.", language="en"),
            Article("de", "Kai", "Der Kai blieb am Montag geschlossen.", language="de"),
        ]
    )
    denials = library.statements(near="aid", stance="denies")
    assert [statement.speaker for statement in denials.statements] == ["Ada Holm"]
    assert library.timeline("Kai", only=Filter(languages=("en",))).total == 0
    assert library.timeline(only=Filter(languages=("en",))).total == 0


def test_a_pulled_quotation_is_cited_with_its_name_and_nothing_else(library: Library) -> None:
    pulled = "“a grave security threat” – Ada Holm"
    library.add([Article("q", "Quay", f"The quay is shut. Nobody came.\n\n{pulled}\n\nIt rained.")])
    [statement] = library.statements(by="Ada Holm").statements
    assert statement.sentence == pulled
