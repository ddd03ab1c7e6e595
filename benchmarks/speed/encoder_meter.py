"""Counts what an encoder computes while something else uses it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from index.encoding.onnx_encoder import MiniLmEmbedder
    from index.types import EncoderInput, PassageVectors


@dataclass
class EncoderMeter:
    """Counts of what has been encoded so far.

    Attributes:
        tokens: Tokens of the texts, special ones included.
        padded_tokens: The same with the padding that makes a batch rectangular.
        operations: Floating-point operations of the transformer's matrix products over
            ``padded_tokens``, including attention; a multiply-add counts as two.
        forward_seconds: Wall time inside the transformer.
        encode_seconds: Wall time inside ``encoding``, with tokenizer and pooling.
    """

    tokens: int = 0
    padded_tokens: int = 0
    operations: int = 0
    forward_seconds: float = 0.0
    encode_seconds: float = 0.0

    def watch(self, model: SentenceTransformer) -> None:
        """Count every pass through a model from now on."""
        transformer: Any = model[0]
        config = transformer.auto_model.config
        layers, hidden = config.num_hidden_layers, config.hidden_size
        inner = config.intermediate_size
        started = 0.0

        def before(_: object, given: tuple[dict[str, Any], ...]) -> None:
            nonlocal started
            started = time.perf_counter()

        def after(_: object, given: tuple[dict[str, Any], ...], __: object) -> None:
            self.forward_seconds += time.perf_counter() - started
            mask = given[0]["attention_mask"]
            texts, length = mask.shape
            self.tokens += int(mask.sum())
            self.padded_tokens += texts * length
            self.operations += texts * count_operations(layers, hidden, inner, length)

        transformer.register_forward_pre_hook(before)
        transformer.register_forward_hook(after)

    def count(self, length: int) -> None:
        """Count a text that the default encoder has read by itself, of some tokens."""
        self.tokens += length
        self.padded_tokens += length
        self.operations += count_operations(6, 384, 1536, length)

    @contextmanager
    def encoding(self) -> Iterator[None]:
        """Measure the time of what is done inside."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.encode_seconds += time.perf_counter() - started

    def to_dict(self) -> dict[str, float]:
        """Return the counts by name."""
        return asdict(self)


def load_metered(meter: EncoderMeter, read: list[EncoderInput] | None = None) -> MiniLmEmbedder:
    """Return the default encoder, whose time a meter counts and whose passages a list collects."""
    from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
    from index.encoding.onnx_encoder import MiniLmEmbedder

    class MeteredEmbedder(MiniLmEmbedder):
        def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
            if read is not None:
                read.extend(inputs)
            with meter.encoding():
                return super().embed_passages(inputs)

    return MeteredEmbedder(find_model_folder(DEFAULT_ENCODER))


def count_operations(layers: int, hidden: int, inner: int, length: int) -> int:
    """Return the floating-point operations of a transformer's pass over one text.

    Args:
        layers: Layers of the encoder.
        hidden: Components of a token.
        inner: Components inside the feed-forward part.
        length: Tokens.
    """
    projections = 4 * 2 * length * hidden * hidden
    feed_forward = 2 * 2 * length * hidden * inner
    attention = 2 * 2 * length * length * hidden
    return layers * (projections + feed_forward + attention)
