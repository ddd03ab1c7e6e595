"""The fitted weights, read from ``weights.json``, which says what they were fitted on."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rag.evidence.features import Scales


@lru_cache(maxsize=1)
def load_weights() -> dict[str, Any]:
    """Return the contents of ``weights.json``; ``benchmarks/fit_weights.py`` writes it."""
    text = files("rag.evidence").joinpath("weights.json").read_text("utf-8")
    weights: dict[str, Any] = json.loads(text)
    return weights


def evidence_weights(*, with_reader: bool) -> dict[str, Any]:
    """Return the weights of the evidence features, fitted with or without a reader's."""
    weights: dict[str, Any] = _part(with_reader=with_reader)["evidence"]
    return weights


def confidence_weights(*, with_reader: bool) -> dict[str, Any]:
    """Return the weights of the refusal probability, fitted with or without a reader's."""
    weights: dict[str, Any] = _part(with_reader=with_reader)["confidence"]
    return weights


def _part(*, with_reader: bool) -> dict[str, Any]:
    weights = load_weights()
    part: dict[str, Any] = weights["with_reader"] if with_reader else weights
    return part


def passage_weights() -> dict[str, Any]:
    """Return the weights by which passages are placed after reading."""
    weights: dict[str, Any] = _part(with_reader=True)["passages"]
    return weights


def usual_scales() -> Scales:
    """Return how the scores of the shipped reader usually lie within one question."""
    return Scales(**_part(with_reader=True)["usual"])
