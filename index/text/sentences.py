"""Article text into sentences, with exact offsets; pure.

A line is a paragraph: cleaning has joined wrapped lines, so every line break ends a sentence.
Within a line, a stop ends a sentence if what precedes it (an abbreviation, an initial, a list
number) and what follows it (white space, then a capital, a digit or a script without capitals)
agree. A colon never does.

A sentence is never cut in two, with one exception: after ``MAX_SENTENCE_CHARS`` without a stop
(a table, a text without punctuation) it is cut at a semicolon, a comma, white space, or anywhere.

Time is linear in the length of the text, whatever it holds: the word before a stop is sought only
in the last ``_LOOK_BACK`` characters, and no pattern reads the same stretch again and again.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from index.language.speech_verbs import ANY_AFTER_EXCLAMATION
from index.language.words import read_word_lists
from index.types import Sentence


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """The words that a language writes with a stop inside a sentence.

    Attributes:
        never_end: Titles and the like, which are always followed by something.
        before_number: Abbreviations that precede a number.
        may_end: Abbreviations that may also be the last word of a sentence.
        starters: Capitalised words that begin a sentence after such an abbreviation.
        ordinal: Matches the end of a text before a stop that makes a number an ordinal; None if
            the language does not write ordinals with a stop.
        after_ordinal: Words that follow an ordinal, whatever precedes it.
    """

    never_end: frozenset[str]
    before_number: frozenset[str] = frozenset()
    may_end: frozenset[str] = frozenset()
    starters: frozenset[str] = frozenset()
    ordinal: re.Pattern[str] | None = None
    after_ordinal: frozenset[str] = frozenset()


NAMES_WITH_STOP = frozenset({"E!", "Jeopardy!", "Yahoo!"})
CLOCK = frozenset({"a.m", "p.m", "A.M", "P.M"})
# "am 3. Oktober"; the other languages write ordinals without a stop.
_ORDINALS = {
    "de": re.compile(
        r"\b(?:am|vom|zum|bis|dem|den|der|die|das|im|ab|seit|des|beim|seinen?|ihren?|und|oder"
        r"|jeden?|einen?|Am|Vom|Zum|Bis|Dem|Den|Der|Die|Das|Im|Ab|Seit|Beim)\s+\d{1,3}$"
    )
}


@cache
def abbreviations_of(language: str) -> Abbreviations:
    """Return the abbreviations of a language.

    Args:
        language: ISO 639-1 code. English serves for an empty one and for languages without a list
            of their own; Arabic, Chinese, Japanese and Korean have no capitals to look for.
    """
    lists = read_word_lists("abbreviations")
    if language not in lists or language == "marks":
        return abbreviations_of("en")
    words = {name: frozenset(listed) for name, listed in lists[language].items()}
    months = words.get("months", frozenset())
    return Abbreviations(
        never_end=words["never_end"],
        before_number=words["before_number"],
        may_end=words["may_end"] | months,
        starters=words["starters"],
        ordinal=_ORDINALS.get(language),
        after_ordinal=words.get("after_ordinal", frozenset()) | months,
    )


@cache
def _marks() -> Mapping[str, frozenset[str]]:
    """Return the lists that all languages share: states, and what follows a time of day."""
    return {
        name: frozenset(words) for name, words in read_word_lists("abbreviations")["marks"].items()
    }


MAX_SENTENCE_CHARS = 2000
"""Longest sentence that is left whole, in code points."""

MAX_HEADING_CHARS = 120
"""A longer line is not a heading."""

MAX_HEADING_WORDS = 15
"""A line of more words is not a heading."""

_LOOK_BACK = 32
_LIST_LINES = 4

_LINE = re.compile(r"\S[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*")
_WORD = re.compile(r"[^\W_]")

_CLOSING = "\"'”’»›)]}」』）】〉》〕］"
_OPENING = "\"'“”‘’«»‹›„‚([{¿¡「『（【〈《〔［"
_BRACKETS = ")]}）】〉》〕］"
_BRACKETS_OPEN = frozenset("([{（【〈《〔［")
_QUOTES = frozenset("\"'“”‘’«„‚「『")
_DASHES = frozenset("-–—")
_STOPS = ".!?…。！？｡؟۔।॥‼⁇⁈⁉"
_UNSPACED_STOPS = frozenset("。！？｡؟۔।॥")
_STATEMENT_ENDS = frozenset(_STOPS + ",;:，；：、")

_STOP = re.compile(
    rf"(?P<mark>\.(?: \.)+(?!\.)|[{_STOPS}]+)"
    rf"(?P<close>[{re.escape(_CLOSING)}]*(?:[“‘«](?=\s))?(?:[ \xa0\u202f][»”](?=\s|$))?)"
    r"(?:\[\w{1,3}\])*"  # a footnote
)
_NEXT = re.compile(
    rf"\s+(?P<open>[{re.escape(_OPENING)}.…*_\-–—]*)\s?(?P<word>[^\W_][\w'’.-]{{0,30}})?"
)
_NEXT_UNSPACED = re.compile(r"[\"“]?([A-Z][a-z]*)(?:[’'][a-z]+)?\s")
_MORE_UNSPACED = re.compile(r"[、，,;；:：]|と|って|[^\s。！？，、「“]{0,6}[说說道]")
_ATTRIBUTION = re.compile(
    r"\s+(?!(?:He|She|They|It|We|I|You)\b)(?:[^\W\d_a-z][\w.'’-]*\s+){1,4}"
    rf"(?:{ANY_AFTER_EXCLAMATION})\b"
    r"(?!\s+(?:that|he|she|they|it|we|I)\b)"
    r"|\s+\([^().!?]{1,60}\)"
)
_TOKEN_BREAK = re.compile(r"[\s\"“”‘()\[\]{}«»—–/:,-]")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LOWER_CASE_NAME = re.compile(r"[a-z]{1,2}[A-Z]|al-[A-Z]")

_BULLETS = "•‣⁃◦▪▫■□●○∙·"
_NUMBERING = r"\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{2,4})[.)]"
_LIST_MARKER = re.compile(rf"(?:[{_BULLETS}*–—-]\s*)?(?:{_NUMBERING})?")
_LIST_ITEM = re.compile(rf"[{_BULLETS}]|(?:[*–—-]|{_NUMBERING})\s")
_INLINE_NUMBER = re.compile(r"(?:;\s\d{1,2}|:\s1)$")
# "Diesel: $4.35" and "Manager: Ana Lind" state something, however short.
_ENTRY = re.compile(
    r":\s*[^\w\s]{0,2}\d[\d.,:%/–-]*(?:\s(?:(?:m|b|tr)illion|[A-Za-z%]{1,3}))?$"
    r"|^[A-Z][a-z]+(?:\s\w+){0,2}:(?:\s[\"“]?[A-Z]\S*){1,3}$"
)


def split_sentences(text: str, *, language: str = "") -> tuple[Sentence, ...]:
    """Split a cleaned article into sentences, headings and list items.

    Args:
        text: Cleaned text; a line is a paragraph. May be empty.
        language: ISO 639-1 code, for its abbreviations; see ``abbreviations_of``.

    Returns:
        In order and without overlap; ``text[s.start:s.end] == s.text`` for each, none is blank
        or has surrounding white space, and every character that is not white space lies in
        exactly one.
    """
    sentences: list[Sentence] = []
    headings: list[tuple[int, int, str]] = []
    known = abbreviations_of(language)
    for match in _LINE.finditer(text):
        line = match.group().rstrip()
        offset = match.start()
        spans = list(_line_spans(line, known))
        is_first = not (sentences or headings)
        if len(spans) == 1 and _looks_like_heading(line, scale=2 if is_first else 1):
            headings.append((offset, offset + len(line), line))
            continue
        sentences.extend(_headings_or_list(headings))
        headings.clear()
        for start, end in spans:
            sentences.append(
                Sentence(offset + start, offset + end, line[start:end], starts_paragraph=start == 0)
            )
    sentences.extend(_headings_or_list(headings))
    return tuple(sentences)


def _line_spans(line: str, known: Abbreviations) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one line, which has no surrounding white space."""
    start = 0
    found = _WORD.search(line)
    word_at = found.start() if found else len(line)
    for stop in _STOP.finditer(line):
        end = stop.end()
        if end <= word_at or not _ends_sentence(line, start, stop, known):
            continue
        found = _WORD.search(line, end)
        if found is None:  # marks that follow the last sentence belong to it
            break
        word_at = found.start()
        yield from _cut_overlong(line, start, end)
        start = end
        while line[start].isspace():
            start += 1
    yield from _cut_overlong(line, start, len(line))


