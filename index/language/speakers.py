"""Whose words a question asks for, and whether a sentence reports them; pure.

News names a speaker by name, office, nation or seat of government, often differently from one
sentence to the next. A person counts as speaking for a nation if the article introduces them so
("the Russian ambassador to Seoul, Georgi Zinoviev").

Statements with their speakers come from ``index.language.statements``; whether one of them is who
the question means is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from index.language.calendar_words import WEEKDAYS_BY_NAME
from index.language.nations import Mention, find_nations
from index.language.speech_verbs import ANY_ASKED_PARTICIPLE, ANY_REPORTING
from index.language.statements import Statement, find_statements
from index.language.words import read_word_lists

INTRODUCTION_CHARS = 70
OBJECT_CHARS = 24
ALIKE_GIVEN = 0.5
"""Likeness from which two given names are spellings of one: Tom and Thomas, Georgi and Georgy."""
ALIKE_SYLLABLES = 0.8
"""The same if the family name comes first: the given names are short, and alike anyway."""

_LISTS = read_word_lists("speakers")
_TITLES = frozenset(_LISTS["titles"] + _LISTS["titles_asked"])
_BESIDE = "|".join(f"{noun}s?" for noun in _LISTS["beside"]) + "|jr|sr"
_GROUPS = frozenset(_LISTS["groups"])
_NOBODY = frozenset(_LISTS["nobody"])
_STARTS = frozenset(_LISTS["starts"] + _LISTS["starts_asked"])
_FAMILY_NAME_FIRST = frozenset(_LISTS["family_name_first"])
_SPELLINGS = {"defence": "defense", "spokeswoman": "spokesperson", "spokesman": "spokesperson"}
_BESIDE_A_NAME = _TITLES.union(WEEKDAYS_BY_NAME, ("jr", "sr", "sen", "rep", "gov", "gen"))

_NOUNS = r"response|reaction|reply|answer|position|stance|view|statement|comments?|message|demand"
_ASKED = (
    re.compile(
        r"\b(?:did|does|do|has|have|had|would|will)\s+(?P<who>.{2,80}?)\s+"
        rf"(?:also\s+|have\s+to\s+|(?!family\b)\w+ly\s+)?(?:{ANY_REPORTING})\b",
        re.IGNORECASE,
    ),
    # Someone who was called, told or accused does not speak; someone who is saying does.
    re.compile(
        r"\b(?:is|was|were|are|been)\s+(?P<who>.{2,80}?)\s+(?:also\s+|(?!family\b)\w+ly\s+)?"
        rf"(?:{ANY_ASKED_PARTICIPLE}|calling\s+for)\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b(?:was|is|were|are)\s+(?P<who>.{{2,60}}?)(?:['’]s?)\s+(?:{_NOUNS})\b", re.I),
    re.compile(rf"\b(?:{_NOUNS})\s+(?:of|from|by)\s+(?P<who>.{{2,60}}?)(?:\s+to\b|[?.!]|$)", re.I),
    re.compile(r"\baccording\s+to\s+(?P<who>.{2,60}?)(?:[,?.!]|$)", re.IGNORECASE),
)
_PERSON = re.compile(
    r"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen)\.\s+)?[A-Z][\w’'-]+(?:\s+(?:(?:al|bin|de|del|der|van|von)[\s-])?[A-Z][\w’'-]+)*"
)
_OFFICES = (
    r"ambassador|envoy|spokes\w+|minister|president|chancellor|leader|official|secretary|general"
    r"|diplomat|chief|king|queen|prince|lawmaker|senator|commander|governor|premier"
)
_OFFICE = re.compile(rf"\b(?:{_OFFICES})\b", re.IGNORECASE)
_TITLED = re.compile(
    r"\b(?P<office>Ambassador|Envoy|President|Chancellor|Premier|King|Queen|Spokes\w+)\s+"
    r"(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*)"
)
_NAME_THEN_OFFICE = re.compile(
    r"(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)+),\s+(?:the\s+|an?\s+)?(?:[\w-]+\s+){0,3}"
    rf"(?:{_OFFICES})\s+(?:for|of|at)\s+(?:the\s+)?$"
)
_NAME_THEN = re.compile(r"(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)+),\s+(?:the\s+)?$")
_ORGANIZATION = re.compile(
    r"\b(?:Ministry|Government|Council|Office|Party|Parliament|Department|Agency|Service|Army|Navy"
    r"|Embassy|Assembly|Institute|University|Court|Bank|Forces|Command|Union|Commission)\b"
)
_CLAUSE_END = re.compile(r"[.;:!?“”\"]|\b(?:and|said|that|who)\b")
_OBJECT = re.compile(
    r"\b(?:(?:to|against|with|in|into|toward|towards|between|by|on|regarding|over|at|from|about|near)"
    r"\s+(?:the\s+|an?\s+)?(?:(?:two|both)\s+)?|\w{3,}(?:ed|ing)\s+(?:the|an?)\s+)$"
)
_GENITIVE = re.compile(r"\b(?:of|for)\s+(?:the\s+)?$")
_ADDRESSED = re.compile(r"\b(?:to|in|into|toward|towards|against)\s+(?:the\s+)?$")
_UNNAMED = re.compile(
    r"\b(?:the|an?|another|his|her|their|one)\s+(?:[\w-]+\s+){0,3}?(?:officials?|minister|deputy"
    r"|spokes\w+|ambassador|president|leader|analysts?|experts?|observers?|ministry|agency|report|institute|group|company"
    r"|newspaper|government|council|court|police|army|military|party|union|study|survey|poll)\b",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"(?:he|she|they|it)", re.IGNORECASE)
_CONTAINS = re.compile(
    rf"\b(?P<document>{'|'.join(_LISTS['documents'])})\b[^.;:“”]{{0,60}}?,?\s"
    rf"(?:also\s+)?(?:{'|'.join(_LISTS['document_verbs'])})\b",
    re.IGNORECASE,
)
_HYPHENATED = re.compile(r"[\w-]+")
_NAME_PART = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class AskedSpeaker:
    """Whose words a question asks for.

    Attributes:
        nation: Canonical name of a nation or alliance, or an empty string.
        names: Other words that name the speaker, case-folded; the office if nothing else does.
        full_name: The words of a person's given and family name, case-folded, in order; empty
            if the question gives only one of the two, or neither.
    """

    nation: str
    names: frozenset[str]
    full_name: tuple[str, ...] = ()


def find_asked_speaker(question: str) -> AskedSpeaker | None:
    """Return whose words a question asks for, or None if it asks for nobody's."""
    for pattern in _ASKED:
        match = pattern.search(question)
        if match is None:
            continue
        who = match["who"].strip()
        mentions = find_nations(who, ignore_case=True)
        rest = who
        for mention in reversed(mentions):
            rest = f"{rest[: mention.start]} {rest[mention.end :]}"
        words = [word for word in _HYPHENATED.findall(rest.casefold()) if word not in _NOBODY]
        names = frozenset(word for word in words if word not in _TITLES)
        if not mentions and not names:
            names = frozenset(words)
        if mentions or names:
            nation = mentions[0].nation if mentions else ""
            return AskedSpeaker(nation, names, _find_full_name(rest, names))
    return None


