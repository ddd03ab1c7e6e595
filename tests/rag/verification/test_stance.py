"""Denials, answers and allegations in many words."""

import pytest

from rag.verification.stance import Manner, accuses, attributes, find_denial

DENIALS = """
She denied having said so.
Mr Raddick called the claim “pure invention”.
He rejected the claim and said that every crown could be accounted for.
There is no truth in the accusation, Norsund Fish said in a statement.
Mr Wessel called it a lie.
A spokeswoman for the clinic said the report was untrue.
The findings are disputed by the shipyard, which points to a leak.
His lawyer told the court that the charge was baseless.
Dorsch has pleaded not guilty.
Stark dismissed the accusations as “absurd”.
Moscow rejected the accusation as fantasy.
“Not a word of it is true,” said the bishop.
"That's a lie," she said.
He insists he did nothing wrong.
Her party spoke of a smear campaign.
The Kremlin has repeatedly denied any involvement.
The trainer waved the accusation aside.
“Nonsense,” said the trainer.
He has always maintained his innocence.
The mayor hit back at the claims on Friday.
The charge is without any foundation, says the association.
She vehemently contests the allegation.
The suspect entered a not guilty plea on Tuesday.
""".strip().splitlines()

OTHERS = """
The mayor was denied bail.
The court denied the motion.
The judge rejected the appeal.
The company rejected an offer of 3 million.
He was dismissed over the scandal.
The wall was in dispute for years.
The contest was won by a postman.
The false ceiling came down.
The parliament rejected the budget.
It's hard to deny that it has changed things.
He told officers that he was sick of the “level of lies” in the capital.
The harbour lies close to the border, she said.
Torvik told the committee that Finch had called his study “a fairy tale”.
The data, he said, is made up of reports.
""".strip().splitlines()


@pytest.mark.parametrize("sentence", DENIALS)
def test_denials_are_found(sentence: str) -> None:
    denial = find_denial(sentence)
    assert denial is not None
    assert denial.manner is Manner.DENIED


@pytest.mark.parametrize("sentence", OTHERS)
def test_other_sentences_deny_nothing(sentence: str) -> None:
    assert find_denial(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "denied"),
    [
        ("Noor Castellan has denied that she leaked the exam papers.", {"leak", "exam", "paper"}),
        ("“I never paid anybody in cash,” the coach said on Monday.", {"paid", "anybodi", "cash"}),
        ("She denied having said so.", set()),
        ("“We did not poison anybody,” the factory wrote.", {"poison", "anybodi"}),
    ],
)
def test_what_is_denied_ends_with_its_clause(sentence: str, denied: set[str]) -> None:
    found = find_denial(sentence)
    assert found is not None
    assert found.denied == denied


@pytest.mark.parametrize(
    "sentence",
    [
        "Mr Arbo declined to comment.",
        "The company could not be reached for comment.",
        "The bank did not immediately respond.",
        "The accused remained silent in court.",
    ],
)
def test_silence_is_an_answer_of_its_own(sentence: str) -> None:
    found = find_denial(sentence)
    assert found is not None
    assert found.manner is Manner.SILENT


def test_allegations_and_attributions() -> None:
    assert accuses("The union accuses the mayor of lying.")
    assert not accuses("The bridge opens in May.")
    assert attributes("The board says that the deputy head leaked them.")
    assert not attributes("The bridge opens in May.")
