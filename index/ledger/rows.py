"""The rows that one article gives: statements with their speakers, names and days. Pure."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from hashlib import blake2b
from typing import TYPE_CHECKING

from index.language.calendar_words import MONTH, SHORT_MONTH
from index.language.names import NameKind, NameMention, find_names
from index.language.spoken_days import LONG_DAYS, SpokenDay, find_named_days, find_spoken_days
from index.language.statements import Statement, find_statements, is_pulled

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from index.types import Sentence

PIPELINE = "11"
"""Version of what rows are made by. Raise it when that changes: ledgers are then made anew."""

LANGUAGES = frozenset({"en", ""})
"""Languages whose articles are read; an unknown one is taken for English."""

_FIRST_PERSON = re.compile(r"(?:i|we|you|me|us|my|our|your|it’s|it's)\b", re.IGNORECASE)
_PRONOUN = re.compile(r"(?:he|she|they|it|who|which|that|his|her|their|its)", re.IGNORECASE)
_DETERMINER = re.compile(r"^(?:the|an?|this|that|these|those|his|her|their|its)\s+", re.IGNORECASE)
_INDEFINITE = re.compile(r"(?:an?|another|one)\s", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_OF_MONTH = re.compile(rf"\b(?:{MONTH}|{SHORT_MONTH})", re.IGNORECASE)
_EVENTS = {
    date(2021, 1, 6): re.compile(r"\bthe (?:US |U\.S\. )?Capitol\b"),
    date(2001, 9, 11): re.compile(
        r"\b(?:hijackers|terror(?:ist)? attacks|[Aa]l[ -]Qaeda|Twin Towers)\b"
    ),
}
"""Days that are named without their year for good, by words of an article that speaks of them."""
_LEAST_FOLDED = 6
"""Words from which equal contents are copies of one statement wherever they stand."""
_NEAR_CHARS = 700
"""How far back the person may stand whom "he" means."""
_PEOPLE = frozenset({NameKind.PERSON, NameKind.OTHER})
_RELATIVE_CHARS = 90
_HOLDER_CHARS = 1_500
"""How far behind the office its holder may be named."""
_OPENING_WORDS = 6
_BREAK = re.compile(r"[.!?:;\n]")
_OPENS_WITH_PERSON = re.compile(r"[“\"‘']?(?:He|She|His|Her)\b")
_OPENS_WITH_PRONOUN = re.compile(r"[“\"‘']?(?:He|She|It|They|His|Her)\b")
_BEFORE_OF = re.compile(r"\s(?:of|for|at|in|from|with|to|on)\s")


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement with its speaker.

    Attributes:
        statement: What the text says.
        start: First code point of the sentences that hold it.
        end: One past the last.
        name: Who speaks, resolved; None if the article names nobody.
        copy_key: Equal for statements in the same words.
    """

    statement: Statement
    start: int
    end: int
    name: NameMention | None
    copy_key: int


@dataclass(frozen=True, slots=True)
class DayRow:
    """A day named in a sentence, its places counted from the article's first code point."""

    day: SpokenDay
    start: int
    end: int
    sentence_start: int
    sentence_end: int


@dataclass(frozen=True, slots=True)
class ArticleRows:
    """All rows of an article."""

    statements: tuple[StatementRow, ...] = ()
    names: tuple[NameMention, ...] = ()
    days: tuple[DayRow, ...] = ()


def read_rows(
    text: str, sentences: Sequence[Sentence], *, language: str, published: date | None
) -> ArticleRows:
    """Return the rows of an article.

    Args:
        text: Its text.
        sentences: Its sentences, in order; headings are left out.
        language: ISO 639-1 code; rows are made of English only.
        published: Its day, from which "on Tuesday" is counted.
    """
    if language not in LANGUAGES:
        return ArticleRows()
    said = [sentence for sentence in sentences if not sentence.is_heading]
    body = _blank_headings(text, sentences)
    names = find_names(body)
    reader = _SpeakerReader(body, names, said, published)
    rows = [row for statement in find_statements(body) if (row := reader.read(statement))]
    spoken = [(s, find_spoken_days(s.text, published)) for s in said]
    years = _find_years(text, [day for _, found in spoken for day in found], published)
    days = [
        DayRow(day, s.start + day.start, s.start + day.end, s.start, s.end)
        for s, found in spoken
        for day in _keep_shortest(_set_years(found, s.text, years))
    ]
    return ArticleRows(tuple(rows), names, tuple(days))


def _find_years(
    text: str, days: Sequence[SpokenDay], published: date | None
) -> dict[tuple[int, int], int | None]:
    """Return (month, day) -> the year that an article gives it; None if it is only a name there."""
    years: dict[tuple[int, int], int | None] = dict.fromkeys(find_named_days(text))
    for event, words in _EVENTS.items():
        if published is None or not words.search(text):
            continue
        # In January it may be this year's sixth.
        if abs((published - event.replace(year=published.year)).days) > LONG_DAYS:
            years[event.month, event.day] = event.year
    for day in days:
        if day.is_exact and day.first == day.last:
            years[day.first.month, day.first.day] = day.first.year
    return years


