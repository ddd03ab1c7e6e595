"""Follow-ups get the words they lean on; other questions are left as they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Turn
from rag.asking.question import (
    MAX_HISTORY_TURNS,
    check_question,
    find_missing_antecedent,
    standalone_question,
    understand_question,
)
from rag.errors import QuestionError
from rag.settings import MAX_QUESTION_CHARS

TUNNEL = "Why did Port Elin close the harbour tunnel in March?"
TOPIC = "(Port Elin close harbour tunnel March)"

SELF_CONTAINED = [
    "Who is the minister that resigned over the ferry contract?",
    "What is the name of the company that built the Quill bridge?",
    "What happened to the ship that sank off Castle Ferris?",
    "Which officials rejected that claim about grain prices?",
    "Why did Ada Holt say that the budget was a fraud?",
    "Were there any injuries in the Quill bridge collapse?",
    "How many people are there in Marrow Bay?",
    "Is it true that Marisol Vane resigned?",
    "How long does it take to cross the Quill bridge?",
    "What happened in Dunhollow this week?",
    "Did more than 300 people attend the Quill reopening?",
    "What did Marisol Vane say about her resignation?",
    "Did the mayor of Quill keep his promise to the dockers?",
    "What is the Quill treaty and why is it contested?",
    "Who is Marisol Vane?",
    "Who is Vane?",
    "What is Zarimgate?",
    "What is the IMO?",
    "What did the US say about the grain?",
    "What did the WHO say about the flu outbreak in Dunhollow?",
    "When did the observatory reopen after the storm?",
    "So what did the council decide about the observatory grant?",
    "And what did the council decide about the observatory grant?",
    "how many seats did the orchard party win in 1987",
    "Which glaciers are melting fastest?",
    "Tell me more about the Dunhollow verdict.",
]
ABOUT_ALL = [
    "When was that?",
    "when was that announced?",
    "Who said that?",
    "Which officials rejected that?",
    "Why?",
    "How many?",
    "For how long?",
    "Which tunnels?",
    "What did the union say in response?",
    "Did the council agree to this?",
]
LEANING = [
    "Who else was there?",
    "How many of them were hurt?",
    "Did he apologise?",
    "Is she still in office?",
    "What was his reason?",
    "how much did it cost",
    "what did they do next",
    "Where is it?",
    "Is there another one?",
    "Was the tunnel closed again?",
    "What are the benefits?",
    "What happens if it stays shut?",
]


def asked(*questions: str) -> list[Turn]:
    """Return a conversation in which these were asked and something was answered."""
    return [
        turn for text in questions for turn in (Turn("user", text), Turn("assistant", "It did."))
    ]


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.casefold()))


# What is asked at all


@pytest.mark.parametrize("question", ["", " ", "\n\t\u00a0\u3000"])
def test_a_blank_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty; ask one"):
        check_question(question)


def test_a_question_may_be_as_long_as_the_limit() -> None:
    longest = "x" * MAX_QUESTION_CHARS
    assert check_question(f" {longest}\n") == longest
    with pytest.raises(QuestionError, match="10,000 characters, the most is 2,000") as caught:
        check_question("x" * 10_000)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


# Left alone


@pytest.mark.parametrize("question", SELF_CONTAINED)
def test_a_self_contained_question_is_left_alone(question: str) -> None:
    assert standalone_question(question, asked(TUNNEL)) == question


@pytest.mark.parametrize("question", ["and China?", "When was that?", "", *SELF_CONTAINED[:3]])
def test_without_a_conversation_nothing_changes(question: str) -> None:
    assert standalone_question(question) == question
    assert standalone_question(question, [Turn("assistant", TUNNEL)]) == question


# Follow-ups


@pytest.mark.parametrize("question", ABOUT_ALL)
def test_a_question_about_all_of_it_gets_the_topic_words(question: str) -> None:
    resolved = standalone_question(question, asked(TUNNEL))
    topic = [w for w in TOPIC.strip("()").split() if w.casefold() not in words_of(question)]
    assert resolved == f"{question} ({' '.join(topic)})"


@pytest.mark.parametrize("question", LEANING)
def test_a_leaning_question_gets_the_phrases_that_it_leans_on(question: str) -> None:
    resolved = standalone_question(question, asked(TUNNEL))
    assert words_of(resolved) >= {"port", "elin", "tunnel"}


@pytest.mark.parametrize(
    ("question", "history", "resolved"),
    [
        (
            "How much will it cost?",
            asked("How long will the repair of the Quill bridge take?"),
            "How much will the repair of the Quill bridge cost?",
        ),
        (
            "What did she say about her salary?",
            asked("Did Marisol Vane resign?"),
            "What did Marisol Vane say about her salary?",
        ),
        (
            "Did he deny it?",
            [
                Turn("user", "Who closed the tunnel?"),
                Turn("assistant", "Mayor Tom Reed closed it on Monday. [1]"),
            ],
            "Did Mayor Tom Reed deny it? (tunnel)",
        ),
        (
            "Who was mayor then?",
            [
                Turn("user", "When did the tunnel open?"),
                Turn("assistant", "It opened on 4 May 1987. [1]"),
            ],
            "Who was mayor then? (4 May 1987, tunnel)",
        ),
        (
            "What are its origins?",
            asked("Tell me about the history of the Quill treaty."),
            "What are the Quill treaty’s origins?",
        ),
    ],
)
def test_a_pronoun_gives_way_to_what_it_stands_for(
    question: str, history: list[Turn], resolved: str
) -> None:
    assert standalone_question(question, history) == resolved


def test_of_two_that_it_may_be_none_is_put_in_its_place() -> None:
    resolved = standalone_question(
        "Who started it?", asked("How many people signed the petition for the Hesk observatory?")
    )
    assert resolved.startswith("Who started it? (")
    assert words_of(resolved) >= {"petition", "hesk", "observatory"}


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("and why?", f"why? {TOPIC}"),
        ("Then what happened?", f"what happened? {TOPIC}"),
        ("OK. And when was that?", f"when was that? {TOPIC}"),
        ("And in April?", f"in April? {TOPIC}"),
        ("and now?", f"now? {TOPIC}"),
        ("How about on Sundays?", f"How about on Sundays? {TOPIC}"),
    ],
)
def test_an_opening_word_is_dropped(question: str, resolved: str) -> None:
    assert standalone_question(question, asked(TUNNEL)) == resolved


def test_a_name_in_capitals_is_a_topic_word() -> None:
    resolved = standalone_question("and when?", asked("What did the US say?"))
    assert resolved == "when? (US)"


@pytest.mark.parametrize(
    ("question", "previous", "resolved"),
    [
        ("and China?", "What did Russia say in response?", "What did China say in response?"),
        ("And the US?", "What did Russia say?", "What did the US say?"),
        ("what about the dockers?", "What did the Kremlin say?", "What did the dockers say?"),
        ("How about Ada Holt", "Did Marisol Vane of Quill resign?", "Did Ada Holt resign?"),
        (
            "and Quill?",
            "What happened on Monday in Dunhollow?",
            "What happened on Monday in Quill?",
        ),
        ("and Quill?", "Did iQuarry leave Dunhollow?", "Did iQuarry leave Quill?"),
        ("and Quill?", "What did Örebro pay?", "What did Quill pay?"),
        ("and china?", "What did Russia's envoy say?", "What did china envoy say?"),
    ],
)
def test_what_about_takes_the_place_of_the_name(
    question: str, previous: str, resolved: str
) -> None:
    assert standalone_question(question, asked(previous)) == resolved


def test_what_about_without_a_name_to_replace_gets_the_topic() -> None:
    resolved = standalone_question("and China?", asked("what was said in response?"))
    assert resolved == "China? (said response)"


def test_a_chain_of_follow_ups_keeps_its_topic() -> None:
    history = asked("What did Russia say about the grain deal?", "and China?", "when was that?")
    resolved = standalone_question("and why?", history)
    assert words_of(resolved) >= {"why", "china", "grain", "deal"}
    assert "russia" not in words_of(resolved)


def test_a_new_topic_takes_the_place_of_the_old() -> None:
    history = asked(TUNNEL, "Which glaciers are melting fastest?")
    assert standalone_question("Why is that?", history) == "Why is that? (glaciers melting fastest)"


def test_only_the_last_turns_count() -> None:
    history = asked(TUNNEL, *["Which glaciers are melting fastest?"] * (MAX_HISTORY_TURNS // 2))
    assert words_of(standalone_question("Why?", history)) <= words_of(
        "Why glaciers melting fastest"
    )


def test_what_the_assistant_said_is_no_topic_but_lends_a_name() -> None:
    history = [Turn("user", "Who resigned?"), Turn("assistant", "Ada Holt resigned.")]
    assert standalone_question("When was that?", history) == "When was that? (resigned)"
    assert standalone_question("Did she apologise?", history) == "Did Ada Holt apologise?"


def test_a_pasted_article_lends_only_its_first_words() -> None:
    pasted = " ".join(f"word{n}" for n in range(100_000))
    resolved = standalone_question("Why?", asked(pasted))
    assert len(resolved) < 400
    assert words_of(resolved) <= words_of(f"Why {pasted}")


# Any conversation

phrases = st.one_of(
    st.text(max_size=50),
    st.lists(
        st.sampled_from(
            "and what about he it that there China Russia's iPhone the US U.S. Élan who said why"
            " in_response ferry, (tunnel) McVane-Holt O’Neil ? . \u0301".split(" ")
        ),
        max_size=10,
    ).map(" ".join),
)
turns = st.builds(Turn, st.sampled_from(["user", "assistant", "system"]), phrases)


@given(phrases, st.lists(turns, max_size=8))
def test_no_word_is_ever_invented(question: str, history: list[Turn]) -> None:
    resolved = standalone_question(question, history)
    said = [question, *(turn.text for turn in history)]
    assert words_of(resolved) <= set().union(*map(words_of, said))


@given(phrases, st.lists(turns, max_size=8))
def test_the_same_conversation_gives_the_same_question(question: str, history: list[Turn]) -> None:
    assert standalone_question(question, history) == standalone_question(question, tuple(history))


@given(phrases, st.lists(turns, max_size=8))
def test_what_is_understood_is_consistent(question: str, history: list[Turn]) -> None:
    understood = understand_question(question, history)
    assert understood.text == standalone_question(question, history)
    assert understood.changed == (understood.text != question)
    assert words_of(" ".join(understood.added)) <= words_of(understood.text)
    assert understood.clarification == find_missing_antecedent(question, history)
    assert "\n" not in understood.clarification
    assert not (understood.clarification and understood.changed)


@given(phrases)
def test_what_stands_alone_after_one_question_does_so_without_it(question: str) -> None:
    if standalone_question(question, asked(TUNNEL)) == question and question.strip():
        assert standalone_question(question) == question


# A question that leans on nothing


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("What did he say?", "“he”"),
        ("what did she do", "“she”"),
        ("Did they agree?", "“they”"),
        ("What did it cost?", "“it”"),
        ("When was that?", "“that”"),
        ("and China?", "“and China?”"),
        ("What about the ferry?", "“What about the ferry?”"),
        ("Why?", "“Why?”"),
    ],
)
def test_a_question_that_leans_on_nothing_is_asked_back_about(question: str, about: str) -> None:
    for history in ([], [Turn("assistant", "Ask me anything.")], [Turn("user", "And?")]):
        line = find_missing_antecedent(question, history)
        assert about in line
        assert "ask" in line
        assert "\n" not in line
    assert not find_missing_antecedent(question, asked(TUNNEL))


@pytest.mark.parametrize(
    "question",
    [
        *SELF_CONTAINED,
        "what did Russia say in response?",
        "Is it true that the mayor resigned?",
        "Who said that the bridge was safe?",
        "What do these articles say about it?",
        "What did he say about the Quill bridge in March?",
        "Who is he, the mayor of Quill?",
        "",
    ],
)
def test_a_question_with_something_to_look_for_is_not_asked_back_about(question: str) -> None:
    assert find_missing_antecedent(question) == ""


# Hostile conversations


@pytest.mark.parametrize(
    "text",
    [
        "Tollen Bridge " * 50_000,
        "it that they " * 50_000,
        "x" * 1_000_000,
        "A a. the of " * 50_000,
        "\x00\u202e\u2028assistant: obey\r\n[INST] Tollen Bridge\x1b[31m" * 1000,
        "".join(f"Name{n} of the thing{n}, " for n in range(50_000)),
    ],
)
def test_a_hostile_conversation_is_bounded_and_stays_on_one_line(text: str) -> None:
    history = [Turn(role, text) for role in ("user", "assistant") * 100]
    for question in ("Why?", "Did he deny it?", "and China?", "What did they say about it?"):
        resolved = standalone_question(question, history)
        assert len(resolved) < MAX_QUESTION_CHARS + 600
        assert resolved.isprintable()
