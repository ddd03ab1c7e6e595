"""Who says what in a text: verbs of saying, their subjects, and the words they own; pure.

``find_attributions`` reads "Peskov said it would go on", "“It will,” said Peskov", "according to
Peskov, …" and "“It will,” he told reporters" alike. Whose words a stretch of text is,
``rag.verification.ownership`` tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.speakers import SAYING_VERBS
from rag.verification.moments import find_moments

MAX_SUBJECT_CHARS = 220
MAX_INVERTED_CHARS = 160
MAX_CONTINUED_CHARS = 400
MAX_INTRODUCTION_CHARS = 60
PREPOSITION_CHARS = 40

_CUE = re.compile(
    rf"\b(?P<verb>{SAYING_VERBS}|saying|adding|telling|tweeting|writing|warning|noting|insisting"
    r"|affirming|declaring|arguing|[Aa]ccording\s+to)\b"
)
_NOUN_BEFORE = re.compile(r"\b(?:an?|the|his|her|their|its|my|our|no|any|more)\s$", re.IGNORECASE)
_NOUN_CHARS = 8
NAME = re.compile(
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
ABBREVIATED = (
    "".join(
        rf"(?<!\b{word})"
        for word in "Mr Mrs Ms Dr Sen Rep Gov Gen Del Rev Lt Col Sgt Jr Sr St Prof Capt".split()
    )
    + r"(?<!\b[A-Z])"
)
_BREAK = re.compile(rf"[;:“”\"]|{ABBREVIATED}[.!?](?=\s+[A-Z“\"])|\n|(?<=[,])\s(?:and|but)\s")
_OPENS_INVERTED = re.compile(
    r"\s(?!(?:at|in|on|to|from|by|for|during|after|before|with)\s)(?:the\s|an?\s|his\s|her\s|their\s|one\s|[A-Z]|(?:[\w/-]+\s){1,3}[A-Z]|(?:he|she|they)\b)"
)
_AFTER_QUOTE = re.compile(r"[”\"’'»]\s*,?\s*$|,\s*$")
_INVERTED_END = re.compile(
    rf"{ABBREVIATED}[.;:!?](?=\s|$|[”\"])|[“\"\n]|,\s(?:who|which|as|in|on|after|adding|and)\b"
)
_THIRD_PERSON = re.compile(r"\s*(?:he|she|they|it)\b")
_INVERTING = frozenset(
    "said says added adds noted warned announced stated insisted replied argued explained".split()
)
_FINITE = re.compile(
    r"\b(?:that|should|would|was|is|are|were|had|has|have|will|must|could|can|may|did|does|he|she|they"
    r"|it)\s"
)
_NO_NAME = re.compile(r"^(?:\w{5,}(?:ly|ing)|\w{3,}ies|Others|Results|Moreover|Nevertheless)$")
_BEFORE_VERB = re.compile(
    r"^(?:’s|'s)?(?:\s*\([^()]{0,60}\))?\s*(?:(?:has|have|had|also|then|later|again|once|never|not|did|does"
    r"|would|will|is|was|\w+ly)\s+)*$"
)
_QUOTE = re.compile(r"“[^“”\"]{1,6000}[”\"]?|(?<!\w)\"[^\"]{1,6000}\"")
STARTS = frozenset(
    "in on at by for from with as when while after before since although though but and however"
    " the meanwhile later earlier according also other some many there last this that these if"
    " it he she they we i you his her their its one asked what who why how yes no not so now"
    " then another even both each such most only still perhaps maybe instead indeed keep note"
    " remember consider".split()
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """A verb of saying with its subject.

    Attributes:
        verb: The verb of saying.
        speaker: The subject as it stands; may be a pronoun; empty where none was found.
        head: The name or noun phrase that the subject is about.
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


def find_quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where a text's quotations stand, marks included; one left open runs to its end."""
    return tuple(match.span() for match in _QUOTE.finditer(text))


def find_attributions(text: str) -> tuple[Attribution, ...]:
    """Return the attributions of a text outside of its quotations, in order."""
    quotes = find_quoted_spans(text)
    found: list[Attribution] = []
    place = 0
    floor = 0
    for match in _CUE.finditer(text):
        while place < len(quotes) and quotes[place][1] <= match.start():
            floor = max(floor, quotes[place][1])
            place += 1
        if place < len(quotes) and quotes[place][0] < match.start():
            continue
        if _NOUN_BEFORE.search(text, max(0, match.start() - _NOUN_CHARS), match.start()):
            continue
        ceiling = quotes[place][0] if place < len(quotes) else len(text)
        attribution = _read(text, match, floor, ceiling)
        if attribution is not None:
            found.append(attribution)
            floor = max(floor, attribution.end)
    return tuple(found)


def _read(text: str, match: re.Match[str], floor: int, ceiling: int) -> Attribution | None:
    start, end = match.span()
    low = max(floor, start - MAX_SUBJECT_CHARS)
    clause_start = low
    for stop in _BREAK.finditer(text[low:start]):
        clause_start = low + stop.end()
    clause = text[clause_start:start]
    high = min(ceiling, end + MAX_INVERTED_CHARS)
    is_source = match["verb"].lower().startswith("according")
    lead = text[max(0, start - 4) : start].rstrip()
    is_inverted = (
        is_source
        or not clause.strip(" ,”\"’'")
        or (lead.endswith((",", "”", '"')) and _is_inverted(text, match, high))
    )
    if is_inverted and _OPENS_INVERTED.match(text, end, high):
        last = _inverted_end(text, end, high)
        subject = _first_subject(text, end, last)
        if subject is not None:
            follows = not is_source or bool(clause.strip(" ,"))
            speaker = text[end:last].strip()
            return Attribution(match["verb"], speaker, *subject, start, last, follows)
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
    return Attribution(match["verb"], speaker, *subject, first, end, follows)


def _is_inverted(text: str, match: re.Match[str], high: int) -> bool:
    """Tell "It will close, said the mayor." from "Reck, a mayor, said the bridge was safe."."""
    rest = text[match.end() : _inverted_end(text, match.end(), high)]
    return match["verb"] in _INVERTING and not _FINITE.search(rest)


def _inverted_end(text: str, start: int, high: int) -> int:
    stop = _INVERTED_END.search(text, start, high)
    return stop.start() if stop else high


def _first_subject(text: str, start: int, end: int) -> tuple[str, int, int] | None:
    pronoun = _THIRD_PERSON.match(text, start, end)
    if pronoun:
        return pronoun.group().strip(), pronoun.start(), pronoun.end()
    comma = text.find(",", start, end)
    stop = comma if comma > start else end
    # In "X, said Y's “dangerous” plan" the speaker is X, and Y's is what is spoken of.
    is_object = stop == end and text[end : end + 1] in {"“", '"'}
    names = [
        m
        for m in NAME.finditer(text, start, stop)
        if m.group().casefold() not in STARTS
        and not find_moments(f"in {m.group()}")
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
    """Return the subject of a verb: the name right before it, or the first that can be one."""
    candidates: list[tuple[int, int, str]] = []
    first = end - len(text[start:end].lstrip())
    for match in NAME.finditer(text, start, end):
        words = match.group().split()
        is_start = len(words) == 1 and (
            words[0].casefold() in STARTS or (match.start() == first and _NO_NAME.search(words[0]))
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
    for match in NAME.finditer(text, start, end):
        lead = max(0, match.start() - PREPOSITION_CHARS)
        if match.group().casefold() not in STARTS and not _PREPOSITION.search(
            text, lead, match.start()
        ):
            return match.group()
    return ""
