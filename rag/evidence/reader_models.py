"""Other readers: cross-encoders and question-answering models, by hub name or folder.

A cross-encoder scores question and text as one; it is given every passage, and the sentences of
the best ones. A question-answering model marks words; how far its best words are above its "no
answer" scores the passage. Neither is calibrated here: their scores order passages and sentences,
and the refusal probability is that without a reader.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.encoding.model_info import find_model_folder, forbid_downloads
from index.errors import EncoderError
from index.types import Hit
from rag.errors import ReaderError
from rag.evidence.readings import UNREAD, PassageReading, SentenceReading, best_span

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

SENTENCES_OF_PASSAGES = 5
"""Passages of which a cross-encoder is given every sentence."""
MAX_TOKENS = 384
BATCH = 8


def load_named_reader(name: str) -> CrossEncoderReader | AnsweringReader:
    """Return the reader in a folder, or under a hub name that is on this machine.

    Raises:
        ReaderError: If there is no such model, or it is of neither kind.
    """
    try:
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
    if any(kind.endswith("ForQuestionAnswering") for kind in kinds):
        return AnsweringReader(name, folder)
    if any(kind.endswith("ForSequenceClassification") for kind in kinds):
        return CrossEncoderReader(name, folder)
    raise ReaderError(
        f"reader '{name}' is neither a cross-encoder nor a question-answering model;"
        " choose another with ONRECORD_READER"
    )


class CrossEncoderReader:
    """A cross-encoder of sentence-transformers.

    Args:
        name: What the user calls it.
        folder: The model's folder.
    """

    is_calibrated = False

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    @cached_property
    def _model(self) -> CrossEncoder:
        forbid_downloads()
        from sentence_transformers import CrossEncoder

        try:
            model: CrossEncoder = CrossEncoder(
                str(self._folder),
                device="cpu",
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


class AnsweringReader:
    """A question-answering model of transformers.

    Args:
        name: What the user calls it.
        folder: The model's folder.
    """

    is_calibrated = False

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._folder = folder

    @cached_property
    def _parts(self) -> tuple[Any, Any]:
        """The tokenizer and the model."""
        forbid_downloads()
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

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
        return tokenizer, model.eval()

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
                max_length=MAX_TOKENS,
                padding=True,
                return_offsets_mapping=True,
                return_tensors="pt",
            )
            offsets = encoded.pop("offset_mapping").numpy()
            with torch.inference_mode():
                output = model(**encoded)
            starts, ends = output.start_logits.float().numpy(), output.end_logits.float().numpy()
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
    """Return the best words of each sentence, scored by how far they are above ``nowhere``."""
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
