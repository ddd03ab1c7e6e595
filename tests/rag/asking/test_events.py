"""Which event a question asks about, and whether a sentence says that it did not happen."""

import pytest

from rag.asking.events import find_asked_denier, find_asked_event, is_denied_in


@pytest.mark.parametrize(
    ("question", "sentence", "denied"),
    [
        ("Who resigned?", "The vet refused to resign on Wednesday.", True),
        ("Who resigned?", "The chairman will not step down.", True),
        ("Who resigned?", "The publisher has ruled out quitting.", True),
        ("Who resigned?", "Two parties urged the mayor to resign.", True),
        ("Who resigned?", "The keeper has handed in his resignation.", False),
        ("Who resigned?", "The mayor resigned; her deputy did not resign.", False),
        ("Who resigned?", "The zoo has two elephants.", None),
        ("Which councillors voted for the landfill?", "Maud Sellick voted against it.", True),
        ("Which councillors voted for the landfill?", "The Seniors voted it down.", True),
        ("Which councillors voted for the landfill?", "The Liberals abstained.", True),
        ("Which councillors voted for the landfill?", "The Greens voted for it.", False),
        ("Which councillors voted against the landfill?", "The Greens voted for it.", True),
        ("Who was convicted of smuggling?", "The dealer was cleared of smuggling.", True),
        ("Who was convicted of smuggling?", "The captain was convicted.", False),
        ("Who was found guilty?", "She was found not guilty.", True),
        ("Who reached the cape?", "Bruno Tade failed to reach the cape.", True),
        ("Who reached the cape?", "She never failed to reach the cape.", False),
        ("Who called for a ban?", "The dean stopped short of calling for a ban.", True),
        ("Which club was relegated?", "Rovers narrowly avoided being relegated.", True),
        ("Which towns have banned fireworks?", "Tarn decided against banning them.", True),
        ("Which countries signed the pact?", "Peru did not sign it either.", True),
        ("Which ports criticised the toll?", "Tarn issued a statement of condemnation.", False),
        ("Which ports criticised the toll?", "Tarn voiced serious concerns.", False),
        ("Which ports criticised the toll?", "Tarn welcomed it.", True),
        # Nobody at all is an answer, and so is what did not happen to anybody.
        ("How many people were injured?", "Nobody was injured.", False),
        ("How many people were injured?", "The blast did not injure anyone.", False),
        # Asked the other way round.
        ("Who refused to resign?", "The vet refused to resign.", True),
        ("Who refused to resign?", "The director resigned.", False),
    ],
)
def test_denied_and_opposite_events_are_told_from_others(
    question: str, sentence: str, *, denied: bool | None
) -> None:
    event = find_asked_event(question)
    assert event is not None
    assert is_denied_in(event, sentence) is denied


@pytest.mark.parametrize(
    "question",
    [
        "Did the mayor resign?",
        "Why did she resign?",
        "Who is the mayor?",
        "When was it closed?",
        "",
    ],
)
def test_only_questions_that_choose_among_several_ask_for_an_event(question: str) -> None:
    assert find_asked_event(question) is None


@pytest.mark.parametrize(
    ("question", "denier"),
    [
        ("Did Kestrel Line deny agreeing on prices?", "Kestrel Line"),
        ("Has Russia denied it?", "Russia"),
        ("What did the minister deny?", "the minister"),
        ("Who denied it?", ""),
        ("Did the bridge close?", ""),
    ],
)
def test_whose_denial_is_asked_for(question: str, denier: str) -> None:
    assert find_asked_denier(question) == denier


@pytest.mark.parametrize("question", ["Who said that the bridge stays shut?", "Who told him to?"])
def test_saying_is_no_event(question: str) -> None:
    assert find_asked_event(question) is None


def test_the_month_of_may_is_no_wish() -> None:
    event = find_asked_event("Which bridge opened?")
    assert event is not None
    assert is_denied_in(event, "Shut until May, the Tollen Bridge opened on Friday.") is False
    assert is_denied_in(event, "The Tollen Bridge may be opened.") is True
