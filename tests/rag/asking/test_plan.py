"""Plans: what is divided, what stays whole, and how much each part wants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.asking.plan import MAX_PARTS, Wanted, plan_question, read_counted


def parts_of(question: str) -> list[str]:
    return [part.question for part in plan_question(question)]


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "When did the tram line open, and how many people use it?",
            ["When did the tram line open?", "How many people use the tram line?"],
        ),
        (
            "Who designed the new library and what did it cost? And when does it close on Sundays?",
            [
                "Who designed the new library?",
                "What did the library cost?",
                "When does the library close on Sundays?",
            ],
        ),
        (
            "When and where was the treaty of Ostrand signed?",
            ["When was the treaty of Ostrand signed?", "Where was the treaty of Ostrand signed?"],
        ),
        (
            "What did the dockers of Harrowmere demand; did the port of Ostrand agree?",
            ["What did the dockers of Harrowmere demand?", "Did the port of Ostrand agree?"],
        ),
        (
            "How much did the bridge cost and how much did Saltmere pay?",
            ["How much did the bridge cost?", "How much did Saltmere pay?"],
        ),
        (
            "What did the union demand and what did Saltmere council offer?",
            ["What did the union demand?", "What did Saltmere council offer?"],
        ),
        (
            "Who is Ada Holm and what part did she play in the Saltmere inquiry?",
            ["Who is Ada Holm?", "What part did Ada Holm play in the Saltmere inquiry?"],
        ),
        (
            "Who is Ivo Reck, and what tips does he have for walkers?",
            ["Who is Ivo Reck?", "What tips does Ivo Reck have for walkers?"],
        ),
        (
            "Who is Yoon Mi Reck, and why might his rise worry Ada Holm?",
            ["Who is Yoon Mi Reck?", "Why might Yoon Mi Reck’s rise worry Ada Holm?"],
        ),
        (
            "Who leads the service in Ostrand Minster, and who gives the sermon?",
            [
                "Who leads the service in Ostrand Minster?",
                "Who gives the sermon? (Ostrand Minster)",
            ],
        ),
        (
            "When did Otto Holm and Meg Reck quit the board, and what was their explanation?",
            [
                "When did Otto Holm and Meg Reck quit the board?",
                "What was Otto Holm and Meg Reck’s explanation? (board)",
            ],
        ),
        (
            "What does Ada Holm advise, and how does she see the mood about the bypass?",
            ["What does Ada Holm advise?", "How does Ada Holm see the mood about the bypass?"],
        ),
    ],
)
def test_a_question_in_parts_is_divided(question: str, parts: list[str]) -> None:
    assert parts_of(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who resigned?",
        "Who was the man who fled the court and who was arrested later?",
        "When the ferry sank, what did the owner of the Bay Line say?",
        "Which governments protested and what did they say?",
        "Why did bread and milk become dearer in Ostrand?",
        "Who said what and when?",
        "How many people were hurt and how many killed in the Saltmere stabbings?",
        "what did Russia say in response?",
    ],
)
def test_what_is_one_question_stays_whole(question: str) -> None:
    assert parts_of(question) == [question]


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Who resigned on Monday?", Wanted.SEVERAL),
        ("Who opened the lido?", Wanted.ONE),
        ("What does the ferry cost?", Wanted.ONE),
        ("Which ministers resigned on Monday?", Wanted.SEVERAL),
        ("List the demands of the dockers", Wanted.SEVERAL),
        ("What are neighbours of the quarry saying about the noise?", Wanted.SEVERAL),
        ("How did the unions respond to the offer?", Wanted.SEVERAL),
    ],
)
def test_how_much_a_part_wants(question: str, wanted: Wanted) -> None:
    assert [part.wanted for part in plan_question(question)] == [wanted]


@pytest.mark.parametrize(
    ("question", "sought"),
    [
        (
            "How many crews came to the fire? Do the reports agree?",
            "How many crews came to the fire?",
        ),
        ("How long was the lido shut, and do the papers differ?", "How long was the lido shut?"),
        ("What did the new weir cost - compare the figures", "What did the new weir cost?"),
        ("when did the ferry sink, same time in all reports?", "when did the ferry sink?"),
        ("How deep is the flood according to the various outlets?", "How deep is the flood?"),
        ("Do the articles agree on the age of the oak?", "What is the age of the oak?"),
        ("How do the accounts of the number of dockers differ?", "How many dockers?"),
        ("How do the numbers of dockers differ between the reports?", "How many dockers?"),
        ("Do both papers differ about when the bridge opened?", "when the bridge opened?"),
    ],
)
def test_what_compares_sources_is_asked_of_each(question: str, sought: str) -> None:
    (part,) = plan_question(question)
    assert (part.question, part.wanted) == (sought, Wanted.EACH)


@pytest.mark.parametrize(
    "question",
    [
        "Was the mine safe according to the report?",
        "Do the brothers agree on the price?",
        "How do the two plans for the harbour differ?",
        "What did both papers report?",
        "What happened in both stories?",
    ],
)
def test_what_compares_no_sources_is_not(question: str) -> None:
    assert [part.wanted for part in plan_question(question)] != [Wanted.EACH]


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("How many articles mention the Tollen Bridge?", "the Tollen Bridge"),
        ("How many outlets report that the bridge is open?", "the bridge is open"),
        ("how many stories are about Ada Holm", "Ada Holm"),
        ("How many outlets quote the mayor?", "the mayor"),
        ("how many of the reports talk about “Bay Wire”?", "Bay Wire"),
        ("In how many articles is Una Vance named?", "Una Vance"),
        ("How many news stories are there about the lido?", "the lido"),
        ("How many articles did the editor write?", ""),
        ("How many people mention the bridge?", ""),
        ("How many articles mention “”?", ""),
        ("How many articles mention it?", ""),
    ],
)
def test_articles_are_counted_if_that_is_asked(question: str, subject: str) -> None:
    (part,) = plan_question(question)
    assert part.subject == subject
    assert (part.wanted is Wanted.COUNT) == bool(subject)
    assert read_counted(question) == (subject or question)


@given(
    st.lists(
        st.sampled_from(
            "who what when did and ? , ; it she the Bay Wire bridge opened cost how many articles"
            " mention (".split()
        ),
        min_size=1,
        max_size=14,
    )
)
def test_a_plan_has_parts_whatever_is_asked(words: list[str]) -> None:
    question = " ".join(words)
    parts = parts_of(question)
    assert 1 <= len(parts) <= MAX_PARTS
    assert all(part.strip() for part in parts)
    assert len(parts) > 1 or parts == [question]


@pytest.mark.parametrize(
    ("question", "reworded"),
    [
        ("Do the reports say whether the tram line is closed?", "The tram line is closed?"),
        ("Does the article mention who built the pier?", "Who built the pier?"),
        ("Is it known when the pier was built?", "When the pier was built?"),
        ("Has the port reacted?", "How did the port respond?"),
        ("Did the port comment on the strike yet?", "How did the port respond to the strike?"),
        ("Did the port say when it reacted to the strike?", None),
        ("Do the dockers say whether they strike?", None),
    ],
)
def test_words_that_only_lead_to_a_question_are_left_out(
    question: str, reworded: str | None
) -> None:
    assert parts_of(question) == [reworded or question]


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is quoted?", ""),
        ("Which organisations are quoted on the strike?", "organisation"),
        ("Which officials are quoted?", "person"),
    ],
)
def test_the_kind_of_those_who_are_quoted(question: str, kind: str) -> None:
    [part] = plan_question(question)
    assert (part.wanted, part.kind) == (Wanted.QUOTED, kind)


@pytest.mark.parametrize(
    "question",
    [
        "Which articles mention the Tollen Bridge?",
        "List all articles that mention the Tollen Bridge",
        "Show me the reports that talk about the Tollen Bridge.",
    ],
)
def test_which_articles_mention_something_is_counted(question: str) -> None:
    [part] = plan_question(question)
    assert (part.wanted, part.subject) == (Wanted.COUNT, "the Tollen Bridge")


@pytest.mark.parametrize(
    "question",
    [
        "Which country was recommended alongside Quill?",
        "Which process confirms the primality of a number?",
        "What do some people protest against?",
        "Which towns attacked Norrvik?",
    ],
)
def test_what_asks_for_nobodys_stance_is_no_list_of_speakers(question: str) -> None:
    assert plan_question(question)[0].stance == ""
