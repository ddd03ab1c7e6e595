"""The names of a text, and whether another has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.verification.names import Name, NamedText, find_names, is_common_noun


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The mayor, Tomas Reck, met Dr. Ines Varga.", ["Tomas Reck", "Dr. Ines Varga"]),
        ("However the Bank of Quill paid.", ["Bank of Quill"]),
        ("On Monday it closed.", []),
        ("Sketching helps.", []),
        ("Additionally, the quay closed. However Reck paid.", ["Reck"]),
        ("   Although Varga paid, it closed.", ["Varga"]),
        ("It fell.However, Reck paid.", ["Reck"]),
    ],
)
def test_names_are_found(text: str, names: list[str]) -> None:
    assert [name.text.replace("Dr ", "Dr. ") for name in find_names(text)] == names


@pytest.mark.parametrize(
    ("claim", "evidence", "missing"),
    [
        ("It was Tomas Reck.", "The mayor, Reck, and his brother Tomas.", False),
        ("It was Tomas Reck.", "The mayor, Tomas Rick.", True),
        ("It helped Moscow.", "Russia was helped.", False),
        ("It helped Moscow.", "Poland was helped.", True),
        ("It was the UWB.", "The United Welders of Britain struck.", True),
        ("It was the QWG.", "The Quill Welders Guild struck.", False),
        ("It was Zoë’s.", "Zoe had it.", False),
        ("It was Tomas Reck.", "On Monday Reck paid, and Mr Reck left.", False),
        ("It was Tomas Reck.", "On Monday Anna Reck paid, and Reck left.", True),
        ("It was New Quill.", "On Monday Quill paid.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid Ines Varga.", True),
        ("It was Anna Varga.", "On Monday Anna Reck paid, and Varga left.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines Varga.", False),
        ("It was Ines Varga.", "On Monday Anna Reck paid Ines, and Mayor Varga left.", False),
        ("It was the Bank of Quillon.", "On Monday Quillon paid.", True),
        ("It was Europe.", "The European Union paid.", False),
        ("It was a Quillonian.", "On Monday Quillon paid.", False),
        ("It was Martin.", "On Monday Marti paid.", True),
    ],
)
def test_a_name_is_missed_unless_it_goes_by_another(
    claim: str, evidence: str, missing: bool
) -> None:
    (name,) = find_names(claim)

    assert bool(NamedText(evidence).missing_words(name)) is missing


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Under the Act they paid.", True),
        ("They paid its Board.", True),
        ("They paid Board.", False),
        ("They paid the Varga.", False),
    ],
)
def test_an_everyday_word_with_a_determiner_is_no_name(text: str, expected: bool) -> None:
    assert is_common_noun(text, find_names(text)[-1]) is expected


@given(
    st.lists(st.sampled_from("Varga Alm Reck Nuri Tollen Olsund".split()), min_size=2, max_size=5)
)
def test_initials_of_a_name_are_found_wherever_it_stands(words: list[str]) -> None:
    initials = "".join(word[0] for word in words)
    text = f"Nobody had been to the {' '.join(words)} before the strike."

    assert not NamedText(text).missing_words(Name(initials, 0, 0, (initials.casefold(),)))
    absent = initials + "q"
    assert NamedText(text).missing_words(Name(absent, 0, 0, (absent.casefold(),)))
