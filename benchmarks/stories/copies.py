"""How well copies of an article are distinguished from other articles on the same event.

    python -m benchmarks.stories.copies [CORPUS.jsonl ...] [--seed N] [--copies N] [--follow-ups N]

Pairs are made by program from the articles of the corpora (see ``story_pairs.py``); by
default from those that the reader was trained on, which were written for it. Copies: each
alteration by itself, and several at once. Not copies: articles that repeat another's background
word for word, and different articles of the corpus on one event. A pair counts as found only if the
anchors propose it and the comparison confirms it, as when articles are added.

The two thresholds are chosen on four fifths of the articles and judged on the last fifth, five
times; the figures printed for every kind of pair are of those held-out pairs. Then the shipped
thresholds are judged on all. Corpora of real news contain articles that are copies, or versions, of
others: pairs of different articles are left out as such, and counted, if the longer text contains
nine tenths of the shorter.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path

from benchmarks.report import format_table, harmonic_mean, make_parser, positive, print_report
from benchmarks.stories.story_pairs import (
    ALTERATIONS,
    COMBINATIONS,
    SAME_EVENT,
    Pair,
    Story,
    find_follow_ups,
    make_copies,
    make_filled_forms,
    make_follow_ups,
    read_story,
)
from index.stories.facts import differ_in_facts
from index.stories.fingerprints import (
    LEAST_FRAMED_SHARE,
    LEAST_SHARE,
    Likeness,
    compare_wordings,
    fingerprint_text,
    read_wording,
)
from index.stories.grouping import LEAST_ANCHOR_SHARE, LEAST_ANCHORS

NEWS = Path(__file__).resolve().parents[2] / "training" / "news"
FOLDS = 5
SHARES = (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)
FRAMED_SHARES = (0.5, 0.55, 0.6, 0.65, 0.7)
VERSION_SHARE = 0.9
SHIPPED = (LEAST_SHARE, LEAST_FRAMED_SHARE)

Thresholds = tuple[float, float]
"""Least share, and least share of a framed copy."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair and the result of comparing its texts.

    Attributes:
        pair: The pair.
        likeness: How the texts compare; None if their anchors do not propose them, or if they
            fill one form with different facts.
    """

    pair: Pair
    likeness: Likeness | None

    def is_found(self, thresholds: Thresholds) -> bool:
        """Return whether it counts as a copy."""
        least_share, least_framed_share = thresholds
        return self.likeness is not None and self.likeness.is_near_copy(
            least_share=least_share, least_framed_share=least_framed_share
        )


@dataclass(frozen=True, slots=True)
class Score:
    """Results for a number of pairs.

    Attributes:
        found: Copies that were found.
        missed: Copies that were not.
        mistaken: Other pairs that were mistaken for copies.
        kept_apart: Other pairs that were not.
    """

    found: int
    missed: int
    mistaken: int
    kept_apart: int

    @property
    def precision(self) -> float:
        """Share of true copies among the pairs taken for copies; 1 if there are none."""
        return self.found / (self.found + self.mistaken) if self.found + self.mistaken else 1.0

    @property
    def recall(self) -> float:
        """Share of the copies that were found; 1 if there are none."""
        return self.found / (self.found + self.missed) if self.found + self.missed else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return harmonic_mean(self.precision, self.recall)


def main() -> None:
    """Make the pairs, choose and judge the thresholds, print."""
    parser = make_parser(__doc__, takes_set=False)
    parser.add_argument("corpora", nargs="*", type=Path, metavar="CORPUS.jsonl")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument(
        "--copies", type=positive, default=30, help="of each alteration; default: 30"
    )
    parser.add_argument(
        "--follow-ups", type=positive, default=120, help="of each kind; default: 120"
    )
    arguments = parser.parse_args()
    corpora = arguments.corpora or sorted(NEWS.glob("*.jsonl"))
    stories = read_stories(corpora)
    if len(stories) < FOLDS * 4:
        parser.error(f"the corpora hold {len(stories)} usable articles; {FOLDS * 4} are needed")
    compared, n_versions = compare_pairs(
        make_pairs(
            stories, arguments.seed, copies=arguments.copies, follow_ups=arguments.follow_ups
        )
    )
    chosen, held_out = judge_by_folds(compared)
    report = describe(compared, chosen, held_out)
    shipped = score_pairs(compared, SHIPPED)
    report["articles"], report["left out as versions"] = len(stories), n_versions
    lines = [
        f"{len(stories):,} articles, {len(compared):,} pairs, seed {arguments.seed};"
        f" {n_versions} pairs of different articles left out as versions of one",
        "",
        *format_table(_rows(compared, held_out)),
        "",
        f"chosen thresholds by fold: {', '.join(f'{a:g}/{b:g}' for a, b in chosen)}",
        f"shipped thresholds {SHIPPED[0]:g}/{SHIPPED[1]:g} on all pairs: precision"
        f" {shipped.precision:.3f}, recall {shipped.recall:.3f}, F1 {shipped.f1:.4f}",
    ]
    print_report(report, lines, as_json=arguments.json)


def read_stories(corpora: Iterable[Path]) -> list[Story]:
    """Return the articles of collections that are long enough to make pairs from."""
    stories = []
    for corpus in corpora:
        for line in corpus.read_text("utf-8").splitlines():
            fields = json.loads(line)
            published = fields.get("date")
            day = date.fromisoformat(published[:10]) if published else None
            story = read_story(fields.get("title") or "", fields["text"], day)
            if story is not None:
                stories.append(story)
    return stories


def make_pairs(stories: Sequence[Story], seed: int, *, copies: int, follow_ups: int) -> list[Pair]:
    """Return pairs of all kinds.

    Args:
        stories: Articles.
        seed: Seed of the draws.
        copies: Pairs of each alteration.
        follow_ups: Pairs of each kind that is not a copy.
    """
    chance = random.Random(seed)  # noqa: S311 - sampling
    return [
        *make_copies(stories, chance, each=copies),
        *make_follow_ups(stories, chance, each=follow_ups),
        *make_filled_forms(stories, chance, each=copies),
        *find_follow_ups(stories, limit=follow_ups),
    ]


def compare_pairs(pairs: Iterable[Pair]) -> tuple[list[Compared], int]:
    """Return the comparisons, and how many pairs were left out as versions of one article."""
    compared = []
    n_versions = 0
    for pair in pairs:
        likeness = compare_wordings(read_wording(pair.one), read_wording(pair.other))
        if pair.kind == SAME_EVENT and likeness.share >= VERSION_SHARE:
            n_versions += 1
            continue
        is_compared = _is_proposed(pair) and not differ_in_facts(pair.one, pair.other)
        compared.append(Compared(pair, likeness if is_compared else None))
    return compared, n_versions


def judge_by_folds(
    compared: Sequence[Compared],
) -> tuple[list[Thresholds], list[tuple[Compared, bool]]]:
    """Return the thresholds that the other folds choose for each fold, and their verdicts."""
    chosen: list[Thresholds] = []
    verdicts: list[tuple[Compared, bool]] = []
    for fold in range(FOLDS):
        thresholds = choose_thresholds([c for c in compared if c.pair.source % FOLDS != fold])
        chosen.append(thresholds)
        verdicts += [(c, c.is_found(thresholds)) for c in compared if c.pair.source % FOLDS == fold]
    return chosen, verdicts


def choose_thresholds(compared: Sequence[Compared]) -> Thresholds:
    """Return the thresholds with the best F1; of several, those nearest to the shipped ones."""
    return max(
        (pair for pair in product(SHARES, FRAMED_SHARES) if pair[1] <= pair[0]),
        key=lambda pair: (
            score_pairs(compared, pair).f1,
            -abs(pair[0] - SHIPPED[0]) - abs(pair[1] - SHIPPED[1]),
        ),
    )


def score_pairs(compared: Iterable[Compared], thresholds: Thresholds) -> Score:
    """Return the results of pairs with given thresholds."""
    return score_verdicts((c, c.is_found(thresholds)) for c in compared)


def score_verdicts(verdicts: Iterable[tuple[Compared, bool]]) -> Score:
    """Return the results of pairs from their verdicts."""
    counts = {(copy, found): 0 for copy in (True, False) for found in (True, False)}
    for compared, is_found in verdicts:
        counts[compared.pair.is_copy, is_found] += 1
    return Score(
        found=counts[True, True],
        missed=counts[True, False],
        mistaken=counts[False, True],
        kept_apart=counts[False, False],
    )


def describe(
    compared: Sequence[Compared],
    chosen: Sequence[Thresholds],
    held_out: Sequence[tuple[Compared, bool]],
) -> dict[str, object]:
    """Return all figures, for JSON."""
    overall, shipped = score_verdicts(held_out), score_pairs(compared, SHIPPED)
    return {
        "held out": _to_dict(overall),
        "shipped": _to_dict(shipped),
        "thresholds": {"shipped": SHIPPED, "by fold": list(chosen)},
        "kinds": {
            kind: _to_dict(score_verdicts(v for v in held_out if v[0].pair.kind == kind))
            for kind in _kinds(compared)
        },
    }


def _is_proposed(pair: Pair) -> bool:
    one, other = (set(fingerprint_text(text).anchors) for text in (pair.one, pair.other))
    least = max(LEAST_ANCHORS, LEAST_ANCHOR_SHARE * min(len(one), len(other)))
    return len(one & other) >= least


def _kinds(compared: Sequence[Compared]) -> list[str]:
    known = [*ALTERATIONS, *COMBINATIONS]
    return known + sorted({c.pair.kind for c in compared} - set(known))


def _rows(
    compared: Sequence[Compared], held_out: Sequence[tuple[Compared, bool]]
) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("pairs (held out)", "n", "right", "precision", "recall", "F1")]
    for kind in _kinds(compared):
        own = [v for v in held_out if v[0].pair.kind == kind]
        right = sum(found == c.pair.is_copy for c, found in own) / len(own) if own else 1.0
        rows.append((kind, str(len(own)), f"{right:.3f}", "", "", ""))
    overall = score_verdicts(held_out)
    right = (overall.found + overall.kept_apart) / len(held_out)
    figures = (f"{right:.3f}", *(f"{x:.3f}" for x in (overall.precision, overall.recall)))
    rows.append(("all", str(len(held_out)), *figures, f"{overall.f1:.4f}"))
    return rows


def _to_dict(score: Score) -> dict[str, float]:
    return {
        "found": score.found,
        "missed": score.missed,
        "mistaken": score.mistaken,
        "kept apart": score.kept_apart,
        "precision": round(score.precision, 4),
        "recall": round(score.recall, 4),
        "f1": round(score.f1, 4),
    }


if __name__ == "__main__":
    main()
