"""Fits the trees of ``rag/verification/trees.json`` on labelled claims and reports their quality.

    python -m benchmarks.fitting.fit_verify DATA --cache FOLDER

DATA contains sets with a ``claims.jsonl``: ``{"claim", "evidence", "label"}`` a line. One model is
fitted on all sets together. Its figures are stored with the trees, by set: area under the curve and
balanced accuracy, cross-validated (each claim judged by trees that have not seen it) and with the
set left out altogether. The thresholds come from the cross-validated probabilities.

``--latency`` prints the processor time of a claim instead, without the encoder's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold

from index.encoding.encoders import load_embedder
from index.encoding.torch_encoder import SentenceTransformerEmbedder
from index.types import TokenVectors
from rag.evaluation.measures import area_under_curve
from rag.verification.alignment import WORD_FEATURES
from rag.verification.checks import CHECK_FEATURES
from rag.verification.support import read_model
from rag.verification.token_alignment import TOKEN_FEATURES
from rag.verification.verdict import REFUTED_SHARE, compare, verify

SETS = ("wice_dev", "attributionbench_dev", "polnear_dev")
TREES_FILE = Path(__file__).parents[2] / "rag" / "verification" / "trees.json"
WORDS = (*WORD_FEATURES, *CHECK_FEATURES)
TOKENS = (*WORDS, *TOKEN_FEATURES)
FOLDS = 8
SEED = 20261122
TREES = {"n_estimators": 180, "max_depth": 3, "learning_rate": 0.06, "subsample": 0.6}
LEAVES = {"min_samples_leaf": 15, "max_features": 0.3}
SIGNIFICANT_DIGITS = 5
STRANGE = "strange"
SHORT_CHARS = 2500
MOST_STRANGERS = 120
LEAST_THRESHOLD = 0.4


@dataclass(frozen=True)
class Cases:
    """Compared claims, one row each.

    Attributes:
        features: float64, shape (n_claims, n_features), in the order of ``TOKENS``.
        labels: bool, shape (n_claims,): whether the set says supported.
        partial: bool, shape (n_claims,): whether it says partially supported.
        refuted: bool, shape (n_claims,): whether a check found a reason.
        sets: int64, shape (n_claims,): number of the set.
        strange: bool, shape (n_claims,): whether the evidence is another claim's. Such pairs are
            used for fitting but not measured.
    """

    features: np.ndarray
    labels: np.ndarray
    partial: np.ndarray
    refuted: np.ndarray
    sets: np.ndarray
    strange: np.ndarray


class CachedTokens:
    """A token encoder that keeps what it has encoded in a folder, one file per text."""

    def __init__(self, folder: Path) -> None:
        embedder = load_embedder()
        assert isinstance(embedder, SentenceTransformerEmbedder)
        self._embedder = embedder
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def embed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode texts token by token; see ``index.encoding.encoders.TokenEmbedder``."""
        files = [
            self._folder / f"{hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}.npz"
            for text in texts
        ]
        fresh = [i for i, file in enumerate(files) if not file.exists()]
        encoded = self._embedder.embed_tokens([texts[i] for i in fresh])
        for i, tokens in zip(fresh, encoded, strict=True):
            np.savez(files[i], spans=tokens.spans, vectors=tokens.vectors.astype(np.float16))
        return [self._read(file) for file in files]

    def _read(self, file: Path) -> TokenVectors:
        with np.load(file) as stored:
            return TokenVectors(stored["spans"], stored["vectors"].astype(np.float32))


