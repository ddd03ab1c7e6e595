"""The names in an English text: people with their offices, organisations, places, nations. Pure.

A name is a run of capitalised words. What stands before it (an office, a nation, "Mr") and behind
it ("…, a mayor of the town") says what it is the name of. A person is named in full once and by
family name from then on, so a single word means whoever last had it as a family name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from index.language.nations import Mention, MentionKind, find_nations
from index.language.roles import OFFICES, Place, extend_to_owner, find_owning_nation, find_role
from index.language.words import STOP_WORDS, read_word_lists


class NameKind(StrEnum):
    """What a name is the name of."""

    PERSON = "person"
    ORGANISATION = "organisation"
    PLACE = "place"
    OTHER = "other"
    """A single word that speaks or acts: a family name, or a firm; the library may know which."""


@dataclass(frozen=True, slots=True)
class NameMention:
    """A name in a text.

    Attributes:
        start: First code point of the name, without an office before it.
        end: One past the last; a possessive's apostrophe is not part of it.
        name: What it stands for: the full name that the text gave before, or a nation's.
        kind: What it is the name of.
        role: Where its office stands; None if none is given here.
    """

    start: int
    end: int
    name: str
    kind: NameKind
    role: Place | None = None


_LISTS = read_word_lists("names")
_TITLES = frozenset(_LISTS["titles"])
_ORGANISATION = frozenset(_LISTS["organisation_words"])
_PLACE = frozenset(_LISTS["place_words"])
_NEVER = frozenset(_LISTS["never"])
_PARTICLES = frozenset(_LISTS["particles"])
_GIVEN = frozenset(_LISTS["given"])
_THINGS = frozenset(_LISTS["things"])
_FAMILY_NAME_FIRST = frozenset(_LISTS["family_name_first"])
_SALUTATIONS = frozenset("mr mrs ms dr sir sen rep gov".split())
_JOINING = frozenset({"of", "for", "the", "and"})
_OPENERS = frozenset(
    "even just maybe contact ask new get meet see watch read hear perhaps among despite".split()
)
_ABBREVIATED = frozenset("gm dj qb rb wr lw rw d vp ceo cfo coo cto mp pm msp mep md rip".split())
"""What stands before a full name in capitals, and is an office, a position or a wish."""
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})

_SMALL = "|".join(sorted(_PARTICLES | _JOINING))
_WORD = re.compile(
    rf"(?<![\w’'])(?:(?:[A-Z]\.){{2,}}|(?:{_SMALL})(?!\w)"
    r"|[^\W_a-zß-öø-ÿ](?:[\w’'&\u2010\u2011-]*\w)?"
    # A stop belongs to an initial or a title.
    r"(?:(?<=\b[A-Z])\.|(?<=\b(?:Jr|Sr|St|Mr|Ms|Dr))\.|(?<=\b(?:Mrs|Sen|Rep|Gov|Gen|Col|Rev))\."
    r"|(?<=\bProf)\.)?)"
)
_LOWER = re.compile(r"(?<![\w’'-])[a-z][\w’'-]*")
_POSSESSIVE = re.compile(r"(?:’s|'s|’|')$")
_ACRONYM = re.compile(r"(?![IVX]+$)[A-Z]{2,5}")
_INITIALS = re.compile(r"(?:[A-Z]\.){1,3}|[A-Z]{1,2}")
_HYPHEN = re.compile(r"[\s\u2010\u2011-]+")
_NUMERAL = re.compile(r"[IVX]+")
_ACTING = re.compile(
    r"(?<![A-Z]\w)(?<!\w)(?<![A-Z]\.\s)([A-Z][\w-]+)\s"
    r"(?:said|says|told|added|wrote|was|is|has|had|also|would)\b"
)
_AGE = re.compile(r",\s\d{1,3}\b")
# "The Food and Drug Administration" is one agency.
_AGENCY = re.compile(
    r"\b[Tt]he\s(?:US\s|U\.S\.\s)?(?P<first>[A-Z][a-z]+)\s(?P<and>and)\s(?:[A-Z][a-z]+\s){1,2}"
    r"(?:Administration|Agency|Authority|Bureau|Commission|Service)s?\b"
)
_IN = re.compile(r"\b(?:in|at|from|near|outside|around|across|to|into|toward|towards)\s$")
_DEFINED = re.compile(r"\s\(([A-Z]{2,6})\)")
_OPENING_MARKS = frozenset('.!?\n“"‘:;•*|>#([—–')
_SAID = re.compile(r"[”\"’,]\s(?:said|says|added|wrote|asked|replied|explained|argued|recalled)\s$")
_IN_CHARS = 10
_SAID_CHARS = 14
_FULL = 2
_MOST_EASTERN_WORDS = 3
_MOST_PERSON_WORDS = 5


@dataclass(frozen=True, slots=True)
class _Word:
    """A capitalised word, or a small one between two.

    Attributes:
        text: As written, without a possessive ending.
        start: Its first code point.
        end: One past its last.
        opens: Whether it begins a sentence or a quotation.
        is_glued: Whether only one space lies between it and the word before.
        owns: Whether it had a possessive ending.
        low: The text case-folded, without stops around it.
    """

    text: str
    start: int
    end: int
    opens: bool
    is_glued: bool
    owns: bool
    low: str

    @property
    def is_office(self) -> bool:
        """Whether it means the holder of an office."""
        return self.low in _SALUTATIONS or not OFFICES.isdisjoint(self.low.split("-"))

    @property
    def is_title(self) -> bool:
        """Whether it may stand before a name without being part of it."""
        return self.is_office or all(part in _TITLES for part in self.low.split("-"))


def find_names(text: str) -> tuple[NameMention, ...]:
    """Return the people, organisations, places and nations named in an English text, in order.

    Examples:
        >>> for name in find_names("Mayor Ada Holm met Lin of the Harbour Board. Holm smiled."):
        ...     print(name.name, name.kind.value)
        Ada Holm person
        Harbour Board organisation
        Ada Holm person
    """
    nations = find_nations(text)
    known = _Known(text)
    found = [name for run in _find_runs(text) for name in _read_run(text, run, nations, known)]
    taken = {place for name in found for place in range(name.start, name.end)}
    found += [_of_nation(nation) for nation in nations if nation.start not in taken]
    return tuple(sorted(found, key=lambda name: name.start))


def _of_nation(nation: Mention) -> NameMention:
    return NameMention(nation.start, nation.end, nation.nation, NameKind.PLACE)


def split_person(name: str) -> tuple[str, str]:
    """Return given and family name, case-folded; the given one is empty in a single word.

    "Jr" and the like are kept with the given name: they tell a son from his father.

    Examples:
        >>> split_person("Kim Hong-kyun"), split_person("Ursula von der Leyen")
        (('hong kyun', 'kim'), ('ursula', 'von der leyen'))
        >>> split_person("Rutte")
        ('', 'rutte')
    """
    words = [word.strip(".") for word in name.casefold().split()]
    suffix = []
    while len(words) > _FULL and words[-1] in _SUFFIXES:
        suffix.append(words.pop())
    if len(words) < _FULL:
        return "", words[0] if words else ""
    # "Kim Novak", but "Kim Hong-kyun" and "Kim Jong Un".
    n_parts = len(_HYPHEN.split(" ".join(words)))
    is_eastern = words[0] not in _GIVEN or n_parts > _FULL or words[1] in _FAMILY_NAME_FIRST
    if words[0] in _FAMILY_NAME_FIRST and words[-1] not in _GIVEN and is_eastern:
        return _HYPHEN.sub(" ", " ".join(words[1:])), words[0]
    place = len(words) - 1
    while place > 1 and words[place - 1] in _PARTICLES:
        place -= 1
    return " ".join([*words[:place], *suffix]), " ".join(words[place:])


def is_given_name(word: str) -> bool:
    """Return whether a case-folded word is a common given name."""
    return word in _GIVEN


@cache
def nickname_of(word: str) -> str:
    """Return the given name that a short form stands for; the word itself if it is none.

    Examples:
        >>> nickname_of("bill"), nickname_of("ada")
        ('william', 'ada')
    """
    return next((full for full, short in _LISTS["nicknames"].items() if word in short), word)


def strip_titles(name: str) -> str:
    """Return a name without the titles and offices before it.

    Examples:
        >>> strip_titles("President Volodymyr Zelenskyy"), strip_titles("Mr. Reck")
        ('Volodymyr Zelenskyy', 'Reck')
    """
    words = name.split()
    while len(words) > 1 and words[0].casefold().strip(".") in _TITLES | OFFICES:
        words.pop(0)
    return " ".join(words)


class _Known:
    """What is known of a text: who was named so far, and which words it writes small."""

    def __init__(self, text: str) -> None:
        self.acting = frozenset(_ACTING.findall(text))
        self.small = frozenset(_LOWER.findall(text))
        self.by_acronym: dict[str, str] = {}
        self._by_family: dict[str, str] = {}
        self._by_given: dict[str, set[str]] = {}
        self._by_tail: dict[str, str] = {}

    def add(self, name: str) -> str:
        """Note a person's full name; return the fuller form of it that is known."""
        given, family = split_person(name)
        former = self._by_family.get(family)
        if former and split_person(former)[0].startswith(f"{given} "):
            return former
        if tail := self._by_tail.get(name):
            return tail
        first, _, rest = name.partition(" ")
        if " " in rest and rest.split()[0].casefold() not in _GIVEN and first.casefold() in _GIVEN:
            # "Patricia Schnabel Ruppert … Schnabel Ruppert said": a family name of two words.
            self._by_tail[rest] = name
        self._by_family[family] = name
        self._by_given.setdefault(given.partition(" ")[0], set()).add(name)
        return name

    def find(self, word: str) -> str:
        """Return the full name that a single word stands for; empty if none."""
        low = word.casefold()
        holders = self._by_given.get(low, set())
        return self._by_family.get(low) or (next(iter(holders)) if len(holders) == 1 else "")


