from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.stance import Stance
from index.language.statements import Statement, StatementKind, find_statements


def read(text: str) -> list[tuple[str, str, str]]:
    """Return who says what with which stance, statement by statement."""
    return [
        (
            text[slice(*found.head)],
            "not " * found.is_negated + found.stance,
            " … ".join(text[slice(*place)] for place in found.contents),
        )
        for found in find_statements(text)
    ]


def only(text: str) -> Statement:
    [found] = find_statements(text)
    return found


@pytest.mark.parametrize(
    ("text", "speaker", "stance", "content"),
    [
        ("Reck said that it was safe.", "Reck", "asserts", "that it was safe"),
        ("Reck said on Monday that it was safe.", "Reck", "asserts", "that it was safe"),
        ("Prosecutors said it was safe.", "Prosecutors", "asserts", "it was safe"),
        ("It was safe, prosecutors said.", "prosecutors", "asserts", "It was safe"),
        ("“It is safe,” said the mayor.", "the mayor", "asserts", "“It is safe,”"),
        ("“It is safe,” the mayor told reporters.", "the mayor", "asserts", "“It is safe,”"),
        ('"It is safe," Ada Holm said.', "Ada Holm", "asserts", '"It is safe,"'),
        ("''It is safe,'' Ada Holm said.", "Ada Holm", "asserts", "''It is safe,''"),
        ("The mayor asked: “Is it safe?”", "The mayor", "asks", "“Is it safe?”"),
        ("According to Reck, it is safe.", "Reck", "asserts", "it is safe"),
        (
            "It is safe, according to the harbour board.",
            "the harbour board",
            "asserts",
            "It is safe",
        ),
        ("Reck, the mayor, denied the allegations.", "Reck", "denies", "the allegations"),
        ("Holm, who built it, said it was safe.", "Holm", "asserts", "it was safe"),
        ("Holm, 41, a welder, said it was safe.", "Holm", "asserts", "it was safe"),
        ("The firm promised to pay for it.", "The firm", "promises", "to pay for it"),
        ("The union called for a strike.", "The union", "demands", "for a strike"),
        ("The union asked the firm to pay.", "The union", "demands", "the firm to pay"),
        ("She asked whether it was safe.", "She", "asks", "whether it was safe"),
        ("Reck blamed the harbour board.", "Reck", "accuses", "the harbour board"),
        ("The firm declined to comment.", "The firm", "declines", "to comment"),
        ("The firm did not respond to a request.", "The firm", "declines", "to a request"),
        ("Reck did not confirm the report.", "Reck", "not confirms", "the report"),
        ("Russia has not confirmed the move.", "Russia", "not confirms", "the move"),
        ("It closed in May, as Holm says.", "Holm", "asserts", "It closed in May"),
        (
            "With three in ten saying it is safe, it stays.",
            "three in ten",
            "asserts",
            "it is safe, it stays",
        ),
        ("“A grave threat” – Ada Holm", "Ada Holm", "asserts", "“A grave threat”"),
        ("Holm told lawmakers last week that it broke.", "Holm", "asserts", "that it broke"),
        ("The bridge, she told reporters, is safe.", "she", "asserts", "The bridge … is safe"),
        (
            "Lind, who led it, said 5,000 guards were called.",
            "Lind",
            "asserts",
            "5,000 guards were called",
        ),
        (
            "The League, a group of firms, said the “merger” is bad.",
            "The League",
            "asserts",
            "the “merger” is bad",
        ),
        (
            "It costs $9, according to a survey of 8,061 people.",
            "a survey of 8,061 people",
            "asserts",
            "It costs $9",
        ),
        ("Reck briefed lawmakers on the talks.", "Reck", "asserts", "on the talks"),
        ("The G7 said that it would act.", "The G7", "asserts", "that it would act"),
        ("Reck issued a statement of regret.", "Reck", "asserts", "a statement of regret"),
        (
            "Chile and Peru made an appeal for calm.",
            "Chile and Peru",
            "demands",
            "an appeal for calm",
        ),
        (
            "The firm sent a letter of condemnation to Reck.",
            "The firm",
            "accuses",
            "a letter of condemnation to Reck",
        ),
        ("There was no reply from the firm about it.", "the firm", "declines", "no reply"),
        ("No comment came from Ada Holm.", "Ada Holm", "declines", "No comment came"),
        ("The firm has yet to respond to the claim.", "The firm", "declines", "to the claim"),
        ("Seoul has long said that it is so.", "Seoul", "asserts", "that it is so"),
        ("Steel was dear, the institute noted.", "the institute", "asserts", "Steel was dear"),
        ("An envoy advised Seoul not to arm Kyiv.", "An envoy", "asserts", "Seoul not to arm Kyiv"),
        (
            "None of the figures has been confirmed by Moscow.",
            "Moscow",
            "not confirms",
            "None of the figures",
        ),
        ("The claim was rejected by the ministry.", "the ministry", "denies", "The claim"),
        (
            "The firm gave no answer to the charge by Monday evening.",
            "The firm",
            "declines",
            "no answer to the charge by Monday evening",
        ),
        (
            "Their ties “are no threat”, he told reporters, because “they are old”.",
            "he",
            "asserts",
            "Their ties “are no threat” … because “they are old”",
        ),
        (
            "Lammy called it “reckless” and offered Seoul his help.",
            "Lammy",
            "asserts",
            "it “reckless”",
        ),
        (
            "Whether it was safe he would not confirm.",
            "he",
            "not confirms",
            "Whether it was safe",
        ),
        (
            "Both governments issued statements that condemn the move.",
            "Both governments",
            "asserts",
            "statements that condemn the move",
        ),
        (
            "Reck calls it “a grave threat”, and the board is at work.",
            "Reck",
            "asserts",
            "it “a grave threat”",
        ),
        (
            "The US think tank Institute for War (IW) has noted the effect.",
            "The US think tank Institute for War",
            "asserts",
            "the effect",
        ),
        ("Reck speaks of “a grave threat”.", "Reck", "asserts", "of “a grave threat”"),
        (
            "The ministry put the number of dead at about 45.",
            "The ministry",
            "asserts",
            "the number of dead at about 45",
        ),
        ("Reck ruled out a second vote.", "Reck", "denies", "a second vote"),
        ("Moscow brushed aside the protest.", "Moscow", "denies", "the protest"),
        ("SEOUL: The army is ready, Reck said.", "Reck", "asserts", "The army is ready"),
        ("SEOUL (Wire) — It is ready, Reck said.", "Reck", "asserts", "It is ready"),
        ("Seoul is anticipating a visit by Lin.", "Seoul", "believes", "a visit by Lin"),
        (
            "The Institute for War (IW) has noted the likely effect of the move.",
            "The Institute for War",
            "asserts",
            "the likely effect of the move",
        ),
        ("Seoul protests the move of troops.", "Seoul", "accuses", "the move of troops"),
    ],
)
def test_a_statement_is_read(text: str, speaker: str, stance: str, content: str) -> None:
    assert read(text) == [(speaker, stance, content)]


