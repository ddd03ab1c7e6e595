"""Who says what in a text: verbs of saying with their subjects, and whose words are whose. Pure.

``find_attributions`` reads "Peskov said it would go on", "“It will,” said Peskov", "according to
Peskov, …" and "“It will,” he told reporters" alike, ``find_owner`` finds whose words a stretch of a
text is, and ``compare_speakers`` says whether two speakers are the same. What a question asks for
is the subject of ``index.language.speakers``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.language.calendar_words import MONTH_NAMES, SHORT_MONTH, WEEKDAY
from index.language.nations import find_nations
from index.language.quotations import find_quoted_spans
from index.language.speech_verbs import INVERTING, PARTICIPLES, REPORTING
from index.language.words import find_cues, read_word_lists

MAX_SUBJECT_CHARS = 220
MAX_INVERTED_CHARS = 160
MAX_CONTINUED_CHARS = 400
MAX_INTRODUCTION_CHARS = 60
PREPOSITION_CHARS = 40


_LISTS = read_word_lists("speakers")
_TITLES = frozenset(_LISTS["titles"] + _LISTS["titles_compared"])
_STARTS = frozenset(_LISTS["starts"] + _LISTS["starts_subject"])
_CUES = REPORTING | PARTICIPLES

_NOUN_BEFORE = re.compile(r"\b(?:an?|the|his|her|their|its|my|our|no|any|more)\s$", re.IGNORECASE)
_NOUN_CHARS = 8
_NAME = re.compile(
    r"(?:[A-Z](?:\.[A-Z])+\.?|(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Del|Rev|Lt|Col|Prof|Jr|Sr|St|[A-Z])\."
    r"|[A-Z][\w’'&-]*)"
    r"(?:\s(?:of\s(?=the\s[A-Z]|[A-Z])|the\s(?=[A-Z])|(?:al|bin|de|del|der|van|von|la|le)\s(?=[A-Z]))?"
    r"(?:[A-Z](?:\.[A-Z])+\.?|[A-Z]\.|[A-Z][\w’'&-]*))*"
)
PRONOUN = re.compile(r"\b(?:he|she|they|it|who|I|we)\b", re.IGNORECASE)
_COMMON = re.compile(
    r"\b(?:the|an?|his|her|their|its|one|another|some|several|other|two|three|many|most)\s"
    r"(?:[\w’'-]+\s){0,4}?"
    r"(?:officials?|ministers?|deputy|spokes\w+|ambassador|president|leaders?|analysts?|experts?"
    r"|observers?|ministry|agency|reports?|institute|group|company|newspaper|government|council"
    r"|court|police|army|military|party|union|study|survey|poll|campaign|mayor|nominee|candidate"
    r"|governor|senator|judge|aides?|sources?|critics?|residents?|researchers?|scientists?"
    r"|secretary|director|chair\w*|chief|manager|statement|voters?|man|woman|lawyers?|family"
    r"|mother|father|wife|husband|brother|sister|son|daughter|team|coach|envoy|diplomats?)\b",
    re.IGNORECASE,
)
_PREPOSITION = re.compile(
    r"\b(?:to|against|with|in|into|toward|towards|between|by|on|upon|regarding|over|at|from|about|near"
    r"|of|for|during|after|before|since|under|through|via|like|as|than)\s"
    r"(?:(?:the|an?|his|her|their|its|this|last)\s)?(?:[\w’'-]+\s){0,2}$",
    re.IGNORECASE,
)
_OBJECT_VERB = re.compile(r"\b\w{3,}(?:ed|ing|es)\s(?:the\s|an?\s|that\s)?$", re.IGNORECASE)
ABBREVIATED = "".join(
    map(
        r"(?<!\b{})".format,
        "Mr Mrs Ms Dr Sen Rep Gov Gen Del Rev Lt Col Sgt Jr Sr St Prof Capt [A-Z]".split(),
    )
)
"""No abbreviation before a stop, as a condition of a regular expression."""
_BREAK = re.compile(rf"[;:“”\"]|{ABBREVIATED}[.!?](?=\s+[A-Z“\"])|\n|(?<=[,])\s(?:and|but)\s")
_OPENS_INVERTED = re.compile(
    r"\s(?!(?:at|in|on|to|from|by|for|during|after|before|with)\s)(?:the\s|an?\s|his\s|her\s|their\s|one\s|[A-Z]|(?:[\w/-]+\s){1,3}[A-Z]|(?:he|she|they)\b)"
)
_AFTER_QUOTE = re.compile(r"[”\"’'»]\s*,?\s*$|,\s*$")
_INVERTED_END = re.compile(
    rf"{ABBREVIATED}[.;:!?](?=\s|$|[”\"])|[“\"\n]|,\s(?:who|which|as|in|on|after|adding|and)\b"
)
_THIRD_PERSON = re.compile(r"\s*(?:he|she|they|it)\b")
FINITE = re.compile(
    r"\b(?:that|should|would|was|is|are|were|had|has|have|will|must|could|can|may|did|does|he|she|they"
    r"|it)\s"
)
_OPENS_UNNAMED = re.compile(
    r"^(?:\w{5,}(?:ly|ing)|\w{3,}ies|Others|Results|Moreover|Nevertheless)$"
)
_BEFORE_VERB = re.compile(
    r"^(?:’s|'s)?(?:\s*\([^()]{0,60}\))?\s*(?:(?:has|have|had|also|then|later|again|once|never|not|did|does"
    r"|would|will|is|was|\w+ly)\s+)*$"
)
_MONTH = "|".join(set(MONTH_NAMES) - {"March", "May"})
_DATE_IN_NAME = re.compile(
    rf"(?<![\w.,$€£/-])(?:(?:{_MONTH}|{SHORT_MONTH})(?![\w’'])"
    rf"|(?:(?<=\bin\s)|(?<=\bof\s))(?:March|May)(?![\w’'])|(?:{WEEKDAY})s?\b"
    r"|(?:Yesterday|Today|Tomorrow|Tonight)\b)"
)
_NEW_SENTENCE = re.compile(rf"{ABBREVIATED}[.!?][”\"]?\s+[^\sa-z]|\n")
_SENTENCE_END = re.compile(r"[.!?][”\"]?\s|\n")
_STOP = re.compile(r"[.\n]")
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A verb of saying with its subject.

    Attributes:
        verb: The verb of saying.
        speaker: The subject as written; may be a pronoun; empty if none was found.
        head: The name or noun phrase at the core of the subject.
        subject_start: First code point of the head.
        subject_end: One past the last.
        start: First code point of subject and verb together.
        end: One past the last.
        follows: Whether subject and verb follow the words said.
    """

    verb: str
    speaker: str
    head: str
    subject_start: int
    subject_end: int
    start: int
    end: int
    follows: bool


