"""Words of writing that does not set them apart: Chinese, Japanese and Korean. Pure.

Chinese and Japanese have no spaces, and a Korean word carries its particles. Every two neighbours
stand for a word, in what is searched and in what is asked alike: no dictionary, and no word
that one misses.
"""

from __future__ import annotations

import re

# Kana, Han with what repeats it, Hangul.
_RUN = re.compile(
    "[\u3005\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
_WORD = re.compile(r"\w+")


def split_words(text: str) -> list[str]:
    """Return the words of a text, in order; of a run without spaces, every two neighbours."""
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
    """Return a text as a full-text index is to read it.

    Every character of a run begins a pair, the last one alone: so a single character, too, is
    found, as the beginning of a word.

    Returns:
        None where the text has no such run, and is read as it is.
    """
    if text.isascii() or not _RUN.search(text):
        return None
    return _RUN.sub(lambda run: f" {' '.join(_pairs(run.group()))} ", text)


def _pairs(run: str) -> list[str]:
    return [run[i : i + 2] for i in range(len(run))]
