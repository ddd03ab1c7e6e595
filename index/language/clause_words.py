"""The words of an English sentence: tokens, quotations blanked, and verbs of saying. Pure.

Quotations are blanked before anything is read, so that a verb or a stop inside of one belongs to
nobody outside. A sentence goes on behind a quotation that ends in a stop if it then says who spoke:
"“Is it safe?” the mayor asked." is one.

Verbs of saying stand in ``statement_verbs.toml`` by what the words are to their speaker ("denies",
"promises"); every inflection is listed with its form, since "accused of" reports nobody's words and
"accusing" leans on another verb's subject.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from index.language.stance import Stance
from index.language.words import read_word_lists

Place = tuple[int, int]
"""First code point of a stretch, and one past its last."""

OPEN, CLOSE, BLANK = "“", "”", "\x01"
"""What marks and words of a quotation become, whichever marks a text has."""

WORDS = {
    name: frozenset(listed)
    for name, listed in read_word_lists("clause_words").items()
    if not isinstance(listed, dict)
}
"""The lists of ``clause_words.toml`` by name."""

NO_SPEECH_BEFORE = {
    lemma: frozenset(words)
    for lemma, words in read_word_lists("clause_words")["no_speech_before"].items()
}
"""Base form -> what follows it where it says nothing: "think tank"."""

DASHES = frozenset("—–―-")
STOPS = frozenset(".,;:!?…") | DASHES
_ABBREVIATIONS = (
    "Mr Mrs Ms Dr Sen Sens Rep Reps Gov Govs Gen Del Rev Lt Col Sgt Jr Sr St Prof Capt Maj Hon Adm"
    " Cmdr Messrs No vs Inc Corp Ltd Co Ave Va Pa Fla Calif Ariz Mass Conn Ill Wis Minn Mich Tenn"
    " Jan Feb Mar Apr Jun Jul Aug Sept Sep Oct Nov Dec"
).split()
_QUOTES = re.compile(
    r"“[^“”\"\n]{1,6000}(?:”|\"(?!\w)|(?=\n)|\Z)|“[^“”\n]{1,6000}(?:”|(?=\n)|\Z)"
    r"|(?<![\w”])\"[^\"“”\n]{1,6000}(?:[\"”]|(?=\n)|\Z)"
    r"|(?<!\w)''[^\n]{1,6000}?(?:''(?!')|(?=\n)|\Z)"
    r"|«[^«»\n]{1,6000}»|„[^„“”\n]{1,6000}[“”]"
    r"|(?<!\w)‘(?:[^‘’\n]|’(?=\w)){2,1000}’(?!\w)"
    r"|(?<!\w)'(?!')(?:[^'\n]|'(?=\w)){2,600}'(?!\w)"
)
_TOKEN = re.compile(
    rf"“{BLANK}*[^“”{BLANK}]?”?"
    rf"|(?:[A-Z]\.(?:\s?[A-Z]\.)*(?=\s|\w|,)|(?:{'|'.join(_ABBREVIATIONS)})\.(?=\s|,))"
    r"|\d+(?:[.,]\d+)*(?![\w-])"
    r"|[^\W_](?:[\w’'&.\-\u2010\u2011]*\w)?[’']?|\.\.\.|-{2,}|\S"
)
_CLOSING = ("”", '"', "’", "'", "»", "“")
_MAX_SPEAKER_TOKENS = 9
_MAX_COMMON_TOKENS = 3
_TWO_MARKS = "''"


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a mark or a quotation.

    Attributes:
        text: As written; a quotation is blanked.
        start: First code point in the text.
        end: One past the last.
        low: The text in lower case.
    """

    text: str
    start: int
    end: int
    low: str

    @property
    def is_quote(self) -> bool:
        """Whether it is a quotation."""
        return self.text[0] == OPEN

    @property
    def is_small(self) -> bool:
        """Whether it begins with a small letter."""
        return self.text[0].islower()

    def ends_in(self, marks: str) -> bool:
        """Return whether a quotation's last character is one of some marks."""
        return self.text.rstrip(CLOSE)[-1:] in set(marks)