def find_attributions(text: str) -> tuple[Attribution, ...]:
    """Return the attributions of a text outside of its quotations, in order."""
    quotes = find_quoted_spans(text)
    found: list[Attribution] = []
    place = 0
    floor = 0
    for match in find_cues(text, _CUES):
        while place < len(quotes) and quotes[place][1] <= match.start():
            floor = max(floor, quotes[place][1])
            place += 1
        if place < len(quotes) and quotes[place][0] < match.start():
            continue
        if _NOUN_BEFORE.search(text, max(0, match.start() - _NOUN_CHARS), match.start()):
            continue
        ceiling = quotes[place][0] if place < len(quotes) else len(text)
        attribution = _read_attribution(text, match, floor, ceiling)
        if attribution is not None:
            found.append(attribution)
            floor = max(floor, attribution.end)
    return tuple(found)


def _read_attribution(
    text: str, match: re.Match[str], floor: int, ceiling: int
) -> Attribution | None:
    start, end = match.span()
    low = max(floor, start - MAX_SUBJECT_CHARS)
    clause_start = low
    for stop in _BREAK.finditer(text[low:start]):
        clause_start = low + stop.end()
    clause = text[clause_start:start]
    high = min(ceiling, end + MAX_INVERTED_CHARS)
    is_source = match.group().lower().startswith("according")
    lead = text[max(0, start - 4) : start].rstrip()
    is_inverted = (
        is_source
        or not clause.strip(" ,”\"’'")
        or (lead.endswith((",", "”", '"')) and _speaker_follows(text, match, high))
    )
    if is_inverted and _OPENS_INVERTED.match(text, end, high):
        last = _inverted_end(text, end, high)
        subject = _first_subject(text, end, last)
        if subject is not None:
            follows = not is_source or bool(clause.strip(" ,"))
            speaker = text[end:last].strip()
            return Attribution(match.group(), speaker, *subject, start, last, follows)
    return None if is_source else _read_before(text, match, clause_start)


