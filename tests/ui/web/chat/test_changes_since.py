"""Answers that rest on what was corrected, replaced or removed since."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from onrecord import Article, HashEmbedder, Library
from sample_answers import ANSWER, FERRY
from ui.web.chat.changes_since import find_changes
from ui.web.chat.exchange import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

CORRECTION = Article(
    article_id="correction",
    title="Correction: the second ferry",
    text="The Wire reported that the second ferry takes 90 passengers. That was wrong."
    " It takes 60 passengers.",
    published=date(2025, 3, 22),
    outlet="Corvane Wire",
)
EXCHANGE = Exchange.from_answer(1, replace(ANSWER, claims=ANSWER.claims[:1]))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.create(tmp_path / "library", embedder=HashEmbedder()) as library:
        library.add([FERRY])
        yield library


def test_what_still_holds_is_no_change(library: Library) -> None:
    assert find_changes(library, EXCHANGE) == []
    library.add([replace(FERRY, text=f"{FERRY.text} It is blue.")], replace=True)
    assert find_changes(library, EXCHANGE) == []


def test_a_correction_is_named(library: Library) -> None:
    library.add([CORRECTION])
    (change,) = find_changes(library, EXCHANGE)
    assert (change.citation.number, change.kind) == (1, "corrected")
    assert change.by is not None
    assert change.by.article_id == "correction"
    assert "60 passengers" in change.by.quote
    known = replace(change.by, number=2)
    knowing = replace(EXCHANGE, citations=(*EXCHANGE.citations[:1], known))
    assert find_changes(library, knowing) == []


def test_words_that_are_gone_are_named(library: Library) -> None:
    library.add([replace(FERRY, text="A second ferry is built.")], replace=True)
    assert [change.kind for change in find_changes(library, EXCHANGE)] == ["replaced"]
    library.remove(["ferry"])
    assert [change.kind for change in find_changes(library, EXCHANGE)] == ["removed"]
