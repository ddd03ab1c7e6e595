"""What a model of torch computes on, and in which arithmetic: found out where it runs.

Loaded only where there is a choice: see ``may_gain``.
"""

from __future__ import annotations

import sys
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

from index.errors import EncoderError

DEVICES = ("auto", "cpu", "cuda", "mps")

_BFLOAT16_UNITS = frozenset({"amx_bf16", "avx512_bf16"})
_CPUINFO = Path("/proc/cpuinfo")
_NVIDIA = Path("/dev/nvidiactl")
_GAIN = 1.5
"""How many times as many operations bfloat16 must do: converting and waiting stay what they are."""


class Way(NamedTuple):
    """How a model is run.

    Attributes:
        device: ``cpu``, ``cuda`` or ``mps``.
        dtype: Type of its weights, ``float32`` or ``bfloat16``.
    """

    device: str = "cpu"
    dtype: str = "float32"


def may_gain(device: str) -> bool:
    """Return whether another way than float32 on the processor may be chosen; without torch."""
    if device == "auto" and _NVIDIA.exists():
        return True
    return device in {"cuda", "mps"} or (device == "auto" and bool(_find_bfloat16_units()))


def check_device_name(device: str) -> None:
    """Refuse a device that is unknown; whether it is on this machine is not looked at.

    Raises:
        EncoderError: In one line.
    """
    if device not in DEVICES:
        raise EncoderError(f"there is no device '{device}'; choose {', '.join(DEVICES)}")


def check_device(device: str) -> None:
    """Refuse a device that is unknown or not on this machine, which may take importing torch.

    Raises:
        EncoderError: In one line.
    """
    check_device_name(device)
    if device in {"cuda", "mps"} and not _has(device):
        raise EncoderError(
            f"the device '{device}' is not on this machine, or torch was built without it;"
            " run with '--device cpu'"
        )


@cache
def choose_way(device: str) -> Way:
    """Return how models are run on a device.

    ``auto`` takes CUDA where it is, in bfloat16 if the card has units for it, and else the
    processor: in bfloat16 if it has units for that and products of matrices take less time so,
    which is measured once. ``cpu`` is float32.

    Raises:
        EncoderError: If the device is unknown or missing.
    """
    check_device(device)
    if device == "mps":
        return Way("mps")
    if device == "cuda" or (device == "auto" and _NVIDIA.exists() and _has("cuda")):
        import torch

        has_units = torch.cuda.is_bf16_supported(including_emulation=False)
        return Way("cuda", "bfloat16" if has_units else "float32")
    if device == "auto" and _find_bfloat16_units():
        quicker = measure_product(Way(dtype="bfloat16")) > _GAIN * measure_product(Way())
        return Way(dtype="bfloat16" if quicker else "float32")
    return Way()


def describe_way(device: str) -> str:
    """Return one line about what encodes articles, and why.

    Raises:
        EncoderError: If the device is unknown or missing.
    """
    check_device(device)
    if device == "cpu":
        return "the processor, in float32"
    if not may_gain(device):
        return "the processor, in float32: it has neither AMX nor AVX512-BF16"
    way = choose_way(device)
    speed = f"{measure_product(way) / 1e9:,.0f} billion operations a second"
    return f"{way.device}, in {way.dtype}: {speed}"


def measure_product(way: Way, *, size: int = 1024, repetitions: int = 5) -> float:
    """Return the operations a second of the quickest of several products of square matrices.

    Args:
        way: How they are multiplied.
        size: Rows and columns.
        repetitions: How many, after one that warms up.

    Raises:
        EncoderError: If the device fails at it.
    """
    try:
        return _measure_product(way, size, repetitions)
    except RuntimeError as error:
        raise to_device_error(way, error) from error


def to_device_error(way: Way, error: RuntimeError) -> EncoderError:
    """Return the error of a device that fails, for one, because its memory is full."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0]
    return EncoderError(f"the device '{way.device}' failed ({reason}); run with '--device cpu'")


def _measure_product(way: Way, size: int, repetitions: int) -> float:
    import torch

    made = {"device": way.device, "dtype": getattr(torch, way.dtype)}
    left, right = torch.randn(size, size, **made), torch.randn(size, size, **made)
    out = torch.empty_like(left)

    def multiply() -> float:
        started = time.perf_counter()
        torch.mm(left, right, out=out)
        float(out[0, 0])  # an accelerator works on until somebody wants to know
        return time.perf_counter() - started

    with torch.inference_mode():
        multiply()
        return 2 * size**3 / min(multiply() for _ in range(repetitions))


@cache
def _find_bfloat16_units() -> frozenset[str]:
    try:
        lines = _CPUINFO.read_text("utf-8", "replace").splitlines()
    except OSError:  # not Linux
        return frozenset()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return _BFLOAT16_UNITS & set(flags.split())


def _has(device: str) -> bool:
    if device == "mps" and sys.platform != "darwin":
        return False
    import torch

    return torch.backends.mps.is_available() if device == "mps" else torch.cuda.is_available()
