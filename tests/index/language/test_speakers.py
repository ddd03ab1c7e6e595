from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.speakers import (
    AskedSpeaker,
    find_asked_speaker,
    find_people_of,
    judge_speakers,
    means_namesake,
)

RUSSIA = AskedSpeaker("Russia", frozenset())
ARTICLE = (
    "Norway summoned the Russian ambassador on Tuesday. Foreign Minister Ida Solberg met "
    "Ambassador Oleg Tarasov for ten minutes. Tarasov rejected the complaint. Pavel Gromov, the "
    "spokesman for the Russian president, called the matter closed. Kremlin adviser and diplomat "
    "Yuri Belov kept silent. Norwegian Prime Minister Lars Holt praised the minister."
)


def speaks(
    sentence: str, speaker: AskedSpeaker, people: frozenset[str], previous: str = ""
) -> float:
    text = f"{previous} {sentence}".lstrip()
    [judged] = judge_speakers(text, [(len(text) - len(sentence), len(text))], speaker, people)
    return judged


@pytest.mark.parametrize(
    ("question", "nation", "names"),
    [
        ("what did Russia say in response?", "Russia", set()),
        ("What did the Kremlin say about it?", "Russia", set()),
        ("how did moscow respond to the accusation?", "Russia", set()),
        ("What was Beijing's reaction to the deal?", "China", set()),
        ("What has Ida Solberg said about the mast?", "", {"ida", "solberg"}),
        ("What did the mayor's deputy, Tom Reck, announce?", "", {"mayor", "tom", "reck"}),
        ("What is the reaction of Norway to the sale?", "Norway", set()),
        ("What is Ida Solberg saying about the mast?", "", {"ida", "solberg"}),
        ("Is Russia denying it?", "Russia", set()),
        ("What did Holm's family say?", "", {"holm", "family"}),
    ],
)
def test_finds_whose_words_are_asked_for(question: str, nation: str, names: set[str]) -> None:
    speaker = find_asked_speaker(question)
    assert speaker is not None
    assert speaker.nation == nation
    assert names <= speaker.names


@pytest.mark.parametrize(
    "question",
    [
        "How many bridges are closed?",
        "When did the ferry sink?",
        "Who resigned?",
        "What did he say?",
        "Why was the Russian ambassador called in?",
        "What is the mayor accused of?",
        "When were the passengers told?",
    ],
)
def test_finds_nobody_where_nobody_is_named(question: str) -> None:
    assert find_asked_speaker(question) is None


def test_links_officials_to_the_nation_that_introduces_them() -> None:
    assert find_people_of("Russia", ARTICLE) >= {"Oleg Tarasov", "Pavel Gromov"}
    assert find_people_of("Norway", ARTICLE) == {"Lars Holt"}
    assert find_people_of("China", ARTICLE) == frozenset()


def test_a_label_names_whose_official_follows() -> None:
    text = "- NATO: Secretary General Ada Holm wrote that it is grave."
    assert find_people_of("NATO", text) == {"Ada Holm"}


def test_an_ambassador_to_a_nation_does_not_speak_for_it() -> None:
    text = "The Russian ambassador to Norway, Oleg Tarasov, said that he would stay."
    assert find_people_of("Norway", text) == frozenset()
    assert find_people_of("Russia", text) == {"Oleg Tarasov"}


def test_a_body_of_a_nation_is_not_another_that_speaks_for_it() -> None:
    agency = find_asked_speaker("What did Norway's coastal agency say?")
    assert agency is not None
    people = frozenset({"Lars Holt"})
    assert speaks("Norway's coastal agency said the ship left.", agency, people) == 1.0
    assert speaks("Norway’s prime minister, Lars Holt, said the ship left.", agency, people) == 0.0
    officials = find_asked_speaker("What did Norwegian officials say?")
    assert officials is not None
    assert speaks("Norway’s prime minister, Lars Holt, said it left.", officials, people) == 1.0


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Reck's lawyer said the ship left.", -1.0),
        ("“He has no time,” another Reck adviser told us.", -1.0),
        ("Friends of the former mayor Tom Reck said so.", -1.0),
        ("Tom Reck Jr. said the ship left.", -1.0),
        ("Reck and his lawyer said the ship left.", 1.0),
        ("Former mayor Tom Reck told reporters so.", 1.0),
        ("The Reck campaign said the ship left.", 1.0),
    ],
)
def test_somebody_by_a_person_does_not_speak_with_that_person_s_voice(
    sentence: str, expected: float
) -> None:
    asked = find_asked_speaker("What did Reck say about the ship?")
    assert asked is not None
    assert speaks(sentence, asked, frozenset()) == expected


