"""The probability that evidence supports a claim, from fitted trees; pure.

``trees.json`` holds two sets of trees: one for words alone, one for words and token vectors. Each
is a list of small binary trees whose values add up to log-odds;
``benchmarks/fitting/fit_verify.py`` fits them and records how well they do.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Tree:
    """A binary tree; node 0 is its root.

    Attributes:
        feature: Which feature each node compares; -1 at a leaf.
        threshold: A value at or below it takes the left child.
        left: Number of the left child.
        right: Number of the right child.
        value: What a leaf adds to the log-odds.
    """

    feature: tuple[int, ...]
    threshold: tuple[float, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    value: tuple[float, ...]

    def evaluate(self, features: Sequence[float]) -> float:
        """Return what the tree adds to the log-odds of some features."""
        node = 0
        while (feature := self.feature[node]) >= 0:
            is_low = features[feature] <= self.threshold[node]
            node = self.left[node] if is_low else self.right[node]
        return self.value[node]


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Fitted trees with the thresholds of a verdict.

    Attributes:
        features: Names, in the order that the trees number them.
        base: Log-odds before any tree.
        trees: The trees.
        supported: Least probability of a supported claim.
        partly: Least probability of a partly supported one.
    """

    features: tuple[str, ...]
    base: float
    trees: tuple[Tree, ...]
    supported: float
    partly: float

    def probability(self, features: Mapping[str, float]) -> float:
        """Return the probability of support, in (0, 1).

        Raises:
            KeyError: If a feature is missing.
        """
        row = [features[name] for name in self.features]
        odds = self.base + sum(tree.evaluate(row) for tree in self.trees)
        return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


@lru_cache(maxsize=2)
def load_model(*, with_tokens: bool) -> SupportModel:
    """Return the fitted trees.

    Args:
        with_tokens: Whether to return those that also use token vectors.
    """
    stored = json.loads(files("rag.verification").joinpath("trees.json").read_text("utf-8"))
    return read_model(stored["tokens" if with_tokens else "words"])


def read_model(stored: Mapping[str, Any]) -> SupportModel:
    """Return a model in the form stored in ``trees.json``."""
    return SupportModel(
        features=tuple(stored["features"]),
        base=float(stored["base"]),
        trees=tuple(
            Tree(
                *(tuple(tree[part]) for part in ("feature", "threshold", "left", "right", "value"))
            )
            for tree in stored["trees"]
        ),
        supported=float(stored["supported"]),
        partly=float(stored["partly"]),
    )