def main() -> None:
    """Fit, print the figures and write ``rag/verification/trees.json``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--cache", type=Path, required=True, help="where encodings are kept")
    parser.add_argument("--latency", action="store_true", help="time a claim, and write nothing")
    arguments = parser.parse_args()
    if arguments.latency:
        time_claims(arguments.data)
        return
    cases = read_cases(arguments.data, CachedTokens(arguments.cache))
    stored = {
        "fitted": datetime.now(UTC).date().isoformat(),
        "method": f"gradient-boosted trees over {', '.join(SETS)}",
        "words": fit(cases, WORDS),
        "tokens": fit(cases, TOKENS),
    }
    TREES_FILE.write_text(json.dumps(stored, separators=(",", ":")) + "\n", "utf-8")
    print(f"{TREES_FILE.name}: {TREES_FILE.stat().st_size:,} bytes")


def read_claims(data: Path, name: str) -> list[dict[str, Any]]:
    """Return the rows of a set."""
    lines = (data / name / "claims.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_cases(data: Path, embedder: CachedTokens) -> Cases:
    """Compare every claim of every set with its evidence."""
    rows: list[list[float]] = []
    labels, partial, refuted, sets, strange = [], [], [], [], []
    for number, name in enumerate(SETS):
        claims = read_claims(data, name)
        for claim in [*claims, *pair_strangers(claims)]:
            found = compare(claim["claim"], claim["evidence"], embedder=embedder)
            if found.impossible:
                continue
            rows.append([found.features[feature] for feature in TOKENS])
            labels.append(claim["label"] == "supported")
            partial.append(claim.get("fine_label") == "partially_supported")
            refuted.append(bool(found.reasons))
            sets.append(number)
            strange.append(claim["label"] == STRANGE)
        print(name, len(rows), flush=True)
    return Cases(*map(np.array, (rows, labels, partial, refuted, sets, strange)))


def pair_strangers(claims: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pair claims with the short evidence of others, which the sets do not."""
    rng = random.Random(SEED)  # noqa: S311 - sampling
    short = [claim["evidence"] for claim in claims if len(claim["evidence"]) <= SHORT_CHARS]
    pairs = [
        {"claim": claim["claim"], "evidence": rng.choice(short), "label": STRANGE}
        for claim in rng.sample(list(claims), min(MOST_STRANGERS, len(claims)))
    ]
    own = {claim["claim"]: claim["evidence"] for claim in claims}
    return [pair for pair in pairs if own[pair["claim"]] != pair["evidence"]]


def make_trees() -> GradientBoostingClassifier:
    """Return unfitted trees."""
    return GradientBoostingClassifier(**TREES, **LEAVES, random_state=SEED)


def fit(cases: Cases, names: tuple[str, ...]) -> dict[str, Any]:
    """Fit one model, and return it as it is stored, with its figures."""
    features = cases.features[:, [TOKENS.index(name) for name in names]].astype(np.float32)
    held_out = np.zeros(len(features))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for known, new in folds.split(features, cases.sets * 3 + cases.labels + 2 * cases.strange):
        trees = make_trees().fit(features[known], cases.labels[known])
        held_out[new] = trees.predict_proba(features[new])[:, 1]
    left_out = np.zeros(len(features))
    for number in range(len(SETS)):
        other = cases.sets != number
        trees = make_trees().fit(features[other], cases.labels[other])
        left_out[~other] = trees.predict_proba(features[~other])[:, 1]
    supported = choose_threshold(cases, held_out)
    for limit in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55):
        said = (held_out >= limit) & ~cases.refuted
        by_set = [balanced_accuracy(cases.labels[mask], said[mask]) for mask in set_masks(cases)]
        print(f"balanced accuracy at {limit}: {', '.join(f'{figure:.3f}' for figure in by_set)}")
    partly = choose_partly(cases, held_out, supported)
    trees = make_trees().fit(features, cases.labels)
    stored = {
        "features": list(names),
        **write_trees(trees, cases.labels),
        "supported": round(supported, 3),
        "partly": round(partly, 3),
    }
    model = read_model(stored)
    ours = np.array(
        [model.probability(dict(zip(names, row, strict=True))) for row in features.tolist()]
    )
    apart = float(np.abs(ours - trees.predict_proba(features)[:, 1]).mean())
    assert apart < 1e-3, f"the stored trees differ by {apart}"
    stored["reached"] = {
        name: measure(cases, mask, held_out, left_out, ours, supported)
        for name, mask in zip(SETS, set_masks(cases), strict=True)
    }
    print(json.dumps(stored["reached"], indent=1), stored["supported"], stored["partly"])
    return stored


