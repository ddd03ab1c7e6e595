from __future__ import annotations

from itertools import combinations

import pytest

from index.ledger.entities import Spelling, family_key, join_spellings


def join(*names: str, kind: str = "person", counts: tuple[int, ...] = ()) -> set[frozenset[str]]:
    """Return which names are one entity, of those that share a family key."""
    groups: dict[tuple[str, int], set[str]] = {}
    by_family: dict[str, list[Spelling]] = {}
    for key, name in enumerate(names):
        # All names stand in one article, and each in as many more as it is counted.
        articles = (
            frozenset({0, *(100 * key + more for more in range(1, counts[key]))})
            if counts
            else frozenset({0})
        )
        by_family.setdefault(family_key(name, kind), []).append(Spelling(key, name, kind, articles))
    for family, spellings in by_family.items():
        for key, entity in join_spellings(spellings).items():
            groups.setdefault((family, entity), set()).add(names[key])
    return {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize(
    "names",
    [
        ("Volodymyr Zelensky", "Volodymyr Zelenskyy", "Zelenskiy"),
        ("Kim Hong-kyun", "Kim Hong Kyun"),
        ("Georgi Zinoviev", "Georgy Zinoviev", "Georgiy Zinoviev"),
        ("Bill Clinton", "William Clinton"),
        ("Joe Biden", "Joseph R. Biden", "Biden"),
        ("J. Smith", "John Smith"),
    ],
)
def test_spellings_of_one_person_are_joined(names: tuple[str, ...]) -> None:
    assert join(*names) == {frozenset(names)}


def test_people_of_different_given_names_stay_apart() -> None:
    names = (
        *("Ada Holm", "Dina Holm", "Donald Trump", "Donald Trump Jr.", "Ivanka Trump"),
        *("Kim Jong Un", "Kim Hong-kyun", "Mark Lind", "Mary Lind", "Mario Reck", "Maria Reck"),
    )
    assert join(*names) == {frozenset({name}) for name in names}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Edward VII", "Edward VIII"),
        ("Steven Miller", "Stephen Gruber-Miller"),
        ("Lee Jung-jae", "Young Lee"),
        ("J. Stephen Morrison", "Jim Morrison"),
        ("Mitchell Cohen", "Michael Cohen"),
        ("George V", "George VI"),
    ],
)
def test_names_that_only_look_alike_stay_apart(one: str, other: str) -> None:
    assert len(join(one, other)) == 2


def test_a_short_form_is_joined_if_one_article_has_both() -> None:
    apart = [
        Spelling(1, "Steve King", "person", frozenset({1, 2})),
        Spelling(2, "Stephen King", "person", frozenset({3})),
    ]
    assert join_spellings(apart) == {1: 1, 2: 2}
    assert join_spellings([apart[0], Spelling(2, "Stephen King", "person", frozenset({2}))]) == {
        1: 1,
        2: 1,
    }


def test_a_family_name_alone_means_the_only_one_or_hardly_anybody_else() -> None:
    assert join("Ada Holm", "Holm") == {frozenset({"Ada Holm", "Holm"})}
    both = {frozenset({"Ada Holm"}), frozenset({"Bo Holm"}), frozenset({"Holm"})}
    assert join("Ada Holm", "Bo Holm", "Holm") == both
    assert frozenset({"Ada Holm", "Holm"}) in join("Ada Holm", "Bo Holm", "Holm", counts=(19, 1, 3))


def test_a_given_name_alone_is_nobodys_family_name() -> None:
    # "Harry" sounds like Gary, and "Philip" may be anybody.
    assert len(join("Alison Gary", "Harry", counts=(1, 30))) == 2
    assert len(join("Susan Philip", "Philip", counts=(1, 30))) == 2


def test_an_initial_that_may_be_two_people_is_neither() -> None:
    for pair in combinations(join("John Smith", "Jane Smith", "J. Smith"), 2):
        assert not pair[0] & pair[1]
    assert len(join("John Smith", "Jane Smith", "J. Smith")) == 3


def test_a_common_word_is_nobodys_name_until_a_person_of_it_is_known() -> None:
    assert join("Liam Peach", "Peach") == {frozenset({"Liam Peach"}), frozenset({"Peach"})}
    assert join("Julie Yaeger", "Jaeger") == {frozenset({"Julie Yaeger"}), frozenset({"Jaeger"})}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("UN Security Council", "United Nations Security Council"),
        ("U.N. Security Council", "United Nations Security Council"),
        ("South Korean Foreign Ministry", "Foreign Ministry (South Korea)"),
        ("US Congress", "United States Congress"),
    ],
)
def test_an_organisation_of_a_state_is_one(one: str, other: str) -> None:
    assert family_key(one, "organisation") == family_key(other, "organisation")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("South Korean Foreign Ministry", "Chinese Foreign Ministry"),
        ("British Airways", "Airways (United Kingdom)"),
        ("Security Council", "UN Security Council"),
    ],
)
def test_organisations_of_two_states_are_two(one: str, other: str) -> None:
    assert family_key(one, "organisation") != family_key(other, "organisation")
