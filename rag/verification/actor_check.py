"""Whether those whom a claim says did something are those who did it; pure.

Subject and predicate have to stand together in one clause: after "Sellick and Pane voted against
it. Voss abstained." it was not Pane who abstained. Where a clause leaves its subject open, with a
pronoun or none, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.language.speech_verbs import ANY_REPORTING
from rag.asking.data_files import words_of
from rag.asking.terms import stem_word
from rag.verification.names import Name, find_names
from rag.verification.parsed_text import ParsedText, Word, read_text, weigh_stems
from rag.verification.polarity import find_direction
from rag.verification.text_pair import Checks, Reason, ReasonKind, TextPair

MAX_SUBJECTS = 24
PAIR = 2
MAX_PLACES = 40
MAX_SKIPPED_CHARS = 90
FEW_SHARED = 0.3
MOST_SHARED = 0.75
"""What share of the rest of the claim its own clause has at most, and somebody else's at least."""

_HELPER = (
    r"(?:has|have|had|was|were|is|are|be|been|being|did|does|do|will|would|could|can|may|might|must"
    r"|also|then|later|again|both|all|each|alone|only|just|now|still|soon|first|once|ever|even"
    r"|(?-i:[a-z]{3,}ly))"
)
_NEGATED = re.compile(r"\b(?:not|never|neither|nor|no|without|cannot)\b|n[’']t\b", re.IGNORECASE)
# What may stand between a subject and its verb: an apposition, "who", auxiliaries and adverbs.
_BEFORE_VERB = re.compile(
    rf"(?:\s?\([^()]{{1,60}}\))?(?:,[^,.;:“”]{{2,60}},)?,?\s(?:who\s|which\s|that\s)?(?:{_HELPER}\s)*",
    re.IGNORECASE,
)
_BEFORE_NOUN = re.compile(
    r"(?:\s(?:(?:also|then|now|still|once)\s)?(?:is|was|are|were|became|becomes|remains?|as)|,)"
    r"\s(?:(?:the|an?|its|their)\s)?(?:[\w’'-]+\s){0,2}",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r",?\s(?:and\s|or\s|nor\s)?(?:[A-Z][\w’'-]+\s|the\s){0,2}|,\s?")
