"""The fitted weights, read from ``weights.json``, which says what they were fitted on."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def load_weights() -> dict[str, Any]:
    """Return the contents of ``rag/weights.json``; ``benchmarks/fit_weights.py`` writes it."""
    text = files("rag").joinpath("weights.json").read_text("utf-8")
    weights: dict[str, Any] = json.loads(text)
    return weights