def _ends_sentence(line: str, start: int, stop: re.Match[str], known: Abbreviations) -> bool:
    end = stop.end()
    if stop["mark"][-1] in _UNSPACED_STOPS:
        return not (stop["close"] and _MORE_UNSPACED.match(line, end))
    following = _NEXT.match(line, end)
    if following is None:
        return end < len(line) and _lacks_space(line, start, stop, known)
    if following["word"]:
        return not (
            _goes_on(line, stop, following) or _is_abbreviation(line, start, stop, following, known)
        )
    return not following["open"] and line[following.end()] not in "&,;:=+/|%)]}”’»"


def _goes_on(line: str, stop: re.Match[str], following: re.Match[str]) -> bool:
    """Return whether what follows a stop belongs to the same sentence."""
    word, mark, close = following["word"], stop["mark"], stop["close"]
    if word[0].islower():
        return _LOWER_CASE_NAME.match(word) is None
    if close and following["open"][:1] in _DASHES:
        return True  # "Never again." - Ana Lind, mayor
    if mark[-1] in "!?" and close.strip(_BRACKETS):
        return _ATTRIBUTION.match(line, stop.end()) is not None
    is_ellipsis = not mark.strip(". …") and mark != "."
    return (
        is_ellipsis
        and line[stop.start() - 1].isspace()
        and (word[0].isdigit() or _first_part(word) == "I")
    )