_TITLE_BEFORE = re.compile(r"(?:[A-Z][\w.’'-]*\s|the\s|The\s|[a-z]+\s){0,4}$")
_OBJECT = re.compile(
    r"\b(?:of|by|with|for|from|to|against|in|at|on|about|over|than|like|unlike|except|but|between"
    r"|near|after|before|under|behind|via|versus|vs|[a-z]{3,}(?:ed|ing))\s(?:the\s|an?\s)?$"
)
_OBJECT_CHARS = 24
_CLAUSE_END = re.compile(
    r"[;:]|,?\s(?:while|whereas|but)\s|,\s(?:and\s)?(?=[A-Z])|\sand\s(?=[A-Z])"
)
# Those who do it follow: "voting against were Sellick and Pane"; "Abstained: Voss".
_INVERTED = re.compile(
    r"(?:\s(?:[a-z]+\s){0,4}?(?:were|was|are|is)|\s?:)\s(?:[A-Z][\w’'-]+\s|the\s){0,2}"
)
# "spoke first and left": the verb goes on with the subject that opens the sentence.
_CONTINUED = re.compile(rf"(?:\b(?:and|but|then)|,)\s(?:{_HELPER}\s)*$", re.IGNORECASE)
_PRONOUN_OBJECT = re.compile(
    r"\S+\s(?:[a-z]+\s){0,2}?(?:it|them|him|her|this|that|so|these|those)\b"
)
_ROLE = re.compile(r"\b[Tt]he\s(?:[a-z][\w’'-]*\s){0,2}?[a-z][\w’'-]*(?=\s|,|\Z)")
_BODIES = words_of("bodies", "rag.verification")
_AND_AFTER_COMMA = re.compile(r",\s(?:and|but)\s.*")
_COPULA = re.compile(r"\s(?:is|was|are|were|became|remains?)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A place of the claim's verb with those who do it.

    Attributes:
        subjects: Whoever it says did so; empty if that is open.
        shared: Share of the rest of the claim that stands in the same clause.
    """

    subjects: tuple[Name, ...]
    shared: float


@dataclass(frozen=True, slots=True)
class _Statement:
    """What a claim says that somebody did.

    Attributes:
        subjects: Who did it.
        verb: The first word of what they did that means something.
        text: The claim from there on.
        rest: Stems of what follows, with their weights.
        is_noun: Whether the verb is a noun: "is the treasurer".
    """

    subjects: tuple[Name, ...]
    verb: Word
    text: str
    rest: dict[str, float]
    is_noun: bool


def check_actors(pair: TextPair) -> Checks:
    """Check that whoever the claim says did something is said to have done it."""
    statement = _read_statement(pair.claim)
    if statement is None:
        return Checks((), {})
    clauses = list(_find_clauses(statement, pair.evidence))
    if not clauses or not all(clause.subjects for clause in clauses):
        return Checks((), {})
    return Checks(tuple(_find_others(statement, clauses, pair.evidence)), {})


def _find_others(
    statement: _Statement, clauses: Sequence[_Clause], evidence: ParsedText
) -> Iterator[Reason]:
    known = _find_parties(evidence.text)
    for name in statement.subjects:
        own = [c for c in clauses if any(_are_one(name, other) for other in c.subjects)]
        others = [c for c in clauses if c not in own]
        if not others or not all(
            _are_alike(name, other, known) for clause in others for other in clause.subjects
        ):
            continue
        best = max(others, key=lambda clause: clause.shared)
        most = max((clause.shared for clause in own), default=0.0)
        if own and not (most <= FEW_SHARED and best.shared >= MOST_SHARED):
            continue
        who = _list(best.subjects)
        text = f"the article says it of {who}, not of {name.text}"
        yield Reason(ReasonKind.NAME, text, (name.start, name.end), contradicts=True)


def _list(names: Sequence[Name]) -> str:
    texts = [name.text for name in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _read_statement(claim: ParsedText) -> _Statement | None:
    """Return who did what in a claim that begins with its subject; None for any other."""
    names = _find_parties(claim.text)[:MAX_SUBJECTS]
    opening = claim.text[: names[0].start] if names else ""
    if not names or not _TITLE_BEFORE.fullmatch(opening) or _OBJECT.search(opening):
        return None
    subjects = [names[0]]
    for name in names[1:]:
        if not _are_listed(claim.text, subjects[-1], name):
            break
        subjects.append(name)
    end = subjects[-1].end
    words = [word for word in claim.words if word.start >= end]
    for place, word in enumerate(words):
        gap = claim.text[end : word.start]
        is_noun = _BEFORE_NOUN.fullmatch(gap) is not None and _COPULA.match(gap) is not None
        if not word.weight or re.fullmatch(_HELPER, word.text, re.IGNORECASE):
            continue
        is_verb = _BEFORE_VERB.fullmatch(gap) is not None
        if not (is_verb or is_noun) or not word.text.islower() or _NEGATED.search(gap):
            return None
        if word.text in ANY_REPORTING:
            return None
        rest = weigh_stems(words[place + 1 :])
        return _Statement(tuple(subjects), word, claim.text[word.start :], rest, is_noun)
    return None


def _find_clauses(statement: _Statement, evidence: ParsedText) -> Iterator[_Clause]:
    """Yield the clauses of the evidence with the verb."""
    stem = statement.verb.stem
    n_found = 0
    for number, (start, end) in enumerate(evidence.sentences):
        first, last = evidence.word_ranges[number]
        if stem not in evidence.stems[first:last] or n_found >= MAX_PLACES:
            continue
        text = evidence.text[start:end]
        names = _find_parties(text)
        for word in evidence.words_of(number):
            at, end_of_word = word.start - start, word.end - start
            is_name = not statement.is_noun and text[end_of_word : end_of_word + 1] != ":"
            if word.stem != stem or (is_name and any(n.start <= at < n.end for n in names)):
                continue
            n_found += 1
            subjects = (
                _find_subjects_after(text, end_of_word, names)
                or _find_subjects(text, at, names, is_noun=statement.is_noun)
                or _find_opening(text, at, names)
            )
            if statement.is_noun and not subjects:
                subjects = tuple(n for n in names if n.start == end_of_word + 1)
            stop = _CLAUSE_END.search(text, end_of_word + 1)
            clause = text[at : stop.start() if stop else len(text)]
            yield _Clause(subjects, _share(statement, clause))


def _share(statement: _Statement, clause: str) -> float:
    """Return what share of the rest of a claim a clause has; all that "it" may stand for."""
    directions = find_direction(statement.text), find_direction(clause)
    if all(directions) and directions[0] != directions[1]:
        return 0.0
    if not statement.rest or _PRONOUN_OBJECT.match(clause):
        return 1.0
    stems = set(read_text(clause).stems)
    shared = sum(weight for stem, weight in statement.rest.items() if stem in stems)
    return shared / sum(statement.rest.values())


def _find_subjects_after(text: str, verb_end: int, names: Sequence[Name]) -> tuple[Name, ...]:
    """Return the names that follow a verb as its subject: "abstaining were Voss and Lund"."""
    found: list[Name] = []
    for name in names:
        if name.start < verb_end:
            continue
        gap = text[verb_end : name.start]
        if not (_are_listed(text, found[-1], name) if found else _INVERTED.fullmatch(gap)):
            break
        found.append(name)
    return tuple(found)


def _find_opening(text: str, verb: int, names: Sequence[Name]) -> tuple[Name, ...]:
    """Return the names that open a sentence, if a verb goes on with them as its subject."""
    if not names or not _TITLE_BEFORE.fullmatch(text[: names[0].start]):
        return ()
    if not _CONTINUED.search(text[:verb]):
        return ()
    found = [names[0]]
    for name in names[1:]:
        if name.start > verb:
            break
        if not _are_listed(text, found[-1], name):
            return ()
        found.append(name)
    return tuple(found)


def _find_subjects(
    text: str, verb: int, names: Sequence[Name], *, is_noun: bool
) -> tuple[Name, ...]:
    """Return the names that are the subject of a verb, or of what is said to be a noun."""
    between = _BEFORE_NOUN if is_noun else _BEFORE_VERB
    found: list[Name] = []
    for name in reversed(names):
        if name.end > verb:
            continue
        if not found:
            gap = text[name.end : verb]
            if len(gap) > MAX_SKIPPED_CHARS or _NEGATED.search(gap):
                return ()
            if not between.fullmatch(gap):
                # In "Voss, Lund’s deputy, abstained" the nearest name is part of an apposition.
                continue
        elif not _are_listed(text, name, found[0]):
            break
        found.insert(0, name)
    # "…, and Stone resigned" begins a clause: only a longer list has a comma before its "and".
    opens = bool(found) and _TITLE_BEFORE.fullmatch(text[: found[0].start]) is not None
    if (
        len(found) == PAIR
        and not opens
        and _AND_AFTER_COMMA.fullmatch(text[found[0].end : found[1].start])
    ):
        del found[0]
    if not found or _OBJECT.search(text, max(0, found[0].start - _OBJECT_CHARS), found[0].start):
        return ()
    return tuple(found)


def _are_listed(text: str, name: Name, following: Name) -> bool:
    """Whether two names stand next to each other in a list of such."""
    if _is_role(name) != _is_role(following):
        return False
    return _BETWEEN.fullmatch(text[name.end : following.start]) is not None


def _is_role(name: Name) -> bool:
    return name.text[:4] in {"the ", "The "}


def _are_one(name: Name, other: Name) -> bool:
    if name.nation or other.nation:
        return name.nation == other.nation
    ours, theirs = set(name.words), set(other.words)
    return bool(ours & theirs) and (name.words[-1] == other.words[-1] or ours <= theirs)


def _are_alike(name: Name, other: Name, known: Sequence[Name]) -> bool:
    """Whether two names are both of people, of nations, of bodies or of roles, and of two."""
    if set(name.words) & set(other.words):
        return False
    kind = _kind(name, known)
    if kind == "role" and not any(_are_one(name, one) for one in known):
        return False
    return kind == _kind(other, known)


def _kind(name: Name, known: Sequence[Name]) -> str:
    if name.nation:
        return "nation"
    if _is_role(name):
        return "role"
    if _BODIES & set(name.words) or name.text.isupper():
        return "body"
    family = name.words[-1]
    full = [other for other in (name, *known) if other.words[-1:] == (family,)]
    return "person" if any(len(other.words) > 1 for other in full) else "unknown"


def _find_parties(text: str) -> tuple[Name, ...]:
    """Return the names of a text and what goes by "the" and a noun, in order."""
    names = find_names(text)
    taken = [(name.start, name.end) for name in names]
    roles = [
        Name(match.group(), match.start(), match.end(), (stem_word(match.group().split()[-1]),))
        for match in _ROLE.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in taken)
    ]
    return tuple(sorted((*names, *roles), key=lambda name: name.start))
