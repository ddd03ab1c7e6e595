"""Words, names and noun phrases of a turn, and the gender of the persons among them; pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

from index.language.calendar_words import FULL_NAMES
from index.language.nations import find_nations
from index.language.words import STOP_WORDS, word_ranks
from rag.asking.data_files import words_of
from rag.asking.terms import stem_word

MAX_PHRASE_WORDS = 6
MAX_PHRASES = 20
MAX_LONE_WORDS = 5
MAX_PERSON_NAMES = 4
MAX_WORD_CHARS = 40
MAX_ABBREVIATION_CHARS = 5
"""Longest abbreviation within a name, with its stop: "Capt."."""
COMMON_WORDS = 30_000
"""Words no rarer than this may be an office."""

WORD = re.compile(r"[^\W_]+(?:(?:[-'’.]|(?<=\d),(?=\d))[^\W_]+)*", re.UNICODE)
OPENING = re.compile(
    r"^\s*(?:(?:and|but|so|ok|okay|also|then|oh|well|great|interesting|thanks|thank you)\b"
    r"[\s,.!]*)+",
    re.IGNORECASE,
)
"""What people say before the follow-up itself."""

QUESTION_WORD = (
    r"(?:who|whom|whose|what|which|when|where|why|how|did|do|does|is|are|was|were|will|would"
    r"|has|have|had|can|could|should|tell|say|said)\b"
)

_WHAT_ABOUT = re.compile(
    r"^\s*(?:(?:and|but|ok|okay|so|oh)[\s,]+)*(?:(?:what|how)\s+about|and)\s+", re.IGNORECASE
)
_ASKS_MORE = re.compile(rf"\b{QUESTION_WORD}|\?", re.IGNORECASE)
_NAME = re.compile(
    r"(?<!\w)[A-ZÀ-ÖØ-Þ][\w’'.-]*(?:\s+(?:of\s+|the\s+)?[A-ZÀ-ÖØ-Þ][\w’'.-]*)*(?<![.'’])"
)
_ASKED_WHO = re.compile(r"\W*(?:(?:and|but)\s+)?(?i:who)\s+(?:\w+ly\s+|else\s+)?(?P<verb>[a-z]+)")
_DID_NAMED = re.compile(
    r"\b(?:did|do|does|will|would|can|could|should)\s+(?:[A-ZÀ-ÖØ-Þ][\w’'.-]*\s+(?:and\s+)?)+(?P<verb>[a-zà-öø-þ]+)"
    r"(?:\s+(?P<next>[a-zà-öø-þ]+))?"
)
"""A name as the subject of a question: the word behind it is a verb, unless a verb follows it."""
_ASKER = re.compile(r"I(?:['’]\w+)?")
_POSSESSIVE = re.compile(r"['’]s$")
_GAP = re.compile(r" {1,2}|\u00a0| ?[&/] ?")
_RELATION = re.compile(r"((?:[a-z]+ ){1,2})of (?:the )?")
_LOOSE_END = re.compile(r"['’]s$|(?: [a-z]+(?:ed|ly))+$")
_PLACE = re.compile(r"\b(?:in|at|to|from|near|into|across)\s+(?:the\s+)?$", re.IGNORECASE)
_LAST_WORD = re.compile(r"\b(\w+)[\s,]*$")
_BEFORE_NAME = re.compile(r"((?:\S*[\s,]+)?)((?:[A-ZÀ-ÖØ-Þ][\w’'.-]*\s+){0,3})$")
_MALE_PRONOUN = re.compile(r"\b(?:he|his|himself)\b", re.IGNORECASE)
_FEMALE_PRONOUN = re.compile(r"\b(?:she|her|hers|herself)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?](?:\s*\[\d+\])*\s+(?=[A-Z])")
_THE = re.compile(
    r"\bthe (?:(?:new|old|first|last|next|other|same|only|whole|two|three) )?$", re.IGNORECASE
)


class Gender(StrEnum):
    """The gender of a person, as far as the words show it."""

    FEMALE = "female"
    MALE = "male"


@dataclass(frozen=True, slots=True)
class NounPhrase:
    """A name or a run of content words, as it appears in a turn.

    Attributes:
        text: Without an article or a possessive ending.
        article: "the " if it precedes the phrase, or the one word in front of it, as in "the new
            library"; otherwise empty.
        stems: Stems of the content words.
        start: First code point in the turn.
        is_name: Whether it is capitalised as a name is.
        is_person: Whether it looks like a person: an office, or a name of two to four words that
            is not a nation's or a place's.
        is_place: Whether it is a nation, or a name after "in" or "at".
    """

    text: str
    article: str
    stems: frozenset[str]
    start: int
    is_name: bool
    is_person: bool
    is_place: bool

    @property
    def is_plural(self) -> bool:
        """Whether the last word ends in a plural's s."""
        last = self.text.casefold()
        return last.endswith("s") and not last.endswith(("ss", "us", "is"))


