"""Which names are spellings of one entity; pure.

People are one if the family names sound alike and the given ones are the same: in another spelling,
a short form, an initial, or with a middle name more. Two people of different given names are never
one, so that a family name alone stands for a person only where the library has no other of it, or
hardly mentions one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.language.name_spellings import name_skeleton
from index.language.names import NameKind, is_given_name, nickname_of, split_person
from index.language.nations import MentionKind, find_nations
from index.language.words import strip_marks, word_ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DOMINANT = 0.8
"""Share of the mentions of a family name that one person must have for it to stand for them."""

_LEAST_TRANSLITERATED = 5
"""A shorter family name in another spelling is too often another name: Gary, Harry."""
_LEAST_SHARE = 0.3
"""Of the articles with a family name alone, so many must have the person's full name."""
_LEAST_KNOWN = 3
"""Articles that name a person in full, for a common word to stand for that person elsewhere."""
_COMMON_RANK = 15_000
"""Words more frequent than that are common: peach, rush."""
_INITIAL_CHARS = 2
_REGNAL = re.compile(r"^[^\W\d_]+ [IVX]+$")
"""Edward VII is not Edward VIII."""
_MOST_CHANGED = 2
_PERSONAL = frozenset({NameKind.PERSON.value, NameKind.OTHER.value})
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_SMALL = frozenset({"the", "of", "for", "and"})
_ABBREVIATED = {"United Nations": "UN", "United States": "US"}
_OF_STATE = frozenset("ministry government army navy parliament police embassy cabinet".split())
"""What every state has one of: the South Korean foreign ministry is South Korea's."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """A name of the library.

    Attributes:
        key: Its key.
        name: As it is written.
        kind: What it is the name of.
        articles: Keys of the articles that have it.
    """

    key: int
    name: str
    kind: str
    articles: frozenset[int]

    @property
    def count(self) -> int:
        """How many articles have it."""
        return len(self.articles)


def family_key(name: str, kind: str) -> str:
    """Return what all spellings of one entity have in common.

    Examples:
        >>> family_key("Volodymyr Zelenskyy", "person") == family_key("Zelensky", "person")
        True
    """
    if _REGNAL.search(name):
        return f"r:{strip_marks(name.casefold())}"
    if kind in _PERSONAL:
        return f"p:{name_skeleton(split_person(name)[1]).replace(' ', '')}"
    if kind == NameKind.ORGANISATION:
        words = _name_state_last(name).casefold().replace(".", "").split()
        return f"o:{' '.join(word for word in words if word not in _SMALL)}"
    return f"l:{name.casefold()}"


def _name_state_last(name: str) -> str:
    """Return "Foreign Ministry (South Korea)" for the South Korean one, and "UN" for its name."""
    for long, short in _ABBREVIATED.items():
        name = f"{short}{name.removeprefix(long)}" if name.startswith(f"{long} ") else name
    nation = next(iter(find_nations(name)), None)
    is_led = nation is not None and nation.start == 0 and nation.kind is MentionKind.DEMONYM
    if nation is None or not is_led or _OF_STATE.isdisjoint(name.casefold().split()):
        return name
    return f"{name[nation.end :].strip()} ({nation.nation})"


def join_spellings(spellings: Sequence[Spelling]) -> dict[int, int]:
    """Return key -> key of the entity, for the names that share a family key.

    Args:
        spellings: All that share it.
    """
    if not spellings or spellings[0].kind not in _PERSONAL:
        first = min((s.key for s in spellings), default=0)
        return {s.key: first for s in spellings}
    people: list[_Person] = []
    bare: list[Spelling] = []
    # Fuller names first: an initial then finds whom it may stand for.
    for spelling in sorted(spellings, key=lambda s: (-len(split_person(s.name)[0]), s.key)):
        given = _fold_given(split_person(spelling.name)[0])
        if not given:
            bare.append(spelling)
            continue
        alike = [person for person in people if person.may_be(spelling, given)]
        if len(alike) == 1:
            alike[0].add(spelling, given)
        else:
            people.append(_Person(spelling, given))
    joined = {s.key: person.key for person in people for s in person.spellings}
    owner = _find_owner(people)
    for spelling in bare:
        is_owned = owner is not None and owner.may_be_called(spelling)
        joined[spelling.key] = owner.key if owner and is_owned else _first_alike(bare, spelling)
    return joined


def _first_alike(bare: Sequence[Spelling], spelling: Spelling) -> int:
    return min(
        s.key
        for s in bare
        if strip_marks(s.name.casefold()) == strip_marks(spelling.name.casefold())
    )


class _Person:
    """One person of a family name, with the spellings found so far."""

    def __init__(self, spelling: Spelling, given: tuple[str, ...]) -> None:
        self.spellings = [spelling]
        self.givens = [given]

    @property
    def key(self) -> int:
        return min(spelling.key for spelling in self.spellings)

    @property
    def count(self) -> int:
        return sum(spelling.count for spelling in self.spellings)

    def add(self, spelling: Spelling, given: tuple[str, ...]) -> None:
        self.spellings.append(spelling)
        self.givens.append(given)

    def may_be_called(self, spelling: Spelling) -> bool:
        """Return whether a family name alone may mean this person, and not a given name another."""
        family = strip_marks(spelling.name.casefold())
        own = {strip_marks(split_person(s.name)[1]) for s in self.spellings}
        alike = family in own or (
            len(family) >= _LEAST_TRANSLITERATED
            and any(family[:1] == other[:1] for other in own if other)
        )
        is_word = word_ranks().get(family, _COMMON_RANK) < _COMMON_RANK
        return (
            alike
            and (self.count >= _LEAST_KNOWN or not is_word)
            and not is_given_name(family)
            and _LEAST_SHARE * spelling.count <= self.count
        )

    def may_be(self, spelling: Spelling, given: tuple[str, ...]) -> bool:
        """Return whether a full name may be this person's.

        A short form is, if one article has both: Steve King and Stephen King are two people.
        """
        if not all(_are_one(own, given) for own in self.givens):
            return False
        is_short = any(
            own[0] != given[0] and not _sound_alike(own[0], given[0]) for own in self.givens
        )
        is_initial = any(min(len(own[0]), len(given[0])) < _INITIAL_CHARS for own in self.givens)
        shared = any(not spelling.articles.isdisjoint(s.articles) for s in self.spellings)
        return not is_short or is_initial or shared


def _find_owner(people: Iterable[_Person]) -> _Person | None:
    """Return whom a family name alone stands for; None if that is open."""
    ranked = sorted(people, key=lambda person: -person.count)
    if not ranked:
        return None
    total = sum(person.count for person in ranked)
    return ranked[0] if len(ranked) == 1 or ranked[0].count >= DOMINANT * total else None


def _fold_given(given: str) -> tuple[str, ...]:
    return tuple(word.strip(".") for word in given.split())


def _are_one(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two given names, middle names included, may be of one person."""
    # Hong-kyun and Hongkyun, but not a father and his junior.
    if _sound_alike("".join(one), "".join(other)):
        return True
    if _SUFFIXES.isdisjoint(one) != _SUFFIXES.isdisjoint(other) or not _are_alike(one[0], other[0]):
        return False
    # "J. Smith" may be John, but "J. Stephen Smith" is not Jim.
    for some, others in ((one, other), (other, one)):
        if len(some[0]) < _INITIAL_CHARS and len(some) > 1 and len(others) == 1:
            return False
    return all(_are_alike(a, b) for a, b in zip(one[1:], other[1:], strict=False))


def _are_alike(one: str, other: str) -> bool:
    if len(one) < _INITIAL_CHARS or len(other) < _INITIAL_CHARS:
        return one[:1] == other[:1]
    return nickname_of(one) == nickname_of(other) or _sound_alike(one, other)


def _sound_alike(one: str, other: str) -> bool:
    """Return whether two words are spellings of one name: Sergei, Sergey, but not Jung, Young."""
    plain, other_plain = strip_marks(one), strip_marks(other)
    if plain == other_plain:
        return True
    is_near = _edit_distance(plain, other_plain) <= _MOST_CHANGED
    return is_near and plain[:1] == other_plain[:1] and name_skeleton(one) == name_skeleton(other)


def _edit_distance(one: str, other: str) -> int:
    """Return how many letters have to be changed, added or left out."""
    row = list(range(len(other) + 1))
    for number, letter in enumerate(one, 1):
        previous, row[0] = row[0], number
        for place, wanted in enumerate(other, 1):
            changed = previous + (letter != wanted)
            previous = row[place]
            row[place] = min(changed, row[place] + 1, row[place - 1] + 1)
    return row[-1]