def _set_years(
    days: Sequence[SpokenDay], sentence: str, years: Mapping[tuple[int, int], int | None]
) -> list[SpokenDay]:
    """Return the days that are sure, those of a month in the year that the article gives them."""
    found = []
    for day in days:
        if day.is_unsure:
            continue
        key = day.first.month, day.first.day
        is_of_month = day.first == day.last and _OF_MONTH.search(sentence[day.start : day.end])
        if key not in years or day.is_exact or not is_of_month:
            found.append(day)
        elif (year := years[key]) is not None:
            first = day.first.replace(year=year)
            found.append(replace(day, first=first, last=first))
    return found


def _keep_shortest(days: Sequence[SpokenDay]) -> list[SpokenDay]:
    """Return each day of a sentence once; a month or a year only if it names no day."""
    found: dict[tuple[date, date], SpokenDay] = {}
    for day in days:
        known = found.get((day.first, day.last))
        # "Monday" says it better than the dateline's own day.
        if known is None or known.is_exact:
            found[day.first, day.last] = day
    has_day = any(day.first == day.last for day in found.values())
    return [day for day in found.values() if day.first == day.last or not has_day]


def _blank_headings(text: str, sentences: Sequence[Sentence]) -> str:
    """Return a text of the same length without its headings, but for quotations with a name."""
    pieces, place = [], 0
    for sentence in sentences:
        is_blank = sentence.is_heading and not is_pulled(sentence.text)
        if is_blank and sentence.start >= place:
            pieces += [text[place : sentence.start], "\n" * (sentence.end - sentence.start)]
            place = sentence.end
    return "".join(pieces) + text[place:]


