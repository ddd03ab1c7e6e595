"""Encoders of sentence-transformers.

Articles are encoded by the model itself; questions by the same weights through the exported graph
of ``index.encoding.question_graph``, if there is one, because importing sentence-transformers
takes seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from index.encoding.device import Way, check_device, choose_way, to_device_error
from index.encoding.model_info import (
    DEFAULT_ENCODER,
    DEFAULT_ENCODER_SHA256,
    check_default_encoder,
    digest_weights,
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
from index.errors import EncoderError
from index.types import (
    EncoderIdentity,
    EncoderInput,
    FloatMatrix,
    FloatVector,
    PassageVectors,
    TokenVectors,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from index.encoding.onnx_encoder import EncoderGraph

BATCH_TOKENS = 4096
ACCELERATED_TOKENS = 65_536
BATCH_TEXTS = 16
FALLBACK_TOKENS = 512


class SentenceTransformerEmbedder:
    """A sentence-transformers model, loaded when first needed.

    Args:
        name: What the user calls it; part of the identity.
        folder: The model's folder, with ``modules.json`` and safetensors weights.
        graph_folder: Where to look for the exported question graph; None for nowhere.
        device: What articles are encoded on; see ``index.encoding.device``.

    Raises:
        EncoderError: If the device is unknown or missing.
    """

    def __init__(
        self, name: str, folder: Path, *, graph_folder: Path | None = None, device: str = "cpu"
    ) -> None:
        check_device(device)
        self._name = name
        self._folder = folder
        self._graph_folder = graph_folder
        self._device = device

    @cached_property
    def _way(self) -> Way:
        return choose_way(self._device)

    @cached_property
    def identity(self) -> EncoderIdentity:
        """Return the name, the digest of the weights and the dimension.

        Raises:
            EncoderError: If the weights are missing, not the published ones, or cannot be loaded.
        """
        if self._graph is not None:
            return self._graph.identity
        return EncoderIdentity(self._name, self._revision, self._dim)

    @cached_property
    def _graph(self) -> EncoderGraph | None:
        if self._graph_folder is None:
            return None
        from index.encoding.question_graph import load_graph

        graph = load_graph(self._graph_folder, name=self._name)
        # The weights may have been replaced in their folder since the export.
        return graph if graph is not None and graph.identity.revision == self._revision else None

    @property
    def model_folder(self) -> Path:
        """Return where the model's files are."""
        return self._folder

    def export_graph(self) -> bool:
        """Put the question graph into the graph folder, and use it from now on.

        Returns:
            Whether there is a graph now; a model that cannot be exported has none.

        Raises:
            OSError: If the folder cannot be written.
            ValueError: If the embedder was made without a graph folder.
        """
        from index.encoding.question_graph import export_graph

        if self._graph_folder is None:
            raise ValueError("no graph folder was given")
        plain = self
        if self._way != Way():  # a graph is read by the processor, in float32
            plain = SentenceTransformerEmbedder(self._name, self._folder)
        graph = export_graph(plain, self._graph_folder)
        self.__dict__["_graph"] = graph
        return graph is not None

    @cached_property
    def _dim(self) -> int:
        dim = self.model.get_embedding_dimension()
        if dim is None:
            raise EncoderError(
                f"encoder '{self._name}' does not state its dimension; choose another"
            )
        return dim

    @cached_property
    def model(self) -> SentenceTransformer:
        """Return the loaded model.

        Raises:
            EncoderError: If it cannot be loaded or is not what it claims to be.
        """
        revision = self._revision  # checked before anything in the folder is parsed
        forbid_downloads()
        from sentence_transformers import SentenceTransformer

        try:
            model = SentenceTransformer(
                str(self._folder),
                device=self._way.device,
                local_files_only=True,
                model_kwargs={"use_safetensors": True, "dtype": self._way.dtype},
            ).eval()
        except Exception as error:  # the parsers of a damaged folder may raise anything
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise EncoderError(
                f"encoder {self._name}@{revision[:12]} cannot be loaded ({reason});"
                " choose another with --encoder"
            ) from error
        kind = type(model[0]).__name__
        if kind != "Transformer" or not getattr(model.tokenizer, "is_fast", False):
            raise EncoderError(
                f"encoder '{self._name}' is a {kind} that does not tell where its tokens stand in a"
                " text; choose another with --encoder"
            )
        return model

    @cached_property
    def _revision(self) -> str:
        if self._name == DEFAULT_ENCODER:
            check_default_encoder(self._folder)
            return DEFAULT_ENCODER_SHA256
        return digest_weights(self._folder)

    @cached_property
    def _pools_tokens(self) -> bool:
        """Whether a mean over some tokens lies in the same space as the passage vector."""
        kinds = [type(module).__name__ for module in self.model]
        if kinds[1:] not in (["Pooling"], ["Pooling", "Normalize"]):
            return False
        return str(getattr(self.model[1], "pooling_mode", "")) == "mean"

    @cached_property
    def _passage_prompt(self) -> str:
        prompts = self.model.prompts or {}
        return str(prompts.get("document") or prompts.get("passage") or "")

    def embed_query(self, text: str) -> FloatVector:
        """Encode a question, through the exported graph if there is one; see ``Embedder``."""
        if self._graph is not None:
            return self._graph.embed(text)
        return self.embed_query_by_model(text)

    def embed_query_by_model(self, text: str) -> FloatVector:
        """Encode a question through sentence-transformers itself."""
        vector = self.model.encode_query(text, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vector, dtype=np.float32)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token, by the exported graph if it can; see ``TokenEmbedder``."""
        if self._graph is not None and self._graph.gives_tokens:
            return [self._graph.embed_tokens(text) for text in texts]
        return self.embed_tokens_by_model(texts)

    def embed_tokens_by_model(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token through sentence-transformers itself."""
        found: list[TokenVectors | None] = [None] * len(texts)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        for first in range(0, len(order), BATCH_TEXTS):
            places = order[first : first + BATCH_TEXTS]
            offsets, tokens, _ = self._run([texts[place] for place in places])
            for row, place in enumerate(places):
                real = offsets[row, :, 1] > offsets[row, :, 0]
                spans = offsets[row][real].astype(np.int64)
                found[place] = TokenVectors(spans, tokens[row][real])
        return [vectors for vectors in found if vectors is not None]

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode passages and their sentences; see ``Embedder``.

        A passage longer than the model reads is encoded in windows of whole sentences, so that
        none of it is dropped. Sentences get the mean of their tokens if the model pools by the
        mean, and a pass of their own if it does not.
        """
        read = self._encode(self._plan_windows(inputs))
        passages, sentences = unite_windows(inputs, read, self._dim)
        if not self._pools_tokens:
            self._encode_sentences_apart(inputs, sentences)
        return [
            PassageVectors(vector, to_unit_rows(rows))
            for vector, rows in zip(to_unit_rows(passages), sentences, strict=True)
        ]

    def _plan_windows(self, inputs: Sequence[EncoderInput]) -> list[Window]:
        if not inputs:
            return []
        prefixes = [self._passage_prompt + prefix_title(item.title) for item in inputs]
        texts = [prefix + item.text for prefix, item in zip(prefixes, inputs, strict=True)]
        return plan_windows(inputs, prefixes, self._token_starts(texts), self._max_tokens)

    @cached_property
    def _max_tokens(self) -> int:
        """How many tokens the model reads at once, not counting special ones."""
        limit = min(self.model.max_seq_length or FALLBACK_TOKENS, BATCH_TOKENS)
        return int(limit) - int(self.model.tokenizer.num_special_tokens_to_add())

    def _token_starts(self, texts: list[str]) -> list[list[int]]:
        encoded = self.model.tokenizer(
            texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False
        )
        return [[start for start, _ in offsets] for offsets in encoded["offset_mapping"]]

    def _encode(self, windows: list[Window]) -> Iterator[tuple[Window, FloatVector, FloatMatrix]]:
        order = sorted(range(len(windows)), key=lambda i: -windows[i].n_tokens)
        position = 0
        while position < len(order):
            most = BATCH_TOKENS if self._way.device == "cpu" else ACCELERATED_TOKENS
            size = max(1, most // max(1, windows[order[position]].n_tokens))
            batch = [windows[i] for i in order[position : position + size]]
            position += size
            offsets, tokens, pooled = self._run([window.text for window in batch])
            for row, window in enumerate(batch):
                pieces = pool_pieces(window, offsets[row], tokens[row])
                yield window, pooled[row], pieces if self._pools_tokens else pieces[:0]

    def _run(self, texts: list[str]) -> tuple[npt.NDArray[np.int64], FloatMatrix, FloatMatrix]:
        """Run a batch through the model, each text cut off where the model stops reading.

        Returns:
            Token spans, int64, shape (n_texts, n_tokens, 2), empty for special tokens; token
            vectors, float32, shape (n_texts, n_tokens, dim); and the texts' vectors, float32,
            shape (n_texts, dim), not normalised.
        """
        import torch

        encoded = self.model.tokenizer(
            texts,
            padding=True,
            truncation=True,
            max_length=self._max_tokens + self.model.tokenizer.num_special_tokens_to_add(),
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping").numpy()
        try:
            with torch.inference_mode():
                output = self.model(encoded.to(self._way.device).data)
        except RuntimeError as error:
            raise to_device_error(self._way, error) from error
        tokens, vectors = output["token_embeddings"], output["sentence_embedding"]
        return offsets, tokens.float().cpu().numpy(), vectors.float().cpu().numpy()

    def _encode_sentences_apart(
        self, inputs: Sequence[EncoderInput], sentences: list[FloatMatrix]
    ) -> None:
        for item, rows in zip(inputs, sentences, strict=True):
            texts = [item.text[start:end] for start, end in item.spans]
            if texts:
                rows[:] = self.model.encode_document(
                    texts,
                    prompt=self._passage_prompt,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                )