def _read_before(text: str, match: re.Match[str], clause_start: int) -> Attribution | None:
    start, end = match.span()
    subject = _subject_before(text, clause_start, start)
    if subject is None:
        return None
    head_start = subject[1]
    introduced = text[clause_start:head_start]
    lead = text[max(0, clause_start - 4) : clause_start].rstrip()
    is_quoted = lead.endswith(("”", '"')) and not lead[:-1].endswith(".")
    follows = is_quoted and not introduced.strip(" ,")
    is_short = len(introduced) <= MAX_INTRODUCTION_CHARS and "," not in introduced
    first = clause_start if is_short else head_start
    speaker = text[head_start:start].strip(" ,")
    return Attribution(match.group(), speaker, *subject, first, end, follows)


def _speaker_follows(text: str, match: re.Match[str], high: int) -> bool:
    """Tell "It will close, said the mayor." from "Reck, a mayor, said the bridge was safe."."""
    rest = text[match.end() : _inverted_end(text, match.end(), high)]
    return match.group() in INVERTING and not FINITE.search(rest)


def _inverted_end(text: str, start: int, high: int) -> int:
    stop = _INVERTED_END.search(text, start, high)
    return stop.start() if stop else high


def _first_subject(text: str, start: int, end: int) -> tuple[str, int, int] | None:
    pronoun = _THIRD_PERSON.match(text, start, end)
    if pronoun:
        return pronoun.group().strip(), pronoun.start(), pronoun.end()
    comma = text.find(",", start, end)
    stop = comma if comma > start else end
    # In "X, said Y's “dangerous” plan" the speaker is X, and Y's belongs to what is spoken of.
    is_object = stop == end and text[end : end + 1] in {"“", '"'}
    names = [
        m
        for m in _NAME.finditer(text, start, stop)
        if m.group().casefold() not in _STARTS
        and not _DATE_IN_NAME.search(f"in {m.group()}")
        and not (is_object and m.group().endswith(("’s", "'s")))
    ]
    kept = [
        m
        for m in names
        if not _PREPOSITION.search(text, max(start, m.start() - PREPOSITION_CHARS), m.start())
    ]
    if kept or names:
        match = (kept or names)[-1]
        return match.group(), match.start(), match.end()
    common = _COMMON.search(text, start, end)
    return (common.group(), common.start(), common.end()) if common else None


def _subject_before(text: str, start: int, end: int) -> tuple[str, int, int] | None:
    """Return the subject of a verb: the name right before it, or the first possible one."""
    candidates: list[tuple[int, int, str]] = []
    first = end - len(text[start:end].lstrip())
    for match in _NAME.finditer(text, start, end):
        words = match.group().split()
        is_start = len(words) == 1 and (
            words[0].casefold() in _STARTS
            or (match.start() == first and _OPENS_UNNAMED.search(words[0]))
        )
        if is_start or words[-1].endswith(("’s", "'s")):
            continue
        candidates.append((match.start(), match.end(), match.group()))
    for pattern in (PRONOUN, _COMMON):
        for match in pattern.finditer(text, start, end):
            if not any(
                a <= match.start() < b or match.start() <= a < match.end() for a, b, _ in candidates
            ):
                candidates.append((match.start(), match.end(), match.group()))
    candidates.sort()
    if not candidates:
        return None
    adjacent = candidates[-1]
    if _BEFORE_VERB.match(text[adjacent[1] : end]) and not (
        text[start : adjacent[0]].rstrip().endswith(",")
        and text[adjacent[1] : end].lstrip().startswith(",")
    ):
        return adjacent[2], adjacent[0], adjacent[1]
    free = [
        c
        for c in candidates
        if not _PREPOSITION.search(text, max(start, c[0] - PREPOSITION_CHARS), c[0])
        and not _OBJECT_VERB.search(text, max(start, c[0] - 24), c[0])
        and text[c[1] : c[1] + 2] not in {"’s", "'s"}
    ]
    if not free:
        return None
    chosen = free[0]
    return chosen[2], chosen[0], chosen[1]


def find_first_name(text: str, start: int, end: int) -> str:
    """Return the first name in a stretch of a text that can be a subject; empty without one."""
    for match in _NAME.finditer(text, start, end):
        lead = max(0, match.start() - PREPOSITION_CHARS)
        if match.group().casefold() not in _STARTS and not _PREPOSITION.search(
            text, lead, match.start()
        ):
            return match.group()
    return ""