class _SpeakerReader:
    """Finds out whom "he", "the minister" and "Mr Reck" stand for, statement by statement."""

    def __init__(
        self,
        text: str,
        names: Sequence[NameMention],
        sentences: Sequence[Sentence],
        published: date | None,
    ) -> None:
        self._text = text
        self._published = published
        self._names = names
        self._starts = [name.start for name in names]
        self._sentences = sentences
        self._sentence_starts = [sentence.start for sentence in sentences]
        self._last: tuple[int, NameMention] | None = None

    def read(self, statement: Statement) -> StatementRow | None:
        """Return a statement with its speaker; None if it is the writer's own."""
        head = self._text[slice(*statement.head)]
        if _FIRST_PERSON.match(head):
            return None
        name = self._find_speaker(statement, head)
        if name is not None:
            self._last = statement.cue[0], name
        start, end = self._span(statement)
        return StatementRow(statement, start, end, name, self._copy_key(statement, name))

    def _span(self, statement: Statement) -> tuple[int, int]:
        """Return the sentences that hold a statement."""
        places = [statement.cue, *statement.contents]
        first, last = min(p[0] for p in places), max(p[1] for p in places)
        if last <= statement.speaker[0]:
            last = statement.speaker[1]  # a pulled quotation, with its name behind a dash
        number = bisect_right(self._sentence_starts, first) - 1
        # A pulled quotation stands between the sentences, as a heading does.
        is_within = number >= 0 and first < self._sentences[number].end
        start = self._sentences[number].start if is_within else first
        number = bisect_right(self._sentence_starts, max(first, last - 1)) - 1
        end = self._sentences[number].end if number >= 0 else last
        return min(start, first), max(end, last)

    def _copy_key(self, statement: Statement, name: NameMention | None) -> int:
        words = [
            word
            for place in statement.contents
            for word in _WORD.findall(self._text[slice(*place)].casefold())
        ]
        if words[:1] == ["that"]:
            words.pop(0)
        key = " ".join(words)
        if len(words) < _LEAST_FOLDED:
            # A few words are a copy only if the same speaker says them on the same day.
            speaker = name.name if name else self._text[slice(*statement.head)].casefold()
            key += f"\0{speaker}\0{self._published}"
        return int.from_bytes(blake2b(key.encode("utf-8", "replace"), digest_size=7).digest())

    # --- whom a subject stands for ---------------------------------------------------------

    def _find_speaker(  # noqa: PLR0911 - one per kind of subject
        self, statement: Statement, head: str
    ) -> NameMention | None:
        speaker = statement.speaker
        plain = _DETERMINER.sub("", head).strip()
        if _PRONOUN.fullmatch(plain):
            return self._find_antecedent(plain.casefold(), speaker[0])
        within = self._names_in(*statement.head)
        people = [name for name in within if name.kind in _PEOPLE]
        core = [name for name in people if self._is_core(name, statement.head)]
        if len({name.name for name in core}) > 1:
            return None  # "Putin and Kim agreed": no one of them alone
        if core:
            return core[0]
        behind = self._names_in(*speaker)
        named = [n for n in behind if n.kind is NameKind.PERSON and self._is_apposed(n, statement)]
        if named:
            return named[0]
        organisations = [name for name in within if name.kind is NameKind.ORGANISATION]
        is_somebody = _INDEFINITE.match(head)  # "a spokesman" is not the one who was named
        holder = None if is_somebody else self._find_holder(plain, speaker[0])
        if holder is not None:
            return holder
        if organisations and self._is_core(organisations[-1], statement.head):
            return organisations[-1]
        places = [name for name in within if name.kind is NameKind.PLACE]
        if places and self._is_whole(places[-1], plain):
            return places[-1]
        return None

    def _is_core(self, name: NameMention, head: tuple[int, int]) -> bool:
        """Tell "Reck" and "the ministry of Norrvik" from "an official of the ministry"."""
        owns = re.match(r"[’']s?\s\w", self._text[name.end : head[1]])
        return not owns and not _BEFORE_OF.search(self._text[head[0] : name.start])

    def _is_whole(self, name: NameMention, plain: str) -> bool:
        return self._text[name.start : name.end] == plain.removesuffix("’s").removesuffix("'s")

    def _is_apposed(self, name: NameMention, statement: Statement) -> bool:
        """Return whether a name stands in apposition: "her husband, Bo Lund, said"."""
        end = statement.head[1]
        return name.start >= end and self._text[end : name.start].strip(" ,—–-") == ""

    def _names_in(self, start: int, end: int) -> list[NameMention]:
        first = bisect_right(self._starts, start - 1)
        found = []
        for name in self._names[first:]:
            if name.start >= end:
                break
            found.append(name)
        return found

    def _before(self, place: int, chars: int = _NEAR_CHARS) -> list[NameMention]:
        """Return the names before a place, the nearest first."""
        last = bisect_right(self._starts, place - 1)
        return [n for n in reversed(self._names[:last]) if n.start >= place - chars]

    def _find_antecedent(self, pronoun: str, place: int) -> NameMention | None:
        """Return whom a pronoun means: the one before it, or who spoke or was named last."""
        if pronoun in {"who", "which", "that"}:
            return self._find_relative(pronoun, place)
        if pronoun in {"they", "their"}:
            return None
        is_person = pronoun in {"he", "she", "his", "her"}
        wanted = set(_PEOPLE) if is_person else {NameKind.ORGANISATION, NameKind.PLACE}
        number = bisect_right(self._sentence_starts, place) - 1
        opening = self._sentences[number].start if number >= 0 else 0
        if is_person and (inside := self._find_before(place, opening, wanted)):
            return inside
        last = self._last if self._last and self._last[1].kind in wanted else None
        last = last if last and place - last[0] < _NEAR_CHARS else None
        previous = self._sentences[number - 1] if number > 0 else None
        if previous is not None and not (last and last[0] >= previous.start):
            named = [n for n in self._names_in(previous.start, previous.end) if n.kind in wanted]
            opening_pronoun = _OPENS_WITH_PERSON if is_person else _OPENS_WITH_PRONOUN
            is_own = named and not opening_pronoun.match(previous.text)
            if is_own and (last is None or self._opens(named[0], previous)):
                return named[0]
        if last is not None:
            return last[1]
        return self._find_before(place, place - _NEAR_CHARS, wanted) if is_person else None

    def _find_relative(self, pronoun: str, place: int) -> NameMention | None:
        nearest = next(iter(self._before(place, _RELATIVE_CHARS)), None)
        if nearest is None or _BREAK.search(self._text, nearest.end, place):
            return None
        return nearest if pronoun == "who" or nearest.kind is not NameKind.PERSON else None

    def _find_before(self, place: int, start: int, wanted: set[NameKind]) -> NameMention | None:
        """Return the nearest name of some kinds between two places."""
        names = self._before(place, place - start)
        return next((name for name in names if name.kind in wanted), None)

    def _opens(self, name: NameMention, sentence: Sentence) -> bool:
        """Return whether a name is among the first words of a sentence."""
        lead = self._text[sentence.start : name.start]
        return len(lead.split()) <= _OPENING_WORDS and "," not in lead

    def _find_holder(self, plain: str, place: int) -> NameMention | None:
        """Return whom an office stands for: "the treasurer", after "Treasurer Paul Osterby"."""
        core = _BEFORE_OF.split(plain)[0].split()
        if not core or any(word[0].isupper() for word in core):
            return None
        office = core[-1].casefold()
        holders: dict[str, NameMention] = {}
        for name in self._names:
            if name.start > place + _HOLDER_CHARS:
                break
            if name.kind is NameKind.PERSON and name.role:
                role = self._text[slice(*name.role)].casefold()
                main = _BEFORE_OF.split(role)[0]
                if re.search(rf"\b{re.escape(office)}\b", main):
                    holders[name.name] = name
        return next(iter(holders.values())) if len(holders) == 1 else None
