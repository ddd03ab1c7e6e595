"""Sentences into passages: where they end, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from article_texts import ARTICLES, MONOTONOUS
from index.text.passages import split_passages
from index.text.sentences import split_sentences
from index.types import Passage

PROSE = "The ferry company said on Monday that no boat would leave. "


def assert_passages_hold(text: str, passages: tuple[Passage, ...], max_chars: int) -> None:
    for passage in passages:
        assert passage.sentences
        assert passage.start == passage.sentences[0].start
        assert passage.end == passage.sentences[-1].end
        assert passage.text == text[passage.start : passage.end]
        assert len(passage.text) <= max_chars or len(passage.sentences) == 1


def prose(*lengths: int) -> str:
    """Return one paragraph of sentences with these lengths."""
    return " ".join("A" + "b" * (length - 2) + "." for length in lengths)


def lengths(passages: tuple[Passage, ...]) -> list[list[int]]:
    return [[len(s.text) for s in passage.sentences] for passage in passages]


def test_short_text_is_one_passage() -> None:
    text = f"  Ferries stop\n\n{PROSE * 3}\n"
    (passage,) = split_passages(text)
    assert passage.text == text.strip()
    assert passage.sentences == split_sentences(text)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2028\t"], ids=ascii)
def test_blank_text_has_no_passages(text: str) -> None:
    assert split_passages(text) == ()


def test_passage_ends_near_the_target() -> None:
    passages = split_passages(prose(*[99] * 20), target_chars=500, max_chars=900)
    assert lengths(passages) == [[99] * 5] * 4


def test_end_of_a_paragraph_is_preferred() -> None:
    text = "\n\n".join([prose(100, 100, 100), prose(*[100] * 9)])
    passages = split_passages(text, target_chars=500, max_chars=800)
    assert lengths(passages)[0] == [100] * 3


def test_end_of_an_early_paragraph_is_not() -> None:
    text = "\n\n".join([prose(100, 100), prose(*[100] * 9)])
    passages = split_passages(text, target_chars=500, max_chars=600)
    assert lengths(passages)[0] == [100] * 5


def test_heading_goes_with_what_follows() -> None:
    text = "\n\n".join([prose(100, 100, 100, 100), "What the crews want", prose(*[100] * 4)])
    first, second = split_passages(text, target_chars=420, max_chars=900)
    assert not first.sentences[-1].is_heading
    assert second.sentences[0].is_heading


def test_line_that_ends_in_a_colon_goes_with_what_follows() -> None:
    text = "\n\n".join([prose(100, 100, 100, 100), "The crews want:", prose(*[100] * 4)])
    _, second = split_passages(text, target_chars=420, max_chars=900)
    assert second.text.startswith("The crews want:")


def test_tiny_rest_is_taken_in() -> None:
    (passage,) = split_passages(prose(*[100] * 8, 40), target_chars=600, max_chars=900)
    assert len(passage.sentences) == 9


def test_tiny_rest_that_does_not_fit_is_shared_out() -> None:
    passages = split_passages(prose(*[100] * 6, 40), target_chars=600, max_chars=620)
    assert lengths(passages) == [[100] * 3, [100, 100, 100, 40]]


def test_sentence_over_the_limit_stands_alone() -> None:
    passages = split_passages(prose(100, 950, 100), target_chars=600, max_chars=900)
    assert lengths(passages) == [[100], [950], [100]]


@pytest.mark.parametrize(("target_chars", "max_chars"), [(0, 900), (600, 599)])
def test_length_out_of_range_is_refused(target_chars: int, max_chars: int) -> None:
    with pytest.raises(ValueError, match="must"):
        split_passages("Ferries stop.", target_chars=target_chars, max_chars=max_chars)


@given(ARTICLES, st.integers(1, 80), st.integers(0, 80))
def test_passages_partition_the_sentences(text: str, target: int, slack: int) -> None:
    passages = split_passages(text, target_chars=target, max_chars=target + slack)
    assert_passages_hold(text, passages, target + slack)
    assert tuple(s for p in passages for s in p.sentences) == split_sentences(text)


@pytest.mark.parametrize("unit", MONOTONOUS.values(), ids=MONOTONOUS.keys())
def test_long_monotonous_text_is_split(unit: str) -> None:
    # Anything worse than linear would show as a run that does not end.
    text = unit * (100_000 // len(unit))
    passages = split_passages(text)
    assert sum(len(p.sentences) for p in passages) == len(split_sentences(text))
