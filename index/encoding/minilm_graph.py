"""The default encoder as an ONNX graph without weights: ``minilm.onnx``, which is shipped.

    python -m index.encoding.minilm_graph     # makes it again, after a change here

The weights are those of the published safetensors file, by the names that they have there; whoever
opens the graph hands them in (``index.encoding.onnx_encoder``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder
from index.encoding.onnx_encoder import GRAPH, read_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping

    import onnx

    from index.types import FloatMatrix

N_LAYERS, N_HEADS, EPSILON = 6, 12, 1e-12

_DOMAIN = "com.microsoft"


class _GraphMaker:
    """Collects the nodes and the constants of a graph."""

    def __init__(self, tensors: Mapping[str, FloatMatrix]) -> None:
        self._tensors = tensors
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:  # noqa: ANN401
        from onnx import helper

        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def whole(self, name: str, *values: int) -> str:
        """Name some whole numbers."""
        from onnx import TensorProto, helper

        kind, shape = TensorProto.INT64, [len(values)]
        self.constants[name] = helper.make_tensor(name, kind, shape, values)
        return name

    def weight(self, name: str) -> str:
        """Name a tensor of the weights, which are elsewhere."""
        from onnx import TensorProto

        tensor = TensorProto(name=name, data_type=TensorProto.FLOAT)
        tensor.dims.extend(self._tensors[name].shape)
        tensor.data_location = TensorProto.EXTERNAL
        place = tensor.external_data.add()
        place.key, place.value = "location", "weights"
        self.constants[name] = tensor
        return name

    def multiply(self, given: str, name: str, output: str) -> str:
        """Multiply by a matrix and add its bias."""
        matrix = self.node("Transpose", [self.weight(f"{name}.weight")], f"{output}.t", perm=[1, 0])
        product = self.node("MatMul", [given, matrix], f"{output}.m")
        return self.node("Add", [product, self.weight(f"{name}.bias")], output)

    def normalize(self, given: str, skipped: str, name: str, output: str) -> str:
        inputs = [given, skipped, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.node("SkipLayerNormalization", inputs, output, domain=_DOMAIN, epsilon=EPSILON)

    def embed(self) -> str:
        """Look up words and places."""
        first = self.whole("first", 0)
        kinds = self.weight("embeddings.token_type_embeddings.weight")
        self.node("Gather", [kinds, first], "kind")
        words = self.weight("embeddings.word_embeddings.weight")
        self.node("Gather", [words, "input_ids"], "word")
        self.node("Shape", ["input_ids"], "length", start=1, end=2)
        places = self.weight("embeddings.position_embeddings.weight")
        self.node("Slice", [places, first, "length", first], "place")
        self.node("Add", ["word", "place"], "placed")
        self.node("Add", ["placed", "kind"], "told apart")
        name = "embeddings.LayerNorm"
        inputs = ["told apart", self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.node("LayerNormalization", inputs, "embedded", epsilon=EPSILON)

    def layer(self, given: str, number: int, output: str) -> str:
        """Add one layer: attention, then the two matrices with what is between them."""
        name = f"encoder.layer.{number}"
        asked = [
            self.multiply(given, f"{name}.attention.self.{part}", f"{number}.{part}")
            for part in ("query", "key", "value")
        ]
        seen = self.node(
            "MultiHeadAttention",
            [*asked, "", "mask"],
            f"{number}.seen",
            domain=_DOMAIN,
            num_heads=N_HEADS,
        )
        told = self.multiply(seen, f"{name}.attention.output.dense", f"{number}.told")
        attended = self.normalize(
            told, given, f"{name}.attention.output.LayerNorm", f"{number}.attended"
        )
        wide = self.multiply(attended, f"{name}.intermediate.dense", f"{number}.wide")
        bent = self.node("Gelu", [wide], f"{number}.gelu", domain=_DOMAIN)
        narrow = self.multiply(bent, f"{name}.output.dense", f"{number}.narrow")
        return self.normalize(narrow, attended, f"{name}.output.LayerNorm", output)


def make_graph(tensors: Mapping[str, FloatMatrix]) -> bytes:
    """Return the encoder: ``input_ids`` and ``attention_mask`` to ``tokens`` and ``vector``.

    ``tokens`` has the shape (n_texts, n_tokens, dim); ``vector``, (n_texts, dim), is their mean.

    Args:
        tensors: The weights, of which only the shapes are used.
    """
    from onnx import TensorProto, helper

    maker = _GraphMaker(tensors)
    given = maker.embed()
    maker.node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    for number in range(N_LAYERS):
        is_last = number == N_LAYERS - 1
        given = maker.layer(given, number, "tokens" if is_last else f"{number}.out")
    maker.node("Cast", ["attention_mask"], "counted", to=TensorProto.FLOAT)
    maker.node("Unsqueeze", ["counted", maker.whole("last", 2)], "weight")
    maker.node("Mul", [given, "weight"], "weighted")
    middle = maker.whole("middle", 1)
    maker.node("ReduceSum", ["weighted", middle], "sum", keepdims=0)
    maker.node("ReduceSum", ["weight", middle], "count", keepdims=0)
    maker.node("Div", ["sum", "count"], "vector")
    dim = tensors["embeddings.word_embeddings.weight"].shape[1]
    shapes: dict[str, list[str | int]] = {
        "vector": ["texts", dim],
        "tokens": ["texts", "tokens", dim],
    }
    graph = helper.make_graph(
        maker.nodes,
        "minilm",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
            for name in ("input_ids", "attention_mask")
        ],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in shapes.items()
        ],
        list(maker.constants.values()),
    )
    sets = [helper.make_opsetid("", 21), helper.make_opsetid(_DOMAIN, 1)]
    model = helper.make_model(graph, opset_imports=sets, ir_version=10)
    return bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    GRAPH.write_bytes(make_graph(read_tensors(find_model_folder(DEFAULT_ENCODER))))
