"""How a question and a passage are laid out for the reader: the same in training and in asking.

    [CLS] question [SEP] title, date … what stands before the passage [SEP] passage [SEP]

The context in the middle is read but holds no answer; an answer is looked for in the passage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Article, Hit

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_TOKENS = 320
QUESTION_TOKENS = 64
HEADING_TOKENS = 28
BEFORE_TOKENS = 24
BEFORE_CHARS = 160


@dataclass(frozen=True, slots=True)
class ReaderInput:
    """A passage as the reader gets it.

    Attributes:
        heading: Title and date of the article.
        before: The end of what stands before the passage in its article; may be empty.
        text: The passage.
        sentences: (start, end) of each sentence, relative to ``text``; in order.
        start: Where the passage begins in its article's text.
    """

    heading: str
    before: str
    text: str
    sentences: tuple[tuple[int, int], ...]
    start: int = 0


@dataclass(frozen=True, slots=True)
class Encoded:
    """Token ids of one question and passage.

    Attributes:
        ids: Of all tokens, special ones included.
        first: Position of the passage's first token; everything before it is of segment 0 up
            to the first separator, of segment 1 after it.
        second_segment: Position at which segment 1 begins.
        offsets: (start, end) in the passage's text of each passage token.
    """

    ids: list[int]
    first: int
    second_segment: int
    offsets: list[tuple[int, int]]


def input_of_hit(hit: Hit) -> ReaderInput:
    """Return the reader's input for a retrieved passage."""
    passage = hit.passage
    return make_input(
        hit.article,
        passage.start,
        passage.end,
        [(sentence.start, sentence.end) for sentence in passage.sentences],
    )


def make_input(
    article: Article, start: int, end: int, sentences: Sequence[tuple[int, int]]
) -> ReaderInput:
    """Return the reader's input for a stretch of an article.

    Args:
        article: The article.
        start: Start of the passage in its text.
        end: One past its end.
        sentences: (start, end) of the passage's sentences, in the article's text.
    """
    date = f" {article.published:%d %B %Y}." if article.published else ""
    return ReaderInput(
        heading=f"{article.title}.{date}",
        before=article.text[max(0, start - BEFORE_CHARS) : start],
        text=article.text[start:end],
        sentences=tuple((a - start, b - start) for a, b in sentences),
        start=start,
    )


def encode_question(tokenizer: Tokenizer, question: str) -> list[int]:
    """Return the token ids of a question, cut to 64."""
    ids: list[int] = tokenizer.encode(question, add_special_tokens=False).ids
    return ids[:QUESTION_TOKENS]


def encode_input(tokenizer: Tokenizer, question_ids: Sequence[int], item: ReaderInput) -> Encoded:
    """Return the tokens of a question with one passage; what exceeds 320 tokens is not read.

    Args:
        tokenizer: WordPiece, with ``[CLS]`` and ``[SEP]``, not truncating.
        question_ids: From ``encode_question``.
        item: The passage.
    """
    begin, separator = (_special(tokenizer, token) for token in ("[CLS]", "[SEP]"))
    heading = tokenizer.encode(item.heading, add_special_tokens=False).ids[:HEADING_TOKENS]
    before = tokenizer.encode(item.before, add_special_tokens=False).ids[-BEFORE_TOKENS:]
    ids = [begin, *question_ids, separator]
    second_segment = len(ids)
    ids += [*heading, *before, separator]
    first = len(ids)
    passage = tokenizer.encode(item.text, add_special_tokens=False)
    room = MAX_TOKENS - first - 1
    ids += [*passage.ids[:room], separator]
    return Encoded(ids, first, second_segment, list(passage.offsets[:room]))


def _special(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise ValueError(f"the tokenizer has no {token}")
    return int(number)
