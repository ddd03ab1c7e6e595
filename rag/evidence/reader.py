"""The evidence reader: whether a passage answers a question, and where.

    [CLS] question [SEP] title, date … text before the passage [SEP] passage [SEP]

The context in the middle is read, but the answer is only looked for in the passage.

Retrieval compares a question with passages encoded long before it was asked; a reader reads the
two together. The shipped one is smaller than the encoder and runs in ONNX Runtime;
``docs/model_card.md`` says what it was made from. Without it everything still works, on vectors
and words alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.encoding.model_info import find_model_folder, forbid_downloads
from index.errors import EncoderError
from index.types import Article, FloatMatrix, Hit
from rag.errors import ReaderError

if TYPE_CHECKING:
    import onnxruntime
    from sentence_transformers import CrossEncoder
    from tokenizers import Tokenizer


UNREAD = -1e9
"""Score of a sentence with no token read; below every score that a reader gives."""


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What a reader finds in one sentence.

    Attributes:
        evidence: How surely the sentence answers; higher is better, comparable within a question.
        span: How surely the words from ``start`` to ``end`` are the answer, likewise.
        start: First code point, in the article's text, of its best answering words.
        end: One past the last; ``start == end`` if no words were marked.
    """

    evidence: float
    span: float
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassageReading:
    """What a reader finds in one passage.

    Attributes:
        here: How surely the passage answers; comparable within a question and, for a calibrated
            reader, log-odds that mean the same for every question.
        sentences: One entry per sentence of the passage, in its order.
        answers: How surely the passage, if it is a single sentence, would do as the answer:
            log-odds. Only the shipped reader tells this; 0 elsewhere.
    """

    here: float
    sentences: tuple[SentenceReading, ...]
    answers: float = 0.0


