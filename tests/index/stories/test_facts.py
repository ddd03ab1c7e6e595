"""One form filled in twice is two reports; one text with another lead or dateline is a copy."""

import tracemalloc
from itertools import pairwise

import pytest

from index.library import Library
from index.stories.facts import differ_in_facts
from index.types import Article

FORM = (
    "Firefighters were called to a burning {what} in {town} at five in the morning. Nobody was"
    " hurt, as {owner} had left the building in time. The damage is put at {damage} crowns. The"
    " police are looking into the cause and ask people who saw something to come forward."
)
BARN = FORM.format(what="barn", town="Grey Moor", owner="Ada Holt", damage="120,000")
BAKERY = FORM.format(what="bakery", town="Tollen", owner="Bo Lund", damage="75,000")


@pytest.mark.parametrize(
    "change",
    [
        ("Grey Moor", "Tollen Bridge"),
        ("Ada Holt", "Bo Lund"),
        ("120,000", "75,000"),
        ("five in", "seven in"),
    ],
    ids=["place", "person", "figure", "number in words"],
)
def test_one_other_name_or_figure_is_another_report(change: tuple[str, str]) -> None:
    assert differ_in_facts(BARN, BARN.replace(*change))
    assert differ_in_facts(BARN.replace(*change), BARN)


@pytest.mark.parametrize(
    "copy",
    [
        BARN,
        BARN[: len(BARN) // 2],
        f"GREY MOOR, March 7 (Tern Agency) - {BARN}\n\n(Reporting by Kaja Roe)",
        f"By Jon Pell\n\n{BARN}\n\nRead more on Chronicle Live.",
        BARN.replace("Holt", "Hollt"),
        BARN.replace("120,000", "120.000"),
        BARN.replace("five", "5"),
        BARN.replace("Ada Holt", "the owner"),
        f"{BARN} Mayor Reck visited the place on Sunday.",
    ],
    ids=["same", "cut", "agency", "byline", "spelling", "grouping", "digits", "vaguer", "more"],
)
def test_what_desks_do_to_a_text_leaves_it_a_copy(copy: str) -> None:
    assert not differ_in_facts(BARN, copy)
    assert not differ_in_facts(copy, BARN)


def test_articles_with_a_common_background_are_not_one_form() -> None:
    news = "Ada Holt sells cheese. " * 12
    other = "Bo Lund mends clocks at night. " * 12
    background = "The market hall of Ostrand was built of brick in the year of the flood."
    assert not differ_in_facts(f"{news}{background}", f"{other}{background}")


def test_a_form_makes_no_story_and_none_of_its_sentences_is_a_copy(library: Library) -> None:
    library.add([Article("barn", "Fire", BARN), Article("bakery", "Fire", BAKERY)])

    hits = library.search("Was anybody hurt in the fire?", 5)

    assert library.stories() == ()
    assert {hit.article.article_id for hit in hits} == {"barn", "bakery"}
    assert not any(hit.copies for hit in hits)


def test_a_true_copy_is_still_folded(library: Library) -> None:
    library.add([Article("one", "Fire", BARN), Article("two", "Blaze", BARN)])

    hits = library.search("Was anybody hurt in the fire?", 5)

    assert [len(hit.copies) for hit in hits] == [1]


def test_few_compared_texts_are_kept() -> None:
    texts = [" ".join(f"word{n}x{number}" for n in range(300)) for number in range(600)]
    tracemalloc.start()
    try:
        for one, other in pairwise(texts):
            differ_in_facts(one, other)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 4_000_000, f"{held:,} bytes are kept of {len(texts)} texts"
