"""Who says what in a text, in words: whose words are whose, and whether two speakers are one. Pure.

Statements come from ``index.language.statements``. What a question asks for is the subject of
``index.language.speakers``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.language.nations import find_nations
from index.language.quotations import blank_spans, find_quoted_spans
from index.language.statements import Statement, find_statements
from index.language.words import read_word_lists

MAX_CONTINUED_CHARS = 400
PREPOSITION_CHARS = 40

_LISTS = read_word_lists("speakers")
_TITLES = frozenset(_LISTS["titles"] + _LISTS["titles_compared"])
_STARTS = frozenset(_LISTS["starts"] + _LISTS["starts_subject"])
_NAME = re.compile(
    r"(?:[A-Z](?:\.[A-Z])+\.?|(?:Mr|Mrs|Ms|Dr|Sen|Rep|Gov|Gen|Del|Rev|Lt|Col|Prof|Jr|Sr|St|[A-Z])\."
    r"|[A-Z][\w’'&-]*)"
    r"(?:\s(?:of\s(?=the\s[A-Z]|[A-Z])|the\s(?=[A-Z])|(?:al|bin|de|del|der|van|von|la|le)\s(?=[A-Z]))?"
    r"(?:[A-Z](?:\.[A-Z])+\.?|[A-Z]\.|[A-Z][\w’'&-]*))*"
)
PRONOUN = re.compile(r"\b(?:he|she|they|it|who|I|we)\b", re.IGNORECASE)
_HE_OR_SHE = re.compile(r"he|she", re.IGNORECASE)
_SENTENCE_END = re.compile(r"(?<![A-Z])(?<!\b(?:Mr|Ms|Dr|St))(?<!\bMrs)[.!?]\s|\n")
_PREPOSITION = re.compile(
    r"\b(?:to|against|with|in|into|toward|towards|between|by|on|upon|regarding|over|at|from|about|near"
    r"|of|for|during|after|before|since|under|through|via|like|as|than)\s"
    r"(?:(?:the|an?|his|her|their|its|this|last)\s)?(?:[\w’'-]+\s){0,2}$",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Attribution:
    """A statement with the words for who makes it.

    Attributes:
        statement: Where everything stands.
        verb: The words of saying.
        speaker: Who speaks, as written; may be a pronoun.
        head: The same without an apposition.
    """

    statement: Statement
    verb: str
    speaker: str
    head: str

    @property
    def start(self) -> int:
        """First code point of speaker and verb together."""
        return min(self.statement.speaker[0], self.statement.cue[0])

    @property
    def end(self) -> int:
        """One past their last."""
        return max(self.statement.speaker[1], self.statement.cue[1])

    @property
    def follows(self) -> bool:
        """Whether they follow the words said."""
        return self.statement.contents[0][0] < self.start


def find_attributions(text: str) -> tuple[Attribution, ...]:
    """Return the statements of a text with the words for who makes them, in order."""
    return tuple(
        Attribution(s, text[slice(*s.cue)], text[slice(*s.speaker)], _find_core(text, *s.head))
        for s in find_statements(text)
    )


def _find_core(text: str, start: int, end: int) -> str:
    """Return the name at the core of a subject: of "Holm's chief engineer Bo Lund" the last."""
    names = [
        match.group()
        for match in _NAME.finditer(text, start, end)
        if not _PREPOSITION.search(
            text, max(start, match.start() - PREPOSITION_CHARS), match.start()
        )
        and not match.group().endswith(("’s", "'s"))
    ]
    is_core = len(names) > 1 or (names and text[start:end].endswith(names[0]))
    return names[-1] if is_core else text[start:end]


def find_owner(
    text: str, start: int, end: int, attributions: Sequence[Attribution]
) -> tuple[Attribution, bool] | None:
    """Return to whom a stretch of a text is attributed, and whether in so many words.

    What closely follows somebody's words in the same paragraph is likely theirs too.

    Args:
        text: The text.
        start: First code point of the stretch.
        end: One past the last.
        attributions: ``find_attributions(text)``, or some of them.
    """
    shared = [
        sum(max(0, min(end, b) - max(start, a)) for a, b in said.statement.contents)
        for said in attributions
    ]
    most = max(shared, default=0)
    if most:
        return attributions[shared.index(most)], True
    line = text.rfind("\n", 0, start) + 1
    before = [a for a in attributions if a.start >= line and a.end <= start]
    if before and start - before[-1].statement.contents[-1][1] <= MAX_CONTINUED_CHARS:
        return before[-1], False
    return None


def resolve_speaker(
    text: str, attribution: Attribution, attributions: Sequence[Attribution]
) -> str:
    """Return an attribution's speaker, a pronoun replaced by the name it most likely stands for."""
    if not PRONOUN.fullmatch(attribution.head):
        return attribution.speaker
    limit = attribution.start
    earlier = [a for a in attributions if a.end <= limit and not PRONOUN.fullmatch(a.head)]
    if earlier and limit - earlier[-1].end <= MAX_CONTINUED_CHARS:
        return earlier[-1].speaker
    start = max(0, limit - MAX_CONTINUED_CHARS)
    if _HE_OR_SHE.fullmatch(attribution.head):
        # The one whom the nearest sentence with a name begins with, quotations left out.
        quoted = find_quoted_spans(text[start:limit])
        text = blank_spans(text, ((start + first, start + last) for first, last in quoted))
        starts = [*(m.end() for m in _SENTENCE_END.finditer(text, start, limit))][::-1]
        for begin, end in zip([*starts, start], [limit, *starts], strict=True):
            if name := _find_first_name(text, begin, end):
                return name
    return _find_first_name(text, start, limit)


def _find_first_name(text: str, start: int, end: int) -> str:
    """Return the first name in a stretch of a text that can be a subject; empty without one."""
    for match in _NAME.finditer(text, start, end):
        lead = max(0, match.start() - PREPOSITION_CHARS)
        if match.group().casefold() not in _STARTS and not _PREPOSITION.search(
            text, lead, match.start()
        ):
            return match.group()
    return ""


def _name_words(phrase: str) -> list[str]:
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
    ours, theirs = _name_words(claimed), _name_words(head)
    if ours and theirs:
        return _compare_names(ours, theirs, _name_words(phrase))
    plain = {word.casefold() for word in _LETTERS.findall(claimed)} - _STARTS
    other = {word.casefold() for word in _LETTERS.findall(phrase)} - _STARTS
    return int(bool(plain & other) or bool(set(ours) & set(_name_words(phrase))))


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