def _find_runs(text: str) -> Iterator[list[_Word]]:
    """Yield the runs of capitalised words, with the small words that hold them together."""
    run: list[_Word] = []
    pending: list[_Word] = []
    place = 0
    joints = {m.start("and") for m in _AGENCY.finditer(text) if not find_nations(m["first"])}
    for match in _WORD.finditer(text):
        word = _read_word(text, match, place)
        place = match.end()
        if run and not word.is_glued:
            yield run
            run, pending = [], []
        if word.text[0].isupper():
            run += [*pending, word]
            pending = []
        elif run and (word.start in joints or _joins(run, pending, word)):
            pending.append(word)
            continue
        if run and (word.owns or not word.text[0].isupper()):
            yield run
            run, pending = [], []
    if run:
        yield run


def _read_word(text: str, match: re.Match[str], place: int) -> _Word:
    owner = _POSSESSIVE.search(match.group())
    start, end = match.start(), match.start() + owner.start() if owner else match.end()
    before = text[max(0, start - 3) : start].rstrip(" ")
    return _Word(
        text=text[start:end],
        start=start,
        end=end,
        opens=not before or before[-1] in _OPENING_MARKS,
        is_glued=text[place:start] == " ",
        owns=bool(owner),
        low=text[start:end].casefold().strip("."),
    )