@lru_cache(maxsize=512)
def find_noun_phrases(text: str) -> tuple[NounPhrase, ...]:
    """Return the first twenty noun phrases of a turn, in order; they do not overlap."""
    opening = OPENING.match(text)
    tokens = list(WORD.finditer(text, opening.end() if opening else 0))
    found: list[NounPhrase] = []
    run: list[re.Match[str]] = []
    asked_who = _ASKED_WHO.match(text)
    verbs = {
        match.start("verb")
        for match in _DID_NAMED.finditer(text)
        if not is_verb(match["next"] or "")  # in "what did Bay ministers say?" it is a noun
    }
    verbs.update((asked_who.start("verb"),) if asked_who else ())
    for i, token in enumerate(tokens):
        if run and not _GAP.fullmatch(text[tokens[i - 1].end() : token.start()]):
            _close(text, run, found)
        if token.start() not in verbs and _belongs_to_phrase(token[0], text):
            run.append(token)
        elif not (run and _joins_halves(text, tokens, i)):
            _close(text, run, found)
    _close(text, run, found)
    return tuple(found[:MAX_PHRASES])


def content_words(text: str) -> list[str]:
    """Return the words that are not stop words; one in capitals, as in "the US", is a name."""
    keeps_capitals = not text.isupper()
    return [
        word
        for word in WORD.findall(text)
        if _POSSESSIVE.sub("", word.casefold()) not in STOP_WORDS
        or (keeps_capitals and len(word) > 1 and word.isupper())
    ]


def content_stems(text: str) -> frozenset[str]:
    """Return the stems of the words of a text that are not stop words."""
    return frozenset(
        stem_word(re.sub(r"['’]s?$", "", word.casefold()))
        for word in WORD.findall(text)
        if word.casefold() not in STOP_WORDS or (len(word) > 1 and word.isupper())
    )


def find_names(text: str) -> list[re.Match[str]]:
    """Return the names in a question; its first word is always capitalised and does not count."""
    first = WORD.search(text)
    return list(_NAME.finditer(text, first.end())) if first else []


def names_something(text: str) -> bool:
    """Return whether a question has a name or a nation."""
    names = (match[0] for match in find_names(text))
    return not all(map(_ASKER.fullmatch, names)) or bool(find_nations(text, ignore_case=True))


def find_lone_phrase(question: str) -> str:
    """Return what "and …?" or "what about …?" names, or an empty string."""
    opening = _WHAT_ABOUT.match(question)
    name = question[opening.end() :].strip().rstrip("?!. ") if opening else ""
    return "" if len(name.split()) > MAX_LONE_WORDS or _ASKS_MORE.search(name) else name


def find_names_in_answer(answer: str) -> list[str]:
    """Return the names in an assistant's answer, in order, each once.

    The first word of a sentence has its capital anyway: a common word there is no name.
    """
    names: dict[str, None] = {}
    for match in _NAME.finditer(answer):
        words = match[0].split()
        while words and words[0].casefold() in STOP_WORDS | FULL_NAMES:
            words.pop(0)
        ends = (n for n, word in enumerate(words[:-1], 1) if _ends_sentence(word, words[n]))
        words = words[: next(ends, len(words))]
        if len(words) == 1 and _opens_sentence(answer, match.start()) and _is_common(words[0]):
            continue
        name = _POSSESSIVE.sub("", " ".join(words)).rstrip(".")
        if name and len(words) <= MAX_PHRASE_WORDS:
            names[name] = None
    return list(names)


