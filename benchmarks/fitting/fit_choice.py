"""A conditional logit: weights that put the right ones of a question's candidates first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

PENALTY = 0.005


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of one question.

    Attributes:
        source: The set that the question comes from.
        features: float32, shape (n_candidates, n_features).
        right: bool, shape (n_candidates,).
    """

    source: str
    features: npt.NDArray[np.float32]
    right: npt.NDArray[np.bool_]


def fit_choice(choices: Sequence[Choice]) -> npt.NDArray[np.float64]:
    """Return the weights of the features.

    Sets count by the square root of their number of questions, so that a large one does not decide
    alone.

    Args:
        choices: Each with at least one right candidate.
    """
    scale = np.concatenate([choice.features for choice in choices]).std(axis=0) + 1e-6
    counts: dict[str, int] = {}
    for choice in choices:
        counts[choice.source] = counts.get(choice.source, 0) + 1
    importance = np.array([1.0 / np.sqrt(counts[choice.source]) for choice in choices])
    importance /= importance.sum()
    rows = [choice.features / scale for choice in choices]

    def loss(weights: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        total, gradient = PENALTY * float(weights @ weights), 2 * PENALTY * weights
        for share, own, choice in zip(importance, rows, choices, strict=True):
            scores = own @ weights
            odds = np.exp(scores - scores.max())
            every = odds / odds.sum()
            right = np.where(choice.right, odds, 0.0)
            right /= right.sum()
            total -= share * float(np.log((every * choice.right).sum()))
            gradient = gradient + share * ((every - right) @ own)
        return total, gradient

    result = minimize(loss, np.zeros(len(scale)), jac=True, method="L-BFGS-B")
    weights: npt.NDArray[np.float64] = result.x / scale
    return weights


def measure_choice(
    choices: Sequence[Choice], weights: npt.NDArray[np.float64], ranks: Sequence[int]
) -> dict[str, dict[str, float]]:
    """Return for each set the share of questions with a right one among the first k.

    Args:
        choices: Those without a right candidate count as missed.
        weights: From ``fit_choice``.
        ranks: The values of k.
    """
    ordered: dict[str, list[npt.NDArray[np.bool_]]] = {}
    for choice in choices:
        order = np.argsort(-(choice.features @ weights), kind="stable")
        ordered.setdefault(choice.source, []).append(choice.right[order])
    return {
        source: {
            f"first {k}": round(float(np.mean([row[:k].any() for row in rows])), 4) for k in ranks
        }
        | {"questions": len(rows)}
        for source, rows in ordered.items()
    }
