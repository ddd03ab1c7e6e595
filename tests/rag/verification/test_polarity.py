"""Negations and opposites."""

from __future__ import annotations

import pytest

from rag.verification.parsed_text import (
    read_text,
)
from rag.verification.polarity import find_clashes


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("The old quay will not hold in winter.", []),
        ("The old quay will hold in winter.", ["hold"]),
        ("Prices of fish fell in Quill.", ["fell"]),
        ("Prices of fish rose in Quill.", []),
    ],
)
def test_opposites_and_negations_clash(claim: str, words: list[str]) -> None:
    evidence = read_text("The old quay will not hold in winter, and prices of fish rose in Quill.")

    assert [clash.word for clash in find_clashes(read_text(claim), evidence, [0])] == words


@pytest.mark.parametrize(
    ("claim", "evidence", "words"),
    [
        ("Reck runs the old quay firm Alm.", "Reck runs the failed quay firm Alm.", []),
        ("Alm repaired the old quay.", "Alm failed to repair the old quay.", ["repaired"]),
        ("The quay is safe in winter.", "The quay is not only safe in winter but new.", []),
        ("Varga said: “They paid, so he can’t.”", "“They paid, so he can’t,” Varga said.", []),
        ("The quay is safe in winter.", 'The quay is not "safe" in winter.', ["safe"]),
    ],
)
def test_a_negation_ends_with_its_clause(claim: str, evidence: str, words: list[str]) -> None:
    clashes = find_clashes(read_text(claim), read_text(evidence), [0])

    assert [clash.word for clash in clashes] == words