def _ends_sentence(word: str, following: str) -> bool:
    """Return whether a name ends with a word: "Zinoviev. He", but not "J. Reck"."""
    return word.endswith(".") and (
        len(word) > MAX_ABBREVIATION_CHARS or following.casefold() in STOP_WORDS
    )


def _opens_sentence(text: str, place: int) -> bool:
    before = text[:place].rstrip(" “\"'‘(")
    return not before or before[-1] in ".!?:"


def _is_common(word: str) -> bool:
    folded = word.casefold()
    is_name = folded in words_of("women") | words_of("men") or find_nations(word)
    return not is_name and word_ranks().get(folded, COMMON_WORDS) < COMMON_WORDS


def is_person(name: str) -> bool:
    """Return whether a name looks like a person's: an office, or two to four names in a row.

    Examples:
        >>> [is_person(name) for name in ("Mayor Reck", "Ines Varga", "Tollen Bridge", "the US")]
        [True, True, False, False]
    """
    words = WORD.findall(name)
    folded = {_POSSESSIVE.sub("", word.casefold()) for word in words}
    if folded & words_of("organisations_and_things"):
        return False
    if has_title(name):
        return True
    if words and _POSSESSIVE.sub("", words[0].casefold()) in words_of("place_openers"):
        return False
    is_capitalised = 1 < len(words) <= MAX_PERSON_NAMES and all(w[0].isupper() for w in words)
    return is_capitalised and not find_nations(name)


def lower_office(name: str) -> str:
    """Return a person's name without the capital that its office has as a sentence's first word.

    Examples:
        >>> lower_office("Clown Pim Otter"), lower_office("Mary Ann Otter")
        ('clown Pim Otter', 'Mary Ann Otter')
        >>> lower_office("South Korean President Pim Otter")
        'South Korean President Pim Otter'
        >>> lower_office("Vice Foreign Minister Pim Otter")
        'Vice Foreign Minister Pim Otter'
    """
    first, _, rest = name.partition(" ")
    folded = first.casefold()
    is_name = folded in words_of("women") | words_of("men")
    is_word = word_ranks().get(folded, COMMON_WORDS) < COMMON_WORDS
    if " " not in rest or is_name or not is_word or not first.istitle():
        return name
    if has_title(rest) or any(mention.start == 0 for mention in find_nations(name)):
        return name
    return f"{folded} {rest}"


def has_title(name: str) -> bool:
    """Return whether a name has a title or an office: "Mayor Reck"."""
    folded = (_POSSESSIVE.sub("", word.casefold()) for word in WORD.findall(name))
    return not words_of("titles").isdisjoint(folded)


@lru_cache(maxsize=512)
def find_gender(name: str, said: tuple[str, ...] = ()) -> Gender | None:
    """Return the gender of a person, if the name or the conversation shows it.

    It is shown by a title or a relation ("Ms", "her husband"), by a first name that hardly anybody
    of the other gender has, or by a pronoun after the only name of a sentence.

    Args:
        name: A person's name, as it was said.
        said: Turns of the conversation.

    Examples:
        >>> find_gender("Judge Ilse Morrow"), find_gender("Kim Morrow")
        (<Gender.FEMALE: 'female'>, None)
        >>> find_gender("Kim Morrow", ("Kim Morrow resigned. She had lost it.",))
        <Gender.FEMALE: 'female'>
    """
    words = WORD.findall(name)
    if not words:
        return None
    if gender := next(filter(None, map(_gender_of_words, words[:-1])), None):
        return gender
    # Elsewhere the same person may be called by the family name alone, or by a longer name.
    spoken = [
        (_BEFORE_NAME.search(text, max(0, match.start() - 60), match.start()), text[match.end() :])
        for text in said
        if words[-1] in text
        for match in re.finditer(rf"\b{re.escape(words[-1])}\b", text)
    ]
    shown = chain(
        (_gender_of_words(w) for before, _ in spoken if before for w in WORD.findall(before[2])),
        (_gender_of_words(before[1]) for before, _ in spoken if before),
        (_gender_of_pronoun(after) for _, after in spoken),
    )
    return next(filter(None, shown), None)


