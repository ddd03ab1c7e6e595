"""Where articles speak of something: passages that have all words for it, and their sentences."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from index.language.words import STOP_WORDS, space_out
from index.record.reads import quote_term
from index.record.rows import PassagePlace

if TYPE_CHECKING:
    from index.record.reads import ReadTransaction

_WORD = re.compile(r"\w+")
_LEAST_SHARE = 0.5
_COLUMNS = "passage_id, article_key, start, end"
_own = threading.local()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """Return the stem of a case-folded word, as the full-text index has it."""
    if not hasattr(_own, "stemmer"):
        from snowballstemmer import stemmer

        _own.stemmer = stemmer("porter")
    return str(_own.stemmer.stemWord(word))


@lru_cache(maxsize=10_000)
def _stems_of_title(title: str) -> frozenset[str]:
    return stems_of(title)


def stems_of(text: str) -> frozenset[str]:
    """Return the stems of a text's words."""
    return frozenset(stem(word) for word in _WORD.findall(text.casefold()))


class Topic:
    """Words that articles may be about.

    Args:
        words: A name, words or a question; function words count only if there are no others.
    """

    def __init__(self, words: str) -> None:
        found = _WORD.findall(space_out(words) or words)
        kept = [word for word in found if word.casefold() not in STOP_WORDS] or found
        self.words = tuple(dict.fromkeys(kept))
        self.stems = frozenset(stem(word.casefold()) for word in self.words)

    @property
    def query(self) -> str:
        """All words, in the full-text search's language; empty without any."""
        return " AND ".join(map(quote_term, self.words))

    def find_passages(self, reader: ReadTransaction) -> list[PassagePlace]:
        """Return the passages that have all words, titles included."""
        if not self.words:
            return []
        query, values = reader.passages_with(self.words, is_last_begun=False)
        rows = reader.connection.execute(
            f"SELECT {_COLUMNS} FROM passages WHERE passage_id IN ({query})"  # noqa: S608
            " ORDER BY article_key, start",
            values,
        )
        return [PassagePlace(*row) for row in rows]

    def is_met_by(self, sentence: str, title: str) -> bool:
        """Return whether a sentence has half of the words, or its title all of them."""
        if self.stems <= _stems_of_title(title):
            return True
        return len(self.stems & stems_of(sentence)) >= _LEAST_SHARE * len(self.stems)


def keys_of(passages: Iterable[PassagePlace]) -> list[int]:
    """Return the keys of the articles that passages stand in, each once."""
    return list(dict.fromkeys(passage.article_key for passage in passages))


def group_by_article(passages: Iterable[PassagePlace]) -> dict[int, list[PassagePlace]]:
    """Return key of an article -> its passages, in their order."""
    found: dict[int, list[PassagePlace]] = {}
    for passage in passages:
        found.setdefault(passage.article_key, []).append(passage)
    return found
