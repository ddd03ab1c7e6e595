"""What the figures were measured on, and how much arithmetic it can do."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

PACKAGES = (
    "faiss-cpu",
    "langchain-community",
    "langchain-core",
    "numpy",
    "onnxruntime",
    "sentence-transformers",
    "torch",
    "transformers",
)


def describe_machine() -> dict[str, str | int]:
    """Return processor, cores, memory and versions, but nothing that identifies the machine."""
    return {
        "processor": _read_field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory": _read_field(Path("/proc/meminfo"), "MemTotal"),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in PACKAGES},
    }


def measure_matmul_peak(*, size: int = 2048, repetitions: int = 20) -> float:
    """Return the float32 operations per second of the fastest of several square products.

    Uses as many threads as torch has in this process.

    Args:
        size: Rows and columns of the matrices.
        repetitions: Products to time.
    """
    import torch

    left, right = torch.randn(size, size), torch.randn(size, size)
    best = 0.0
    with torch.inference_mode():
        out = left @ right
        for _ in range(repetitions):
            started = time.perf_counter()
            torch.mm(left, right, out=out)
            best = max(best, 2 * size**3 / (time.perf_counter() - started))
    return best


def _read_field(file: Path, name: str) -> str:
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    fields = (line.partition(":") for line in lines)
    return next((value.strip() for key, _, value in fields if key.strip() == name), "")
