"""Verbs of saying with their subjects, and whether two speakers are one."""

from __future__ import annotations

import pytest

from index.language.attribution import compare_speakers, find_attributions


@pytest.mark.parametrize(
    ("text", "heads"),
    [
        ("Reck said the quay was safe.", ["Reck"]),
        ("“It will hold,” said Mayor Tomas Reck.", ["Mayor Tomas Reck"]),
        ("“It will hold,” Reck told reporters.", ["Reck"]),
        ("According to Ines Varga, it will hold.", ["Ines Varga"]),
        ("It will hold, the mayor said.", ["the mayor"]),
        ("Ines Varga, an engineer from Quill, said it will hold.", ["Ines Varga"]),
        ("“Reck said no” is what they sing.", []),
        ("  Additionally, the town should state its case.", []),
        ("Keep in mind that Ines Varga said it will hold.", ["Ines Varga"]),
        ("“It will hold,” Ines Varga, a mayor, said at a Quill fair.", ["Ines Varga"]),
        ("Reck won delegates who get a say in the party.", []),
        ("Reck, an engineer, said Quill’s “cracked” quay will not hold.", ["Reck"]),
    ],
)
def test_subjects_of_verbs_of_saying_are_found(text: str, heads: list[str]) -> None:
    assert [found.head for found in find_attributions(text)] == heads


def test_speakers_are_compared_by_family_name_nation_and_initials() -> None:
    assert compare_speakers("Varga", "Ines Varga", "Ines Varga, an engineer") == 1
    assert compare_speakers("Anna Varga", "Ines Varga", "Ines Varga") == -1
    assert compare_speakers("Russia", "Peskov", "Kremlin spokesman Dmitry Peskov") == 1
    assert compare_speakers("QWG", "Quill Welders Guild", "Quill Welders Guild") == 1
    assert compare_speakers("Reck", "Ines Varga", "Ines Varga") == -1
    assert compare_speakers("the union", "Ines Varga", "Ines Varga, head of the union") == 1
