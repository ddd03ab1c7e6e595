"""Counts: every article with the words, none that only has them apart."""

from __future__ import annotations

from datetime import date

import pytest

from onrecord import Article, Filter, Library
from rag import Assistant, Settings
from rag.answering.counting import count_mentions
from rag.types import Answered

TEXTS = {
    "launch": "The yard is busy. Norvane Shipping will build six tugs. So it said.",
    "strike": "Dockers of NORVANE\u00a0SHIPPING walked out.",
    "prize": "The prize went to Norvane-Shipping's founder.",
    "apart": "Shipping is hard. Norvane is a village.",
    "longer": "The Norvane Shippings are a family.",
    "other": "The lido opened.",
}


@pytest.fixture
def filled(library: Library) -> Library:
    library.add(
        [
            Article(name, name.title(), text, f"{name}.md", date(2025, 3, n + 1), "Wire")
            for n, (name, text) in enumerate(TEXTS.items())
        ]
    )
    return library


def test_each_article_with_the_words_side_by_side_is_cited_once(filled: Library) -> None:
    found = count_mentions(filled, "the Norvane Shipping", Filter())
    assert found.count == 3
    assert {c.article_id for c in found.cited.citations} == {"launch", "strike", "prize"}
    (claim,) = found.cited.claims
    assert claim.text == "3 articles mention “Norvane Shipping”."
    assert claim.citations == (1, 2, 3)
    quotes = {c.article_id: c.quote for c in found.cited.citations}
    assert quotes["launch"] == "Norvane Shipping will build six tugs."
    for citation in found.cited.citations:
        text = filled.get(citation.article_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_the_assistant_counts_if_that_is_asked(filled: Library) -> None:
    assistant = Assistant(filled, Settings(reader="none"))
    answer = assistant.ask("How many articles mention Norvane Shipping?")
    assert answer.text == "3 articles mention “Norvane Shipping”. [1] [2] [3]"
    assert "All of 6 articles" in answer.notice
    assert answer.parts[0].wanted == "count"


def test_a_count_keeps_to_the_articles_that_are_asked(filled: Library) -> None:
    assistant = Assistant(filled, Settings(reader="none"))
    only = Filter(since=date(2025, 3, 2))
    answer = assistant.ask("How many articles mention Norvane Shipping?", only=only)
    assert answer.text.startswith("2 articles mention")


def test_nobody_mentions_it(filled: Library) -> None:
    assistant = Assistant(filled, Settings(reader="none"))
    answer = assistant.ask("How many articles mention Una Vance?")
    assert answer.refused
    assert answer.answered is Answered.NO
    assert not answer.claims