def _find_full_name(who: str, names: frozenset[str]) -> tuple[str, ...]:
    """Return the given and family name in the words for a speaker, or nothing.

    In a question without capitals, only a family name that comes first shows where a name is.
    """
    runs = [match.group().split() for match in _PERSON.finditer(who)]
    words = who.split()
    if not runs and words[:1] and words[0].title() in _FAMILY_NAME_FIRST:
        runs = [words]
    kept = [
        word
        for word in (runs[-1] if runs else [])
        if names & set(_HYPHENATED.findall(word.casefold()))
    ]
    full = _fold_name(kept)
    return full if full[1:] else ()


def _fold_name(words: Sequence[str]) -> tuple[str, ...]:
    """Return the parts of a name, case-folded: Hong-kyun is two, and Solberg's is Solberg."""
    joined = " ".join(word.removesuffix("’s").removesuffix("'s") for word in words)
    return tuple(_NAME_PART.findall(joined.casefold()))


def find_people_of(nation: str, text: str) -> frozenset[str]:
    """Return the names, as they stand, of those whom a text introduces as a nation's officials.

    If a text mentions only one nation's ambassador, "Ambassador Zinoviev" is that one.
    """
    people: set[str] = set()
    nations_by_office: dict[str, set[str]] = {}
    mentions = find_nations(text)
    for place, mention in enumerate(mentions):
        if _ADDRESSED.search(text, max(0, mention.start - OBJECT_CHARS), mention.start):
            continue
        after = text[mention.end : mention.end + INTRODUCTION_CHARS].removeprefix(":")
        clause = _CLAUSE_END.split(after, maxsplit=1)[0]
        following = mentions[place + 1 : place + 2]
        own = clause[: following[0].start - mention.end] if following else clause
        office = _OFFICE.search(own)
        if office:
            nations_by_office.setdefault(office.group().casefold(), set()).add(mention.nation)
        if mention.nation != nation:
            continue
        person = _introduced_after(clause) if office else None
        if person is None:
            before = text[max(0, mention.start - INTRODUCTION_CHARS) : mention.start]
            person = _introduced_before(before, has_office=office is not None)
        if person:
            people.add(person)
    for match in _TITLED.finditer(text):
        if nations_by_office.get(match["office"].casefold()) == {nation}:
            people.add(_strip_possessive(match["name"]))
    return frozenset(people)


