"""The evidence reader: question and passage in, where and whether it answers out.

    [CLS] question [SEP] title, date … what stands before the passage [SEP] passage [SEP]

The context in the middle is read but holds no answer; an answer is looked for in the passage.

Retrieval compares a question with passages that were encoded long before it was asked. A reader
reads the two together. The one that is shipped is smaller than the encoder and runs in ONNX
Runtime; ``docs/model_card.md`` says what it was made from. Without it everything works, on
vectors and words alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.types import Article, FloatMatrix, Hit
from rag.evidence.readings import (
    UNREAD,
    PassageReading,
    Reader,
    SentenceReading,
    best_span,
)

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers
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


DEFAULT_READER = "default"
NO_READER = "none"
READER_FOLDER = Path(__file__).parent / "reader_model"
MODEL_FILE = "reader.onnx"
TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "reader.json"
FORMAT = 1
ROWS_PER_RUN = 5

_log = logging.getLogger("onrecord")


@dataclass(frozen=True)
class EvidenceReader:
    """The shipped reader, or another export of ``training.export``.

    Attributes:
        folder: Holds the graph, its tokenizer and its card.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Return the name that chooses it in the settings."""
        return DEFAULT_READER

    @property
    def is_calibrated(self) -> bool:
        """Return True: ``rag/evidence/weights.json`` was fitted on it."""
        return True

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Waiting threads that spin take the processor from whoever else is asking.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(
            str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return tokenizer

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Return what is found in each passage; see ``Reader``."""
        return self.read_inputs(question, [input_of_hit(hit) for hit in hits])

    def read_inputs(
        self, question: str, items: Sequence[ReaderInput]
    ) -> tuple[PassageReading, ...]:
        """Read passages, in runs of similar length; see ``read``."""
        question_ids = encode_question(self._tokenizer, question)
        encoded = [encode_input(self._tokenizer, question_ids, item) for item in items]
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        found: list[PassageReading | None] = [None] * len(encoded)
        for at in range(0, len(order), ROWS_PER_RUN):
            rows = order[at : at + ROWS_PER_RUN]
            tokens, here = self._run([encoded[i] for i in rows])
            for row, i in enumerate(rows):
                first = encoded[i].first
                scores = tokens[row, first : first + len(encoded[i].offsets)]
                found[i] = PassageReading(
                    here=float(here[row]),
                    sentences=_read_sentences(items[i], encoded[i].offsets, scores),
                )
        return tuple(reading for reading in found if reading is not None)

    def _run(self, encoded: Sequence[Encoded]) -> tuple[npt.NDArray[np.float32], FloatMatrix]:
        """Return token scores, shape (n, length, 3), and passage scores, shape (n,)."""
        shape = (len(encoded), max(len(item.ids) for item in encoded))
        names = ("input_ids", "token_type_ids", "attention_mask", "passage_mask")
        inputs = {name: np.zeros(shape, dtype=np.int64) for name in names}
        for row, item in enumerate(encoded):
            size = len(item.ids)
            inputs["input_ids"][row, :size] = item.ids
            inputs["token_type_ids"][row, item.second_segment : size] = 1
            inputs["attention_mask"][row, :size] = 1
            inputs["passage_mask"][row, item.first : item.first + len(item.offsets)] = 1
        tokens, here = self._session.run(["tokens", "here"], inputs)
        return np.asarray(tokens, np.float32), np.asarray(here, np.float32)


def _read_sentences(
    item: ReaderInput,
    offsets: Sequence[tuple[int, int]],
    scores: FloatMatrix,
) -> tuple[SentenceReading, ...]:
    """Return the readings of a passage's sentences.

    Args:
        item: The passage.
        offsets: (start, end) of each token that was read, in the passage's text.
        scores: Start, end and evidence score of each, shape (n_tokens, 3).
    """
    begins = np.array([a for a, _ in offsets], dtype=np.int64)
    stops = np.array([b for _, b in offsets], dtype=np.int64)
    found: list[SentenceReading] = []
    for start, end in item.sentences:
        inside = np.flatnonzero((begins < end) & (start < stops))
        if not len(inside):
            at = item.start + start
            found.append(SentenceReading(UNREAD, UNREAD, at, at))
            continue
        own = scores[inside]
        first, last, best = best_span(own[:, 0], own[:, 1])
        found.append(
            SentenceReading(
                evidence=float(own[:, 2].mean()),
                span=best,
                start=item.start + max(start, int(begins[inside[first]])),
                end=item.start + min(end, int(stops[inside[last]])),
            )
        )
    return tuple(found)


def load_reader(name: str = DEFAULT_READER) -> Reader | None:
    """Return a reader by name.

    Args:
        name: ``default`` for the shipped one; ``none``; or the hub name or path of a
            cross-encoder or question-answering model, which is downloaded if need be.

    Returns:
        The reader; None for ``none``, and, with one warning line, where the shipped one is missing
        or damaged.

    Raises:
        ReaderError: If the named model cannot be loaded.
    """
    if name == NO_READER:
        return None
    if name == DEFAULT_READER:
        return _load_shipped()
    from rag.evidence.reader_models import load_named_reader

    return load_named_reader(name)


@lru_cache(maxsize=1)
def _load_shipped() -> EvidenceReader | None:
    try:
        return open_reader(READER_FOLDER)
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        _log.warning(
            "the evidence reader is unusable (%s), so sentences are chosen without it;"
            " reinstall onrecord, or set ONRECORD_READER=none",
            error,
        )
        return None


def open_reader(folder: Path) -> EvidenceReader:
    """Return the reader in a folder after comparing its files with their card.

    Raises:
        OSError: If a file is missing or cannot be read.
        ValueError: If a file is not the one that the card names.
    """
    card: dict[str, Any] = json.loads((folder / CARD_FILE).read_text("utf-8"))
    if card["format"] != FORMAT:
        raise ValueError(f"{CARD_FILE} has format {card['format']!r}, not {FORMAT}")
    for file in (MODEL_FILE, TOKENIZER_FILE):
        with (folder / file).open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != card["sha256"][file]:
            raise ValueError(f"{file} does not match its checksum")
    return EvidenceReader(folder)
