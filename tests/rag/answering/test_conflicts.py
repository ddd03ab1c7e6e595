"""Answers of different articles that disagree, as a reader marked them."""

import math
from dataclasses import replace
from datetime import date

import pytest

from index.types import Article, Hit, Passage, Sentence
from rag.answering.conflicts import ANSWER, add_conflicts
from rag.answering.quote import cite
from rag.answering.rivals import find_rival
from rag.asking.terms import AnswerType, QuestionTerms
from rag.evidence.sentences import FEATURES
from rag.types import Answer, Claim, Evidence, Support
from ui.render import render_terminal
from ui.web.chat.exchange import Exchange
from ui.web.chat.export import exchange_to_markdown

DAY = date(2024, 5, 3)


def make_evidence(
    article_id: str,
    text: str,
    answer: str,
    *,
    here: float = 4.0,
    share: float = 0.4,
    names: float = 1.0,
    day: date | None = DAY,
) -> Evidence:
    """Return a sentence in which a reader marked an answer with a share of all that it read."""
    article = Article(article_id, "Ferry aground", text, published=day, outlet=f"The {article_id}")
    passage = Passage(0, len(text), text, (Sentence(0, len(text), text),))
    hit = Hit(article, passage, 1.0, 0.5, 1.0, 0.5, (0.5,))
    plain = [0.0] * len(FEATURES)
    plain[FEATURES.index("name_coverage")] = names
    features = (*plain, here, math.log(share), math.log(share), math.log(share), 1.0, 0.0)
    start = text.index(answer)
    return Evidence(hit, 0, len(text), text, 1.0, features, answer=(start, start + len(answer)))


def terms(wanted: AnswerType) -> QuestionTerms:
    return QuestionTerms({"ferri": 2.0, "alba": 3.0}, frozenset({"alba"}), wanted)


CALDER = make_evidence(
    "Post", "The ferry Alba was steered by Ines Calder that night.", "Ines Calder"
)
BRANDT = make_evidence("Wire", "At the helm of the Alba stood Tomas Brandt.", "Tomas Brandt")
WHO = "Who steered the ferry Alba?"


@pytest.mark.parametrize(
    ("question", "wanted", "one", "other", "disagree"),
    [
        (WHO, AnswerType.PERSON, CALDER, BRANDT, True),
        (
            "How many people were on the Alba?",
            AnswerType.NUMBER,
            make_evidence("Post", "The Alba had 212 passengers on board.", "212"),
            make_evidence("Wire", "There were 240 passengers on the ferry Alba.", "240 passengers"),
            True,
        ),
        (
            "When did the Alba run aground?",
            AnswerType.TIME,
            make_evidence("Post", "The Alba ran aground on 2 May 2024.", "2 May 2024"),
            make_evidence("Wire", "It was on 1 May 2024 that the Alba ran aground.", "1 May 2024"),
            True,
        ),
        (
            "Which country built the Alba?",
            AnswerType.PLACE,
            make_evidence("Post", "The Alba had been built in Norway.", "Norway"),
            make_evidence("Wire", "Shipyards in Finland made the Alba.", "Finland"),
            True,
        ),
        # The same in other words.
        (
            "How many people were on the Alba?",
            AnswerType.NUMBER,
            make_evidence("Post", "The Alba had 212 passengers on board.", "212"),
            make_evidence("Wire", "More than 200 passengers were on the Alba.", "200 passengers"),
            False,
        ),
        (
            WHO,
            AnswerType.PERSON,
            CALDER,
            make_evidence("Wire", "Captain Calder was at the helm of the Alba.", "Calder"),
            False,
        ),
        (
            "Who owns the Alba?",
            AnswerType.PERSON,
            make_evidence("Post", "The Alba belongs to the North Coast Line.", "North Coast Line"),
            make_evidence("Wire", "The owner of the Alba is NCL.", "NCL"),
            False,
        ),
        # Not of one kind, or not of the same thing.
        (
            WHO,
            AnswerType.PERSON,
            CALDER,
            make_evidence("Wire", "The Alba was steered by a machine.", "a machine"),
            False,
        ),
        (
            "How many were on the Alba?",
            AnswerType.NUMBER,
            make_evidence("Post", "The Alba had 212 passengers on board.", "212"),
            make_evidence("Wire", "The Alba carried 40 lorries.", "40 lorries"),
            False,
        ),
        (
            "Where did the Alba run aground?",
            AnswerType.PLACE,
            make_evidence("Post", "The Alba ran aground off Port Sorrel.", "Port Sorrel"),
            make_evidence("Wire", "On the coast of Norrland the Alba ran aground.", "Norrland"),
            False,
        ),
        # Several answers may be right.
        ("Who were on board the Alba?", AnswerType.PERSON, CALDER, BRANDT, False),
        ("What did the captain say?", AnswerType.STATEMENT, CALDER, BRANDT, False),
        # One side says what the other says, too.
        (
            WHO,
            AnswerType.PERSON,
            CALDER,
            make_evidence(
                "Wire", "Tomas Brandt gave the helm of the Alba to Ines Calder.", "Tomas Brandt"
            ),
            False,
        ),
    ],
)
def test_answers_that_disagree_are_told_from_others(
    question: str, wanted: AnswerType, one: Evidence, other: Evidence, *, disagree: bool
) -> None:
    found = find_rival(one, (one, other), question, terms(wanted))
    assert found == (other if disagree else None)
    assert find_rival(other, (other, one), question, terms(wanted)) == (one if disagree else None)