def _introduced_after(clause: str) -> str | None:
    """Find the person in "(Russian) ambassador to South Korea, Georgi Zinoviev"."""
    foreign = find_nations(clause)
    for match in _PERSON.finditer(clause):
        inside = any(m.start < match.end() and match.start() < m.end for m in foreign)
        words = [w for w in match.group().split() if w.casefold() not in _TITLES]
        if not inside and words and not _ORGANIZATION.search(match.group()):
            return _strip_possessive(" ".join(words))
    return None


def _introduced_before(text: str, *, has_office: bool) -> str | None:
    """Find the person in "Kim Hong-kyun, (South Korea)'s minister" and the like."""
    match = _NAME_THEN_OFFICE.search(text) or (_NAME_THEN.search(text) if has_office else None)
    return match["name"] if match else None


def _strip_possessive(name: str) -> str:
    return name.removesuffix("’s").removesuffix("'s")


def judge_speakers(
    text: str,
    places: Sequence[tuple[int, int]],
    speaker: AskedSpeaker,
    people: frozenset[str],
) -> list[float]:
    """Return how surely each sentence reports words of the asked speaker, from -1 to 1.

    Args:
        text: Some sentences of an article, with what comes before them.
        places: Where the sentences stand, in order.
        speaker: Whose words are asked for.
        people: Names of those who speak for the speaker's nation in this article.

    Returns:
        For each sentence 1 if the speaker is reported to say some of it, -1 if only others are, and
        0 if nobody is or if it is open who is.
    """
    nations = find_nations(text)
    judged: list[tuple[Statement, bool | None]] = []
    for statement in find_statements(text):
        if _PRONOUN.fullmatch(text, *statement.head):
            is_asked = _is_antecedent_asked(text, statement, judged, nations, speaker, people)
        else:
            parties = _name_parties(text, *statement.speaker, nations, speaker, people)
            words = set(_HYPHENATED.findall(text[slice(*statement.speaker)].casefold()))
            is_asked = any(parties) if parties else None
            if is_asked and speaker.names - _GROUPS:  # somebody of the nation, but of which body?
                alone = replace(speaker, nation="")
                named = _name_parties(text, *statement.speaker, nations, alone, frozenset())
                is_asked = any(named) or None
            if speaker.names and speaker.names <= words:
                is_asked = True
            if is_asked and _is_somebody_beside(text[slice(*statement.speaker)], speaker):
                is_asked = False
        judged.append((statement, is_asked))
    return [_judge(start, end, judged, text, speaker) for start, end in places]