def is_verb(word: str) -> bool:
    """Return whether a word is a common verb, which is never the topic."""
    folded = word.casefold()
    verbs = words_of("verbs")
    return folded in verbs or (folded.endswith("s") and folded[:-1] in verbs)


def is_relational(word: str) -> bool:
    """Return whether a noun says little without what it belongs to: "benefits", "price"."""
    folded = word.casefold()
    nouns = words_of("relational_nouns")
    return folded in nouns or folded.removesuffix("s") in nouns


def to_one_line(text: str) -> str:
    """Return a text on one line without control and format characters."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = (" " if unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp", "Cs"} else c for c in text)
    return " ".join("".join(shown).split())


def _gender_of_words(text: str) -> Gender | None:
    """Return the gender that a first name or the title at the end of a text shows."""
    folded = text.casefold()
    last = _LAST_WORD.search(folded)
    title = last[1] if last else ""
    if folded in words_of("women") or title in words_of("female_titles"):
        return Gender.FEMALE
    if folded in words_of("men") or title in words_of("male_titles"):
        return Gender.MALE
    return None


def _gender_of_pronoun(after: str) -> Gender | None:
    """Return the gender of the pronoun that follows a name, unless another name comes first."""
    ends = [match.end() for match in _SENTENCE_END.finditer(after)]
    rest = after[ends[0] :] if ends else ""
    same, following = after[: ends[0]] if ends else after, rest.split(maxsplit=1)[:1]
    shown = same if not _NAME.search(same) else ""
    for text in (shown, *following):
        female, male = _FEMALE_PRONOUN.search(text), _MALE_PRONOUN.search(text)
        if bool(female) != bool(male):
            return Gender.FEMALE if female else Gender.MALE
    return None


def _belongs_to_phrase(word: str, text: str) -> bool:
    folded = _POSSESSIVE.sub("", word.casefold())
    if folded.endswith(("n't", "n’t")):
        return False
    if 1 < len(word) <= MAX_WORD_CHARS and word.isupper() and not text.isupper():
        return True
    return (
        folded not in STOP_WORDS
        and folded not in words_of("no_topic")
        and not is_verb(folded)
        and len(word) <= MAX_WORD_CHARS
    )


def _joins_halves(text: str, tokens: list[re.Match[str]], i: int) -> bool:
    """Return whether a word is the "of" or "of the" that joins two halves of one phrase."""
    word = tokens[i][0].casefold()
    if word == "of":
        ahead = i + 1
        if ahead < len(tokens) and tokens[ahead][0].casefold() == "the":
            ahead += 1
        return ahead < len(tokens) and _belongs_to_phrase(tokens[ahead][0], text)
    return word == "the" and i > 0 and tokens[i - 1][0].casefold() == "of" and i + 1 < len(tokens)


def _close(text: str, run: list[re.Match[str]], found: list[NounPhrase]) -> None:
    """Turn the words gathered so far into a noun phrase."""
    if not run:
        return
    start, end = run[0].start(), run[min(len(run), MAX_PHRASE_WORDS) - 1].end()
    run.clear()
    words = text[start:end]
    relation = _RELATION.match(words)
    if relation and all(is_relational(word) for word in relation[1].split()):
        start += relation.end()
    words = _LOOSE_END.sub("", text[start:end])
    stems = content_stems(words)
    if not stems or stems <= FULL_NAMES or re.fullmatch(r"[a-z]+ed", words):
        return
    first = WORD.search(text)
    is_first = first is not None and first.start() == start
    n_capitalised = sum(word[0].isupper() for word in WORD.findall(words))
    is_name = n_capitalised > is_first and not text.isupper()
    after_place = bool(_PLACE.search(text[max(0, start - 20) : start]))
    found.append(
        NounPhrase(
            words,
            "the " if _THE.search(text[:start]) else "",
            stems,
            start,
            is_name,
            is_person=not after_place and is_person(words),
            is_place=bool(find_nations(words, ignore_case=True)) or (is_name and after_place),
        )
    )
