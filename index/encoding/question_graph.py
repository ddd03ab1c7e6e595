"""The question graph: an encoder's weights as ONNX, so that asking needs no torch.

Importing sentence-transformers takes seconds; ONNX Runtime with the same weights takes
tenths of a second. The graph is exported once, for a user's first library, and copied into the
next ones (``index.encoding.graph_cache``); either is kept only if its vectors agree with the
encoder's own. It is derived: losing or damaging it costs only time.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from index.encoding.onnx_encoder import GRAPH_FILE, TOKENIZER_FILE, EncoderGraph
from index.remedies import Remedy
from index.types import (
    EncoderIdentity,
    FloatVector,
)

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

CARD_FILE = "graph.json"
GRAPH_FILES = (GRAPH_FILE, TOKENIZER_FILE, CARD_FILE)
FORMAT = 1
MAX_TOKENS = 512
LEAST_COSINE = 0.9999
PROBES = (
    "Who?",
    "what did the ministry say in response?",
    "How many people were killed when the bridge at Port-Étienne gave way in March 1987?",
    'Did she really say "we will not pay a cent of it", and to whom?',
    "Wer hat den Vertrag unterschrieben? 誰が条約に署名しましたか。",
    "a " * 40 + "very long question " * 60,
)

_log = logging.getLogger("onrecord")


class GraphSource(Protocol):
    """An encoder whose model can be exported."""

    @property
    def identity(self) -> EncoderIdentity:
        """Return which encoder this is."""
        ...

    @property
    def model(self) -> SentenceTransformer:
        """Return the model itself, loaded."""
        ...

    @property
    def model_folder(self) -> Path:
        """Return where the model's files are."""
        ...

    def embed_query_by_model(self, text: str) -> FloatVector:
        """Encode a question with the model; float32, shape (dim,), a unit vector."""
        ...