def _is_somebody_beside(phrase: str, speaker: AskedSpeaker) -> bool:
    """Return whether a phrase means somebody by the asked one: "a Reck ally", "Reck's brother"."""
    names = "|".join(map(re.escape, sorted(speaker.names)))
    if not names:
        return False
    beside = re.compile(
        rf"\b(?:{names})(?:['’]s?)?\s+(?:(?!and\b|or\b)[a-z-]+\s+){{0,2}}?(?P<who>{_BESIDE})\b"
        rf"|\b(?P<of>{_BESIDE})\s+(?:of|to|for)\s+(?:[\w.-]+\s+){{0,5}}?(?:{names})\b",
        re.IGNORECASE,
    )
    others = list(beside.finditer(phrase))
    if any((match["who"] or match["of"]).casefold() in speaker.names for match in others):
        return False
    rest = beside.sub(" ", phrase)
    return bool(others) and not re.search(rf"\b(?:{names})\b", rest, re.IGNORECASE)


def _judge(
    start: int,
    end: int,
    judged: Sequence[tuple[Statement, bool | None]],
    text: str,
    speaker: AskedSpeaker,
) -> float:
    here = [
        is_asked
        for statement, is_asked in judged
        if any(a < end and start < b for a, b in (statement.cue, *statement.contents))
    ]
    if any(here) or _lets_document_speak(text[start:end], speaker):
        return 1.0
    return -1.0 if False in here else 0.0


def _is_antecedent_asked(
    text: str,
    statement: Statement,
    judged: Sequence[tuple[Statement, bool | None]],
    nations: tuple[Mention, ...],
    speaker: AskedSpeaker,
    people: frozenset[str],
) -> bool | None:
    """Return whether "he" is the asked speaker: the last one to speak, or to be named first."""
    start = min(statement.speaker[0], statement.contents[0][0])
    opening = max(text.rfind(mark, 0, start) for mark in ".!?\n") + 1
    before = max(text.rfind(mark, 0, max(0, opening - 1)) for mark in ".!?\n") + 1
    if judged and judged[-1][0].cue[0] >= before and judged[-1][1] is not None:
        return judged[-1][1]
    parties = _name_parties(text, before, opening, nations, speaker, people)
    return True if parties[:1] == [True] else None


def _lets_document_speak(sentence: str, speaker: AskedSpeaker) -> bool:
    """Return whether a sentence tells what is in the treaty, law or report that is asked about."""
    return any(
        match["document"].casefold() in speaker.names for match in _CONTAINS.finditer(sentence)
    )


def means_namesake(speaker: AskedSpeaker, text: str) -> bool:
    """Return whether the asked person's family name has come to stand for somebody else.

    News gives a full name once, then only the family name, which means whoever was last named.

    Args:
        speaker: Whose words are asked for.
        text: An article up to the end of a sentence that contains the family name.
    """
    full = speaker.full_name
    if not full:
        return False
    family, given, least = _split_full_name(full)
    last = ""
    for match in _PERSON.finditer(text):
        name = _fold_name([w for w in match.group().split() if w.casefold() not in _BESIDE_A_NAME])
        if family in name:
            last = _find_given(name, full) or last
    return bool(last) and not _are_alike(given, last, least)


def _name_parties(
    sentence: str,
    start: int,
    end: int,
    nations: tuple[Mention, ...],
    speaker: AskedSpeaker,
    people: frozenset[str],
) -> list[bool]:
    """Return, for each party named in a stretch, whether it is the asked speaker, in order."""
    named: dict[int, bool] = {}
    object_end = -1
    for mention in nations:
        if mention.start < start or mention.end > end:
            continue
        lead = sentence[max(start, mention.start - OBJECT_CHARS) : mention.start]
        is_object = _OBJECT.search(lead) or (_GENITIVE.search(lead) and not _OFFICE.search(lead))
        if is_object or sentence[object_end : mention.start] in {" and ", " or "}:
            object_end = mention.end
            continue
        named[mention.start] = bool(speaker.nation) and mention.nation == speaker.nation
    for match in _UNNAMED.finditer(sentence, start, end):
        words = _HYPHENATED.findall(match.group().casefold())
        named[match.start()] = _has_other_names(speaker, words)
    for place, is_asked in _name_people(sentence, start, end, nations, speaker, people):
        named[place] = is_asked or named.get(place, False)
    return [named[place] for place in sorted(named)]