def _is_abbreviation(
    line: str,
    start: int,
    stop: re.Match[str],
    following: re.Match[str],
    known: Abbreviations,
) -> bool:
    """Return whether a stop belongs to the word before it without also ending the sentence."""
    before, word = stop.start(), following["word"]
    tail = line[max(start, before - _LOOK_BACK) : before]
    last = _TOKEN_BREAK.split(tail)[-1].lstrip("'’.")
    if stop["mark"] != ".":
        return last + stop["mark"] in NAMES_WITH_STOP and word not in known.starters
    if (
        _is_one_of(last, known.never_end)
        or (word[0].isdigit() and _is_one_of(last, known.before_number))
        or _is_ordinal(tail, last, word, known)
        or ((marker := _LIST_MARKER.match(line, start)) is not None and marker.end() > before)
        or _INLINE_NUMBER.search(tail)
    ):
        return True
    prefix = tail[: len(tail) - len(last)]
    in_state = last in _marks()["states"] and prefix.endswith((", ", "-", "("))
    is_initial = len(last) == 1 and not prefix.endswith("-") and (last.isupper() or word[1:] == ".")
    if not (in_state or is_initial or last in known.may_end or _ACRONYM.fullmatch(last)):
        return False
    is_dateline = following["open"][:1] in _DASHES
    if is_dateline or stop["close"]:
        return is_dateline or (stop["close"][0] in _BRACKETS and line[start] not in _BRACKETS_OPEN)
    if last in CLOCK:
        return word[0].isdigit() or _first_part(word).rstrip(".") in _marks()["after_clock"]
    ends = (
        (in_state and prefix.endswith(", ") and not following["open"])
        or (last == "I" and prefix.rstrip()[-1:].islower())
        or word in known.starters
        or _first_part(word) in known.starters
        # A title in lower case within a sentence: "… 3 тис. грн. Проф. Коваль"
        or (word not in known.never_end and _is_one_of(word.rstrip("."), known.never_end))
    )
    return not ends