@pytest.mark.parametrize(
    "text",
    [
        "The firm made no statement of regret.",
        "The firm issued a licence for the statement.",
        "There is no reply to the letter.",
        "The crowd keenly observes the bridge.",
    ],
)
def test_what_nobody_says_is_no_statement(text: str) -> None:
    assert read(text) == []


def test_what_shares_a_subject_is_read_apart() -> None:
    text = "The mayor denied it, adding that the firm lied, and called for a vote."
    assert read(text) == [
        ("The mayor", "denies", "it"),
        ("The mayor", "asserts", "that the firm lied"),
        ("The mayor", "demands", "for a vote"),
    ]
    assert read("Reck noted the risks but said that it is safe.") == [
        ("Reck", "asserts", "the risks"),
        ("Reck", "asserts", "that it is safe"),
    ]


def test_a_clause_between_subject_and_verb_has_the_same_subject() -> None:
    text = "Russia, while affirming its ties are “within the law,” has not confirmed the move."
    assert read(text) == [
        ("Russia", "confirms", "its ties are “within the law,”"),
        ("Russia", "not confirms", "the move"),
    ]


def test_what_is_said_of_what_is_said_is_nested() -> None:
    text = "Reck said that Holm denied the charge."
    assert read(text) == [
        ("Reck", "asserts", "that Holm denied the charge"),
        ("Holm", "denies", "the charge"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The claims were read by the court.",
        "The phone call came on Monday.",
        "The plan announced on Monday is dear.",
        "He was told to leave.",
        "She was accused of theft.",
        "The army attacked the town.",
        "The firm reported a loss of 3 million.",
        "That adds another layer to the matter.",
        "The team maintained its lead.",
        "The minister called him in.",
        "The think tank sees a use in it.",
        "Voters in several states stayed at home.",
        "The bridge is closed.",
        "At the same time 21 states still have low fares.",
        "Elliott wrote the anthem for them.",
        "Her mission is to find that chosen one.",
        "It goes without saying that it is stale.",
        "The inspection reports that Varga promised for Friday have been published.",
        "The hall admitted 15,000 pupils free of charge last year.",
        "He will wait for it before he asks anybody to resign.",
        "If the ministry denies it, the matter ends.",
        "He put the cup at the edge.",
        "When the sun rose, the army attacked.",
        "The bridge was closed by the board.",
    ],
)
def test_a_word_of_saying_that_says_nothing_is_none(text: str) -> None:
    assert read(text) == []


