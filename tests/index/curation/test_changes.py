"""What changed between two texts, sentence by sentence."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.curation.changes import ChangeKind, compare_sentences
from index.types import Sentence


def sentences(texts: list[str]) -> list[Sentence]:
    return [Sentence(n, n + len(text), text) for n, text in enumerate(texts)]


def texts(changes: object, *kinds: ChangeKind) -> list[str]:
    return [change.text for change in changes if change.kind in kinds]  # type: ignore[attr-defined]


_TEXTS = st.lists(st.sampled_from(["A.", "B.", "C.", "D e.", "F."]), max_size=12)


@given(_TEXTS, _TEXTS)
def test_both_texts_can_be_told_from_the_changes(one: list[str], other: list[str]) -> None:
    changes = compare_sentences(sentences(one), sentences(other))
    assert texts(changes, ChangeKind.SAME, ChangeKind.REMOVED) == one
    assert texts(changes, ChangeKind.SAME, ChangeKind.ADDED) == other


@given(_TEXTS)
def test_nothing_changes_between_a_text_and_itself(one: list[str]) -> None:
    changes = compare_sentences(
        sentences(one), sentences([f" {t} ".replace(" ", "  ") for t in one])
    )
    assert {change.kind for change in changes} <= {ChangeKind.SAME}


@pytest.mark.parametrize("limit", [4_000_000, 0])
def test_what_is_too_long_to_compare_is_shown_as_replaced(
    monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr("index.curation.changes.MAX_COMPARED", limit)
    one = ["Same.", "Old.", "Middle.", "Older.", "End."]
    other = ["Same.", "New.", "Middle.", "Newer.", "End."]
    changes = compare_sentences(sentences(one), sentences(other))
    kept = ["Same.", "Middle.", "End."] if limit else ["Same.", "End."]
    assert texts(changes, ChangeKind.SAME) == kept
    assert texts(changes, ChangeKind.SAME, ChangeKind.REMOVED) == one
    assert texts(changes, ChangeKind.SAME, ChangeKind.ADDED) == other


def test_one_word_in_a_long_text() -> None:
    chance = random.Random(4)  # noqa: S311
    one = [f"Number {chance.randrange(50)}." for _ in range(5_000)]
    other = [*one[:2_500], "Something else.", *one[2_501:]]
    changes = compare_sentences(sentences(one), sentences(other))
    assert texts(changes, ChangeKind.REMOVED) == [one[2_500]]
    assert texts(changes, ChangeKind.ADDED) == ["Something else."]
