"""A run of a question set in readable form: a table, a comparison, a page with plots.

The page is a single file that loads nothing: plots are SVG, drawn here from numbers alone, and
every name goes through Jinja's escaping.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.evaluation.evaluate import Report
from rag.evaluation.measures import (
    LOWER_IS_BETTER,
    CurvePoint,
    Difference,
    Measure,
    refusal_curve,
    suggest_threshold,
)
from ui.escape import clean_line
from ui.messages import count_of, format_table

N_BINS = 20
PLOT_SIDE = 300


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar of the histogram, in units of the plot."""

    x: float
    answerable: float
    unanswerable: float


def format_report(report: Report) -> list[str]:
    """Return a run as lines for a terminal."""
    rows = [("measure", "value", "95 % interval", "questions")]
    rows += [
        (name, f"{m.value:.3f}", f"{m.low:.3f} to {m.high:.3f}", f"{m.questions:,}")
        for name, m in report.measures.items()
    ]
    lines = [
        f"{clean_line(report.name)}: {count_of(report.articles, 'article')}",
        *format_table(rows),
    ]
    suggested = suggest_threshold(refusal_curve(report.outcomes))
    if suggested:
        lines.append(
            f"--refuse-below {suggested.threshold:.3f} would refuse"
            f" {suggested.answerable_refused:.1%} of the answerable questions and"
            f" {suggested.unanswerable_refused:.1%} of the others."
        )
    return lines


def format_comparison(differences: Mapping[str, Difference]) -> list[str]:
    """Return the differences of two runs as lines for a terminal."""
    if not differences:
        return ["The two runs have no question in common."]
    rows = [("measure", "before", "after", "difference", "95 % interval", "")]
    rows += [
        (
            name,
            f"{d.before:.3f}",
            f"{d.after:.3f}",
            f"{d.after - d.before:+.3f}",
            f"{d.low:+.3f} to {d.high:+.3f}",
            describe_difference(name, d),
        )
        for name, d in differences.items()
    ]
    return format_table(rows)


def describe_difference(name: str, difference: Difference) -> str:
    """Return ``better``, ``worse``, ``within noise`` or ``the same``."""
    if difference.before == difference.after and not difference.is_beyond_noise:
        return "the same"
    if not difference.is_beyond_noise:
        return "within noise"
    smaller_is_better = name in LOWER_IS_BETTER or name.split(maxsplit=1)[0] in LOWER_IS_BETTER
    return "better" if (difference.high < 0) == smaller_is_better else "worse"


def render_report(report: Report, differences: Mapping[str, Difference] | None = None) -> str:
    """Return a run as a self-contained HTML page.

    Args:
        report: The run.
        differences: What changed against an earlier run, if they are compared.
    """
    from jinja2 import Environment

    template = (Path(__file__).parent / "eval_report.html").read_text(encoding="utf-8")
    curve = refusal_curve(report.outcomes)
    rates = {name: m for name, m in report.measures.items() if not name.startswith("seconds")}
    return (
        Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
        .from_string(template)
        .render(
            name=clean_line(report.name),
            articles=report.articles,
            questions=len(report.outcomes),
            settings={clean_line(k): clean_line(v) for k, v in report.settings.items()},
            measures=report.measures,
            rates=_place_rates(rates),
            curve=_draw_curve(curve),
            suggested=suggest_threshold(curve),
            bars=_count_probabilities(report) if curve else (),
            bar_width=PLOT_SIDE / N_BINS,
            side=PLOT_SIDE,
            differences={
                measure: (d, describe_difference(measure, d))
                for measure, d in (differences or {}).items()
            },
        )
    )


def _place_rates(measures: Mapping[str, Measure]) -> list[tuple[str, Measure, float]]:
    """Return each rate with the height of its line in the plot."""
    return [(name, m, 20.0 + 24.0 * row) for row, (name, m) in enumerate(measures.items())]


def _draw_curve(curve: Sequence[CurvePoint]) -> str:
    """Return the refusal curve as the points of an SVG line; empty without a curve."""
    return " ".join(
        f"{PLOT_SIDE * point.answerable_refused:.1f},"
        f"{PLOT_SIDE * (1 - point.unanswerable_refused):.1f}"
        for point in curve
    )


def _count_probabilities(report: Report) -> tuple[_Bar, ...]:
    """Return the distribution of the probabilities, as shares of each kind of question."""
    edges = np.linspace(0.0, 1.0, N_BINS + 1)
    counts = [
        np.histogram([o.probability for o in report.outcomes if o.answerable is kind], edges)[0]
        for kind in (True, False)
    ]
    highest = max(float((c / max(c.sum(), 1)).max()) for c in counts) or 1.0
    shares = [PLOT_SIDE * c / max(int(c.sum()), 1) / highest for c in counts]
    return tuple(
        _Bar(PLOT_SIDE * edge, float(one), float(other))
        for (edge, _), one, other in zip(itertools.pairwise(edges), *shares, strict=True)
    )
