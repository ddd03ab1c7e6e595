"""Counts, speakers, statements and timelines: everything that the ledger has, and nothing else."""

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


TAKEN = [
    Article(
        "summit",
        "Summit on the dam",
        "France and Japan condemned the dam on 3 March 2025. Norrvik accused Quill of lying about "
        "it. Two officials denied the flood. Minister Ada Holm promised a new bridge on 4 March "
        "2025. Bo Lund, a welder, has not denied the flood. She walked home.",
        "summit.md",
        date(2025, 3, 5),
    ),
    Article(
        "pledge",
        "Pledges",
        "Ida Solberg pledged a bridge for the town. Ida Solberg said the ferry is late.",
        "pledge.md",
        date(2025, 3, 6),
    ),
]


@pytest.mark.parametrize(
    ("question", "summary"),
    [
        (
            "List everyone who promised a bridge",
            "The articles report such statements by Ida Solberg and Ada Holm.",
        ),
        ("Who all denied the flood?", "The articles report such statements by two officials."),
        (
            "Which countries have condemned the dam?",
            "The articles report such statements by France and Japan.",
        ),
    ],
)
def test_everybody_who_takes_a_side(library: Library, question: str, summary: str) -> None:
    library.add(TAKEN)
    answer = Assistant(library, Settings(reader="none")).ask(question)
    assert answer.claims[0].text == summary
    assert answer.notice == "2 of 2 articles were read for it."


def test_everything_that_somebody_said(library: Library) -> None:
    library.add(TAKEN)
    answer = Assistant(library, Settings(reader="none")).ask("Everything that Solberg has said")
    assert [claim.text for claim in answer.claims] == [
        "Ida Solberg pledged a bridge for the town.",
        "Ida Solberg said the ferry is late.",
    ]
    assert "2 of 2 articles were read" in answer.notice
    assert answer.parts[0].wanted == "said"


def test_a_timeline_has_its_days_first(library: Library) -> None:
    library.add(TAKEN)
    answer = Assistant(library, Settings(reader="none")).ask("Give me a timeline of the summit")
    assert [claim.text for claim in answer.claims] == [
        "3 March 2025: France and Japan condemned the dam on 3 March 2025.",
        "4 March 2025: Minister Ada Holm promised a new bridge on 4 March 2025.",
    ]
    assert answer.parts[0].wanted == "timeline"


def test_a_list_on_any_subject_says_so(library: Library) -> None:
    library.add(TAKEN)
    answer = Assistant(library, Settings(reader="none")).ask("Which countries have condemned it?")
    assert answer.claims[0].text == "The articles report such statements by France and Japan."
    assert answer.notice == (
        "2 of 2 articles were read for it. Statements on any subject are listed."
    )


CORRECTED = [
    Article(
        "cracks",
        "Cracks in the dam",
        "Engineer Ada Holm said on 3 March 2025 that the dam has 14 cracks. Rain is forecast.\n\n"
        "Correction: An earlier version of this article said that the dam has 14 cracks. It has 4.",
        "cracks.md",
        date(2025, 3, 4),
    ),
    Article(
        "fund",
        "Fund of the dam",
        "Bo Lund accused Ida Solberg of stealing from the fund of the dam. Solberg denied it.",
        "fund.md",
        date(2025, 3, 5),
    ),
]


@pytest.mark.parametrize(
    ("question", "needed"),
    [
        ("Give me a timeline of the dam", "Correction: An earlier version"),
        ("Everything that Holm has said", "Correction: An earlier version"),
        ("Who all accused Solberg?", "Solberg denied it."),
    ],
)
def test_a_list_has_what_corrects_and_denies_its_statements(
    library: Library, question: str, needed: str
) -> None:
    library.add(CORRECTED)
    answer = Assistant(library, Settings(reader="none")).ask(question)
    assert any(needed in claim.text for claim in answer.claims)
    assert {n for claim in answer.claims for n in claim.citations} == {
        citation.number for citation in answer.citations
    }


def test_what_the_ledger_lacks_is_asked_of_the_articles(library: Library) -> None:
    library.add(TAKEN)
    answer = Assistant(library, Settings(reader="none")).ask("Who else apologised for the flood?")
    assert answer.parts[0].wanted == "quoted"
    assert all("such statements" not in claim.text for claim in answer.claims)
