"""Where a claim says something else than its evidence."""

from __future__ import annotations

import pytest

from rag.verification.gaps import find_gaps
from rag.verification.parsed_text import (
    read_text,
)


@pytest.mark.parametrize(
    ("claim", "sentence", "gaps"),
    [
        ("The quay of Quill fell.", "The quay of Marrow fell.", [("Quill", "Marrow")]),
        (
            "Reck met the mayor of Quill on Friday, in Quill, during a visit to the town.",
            "Reck paid a visit to Quill on Friday, and met its mayor as Marrow shelled the town.",
            [],
        ),
        ("Marrow, Tollen and Quill closed.", "Quill, Tollen and Marrow closed.", []),
    ],
)
def test_what_only_stands_elsewhere_is_not_replaced(
    claim: str, sentence: str, gaps: list[tuple[str, str]]
) -> None:
    found = dict.fromkeys(find_gaps(read_text(claim).words, read_text(sentence).words))

    assert [(claim[slice(*g.ours)], sentence[slice(*g.theirs)]) for g in found] == gaps


def test_gaps_are_what_differs_between_common_words() -> None:
    claim, sentence = "Reck gave Varga the keys.", "Varga gave Reck the keys."

    gaps = list(find_gaps(read_text(claim).words, read_text(sentence).words))

    assert [(claim[slice(*g.ours)], sentence[slice(*g.theirs)]) for g in gaps] == [
        ("Reck", "Varga"),
        ("Varga", "Reck"),
    ]