@runtime_checkable
class Reader(Protocol):
    """Reads retrieved passages for a question."""

    @property
    def name(self) -> str:
        """Return what the user calls it."""
        ...

    @property
    def is_calibrated(self) -> bool:
        """Return whether the fitted weights were fitted on its own scores."""
        ...

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Return what is found in each passage, in the order of the hits.

        Args:
            question: Standalone, not blank.
            hits: Retrieved passages; may be empty.
        """
        ...


LONGEST_ANSWER_TOKENS = 40


def best_span(
    starts: npt.NDArray[np.float32], ends: npt.NDArray[np.float32]
) -> tuple[int, int, float]:
    """Return the first and last token of the best span, and its score.

    Args:
        starts: Score of each token as the first of an answer, shape (n_tokens,), n at least 1.
        ends: Score of each as the last.

    Returns:
        Positions with ``first <= last < first + 40``, and the sum of their two scores.
    """
    sums = starts[:, None] + ends[None, :]
    n = len(starts)
    places = np.arange(n)
    lengths = places[None, :] - places[:, None]
    sums = np.where((lengths >= 0) & (lengths < LONGEST_ANSWER_TOKENS), sums, -np.inf)
    first, last = divmod(int(np.argmax(sums)), n)
    return first, last, float(sums[first, last])


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
        before: The end of the text before the passage in its article; may be empty.
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
        ids: Ids of all tokens, including special ones.
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
FORMAT = 2
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
        forbid_downloads()
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Spinning threads would take the processor from other questions.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(
            str(self.folder / MODEL_FILE), options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tidying(self) -> onnxruntime.RunOptions:
        forbid_downloads()
        import onnxruntime

        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        return options

    @cached_property
    def _tokenizer(self) -> Tokenizer:
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
        """Read passages in batches of similar length; see ``read``."""
        question_ids = encode_question(self._tokenizer, question)
        encoded = [encode_input(self._tokenizer, question_ids, item) for item in items]
        order = sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids))
        found: list[PassageReading | None] = [None] * len(encoded)
        for at in range(0, len(order), ROWS_PER_RUN):
            rows = order[at : at + ROWS_PER_RUN]
            # What the largest batches took would be kept for good.
            tidying = self._tidying if at + ROWS_PER_RUN >= len(order) else None
            tokens, here, answers = self._run([encoded[i] for i in rows], tidying)
            for row, i in enumerate(rows):
                first = encoded[i].first
                scores = tokens[row, first : first + len(encoded[i].offsets)]
                found[i] = PassageReading(
                    here=float(here[row]),
                    sentences=_read_sentences(items[i], encoded[i].offsets, scores),
                    answers=float(answers[row]),
                )
        return tuple(reading for reading in found if reading is not None)

    def _run(
        self, encoded: Sequence[Encoded], options: onnxruntime.RunOptions | None
    ) -> tuple[npt.NDArray[np.float32], ...]:
        """Return token scores, shape (n, length, 3), and the two of passages, shape (n,)."""
        shape = (len(encoded), max(len(item.ids) for item in encoded))
        names = ("input_ids", "token_type_ids", "attention_mask", "passage_mask")
        inputs = {name: np.zeros(shape, dtype=np.int64) for name in names}
        for row, item in enumerate(encoded):
            size = len(item.ids)
            inputs["input_ids"][row, :size] = item.ids
            inputs["token_type_ids"][row, item.second_segment : size] = 1
            inputs["attention_mask"][row, :size] = 1
            inputs["passage_mask"][row, item.first : item.first + len(item.offsets)] = 1
        scores = self._session.run(["tokens", "here", "answers"], inputs, options)
        return tuple(np.asarray(score, np.float32) for score in scores)


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


def load_reader(
    name: str = DEFAULT_READER, *, shipped: Path = READER_FOLDER, device: str = "auto"
) -> Reader | None:
    """Return a reader by name.

    Args:
        name: ``default`` for the shipped one; ``none``; or the hub name or path of a
            cross-encoder or question-answering model, which is downloaded if need be.
        shipped: Folder of the shipped one, which is loaded once per process and reads on the
            processor.
        device: What a named one reads on; see ``load_embedder``.

    Returns:
        The reader; None for ``none``, and, with one warning line, if the shipped one is missing
        or damaged.

    Raises:
        ReaderError: If the named model cannot be loaded.
    """
    if name == NO_READER:
        return None
    if name == DEFAULT_READER:
        return _load_shipped(shipped)
    return load_named_reader(name, device)


@lru_cache(maxsize=1)
def _load_shipped(folder: Path) -> EvidenceReader | None:
    try:
        return open_reader(folder)
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


SENTENCES_OF_PASSAGES = 5
"""How many passages a cross-encoder scores sentence by sentence."""
ANSWERING_TOKENS = 384
BATCH = 8


class _NamedReader:
    """A model that the user names, in a folder."""

    is_calibrated = False

    def __init__(self, name: str, folder: Path, device: str) -> None:
        self.name = name
        self._folder = folder
        self._device = device


class CrossEncoderReader(_NamedReader):
    """A cross-encoder of sentence-transformers."""

    @cached_property
    def _model(self) -> CrossEncoder:
        forbid_downloads()
        from sentence_transformers import CrossEncoder

        from index.encoding.device import choose_way

        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder),
                device=choose_way(self._device).device,
                local_files_only=True,
                num_labels=1,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:  # a damaged folder raises whatever its parsers meet
            raise _not_loaded(self.name, error) from error
        return model

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Score passages, then the sentences of the best ones; see ``Reader``."""
        here = self._score(question, [f"{h.article.title}. {h.passage.text}" for h in hits])
        best = np.argsort(-here, kind="stable")[:SENTENCES_OF_PASSAGES].tolist()
        texts = [sentence.text for i in best for sentence in hits[i].passage.sentences]
        scores = iter(self._score(question, texts).tolist())
        read = {i: [next(scores) for _ in hits[i].passage.sentences] for i in best}
        return tuple(
            PassageReading(
                float(here[i]),
                tuple(
                    SentenceReading(score, score, sentence.start, sentence.start)
                    for sentence, score in zip(
                        hit.passage.sentences,
                        read.get(i, [UNREAD] * len(hit.passage.sentences)),
                        strict=True,
                    )
                ),
            )
            for i, hit in enumerate(hits)
        )

    def _score(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if not texts:
            return np.zeros(0, dtype=np.float32)
        from torch.nn import Identity

        scores = self._model.predict(
            [(question, text) for text in texts],
            batch_size=BATCH,
            show_progress_bar=False,
            activation_fn=Identity(),
        )
        return np.asarray(scores, dtype=np.float32).reshape(-1)


class AnsweringReader(_NamedReader):
    """A question-answering model of transformers."""

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        """The tokenizer and the model."""
        forbid_downloads()
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        from index.encoding.device import choose_way

        try:
            tokenizer = AutoTokenizer.from_pretrained(str(self._folder), local_files_only=True)
            model = AutoModelForQuestionAnswering.from_pretrained(
                str(self._folder), local_files_only=True, use_safetensors=True
            )
        except Exception as error:  # a damaged folder raises whatever its parsers meet
            raise _not_loaded(self.name, error) from error
        if not tokenizer.is_fast:
            raise ReaderError(
                f"reader '{self.name}' does not tell where its tokens stand in a text;"
                " choose another with ONRECORD_READER"
            )
        return tokenizer, model.eval().to(choose_way(self._device).device)

    def read(self, question: str, hits: Sequence[Hit]) -> tuple[PassageReading, ...]:
        """Mark the best words of each sentence; see ``Reader``."""
        import torch

        tokenizer, model = self._parts
        found: list[PassageReading] = []
        for at in range(0, len(hits), BATCH):
            batch = hits[at : at + BATCH]
            encoded = tokenizer(
                [question] * len(batch),
                [hit.passage.text for hit in batch],
                truncation="only_second",
                max_length=ANSWERING_TOKENS,
                padding=True,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            offsets = encoded.pop("offset_mapping").numpy()
            with torch.inference_mode():
                output = model(**encoded.to(model.device))
            starts = output.start_logits.float().cpu().numpy()
            ends = output.end_logits.float().cpu().numpy()
            for row, hit in enumerate(batch):
                inside = np.array([part == 1 for part in encoded.sequence_ids(row)])
                nowhere = float(starts[row, 0] + ends[row, 0])
                found.append(
                    _read_passage(hit, offsets[row], inside, starts[row], ends[row], nowhere)
                )
        return tuple(found)


def _read_passage(
    hit: Hit,
    offsets: npt.NDArray[np.int64],
    inside: npt.NDArray[np.bool_],
    starts: npt.NDArray[np.float32],
    ends: npt.NDArray[np.float32],
    nowhere: float,
) -> PassageReading:
    """Return the best words of each sentence, scored by their margin over ``nowhere``."""
    origin = hit.passage.start
    sentences: list[SentenceReading] = []
    for sentence in hit.passage.sentences:
        own = np.flatnonzero(
            inside
            & (offsets[:, 0] < sentence.end - origin)
            & (offsets[:, 1] > sentence.start - origin)
        )
        if not len(own):
            sentences.append(SentenceReading(UNREAD, UNREAD, sentence.start, sentence.start))
            continue
        first, last, score = best_span(starts[own], ends[own])
        sentences.append(
            SentenceReading(
                score - nowhere,
                score - nowhere,
                max(sentence.start, origin + int(offsets[own[first], 0])),
                min(sentence.end, origin + int(offsets[own[last], 1])),
            )
        )
    return PassageReading(max(s.evidence for s in sentences), tuple(sentences))


def _not_loaded(name: str, error: Exception) -> ReaderError:
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return ReaderError(
        f"reader '{name}' cannot be loaded ({reason}); choose another with ONRECORD_READER"
    )


READERS: Mapping[str, Callable[[str, Path, str], Reader]] = {
    "ForQuestionAnswering": AnsweringReader,
    "ForSequenceClassification": CrossEncoderReader,
}
"""How the name of an architecture ends -> what reads with it, from name, folder and device."""


def load_named_reader(name: str, device: str = "auto") -> Reader:
    """Return the reader in a folder, or under a hub name that is on this machine.

    Raises:
        ReaderError: If there is no such model, or it is of neither kind, or the device is missing.
    """
    from index.encoding.device import check_device

    try:
        check_device(device)
        folder = find_model_folder(name)
    except EncoderError as error:
        raise ReaderError(str(error).replace("encoder", "reader", 1)) from error
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        kinds = [str(kind) for kind in config.get("architectures") or ()]
    except (OSError, ValueError, AttributeError) as error:
        raise ReaderError(
            f"reader '{name}' has no readable config.json; choose another with ONRECORD_READER"
        ) from error
    for ending, make_reader in READERS.items():
        if any(kind.endswith(ending) for kind in kinds):
            return make_reader(name, folder, device)
    raise ReaderError(
        f"reader '{name}' is neither a cross-encoder nor a question-answering model;"
        " choose another with ONRECORD_READER"
    )
