"""An English paragraph as sentences of tokens, in which each quotation is one token. Pure.

Quotations are blanked before anything is read, so that a verb or a stop inside of one belongs to
nobody outside. A sentence goes on behind a quotation that ends in a stop if it then says who spoke:
"“Is it safe?” the mayor asked." is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.language.statement_verbs import Form, listed_verbs
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
_DOUBLED = "''"


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


def is_modal(token: Token) -> bool:
    """Return whether a token is an auxiliary, and no possessive."""
    return token.low in WORDS["auxiliaries"] and token.low not in {"’s", "'s"}


def blank_quotations(text: str) -> str:
    """Return a text of the same length with quotations blanked, but for marks and last stops."""
    return _QUOTES.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    quoted = match.group()
    width = len(_DOUBLED) if quoted.startswith(_DOUBLED) else 1
    is_closed = quoted.endswith(_CLOSING) and len(quoted) > width + 1
    inner = quoted[width : len(quoted) - width] if is_closed else quoted[width:]
    last = inner[-1:] if inner[-1:] in set(",.!?…") else BLANK
    blanked = BLANK * (len(inner) - 1) + last if inner else ""
    opening = OPEN + BLANK * (width - 1)
    # The last stop stays next to the mark, of which one character is left.
    return f"{opening}{BLANK * (width - 1)}{blanked}{CLOSE}" if is_closed else opening + blanked


def split_sentences(masked: str, start: int, end: int) -> Iterator[list[Token]]:
    """Yield the tokens of each sentence of a paragraph.

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
        if number + 1 == len(tokens) or _ends_sentence(tokens, number):
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
