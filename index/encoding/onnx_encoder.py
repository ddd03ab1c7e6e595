"""Encoders in ONNX Runtime, without torch: how a graph is run, and the default encoder.

The default encoder's graph is shipped (18 kB, see ``index.encoding.minilm_graph``), and its weights
are read where their package has put them; so a library keeps neither, and none has to be exported.
Texts are read one by one, which is as fast as in batches: a passage's vector never depends on
others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from index.encoding.model_info import (
    DEFAULT_ENCODER,
    DEFAULT_ENCODER_SHA256,
    check_default_encoder,
    forbid_downloads,
)
from index.encoding.windows import (
    Window,
    plan_windows,
    pool_pieces,
    prefix_title,
    to_unit_rows,
    unite_windows,
)
from index.types import (
    EncoderIdentity,
    EncoderInput,
    FloatMatrix,
    FloatVector,
    PassageVectors,
    TokenVectors,
)

if TYPE_CHECKING:
    import onnxruntime
    import tokenizers

GRAPH_FILE = "graph.onnx"
TOKENIZER_FILE = "tokenizer.json"
SPECIAL_TOKENS = 2
"""Of a text: one before it and one after it."""


@dataclass(frozen=True)
class EncoderGraph:
    """An encoder's graph, which reads one text at a time.

    Attributes:
        folder: Holds the graph, its tokenizer and its card.
        identity: The encoder whose weights it carries.
        max_tokens: Tokens it reads, special ones included; the rest of a question is cut off.
        prompt: Put in front of every question; passages have one of their own.
    """

    folder: Path
    identity: EncoderIdentity
    max_tokens: int
    prompt: str

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        forbid_downloads()
        import onnxruntime

        return onnxruntime.InferenceSession(
            str(self.folder / GRAPH_FILE), session_options(), providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _tokenizer(self) -> tokenizers.Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / TOKENIZER_FILE))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self.max_tokens)
        return tokenizer

    def load(self) -> None:
        """Load the model and its tokenizer; the folder is not read again."""
        _ = self._session, self._tokenizer

    def embed(self, text: str) -> FloatVector:
        """Return a question's vector: float32, shape (dim,), unit length."""
        (vector,) = self._run(("vector",), self._tokenizer.encode(self.prompt + text))
        return vector / np.float32(np.linalg.norm(vector) or 1.0)

    @property
    def gives_tokens(self) -> bool:
        """Whether it gives a vector for each token; a graph of an earlier export does not."""
        return any(output.name == "tokens" for output in self._session.get_outputs())

    def token_starts(self, text: str) -> list[int]:
        """Return the first code point of each token of a text, however long it is."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        parts = [encoded, *encoded.overflowing]
        return [start for part in parts for start, _ in part.offsets]

    def embed_tokens(self, text: str) -> TokenVectors:
        """Return the vectors of the tokens of a text.

        Raises:
            ValueError: If ``gives_tokens`` is false.
        """
        return self.read(text)[0]

    def read(self, text: str) -> tuple[TokenVectors, FloatVector]:
        """Return the vectors of the tokens of a text, and the text's own, which is not normalised.

        Raises:
            ValueError: If ``gives_tokens`` is false.
        """
        if not self.gives_tokens:
            raise ValueError("this graph was exported without tokens")
        encoded = self._tokenizer.encode(text)
        spans = np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2)
        real = spans[:, 1] > spans[:, 0]
        tokens, vector = self._run(("tokens", "vector"), encoded)
        return TokenVectors(spans[real], tokens[real]), vector

    def embed_passages(
        self, inputs: Sequence[EncoderInput], *, prompt: str = ""
    ) -> list[PassageVectors]:
        """Encode passages and their sentences, text by text; see ``Embedder``.

        Args:
            inputs: Passages.
            prompt: Put in front of each.

        Raises:
            ValueError: If ``gives_tokens`` is false.
        """
        prefixes = [prompt + prefix_title(item.title) for item in inputs]
        texts = [prefix + item.text for prefix, item in zip(prefixes, inputs, strict=True)]
        starts = [self.token_starts(text) for text in texts]
        windows = plan_windows(inputs, prefixes, starts, self.max_tokens - SPECIAL_TOKENS)
        passages, sentences = unite_windows(inputs, self._read(windows), self.identity.dim)
        return [
            PassageVectors(vector, to_unit_rows(rows))
            for vector, rows in zip(to_unit_rows(passages), sentences, strict=True)
        ]

    def _read(self, windows: list[Window]) -> Iterator[tuple[Window, FloatVector, FloatMatrix]]:
        for window in windows:
            found, vector = self.read(window.text)
            yield window, vector, pool_pieces(window, found.spans, found.vectors)

    def _run(
        self, outputs: Sequence[str], encoded: tokenizers.Encoding
    ) -> list[npt.NDArray[np.float32]]:
        found = self._session.run(
            outputs,
            {
                "input_ids": np.array([encoded.ids], dtype=np.int64),
                "attention_mask": np.array([encoded.attention_mask], dtype=np.int64),
            },
        )
        return [np.asarray(rows[0], dtype=np.float32) for rows in found]


def session_options() -> onnxruntime.SessionOptions:
    """Return how a graph is run."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # A waiting thread that spins would take the processor from the search that follows.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


