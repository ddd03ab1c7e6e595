"""Who is asked about in "what did X say?", and whether a sentence has X speak; pure.

News names a speaker by name, office, nation or seat of government, often a different one in
each sentence. A person counts as speaking for a nation where the article introduces them with
it ("the Russian ambassador to Seoul, Georgi Zinoviev").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.nations import Mention, find_nations

SUBJECT_CHARS = 160
INVERTED_CHARS = 60
INTRODUCTION_CHARS = 70
OBJECT_CHARS = 24

SAYING_VERBS = (
    r"say|says|said|tell|tells|told|state[sd]?|announce[sd]?|warn(?:s|ed)?|insist(?:s|ed)?"
    r"|den(?:y|ies|ied)|call(?:s|ed)?|describe[sd]?|urge[sd]?|accuse[sd]?|claim(?:s|ed|ing)?"
    r"|argue[sd]?|added|repl(?:y|ies|ied)|respond(?:s|ed)?|note[sd]?|remark(?:s|ed)?"
    r"|express(?:es|ed)?|affirm(?:s|ed)?|dismiss(?:es|ed)?|voice[sd]?|promise[sd]?|reject(?:s|ed)?"
    r"|demand(?:s|ed)?|condemn(?:s|ed)?|emphasi[sz]e[sd]?|stress(?:es|ed)?|confirm(?:s|ed)?"
    r"|declare[sd]?|vow(?:s|ed)?|pledge[sd]?|explain(?:s|ed)?|suggest(?:s|ed)?|hope[sd]?"
    r"|think[s]?|thought|believe[sd]?|downplay(?:s|ed)?|refus(?:es|ed)|reiterate[sd]?|caution(?:s|ed)?"
    r"|criticis(?:es|ed)|criticiz(?:es|ed)|welcom(?:es|ed)|ask(?:s|ed)|assert(?:s|ed)?|admit(?:s|ted)?"
    r"|tweet(?:s|ed)|writes|wrote|joke[sd]?|boast(?:s|ed)?|predict(?:s|ed)?|conced(?:es|ed)"
    r"|lament(?:s|ed)|recall(?:s|ed)|observe[sd]?|testif(?:ies|ied)|allege[sd]?|maintain(?:s|ed)?"
    r"|contend(?:s|ed)?|complain(?:s|ed)?|praise[sd]?|blast(?:s|ed)|slam(?:s|med)|mock(?:s|ed)?"
    r"|defend(?:s|ed)?|endors(?:es|ed)|oppose[sd]?|supported|wants|wanted|planned"
    r"|indicate[sd]?|threaten(?:s|ed)?|pointed|denounce[sd]?|challenged|conclude[sd]?"
    r"|compare[sd]?|highlight(?:s|ed)|underlin(?:es|ed|ing)|signal(?:s|ed|led)|hammered"
    r"|acknowledge[sd]?|comment(?:s|ed)?|react(?:s|ed)?|answer(?:s|ed)?|propose[sd]?"
)
"""Verbs that report somebody's words, as alternatives of a regular expression."""

