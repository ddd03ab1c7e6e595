"""The words of passages and of questions, as the full-text index reads them, and similar ones.

SQLite itself cuts them: into a full-text index in memory, with the tokenizer of the record's.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.record.reads import phrases_of
from index.record.rows import IdVector
from index.types import replace_surrogates

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction

Phrase = tuple[bytes, bool]
"""A word, and whether it is only the beginning of one."""

_LOCAL = threading.local()
"""A tokenizer for each thread: to open one takes longer than to cut a question."""


@dataclass(frozen=True)
class Postings:
    """Which words some passages hold.

    Attributes:
        ids: The passages, int64, shape (n,), rising.
        keys: Their articles' keys, int64, shape (n,).
        lengths: How many words each has, int32, shape (n,).
        words: All different words, as UTF-8, rising.
        ends: Where the rows of each word end, int64, shape (n_words,).
        rows: The places of the passages that hold it, uint32, rising within a word.
        counts: How often each holds it, uint16.
    """

    ids: IdVector
    keys: IdVector
    lengths: npt.NDArray[np.int32]
    words: list[bytes]
    ends: npt.NDArray[np.int64]
    rows: npt.NDArray[np.uint32]
    counts: npt.NDArray[np.uint16]


def read_postings(reader: ReadTransaction, ids: IdVector) -> Postings:
    """Return the words of some passages.

    Args:
        reader: One state of the record.
        ids: The passages, rising; all are there.
    """
    keys = np.zeros(len(ids), dtype=np.int64)
    with closing(_open_tokenizer()) as cutter:
        cutter.execute("BEGIN")
        for row, passage_id in enumerate(ids.tolist()):
            title, text, keys[row] = reader.connection.execute(
                "SELECT t.title, t.text, p.article_key FROM passage_texts t"
                " JOIN passages p USING (passage_id) WHERE passage_id = ?",
                (passage_id,),
            ).fetchone()
            _put(cutter, row, title, text)
        vocabulary = cutter.execute("SELECT term, cnt FROM vocabulary").fetchall()
        n_tokens = sum(count for _, count in vocabulary)
        found = (row for (row,) in cutter.execute("SELECT doc FROM instances"))
        rows = np.fromiter(found, dtype=np.uint32, count=n_tokens)
    lengths = np.bincount(rows, minlength=len(ids)).astype(np.int32)
    totals = np.array([count for _, count in vocabulary], dtype=np.int64)
    word_of = np.repeat(np.arange(len(totals)), totals)
    # A word's passages come in order, so equal neighbours are one passage that repeats it.
    is_first = np.ones(n_tokens, dtype=bool)
    is_first[1:] = (rows[1:] != rows[:-1]) | (word_of[1:] != word_of[:-1])
    places = np.flatnonzero(is_first)
    counts = np.diff(places, append=n_tokens)
    return Postings(
        ids=ids,
        keys=keys,
        lengths=lengths,
        words=[term.encode("utf-8", "surrogateescape") for term, _ in vocabulary],
        ends=np.cumsum(np.bincount(word_of[places], minlength=len(totals))),
        rows=rows[places],
        counts=np.minimum(counts, np.iinfo(np.uint16).max).astype(np.uint16),
    )


@lru_cache(maxsize=256)
def read_phrases(terms: tuple[str, ...]) -> tuple[tuple[Phrase, ...], ...] | None:
    """Return the phrases of each term, see ``phrases_of``, as single words.

    Returns:
        None if one of them is several words, of which a list of words does not tell whether they
        follow each other. A phrase without any word is left out.
    """
    phrases = [phrases_of(term) for term in terms]
    texts = dict.fromkeys(text for found in phrases for text, _ in found)
    words: dict[str, list[bytes]] = {text: [] for text in texts}
    by_number = list(words.values())
    for row, _, _, word in cut_texts(("", replace_surrogates(text)) for text in texts):
        by_number[row].append(word.encode("utf-8", "surrogateescape"))
    if any(len(found) > 1 for found in words.values()):
        return None
    return tuple(
        tuple((words[text][0], is_beginning) for text, is_beginning in found if words[text])
        for found in phrases
    )


def cut_texts(texts: Iterable[tuple[str, str]]) -> list[tuple[int, str, int, str]]:
    """Return the words of some passages, as SQLite's full-text index holds them.

    Args:
        texts: Title and text of each.

    Returns:
        (number of the passage, "title" or "text", the word's place there, the word), in that
        order. A word of 32 KB and more is cut off, if need be within a character.
    """
    cutter: sqlite3.Connection | None = getattr(_LOCAL, "tokenizer", None)
    if cutter is None:
        cutter = _LOCAL.tokenizer = _open_tokenizer()
    cutter.execute("BEGIN")
    try:
        for row, (title, text) in enumerate(texts):
            _put(cutter, row, title, text)
        return cutter.execute(
            "SELECT doc, col, offset, term FROM instances ORDER BY doc, col DESC, offset"
        ).fetchall()
    finally:
        cutter.execute("ROLLBACK")


def _put(cutter: sqlite3.Connection, row: int, title: str, text: str) -> None:
    cutter.execute("INSERT INTO cut (rowid, title, text) VALUES (?, ?, ?)", (row, title, text))


def _open_tokenizer() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
    connection.execute(
        "CREATE VIRTUAL TABLE cut USING fts5"
        " (title, text, content = '', tokenize = 'porter unicode61')"
    )
    for name, kind in (("vocabulary", "row"), ("instances", "instance")):
        connection.execute(f"CREATE VIRTUAL TABLE {name} USING fts5vocab('cut', '{kind}')")
    return connection


MOST_PASSAGES = 20
"""Passages that are searched for the spelling of some words."""

MOST_STEMS = 6
"""Stems that are considered, the most frequent ones."""

STEM_PASSAGES = 4
"""Passages that are searched for the words of a stem."""

_WORD = re.compile(r"[^\W\d_]+")


def find_written(reader: ReadTransaction, words: Collection[str]) -> Counter[str]:
    """Return which of some words the articles contain, as written there, and how often.

    Args:
        reader: One state of the record.
        words: Case-folded words of letters.

    Returns:
        Counts in the first few passages that contain any of them; only good for comparison.
    """
    if not words:
        return Counter()
    return _count(reader, sorted(words), MOST_PASSAGES, words.__contains__)


def find_resembling(
    reader: ReadTransaction,
    beginning: str,
    is_like: Callable[[str], bool],
    accepts: Callable[[str], bool],
) -> Counter[str]:
    """Return words with some beginning, as the articles write them; see ``find_written``.

    Args:
        reader: One state of the record.
        beginning: The first letters, case-folded; two make a short search.
        is_like: Whether words of a stem may be wanted.
        accepts: Whether a case-folded word is wanted.
    """
    found: Counter[str] = Counter()
    stems = (stem for stem in reader.stems(beginning) if is_like(stem))
    for stem in islice(stems, MOST_STEMS):
        found += _count(reader, [stem], STEM_PASSAGES, accepts)
    return found


def _count(
    reader: ReadTransaction, words: Sequence[str], limit: int, accepts: Callable[[str], bool]
) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in reader.texts_with(words, limit=limit):
        found.update(word for word in _WORD.findall(text) if accepts(word.casefold()))
    return found