def test_the_family_speaks_where_it_is_asked_about() -> None:
    asked = find_asked_speaker("What did Reck's family say?")
    assert asked is not None
    assert speaks("Reck's family said the ship left.", asked, frozenset()) == 1.0


def test_a_namesake_of_another_nation_does_not_speak_for_it() -> None:
    text = "North Korean leader Kim Jong-un stayed at home. Minister Kim Yong-hyun warned of war. "
    people = find_people_of("North Korea", text)
    assert people == {"Kim Jong-un"}
    asked = AskedSpeaker("North Korea", frozenset())
    before = "North Korean leader Kim Jong-un stayed at home."
    foreign = "South Korean Minister Kim Yong-hyun warned of war."
    assert speaks(foreign, asked, people, before) == -1.0
    assert speaks("Kim Yong-hyun warned of war.", asked, people, before) == -1.0
    assert speaks("Kim Jong Un warned of war.", asked, people, before) == 1.0
    assert speaks("Kim warned of war.", asked, people, before) == 1.0


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Russia denied that any ship had been near.", 1.0),
        ("The Kremlin said the partnership would go on.", 1.0),
        ("Ambassador Tarasov insisted that the visit was legal.", 1.0),
        ("“We will not leave,” said Tarasov.", 1.0),
        ("“We will not leave,” said Solberg.", -1.0),
        ("Russia should act with care, said the spokesman of the Norwegian ministry.", -1.0),
        ("Norway should act with care, said Ambassador Tarasov.", 1.0),
        ("Solberg warned Russia that the port would be closed.", -1.0),
        ("Norway said that its patience with Russia was at an end.", -1.0),
        ("The harbour was empty on Tuesday morning.", 0.0),
        ("Norway summoned the Russian ambassador and demanded an answer.", -1.0),
        ("Solberg, on a visit to Oslo, called Russia's conduct reckless.", -1.0),
        ("At a meeting with Tarasov, the minister demanded an apology.", -1.0),
    ],
)
def test_tells_who_speaks_in_a_sentence(sentence: str, expected: float) -> None:
    assert speaks(sentence, RUSSIA, frozenset({"Tarasov"})) == expected


def test_he_is_who_the_sentence_before_begins_with() -> None:
    people = frozenset({"Tarasov"})
    before = "Ambassador Tarasov took note of the worries of Norway."
    assert speaks("He replied that all was legal.", RUSSIA, people, before) == 1.0
    assert speaks("He replied that all was legal.", RUSSIA, people) == 0.0
    other = "Foreign Minister Solberg received Ambassador Tarasov."
    assert speaks("She said that it was a threat.", RUSSIA, people, other) == 0.0
    assert speaks("He walked home.", RUSSIA, people, before) == 0.0


def test_a_person_is_recognised_by_any_part_of_the_name() -> None:
    speaker = find_asked_speaker("What did Ida Solberg say?")
    assert speaker is not None
    assert speaks("Solberg said that the mast would fall.", speaker, frozenset()) == 1.0


@pytest.mark.parametrize(
    ("question", "sentence", "expected"),
    [
        # An alliance or a nation before the office does not hide who holds it.
        ("What did Ada Holm say?", "NATO Secretary General Ada Holm said that it was grave.", 1.0),
        ("What did Holm say?", "British Foreign Secretary Ada Holm called it reckless.", 1.0),
        ("What did Ada Holm say?", "“It is grave,” said NATO Secretary General Ada Holm.", 1.0),
        ("What did Ada Holm say?", "British Secretary Ada Holm met Berg, and Berg said no.", -1.0),
        (
            "What did Ada Holm say?",
            "NATO Secretary General Lars Berg said that it was grave.",
            -1.0,
        ),
        # Namesakes.
        ("what did Ada Holm say?", "Berta Holm said that she would stay.", -1.0),
        ("what did ada holm say?", "Minister Holm said that she would stay.", 1.0),
        ("What did Thomas Holm say?", "Tom Holm said that he would stay.", 1.0),
        ("What did Georgy Tarasov say?", "Ambassador Georgiy Tarasov took note and said no.", 1.0),
        ("what did kim sang un say?", "Kim Dae-jung said that he would stay.", -1.0),
        ("what did Kim Sang Un say?", "Kim Sang-un said that he would stay.", 1.0),
        ("what did Kim Sang-un say?", "Leader Kim Sang Un said that he would stay.", 1.0),
        ("what did Kim Sang-un say?", "Kim Dae-jung said that he would stay.", -1.0),
        ("what did kim sang un say?", "The envoy of the UN Council said that it was grave.", -1.0),
        ("What did Ada Holm say?", "Ada said that she would stay.", 1.0),
        ("What did the ministry's envoy Ada Holm say?", "Ministry envoys said no.", 1.0),
        ("what did the expert Holm say?", "Ada Holm said that she would stay.", 1.0),
    ],
)
def test_a_person_is_told_from_their_office_and_their_namesakes(
    question: str, sentence: str, expected: float
) -> None:
    speaker = find_asked_speaker(question)
    assert speaker is not None
    assert speaks(sentence, speaker, frozenset()) == expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("what did kim sang un say?", "Minister Kim Dae-jung left. “It is grave,” Kim said.", True),
        (
            "what did kim dae jung say?",
            "Minister Kim Dae-jung left. “It is grave,” Kim said.",
            False,
        ),
        (
            "what did Kim Sang Un say?",
            "Kim Dae-jung met Kim Sang-un. “It is grave,” Kim said.",
            False,
        ),
        ("what did Kim Sang-un say?", "Minister Kim Dae-jung left. “It is bad,” Kim said.", True),
        ("What did Ada Holm say?", "Lars Holm was there. Holm said that it was grave.", True),
        ("What did Ada Holm say?", "Secretary Ada Holm was there. Holm said no.", False),
        ("What did Ada Holm say?", "Secretary Holm said that it was grave.", False),
        ("What did Holm say?", "Lars Holm was there. Holm said that it was grave.", False),
        ("What did Russia say?", "Lars Holm was there. Holm said that it was grave.", False),
    ],
)
def test_a_family_name_stands_for_who_was_last_named_in_full(
    question: str, text: str, expected: bool
) -> None:
    speaker = find_asked_speaker(question)
    assert speaker is not None
    assert means_namesake(speaker, text) is expected