def test_kinds() -> None:
    assert only("“It is safe,” Reck said.").kind is StatementKind.DIRECT
    assert only("Reck called it “a grave threat” to all.").kind is StatementKind.MIXED
    assert only("Reck said it was safe.").kind is StatementKind.INDIRECT


def test_a_quotation_goes_on() -> None:
    text = (
        "“It is safe,” Reck said. “It will stay open all year.”\n“We have seen to that ourselves.”"
    )
    first, second = find_statements(text)
    assert [text[slice(*place)] for place in first.contents] == [
        "“It is safe,”",
        "“It will stay open all year.”",
    ]
    assert text[slice(*second.head)] == "Reck"
    assert text[slice(*second.contents[0])] == "“We have seen to that ourselves.”"


def test_a_paragraph_is_announced() -> None:
    text = "Ada Holm stated:\n“The bridge will not be closed this year.”"
    assert read(text) == [("Ada Holm", "asserts", "“The bridge will not be closed this year.”")]


def test_nobody_speaks_inside_of_a_quotation() -> None:
    text = "“My neighbour said it was safe and the board denied it,” Reck recalled."
    assert read(text) == [
        ("Reck", "asserts", "“My neighbour said it was safe and the board denied it,”")
    ]


@given(st.text(alphabet="Ab “”\"'‘’.,:;–-\n said denied told that he (", max_size=300))
def test_places_lie_in_the_text(text: str) -> None:
    for found in find_statements(text):
        for start, end in (found.speaker, found.head, *found.contents):
            assert 0 <= start < end <= len(text)
        assert 0 <= found.cue[0] <= found.cue[1] <= len(text)
        assert isinstance(found.stance, Stance)


@pytest.mark.parametrize("piece", ["“a, said b. ", "and said, ", "x, y, ", "who ", "("])
def test_hostile_repetition_is_quick(piece: str) -> None:
    find_statements(piece * 2_000)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("In a radio interview Varga declared “I think the quay is old.”", "Varga"),
        ("Bo Lund, the town’s press officer, noted that the quay is old.", "Bo Lund"),
        ("Bo Lund, a welder who built it, recalled, “Out of nowhere, it broke.”", "Bo Lund"),
        ("“It broke,” Bo Lund, the head of Quill, one of the towns, said.", "Bo Lund"),
        ("In August, the mayor, a lawyer, said that the quay is old.", "the mayor"),
        ("In a talk on “Good Morning,” Varga said the quay is old.", "Varga"),
    ],
)
def test_appositions_and_openings_do_not_hide_who_speaks(text: str, speaker: str) -> None:
    [found] = find_statements(text)
    assert text[slice(*found.head)] == speaker
    assert text[slice(*found.contents[-1])].endswith(("old", "old.”", "broke,”", "broke.”"))


def test_what_somebody_should_say_is_nobodys_words() -> None:
    assert find_statements("The town should state its case.") == ()