def _joins(run: Sequence[_Word], pending: Sequence[_Word], word: _Word) -> bool:
    """Return whether a small word may be part of a name: "van", or the "of" of an institute."""
    if word.low in _PARTICLES:
        return True
    if len(pending) > 1 or not any(part.low in _ORGANISATION for part in run):
        return False
    if pending:
        return word.low == "the"
    return word.low != "and" or len(run) > 1


def _read_run(
    text: str, run: list[_Word], nations: Sequence[Mention], known: _Known
) -> Iterator[NameMention]:
    words = _strip_openings(run, nations, known)
    if len(words) > 1 and all(w.text.isupper() and len(w.text) > 1 for w in words):
        return  # a line in capitals
    part: list[_Word] = []
    for word in [*words, None]:
        if word is not None and part and _ends_with_numeral(part) and word.low in _GIVEN:
            # A picture's line: "King Charles III William Lovelace/Getty Images".
            yield from _read_name(text, part, nations, known)
            part = []
        if word is not None and (
            not _is_never(word) or _is_initial(part[-1] if part else None, word)
        ):
            part.append(word)
            continue
        if part:
            yield from _read_name(text, part, nations, known)
        part = []


def _ends_with_numeral(part: Sequence[_Word]) -> bool:
    return len(part) > 1 and len(part[-1].text) > 1 and bool(_NUMERAL.fullmatch(part[-1].text))


