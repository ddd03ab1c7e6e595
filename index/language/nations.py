"""Which nation a text speaks of, whichever of its words it uses.

"Russia", "the Russians", "Moscow" and "the Kremlin" are one party in a news story, and no stemmer
knows it. A table written by hand, ``nations.txt``, says so for the members of the United Nations,
a few territories and nations without a seat there, and the unions that act as parties. Pure: text
in, spans out.

A form that may mean either of two nations ("Korea", "Congolese", "Dominican") means neither here,
and so do longer terms that only contain a nation's name ("New Mexico", "Paris Agreement"). Persons
are not told from nations: "Jordan" and "Chad" are always the country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import TypeAlias


class MentionKind(StrEnum):
    """In what way a form stands for its nation."""

    NAME = "name"
    """The name, a former or shorter one, or an abbreviation: "Russian Federation", "UAE"."""
    DEMONYM = "demonym"
    """The adjective and the words for its people: "British", "Britons"."""
    SEAT = "seat"
    """Where its government sits, said for the government: "Moscow", "the White House"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that stands for a nation.

    Attributes:
        nation: The canonical name, one of ``nations()``.
        start: First code point in the text.
        end: One past the last; a possessive's apostrophe is not part of it.
        kind: Whether the nation is named, its people are, or its seat.
    """

    nation: str
    start: int
    end: int
    kind: MentionKind


def nations() -> tuple[str, ...]:
    """Return the canonical name of every nation in the table, in its order."""
    return tuple(_aliases())


def aliases_of(nation: str) -> tuple[str, ...]:
    """Return every form that stands for a nation, for widening a query.

    Args:
        nation: A canonical name, as in ``Mention.nation``.

    Returns:
        The canonical name first, then other names, demonyms and seats; no form twice.

    Raises:
        ValueError: If no nation has this canonical name.

    Examples:
        >>> aliases_of("Russia")[:4]
        ('Russia', 'Russian Federation', 'Russian', 'Russians')
    """
    try:
        return _aliases()[nation]
    except KeyError:
        raise ValueError(f"not the canonical name of a nation: {nation!r}") from None


def find_nations(text: str, *, ignore_case: bool = False) -> tuple[Mention, ...]:
    """Find the nations that a text speaks of, in time linear in its length.

    Forms match as whole words, the longest first ("Guinea-Bissau" is not Guinea); any one white
    space stands for a space, and a curly apostrophe for a straight one.

    Args:
        text: An article's text, or a question.
        ignore_case: Accept a form in any case, as people type questions, unless its lower case
            is a common word ("us", "poles"); such a form needs its capitals all the same.

    Returns:
        Mentions in order of their start; they do not overlap.

    Examples:
        >>> [m.nation for m in find_nations("Moscow’s envoy told US diplomats to trust us.")]
        ['Russia', 'United States']
        >>> [m.nation for m in find_nations("what did the kremlin tell us", ignore_case=True)]
        ['Russia']
    """
    mentions = []
    for match in _pattern(ignore_case=ignore_case).finditer(text):
        form = _SPACE.sub(" ", match[0]).replace("’", "'")
        meaning = _forms().get(form)
        if meaning is None and ignore_case:
            meaning = _folded_forms().get(form.casefold())
        if meaning is not None:
            nation, kind = meaning
            mentions.append(Mention(nation, match.start(), match.end(), kind))
    return tuple(mentions)


_SPACE = re.compile(r"\s")

_Trie: TypeAlias = "dict[str, _Trie]"


def _expand(cell: str) -> Iterator[str]:
    """Yield the forms in one cell of the table; ``Russian+`` is "Russian" and "Russians"."""
    for form in filter(None, map(str.strip, cell.split(";"))):
        yield form.removesuffix("+")
        if form.endswith("+"):
            yield f"{form[:-1]}s"


def _rows() -> Iterator[tuple[str, str, MentionKind]]:
    """Yield form, nation and kind, as the table lists them."""
    table = files("index.language").joinpath("nations.txt").read_text("utf-8")
    for row in table.splitlines():
        if row.startswith("#"):
            continue
        nation = row.partition("|")[0].partition(";")[0].strip()
        for kind, cell in zip(MentionKind, row.split("|"), strict=True):
            for form in _expand(cell):
                yield form, nation, kind


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return what every form stands for; None for a term that stands for no nation."""
    forms: dict[str, tuple[str, MentionKind] | None] = {
        form: (nation, kind) for form, nation, kind in _rows()
    }
    return forms | dict.fromkeys(_expand(_NO_NATION))