_SAYING = re.compile(rf"\b(?:{SAYING_VERBS}|affirming|insisting|according to|noting|warning)\b")
_NOUNS = r"response|reaction|reply|answer|position|stance|view|statement|comments?|message|demand"
_ASKED = (
    re.compile(
        r"\b(?:did|does|do|has|have|had|is|was|were|are|would|will)\s+(?P<who>.{2,80}?)\s+"
        rf"(?:also\s+|have\s+to\s+|\w+ly\s+)?(?:{SAYING_VERBS}|saying|denying|claiming|demanding)\b",
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
_ROLES = frozenset(
    "ambassador envoy president minister prime foreign vice deputy defense defence chancellor"
    " secretary general secretary-general spokesman spokeswoman spokesperson leader premier king"
    " queen prince chief senator governor mr mrs ms dr sir the".split()
)
_CLOSING_QUOTE = re.compile(r"[”\"’']\s*,?\s*$")
_INVERTED = re.compile(
    r",\s(?:said|says|added|noted|warned|announced|stated|insisted)\s+"
    r"(?:the|an?|his|her|their|one|[A-Z])(?P<rest>[^.,;]{0,80})[.,;]"
)
_FINITE = re.compile(
    r"\b(?:that|should|would|was|is|are|were|had|has|have|will|must|could|can|may|did|does)\b"
)
_PRONOUN = re.compile(r"^[“\"‘'(\s]*(?:he|she|they|it)\b", re.IGNORECASE)
_WORD = re.compile(r"[\w-]+")


@dataclass(frozen=True, slots=True)
class AskedSpeaker:
    """Whose words a question asks for.

    Attributes:
        nation: Canonical name of a nation or alliance, or an empty string.
        names: Other words that name the speaker, case-folded; an office where nothing else does.
    """

    nation: str
    names: frozenset[str]


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
        words = [word for word in _WORD.findall(rest.casefold()) if word not in _NOBODY]
        names = frozenset(word for word in words if word not in _ROLES)
        if not mentions and not names:
            names = frozenset(words)
        if mentions or names:
            return AskedSpeaker(mentions[0].nation if mentions else "", names)
    return None


_NOBODY = frozenset(
    "he she it they we you i this that these those anyone someone people there s a an of and or"
    " to in on at by for his her their its who what which not be been".split()
)


def find_people_of(nation: str, text: str) -> frozenset[str]:
    """Return the family names of the people whom a text introduces as a nation's officials.

    Where a text speaks of one nation's ambassador only, "Ambassador Zinoviev" is that one.
    """
    people: set[str] = set()
    nations_by_office: dict[str, set[str]] = {}
    mentions = find_nations(text)
    for place, mention in enumerate(mentions):
        if _ADDRESSED.search(text, max(0, mention.start - OBJECT_CHARS), mention.start):
            continue
        after = text[mention.end : mention.end + INTRODUCTION_CHARS]
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
            people.add(_family_name(match["name"].split()))
    return frozenset(people)


def _introduced_after(clause: str) -> str | None:
    """Find the person in "(Russian) ambassador to South Korea, Georgi Zinoviev"."""
    foreign = [(m.start, m.end) for m in find_nations(clause)]
    for match in _PERSON.finditer(clause):
        inside = any(a < match.end() and match.start() < b for a, b in foreign)
        words = [w for w in match.group().split() if w.casefold() not in _ROLES]
        if not inside and words and not _ORGANIZATION.search(match.group()):
            return _family_name(words)
    return None


def _introduced_before(text: str, *, has_office: bool) -> str | None:
    """Find the person in "Kim Hong-kyun, (South Korea)'s minister" and the like."""
    match = _NAME_THEN_OFFICE.search(text) or (_NAME_THEN.search(text) if has_office else None)
    return _family_name(match["name"].split()) if match else None


def _family_name(words: list[str]) -> str:
    """Return the word that a later sentence will use: the last, or a Korean or Chinese first."""
    if len(words) > 1 and words[0] in _FAMILY_NAME_FIRST:
        return words[0]
    return words[-1].removesuffix("’s").removesuffix("'s")


_FAMILY_NAME_FIRST = frozenset(
    "Chen Cho Choi Deng Hu Jung Kang Kim Lee Li Lin Liu Mao Moon Park Wang Wen Xi Yoon"
    " Zhang".split()
)


def speaks(
    sentence: str, speaker: AskedSpeaker, people: frozenset[str], previous: str = ""
) -> float:
    """Return how surely a sentence reports words of the asked speaker, from -1 to 1.

    Args:
        sentence: One sentence.
        speaker: Whose words are asked for.
        people: Family names of those who speak for the speaker's nation in this article.
        previous: The sentence before it, of which a "he" may speak; empty for none.

    Returns:
        1 where the speaker is the one named nearest to a verb of saying, or is who the sentence
        before begins with and this one calls "he", "she", "they" or "it"; 0.5 where the
        speaker is named before one but another name is nearer, 0 where nobody is named, -1
        where only others speak.
    """
    best = -1.0
    named = False
    nations = find_nations(sentence)
    for verb in _SAYING.finditer(sentence):
        start, end = _subject_window(sentence, verb)
        parties = _name_parties(sentence, start, end, nations, speaker, people)
        if not parties:
            continue
        named = True
        nearest = parties[0] if start >= verb.end() else parties[-1]
        if nearest:
            return 1.0
        if any(parties):
            best = max(best, 0.5)
    if named:
        return best
    if previous and _PRONOUN.match(sentence) and _SAYING.search(sentence):
        parties = _name_parties(previous, 0, len(previous), find_nations(previous), speaker, people)
        return 1.0 if parties[:1] == [True] else 0.0
    return 0.0


def _is_inverted(sentence: str, verb_start: int) -> bool:
    """Tell "It will close, said the mayor." from "Reck, in Oslo, said the mayor was away."."""
    match = _INVERTED.match(sentence, max(0, verb_start - 2))
    return match is not None and not _FINITE.search(match["rest"])


def _subject_window(sentence: str, verb: re.Match[str]) -> tuple[int, int]:
    start = max(0, verb.start() - SUBJECT_CHARS)
    is_inverted = (
        _CLOSING_QUOTE.search(sentence, start, verb.start())
        or _is_inverted(sentence, verb.start())
        or verb.group() == "according to"
        or sentence.startswith(" by ", verb.end())
    )
    if is_inverted:
        return verb.end(), min(len(sentence), verb.end() + INVERTED_CHARS)
    opening = max(sentence.rfind(mark, start, verb.start()) for mark in "”;")
    return max(start, opening + 1), verb.start()


def _name_parties(
    sentence: str,
    start: int,
    end: int,
    nations: tuple[Mention, ...],
    speaker: AskedSpeaker,
    people: frozenset[str],
) -> list[bool]:
    """Return, for each party named in a stretch, whether it is the asked speaker, in order."""
    named: list[tuple[int, bool]] = []
    object_end = -1
    for mention in nations:
        if mention.start < start or mention.end > end:
            continue
        lead = sentence[max(start, mention.start - OBJECT_CHARS) : mention.start]
        is_object = _OBJECT.search(lead) or (_GENITIVE.search(lead) and not _OFFICE.search(lead))
        if is_object or sentence[object_end : mention.start] in {" and ", " or "}:
            object_end = mention.end
            continue
        named.append((mention.start, bool(speaker.nation) and mention.nation == speaker.nation))
    for match in _UNNAMED.finditer(sentence, start, end):
        words = _WORD.findall(match.group().casefold())
        named.append((match.start(), not speaker.names.isdisjoint(words)))
    taken = [(mention.start, mention.end) for mention in nations]
    for match in _PERSON.finditer(sentence, start, end):
        if any(a < match.end() and match.start() < b for a, b in taken):
            continue
        if _OBJECT.search(sentence, max(start, match.start() - OBJECT_CHARS), match.start()):
            continue
        words = [word.removesuffix("’s").removesuffix("'s") for word in match.group().split()]
        named_words = [w for w in words if w.casefold().rstrip(".") not in _ROLES] or words[1:]
        starts_sentence = match.start() == 0 and words[0].casefold() in _SENTENCE_STARTS
        if not named_words or starts_sentence:
            continue
        folded = {word.casefold() for word in words}
        is_asked = bool(folded & speaker.names) or bool(people & set(named_words))
        named.append((match.start(), is_asked))
    return [is_asked for _, is_asked in sorted(named)]


_SENTENCE_STARTS = _NOBODY | frozenset(
    "in on at by for from with as when while after before since although though but and however"
    " meanwhile later earlier according also other some many there last this that these".split()
)
