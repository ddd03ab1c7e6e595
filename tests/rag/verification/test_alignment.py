"""How much of a claim its evidence says."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification.alignment import align_words, longest_skip, ordered_share
from rag.verification.parsed_text import (
    read_text,
)

TEXTS = st.text(max_size=200) | st.text("aB “”\"'.,1 29%$’-\n", max_size=200)


@given(claim=TEXTS, evidence=TEXTS)
@settings(deadline=None, max_examples=80)
def test_shares_are_shares(claim: str, evidence: str) -> None:
    found = align_words(read_text(claim), read_text(evidence)).features

    for name in ("sentence_coverage", "window_coverage", "whole_coverage", "overlap"):
        assert -1e-9 <= found[name] <= 1 + 1e-9
    assert found["sentence_coverage"] <= found["window_coverage"] + 1e-9
    assert found["window_coverage"] <= found["whole_coverage"] + 1e-9


@pytest.mark.parametrize(
    ("claim", "share"),
    [
        ("Varga paid Reck.", 1),
        ("Varga paid Tomas Reck on Monday.", 4 / 6),
        ("Reck paid Varga.", 1 / 3),
        ("Varga, who was paid by Varga, paid Reck.", 3 / 8),
        ("", 0),
    ],
)
def test_words_count_in_the_order_of_the_evidence(claim: str, share: float) -> None:
    evidence = read_text("On Monday Varga paid the mayor, Tomas Reck.")

    assert ordered_share(read_text(claim), evidence) == pytest.approx(share)


@pytest.mark.parametrize(
    ("claim", "skip"),
    [
        ("The mayor may close the quay.", 7),
        ("The council may close the quay.", 0),
        ("The mayor proposes the rules.", 0),
        ("The mayor proposes the rules and the council may close it.", 1),
        ("Nobody sang.", 0),
    ],
)
def test_a_skip_is_what_the_evidence_has_between(claim: str, skip: int) -> None:
    evidence = read_text("The mayor proposes the rules, and only the council may close the quay.")

    assert longest_skip(read_text(claim), evidence) == skip


@given(st.lists(st.sampled_from("quay quill reck varga tollen".split()), min_size=1, max_size=7))
def test_the_ordered_share_is_that_of_the_longest_part_that_fits(words: list[str]) -> None:
    evidence = "reck quay tollen varga quay".split()
    fitting = [
        part
        for size in range(len(words) + 1)
        for part in combinations(words, size)
        if any(part == other for other in combinations(evidence, size))
    ]

    share = ordered_share(read_text(" ".join(words)), read_text(" ".join(evidence)))

    assert share == pytest.approx(max(map(len, fitting)) / len(words))
