"""Follow-ups get the words they lean on; other questions are left as they are."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Turn
from rag.asking.follow_ups import MAX_HISTORY_TURNS
from rag.asking.question import (
    check_question,
    standalone_question,
    understand_question,
)
from rag.errors import QuestionError
from rag.settings import MAX_QUESTION_CHARS
from rag.types import REFUSAL

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
    with pytest.raises(
        QuestionError, match="10,000 characters long and the limit is 2,000"
    ) as caught:
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
            "Did mayor Tom Reed deny it? (tunnel)",
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


def test_the_answer_lends_its_names() -> None:
    history = [Turn("user", "Who resigned?"), Turn("assistant", "Ada Holt resigned.")]
    assert standalone_question("When was that?", history) == "When was that? (resigned Ada Holt)"
    assert standalone_question("Did she apologise?", history) == "Did Ada Holt apologise?"


def test_a_pasted_article_lends_only_its_first_words() -> None:
    pasted = " ".join(f"word{n}" for n in range(100_000))
    resolved = standalone_question("Why?", asked(pasted))
    assert len(resolved) < 400
    assert words_of(resolved) <= words_of(f"Why {pasted}")


# A whole question after talk of something else


@pytest.mark.parametrize(
    "question",
    [
        "Why did the bishop step down?",
        "Who was wounded after the landslide?",
        "How did the lions get out?",
        "What happened at the sawmill?",
        "What do the nurses want?",
        "Has the cinema been sold?",
        "Did the curator apologise for the mix-up?",
        "are there beavers in the forest",
        "Which pools will close next year?",
        "What was the outcome of the referendum?",
        "Tell me about the election.",
        "What did geologists discover about caves?",
    ],
)
def test_a_whole_question_gets_no_word_of_another_subject(question: str) -> None:
    for history in (asked("What did Russia say?"), asked(TUNNEL, "and in April?")):
        assert standalone_question(question, history) == question


def test_what_was_mentioned_before_is_meant_again() -> None:
    history = [
        Turn("user", "What happened in Port Elin?"),
        Turn("assistant", "A ferry rammed the pier. [1]"),
    ]
    assert words_of(standalone_question("Who steered the ferry?", history)) >= {"port", "elin"}


# The last answer


RESIGNED = [
    Turn("user", "Who resigned on Friday?"),
    Turn("assistant", "Judge Birgit Sand resigned on Friday. [1]"),
]


@pytest.mark.parametrize("question", ["When was that?", "why?", "and how?"])
def test_a_question_about_all_of_it_is_about_the_answer(question: str) -> None:
    assert words_of(standalone_question(question, RESIGNED)) >= {"birgit", "sand", "resigned"}


@pytest.mark.parametrize("question", ["Who else?", "and the others?", "anyone else?"])
def test_others_are_others_than_the_answer_names(question: str) -> None:
    resolved = words_of(standalone_question(question, RESIGNED))
    assert "resigned" in resolved
    assert not resolved & {"birgit", "sand"}


def test_a_question_that_names_nothing_is_told_by_its_answer() -> None:
    history = [
        Turn("user", "What happened on Monday?"),
        Turn("assistant", "The dam above the mill burst. [1]"),
    ]
    assert words_of(standalone_question("Why?", history)) >= {"dam", "mill", "burst"}


def test_a_refusal_and_a_question_in_return_are_no_answers() -> None:
    for text in (REFUSAL, understand_question("What did he say?").clarification):
        history = [Turn("user", "Who resigned?"), Turn("assistant", text)]
        assert standalone_question("Why?", history) == "Why? (resigned)"


@pytest.mark.parametrize(
    ("question", "previous", "resolved"),
    [
        ("and in April?", TUNNEL, "Why did Port Elin close the harbour tunnel in April?"),
        ("And in Quill?", "How many fell in Hesk?", "How many fell in Quill?"),
        ("what about at Orrin?", "Who spoke at the Quill gate?", "Who spoke at Orrin gate?"),
    ],
)
def test_a_place_takes_the_place_of_a_place(question: str, previous: str, resolved: str) -> None:
    assert standalone_question(question, asked(previous)) == resolved


# Gender and number


TWO_PERSONS = [
    Turn("user", "Who raised the tolls?"),
    Turn("assistant", "Minister Karin Lobel raised the tolls. [1]"),
    Turn("user", "Who sued the ferry company?"),
    Turn("assistant", "Sailor Henrik Brandt sued the ferry company. [1]"),
]


def test_a_pronoun_takes_the_last_person_of_its_gender() -> None:
    assert standalone_question("What did she say?", TWO_PERSONS) == (
        "What did minister Karin Lobel say? (tolls)"
    )
    assert standalone_question("What did he say?", TWO_PERSONS).startswith(
        "What did sailor Henrik Brandt say?"
    )


@pytest.mark.parametrize(
    ("answer", "gender"),
    [
        ("Ms Quillan Ard closed it. [1]", "she"),
        ("It was closed by her husband, Quillan Ard. [1]", "he"),
        ("Quillan Ard closed it. She had been warned. [1]", "she"),
        ("Spokesman Quillan Ard closed it. [1]", "he"),
    ],
)
def test_the_conversation_shows_the_gender(answer: str, gender: str) -> None:
    history = [Turn("user", "Who closed the tunnel?"), Turn("assistant", answer)]
    other = {"she": "he", "he": "she"}[gender]
    assert "Quillan Ard" in standalone_question(f"What did {gender} say?", history)
    assert "Quillan" not in standalone_question(f"What did {other} say?", history)


def test_whom_a_question_names_is_meant_and_not_whoever_its_answer_names() -> None:
    answer = "In a talk with Holt, South Korean President Ada Reck urged calm."
    history = [Turn("user", "Who is Holt?"), Turn("assistant", answer)]
    assert standalone_question("What did he say?", history) == "What did Holt say?"


def test_an_office_keeps_the_capital_of_its_nation() -> None:
    answer = "South Korean President Tom Reck urged calm."
    history = [Turn("user", "Who urged calm?"), Turn("assistant", answer)]
    asked_alone = standalone_question("What did he say?", history)
    assert asked_alone.startswith("What did South Korean President Tom Reck say?")


def test_the_first_word_of_an_answer_is_no_name() -> None:
    history = [Turn("user", "Who closed the pier?"), Turn("assistant", "Later, Tom Reck did.")]
    assert "Later" not in standalone_question("When was that?", history)


def test_a_counterpart_may_be_two_questions_back() -> None:
    history = asked("What did Russia say in response?", "When was that?")
    assert standalone_question("And Norway?", history) == "What did Norway say in response?"


@pytest.mark.parametrize("question", ["Who says so?", "And who claims that?", "according to whom?"])
def test_who_says_so_asks_for_those_who_are_quoted(question: str) -> None:
    history = asked("How many dockers are on strike?")
    assert standalone_question(question, history) == "Who is quoted on dockers strike?"


def test_a_pronoun_that_nobody_fits_is_asked_back_about() -> None:
    history = [Turn("user", "Who spoke?"), Turn("assistant", "Judge Birgit Sand spoke. [1]")]
    line = understand_question("What did he say?", history).clarification
    assert line == "Who is meant by “he”? Please ask again with the name."


def test_an_office_alone_is_nobody() -> None:
    history = [
        Turn("user", "Who found the leak?"),
        Turn("assistant", "Chief plumber Ingrid Sole found it. [1]"),
        *asked("Did Tom Reed pay for the pipes?"),
    ]
    assert standalone_question("What did she say?", history).startswith("What did Ingrid Sole say?")


def test_an_unknown_gender_stays_open() -> None:
    history = [Turn("user", "Who closed it?"), Turn("assistant", "Quillan Ard closed it. [1]")]
    for pronoun in ("he", "she"):
        assert "Quillan Ard" in standalone_question(f"What did {pronoun} say?", history)


@pytest.mark.parametrize("question", ["How much did it cost?", "When did they leave?"])
def test_a_thing_and_several_are_not_one_person(question: str) -> None:
    history = asked("Did Mayor Tom Reed close the harbour tunnel?")
    resolved = words_of(standalone_question(question, history))
    assert "tunnel" in resolved
    assert "reed" not in resolved


# Small talk


@pytest.mark.parametrize(
    "utterance",
    ["hello", "Thanks!", "ok", "Thank you so much.", "good evening", "bye!", "👍", "??"],
)
def test_what_asks_nothing_gets_a_line_and_no_word_of_the_conversation(utterance: str) -> None:
    for history in ([], asked(TUNNEL)):
        understood = understand_question(utterance, history)
        assert understood.text == utterance
        assert understood.clarification
        assert "\n" not in understood.clarification


def test_small_talk_is_no_topic() -> None:
    history = [*asked(TUNNEL), Turn("user", "thanks!"), Turn("assistant", "You are welcome!")]
    assert standalone_question("Why?", history) == f"Why? {TOPIC}"


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
        line = understand_question(question, history).clarification
        assert about in line
        assert "ask" in line
        assert "\n" not in line
    assert not understand_question(question, asked(TUNNEL)).clarification


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
    assert understand_question(question).clarification == ""


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