def _is_initial(before: _Word | None, word: _Word) -> bool:
    """Return whether "A." or "I." is an initial: it opens a name, or follows a given name."""
    return word.text in {"A.", "I."} and (word.opens if before is None else before.low in _GIVEN)


def _is_never(word: _Word) -> bool:
    return word.low in _NEVER and word.text[0].isupper() and word.text != "Will"


def _strip_openings(run: list[_Word], nations: Sequence[Mention], known: _Known) -> list[_Word]:
    """Return a run without what only opens a sentence, and so is no part of a name."""
    words = list(run)
    while (
        words
        and not (len(words) > 1 and _is_initial(None, words[0]))
        and (
            words[0].low in _NEVER
            or (words[0].low in STOP_WORDS and not _ACRONYM.fullmatch(words[0].text))
        )
    ):
        words.pop(0)
    first = words[0] if words else None
    if first is not None and first.opens:
        is_alone = len(words) == 1 and (first.low.endswith("ly") or first.low in _ORGANISATION)
        is_small = first.low in known.small and first.low not in _TITLES
        is_given = len(words) > 1 and first.low in _GIVEN
        if is_alone or (
            is_small and not is_given and all(nation.start != first.start for nation in nations)
        ):
            words.pop(0)
    if len(words) > _FULL and words[0].opens and words[1].low == "of":
        is_plural = words[0].low in _ORGANISATION and words[0].low.endswith("s")
        del words[: _FULL if is_plural else 0]  # "Partners of Seoul have answered"
    while len(words) > 1 and words[0].opens and words[0].low in _OPENERS:
        words.pop(0)
    if len(words) == _FULL and words[0].opens and words[0].low.endswith("ing"):
        is_open = words[0].low not in _GIVEN and known.find(words[1].text)
        del words[: 1 if is_open else 0]
    while len(words) > _FULL and words[0].text.isupper() and words[0].low in _ABBREVIATED:
        words.pop(0)
    while words and not words[-1].text[0].isupper():
        words.pop()
    return words


def _read_name(
    text: str, words: list[_Word], nations: Sequence[Mention], known: _Known
) -> Iterator[NameMention]:
    start, end = words[0].start, words[-1].end
    within = [n for n in nations if n.start < end and start < n.end]
    if any(n.start <= start and end <= n.end for n in within):
        yield NameMention(start, end, within[0].nation, NameKind.PLACE)
        return
    place = _count_leading(words, within)
    rest = words[place:]
    is_led = any(word.is_title for word in words[:place])
    offices = (n for n, w in enumerate(rest[:-1]) if w.is_office and w.low not in _GIVEN)
    office = max(offices, default=-1)
    if _is_organisation(words):
        # "Bank of America chief Ann Lo" is a person, and so is "Post Secretary Ann Lo".
        if office < 0 and (not rest or not is_led or _is_organisation(rest)):
            yield _read_organisation(text, words, within, known)
            return
    elif not rest or any(n.start >= rest[0].start for n in within):
        # "Reported North Korean Troops": a nation in the middle of a run is all that it names.
        yield from map(_of_nation, within)
        return
    has_office = office >= 0 or any(word.is_office for word in words[:place])
    yield from _read_person_or_place(text, words, place + office + 1, known, has_office=has_office)


