"""Those who did something, and what others did."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.verification.verdict import verify

VOTE = (
    "Councillors Maud Sellick, Jory Pane and Beth Okoro voted against the landfill."
    " Piers Voss abstained."
)
GOAL = "Ada Lund saved a penalty. Mira Stone scored the winning goal."
SALE = "Tomas Reck bought the quay. Ines Varga bought the mill."
MERGER = "Dana Kerr voted against the merger; Lou Farrow voted for it."
OFFICES = "Tomas Reck is the chair and Ines Varga is the treasurer."
NATIONS = "Germany, France and Hungary voted in favour, while Serbia abstained."
EARLY = "Jory Pane spoke first and left early. Piers Voss stayed."
COLUMN = "Against: Maud Sellick, Jory Pane, Beth Okoro. Abstained: Piers Voss."
BODIES = "The Harbour List voted against the budget. The Meadow Party abstained."


@pytest.mark.parametrize(
    ("evidence", "true", "false"),
    [
        (VOTE, "Councillor Voss abstained.", "Councillor Pane abstained."),
        (VOTE, "Beth Okoro voted against the landfill.", "Piers Voss voted against the landfill."),
        (VOTE, "Beth Okoro and Jory Pane voted against the landfill.", "Maud Sellick abstained."),
        (GOAL, "Mira Stone scored the winning goal.", "Ada Lund scored the winning goal."),
        (SALE, "Varga bought the mill.", "Reck bought the mill."),
        (MERGER, "Lou Farrow voted for the merger.", "Dana Kerr voted for the merger."),
        (OFFICES, "Ines Varga is the treasurer.", "Tomas Reck is the treasurer."),
        (NATIONS, "Serbia abstained.", "Hungary abstained."),
        (EARLY, "Jory Pane left early.", "Piers Voss left early."),
        (COLUMN, "Piers Voss abstained.", "Jory Pane abstained."),
        (BODIES, "The Meadow Party abstained.", "The Harbour List abstained."),
        ("Reck resigned but Varga did not.", "Reck resigned.", "Varga resigned."),
    ],
)
def test_what_another_did_is_not_supported(evidence: str, true: str, false: str) -> None:
    assert not verify(true, evidence).reasons
    assert verify(false, evidence).support == "unsupported"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Altman resigned.", "Altman led OpenAI. He resigned."),
        ("OpenAI released a model.", "Sam Altman released a model at OpenAI."),
        ("Reck bought the mill.", "The mill was bought by Reck. Varga bought it from him later."),
        ("Reck voted against it.", "Varga and Reck voted against it."),
        ("Reck was elected.", "Everybody but Varga elected Reck."),
    ],
)
def test_what_is_left_open_is_not_refuted(claim: str, evidence: str) -> None:
    assert not verify(claim, evidence).reasons


def test_for_is_not_against() -> None:
    assert verify("The council voted for it.", "The council voted against it.").reasons
    assert not verify("The council voted for it.", "The council voted in favour of it.").reasons


@given(
    st.permutations("Sellick Pane Okoro Voss Lund Varga".split()),
    st.integers(1, 4),
    st.sampled_from(["and", ", and"]),
)
@settings(max_examples=40, deadline=None)
def test_every_member_of_a_list_counts(names: list[str], size: int, joint: str) -> None:
    *most, last = (f"Mr {name}" for name in names[:size])
    listed = (
        f"{', '.join(most)}{joint if joint[0] == ',' else ' ' + joint} {last}" if most else last
    )
    evidence = f"{listed} resigned. Mr {names[5]} stayed on."

    assert all(not verify(f"Mr {name} resigned.", evidence).reasons for name in names[:size])
    assert verify(f"Mr {names[5]} resigned.", evidence).reasons