Tokens = Sequence[Token]


class Form(StrEnum):
    """An inflection, as far as a rule needs to know it."""

    FINITE = "finite"
    """Present or past tense: "says", "said"."""
    PARTICIPLE = "participle"
    """"adding", whose subject is that of another verb."""
    PAST_PARTICIPLE = "past participle"
    """"written", which is no past tense."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One inflected verb of saying.

    Attributes:
        lemma: Its base form.
        stance: What it makes of the words.
        form: Which inflection it is.
    """

    lemma: str
    stance: Stance
    form: Form


_IRREGULAR = {
    "say": "said said",
    "tell": "told told",
    "write": "wrote written",
    "think": "thought thought",
    "feel": "felt felt",
    "see": "saw seen",
    "know": "knew known",
    "find": "found found",
    "understand": "understood understood",
    "swear": "swore sworn",
    "show": "showed shown",
    "withdraw": "withdrew withdrawn",
    "undertake": "undertook undertaken",
    "forecast": "forecast forecast",
    "seek": "sought sought",
    "lash": "lashed lashed",
    "speak": "spoke spoken",
}
_DOUBLED = frozenset("slam plan rebut pan refer admit commit rip beg quip brag dub shrug".split())
_VOWELS = frozenset("aeiou")


def inflect(lemma: str) -> Mapping[str, Form]:
    """Return the inflections of an English verb.

    Examples:
        >>> sorted(inflect("deny"))
        ['denied', 'denies', 'deny', 'denying']
        >>> sorted(inflect("write"))
        ['write', 'writes', 'writing', 'written', 'wrote']
    """
    stem = lemma + lemma[-1] if lemma in _DOUBLED else lemma
    consonant_y = lemma.endswith("y") and lemma[-2] not in _VOWELS
    if consonant_y:
        third = f"{lemma[:-1]}ies"
    elif lemma.endswith(("s", "sh", "ch", "x", "z")):
        third = f"{lemma}es"
    else:
        third = f"{lemma}s"
    silent_e = lemma.endswith("e") and not lemma.endswith("ee")
    present = f"{lemma[:-1]}ing" if silent_e else f"{stem}ing"
    if lemma in _IRREGULAR:
        past, perfect = _IRREGULAR[lemma].split()
    elif lemma.endswith("e"):
        past = perfect = f"{lemma}d"
    else:
        past = perfect = f"{lemma[:-1]}ied" if consonant_y else f"{stem}ed"
    forms = {perfect: Form.PAST_PARTICIPLE, present: Form.PARTICIPLE}
    return forms | dict.fromkeys((lemma, third, past), Form.FINITE)


@cache
def listed_verbs() -> Mapping[str, Verb]:
    """Return every inflected form, lower case -> the verb; a later stance never hides an earlier.

    "call for" and the like are told from "call" by ``stance_of``.
    """
    lists = read_word_lists("statement_verbs")
    found: dict[str, Verb] = {}
    for stance in Stance:
        for lemma in lists[stance.value]:
            if "_" in lemma:
                continue
            for form, kind in inflect(lemma).items():
                found.setdefault(form, Verb(lemma, stance, kind))
    return found


@cache
def phrasal_stances() -> Mapping[tuple[str, str], Stance]:
    """Return (base form, word after it) -> the stance that both together have."""
    lists = read_word_lists("statement_verbs")
    return {
        (lemma.split("_")[0], lemma.split("_")[1]): stance
        for stance in Stance
        for lemma in lists[stance.value]
        if "_" in lemma
    }


