"""How many tokens a text is, where no tokenizer is at hand: never too few; pure.

The tokenizers of hosted models are fetched over the network, which nothing here may do.
"""

from __future__ import annotations

import re

CHARS_PER_TOKEN = 3
MESSAGE_TOKENS = 8
"""What the frame of one message adds."""

_PIECE = re.compile(r"[A-Za-z]+|\d|[^\x00-\x7f]+|[^\w\s]|_|\n| {2,}|\t")


def estimate_tokens(text: str) -> int:
    """Return an upper estimate of the tokens of a text.

    Words count a token for every three letters begun, digits and marks one each, and anything
    beyond ASCII one a byte, as a byte-level tokenizer does at worst.

    >>> estimate_tokens("The bridge closed in 2024.")
    11
    """
    return sum(_count_piece(piece) for piece in _PIECE.findall(text))


def _count_piece(piece: str) -> int:
    if not piece.isascii():
        return len(piece.encode("utf-8", "replace"))
    if piece[0].isalpha():
        return -(-len(piece) // CHARS_PER_TOKEN)
    return len(piece)
