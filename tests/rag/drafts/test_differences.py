from __future__ import annotations

from datetime import date

import pytest

from rag.drafts.differences import sharpen
from rag.verification.text_pair import Reason, ReasonKind

DAY = date(2025, 3, 6)


def lack(kind: ReasonKind, claim: str, words: str) -> Reason:
    start = claim.index(words)
    return Reason(kind, f"the cited text does not mention {words}", (start, start + len(words)))


@pytest.mark.parametrize(
    ("claim", "words", "told", "expected"),
    [
        ("It carries 19,000 vehicles.", "19,000", "About 9,000 vehicles cross it.", True),
        ("It carries 19,000 vehicles.", "19,000", "It carries 9,000 passengers.", False),
        ("It carries 19,000 vehicles.", "19,000", "It carries vehicles.", False),
        ("It cost 4 million euros.", "4 million euros", "It came to 3 million euros.", True),
        ("It cost 4 million euros.", "4 million euros", "Some 3 million people saw it.", False),
    ],
)
def test_another_figure_of_the_same_thing(
    claim: str, words: str, told: str, *, expected: bool
) -> None:
    found = sharpen(lack(ReasonKind.NUMBER, claim, words), claim, told, DAY)
    assert found.contradicts is expected


@pytest.mark.parametrize(
    ("claim", "words", "told", "expected"),
    [
        ("It opened on Monday.", "Monday", "The opening was on Friday.", True),
        ("It opened on 4 March.", "4 March", "The opening was on 9 March.", True),
        ("It opened on 4 March.", "4 March", "The opening was on Tuesday.", False),
        ("It opened on Monday.", "Monday", "The opening was in 1998.", False),
        ("It opened on Monday.", "Monday", "It opened.", False),
    ],
)
def test_another_day(claim: str, words: str, told: str, *, expected: bool) -> None:
    found = sharpen(lack(ReasonKind.DATE, claim, words), claim, told, DAY)
    assert found.contradicts is expected