def _name_people(
    sentence: str,
    start: int,
    end: int,
    nations: tuple[Mention, ...],
    speaker: AskedSpeaker,
    people: frozenset[str],
) -> Iterator[tuple[int, bool]]:
    """Yield where each person named in a stretch stands, and whether it is the asked speaker."""
    for match in _PERSON.finditer(sentence, start, end):
        lead = max(start, match.start() - OBJECT_CHARS)
        if _OBJECT.search(sentence, lead, match.start()):
            continue
        within = [m for m in nations if m.start < match.end() and match.start() < m.end]
        words = sentence[within[-1].end if within else match.start() : match.end()].split()
        words = [word.removesuffix("’s").removesuffix("'s") for word in words]
        named_words = [w for w in words if w.casefold().rstrip(".") not in _TITLES] or words[1:]
        if not named_words or (match.start() == 0 and words[0].casefold() in _STARTS):
            continue
        is_asked = _names_speaker(words, speaker)
        is_foreign = any(mention.nation != speaker.nation for mention in within)
        if not is_asked and not is_foreign:
            is_asked = any(_may_be_one(named_words, person) for person in people)
        if not within:
            yield match.start(), is_asked
        elif is_asked:
            # "NATO Secretary General Ada Holm" is one party, and she is the one asked about.
            yield within[0].start, True


def _may_be_one(words: Sequence[str], person: str) -> bool:
    """Return whether a name in a sentence may be that of a person, by family and given name."""
    full, name = _fold_name(person.split()), _fold_name(words)
    if len(full) == 1:
        return full[0] in name
    family, given, least = _split_full_name(full)
    if family not in name:
        return False
    beside = _find_given(name, full)
    return not beside or _are_alike(given, beside, least)


def _names_speaker(words: Sequence[str], speaker: AskedSpeaker) -> bool:
    """Return whether a name in a sentence is the asked speaker's, and not a namesake's."""
    full = speaker.full_name
    if _has_other_names(speaker, [word.casefold() for word in words]):
        return True
    if not full:
        return False
    family, given, least = _split_full_name(full)
    name = _fold_name([w for w in words if w.casefold().rstrip(".") not in _BESIDE_A_NAME])
    if set(full) <= set(name):
        return True
    if family not in name:
        return least == ALIKE_GIVEN and given in name
    beside = _find_given(name, full)
    return not beside or _are_alike(given, beside, least)


def _has_other_names(speaker: AskedSpeaker, words: Sequence[str]) -> bool:
    """Return whether words of a party are among a speaker's names; of an office all have to be."""
    names = _other_names(speaker)
    if names and names <= _TITLES:
        return {_SPELLINGS.get(n, n) for n in names} <= {_SPELLINGS.get(w, w) for w in words}
    return not names.isdisjoint(words)


def _other_names(speaker: AskedSpeaker) -> frozenset[str]:
    """Return the words that name a speaker without being parts of the full name."""
    parts = (*speaker.full_name, "-".join(speaker.full_name[1:]))
    return speaker.names.difference(parts) if speaker.full_name else speaker.names


def _split_full_name(full: tuple[str, ...]) -> tuple[str, str, float]:
    """Return family name, given name, and the likeness from which given names are the same."""
    if full[0].title() in _FAMILY_NAME_FIRST:
        return full[0], full[1], ALIKE_SYLLABLES
    return full[-1], full[0], ALIKE_GIVEN


def _find_given(name: tuple[str, ...], full: tuple[str, ...]) -> str:
    """Return the given name that a name has beside the family name of ``full``; empty if none."""
    family, _, least = _split_full_name(full)
    place = name.index(family)
    given = name[max(0, place - 1) : place] if least == ALIKE_GIVEN else name[place + 1 : place + 2]
    return given[0] if given else ""


def _are_alike(one: str, other: str, least: float) -> bool:
    """Return whether two given names may be one: variant spellings, a short form, an initial."""
    shorter = min(len(one), len(other))
    begins_alike = one[: min(shorter, 2)] == other[: min(shorter, 2)]
    return begins_alike or SequenceMatcher(None, one, other, autojunk=False).ratio() >= least
