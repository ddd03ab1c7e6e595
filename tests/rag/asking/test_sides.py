"""A comparison of two sides becomes a question for each of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asking.plan import Wanted, ask_for_version, divide_sides, plan_question


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        (
            "How did the mayor's story differ from that of the fire chief?",
            "What does the mayor say?",
            "What does the fire chief say?",
        ),
        (
            "How did the share of women among dockers compare with that among pilots?",
            "What is the share of women among dockers?",
            "What is the share among pilots?",
        ),
        (
            "How does the Ledger's report differ from the Times'?",
            "What is the Ledger's report?",
            "What is the Times' report?",
        ),
        (
            "Compare the offers of Norsk Rail and Baltic Lines",
            "What are the offers of Norsk Rail?",
            "What are the offers of Baltic Lines?",
        ),
        (
            "How does this year's harvest compare to last year's?",
            "What is this year's harvest?",
            "What is last year's harvest?",
        ),
        (
            "How does the police account of the fire differ from what the crew says?",
            "What does the police say about the fire?",
            "What the crew says (fire)?",
        ),
        (
            "What is the difference between the old tariff and the new one?",
            "What is the old tariff?",
            "What is the new tariff?",
        ),
        (
            "How does Ada Holm's view on the levy differ from Milo Reck's?",
            "What does Ada Holm say about the levy?",
            "What does Milo Reck say about the levy?",
        ),
        (
            "How does the union's plan differ from the owner's on night shifts?",
            "What is the union's plan on night shifts?",
            "What is the owner's plan on night shifts?",
        ),
        (
            "compare what Lund and the crew say about the fire",
            "What does Lund say about the fire?",
            "What does the crew say about the fire?",
        ),
        (
            "Compare what Ada Holm and Milo Reck said about the levy.",
            "What did Ada Holm say about the levy?",
            "What did Milo Reck say about the levy?",
        ),
        (
            "How do Holm and Milo Reck differ on the levy?",
            "What does Holm say about the levy?",
            "What does Milo Reck say about the levy?",
        ),
    ],
)
def test_each_side_is_asked(question: str, first: str, second: str) -> None:
    assert divide_sides(question) == (first, second)
    assert [part.question for part in plan_question(question)] == [first, second]


@pytest.mark.parametrize(
    "question",
    [
        "How do the two plans differ?",
        "How do the old plan and the new plan differ on cost?",
        "What did the mayor compare it to?",
        "Who is different?",
        "How did the number of strikes in 2021 compare with 2019 and 2020?",
        "How does the sponsorship of the fair differ from the years before?",
        "How does the following Reck has on Chirp compare with the one he had on Quill?",
        "How did the harvest compare with last year?",
    ],
)
def test_without_two_sides_the_question_stays_whole(question: str) -> None:
    assert divide_sides(question) is None
    assert [part.question for part in plan_question(question)] == [question]


def test_a_comparison_is_left_whole_on_request() -> None:
    question = "How does the old tariff differ from the new one?"
    assert [part.question for part in plan_question(question, whole=True)] == [question]


def test_a_differing_version_is_what_somebody_said() -> None:
    assert ask_for_version("how does the crew's own account differ?") == "What does the crew say?"
    parts = plan_question(
        "What did Lund say about the fire, and how did Ana Dahl's account differ?"
    )
    assert [part.wanted for part in parts] == [Wanted.ONE, Wanted.ONE]
    assert parts[1].question.startswith("What did Ana Dahl say")
    assert "fire" in parts[1].question


@given(
    st.lists(
        st.sampled_from(
            "how does compare the differ from with to between and one that of Lund's ( ' ?".split()
        ),
        max_size=14,
    ).map(" ".join)
)
def test_sides_are_questions_whatever_is_typed(question: str) -> None:
    for side in divide_sides(question) or ():
        assert side.endswith("?")
        assert side.strip("?").strip()
