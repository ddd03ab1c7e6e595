"""Counts: every article with the words, none that only has them apart."""

from __future__ import annotations

from datetime import date

import pytest

from onrecord import Article, Filter, Library
from rag import Assistant, Settings
from rag.answering.ledger_answers import count_mentions
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


SPOKEN = [
    Article(
        "quay",
        "Quay closed",
        "Harbour master Ida Solberg said the quay is unsafe. “It will stay shut,” said Bo Lund, a "
        "welder. The Quill Council said it would wait. Experts warned of cracks. Ambassador Oleg "
        "Tarasov of Russia, during his visit to Oslo, called it a pretext.",
        "quay.md",
        date(2025, 4, 1),
    ),
    Article(
        "strike",
        "Strike goes on",
        "Ida Solberg told reporters that the strike hurts the town.",
        "strike.md",
        date(2025, 4, 2),
    ),
]


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("Who is quoted?", ["Ida Solberg", "Bo Lund", "Quill Council", "Oleg Tarasov"]),
        ("Which people are quoted?", ["Ida Solberg", "Bo Lund", "Oleg Tarasov"]),
        ("Which organisations are quoted?", ["Quill Council"]),
        ("Which Russian officials are quoted?", ["Oleg Tarasov"]),
        ("Whom do the articles quote on the strike?", ["Ida Solberg"]),
    ],
)
def test_everybody_who_is_quoted_by_name(library: Library, question: str, names: list[str]) -> None:
    library.add(SPOKEN)
    answer = Assistant(library, Settings(reader="none")).ask(question)
    listed = ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
    assert answer.claims[0].text == f"{listed} {'are' if len(names) > 1 else 'is'} quoted."
    assert len(answer.claims) == 1 + len(names)
    assert answer.notice == "2 of 2 articles were read for it."
    assert answer.parts[0].wanted == "quoted"
    texts = {article.article_id: article.text for article in SPOKEN}
    for citation in answer.citations:
        assert texts[citation.article_id][citation.start : citation.end] == citation.quote


def test_nobody_who_is_quoted_is_said(library: Library) -> None:
    library.add(SPOKEN)
    answer = Assistant(library, Settings(reader="none")).ask("Who is quoted on herring?")
    assert answer.answered is Answered.NO
