"""From trained weights to the shipped file: ONNX, 8-bit, checked against torch.

    python -m training.export WEIGHTS [WEIGHTS …] --out rag/evidence/reader_model

Several sets of weights are averaged. Matrices become 8-bit integers with one scale per output
column; token embeddings, with one per token. The card beside the model identifies both by SHA-256.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process
from safetensors.torch import load_file

from rag.evidence.reader import FORMAT
from training.model import ReaderModel, encoder_folder

MODEL_FILE = "reader.onnx"
TOKENIZER_FILE = "tokenizer.json"
CARD_FILE = "reader.json"
LARGEST_BYTES = 25_000_000


def main() -> None:
    """Export the average of the given weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    print(json.dumps(export(arguments.weights, arguments.out), indent=1))


def export(weights: Sequence[Path], out: Path, *, n_layers: int | None = None) -> dict[str, object]:
    """Write model, tokenizer and card into a folder and return the card.

    Args:
        weights: Files of ``training.train``, which are averaged.
        out: The folder; made if missing.
        n_layers: Layers that the model was trained with; all of the encoder's when None.

    Raises:
        ValueError: If the result is larger than allowed.
    """
    model = ReaderModel(encoder_folder(), n_layers=n_layers)
    model.load_state_dict(average_weights(weights))
    model.eval()
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        plain, ready, small = (Path(folder) / f"{name}.onnx" for name in ("a", "b", "c"))
        _write_graph(model, plain)
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        prepared = onnx.load(str(ready))
        del prepared.graph.value_info[:]  # the quantiser makes these shapes wrong
        onnx.save(prepared, str(ready))
        quantize_dynamic(
            str(ready),
            str(small),
            op_types_to_quantize=["MatMul", "Gemm"],
            weight_type=QuantType.QInt8,
            per_channel=True,
        )
        graph = onnx.load(str(small))
    _shrink_embeddings(graph)
    onnx.save(graph, str(out / MODEL_FILE))
    tokenizer = (encoder_folder() / TOKENIZER_FILE).read_bytes()
    (out / TOKENIZER_FILE).write_bytes(tokenizer)
    size = sum((out / name).stat().st_size for name in (MODEL_FILE, TOKENIZER_FILE))
    if size > LARGEST_BYTES:
        raise ValueError(f"{size:,} bytes; at most {LARGEST_BYTES:,} may be shipped")
    card: dict[str, object] = {
        "format": FORMAT,
        "sha256": {
            name: hashlib.sha256((out / name).read_bytes()).hexdigest()
            for name in (MODEL_FILE, TOKENIZER_FILE)
        },
    }
    (out / CARD_FILE).write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return card | {"bytes": size}


def average_weights(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    """Return the mean of the weights in several safetensors files."""
    states = [load_file(file) for file in files]
    return {
        name: torch.stack([state[name].double() for state in states]).mean(0).to(value.dtype)
        for name, value in states[0].items()
    }


def _write_graph(model: ReaderModel, file: Path) -> None:
    # Four tensors: the exporter merges a tensor that is passed twice into a single input.
    examples = tuple(torch.ones((2, 12), dtype=torch.int64) for _ in range(4))
    axes = {0: torch.export.Dim("passages"), 1: torch.export.Dim("tokens", max=512)}
    names = ["input_ids", "token_type_ids", "attention_mask", "passage_mask"]
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            examples,
            str(file),
            input_names=names,
            output_names=["tokens", "here", "answers"],
            dynamic_shapes=dict.fromkeys(names, axes),
            dynamo=True,
            external_data=False,
            verbose=False,
        )


def _shrink_embeddings(graph: onnx.ModelProto) -> None:
    """Store the largest table as 8-bit integers with one scale per row, in place."""
    table = max(graph.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
    values = numpy_helper.to_array(table).astype(np.float32)
    scales = np.abs(values).max(axis=1, keepdims=True) / 127.0
    scales[scales == 0.0] = 1.0
    whole = np.rint(values / scales).astype(np.int8)
    name = table.name
    (node,) = [n for n in graph.graph.node if n.op_type == "Gather" and n.input[0] == name]
    place = list(graph.graph.node).index(node)
    graph.graph.initializer.remove(table)
    graph.graph.initializer.extend(
        [
            numpy_helper.from_array(whole, f"{name}.whole"),
            numpy_helper.from_array(scales.astype(np.float32), f"{name}.scales"),
        ]
    )
    ids, output = node.input[1], node.output[0]
    fresh = [
        helper.make_node("Gather", [f"{name}.whole", ids], [f"{name}.rows"]),
        helper.make_node("Cast", [f"{name}.rows"], [f"{name}.float"], to=TensorProto.FLOAT),
        helper.make_node("Gather", [f"{name}.scales", ids], [f"{name}.scale"]),
        helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [output]),
    ]
    graph.graph.node.remove(node)
    for offset, new in enumerate(fresh):
        graph.graph.node.insert(place + offset, new)
    onnx.checker.check_model(graph)


if __name__ == "__main__":
    main()