def _is_organisation(words: Sequence[_Word]) -> bool:
    return any(word.low in _ORGANISATION for word in words) or (
        len(words) > 1 and words[-1].low == "united"
    )


def _count_leading(words: Sequence[_Word], within: Sequence[Mention]) -> int:
    """Return how many words before a name are titles, or the nation whose office it is."""
    has_office = False
    for number, word in enumerate(words):
        stop = word.end - word.text.endswith(".")
        is_national = any(n.start <= word.start and stop <= n.end for n in within)
        if not (word.is_title or is_national or (has_office and word.low in _JOINING)):
            return number
        has_office |= word.is_office
    return len(words)


def _read_person_or_place(
    text: str, words: Sequence[_Word], place: int, known: _Known, *, has_office: bool
) -> Iterator[NameMention]:
    rest = words[place:]
    if all(word.is_title for word in rest):
        return
    start, end = rest[0].start, rest[-1].end
    role: Place | None = None
    if has_office and start > words[0].start:
        role = extend_to_owner(text, (words[0].start, start - 1))
    role = role or find_role(text, start, end, owns=rest[-1].owns)
    name = " ".join(word.text for word in rest)
    kind = _kind_of(text, rest, known, has_office=has_office or role is not None)
    if kind is NameKind.PERSON:
        full = known.add(name) if len(rest) >= _FULL else known.find(name) or name
        yield NameMention(start, end, full, kind, role)
    elif kind is not None:
        yield NameMention(start, end, known.by_acronym.get(name, name), kind)


def _kind_of(  # noqa: PLR0911 - one per kind of evidence
    text: str, words: Sequence[_Word], known: _Known, *, has_office: bool
) -> NameKind | None:
    """Return what a name is the name of; None if nothing shows it."""
    first, last = words[0], words[-1]
    is_there = _IN.search(text, max(0, first.start - _IN_CHARS), first.start) is not None
    if len(words) == 1:
        if _ACRONYM.fullmatch(first.text):
            is_nation = bool(find_nations(first.text.title()))
            return None if is_nation else NameKind.ORGANISATION
        if known.find(first.text) or has_office:
            return NameKind.PERSON
        if is_there:
            return NameKind.PLACE
        return NameKind.OTHER if first.text in known.acting else None
    if last.low in _PLACE or first.low in _PLACE:
        return None if has_office else NameKind.PLACE
    core = [w for w in words if not _NUMERAL.fullmatch(w.text)] or words
    if len(words) > _MOST_PERSON_WORDS or core[-1].low in _THINGS:
        return None
    if any(_ACRONYM.fullmatch(w.text) and not _INITIALS.fullmatch(w.text) for w in words):
        return NameKind.ORGANISATION
    if has_office or _is_person(text, words):
        return NameKind.PERSON
    if is_there:
        return NameKind.PLACE
    # "Valeriy Ryabykh … Ryabykh said": who is later called by the last word alone is a person.
    return NameKind.PERSON if last.text in known.acting else None


def _is_person(text: str, words: Sequence[_Word]) -> bool:
    first, last = words[0], words[-1]
    return (
        first.low in _GIVEN
        or _INITIALS.fullmatch(first.text) is not None
        or (first.low in _FAMILY_NAME_FIRST and len(words) <= _MOST_EASTERN_WORDS)
        or _AGE.match(text, last.end) is not None
        or _SAID.search(text, max(0, first.start - _SAID_CHARS), first.start) is not None
        or last.low in {"jr", "sr", "iii"}
    )


def _read_organisation(
    text: str, words: Sequence[_Word], within: Sequence[Mention], known: _Known
) -> NameMention:
    start, end = words[0].start, words[-1].end
    name = " ".join(word.text for word in words)
    owner = None if within else find_owning_nation(text, start)
    if owner and all(n.kind is not MentionKind.DEMONYM for n in find_nations(owner[0])):
        name = f"{name} ({owner[0]})"
    defined = _DEFINED.match(text, end)
    if defined:
        known.by_acronym[defined[1]] = name
    return NameMention(start, end, name, NameKind.ORGANISATION)
