"""Lists are one piece of evidence, with the line that introduces them."""

from dataclasses import replace

import pytest

from index.text.passages import split_passages
from index.types import Article, Hit
from rag.evidence.lists import is_list, unite_lists, widen_to_list
from rag.types import Evidence

TEXT = "\n".join(
    (
        "They went to the office on Monday.",
        "The tenants demand:",
        "- the repair of both lifts",
        "- no higher rent",
        "2) a caretaker",
        "A spokesman took the list.",
    )
)
LIST = "The tenants demand:\n- the repair of both lifts\n- no higher rent\n2) a caretaker"


def pick(place: int) -> Evidence:
    (passage,) = split_passages(TEXT)
    hit = Hit(Article("a", "Tenants hand over a list", TEXT), passage, 1.0, 0.5, 1.0, 0.5, ())
    sentence = passage.sentences[place]
    return Evidence(hit, sentence.start, sentence.end, sentence.text, 1.0, ())


@pytest.mark.parametrize("place", [1, 2, 3, 4])
def test_an_item_and_the_line_before_stand_for_the_list(place: int) -> None:
    assert widen_to_list(pick(place)).text == LIST


@pytest.mark.parametrize("place", [0, 5])
def test_a_sentence_beside_a_list_stays_as_it_is(place: int) -> None:
    assert widen_to_list(pick(place)) == pick(place)


def test_a_list_is_one_piece_of_evidence_in_the_place_of_its_best_item() -> None:
    united = unite_lists([pick(0), pick(3), pick(1), pick(5), pick(4)])
    assert [item.text for item in united] == [pick(0).text, LIST, pick(5).text]


def test_two_items_are_a_list() -> None:
    assert is_list(LIST)
    assert not is_list("- alone")
    assert not is_list("Two lines,\nno item.")


def test_items_that_no_line_introduces_stay_apart_where_they_may_be_different_peoples() -> None:
    items = [pick(place) for place in (2, 3, 4)]
    assert unite_lists(items, introduced_only=True) == (widen_to_list(items[0]),)
    (passage,) = split_passages(TEXT.replace("The tenants demand:", "At a glance"))
    hit = replace(items[0].hit, passage=passage, article=Article("a", "", passage.text))
    loose = [
        Evidence(hit, s.start, s.end, s.text, 1.0, ()) for s in passage.sentences if "-" in s.text
    ]
    assert unite_lists(loose, introduced_only=True) == tuple(loose)


def test_sentences_one_below_the_other_are_no_list() -> None:
    text = "At a glance\n- The port is shut.\n- The crew denies it.\n- Rents rise."
    (passage,) = split_passages(text)
    hit = replace(pick(0).hit, passage=passage, article=Article("a", "", text))
    item = passage.sentences[2]
    alone = Evidence(hit, item.start, item.end, item.text, 1.0, ())
    assert widen_to_list(alone) == alone