GRAPH = Path(__file__).with_name("minilm.onnx")
IDENTITY = EncoderIdentity(DEFAULT_ENCODER, DEFAULT_ENCODER_SHA256, 384)
MAX_TOKENS = 256
EmbedPassages: TypeAlias = "Callable[[Sequence[EncoderInput]], list[PassageVectors]]"
MANY_PASSAGES = 256
"""So many at once pay for importing torch, which takes seconds."""

_WEIGHTS_FILE = "model.safetensors"


@dataclass(frozen=True)
class _ShippedGraph(EncoderGraph):
    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        forbid_downloads()
        import onnxruntime

        options = session_options()
        options.intra_op_num_threads = 1  # threads read a text each, which is less waiting
        tensors = read_tensors(self.folder)
        options.add_external_initializers(
            list(tensors),
            [onnxruntime.OrtValue.ortvalue_from_numpy(values) for values in tensors.values()],
        )
        return onnxruntime.InferenceSession(
            GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def _read(self, windows: list[Window]) -> Iterator[tuple[Window, FloatVector, FloatMatrix]]:
        self.load()  # once, and not in each thread
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            texts = [window.text for window in windows]
            for window, (found, vector) in zip(windows, pool.map(self.read, texts), strict=True):
                yield window, vector, pool_pieces(window, found.spans, found.vectors)


class MiniLmEmbedder:
    """all-MiniLM-L6-v2 in ONNX Runtime; knows English.

    Many passages at once go through the same weights in torch where that is quicker; the vectors
    are comparable.

    Args:
        folder: The published model.
        accelerate: Returns what many passages go through, and None where the graph is as quick.
    """

    def __init__(
        self, folder: Path, *, accelerate: Callable[[], EmbedPassages | None] = lambda: None
    ) -> None:
        self._folder = folder
        self._accelerate = accelerate

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Return which encoder it is.

        Raises:
            EncoderError: If the files are missing, or not the published ones.
        """
        check_default_encoder(self._folder)
        return IDENTITY

    @cached_property
    def _graph(self) -> EncoderGraph:
        return _ShippedGraph(self._folder, self.identity, MAX_TOKENS, prompt="")

    def embed_query(self, text: str) -> FloatVector:
        """Encode a question; see ``Embedder``."""
        return self._graph.embed(text)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token; see ``TokenEmbedder``."""
        return [self._graph.embed_tokens(text) for text in texts]

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode passages and their sentences; see ``Embedder``."""
        if len(inputs) < MANY_PASSAGES or self._accelerated is None:
            return self._graph.embed_passages(inputs)
        return self._accelerated(inputs)

    @cached_property
    def _accelerated(self) -> EmbedPassages | None:
        return self._accelerate()


def read_tensors(folder: Path) -> dict[str, FloatMatrix]:
    """Return the weights in a model's folder, float32 by name; they stay on the disk until used."""
    data = np.memmap(folder / _WEIGHTS_FILE, dtype=np.uint8, mode="r")
    first = 8 + int(data[:8].view("<u8")[0])
    head = json.loads(data[8:first].tobytes())
    found = {}
    for name, tensor in head.items():
        if tensor.get("dtype") == "F32" and not name.startswith("pooler."):  # vectors are means
            start, end = tensor["data_offsets"]
            found[name] = data[first + start : first + end].view("<f4").reshape(tensor["shape"])
    return found
