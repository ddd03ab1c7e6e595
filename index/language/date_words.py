"""The words with which twelve languages write dates and bylines, as parts of expressions. Pure."""

# Letters of many scripts are looked for.
# ruff: noqa: RUF001

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from importlib.resources import files

_WORDS = tomllib.loads(files(__package__).joinpath("date_words.toml").read_text("utf-8"))
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def _plain(word: str) -> str:
    """Return a word without accents on Latin letters, which many texts leave out."""
    if not word.isascii() and all(unicodedata.name(c, "").startswith("LATIN") for c in word):
        return "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        )
    return word


def _any_of(words: Iterable[str]) -> str:
    """Return an expression for some words; those of scripts without spaces may touch others."""
    every = sorted({form for word in words for form in (word, _plain(word))}, key=len, reverse=True)
    wide = [re.escape(word) for word in every if _WIDE.search(word)]
    narrow = [re.escape(word) for word in every if not _WIDE.search(word)]
    parts = [rf"(?<!\w)(?:{'|'.join(narrow)})(?!\w)"] if narrow else []
    return f"(?:{'|'.join([*parts, *wide])})"


MONTH_NUMBERS = {
    form: number
    for months in _WORDS["months"].values()
    for number, forms in enumerate(months, start=1)
    for name in forms.split("|")
    for form in (name, _plain(name))
}
"""Name or abbreviation of a month, in lower case, with or without accents -> 1 to 12."""

MONTH_NAME = (
    rf"(?:{'|'.join(sorted(map(re.escape, MONTH_NUMBERS), key=len, reverse=True))})(?!\w)\.?"
)
"""The name of a month in any of the languages, with its full stop."""

LABEL = _any_of(
    word
    for table in ("weekdays", "labels", "updates")
    for words in _WORDS[table].values()
    for word in words.split()
)
"""A word that may stand beside a date in a line that holds nothing else."""

UPDATE = _any_of(word for words in _WORDS["updates"].values() for word in words.split())
"""A word that makes a date that of a change."""

_NAME = r"(?-i:(?![a-zß-öø-ÿа-яёіїєґ])[^\W\d_][\w.'’-]*)"
_BEFORE_NAME = _any_of(_WORDS["bylines"]["before_name"].split())
_BEFORE_COLON = _any_of(_WORDS["bylines"]["before_colon"].split())
BYLINE_WORD = rf"(?:{_BEFORE_NAME}|{_BEFORE_COLON})"
"""The word for "by" that a byline begins with."""
BYLINE = (
    rf"(?:{_BEFORE_NAME}:?(?:\s(?:{_NAME}|and|und|et|y|e|i|de|da|dos|van|von|bin|al),?){{1,7}}"
    rf"|{_BEFORE_COLON}\s?[:：/／|｜]\s?\S[^:：|]{{1,60}}"
    r"|[\uac00-\ud7af]{2,4}\s?기자(?:\s\S{1,30}@\S{1,40})?)"
)
"""A byline: a word for it and the names; its first word may be in any case."""

DAY_FIRST = frozenset(_WORDS["day_first"]["languages"])
"""Languages, as ISO 639-1 codes, that write 03/04/2024 for the third of April."""