def find_owner(
    text: str,
    start: int,
    end: int,
    attributions: Sequence[Attribution],
    quotes: Sequence[tuple[int, int]],
) -> tuple[Attribution, bool] | None:
    """Return to whom a stretch of a text is attributed, and whether in so many words.

    Args:
        text: The text.
        start: First code point of the stretch.
        end: One past the last.
        attributions: ``find_attributions(text)``, or some of them.
        quotes: ``find_quoted_spans(text)``.
    """
    first, last = start, end
    for quote in quotes:
        if quote[0] < end and start < quote[1]:
            first, last = min(first, quote[0]), max(last, quote[1])
    following = next((a for a in attributions if a.start >= last - 1), None)
    if following is not None and _comes_at_once(text, last, following):
        return following, True
    line_start = text.rfind("\n", 0, first) + 1
    before = [a for a in attributions if a.end <= start + 3 and a.start >= line_start]
    if before and not _NEW_SENTENCE.search(text, before[-1].end, first + 1):
        return before[-1], True
    inside = next((a for a in attributions if start <= a.start < last), None)
    if inside is not None:
        return inside, True
    after = next((a for a in attributions if a.start >= end - 1), None)
    if after is not None and not _SENTENCE_END.search(text, last, after.start):
        return after, True
    if before and first - before[-1].end <= MAX_CONTINUED_CHARS:
        return before[-1], False
    return None


def _comes_at_once(text: str, last: int, attribution: Attribution) -> bool:
    """Return whether an attribution directly follows what ends at a place, in one sentence."""
    if _LETTERS.search(text, last, attribution.start):
        return False
    return attribution.follows or not _STOP.search(text, max(0, last - 2), attribution.start)


def resolve_speaker(
    text: str, attribution: Attribution, attributions: Sequence[Attribution]
) -> str:
    """Return an attribution's speaker, a pronoun replaced by the name it most likely stands for."""
    if not PRONOUN.fullmatch(attribution.head):
        return attribution.speaker
    earlier = [
        a for a in attributions if a.end <= attribution.start and not PRONOUN.fullmatch(a.head)
    ]
    limit = attribution.start
    if earlier and limit - earlier[-1].end <= MAX_CONTINUED_CHARS:
        return earlier[-1].speaker
    return find_first_name(text, max(0, limit - MAX_CONTINUED_CHARS), limit)


def name_words(phrase: str) -> list[str]:
    """Return the words of a phrase that name somebody, case-folded, titles left out."""
    words = []
    for match in _NAME.finditer(phrase):
        for word in match.group().replace("’s", "").replace("'s", "").split():
            folded = word.casefold().strip(".,’'")
            if folded not in _TITLES and folded not in _STARTS and len(folded) > 1:
                words.append(folded)
    return words


def compare_speakers(claimed: str, head: str, phrase: str) -> int:
    """Return 1 if two speakers are the same, -1 if they are not, 0 if that is open.

    Args:
        claimed: The speaker of a claim.
        head: The name that stands for the speaker in the evidence.
        phrase: All that the evidence says of the speaker there, apposition included.
    """
    nations = {mention.nation for mention in find_nations(claimed)}
    if nations and nations & {mention.nation for mention in find_nations(phrase)}:
        return 1
    ours, theirs = name_words(claimed), name_words(head)
    if ours and theirs:
        return _compare_names(ours, theirs, name_words(phrase))
    plain = {word.casefold() for word in _LETTERS.findall(claimed)} - _STARTS
    other = {word.casefold() for word in _LETTERS.findall(phrase)} - _STARTS
    return int(bool(plain & other) or bool(set(ours) & set(name_words(phrase))))


def _compare_names(ours: list[str], theirs: list[str], phrase: list[str]) -> int:
    if ours[-1] == theirs[-1]:
        both_given = len(ours) > 1 and len(theirs) > 1
        differ = both_given and not set(ours[:-1]) & set(theirs[:-1])
        return -1 if differ and ours[0][0] != theirs[0][0] else 1
    initials = {_initials(ours), _initials(theirs)}
    if set(ours) & set(theirs) or initials & {"".join(ours), "".join(theirs)}:
        return 1
    # "Mulgrew, president of the union": the union may be said to say it.
    return 0 if set(ours) <= set(phrase) else -1


def _initials(words: list[str]) -> str:
    return "".join(word[0] for word in words)