def load_graph(folder: Path, *, name: str) -> EncoderGraph | None:
    """Return the graph in a folder, or None if there is no usable one for that encoder.

    A damaged graph is reported in one warning; a missing one is not, since a library with a
    weightless or unexportable encoder has none.
    """
    try:
        return _read_graph(folder, name)
    except (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
        _log.warning(
            "the question graph in '%s' is unusable (%s), so asking is slower; %s",
            folder,
            error,
            Remedy("doctor", folder.parent, purpose="to export it again"),
        )
        return None


def _read_graph(folder: Path, name: str) -> EncoderGraph | None:
    if not (folder / CARD_FILE).exists():
        return None
    card = _read_card(folder / CARD_FILE)
    if card["format"] != FORMAT or card["name"] != name:
        return None
    for file in (GRAPH_FILE, TOKENIZER_FILE):
        _check_digest(folder / file, card["sha256"][file])
    identity = EncoderIdentity(str(card["name"]), str(card["revision"]), int(card["dim"]))
    return EncoderGraph(folder, identity, int(card["max_tokens"]), str(card["prompt"]))


def export_graph(embedder: GraphSource, folder: Path) -> EncoderGraph | None:
    """Put an encoder's question graph into a folder, replacing what is there.

    It is copied from this user's cache if it was exported before, and else exported and kept there.

    Args:
        embedder: The encoder; its model is loaded for this.
        folder: Made if missing; published by a rename, so that a reader sees all or nothing.
            Only one process at a time may export into it.

    Returns:
        The graph, or None if the model cannot be exported or its graph disagrees with it
        (cosine below 0.9999 on any probe question); one warning says which.

    Raises:
        OSError: If the folder cannot be written.
    """
    with replace_folder(folder) as fresh:
        if not _take_or_export(embedder, fresh):
            shutil.rmtree(fresh)
    return load_graph(folder, name=embedder.identity.name)


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Yield an empty folder that then replaces another, by a rename; if it is gone, nothing does.

    Raises:
        OSError: If the folder cannot be written.
    """
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        fresh.mkdir(parents=True)
        yield fresh
        shutil.rmtree(folder, ignore_errors=True)  # another encoder's, so not kept either way
        if fresh.exists():
            fresh.rename(folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _take_or_export(embedder: GraphSource, folder: Path) -> bool:
    from index.encoding.graph_cache import keep_graph, name_graph, take_graph

    try:
        name = name_graph(embedder.identity, embedder.model_folder, code=Path(__file__))
    except OSError as error:
        _log.debug("the question graph is exported without a look into the cache: %s", error)
        return _export_checked(embedder, folder)
    if take_graph(name, folder, GRAPH_FILES) and _agrees(embedder, folder):
        return True
    for file in GRAPH_FILES:
        (folder / file).unlink(missing_ok=True)
    is_usable = _export_checked(embedder, folder)
    if is_usable:
        keep_graph(name, folder, GRAPH_FILES)
    return is_usable


def _agrees(embedder: GraphSource, folder: Path) -> bool:
    """Return whether what was taken from the cache is whole and is this encoder's.

    One question tells: the same bytes agreed on all of them when they were exported.
    """
    try:
        graph = _read_graph(folder, embedder.identity.name)
        if graph is None or graph.identity != embedder.identity:
            return False
        return _measure_agreement(embedder, graph, PROBES[2]) >= LEAST_COSINE
    except Exception as error:  # noqa: BLE001 - the runtime raises whatever it meets in a file
        _log.debug("the question graph in the cache is unusable: %s", error)
        return False


def _export_checked(embedder: GraphSource, folder: Path) -> bool:
    name = embedder.identity.name
    try:
        _write_graph(embedder, folder)
        graph = load_graph(folder, name=name)
        agreement = _measure_agreement(embedder, graph, *PROBES) if graph else 0.0
    except Exception as error:  # noqa: BLE001 - the exporter raises whatever it meets in a model
        _log.warning(
            "encoder '%s' cannot be exported (%s), so asking is slower",
            name,
            (str(error).strip() or type(error).__name__).splitlines()[0],
        )
        return False
    if not agreement >= LEAST_COSINE:  # NaN counts as disagreement
        _log.warning(
            "the exported graph of '%s' disagrees with it (cosine %.5f), so asking is slower",
            name,
            agreement,
        )
        return False
    return True


def _write_graph(embedder: GraphSource, folder: Path) -> None:
    import torch

    model = embedder.model

    class Questions(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, input_ids: torch.Tensor, attention_mask: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor]:
            features = {
                "input_ids": input_ids,
                "attention_mask": attention_mask,
                "token_type_ids": torch.zeros_like(input_ids),
            }
            output = self.model(features)
            return output["sentence_embedding"], output["token_embeddings"]

    example = model.tokenizer(["one", "another, longer"], padding=True, return_tensors="pt")
    max_tokens = min(int(model.max_seq_length or MAX_TOKENS), MAX_TOKENS)
    axes = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=max_tokens)}
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), _muted("torch.onnx"):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Questions().eval(),
            (example["input_ids"], example["attention_mask"]),
            str(folder / GRAPH_FILE),
            input_names=["input_ids", "attention_mask"],
            output_names=["vector", "tokens"],
            dynamic_shapes={"input_ids": axes, "attention_mask": axes},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    model.tokenizer.backend_tokenizer.save(str(folder / TOKENIZER_FILE))
    prompt = str((model.prompts or {}).get("query") or "")
    write_card(folder, embedder.identity, max_tokens=max_tokens, prompt=prompt)


def write_card(folder: Path, identity: EncoderIdentity, *, max_tokens: int, prompt: str) -> None:
    """Write the card of a graph and a tokenizer that are in a folder; see ``EncoderGraph``."""
    card: dict[str, Any] = {
        "format": FORMAT,
        "name": identity.name,
        "revision": identity.revision,
        "dim": identity.dim,
        "max_tokens": max_tokens,
        "prompt": prompt,
        "sha256": {file: _digest(folder / file) for file in (GRAPH_FILE, TOKENIZER_FILE)},
    }
    card["checksum"] = _digest_card(card)
    (folder / CARD_FILE).write_text(json.dumps(card, indent=1), "utf-8")


def _measure_agreement(embedder: GraphSource, graph: EncoderGraph, *probes: str) -> float:
    cosines = [graph.embed(probe) @ embedder.embed_query_by_model(probe) for probe in probes]
    return float(np.min(cosines))


def _read_card(file: Path) -> dict[str, Any]:
    card: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if card.pop("checksum") != _digest_card(card):
        raise ValueError(f"{file.name} does not match its checksum")
    return card


def _check_digest(file: Path, expected: str) -> None:
    if _digest(file) != expected:
        raise ValueError(f"{file.name} does not match its checksum")


def _digest_card(card: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(card, sort_keys=True).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def _muted(logger_name: str) -> Iterator[None]:
    logger = logging.getLogger(logger_name)
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