@pytest.mark.parametrize("n_words", range(18, 34))
def test_who_is_met_does_not_speak_however_long_the_sentence(n_words: int) -> None:
    matter = " ".join(["grave"] * n_words)
    sentence = (
        f"In her talk with Ambassador Oleg Tarasov, Ida Solberg spoke of {matter} things said."
    )
    assert speaks(sentence, RUSSIA, frozenset({"Tarasov"})) <= 0.0


@given(st.text(max_size=200), st.text(max_size=200))
def test_takes_any_text(question: str, sentence: str) -> None:
    speaker = find_asked_speaker(question) or RUSSIA
    people = find_people_of("Russia", sentence)
    assert speaks(sentence, speaker, people) in {-1.0, 0.0, 1.0}


@pytest.mark.parametrize("unit", ["Russian ", "Russian minister, ", "A b, ", "said ", "to the "])
def test_long_hostile_text_is_read_in_one_pass(unit: str) -> None:
    text = unit * 20_000
    find_people_of("Russia", text)
    find_asked_speaker(text)


def test_a_newspaper_that_follows_its_verb_is_the_speaker() -> None:
    sentence = "The mast will be moved, said The Guardian."
    assert speaks(sentence, RUSSIA, frozenset()) == -1.0


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("What did Cheong Seong-il say?", "It will hold, as stated by Cheong Seong-il.", 1.0),
        ("What does the treaty say?", "The treaty includes a clause on mutual defence.", 1.0),
        ("What does the report say?", "The treaty includes a clause on mutual defence.", 0.0),
        ("What did the defence minister say?", "Defense Minister Ada Holm said no.", 1.0),
        ("What did the defence minister say?", "Finance Minister Bo Lund said no.", -1.0),
        ("What did the port authority say?", "The port authority said that it is safe.", 1.0),
        (
            "What did the defence minister tell the council?",
            "The defence minister, Ada Holm, briefed the council on the loss of the ferry.",
            1.0,
        ),
    ],
)
def test_offices_documents_and_those_who_come_after_their_words(
    question: str, text: str, expected: float
) -> None:
    speaker = find_asked_speaker(question)
    assert speaker is not None
    assert speaks(text, speaker, frozenset()) == expected


def test_a_quotation_that_goes_on_is_still_the_speakers() -> None:
    text = "Ida Solberg said: “The mast is safe.” “It was checked twice last week by engineers.”"
    speaker = find_asked_speaker("What did Ida Solberg say?")
    assert speaker is not None
    start = text.index("“It was")
    assert judge_speakers(text, [(0, start - 1), (start, len(text))], speaker, frozenset()) == [
        1.0,
        1.0,
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lund visited the harbour. “Holm is a liar. The war must end,” he said.", 0.0),
        ("Holm visited the harbour. “It goes well. Nobody can stop it,” she said.", 1.0),
    ],
)
def test_a_quotation_that_attacks_somebody_is_not_theirs(text: str, expected: float) -> None:
    speaker = find_asked_speaker("What did Ada Holm say?")
    assert speaker is not None
    assert judge_speakers(text, [(26, len(text))], speaker, frozenset()) == [expected]