@pytest.mark.parametrize(
    "rival",
    [
        make_evidence("Wire", BRANDT.text, "Tomas Brandt", here=-1.0),
        make_evidence("Wire", BRANDT.text, "Tomas Brandt", share=0.05),
        make_evidence("Wire", BRANDT.text, "Tomas Brandt", names=0.5),
        make_evidence("Wire", BRANDT.text, "Tomas Brandt", day=date(2023, 5, 3)),
        make_evidence("Post", BRANDT.text, "Tomas Brandt"),
        replace(BRANDT, answer=None),
        replace(BRANDT, features=BRANDT.features[: len(FEATURES)]),
    ],
)
def test_what_is_unsure_or_of_another_time_is_no_rival(rival: Evidence) -> None:
    assert find_rival(CALDER, (CALDER, rival), WHO, terms(AnswerType.PERSON)) is None


def test_an_unsure_leading_answer_has_no_rival() -> None:
    unsure = make_evidence("Post", CALDER.text, "Ines Calder", share=0.1)
    assert find_rival(unsure, (unsure, BRANDT), WHO, terms(AnswerType.PERSON)) is None


def test_both_answers_stand_with_their_sources() -> None:
    citations = cite([CALDER])
    claims, shown, conflicts = add_conflicts(
        [Claim(CALDER.text, Support.SUPPORTED, (1,))],
        citations,
        [CALDER, BRANDT],
        WHO,
        terms(AnswerType.PERSON),
    )
    (conflict,) = conflicts
    assert conflict.kind == ANSWER
    assert conflict.sides == ("Ines Calder", "Tomas Brandt")
    assert [citation.article_id for citation in shown] == ["Post", "Wire"]
    assert [claim.citations for claim in claims] == [(1,), (2,)]
    assert BRANDT.marked == "Tomas Brandt"
    answer = Answer(WHO, WHO, refused=False, claims=claims, citations=shown, hits=(), probability=1,
                    conflicts=conflicts)  # fmt: skip
    for text in (render_terminal(answer), exchange_to_markdown(Exchange.from_answer(1, answer))):
        assert "different answers" in text
        assert "Tomas Brandt" in text


def test_a_side_that_is_cited_already_is_not_cited_again() -> None:
    citations = cite([CALDER, BRANDT])
    claims = [Claim(c.quote, Support.SUPPORTED, (c.number,)) for c in citations]
    shown = add_conflicts(claims, citations, [CALDER, BRANDT], WHO, terms(AnswerType.PERSON))
    assert shown[0] == tuple(claims)
    assert shown[1] == citations
    assert [conflict.citations for conflict in shown[2]] == [(1, 2)]


def test_without_the_question_only_statements_are_compared() -> None:
    citations = cite([CALDER])
    claims = [Claim(CALDER.text, Support.SUPPORTED, (1,))]
    assert add_conflicts(claims, citations, [CALDER, BRANDT])[2] == ()


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        (
            "The Saltmere ferry sank and 12 people died.",
            "When the Saltmere ferry sank, 15 people died.",
            "number",
        ),
        (
            "Mayor Reck took money from the quarry.",
            "Mayor Reck denied that he took money from the quarry.",
            "denial",
        ),
        (
            "The Tollen Bridge will reopen in May.",
            "The Tollen Bridge will not reopen in May.",
            "denial",
        ),
        (
            "The Saltmere ferry sank and 12 people died.",
            "When the Saltmere ferry sank, twelve people died.",
            None,
        ),
        (
            "About 12 people died on the ferry of Saltmere.",
            "The ferry of Quill carries 80 cars.",
            None,
        ),
        ("The ferry of Saltmere carries 80 cars.", "The ferry of Quill carries 60 cars.", None),
        (
            "Prices in Saltmere rose 3 percent in May 2024.",
            "Prices in Saltmere rose 5 percent in June 2024.",
            None,
        ),
    ],
)
def test_disagreements_are_told_from_differences(one: str, other: str, kind: str | None) -> None:
    for first, second in ((one, other), (other, one)):
        sides = make_evidence("Post", first, ""), make_evidence("Wire", second, "")
        claims = [Claim(first, Support.SUPPORTED, (1,))]
        conflicts = add_conflicts(claims, cite(sides[:1]), sides)[2]
        assert [conflict.kind for conflict in conflicts] == ([kind] if kind else [])