@lru_cache(maxsize=1)
def _folded_forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return the same for forms in any case, without those that are then common words."""
    cased = frozenset(_expand(_COMMON_WORDS))
    return {form.casefold(): what for form, what in _forms().items() if form not in cased}


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    """Return the forms of every nation, by kind."""
    found: dict[str, dict[str, MentionKind]] = {}
    for form, nation, kind in _rows():
        found.setdefault(nation, {})[form] = kind
    order = list(MentionKind)
    return {
        nation: tuple(sorted(kinds, key=lambda form: order.index(kinds[form])))
        for nation, kinds in found.items()
    }


@lru_cache(maxsize=2)
def _pattern(*, ignore_case: bool) -> re.Pattern[str]:
    """Return an expression that matches every form, the longest where several begin.

    A dollar sign ends no word, so that "US$" is money.
    """
    forms = (form.casefold() for form in _forms()) if ignore_case else iter(_forms())
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    trie = _trie(forms)
    # Most words are seen not to be one by their first letter.
    first = "".join(map(re.escape, trie))
    return re.compile(rf"(?<!\w)(?=[{first}]){_alternatives(trie)}(?![\w$])", flags)


def _trie(forms: Iterable[str]) -> _Trie:
    """Return forms as nested characters; an empty one marks where a form ends."""
    root: _Trie = {}
    for form in forms:
        node = root
        for character in form:
            node = node.setdefault(character, {})
        node[""] = {}
    return root


def _alternatives(node: _Trie) -> str:
    """Return the expression for what may follow at a node.

    A plain alternation of all forms would try each of them at each word.
    """
    tails = [
        {" ": r"\s", "'": "['’]"}.get(character, re.escape(character)) + _alternatives(child)
        for character, child in node.items()
        if character
    ]
    if not tails:
        return ""
    if len(tails) == 1 and "" not in node:
        return tails[0]
    return f"(?:{'|'.join(tails)}){'?' if '' in node else ''}"


# Forms that two nations share or that another party uses, and longer terms that would
# otherwise be taken for the nation whose name is in them.
_NO_NATION = """
Korea; Korean+; Congo; Congolese; Dominican+; The Hague; Jerusalem;
Latin America; Latin American+; North America; North American+; Central America;
Central American+; South America; South American+; Organization of American States;
American Samoa; American Samoan+; Bank of America; Gulf of America; US Open; U.S. Open;
Washington State; Washington state; Washington Post; Washington Times; George Washington;
Denzel Washington; US Virgin Islands; U.S. Virgin Islands; British Virgin Islands;
British Columbia; New Britain; New England; New London; New South Wales; Prince of Wales;
Princess of Wales; English Channel; Westminster Abbey; Irish Sea; French Guiana;
French Polynesia; French Open; French fries; Paris Agreement; Paris Accord+; Paris accord+;
Paris Saint-Germain; Brussels sprout+; Australian Open; Austria-Hungary; Rome Statute;
Vienna Convention+; Lisbon Treaty; Treaty of Lisbon; Treaty of Rome; Warsaw Pact;
Budapest Memorandum; Minsk agreement+; Minsk Agreement+; Minsk accord+; Oslo Accord+;
Oslo accord+; Helsinki Accord+; Havana syndrome; Havana Syndrome; Stockholm syndrome;
South China Sea; East China Sea; South China Morning Post; Taiwan Strait; Sea of Japan;
Indian Ocean; West Indian+; American Indian+; Inner Mongolia; Inner Mongolian+; New Mexico;
New Mexican+; Gulf of Mexico; Gulf of Oman; Gulf of Guinea; New Guinea; Guinea pig+;
Niger Delta; Niger River; Lake Chad; Jordan River; River Jordan; Jordan Valley; Michael Jordan;
Jim Jordan; South Georgia; Georgia Tech; Panama Papers; Santiago de Cuba;
Santiago de Compostela; Norwegian Sea; USA TODAY; USA Today; Washington Nationals; Real Madrid
"""

# Forms that in lower case are words of another meaning, and therefore keep their capitals.
_COMMON_WORDS = "US; UN; CAR; PNG; Pole+; No 10; No. 10; Number 10"