def _is_one_of(word: str, abbreviations: frozenset[str]) -> bool:
    """Return whether a word is an abbreviation, even with a capital or after an elision."""
    bare = re.split(r"['’]", word)[-1]
    return bare in abbreviations or bare[:1].lower() + bare[1:] in abbreviations


def _is_ordinal(tail: str, last: str, word: str, known: Abbreviations) -> bool:
    """Return whether a number and its stop are an ordinal, as in the German "am 3. Oktober"."""
    if known.ordinal is None or not last.isdigit():
        return False
    return _first_part(word) in known.after_ordinal or known.ordinal.search(tail) is not None


def _first_part(word: str) -> str:
    """Return "He" for "He's", "Sunday" for "Sunday-Thursday" and so on."""
    return re.split(r"['’-]", word, maxsplit=1)[0]


def _lacks_space(line: str, start: int, stop: re.Match[str], known: Abbreviations) -> bool:
    """Return whether a stop without white space after it stands between two sentences.

    Only between two quotations, or between a plain word and a capitalised one (after a full stop
    a typical first word), so that addresses and site names stay whole.
    """
    if stop["close"] and line[stop.end()] in "“‘«„":
        return True
    following = _NEXT_UNSPACED.match(line, stop.end())
    if following is None:
        return False
    last = line[max(start, stop.start() - _LOOK_BACK) : stop.start()].rpartition(" ")[2]
    return (
        last.isalpha()
        and last[1:].islower()
        and (following[1] in known.starters or (last.islower() and stop["mark"] in {"?", "!"}))
    )


def _cut_overlong(line: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the sentence, in pieces if it is longer than ``MAX_SENTENCE_CHARS``."""
    while end - start > MAX_SENTENCE_CHARS:
        window = line[start : start + MAX_SENTENCE_CHARS]
        length = MAX_SENTENCE_CHARS
        for breaks in (("; ", "；"), (", ", "，", "、"), (" ", "\t", "\xa0", "\u3000")):
            found = max(map(window.rfind, breaks))
            if found >= MAX_SENTENCE_CHARS // 2:
                length = found + 1
                break
        yield start, start + len(window[:length].rstrip())
        start += length
        while line[start].isspace():
            start += 1
    yield start, end


def _looks_like_heading(line: str, *, scale: int) -> bool:
    """Return whether a line of one sentence, stripped, has the form of a heading.

    A question on a line of its own does: like a heading, it states nothing. ``scale`` is the
    multiple of the usual length that is allowed; a title may be longer.
    """
    if len(line) > MAX_HEADING_CHARS * scale:
        return False
    if _WORD.search(line) is None:
        return True
    if line.rstrip(_CLOSING)[-1] in _STATEMENT_ENDS and (
        line[-1] not in "?？" or line[0] in _QUOTES
    ):
        return False
    if scale == 1 and ":" in line and _ENTRY.search(line):
        return False
    return len(line.split()) <= MAX_HEADING_WORDS * scale and _LIST_ITEM.match(line) is None


def _headings_or_list(lines: list[tuple[int, int, str]]) -> Iterator[Sentence]:
    """Yield consecutive lines that look like headings, each flagged as what it is.

    Many in a row are a list or a table without markers, whose lines state something; of these,
    only the first, and those in capitals or without a word, are headings.
    """
    worded = [start for start, _, text in lines if _WORD.search(text)]
    is_list = len(worded) >= _LIST_LINES
    for start, end, text in lines:
        heading = not is_list or start <= worded[0] or text.isupper() or not _WORD.search(text)
        yield Sentence(start, end, text, heading, starts_paragraph=True)
