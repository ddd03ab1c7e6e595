from __future__ import annotations

import pytest

from index.types import Sentence
from rag.drafts.checkable import HEADLINE, OWN_VIEW, QUESTION, TOO_SHORT, is_view, why_unchecked


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The quay was flooded on Sunday.", ""),
        ("Who will pay for the quay?", QUESTION),
        ("“And who will pay?”", QUESTION),
        ("“Who will pay for the quay?” Ada Holm asked reporters.", ""),
        ("Ada Holm asked: “Who will pay for the quay?”", ""),
        ("I have never seen the quay so full.", OWN_VIEW),
        ("We walked along the flooded quay.", OWN_VIEW),
        ("“We walked along the flooded quay,” said Ada Holm.", ""),
        ("Ada Holm said we would all pay.", ""),
        ("So it goes.", TOO_SHORT),
    ],
)
def test_what_is_checked(text: str, reason: str) -> None:
    assert why_unchecked(Sentence(0, len(text), text)) == reason


def test_a_headline_states_nothing() -> None:
    assert why_unchecked(Sentence(0, 12, "Quay flooded", is_heading=True)) == HEADLINE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The town should have raised the quay.", True),
        ("Sadly, the quay was not raised.", True),
        ("Imagine a quay without a wall.", True),
        ("Holm said the town should have raised the quay.", False),
        ("“It is shameful,” Holm said of the quay.", False),
        ("The town raised the quay.", False),
    ],
)
def test_a_view_is_the_authors(text: str, expected: bool) -> None:
    assert is_view(text) is expected