def set_masks(cases: Cases) -> list[np.ndarray]:
    """Return which cases are measured, by set."""
    return [(cases.sets == number) & ~cases.strange for number in range(len(SETS))]


def choose_threshold(cases: Cases, probability: np.ndarray) -> float:
    """Return the threshold with the best balanced accuracy, as the mean over the sets."""
    grid = np.linspace(LEAST_THRESHOLD, 0.8, 81)
    means = [
        np.mean(
            [
                balanced_accuracy(
                    cases.labels[mask], (probability[mask] >= limit) & ~cases.refuted[mask]
                )
                for mask in set_masks(cases)
            ]
        )
        for limit in grid
    ]
    return float(grid[int(np.argmax(means))])


def choose_partly(cases: Cases, probability: np.ndarray, supported: float) -> float:
    """Return the threshold that best separates partial support from none."""
    unsupported = ~cases.labels & set_masks(cases)[SETS.index("wice_dev")]
    grid = np.linspace(0.05, supported, 91)
    means = [
        balanced_accuracy(cases.partial[unsupported], probability[unsupported] >= limit)
        for limit in grid
    ]
    return float(grid[int(np.argmax(means))])


def balanced_accuracy(labels: np.ndarray, said: np.ndarray) -> float:
    """Return the mean of the accuracies on true and on false cases."""
    return float((said[labels].mean() + (~said[~labels]).mean()) / 2)


def measure(
    cases: Cases,
    mask: np.ndarray,
    held_out: np.ndarray,
    left_out: np.ndarray,
    fitted: np.ndarray,
    supported: float,
) -> dict[str, float]:
    """Return the figures of one set."""
    labels = cases.labels[mask]
    share = np.where(cases.refuted, REFUTED_SHARE, 1.0)
    figures: dict[str, float] = {"claims": len(labels)}
    for way, probability in (
        ("cross-validated", held_out),
        ("set left out", left_out),
        ("as shipped", fitted),
    ):
        score = (probability * share)[mask]
        said = (probability[mask] >= supported) & ~cases.refuted[mask]
        figures[f"AUROC {way}"] = round(area_under_curve(labels, score), 4)
        figures[f"balanced accuracy {way}"] = round(balanced_accuracy(labels, said), 4)
    return figures


def write_trees(fitted: GradientBoostingClassifier, labels: np.ndarray) -> dict[str, Any]:
    """Return fitted trees as ``rag.verification.support`` reads them."""
    rate = float(labels.mean())
    trees = []
    for (regressor,) in fitted.estimators_:
        tree = regressor.tree_
        is_leaf = tree.children_left < 0
        trees.append(
            {
                "feature": np.where(is_leaf, -1, tree.feature).tolist(),
                "threshold": [
                    0 if leaf else shorten(value)
                    for leaf, value in zip(is_leaf, tree.threshold, strict=True)
                ],
                "left": np.where(is_leaf, 0, tree.children_left).tolist(),
                "right": np.where(is_leaf, 0, tree.children_right).tolist(),
                "value": [
                    shorten(value * fitted.learning_rate) if leaf else 0
                    for leaf, value in zip(is_leaf, tree.value.ravel(), strict=True)
                ],
            }
        )
    return {"base": round(float(np.log(rate / (1.0 - rate))), 6), "trees": trees}


def shorten(value: float) -> float:
    """Round a number to a few digits."""
    return float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def time_claims(data: Path) -> None:
    """Print the processor time per claim, by set, in milliseconds, including words never seen."""
    for name in SETS:
        claims = read_claims(data, name)[:200]
        verify(claims[0]["claim"], claims[0]["evidence"])
        taken = []
        for claim in claims:
            start = time.thread_time()
            verify(claim["claim"], claim["evidence"])
            taken.append((time.thread_time() - start) * 1e3)
        size = statistics.median(len(claim["evidence"]) for claim in claims)
        print(
            f"{name}: evidence of {size:,.0f} characters, median {statistics.median(taken):.1f} ms,"
            f" mean {statistics.fmean(taken):.1f} ms, worst {max(taken):.0f} ms"
        )


if __name__ == "__main__":
    main()
