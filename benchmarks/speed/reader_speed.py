"""How long the reader takes for one question, and its share of the processor's peak arithmetic.

The first passages that retrieval returns for the questions of DATA are read as for a real question,
one question at a time, in a warm process:

    python -m benchmarks.speed.reader_speed DATA --library LIBRARY [--reader FOLDER]

``product`` is reading within the product: tokens, padding, graph, and the best words of each
sentence. ``graph`` is ONNX Runtime alone. The share is the floating-point operations of the matrix
products, padding included, compared with what torch's float32 product of two large matrices
reaches in the same process. The reader multiplies 8-bit integers, so that peak is given as well:
ONNX Runtime's integer product of matrices of that size.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from benchmarks.machine import describe_machine
from benchmarks.report import make_parser, positive, print_report
from benchmarks.speed.encoder_meter import count_operations
from benchmarks.speed.question_latency import WARM_UP, percentiles, sample_questions
from index.encoding.device import Way, measure_product
from index.library import Library
from rag.evidence.choice import READ_HITS
from rag.evidence.reader import READER_FOLDER, EvidenceReader, open_reader

if TYPE_CHECKING:
    import onnxruntime

    from index.types import Hit

LAYERS, HIDDEN, INNER = 6, 384, 1536
PEAK_SIZE = 1024
PEAK_REPETITIONS = 20


def main() -> None:
    """Read, and print the figures."""
    parser = make_parser(__doc__)
    parser.add_argument("--library", type=Path, required=True, help="the library of DATA")
    parser.add_argument("--questions", type=positive, default=100, help="default: 100")
    parser.add_argument("--reader", type=Path, default=READER_FOLDER, help="default: as shipped")
    arguments = parser.parse_args()
    questions = sample_questions(arguments.data / "queries.jsonl", WARM_UP + arguments.questions)
    if len(questions) <= WARM_UP:
        parser.error(f"DATA has {len(questions)} questions; {WARM_UP} go into warming up")
    with Library.open(arguments.library) as library:
        found = [library.search(question, READ_HITS) for question in questions]
    figures = measure_reader(open_reader(arguments.reader), questions, found)
    report = {"benchmark": "reader_speed", "machine": describe_machine(), **figures}
    lines = [
        f"{figures['questions']:.0f} questions, {figures['passages']:.1f} passages and"
        f" {figures['tokens']:.0f} tokens each; padding: {figures['padding']:.1%}",
        f"reading, p50: {figures['product_p50']:.0f} ms; p95: {figures['product_p95']:.0f} ms;"
        f" of which the graph, p50: {figures['graph_p50']:.0f} ms",
        f"processor time: {figures['processor_mean']:.0f} ms a question",
        f"matrix products of the graph: {figures['rate'] / 1e9:.0f} GFLOP/s,"
        f" {figures['share']:.0%} of the float32 peak ({figures['peak'] / 1e9:.0f}),"
        f" {figures['integer_share']:.0%} of the 8-bit peak ({figures['integer_peak'] / 1e9:.0f})",
    ]
    print_report(report, lines, as_json=arguments.json)


class SessionMeter:
    """Replaces the reader's graph and counts what it computes.

    Args:
        session: Runs the graph.

    Attributes:
        operations: Floating-point operations of the matrix products, padding included.
        tokens: Tokens read, special ones included.
        padded_tokens: The same with padding.
        seconds: Wall time inside the graph.
    """

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self.operations = self.tokens = self.padded_tokens = 0
        self.seconds = 0.0

    def run(self, names: Sequence[str], inputs: Mapping[str, npt.NDArray[np.int64]]) -> list[Any]:
        """Return what the graph returns for a batch."""
        started = time.perf_counter()
        found: list[Any] = self._session.run(list(names), dict(inputs))
        self.seconds += time.perf_counter() - started
        rows, length = inputs["attention_mask"].shape
        self.tokens += int(inputs["attention_mask"].sum())
        self.padded_tokens += rows * length
        self.operations += rows * count_operations(LAYERS, HIDDEN, INNER, length)
        return found


def measure_reader(
    reader: EvidenceReader, questions: Sequence[str], found: Sequence[Sequence[Hit]]
) -> dict[str, float]:
    """Return a reader's time for each question but the first few, which warm it up.

    Args:
        reader: The reader to measure.
        questions: As asked.
        found: The passages of each.
    """
    asked = list(zip(questions, found, strict=True))
    for question, hits in asked[:WARM_UP]:
        reader.read(question, hits)
    meter = SessionMeter(reader._session)  # noqa: SLF001 - its cached session is what is measured
    vars(reader)["_session"] = meter
    product: list[float] = []
    graph: list[float] = []
    began = time.process_time()
    for question, hits in asked[WARM_UP:]:
        before, started = meter.seconds, time.perf_counter()
        reader.read(question, hits)
        product.append(1000 * (time.perf_counter() - started))
        graph.append(1000 * (meter.seconds - before))
    processor = time.process_time() - began
    peak, integer_peak = measure_product(Way(), size=PEAK_SIZE), measure_integer_peak()
    rate = meter.operations / meter.seconds
    n = len(product)
    return {
        "questions": n,
        "passages": statistics.mean(len(hits) for hits in found[WARM_UP:]),
        "tokens": meter.tokens / n,
        "padding": 1.0 - meter.tokens / meter.padded_tokens,
        **percentiles("product", product),
        **percentiles("graph", graph),
        "processor_mean": 1000 * processor / n,
        "rate": rate,
        "peak": peak,
        "share": rate / peak,
        "integer_peak": integer_peak,
        "integer_share": rate / integer_peak,
    }


def measure_integer_peak(*, size: int = PEAK_SIZE, repetitions: int = PEAK_REPETITIONS) -> float:
    """Return the operations per second of ONNX Runtime's fastest product of 8-bit matrices.

    Args:
        size: Rows and columns of the matrices.
        repetitions: Products to time.
    """
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(1)
    weights = numpy_helper.from_array(rng.integers(-99, 99, (size, size), np.int8), "weights")
    left = helper.make_tensor_value_info("left", TensorProto.UINT8, [size, size])
    out = helper.make_tensor_value_info("out", TensorProto.INT32, [size, size])
    node = helper.make_node("MatMulInteger", ["left", "weights"], ["out"])
    graph = helper.make_graph([node], "product", [left], [out], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    given = {"left": rng.integers(0, 200, (size, size), np.uint8)}
    best = 0.0
    for _ in range(repetitions):
        started = time.perf_counter()
        session.run(None, given)
        best = max(best, 2 * size**3 / (time.perf_counter() - started))
    return best


if __name__ == "__main__":
    main()
