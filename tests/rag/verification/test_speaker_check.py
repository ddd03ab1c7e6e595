"""Who says the words of a claim."""

from __future__ import annotations

import pytest

from rag.verification.parsed_text import (
    read_text,
)
from rag.verification.speaker_check import check_speaker


@pytest.mark.parametrize(
    ("claim", "agreement"),
    [
        ("Varga said: “It will not hold.”", 1),
        ("Reck said: “It will not hold.”", -1),
        ("Reck said the town had no money for the quay.", 1),
        ("Ines Varga said the town had no money for the quay.", -1),
        ("The quay will not hold.", 0),
        ("He said it will not hold.", 0),
    ],
)
def test_words_belong_to_who_says_them(claim: str, agreement: int) -> None:
    evidence = (
        "“It will not hold,” said engineer Ines Varga. Mayor Tomas Reck said the town had no money"
        " for the quay."
    )

    assert check_speaker(read_text(claim), read_text(evidence)).agreement == agreement


def test_she_is_whom_the_nearest_sentence_begins_with() -> None:
    text = (
        "The Quill Bridge was closed on Tuesday. Ada Holm, engineer of the Harbour Board, gave the"
        " order. “Steel gives you one warning,” she said."
    )
    words = "“Steel gives you one warning,”"
    assert check_speaker(read_text(f"{words} said Ada Holm."), read_text(text)).agreement == 1
    other = check_speaker(read_text(f"{words} said Tomas Reck."), read_text(text))
    assert (other.agreement, other.found) == (-1, "Ada Holm")