@cache
def phrasal_verbs() -> Mapping[tuple[str, str], Verb]:
    """Return (inflected form, word after it) -> the verb that both are: "ruled out"."""
    found: dict[tuple[str, str], Verb] = {}
    for (base, particle), stance in phrasal_stances().items():
        if base not in listed_verbs():
            for form, kind in inflect(base).items():
                found[form, particle] = Verb(f"{base}_{particle}", stance, kind)
    return found


@cache
def weak_verbs() -> frozenset[str]:
    """Return base forms that mean speech only before a quotation, "that" or the like."""
    return frozenset(read_word_lists("statement_verbs")["weak"])


def is_modal(token: Token) -> bool:
    """Return whether a token is an auxiliary, and no possessive."""
    return token.low in WORDS["auxiliaries"] and token.low not in {"’s", "'s"}


def blank_quotations(text: str) -> str:
    """Return a text of the same length with quotations blanked, but for marks and last stops."""
    return _QUOTES.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    quoted = match.group()
    width = len(_TWO_MARKS) if quoted.startswith(_TWO_MARKS) else 1
    is_closed = quoted.endswith(_CLOSING) and len(quoted) > width + 1
    inner = quoted[width : len(quoted) - width] if is_closed else quoted[width:]
    last = inner[-1:] if inner[-1:] in set(",.!?…") else BLANK
    blanked = BLANK * (len(inner) - 1) + last if inner else ""
    opening = OPEN + BLANK * (width - 1)
    # The last stop stays next to the mark, of which one character is left.
    return f"{opening}{BLANK * (width - 1)}{blanked}{CLOSE}" if is_closed else opening + blanked


MOST_SENTENCE_TOKENS = 300
"""Where a sentence without an end is cut: reading one takes the square of its words."""


def split_sentences(masked: str, start: int, end: int) -> Iterator[list[Token]]:
    """Yield the tokens of each sentence of a paragraph, or of a part of a very long one.

    Args:
        masked: The text, its quotations blanked.
        start: First code point of the paragraph.
        end: One past the last.
    """
    tokens = [
        Token("—" if (word := m.group())[:2] == "--" else word, m.start(), m.end(), word.lower())
        for m in _TOKEN.finditer(masked, start, end)
    ]
    first = 0
    for number in range(len(tokens)):
        is_too_long = number + 1 - first == MOST_SENTENCE_TOKENS
        if number + 1 == len(tokens) or is_too_long or _ends_sentence(tokens, number):
            yield tokens[first : number + 1]
            first = number + 1


def _ends_sentence(tokens: Tokens, number: int) -> bool:
    token, following = tokens[number], tokens[number + 1].text
    if token.is_quote:
        goes_on = following[0].islower() or following in STOPS
        if goes_on or not token.ends_in(".!?…") or token.text.rstrip(CLOSE).endswith("..."):
            return False
        return not _names_speaker(tokens, number + 1)
    return token.text in {".", "!", "?", "…"} and not (
        following[0].islower() or following in {",", ")"}
    )


def _names_speaker(tokens: Tokens, first: int) -> bool:
    """Return whether "X said." stands at a place: a short subject, its verb, and a stop."""
    is_common = tokens[first].low in WORDS["determiners"]
    for number in range(first, min(first + _MAX_SPEAKER_TOKENS, len(tokens))):
        token = tokens[number]
        verb = listed_verbs().get(token.low)
        if verb is not None and verb.form is Form.FINITE and token.is_small:
            if number == first:
                return verb.lemma in WORDS["inverting"]
            after = tokens[number + 1] if number + 1 < len(tokens) else None
            if after is None or after.text in {".", ",", ":"} or after.is_quote:
                return True
            return (
                after.low in WORDS["prepositions"] | WORDS["times"]
                or verb.lemma in WORDS["addressed"]
            )
        is_name = token.text[0].isupper() or token.text in {"of", ",", "."}
        if not (
            is_name
            or token.low in WORDS["determiners"] | WORDS["pronouns"]
            or (is_common and 0 < number - first <= _MAX_COMMON_TOKENS)
        ):
            return False
    return False
