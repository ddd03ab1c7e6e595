"""The lowest and the highest figure are found by comparing."""

from __future__ import annotations

from datetime import date

import pytest

from onrecord import Article, Hit, Passage, Sentence
from rag.answering.figures import Extreme, find_extreme, put_extreme_first
from rag.types import Evidence


def say(*texts: str) -> list[Evidence]:
    """Return sentences of as many articles as evidence, the best first."""
    found = []
    for number, text in enumerate(texts):
        article = Article(f"a{number}", "Storm", text, "a.md", date(2025, 3, 4), "Wire")
        sentence = Sentence(0, len(text), text)
        hit = Hit(article, Passage(0, len(text), text, (sentence,)), 1.0, 0.0, 0.0, 0.0)
        found.append(Evidence(hit, 0, len(text), text, 1.0 - number / 10, features=()))
    return found


TOLLS = say(
    "Storm Petra has killed 14 people, the province said on 3 March 2025.",
    "Nine people died, the hospital said.",
    "The storm came from the north.",
    "The coast guard counts eleven dead.",
)


@pytest.mark.parametrize(
    ("extreme", "first"), [(Extreme.LOWEST, "Nine people"), (Extreme.HIGHEST, "Storm Petra")]
)
def test_the_extreme_comes_first_and_the_rest_stays(extreme: Extreme, first: str) -> None:
    ordered = put_extreme_first(TOLLS, extreme)
    assert ordered[0].text.startswith(first)
    rest = [item for item in TOLLS if item is not ordered[0]]
    assert list(ordered[1:]) == rest


def test_without_figures_nothing_changes() -> None:
    evidence = say("The storm came.", "Between 9 and 14 people died.")
    assert put_extreme_first(evidence, Extreme.LOWEST) == tuple(evidence)


@pytest.mark.parametrize(
    ("question", "extreme"),
    [
        ("What is the lowest number of deaths reported for the storm?", Extreme.LOWEST),
        ("Which is the highest bid for the yard?", Extreme.HIGHEST),
        ("What was the largest crowd estimate?", Extreme.HIGHEST),
        ("What is the highest mountain of Ostrand?", None),
        ("How many died?", None),
    ],
)
def test_what_asks_for_an_extreme(question: str, extreme: Extreme | None) -> None:
    assert find_extreme(question) is extreme
