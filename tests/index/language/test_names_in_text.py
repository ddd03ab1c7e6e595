from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.language.names import NameKind, find_names, nickname_of, split_person, strip_titles


def people(text: str) -> list[str]:
    return [name.name for name in find_names(text) if name.kind is NameKind.PERSON]


def roles(text: str) -> dict[str, str]:
    return {n.name: text[slice(*n.role)] for n in find_names(text) if n.role is not None}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Mayor Ada Holm left. Holm smiled.", ["Ada Holm", "Ada Holm"]),
        ("Mr. Reck met Tomas Reck.", ["Reck", "Tomas Reck"]),
        ("Judge Holly A. Thomas was confirmed.", ["Holly A. Thomas"]),
        ("A. Holm spoke first.", ["A. Holm"]),
        ("It was plan A. Tomas Reck left.", ["Tomas Reck"]),
        ("GM George Paton and DJ Tom Everett met.", ["George Paton", "Tom Everett"]),
        ("King Charles III William Lovelace/Agency", ["Charles III", "William Lovelace"]),
        (
            "Dr. Patricia Schnabel Ruppert spoke. Schnabel Ruppert said no more.",
            ["Patricia Schnabel Ruppert", "Patricia Schnabel Ruppert"],
        ),
        ("Nelson Mandela spoke. Joining Mandela was a cook.", ["Nelson Mandela"] * 2),
        ("Ann Ruby spoke. Whenever Ruby talks, all listen.", ["Ann Ruby", "Ann Ruby"]),
        ("Kim Hong-kyun spoke. Kim left.", ["Kim Hong-kyun", "Kim Hong-kyun"]),
        ("Valeriy Ryabykh wrote it. Ryabykh said so.", ["Valeriy Ryabykh", "Valeriy Ryabykh"]),
        ("Russian President Vladimir Putin’s visit", ["Vladimir Putin"]),
        ("Ursula von der Leyen spoke.", ["Ursula von der Leyen"]),
        ("Lena Hartwick, 41, spoke.", ["Lena Hartwick"]),
        ("NATO Secretary-General Mark Rutte spoke.", ["Mark Rutte"]),
        ("“It will hold,” said Bo Lund, a welder.", ["Bo Lund"]),
        ("The James Webb Space Telescope turned.", []),
        ("World War II ended.", []),
        ("On Monday the Harbour Board met.", []),
        ("He was in the east of Donetsk, together with the commander.", []),
    ],
)
def test_people_are_found(text: str, found: list[str]) -> None:
    assert people(text) == found


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("Kremlin spokesman Dmitry Peskov said so.", "Dmitry Peskov", "Kremlin spokesman"),
        ("Ada Holm, the mayor of Saltmere, said so.", "Ada Holm", "the mayor of Saltmere"),
        ("Defence Minister Kim Yong-hyun spoke.", "Kim Yong-hyun", "Defence Minister"),
        (
            "South Korea’s Vice Foreign Minister Kim Hong-kyun spoke.",
            "Kim Hong-kyun",
            "South Korea’s Vice Foreign Minister",
        ),
    ],
)
def test_offices_are_found(text: str, name: str, role: str) -> None:
    assert roles(text) == {name: role}


@pytest.mark.parametrize(
    "text",
    [
        "After Georgi Zinoviev, the deputy minister warned that it was so.",
        "With Ada Holm, President Lind made a visit.",
    ],
)
def test_a_clause_behind_a_name_is_no_office(text: str) -> None:
    assert set(roles(text)) <= {"Lind"}


def test_an_agency_for_two_things_is_one() -> None:
    text = "The Food and Drug Administration warned the Kremlin and the Harbour Board."
    names = [name.name for name in find_names(text) if name.kind is NameKind.ORGANISATION]
    assert names == ["Food and Drug Administration", "Harbour Board"]


def test_organisations() -> None:
    text = (
        "South Korea’s National Intelligence Service (NIS) and the Institute for the Study of War"
        " agree. NIS said so."
    )
    found = [n.name for n in find_names(text) if n.kind is NameKind.ORGANISATION]
    service = "National Intelligence Service (South Korea)"
    assert found == [service, service, "Institute for the Study of War", service]


def test_nations_are_places_by_any_of_their_names() -> None:
    found = [(n.name, n.kind) for n in find_names("Moscow’s envoy met Seoul’s. Russians left.")]
    assert found == [
        ("Russia", NameKind.PLACE),
        ("South Korea", NameKind.PLACE),
        ("Russia", NameKind.PLACE),
    ]


def test_names_are_taken_apart() -> None:
    assert split_person("Donald Trump Jr.") == ("donald jr", "trump")
    assert split_person("Kim Novak") == ("kim", "novak")
    assert split_person("") == ("", "")
    assert strip_titles("Prime Minister Liz Truss") == "Liz Truss"
    assert nickname_of("liz") == "elizabeth"


@given(st.text(alphabet="AbC dé. ’s,(-)\nof the Mr", max_size=200))
def test_places_lie_in_the_text(text: str) -> None:
    end = 0
    for name in find_names(text):
        assert end <= name.start < name.end <= len(text)
        end = name.end


def test_a_word_before_a_nation_is_no_organisation() -> None:
    [name] = find_names("Partners of Seoul have responded.")
    assert (name.name, name.kind) == ("South Korea", NameKind.PLACE)
