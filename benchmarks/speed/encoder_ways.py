"""How many passages a second the default encoder reads, in each way that this machine has.

    python -m benchmarks.speed.encoder_ways DATA/SET --seconds 15

The ways: ONNX Runtime on the processor, in float32 as shipped and with its matrices in int8
(dynamic quantisation, which is not shipped); torch in float32 and in bfloat16, on the processor
and on each accelerator that is there. Of each: passages a second; the floating-point operations of
the matrix products, padding left out; the peak that one product of two large matrices reaches in
the same arithmetic right afterwards, and the share of it; and the smallest cosine of a passage or
a sentence to the vectors as shipped. Each way gets so many seconds, so all take a few minutes on
any machine.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.child import run_in_child
from benchmarks.machine import describe_machine
from benchmarks.report import format_table, make_parser, positive, print_report
from benchmarks.speed.encoder_meter import count_operations
from benchmarks.speed.reader_speed import measure_integer_peak
from index.encoding.device import Way, measure_product
from index.encoding.encode import BATCH_PASSAGES
from index.encoding.model_info import DEFAULT_ENCODER, find_model_folder

if TYPE_CHECKING:
    from index.encoding.encoders import Embedder
    from index.types import EncoderInput

PASSAGES = 4096
COMPARED = 64
FEW = 32
"""Passages of one call on the processor; an accelerator gets as many as ``add`` gives it."""
PEAK_SIZE = {"cpu": 2048, "cuda": 8192, "mps": 4096}

Figures = dict[str, float]


def main() -> None:
    """Measure each way in a process of its own, and print one table."""
    parser = make_parser(__doc__)
    parser.add_argument("--seconds", type=positive, default=15, help="of each way; default: 15")
    arguments = parser.parse_args()
    corpus = arguments.data / "corpus.jsonl"
    ways = ["onnx cpu float32", "onnx cpu int8", *run_in_child(find_ways)]
    with tempfile.TemporaryDirectory(prefix="onrecord-benchmark-") as scratch:
        file = Path(scratch) / "vectors.npy"
        found = {
            way: run_in_child(measure, way, corpus, file, float(arguments.seconds)) for way in ways
        }
    report = {"benchmark": "encoder_ways", "machine": describe_machine(), "ways": found}
    print_report(report, format_report(found), as_json=arguments.json)


def find_ways() -> list[str]:
    """Return the devices of torch, each with the arithmetic that it has."""
    import torch

    devices = ["cpu"]
    devices += ["cuda"] if torch.cuda.is_available() else []
    devices += ["mps"] if torch.backends.mps.is_available() else []
    return [f"torch {name} {dtype}" for name in devices for dtype in ("float32", "bfloat16")]


def measure(name: str, corpus: Path, file: Path, seconds: float) -> Figures:
    """Return the figures of one way.

    Args:
        name: Engine, device and arithmetic.
        corpus: Articles, whose passages are read.
        file: Where the first way leaves its vectors for the others.
        seconds: For how long to read.
    """
    engine, device, dtype = name.split()
    inputs = list(islice(read_inputs(corpus), PASSAGES))
    embedder, lengths = load(engine, Way(device, dtype)), count_tokens(inputs)
    call = FEW if device == "cpu" else BATCH_PASSAGES
    found = embedder.embed_passages(inputs[:COMPARED])
    vectors = np.concatenate([np.vstack([one.passage, one.sentences]) for one in found])
    if not file.exists():
        np.save(file, vectors)
    embedder.embed_passages(inputs[:call])
    read = operations = 0
    started = time.perf_counter()
    for first in cycle(range(0, len(inputs), call)):
        batch = inputs[first : first + call]
        embedder.embed_passages(batch)
        read += len(batch)
        operations += sum(count_operations(6, 384, 1536, n) for n in lengths[first : first + call])
        if time.perf_counter() - started >= seconds:
            break
    took = time.perf_counter() - started
    size = PEAK_SIZE[device]
    peak = (
        measure_integer_peak()
        if dtype == "int8"
        else measure_product(Way(device, dtype), size=size, repetitions=20)
    )
    return {
        "passages_per_second": read / took,
        "operations_per_second": operations / took,
        "peak_operations_per_second": peak,
        "share_of_peak": operations / took / peak,
        "least_cosine": float((vectors * np.load(file)).sum(axis=1).min()),
    }


def read_inputs(corpus: Path) -> Iterator[EncoderInput]:
    """Yield the passages of a collection, each with its article's title."""
    from index.text.passages import split_passages
    from index.types import EncoderInput

    with corpus.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            for passage in split_passages(row["text"]):
                spans = [
                    (s.start - passage.start, s.end - passage.start) for s in passage.sentences
                ]
                yield EncoderInput(passage.text, spans, row.get("title") or "")


