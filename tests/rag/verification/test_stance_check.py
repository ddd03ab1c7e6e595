"""What the evidence denies, takes back, or only says that somebody says."""

from __future__ import annotations

import pytest

from rag.verification.verdict import verify

TOLD = "Mr Torvik told the committee that Governor Finch had called his study “a fairy tale”."
LEAFLET = "A leaflet says Minister Hale promised a new hospital."


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "Governor Finch called the study a fairy tale.",
            f"{TOLD} She denied having said so.",
        ),
        (
            "Minister Hale promised a new hospital.",
            f"{LEAFLET} He says he never promised one.",
        ),
        ("The mayor took bribes.", "The mayor denied taking bribes."),
        ("The mayor took bribes.", "The mayor took bribes. He denies it."),
        (
            "The deputy head leaked the emails.",
            "The deputy head leaked the emails, which she denies.",
        ),
        (
            "There are 14 cracks in the dam.",
            "The Bay Wire reported 14 cracks in the dam. That was wrong.",
        ),
        (
            "The director was dismissed.",
            "The director was dismissed, a paper reported. The report was later retracted.",
        ),
        (
            "The factory poisoned the well.",
            "Neighbours said the factory had poisoned the well."
            " Its owner called the accusation baseless.",
        ),
    ],
)
def test_what_is_denied_or_taken_back_is_not_supported(claim: str, evidence: str) -> None:
    verdict = verify(claim, evidence)

    assert verdict.support == "unsupported"
    assert verdict.reasons[0].kind == "denial"


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Governor Finch called the study a fairy tale.", TOLD),
        ("The mayor took bribes.", "The union accuses the mayor of taking bribes."),
        (
            "The company dumped waste in the river.",
            "The company allegedly dumped waste in the river.",
        ),
        (
            "Coach Reyes hit a player.",
            "A parent claimed that Coach Reyes had hit a player.",
        ),
        ("Coach Reyes hit a player.", "Coach Reyes hit a player, a parent claimed."),
    ],
)
def test_what_somebody_alleges_is_supported_in_part(claim: str, evidence: str) -> None:
    verdict = verify(claim, evidence)

    assert verdict.support == "partly"
    assert [reason.kind for reason in verdict.reasons] == ["attribution"]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (TOLD.replace("“", "").replace("”", ""), f"{TOLD} She denied having said so."),
        ("The mayor denied taking bribes.", "The mayor denied taking bribes."),
        (
            "The bridge will close in May.",
            "The mayor said the bridge will close in May.",
        ),
        ("Two people were killed.", "Two people were killed, police said."),
        (
            "Smith was charged with murder.",
            "Smith was charged with murder on Monday. He denied wrongdoing.",
        ),
        (
            "The company closed the plant.",
            "The company closed the plant in May. It denied wrongdoing.",
        ),
        (
            "The mayor took bribes.",
            "The mayor denied taking bribes. The court found that the mayor took bribes.",
        ),
        (
            "The company allegedly dumped waste.",
            "The company allegedly dumped waste in the river.",
        ),
        (
            "Hale promised a hospital.",
            "Hale promised a hospital. Critics rejected that.",
        ),
    ],
)
def test_what_is_reported_or_said_elsewhere_stands(claim: str, evidence: str) -> None:
    assert verify(claim, evidence).support == "supported"