def count_tokens(inputs: list[EncoderInput]) -> list[int]:
    """Return how many tokens each passage has, special ones included, as far as it is read."""
    from index.encoding.onnx_encoder import IDENTITY, MAX_TOKENS, SPECIAL_TOKENS, EncoderGraph
    from index.encoding.windows import prefix_title

    graph = EncoderGraph(find_model_folder(DEFAULT_ENCODER), IDENTITY, MAX_TOKENS, prompt="")
    texts = (prefix_title(item.title) + item.text for item in inputs)
    return [min(len(graph.token_starts(text)) + SPECIAL_TOKENS, MAX_TOKENS) for text in texts]


def load(engine: str, way: Way) -> Embedder:
    """Return the default encoder, run in one way."""
    from index.encoding.onnx_encoder import MiniLmEmbedder
    from index.encoding.torch_encoder import SentenceTransformerEmbedder

    folder = find_model_folder(DEFAULT_ENCODER)
    if engine == "torch":
        found = SentenceTransformerEmbedder(DEFAULT_ENCODER, folder)
        vars(found)["_way"] = way  # in place of the one that would be chosen
        return found
    embedder = MiniLmEmbedder(folder)
    if way.dtype == "int8":
        graph = embedder._graph  # noqa: SLF001 - what is measured is the same graph in int8
        vars(graph)["_session"] = quantize(folder)
    return embedder


def quantize(folder: Path) -> object:
    """Return a session of the shipped graph whose matrices are int8, one scale per column."""
    import onnx
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    from index.encoding.onnx_encoder import GRAPH, read_tensors, session_options

    model = onnx.load(str(GRAPH), load_external_data=False)
    tensors = read_tensors(folder)
    for place in model.graph.initializer:
        if place.name in tensors:
            place.CopyFrom(onnx.numpy_helper.from_array(np.array(tensors[place.name]), place.name))
    with tempfile.TemporaryDirectory() as scratch:
        plain, folded, small = (Path(scratch) / f"{name}.onnx" for name in ("a", "b", "c"))
        onnx.save(model, str(plain))
        options = session_options()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folded)
        onnxruntime.InferenceSession(str(plain), options, providers=["CPUExecutionProvider"])
        quantize_dynamic(
            folded,
            small,
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={
                "MatMulConstBOnly": True,
                "DefaultTensorType": onnx.TensorProto.FLOAT,
            },
        )
        options = session_options()
        options.intra_op_num_threads = 1
        return onnxruntime.InferenceSession(
            small.read_bytes(), options, providers=["CPUExecutionProvider"]
        )


def format_report(ways: dict[str, Figures]) -> list[str]:
    """Return one row for each way."""
    rows = [["", "passages/s", "GFLOP/s", "peak", "share", "least cosine"]]
    for name, figures in ways.items():
        rows.append(
            [
                name,
                f"{figures['passages_per_second']:,.1f}",
                f"{figures['operations_per_second'] / 1e9:,.0f}",
                f"{figures['peak_operations_per_second'] / 1e9:,.0f}",
                f"{figures['share_of_peak']:.0%}",
                f"{figures['least_cosine']:.5f}",
            ]
        )
    return format_table(rows)


if __name__ == "__main__":
    main()
